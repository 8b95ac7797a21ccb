"""远程作业: asked for on a ticket, allowed by the side whose system it is, opened once after an identity check, over at its expiry.

There is no standing permission: one person, one system, one purpose, so many hours at most, one session (2:2.1(2)). Whoever
begins without a valid one is kept out, and that is on record. A breach is the creditor's to say and nobody else's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from lvyue import clock
from lvyue.accounts import queries as accounts
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.calendar import day_of, moment_of
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.facts import FactId
from lvyue.core.terms import Prohibition, TermId
from lvyue.core.tickets import SKEW
from lvyue.evidence import queries as evidence
from lvyue.helpdesk.actions.verifying import (
    IDENTITY_METHODS,
    Identity,
    as_data,
    wrong_identity,
)
from lvyue.helpdesk.actions.writing import Entry, Machine, hold, require, write
from lvyue.helpdesk.models import (
    RemoteAttempt,
    RemoteCommand,
    RemotePermission,
    SystemOwner,
    Ticket,
)
from lvyue.helpdesk.models.remote import RemoteState
from lvyue.helpdesk.models.tickets import SHORT
from lvyue.helpdesk.names import plain
from lvyue.helpdesk.queries import remote
from lvyue.helpdesk.queries.channels import asked_on
from lvyue.notices.texts import many_lines, one_line
from lvyue.obligations.actions.recording import note_facts
from lvyue.obligations.drafting import Draft
from lvyue.obligations.ground import case_of

#: The longest command, scope or result, in characters, and how many commands go in at once.
LONGEST, MOST_COMMANDS = 10_000, 500


class KeptOut(Refused):
    """被拒之门外: a session that may not begin. The attempt stays on record although the act is refused."""


@dataclass(frozen=True, slots=True)
class RemoteRequest:
    """远程申请: who, to which system, for what, from when until when."""

    person: str
    system: str
    scope: str
    begins: datetime
    expires: datetime


@transaction.atomic
def set_owner(contract_id: str, system: str, department: str, *, by: Seat) -> SystemOwner:
    """登记系统归属: by the buyer; an empty department gives the system back to the buyer alone."""
    require(may(by, Right.TICKET_APPROVE), "系统归属")
    system, department = one_line(system)[:SHORT], one_line(department)[:SHORT]
    if not system:
        raise Refused([malformed("系统", "没有写。", "请写系统的名称。")])
    row = SystemOwner.objects.create(
        contract_id=contract_id,
        system=system,
        department=department,
        set_at=clock.now(),
        set_by=by.username,
    )
    after = {"department": department}
    audit("system.owned", by=by, contract_id=contract_id, about=system, after=after)
    return row


@transaction.atomic
def ask_remote(
    contract_id: str, number: int, wanted: RemoteRequest, *, by: Seat
) -> RemotePermission:
    """申请远程许可: on a ticket that is still open, for somebody who works on the contract."""
    ticket = hold(contract_id, number)
    require(may(by, Right.TICKET_WORK), ticket.name)
    doubts = [*_wrong(ticket, wanted)]
    person = accounts.account(wanted.person)
    if person is None or not may(accounts.seat_of(person, contract_id), Right.TICKET_WORK):
        says = f"“{wanted.person[:40]}”在这份合同上不能处理工单。"
        doubts.append(malformed("作业人", says, "许可只给乙方的一个经办人员。"))
    if doubts or person is None:
        raise Refused(doubts)
    row = RemotePermission.objects.create(
        ticket=ticket,
        person=person.username,
        person_name=person.name,
        system=one_line(wanted.system)[:SHORT],
        scope=many_lines(wanted.scope)[:LONGEST],
        begins=moment_of(wanted.begins),
        expires=moment_of(wanted.expires),
        state=RemoteState.ASKED,
        asked_at=clock.now(),
        asked_by=by.username,
    )
    _tell(ticket, "remote_asked", row, row.scope, by=by)
    return row


def _wrong(ticket: Ticket, wanted: RemoteRequest) -> list[Doubt]:
    doubts = []
    longest = timedelta(hours=settings.REMOTE_HOURS)
    begins, expires = moment_of(wanted.begins), moment_of(wanted.expires)
    if ticket.is_over:
        doubts.append(
            malformed(ticket.name, f"现在是“{ticket.state_zh}”。", "请为新的事另开工单。")
        )
    if not wanted.system.strip():
        doubts.append(malformed("系统", "没有写。", "一个许可只到一个系统。"))
    if not wanted.scope.strip():
        doubts.append(malformed("作业范围", "没有写。", "请写明要做什么、不做什么。"))
    if expires <= begins:
        doubts.append(malformed("到期", "不晚于开始。", "请核对起止时间。"))
    elif expires - begins > longest:
        says = f"从开始到到期超过 {settings.REMOTE_HOURS} 小时。"
        doubts.append(malformed("到期", says, "没有长期有效的许可：一次一个，用完再申请。"))
    if expires <= clock.now():
        doubts.append(malformed("到期", "已经过去。", "请写还没有到的时刻。"))
    return doubts


@transaction.atomic
def answer_remote(
    contract_id: str, permission_id: int, *, agree: bool, said: str = "", by: Seat
) -> RemotePermission:
    """许可 or not: by the buyer, or by the department whose system it is; never by another's."""
    row, ticket = _hold(contract_id, permission_id)
    require(remote.may_consent(by, row.system), ticket.name)
    _must_be(row, RemoteState.ASKED)
    if agree and row.expires <= clock.now():
        raise Refused([malformed("到期", "申请的时间已经过去。", "请乙方重新申请。")])
    if not agree and not said.strip():
        raise Refused([malformed("理由", "没有写。", "不许可要写明理由。")])
    row.state = RemoteState.ALLOWED if agree else RemoteState.REFUSED
    row.answered_at, row.answered_by, row.answered_name = clock.now(), by.username, by.name
    row.answer = many_lines(said)[:LONGEST]
    row.save(update_fields=["state", "answered_at", "answered_by", "answered_name", "answer"])
    _tell(ticket, "remote_allowed" if agree else "remote_denied", row, said, by=by)
    return row


