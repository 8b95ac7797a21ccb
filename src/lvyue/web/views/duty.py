"""值守: the month with its gaps, who is there now, rosters, swaps, hand-overs, test calls, the daily log and hours for pay."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.queries import names_of
from lvyue.core.calendar import DayKind, OutsideCalendar
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.rosters import Cover, Days, ShiftClass, Tally, Turn
from lvyue.helpdesk.actions import duty as actions
from lvyue.helpdesk.queries import duty as queries
from lvyue.helpdesk.queries.duty import CallOutcome, DutyDay, DutyHandover, DutySwap, people_named
from lvyue.helpdesk.queries.queue import workers
from lvyue.web import exports
from lvyue.web.acting import number_in, number_of
from lvyue.web.controls import FIRST, LAST
from lvyue.web.doors import door
from lvyue.web.views.ticket import attached, moment
from lvyue.web.views.tickets import told_of

#: So many days ahead a turn may be swapped from the page, so many rows stand on a page.
AHEAD, AT_ONCE, IN_A_FILE = 60, 100, 5_000

#: So many days of a new roster are shown before it is made.
SHOWN_AHEAD = 28

_SHORT = {DayKind.MAKE_UP: "班", DayKind.HOLIDAY: "节", DayKind.SHIFTED: "休"}
_DAY = timedelta(days=1)


def day_in(text: str) -> date | None:
    """A day that an address or a form gives; None for what is none."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None


def _told(request: HttpRequest, seat: Seat, **more: Any) -> dict[str, Any]:
    """What every page of duty tells its template."""
    return told_of(
        request,
        seat,
        working=bool(may(seat, Right.TICKET_WORK)),
        leading=bool(may(seat, Right.ROSTER)),
        testing=bool(may(seat, Right.REACH)),
        paying=bool(may(seat, Right.EXPORT)),
        **more,
    )


def _try(
    request: HttpRequest,
    act: Callable[[], object],
    again: Callable[[tuple[Doubt, ...]], HttpResponse],
    says: str,
    there: str,
) -> HttpResponse:
    """Do it, say so and go there; or show the page again with the reason and what had been typed."""
    try:
        act()
    except Refused as refused:
        return again(refused.doubts)
    except ObjectDoesNotExist:
        raise Http404("没有这一条。") from None
    messages.success(request, says)
    return redirect(there)


# ── the month ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """当班一行: a shift with the names of its people; ``changed`` where others were planned."""

    turn: Turn
    names: str
    changed: str

    @classmethod
    def of(cls, turn: Turn, names: dict[str, str]) -> ShownTurn:
        """A turn with its people by name."""
        changed = "" if turn.people == turn.planned else _named(turn.planned, names)
        return cls(turn, _named(turn.people, names), changed)


def _named(people: Iterable[str], names: dict[str, str]) -> str:
    return "、".join(names.get(one, one) for one in people)


@dataclass(frozen=True, slots=True)
class ShownDay:
    """值班一天, as it stands in the month."""

    day: DutyDay
    inside: bool
    today: bool
    short: str
    turns: tuple[ShownTurn, ...]


@require_safe
@door(Right.SEE)
def duty(request: HttpRequest, seat: Seat) -> HttpResponse:
    """值守: who is there now, and seven days from any day on."""
    today = clock.today()
    first = day_in(request.GET.get("first", "")) or today
    try:
        found = queries.duty_days(seat.contract_id, first, first + 6 * _DAY, today)
    except OutsideCalendar:
        messages.warning(request, "那些日子没有日历，从今天起显示。")
        first = today
        found = queries.duty_days(seat.contract_id, first, first + 6 * _DAY, today)
    if form := exports.wanted(request):
        return exports.answer(_days_sheet(seat.contract_id, [*found], f"{first}"), form)
    names = people_named(turn for one in found for turn in one.turns)
    told = _told(
        request,
        seat,
        now_on=queries.on_duty(seat.contract_id, clock.now()),
        rosters=queries.has_roster(seat.contract_id),
        days=[_shown(one, first, today, names) for one in found],
        first=first,
        last=first + 6 * _DAY,
        previous=first - 7 * _DAY,
        following=first + 7 * _DAY,
    )
    return render(request, "web/duty.html", told)


