"""What can be done to a log: open it, append to it, and put files beside it. Nothing else.

The row of the log is the lock: whoever appends holds it from before the first look into the log
until the commit. SQLite has no row locks and needs none, its transactions are IMMEDIATE.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from django.db import connection, transaction

from lvyue import clock
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.facts import Fact, FactId
from lvyue.evidence.lines import Sifted, settle, sift
from lvyue.evidence.merkle import EMPTY_ROOT, Frontier, leaf_hash
from lvyue.evidence.models import Checkpoint, Entry, File, Log, Upload
from lvyue.evidence.queries import checkpoint_at
from lvyue.evidence.vault import Kept, TooLarge, keep
from lvyue.rows import found_by, put_in

#: So many ids are asked for, and so many entries made, at a time.
IDS_AT_ONCE = 500
ENTRIES_AT_ONCE = 5000

#: The longest file that proves a fact, and the longest file of facts, in bytes.
FILE_LIMIT = 50 << 20
UPLOAD_LIMIT = 10 << 20
NAME_LIMIT = 255

#: bulk_create would do, but takes 165 µs for an entry on SQLite where this takes 13, and 283 on
#: PostgreSQL where this takes 113.
INSERT_ENTRY = (
    'INSERT INTO evidence_entry (log_id, "index", raw, leaf_hash, fact_id, kind, subject, at, day, '
    "recorded_at, checkpoint_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


#: So few ids are asked for by a statement that needs no working out.
FEW = 20
SELECT_NAMED = "SELECT fact_id, raw FROM evidence_entry WHERE log_id = %s AND fact_id IN ({})"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """导入结果: how many lines were added and ignored, and the log as it is now. The root is hexadecimal."""

    added: int
    ignored: int
    size: int
    root: str


class LineState(StrEnum):
    """行状态: what importing a line would do."""

    NEW = "new"
    IGNORED = "ignored"
    BAD = "bad"

    @property
    def zh(self) -> str:
        return {"new": "新增", "ignored": "已有，忽略", "bad": "有误"}[self.value]


@dataclass(frozen=True, slots=True)
class LinePreview:
    """行预览: one line of a facts file, counted from 1, before anything is imported."""

    number: int
    state: LineState
    fact: Fact | None = None
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """导入预览: what importing a file would do, line by line in the order of the file."""

    lines: tuple[LinePreview, ...]
    size: int

    def count(self, state: LineState) -> int:
        return sum(line.state is state for line in self.lines)


@transaction.atomic
def open_log(contract_id: str, *, by: str) -> Log:
    """设立日志: the empty log of a contract in the register. Opening it again answers the log that is there."""
    if not contracts().filter(pk=contract_id).exists():
        raise Refused(
            [
                malformed(
                    f"合同 {contract_id}",
                    "登记簿里没有这份合同。",
                    "请核对编号，或先登记这份合同。",
                )
            ]
        )
    now = clock.now()
    log, opened = Log.objects.get_or_create(pk=contract_id, defaults={"created_at": now})
    if opened:
        log.checkpoints.create(
            size=0,
            root=EMPTY_ROOT.hex(),
            frontier=bytes(Frontier()),
            count=0,
            recorded_at=now,
            recorded_by=by,
        )
    return log


def import_facts(contract_id: str, lines: Iterable[bytes], *, by: str, source: str) -> ImportResult:
    """导入事实: append the new lines of a facts file, all or none, with one checkpoint.

    `lines` may be a file opened for reading bytes; `source` is its name, without its folder. A line
    that the log holds byte for byte is ignored. Anything wrong in any line raises `Refused`, and
    nothing is imported.
    """
    checkpoint_at(contract_id)  # a log that is not there is told before a long file is read
    sifted = sift(lines, source)
    with transaction.atomic():
        last = _take(contract_id) or checkpoint_at(contract_id)  # which says what is missing
        return _add(contract_id, sifted, last, by=by)


@transaction.atomic(savepoint=False)
def append_facts(contract_id: str, lines: Iterable[bytes] | Sifted, *, by: str) -> ImportResult:
    """追加事实: as `import_facts`, in the transaction of the act that these facts come of, which fails with them.

    A log that is not there yet is opened. Whoever has sifted the lines already gives what came of it.
    """
    sifted = lines if isinstance(lines, Sifted) else sift(lines, "")
    last = _take(contract_id)
    if last is None:
        open_log(contract_id, by=by)
        last = _take(contract_id) or checkpoint_at(contract_id)
    return _add(contract_id, sifted, last, by=by)


#: As `checkpoint_at` asks, without working the question out for every ticket.
NEWEST = "SELECT * FROM evidence_checkpoint WHERE log_id = %s ORDER BY size DESC LIMIT 1"


def _take(contract_id: str) -> Checkpoint | None:
    """The end of a log, None where there is no such log; until the commit nobody else appends to it.

    On SQLite nobody else writes anyhow, so its row need not be held.
    """
    here = transaction.get_connection()
    if here.features.has_select_for_update:
        with here.cursor() as cursor:
            cursor.execute("SELECT 1 FROM evidence_log WHERE id = %s FOR UPDATE", [contract_id])
    return next(iter(found_by(Checkpoint, NEWEST, [contract_id])), None)


def _add(contract_id: str, sifted: Sifted, last: Checkpoint, *, by: str) -> ImportResult:
    """The new ones among some lines at the end of a log that is held."""
    settled = settle(sifted, _known(contract_id, sifted))
    settled.refuse_if_bad()
    if settled.facts:
        last = _append(contract_id, last, settled, by=by)
    return ImportResult(len(settled.facts), len(settled.ignored), last.size, last.root)


def preview_facts(contract_id: str, lines: Iterable[bytes], *, source: str) -> Preview:
    """预览导入: what `import_facts` would do with each line now. Changes nothing."""
    size = checkpoint_at(contract_id).size
    sifted = sift(lines, source)
    settled = settle(sifted, _known(contract_id, sifted))
    new = zip(settled.numbers, settled.facts, strict=True)
    found = [
        *(LinePreview(number, LineState.IGNORED) for number in settled.ignored),
        *(
            LinePreview(number, LineState.BAD, doubts=tuple(doubts))
            for number, doubts in settled.bad.items()
        ),
        *(
            LinePreview(number, LineState.NEW, fact)
            for number, fact in new
            if number not in settled.bad
        ),
    ]
    return Preview(tuple(sorted(found, key=lambda line: line.number)), size)


def _known(contract_id: str, sifted: Sifted) -> dict[FactId, bytes]:
    """The leaves that the log holds of the ids that the lines name."""
    ids = [*sifted.named()]
    if len(ids) <= FEW:
        return _named(contract_id, ids)
    entries = Entry.objects.filter(log_id=contract_id)
    if len(ids) > IDS_AT_ONCE and not entries.exists():
        return {}
    known = dict[FactId, bytes]()
    for begin in range(0, len(ids), IDS_AT_ONCE):
        asked = entries.filter(fact_id__in=ids[begin : begin + IDS_AT_ONCE])
        for identity, raw in asked.order_by().values_list("fact_id", "raw"):
            known[FactId(identity)] = bytes(raw)
    return known


def _named(contract_id: str, ids: Sequence[FactId]) -> dict[FactId, bytes]:
    if not ids:
        return {}
    statement = SELECT_NAMED.format(", ".join(["%s"] * len(ids)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [contract_id, *ids])
        return {FactId(identity): bytes(raw) for identity, raw in cursor.fetchall()}


def _append(contract_id: str, last: Checkpoint, settled: Sifted, *, by: str) -> Checkpoint:
    hashes = [leaf_hash(leaf) for leaf in settled.leaves]
    frontier = Frontier.from_bytes(bytes(last.frontier))
    frontier.extend(hashes)
    checkpoint = Checkpoint(
        log_id=contract_id,
        size=frontier.size,
        root=frontier.root().hex(),
        frontier=bytes(frontier),
        count=len(hashes),
        source=settled.name,
        recorded_at=_not_before(last.recorded_at),
        recorded_by=by,
    )
    put_in(checkpoint)
    leaves = zip(settled.facts, settled.leaves, hashes, strict=True)
    recorded_at = connection.ops.adapt_datetimefield_value(checkpoint.recorded_at)
    rows = (
        (contract_id, index, *_columns(fact, leaf, hashed), recorded_at, checkpoint.pk)
        for index, (fact, leaf, hashed) in enumerate(leaves, start=last.size)
    )
    with connection.cursor() as cursor:
        while some := [*islice(rows, ENTRIES_AT_ONCE)]:
            cursor.executemany(INSERT_ENTRY, some)
    return checkpoint


def _columns(fact: Fact, leaf: bytes, hashed: bytes) -> tuple[Any, ...]:
    """The middle of INSERT_ENTRY: the leaf, and what its entry repeats of it."""
    day = connection.ops.adapt_datefield_value(fact.day)
    at = fact.at.isoformat()
    return leaf, hashed.hex(), fact.id, fact.kind, fact.subject, at, day


def _not_before(last: datetime) -> datetime:
    """Now; but recorded time never goes back, not even when somebody sets the clock back."""
    return max(clock.now(), last)


# ── files ────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def hold(contract_id: str) -> int:
    """占住日志: until the commit nobody else appends to it. Answers how many facts it holds."""
    Log.objects.select_for_update().filter(pk=contract_id).first()
    return checkpoint_at(contract_id).size


def keep_file(contract_id: str, name: str, chunks: Iterable[bytes], *, by: str) -> File:
    """存入文件: the bytes go into the vault, and then a row says that this log has them. The same bytes have one row."""
    kept = _kept(contract_id, name, chunks, FILE_LIMIT)
    file, _ = File.objects.get_or_create(
        log_id=contract_id,
        sha256=kept.sha256,
        defaults={
            "size": kept.size,
            "media_type": kept.media_type,
            "name": plain_name(name),
            "uploaded_by": by,
            "uploaded_at": clock.now(),
        },
    )
    return file


def keep_upload(contract_id: str, name: str, chunks: Iterable[bytes], *, by: str) -> Upload:
    """存入上传: a facts file, kept as it arrived. Nothing in it is on record yet."""
    kept = _kept(contract_id, name, chunks, UPLOAD_LIMIT)
    return Upload.objects.create(
        log_id=contract_id,
        sha256=kept.sha256,
        size=kept.size,
        name=plain_name(name),
        uploaded_by=by,
        uploaded_at=clock.now(),
    )


def plain_name(name: str) -> str:
    """The name of a file without its folders and without characters that no name should have."""
    last = name.replace("\\", "/").rsplit("/", maxsplit=1)[-1]
    return "".join(one for one in last if one.isprintable()).strip()[-NAME_LIMIT:] or "未命名"


def _kept(contract_id: str, name: str, chunks: Iterable[bytes], limit: int) -> Kept:
    checkpoint_at(contract_id)  # a log that is not there is told before anything is written
    place = f"文件 {plain_name(name)}"
    try:
        kept = keep(chunks, limit)
    except TooLarge:
        says = f"超过 {limit >> 20} MB，没有存入。"
        raise Refused(
            [malformed(place, says, "请压缩、分成几个文件，或只取需要的几页。")]
        ) from None
    except OSError as error:
        says = f"写不进文件库：{error.strerror}。"
        raise Refused([malformed(place, says, "请联系系统管理员查看磁盘空间和权限。")]) from error
    if not kept.size:
        raise Refused([malformed(place, "是空文件。", "请重新选择文件。")])
    return kept
