"""值守: making rosters, swapping turns, handing over, testing whether somebody answers, and filing the daily log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import combinations
from types import MappingProxyType
from typing import Any

from django.db import transaction

from lvyue import clock
from lvyue.accounts import queries as accounts
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.contracts.queries import contracts
from lvyue.core.calendar import SHANGHAI, day_of, moment_of
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.facts import FactId
from lvyue.core.rosters import (
    Gap,
    Roster,
    Tally,
    Turn,
    Version,
    body_of,
    clashes,
    gaps,
    holes,
    office,
    presence,
    roster_of,
    round_the_clock,
    shortages,
    turns,
    wanted,
)
from lvyue.core.terms import Party
from lvyue.core.tickets import SKEW
from lvyue.evidence import queries as evidence
from lvyue.evidence.actions import open_log
from lvyue.helpdesk.actions.writing import require
from lvyue.helpdesk.models import (
    DutyHandover,
    DutyLog,
    DutyRoster,
    DutySwap,
    ReachTest,
    Ticket,
)
from lvyue.helpdesk.models.duty import CallOutcome, SwapState
from lvyue.helpdesk.queries import duty
from lvyue.helpdesk.queries.rules import side_of
from lvyue.notices.texts import many_lines, one_line
from lvyue.obligations.actions.recording import note_facts
from lvyue.obligations.drafting import Draft
from lvyue.obligations.queries import calendar

#: So many days ahead a roster is compared with those of other contracts.
AHEAD = timedelta(days=120)

#: The longest log and the longest hand-over note, in characters.
LONGEST = 20_000

#: The shortest log that says anything.
SHORTEST = 10

_DAY = timedelta(days=1)


# ── rosters ──────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def make_roster(
    contract_id: str, begins: date, body: Mapping[str, Any], *, reason: str = "", by: Seat
) -> DutyRoster:
    """排班: a new version from a day on. What was on duty before it was made stays as it was.

    ``Refused``: a day of the past, people who do not work on the contract, and people who stand on another contract's
    roster in the same hour (SD-04).
    """
    require(may(by, Right.ROSTER), "值班表")
    _one_at_a_time()
    now = clock.now()
    version, doubts = _version(contract_id, begins, body, now)
    if version is not None and version.number > 1 and not reason.strip():
        doubts.append(malformed("为什么改", "没有写。", "换了值班表要写明原因。"))
    if version is None or doubts:
        raise Refused(doubts)
    row = DutyRoster.objects.create(
        contract_id=contract_id,
        version=version.number,
        begins=begins,
        body=body_of(version.roster),
        reason=one_line(reason)[:300],
        made_at=now,
        made_by=by.username,
    )
    after = {"version": row.version, "begins": begins.isoformat(), "body": row.body}
    audit("roster.made", by=by, contract_id=contract_id, about=str(row.version), after=after)
    return row


#: Patterns from which a roster may be laid out, by name and in words.
PATTERNS: Mapping[str, str] = MappingProxyType(
    {"three": "三班倒（7×24）", "two": "两班倒（7×24）", "office": "工作时间班"}
)


def lay_out(
    pattern: str, begins: date, groups: Sequence[Sequence[str]], *, turn: int = 1
) -> dict[str, Any]:
    """按轮换排出班次: the body of a roster in a pattern, the groups in turn every so many days. Nothing is written.

    ``Refused`` for a pattern that there is not, and for too few groups.
    """
    if pattern not in PATTERNS:
        known = "、".join(PATTERNS.values())
        raise Refused([malformed("轮换", f"没有“{pattern[:40]}”这一种。", f"可选：{known}。")])
    if not groups or not all(groups):
        raise Refused([malformed("各组人员", "没有写。", "一行一组，每组至少一个人。")])
    if pattern == "office":
        return body_of(office(begins, groups, turn=turn))
    shifts = {"three": 3, "two": 2}[pattern]
    if len(groups) < shifts:
        says = f"分 {shifts} 班至少要 {shifts} 组人，只有 {len(groups)} 组。"
        raise Refused([malformed("各组人员", says, "请加一组，或换一种轮换。")])
    return body_of(round_the_clock(begins, groups, shifts=shifts, turn=turn))


@dataclass(frozen=True, slots=True)
class RosterPreview:
    """值班表预览: who would be on duty on some days and where nobody would be, and everything for which it would be refused.

    ``short`` says in words of which posts the contract wants more than would ever be there at the fewest.
    """

    turns: tuple[Turn, ...]
    gaps: tuple[Gap, ...]
    doubts: tuple[Doubt, ...]
    short: tuple[str, ...] = ()


def preview_roster(
    contract_id: str, begins: date, body: Mapping[str, Any], *, last: date, by: Seat
) -> RosterPreview:
    """预览值班表: as ``make_roster`` would make it, from ``begins`` to ``last``, both included. Nothing is written."""
    require(may(by, Right.ROSTER), "值班表")
    version, doubts = _version(contract_id, begins, body, clock.now())
    if version is None:
        return RosterPreview((), (), tuple(doubts))
    known = [*duty.versions(contract_id), version]
    days = calendar()
    found = turns(known, duty.changes(contract_id, begins, last), begins - _DAY, last, days)
    empty = holes(gaps(found, wanted(known, begins, last, days)), shortages(found, begins, last))
    ours = tuple(one for one in found if one.day >= begins)
    short = tuple(_short_posts(contract_id, found, begins, last))
    return RosterPreview(ours, empty, tuple(doubts), short)


def _short_posts(contract_id: str, found: Sequence[Turn], first: date, last: date) -> Iterator[str]:
    """Posts of which a roster plans fewer people than the contract wants: the day of the fewest, in words."""
    named = duty.post_counts(contract_id)
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    counted = [(one, day) for day in days for one in presence(found, day)]
    for post, count in named.items():
        mine = [(one.present, day) for one, day in counted if one.post == post]
        if mine and min(mine)[0] < count:
            yield f"{post}：{min(mine)[1]} 排了 {min(mine)[0]} 人，合同约定 {count} 人"


def _version(
    contract_id: str, begins: date, body: Mapping[str, Any], now: datetime
) -> tuple[Version | None, list[Doubt]]:
    """The version that a roster would be, and everything that stands against it; None where it cannot be read."""
    roster = roster_of(begins, body)
    if not isinstance(roster, Roster):
        return None, roster
    doubts = [*_not_working_here(contract_id, roster.people), *_no_post(contract_id, roster)]
    if begins < day_of(now):
        mend = "已经过去的值班不能改；请从今天或以后的日子起。"
        doubts.append(malformed("施行日", f"{begins} 已经过去。", mend))
    known = duty.versions(contract_id)
    version = Version(len(known) + 1, roster, now)
    if not doubts:
        last = max(begins, day_of(now)) + AHEAD
        made = duty.changes(contract_id, begins, last)
        ours = turns([*known, version], made, begins, last, calendar())
        doubts += [*_twice_in_a_post(ours), *_elsewhere(contract_id, ours, begins, last)]
    return version, doubts


def _twice_in_a_post(ours: Sequence[Turn]) -> Iterator[Doubt]:
    """One person on two shifts of one post at the same time is one head, and would be paid for two."""
    by_shift: dict[tuple[str, str], list[Turn]] = {}
    for one in ours:
        if one.shift.post:
            by_shift.setdefault((one.shift.post, one.shift.name), []).append(one)
    for (mine, left), (theirs, right) in combinations(by_shift.items(), 2):
        for clash in clashes(left, right)[:1] if mine[0] == theirs[0] else ():
            name = accounts.names_of([clash.person]).get(clash.person, clash.person)
            says = f"{name}在 {clash.begins:%Y-%m-%d %H:%M} 同时排在“{mine[1]}”和“{theirs[1]}”。"
            yield malformed("人员", says, "同一岗位同一时段，一个人只算一个人头，请换人或错开。")


def _no_post(contract_id: str, roster: Roster) -> list[Doubt]:
    """Posts that shifts name and the contract does not know: what they would be counted for is nobody's duty."""
    named = {one.post for one in roster.shifts if one.post}
    known = duty.posts(contract_id) if named else ()
    may_be = f"可写：{'、'.join(known)}。" if known else "请留空：这份合同没有约定岗位。"
    return [
        malformed("岗位", f"合同没有“{one[:40]}”这个岗位。", may_be)
        for one in sorted(named - {*known})
    ]