@require_safe
@door(Right.SEE)
def duty_month(request: HttpRequest, seat: Seat) -> HttpResponse:
    """值班月历: a month with everybody on it and every gap, those over a shift change too."""
    today = clock.today()
    asked = day_in(f"{request.GET.get('month', '')}-01") or today
    try:
        first, found = _month(seat.contract_id, asked.replace(day=1), today)
    except OutsideCalendar:
        messages.warning(request, "那个月没有日历，显示本月。")
        first, found = _month(seat.contract_id, today.replace(day=1), today)
    if form := exports.wanted(request):
        inside = [one for one in found if one.day.month == first.month]
        return exports.answer(_days_sheet(seat.contract_id, inside, f"{first:%Y-%m}"), form)
    names = people_named(turn for one in found for turn in one.turns)
    shown = {one.day: _shown(one, first, today, names) for one in found}
    weeks = Weeks().monthdatescalendar(first.year, first.month)
    told = _told(
        request,
        seat,
        rosters=queries.has_roster(seat.contract_id),
        weeks=[[shown[day] for day in week] for week in weeks],
        first=first,
        previous=(first - _DAY).replace(day=1),
        following=(first + timedelta(days=31)).replace(day=1),
        holes=sum(len(one.gaps) for one in found if one.day.month == first.month),
    )
    return render(request, "web/duty_month.html", told)


def _month(contract_id: str, first: date, today: date) -> tuple[date, tuple[DutyDay, ...]]:
    weeks = Weeks().monthdatescalendar(first.year, first.month)
    return first, queries.duty_days(contract_id, weeks[0][0], weeks[-1][-1], today)


def _shown(one: DutyDay, first: date, today: date, names: dict[str, str]) -> ShownDay:
    return ShownDay(
        one,
        one.day.month == first.month,
        one.day == today,
        _SHORT.get(one.kind, ""),
        tuple(ShownTurn.of(turn, names) for turn in one.turns),
    )


def _days_sheet(contract_id: str, found: list[DutyDay], span: str) -> exports.Sheet:
    names = people_named(turn for one in found for turn in one.turns)
    rows: list[tuple[exports.Cell, ...]] = []
    for one in found:
        rows += [
            (
                *(one.day, one.kind.chinese, turn.shift.name, turn.begins, turn.ends),
                *(turn.shift.heads, len(turn.people)),
                *(_named(turn.people, names), _named(turn.planned, names), one.log_state),
            )
            for turn in one.turns
        ]
        rows += [
            (one.day, one.kind.chinese, "空档", gap.begins, gap.ends, "", "", "", gap.because, "")
            for gap in one.gaps
        ]
    return exports.Sheet(
        name=f"{contract_id} 值班表 {span}",
        columns=("日期", "性质", "班次", "自", "至", "应到", "到", "当班", "原排", "日志"),
        rows=rows,
        note=f"合同 {contract_id}，{span} 的值班和空档，{clock.now():%Y-%m-%d %H:%M}",
    )


# ── rosters ──────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def duty_rosters(request: HttpRequest, seat: Seat) -> HttpResponse:
    """值班表的各个版本: from which day on each, by whom, why."""
    found = [*queries.rosters(seat.contract_id)]
    versions = [(one, queries.version_of(one).roster) for one in found]
    names = dict(workers(seat.contract_id))
    if form := exports.wanted(request):
        return exports.answer(_roster_sheet(seat.contract_id, versions, names), form)
    shown = [
        (
            row,
            roster.cover.zh,
            [(shift, [_named(group, names) for group in shift.groups]) for shift in roster.shifts],
            _named(roster.substitutes, names),
            [(level.after, _named(level.people, names)) for level in roster.levels],
        )
        for row, roster in versions
    ]
    makers = names_of({row.made_by for row in found})
    told = _told(request, seat, versions=shown, makers=makers)
    return render(request, "web/duty_rosters.html", told)


def _roster_sheet(
    contract_id: str, versions: Iterable[tuple[Any, Any]], names: dict[str, str]
) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 值班表版本",
        columns=(
            *("版本", "施行日", "班次", "班别", "日子", "岗位", "应到", "在岗怎样算"),
            *("几天一轮", "各组", "为什么改"),
        ),
        rows=[
            (
                *(row.version, row.begins, shift.name, shift.shift_class.zh, shift.days.zh),
                *(shift.post, shift.heads, shift.tally.zh if shift.post else ""),
                *(shift.turn, "；".join(_named(one, names) for one in shift.groups)),
                row.reason,
            )
            for row, roster in versions
            for shift in roster.shifts
        ],
        note=f"合同 {contract_id} 的值班表，{clock.now():%Y-%m-%d %H:%M}",
    )


