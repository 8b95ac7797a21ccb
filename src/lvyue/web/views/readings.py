"""读入合同: from the papers that somebody drops here to the contract that runs: bringing, watching, inviting, settling."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import AuditFilter, audit_page, audit_trail, seats_of
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Refused
from lvyue.evidence.vault import path_of
from lvyue.intake.limits import LIMITS
from lvyue.obligations.wording import KIND_ZH, cite
from lvyue.readings import queries
from lvyue.readings.actions import bringing, settling
from lvyue.readings.actions.bringing import Brought
from lvyue.readings.actions.desk import may_decide, may_speak
from lvyue.readings.choices import MEMBERS, SETTLED, DraftState, Side
from lvyue.readings.outcome import Outcome, outcome_of, suggested_id
from lvyue.readings.queries import Draft, DraftPaper
from lvyue.readings.review import Mark
from lvyue.readings.shown import shown, stars_for
from lvyue.web.acting import number_in
from lvyue.web.doors import account_of
from lvyue.web.drafts import initial
from lvyue.web.exports import Sheet, answer, wanted

P = ParamSpec("P")

#: Longer than any contract that somebody pastes, and no more than a form may carry beside its files.
PASTE_LIMIT = 500_000


def member(
    view: Callable[Concatenate[HttpRequest, Draft, Seat, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, int, P], HttpResponseBase]:
    """The door of a draft: for who is not on it, it is not there."""

    @wraps(view)
    def guarded(
        request: HttpRequest, draft_id: int, *args: P.args, **more: P.kwargs
    ) -> HttpResponseBase:
        found = queries.draft_of(account_of(request), draft_id)
        if found is None:
            raise Http404(f"没有第 {draft_id} 号合同草稿。")
        return view(request, *found, *args, **more)

    return cast("Callable[Concatenate[HttpRequest, int, P], HttpResponseBase]", guarded)


def tell(request: HttpRequest, refused: Refused) -> None:
    """What stood in the way, each in a sentence with its remedy."""
    for doubt in refused.doubts:
        messages.error(request, str(doubt))


def told_of(draft: Draft, seat: Seat, papers: list[DraftPaper]) -> dict[str, Any]:
    """What every page of a draft tells its template."""
    return {
        "draft": draft,
        "seat": seat,
        "papers": papers,
        "demonstration": draft.demonstration,
        "final": draft.state in (DraftState.IN_FORCE, DraftState.WITHDRAWN),
        "deciding": may_decide(seat) and draft.state not in ("in_force", "withdrawn"),
        "speaking": may_speak(seat) and draft.state not in ("in_force", "withdrawn"),
        "open_reader": may_speak(seat),
    }


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def readings(request: HttpRequest) -> HttpResponse:
    """读入合同: the drafts that a person is on, newest first."""
    found = queries.drafts_of(account_of(request))
    if (before := number_in(request, "before")) is not None:
        found = found.filter(pk__lt=before)
    if form := wanted(request):
        return answer(_sheet(found[: queries.DRAFTS_IN_A_FILE]), form)
    rows = list(found[: queries.DRAFTS_AT_ONCE + 1])
    more = len(rows) > queries.DRAFTS_AT_ONCE
    rows = rows[: queries.DRAFTS_AT_ONCE]
    told = {"drafts": rows, "before": rows[-1].pk if more else None}
    return render(request, "web/readings/list.html", told)


def _sheet(found: Iterable[Draft]) -> Sheet:
    heads = ("号", "名称", "状态", "提起方", "提起人", "提起时间", "合同编号", "演示")
    return Sheet(
        "读入的合同",
        heads,
        [
            (
                one.pk,
                one.title,
                one.get_state_display(),
                one.get_side_display(),
                one.author,
                one.created_at,
                one.contract_id or one.supplements,
                "演示" if one.demonstration else "",
            )
            for one in found
        ],
    )


# ── bringing ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class NewForm(forms.Form):
    """读入合同: for whom, and the name; the files stand beside it."""

    side = forms.ChoiceField(
        label="我代表",
        choices=Side.choices,
        widget=forms.RadioSelect,
        help_text="由您这一方核对后提出，另一方确认，合同才生效。",
    )
    title = forms.CharField(
        label="名称", max_length=200, required=False, help_text="不填就用第一个文件的名字。"
    )
    text = forms.CharField(
        label="或者粘贴全文",
        required=False,
        max_length=PASTE_LIMIT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@require_http_methods(["GET", "POST"])
def new_reading(request: HttpRequest) -> HttpResponse:
    """开始读入: files or text, and for which side."""
    begun = initial(request) or {"side": _own_side(request), **request.GET.dict()}
    form = NewForm(request.POST or None, initial=begun)
    supplements = (request.POST.get("supplements") or request.GET.get("supplements") or "")[:80]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            draft = bringing.open_draft(
                account_of(request),
                Side(given["side"]),
                _brought(request, given["text"]),
                title=given["title"],
                supplements=supplements,
            )
        except Refused as refused:
            for doubt in refused.doubts:
                form.add_error(None, str(doubt))
        else:
            return redirect("web:reading", draft.pk)
    status = 422 if form.is_bound else 200
    told = {"form": form, "supplements": supplements, "megabytes": LIMITS.file_bytes >> 20}
    return render(request, "web/readings/new.html", told, status=status)


def _own_side(request: HttpRequest) -> str:
    """The side that somebody is on elsewhere, where it is always the same."""
    sides = {side for seat in seats_of(account_of(request)).values() for side in seat.sides}
    return next(iter(sides)).value if len(sides) == 1 else Side.BUYER.value


def _brought(request: HttpRequest, text: str = "") -> list[Brought]:
    files = cast("list[UploadedFile[bytes]]", request.FILES.getlist("files"))
    found = [Brought(one.name or "", one.chunks()) for one in files]
    if text.strip():
        found.append(Brought("粘贴的文本.txt", [text.encode()]))
    return found


@require_POST
@member
def add_papers(request: HttpRequest, draft: Draft, seat: Seat) -> HttpResponse:  # noqa: ARG001
    """补充文件."""
    try:
        bringing.add_papers(draft.pk, _brought(request), by=account_of(request))
    except Refused as refused:
        tell(request, refused)
    return redirect("web:reading", draft.pk)


@require_POST
@member
def cancel(request: HttpRequest, draft: Draft, seat: Seat, order: int) -> HttpResponse:  # noqa: ARG001
    """取消读入."""
    try:
        bringing.cancel(draft.pk, order, by=account_of(request))
    except Refused as refused:
        tell(request, refused)
    return redirect("web:reading", draft.pk)


@require_POST
@member
def again(request: HttpRequest, draft: Draft, seat: Seat, order: int) -> HttpResponse:  # noqa: ARG001
    """再读一遍."""
    try:
        bringing.again(draft.pk, order, by=account_of(request))
    except Refused as refused:
        tell(request, refused)
    return redirect("web:reading", draft.pk)


@require_safe
@member
def paper_file(request: HttpRequest, draft: Draft, seat: Seat, order: int) -> HttpResponseBase:  # noqa: ARG001
    """原件: the bytes as they came, for saving; never shown as a page of ours."""
    paper = queries.paper_of(draft, order)
    if paper is None or not may_speak(seat):
        raise Http404("没有这个文件，或者您不能取原件。")
    path = path_of(paper.sha256)
    if not path.is_file():
        raise Http404("文件库里没有这个原件。")
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=paper.name,
        content_type="application/octet-stream",
    )


# ── watching ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@member
def progress(request: HttpRequest, draft: Draft, seat: Seat) -> HttpResponse:
    """读入进度: the part of the page that asks again by itself, until everything has been read or told why not."""
    papers = queries.papers_of(draft)
    if queries.all_settled(papers):
        if request.htmx:  # type: ignore[attr-defined]  # its middleware puts it there
            return HttpResponseClientRefresh()
        return redirect("web:reading", draft.pk)
    return render(request, "web/readings/progress.html", told_of(draft, seat, papers))


def reading_page(
    request: HttpRequest, draft: Draft, seat: Seat, papers: list[DraftPaper]
) -> HttpResponse:
    """The page of a draft whose papers are still being read, or of which none could be."""
    told = told_of(draft, seat, papers)
    told["waiting"] = [one for one in papers if one.state not in SETTLED]
    return render(request, "web/readings/reading.html", told)


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────


class InviteForm(forms.Form):
    """邀请: a sign-in name and a role."""

    username = forms.CharField(
        label="登录名",
        max_length=80,
        help_text="请对方告诉您登录名；没有账号的，请系统管理员建立。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label="角色", choices=[(role.value, role.label) for role in MEMBERS])


@require_http_methods(["GET", "POST"])
@member
def reading_people(request: HttpRequest, draft: Draft, seat: Seat) -> HttpResponse:
    """成员: who sees the draft, and who is appointed once it is in force."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            role = ContractRole(given["role"])
            bringing.invite(draft.pk, given["username"], role, by=account_of(request))
        except Refused as refused:
            for doubt in refused.doubts:
                field = "username" if doubt.places[0] == "登录名" else None
                form.add_error(field, f"{doubt.says}{doubt.mend}")
        else:
            messages.success(request, f"已邀请 {given['username']}（{role.label}）。")
            return redirect("web:reading-people", draft.pk)
    told = told_of(draft, seat, queries.papers_of(draft))
    told |= {"form": form, "members": queries.members_of(draft), "page": "people"}
    return render(request, "web/readings/people.html", told, status=422 if form.is_bound else 200)