def _one_at_a_time() -> None:
    """Rosters of all contracts are compared with one another: whoever makes one waits for whoever is making another."""
    list(contracts().select_for_update(no_key=True).order_by("pk")[:1])


def _not_working_here(contract_id: str, people: Sequence[str] | frozenset[str]) -> list[Doubt]:
    doubts = []
    for username in sorted(people):
        person = accounts.account(username)
        if person is None or not person.is_active:
            says = f"没有“{username[:40]}”这个账号。"
            doubts.append(malformed("人员", says, "请从名单里选。"))
        elif not may(accounts.seat_of(person, contract_id), Right.TICKET_WORK):
            says = f"{person.name}在这份合同上不能处理工单。"
            doubts.append(malformed("人员", says, "请选乙方的经办人员，或先任命。"))
    return doubts


def _elsewhere(contract_id: str, ours: Sequence[Turn], first: date, last: date) -> list[Doubt]:
    """One person on two contracts in the same hour. The other contract is not named: it is none of this one's business."""
    people = {one for turn in ours for one in turn.people}
    others = DutyRoster.objects.exclude(contract_id=contract_id).values_list(
        "contract_id", flat=True
    )
    doubts = []
    for other in sorted(set(others)):
        theirs = duty.duty_turns(other, first, last)
        if not people & {one for turn in theirs for one in turn.people}:
            continue
        seen: set[str] = set()
        for clash in clashes(ours, theirs):
            if clash.person in seen:
                continue
            seen.add(clash.person)
            name = accounts.names_of([clash.person]).get(clash.person, clash.person)
            says = f"{name}在 {clash.begins:%Y-%m-%d %H:%M} 至 {clash.ends:%H:%M} 已另有值班。"
            mend = "一个人同一时段只能算一处在岗，请换人或错开。"
            doubts.append(malformed("人员", says, mend))
    return doubts


