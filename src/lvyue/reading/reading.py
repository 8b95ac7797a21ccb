"""读后: everything that was read of one file, in one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lvyue.reading import (
    consideration,
    duties,
    identity,
    linter,
    outline,
    paragraphs,
    personal,
    references,
    tables,
)
from lvyue.reading.consideration import Consideration
from lvyue.reading.duties import Candidate
from lvyue.reading.identity import Identity
from lvyue.reading.linter import PaperDoubt
from lvyue.reading.paper import Paper
from lvyue.reading.personal import Personal
from lvyue.reading.references import Reference
from lvyue.reading.source import Source

#: the stages of the way through, in their order, as ``tick`` is told them
STAGES = (
    "paragraphs",
    "outline",
    "tables",
    "references",
    "identity",
    "consideration",
    "duties",
    "personal",
    "linter",
)


@dataclass(frozen=True)
class Reading:
    """读后: what a file says, as a proposal to a person; nothing in it binds anybody."""

    paper: Paper
    references: tuple[Reference, ...]
    identity: Identity
    consideration: Consideration
    candidates: tuple[Candidate, ...]
    personal: tuple[Personal, ...]
    doubts: tuple[PaperDoubt, ...]


def _unheard(_stage: str) -> None:
    """Nobody asked to be told."""


def read(source: Source, *, tick: Callable[[str], None] | None = None) -> Reading:
    """Take a file apart, stage by stage; ``tick`` hears the name of each as it begins, and whoever asks times it."""
    begins = tick or _unheard
    begins("paragraphs")
    text = paragraphs.mend(source)
    begins("outline")
    tree = outline.outline(text)
    begins("tables")
    paper = Paper(text, tables.read_tables(text, tree), tree)
    begins("references")
    cited = references.refer(paper)
    begins("identity")
    who = identity.identify(paper)
    begins("consideration")
    paid = consideration.consider(paper, who)
    begins("duties")
    owed = duties.duties(paper, who, paid)
    begins("personal")
    private = personal.personal_data(paper, who)
    begins("linter")
    doubts = linter.lint(paper, cited, who, paid, owed)
    return Reading(paper, cited, who, paid, owed, private, doubts)
