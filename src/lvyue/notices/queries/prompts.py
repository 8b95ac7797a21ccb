"""Reads of prompt notices: "within one hour by mail AND SMS" is one notice with two legs, each complete or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch, QuerySet

from lvyue import clock
from lvyue.core.calendar import Span
from lvyue.core.release import Release
from lvyue.core.service import Leg, LegState, legs_of
from lvyue.core.terms import DeadlineAfterEvent, Party
from lvyue.evidence.queries import corrections, facts_named, facts_on
from lvyue.notices.letter_choices import PromptChannel, Side
from lvyue.notices.models import Contact, PromptLeg, PromptNotice
from lvyue.notices.models import Leg as Sending
from lvyue.notices.queries.contacts import counting_on, release_of
from lvyue.notices.veiling import veiled

#: Where each channel leads.
KIND_OF = {PromptChannel.MAIL: "email", PromptChannel.SMS: "mobile"}

_SENT = "notice.sent"


@dataclass(frozen=True, slots=True)
class PromptTerm:
    """限时通知的约定: who must tell within which time by which channels, all of them."""

    id: str
    says: str
    clause: str
    side: Side
    within: Span
    channels: tuple[PromptChannel, ...]
    triggers: tuple[str, ...]


def prompt_terms(release: Release | None) -> tuple[PromptTerm, ...]:
    """The terms of a contract that ask for a notice by several named channels within minutes or hours."""
    found = []
    for term in release.governing if release is not None else ():
        if not isinstance(term, DeadlineAfterEvent) or not isinstance(term.within, Span):
            continue
        named = [dict(event.where).get("channel") for event in term.done if event.kind == _SENT]
        channels = tuple(one for one in PromptChannel if one.value in named)
        if len(channels) < len(term.done) or not term.within.unit.is_clock or not channels:
            continue
        if term.debtor is Party.BOTH:
            continue
        found.append(
            PromptTerm(
                id=str(term.id),
                says=term.says,
                clause=str(term.clauses[0]),
                side=Side(term.debtor.value),
                within=term.within,
                channels=channels,
                triggers=tuple(str(one) for one in term.triggers),
            )
        )
    return tuple(found)


def prompt_term(contract_id: str, term_id: str, at: datetime) -> PromptTerm | None:
    """One of them, as the contract stood at a moment."""
    release = release_of(contract_id, at.astimezone(clock.SHANGHAI).date())
    return next((one for one in prompt_terms(release) if one.id == term_id), None)


def prompts(contract_id: str) -> QuerySet[PromptNotice]:
    """The prompt notices of a contract, newest first."""
    found = PromptNotice.objects.filter(contract_id=contract_id).order_by("-number")
    legs = PromptLeg.objects.select_related("contact").order_by("id")
    return found.prefetch_related(Prefetch("legs", legs))


def prompt(contract_id: str, number: int) -> PromptNotice | None:
    """One of just this contract."""
    return prompts(contract_id).filter(number=number).first()


#: So long after it fell due a channel may still report that a leg arrived.
_REPORTED = timedelta(days=7)


def sent_from_here(now: datetime) -> QuerySet[PromptNotice]:
    """Those with legs that left by our own channels, of which something may still be heard."""
    found = PromptNotice.objects.filter(legs__leg_id__isnull=False, due_at__gt=now - _REPORTED)
    return found.distinct().order_by("pk")


def persons_of(row: PromptNotice) -> dict[str, list[Contact]]:
    """Who must be reached: everybody whom the other side's register names on the day of the event, with their contacts."""
    day = row.event_at.astimezone(clock.SHANGHAI).date()
    found: dict[str, list[Contact]] = {}
    for one in counting_on(row.contract_id, Side(row.side).other, day):
        if one.kind in KIND_OF.values():
            found.setdefault(one.person or one.get_side_display(), []).append(one)
    return found


@dataclass(frozen=True, slots=True)
class LegRow:
    """一路: who was written to, when it left, when it arrived, or why it did not."""

    id: int
    channel: PromptChannel
    person: str
    contact: int
    sent: datetime
    delivered: datetime | None
    failed: str
    evidence: str


@dataclass(frozen=True, slots=True)
class PromptSheet:
    """限时通知: both legs with the verdict. ``verdict`` is met, late, missed or waiting."""

    number: int
    term: str
    says: str
    clause: str
    subject: str
    text: str
    event_at: datetime
    due_at: datetime
    side: str
    persons: tuple[str, ...]
    legs: tuple[LegRow, ...]
    states: tuple[LegState, ...]
    complete: datetime | None
    verdict: str
    because: str
    facts: tuple[str, ...]