# ── swaps and absences ───────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def ask_swap(
    contract_id: str, day: date, shift: str, *, taker: str, reason: str, by: Seat
) -> DutySwap:
    """申请换班: somebody asks another to take a turn over. It holds once the other has agreed, before the shift begins."""
    require(may(by, Right.TICKET_WORK), "换班")
    turn = _turn(contract_id, day, shift, by.username)
    doubts = _may_take(contract_id, turn, taker)
    if not reason.strip():
        doubts.append(malformed("事由", "没有写。", "请写明为什么换班。"))
    if _open_swaps(contract_id, day, shift, by.username):
        doubts.append(malformed("换班", "这个班已有一个申请在等答复。", "请等答复，或先撤回。"))
    if doubts:
        raise Refused(doubts)
    row = DutySwap.objects.create(
        contract_id=contract_id,
        day=day,
        shift=turn.shift.name,
        giver=by.username,
        taker=taker,
        reason=one_line(reason)[:300],
        state=SwapState.ASKED,
        asked_at=clock.now(),
    )
    _audit_swap("swap.asked", row, by)
    return row


@transaction.atomic
def answer_swap(
    contract_id: str, swap_id: int, *, agree: bool, said: str = "", by: Seat
) -> DutySwap:
    """答复换班: by the one who was asked and nobody else. ``DutySwap.DoesNotExist`` where that is somebody else."""
    _one_at_a_time()
    row = DutySwap.objects.select_for_update().get(
        pk=swap_id, contract_id=contract_id, taker=by.username
    )
    _still_asked(row)
    if agree:
        turn = _turn(contract_id, row.day, row.shift, row.giver)
        if doubts := _may_take(contract_id, turn, row.taker):
            raise Refused(doubts)
    row.state = SwapState.AGREED if agree else SwapState.REFUSED
    row.answer = one_line(said)[:300]
    row.answered_at = clock.now()
    row.save(update_fields=["state", "answer", "answered_at"])
    _audit_swap("swap.answered", row, by)
    return row


