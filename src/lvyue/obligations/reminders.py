"""提醒: what each side of a contract is told of an entry, and when, as plans and as words. Writes nothing.

Each side has its own parameters. The debtor's side is reminded before, on the last day and after; the other side hears
only that it is past. An auditor hears nothing: they look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.queries import Account, Appointment
from lvyue.core.calendar import SHANGHAI, Calendar, DayKind, OutsideCalendar, Span
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.obligation import Verdict
from lvyue.core.reminding import (
    DEFAULTS,
    Audience,
    Half,
    Offset,
    Offsets,
    Policy,
    Reminder,
    Rhythm,
    Running,
    Stage,
    doubt_plan,
    offsets_from_words,
    offsets_in_words,
    plan,
    renewal_plan,
)
from lvyue.core.terms import Party
from lvyue.obligations.agenda import Clock
from lvyue.obligations.choices import About
from lvyue.obligations.today import time_left
from lvyue.obligations.wording import cite

SIDES = (Party.BUYER, Party.SUPPLIER)

#: What was due so long ago and was told to nobody stays untold: it stands in the list of what is overdue.
STALE = timedelta(days=30)

LEAD_ROLE: Mapping[Party, ContractRole] = {
    Party.BUYER: ContractRole.BUYER,
    Party.SUPPLIER: ContractRole.SUPPLIER_MANAGER,
}

_FLAGS = {
    ContractRole.BUYER: "for_buyer",
    ContractRole.USING_DEPARTMENT: "for_department",
    ContractRole.SUPPLIER_MANAGER: "for_manager",
    ContractRole.ENGINEER: "for_engineer",
}
_WEEKDAYS = "一二三四五六日"
_SPECIAL = (DayKind.MAKE_UP, DayKind.HOLIDAY, DayKind.SHIFTED)

USUAL = Policy()


# ── parameters ───────────────────────────────────────────────────────────────────────────────────────────────────


def packed_policy(policy: Policy) -> dict[str, Any]:
    """Parameters as JSON."""
    return {
        "hour": policy.hour,
        "working_days_only": policy.working_days_only,
        "offsets": {
            rhythm.value: {
                "before": [_text(one) for one in offsets.before],
                "after": [str(one) for one in offsets.after],
                "on_day": offsets.on_day,
            }
            for rhythm, offsets in policy.offsets.items()
        },
    }


def policy_of(packed: Mapping[str, Any]) -> Policy:
    """Parameters from JSON that `packed_policy` wrote."""
    return Policy(
        offsets={
            Rhythm(name): Offsets(
                tuple(
                    Half.HALF if one == Half.HALF.value else Span.parse(one)
                    for one in told["before"]
                ),
                tuple(Span.parse(one) for one in told["after"]),
                told["on_day"],
            )
            for name, told in packed["offsets"].items()
        },
        hour=packed["hour"],
        working_days_only=packed["working_days_only"],
    )


def _text(offset: Offset) -> str:
    return offset.value if isinstance(offset, Half) else str(offset)


@dataclass(frozen=True, slots=True)
class OffsetsInWords:
    """提前量: of one length of clock, as people write them."""

    before: str
    after: str
    on_day: bool = True


def in_words(policy: Policy) -> dict[Rhythm, OffsetsInWords]:
    """What a form shows of parameters, for every length of clock."""
    told = {rhythm: policy.offsets.get(rhythm, DEFAULTS[rhythm]) for rhythm in Rhythm}
    return {
        rhythm: OffsetsInWords(
            offsets_in_words(one.before), offsets_in_words(one.after), one.on_day
        )
        for rhythm, one in told.items()
    }


def policy_from_words(
    words: Mapping[Rhythm, OffsetsInWords], hour: int, *, working_days_only: bool
) -> Policy:
    """Parameters from what was typed; ``Refused`` names every field that is not understood."""
    offsets: dict[Rhythm, Offsets] = {}
    doubts: list[Doubt] = []
    for rhythm, told in words.items():
        before = _read(f"{rhythm.zh}：提前", told.before, doubts)
        after = _read(f"{rhythm.zh}：升级", told.after, doubts)
        spans = tuple(one for one in after if isinstance(one, Span))
        if len(spans) != len(after):
            says, mend = "升级不能写“一半”。", "请写数量和单位，例如 1小时。"
            doubts.append(malformed(f"{rhythm.zh}：升级", says, mend))
        offsets[rhythm] = Offsets(before, spans, told.on_day)
        try:
            Policy(offsets={rhythm: offsets[rhythm]})
        except ValueError as error:
            mend = "按小时计的写分钟或小时，其余写个工作日或个自然日。"
            doubts.append(malformed(f"{rhythm.zh}：提前", str(error), mend))
    try:
        Policy(hour=hour)
    except ValueError as error:
        doubts.append(malformed("几点", str(error), "请写 0 至 23 的整数。"))
    if doubts:
        raise Refused(doubts)
    return Policy(offsets=offsets, hour=hour, working_days_only=working_days_only)


#: More steps than this before or after one date are meant by nobody.
_STEPS = 6


def _read(place: str, text: str, doubts: list[Doubt]) -> tuple[Offset, ...]:
    try:
        found = offsets_from_words(text[:300])
    except ValueError as error:
        mend = "请写成“3个工作日、1个工作日”的样子；按小时计的写“一半、15分钟”。"
        doubts.append(malformed(place, str(error)[:300], mend))
        return ()
    if len(found) > _STEPS:
        says = f"写了 {len(found)} 次，最多 {_STEPS} 次。"
        doubts.append(malformed(place, says, "请只留要紧的几次。"))
    return found[:_STEPS]


# ── plans ────────────────────────────────────────────────────────────────────────────────────────────────────────


def steps_of(entry: Any, side: Party, policy: Policy, days: Calendar) -> tuple[Reminder, ...]:
    """What one side is told of an entry, in order of time; ``to`` names its own people only."""
    if not entry.leads or entry.verdict == Verdict.SUSPENDED:
        return ()
    about = About(entry.about)
    if about is About.DOUBT:
        return doubt_plan(entry.due, policy, days)
    if about is About.RENEWAL:
        return renewal_plan(entry.due, policy, days)
    steps = plan(running_of(entry), policy, days)
    owes = entry.debtor in (side.value, Party.BOTH.value)
    told = (_for(one, owes=owes, both=entry.debtor == Party.BOTH.value) for one in steps)
    return tuple(one for one in told if one.to)


def _for(one: Reminder, *, owes: bool, both: bool) -> Reminder:
    """A step with those it reaches on one side: the creditor's people only hear that it is past."""
    creditors = [to for to in one.to if to is Audience.CREDITOR]
    debtors = [to for to in one.to if to is not Audience.CREDITOR]
    kept = tuple(debtors if owes else () if both else creditors)
    return Reminder(one.step, one.stage, one.at, kept, one.shifted)


