"""履约情况表与结算书: the statement at any address, statements that parties sign, and what differs between two."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.queries import names_of
from lvyue.core.doubts import Refused, malformed
from lvyue.obligations.difference import Difference
from lvyue.settlements import actions, queries
from lvyue.settlements.choices import StatementAct
from lvyue.settlements.paper import StatementPaper
from lvyue.settlements.queries import Address, IssuedStatement, KnownPoint
from lvyue.settlements.signing import hindrance
from lvyue.web.controls import Controls, controls_of
from lvyue.web.doors import door
from lvyue.web.drafts import initial
from lvyue.web.exports import Cell, Sheet, answer, wanted
from lvyue.web.qr import qr
from lvyue.web.views.contracts import page_of

#: So much of a digest tells it from others in an address.
SHORT = 16

_DIGEST = re.compile(r"[0-9a-f]{8,64}")


# ── the statement at an address ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class StatementView:
    """What the page shows: the paper, its own address as text and as a picture, and what one may choose instead."""

    paper: StatementPaper
    points: tuple[KnownPoint, ...]
    link: str
    code: SafeString
    pinned: bool
    may_issue: str
    note: str
    other_size: int | None


@require_safe
@door(Right.SEE)
def statement(request: HttpRequest, seat: Seat) -> HttpResponse:
    """履约情况表: on any day, as known at any size, by any release and calendar that once held."""
    form = request.GET.get("format", "")
    try:
        if form == "json":
            return _json(request, seat)
        if wanted(request):
            return answer(_sheet(_paper(request, seat)), form)
    except Refused:
        pass  # the page itself says what stands in the way

    def view(controls: Controls) -> StatementView:
        address = _address(request, controls)
        paper = queries.statement_paper(seat.contract_id, address)
        points = queries.known_points(seat.contract_id)
        offered = {None, *(point.size for point in points)}
        link = request.build_absolute_uri(_link(seat.contract_id, address))
        return StatementView(
            paper=paper,
            points=points,
            link=link,
            code=qr(link),
            pinned=bool(request.GET.get("release") or request.GET.get("calendar")),
            may_issue=why_not_issue(seat, controls),
            note=initial(request, reverse("web:statement-issue", args=[seat.contract_id])).get(
                "note", ""
            ),
            other_size=None if controls.size in offered else controls.size,
        )

    return page_of(request, seat, "web/statement.html", "view", view)


def _paper(request: HttpRequest, seat: Seat) -> StatementPaper:
    controls = controls_of(request.GET, clock.today())
    return queries.statement_paper(seat.contract_id, _address(request, controls))


def _json(request: HttpRequest, seat: Seat) -> HttpResponse:
    controls = controls_of(request.GET, clock.today())
    found = queries.statement_at(seat.contract_id, _address(request, controls))
    told = found.as_json()
    response = JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 2})
    name = f"{seat.contract_id}-{told['as_of']}-{told['log']['size']}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _address(request: HttpRequest, controls: Controls) -> Address:
    """The address that the request names. A digest that nobody could mean is refused, never passed over."""
    return Address(
        controls.as_of,
        controls.size,
        _digest(request.GET.get("release", ""), "合同版本"),
        _digest(request.GET.get("calendar", ""), "日历"),
    )


def _digest(text: str, what: str) -> str:
    text = text.strip()
    if text and not _DIGEST.fullmatch(text):
        says = f"“{text[:40]}”不是{what}的散列。"
        mend = "请用 8 到 64 位的十六进制数，或去掉这一项。"
        raise Refused([malformed(what, says, mend)])
    return text


def _link(contract_id: str, address: Address) -> str:
    """The address of exactly this state, as short as it can be and still mean it in ten years."""
    whole = queries.whole_address(contract_id, address)
    query = {
        "as_of": whole.as_of.isoformat(),
        "size": str(whole.size),
        "release": whole.release[:SHORT],
        "calendar": whole.calendar,
    }
    return f"{reverse('web:statement', args=[contract_id])}?{urlencode(query)}"


def why_not_issue(seat: Seat, controls: Controls) -> str:
    """Why a person cannot issue what the page shows; empty if they can."""
    ruling = may(seat, Right.ISSUE)
    if not ruling:
        return ruling.reason
    return "将来的一天只能推算，不能出具。" if controls.is_future else ""


def _sheet(paper: StatementPaper) -> Sheet:
    stamp = paper.stamp
    note = f"{paper.card.title}　截至 {stamp.as_of}　日志前 {stamp.size} 条　散列 {paper.hash}" + (
        "　演示数据" if paper.card.demonstration else ""
    )
    columns = ("条款", "约定", "对象", "义务方", "结论", "到期", "暂定", "说明", "事实")
    return Sheet(f"{paper.card.title} 履约情况表 {stamp.as_of}", columns, _rows(paper), note)


def _rows(paper: StatementPaper) -> Iterator[tuple[Cell, ...]]:
    for group, row in paper.findings:
        yield (
            group.clause,
            row.says,
            row.occurrence,
            row.debtor,
            row.mark.word,
            row.due,
            "暂定" if row.provisional else "",
            row.because,
            "、".join(fact.id for fact in row.facts),
        )


# ── issued statements ────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def statements(request: HttpRequest, seat: Seat) -> HttpResponse:
    """结算书: every one that was issued, newest first."""
    found = list(queries.issued(seat.contract_id))
    names = names_of({row.issued_by for row in found})
    if form := wanted(request):
        return answer(_issued_sheet(seat.contract_id, found, names), form)
    context = {
        **_standing(request, seat),
        "rows": [(row, names.get(row.issued_by, row.issued_by)) for row in found],
        "why_not_issue": may(seat, Right.ISSUE).reason,
    }
    return render(request, "web/statements.html", context)


def _issued_sheet(contract_id: str, found: list[IssuedStatement], names: dict[str, str]) -> Sheet:
    columns = (
        "号",
        "截至",
        "日志条数",
        "已付",
        "应付",
        "状态",
        "重述",
        "出具人",
        "出具时间",
        "散列",
    )
    rows: Iterator[tuple[Cell, ...]] = (
        (
            row.number,
            row.as_of,
            row.size,
            row.paid,
            row.payable,
            row.get_state_display(),
            row.restates.number if row.restates is not None else None,
            names.get(row.issued_by, row.issued_by),
            row.issued_at,
            row.hash,
        )
        for row in found
    )
    return Sheet(f"{contract_id} 结算书", columns, rows)


@require_POST
@door(Right.ISSUE)
def issue(request: HttpRequest, seat: Seat) -> HttpResponse:
    """出具: exactly the state that the form was shown with."""
    controls = controls_of(request.POST, clock.today())
    note = request.POST.get("note", "")
    try:
        _require_understood(controls, "出具结算书", "请回到履约情况表重新选择。")
        row = actions.issue(controls.as_of, by=seat, size=controls.size, note=note)
    except Refused as refused:
        context = {**_standing(request, seat), "doubts": refused.doubts, "note": note}
        context["controls"] = controls
        return render(request, "web/statement_refused.html", context, status=409)
    messages.success(request, f"已出具结算书第 {row.number} 号，请双方确认。")
    return redirect("web:issued-statement", seat.contract_id, row.number)


def _require_understood(controls: Controls, place: str, mend: str) -> None:
    """A day or a size that is not understood is no reason to act on another one."""
    for says in (controls.as_of_error, controls.size_error):
        if says:
            raise Refused([malformed(place, says.split("下面")[0], mend)])


@require_safe
@door(Right.SEE)
def issued_statement(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """一份结算书: what it says, reckoned again from its address, and what can be done with it."""
    row = _row(seat, number)
    return _issued_page(request, seat, row, **_kept_reason(request, row))


def _kept_reason(request: HttpRequest, row: IssuedStatement) -> dict[str, Any]:
    """The reason that was sent when the session had ended, and the act that it was for."""
    for name in _DONE:
        to = reverse("web:statement-act", args=[row.contract_id, row.number, name])
        if found := initial(request, to):
            return {"tried": name, "reason": found.get("reason", "")}
    return {}


def _row(seat: Seat, number: int) -> IssuedStatement:
    row = queries.issued_statement(seat.contract_id, number)
    if row is None:
        raise Http404(f"合同 {seat.contract_id} 没有第 {number} 号结算书。")
    return row


def _issued_page(
    request: HttpRequest, seat: Seat, row: IssuedStatement, *, status: int = 200, **more: Any
) -> HttpResponse:
    opened = queries.opened(row)
    acts = (
        opened.signing.confirming,
        StatementAct.DISPUTE,
        StatementAct.RESTATE,
        StatementAct.WITHDRAW,
    )
    against = {act.value: hindrance(opened.signing, act, seat) for act in acts}
    if not opened.since.is_any and not against["restate"]:
        against["restate"] = "依据没有变化，不用重述。"
    context = {
        **_standing(request, seat),
        "opened": opened,
        "row": row,
        "may": {act for act, says in against.items() if not says},
        "at_once": seat.side is not None and opened.signing.gives_way_at_once(seat.side),
        "why_not": [(StatementAct(act).label, says) for act, says in against.items() if says],
        "restatements": [*_restatements(row, opened.restated_by)],
        "link": request.build_absolute_uri(request.path),
        "code": qr(request.build_absolute_uri(request.path)),
        **more,
    }
    return render(request, "web/issued_statement.html", context, status=status)


def _restatements(
    row: IssuedStatement, restated_by: IssuedStatement | None
) -> Iterator[tuple[int, int, str]]:
    """The numbers of what this restates and is restated by, each with the address of what differs, for good."""
    for earlier, later in ((row.restates, row), (row, restated_by)):
        if earlier is not None and later is not None:
            ends = {
                "from": str(queries.address_of(earlier)),
                "to": str(queries.address_of(later)),
            }
            base = reverse("web:difference", args=[row.contract_id])
            yield earlier.number, later.number, f"{base}?{urlencode(ends)}"


#: What a form may ask for, and the word with which it is confirmed to the person.
_DONE = {
    "confirm": "已代表贵方确认第 {} 号。",
    "dispute": "已对第 {} 号提出异议，争议通知已登记为事实。",
    "restate": "已出具第 {} 号，重述前一份。",
    "withdraw": "已撤回第 {} 号。",
}


@require_POST
@door(Right.SEE)
def act(request: HttpRequest, seat: Seat, number: int, name: str) -> HttpResponse:
    """确认、异议、重述、撤回: the action itself asks who may."""
    row = _row(seat, number)
    reason = request.POST.get("reason", "")
    doing: dict[str, Callable[[], IssuedStatement]] = {
        "confirm": lambda: actions.confirm(number, by=seat),
        "dispute": lambda: actions.dispute(number, reason, by=seat),
        "restate": lambda: actions.restate(number, by=seat, note=reason),
        "withdraw": lambda: actions.withdraw(number, reason, by=seat),
    }
    if name not in doing:
        raise Http404(name)
    try:
        done = doing[name]()
    except Refused as refused:
        told = {"doubts": refused.doubts, "tried": name, "reason": reason}
        return _issued_page(request, seat, row, status=409, **told)
    messages.success(request, _DONE[name].format(done.number))
    return redirect("web:issued-statement", seat.contract_id, done.number)


# ── differences ──────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def statement_difference(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """差异: what has become different since a statement was issued; the sheet that stands behind a restatement."""
    row = _row(seat, number)
    found = queries.difference_since(row)
    if found is None:
        return _issued_page(request, seat, row, status=409)
    changed, since = found
    return _difference_page(request, seat, changed, row=row, since=since)


@require_safe
@door(Right.SEE)
def difference(request: HttpRequest, seat: Seat) -> HttpResponse:
    """比较: any two addresses of one contract, ``from`` and ``to``."""
    today = clock.today()
    texts = {"from": request.GET.get("from", ""), "to": request.GET.get("to", "")}
    chosen = {"points": queries.known_points(seat.contract_id)}
    context = {**_standing(request, seat), **chosen}
    try:
        before, after = (_address_named(texts[end], request, end, today) for end in ("from", "to"))
        if before is None or after is None:
            return render(request, "web/difference.html", context)
        found = queries.compared(seat.contract_id, before, after)
    except Refused as refused:
        context["doubts"] = refused.doubts
        return render(request, "web/difference.html", context, status=409)
    return _difference_page(request, seat, found, **chosen)


def _address_named(text: str, request: HttpRequest, end: str, today: date) -> Address | None:
    """``2026-11-21@46@release@calendar``, or a day and a size in fields of their own; None where nothing is named."""
    day_text, _, rest = text.strip().partition("@")
    size_text, _, rest = rest.partition("@")
    release, _, notices = rest.partition("@")
    day_text = day_text or request.GET.get(f"{end}_as_of", "")
    size_text = size_text or request.GET.get(f"{end}_size", "")
    if not day_text and not size_text:
        return None
    fields = request.GET.copy()
    fields["as_of"], fields["size"] = day_text, size_text
    controls = controls_of(fields, today)
    _require_understood(controls, f"比较 {'从' if end == 'from' else '到'}", "请重新选择。")
    return Address(
        controls.as_of, controls.size, _digest(release, "合同版本"), _digest(notices, "日历")
    )


def _difference_page(
    request: HttpRequest, seat: Seat, found: Difference, **more: Any
) -> HttpResponse:
    if request.GET.get("format") == "json":
        return JsonResponse(found.as_json(), json_dumps_params={"ensure_ascii": False, "indent": 2})
    if form := wanted(request):
        return answer(difference_sheet(seat.contract_id, found), form)
    context = {**_standing(request, seat), "difference": found, **more}
    return render(request, "web/difference.html", context)


def difference_sheet(contract_id: str, found: Difference) -> Sheet:
    """The rows of a difference as a list: money first, then findings."""
    columns = (
        "类别",
        "条款",
        "项目",
        "对象",
        "原来",
        "现在",
        "相差",
        "原来的说明",
        "现在的说明",
        "因为",
    )
    return Sheet(f"{contract_id} 差异", columns, _difference_rows(found))


def _difference_rows(found: Difference) -> Iterator[tuple[Cell, ...]]:
    for one in found.money:
        named = "、".join(f.id for f in (*one.facts, *one.gone))
        told = (one.before, one.after, one.by, one.state_before, one.state_after, named)
        yield ("金额", one.clause, one.what, "", *told)
    for group, rows in (("结论", found.findings), ("说明", found.reworded)):
        for row in rows:
            named = "、".join(f.id for f in (*row.facts, *row.gone))
            yield (
                group,
                row.clause,
                row.says,
                row.occurrence,
                row.before.word if row.before else "没有这一项",
                row.after.word if row.after else "没有这一项",
                "",
                row.because_before,
                row.because_after,
                named,
            )


def _standing(request: HttpRequest, seat: Seat) -> dict[str, Any]:
    """What every page of a contract has."""
    return {
        "controls": controls_of(request.GET, clock.today()),
        "contract_id": seat.contract_id,
        "seat": seat,
        "title": queries.title_of(seat.contract_id),
        "demonstration": queries.is_demonstration(seat.contract_id),
    }


__all__ = [
    "act",
    "difference",
    "issue",
    "issued_statement",
    "statement",
    "statement_difference",
    "statements",
    "why_not_issue",
]
