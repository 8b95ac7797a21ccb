"""docs/how-to/add-a-ticket-kind.md, done: a row of the table is a form, buttons, clocks and facts, and nothing else is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from lvyue.core import lifecycles, tickets
from lvyue.core.doubts import Refused
from lvyue.core.facts import Field, FieldType
from lvyue.core.obligation import Verdict
from lvyue.core.tickets import OPEN, TICKET_KINDS, Emission, Measure, TicketKind
from lvyue.evidence.queries import entries
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.stepping import StepTaken, take_step
from lvyue.helpdesk.queries.rules import openable
from tests.helpdesk.conftest import LEASE, Browse, TakeSeat, text
from tests.helpdesk.test_tickets import faces, verdicts

Now = Callable[[str], None]
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-ticket-kind.md"

OUTAGE = TicketKind(
    *("outage", "停机通知", "Outage", "TJ", lifecycles.TICKET),
    fields=(
        Field("system", "系统或应用", FieldType.TEXT),
        Field("extent", "范围", FieldType.TEXT, required=False, choices=("part", "whole")),
    ),
    emissions=(
        Emission(OPEN, "ticket.opened", (("class", "incident"),)),
        Emission("answer", "ticket.answered", (("automatic", False),)),
        Emission("restore", "ticket.restored"),
        Emission("close", "ticket.closed"),
    ),
    measures=(Measure("restoration", "恢复", OPEN, ("restore",)),),
    opens=("user",),
    says="一个系统整个停了。",
)


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> TicketKind:
    """The kind, as long as the test lasts. The table is a plain dictionary behind its read-only type."""
    monkeypatch.setitem(TICKET_KINDS, OUTAGE.name, OUTAGE)
    return OUTAGE


@pytest.fixture
def _no_constraint(db: None) -> Iterator[None]:  # noqa: ARG001  it is a constraint of a table
    """What the migration of step 6 would have done: the table takes the new name."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        yield
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
        return
    with connection.cursor() as cursor:  # taken back with everything that the test did
        cursor.execute("ALTER TABLE helpdesk_ticket DROP CONSTRAINT ticket_known_kind")
    yield


@pytest.fixture
def new_kind(outage: TicketKind, _no_constraint: None, contracts: None) -> TicketKind:  # noqa: ARG001
    return outage


def test_a_new_kind_has_its_form_its_clocks_and_its_facts(
    seat: TakeSeat, now: Now, new_kind: TicketKind
) -> None:
    buyer, engineer = seat("buyer"), seat("engineer")
    assert new_kind in openable(buyer)
    assert new_kind not in openable(engineer)
    now("2026-03-02 10:00:00")
    with pytest.raises(Refused, match="范围"):
        open_ticket(
            LEASE, NewTicket("outage", "停了", values={"system": "门户", "extent": "x"}), by=buyer
        )
    with pytest.raises(Refused, match="系统或应用"):
        open_ticket(LEASE, NewTicket("outage", "停了"), by=buyer)

    new = NewTicket("outage", "停了", values={"system": "门户", "extent": "whole"})
    ticket = open_ticket(LEASE, new, by=buyer)
    now("2026-03-02 10:05:01")
    take_step(LEASE, ticket.number, StepTaken("answer"), by=engineer)

    ticket.refresh_from_db()
    assert ticket.name.startswith("TJ-")
    assert faces(ticket)["kpi-9"].reading.verdict is Verdict.LATE
    assert verdicts(LEASE, "kpi-9", ticket.name) == [Verdict.LATE]
    on_record = entries(LEASE).filter(subject=ticket.name).values_list("kind", flat=True)
    assert [*on_record] == ["ticket.opened", "ticket.answered"]


def test_its_pages_are_there(
    browse: Browse,
    seat: TakeSeat,
    now: Now,
    new_kind: TicketKind,
) -> None:
    now("2026-03-02 10:00:00")
    new = NewTicket("outage", "门户停了", values={"system": "门户"})
    ticket = open_ticket(LEASE, new, by=seat("buyer"))
    here = f"/contracts/{LEASE}/tickets/"
    clerk = browse("buyer")

    form = text(clerk.get(f"{here}new/?kind=outage"))
    assert new_kind.zh in form
    assert "范围" in form
    page = text(clerk.get(f"{here}{ticket.number}/"))
    assert "停机通知" in page
    assert "恢复" in page
    assert ticket.name in text(clerk.get(f"{here}?kind=outage"))


def test_the_how_to_names_every_part_of_the_row() -> None:
    said = HOW_TO.read_text("utf-8")
    named = set(re.findall(r"^   \| `(\w+)`", said, re.MULTILINE)) | {"life"}
    parts = {
        name for name in tickets.TicketKind.__dataclass_fields__ if name not in ("name", "zh", "en")
    }

    assert named == parts - {"prefix", "sources"}