def running_of(entry: Any) -> Running:
    """The clock of an entry that falls due."""
    unit = Clock(entry.unit)
    began = entry.began
    return Running(
        until=entry.until.astimezone(SHANGHAI),
        began=began.astimezone(SHANGHAI) if began is not None else None,
        hours=unit is Clock.HOURS,
        working=unit is Clock.WORKING_DAYS,
    )


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Team:
    """一方的人: those appointed on one side of a contract, the longest there first; ``second`` is whom the side named."""

    side: Party
    held: tuple[Appointment, ...]
    second: int | None = None

    @property
    def leads(self) -> list[Account]:
        return self._of({LEAD_ROLE[self.side]})

    def people(self, entry: Any, to: Iterable[Audience]) -> list[Account]:
        """Everybody whom a step reaches, once each."""
        found = [one for audience in to for one in self._people(entry, audience)]
        return list({one.pk: one for one in found}.values())

    def _people(self, entry: Any, to: Audience) -> list[Account]:
        match to:
            case Audience.TURN:
                roles = {role for role, flag in _FLAGS.items() if getattr(entry, flag)}
                mine = {role for role in roles if role.side is self.side}
                return self._of(mine) or self.leads
            case Audience.LEAD:
                return self.leads[:1]
            case Audience.SECOND:
                named = [one.account for one in self.held if one.account_id == self.second]
                return named[:1] or self.leads[1:2]
            case Audience.CREDITOR | Audience.BOTH:
                return self.leads

    def _of(self, roles: Iterable[ContractRole]) -> list[Account]:
        wanted = {role.value for role in roles}
        found = (one.account for one in self.held if one.role in wanted and one.account.is_active)
        return list({one.pk: one for one in found}.values())


def teams_of(held: Sequence[Appointment], seconds: Mapping[Party, int | None]) -> dict[Party, Team]:
    """The people of both sides of one contract."""
    by_time = sorted(held, key=lambda one: (one.since, one.pk))
    return {
        side: Team(
            side,
            tuple(one for one in by_time if ContractRole(one.role).side is side),
            seconds.get(side),
        )
        for side in SIDES
    }


def reached(
    team: Team, entry: Any, step: Reminder, paused: Collection[tuple[int, str]]
) -> tuple[Account, ...]:
    """Whom a step reaches; who asked not to be reminded (``paused``: account, term) is still told what escalates."""
    people = team.people(entry, step.to)
    if step.stage.escalates:
        return tuple(people)
    return tuple(one for one in people if not {(one.pk, ""), (one.pk, entry.term)} & {*paused})


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────


