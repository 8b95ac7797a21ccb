"""补充协议: from the draft to the second signature. What may be done next is read from the lifecycle and the seat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from unicodedata import normalize

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.contracts.actions import (
    PAPER_LIMIT,
    REASON_LIMIT,
    TITLE_LIMIT,
    AmendmentText,
    Overtaken,
)
from lvyue.contracts.choices import AmendmentKind, AmendmentState
from lvyue.contracts.queries import Amendment, amendment, contracts
from lvyue.contracts.signing import may_edit, may_see
from lvyue.core.doubts import Doubt, Refused
from lvyue.core.facts import KINDS, WORDS, FactKind, Field
from lvyue.core.terms import Party
from lvyue.library.changes import Difference as Change
from lvyue.obligations.actions import amending
from lvyue.obligations.ground import ground_of
from lvyue.obligations.proposal import (
    READING_LIMIT,
    TOGETHER,
    Ground,
    Paper,
    changes_of,
    proposal_of,
    unit_zh,
)
from lvyue.obligations.queries import UnknownContract
from lvyue.obligations.supplement import AmendmentRow, amendment_rows, amendment_sheet
from lvyue.obligations.wording import cite
from lvyue.web.acting import number_in, number_of
from lvyue.web.controls import Controls, controls_of
from lvyue.web.doors import door, refusal
from lvyue.web.drafts import initial
from lvyue.web.exports import Cell, Sheet, answer, wanted
from lvyue.web.views.contracts import page_of

# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def amendments(request: HttpRequest, seat: Seat) -> HttpResponse:
    """补充协议: all of a contract, newest first, with whose turn it is."""
    state = request.GET.get("state", "")
    chosen = state if state in AmendmentState.values else ""
    rows = amendment_rows(seat.contract_id, seat, chosen)
    if form := wanted(request):
        return answer(_sheet(rows), form)
    told = {
        "rows": rows,
        "states": AmendmentState.choices,
        "shown": chosen,
        "kinds": _kinds(),
        "proposing": may(seat, Right.PROPOSE),
        "mine": sum(row.mine for row in rows),
    }
    return render(request, "web/amendments.html", told | told_of(request, seat))


#: What each kind is for, for whoever begins one.
_WHAT_FOR = {
    AmendmentKind.TERMS: "改约定、价款、期限，增删条款；双方签署后成为合同的新版本",
    AmendmentKind.PARAMETER: "给合同没有写的时限、分数商定数值",
    AmendmentKind.DOUBT: "凭双方签署的文书，了结一项疑义",
    AmendmentKind.TOGETHER: "只有双方一起才能说的事：服务结束、移交完成、商定的考核比例、付款迟延的免责",
}


def _kinds() -> tuple[tuple[str, str, str], ...]:
    return tuple((kind.value, kind.label, says) for kind, says in _WHAT_FOR.items())


def _sheet(rows: tuple[AmendmentRow, ...]) -> Sheet:
    heads = ("号", "名称", "种类", "状态", "提出方", "文书编号", "生效日", "已签", "该谁办", "结果")
    return Sheet("补充协议", heads, [_line(row) for row in rows])


def _line(row: AmendmentRow) -> tuple[Cell, ...]:
    came = f"第 {row.release} 版" if row.release else row.fact
    return (
        row.number,
        row.title,
        row.kind,
        row.state_zh,
        row.side,
        row.paper,
        row.effective,
        "、".join(row.signed),
        row.waits,
        came,
    )


def told_of(request: HttpRequest, seat: Seat) -> dict[str, Any]:
    """What every page of amendments tells its template."""
    contract = contracts().filter(pk=seat.contract_id).first()
    return {
        "controls": controls_of(request.GET, clock.today()),
        "contract_id": seat.contract_id,
        "seat": seat,
        "title": contract.title if contract is not None else seat.contract_id,
        "demonstration": contract is not None and contract.demonstration,
    }


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Day(forms.DateField):
    """A day as the browser's calendar or a hand writes it, full-width digits too."""

    def __init__(self, label: str, help_text: str) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        says = {"invalid": "不是日期；请写成 2026-03-01 的样子。"}
        super().__init__(label=label, help_text=help_text, widget=widget, error_messages=says)

    def to_python(self, value: Any) -> date | None:
        return super().to_python(normalize("NFKC", value) if isinstance(value, str) else value)


