"""留痕: who changed what in the platform, when, and why. On a contract for those who answer for it; in all for administrators."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lvyue import clock
from lvyue.accounts import queries
from lvyue.accounts.permissions import Right, Seat
from lvyue.accounts.queries import AuditFilter, AuditPage, AuditRow
from lvyue.web import exports
from lvyue.web.controls import controls_of
from lvyue.web.doors import administrators_only, door
from lvyue.web.views.people import title_of

_MOST_DIGITS = 18


@require_safe
@administrators_only
def audit(request: HttpRequest) -> HttpResponse:
    """留痕: what is done to people, and nothing of what a contract holds."""
    return _page(request, queries.administration_trail(), "系统管理", {})


@require_safe
@door(Right.AUDIT)
def contract_audit(request: HttpRequest, seat: Seat) -> HttpResponse:
    """合同留痕: everything that was done on one contract."""
    told = {
        "controls": controls_of(request.GET, clock.today()),
        "contract_id": seat.contract_id,
        **title_of(seat.contract_id),
        "seat": seat,
    }
    return _page(request, queries.audit_trail(seat.contract_id), seat.contract_id, told)


def _page(
    request: HttpRequest, trail: QuerySet[queries.AuditEntry], name: str, told: dict[str, object]
) -> HttpResponse:
    asked, errors = _asked(request.GET)
    if form := exports.wanted(request):
        page = queries.audit_page(trail, asked, at_once=queries.ENTRIES_IN_A_FILE)
        return exports.answer(_sheet(name, page, asked), form)
    page = queries.audit_page(trail, asked)
    told |= {
        "page": page,
        "asked": asked,
        "errors": errors,
        "acts": queries.acts_of(trail),
        "older": _older(request.GET, page),
    }
    return render(request, "web/audit.html", told)


def _older(asked: QueryDict, page: AuditPage) -> str:
    """The address of the entries behind the last one shown, under the same filter."""
    if page.before is None:
        return ""
    kept = {name: asked[name] for name in ("who", "act", "first", "last") if asked.get(name)}
    return f"?{urlencode(kept | {'before': str(page.before)})}"


def _asked(given: QueryDict) -> tuple[AuditFilter, list[str]]:
    """The filter that the address asks for, and a sentence for each value that is not understood."""
    errors = list[str]()
    before = given.get("before", "")
    understood = before.isascii() and before.isdecimal() and len(before) <= _MOST_DIGITS
    asked = AuditFilter(
        who=given.get("who", "").strip()[:80],
        act=given.get("act", "").strip()[:80],
        first=_day(given.get("first", ""), errors),
        last=_day(given.get("last", ""), errors),
        before=int(before) if understood else None,
    )
    return asked, errors


def _day(text: str, errors: list[str]) -> date | None:
    text = text.strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors.append(f"“{text[:40]}”不是日期；请写成 2026-03-31 的样子。这一项没有用来筛选。")
        return None


def _sheet(name: str, page: AuditPage, asked: AuditFilter) -> exports.Sheet:
    note = f"留痕（{name}），{clock.now():%Y-%m-%d %H:%M} 导出"
    conditions = [
        asked.who,
        queries.act_in_words(asked.act),
        f"{asked.first or ''}～{asked.last or ''}",
    ]
    told = "，".join(one for one in conditions if one not in ("", "～"))
    if told:
        note += f"；筛选：{told}"
    if page.before is not None:
        note += f"；只含最近 {len(page.rows)} 条，其余请缩小范围再导出"
    return exports.Sheet(
        name=f"留痕 {name}",
        columns=("序号", "时间", "登录名", "姓名", "角色", "动作", "合同", "对象", "变更", "理由"),
        rows=[_line(row) for row in page.rows],
        note=note,
    )


def _line(row: AuditRow) -> tuple[exports.Cell, ...]:
    changes = "\n".join(f"{one.what}：{one.before} → {one.after}" for one in row.changes)
    return (
        row.id,
        row.at,
        row.who,
        row.name,
        row.roles,
        row.act,
        row.contract_id,
        row.about,
        changes,
        row.reason,
    )
