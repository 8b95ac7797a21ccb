"""The five releases carry every clause: each leaf has a term, or stands in ``coverage.yaml`` with a reason.

The table in ``docs/library.md`` is reckoned from the same figures.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from lvyue.core.clause import ClauseRef
from lvyue.library import loader

TOP = Path(__file__).resolve().parents[2]
PAGE = TOP / "docs" / "library.md"

#: why a clause may carry no term, in the order of the table's columns
REASONS = (
    "definition",
    "order",
    "effect",
    "figure",
    "recital",
    "signing",
    "pointer",
    "nothing",
    "blank",
    "template",
)

Reviewed = dict[str, dict[str, list[str]]]


@cache
def reviewed() -> Reviewed:
    read: Reviewed = yaml.safe_load((Path(__file__).with_name("coverage.yaml")).read_text("utf-8"))
    return read


def listed(release_id: str) -> list[str]:
    return [clause for clauses in reviewed()[release_id].values() for clause in clauses]


@cache
def clauses(release_id: str) -> tuple[ClauseRef, ...]:
    return tuple(clause.ref for clause in loader.load(release_id).clauses)


def place(ref: ClauseRef) -> tuple[str, tuple[str, ...]]:
    return (ref.document, ref.segments)


@cache
def carried(
    release_id: str, *, without: frozenset[str] = frozenset()
) -> frozenset[tuple[str, tuple[str, ...]]]:
    """Clauses that a term cites, itself or a row of its table."""
    terms = [term for term in loader.load(release_id).terms if term.id not in without]
    return frozenset(place(ref) for term in terms for ref in term.clauses)


@cache
def inner(release_id: str) -> frozenset[tuple[str, tuple[str, ...]]]:
    """Clauses that others stand under: headings and introductions."""
    return frozenset(
        (ref.document, ref.segments[:depth])
        for ref in clauses(release_id)
        for depth in range(len(ref.segments))
    )


def bare_leaves(release_id: str, *, without: frozenset[str] = frozenset()) -> list[str]:
    known = carried(release_id, without=without) | inner(release_id)
    return [str(ref) for ref in clauses(release_id) if place(ref) not in known]


def bare_headings(release_id: str) -> int:
    over, known = inner(release_id), carried(release_id)
    return sum(
        1 for ref in clauses(release_id) if place(ref) in over and place(ref) not in known
    )  # fmt: skip


def test_the_review_covers_the_releases_that_ship() -> None:
    assert tuple(reviewed()) == loader.release_ids()


@pytest.mark.parametrize("release_id", loader.release_ids())
def test_every_leaf_clause_has_a_term_or_a_reason(release_id: str) -> None:
    assert set(bare_leaves(release_id)) - set(listed(release_id)) == set()


@pytest.mark.parametrize("release_id", loader.release_ids())
def test_no_reason_outlives_its_clause(release_id: str) -> None:
    """A reason for a clause that has a term by now, or that the paper does not have, is stale."""
    stale = set(listed(release_id)) - set(bare_leaves(release_id))

    assert stale == set()
    assert len(listed(release_id)) == len(set(listed(release_id)))
    assert set(reviewed()[release_id]) <= set(REASONS)


@pytest.mark.parametrize("release_id", loader.release_ids())
def test_a_clause_that_loses_its_terms_is_noticed(release_id: str) -> None:
    over = inner(release_id)
    carrying: dict[ClauseRef, set[str]] = {}
    for term in loader.load(release_id).terms:
        for ref in term.clauses:
            carrying.setdefault(ref, set()).add(term.id)
    leaf = next(ref for ref in carrying if ref.row is None and place(ref) not in over)

    lost = bare_leaves(release_id, without=frozenset(carrying[leaf]))

    assert str(leaf) in set(lost) - set(listed(release_id))


def row(release_id: str) -> list[str]:
    release = loader.load(release_id)
    why = Counter({reason: len(of) for reason, of in reviewed()[release_id].items()})
    total = len(clauses(release_id))
    headings, bare = bare_headings(release_id), len(bare_leaves(release_id))
    counts = [total, len(release.terms), total - headings - bare, headings, *map(why.get, REASONS)]
    return [release_id, *(str(count or 0) for count in counts)]


def test_the_page_shows_the_figures_of_today() -> None:
    """docs/library.md: clauses, terms, and the clauses without a term by reason."""
    lines = PAGE.read_text("utf-8").splitlines()
    shown = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]

    for release_id in loader.release_ids():
        assert row(release_id) in shown, f"docs/library.md 应有一行：{' | '.join(row(release_id))}"
