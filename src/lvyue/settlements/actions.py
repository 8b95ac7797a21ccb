"""What people can do with a statement: issue it, confirm it, dispute it, restate it, take it back.

Nothing here changes what an issued statement says. What was wrong is put right by another one that names it.
"""

from __future__ import annotations

import json
from datetime import date
from functools import partial

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Ruling, Seat, may, may_record
from lvyue.contracts.actions import register_calendar
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Doubt, Refused
from lvyue.core.statement import Statement
from lvyue.core.terms import Party
from lvyue.evidence.actions import hold, import_facts
from lvyue.evidence.queries import free_id
from lvyue.obligations.actions.refreshing import refresh
from lvyue.obligations.queries import statement_of
from lvyue.settlements.choices import StatementAct, StatementState
from lvyue.settlements.models import IssuedStatement, StatementStep
from lvyue.settlements.queries import newest_release, reckoned_again, signing_of
from lvyue.settlements.signing import refusal

#: A reason goes into a fact, whose text may have 5,000 characters.
REASON_LIMIT = 5_000


@transaction.atomic
def issue(as_of: date, *, by: Seat, size: int | None = None, note: str = "") -> IssuedStatement:
    """出具结算书: the statement of a day, on all that is known or on the first ``size`` facts, under the next number.

    ``Refused`` for a day to come, for somebody who may not, and where the same one stands already.
    """
    side = _side(by, Right.ISSUE)
    _written("附注", note)
    _lock(by.contract_id)
    statement = statement_of(by.contract_id, as_of, size)
    _refuse_the_future(as_of)
    return _issue(statement, side, note, by=by, restates=None)


@transaction.atomic
def confirm(number: int, *, by: Seat) -> IssuedStatement:
    """确认: one side's word for a statement; with the other side's word before it, both have agreed.

    What does not come to the same hash when reckoned again is confirmed by nobody.
    """
    side = _side(by, Right.SIGN)
    row = _locked(by.contract_id, number)
    act = signing_of(row).confirming
    after = _after(row, act, side, by)
    again = reckoned_again(row)
    if not again.is_whole:
        raise _refused(row, again.says, "请先查明原因；在此之前任何一方都不能确认。")
    _move(row, after, act, side, by=by)
    if after == StatementState.AGREED:
        _replace_all_before(row, side, by=by)
    return row


@transaction.atomic
def dispute(number: int, reason: str, *, by: Seat) -> IssuedStatement:
    """提出异议: by the side that neither issued nor confirmed it; the notice of dispute goes into the log as a fact."""
    side = _side(by, Right.SIGN)
    _require(may_record(by, "dispute.raised"), by.contract_id)
    row = _locked(by.contract_id, number)
    reason = _reason(row, reason)
    after = _after(row, StatementAct.DISPUTE, side, by)
    hold(row.contract_id)  # or the id might be taken meanwhile
    fact = free_id(row.contract_id, f"statement-{number}-disputed")
    line = {
        "id": fact,
        "kind": "dispute.raised",
        "at": clock.today().isoformat(),
        "subject": f"结算书第{number}号",
        "data": {"about": reason},
    }
    import_facts(
        row.contract_id,
        [json.dumps(line, ensure_ascii=False).encode()],
        by=by.username,
        source=f"结算书第{number}号异议",
    )
    _move(row, after, StatementAct.DISPUTE, side, by=by, reason=reason, fact=fact)
    transaction.on_commit(partial(refresh, row.contract_id), robust=True)
    return row


@transaction.atomic
def restate(
    number: int, *, by: Seat, as_of: date | None = None, size: int | None = None, note: str = ""
) -> IssuedStatement:
    """重述: a new statement, of the same day unless its issuer names another, on what is known now; it points back.

    The issuer's own, which nobody else has confirmed, and what is disputed are replaced at once; anything else stands
    until both have confirmed the new one.
    """
    side = _side(by, Right.ISSUE)
    _written("附注", note)
    _lock(by.contract_id)
    old = _locked(by.contract_id, number)
    day = as_of or old.as_of
    _refuse_the_future(day)
    at_once = signing_of(old).gives_way_at_once(side)
    _after(old, StatementAct.RESTATE, side, by)
    if day != old.as_of and side.value != old.issued_for:
        says = f"它截至 {old.as_of}，另一方不能改成 {day}。"
        raise _refused(old, says, "请按同一天重述，或另行出具一份。")
    statement = statement_of(by.contract_id, day, size)
    if statement.evaluation.book.size < old.size:
        says = f"它依据日志前 {old.size} 条，重述不能只依据前 {statement.evaluation.book.size} 条。"
        raise _refused(old, says, "请按现在所知重述。")
    if statement.as_json()["hash"] == old.hash:
        raise _refused(
            old, "依据没有变化，重述出来是同一份。", "有新的事实、版本或日历之后再重述。"
        )
    new = _issue(statement, side, note, by=by, restates=old)
    if at_once:
        _replaced(old, new, side, by=by)
    return new


@transaction.atomic
def withdraw(number: int, reason: str, *, by: Seat) -> IssuedStatement:
    """撤回: by the side that issued it, as long as the other side has not confirmed it."""
    side = _side(by, Right.ISSUE)
    row = _locked(by.contract_id, number)
    reason = _reason(row, reason)
    after = _after(row, StatementAct.WITHDRAW, side, by)
    _move(row, after, StatementAct.WITHDRAW, side, by=by, reason=reason)
    return row


