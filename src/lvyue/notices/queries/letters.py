"""Reads of letters: what was written, how it went, and whether it counts as served."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet

from lvyue.accounts.permissions import Seat
from lvyue.core.facts import parse_at
from lvyue.core.service import (
    Dispatch as Try,
)
from lvyue.core.service import (
    Happening,
    Service,
    Standing,
    Way,
    served_on,
)
from lvyue.core.service import (
    Receipt as Slip,
)
from lvyue.notices.letter_choices import UNSENT
from lvyue.notices.models import Dispatch, Letter, LetterFile, Receipt
from lvyue.notices.queries.contacts import rules_of, standing

_WITH = (
    Prefetch("dispatches", Dispatch.objects.order_by("order")),
    "dispatches__contact",
    "dispatches__contact__letter",
    Prefetch("dispatches__receipts", Receipt.objects.order_by("id")),
    Prefetch("files", LetterFile.objects.order_by("id")),
)


def letters(contract_id: str) -> QuerySet[Letter]:
    """The letters of a contract, newest first, drafts of both sides among them: ask `seen_by` before showing any."""
    found = Letter.objects.filter(contract_id=contract_id).select_related("contract", "answers")
    return found.prefetch_related(*_WITH).order_by("-number")


def seen_by(seat: Seat) -> QuerySet[Letter]:
    """What a person sees of them: everything that was sent, and one's own side's drafts."""
    own = [side.value for side in seat.sides]
    return letters(seat.contract_id).filter(~Q(state__in=UNSENT) | Q(side__in=own))


def steps_of(contract_ids: Collection[str]) -> list[tuple[str, int, str, int, date | None]]:
    """How far each letter of contracts is, by contract and number: state, version, day of service. One read."""
    rows = Letter.objects.filter(contract_id__in=contract_ids).order_by("contract_id", "number")
    return [*rows.values_list("contract_id", "number", "state", "version", "served_on")]


def letter(contract_id: str, number: int) -> Letter | None:
    """One letter of just this contract."""
    return letters(contract_id).filter(number=number).first()


# ── service ──────────────────────────────────────────────────────────────────────────────────────────────────────


def at_of(text: str) -> date | datetime:
    """A day or a moment as rows keep it."""
    at = parse_at(text)
    if isinstance(at, str):
        raise TypeError(at)  # no action writes such a row
    return at


def standing_receipts(rows: Sequence[Receipt]) -> list[Receipt]:
    """Receipts without those that a later one corrected or took back."""
    corrected = {one.corrects_id for one in rows}
    return [one for one in rows if one.pk not in corrected and not one.void]


def tries_of(row: Letter) -> list[Try]:
    """The dispatches of a letter as the law sees them."""
    found = list(row.dispatches.all())
    rules = rules_of(row.contract_id, found[0].day) if found else None
    return [
        Try(
            way=Way(one.way),
            at=at_of(one.at),
            standing=_NOWHERE if one.contact is None else standing(one.contact, one.day, rules),
            receipts=tuple(
                Slip(
                    Happening(slip.happening),
                    at_of(slip.at),
                    (slip.evidence,) if slip.evidence else (),
                    str(slip.pk),
                )
                for slip in standing_receipts(list(one.receipts.all()))
            ),
            id=str(one.order),
        )
        for one in found
    ]


#: Handed over, or told in the product: no address is asked for.
_NOWHERE = Standing(counts=True, because="不经地址送交。")


def service_of(row: Letter) -> Service:
    """Whether a letter counts as served, since when, by which rule; what was tried."""
    found = tries_of(row)
    on = row.dispatches.all()[0].day if found else row.drafted_at.date()
    return served_on(rules_of(row.contract_id, on), found)


__all__ = [
    "Dispatch",
    "Letter",
    "LetterFile",
    "Receipt",
    "at_of",
    "letter",
    "letters",
    "seen_by",
    "service_of",
    "standing_receipts",
    "steps_of",
    "tries_of",
]
