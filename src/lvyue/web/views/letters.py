"""函件: what one side formally writes to the other, how it went, and since when it counts as served."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Ruling, Seat, may
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.service import HAPPENINGS, Happening, Way
from lvyue.core.terms import TermId
from lvyue.notices.actions.letters import (
    BODY,
    TITLE,
    LetterText,
    NewDispatch,
    NewReceipt,
    Overtaken,
    draft_letter,
    issue_letter,
    rewrite_letter,
    withdraw_letter,
)
from lvyue.notices.letter_choices import LetterKind, LetterState, Side
from lvyue.notices.letter_sheet import LetterRow, kinds_for, row_of, sheet_of, ways_of
from lvyue.notices.queries.contacts import contact, contact_rows, counting_on, release_of
from lvyue.notices.queries.letters import Letter, letter, seen_by
from lvyue.notices.serving import may_edit, may_see, may_write, side_of
from lvyue.obligations.actions.recording import attach_file
from lvyue.obligations.actions.serving import consequence_of, receive, send_letter
from lvyue.obligations.queries import calendar
from lvyue.obligations.wording import cite
from lvyue.web.acting import number_of
from lvyue.web.doors import door, refusal
from lvyue.web.drafts import initial
from lvyue.web.exports import Sheet, answer, wanted
from lvyue.web.views.amendments import told_of

UNPROCESSABLE, CONFLICT = 422, 409

# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def letters(request: HttpRequest, seat: Seat) -> HttpResponse:
    """函件: those of both sides that were sent, and one's own drafts, newest first."""
    state = request.GET.get("state", "")
    chosen = state if state in LetterState.values else ""
    found = seen_by(seat)
    rows = [row_of(one) for one in (found.filter(state=chosen) if chosen else found)]
    if form := wanted(request):
        return answer(_sheet(rows), form)
    side = side_of(seat)
    writing = may(seat, Right.WRITE)
    told = {
        "rows": rows,
        "states": LetterState.choices,
        "shown": chosen,
        "writing": writing,
        "kinds": kinds_for(side) if writing and not isinstance(side, Ruling) else (),
    }
    return render(request, "web/letters.html", told | told_of(request, seat))


def _sheet(rows: list[LetterRow]) -> Sheet:
    heads = ("号", "标题", "种类", "发出方", "状态", "文号", "落款日", "送达日", "下一步")
    lines = [
        (
            *(one.number, one.title, one.kind_zh, one.side_zh, one.state_zh),
            *(one.paper, one.dated, one.served_on, one.next),
        )
        for one in rows
    ]
    return Sheet("函件", heads, lines)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Files(forms.FileField):
    """证明文件 of one's own, which go into the vault."""

    def __init__(self, label: str, help_text: str) -> None:
        super().__init__(label=label, help_text=help_text, required=False)


