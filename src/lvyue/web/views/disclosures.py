"""对外提供: the disclosure desk of a contract, and the page on which a third party takes what it was given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts.origin import address_of
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.veil import masked
from lvyue.confidentiality import actions, queries
from lvyue.confidentiality.actions import Application, Consent
from lvyue.confidentiality.basis import bases_of
from lvyue.confidentiality.choices import DisclosureState
from lvyue.confidentiality.queries import Disclosure
from lvyue.core.doubts import Doubt, Refused
from lvyue.evidence import queries as evidence
from lvyue.obligations.actions.recording import attach_file
from lvyue.obligations.logbook import ever_of
from lvyue.reading.personal import PersonalKind
from lvyue.web import exports
from lvyue.web.acting import number_of
from lvyue.web.controls import controls_of
from lvyue.web.doors import door
from lvyue.web.drafts import initial
from lvyue.web.views.people import title_of

#: So many of the newest files of a contract are offered to be ticked.
FILES_SHOWN = 200


def _told(request: HttpRequest, seat: Seat, **more: Any) -> dict[str, Any]:
    return {
        "controls": controls_of(request.GET, clock.today()),
        "contract_id": seat.contract_id,
        "seat": seat,
        **title_of(seat.contract_id),
        **more,
    }


# ── the register ─────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def disclosures(request: HttpRequest, seat: Seat) -> HttpResponse:
    """对外提供登记: every request, what the buyer said, and what was taken."""
    found = queries.disclosures(seat.contract_id)
    state = request.GET.get("state", "")
    if state in DisclosureState.values:
        found = found.filter(state=state)
    if form := exports.wanted(request):
        return exports.answer(_sheet(seat.contract_id, list(found[: queries.IN_A_FILE])), form)
    told = _told(
        request,
        seat,
        rows=found[: queries.AT_ONCE],
        shown=state,
        states=[one for one in DisclosureState.choices if one[0] != "drafted"],
        applying=may(seat, Right.DISCLOSE),
        bases=bases_of(ever_of(seat.contract_id)),
    )
    return render(request, "web/disclosures.html", told)


def _sheet(contract_id: str, rows: list[Disclosure]) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 对外提供",
        columns=(
            *("号", "状态", "接收方", "用途", "文件", "期限", "申请人", "申请时间", "依据"),
            *("同意人", "同意文书", "文书日期", "同意时间", "取走次数", "最近取走", "理由"),
        ),
        rows=[
            (
                row.number,
                row.get_state_display(),
                row.recipient,
                row.purpose,
                "\n".join(f"{one.name} {one.sha256}" for one in queries.files_of(row)),
                row.until,
                row.applied_name,
                row.applied_at,
                row.basis,
                row.consent_name,
                row.paper,
                row.paper_day,
                row.consent_at,
                vars(row)["taken"],
                vars(row)["last_taken"],
                row.closed_reason,
            )
            for row in rows
        ],
        note=f"合同 {contract_id} 的对外提供登记，{clock.now():%Y-%m-%d %H:%M}",
    )


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────


class ApplyForm(forms.Form):
    """申请对外提供."""

    recipient = forms.CharField(
        label="接收方",
        max_length=200,
        help_text="一个确定的单位或人，写全名。要给几家，分几次申请。",
    )
    contact = forms.CharField(
        label="接收方联系方式",
        max_length=200,
        required=False,
        help_text="联系人、电话或邮箱；别人看到的是星号，写明理由才能看。",
    )
    purpose = forms.CharField(
        label="用途",
        max_length=actions.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="为了什么、用在哪里。“全部资料”“等资料”这样敞着口的话不收。",
    )
    until = forms.DateField(
        label="期限",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=f"到哪一天为止可以取，最多 {actions.MOST_DAYS} 天。",
    )
    files = forms.MultipleChoiceField(  # type: ignore[assignment]  # a field of the form, not the files sent with it
        label="提供的文件",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="逐个勾选；按内容的散列提供，以后换了同名的文件也不会跟着出去。",
    )
    upload = forms.FileField(
        label="另附一个文件",
        required=False,
        help_text="要提供导出的表，先导出，再从这里附上；会存为这份合同的证明文件。",
    )

    def __init__(self, contract_id: str, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        newest = evidence.newest_files(contract_id, FILES_SHOWN)
        self.fields["files"].choices = [  # type: ignore[attr-defined]
            (one.sha256, f"{one.name}（{one.size:,} 字节，{one.sha256[:12]}）") for one in newest
        ]


_FIELDS = {
    "接收方": "recipient",
    "接收方联系方式": "contact",
    "用途": "purpose",
    "期限": "until",
    "提供的文件": "files",
}


@require_http_methods(["GET", "POST"])
@door(Right.DISCLOSE)
def new_disclosure(request: HttpRequest, seat: Seat) -> HttpResponse:
    """申请对外提供: the form, with every refusal beside its field and nothing lost."""
    if request.method == "POST":
        form = ApplyForm(seat.contract_id, request.POST, request.FILES)
        row = _applied(form, seat)
        if row is not None:
            messages.success(request, f"已申请，{row.name}等甲方书面同意。")
            return redirect("web:disclosure", seat.contract_id, row.number)
    else:
        begun: dict[str, Any] = dict(initial(request))
        if asked := request.GET.getlist("file"):
            begun["files"] = asked
        form = ApplyForm(seat.contract_id, initial=begun)
    told = _told(request, seat, form=form, bases=bases_of(ever_of(seat.contract_id)))
    return render(request, "web/disclosure_form.html", told, status=422 if form.is_bound else 200)


def _applied(form: ApplyForm, seat: Seat) -> Disclosure | None:
    if not form.is_valid():
        return None
    given = form.cleaned_data
    files = list(given["files"])
    try:
        upload = given["upload"]
        if isinstance(upload, UploadedFile):
            kept = attach_file(seat.contract_id, upload.name or "", upload.chunks(), by=seat)
            files.append(kept.sha256)
        application = Application(
            given["recipient"], given["purpose"], tuple(files), given["until"], given["contact"]
        )
        return actions.apply(application, by=seat)
    except Refused as refused:
        tell(form, refused.doubts)
        return None


def tell(form: forms.Form, doubts: tuple[Doubt, ...]) -> None:
    """Each doubt beside its field, or above the form."""
    for doubt in doubts:
        place = doubt.places[0] if doubt.places else ""
        field = _FIELDS.get(place)
        says = f"{doubt.says}{doubt.mend}"
        form.add_error(field, says if field else f"{place}：{says}")


# ── one request ──────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def disclosure(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """对外提供: what is to leave, what the buyer said, what was taken, and what may be done now."""
    return _page(request, seat, _row(seat, number))


def _row(seat: Seat, number: int) -> Disclosure:
    row = queries.disclosure(seat.contract_id, number)
    if row is None:
        raise Http404(f"没有第 {number} 号对外提供。")
    return row


def _page(
    request: HttpRequest,
    seat: Seat,
    row: Disclosure,
    *,
    refused: tuple[Doubt, ...] = (),
    **more: Any,
) -> HttpResponse:
    told = _told(
        request,
        seat,
        row=row,
        files=queries.files_of(row),
        links=queries.links_of(row),
        handovers=queries.handovers_of(row),
        steps=queries.open_steps(row, seat),
        linking=queries.may_link(row, seat),
        contact=masked(PersonalKind.IDENTITY, row.contact),
        revealing=may(seat, Right.REVEAL),
        most_times=actions.MOST_TIMES,
        today=clock.today(),
        refused=refused,
        typed=request.POST if refused else {},
    )
    told.update(more)
    return render(request, "web/disclosure.html", told, status=409 if refused else 200)


@never_cache
@require_POST
@door(Right.SEE)
def disclosure_act(request: HttpRequest, seat: Seat, number: int, name: str) -> HttpResponse:
    """同意、不同意、撤回、收回、建立链接、看联系方式: each as the action says."""
    row = _row(seat, number)
    act = _ACTS.get(name)
    if act is None:
        raise Http404(f"没有“{name}”这种办理。")
    try:
        return act(request, seat, row)
    except Refused as refused:
        return _page(request, seat, _row(seat, number), refused=refused.doubts)


def _done(request: HttpRequest, row: Disclosure, says: str) -> HttpResponse:
    messages.success(request, says)
    return redirect("web:disclosure", row.contract_id, row.number)


def _consent(request: HttpRequest, seat: Seat, row: Disclosure) -> HttpResponse:
    day = forms.DateField(required=False).clean(request.POST.get("day", "")) or clock.today()
    paper_file = request.FILES.get("file")
    sha256 = ""
    if paper_file is not None and queries.may_take(row, "consent", seat):
        name, chunks = paper_file.name or "", paper_file.chunks()
        sha256 = attach_file(seat.contract_id, name, chunks, by=seat).sha256
    given = Consent(request.POST.get("paper", ""), day, sha256)
    row = actions.consent(row.number, given, by=seat)
    return _done(request, row, f"已同意{row.name}。申请人现在可以为接收方建立下载链接。")


def _close(
    act: Callable[..., Disclosure], says: str
) -> Callable[[HttpRequest, Seat, Disclosure], HttpResponse]:
    def closed(request: HttpRequest, seat: Seat, row: Disclosure) -> HttpResponse:
        row = act(row.number, request.POST.get("reason", ""), by=seat)
        return _done(request, row, f"{row.name}{says}")

    return closed


def _link(request: HttpRequest, seat: Seat, row: Disclosure) -> HttpResponse:
    most = number_of(request.POST.get("most", "1"), 3) or 0
    made = actions.make_link(row.number, most=most, by=seat)
    address = request.build_absolute_uri(reverse("web:given", args=[made.secret]))
    return _page(request, seat, _row(seat, row.number), address=address, made=made.link)


def _reveal(request: HttpRequest, seat: Seat, row: Disclosure) -> HttpResponse:
    contact = actions.reveal_contact(row.number, request.POST.get("reason", ""), by=seat)
    return _page(request, seat, row, contact=contact, revealed=True)


_ACTS: dict[str, Callable[[HttpRequest, Seat, Disclosure], HttpResponse]] = {
    "consent": _consent,
    "refuse": _close(actions.refuse, "：已写明不同意。"),
    "withdraw": _close(actions.withdraw, "：已撤回申请。"),
    "revoke": _close(actions.revoke, "：已收回同意，所有链接立即失效。"),
    "link": _link,
    "reveal": _reveal,
}


# ── the third party ──────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def given(request: HttpRequest, secret: str) -> HttpResponse:
    """取文件: who has a link sees what is given and takes it. Looking does not count; mail programs look as well."""
    if request.method == "POST":
        return _package(request, secret)
    offered = queries.offered(secret)
    answer = render(request, "web/given.html", {"offered": offered}, status=200 if offered else 404)
    return _quiet(answer)


def _package(request: HttpRequest, secret: str) -> HttpResponse:
    try:
        package = actions.take(
            secret, address=address_of(request), agent=request.headers.get("User-Agent", "")
        )
    except Refused as refused:
        told = {"offered": None, "lost": refused.doubts[0].says}
        return _quiet(render(request, "web/given.html", told, status=409))
    if package is None:
        return _quiet(render(request, "web/given.html", {"offered": None}, status=404))
    answer: Any = FileResponse(
        package.stream, as_attachment=True, filename=package.name, content_type="application/zip"
    )
    answer["Content-Length"] = str(package.size)
    answer["X-Content-Type-Options"] = "nosniff"
    return _quiet(answer)


def _quiet(answer: HttpResponse) -> HttpResponse:
    """The address is a secret: it goes to no other site and into no index."""
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
