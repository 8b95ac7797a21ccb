"""对价: what is paid for what and when, by which grade, what lateness costs, and what a breach costs.

Each is read in a module of its own: ``payments``, ``gradings``, ``damages``.
"""

from __future__ import annotations

from dataclasses import dataclass

from lvyue.core.clause import ClauseRef
from lvyue.reading.damages import Damage, damages
from lvyue.reading.found import State
from lvyue.reading.gradings import ReadGrade, grades
from lvyue.reading.identity import Identity
from lvyue.reading.interests import Interest, interests
from lvyue.reading.paper import Paper
from lvyue.reading.passages import Passages
from lvyue.reading.payments import Condition, Instalment, instalments

__all__ = [
    "Condition",
    "Consideration",
    "Damage",
    "Instalment",
    "Interest",
    "ReadGrade",
    "consider",
]


@dataclass(frozen=True, slots=True)
class Consideration:
    """对价: all of it. ``grades_state`` is blank where the paper leaves the grades open."""

    instalments: tuple[Instalment, ...]
    grades: tuple[ReadGrade, ...]
    grades_state: State
    grades_clause: ClauseRef | None
    interest: tuple[Interest, ...]
    damages: tuple[Damage, ...]


def consider(paper: Paper, identity: Identity) -> Consideration:
    """Everything that moves money, as the paper says it."""
    passages = Passages(paper)
    graded, state, clause = grades(passages)
    return Consideration(
        instalments=instalments(passages, identity.price.figures.value, identity.period),
        grades=graded,
        grades_state=state,
        grades_clause=clause,
        interest=interests(passages),
        damages=damages(passages, identity.documents),
    )
