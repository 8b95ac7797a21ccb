"""Random lives of tickets through the actions: a recomputation from the stored rows never disagrees with what pages show."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from lvyue import clock
from lvyue.accounts.permissions import Seat
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.actions.attributing import CauseClaim, answer_cause, claim_cause
from lvyue.helpdesk.actions.merging import merge_tickets
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.pausing import answer_pause, ask_pause
from lvyue.helpdesk.actions.stepping import StepTaken, make_mark, take_step
from lvyue.helpdesk.actions.writing import Entry
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.governing import faces_of, next_due
from lvyue.helpdesk.queries.rules import choices
from lvyue.helpdesk.queries.tickets import history_of, restored_by
from lvyue.obligations.queries import forget, statement_of
from tests.helpdesk.conftest import CLOUD, LEASE, SECURITY, TakeSeat, at
from tests.helpdesk.test_attribution import proof

Now = Callable[[str], None]

_PAPERS = ("修后测试", "办理结果", "理由", "处理结果", "完工记录")


@dataclass(slots=True)
class Desk:
    """People who do things to the tickets of one contract, at times that go on."""

    chance: random.Random
    now: Now
    contract_id: str
    buyer: Seat
    engineer: Seat
    lead: Seat
    at: datetime = field(default_factory=lambda: at("2026-03-02 08:00:00"))
    done: int = 0

    def act(self) -> None:
        """One thing that somebody tries; what the rules refuse has not happened."""
        self.at += timedelta(seconds=self.chance.choice((0, 20, 240, 3600, 40_000, 200_000)))
        self.now(self.at.strftime("%Y-%m-%d %H:%M:%S"))
        acts = (self.open, self.step, self.step, self.step, self.step, self.pause, self.agree)
        try:
            self.chance.choice((*acts, self.mark, self.merge, self.blame, self.accept))()
            self.done += 1
        except Refused:
            pass

    def any(self) -> Ticket:
        rows = list(Ticket.objects.filter(contract_id=self.contract_id).order_by("id"))
        if not rows:
            self.open()
            return self.any()
        return self.chance.choice(rows)

    def said_at(self) -> datetime | None:
        """Most write down at once, some later."""
        later = self.chance.choice((0, 0, 0, 30, 5000))
        return self.at - timedelta(seconds=later) if later else None

    def open(self) -> None:
        kind = self.chance.choice(("incident", "incident", "request"))
        values = {"channel": self.chance.choice(("phone", "mail", "wechat"))}
        new = NewTicket(kind, "随机", values=values, at=self.said_at())
        open_ticket(self.contract_id, new, by=self.buyer)

    def step(self) -> None:
        ticket = self.any()
        seat = self.chance.choice((self.buyer, self.engineer, self.lead))
        rows = list(ticket.history.order_by("index"))
        open_to = [one.step for one in choices(ticket, seat, restored_by(rows)) if one.ruling]
        if open_to:
            taken = StepTaken(
                self.chance.choice(open_to).name,
                self.said_at(),
                "随机",
                papers=dict.fromkeys(_PAPERS, "有"),
            )
            take_step(self.contract_id, ticket.number, taken, by=seat)

    def pause(self) -> None:
        ticket = self.any()
        names = [one.reading.rule.name for one in faces_of(ticket, history_of(ticket), self.at)]
        name = self.chance.choice(["", *names])
        ask_pause(
            self.contract_id,
            ticket.number,
            cause="power",
            said="停电",
            clock_name=name,
            by=self.engineer,
        )

    def agree(self) -> None:
        agree = self.chance.random() < 0.8
        answer_pause(self.contract_id, self.any().number, agree=agree, said="不同意", by=self.buyer)

    def mark(self) -> None:
        name, data = self.chance.choice(
            (("level", {"level": "P1"}), ("level", {"level": "P3"}), ("note", {}), ("arrive", {}))
        )
        entry = Entry(name, self.said_at(), "随机", data)
        make_mark(self.contract_id, self.any().number, entry, by=self.engineer)

    def merge(self) -> None:
        keep, lose = self.any(), self.any()
        merge_tickets(
            self.contract_id, keep.number, lose.number, reason="同一件事", by=self.engineer
        )

    def blame(self) -> None:
        ticket = self.any()
        ends = self.at - timedelta(minutes=1)
        claim = CauseClaim(
            self.chance.choice(("power", "third_party", "supplier")),
            "查明",
            max(ticket.opened_at, ends - timedelta(hours=3)),
            ends,
            evidence=(proof(self.engineer, "记录.txt"),),
        )
        claim_cause(self.contract_id, ticket.number, claim, by=self.engineer)

    def accept(self) -> None:
        agree = self.chance.random() < 0.8
        answer_cause(self.contract_id, self.any().number, agree=agree, said="不认可", by=self.buyer)


def replayed(ticket: Ticket, rows: Sequence[TicketEvent]) -> dict[str, object]:
    """The columns of a ticket from its rows alone, by the tables of the core."""
    life = TICKET_KINDS[ticket.kind].life
    told: dict[str, object] = {"state": life.first, "round": 1, "level": "", "done_at": None}
    for one in rows:
        taken = next(
            (s for s in life.steps if s.name == one.name and told["state"] in s.froms), None
        )
        if one.name in {step.name for step in life.steps}:
            assert taken is not None, f"{one.name} does not lead on from {told['state']}"
            told["state"] = taken.to
        if one.data.get("round") == "new":
            told["round"] = int(str(told["round"])) + 1
        if one.name == "level":
            told["level"] = one.data["level"]
        elif one.name == "restore":
            told["done_at"] = one.counts_at
        elif one.name == "reopen":
            told["done_at"] = None
    over = told["state"] in TICKET_KINDS[ticket.kind].ends
    last = rows[-1].recorded_at
    due, name, late = next_due(faces_of(ticket, [one.happening for one in rows], last))
    return told | {
        "events": len(rows),
        "changed_at": last,
        "ended_at": last if over else None,
        "due_at": None if over else due,
        "due_clock": "" if over else name,
        "over": late,
    }


_DECIDED = (Verdict.MET, Verdict.LATE, Verdict.MISSED, Verdict.NOT_DUE)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("contract_id", [LEASE, CLOUD, SECURITY])
def test_what_is_kept_is_what_the_rows_say(
    seat: TakeSeat, now: Now, contract_id: str, seed: int
) -> None:
    desk = Desk(
        random.Random(seed),  # noqa: S311  not for secrets
        now,
        contract_id,
        seat("buyer", contract_id),
        seat("engineer", contract_id),
        seat("supplier_manager", contract_id),
    )
    for _ in range(90):
        desk.act()

    assert desk.done > 10
    now((desk.at + timedelta(minutes=1)).strftime("%Y-%m-%d 23:59:59"))
    forget()  # a page that opens now knows nothing of what was known before
    findings = {
        (str(one.term), one.occurrence): one
        for one in statement_of(contract_id, clock.today()).evaluation.findings
    }
    compared = 0
    for ticket in Ticket.objects.filter(contract_id=contract_id):
        rows = list(ticket.history.order_by("index"))
        kept = replayed(ticket, rows)
        assert {name: getattr(ticket, name) for name in kept} == kept
        assert [one.index for one in rows] == [*range(len(rows))]
        for face in faces_of(ticket, history_of(ticket), clock.now()):
            live = face.reading
            found = findings.get((live.rule.term or "", ticket.subject_of(face.round)))
            if found is None or Verdict.NOT_DECIDABLE in (found.verdict, live.verdict):
                continue
            if live.verdict in _DECIDED or found.verdict in _DECIDED:
                assert (ticket.name, found.verdict) == (ticket.name, live.verdict)
                compared += 1
    assert compared or contract_id == SECURITY  # which has no numbers for tickets