@transaction.atomic
def withdraw_swap(contract_id: str, swap_id: int, *, by: Seat) -> DutySwap:
    """撤回换班: by whoever asked, as long as nobody has answered."""
    row = DutySwap.objects.select_for_update().get(
        pk=swap_id, contract_id=contract_id, giver=by.username
    )
    _still_asked(row)
    row.state = SwapState.WITHDRAWN
    row.answered_at = clock.now()
    row.save(update_fields=["state", "answered_at"])
    _audit_swap("swap.withdrawn", row, by)
    return row


@transaction.atomic
def mark_absent(
    contract_id: str,
    day: date,
    shift: str,
    *,
    person: str,
    substitute: str = "",
    reason: str,
    by: Seat,
) -> DutySwap:
    """登记缺勤: somebody cannot come; a substitute steps in, or the turn is a gap for all to see (SD-04)."""
    require(may(by, Right.ROSTER), "缺勤")
    _one_at_a_time()
    turn = _turn(contract_id, day, shift, person, begun=True)
    doubts = _may_take(contract_id, turn, substitute) if substitute else []
    if not reason.strip():
        doubts.append(malformed("事由", "没有写。", "请写明为什么不能到岗。"))
    if doubts:
        raise Refused(doubts)
    now = clock.now()
    row = DutySwap.objects.create(
        contract_id=contract_id,
        day=day,
        shift=turn.shift.name,
        giver=person,
        taker=substitute,
        reason=one_line(reason)[:300],
        state=SwapState.AGREED,
        asked_at=now,
        answered_at=now,
    )
    _audit_swap("swap.absent", row, by)
    return row


def _turn(contract_id: str, day: date, shift: str, person: str, *, begun: bool = False) -> Turn:
    """The turn of a day on which somebody stands; ``Refused`` where there is none or it has begun."""
    found = [
        one
        for one in duty.duty_turns(contract_id, day, day)
        if one.day == day and one.shift.name == shift
    ]
    if not found or person not in found[0].people:
        says = f"{day} 的“{shift[:40]}”没有这个人。"
        raise Refused([malformed("班次", says, "请从值班表上选自己的班。")])
    now = clock.now()
    if not begun and found[0].begins <= now:
        raise Refused(
            [malformed("班次", "这个班已经开始。", "已开始的班请由项目经理登记缺勤和替班。")]
        )
    if found[0].ends <= now:
        raise Refused([malformed("班次", "这个班已经过去。", "过去的值班不能改。")])
    return found[0]


def _may_take(contract_id: str, turn: Turn, taker: str) -> list[Doubt]:
    """What stands against somebody taking a turn: not here, on it already, or on duty elsewhere in that time."""
    doubts = _not_working_here(contract_id, [taker])
    if doubts:
        return doubts
    first, last = turn.day - _DAY, turn.day + _DAY
    mine = [one for one in duty.duty_turns(contract_id, first, last) if taker in one.people]
    if any(one.begins < turn.ends and turn.begins < one.ends for one in mine):
        return [malformed("接班人", "这个时段已在值班。", "请换一个人。")]
    alone = [Turn(turn.day, turn.shift, turn.begins, turn.ends, (taker,), (taker,), turn.version)]
    return _elsewhere(contract_id, alone, first, last)


def _open_swaps(contract_id: str, day: date, shift: str, giver: str) -> bool:
    found = DutySwap.objects.filter(contract_id=contract_id, day=day, shift=shift, giver=giver)
    return found.filter(state=SwapState.ASKED).exists()


def _still_asked(row: DutySwap) -> None:
    if row.state != SwapState.ASKED:
        raise Refused([malformed("换班", f"现在是“{row.get_state_display()}”。", "请重新申请。")])


def _audit_swap(act: str, row: DutySwap, by: Seat) -> None:
    after = {"day": row.day.isoformat(), "shift": row.shift, "giver": row.giver}
    after |= {"taker": row.taker, "state": row.state}
    about, reason = f"{row.day} {row.shift}", row.answer or row.reason
    audit(act, by=by, contract_id=row.contract_id, about=about, after=after, reason=reason)