# ── issuing and moving on ────────────────────────────────────────────────────────────────────────────────────────


def _issue(
    statement: Statement, side: Party, note: str, *, by: Seat, restates: IssuedStatement | None
) -> IssuedStatement:
    evaluation, settlement = statement.evaluation, statement.settlement
    told = statement.as_json()
    mine = IssuedStatement.objects.filter(contract_id=by.contract_id)
    same = mine.filter(hash=told["hash"]).exclude(
        state__in=(StatementState.WITHDRAWN, StatementState.RESTATED)
    )
    if (there := same.first()) is not None:
        raise _refused(there, "已经出具过完全相同的一份。", f"请直接办理第 {there.number} 号。")
    last = mine.order_by("number").last()
    register_calendar(evaluation.calendar, by=by.username)  # or its address might lead nowhere
    row = mine.create(
        contract_id=by.contract_id,
        number=last.number + 1 if last is not None else 1,
        as_of=evaluation.as_of,
        size=evaluation.book.size,
        root=statement.root,
        release=newest_release(by.contract_id),
        calendar=evaluation.calendar.digest,
        hash=told["hash"],
        paid_fen=settlement.paid.fen,
        payable_fen=None if settlement.payable is None else settlement.payable.fen,
        restates=restates,
        note=note.strip(),
        issued_by=by.username,
        issued_for=side.value,
        issued_at=clock.now(),
    )
    _step(row, StatementAct.ISSUE, side, by=by, reason=note.strip())
    audit(
        "statement.issued",
        by=by,
        contract_id=by.contract_id,
        about=_name(row),
        after={"state": row.state, "hash": row.hash, "as_of": row.as_of.isoformat()},
        reason=note.strip(),
    )
    return row


def _replace_all_before(row: IssuedStatement, side: Party, *, by: Seat) -> None:
    """What both have agreed takes the place of all that it restates, however many restatements lie between."""
    old = row.restates
    while old is not None:
        old = _locked(by.contract_id, old.number)
        if old.state not in (StatementState.RESTATED, StatementState.WITHDRAWN):
            _replaced(old, row, side, by=by)
        old = old.restates


def _replaced(old: IssuedStatement, new: IssuedStatement, side: Party, *, by: Seat) -> None:
    """The old one gives way."""
    reason = f"由{_name(new)}重述"
    _move(old, StatementState.RESTATED, StatementAct.RESTATE, side, by=by, reason=reason)


def _move(
    row: IssuedStatement,
    after: str,
    act: StatementAct,
    side: Party,
    *,
    by: Seat,
    reason: str = "",
    fact: str = "",
) -> None:
    before, row.state = row.state, after
    row.save(update_fields=["state"])
    _step(row, act, side, by=by, reason=reason, fact=fact)
    audit(
        f"statement.{act.value}",
        by=by,
        contract_id=row.contract_id,
        about=_name(row),
        before={"state": before},
        after={"state": after},
        reason=reason,
    )


def _step(
    row: IssuedStatement,
    act: StatementAct,
    side: Party,
    *,
    by: Seat,
    reason: str = "",
    fact: str = "",
) -> None:
    StatementStep.objects.create(
        statement=row,
        act=act,
        by=by.username,
        name=by.name,
        side=side.value,
        at=clock.now(),
        reason=reason,
        fact=fact,
    )


# ── what stands in the way ───────────────────────────────────────────────────────────────────────────────────────


def _side(by: Seat, right: Right) -> Party:
    """For whom a person acts here; nobody acts for both."""
    _require(may(by, right), by.contract_id)
    if by.side is None:
        raise Refused(
            [refusal(by.contract_id, "您同时代表双方，不能签署。", "请由各方的人分别办理。")]
        )
    return by.side


def _require(ruling: Ruling, contract_id: str) -> None:
    if not ruling:
        raise Refused([refusal(f"合同 {contract_id}", ruling.reason, "")])


def _lock(contract_id: str) -> None:
    """Two who issue at once take turns, or both would count to the same number."""
    contracts().select_for_update().get(pk=contract_id)


def _locked(contract_id: str, number: int) -> IssuedStatement:
    found = IssuedStatement.objects.select_for_update().filter(
        contract_id=contract_id, number=number
    )
    row = found.first()
    if row is None:
        place = f"合同 {contract_id}"
        raise Refused([refusal(place, f"没有第 {number} 号结算书。", "请核对编号。")])
    return row


def _after(row: IssuedStatement, act: StatementAct, side: Party, by: Seat) -> str:
    after = signing_of(row).take(act, side, by.username)
    if isinstance(after, Doubt):
        raise Refused([after])
    return after


def _refuse_the_future(as_of: date) -> None:
    if as_of > clock.today():
        says = f"{as_of} 还没有到，只能推算，不能出具。"
        raise Refused([refusal("截至", says, "请选今天或以前的一天。")])


def _reason(row: IssuedStatement, reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise _refused(row, "没有写理由。", "请写明理由，它会留在记录里。")
    _written("理由", reason)
    return reason


def _written(what: str, text: str) -> None:
    if len(text) > REASON_LIMIT:
        says = f"{what}有 {len(text)} 字，上限是 {REASON_LIMIT} 字。"
        raise Refused([refusal(what, says, "请写得短些，细节另附文书。")])


def _name(row: IssuedStatement) -> str:
    return f"结算书第{row.number}号"


def _refused(row: IssuedStatement, says: str, mend: str) -> Refused:
    return Refused([refusal(_name(row), says, mend)])
