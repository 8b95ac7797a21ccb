"""推演: what would be, if other facts, other parameters or another day were supposed. Nothing of it is ever saved.

What is supposed stands in the address, so that it can be cited and shared. The form is sent by POST only because an
address has an end: what fits into one is shown there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may_record
from lvyue.core.doubts import Refused
from lvyue.core.facts import KINDS, Fact, FactKind
from lvyue.core.statement import Statement
from lvyue.evidence.queries import facts_named
from lvyue.obligations.difference import difference_of
from lvyue.obligations.drafting import CORRECTIONS, Draft, Reading, read_form
from lvyue.obligations.logbook import expected_by
from lvyue.obligations.queries import UnknownContract, log_size, statement_of, suppose
from lvyue.obligations.reason import FactView, fact_view, facts_by_id
from lvyue.settlements.queries import is_demonstration, title_of
from lvyue.web.doors import door
from lvyue.web.drafts import kept
from lvyue.web.exports import answer, wanted
from lvyue.web.suppositions import (
    ADDRESS_LIMIT,
    LIMIT,
    Supposition,
    entry_query,
    next_id,
    supposition_of,
)
from lvyue.web.views.facts import Input, inputs_for
from lvyue.web.views.statements import difference_sheet

#: So many of the latest facts are offered to be taken away; an older one is named by its id.
OFFERED = 400


@dataclass(frozen=True, slots=True)
class SupposedFact:
    """假设的事实: as people read it, the address without it, and where it is entered for good."""

    view: FactView
    without: str
    entry: str
    may_record: str


@dataclass(frozen=True, slots=True)
class ParameterInput:
    """参数栏."""

    id: str
    says: str
    unit: str
    agreed: str
    value: str


@require_http_methods(["GET", "HEAD", "POST"])
@door(Right.WHAT_IF)
def what_if(request: HttpRequest, seat: Seat) -> HttpResponse:
    """推演: now and then beside each other, and only what differs."""
    asked = _asked(request)
    supposition = supposition_of(asked, clock.today())
    kind = KINDS.get(asked.get("kind", ""))
    reading = None
    if kind is not None and _is_adding(request, asked):
        reading = _read(seat, kind, asked, supposition)
        if reading.draft is not None and len(supposition.drafts) < LIMIT:
            supposition, kind, reading = supposition.with_draft(reading.draft), None, None
    too_long = len(supposition.query()) > ADDRESS_LIMIT
    if request.method == "POST" and not too_long and reading is None:
        return redirect(_address(seat, supposition, kind))
    try:
        return _page(request, seat, supposition, kind, reading, typed=asked, too_long=too_long)
    except UnknownContract as error:
        raise Http404(seat.contract_id) from error
    except Refused as refused:
        told = _told(seat, supposition, doubts=refused.doubts, back=_address(seat, supposition))
        status = 200 if getattr(request, "htmx", False) else 409  # htmx shows nothing else
        return render(request, "web/what_if_refused.html", told, status=status)


def _asked(request: HttpRequest) -> QueryDict:
    """What is asked for, and what was sent when the session had ended."""
    if request.method == "POST":
        return request.POST
    asked = request.GET.copy()
    for name, values in kept(request).items():
        asked.setlist(name, values)
    return asked


def _is_adding(request: HttpRequest, asked: Mapping[str, str]) -> bool:
    """Whoever has typed something wants it supposed, whichever button they press; but not while they change the kind."""
    htmx = getattr(request, "htmx", None)
    if htmx and htmx.trigger_name == "kind":
        return False
    typed = (name for name in asked if name in ("at", "subject") or name.startswith("data."))
    return asked.get("do") == "add" or any(asked[name].strip() for name in typed)


def _read(
    seat: Seat, kind: FactKind, asked: Mapping[str, str], supposition: Supposition
) -> Reading:
    instalment = asked.get("data.instalment", "")
    expected = expected_by(seat.contract_id, kind, instalment, clock.today())
    return read_form(kind, asked, next_id(supposition), today=clock.today(), expected=expected)


def _address(seat: Seat, supposition: Supposition, kind: FactKind | None = None) -> str:
    query = supposition.query()
    if kind is not None:
        query = f"{query}&kind={kind.name}" if query else f"kind={kind.name}"
    path = reverse("web:what-if", args=[seat.contract_id])
    return f"{path}?{query}" if query else path


def _page(
    request: HttpRequest,
    seat: Seat,
    supposition: Supposition,
    kind: FactKind | None,
    reading: Reading | None,
    *,
    typed: Mapping[str, str],
    too_long: bool,
) -> HttpResponse:
    now = statement_of(seat.contract_id, supposition.controls.as_of, _size(seat, supposition))
    then = _supposed(seat, supposition, now)
    difference = difference_of(now, then)
    if request.GET.get("format") == "json":
        return JsonResponse(
            difference.as_json(), json_dumps_params={"ensure_ascii": False, "indent": 2}
        )
    if form := wanted(request):
        return answer(difference_sheet(f"{seat.contract_id} 推演", difference), form)
    told = _told(
        seat,
        supposition,
        difference=difference,
        was="现在",
        now="假设",
        kinds=[one for one in KINDS.values() if one.name not in CORRECTIONS],
        kind=kind,
        inputs=_inputs(seat, kind, typed, reading),
        supposed=_supposed_facts(seat, supposition),
        gone=[fact_view(fact) for fact in facts_named(seat.contract_id, supposition.without)],
        offered=_offered(now, supposition),
        parameters=_parameters(now, supposition),
        known=log_size(seat.contract_id),
        link=None if too_long else request.build_absolute_uri(_address(seat, supposition)),
        too_long=too_long,
        full=len(supposition.drafts) >= LIMIT,
    )
    response = render(request, "web/what_if.html", told)
    if getattr(request, "htmx", False):
        response["HX-Push-Url"] = _address(seat, supposition, kind)
    return response


def _size(seat: Seat, supposition: Supposition) -> int | None:
    """A size that the log does not have means the whole log, as on every page."""
    size = supposition.controls.size
    return None if size is not None and size > log_size(seat.contract_id) else size


def _supposed(seat: Seat, supposition: Supposition, now: Statement) -> Statement:
    return suppose(
        seat.contract_id,
        supposition.day,
        size=_size(seat, supposition),
        facts=supposition.facts(now),
        without=supposition.without,
    )


def _inputs(
    seat: Seat, kind: FactKind | None, typed: Mapping[str, str], reading: Reading | None
) -> list[Input]:
    if kind is None:
        return []
    return inputs_for(seat, kind, {name: typed[name] for name in typed}, reading)


def _supposed_facts(seat: Seat, supposition: Supposition) -> list[SupposedFact]:
    return [
        _supposed_fact(seat, supposition, place, draft)
        for place, draft in enumerate(supposition.drafts)
    ]


def _supposed_fact(seat: Seat, supposition: Supposition, place: int, draft: Draft) -> SupposedFact:
    ruling = may_record(seat, draft.kind)
    path = reverse("web:new-fact", args=[seat.contract_id])
    return SupposedFact(
        view=fact_view(_fact(draft)),
        without=_address(seat, supposition.but(place)),
        entry=f"{path}?{entry_query(draft)}",
        may_record=ruling.reason,
    )


def _fact(draft: Draft) -> Fact:
    """A draft that was read already."""
    found = draft.read()
    if isinstance(found, Fact):
        return found
    raise Refused(found)


def _offered(now: Statement, supposition: Supposition) -> list[FactView]:
    """The latest facts that count, to choose from."""
    facts = [
        fact
        for fact in facts_by_id(now).values()
        if not fact.id.startswith("deemed:") and fact.id not in supposition.without
    ]
    return [fact_view(fact) for fact in sorted(facts, key=_place, reverse=True)[:OFFERED]]


def _place(fact: Fact) -> int:
    return fact.index


def _parameters(now: Statement, supposition: Supposition) -> list[ParameterInput]:
    evaluation = now.evaluation
    found = []
    for one in evaluation.release.parameters:
        agreed = evaluation.book.agreed(one.id, evaluation.as_of)
        found.append(
            ParameterInput(
                id=one.id,
                says=one.says,
                unit=one.unit,
                agreed=agreed.value if agreed is not None else "",
                value=supposition.parameters.get(one.id, ""),
            )
        )
    return found


def _told(seat: Seat, supposition: Supposition, **more: Any) -> dict[str, Any]:
    return {
        "contract_id": seat.contract_id,
        "seat": seat,
        "title": title_of(seat.contract_id),
        "demonstration": is_demonstration(seat.contract_id),
        "controls": supposition.controls,
        "supposition": supposition,
        **more,
    }
