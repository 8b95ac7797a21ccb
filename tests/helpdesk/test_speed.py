"""How many statements it takes to open a ticket and to look at one: a number that does not grow with what is there."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import CharField
from django.test.utils import CaptureQueriesContext

from lvyue import clock
from lvyue.accounts.models import AuditEntry
from lvyue.core.tickets import Source
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.stepping import make_mark
from lvyue.helpdesk.actions.writing import Entry
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries import queue as queries
from lvyue.helpdesk.queries.queue import Sieve, choices_in, numbers, sifted
from lvyue.helpdesk.queries.statistics import statistics
from lvyue.rows import found_by, put_in
from tests.helpdesk.conftest import LEASE, Browse, TakeSeat
from tests.helpdesk.test_pages import HERE, incident

Now = Callable[[str], None]


def statements(act: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as read:
        act()
    return [one["sql"] for one in read.captured_queries]


def test_a_ticket_is_opened_by_a_number_of_statements_that_does_not_grow(
    seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    buyer, counts = seat("buyer"), []
    incident(seat)
    for more in (0, 20):
        for _ in range(more):
            incident(seat)
        counts.append(
            len(statements(lambda: open_ticket(LEASE, NewTicket("incident", "又"), by=buyer)))
        )

    assert counts[0] == counts[1]
    assert counts[1] <= 20


def test_a_ticket_is_looked_at_in_a_number_of_reads_that_does_not_grow(
    browse: Browse,
    seat: TakeSeat,
    now: Now,
) -> None:
    now("2026-03-02 10:00:00")
    engineer, ticket, counts = browse("engineer"), incident(seat), []
    for more in (1, 30):
        for number in range(more):
            entry = Entry("note", said=f"第 {number} 条")
            make_mark(LEASE, ticket.number, entry, by=seat("engineer"))
        engineer.get(f"{HERE}{ticket.number}/")
        counts.append(len(statements(lambda: engineer.get(f"{HERE}{ticket.number}/"))))

    assert counts[0] == counts[1] <= 40


def plan(sql: str) -> str:
    """How the database goes about a statement. PostgreSQL makes plans for the rows that are there, and here is one."""
    if connection.vendor == "postgresql":
        pytest.skip(
            "a plan for one row tells nothing of a million; bench/tickets.py measures these"
        )
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def test_what_is_counted_is_counted_in_an_index(seat: TakeSeat, now: Now) -> None:
    """Rows of a contract lie scattered over the table: to fetch each for a number is what takes long among a million."""
    now("2026-03-02 10:00:00")
    incident(seat)
    mine, at = seat("buyer"), clock.now()
    asked = statements(lambda: statistics(mine, "", clock.today(), clock.today(), at))
    asked += statements(lambda: numbers(mine, "", at))
    asked += statements(lambda: choices_in(mine, "", "system"))
    counting = [
        one
        for one in asked
        if 'FROM "helpdesk_ticket" WHERE ("helpdesk_ticket"."contract_id"' in one
        and "helpdesk_ticketevent" not in one
        and not (
            "assignee_name" in one and '"ended_at" IS NULL' in one
        )  # of what is open, by person
        and 'NOT ("helpdesk_ticket"."on_record"' not in one  # which has an index of its own
    ]

    assert len(counting) == 5
    wanted = re.compile(r"COVERING INDEX ticket_open(ed)?_counted")
    assert not [(sql, how) for sql in counting if not wanted.search(how := plan(sql))]


def test_words_are_looked_for_in_an_index(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    incident(seat)
    mine = seat("buyer")
    asked = statements(lambda: sifted(mine, "", Sieve(view="all", sought="查无此事"), clock.now()))

    assert len(asked) == 2
    wanted = re.compile(r"COVERING INDEX ticket_(words|who_and_what)")
    assert not [(sql, how) for sql in asked if not wanted.search(how := plan(sql))]


def test_whether_few_or_many_have_a_word_the_same_are_found(
    seat: TakeSeat, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    now("2026-03-02 10:00:00")
    for title in ("打印机卡纸", "打印机 Epson 不通电", "EPSON 打印机 12", "邮箱满了"):
        incident(seat, title)
    mine, found = seat("buyer"), list[list[list[int]]]()
    for rare in (queries.RARE, 0):
        monkeypatch.setattr(queries, "RARE", rare)
        sought = (
            "打印机",
            "epson",
            "打印机 epson",
            "Epson 满了",
            "4",
            "12",
            "GZ-0004",
            "GZ-0099",
            " ",
        )
        found.append(
            [
                sorted(
                    sifted(mine, "", Sieve(view="all", sought=one), clock.now()).values_list(
                        "number", flat=True
                    )
                )
                for one in sought
            ]
        )

    assert found[0] == found[1] == [[1, 2, 3], [2, 3], [2, 3], [], [4], [3], [4], [], [1, 2, 3, 4]]


def test_the_longest_of_everything_fits_into_the_indexes(seat: TakeSeat, now: Now) -> None:
    """Four bytes a character, and none like the other: nothing can be made shorter."""
    now("2026-03-02 10:00:00")
    ticket = incident(seat)
    chance = random.Random(3)  # noqa: S311  not for secrets
    for field in Ticket._meta.concrete_fields:  # noqa: SLF001
        if isinstance(field, CharField) and not field.choices and field.name not in _SLUGS:
            length = field.max_length or 0
            text = "".join(chr(chance.randrange(0x20000, 0x2A000)) for _ in range(length))
            setattr(ticket, field.attname, text)
    ticket.save()

    assert len(Ticket.objects.get(pk=ticket.pk).title) == 200


#: What is never anything but ASCII.
_SLUGS = frozenset({"state", "channel", "release", "due_clock"})


def test_what_is_put_in_is_what_saving_would_write(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat)
    given: dict[str, Any] = {
        "ticket": ticket,
        "name": "note",
        "at": clock.now(),
        "recorded_at": clock.now(),
        "side": "buyer",
        "source": Source.MACHINE.value,
        "data": {"乱": [1, None, "😀"]},
    }
    saved = TicketEvent(index=ticket.events, **given)
    saved.save(force_insert=True)
    short = TicketEvent(index=ticket.events + 1, **given)
    put_in(short)

    read = [TicketEvent.objects.get(pk=one.pk) for one in (saved, short)]
    columns = TicketEvent._meta.concrete_fields  # noqa: SLF001
    same = [one.name for one in columns if one.name not in ("id", "index")]
    assert [getattr(read[0], name) for name in same] == [getattr(read[1], name) for name in same]
    assert short.pk == saved.pk + 1
    short.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        put_in(short)


def test_what_is_found_by_a_statement_is_what_a_query_would_give(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat)
    make_mark(LEASE, ticket.number, Entry("note", said="一句话", data={}), by=seat("engineer"))

    some = 'SELECT said, recorded_at, data, id, "index" FROM helpdesk_ticketevent WHERE ticket_id = %s ORDER BY id'
    found = found_by(TicketEvent, some, [ticket.pk])
    asked = [*TicketEvent.objects.filter(ticket=ticket).order_by("pk")]
    for name in ("pk", "index", "said", "recorded_at", "data", "by"):  # the last was left out
        assert [getattr(one, name) for one in found] == [getattr(one, name) for one in asked]
    assert found_by(TicketEvent, some, [0]) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what is there")
def test_what_every_ticket_asks_for_is_found_by_an_index_even_where_few_kinds_were_counted(
    seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    for _ in range(30):
        incident(seat)
    buyer, new = seat("buyer"), NewTicket("incident", "又")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        asked = statements(lambda: open_ticket(LEASE, new, by=buyer))
        reads = [one for one in asked if one.startswith("SELECT")]
        plans = []
        for one in reads:
            cursor.execute(f"EXPLAIN QUERY PLAN {one}")
            plans += [str(row[-1]) for row in cursor.fetchall()]

    assert len(plans) >= len(reads) > 4
    assert not [one for one in plans if one.startswith("SCAN")]
    assert any("entry_kind (log_id=? AND kind=?)" in one for one in plans)
    assert any("job_waits_once (task=? AND key=?)" in one for one in plans)


def test_what_was_refused_leaves_nothing(seat: TakeSeat, now: Now) -> None:
    """The number that was taken goes back with everything else."""
    now("2026-03-02 10:00:00")
    first = incident(seat)
    before = AuditEntry.objects.count()
    with transaction.atomic():
        incident(seat)
        transaction.set_rollback(True)

    assert incident(seat).number == first.number + 1
    assert Ticket.objects.count() == 2
    assert AuditEntry.objects.count() == before + 1


def test_the_longest_words_fit_into_every_index(seat: TakeSeat, now: Now) -> None:
    """PostgreSQL takes no row of an index above 2,704 bytes, and compresses none that is as mixed as this."""
    now("2026-03-02 10:00:00")
    chance = random.Random(7)  # noqa: S311  no secret

    def longest() -> str:
        return "".join(chr(chance.randrange(0x20000, 0x2A6D0)) for _ in range(200))  # 4 bytes each

    values = {"system": longest(), "place": longest(), "device": longest()}
    new = NewTicket("incident", longest(), values=values)
    opened = open_ticket(LEASE, new, by=seat("buyer"))

    found = Ticket.objects.get(pk=opened.pk)
    assert [len(one) for one in (found.title, found.system, found.place, found.device)] == [200] * 4