#: The fields of a row of the form of a roster, as they come with the form.
_COLUMNS = (
    *("name", "class", "begins", "ends", "days", "turn", "post", "heads", "tally", "groups"),
)


@require_http_methods(["GET", "POST"])
@door(Right.ROSTER)
def new_roster(request: HttpRequest, seat: Seat) -> HttpResponse:
    """排班: laid out from a pattern, changed by hand, looked at, then made."""
    people = workers(seat.contract_id)
    given = request.POST
    begins = day_in(given.get("begins", "")) or clock.today() + _DAY
    rows, doubts, preview = _rows(request, seat), list[Doubt](), None
    do = given.get("do", "")
    if do == "lay_out":
        rows, doubts = _laid_out(request, begins, people)
    elif do in ("preview", "save"):
        body, doubts = _body(request, people)
        last = begins + timedelta(days=SHOWN_AHEAD - 1)
        try:
            if do == "save" and not doubts:
                reason = given.get("reason", "")
                row = actions.make_roster(seat.contract_id, begins, body, reason=reason, by=seat)
                messages.success(request, f"第 {row.version} 版值班表自 {row.begins} 起施行。")
                return redirect("web:duty", seat.contract_id)
            preview = actions.preview_roster(seat.contract_id, begins, body, last=last, by=seat)
            doubts += preview.doubts
        except Refused as refused:
            doubts += refused.doubts
    names = dict(people)
    named = queries.post_counts(seat.contract_id)
    told = _told(
        request,
        seat,
        people=people,
        begins=begins,
        rows=rows,
        typed=given if request.method == "POST" else _current(seat, names),
        patterns=actions.PATTERNS,
        classes=[(one.value, one.zh) for one in ShiftClass],
        days=[(one.value, one.zh) for one in Days],
        covers=[(one.value, one.zh) for one in Cover],
        tallies=[(one.value, one.zh) for one in Tally],
        posts=[(one, named.get(one)) for one in dict.fromkeys(queries.posts(seat.contract_id))],
        changing=queries.has_roster(seat.contract_id),
        doubts=doubts,
        preview=preview,
        turns=[ShownTurn.of(one, names) for one in preview.turns] if preview else [],
    )
    return render(request, "web/duty_roster_form.html", told, status=422 if doubts else 200)


def _rows(request: HttpRequest, seat: Seat) -> list[dict[str, str]]:
    """The rows of shifts as they were typed; at first those of the roster that holds, and one that is empty."""
    if request.method == "POST":
        columns = {one: request.POST.getlist(f"shift-{one}") for one in _COLUMNS}
        number = max((len(one) for one in columns.values()), default=0)
        typed = [
            {one: columns[one][at] if at < len(columns[one]) else "" for one in _COLUMNS}
            for at in range(min(number, 20))
        ]
        return [*(one for one in typed if one["name"].strip()), {}]
    newest = queries.rosters(seat.contract_id).first()
    names = dict(workers(seat.contract_id))
    return [*(_row_of(one, names) for one in newest.body["shifts"]), {}] if newest else [{}]


def _row_of(shift: dict[str, Any], names: dict[str, str]) -> dict[str, str]:
    row = {one: str(shift.get(one, "")) for one in _COLUMNS}
    row["groups"] = "\n".join(_named(group, names) for group in shift["groups"])
    return row


def _current(seat: Seat, names: dict[str, str]) -> dict[str, str]:
    """What stands beside the shifts in the roster that holds."""
    newest = queries.rosters(seat.contract_id).first()
    if newest is None:
        return {"cover": Cover.ALWAYS.value}
    levels = newest.body.get("levels", [])
    return {
        "cover": newest.body.get("cover", Cover.ALWAYS.value),
        "substitutes": _named(newest.body.get("substitutes", []), names),
        "levels": "\n".join(f"{one['after']}：{_named(one['people'], names)}" for one in levels),
    }


def _laid_out(
    request: HttpRequest, begins: date, people: list[tuple[str, str]]
) -> tuple[list[dict[str, str]], list[Doubt]]:
    given = request.POST
    doubts: list[Doubt] = []
    groups = _groups(given.get("crew", ""), "各组人员", people, doubts)
    turn = number_in(request, "every") or 1
    if doubts:
        return [{}], doubts
    try:
        body = actions.lay_out(given.get("pattern", ""), begins, groups, turn=turn)
    except Refused as refused:
        return [{}], [*refused.doubts]
    names = dict(people)
    return [*(_row_of(one, names) for one in body["shifts"]), {}], []


