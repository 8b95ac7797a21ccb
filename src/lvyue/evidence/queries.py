"""Reads of the log: its facts, its checkpoints, proofs over it, and whether it is still what it was."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BinaryField, F, Func, IntegerField, Max, Q, QuerySet, Value

from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed
from lvyue.core.facts import KINDS, Fact, FactId, read_line, standing
from lvyue.evidence import merkle
from lvyue.evidence.facts import fact_of
from lvyue.evidence.lines import CORRECTIONS
from lvyue.evidence.merkle import Frontier, leaf_hash
from lvyue.evidence.models import Checkpoint, Entry, File, Log, Upload

#: So many rows come from the database at a time.
ROWS_AT_ONCE = 2000

#: So many places of a log are named in one question.
PLACES_AT_ONCE = 500

COLUMNS = (
    *("index", "raw", "leaf_hash", "recorded_at", "checkpoint_id"),
    *("fact_id", "kind", "subject", "at", "day"),
)

#: `verify_log` stops after so many doubts: the first ones say where the damage is.
DOUBTS_LIMIT = 1000


#: Who recorded, from when on and until when; None where there is no end.
Service = tuple[str, datetime, datetime | None]


class Prefix(NamedTuple):
    """日志前段: the facts of the first `size` entries, and the root over just these, in hexadecimal."""

    facts: list[Fact]
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Inclusion:
    """包含证明: that one leaf stands at `index` in the log of `size` entries under `root`."""

    index: int
    size: int
    leaf_hash: bytes
    proof: tuple[bytes, ...]
    root: bytes


@dataclass(frozen=True, slots=True)
class Consistency:
    """一致性证明: that the log of `n` entries begins with the whole log of `m` entries."""

    m: int
    n: int
    proof: tuple[bytes, ...]
    old_root: bytes
    new_root: bytes


def logs() -> QuerySet[Log]:
    """Every log, by the name of its contract."""
    return Log.objects.order_by("id")


def has_log(contract_id: str) -> bool:
    """Whether a contract's log has been opened."""
    return Log.objects.filter(pk=contract_id).exists()


def checkpoints(contract_id: str) -> QuerySet[Checkpoint]:
    """The checkpoints of a log, from the empty log on."""
    return Checkpoint.objects.filter(log_id=contract_id).order_by("size")


def checkpoint_at(contract_id: str, size: int | None = None) -> Checkpoint:
    """The checkpoint at exactly this size, or the latest. Raises `Refused` where there is none."""
    found = checkpoints(contract_id)
    checkpoint = (found if size is None else found.filter(size=size)).last()
    if checkpoint is not None:
        return checkpoint
    place = f"合同 {contract_id} 的履约日志"
    if size is not None and found.exists():
        says = f"条数为 {size} 时没有检查点。"
        raise Refused([malformed(place, says, "请改用某次导入之后的条数。")])
    raise Refused(
        [malformed(place, "日志还没有设立。", "请核对合同编号，或先为这份合同设立日志。")]
    )


def entries(contract_id: str) -> QuerySet[Entry]:
    """The entries of a log in order."""
    return Entry.objects.filter(log_id=contract_id).order_by("index")


def newest_of_kinds(contract_ids: Collection[str], kinds: Collection[str]) -> dict[str, int]:
    """The index of the newest fact of these kinds, by contract; a contract without one is left out. One read."""
    found = Entry.objects.filter(log_id__in=contract_ids, kind__in=kinds).order_by()
    newest = found.values_list("log_id").annotate(newest=Max("index"))
    return dict(newest)


#: Without an order: asked for one, SQLite walks the whole log in it. With its index by name, because whoever has ``ANALYZE``
#: count a register of few kinds makes SQLite believe that a list of kinds means nearly all, and read the log from end to end.
_OF_KINDS = 'SELECT "index", raw FROM evidence_entry {} WHERE log_id = %s AND kind IN ({})'
_BY_KIND = {"sqlite": "INDEXED BY entry_kind"}


def entries_of_kinds(contract_id: str, kinds: Sequence[str]) -> tuple[tuple[int, bytes], ...]:
    """The place and the leaf of every entry of some kinds, in the order of the log. One read."""
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(kinds))
        statement = _OF_KINDS.format(_BY_KIND.get(connection.vendor, ""), places)
        cursor.execute(statement, [contract_id, *kinds])
        return tuple(sorted((index, bytes(raw)) for index, raw in cursor.fetchall()))