class AmendmentForm(forms.Form):
    """补充协议的抬头: what every amendment says of itself; a kind adds what it changes."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(label="名称", max_length=TITLE_LIMIT)
    effective = Day("生效日", "从这一天起有效；此前发生的事仍按原来的约定。不能早于合同本身。")
    paper = forms.CharField(
        label="文书编号",
        max_length=PAPER_LIMIT,
        required=False,
        help_text="双方签署的那份文书的编号。涉及保密协议的，须是书面并由双方盖公章的文书。",
    )
    reason = forms.CharField(
        label="理由",
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": REASON_LIMIT}),
        help_text=f"为什么要改，最多 {REASON_LIMIT} 个字；对方和审计都看得到。",
    )

    #: In what order a person fills it in.
    field_order = ("what", "value", "reading", "subject", "title", "effective", "paper", "reason")

    def __init__(self, ground: Ground, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.ground = ground
        self.prepare()

    def prepare(self) -> None:
        """Fill in the choices that this contract offers."""

    def payload(self, row: Amendment | None) -> Mapping[str, Any]:
        """What the amendment changes; of terms it is written change by change on a page of its own."""
        return row.payload if row is not None else {"alterations": []}

    def text(self, row: Amendment | None) -> AmendmentText:
        given = self.cleaned_data
        return AmendmentText(
            title=given["title"],
            reason=given["reason"],
            paper=given["paper"],
            effective=given["effective"],
            payload=self.payload(row),
        )

    @staticmethod
    def told(payload: Mapping[str, Any]) -> dict[str, Any]:
        """A payload as the form is filled with it."""
        del payload
        return {}


class ParameterForm(AmendmentForm):
    """商定参数."""

    what = forms.ChoiceField(label="参数")
    value = forms.CharField(
        label="数值",
        max_length=60,
        help_text="写整数即可，按参数的单位计；单位写在参数后面的括号里。",
    )

    def prepare(self) -> None:
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            ("", "请选择"),
            *(
                (one.id, f"{one.says}（{unit_zh(one.unit)}）")
                for one in self.ground.release.parameters
            ),
        ]

    def payload(self, row: Amendment | None) -> Mapping[str, Any]:  # noqa: ARG002  as its base
        given = self.cleaned_data
        return {"parameter": given["what"], "value": given["value"]}

    @staticmethod
    def told(payload: Mapping[str, Any]) -> dict[str, Any]:
        return {"what": payload.get("parameter", ""), "value": payload.get("value", "")}


class DoubtForm(AmendmentForm):
    """解决疑义."""

    what = forms.ChoiceField(label="疑义")
    reading = forms.CharField(
        label="采用的读法",
        required=False,
        max_length=READING_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": READING_LIMIT}),
        help_text="双方同意怎样理解。没有数字可算的，写明即可；要改数字的请用“变更条款”。",
    )

    def prepare(self) -> None:
        open_ = [one for one in self.ground.release.doubts if one.id not in self.ground.settled]
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            ("", "请选择"),
            *((one.id, f"{cite(str(one.clauses[0]))} {one.says}") for one in open_),
        ]
        self.fields["paper"].required = True

    def payload(self, row: Amendment | None) -> Mapping[str, Any]:  # noqa: ARG002  as its base
        given = self.cleaned_data
        return {"doubt": given["what"], "reading": given["reading"]}

    @staticmethod
    def told(payload: Mapping[str, Any]) -> dict[str, Any]:
        return {"what": payload.get("doubt", ""), "reading": payload.get("reading", "")}


class TogetherForm(AmendmentForm):
    """共同确认."""

    what = forms.ChoiceField(label="共同确认的事")
    subject = forms.CharField(
        label="关于什么", required=False, max_length=200, help_text="例如：2026 年度；没有就不填。"
    )

    def prepare(self) -> None:
        named = [(name, KINDS[name].zh) for name in TOGETHER]
        self.fields["what"].choices = [("", "请选择"), *named]  # type: ignore[attr-defined]
        self.fields["effective"].help_text = "这件事发生的那一天。"
        for kind in TOGETHER:
            for spec in KINDS[kind].fields:
                if spec.name != "paper":
                    self.fields[_said(kind, spec.name)] = _field_of(KINDS[kind], spec)
        said = [name for name in self.fields if "." in name]
        self.order_fields(["version", "what", *said, *self.field_order[1:]])

    def payload(self, row: Amendment | None) -> Mapping[str, Any]:  # noqa: ARG002  as its base
        given = self.cleaned_data
        kind = given["what"]
        data = {
            spec.name: said
            for spec in KINDS[kind].fields
            if (said := given.get(_said(kind, spec.name), ""))
        }
        return {"kind": kind, "subject": given["subject"], "data": data}

    @staticmethod
    def told(payload: Mapping[str, Any]) -> dict[str, Any]:
        kind = payload.get("kind", "")
        data = payload.get("data", {})
        said = {_said(kind, name): value for name, value in data.items()}
        return {"what": kind, "subject": payload.get("subject", ""), **said}


def _said(kind: str, name: str) -> str:
    """The name that a field of a fact has in the form, where kinds stand side by side."""
    return f"{kind}.{name}"


def _field_of(kind: FactKind, spec: Field) -> forms.Field:
    label = f"{kind.zh}：{spec.zh}"
    if spec.choices:
        choices = [("", "（不填）"), *((one, WORDS.get(one, one)) for one in spec.choices)]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    return forms.CharField(label=label, max_length=200, required=False)


FORMS: Mapping[str, type[AmendmentForm]] = {
    AmendmentKind.TERMS: AmendmentForm,
    AmendmentKind.PARAMETER: ParameterForm,
    AmendmentKind.DOUBT: DoubtForm,
    AmendmentKind.TOGETHER: TogetherForm,
}


# ── drafting and editing ─────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@door(Right.PROPOSE)
def new_amendment(request: HttpRequest, seat: Seat) -> HttpResponse:
    """起草: of the kind that the address names; ``parameter`` or ``doubt`` fills it in, ``like`` takes an older one over."""
    asked = request.GET.get("kind", "")
    if asked not in AmendmentKind.values:
        told = {"kinds": _kinds()} | told_of(request, seat)
        return render(request, "web/amendment_kinds.html", told)
    kind, ground = AmendmentKind(asked), ground_or_404(seat)
    begun = initial(request) or _begun(request, kind, ground, seat)
    form = FORMS[kind](ground, request.POST or None, initial=begun)
    if request.method == "POST" and form.is_valid():
        like = _like(request, seat, kind)
        try:
            row = amending.draft(kind, form.text(like), by=seat)
        except Refused as refused:
            tell(form, refused.doubts)
        else:
            messages.success(request, f"已起草{row.name}。对方还看不见；核对之后再提出。")
            page = "amendment-changes" if kind is AmendmentKind.TERMS else "amendment"
            return redirect(f"web:{page}", seat.contract_id, row.number)
    return _form_page(request, seat, form, f"起草：{kind.label}")


def _begun(request: HttpRequest, kind: AmendmentKind, ground: Ground, seat: Seat) -> dict[str, Any]:
    """What a new form is filled with: an older amendment, or what the page had before one's eyes."""
    like = _like(request, seat, kind)
    if like is not None:
        return _told(like)
    release, asked = ground.release, request.GET
    known = {str(one.id): one.says for one in release.parameters}
    known |= {str(one.id): one.says for one in release.doubts}
    name = {AmendmentKind.PARAMETER: "parameter", AmendmentKind.DOUBT: "doubt"}.get(kind, "")
    what = asked.get(name, "") if name else ""
    title = f"{kind.label}：{known[what]}"[:TITLE_LIMIT] if what in known else ""
    return {"what": what, "title": title, "effective": clock.today()}