def _body(
    request: HttpRequest, people: list[tuple[str, str]]
) -> tuple[dict[str, Any], list[Doubt]]:
    """The form as a roster's body, and what of it cannot be read."""
    given, doubts = request.POST, list[Doubt]()
    shifts = []
    columns = {one: given.getlist(f"shift-{one}") for one in _COLUMNS}
    for at, name in enumerate(columns["name"][:20]):
        if not name.strip():
            continue
        row = {one: columns[one][at] if at < len(columns[one]) else "" for one in _COLUMNS}
        turn, heads, tally = (row[one].strip() for one in ("turn", "heads", "tally"))
        shifts.append(
            {
                **{one: row[one].strip() for one in ("name", "class", "begins", "ends", "days")},
                "turn": number_of(turn, 2) or 0,
                "groups": _groups(row["groups"], name.strip()[:40], people, doubts),
            }
            | ({"post": row["post"].strip()} if row["post"].strip() else {})
            | ({"heads": number_of(heads, 2) or 0} if heads else {})
            | ({"tally": tally} if tally else {})
        )
    levels = []
    for line in given.get("levels", "").splitlines()[:20]:
        after, colon, who = line.replace(":", "：").partition("：")
        if not line.strip():
            continue
        minutes = number_of(after.strip().removesuffix("分钟").strip(), 4)
        if not colon or minutes is None:
            says = f"“{line.strip()[:40]}”看不懂。"
            doubts.append(malformed("升级", says, "一行一级，写成“15：张三、李四”的样子。"))
            continue
        (group,) = _groups(who.replace("\n", " "), "升级", people, doubts) or [[]]
        levels.append({"after": minutes, "people": group})
    substitutes = _groups(given.get("substitutes", ""), "替班人", people, doubts)
    return {
        "cover": given.get("cover", Cover.ALWAYS.value),
        "shifts": shifts,
        "levels": levels,
        "substitutes": [one for group in substitutes for one in group],
    }, doubts


def _groups(
    text: str, place: str, people: list[tuple[str, str]], doubts: list[Doubt]
) -> list[list[str]]:
    """A group for each line, its people by username or by name; a name that two people bear is asked about."""
    by_name: dict[str, list[str]] = {}
    for username, name in people:
        by_name.setdefault(name, []).append(username)
        by_name.setdefault(username, []).insert(0, username)
    found = []
    for line in text.splitlines():
        words = line.replace("、", " ").replace("，", " ").replace(",", " ").split()
        group = []
        for word in words:
            known = list(dict.fromkeys(by_name.get(word, [])))
            if len(known) == 1 or (known and known[0] == word):
                group.append(known[0])
            elif known:
                says = f"有 {len(known)} 个人叫“{word[:40]}”。"
                doubts.append(malformed(place, says, f"请写登录名：{'、'.join(known)}。"))
            else:
                mend = "请从名单里选；不在名单里的，先任命为乙方经办人员。"
                doubts.append(malformed(place, f"没有“{word[:40]}”这个人。", mend))
        if group:
            found.append(group)
    return found


# ── swaps and absences ───────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def duty_swaps(request: HttpRequest, seat: Seat) -> HttpResponse:
    """换班和缺勤: what waits for an answer, what holds, and who could not come."""
    return _swaps(request, seat)


def _swaps(request: HttpRequest, seat: Seat, refused: tuple[Doubt, ...] = ()) -> HttpResponse:
    form = exports.wanted(request)
    rows = [*queries.swaps(seat.contract_id)[: IN_A_FILE if form else AT_ONCE]]
    names = dict(workers(seat.contract_id))
    if form:
        return exports.answer(_swap_sheet(seat.contract_id, rows, names), form)
    now, today = clock.now(), clock.today()
    ahead: tuple[Turn, ...] = ()
    if may(seat, Right.TICKET_WORK):
        ahead = queries.duty_turns(seat.contract_id, today, today + timedelta(days=AHEAD))
    told = _told(
        request,
        seat,
        rows=[
            (one, names.get(one.giver, one.giver), names.get(one.taker, one.taker)) for one in rows
        ],
        mine=[one for one in ahead if seat.username in one.people and one.begins > now],
        theirs=[
            (one, person, names.get(person, person))
            for one in ahead
            if one.ends > now and one.day <= today + timedelta(days=31)
            for person in one.people
        ]
        if may(seat, Right.ROSTER)
        else [],
        others=[one for one in names.items() if one[0] != seat.username],
        people=[*names.items()],
        refused=refused,
        typed=request.POST if refused else {},
    )
    return render(request, "web/duty_swaps.html", told, status=409 if refused else 200)