@require_POST
@member
def let_go(request: HttpRequest, draft: Draft, seat: Seat) -> HttpResponse:  # noqa: ARG001
    """移出."""
    username, reason = request.POST.get("username", "")[:80], request.POST.get("reason", "")
    try:
        bringing.let_go(draft.pk, username, reason, by=account_of(request))
    except Refused as refused:
        tell(request, refused)
    else:
        messages.success(request, f"已移出 {username}。")
    if queries.seat_on(account_of(request), draft) is None:
        return redirect("web:readings")
    return redirect("web:reading-people", draft.pk)


# ── settling ─────────────────────────────────────────────────────────────────────────────────────────────────────


class NameForm(forms.Form):
    """定名."""

    title = forms.CharField(label="草稿名称", max_length=200)
    wanted_id = forms.CharField(
        label="合同编号（系统内）",
        max_length=80,
        required=False,
        help_text="小写字母、数字和连字符，例如 office-network-2027；生效后不能改，网址里会用它。",
    )


@require_safe
@member
def settle(request: HttpRequest, draft: Draft, seat: Seat) -> HttpResponse:
    """提出与确认: exactly what will run, what is left out, and which doubts stay open."""
    papers = queries.papers_of(draft)
    review = queries.review_for(draft, papers) if queries.all_settled(papers) else None
    if review is None:
        return redirect("web:reading", draft.pk)
    told = told_of(draft, seat, papers)
    suggestion = suggested_id(review.running, draft.pk)
    outcome = outcome_of(review, draft.contract_id or draft.wanted_id or suggestion)
    side = queries.side_of(seat)
    stars = stars_for(review, seat)
    told |= {
        "page": "settle",
        "review": review,
        "outcome": outcome,
        "groups": _groups(outcome),
        "clause_count": _clause_count(outcome),
        "open_doubts": [
            (one, "、".join(cite(str(clause)) for clause in one.clauses))
            for one in outcome.open_doubts
        ],
        "left_out": [shown(row, stars) for row in review.guesses],
        "rejected": [shown(row, stars) for row in review.rows if row.mark is Mark.REJECTED],
        "undecided": review.to_decide - review.decided,
        "members": queries.members_of(draft),
        "own_proposal": draft.state == DraftState.PROPOSED and side == draft.proposed_side,
        "form": NameForm(
            initial={"title": draft.title, "wanted_id": draft.wanted_id or suggestion}
        ),
        "taken": not draft.contract_id and _taken(draft.wanted_id or suggestion),
        "contract_title": _title_of(draft.contract_id or draft.supplements),
        "trail": [
            (entry, stars(entry.reason))
            for entry in audit_page(audit_trail(draft.trail), AuditFilter(), at_once=30).rows
        ],
    }
    return render(request, "web/readings/settle.html", told)


