"""受理: opening a ticket, and choosing the contract and the terms that govern it, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import connection, transaction

from lvyue import clock
from lvyue.contracts.queries import contracts
from lvyue.core.calendar import day_of, moment_of
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.facts import Field, FieldType, parse_at
from lvyue.core.tickets import OPEN, TICKET_KINDS, Source, TicketKind
from lvyue.helpdesk.actions.conditions import wrong_to_open
from lvyue.helpdesk.actions.writing import LONGEST, By, Entry, Machine, require, who, write
from lvyue.helpdesk.choices import Side
from lvyue.helpdesk.models import Ticket, TicketNumber
from lvyue.helpdesk.models.tickets import BODY, SHORT, TITLE
from lvyue.helpdesk.queries.governing import Governing, governing
from lvyue.helpdesk.queries.rules import may_open
from lvyue.notices.texts import many_lines, one_line

__all__ = [
    "BODY",
    "SHORT",
    "TITLE",
    "NewTicket",
    "chosen_for",
    "fields_of",
    "open_ticket",
    "ticket_row",
]

#: Fields that have columns of their own.
_COLUMNS = frozenset({"system", "place", "device", "channel"})


@dataclass(frozen=True, slots=True)
class NewTicket:
    """新工单: what somebody brings. ``at`` None: now. ``values`` are the fields of the kind, as text.

    ``caller`` is who told of it where that is not the person who writes it down; ``department`` whose it is. ``told`` is kept
    with the first happening, and ``proved`` says that something bears out a moment that is written down later.
    """

    kind: str
    title: str
    body: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    level: str = ""
    caller: str = ""
    caller_contact: str = ""
    department: str = ""
    evidence: tuple[str, ...] = ()
    parent: int | None = None
    because: str = ""
    rejected: tuple[tuple[str, str], ...] = ()
    source: Source = Source.TYPED
    reporter: str = ""
    reporter_name: str = ""
    reporter_side: str = ""
    told: Mapping[str, str] = field(default_factory=dict)
    proved: bool = False


@transaction.atomic
def open_ticket(contract_id: str, new: NewTicket, *, by: By) -> Ticket:
    """受理: one ticket with its number, its first happening and its facts. ``Refused`` with everything that is wrong.

    ``because`` and ``rejected`` say why this contract was chosen among those that the caller may use; the terms that run on it
    are chosen here, from the version in force on the day.
    """
    kind = TICKET_KINDS.get(new.kind)
    if kind is None:
        known = "、".join(one.zh for one in TICKET_KINDS.values())
        raise Refused([malformed("种类", f"没有“{new.kind[:40]}”这种工单。", f"可选：{known}。")])
    if not isinstance(by, Machine):
        require(may_open(by, kind), "报单")
    values, doubts = fields_of(kind, new.values)
    title, body = one_line(new.title)[:TITLE], many_lines(new.body, LONGEST)
    if not title:
        doubts.append(malformed("标题", "没有写。", "请用一句话说明是什么事。"))
    if len(body) > BODY:
        says = f"内容有 {len(body)} 个字，最多 {BODY} 个。"
        doubts.append(malformed("内容", says, "请把长的内容存成附件。"))
    parent = _parent(contract_id, new.parent, doubts)
    now = clock.now()
    at = min(moment_of(new.at or now), now)
    person = None if isinstance(by, Machine) else by
    if not doubts:
        doubts += wrong_to_open(contract_id, kind, values, by=person, at=at, evidence=new.evidence)
    if doubts:
        raise Refused(doubts)
    number = _next_number(contract_id)
    chosen = chosen_for(contract_id, kind, number, values, replace(new, at=at), by=by)
    ticket = ticket_row(contract_id, number, values, new, chosen, by=by, now=now)
    ticket.parent = parent
    entry = Entry(
        OPEN, new.at, data=new.told, evidence=new.evidence, source=new.source, proved=new.proved
    )
    write(ticket, entry, by=by, past=(), chosen=chosen)
    return ticket


def _side(new: NewTicket, by: By) -> Side:
    """Whose matter it is; what a program opened is the buyer's."""
    side = Side(new.reporter_side) if new.reporter_side else who(by)[2]
    return Side.BUYER if side is Side.SYSTEM else side


def chosen_for(
    contract_id: str,
    kind: TicketKind,
    number: int,
    values: Mapping[str, str],
    new: NewTicket,
    *,
    by: By,
) -> Governing:
    """The clocks that will run on such a ticket under such a number, from the version in force when it is opened."""
    entered = {"entered": _side(new, by), "channel": values.get("channel", "")}
    subject = f"{kind.prefix}-{number:04d}"
    on = day_of(new.at or clock.now())
    return governing(contract_id, kind, {"urgent": "", **values, **entered}, on, subject)


