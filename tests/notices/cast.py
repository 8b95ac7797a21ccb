"""Two sides of one contract with a vault of their own, and what they send each other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date

from lvyue.accounts.permissions import Seat
from lvyue.contracts.actions import register_release
from lvyue.core.service import ContactMeans, Happening, Way
from lvyue.evidence.actions import open_log
from lvyue.library.loader import load, text_of
from lvyue.notices.actions.contacts import NewContact
from lvyue.notices.actions.letters import (
    LetterText,
    Moved,
    NewDispatch,
    NewReceipt,
    draft_letter,
    issue_letter,
)
from lvyue.notices.letter_choices import LetterKind, Origin, Side
from lvyue.notices.queries.contacts import Contact
from lvyue.notices.queries.letters import Letter
from lvyue.obligations.actions.recording import attach_file
from lvyue.obligations.actions.serving import receive, register_contact, send_letter

S0, S3, S4 = "security-support-2026", "video-conference-2022", "cloud-lease-2025"

#: ``sit("buyer", S4)``: the seat of somebody who is this on this contract.
Sit = Callable[[str, str], Seat]


def begun(contract_id: str) -> None:
    """A contract of the library with an empty log, in the demonstration: nothing leaves here."""
    body = text_of(contract_id)
    digest = hashlib.sha256(body.encode()).hexdigest()
    title = load(contract_id).title
    register_release(contract_id, title, body, digest, by="测试", demonstration=True)
    open_log(contract_id, by="测试")


def slip(seat: Seat, words: bytes = b"%PDF-1.4 a signed slip") -> str:
    """A file in the vault that proves something."""
    return attach_file(seat.contract_id, "签收单.pdf", [words], by=seat).sha256


def contact_of(
    seat: Seat,
    kind: ContactMeans = ContactMeans.ADDRESS,
    value: str = "澜江市示例路 1 号",
    since: date = date(2025, 7, 29),
    *,
    origin: Origin = Origin.CONTRACT,
    person: str = "",
    replaces: int | None = None,
    known_on: date | None = None,
    evidence: str = "",
) -> Contact:
    assert seat.side is not None
    new = NewContact(
        side=Side(seat.side.value),
        kind=kind,
        value=value,
        since=since,
        origin=origin,
        person=person,
        replaces=replaces,
        known_on=known_on,
        evidence=evidence,
    )
    return register_contact(new, by=seat)


def issued(
    seat: Seat,
    kind: LetterKind = LetterKind.GENERAL,
    dated: date = date(2026, 3, 2),
    *,
    title: str = "测试函件",
    subject: str = "",
    answers: int | None = None,
    contact: int | None = None,
) -> Letter:
    text = LetterText(title, "请照办。", subject=subject, answers=answers, contact=contact)
    row = draft_letter(kind, text, by=seat)
    return issue_letter(row.number, row.version, by=seat, dated=dated)


def sent(
    seat: Seat, row: Letter, way: Way = Way.HAND, at: str = "2026-03-02", *, to: int | None = None
) -> int:
    return send_letter(row.number, NewDispatch(way, at, to), by=seat).order


def came_back(
    seat: Seat,
    row: Letter,
    happening: Happening = Happening.SIGNED,
    at: str = "2026-03-02",
    *,
    order: int = 1,
    evidence: str | None = None,
    signed_by: str = "测试收件人",
    corrects: int | None = None,
    void: bool = False,
    note: str = "",
) -> Moved:
    proof = slip(seat) if evidence is None else evidence
    new = NewReceipt(
        order, happening, at, proof, signed_by=signed_by, corrects=corrects, void=void, note=note
    )
    return receive(row.number, new, by=seat)
