"""版本链: the releases of one contract over time, and which of them is in force on a day.

A supplement changes named clauses from a day on. What began before that day keeps the release under which it began, and
on any earlier day the supplement does not exist at all. Which release judges which occurrence is in ``succession``; here
is only what both findings and instalments ask: who is in force when, and whether a term was changed at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from lvyue.core.release import Release
from lvyue.core.terms import (
    Anchor,
    Availability,
    DeadlineAfterEvent,
    DeadlineBeforeDate,
    Deliverable,
    LateInterest,
    Payment,
    Recurring,
    Remainder,
    Share,
    Tally,
    Term,
    TermId,
    Threshold,
)


@dataclass(frozen=True, slots=True)
class InForce:
    """施行期: a release, its first day (None: from the beginning) and the first day of the next (None: still in force)."""

    release: Release
    since: date | None = None
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the release is in force on a day."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day < self.until
        )


@dataclass(frozen=True, slots=True)
class Chain:
    """版本链: releases of one contract with the day each takes effect, ascending; the first holds from the beginning.

    A later release without a day is a better reading of the same paper: it stands in the place of those before it.
    """

    versions: tuple[tuple[Release, date | None], ...]

    def __post_init__(self) -> None:
        """Refuses a chain of nothing, of several contracts, or out of order."""
        if not self.versions:
            raise ValueError("版本链不能为空。")
        if len({release.id for release, _ in self.versions}) > 1:
            raise ValueError("版本链里有别的合同的版本。")
        for (_, before), (_, after) in pairwise(self.versions[1:]):
            if (before or date.min) > (after or date.min):
                raise ValueError(f"版本链次序颠倒：{after} 在 {before} 之后。")

    def on(self, as_of: date) -> tuple[InForce, ...]:
        """The releases in force up to the end of a day, oldest first: never empty, and the last is in force on that day."""
        first, *later = self.versions
        known = [(first[0], None), *((r, d) for r, d in later if d is None or d <= as_of)]
        kept: list[tuple[Release, date | None]] = []
        for release, since in known:
            if kept and kept[-1][1] == since:
                kept.pop()  # it was replaced on its first day, so it never was in force
            if not kept or kept[-1][0].digest != release.digest:
                kept.append((release, since))
        ends = [*(since for _, since in kept[1:]), None]
        return tuple(
            InForce(release, since, until)
            for (release, since), until in zip(kept, ends, strict=True)
        )


#: What a contract may be given as: one release for ever, or a chain of them.
Contract: TypeAlias = Release | Chain


def in_force(contract: Contract, as_of: date) -> tuple[InForce, ...]:
    """The releases that a question about a day may need, oldest first."""
    return contract.on(as_of) if isinstance(contract, Chain) else (InForce(contract),)


def on_day(versions: Sequence[InForce], day: date) -> InForce:
    """The version in force on a day."""
    return next(one for one in reversed(versions) if one.since is None or one.since <= day)


# ── what a supplement changed ────────────────────────────────────────────────────────────────────────────────────


class Wording(NamedTuple):
    """写法: a term as it stood for a while. Versions that leave it alone are one wording."""

    version: InForce
    term: Term


def wordings(versions: Sequence[InForce]) -> Iterator[tuple[Wording, ...]]:
    """Every term with its wordings, oldest first: those of the newest release in its order, then those that were removed."""
    ids: dict[TermId, None] = {}
    for version in reversed(versions):
        ids |= dict.fromkeys(term.id for term in version.release.terms)
    for term_id in ids:
        yield wordings_of(term_id, versions)


def wordings_of(term_id: TermId, versions: Sequence[InForce]) -> tuple[Wording, ...]:
    """The wordings of one term; a version that does not have it leaves a gap."""
    found: list[Wording] = []
    for version in versions:
        term = version.release.term_by_id.get(term_id)
        if term is None:
            continue
        last = found[-1] if found else None
        if (
            last is not None
            and last.version.until == version.since
            and _matter(last.term, last.version.release) == _matter(term, version.release)
        ):
            found[-1] = Wording(
                InForce(version.release, last.version.since, version.until), term
            )  # judged once, by the newest
        else:
            found.append(Wording(version, term))
    return tuple(found)


def _matter(term: Term, release: Release) -> tuple[object, ...]:
    """All of a release that the verdict or the sum of a term rests on besides the facts."""
    severities = tuple(release.doubt_by_id[doubt].severity for doubt in term.doubts)
    ruling = release.overruled.get(term.id)
    return (term, severities, None if ruling is None else ruling.value, *_rests_on(term, release))


def _rests_on(term: Term, release: Release) -> tuple[object, ...]:
    period = (release.period.start, release.period.end)
    match term:
        case Recurring() | Deliverable() | Threshold(measure=Availability() | Tally()):
            return period
        case DeadlineBeforeDate(anchor=Anchor()):
            return period
        case DeadlineAfterEvent(triggers=triggers):
            return period if any(isinstance(one, Anchor) for one in triggers) else ()
        case Payment(amount=amount, instalment=number):
            interest = tuple(
                one
                for one in release.governing
                if isinstance(one, LateInterest) and number in one.instalments
            )
            match amount:
                case Share():
                    return (release.price, *interest)
                case Remainder(grades=grades):
                    return (release.price, release.term_by_id[grades], *interest)
                case _:
                    return interest
        case _:
            return ()


__all__ = [
    "Chain",
    "Contract",
    "InForce",
    "Wording",
    "in_force",
    "on_day",
    "wordings",
    "wordings_of",
]