def _swap_sheet(contract_id: str, rows: list[DutySwap], names: dict[str, str]) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 换班和缺勤",
        columns=("日期", "班次", "让班人", "接班人", "事由", "状态", "申请", "答复时间", "答复"),
        rows=[
            (
                *(one.day, one.shift, names.get(one.giver, one.giver)),
                names.get(one.taker, one.taker) or "（没有人替）",
                *(one.reason, one.get_state_display(), one.asked_at, one.answered_at, one.answer),
            )
            for one in rows
        ],
        note=f"合同 {contract_id} 的换班和缺勤，{clock.now():%Y-%m-%d %H:%M}",
    )


def _turn_in(request: HttpRequest) -> tuple[date, str, str]:
    """The turn that a form names: its day, its shift, and a person where it names one."""
    day, _, rest = request.POST.get("turn", "").partition("|")
    shift, _, person = rest.rpartition("|") if rest.count("|") else (rest, "", "")
    found = day_in(day)
    if found is None:
        raise Refused([malformed("班次", "没有选。", "请从值班表上选一个班。")])
    return found, shift[:40], person[:150]


@require_POST
@door(Right.TICKET_WORK)
def ask_swap(request: HttpRequest, seat: Seat) -> HttpResponse:
    """申请换班."""

    def act() -> None:
        day, shift, _ = _turn_in(request)
        actions.ask_swap(
            seat.contract_id,
            day,
            shift,
            taker=request.POST.get("taker", "")[:150],
            reason=request.POST.get("reason", ""),
            by=seat,
        )

    return _try(
        request,
        act,
        lambda doubts: _swaps(request, seat, doubts),
        "已申请。对方同意之后换班才生效。",
        reverse("web:duty-swaps", args=[seat.contract_id]),
    )


@require_POST
@door(Right.TICKET_WORK)
def answer_swap(request: HttpRequest, seat: Seat, swap_id: int) -> HttpResponse:
    """答复换班."""
    agree = request.POST.get("agree") == "1"
    said = request.POST.get("said", "")
    return _try(
        request,
        lambda: actions.answer_swap(seat.contract_id, swap_id, agree=agree, said=said, by=seat),
        lambda doubts: _swaps(request, seat, doubts),
        "已同意，这个班由您值。" if agree else "已写明不同意。",
        reverse("web:duty-swaps", args=[seat.contract_id]),
    )


@require_POST
@door(Right.TICKET_WORK)
def withdraw_swap(request: HttpRequest, seat: Seat, swap_id: int) -> HttpResponse:
    """撤回换班."""
    return _try(
        request,
        lambda: actions.withdraw_swap(seat.contract_id, swap_id, by=seat),
        lambda doubts: _swaps(request, seat, doubts),
        "已撤回。",
        reverse("web:duty-swaps", args=[seat.contract_id]),
    )


@require_POST
@door(Right.ROSTER)
def mark_absent(request: HttpRequest, seat: Seat) -> HttpResponse:
    """登记缺勤."""
    given = request.POST

    def act() -> None:
        day, shift, person = _turn_in(request)
        actions.mark_absent(
            seat.contract_id,
            day,
            shift,
            person=person,
            substitute=given.get("substitute", "")[:150],
            reason=given.get("reason", ""),
            by=seat,
        )

    says = "已登记。" if given.get("substitute") else "已登记；没有人替，那段时间是空档。"
    return _try(
        request,
        act,
        lambda doubts: _swaps(request, seat, doubts),
        says,
        reverse("web:duty-swaps", args=[seat.contract_id]),
    )


# ── hand-overs ───────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def duty_handovers(request: HttpRequest, seat: Seat) -> HttpResponse:
    """交接班: what whoever leaves tells whoever comes."""
    return _handovers(request, seat)


