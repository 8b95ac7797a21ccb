"""候选约定: what the readers of sentences, tables and money propose to a person, all in one shape."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lvyue.core.clause import ClauseRef
from lvyue.core.terms import Party, TermKind
from lvyue.reading.paragraphs import Span
from lvyue.reading.quantities import Bound, Frequency, TimeWord


class Certainty(StrEnum):
    """把握: how the reader came to it: a plain pattern, a likely one, or a guess that a person must look at first."""

    SURE = "sure"
    LIKELY = "likely"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Candidate:
    """候选约定: kind, clause, who owes (for a permission: who may), the act in the paper's words, and the numbers with it.

    ``trigger`` is the phrase that starts it, ``event`` and ``done`` the kinds of fact for it where they are known. ``unless`` is an
    exception (未经甲方书面同意, 除非…). ``survives``: it outlives the contract. ``spans`` begin with its own sentence; a second one is
    the lead sentence it depends on (乙方应当: …).
    """

    kind: TermKind
    clause: ClauseRef
    debtor: Party
    act: str
    spans: tuple[Span, ...]
    certainty: Certainty
    trigger: str = ""
    event: str = ""
    done: str = ""
    limit: TimeWord | None = None
    frequency: Frequency | None = None
    bound: Bound | None = None
    count: int | None = None
    item: str = ""
    unless: str = ""
    survives: bool = False
