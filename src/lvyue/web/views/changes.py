"""变更内容: what a supplement alters, one alteration after the other, each on a form made of the term's own fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from lvyue.accounts.permissions import Right, Seat
from lvyue.contracts.actions import AmendmentText, Overtaken
from lvyue.contracts.choices import AmendmentKind
from lvyue.contracts.queries import Amendment
from lvyue.contracts.signing import may_edit
from lvyue.core.doubts import Refused
from lvyue.core.release import ContractDoubt, Release, blocks_of
from lvyue.core.terms import TermId
from lvyue.library.changes import contract_fields, fields_of, parameter_fields
from lvyue.library.fields import Field, ValueKind, read, show
from lvyue.obligations.actions import amending
from lvyue.obligations.proposal import Ground, alteration_zh, proposal_of
from lvyue.obligations.wording import KIND_ZH, cite
from lvyue.web.doors import door, refusal
from lvyue.web.drafts import initial
from lvyue.web.views.amendments import ground_or_404, row_or_404, tell, told_of

# ── what may be altered ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Target:
    """改什么: a term, the contract itself, a parameter, a doubt, or a new clause; by its text in the address."""

    kind: str
    name: str
    zh: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


def _target(text: str, release: Release) -> Target | None:
    """The target that the address names, if this contract has it."""
    kind, _, name = text.partition(":")
    match kind:
        case "contract":
            return Target(kind, "", "合同本身")
        case "clause":
            return Target(kind, "", "新的条款")
        case "term":
            found = {str(one.id): _term_zh(one) for one in release.terms}
        case "parameter":
            found = {str(one.id): one.says for one in release.parameters}
        case "doubt":
            found = {str(one.id): one.says for one in release.doubts}
        case _:
            return None
    return Target(kind, name, found[name]) if name in found else None


def _term_zh(term: Any) -> str:
    return f"{cite(str(term.clauses[0]))} {KIND_ZH[term.kind]}：{term.says}"


def _targets(release: Release) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Everything that may be altered, in groups, for the choice on the page."""
    yield "合同", (("contract", "价款、期限、生效日"), ("clause", "新的条款（只写明，不计算）"))
    yield "约定", tuple((f"term:{one.id}", _term_zh(one)) for one in release.terms)
    yield "疑义", tuple((f"doubt:{one.id}", one.says) for one in release.doubts)
    yield "参数", tuple((f"parameter:{one.id}", one.says) for one in release.parameters)


def _fields(target: Target, raw: Mapping[str, Any]) -> Sequence[Field]:
    match target.kind:
        case "term":
            return fields_of(dict(raw), target.name)
        case "parameter":
            return parameter_fields(dict(raw), target.name)
        case "contract":
            return contract_fields(dict(raw))
        case _:
            return ()


# ── the form of a target ─────────────────────────────────────────────────────────────────────────────────────────

_GRADE = re.compile(r"(?P<name>\S+)\s*(?P<exact>按|不超过|至多)\s*(?P<rate>\S+)")

#: What stands in a line of its own: a list is one line for each.
_LISTS = frozenset({ValueKind.EVENTS, ValueKind.GRADES})