@dataclass(frozen=True, slots=True)
class Running:
    """将履行的约定: clause, kind and words."""

    clause: str
    kind: str
    says: str


def _groups(outcome: Outcome) -> list[tuple[str, list[Running]]]:
    """The terms that will run, by who owes them."""
    found: dict[str, list[Running]] = {}
    for term in outcome.terms:
        one = Running(cite(str(term.clauses[0])), KIND_ZH[term.kind], term.says)
        found.setdefault(term.debtor.zh, []).append(one)
    return list(found.items())


def _clause_count(outcome: Outcome) -> int:
    return sum(1 for _ in outcome.release.clauses) if outcome.release is not None else 0


def _taken(contract_id: str) -> bool:
    return contracts().filter(pk=contract_id).exists()


def _title_of(contract_id: str) -> str:
    found = contracts().filter(pk=contract_id).first() if contract_id else None
    return found.title if found is not None else ""


@require_POST
@member
def rename(request: HttpRequest, draft: Draft, seat: Seat) -> HttpResponse:  # noqa: ARG001
    """定名."""
    form = NameForm(request.POST)
    try:
        if form.is_valid():
            given = form.cleaned_data
            bringing.rename(draft.pk, given["title"], given["wanted_id"], by=account_of(request))
            messages.success(request, "已改名。")
        else:
            messages.error(request, "名称和编号没有填对：名称必填，都不能太长。")
    except Refused as refused:
        tell(request, refused)
    return redirect("web:reading-settle", draft.pk)


