"""疑义台与参数表: what the paper leaves open, what stops because of it, who can close it, and what is under way to do so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lvyue.accounts.permissions import Seat
from lvyue.contracts.choices import FINAL
from lvyue.contracts.queries import Amendment, amendments
from lvyue.contracts.signing import may_see, waits_for
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Severity
from lvyue.core.facts import FactId
from lvyue.core.instalments import Instalment, PaymentState
from lvyue.core.money import Money
from lvyue.core.statement import Statement
from lvyue.core.terms import Event, Parameter, Party, TermId
from lvyue.obligations.card import findings_by_term, open_most
from lvyue.obligations.ground import read_proposal
from lvyue.obligations.marks import Mark, mark_of, worst
from lvyue.obligations.proposal import targets_of, unit_zh, value_zh
from lvyue.obligations.screen import DoubtView, doubt_views
from lvyue.obligations.wording import anchor_of


@dataclass(frozen=True, slots=True)
class Pending:
    """在办的提案: an amendment that is neither in force nor given up, and whose turn it is."""

    number: int
    title: str
    state: str
    waits: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """停住的约定: what a blocking doubt stops, and how the term stands now."""

    term: TermId
    says: str
    clause: str
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class StoppedMoney:
    """停住的金额: an instalment that nobody can reckon before the doubt is settled; ``most`` None where nothing limits it."""

    term: TermId
    instalment: int
    most: Money | None


@dataclass(frozen=True, slots=True)
class DeskDoubt:
    """疑义台的一项. ``facts`` are the facts that raised it: such a doubt is mended, not settled."""

    view: DoubtView
    stopped: tuple[Stopped, ...]
    money: tuple[StoppedMoney, ...]
    facts: tuple[FactId, ...]
    raised: bool
    pending: tuple[Pending, ...]

    @property
    def is_open(self) -> bool:
        return self.view.settled_on is None


class DoubtState(StrEnum):
    """疑义状态: the filter of the desk, by the value in its address."""

    OPEN = "open"
    PENDING = "pending"
    SETTLED = "settled"

    @property
    def zh(self) -> str:
        return {"open": "未决", "pending": "已有提案", "settled": "已解决"}[self.value]


@dataclass(frozen=True, slots=True)
class DeskFilter:
    """疑义筛选: of one severity, one state, one owner, with these words. Nothing asked is all."""

    severity: Severity | None = None
    state: DoubtState | None = None
    owner: Party | None = None
    words: str = ""

    @property
    def is_empty(self) -> bool:
        return self == DeskFilter()

    def wants(self, one: DeskDoubt) -> bool:
        view = one.view
        text = " ".join((view.says, view.safe, view.mend, *(ref for _, ref in view.places)))
        return (
            self.severity in (None, view.severity)
            and (self.owner is None or view.owner in (self.owner.zh, Party.BOTH.zh))
            and self._in_state(one)
            and all(word in text.casefold() for word in self.words.casefold().split())
        )

    def _in_state(self, one: DeskDoubt) -> bool:
        match self.state:
            case None:
                return True
            case DoubtState.OPEN:
                return one.is_open
            case DoubtState.PENDING:
                return one.is_open and bool(one.pending)
            case DoubtState.SETTLED:
                return not one.is_open


@dataclass(frozen=True, slots=True)
class DoubtsDesk:
    """疑义台: blocking first, settled last; the numbers are those of all, whatever is shown."""

    title: str
    doubts: tuple[DeskDoubt, ...]
    severities: tuple[tuple[Severity, int], ...]
    open: int
    settled: int
    filtered: bool = False

    @property
    def first(self) -> tuple[DeskDoubt, ...]:
        """What somebody must do something about; whatever a filter asked for."""
        return tuple(one for one in self.doubts if self._counts(one))

    @property
    def rest(self) -> tuple[DeskDoubt, ...]:
        """What is only noted, and what is settled."""
        return tuple(one for one in self.doubts if not self._counts(one))

    def _counts(self, one: DeskDoubt) -> bool:
        return self.filtered or (one.is_open and one.view.severity is not Severity.NOTE)


def desk_of(statement: Statement, rows: Iterable[Amendment], only: DeskFilter) -> DoubtsDesk:
    """The desk of a statement, with the amendments that are under way."""
    under_way = _under_way(rows)
    stopping = _Stopping(statement)
    raised = {
        str(doubt.id): doubt.places
        for one in statement.evaluation.instalments
        for doubt in one.raised
    }
    every = []
    for view in doubt_views(statement):
        places = raised.get(view.id)
        every.append(
            DeskDoubt(
                view=view,
                stopped=stopping.terms(view),
                money=stopping.money(view),
                facts=_named_facts(places or ()),
                raised=places is not None,
                pending=under_way.get(("疑义", view.id), ()),
            )
        )
    still = [one for one in every if one.is_open]
    return DoubtsDesk(
        title=statement.evaluation.release.title,
        doubts=tuple(one for one in every if only.wants(one)),
        severities=tuple(
            (severity, sum(one.view.severity is severity for one in still)) for severity in Severity
        ),
        open=len(still),
        settled=len(every) - len(still),
        filtered=not only.is_empty,
    )


def _named_facts(places: Sequence[str]) -> tuple[FactId, ...]:
    found = (place.removeprefix("事实 ") for place in places if place.startswith("事实 "))
    return tuple(FactId(one) for one in found)


def open_amendments(contract_id: str, seat: Seat) -> list[Amendment]:
    """The amendments under way that this person may see; one read."""
    rows = amendments(contract_id).exclude(state__in=FINAL)
    return [row for row in rows if may_see(row, seat)]


def _under_way(rows: Iterable[Amendment]) -> Mapping[tuple[str, ...], tuple[Pending, ...]]:
    """The amendments under way by what they are about."""
    found: dict[tuple[str, ...], tuple[Pending, ...]] = {}
    for row in rows:
        proposal = read_proposal(row)
        if proposal is None or row.state in FINAL:
            continue
        pending = Pending(row.number, row.title, row.get_state_display(), waits_for(row))
        for target in targets_of(proposal):
            found[target] = (*found.get(target, ()), pending)
    return found


class _Stopping:
    """What stops because of which doubt, looked up in one statement."""

    def __init__(self, statement: Statement) -> None:
        self._release = statement.evaluation.release
        self._findings = findings_by_term(statement)
        self._instalments = statement.settlement.instalments

    def terms(self, view: DoubtView) -> tuple[Stopped, ...]:
        return tuple(self._stopped(term, says) for term, says in view.blocks)

    def _stopped(self, term_id: TermId, says: str) -> Stopped:
        term = self._release.term_by_id[term_id]
        marks = [mark_of(term, finding) for finding in self._findings.get(term_id, ())]
        return Stopped(term_id, says, str(term.clauses[0]), worst(marks) if marks else None)

    def money(self, view: DoubtView) -> tuple[StoppedMoney, ...]:
        if view.settled_on is not None or view.severity is not Severity.BLOCK:
            return ()
        blocked = {term for term, _ in view.blocks}
        return tuple(
            StoppedMoney(one.term.id, one.term.instalment, open_most(one))
            for one in self._instalments
            if one.state is PaymentState.NOT_DECIDABLE and self._names(one, view, blocked)
        )

    def _names(self, one: Instalment, view: DoubtView, blocked: set[TermId]) -> bool:
        return (
            view.id in one.doubts
            or view.id in {doubt.id for doubt in one.raised}
            or one.term.id in blocked
        )


# ── the parameter sheet ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AgreedValue:
    """商定的数值: since when, by which paper, and the fact that says so."""

    value: str
    since: date
    paper: str
    fact: FactId


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """参数表的一行: what the paper leaves open. Without an agreed value the platform measures and declares no breach."""

    id: str
    says: str
    unit: str
    owner: str
    source: str
    clauses: tuple[tuple[str, str], ...]
    terms: tuple[tuple[TermId, str], ...]
    values: tuple[AgreedValue, ...]
    pending: tuple[Pending, ...]

    @property
    def now(self) -> AgreedValue | None:
        """The value in force on the day of the sheet."""
        return self.values[-1] if self.values else None


@dataclass(frozen=True, slots=True)
class ParameterSheet:
    """参数表: every number that the contract leaves open."""

    title: str
    rows: tuple[ParameterRow, ...]
    agreed: int
    open: int


def sheet_of(
    statement: Statement, rows: Iterable[Amendment], *, agreed: bool | None = None
) -> ParameterSheet:
    """The parameters of a statement; ``agreed`` keeps those that are agreed, or those that are not."""
    under_way = _under_way(rows)
    every = [*_parameters(statement, under_way)]
    known = sum(one.now is not None for one in every)
    return ParameterSheet(
        title=statement.evaluation.release.title,
        rows=tuple(one for one in every if agreed is None or agreed == (one.now is not None)),
        agreed=known,
        open=len(every) - known,
    )


def _parameters(
    statement: Statement, under_way: Mapping[tuple[str, ...], tuple[Pending, ...]]
) -> Iterator[ParameterRow]:
    release = statement.evaluation.release
    for parameter in release.parameters:
        known = [term for term in parameter.terms if term in release.term_by_id]
        yield ParameterRow(
            id=parameter.id,
            says=parameter.says,
            unit=unit_zh(parameter.unit),
            owner=parameter.owner.zh,
            source=parameter.source,
            clauses=tuple(_place(ref) for ref in parameter.clauses),
            terms=tuple((term, release.term_by_id[term].says) for term in known),
            values=_values(statement, parameter),
            pending=under_way.get(("参数", parameter.id), ()),
        )


def _place(ref: ClauseRef) -> tuple[str, str]:
    return anchor_of(ref), str(ref)


def _values(statement: Statement, parameter: Parameter) -> tuple[AgreedValue, ...]:
    about = Event("parameter.agreed", (("parameter", parameter.id),))
    return tuple(
        AgreedValue(value_zh(fact.data["value"]), fact.day, fact.data["paper"], fact.id)
        for fact in statement.evaluation.book.all(about)
    )