def _handovers(request: HttpRequest, seat: Seat, refused: tuple[Doubt, ...] = ()) -> HttpResponse:
    form = exports.wanted(request)
    rows = [*queries.handovers(seat.contract_id)[: IN_A_FILE if form else AT_ONCE]]
    if form:
        return exports.answer(_handover_sheet(seat.contract_id, rows), form)
    told = _told(request, seat, rows=rows, refused=refused, typed=request.POST if refused else {})
    return render(request, "web/duty_handovers.html", told, status=409 if refused else 200)


def _handover_sheet(contract_id: str, rows: list[DutyHandover]) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 交接班",
        columns=("交班", "班次", "交班人", "内容", "未了的工单", "接班", "接班人", "接班意见"),
        rows=[
            (
                *(one.at, one.shift, one.giver_name, one.notes, "、".join(one.tickets)),
                *(one.taken_at, one.taker_name, one.remark),
            )
            for one in rows
        ],
        note=f"合同 {contract_id} 的交接班，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_POST
@door(Right.TICKET_WORK)
def hand_over(request: HttpRequest, seat: Seat) -> HttpResponse:
    """交班."""
    notes = request.POST.get("notes", "")
    return _try(
        request,
        lambda: actions.hand_over(seat.contract_id, notes, by=seat),
        lambda doubts: _handovers(request, seat, doubts),
        "已交班，未了的工单已列上。等接班的人接。",
        reverse("web:duty-handovers", args=[seat.contract_id]),
    )


@require_POST
@door(Right.TICKET_WORK)
def take_over(request: HttpRequest, seat: Seat, handover_id: int) -> HttpResponse:
    """接班."""
    remark = request.POST.get("remark", "")
    return _try(
        request,
        lambda: actions.take_over(seat.contract_id, handover_id, remark=remark, by=seat),
        lambda doubts: _handovers(request, seat, doubts),
        "已接班。",
        reverse("web:duty-handovers", args=[seat.contract_id]),
    )


# ── test calls ───────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def reach_tests(request: HttpRequest, seat: Seat) -> HttpResponse:
    """值守抽测: who was called when, who should have answered, and whether they did."""
    return _reach(request, seat)


def _reach(request: HttpRequest, seat: Seat, refused: tuple[Doubt, ...] = ()) -> HttpResponse:
    form = exports.wanted(request)
    rows = [*queries.reach_tests(seat.contract_id)[: IN_A_FILE if form else AT_ONCE]]
    names = dict(workers(seat.contract_id))
    if form:
        return exports.answer(_reach_sheet(seat.contract_id, rows, names), form)
    told = _told(
        request,
        seat,
        rows=[
            (one, queries.masked(one.number), _named(one.on_duty, names), queries.answered(one))
            for one in rows
        ],
        outcomes=CallOutcome.choices,
        now_on=queries.on_duty(seat.contract_id, clock.now()),
        refused=refused,
        typed=request.POST if refused else {},
    )
    return render(request, "web/reach_tests.html", told, status=409 if refused else 200)


def _reach_sheet(contract_id: str, rows: list[Any], names: dict[str, str]) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 值守抽测",
        columns=(
            *("拨打时间", "号码", "岗位", "班次", "应接听的人", "结果", "响铃秒数"),
            *("说明", "工单", "拨打人", "算数"),
        ),
        rows=[
            (
                *(one.at, queries.masked(one.number), one.post, one.shift),
                *(_named(one.on_duty, names), one.get_outcome_display(), one.seconds, one.said),
                one.ticket.name if one.ticket else "",
                *(one.by_name, "是" if one.counts else "否"),
            )
            for one in rows
        ],
        note=f"合同 {contract_id} 的值守抽测，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_POST
@door(Right.REACH)
def reach_test(request: HttpRequest, seat: Seat) -> HttpResponse:
    """登记一次抽测: a voice box is no answer; a provider's own test does not count."""
    given = request.POST

    def act() -> None:
        call = actions.ReachCall(
            given.get("number", ""),
            given.get("post", ""),
            given.get("outcome", ""),
            moment(request),
            number_in(request, "seconds"),
            given.get("said", ""),
            attached(request, seat),
            number_in(request, "ticket"),
        )
        actions.call_duty(seat.contract_id, call, by=seat)

    return _try(
        request,
        act,
        lambda doubts: _reach(request, seat, doubts),
        "已登记这次抽测。",
        reverse("web:reach-tests", args=[seat.contract_id]),
    )


# ── daily logs ───────────────────────────────────────────────────────────────────────────────────────────────────