@require_POST
@member
def settle_act(request: HttpRequest, draft: Draft, seat: Seat, name: str) -> HttpResponse:  # noqa: ARG001
    """提出, 确认, 退回, 撤回, 转成补充协议."""
    by, reason = account_of(request), request.POST.get("reason", "")
    number = number_in(request, "version") or 0
    acts: dict[str, Callable[[], Draft]] = {
        "propose": lambda: settling.propose(draft.pk, number, by=by),
        "confirm": lambda: settling.confirm(draft.pk, number, by=by),
        "return": lambda: settling.send_back(draft.pk, reason, by=by),
        "withdraw": lambda: settling.withdraw(draft.pk, reason, by=by),
        "amendment": lambda: settling.into_amendment(draft.pk, by=by),
    }
    if name not in acts:
        raise Http404("没有这个动作。")
    try:
        done = acts[name]()
    except Refused as refused:
        tell(request, refused)
        return redirect("web:reading-settle", draft.pk)
    return _after(request, name, done)


def _after(request: HttpRequest, name: str, draft: Draft) -> HttpResponse:
    match name:
        case "confirm":
            messages.success(request, "双方已确认，合同生效。")
            return redirect("web:contract", draft.contract_id)
        case "amendment":
            messages.success(request, "已转成补充协议草稿，请补写变更内容后提出。")
            return redirect("web:amendment", draft.supplements, draft.amendment)
        case "propose":
            other = Side(draft.proposed_side).other.label
            address = request.build_absolute_uri(reverse("web:reading-settle", args=[draft.pk]))
            messages.success(request, f"已提出，等{other}确认。可以把网址发给对方：{address}")
        case "return":
            messages.success(request, "已退回，理由已告诉对方。")
        case _:
            messages.success(request, "已撤回。")
    return redirect("web:reading-settle", draft.pk)