def subjects_from(contract_id: str, begin: int, end: int) -> Iterator[tuple[int, str | None, str]]:
    """Place, subject and kind of the entries of a range of the log, in order. One read; the leaves are left where they are."""
    found = entries(contract_id).filter(index__gte=begin, index__lt=end)
    rows = found.values_list("index", "subject", "kind")
    return rows.iterator(chunk_size=ROWS_AT_ONCE)


def leaves_at(contract_id: str, places: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """The leaves at some places of a log, in the order in which they are named. One read for so many of them."""
    for begin in range(0, len(places), PLACES_AT_ONCE):
        some = places[begin : begin + PLACES_AT_ONCE]
        rows = Entry.objects.filter(log_id=contract_id, index__in=some).order_by()
        found = {index: bytes(raw) for index, raw in rows.values_list("index", "raw")}
        yield from ((index, found[index]) for index in some)


def root_at(contract_id: str, size: int) -> str | None:
    """The root of a log when it held so many facts; None where no checkpoint tells it."""
    found = Checkpoint.objects.filter(log_id=contract_id, size=size).order_by()
    return found.values_list("root", flat=True).first()


def entry(contract_id: str, fact_id: str) -> Entry | None:
    """The entry that holds a fact, or None when the log does not know the fact."""
    return entries(contract_id).filter(fact_id=fact_id).first()


def free_id(contract_id: str, wanted: str) -> FactId:
    """This id, or with the next number behind it that no fact of the log bears. Who appends under it holds the log."""
    mine = entries(contract_id).filter(fact_id__startswith=wanted).order_by()
    taken = set(mine.values_list("fact_id", flat=True))
    numbered = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(FactId(one) for one in numbered if one not in taken)


# ── finding facts ────────────────────────────────────────────────────────────────────────────────


class _Holds(Func):
    """Whether bytes stand somewhere inside a column of bytes. Django's ``contains`` is for text."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="instr(%(expressions)s)", **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "position(%(expressions)s)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" IN ", **more)


def _holding(text: str) -> Func:
    sought = Value(text.encode(), output_field=BinaryField())
    found = [F("raw"), sought] if connection.vendor == "sqlite" else [sought, F("raw")]
    return _Holds(*found)


def search(
    contract_id: str,
    *,
    kinds: Collection[str] | None = None,
    ids: Collection[str] | None = None,
    text: str = "",
    recorded_by: Collection[Service] | None = None,
    not_by: Collection[Service] = (),
    before: int | None = None,
) -> QuerySet[Entry]:
    """Entries with their checkpoints, latest first; each condition that is given must hold.

    ``text`` is looked for in the line as it was written, in ids, and in the Chinese names of kinds. ``before`` is where
    an earlier page ended. ``recorded_by`` and ``not_by`` are people with the time in which they count.
    """
    found = Entry.objects.filter(log_id=contract_id).select_related("checkpoint")
    if kinds is not None:
        found = found.filter(kind__in=kinds)
    if ids is not None:
        found = found.filter(fact_id__in=ids)
    if recorded_by is not None:
        found = found.filter(_recorded(recorded_by))
    if not_by:
        found = found.exclude(_recorded(not_by))
    if text:
        named = [kind.name for kind in KINDS.values() if text in kind.zh]
        found = found.annotate(held=_holding(text)).filter(Q(held__gt=0) | Q(kind__in=named))
    if before is not None:
        found = found.filter(index__lt=before)
    return found.order_by("-index")


def _recorded(services: Collection[Service]) -> Q:
    """Whether one of these recorded it while they served. For nobody it holds nowhere."""
    condition = Q(pk__in=())
    for username, since, until in services:
        one = Q(checkpoint__recorded_by=username, checkpoint__recorded_at__gte=since)
        condition |= one if until is None else one & Q(checkpoint__recorded_at__lt=until)
    return condition


def fact_in(row: Entry) -> Fact:
    """The fact of an entry."""
    return fact_of(row.log_id, row.index, bytes(row.raw))


def facts_from(contract_id: str, begin: int) -> list[Fact]:
    """The facts that came after the first ``begin``."""
    return [fact_in(row) for row in entries(contract_id).filter(index__gte=begin)]


def facts_between(contract_id: str, begin: int, end: int) -> Iterator[Fact]:
    """The facts of a range of the log, in order; so many at a time are held."""
    for first in range(begin, end, ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE, end)
        for row in entries(contract_id).filter(index__gte=first, index__lt=last):
            yield fact_in(row)


def sizes_of(contract_ids: Collection[str]) -> dict[str, int]:
    """How many entries the logs of contracts hold. One read."""
    found = Checkpoint.objects.filter(log_id__in=contract_ids).order_by()
    return dict(found.values_list("log_id").annotate(Max("size")))


def facts_named(contract_id: str, ids: Collection[str]) -> list[Fact]:
    """The facts of these ids that the log knows, in order."""
    return [fact_in(row) for row in entries(contract_id).filter(fact_id__in=ids)]


def corrections(contract_id: str) -> list[Fact]:
    """Every correction and withdrawal of a log, in order."""
    found = entries(contract_id).filter(kind__in=CORRECTIONS)
    return [fact_in(row) for row in found]


def stands(contract_id: str, fact_id: str) -> bool:
    """Whether a fact is on record and no correction that stands itself has taken it back."""
    row = entry(contract_id, fact_id)
    if row is None:
        return False
    standing_now = standing([fact_in(row), *corrections(contract_id)])
    return any(one.id == fact_id for one in standing_now.facts)


def facts_on(contract_id: str, kind: str, day: date) -> list[Fact]:
    """The facts of a kind that happened on a day."""
    return [fact_in(row) for row in entries(contract_id).filter(kind=kind, day=day)]


def recent(contract_id: str, kinds: Collection[str], limit: int) -> list[Fact]:
    """The last facts of some kinds, latest first."""
    found = entries(contract_id).filter(kind__in=kinds).order_by("-index")
    return [fact_in(row) for row in found[:limit]]


def kinds_in(contract_id: str) -> list[str]:
    """The kinds of which a log holds facts, by name."""
    found = entries(contract_id).order_by("kind").values_list("kind", flat=True)
    return list(found.distinct())


def files(contract_id: str, digests: Collection[str]) -> list[File]:
    """The files of these hashes that belong to a log, in the order of the hashes."""
    rows = {row.sha256: row for row in File.objects.filter(log_id=contract_id, sha256__in=digests)}
    return [rows[digest] for digest in digests if digest in rows]


def files_after(contract_id: str, last: int) -> list[File]:
    """The files of a log that were kept after a certain one."""
    return list(File.objects.filter(log_id=contract_id, pk__gt=last).order_by("pk"))


def last_files(contract_ids: Collection[str]) -> dict[str, int]:
    """The number of the last file of each log that has one. One read."""
    found = File.objects.filter(log_id__in=contract_ids).order_by()
    return dict(found.values_list("log_id").annotate(Max("pk")))


def newest_files(contract_id: str, limit: int) -> list[File]:
    """The files of a log, the newest first."""
    return list(File.objects.filter(log_id=contract_id).order_by("-id")[:limit])


def facts_proved_by(contract_id: str, sha256: str) -> list[Fact]:
    """The facts that name a file as their evidence."""
    found = entries(contract_id).annotate(held=_holding(sha256)).filter(held__gt=0)
    return [fact for row in found if sha256 in (fact := fact_in(row)).evidence]


def upload(contract_id: str, number: int, *, by: str) -> Upload | None:
    """A facts file that this person brought for this contract: what is not on record yet is nobody else's to see."""
    return Upload.objects.filter(log_id=contract_id, pk=number, uploaded_by=by).first()


def prefix(contract_id: str, size: int | None = None) -> Prefix:
    """The facts of the first `size` entries, or of all that the latest checkpoint covers.

    The root is computed from the very bytes that were read. Where a checkpoint says otherwise the
    facts are refused: nobody should settle money on them.
    """
    upto = _size(contract_id, size)
    frontier, facts = Frontier(), list[Fact]()
    rows = entries(contract_id).filter(index__lt=upto).values_list("index", "raw")
    for index, raw in rows.iterator(chunk_size=ROWS_AT_ONCE):
        leaf = bytes(raw)
        frontier.append(leaf_hash(leaf))
        facts.append(fact_of(contract_id, index, leaf))
    _refuse_unless_whole(contract_id, upto, frontier.size, frontier.root())
    return Prefix(facts, upto, frontier.root().hex())


def inclusion(contract_id: str, fact_id: str, size: int | None = None) -> Inclusion:
    """The proof that a fact is among the first `size` entries, or among all."""
    upto, found = _size(contract_id, size), entry(contract_id, fact_id)
    if found is None or found.index >= upto:
        says = f"前 {upto} 条里没有编号为“{fact_id}”的事实。"
        mend = "请核对编号，或取更长的一段日志。"
        raise Refused([malformed(f"合同 {contract_id} 的履约日志", says, mend)])
    hashes = _hashes(contract_id, upto)
    proof = merkle.inclusion_proof(found.index, upto, hashes)
    return Inclusion(found.index, upto, hashes[found.index], tuple(proof), merkle.root(hashes))


def consistency(contract_id: str, m: int, n: int | None = None) -> Consistency:
    """The proof that the first `n` entries, or all, begin with the first `m` as they were."""
    new = _size(contract_id, n)
    old = _size(contract_id, m)
    if old > new:
        says = f"前 {old} 条不可能是前 {new} 条的开头。"
        raise Refused(
            [malformed(f"合同 {contract_id} 的履约日志", says, "请把较短的一段写在前面。")]
        )
    hashes = _hashes(contract_id, new)
    proof = merkle.consistency_proof(old, new, hashes)
    return Consistency(old, new, tuple(proof), merkle.root(hashes[:old]), merkle.root(hashes))


def verify_log(contract_id: str) -> list[Doubt]:
    """核对日志: everything in which a log is not what its checkpoints say. Nothing is the good answer.

    Recomputes each leaf hash from the bytes, the root and the frontier of each checkpoint, and each
    column that repeats a leaf; asks for unique facts and for indexes without gaps. Imports may go on
    meanwhile: what they append is left for the next time.
    """
    doubts: list[Doubt] = []
    for doubt in _Verification(contract_id).doubts():
        doubts.append(doubt)
        if len(doubts) == DOUBTS_LIMIT:
            break
    return doubts


class _Verification:
    """One pass over a log, from the first entry to the latest checkpoint there was at its start."""

    def __init__(self, contract_id: str) -> None:
        self.contract_id = contract_id
        self.frontier = Frontier()
        self.next_index = 0
        self.known: dict[FactId, int] = {}
        self.last: Checkpoint | None = None

    def doubts(self) -> Iterator[Doubt]:
        promised = [*checkpoints(self.contract_id)]
        if not promised or promised[0].size != 0:
            yield self._doubt("开头", "没有空日志的检查点。")
        upto = promised[-1].size if promised else 0
        rows = entries(self.contract_id).filter(index__lt=upto).values_list(*COLUMNS, named=True)
        ahead = deque(promised)
        for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
            while row.index >= ahead[0].size:
                yield from self._checkpoint(ahead.popleft())
            yield from self._entry(row, ahead[0])
        for checkpoint in ahead:
            yield from self._checkpoint(checkpoint)
        yield from self._strays(upto)

    def _entry(self, row: Entry, checkpoint: Checkpoint) -> Iterator[Doubt]:
        place = f"序号 {row.index}"
        if row.index != self.next_index:
            yield self._doubt(place, f"应是序号 {self.next_index}：中间缺了条目，或序号被改过。")
        self.next_index = row.index + 1
        leaf = bytes(row.raw)
        hashed = leaf_hash(leaf)
        self.frontier.append(hashed)
        if row.leaf_hash != hashed.hex():
            yield self._doubt(place, f"原文的散列是 {hashed.hex()}，登记的是 {row.leaf_hash}。")
        if row.checkpoint_id != checkpoint.pk:
            yield self._doubt(place, f"不属于条数为 {checkpoint.size} 的检查点。")
        elif row.recorded_at != checkpoint.recorded_at:
            yield self._doubt(place, "登记时间与所属检查点的不同。")
        yield from self._fact(row, leaf)

    def _fact(self, row: Entry, leaf: bytes) -> Iterator[Doubt]:
        place = f"序号 {row.index}"
        fact = read_line(leaf, row.index, self._place(place))
        if not isinstance(fact, Fact):
            yield from fact
            return
        earlier = self.known.setdefault(fact.id, row.index)
        if earlier != row.index:
            yield self._doubt(place, f"事实编号“{fact.id}”与序号 {earlier} 重复。")
        read = (fact.id, fact.kind, fact.subject, fact.at.isoformat(), fact.day)
        listed = (row.fact_id, row.kind, row.subject, row.at, row.day)
        for name, there, here in zip(
            ("编号", "种类", "对象", "时间", "日期"), read, listed, strict=True
        ):
            if there != here:
                yield self._doubt(place, f"列表中的{name}是“{here}”，原文里是“{there}”。")

    def _checkpoint(self, checkpoint: Checkpoint) -> Iterator[Doubt]:
        place, last, self.last = f"检查点 {checkpoint.size}", self.last, checkpoint
        if self.frontier.size != checkpoint.size:
            yield self._doubt(place, f"应有 {checkpoint.size} 条，实有 {self.frontier.size} 条。")
        elif self.frontier.root().hex() != checkpoint.root:
            computed = self.frontier.root().hex()
            yield self._doubt(place, f"按原文算出的根是 {computed}，登记的是 {checkpoint.root}。")
        elif bytes(self.frontier) != bytes(checkpoint.frontier):
            yield self._doubt(place, "登记的前沿与按原文算出的不同。")
        if checkpoint.count != checkpoint.size - (last.size if last else 0):
            yield self._doubt(place, f"登记的新增条数是 {checkpoint.count}，与前一个检查点对不上。")
        if last and checkpoint.recorded_at < last.recorded_at:
            yield self._doubt(place, "登记时间早于前一个检查点。")

    def _strays(self, upto: int) -> Iterator[Doubt]:
        """Entries beyond the latest checkpoint that no later import brought meanwhile."""
        beyond = entries(self.contract_id).filter(index__gte=upto)
        imported = Q(checkpoint__log_id=F("log_id"), checkpoint__size__gt=F("index"))
        for row in beyond.exclude(imported)[:DOUBTS_LIMIT]:
            yield self._doubt(f"序号 {row.index}", "没有检查点包含这一条：它不是导入来的。")

    def _place(self, place: str) -> str:
        return f"合同 {self.contract_id} 的履约日志 {place}"

    def _doubt(self, place: str, says: str) -> Doubt:
        return Doubt(
            id=DoubtId(f"log:{self.contract_id}:{place}"),
            kind=DoubtKind.MISMATCH,
            severity=Severity.BLOCK,
            places=(self._place(place),),
            says=says,
            mend="请保留现场，与双方各自留存的检查点和备份比对；日志不会自动修补。",
        )


def _size(contract_id: str, size: int | None) -> int:
    latest = checkpoint_at(contract_id).size
    if size is not None and not 0 <= size <= latest:
        says = f"日志有 {latest} 条，不能取前 {size} 条。"
        raise Refused([malformed(f"合同 {contract_id} 的履约日志", says, f"请取 0 到 {latest}。")])
    return latest if size is None else size


def _hashes(contract_id: str, size: int) -> list[bytes]:
    rows = entries(contract_id).filter(index__lt=size).values_list("leaf_hash", flat=True)
    hashes = [bytes.fromhex(hashed) for hashed in rows.iterator(chunk_size=ROWS_AT_ONCE)]
    _refuse_unless_whole(contract_id, size, len(hashes), merkle.root(hashes))
    return hashes


def _refuse_unless_whole(contract_id: str, size: int, count: int, root: bytes) -> None:
    """Nothing is derived from a log that is not what its checkpoint says."""
    checkpoint = checkpoints(contract_id).filter(size=size).first()
    if count == size and (checkpoint is None or checkpoint.root == root.hex()):
        return
    says = f"前 {size} 条与检查点不符，不能据此计算。"
    mend = f"请运行 lvyue log verify {contract_id} 查明是哪一条。"
    raise Refused([malformed(f"合同 {contract_id} 的履约日志", says, mend)])


#: The three types are here for those who may not open the tables.
__all__ = [
    "Consistency",
    "Entry",
    "File",
    "Inclusion",
    "Prefix",
    "Upload",
    "checkpoint_at",
    "checkpoints",
    "consistency",
    "corrections",
    "entries",
    "entry",
    "fact_in",
    "facts_between",
    "facts_from",
    "facts_named",
    "facts_on",
    "facts_proved_by",
    "files",
    "files_after",
    "free_id",
    "inclusion",
    "kinds_in",
    "last_files",
    "logs",
    "prefix",
    "recent",
    "search",
    "sizes_of",
    "upload",
    "verify_log",
]
