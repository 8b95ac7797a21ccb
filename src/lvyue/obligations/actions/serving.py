"""送达与事实: what a letter's service, a changed contact and a prompt notice put on record, in the transaction in which they happen.

A clock of the contract runs from the fact, and the fact from the receipt. Where a receipt is corrected the fact is
corrected too, by another one. Where no term waits for such a letter, or where the log could not tell whose default it
speaks of, nothing is recorded, and the page says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Seat
from lvyue.core.calendar import moment_of
from lvyue.core.facts import KINDS, FactId
from lvyue.core.release import Release
from lvyue.core.service import Served, Service
from lvyue.core.terms import (
    DeadlineAfterEvent,
    DeadlineBeforeDate,
    Duty,
    Event,
    Party,
    Permission,
    Term,
)
from lvyue.evidence.actions import hold, import_facts, open_log
from lvyue.evidence.queries import corrections, facts_named, facts_on, free_id
from lvyue.notices.actions import contacts as registering
from lvyue.notices.actions import letters as lettering
from lvyue.notices.actions import prompting
from lvyue.notices.actions.contacts import NewContact
from lvyue.notices.actions.letters import Moved, NewDispatch, NewReceipt
from lvyue.notices.actions.prompting import NewLeg
from lvyue.notices.letter_choices import WEIGHTS, LetterKind, PromptChannel, Side
from lvyue.notices.queries.contacts import Contact, known_from, release_of
from lvyue.notices.queries.letters import Dispatch, Letter, service_of
from lvyue.notices.queries.prompts import (
    PromptLeg,
    PromptNotice,
    fact_id,
    prompt,
    recorded,
    sent_from_here,
    sheet_of,
)
from lvyue.obligations.actions.recording import new_token
from lvyue.obligations.actions.refreshing import refresh
from lvyue.obligations.drafting import Draft

# ── which fact a letter is ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Consequence:
    """送达的后果: the kind of fact that the service of a letter is; or why it is none."""

    kind: str
    because: str


def consequence_of(row: Letter, on: date) -> Consequence:
    """What the service of a letter on a day means for the contract."""
    side, kind = Side(row.side), LetterKind(row.kind)
    fact = WEIGHTS[kind].facts.get(side, "")
    if not fact:
        return Consequence("", "这种函件只留记录，不起算期限。")
    release = release_of(row.contract_id, on)
    if kind is LetterKind.CONSENT:
        return _consent(row, release)
    if release is None or not (waiting := list(_waiting(release, fact))):
        return Consequence("", f"合同里没有约定等着“{KINDS[fact].zh}”，只留记录。")
    if astray := [term for term, receives in waiting if not _meant(term, side, receives=receives)]:
        says = f"“{astray[0].says}”说的不是{side.label}发出的这种函件，登记会算错人，只留记录。"
        return Consequence("", says)
    return Consequence(fact, f"登记为“{KINDS[fact].zh}”。")


def _consent(row: Letter, release: Release | None) -> Consequence:
    """A consent waives the term that it names, from the day of its service on: what was done before is ratified only (OBL-06)."""
    terms = release.governing if release is not None else ()
    term = next((one for one in terms if one.id == row.term), None)
    if term is None or term.debtor is not Side(row.side).other.party:
        return Consequence("", "现行合同里没有对方的这项约定，只留记录。")
    says = (
        f"送达之日起登记为对“{term.says}”的书面豁免；"
        "此前已经发生的属事后追认，不改变结论（OBL-06）。"
    )
    return Consequence("term.waived", says)


def _waiting(release: Release, fact: str) -> Iterator[tuple[Term, bool]]:
    """The terms that wait for a kind of fact, and whether their debtor is who receives the letter."""
    for term in release.governing:
        match term:
            case DeadlineAfterEvent(triggers=starts, done=ends):
                pass
            case DeadlineBeforeDate(anchor=anchor, done=ends):
                starts = (anchor,)
            case Duty(trigger=trigger, done=done):
                starts = (trigger,) if trigger is not None else ()
                ends = (done,) if done is not None else ()
            case Permission(opens=opens):
                starts, ends = (), (opens,) if opens is not None else ()
            case _:
                continue
        if any(isinstance(one, Event) and one.kind == fact for one in starts):
            yield term, True
        elif any(one.kind == fact for one in ends):
            yield term, False


def _meant(term: Term, sender: Side, *, receives: bool) -> bool:
    """Whether a letter of this side is the one that a term waits for."""
    if term.debtor is Party.BOTH:
        return True
    return term.debtor is (sender.other if receives else sender).party


# ── letters ──────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def send_letter(number: int, new: NewDispatch, *, by: Seat) -> Dispatch:
    """送出函件."""
    return lettering.dispatch_letter(number, new, by=by)


@transaction.atomic
def receive(number: int, new: NewReceipt, *, by: Seat) -> Moved:
    """登记回执, and put on record what follows from it: the service, a later or earlier day, or that there was none."""
    moved = lettering.record_receipt(number, new, by=by)
    _follow(moved.letter, moved.service, by)
    return moved


def _follow(row: Letter, service: Service, by: Seat) -> None:
    """The fact of a letter is what its service is now."""
    before = row.fact
    if isinstance(service, Served):
        told = consequence_of(row, service.on)
        if told.kind and not before:
            _record_service(row, service, told.kind, by)
        elif before:
            _correct_service(row, service, by)
        lettering.tell_served(row, by)
    elif before:
        _withdraw_service(row, by)
    if LetterKind(row.kind) is LetterKind.CONTACT_CHANGE and row.fact != before:
        _refresh_later(row.contract_id)


def _record_service(row: Letter, service: Served, kind: str, by: Seat) -> None:
    paper = row.paper or row.name
    names = {one.name for one in KINDS[kind].fields}
    data: dict[str, Any] = {"paper": paper} if "paper" in names else {}
    if "about" in names:
        data["about"] = row.title
    subject: str | None = row.subject or row.name
    if "term" in names:
        data["term"] = row.term
        subject = row.subject or None  # without an occurrence all of them are meant
    evidence = tuple(dict.fromkeys(service.receipt.evidence))
    there = _there(row.contract_id, kind, service.on, subject, data.get("term"))
    identity = there or _record(
        row.contract_id, f"f-letter-{row.pk}", kind, service.at, subject, data, evidence, by
    )
    lettering.note_fact(row, identity)


def _there(
    contract_id: str, kind: str, on: date, subject: str | None, term: str | None = None
) -> str:
    """The fact that somebody recorded of the same thing before, by hand; empty where there is none."""
    taken_back = {one.data["fact"] for one in corrections(contract_id)}
    found = facts_on(contract_id, kind, on)
    fit = (
        one
        for one in found
        if one.subject == subject and one.data.get("term") == term and one.id not in taken_back
    )
    return next((str(one.id) for one in fit), "")


def _correct_service(row: Letter, service: Served, by: Seat) -> None:
    """Another day: a correction in the log, beside the fact that it corrects."""
    if _recorded_at(row) == service.at.isoformat():
        return
    data = {"fact": row.fact, "reason": _why(row), "at": service.at.isoformat()}
    _record(row.contract_id, _fresh(), "fact.corrected", clock.today(), None, data, (), by)


def _withdraw_service(row: Letter, by: Seat) -> None:
    data = {"fact": row.fact, "reason": _why(row)}
    _record(row.contract_id, _fresh(), "fact.withdrawn", clock.today(), None, data, (), by)
    lettering.note_fact(row, "")


def _why(row: Letter) -> str:
    return f"{row.name}的回执更正"


def _fresh() -> str:
    return f"f-{new_token()}"


def _recorded_at(row: Letter) -> str:
    """When the log says that the letter was served, corrections applied."""
    found = facts_named(row.contract_id, [row.fact])
    at = found[0].at.isoformat() if found else ""
    return [at, *moved_to(row.contract_id, row.fact)][-1]


def moved_to(contract_id: str, identity: str) -> list[str]:
    """The times to which a fact was moved, in the order in which that was recorded."""
    return [
        str(one.data["at"])
        for one in corrections(contract_id)
        if one.kind == "fact.corrected" and one.data["fact"] == identity and "at" in one.data
    ]


# ── contacts ─────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def register_contact(new: NewContact, *, by: Seat) -> Contact:
    """登记联系方式: a change of one is a fact, from which the time to tell of it runs; that it was told is another."""
    row = registering.enter_contact(new, by=by)
    if row.replaces_id is None:
        return row
    subject = f"联系方式-{row.pk}"
    _record(
        row.contract_id, f"f-contact-{row.pk}", "contact.changed", row.since, subject, {}, (), by
    )
    known = known_from(row)
    if known is not None:
        data = {"paper": row.paper} if row.paper else {}
        evidence = (row.evidence,) if row.evidence else ()
        identity = f"f-contact-{row.pk}-told"
        _record(row.contract_id, identity, "contact.notified", known, subject, data, evidence, by)
    return row


# ── prompt notices ───────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def record_leg(number: int, new: NewLeg, *, by: Seat) -> PromptLeg:
    """登记一路, and the fact of its channel once everybody has it."""
    leg = prompting.record_leg(number, new, by=by)
    follow_prompt(leg.notice, by=by)
    return leg


@transaction.atomic
def follow_prompt(row: PromptNotice, *, by: Seat | str) -> tuple[str, ...]:
    """登记送达的各路: for each channel that is complete one fact, once. Answers the ids of the new ones."""
    fresh = prompt(row.contract_id, row.number)
    if fresh is None:
        return ()
    sheet = sheet_of(fresh, clock.now())
    made = []
    for state in sheet.states:
        channel = PromptChannel(state.channel)
        if state.complete is None or recorded(fresh, channel, state.complete):
            continue
        own = [one for one in sheet.legs if one.channel is channel and one.delivered]
        evidence = tuple(dict.fromkeys(one.evidence for one in own if one.evidence))
        identity = _record(
            row.contract_id,
            fact_id(fresh, channel),
            "notice.sent",
            state.complete,
            row.subject,
            {"channel": channel.value},
            evidence,
            by,
        )
        made.append(identity)
    return tuple(made)


def follow_prompts() -> int:
    """跟进限时通知: what the channels reported since is put on record. How many facts were new."""
    waiting = sent_from_here(clock.now())
    return sum(len(follow_prompt(one, by="送达回报")) for one in waiting)


# ── into the log ─────────────────────────────────────────────────────────────────────────────────────────────────


def _record(
    contract_id: str,
    wanted: str,
    kind: str,
    at: date | datetime,
    subject: str | None,
    data: Mapping[str, Any],
    evidence: tuple[str, ...],
    by: Seat | str,
) -> str:
    """One fact that follows from what was done here, with its audit entry. Its id is answered."""
    username = by if isinstance(by, str) else by.username
    at = moment_of(at) if isinstance(at, datetime) else at
    open_log(contract_id, by=username)
    size = hold(contract_id)  # or the id might be taken meanwhile
    identity = free_id(contract_id, wanted)
    draft = Draft(FactId(identity), kind, at, subject, data, evidence)
    import_facts(contract_id, [draft.line], by=username, source="")
    after = {"kind": kind, "at": at.isoformat(), "subject": subject, "index": size}
    audit("fact.recorded", by=by, contract_id=contract_id, about=identity, after=after)
    _refresh_later(contract_id)
    return str(identity)


def _refresh_later(contract_id: str) -> None:
    transaction.on_commit(lambda: refresh(contract_id), robust=True)


__all__ = [
    "Consequence",
    "consequence_of",
    "follow_prompt",
    "follow_prompts",
    "moved_to",
    "receive",
    "record_leg",
    "register_contact",
    "send_letter",
    "service_of",
]