def _names(row: PromptNotice, people: Iterable[str]) -> dict[str, str]:
    """Everybody by a name that may be shown: veiled, and numbered where two look alike."""
    everybody = dict.fromkeys([*people, *(_whose(one) for one in row.legs.all())])
    found: dict[str, str] = {}
    for one in everybody:
        shown = one if one in Side.labels else veiled("name", one)
        alike = sum(other.partition(" ")[0] == shown for other in found.values())
        found[one] = f"{shown} {alike + 1}" if alike else shown
    return found


def _whose(leg: PromptLeg) -> str:
    return leg.contact.person or leg.contact.get_side_display()


def leg_rows(row: PromptNotice, names: Mapping[str, str]) -> tuple[LegRow, ...]:
    """The legs with what the channels report of those that left from here."""
    legs = list(row.legs.all())
    sendings = Sending.objects.in_bulk([one.leg_id for one in legs if one.leg_id is not None])
    return tuple(_leg(one, sendings.get(one.leg_id or 0), names[_whose(one)]) for one in legs)


def _leg(row: PromptLeg, sending: Sending | None, person: str) -> LegRow:
    delivered, failed = row.delivered_at, row.failed
    if sending is not None:
        delivered = delivered or sending.delivered_at
        if sending.state == "failed" and not failed:
            failed = "通道没有送出"
    return LegRow(
        id=row.pk,
        channel=PromptChannel(row.channel),
        person=person,
        contact=row.contact_id,
        sent=row.sent_at,
        delivered=delivered,
        failed=failed,
        evidence=row.evidence,
    )


def sheet_of(row: PromptNotice, now: datetime) -> PromptSheet:
    """The notice as it stands now."""
    term = prompt_term(row.contract_id, row.term_id, row.event_at)
    channels = term.channels if term is not None else tuple(PromptChannel)
    people = persons_of(row)
    names = _names(row, people)
    legs = leg_rows(row, names)
    states = legs_of(
        [one.value for one in channels],
        [names[one] for one in people],
        [Leg(one.channel.value, one.person, one.sent, one.delivered, one.failed) for one in legs],
    )
    times = [one.complete for one in states if one.complete is not None]
    complete = max(times) if times and len(times) == len(states) else None
    verdict, because = _verdict(row, states, complete, now, people)
    return PromptSheet(
        number=row.number,
        term=row.term_id,
        says=term.says if term is not None else "",
        clause=term.clause if term is not None else "",
        subject=row.subject,
        text=row.text,
        event_at=row.event_at,
        due_at=row.due_at,
        side=row.side,
        persons=tuple(names[one] for one in people),
        legs=legs,
        states=states,
        complete=complete,
        verdict=verdict,
        because=because,
        facts=tuple(
            fact
            for one in states
            if one.complete and (fact := recorded(row, PromptChannel(one.channel), one.complete))
        ),
    )


def recorded(row: PromptNotice, channel: PromptChannel, complete: datetime) -> str:
    """The fact that says that a channel is complete: ours, or one that somebody recorded by hand; empty where there is none."""
    if facts_named(row.contract_id, [fact_id(row, channel)]):
        return fact_id(row, channel)
    day = complete.astimezone(clock.SHANGHAI).date()
    taken_back = {one.data["fact"] for one in corrections(row.contract_id)}
    fit = (
        one.id
        for one in facts_on(row.contract_id, _SENT, day)
        if one.subject == row.subject and one.data["channel"] == channel.value
    )
    return next((str(one) for one in fit if one not in taken_back), "")


def fact_id(row: PromptNotice, channel: PromptChannel) -> str:
    """The id that the fact of a leg has in the log."""
    return f"f-prompt-{row.pk}-{channel.value}"


def _verdict(
    row: PromptNotice,
    states: Sequence[LegState],
    complete: datetime | None,
    now: datetime,
    people: dict[str, list[Contact]],
) -> tuple[str, str]:
    if complete is not None:
        if complete <= row.due_at:
            return "met", "每一路都按时送到了每一个人。"
        return "late", "每一路都送到了，但晚于时限。"
    if not people:
        says = "对方还没有有效的邮箱和手机登记，无从送达。"
    else:
        says = "；".join(
            f"{PromptChannel(one.channel).label}还缺：{'、'.join(one.lacking)}"
            for one in states
            if one.complete is None
        )
    return ("missed" if now > row.due_at else "waiting"), says


__all__ = [
    "KIND_OF",
    "LegRow",
    "PromptLeg",
    "PromptNotice",
    "PromptSheet",
    "PromptTerm",
    "fact_id",
    "persons_of",
    "prompt",
    "prompt_term",
    "prompt_terms",
    "prompts",
    "recorded",
    "sent_from_here",
    "sheet_of",
]