@transaction.atomic
def revoke_remote(contract_id: str, permission_id: int, *, said: str, by: Seat) -> RemotePermission:
    """收回许可: whoever may give one may take it back, also in the middle of a session, which then is over."""
    row, ticket = _hold(contract_id, permission_id)
    require(remote.may_consent(by, row.system), ticket.name)
    _must_be(row, RemoteState.ALLOWED, RemoteState.OPENED)
    if not said.strip():
        raise Refused([malformed("理由", "没有写。", "收回许可要写明理由。")])
    now = clock.now()
    if row.state == RemoteState.OPENED:
        row.ended_at = min(now, row.expires)
    row.state = RemoteState.REVOKED
    row.answer = many_lines(said)[:LONGEST]
    row.save(update_fields=["state", "ended_at", "answer"])
    _tell(ticket, "remote_ended", row, said, by=by)
    return row


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────


def open_session(
    contract_id: str, number: int, system: str, identity: Identity, *, by: Seat
) -> RemotePermission:
    """开始远程作业: with the permission that this person has for this system now, after the identity was checked.

    ``KeptOut`` otherwise; the attempt is on record whatever becomes of the request that made it.
    """
    with transaction.atomic():
        ticket = hold(contract_id, number)
        require(may(by, Right.TICKET_WORK), ticket.name)
        before = asked_on(ticket, None)
        if doubts := wrong_identity(contract_id, identity, before, by=by):
            raise Refused(doubts)
        row, why = _usable(ticket, system, by.username)
        if row is not None and not identity.passed:
            row, why = None, f"没有通过身份核对（{IDENTITY_METHODS[identity.method]}）"
        if row is not None:
            return _begin(ticket, row, identity, by=by)
        RemoteAttempt.objects.create(
            ticket=ticket,
            person=by.username,
            person_name=by.name,
            system=one_line(system)[:SHORT],
            at=clock.now(),
            why=why,
        )
        data = {"system": one_line(system)[:SHORT], "why": why}
        write(ticket, Entry("remote_denied", said=why, data=data), by=by)
    raise KeptOut(
        [malformed("远程作业", f"{why}。", "请先申请，得到许可之后再开始；这次已记录在案。")]
    )


