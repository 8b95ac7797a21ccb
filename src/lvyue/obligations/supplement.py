"""补充协议页: one amendment as people see it before they sign: what it changes in words and in fen, and whose turn it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import assert_never

from lvyue.accounts.permissions import Ruling, Seat
from lvyue.accounts.queries import AuditFilter, AuditRow, audit_page, audit_trail
from lvyue.contracts.choices import FINAL, AmendmentKind, AmendmentState
from lvyue.contracts.queries import Amendment, amendments, chain
from lvyue.contracts.signing import OpenStep, may_edit, may_see, open_steps, waits_for
from lvyue.core.calendar import day_of
from lvyue.core.doubts import Doubt, Refused
from lvyue.core.facts import FactId
from lvyue.core.statement import Statement
from lvyue.core.terms import Party
from lvyue.evidence.queries import free_id
from lvyue.library.changes import Difference as Change
from lvyue.library.changes import difference
from lvyue.obligations.difference import Difference, difference_of
from lvyue.obligations.ground import ground_of, paper_of
from lvyue.obligations.proposal import (
    Alter,
    Confirm,
    Ground,
    Proposal,
    Settle,
    SetValue,
    alteration_zh,
    changes_of,
    doubts_of,
    fact_id,
    fact_of,
    line_of,
    proposal_of,
    raw_of,
)
from lvyue.obligations.queries import statement_of, suppose


@dataclass(frozen=True, slots=True)
class AmendmentRow:
    """补充协议列表的一行."""

    number: int
    title: str
    kind: str
    state: str
    state_zh: str
    side: str
    paper: str
    effective: date | None
    waits: str
    mine: bool
    signed: tuple[str, ...]
    fact: str
    release: int | None


@dataclass(frozen=True, slots=True)
class Signature:
    """签署栏: a side, who signed for it and when; empty while nobody has."""

    side: str
    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Outdated:
    """底本已变: what the release says otherwise that came after the draft."""

    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class AmendmentSheet:
    """补充协议页. ``problems`` stand in the way of proposing and signing; ``effect`` None while they do."""

    row: Amendment
    kind: str
    state: str
    side: str
    listed: tuple[str, ...]
    changes: tuple[Change, ...]
    problems: tuple[Doubt, ...]
    outdated: Outdated | None
    steps: tuple[OpenStep, ...]
    editing: Ruling
    waits: str
    signatures: tuple[Signature, Signature]
    history: tuple[AuditRow, ...]
    as_of: date
    effect: Difference | None
    unreckoned: tuple[Doubt, ...]
    backwards: int

    @property
    def is_final(self) -> bool:
        return self.row.state in FINAL

    @property
    def is_proposed(self) -> bool:
        """Whether the next step of its own side is to propose it."""
        return self.row.state == AmendmentState.DRAFTED

    @property
    def in_force(self) -> bool:
        return self.row.state == AmendmentState.IN_FORCE


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────


def amendment_rows(contract_id: str, seat: Seat, state: str = "") -> tuple[AmendmentRow, ...]:
    """The amendments that a person may see, newest first; of one state where one is asked for. One read."""
    rows = amendments(contract_id)
    if state:
        rows = rows.filter(state=state)
    return tuple(_row(row, seat) for row in rows if may_see(row, seat))


def _row(row: Amendment, seat: Seat) -> AmendmentRow:
    return AmendmentRow(
        number=row.number,
        title=row.title,
        kind=row.get_kind_display(),
        state=row.state,
        state_zh=row.get_state_display(),
        side=Party(row.side).zh,
        paper=row.paper,
        effective=row.effective,
        waits=waits_for(row),
        mine=any(one.ruling for one in open_steps(row, seat) if _is_next(one)),
        signed=tuple(side.zh for side in (Party.BUYER, Party.SUPPLIER) if side.value in row.signed),
        fact=row.fact,
        release=row.release.sequence if row.release is not None else None,
    )


def _is_next(one: OpenStep) -> bool:
    """A step that leads towards an agreement: taking back and refusing are nobody's turn."""
    return one.is_signing or one.step.name == "propose"


# ── one amendment ────────────────────────────────────────────────────────────────────────────────────────────────


def amendment_sheet(row: Amendment, seat: Seat, as_of: date, today: date) -> AmendmentSheet:
    """An amendment with what it changes as of a day."""
    ground = ground_of(row.contract_id)
    proposal = proposal_of(row.kind, row.payload)
    broken = proposal if isinstance(proposal, list) else []
    known = None if isinstance(proposal, list) else proposal
    final = row.state in FINAL
    problems = broken if known is None or final else doubts_of(known, paper_of(row), ground)
    effect, unreckoned = _effect(row, known, ground, as_of) if not problems else (None, ())
    signed_on = _signed_on(row) or today
    return AmendmentSheet(
        row=row,
        kind=row.get_kind_display(),
        state=row.get_state_display(),
        side=Party(row.side).zh,
        listed=_listed(known, ground),
        changes=_changes(row, known, ground),
        problems=tuple(problems),
        outdated=None if final else _outdated(known, ground, row.contract_id),
        steps=open_steps(row, seat),
        editing=may_edit(row, seat),
        waits=waits_for(row),
        signatures=(
            Signature(Party.BUYER.zh, row.buyer_name, row.buyer_at),
            Signature(Party.SUPPLIER.zh, row.supplier_name, row.supplier_at),
        ),
        history=_history(row),
        as_of=as_of,
        effect=effect,
        unreckoned=unreckoned,
        backwards=(signed_on - row.effective).days if row.effective is not None else 0,
    )


