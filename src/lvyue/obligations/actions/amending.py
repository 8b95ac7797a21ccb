"""What both sides do with an amendment: draft it, propose it, sign it, and what the second signature brings about.

Until both have signed nothing has happened: no fact, no release. With the second signature all of it happens at once, or
nothing.
"""

from __future__ import annotations

from functools import partial
from typing import assert_never

from django.db import transaction

from lvyue.accounts.permissions import Seat
from lvyue.contracts.actions import (
    AmendmentText,
    Overtaken,
    draft_amendment,
    held_amendment,
    propose_amendment,
    refuse_amendment,
    register_release,
    rewrite_amendment,
    sign_amendment,
    withdraw_amendment,
)
from lvyue.contracts.choices import AmendmentKind, AmendmentState
from lvyue.contracts.queries import Amendment, contracts
from lvyue.core.doubts import Refused
from lvyue.core.proof import canonical
from lvyue.evidence.actions import hold, import_facts, open_log
from lvyue.evidence.queries import free_id
from lvyue.library.loader import digest_of
from lvyue.obligations.actions.refreshing import refresh
from lvyue.obligations.ground import ground_of, paper_of
from lvyue.obligations.proposal import (
    Alter,
    Confirm,
    Ground,
    Settle,
    SetValue,
    doubts_of,
    fact_id,
    fact_of,
    line_of,
    proposal_of,
    raw_of,
)


def draft(kind: AmendmentKind, text: AmendmentText, *, by: Seat) -> Amendment:
    """起草: anything may still be missing; what is missing is told before it is proposed."""
    return draft_amendment(kind, _based(kind, text, by.contract_id), by=by)


def edit(number: int, version: int, text: AmendmentText, *, by: Seat) -> Amendment:
    """改动: until both have signed. Who had signed the old text has not signed this one. ``Overtaken`` if somebody was faster."""
    return rewrite_amendment(number, version, text, by=by)


def rebase(number: int, version: int, *, by: Seat) -> Amendment:
    """改以新版本为底: the same changes, to be looked at again on the release that came meanwhile."""
    with transaction.atomic():
        row = held_amendment(by.contract_id, number, by=by)
        text = AmendmentText.of(row)
        payload = {**text.payload, "base": ground_of(by.contract_id).digest}
        again = AmendmentText(text.title, text.reason, text.paper, text.effective, payload)
        return rewrite_amendment(number, version, again, by=by)


@transaction.atomic
def propose(number: int, version: int, *, by: Seat, sign_too: bool = False) -> Amendment:
    """提出: the other side sees it from now on. ``sign_too``: with the first signature of one's own side."""
    _refuse_unless_sound(held_amendment(by.contract_id, number, by=by))
    row = propose_amendment(number, version, by=by)
    return sign_amendment(number, version, by=by) if sign_too else row


@transaction.atomic
def sign(number: int, version: int, *, by: Seat) -> Amendment:
    """签署: one side's word for just this text. The second one puts the fact on record, or the next release in force."""
    contracts().select_for_update().get(pk=by.contract_id)  # no other release comes in between
    row = held_amendment(by.contract_id, number, by=by)
    if row.version != version:
        raise Overtaken(row)
    if row.state not in (AmendmentState.PROPOSED, AmendmentState.CONFIRMED_BY_ONE):
        return sign_amendment(number, version, by=by)  # which says why not
    ground = _refuse_unless_sound(row)
    if not row.signed:
        return sign_amendment(number, version, by=by)
    return _bring_into_force(row, ground, by=by)


def refuse(number: int, reason: str, *, by: Seat) -> Amendment:
    """不同意, with the reason."""
    return refuse_amendment(number, reason, by=by)


def withdraw(number: int, *, by: Seat) -> Amendment:
    """撤回."""
    return withdraw_amendment(number, by=by)


# ── what the second signature brings about ───────────────────────────────────────────────────────────────────────


def _bring_into_force(row: Amendment, ground: Ground, *, by: Seat) -> Amendment:
    proposal, paper = proposal_of(row.kind, row.payload), paper_of(row)
    if isinstance(proposal, list):
        raise Refused(proposal)
    match proposal:
        case SetValue() | Settle() | Confirm():
            open_log(row.contract_id, by=by.username)
            hold(row.contract_id)  # or the id might be taken meanwhile
            identity = free_id(row.contract_id, fact_id(row.pk))
            # The signature comes first: whoever may not sign puts nothing on record.
            signed = sign_amendment(row.number, row.version, by=by, fact=identity)
            line = line_of(proposal, paper, ground, identity, row.name)
            fact_of(line, row.name)
            import_facts(row.contract_id, [line], by=by.username, source=row.name)
        case Alter():
            raw = raw_of(proposal, paper, ground)
            if isinstance(raw, list):
                raise Refused(raw)
            release = register_release(
                row.contract_id,
                str(raw["title"]),
                canonical(raw).decode(),
                digest_of(raw),
                by=by.username,
                demonstration=row.contract.demonstration,
                effective_from=row.effective,
            )
            signed = sign_amendment(row.number, row.version, by=by, release=release)
        case _:
            assert_never(proposal)
    transaction.on_commit(partial(refresh, row.contract_id), robust=True)
    return signed


def _refuse_unless_sound(row: Amendment) -> Ground:
    ground = ground_of(row.contract_id)
    proposal = proposal_of(row.kind, row.payload)
    doubts = proposal if isinstance(proposal, list) else doubts_of(proposal, paper_of(row), ground)
    if doubts:
        raise Refused(doubts)
    return ground


def _based(kind: AmendmentKind, text: AmendmentText, contract_id: str) -> AmendmentText:
    """Alterations name the release that they alter, so that nobody signs them on another."""
    if kind is not AmendmentKind.TERMS:
        return text
    payload = {**text.payload, "base": ground_of(contract_id).digest}
    return AmendmentText(text.title, text.reason, text.paper, text.effective, payload)
