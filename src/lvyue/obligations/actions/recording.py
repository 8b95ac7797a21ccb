"""登记事实: putting facts on record, correcting and withdrawing them, one by one or by file, and the files that prove them.

A fact is recorded once however often it is sent: its id comes with it, the log takes an id only once, and the same line
sent again finds the fact that is there. Who records something that somebody else recorded a moment ago is told first.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import (
    YES,
    Right,
    Ruling,
    Seat,
    may,
    may_record_this,
    may_see_upload,
    no,
)
from lvyue.accounts.queries import Sides, sides_of
from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import Fact, FactId
from lvyue.core.money import Money
from lvyue.core.recorders import Recorder, recorder_of
from lvyue.evidence import queries as evidence
from lvyue.evidence.actions import (
    ImportResult,
    append_facts,
    hold,
    import_facts,
    keep_file,
    keep_upload,
    open_log,
)
from lvyue.evidence.lines import sift
from lvyue.evidence.queries import File, Upload
from lvyue.jobs.actions import enqueue
from lvyue.obligations.actions.refreshing import refresh
from lvyue.obligations.drafting import CORRECTIONS, Draft, same_thing
from lvyue.obligations.logbook import OnRecord, ever_of, recorded, ruling_on
from lvyue.obligations.queries import statement_of
from lvyue.obligations.rehearsal import Misgiving, misgivings_about
from lvyue.obligations.tabular import Table, table_of


class Denied(Refused):
    """无权: this person may not put this on record; ``ruling`` says why, and who may."""

    def __init__(self, ruling: Ruling) -> None:
        super().__init__([malformed("登记", ruling.reason)])
        self.ruling = ruling


class AnotherFact(Exception):
    """编号已用: the id of a draft belongs to a fact with another content. ``there`` is that fact."""

    def __init__(self, there: Fact, draft: Draft) -> None:
        super().__init__(f"编号“{there.id}”已经登记过另一条内容。")
        self.there = there
        self.draft = draft


class Overtaken(Exception):
    """被抢先: since the draft was looked at somebody recorded something about the same thing."""

    def __init__(self, others: Sequence[Fact], size: int) -> None:
        super().__init__("在您填写期间，别人登记了同一件事。")
        self.others = tuple(others)
        self.size = size


class Unanswered(Exception):
    """未确认: rows of a file should give pause, and nobody has said that they are meant so."""

    def __init__(self, misgivings: Sequence[Misgiving], size: int) -> None:
        super().__init__(misgivings[0].says)
        self.misgivings = tuple(misgivings)
        self.size = size


#: Ids that the platform gives itself: of what comes of forms, amendments and statements.
RESERVED = ("f-", "s-", "t-", "statement-")

#: What may only be taken out of what is owed as far as a claim covers it.
SET_OFF = "setoff.demanded"


@dataclass(frozen=True, slots=True)
class Recorded:
    """登记结果: the fact as it stands in the log, the size of the log, and whether it had been there already."""

    fact: Fact
    size: int
    already: bool


def new_token() -> str:
    """一次性编号: what a form carries so that it records at most one fact."""
    return secrets.token_hex(10)


def fact_id_of(token: str) -> FactId:
    """The id that the fact of a form will have."""
    return FactId(f"f-{token}")


def record_fact(
    contract_id: str, draft: Draft, *, by: Seat, seen_size: int | None = None
) -> Recorded:
    """登记事实: one fact, one checkpoint, one audit entry, all or none.

    ``seen_size`` is the size of the log when the draft was looked at; None does not ask. Raises ``Denied``, ``Refused``
    for what is no fact, ``AnotherFact``, ``Overtaken``.
    """
    fact = draft.read()
    if not isinstance(fact, Fact):
        raise Refused(fact)
    _may_record_at_all(by)
    open_log(contract_id, by=by.username)
    with transaction.atomic():
        size = hold(contract_id)
        _allow(contract_id, fact, by)
        there = evidence.entry(contract_id, draft.id)
        if there is not None:
            return _again(evidence.fact_in(there), bytes(there.raw), draft, size)
        _refuse_unknown_files(contract_id, fact)
        _refuse_if_overtaken(contract_id, fact, seen_size, size)
        done = import_facts(contract_id, [draft.line], by=by.username, source="")
        _audit(contract_id, fact, size, by)
        _then_refresh(contract_id)
    return Recorded(replace(fact, index=size), done.size, already=False)


@transaction.atomic(savepoint=False)
def note_facts(contract_id: str, drafts: Sequence[Draft], *, by: Seat | str) -> None:
    """登记经过的事实: what an act of another room puts on record, in the transaction of that act, which audits it.

    A person is asked about as for any other fact: ``Denied``. A program (a text in ``by``) puts on record what it was set up
    to see. Lists follow a moment later, by a job: whoever enters tickets by the hundred does not wait for the reckoning.
    """
    if not drafts:
        return
    sifted = sift((draft.line for draft in drafts), "登记")
    sifted.refuse_if_bad()
    if isinstance(by, Seat):
        for fact in sifted.facts:
            _allow_of_room(contract_id, fact, by)
            if fact.evidence:
                _refuse_unknown_files(contract_id, fact)
    who = by if isinstance(by, str) else by.username
    append_facts(contract_id, sifted, by=who)
    enqueue("lvyue.obligations.tasks.refresh_one", key=contract_id, contract_id=contract_id)


#: Whose word it takes for these is written in the contract's terms.
_BY_TERM = frozenset({Recorder.DEBTOR, Recorder.CREDITOR})


def _allow_of_room(contract_id: str, fact: Fact, by: Seat) -> None:
    """As `_allow`, without reading the contract where the kind alone says whose word it takes."""
    if fact.kind in CORRECTIONS or fact.kind == SET_OFF or recorder_of(fact.kind) in _BY_TERM:
        _allow(contract_id, fact, by)
    else:
        _ask(may_record_this(by, fact.kind, fact.data, fact.evidence, None))


def refuse_unless_allowed(contract_id: str, draft: Draft, *, by: Seat) -> None:
    """Raise ``Denied`` or ``Refused`` where recording a draft would, so that nobody answers questions in vain."""
    fact = draft.read()
    if not isinstance(fact, Fact):
        raise Refused(fact)
    _may_record_at_all(by)
    _allow(contract_id, fact, by)


def correct_fact(
    contract_id: str,
    fact_id: str,
    *,
    at: date | datetime,
    reason: str,
    by: Seat,
    on: date,
    identity: str | None = None,
    seen_size: int | None = None,
) -> Recorded:
    """更正: another time for a fact. To correct a correction is to correct the fact once more: the last one counts."""
    draft = correction_of(contract_id, fact_id, at=at, reason=reason, on=on, identity=identity)
    return record_fact(contract_id, draft, by=by, seen_size=seen_size)


def withdraw_fact(
    contract_id: str,
    fact_id: str,
    *,
    reason: str,
    by: Seat,
    on: date,
    identity: str | None = None,
    seen_size: int | None = None,
) -> Recorded:
    """撤回: the fact counts no longer; it stays in the log, and so does the reason. A withdrawn correction is undone."""
    draft = withdrawal_of(fact_id, reason=reason, on=on, identity=identity)
    return record_fact(contract_id, draft, by=by, seen_size=seen_size)


def correction_of(
    contract_id: str,
    fact_id: str,
    *,
    at: date | datetime,
    reason: str,
    on: date,
    identity: str | None = None,
) -> Draft:
    """拟更正: the draft of a correction, to be looked at first."""
    named = evidence.facts_named(contract_id, [fact_id])
    root = named[0].data["fact"] if named and named[0].kind == "fact.corrected" else fact_id
    data = {"fact": root, "reason": reason, "at": at.isoformat()}
    return _correction("fact.corrected", data, on, identity)


def withdrawal_of(fact_id: str, *, reason: str, on: date, identity: str | None = None) -> Draft:
    """拟撤回: the draft of a withdrawal, to be looked at first."""
    return _correction("fact.withdrawn", {"fact": fact_id, "reason": reason}, on, identity)


def _correction(kind: str, data: dict[str, str], on: date, identity: str | None) -> Draft:
    return Draft(FactId(identity or fact_id_of(new_token())), kind, on, None, data)


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def attach_file(contract_id: str, name: str, chunks: Iterable[bytes], *, by: Seat) -> File:
    """存入证明文件: the bytes go into the vault first; a row names them only when they are all there.

    By whoever may record, and by whom the buyer appointed to consent, who brings the paper of the consent.
    """
    if ContractRole.CONSENTER not in by.roles or not may(by, Right.CONSENT):
        _may_record_at_all(by)
    open_log(contract_id, by=by.username)
    with transaction.atomic():
        file = keep_file(contract_id, name, chunks, by=by.username)
        after = {"name": file.name, "size": file.size}
        audit("file.attached", by=by, contract_id=contract_id, about=file.sha256, after=after)
    return file


# ── by file ──────────────────────────────────────────────────────────────────────────────────────────────────────


def bring_facts(contract_id: str, name: str, chunks: Iterable[bytes], *, by: Seat) -> Upload:
    """上传事实文件: kept as it arrived, so that it can be looked at and then imported without a second upload."""
    _ask(may(by, Right.IMPORT))
    open_log(contract_id, by=by.username)
    with transaction.atomic():
        kept = keep_upload(contract_id, name, chunks, by=by.username)
        after = {"name": kept.name, "size": kept.size, "sha256": kept.sha256}
        audit("facts.uploaded", by=by, contract_id=contract_id, about=str(kept.pk), after=after)
    return kept


def preview_upload(contract_id: str, upload: Upload, *, by: Seat) -> Table:
    """预览导入: every row with what importing it would do, or all that stands against it. Changes nothing."""
    _ask(may(by, Right.IMPORT))
    _ask(_brought(contract_id, upload, by))
    qualms = partial(misgivings_about, contract_id, today=clock.today())
    return table_of(contract_id, upload, partial(_rulings, contract_id, by=by), qualms)


def import_upload(
    contract_id: str, upload: Upload, *, by: Seat, accepted: Collection[str] = ()
) -> ImportResult:
    """批量导入: every new row of a file that was uploaded, or none of them.

    ``accepted`` are the keys of the misgivings about its rows that the person has looked at. Raises ``Denied``,
    ``Refused``, ``Unanswered``.
    """
    _ask(may(by, Right.IMPORT))
    with transaction.atomic():
        size = hold(contract_id)
        table = preview_upload(contract_id, upload, by=by)
        table.refuse_if_bad()
        if open_ := table.unanswered(accepted):
            raise Unanswered(open_, size)
        done = import_facts(contract_id, table.lines, by=by.username, source=upload.name)
        if done.added:
            after = {"added": done.added, "ignored": done.ignored, "size": done.size}
            audit("facts.imported", by=by, contract_id=contract_id, about=upload.name, after=after)
            _then_refresh(contract_id)
    return done


def _rulings(contract_id: str, facts: Sequence[Fact], *, by: Seat) -> list[str]:
    """For each fact of a file why it may not be recorded; an empty text where it may."""
    ask = _asking(contract_id, facts, by)
    proofs = [digest for fact in facts for digest in fact.evidence]
    known = {file.sha256 for file in evidence.files(contract_id, proofs)}
    return [
        _reserved(fact) or _alone(fact) or ask(fact).reason or _unknown_file(fact, known)
        for fact in facts
    ]


def _reserved(fact: Fact) -> str:
    """Somebody could take the id of what is still to come."""
    if not fact.id.startswith(RESERVED):
        return ""
    return f"编号“{fact.id}”不能随文件导入：以 {'、'.join(RESERVED)} 开头的编号由平台使用，请换一个编号。"


def _alone(fact: Fact) -> str:
    """What is weighed against what is on record already cannot come with others in one file."""
    return "抵扣要逐笔登记，不能随文件导入。" if fact.kind == SET_OFF else ""


# ── conditions ───────────────────────────────────────────────────────────────────────────────────────────────────


def _may_record_at_all(by: Seat) -> None:
    _ask(may(by, Right.RECORD))


def _ask(ruling: Ruling) -> None:
    if not ruling:
        raise Denied(ruling)


def _brought(contract_id: str, upload: Upload, by: Seat) -> Ruling:
    bringer = upload.uploaded_by if upload.log_id == contract_id else ""
    return may_see_upload(by, bringer)


def _allow(contract_id: str, fact: Fact, by: Seat) -> None:
    _ask(_asking(contract_id, [fact], by)(fact))
    if fact.kind == SET_OFF:
        _ask(_covered(contract_id, fact))
    if fact.kind in CORRECTIONS and evidence.entry(contract_id, fact.data["fact"]) is None:
        says = f"日志里没有编号为“{fact.data['fact']}”的事实。"
        raise Refused([malformed("登记 字段 data.fact", says, "请从那条事实的页面进入。")])


def _covered(contract_id: str, fact: Fact) -> Ruling:
    """抵扣: no more may be set off than has been claimed, has an amount, and has not been set off yet."""
    statement = statement_of(contract_id, max(clock.today(), fact.day))
    claimed = Money.total(
        claim.figure.money for claim in statement.settlement.damages if claim.figure is not None
    )
    taken = Money.total(
        Money(one.data["amount_fen"]) for one in statement.evaluation.book.by_kind.get(SET_OFF, ())
    )
    asked = Money(fact.data["amount_fen"])
    if taken + asked <= claimed:
        return YES
    says = f"已主张并算出数额的违约责任共 {claimed}，已要求抵扣 {taken}，不能再抵扣 {asked}。"
    return no("state", f"{says}请先登记“主张违约责任”，数额算出之后再抵扣。")


def _asking(contract_id: str, facts: Sequence[Fact], by: Seat) -> Callable[[Fact], Ruling]:
    """The question whether a fact may be recorded, with everything that it takes to answer it read once."""
    release = ever_of(contract_id)
    named = {fact.data["fact"] for fact in facts if fact.kind in CORRECTIONS}
    sides = sides_of(contract_id) if named else Sides()
    now = clock.now()
    own = {fact.id: OnRecord(fact, by.username, now) for fact in facts if fact.id in named}
    targets = own | (recorded(contract_id, named) if named else {})
    return lambda fact: ruling_on(by, fact, release, targets, sides)


def _again(there: Fact, leaf: bytes, draft: Draft, size: int) -> Recorded:
    """The same thing sent twice is on record once; another thing under the same id is refused."""
    if leaf != draft.line:
        raise AnotherFact(there, draft)
    return Recorded(there, size, already=True)


def _refuse_unknown_files(contract_id: str, fact: Fact) -> None:
    known = {file.sha256 for file in evidence.files(contract_id, fact.evidence)}
    if says := _unknown_file(fact, known):
        raise Refused([malformed("登记 字段 evidence", says)])


def _unknown_file(fact: Fact, known: Collection[str]) -> str:
    for digest in fact.evidence:
        if digest not in known:
            return f"附件 {digest[:12]}… 还没有上传到这份合同，请先上传。"
    return ""


def _refuse_if_overtaken(contract_id: str, fact: Fact, seen_size: int | None, size: int) -> None:
    if seen_size is None or seen_size >= size:
        return
    others = [one for one in evidence.facts_from(contract_id, seen_size) if same_thing(one, fact)]
    if others:
        raise Overtaken(others, size)


def _audit(contract_id: str, fact: Fact, index: int, by: Seat) -> None:
    after = {"kind": fact.kind, "at": fact.at.isoformat(), "subject": fact.subject, "index": index}
    reason = str(fact.data.get("reason", ""))
    audit(
        "fact.recorded", by=by, contract_id=contract_id, about=fact.id, after=after, reason=reason
    )


def _then_refresh(contract_id: str) -> None:
    """Lists follow once the facts are safe; should that fail, the facts are on record all the same."""
    transaction.on_commit(lambda: refresh(contract_id), robust=True)
