"""收存: a contract card as plain JSON and back again, so that a list can show twenty contracts without judging them."""

from __future__ import annotations

from datetime import date
from typing import Any

import cattrs

from lvyue.core.doubts import Doubt
from lvyue.core.money import Money
from lvyue.obligations.card import ContractCard
from lvyue.obligations.marks import BY_KEY, Mark


def packed(card: ContractCard) -> dict[str, Any]:
    """A card as JSON holds it: money in fen, days and marks by name."""
    plain: dict[str, Any] = _converter.unstructure(card)
    return plain


def unpacked(plain: dict[str, Any]) -> ContractCard:
    """The very card that was packed."""
    return _converter.structure(plain, ContractCard)


def packed_doubts(doubts: tuple[Doubt, ...]) -> list[dict[str, Any]]:
    """Why a contract cannot be read."""
    plain: list[dict[str, Any]] = _converter.unstructure(list(doubts))
    return plain


def unpacked_doubts(plain: list[dict[str, Any]]) -> tuple[Doubt, ...]:
    return _converter.structure(plain, tuple[Doubt, ...])


def _made() -> cattrs.Converter:
    made = cattrs.Converter(unstruct_collection_overrides={tuple: list})  # as JSON reads it back
    made.register_unstructure_hook(Money, lambda money: money.fen)
    made.register_structure_hook(Money, lambda fen, _: Money(fen))
    made.register_unstructure_hook(Mark, lambda mark: mark.key)
    made.register_structure_hook(Mark, lambda key, _: BY_KEY[key])
    made.register_unstructure_hook(date, lambda day: day.isoformat())
    made.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    return made


_converter = _made()
