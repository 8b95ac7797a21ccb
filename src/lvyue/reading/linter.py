"""合同体检: what a person must settle before the contract can be performed: blanks, conflicts, slips, missing papers.

Each rule is a function of a reading and stands in ``RULES``; each finding says what is wrong, the safe reading until it is
settled, what it blocks, and which paper would settle it.
"""

from __future__ import annotations

from lvyue.core.doubts import Severity
from lvyue.reading import (
    rules_blanks,
    rules_breaches,
    rules_duties,
    rules_money,
    rules_papers,
    rules_parties,
    rules_phrases,
    rules_tables,
    rules_text,
    rules_time,
)
from lvyue.reading.consideration import Consideration
from lvyue.reading.duties import Candidate
from lvyue.reading.identity import Identity
from lvyue.reading.paper import Paper
from lvyue.reading.references import Reference
from lvyue.reading.rules import Docket, PaperDoubt, Rule

__all__ = ["RULES", "PaperDoubt", "lint"]

#: every rule, in the order in which doubts of one severity are shown
RULES: tuple[Rule, ...] = (
    *rules_parties.RULES,
    *rules_blanks.RULES,
    *rules_money.RULES,
    *rules_time.RULES,
    *rules_papers.RULES,
    *rules_tables.RULES,
    *rules_duties.RULES,
    *rules_breaches.RULES,
    *rules_phrases.RULES,
    *rules_text.RULES,
)

_ORDER = list(Severity)


def lint(
    paper: Paper,
    references: tuple[Reference, ...],
    identity: Identity,
    consideration: Consideration,
    candidates: tuple[Candidate, ...],
) -> tuple[PaperDoubt, ...]:
    """合同体检: every doubt, the blocking ones first, then in the order of ``RULES``."""
    docket = Docket(paper, references, identity, consideration, candidates)
    doubts = [doubt for rule in RULES for doubt in rule.run(docket)]
    return tuple(sorted(doubts, key=lambda doubt: _ORDER.index(doubt.severity)))