def ticket_row(
    contract_id: str,
    number: int,
    values: Mapping[str, str],
    new: NewTicket,
    chosen: Governing,
    *,
    by: By,
    now: datetime,
) -> Ticket:
    """The row of a new ticket in its first state, before its first happening; nothing is asked and nothing written."""
    kind = TICKET_KINDS[new.kind]
    username, name, _ = who(by)
    return Ticket(
        contract_id=contract_id,
        number=number,
        kind=kind.name,
        state=kind.life.first,
        title=one_line(new.title)[:TITLE],
        body=many_lines(new.body, LONGEST),
        values={name: value for name, value in values.items() if name not in _COLUMNS},
        system=values.get("system", ""),
        place=values.get("place", ""),
        device=values.get("device", ""),
        channel=values.get("channel", ""),
        level=one_line(new.level)[:20],
        reporter=new.reporter or username,
        reporter_name=new.reporter_name or name,
        reporter_side=_side(new, by),
        department=one_line(new.department)[:SHORT],
        caller=one_line(new.caller)[:80],
        caller_contact=one_line(new.caller_contact)[:SHORT],
        taken_by=username,
        opened_at=min(moment_of(new.at or now), now),
        changed_at=now,
        release=chosen.release,
        governing=_told(chosen, new),
    )


def fields_of(kind: TicketKind, given: Mapping[str, str]) -> tuple[dict[str, str], list[Doubt]]:
    """The fields of a kind as they are kept, and what is wrong with them."""
    known = {one.name: one for one in kind.fields}
    values: dict[str, str] = {}
    doubts = [
        malformed(
            name[:40], f"“{kind.zh}”没有这一栏。", f"可填：{'、'.join(f.zh for f in kind.fields)}。"
        )
        for name in given
        if name not in known
    ]
    for name, spec in known.items():
        text = one_line(str(given.get(name, "")))
        if not text:
            if spec.required:
                doubts.append(malformed(spec.zh, "没有填。", f"“{kind.zh}”必须写明{spec.zh}。"))
            continue
        value = _value(spec, text)
        if isinstance(value, Doubt):
            doubts.append(value)
        else:
            values[name] = value
    return values, doubts


def _value(spec: Field, text: str) -> str | Doubt:
    if spec.choices and text not in spec.choices:
        return malformed(
            spec.zh, f"“{text[:40]}”不在可选之中。", f"可选：{'、'.join(spec.choices)}。"
        )
    if spec.type is FieldType.BOOLEAN:
        if text.lower() in ("true", "1", "on", "是"):
            return "true"
        if text.lower() in ("false", "0", "off", "否"):
            return "false"
        return malformed(spec.zh, f"“{text[:40]}”不是是或否。", "请写 true 或 false。")
    if spec.type is FieldType.MOMENT:
        at = parse_at(text)
        if not isinstance(at, datetime):
            says = at if isinstance(at, str) else f"“{text}”只有日期。"
            return malformed(spec.zh, says, "请写明日期和时刻，例如 2026-02-09T10:30:00+08:00。")
        return moment_of(at).isoformat()
    if len(text) > SHORT:
        return malformed(
            spec.zh, f"有 {len(text)} 个字，最多 {SHORT} 个。", "请写短一些，细节写在内容里。"
        )
    return text


def _parent(contract_id: str, number: int | None, doubts: list[Doubt]) -> Ticket | None:
    if number is None:
        return None
    found = Ticket.objects.filter(contract_id=contract_id, number=number).first()
    if found is None:
        doubts.append(malformed("上级工单", f"这份合同没有 {number} 号工单。", "请核对工单号。"))
    return found


#: One statement gives the number and holds its row until the commit.
_NEXT = "UPDATE helpdesk_ticketnumber SET last = last + 1 WHERE contract_id = %s RETURNING last"


def _next_number(contract_id: str) -> int:
    """The next number of a contract; whoever gives one holds its row until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [contract_id])
        given = cursor.fetchone()
        if given is None:
            if not contracts().filter(pk=contract_id).exists():
                says = "登记簿里没有这份合同。"
                raise Refused([malformed(f"合同 {contract_id}", says, "请核对合同编号。")])
            TicketNumber.objects.get_or_create(pk=contract_id)
            cursor.execute(_NEXT, [contract_id])
            given = cursor.fetchone()
    return int(given[0])


def _told(chosen: Governing, new: NewTicket) -> dict[str, object]:
    """Why this contract and these terms, as it is kept with the ticket."""
    return {
        "because": new.because or "在这份合同下报的单",
        "rejected": [list(one) for one in new.rejected],
        "terms": list(chosen.terms),
    }
