"""留痕: who changed what in the platform, when, why and from where. On a contract for those who answer for it; in all for administrators.

Both have the same pages: the trail with its filters, one entry, who was allowed what at the time, packs of a year. The
state of the chain is one for all and stands with the administration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lvyue import clock
from lvyue.accounts import packs, queries, standing
from lvyue.accounts.choices import PackState
from lvyue.accounts.permissions import Right, Seat
from lvyue.accounts.queries import Account, AuditEntry, AuditFilter, AuditPage, AuditRow
from lvyue.core.doubts import Refused, malformed
from lvyue.evidence.yearly import yearly_pack
from lvyue.web import exports
from lvyue.web.acting import number_of
from lvyue.web.controls import controls_of
from lvyue.web.doors import account_of, administrators_only, door
from lvyue.web.views.people import title_of

_MOST_DIGITS = 18

#: So many places of the chain are reckoned anew while somebody waits; for more there is the command.
CHECKED_WHILE_WAITING = 50_000


@dataclass(frozen=True, slots=True)
class Trail:
    """哪一份留痕: of the administration, or of one contract, and what its pages have in common."""

    entries: QuerySet[AuditEntry]
    by: Seat | Account
    contract_id: str = ""
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.contract_id or "系统管理"

    def address(self, page: str, *more: object) -> str:
        name = f"web:contract-{page}" if self.contract_id else f"web:{page}"
        return reverse(name, args=[one for one in (self.contract_id, *more) if one != ""])


def _administration(request: HttpRequest) -> Trail:
    return Trail(queries.administration_trail(), account_of(request))


def _of_contract(request: HttpRequest, seat: Seat) -> Trail:
    told = {
        "controls": controls_of(request.GET, clock.today()),
        "contract_id": seat.contract_id,
        **title_of(seat.contract_id),
        "seat": seat,
    }
    return Trail(queries.audit_trail(seat.contract_id), seat, seat.contract_id, told)


# ── the trail ────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@administrators_only
def audit(request: HttpRequest) -> HttpResponse:
    """留痕: what is done to people, and nothing of what a contract holds."""
    return _page(request, _administration(request))


@require_safe
@door(Right.AUDIT)
def contract_audit(request: HttpRequest, seat: Seat) -> HttpResponse:
    """合同留痕: everything that was done on one contract."""
    return _page(request, _of_contract(request, seat))


def _page(request: HttpRequest, trail: Trail) -> HttpResponse:
    asked, errors = _asked(request.GET)
    if request.GET.get("format") == "jsonl":
        return _lines(trail, asked)
    if form := exports.wanted(request):
        page = queries.audit_page(trail.entries, asked, at_once=queries.ENTRIES_IN_A_FILE)
        return exports.answer(_sheet(trail.name, page, asked), form)
    page = queries.audit_page(trail.entries, asked)
    told = {
        "page": page,
        "asked": asked,
        "errors": errors,
        "acts": queries.acts_of(trail.entries),
        "older": _older(request.GET, page),
        "narrowed": asked != AuditFilter(),
        "more": any((asked.contract, asked.request, asked.address, asked.words)),
    }
    return _render(request, trail, "web/audit.html", told)


def _render(
    request: HttpRequest, trail: Trail, template: str, told: dict[str, Any], status: int = 200
) -> HttpResponse:
    pages = {
        "at_trail": trail.address("audit"),
        "at_standing": trail.address("audit-standing"),
        "at_packs": trail.address("audit-packs"),
    }
    return render(request, template, {**trail.told, **pages, **told}, status=status)


_CARRIED = ("who", "act", "first", "last", "contract", "request", "address", "words")


def _older(asked: QueryDict, page: AuditPage) -> str:
    """The address of the entries behind the last one shown, under the same filter."""
    if page.before is None:
        return ""
    kept = {name: asked[name] for name in _CARRIED if asked.get(name)}
    return f"?{urlencode(kept | {'before': str(page.before)})}"


def _asked(given: QueryDict) -> tuple[AuditFilter, list[str]]:
    """The filter that the address asks for, and a sentence for each value that is not understood."""
    errors = list[str]()
    asked = AuditFilter(
        who=_word(given, "who"),
        act=_word(given, "act"),
        contract=_word(given, "contract"),
        request=_word(given, "request"),
        address=_word(given, "address"),
        words=_word(given, "words"),
        first=_day(given.get("first", ""), errors),
        last=_day(given.get("last", ""), errors),
        before=number_of(given.get("before")),
    )
    return asked, errors


def _word(given: QueryDict, name: str) -> str:
    return given.get(name, "").strip()[:80]


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
    head = queries.head()
    note = f"留痕（{name}），{clock.now():%Y-%m-%d %H:%M} 导出"
    conditions = [
        asked.who,
        queries.act_in_words(asked.act),
        f"{asked.first or ''}～{asked.last or ''}",
        asked.contract,
        asked.request,
        asked.address,
        asked.words,
    ]
    told = "，".join(one for one in conditions if one not in ("", "～"))
    if told:
        note += f"；筛选：{told}"
    if page.before is not None:
        note += f"；只含最近 {len(page.rows)} 条，其余请缩小范围再导出"
    note += f"；链头 {head.sequence} {head.digest}"
    columns = ("序号", "时间", "登录名", "姓名", "角色", "动作", "合同", "对象", "变更", "理由")
    return exports.Sheet(
        name=f"留痕 {name}",
        columns=(*columns, "途径", "来源地址", "请求编号", "链上序号", "散列"),
        rows=[_line(row) for row in page.rows],
        note=note,
    )


def _line(row: AuditRow) -> tuple[exports.Cell, ...]:
    changes = "\n".join(f"{one.what}：{one.before} → {one.after}" for one in row.changes)
    said = (row.id, row.at, row.who, row.name, row.roles, row.act, row.contract_id, row.about)
    whence = (row.via, row.address, row.request_id, row.sequence, row.digest)
    return (*said, changes, row.reason, *whence)


def _lines(trail: Trail, asked: AuditFilter) -> HttpResponse:
    """The sealed records with the head of the chain at the end: what `lvyue audit check` reads."""
    head = queries.head()
    records = queries.records(trail.entries, asked)
    content = packs.jsonl(records, head.sequence, head.digest)
    return _file(content, "application/x-ndjson", f"留痕 {trail.name}.jsonl")


def _file(content: bytes, media: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


# ── one entry ────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@administrators_only
def audit_entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """一条留痕: before and after, side by side."""
    return _entry(request, _administration(request), entry_id)


@require_safe
@door(Right.AUDIT)
def contract_audit_entry(request: HttpRequest, seat: Seat, entry_id: int) -> HttpResponse:
    """一条合同留痕."""
    return _entry(request, _of_contract(request, seat), entry_id)


def _entry(request: HttpRequest, trail: Trail, entry_id: int) -> HttpResponse:
    row = queries.audit_entry(trail.entries, entry_id) if entry_id < 10**_MOST_DIGITS else None
    if row is None:
        raise Http404("没有这一条留痕。")
    told: dict[str, Any] = {"row": row, "together": ()}
    if row.request_id:
        same = queries.audit_page(trail.entries, AuditFilter(request=row.request_id))
        told["together"] = [one for one in same.rows if one.id != row.id]
        told["whole_request"] = f"{trail.address('audit')}?{urlencode({'request': row.request_id})}"
    return _render(request, trail, "web/audit_entry.html", told)


# ── who was allowed what ─────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@administrators_only
def audit_standing(request: HttpRequest) -> HttpResponse:
    """当时的权限: on any contract, or of any person, on a day or during a period."""
    return _standing(request, _administration(request))


@require_safe
@door(Right.AUDIT)
def contract_audit_standing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """合同当时的权限: who held which role on this contract."""
    return _standing(request, _of_contract(request, seat))


def _standing(request: HttpRequest, trail: Trail) -> HttpResponse:
    errors = list[str]()
    first = _day(request.GET.get("first", ""), errors)
    last = _day(request.GET.get("last", ""), errors)
    contract_id = trail.contract_id or request.GET.get("contract", "").strip()[:80]
    username = "" if trail.contract_id else request.GET.get("person", "").strip()[:80]
    person, on_contract = None, None
    try:
        within = standing.period(first or last or clock.today(), last)
        if username:
            person = standing.person_standing(_known(username), within)
        elif contract_id:
            on_contract = standing.contract_standing(contract_id, within)
    except Refused as refused:
        errors += [f"{one.says}{one.mend}" for one in refused.doubts]
        within = standing.period(clock.today())
    if (form := exports.wanted(request)) and (person or on_contract):
        return exports.answer(_standing_sheet(person, on_contract, within), form)
    told = {
        "errors": errors,
        "within": within,
        "sought": contract_id,
        "username": username,
        "person": person,
        "on_contract": on_contract,
        "many": within.first != within.last,
    }
    return _render(request, trail, "web/audit_standing.html", told, 422 if errors else 200)


def _known(username: str) -> Account:
    found = queries.account(username)
    if found is None:
        says = f"没有登录名为“{username}”的账号。"
        raise Refused([malformed("人员", says, "请核对登录名。")])
    return found


def _standing_sheet(
    person: standing.PersonStanding | None,
    on_contract: standing.ContractStanding | None,
    within: standing.Period,
) -> exports.Sheet:
    if on_contract is not None:
        return exports.Sheet(
            name=f"{on_contract.contract_id} 当时的人员",
            columns=("角色", "姓名", "登录名", "起", "止", "任命人", "停用期间"),
            rows=[
                (
                    one.role_zh,
                    one.name,
                    one.username,
                    one.since,
                    one.until,
                    one.appointed_by,
                    "\n".join(f"{gap.since:%Y-%m-%d %H:%M} 起" for gap in one.interrupted),
                )
                for one in on_contract.roles
            ],
            note=f"{within.zh}，谁在这份合同上是什么；{clock.now():%Y-%m-%d %H:%M} 导出",
        )
    seats = person.seats if person is not None else ()
    username = person.username if person is not None else ""
    return exports.Sheet(
        name=f"{username} 当时的权限",
        columns=("合同", "角色", "起", "止", "事项", "可以", "原因"),
        rows=[
            (
                seat.contract_id,
                "、".join(seat.roles),
                seat.since,
                seat.until,
                right.zh,
                "是" if right.allowed else "否",
                right.reason,
            )
            for seat in seats
            for right in seat.rights
        ],
        note=f"{within.zh}，按现行权限表逐项；{clock.now():%Y-%m-%d %H:%M} 导出",
    )


# ── packs of a year ──────────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@administrators_only
def audit_packs(request: HttpRequest) -> HttpResponse:
    """年度留痕包 of the administration."""
    return _packs(request, _administration(request))


@require_http_methods(["GET", "POST"])
@door(Right.AUDIT)
def contract_audit_packs(request: HttpRequest, seat: Seat) -> HttpResponse:
    """年度留痕包 of a contract."""
    return _packs(request, _of_contract(request, seat))


def _packs(request: HttpRequest, trail: Trail) -> HttpResponse:
    year, error = request.POST.get("year", "").strip(), ""
    if request.method == "POST":
        try:
            pack = yearly_pack(trail.contract_id, _year(year), by=trail.by)
        except Refused as refused:
            error = "".join(f"{one.says}{one.mend}" for one in refused.doubts)
        else:
            _say(request, pack)
            return redirect(trail.address("audit-packs"))
    told = {
        "packs": [
            (one, trail.address("audit-pack", one.pk))
            for one in queries.packs(trail.contract_id)[:50]
        ],
        "year": year or str(clock.today().year),
        "error": error,
        "states": PackState,
    }
    return _render(request, trail, "web/audit_packs.html", told, 422 if error else 200)


def _year(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) == 4):  # noqa: PLR2004  digits of a year
        says = f"“{text[:20]}”不是年份。"
        raise Refused([malformed("年份", says, "请写四位数字，例如 2026。")])
    return int(text)


def _say(request: HttpRequest, pack: queries.AuditPack) -> None:
    match pack.state:
        case PackState.READY:
            messages.success(request, f"{pack.year} 年的留痕包已做好，共 {pack.entries} 条。")
        case PackState.FAILED:
            messages.error(request, f"没有做成：{pack.trouble}")
        case _:
            messages.info(request, "条数较多，正在后台制作；过一会儿刷新本页。")


@require_safe
@administrators_only
def audit_pack(request: HttpRequest, pack_id: int) -> HttpResponse:
    """一个年度留痕包, as a file."""
    return _pack(_administration(request), pack_id)


@require_safe
@door(Right.AUDIT)
def contract_audit_pack(request: HttpRequest, seat: Seat, pack_id: int) -> HttpResponse:
    """一个合同的年度留痕包, as a file."""
    return _pack(_of_contract(request, seat), pack_id)


def _pack(trail: Trail, pack_id: int) -> HttpResponse:
    found = queries.pack(trail.contract_id, pack_id) if pack_id < 10**_MOST_DIGITS else None
    if found is None or found.state != PackState.READY:
        raise Http404("没有这个留痕包，或还没有做好。")
    return _file(bytes(found.content), "application/zip", f"{found.year}年留痕 {trail.name}.zip")


# ── the chain ────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@administrators_only
def audit_chain(request: HttpRequest) -> HttpResponse:
    """留痕链: how long it is, its head, and whether it holds."""
    trail, head = _administration(request), queries.head()
    few = head.sequence <= CHECKED_WHILE_WAITING
    found = queries.verify_trail() if few and "verify" in request.GET else None
    told = {"head": head, "unsealed": queries.unsealed(), "found": found, "few": few}
    return _render(request, trail, "web/audit_chain.html", told)