def changes_in_words(row: Amendment) -> tuple[Change, ...]:
    """What an amendment changes, before and after, wherever it stands."""
    proposal = proposal_of(row.kind, row.payload)
    known = None if isinstance(proposal, list) else proposal
    return _changes(row, known, ground_of(row.contract_id))


def hindrances(row: Amendment) -> tuple[Doubt, ...]:
    """What stands in the way of proposing and signing; nothing where it is settled already."""
    if row.state in FINAL:
        return ()
    proposal = proposal_of(row.kind, row.payload)
    if isinstance(proposal, list):
        return tuple(proposal)
    return tuple(doubts_of(proposal, paper_of(row), ground_of(row.contract_id)))


def _signed_on(row: Amendment) -> date | None:
    """The day of the last signature of an amendment in force."""
    days = [day_of(at) for at in (row.buyer_at, row.supplier_at) if at is not None]
    return max(days) if row.state == AmendmentState.IN_FORCE and days else None


def _listed(proposal: Proposal | None, ground: Ground) -> tuple[str, ...]:
    """The alterations one by one, also where they cannot be applied together."""
    if not isinstance(proposal, Alter):
        return ()
    return tuple(alteration_zh(one, ground) for one in proposal.alterations)


def _changes(row: Amendment, proposal: Proposal | None, ground: Ground) -> tuple[Change, ...]:
    if proposal is None:
        return ()
    if row.release is not None:  # in force: the two releases say it themselves
        before, after = _releases_around(row)
        return difference(before, after)
    return changes_of(proposal, paper_of(row), ground)


def _releases_around(row: Amendment) -> tuple[dict[str, object], dict[str, object]]:
    """The raw document that an amendment in force made, and the one that it changed."""

    rows = {one.digest: one.body for one in chain(row.contract_id)}
    made = row.release.digest if row.release is not None else ""
    return json.loads(rows[row.payload["base"]]), json.loads(rows[made])


def _outdated(proposal: Proposal | None, ground: Ground, contract_id: str) -> Outdated | None:
    if not isinstance(proposal, Alter) or proposal.base == ground.digest:
        return None

    base = next((one for one in chain(contract_id) if one.digest == proposal.base), None)
    return Outdated(() if base is None else difference(json.loads(base.body), ground.raw))


def _history(row: Amendment) -> tuple[AuditRow, ...]:
    found = audit_trail(row.contract_id).filter(about=row.name, act__startswith="amendment.")
    return audit_page(found, AuditFilter()).rows


# ── what it does to findings and fen ─────────────────────────────────────────────────────────────────────────────


def _effect(
    row: Amendment, proposal: Proposal | None, ground: Ground, as_of: date
) -> tuple[Difference | None, tuple[Doubt, ...]]:
    """The difference that it makes on a day: supposed before both have signed, real afterwards; and what cannot be reckoned."""
    if proposal is None or row.state in (AmendmentState.REFUSED, AmendmentState.WITHDRAWN):
        return None, ()
    try:
        before, after = (
            _real(row, as_of)
            if row.state == AmendmentState.IN_FORCE
            else _supposed(row, proposal, ground, as_of)
        )
        return difference_of(before, after), ()
    except Refused as refused:
        return None, refused.doubts


def _supposed(
    row: Amendment, proposal: Proposal, ground: Ground, as_of: date
) -> tuple[Statement, Statement]:
    contract_id, paper = row.contract_id, paper_of(row)
    before = statement_of(contract_id, as_of)
    match proposal:
        case SetValue() | Settle() | Confirm():
            identity = free_id(contract_id, fact_id(row.pk))
            line = line_of(proposal, paper, ground, identity, row.name)
            return before, suppose(contract_id, as_of, facts=[fact_of(line, row.name)])
        case Alter():
            raw = raw_of(proposal, paper, ground)
            if isinstance(raw, list):
                raise Refused(raw)
            if paper.effective is not None and as_of < paper.effective:
                return before, before  # before its day it does not exist
            return before, suppose(contract_id, as_of, raw=raw, from_day=paper.effective)
        case _:
            assert_never(proposal)


def _real(row: Amendment, as_of: date) -> tuple[Statement, Statement]:
    after = statement_of(row.contract_id, as_of)
    if row.kind != AmendmentKind.TERMS:
        on_record = any(
            fact.id == row.fact
            for facts in after.evaluation.book.by_kind.values()
            for fact in facts
        )
        if not on_record:  # its day has not come, or the fact was withdrawn since
            return after, after
        return suppose(row.contract_id, as_of, without=[FactId(row.fact)]), after
    made = row.release.digest if row.release is not None else None
    before = statement_of(row.contract_id, as_of, release=row.payload["base"])
    return before, statement_of(row.contract_id, as_of, release=made)