def _like(request: HttpRequest, seat: Seat, kind: AmendmentKind) -> Amendment | None:
    """The older amendment that the address names; None where it names none of this kind that this person may see."""
    asked = number_of(request.GET.get("like"))  # of the address, also when the form is sent
    row = amendment(seat.contract_id, asked) if asked is not None else None
    return row if row is not None and row.kind == kind and may_see(row, seat) else None


def _told(row: Amendment) -> dict[str, Any]:
    return {
        "version": row.version,
        "title": row.title,
        "effective": row.effective,
        "paper": row.paper,
        "reason": row.reason,
        **FORMS[row.kind].told(row.payload),
    }


@require_http_methods(["GET", "POST"])
@door(Right.PROPOSE)
def edit_amendment(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """改动: until both have signed. Of two who edit at once the second sees both texts and chooses."""
    row = row_or_404(seat, number)
    ruling = may_edit(row, seat)
    if not ruling:
        return refusal(request, seat, ruling)
    ground = ground_or_404(seat)
    begun = initial(request) or _told(row)
    form = FORMS[row.kind](ground, request.POST or None, initial=begun)
    if request.method == "POST" and form.is_valid():
        text = form.text(row)
        try:
            amending.edit(number, form.cleaned_data["version"] or 0, text, by=seat)
        except Overtaken as overtaken:
            return _conflict(request, seat, overtaken.row, text, ground)
        except Refused as refused:
            tell(form, refused.doubts)
        else:
            messages.success(request, _EDITED[bool(row.signed)])
            return redirect("web:amendment", seat.contract_id, number)
    return _form_page(request, seat, form, f"改动{row.name}", row)


_EDITED = {False: "已保存。", True: "已保存。原来的签署针对原来的文字，已经作废，请重新签署。"}


def _form_page(
    request: HttpRequest,
    seat: Seat,
    form: AmendmentForm,
    heading: str,
    row: Amendment | None = None,
) -> HttpResponse:
    told = {"form": form, "heading": heading, "row": row} | told_of(request, seat)
    status = 422 if form.is_bound else 200
    return render(request, "web/amendment_form.html", told, status=status)


def _conflict(
    request: HttpRequest, seat: Seat, row: Amendment, mine: AmendmentText, ground: Ground
) -> HttpResponse:
    """Both texts side by side: what stands now, and what this person wanted."""
    sides = (
        ("现在的（别人刚改过）", AmendmentText.of(row)),
        ("您要改成的（还没有保存，也没有丢）", mine),
    )
    told = {
        "row": row,
        "sides": [(word, text, _changes(row.kind, text, ground)) for word, text in sides],
        "fields": [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name not in ("csrfmiddlewaretoken", "version")
        ],
    }
    context = told | told_of(request, seat)
    return render(request, "web/amendment_conflict.html", context, status=409)


def _changes(kind: str, text: AmendmentText, ground: Ground) -> tuple[Change, ...]:
    proposal = proposal_of(kind, text.payload)
    if isinstance(proposal, list):
        return ()
    return changes_of(proposal, Paper(text.title, text.paper, text.effective), ground)


# ── one amendment ────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def amendment_page(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """补充协议: its text, what it changes in words and in fen, both signature lines, and what may be done next."""
    return _page(request, seat, row_or_404(seat, number))


def _page(
    request: HttpRequest, seat: Seat, row: Amendment, doubts: tuple[Doubt, ...] = ()
) -> HttpResponse:
    today = clock.today()

    def sheet(controls: Controls) -> Any:
        latest = max(today, row.effective) if row.effective else today
        return amendment_sheet(row, seat, controls.asked_as_of or latest, today)

    def beside(found: Any, controls: Controls) -> dict[str, Any]:
        return told_of(request, seat) | {
            "controls": replace(controls, as_of=found.as_of),
            "refused": doubts,
            "typed": request.POST.get("reason", "") or _kept_reason(request, row),
            "known": None,
            "own": Party(row.side).zh,
            "mine": seat.side.zh if seat.side is not None else "",
            "is_own": seat.side is not None and seat.side == row.side,
        }

    response = page_of(request, seat, "web/amendment.html", "sheet", sheet, beside=beside)
    if doubts and response.status_code == 200:  # noqa: PLR2004  otherwise the page itself could not be shown
        response.status_code = 409
    return response


def _kept_reason(request: HttpRequest, row: Amendment) -> str:
    """The reason of a refusal that was sent when the session had ended."""
    to = reverse("web:refuse-amendment", args=[row.contract_id, row.number])
    return initial(request, to=to).get("reason", "")


@require_POST
@door(Right.PROPOSE)
def propose(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """提出, and sign at once where the box is ticked."""
    sign_too = bool(request.POST.get("sign_too"))
    done = (
        "已提出，并代表本方签署；等对方签署。"
        if sign_too
        else "已提出；对方现在看得见，等双方签署。"
    )
    return _act(
        request,
        seat,
        number,
        lambda: amending.propose(number, _version(request), by=seat, sign_too=sign_too),
        lambda row: done,  # noqa: ARG005  it says the same of every row
    )


@require_POST
@door(Right.SIGN)
def sign(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """签署: for one's own side, and for just the text that one saw."""
    return _act(
        request,
        seat,
        number,
        lambda: amending.sign(number, _version(request), by=seat),
        lambda row: _SIGNED[row.state == AmendmentState.IN_FORCE],
    )


_SIGNED = {
    True: "双方都已签署，现在生效。从生效日起，结论和结算按它计算。",
    False: "已代表本方签署；对方签署之前没有任何效力。",
}


@require_POST
@door(Right.SIGN)
def refuse(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """不同意, with the reason."""
    return _act(
        request,
        seat,
        number,
        lambda: amending.refuse(number, request.POST.get("reason", ""), by=seat),
        lambda row: f"已表示不同意{row.name}，理由已记下。",
    )


@require_POST
@door(Right.PROPOSE)
def withdraw(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """撤回."""
    return _act(
        request,
        seat,
        number,
        lambda: amending.withdraw(number, by=seat),
        lambda row: f"已撤回{row.name}，没有产生任何效力。",
    )


@require_POST
@door(Right.PROPOSE)
def rebase(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """改以现行版本为底."""
    return _act(
        request,
        seat,
        number,
        lambda: amending.rebase(number, _version(request), by=seat),
        lambda row: f"{row.name}已改以现行版本为底。请核对变更内容，再请双方签署。",
    )


def _act(
    request: HttpRequest,
    seat: Seat,
    number: int,
    act: Callable[[], Amendment],
    says: Callable[[Amendment], str],
) -> HttpResponse:
    """One act on one amendment: back to its page with a sentence, or the page with everything that stands in the way."""
    row_or_404(seat, number)
    try:
        row = act()
    except Refused as refused:
        return _page(request, seat, row_or_404(seat, number), refused.doubts)
    messages.success(request, says(row))
    return redirect("web:amendment", seat.contract_id, number)


def _version(request: HttpRequest) -> int:
    """The version that the person had before their eyes; 0 is none."""
    return number_in(request, "version") or 0


# ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────────


def row_or_404(seat: Seat, number: int) -> Amendment:
    """The amendment, if there is one that this person may see."""
    row = amendment(seat.contract_id, number)
    if row is None or not may_see(row, seat):
        raise Http404(f"没有补充协议第{number}号。")
    return row


def ground_or_404(seat: Seat) -> Ground:
    try:
        return ground_of(seat.contract_id)
    except UnknownContract as error:
        raise Http404(f"登记簿里没有编号为“{seat.contract_id}”的合同。") from error


def tell(form: forms.Form, doubts: tuple[Doubt, ...]) -> None:
    """Every doubt beside the field that it is about, or above the form."""
    for doubt in doubts:
        place = doubt.places[0] if doubt.places else ""
        named = [name for name, field in form.fields.items() if field.label == place]
        says = f"{doubt.says}{doubt.mend}"
        form.add_error(named[0] if named else None, says if named else f"{place}：{says}")