class LetterForm(forms.Form):
    """函件的文字."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(label="标题", max_length=TITLE)
    paper = forms.CharField(
        label="文号", max_length=200, required=False, help_text="纸质函件上的文号；没有就不填。"
    )
    subject = forms.CharField(
        label="关于什么",
        max_length=200,
        required=False,
        help_text="与日志里同一件事的“对象”写法相同，例如：机房隐患-01。不填则用函件的号。",
    )
    body = forms.CharField(
        label="正文",
        required=False,
        max_length=BODY,
        widget=forms.Textarea(attrs={"rows": 12, "maxlength": BODY}),
        help_text="签发之前可以改；签发之后一个字也不能改。",
    )
    attachment = Files("附件", "一次一个，按内容存放；可保存后再加。")


@require_http_methods(["GET", "POST"])
@door(Right.WRITE)
def new_letter(request: HttpRequest, seat: Seat) -> HttpResponse:
    """起草函件 of the kind that the address names; ``answers`` and ``contact`` say what it is about."""
    asked = request.GET.get("kind", "")
    if asked not in LetterKind.values:
        raise Http404("没有这种函件。")
    kind = LetterKind(asked)
    ruling = may_write(seat, kind)
    if not ruling:
        return refusal(request, seat, ruling)
    answers, about = number_of(request.GET.get("answers")), number_of(request.GET.get("contact"))
    term = request.GET.get("term", "")[:80] if kind is LetterKind.CONSENT else ""
    form = LetterForm(
        request.POST or None,
        request.FILES or None,
        initial=initial(request) or _begun(seat, kind, answers, about, term),
    )
    doubts: tuple[Doubt, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            text = _text(form, seat, (), answers=answers, contact=about, term=term)
            row = draft_letter(kind, text, by=seat)
        except Refused as refused:
            doubts = refused.doubts
        else:
            messages.success(request, f"已起草{row.name}。对方还看不见；核对之后再签发。")
            return redirect("web:letter", seat.contract_id, row.number)
    return _form_page(request, seat, form, f"起草：{kind.label}", doubts)


def _begun(
    seat: Seat, kind: LetterKind, answers: int | None, about: int | None, term: str
) -> dict[str, Any]:
    if kind is LetterKind.ANSWER and answers is not None:
        found = letter(seat.contract_id, answers)
        if found is not None and may_see(found, seat):
            return {"title": f"关于“{found.title}”的复函"[:TITLE]}
    if kind is LetterKind.CONTACT_CHANGE and about is not None:
        row = contact(seat.contract_id, about)
        if row is not None and row.side in {side.value for side in seat.sides}:
            what = row.get_kind_display()
            body = f"自 {row.since} 起，我方{what}变更为：{row.value}。请以新的{what}为准。"
            return {"title": f"{what}变更通知", "body": body}
    if kind is LetterKind.CONSENT:
        release = release_of(seat.contract_id, clock.today())
        held = release.term_by_id.get(TermId(term)) if release is not None else None
        if held is not None:
            clauses = "、".join(cite(str(one)) for one in held.clauses)
            body = f"我方同意贵方不按合同{clauses}“{held.says}”办理。范围、期限和条件："
            return {"title": f"关于“{held.says}”的书面同意"[:TITLE], "body": body}
    return {"title": "" if kind is LetterKind.GENERAL else kind.label}


def _text(
    form: LetterForm,
    seat: Seat,
    held: tuple[str, ...],
    *,
    answers: int | None = None,
    contact: int | None = None,
    term: str = "",
) -> LetterText:
    given = form.cleaned_data
    more = kept(seat, given["attachment"])
    return LetterText(
        title=given["title"],
        body=given["body"],
        paper=given["paper"],
        subject=given["subject"],
        answers=answers,
        contact=contact,
        files=(*held, *((more,) if more else ())),
        term=term,
    )


def kept(seat: Seat, upload: UploadedFile[Any] | None) -> str:
    """The file in the vault of the contract; empty where there is none."""
    if upload is None:
        return ""
    return attach_file(seat.contract_id, upload.name or "", upload.chunks(), by=seat).sha256


@require_http_methods(["GET", "POST"])
@door(Right.WRITE)
def edit_letter(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """改动: of a draft. Who comes second sees both texts and loses nothing."""
    row = _row(seat, number)
    ruling = may_edit(row, seat)
    if not ruling:
        return refusal(request, seat, ruling)
    held = tuple(one.sha256 for one in row.files.all())
    begun = initial(request) or {
        **{name: getattr(row, name) for name in ("version", "title", "paper", "subject", "body")}
    }
    form = LetterForm(request.POST or None, request.FILES or None, initial=begun)
    doubts: tuple[Doubt, ...] = ()
    if request.method == "POST" and form.is_valid():
        left = tuple(one for one in held if one not in request.POST.getlist("drop"))
        version = form.cleaned_data["version"] or 0
        try:
            rewrite_letter(number, version, _text(form, seat, left), by=seat)
        except Overtaken as overtaken:
            again = request.POST.copy()
            again["version"] = str(overtaken.row.version)
            form = LetterForm(again)
            says = (
                "您打开之后别人改动过；下面是您的文字，没有保存，也没有丢。现在的文字在“函件”页。"
            )
            doubts = (malformed(row.name, says, "核对之后再保存一次，就以您的为准。"),)
            return _form_page(request, seat, form, f"改动{row.name}", doubts, row, CONFLICT)
        except Refused as refused:
            doubts = refused.doubts
        else:
            messages.success(request, "已保存。")
            return redirect("web:letter", seat.contract_id, number)
    return _form_page(request, seat, form, f"改动{row.name}", doubts, row)


def _form_page(
    request: HttpRequest,
    seat: Seat,
    form: LetterForm,
    heading: str,
    doubts: tuple[Doubt, ...],
    row: Letter | None = None,
    status: int = UNPROCESSABLE,
) -> HttpResponse:
    told = {
        "form": form,
        "heading": heading,
        "row": row,
        "held": row.files.all() if row is not None else (),
        "doubts": doubts,
    }
    answered = status if form.is_bound else 200
    return render(request, "web/letter_form.html", told | told_of(request, seat), status=answered)


# ── one letter ───────────────────────────────────────────────────────────────────────────────────────────────────


class DispatchForm(forms.Form):
    """送出."""

    way = forms.ChoiceField(label="方式")
    contact = forms.ChoiceField(
        label="送往", required=False, help_text="对方登记的联系方式；当面和平台内不用选。"
    )
    at = forms.CharField(
        label="时间", max_length=40, help_text="如 2026-03-02，或 2026-03-02T10:30+08:00。"
    )
    tracking = forms.CharField(label="单号", max_length=80, required=False)

    def __init__(self, row: Letter, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        today = clock.today()
        self.fields["way"].choices = [  # type: ignore[attr-defined]  # a field of choices
            (one.way, f"{one.zh}（只供知悉）" if one.only_informs else one.zh)
            for one in ways_of(row.contract_id, today)
        ]
        receiver = Side(row.side).other
        counted = {one.pk for one in counting_on(row.contract_id, receiver, today)}
        self.fields["contact"].choices = [  # type: ignore[attr-defined]  # a field of choices
            ("", "（不经地址）"),
            *(
                (one.id, f"{one.kind_zh} {one.value}{'' if one.id in counted else '（今天不算）'}")
                for one in contact_rows(row.contract_id, today, calendar())
                if one.side == receiver and one.kind in ("address", "email", "fax")
            ),
        ]


class ReceiptForm(forms.Form):
    """回执."""

    order = forms.ChoiceField(label="哪一次送出")
    happening = forms.ChoiceField(label="回执", choices=[(one.value, one.zh) for one in Happening])
    at = forms.CharField(label="时间", max_length=40, help_text="签收、拒收、退回或交寄的日期。")
    signed_by = forms.CharField(
        label="签收人", max_length=80, required=False, help_text="当面签收时填写。"
    )
    proof = Files("凭证", "签收单、退件封面、交寄凭证或回执的照片、扫描件。")
    corrects = forms.ChoiceField(
        label="更正", required=False, help_text="登记错了的选那一条；原来的留着，另记一条。"
    )
    void = forms.BooleanField(label="只撤销原来那一条", required=False)
    note = forms.CharField(
        label="说明", max_length=500, required=False, help_text="更正时必须写理由。"
    )

    def __init__(self, row: Letter, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        sent = list(row.dispatches.all())
        self.fields["order"].choices = [  # type: ignore[attr-defined]  # a field of choices
            (one.order, f"第 {one.order} 次：{one.at} {one.get_way_display()}")
            for one in reversed(sent)
        ]
        fitting = {happening for one in sent for happening in HAPPENINGS[Way(one.way)]}
        self.fields["happening"].choices = [  # type: ignore[attr-defined]  # a field of choices
            (one.value, one.zh) for one in Happening if one in fitting
        ]
        self.fields["corrects"].choices = [  # type: ignore[attr-defined]  # a field of choices
            ("", "（不是更正）"),
            *(
                (slip.pk, f"第 {one.order} 次 {slip.get_happening_display()} {slip.at}")
                for one in sent
                for slip in one.receipts.all()
                if not slip.void
            ),
        ]


@require_safe
@door(Right.SEE)
def letter_page(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """函件: its words, every try, whether and why it is served, and what may be done next."""
    return _page(request, seat, _row(seat, number))


def _page(
    request: HttpRequest,
    seat: Seat,
    row: Letter,
    doubts: tuple[Doubt, ...] = (),
    bound: forms.Form | None = None,
) -> HttpResponse:
    sheet = sheet_of(row, seat)
    today = clock.today()
    dispatching = bound if isinstance(bound, DispatchForm) else None
    receiving = bound if isinstance(bound, ReceiptForm) else None
    allowed = {one.step.name for one in sheet.steps if one.ruling}
    if dispatching is None and "dispatch" in allowed:
        dispatching = DispatchForm(row, initial={"at": today}, auto_id="dispatch_%s")
    if receiving is None and sheet.recording and sheet.dispatches:
        receiving = ReceiptForm(row, initial={"at": today}, auto_id="receipt_%s")
    answering = (
        row.state == LetterState.SERVED
        and row.side not in {side.value for side in seat.sides}
        and bool(may_write(seat, LetterKind.ANSWER))
    )
    told = {
        "sheet": sheet,
        "letter": row,
        "doubts": doubts,
        "dispatching": dispatching,
        "receiving": receiving,
        "consequence": consequence_of(row, row.served_on or today),
        "answering": answering,
        "today": today,
        "typed": request.POST.get("reason", ""),
        "ways": ways_of(row.contract_id, today),
    }
    status = CONFLICT if doubts or (bound is not None and bound.errors) else 200
    return render(request, "web/letter.html", told | told_of(request, seat), status=status)


@require_safe
@door(Right.SEE)
def letter_print(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """函件, as it is printed on A4 and handed over, with the slip to sign for it."""
    row = _row(seat, number)
    told = {"sheet": sheet_of(row, seat), "letter": row} | told_of(request, seat)
    return render(request, "web/letter_print.html", told)


@require_POST
@door(Right.SEE)
def issue(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """签发."""
    row = _row(seat, number)
    day = _day(request.POST.get("dated", ""))
    version = number_of(request.POST.get("version")) or 0
    return _act(
        request,
        seat,
        number,
        lambda: issue_letter(number, version, by=seat, dated=day),
        f"已签发{row.name}。现在可以打印、送出；送出之前对方还看不见。",
    )


@require_POST
@door(Right.SEE)
def withdraw(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """撤回, before it was sent."""
    row = _row(seat, number)
    reason = request.POST.get("reason", "")
    return _act(
        request,
        seat,
        number,
        lambda: withdraw_letter(number, reason, by=seat),
        f"已撤回{row.name}。",
    )


@require_POST
@door(Right.SEE)
def dispatch(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """送出."""
    row = _row(seat, number)
    form = DispatchForm(row, request.POST, auto_id="dispatch_%s")
    if not form.is_valid():
        return _page(request, seat, row, bound=form)
    given = form.cleaned_data
    target = number_of(given["contact"])
    new = NewDispatch(Way(given["way"]), given["at"], target, given["tracking"])
    return _act(
        request,
        seat,
        number,
        lambda: send_letter(number, new, by=seat),
        "已登记送出；对方现在看得见。收到签收单或退件后，请登记回执。",
        form,
    )


@require_POST
@door(Right.SEE)
def receipt(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """登记回执: with it the letter may be served, and the clock of the contract start."""
    row = _row(seat, number)
    form = ReceiptForm(row, request.POST, request.FILES, auto_id="receipt_%s")
    if not form.is_valid():
        return _page(request, seat, row, bound=form)

    def act() -> Any:
        given = form.cleaned_data
        proof = request.POST.get("evidence", "") or kept(seat, given["proof"])
        new = NewReceipt(
            order=int(given["order"]),
            happening=Happening(given["happening"]),
            at=given["at"],
            evidence=proof,
            signed_by=given["signed_by"],
            note=given["note"],
            corrects=number_of(given["corrects"]),
            void=given["void"],
        )
        return receive(number, new, by=seat)

    return _act(request, seat, number, act, "已登记回执。", form)


def _act(
    request: HttpRequest,
    seat: Seat,
    number: int,
    act: Callable[[], Any],
    says: str,
    form: forms.Form | None = None,
) -> HttpResponse:
    """One act on one letter: back to its page with a sentence, or the page with everything that stands in the way."""
    try:
        act()
    except Overtaken as overtaken:
        where = overtaken.row.name
        doubt = malformed(where, "您打开之后别人改动过。", "请看过现在的文字再办。")
        return _page(request, seat, _row(seat, number), (doubt,), form)
    except Refused as refused:
        return _page(request, seat, _row(seat, number), refused.doubts, form)
    messages.success(request, says)
    return redirect("web:letter", seat.contract_id, number)


# ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _row(seat: Seat, number: int) -> Letter:
    """The letter, if there is one that this person may see."""
    row = letter(seat.contract_id, number)
    if row is None or not may_see(row, seat):
        raise Http404(f"没有函件第{number}号。")
    return row


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


__all__ = [
    "dispatch",
    "edit_letter",
    "issue",
    "kept",
    "letter_page",
    "letter_print",
    "letters",
    "new_letter",
    "receipt",
    "withdraw",
]