def day_in_words(day: date, days: Calendar) -> str:
    """``2026-02-28 周六（调休上班）``."""
    try:
        kind = days.kind(day)
    except OutsideCalendar:
        kind = DayKind.WORKING
    special = f"（{kind.chinese}）" if kind in _SPECIAL else ""
    return f"{day} 周{_WEEKDAYS[day.weekday()]}{special}"


def moment_in_words(until: datetime, unit: str, days: Calendar) -> str:
    """A date ends at 24:00; a moment is told with its minute."""
    local = until.astimezone(SHANGHAI)
    told = day_in_words(local.date(), days)
    return f"{told} {local:%H:%M}" if unit == Clock.HOURS else f"{told} 24 时"


@dataclass(frozen=True, slots=True)
class Told:
    """说法: a subject on one line, and what stands below it. ``group`` may be read by everybody of the contract."""

    subject: str
    body: str
    group: str


def told_of(entry: Any, step: Reminder, side: Party, now: datetime, days: Calendar) -> Told:
    """What is told of an entry at a step to one side. No personal data."""
    head = _head(entry, step, side, now, days)
    subject = f"{head}：{entry.says}"
    return Told(subject, _body(entry, step, now, days), f"{entry.title}　{subject}")


def _head(entry: Any, step: Reminder, side: Party, now: datetime, days: Calendar) -> str:
    tentative = "（暂定）" if entry.provisional else ""
    left = time_left(entry.due, entry.until, Clock(entry.unit), now, days)
    ours = entry.debtor in (side.value, Party.BOTH.value)
    match step.stage:
        case Stage.MOVED:
            return f"期限由 {_brief(entry.was, entry.unit)} 改为 {_brief(entry.until, entry.unit)}{tentative}"
        case Stage.BEFORE:
            return f"{left}到期{tentative}"
        case Stage.DAY:
            return (
                f"今天是最后一天{tentative}"
                if left.startswith("今天")
                else f"{left}到期{tentative}"
            )
        case Stage.PAST:
            whose = "" if ours else "对方"
            return f"{whose}到期未办{tentative}"
        case Stage.SECOND:
            return f"逾期升级，{left}{tentative}"
        case Stage.DOUBT:
            return "无法判定"
        case Stage.RENEWAL:
            return f"合同 {entry.due} 期满，还没有登记另签{tentative}"


def _brief(until: datetime, unit: str) -> str:
    local = until.astimezone(SHANGHAI)
    return f"{local:%Y-%m-%d %H:%M}" if unit == Clock.HOURS else f"{local:%Y-%m-%d}"


def _body(entry: Any, step: Reminder, now: datetime, days: Calendar) -> str:
    lines = [f"合同：{entry.title}"]
    if entry.clause:
        lines.append(f"条款：{cite(entry.clause)}")
    if entry.about == About.DUE:
        lines.append(f"事项：{entry.says}{f'（{entry.occurrence}）' if entry.occurrence else ''}")
        lines.append(f"该谁办：{Party(entry.debtor).zh}")
        lines.append(f"最迟：{moment_in_words(entry.until, entry.unit, days)}")
        lines.append(f"现在：{time_left(entry.due, entry.until, Clock(entry.unit), now, days)}")
    if entry.provisional:
        why = (
            "期限所据的日期待确认" if entry.about == About.RENEWAL else "所涉年份的放假通知尚未发布"
        )
        lines.append(f"暂定：{why}，日子可能变动；变动后会再告诉您。")
    lines.extend(_notes(entry, step))
    return "\n".join(lines)


def _notes(entry: Any, step: Reminder) -> list[str]:
    match step.stage:
        case Stage.MOVED:
            was, now = _brief(entry.was, entry.unit), _brief(entry.until, entry.unit)
            return [f"期限由 {was} 改为 {now}，因为{entry.because}。此前的提醒作废。"]
        case Stage.PAST:
            return ["到期时没有登记办结的事实。已经办了的，请登记事实；是否追究由人决定。"]
        case Stage.SECOND:
            return ["到期之后仍没有登记办结的事实，所以升级到第二人。"]
        case Stage.DAY if step.shifted:
            return ["到期日不上班，所以提前到此前最后一个工作日提醒。"]
        case Stage.DOUBT:
            return [
                entry.doubt,
                "双方商定之前只计时、只提醒，不判违约。请到“疑义”页看谁能凭什么文件解决。",
            ]
        case Stage.RENEWAL:
            return [f"{entry.says}。服务不自动延长；期满之后的工作不得记入本年。"]
        case _:
            return []