#: So many days back the page shows logs, and days without one.
_LOGGED = 31


@require_safe
@door(Right.SEE)
def duty_logs(request: HttpRequest, seat: Seat) -> HttpResponse:
    """值守日志: one a day; late ones say by how many days, and a day missed stays missed."""
    return _logs(request, seat)


def _logs(request: HttpRequest, seat: Seat, refused: tuple[Doubt, ...] = ()) -> HttpResponse:
    today = clock.today()
    last = day_in(request.GET.get("last", "")) or today
    first = day_in(request.GET.get("first", "")) or last - timedelta(days=_LOGGED - 1)
    first = max(min(first, last), last - timedelta(days=366))
    try:
        days = queries.duty_days(seat.contract_id, first, last, today)
    except OutsideCalendar as error:
        raise Http404("那些日子没有日历。") from error
    shown = [one for one in reversed(days) if one.log is not None or one.log_state]
    if form := exports.wanted(request):
        return exports.answer(_log_sheet(seat.contract_id, shown), form)
    open_days = [
        one.day
        for one in reversed(days)
        if one.log is None
        and one.day <= today
        and any(seat.username in turn.people for turn in one.turns)
    ]
    told = _told(
        request,
        seat,
        days=shown,
        first=first,
        last=last,
        late=sum(one.log is not None and one.log.late > 0 for one in shown),
        lost=sum(one.log is None and one.day < today for one in shown),
        open_days=open_days,
        refused=refused,
        typed=request.POST if refused else {},
    )
    return render(request, "web/duty_logs.html", told, status=409 if refused else 200)


def _log_sheet(contract_id: str, shown: list[DutyDay]) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 值守日志",
        columns=("日期", "状况", "迟记天数", "登记人", "登记时间", "内容"),
        rows=[
            (
                one.day,
                one.log_state,
                one.log.late if one.log else None,
                one.log.by_name if one.log else "",
                one.log.filed_at if one.log else None,
                one.log.text if one.log else "",
            )
            for one in shown
        ],
        note=f"合同 {contract_id} 的值守日志，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_POST
@door(Right.TICKET_WORK)
def file_duty_log(request: HttpRequest, seat: Seat) -> HttpResponse:
    """记值守日志."""
    given = request.POST

    def act() -> None:
        day = day_in(given.get("day", ""))
        if day is None:
            raise Refused([malformed("所记日期", "没有选。", "请选记哪一天的。")])
        actions.file_duty_log(
            seat.contract_id,
            day,
            given.get("text", ""),
            evidence_files=attached(request, seat),
            repeats=bool(given.get("repeats")),
            by=seat,
        )

    return _try(
        request,
        act,
        lambda doubts: _logs(request, seat, doubts),
        "已记下。",
        reverse("web:duty-logs", args=[seat.contract_id]),
    )


# ── hours ────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.EXPORT)
def duty_hours(request: HttpRequest, seat: Seat) -> HttpResponse:
    """工时: for pay, by person, class of shift and kind of day; by default those of last month."""
    first_of_this = clock.today().replace(day=1)
    last = day_in(request.GET.get("last", "")) or first_of_this - _DAY
    first = day_in(request.GET.get("first", "")) or last.replace(day=1)
    first = max(min(first, last), last - timedelta(days=366))
    try:
        found = queries.pay_hours(seat.contract_id, first, last)
    except OutsideCalendar as error:
        raise Http404("那些日子没有日历。") from error
    names = dict(workers(seat.contract_id))
    rows = [(names.get(one.person, one.person), one) for one in found]
    if form := exports.wanted(request):
        sheet = exports.Sheet(
            name=f"{seat.contract_id} 值班工时 {first} 至 {last}",
            columns=("姓名", "登录名", "班别", "日子性质", "分钟", "小时"),
            rows=[
                (
                    *(name, one.person, one.shift_class.zh, one.kind.chinese, one.minutes),
                    f"{one.minutes // 60}:{one.minutes % 60:02d}",
                )
                for name, one in rows
            ],
            note=f"合同 {seat.contract_id}，{first} 至 {last}，跨午夜的班按午夜分开",
        )
        return exports.answer(sheet, form)
    sums: dict[str, int] = {}
    for name, one in rows:
        sums[name] = sums.get(name, 0) + one.minutes
    told = _told(request, seat, rows=rows, first=first, last=last, sums=sorted(sums.items()))
    return render(request, "web/duty_hours.html", told)
