"""底本: the contract as it stands now, for whoever proposes to change it: newest release, what is settled, what is in force."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from hashlib import sha256

from lvyue.contracts.choices import AmendmentState
from lvyue.contracts.queries import Amendment, amendments, chain, chains, in_force, versions
from lvyue.core.book import Agreed, Book
from lvyue.core.calendar import Calendar
from lvyue.core.facts import FactId
from lvyue.core.findings import Case
from lvyue.core.release import Release
from lvyue.evidence.facts import fact_of
from lvyue.evidence.lines import CORRECTIONS
from lvyue.evidence.queries import entries, entries_of_kinds, newest_of_kinds
from lvyue.library.loader import structure
from lvyue.obligations.memo import Memo
from lvyue.obligations.proposal import Ground, Paper, Proposal, Rival, proposal_of, targets_of
from lvyue.obligations.queries import UnknownContract, calendar, release_in

_SETTLING = ("parameter.agreed", "doubt.settled", *CORRECTIONS)
#: The kinds that rule over terms, whatever else a fact is about.
RULINGS = (
    *("parameter.agreed", "doubt.settled", "term.suspended", "term.resumed"),
    *("term.waived", "term.excused", *CORRECTIONS),
)


def case_of(contract_id: str, on: date) -> Case:
    """What a duty that begins on a day is judged with: the release in force then, and all that people settled since.

    The book holds what rules over terms and no other fact, however far ahead it is dated. Two reads where the release is
    known already; ``UnknownContract`` without one.
    """
    rows = in_force(versions(contract_id), on)
    if not rows:
        raise UnknownContract(contract_id)
    release = release_in(rows[-1])
    rulings = entries_of_kinds(contract_id, RULINGS)
    days = calendar()
    known = (contract_id, release.digest, days.digest, rulings)
    return _cases.get(known, lambda: _case(contract_id, release, days, rulings))


#: The same rulings on the same release are the same case, whatever else has been put on record since.
_cases: Memo[tuple[str, str, str, tuple[tuple[int, bytes], ...]], Case] = Memo(1024)


def _case(
    contract_id: str, release: Release, days: Calendar, rulings: Sequence[tuple[int, bytes]]
) -> Case:
    facts = [fact_of(contract_id, index, raw) for index, raw in rulings]
    book = Book.of(facts, date.max, len(facts))
    return Case(release, book, days, date.max, book.settled())


def bases_of(contract_ids: Collection[str]) -> dict[str, str]:
    """What the times of each contract follow from, as one short digest: its releases, what was settled, the calendar. Two reads."""
    found = chains(contract_ids)
    settled = newest_of_kinds(contract_ids, RULINGS)
    days = calendar().digest
    return {
        contract_id: _digest(*(row.digest for row in rows), settled.get(contract_id, ""), days)
        for contract_id, rows in found.items()
    }


def _digest(*parts: object) -> str:
    return sha256("\n".join(map(str, parts)).encode()).hexdigest()


def ground_of(contract_id: str) -> Ground:
    """What a proposal on this contract is checked against now. Three reads; ``UnknownContract`` without a release."""
    rows = chain(contract_id)
    if not rows:
        raise UnknownContract(contract_id)
    raw = json.loads(rows[-1].body)
    book = _settlings(contract_id)
    agreed: dict[str, list[Agreed]] = {}
    for fact in book.by_kind.get("parameter.agreed", ()):
        one = Agreed(fact.data["value"], fact.day, FactId(fact.id))
        agreed.setdefault(fact.data["parameter"], []).append(one)
    return Ground(
        release=structure(raw),
        raw=raw,
        settled={fact.data["doubt"]: fact for fact in book.by_kind.get("doubt.settled", ())},
        agreed=agreed,
        rivals=rivals(amendments(contract_id).filter(state=AmendmentState.IN_FORCE)),
    )


def _settlings(contract_id: str) -> Book:
    """What people settled on record, corrections applied, however far ahead it is dated."""
    found = entries(contract_id).filter(kind__in=_SETTLING).values_list("index", "raw")
    facts = [fact_of(contract_id, index, bytes(raw)) for index, raw in found]
    return Book.of(facts, date.max, len(facts))


def rivals(rows: Iterable[Amendment]) -> tuple[Rival, ...]:
    """Amendments in force as what another one must not collide with."""
    found = []
    for row in rows:
        proposal = proposal_of(row.kind, row.payload)
        if row.effective is not None and not isinstance(proposal, list):
            found.append(Rival(row.name, row.effective, targets_of(proposal)))
    return tuple(found)


def paper_of(row: Amendment) -> Paper:
    return Paper(row.title, row.paper, row.effective)


def read_proposal(row: Amendment) -> Proposal | None:
    """The proposal of a row; None while its payload cannot be understood."""
    proposal = proposal_of(row.kind, row.payload)
    return None if isinstance(proposal, list) else proposal