def _usable(ticket: Ticket, system: str, username: str) -> tuple[RemotePermission | None, str]:
    """The permission with which somebody may begin now, or why there is none."""
    now = clock.now()
    mine = [
        one
        for one in RemotePermission.objects.select_for_update().filter(ticket=ticket)
        if one.person == username and plain(one.system) == plain(system)
    ]
    if not mine:
        return None, f"没有给您到“{system[:40]}”的许可"
    allowed = [one for one in mine if one.state == RemoteState.ALLOWED]
    if not allowed:
        return None, f"许可现在是“{mine[-1].get_state_display()}”"
    current = [one for one in allowed if one.begins <= now < one.expires]
    if current:
        return current[-1], ""
    early = any(now < one.begins for one in allowed)
    return None, "许可的时间还没有到" if early else "许可已经到期"


def _begin(
    ticket: Ticket, row: RemotePermission, identity: Identity, *, by: Seat
) -> RemotePermission:
    row.state, row.opened_at = RemoteState.OPENED, clock.now()
    row.identity = as_data(identity) | {"by": by.username, "at": clock.now().isoformat()}
    row.save(update_fields=["state", "opened_at", "identity"])
    _tell(ticket, "remote_opened", row, identity.operation, by=by)
    return row


@transaction.atomic
def log_commands(
    contract_id: str, permission_id: int, commands: list[tuple[datetime, str]], *, by: Seat
) -> int:
    """记下命令: by whoever is in the session and only while it lasts. Returns how many were written."""
    row, ticket = _hold(contract_id, permission_id)
    require(may(by, Right.TICKET_WORK), ticket.name)
    _of_this_person(row, by)
    now = clock.now()
    if row.state != RemoteState.OPENED or now >= row.expires:
        raise Refused(
            [malformed("远程作业", "没有在进行，或已经到期。", "到期之后的操作要重新申请许可。")]
        )
    doubts = []
    if not 0 < len(commands) <= MOST_COMMANDS:
        doubts.append(
            malformed("命令", f"有 {len(commands)} 条。", f"一次 1 至 {MOST_COMMANDS} 条。")
        )
    for at, text in commands:
        if not text.strip() or len(text) > LONGEST:
            doubts.append(malformed("命令", "有一条是空的或太长。", f"每条 1 至 {LONGEST} 个字。"))
        if not (row.opened_at or now) - SKEW <= moment_of(at) <= now + SKEW:
            doubts.append(malformed("命令", f"{at:%H:%M:%S} 不在作业期间。", "请核对时间。"))
    if doubts:
        raise Refused(doubts)
    RemoteCommand.objects.bulk_create(
        RemoteCommand(permission=row, at=moment_of(at), text=text, by=by.username)
        for at, text in commands
    )
    about, after = ticket.name, {"permission": row.pk, "commands": len(commands)}
    audit("remote.commands", by=by, contract_id=contract_id, about=about, after=after)
    return len(commands)


@transaction.atomic
def end_session(
    contract_id: str,
    permission_id: int,
    *,
    result: str,
    recording: tuple[str, ...] = (),
    by: Seat,
) -> RemotePermission:
    """结束远程作业: with the result, and the recording or the commands: one of the two there must be.

    A session that has already ended at its expiry takes its result and its recording afterwards, and stays ended as it was.
    """
    row, ticket = _hold(contract_id, permission_id)
    require(may(by, Right.TICKET_WORK), ticket.name)
    _of_this_person(row, by)
    if row.state != RemoteState.OPENED and not (row.expired and not row.result):
        _must_be(row, RemoteState.OPENED)
    doubts = []
    if not result.strip():
        doubts.append(malformed("结果", "没有写。", "请写明做了什么、结果怎样。"))
    known = {one.sha256 for one in evidence.files(contract_id, recording)}
    if set(recording) - known:
        doubts.append(malformed("凭据", "这份合同没有这个文件。", "请先把文件存为附件。"))
    if not recording and not row.commands.exists():
        doubts.append(malformed("录像与命令", "都没有。", "请附录像或命令文件，或先记下命令。"))
    if doubts:
        raise Refused(doubts)
    _end(row, min(clock.now(), row.expires))
    row.result, row.recording = many_lines(result)[:LONGEST], [*recording]
    row.save(update_fields=["state", "ended_at", "expired", "result", "recording"])
    _tell(ticket, "remote_ended", row, row.result, by=by, files=recording)
    return row


