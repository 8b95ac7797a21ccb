"""谁能看到、为什么不能: who sees a thing of a contract and by which rule, and why somebody was refused."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lvyue import clock
from lvyue.accounts import queries as accounts
from lvyue.accounts.actions.revealing import reveal_contacts
from lvyue.accounts.permissions import RULES, Right, Seat, may
from lvyue.confidentiality.reach import (
    Explained,
    Reach,
    Thing,
    ThingKind,
    explained,
    reach_of,
    steps_of,
)
from lvyue.core.doubts import Refused
from lvyue.core.facts import KINDS
from lvyue.settlements import refusals
from lvyue.settlements.queries import issued_statement
from lvyue.web import exports
from lvyue.web.acting import number_of
from lvyue.web.controls import controls_of
from lvyue.web.doors import door
from lvyue.web.views.people import title_of


def _told(request: HttpRequest, seat: Seat, **more: Any) -> dict[str, Any]:
    return {
        "controls": controls_of(request.GET, clock.today()),
        "contract_id": seat.contract_id,
        "seat": seat,
        **title_of(seat.contract_id),
        **more,
    }


# ── who can see this ─────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def who(request: HttpRequest, seat: Seat) -> HttpResponse:
    """谁能看到: everybody on the contract who sees a thing, as what, since when, by which rule; and who does not."""
    reach = reach_or_404(seat, request.GET.get("of", "contract"), request.GET.get("id", ""))
    if form := exports.wanted(request):
        return exports.answer(_sheet(seat.contract_id, reach), form)
    told = _told(
        request,
        seat,
        reach=reach,
        address=_page_of(seat.contract_id, reach.thing),
        rules=[RULES[name] for name in ("seated", "role", "own_draft")],
        standing=may(seat, Right.AUDIT),
    )
    return render(request, "web/who.html", told)


def reach_or_404(seat: Seat, kind: str, thing_id: str) -> Reach:
    """Who sees a thing, if it is there for the one who asks."""
    known = kind in set(ThingKind)
    thing = Thing(ThingKind(kind), thing_id[:200]) if known else None
    reach = reach_of(seat, thing) if thing is not None and _is_there(seat, thing) else None
    if reach is None:
        raise Http404("这份合同没有这样东西。")
    return reach


def _is_there(seat: Seat, thing: Thing) -> bool:
    """Statements stand a floor above the rule that says who sees them."""
    if thing.kind is not ThingKind.STATEMENT:
        return True
    number = number_of(thing.id)
    return number is not None and issued_statement(seat.contract_id, number) is not None


#: The page of each kind of thing.
_PAGES = {
    ThingKind.TERM: "term",
    ThingKind.FACT: "fact",
    ThingKind.STATEMENT: "issued-statement",
    ThingKind.AMENDMENT: "amendment",
    ThingKind.DISCLOSURE: "disclosure",
    ThingKind.LETTER: "letter",
}


def _page_of(contract_id: str, thing: Thing) -> str:
    name = _PAGES.get(thing.kind)
    more = [thing.id] if name is not None else []
    try:
        return reverse(f"web:{name or 'contract'}", args=[contract_id, *more])
    except NoReverseMatch:
        return ""


def _sheet(contract_id: str, reach: Reach) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 谁能看到",
        columns=("登录名", "姓名", "单位", "角色", "起", "能否看到", "规则", "依据"),
        rows=[
            (
                one.username,
                one.name,
                one.organisation,
                "、".join(one.roles),
                one.since,
                "能" if one.ruling else one.ruling.reason,
                one.rule.zh,
                one.rule.source,
            )
            for one in reach.seers
        ],
        note=f"合同 {contract_id}，{reach.says}，{clock.now():%Y-%m-%d %H:%M}",
    )


# ── why not ──────────────────────────────────────────────────────────────────────────────────────────────────────


class WhyForm(forms.Form):
    """为什么不能: who, what, and for facts of which kind."""

    person = forms.ChoiceField(label="谁")
    right = forms.ChoiceField(
        label="做什么",
        required=False,
        choices=[
            ("", "（对一样东西办一步，见下）"),
            *((one.name.lower(), one.zh) for one in Right),
        ],
    )
    kind = forms.ChoiceField(
        label="哪种事实",
        required=False,
        choices=[("", "（不问某一种）"), *((name, kind.zh) for name, kind in KINDS.items())],
        help_text="只在问“登记事实”时有用。",
    )
    step = forms.ChoiceField(
        label="哪一步",
        required=False,
        choices=[
            ("", "（不问某一样东西）"),
            *(
                (f"{kind.value}:{name}", f"{kind.zh}：{zh}")
                for kind in refusals.KINDS
                for name, zh in steps_of(kind).items()
            ),
        ],
        help_text="它现在的状态也在规则之内。",
    )
    number = forms.IntegerField(
        label="第几号",
        required=False,
        min_value=1,
        max_value=99_999_999,
        help_text="那样东西的编号。",
    )

    def clean(self) -> dict[str, Any]:
        """A right, or a step on a thing by its number."""
        given: dict[str, Any] = super().clean() or {}
        if not given.get("right") and not given.get("step") and not self.errors:
            self.add_error("right", "请选做什么，或在下面选一样东西的一步。")
        if given.get("step") and not given.get("number") and "number" not in self.errors:
            self.add_error("number", "请写那样东西的编号。")
        return given

    def __init__(self, seat: Seat, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        people = {
            one.account.username: one.account.name
            for one in accounts.appointments(seat.contract_id)
        }
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            (username, f"{name}（您）" if username == seat.username else name)
            for username, name in people.items()
        ]


@require_safe
@door(Right.SEE)
def why(request: HttpRequest, seat: Seat) -> HttpResponse:
    """为什么不能: the ruling on somebody of this contract, with every rule that was tried and where it comes from."""
    asked = bool(request.GET.get("right") or request.GET.get("step"))
    form = WhyForm(seat, request.GET if asked else None, initial={"person": seat.username})
    found = None
    if asked and form.is_valid():
        given = form.cleaned_data
        there = next(
            one.account
            for one in accounts.appointments(seat.contract_id)
            if one.account.username == given["person"]
        )
        of = accounts.seat_of(there, seat.contract_id)
        found = _found(of, given, seat)
        if found is None:
            form.add_error("number", "这份合同没有这个编号。请核对。")
    told = _told(request, seat, form=form, found=found)
    return render(request, "web/why.html", told)


def _found(of: Seat, given: dict[str, Any], asking: Seat) -> Explained | None:
    """The answer; None where there is no such thing for the one who asks."""
    to = asking.username
    if given["step"]:
        kind, _, step = given["step"].partition(":")
        thing = Thing(ThingKind(kind), str(given["number"]))
        act = refusals.act_on(of, thing, step, seen_by=asking)
        return explained(of, act.right, to=to, act=act) if act is not None else None
    right = Right[given["right"].upper()]
    return explained(of, right, given["kind"] if right is Right.RECORD else "", to=to)


# ── personal data ────────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@require_POST
@door(Right.REVEAL)
def reveal_person(request: HttpRequest, seat: Seat, username: str) -> HttpResponse:
    """查看联系方式: of somebody on the same contract, once, with the reason that stays in the audit trail."""
    refused: tuple[Any, ...] = ()
    fields = None
    try:
        fields = reveal_contacts(username, request.POST.get("reason", ""), by=seat)
    except Refused as error:
        refused = error.doubts
    if fields is None and not refused:
        raise Http404(f"这份合同上没有登录名为“{username[:80]}”的人。")
    told = _told(
        request,
        seat,
        username=username,
        person=accounts.names_of([username]).get(username, username),
        fields=fields,
        refused=refused,
        typed=request.POST.get("reason", ""),
        revealing=may(seat, Right.REVEAL),
    )
    return render(request, "web/revealed.html", told, status=409 if refused else 200)