# ── hand-overs ───────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def hand_over(contract_id: str, notes: str, *, by: Seat) -> DutyHandover:
    """交班: by whoever is on duty or has just been, with the tickets that are still open."""
    require(may(by, Right.TICKET_WORK), "交接班")
    now = clock.now()
    mine = [
        one
        for one in duty.duty_turns(contract_id, day_of(now), day_of(now))
        if by.username in one.people and one.begins <= now <= one.ends + timedelta(hours=2)
    ]
    said = many_lines(notes)
    doubts = []
    if not mine:
        says = "您现在没有当班，也不是刚下班。"
        doubts.append(malformed("交接班", says, "请由当班的人交班；换了人的请先登记换班。"))
    if not said:
        doubts.append(
            malformed("交接内容", "没有写。", "请写明未了的事、要注意的事；没有的写“无”。")
        )
    if len(said) > LONGEST:
        doubts.append(malformed("交接内容", f"有 {len(said)} 个字。", f"最多 {LONGEST} 个。"))
    if doubts:
        raise Refused(doubts)
    open_ones = Ticket.objects.filter(contract_id=contract_id, ended_at__isnull=True)
    row = DutyHandover.objects.create(
        contract_id=contract_id,
        at=now,
        shift=mine[-1].shift.name,
        giver=by.username,
        giver_name=by.name,
        notes=said,
        tickets=[one.name for one in open_ones.order_by("due_at", "id")[:200]],
    )
    after = {"shift": row.shift, "tickets": row.tickets}
    audit("duty.handed_over", by=by, contract_id=contract_id, about=str(row.pk), after=after)
    return row


@transaction.atomic
def take_over(contract_id: str, handover_id: int, *, remark: str = "", by: Seat) -> DutyHandover:
    """接班: by somebody else than whoever handed over. ``DutyHandover.DoesNotExist``."""
    require(may(by, Right.TICKET_WORK), "交接班")
    row = DutyHandover.objects.select_for_update().get(pk=handover_id, contract_id=contract_id)
    if row.taken_at is not None:
        raise Refused([malformed("接班", f"{row.taker_name}已经接班。", "一次交班只接一次。")])
    if row.giver == by.username:
        raise Refused([malformed("接班", "不能接自己交的班。", "请由下一班的人接。")])
    row.taken_at, row.taker, row.taker_name = clock.now(), by.username, by.name
    row.remark = many_lines(remark)[:LONGEST]
    row.save(update_fields=["taken_at", "taker", "taker_name", "remark"])
    about, after = str(row.pk), {"remark": row.remark}
    audit("duty.taken_over", by=by, contract_id=contract_id, about=about, after=after)
    return row


# ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ReachCall:
    """一次抽测: when, which number and post were called, and what became of it; ``ticket`` is the number of one it was about."""

    number: str
    post: str
    outcome: str
    at: datetime | None = None
    seconds: int | None = None
    said: str = ""
    evidence: tuple[str, ...] = ()
    ticket: int | None = None