def end_expired() -> int:
    """到期即止: the sessions whose time is over, each ended at its expiry. Returns how many. A job calls this."""
    ended = 0
    for one in remote.running_out(clock.now()).values_list("ticket__contract_id", "pk"):
        with transaction.atomic():
            row, ticket = _hold(*one)
            if row.state != RemoteState.OPENED or row.expires > clock.now():
                continue
            _end(row, row.expires)
            row.save(update_fields=["state", "ended_at", "expired"])
            _tell(ticket, "remote_ended", row, "许可到期", by=Machine("远程许可到期"))
            ended += 1
    return ended


def _end(row: RemotePermission, at: datetime) -> None:
    if row.state == RemoteState.OPENED:
        row.state, row.ended_at = RemoteState.ENDED, at
        row.expired = at >= row.expires


# ── breach ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def record_breach(contract_id: str, attempt_id: int, *, said: str, by: Seat) -> RemoteAttempt:
    """认定违反: that somebody logged in, or wanted to, without leave, as a breach of the contract's ban: by the buyer alone.

    ``Refused`` where the contract has no such ban; ``RemoteAttempt.DoesNotExist``.
    """
    attempt = RemoteAttempt.objects.select_related("ticket").get(
        pk=attempt_id, ticket__contract_id=contract_id
    )
    require(may(by, Right.TICKET_APPROVE), "远程作业")
    term = ban_on(contract_id, day_of(attempt.at))
    if term is None:
        mend = "可以记为要求整改，或由双方补充约定。"
        raise Refused([malformed("违反", "合同没有禁止未经许可远程登录的约定。", mend)])
    if not said.strip():
        raise Refused([malformed("说明", "没有写。", "请写明认定违反的理由。")])
    draft = Draft(
        FactId(f"t-remote-{attempt.pk}"), "duty.breached", attempt.at, None, {"term": term}
    )
    note_facts(contract_id, [draft], by=by)
    after = {"attempt": attempt.pk, "term": term}
    about = attempt.ticket.name
    audit("remote.breach", by=by, contract_id=contract_id, about=about, after=after, reason=said)
    return attempt


#: The bans that contracts have on logging in from afar without leave, by the ids of their terms.
BANS = frozenset({"no-remote-without-permission"})


def ban_on(contract_id: str, on: date) -> TermId | None:
    """The term of a contract that bans it, or None."""
    release = case_of(contract_id, on).release
    return next(
        (one.id for one in release.terms if isinstance(one, Prohibition) and one.id in BANS), None
    )


# ── the same for all ─────────────────────────────────────────────────────────────────────────────────────────────


def _hold(contract_id: str, permission_id: int) -> tuple[RemotePermission, Ticket]:
    """A permission with its ticket, both held: first the ticket, as everywhere. ``RemotePermission.DoesNotExist``."""
    row = RemotePermission.objects.select_related("ticket").get(
        pk=permission_id, ticket__contract_id=contract_id
    )
    ticket = hold(contract_id, row.ticket.number)
    return RemotePermission.objects.select_for_update().get(pk=permission_id), ticket


def _must_be(row: RemotePermission, *states: RemoteState) -> None:
    if row.state not in states:
        says = f"许可现在是“{row.get_state_display()}”。"
        raise Refused([malformed("远程许可", says, "请重新申请。")])


def _of_this_person(row: RemotePermission, by: Seat) -> None:
    if row.person != by.username:
        says = f"这个许可是给{row.person_name}的。"
        raise Refused([malformed("远程作业", says, "一个许可只给一个人，请由本人办理。")])


def _tell(
    ticket: Ticket,
    name: str,
    row: RemotePermission,
    said: str,
    *,
    by: Seat | Machine,
    files: tuple[str, ...] = (),
) -> None:
    """The event on the ticket that tells of it, with the audit entry that goes along."""
    data = {
        "permission": row.pk,
        "person": row.person,
        "system": row.system,
        "expires": moment_of(row.expires).isoformat(),
        "state": row.state,
    }
    write(ticket, Entry(name, said=said, data=data, evidence=files), by=by)