class AlterationForm(forms.Form):
    """变更: every field of the target with what it says now; whoever leaves one alone does not alter it."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, target: Target, fields: Sequence[Field], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.target, self.known = target, {one.name: one for one in fields}
        for one in fields:
            self.fields[f"f.{one.name}"] = _form_field(one)
        if target.kind == "term":
            self.fields["remove"] = forms.BooleanField(
                required=False,
                label="整条删去",
                help_text="从生效日起不再有这条约定；其余各格不用填。",
            )
        if target.kind == "clause":
            self.fields["heading"] = forms.CharField(
                label="内容", max_length=500, help_text="用自己的话写明这一条；要计算的请改约定。"
            )

    def clean(self) -> dict[str, Any]:
        """Read every field that differs from what holds now, each error beside its field."""
        given = super().clean() or {}
        self.altered: list[dict[str, Any]] = []
        for name, known in self.known.items():
            typed = given.get(f"f.{name}", "")
            if typed == written(known):
                continue
            try:
                value = _typed(known, typed)
                read(known, value)
            except ValueError as error:
                self.add_error(f"f.{name}", f"{error} 请写成：{known.kind.zh}。")
                continue
            self.altered.append(self._set(name, value))
        return given

    def _set(self, name: str, value: Any) -> dict[str, Any]:
        match self.target.kind:
            case "term":
                return {"op": "set_term", "term": self.target.name, "field": name, "value": value}
            case "parameter":
                told = {"parameter": self.target.name, "field": name, "value": value}
                return {"op": "set_parameter", **told}
            case _:
                return {"op": "set_contract", "field": name, "value": value}

    def alterations(self) -> list[dict[str, Any]]:
        """What this form alters; empty where nothing was changed."""
        match self.target.kind:
            case "doubt":
                return [{"op": "close_doubt", "doubt": self.target.name}]
            case "clause":
                return [{"op": "add_clause", "heading": self.cleaned_data["heading"]}]
            case "term" if self.cleaned_data.get("remove"):
                return [{"op": "remove_term", "term": self.target.name}]
            case _:
                return self.altered


def _form_field(known: Field) -> forms.Field:
    told: dict[str, Any] = {
        "label": known.zh,
        "required": not known.blank,
        "initial": written(known),
    }
    now = f"现在：{known.shown}。" if known.kind is not ValueKind.TEXT else ""
    match known.kind:
        case ValueKind.CHOICE:
            choices = [("", "没有写明")] if known.blank else []
            return forms.ChoiceField(choices=[*choices, *known.choices], help_text=now, **told)
        case ValueKind.YES_NO:
            return forms.ChoiceField(choices=[("是", "是"), ("否", "否")], help_text=now, **told)
        case ValueKind.EVENTS | ValueKind.GRADES:
            how = (
                "每行一种事实"
                if known.kind is ValueKind.EVENTS
                else "每行一级，如：良好 不超过 97%"
            )
            area = forms.Textarea(attrs={"rows": 3})
            return forms.CharField(widget=area, help_text=f"{now}{how}。", **told)
        case ValueKind.DATE:
            widget = forms.TextInput(attrs={"type": "date"})
            return forms.CharField(widget=widget, help_text=now, **told)
        case ValueKind.TEXT:
            area = forms.Textarea(attrs={"rows": 2})
            return forms.CharField(widget=area, max_length=1000, **told)
        case _:
            return forms.CharField(
                max_length=200, help_text=f"{now}请写成：{known.kind.zh}。", **told
            )


def written(known: Field) -> str:
    """The present value as the form shows it and reads it back."""
    value = known.value
    if value is None:
        return ""
    match known.kind:
        case ValueKind.SPAN:
            plain = str(value)
            return plain if plain.startswith("param:") else show(known, value)
        case ValueKind.YES_NO:
            return "是" if value else "否"
        case ValueKind.EVENTS:
            return "\n".join(value)
        case ValueKind.INTEGERS:
            return "、".join(map(str, value))
        case ValueKind.GRADES:
            return "\n".join(
                f"{one['name']} {'按' if one['exact'] else '不超过'} {one['rate']}" for one in value
            )
        case _:
            return str(value)


def _typed(known: Field, text: str) -> Any:
    """What was typed, as the reader of the field takes it. ``ValueError`` says what is wrong."""
    lines = [line.strip() for line in text.replace("\r", "").split("\n") if line.strip()]
    if not lines:
        return None
    match known.kind:
        case ValueKind.EVENTS:
            return lines
        case ValueKind.INTEGERS:
            return [
                int(one) if one.isdecimal() else one
                for one in re.split(r"[、,，\s]+", text.strip())
            ]
        case ValueKind.GRADES:
            return [_grade(line) for line in lines]
        case _:
            return text.strip()


def _grade(line: str) -> dict[str, Any]:
    found = _GRADE.fullmatch(line)
    if found is None:
        raise ValueError(f"“{line[:40]}”看不懂；请写成“优秀 按 100%”或“良好 不超过 97%”。")
    return {"name": found["name"], "rate": found["rate"], "exact": found["exact"] == "按"}


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@door(Right.PROPOSE)
def changes(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """变更内容: what stands in the draft, and a form for the target that the address names."""
    row = row_or_404(seat, number)
    if row.kind != AmendmentKind.TERMS:
        return redirect("web:edit-amendment", seat.contract_id, number)
    ruling = may_edit(row, seat)
    if not ruling:
        return refusal(request, seat, ruling)
    ground = ground_or_404(seat)
    target = _target(request.GET.get("target", ""), ground.release)
    form = _form_of(request, target, ground, row)
    if request.method == "POST" and form is not None and form.is_valid():
        more = form.alterations()
        if not more:
            form.add_error(None, "没有改动任何一格。")
        elif _added(request, seat, row, form, more):
            return redirect("web:amendment-changes", seat.contract_id, number)
    return _page(request, seat, row, ground, target, form)


def _form_of(
    request: HttpRequest, target: Target | None, ground: Ground, row: Amendment
) -> AlterationForm | None:
    if target is None:
        return None
    fields = _fields(target, ground.raw)
    begun = initial(request, to=request.get_full_path()) | {"version": row.version}
    return AlterationForm(target, fields, request.POST or None, initial=begun)


def _added(
    request: HttpRequest,
    seat: Seat,
    row: Amendment,
    form: forms.Form,
    more: Sequence[dict[str, Any]],
) -> bool:
    """Put alterations into the draft, in the place of those of the same thing; what stands in the way goes into the form."""
    same = [_about(one) for one in more]
    kept = [one for one in _listed(row) if _about(one) not in same]
    return _kept(request, seat, row, form, [*kept, *more], f"已加入 {len(more)} 项变更。")


def _kept(
    request: HttpRequest,
    seat: Seat,
    row: Amendment,
    form: forms.Form,
    alterations: Sequence[dict[str, Any]],
    says: str,
) -> bool:
    text = AmendmentText.of(row)
    payload = {**text.payload, "alterations": [*alterations]}
    new = AmendmentText(text.title, text.reason, text.paper, text.effective, payload)
    try:
        amending.edit(row.number, form.cleaned_data["version"], new, by=seat)
    except Overtaken:
        form.add_error(
            None,
            "您打开之后，别人改过这份补充协议。左边是现在的内容；您填的都还在，核对之后可以再加入。",
        )
        form.data = {**dict(form.data.items()), "version": str(row.version)}
        return False
    except Refused as refused:
        tell(form, refused.doubts)
        return False
    signed = " 原来的签署已经作废。" if row.signed else ""
    messages.success(request, f"{says}{signed}")
    return True


def _listed(row: Amendment) -> list[dict[str, Any]]:
    listed = row.payload.get("alterations", [])
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _about(alteration: Mapping[str, Any]) -> tuple[str, ...]:
    """What an alteration is about: a later one of the same replaces it."""
    names = ("op", "term", "parameter", "doubt", "field", "heading")
    about = tuple(str(alteration.get(name, "")) for name in names)
    body = alteration.get("body")
    return (*about, str(body.get("id", ""))) if isinstance(body, dict) else about


def _page(
    request: HttpRequest,
    seat: Seat,
    row: Amendment,
    ground: Ground,
    target: Target | None,
    form: forms.Form | None,
    yaml_form: forms.Form | None = None,
) -> HttpResponse:
    proposal = proposal_of(row.kind, row.payload)
    listed = [] if isinstance(proposal, list) else getattr(proposal, "alterations", ())
    told = {
        "row": row,
        "listed": [alteration_zh(one, ground) for one in listed],
        "groups": tuple(_targets(ground.release)),
        "target": target,
        "doubts": [*_stopping(target, ground)],
        "form": form,
        "yaml_form": yaml_form or YamlForm(initial={"version": row.version}, auto_id="yaml_%s"),
    }
    bound = any(one is not None and one.is_bound for one in (form, yaml_form))
    context = told | told_of(request, seat)
    return render(request, "web/amendment_changes.html", context, status=422 if bound else 200)


def _stopping(target: Target | None, ground: Ground) -> Iterator[ContractDoubt]:
    """The doubts that stop a term: whoever changes it may want to close them as well."""
    if target is None or target.kind != "term":
        return
    release = ground.release
    for doubt in blocks_of(
        release.term_by_id[TermId(target.name)], release, frozenset(ground.settled)
    ):
        yield release.doubt_by_id[doubt]


class RemoveForm(forms.Form):
    """拿掉一项."""

    version = forms.IntegerField()
    at = forms.IntegerField(min_value=0)


@require_POST
@door(Right.PROPOSE)
def remove_change(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """拿掉一项变更, by its place in the list that the person saw."""
    row = row_or_404(seat, number)
    form, listed = RemoveForm(request.POST), _listed(row)
    if form.is_valid() and form.cleaned_data["at"] < len(listed):
        at = form.cleaned_data["at"]
        left = [one for place, one in enumerate(listed) if place != at]
        _kept(request, seat, row, form, left, "已拿掉一项变更。")
    for error in form.non_field_errors():
        messages.error(request, str(error))
    return redirect("web:amendment-changes", seat.contract_id, number)


class YamlForm(forms.Form):
    """整条约定: for who knows the format of releases."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    body = forms.CharField(
        label="约定（YAML）",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text="一条新的约定，格式见 docs/library-format.md；不写 clauses 的，以本协议为依据。",
    )

    def clean_body(self) -> dict[str, Any]:
        try:
            body = yaml.safe_load(self.cleaned_data["body"])
            plain = json.loads(json.dumps(body, default=_plain))
        except (yaml.YAMLError, TypeError, ValueError) as error:
            raise forms.ValidationError(f"读不成 YAML：{error}") from error
        if not isinstance(plain, dict):
            raise forms.ValidationError("应是一条约定：若干“名称: 值”。")
        return plain


def _plain(value: object) -> str:
    """YAML reads a day where the raw document has text."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} 不是文字、数字、列表或是否。")


@require_POST
@door(Right.PROPOSE)
def add_term(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """增加整条约定."""
    row = row_or_404(seat, number)
    ruling = may_edit(row, seat)
    if not ruling:
        return refusal(request, seat, ruling)
    form = YamlForm(request.POST, auto_id="yaml_%s")
    if form.is_valid():
        added = [{"op": "add_term", "body": form.cleaned_data["body"]}]
        if _added(request, seat, row, form, added):
            return redirect("web:amendment-changes", seat.contract_id, number)
    return _page(request, seat, row, ground_or_404(seat), None, None, form)