@transaction.atomic
def call_duty(contract_id: str, call: ReachCall, *, by: Seat) -> ReachTest:
    """抽测值守: one call, with who should have answered by the roster of that moment.

    Only a call of the buyer's side counts: a provider that tests itself proves nothing (S4 第一条/一/(三)/1/(6)). Answered or
    not, a call that counts is on the contract's record.
    """
    require(may(by, Right.REACH), "值守抽测")
    now = clock.now()
    at = moment_of(call.at or now)
    doubts = [*_wrong_call(contract_id, call, at, now)]
    ticket = None
    if call.ticket is not None:
        ticket = Ticket.objects.filter(contract_id=contract_id, number=call.ticket).first()
        if ticket is None:
            doubts.append(malformed("工单", f"没有 {call.ticket} 号工单。", "请核对工单号。"))
    if doubts:
        raise Refused(doubts)
    there = duty.on_duty(contract_id, at)
    row = ReachTest.objects.create(
        contract_id=contract_id,
        at=at,
        number=one_line(call.number)[:40],
        post=one_line(call.post)[:80],
        shift="、".join(one.shift.name for one in there.turns)[:40],
        on_duty=[*there.people],
        outcome=call.outcome,
        seconds=call.seconds,
        said=many_lines(call.said)[:LONGEST],
        evidence=[*call.evidence],
        ticket=ticket,
        side=side_of(by),
        by=by.username,
        by_name=by.name,
        recorded_at=now,
        counts=by.side is Party.BUYER,
    )
    if row.counts:
        reached = call.outcome == CallOutcome.ANSWERED
        data = {"post": row.post, "answered": reached}
        draft = Draft(
            FactId(f"t-reach-{row.pk}"), "reach.tested", at, None, data, (*call.evidence,)
        )
        note_facts(contract_id, [draft], by=by)
    after = {"outcome": row.outcome, "on_duty": row.on_duty, "counts": row.counts}
    audit("duty.called", by=by, contract_id=contract_id, about=row.post, after=after)
    return row


def _wrong_call(contract_id: str, call: ReachCall, at: datetime, now: datetime) -> list[Doubt]:
    doubts = []
    if call.outcome not in CallOutcome.values:
        known = "、".join(CallOutcome.labels)
        doubts.append(malformed("结果", f"没有“{call.outcome[:40]}”。", f"可选：{known}。"))
    for place, text in (("号码", call.number), ("岗位", call.post)):
        if not text.strip():
            doubts.append(malformed(place, "没有写。", f"请写明拨的是哪个{place}。"))
    if at - now > SKEW:
        doubts.append(malformed("拨打时间", "还没有到。", "请写已经拨打的时间。"))
    known_files = {one.sha256 for one in evidence.files(contract_id, call.evidence)}
    if set(call.evidence) - known_files:
        doubts.append(malformed("凭据", "这份合同没有这个文件。", "请先把文件存为附件。"))
    return doubts


# ── daily logs ───────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def file_duty_log(
    contract_id: str,
    day: date,
    text: str,
    *,
    evidence_files: Sequence[str] = (),
    repeats: bool = False,
    by: Seat,
) -> DutyLog:
    """记值守日志: one for each day, by a person on the roster of that day. Late is late by so many days, for ever (D1).

    ``repeats``: whoever files it has been told that the text is that of the day before, and means it so. ``Refused`` for a
    day to come, a second log, somebody who was not on duty, and a text that says nothing.
    """
    require(may(by, Right.TICKET_WORK), "值守日志")
    now = clock.now()
    today = day_of(now)
    said = many_lines(text)
    doubts = []
    if day > today:
        doubts.append(malformed("所记日期", f"{day} 还没有到。", "日志记已经过去的事。"))
    elif not duty.serves_on(contract_id, by.username, day):
        says = f"值班表上 {day} 没有您。"
        doubts.append(malformed("登记人", says, "日志由当天值班的人记；换了班的请先登记换班。"))
    if (there := duty.duty_log(contract_id, day)) is not None:
        says = f"{day} 的日志已由{there.by_name}记下。"
        doubts.append(
            malformed("所记日期", says, "一天一份，只增不改；有补充的，写在今天的日志里。")
        )
    if not SHORTEST <= len(said) <= LONGEST:
        says = f"有 {len(said)} 个字，要 {SHORTEST} 至 {LONGEST} 个。"
        doubts.append(malformed("内容", says, "请写明值守情况、发生的事和处理结果。"))
    before = duty.duty_log(contract_id, day - _DAY)
    same = before is not None and _bare(before.text) == _bare(said)
    if same and not repeats:
        says = f"与 {day - _DAY} 的日志一字不差。"
        doubts.append(
            malformed("内容", says, "请照实写当天的事；确实相同的，请勾选“与前一天相同”。")
        )
    known = {one.sha256 for one in evidence.files(contract_id, [*evidence_files])}
    if set(evidence_files) - known:
        doubts.append(malformed("凭据", "这份合同没有这个文件。", "请先把文件存为附件。"))
    if doubts:
        raise Refused(doubts)
    fact = FactId(f"t-log-{day.isoformat()}")
    row = DutyLog.objects.create(
        contract_id=contract_id,
        day=day,
        text=said,
        late=(today - day).days,
        repeats=same,
        filed_at=now,
        by=by.username,
        by_name=by.name,
        evidence=[*evidence_files],
        fact=fact,
    )
    at = now.astimezone(SHANGHAI)
    draft = Draft(fact, "duty_log.filed", at, None, {"for": day.isoformat()}, (*evidence_files,))
    note_facts(contract_id, [draft], by=by)
    after = {"day": day.isoformat(), "late": row.late, "repeats": same}
    audit("duty_log.filed", by=by, contract_id=contract_id, about=day.isoformat(), after=after)
    return row


