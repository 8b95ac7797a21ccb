"""更换部件 and 新增工作: what goes into a device, and what is done beyond the scope; both on the ticket, neither in silence."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.contracts.choices import AmendmentState
from lvyue.contracts.queries import amendment
from lvyue.core.allowances import NEW_PARTS, Allowance, clauses_of, extra_work
from lvyue.core.calendar import day_of
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.helpdesk.actions.writing import Entry, hold, require, write
from lvyue.helpdesk.models import FittedPart, Ticket
from lvyue.helpdesk.models.parts import PartCondition
from lvyue.helpdesk.models.tickets import SHORT
from lvyue.notices.texts import one_line
from lvyue.obligations.ground import case_of

#: Words that people write where there is no serial number.
_NO_SERIAL = frozenset({"无", "没有", "不详", "未知", "N/A", "NA", "NONE", "UNKNOWN", "0"})

#: The most that one piece of added work is billed with, in fen: beyond any contract.
_MOST_FEN = 10**14


@dataclass(frozen=True, slots=True)
class NewPart:
    """换上的部件: on which device, what it is, its serial number, how new it is, and the number of what came out."""

    device: str
    name: str
    serial: str
    condition: str
    model: str = ""
    removed_serial: str = ""
    evidence: tuple[str, ...] = ()


def serial_key(serial: str) -> str:
    """A serial number as it is compared: capital letters and digits alone, full width as half."""
    wide = unicodedata.normalize("NFKC", serial).upper()
    return "".join(one for one in wide if unicodedata.category(one)[0] in "LN")


@transaction.atomic
def fit_part(contract_id: str, number: int, part: NewPart, *, by: Seat) -> FittedPart:
    """更换备件: refused without a serial number, with one that stands in another record, and where the part is not new (SD-12)."""
    ticket = hold(contract_id, number)
    require(may(by, Right.TICKET_WORK), ticket.name)
    if doubts := _wrong_part(ticket, part):
        raise Refused(doubts)
    now = clock.now()
    data = {
        "device": one_line(part.device)[:SHORT],
        "name": one_line(part.name)[:SHORT],
        "serial": one_line(part.serial)[:SHORT],
        "removed": one_line(part.removed_serial)[:SHORT],
    }
    said = f"{data['device']} 换上 {data['name']}（{data['serial']}）"
    event = write(ticket, Entry("fit", said=said, data=data, evidence=part.evidence), by=by)
    try:
        with transaction.atomic():
            return FittedPart.objects.create(
                ticket=ticket,
                event=event.index,
                device=data["device"],
                name=data["name"],
                model=one_line(part.model)[:SHORT],
                serial=data["serial"],
                serial_key=serial_key(part.serial),
                removed_serial=data["removed"],
                condition=part.condition,
                fitted_at=now,
                fitted_by=by.username,
            )
    except IntegrityError as error:  # somebody fitted the same number a moment ago
        raise Refused([_seen()]) from error


def _wrong_part(ticket: Ticket, part: NewPart) -> list[Doubt]:
    doubts = []
    for place, text in (("设备", part.device), ("部件", part.name)):
        if not text.strip():
            doubts.append(malformed(place, "没有写。", f"请写明是哪个{place}。"))
    key = serial_key(part.serial)
    if not key or part.serial.strip().upper() in _NO_SERIAL:
        says = "没有序列号。"
        doubts.append(malformed("序列号", says, "请抄下部件上的序列号；没有序列号的部件不能换上。"))
    elif FittedPart.objects.filter(serial_key=key).exists():
        doubts.append(_seen())
    if part.condition not in PartCondition.values:
        known = "、".join(PartCondition.labels)
        doubts.append(malformed("新旧", f"没有“{part.condition[:40]}”。", f"可选：{known}。"))
    elif part.condition != PartCondition.NEW:
        release = case_of(ticket.contract_id, day_of(clock.now())).release
        cited = "、".join(str(one) for one in clauses_of(release, NEW_PARTS)) or "本系统规定"
        says = f"是{PartCondition(part.condition).label}的。"
        doubts.append(malformed("新旧", says, f"更换的部件须全新、未用过（{cited}）。"))
    return doubts


def _seen() -> Doubt:
    mend = "一个部件只能换上一次；拆下再用的不是新部件，抄错的请核对。"
    return malformed("序列号", "这个序列号已经在别的记录里出现过。", mend)


# ── added work ───────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def note_extra_work(
    contract_id: str,
    number: int,
    what: str,
    *,
    fee_fen: int = 0,
    amendment_number: int | None = None,
    by: Seat,
) -> Ticket:
    """记新增工作: what is beyond the scope, free or for a fee in fen. Free work is on record too (SD-09).

    A fee needs a contract that knows one (S1 and S2 7.2.2) and an amendment that both have signed and that is in force;
    where the price is all-in it is refused with the clause (S0 5.1).
    """
    ticket = hold(contract_id, number)
    require(may(by, Right.TICKET_WORK), ticket.name)
    today = day_of(clock.now())
    doubts = []
    if not what.strip():
        doubts.append(malformed("新增工作", "没有写。", "请写明超出范围的是什么。"))
    if not 0 <= fee_fen <= _MOST_FEN:
        doubts.append(malformed("费用", f"{fee_fen} 分。", "请写 0 或大于 0 的金额；0 是免费。"))
    ruling = extra_work(case_of(contract_id, today).release)
    if fee_fen > 0:
        doubts += _unsigned(
            contract_id, ruling.allowance, ruling.why, ruling.cited, amendment_number
        )
    if doubts:
        raise Refused(doubts)
    data = {"fee_fen": fee_fen, "amendment": amendment_number, "clauses": ruling.cited}
    write(ticket, Entry("extra", said=what, data=data), by=by)
    return ticket


def _unsigned(
    contract_id: str, allowance: Allowance, why: str, cited: str, number: int | None
) -> list[Doubt]:
    if allowance is Allowance.NEVER:
        says = f"{why}（{cited}），不能另行收费。"
        return [malformed("费用", says, "免费做的请写 0；要改的，双方先签补充协议。")]
    row = amendment(contract_id, number) if number is not None else None
    mend = "请先由双方签署范围和费用的变更，写明补充协议的号。"
    if row is None:
        return [malformed("补充协议", f"收费须有双方签署的变更（{cited}）。", mend)]
    today = day_of(clock.now())
    if row.state != AmendmentState.IN_FORCE or row.effective is None or row.effective > today:
        says = f"{row.number} 号补充协议还没有生效。"
        return [malformed("补充协议", says, mend)]
    return []
