"""Tickets that were merged: which opening counts, and that nothing written by hand moves one to where no opening was."""

from __future__ import annotations

from datetime import date, datetime

from lvyue.core.book import Book
from lvyue.core.calendar import SHANGHAI
from lvyue.core.facts import Fact, FactId


def at(hour: int) -> datetime:
    return datetime(2026, 3, 2, hour, tzinfo=SHANGHAI)


def fact(kind: str, subject: str | None, hour: int, **data: str) -> Fact:
    return Fact(FactId(f"{kind}-{subject}-{hour}"), kind, at(hour), subject, data, hour)


def openings(*facts: Fact) -> dict[str | None, datetime | date]:
    book = Book.of(facts, date(2026, 3, 2), len(facts))
    return {one.subject: one.at for one in book.by_kind["ticket.opened"]}


def test_the_earliest_of_a_chain_of_mergers_counts() -> None:
    first, second, third = (
        fact("ticket.opened", name, hour, **{"class": "incident"})
        for name, hour in (("A", 8), ("B", 9), ("C", 10))
    )
    into_second = fact("ticket.took_in", "B", 11, other="A")
    into_third = fact("ticket.took_in", "C", 12, other="B")

    found = openings(first, second, third, into_second, into_third)
    assert found == {"A": at(8), "B": at(8), "C": at(8)}
    assert openings(first, third, fact("ticket.took_in", "A", 12, other="C")) == {
        "A": at(8),
        "C": at(10),
    }


def test_a_merger_with_what_is_not_on_record_moves_nothing() -> None:
    opened = fact("ticket.opened", "A", 9, **{"class": "incident"})
    alone = fact("ticket.took_in", None, 10, other="B")

    assert openings(opened, fact("ticket.took_in", "A", 10, other="B"), alone) == {"A": at(9)}