def _bare(text: str) -> str:
    """A text without blanks, as two of them are compared."""
    return "".join(text.split())


# ── staff in their posts ─────────────────────────────────────────────────────────────────────────────────────────

#: So many days back are counted by a job that did not run for some nights.
BACK = 7

_COUNTER = "在岗统计"


@dataclass(frozen=True, slots=True)
class Counted:
    """在岗统计的结果: how many posts of how many days were put on record, and how many could not be."""

    on_record: int = 0
    undecided: int = 0


def count_staff() -> int:
    """统计在岗: every contract with a roster, the days that closed since the last count. How many counts went on record.

    A job calls this after midnight; run twice, nothing is there twice.
    """
    today = day_of(clock.now())
    contract_ids = DutyRoster.objects.order_by().values_list("contract_id", flat=True).distinct()
    return sum(
        count_day(contract_id, today - timedelta(days=back)).on_record
        for contract_id in sorted(contract_ids)
        for back in range(BACK, 0, -1)
    )


@transaction.atomic
def count_day(contract_id: str, day: date) -> Counted:
    """统计一天的在岗人数: a fact ``staff.counted`` for each post that the day's shifts fill: the fewest at any time (SD-04).

    Whoever stands on the rosters of two contracts in the same hour was in one place at most, and nobody here knows in which:
    the post is not counted then, which the audit trail says. ``Refused`` for a day that has not closed.
    """
    if day >= day_of(clock.now()):
        raise Refused([malformed("日期", f"{day} 还没有过完。", "一天过完之后统计。")])
    found = duty.duty_turns(contract_id, day, day)
    open_log(contract_id, by=_COUNTER)
    on_record = undecided = 0
    for one in presence(found, day):
        fact = FactId(f"t-staff-{day.isoformat()}-{sha256(one.post.encode()).hexdigest()[:8]}")
        if evidence.entry(contract_id, fact) is not None:
            continue
        filling = [
            turn
            for turn in found
            if turn.shift.post == one.post and (turn.day == day or turn.shift.tally is Tally.ALWAYS)
        ]
        tally = next((turn.shift.tally for turn in filling if turn.day == day), Tally.ALWAYS)
        twice = _elsewhere(contract_id, filling, day, day)
        if twice:
            undecided += 1
            _not_counted(contract_id, day, one.post, twice)
            continue
        on_record += 1
        data = {"post": one.post, "present": one.present}
        note_facts(contract_id, [Draft(fact, "staff.counted", day, None, data)], by=_COUNTER)
        after = {
            "day": day.isoformat(),
            "present": one.present,
            "since": one.since.isoformat(),
            "tally": tally.value,
        }
        audit("staff.counted", by=_COUNTER, contract_id=contract_id, about=one.post, after=after)
    return Counted(on_record, undecided)


def _not_counted(contract_id: str, day: date, post: str, twice: Sequence[Doubt]) -> None:
    if day != day_of(clock.now()) - _DAY:
        return  # it was said in the night after that day
    why = "；".join(one.says for one in twice)
    after = {"day": day.isoformat()}
    audit(
        "staff.not_counted",
        by=_COUNTER,
        contract_id=contract_id,
        about=post,
        after=after,
        reason=why,
    )
