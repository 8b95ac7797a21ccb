"""Statements over supplements and notices: each day by what was in force, each address for good."""

from __future__ import annotations

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from lvyue.contracts.actions import register_calendar, register_release
from lvyue.core.doubts import Refused
from lvyue.core.proof import canonical
from lvyue.library import loader
from lvyue.library.calendar_files import default_calendar
from lvyue.library.changes import AddClause, CloseDoubt, RemoveTerm, SetTerm, Supplement, amended
from lvyue.obligations.queries import (
    UnknownContract,
    contract_page,
    contract_screen,
    forget,
    statement_of,
    suppose,
    term_reason,
)
from lvyue.settlements.queries import settlement_sheet

VIDEO = "video-conference-2022"
BEFORE, AFTER = date(2022, 10, 31), date(2023, 3, 31)
NOVEMBER = date(2022, 11, 1)

pytestmark = pytest.mark.usefixtures("demonstration")


def supplemented(since: date = NOVEMBER, *, title: str = "补充协议", removed: str = "") -> str:
    """Register a supplement on the shipped contract; the digest of its release."""
    raw = loader.read_folder(loader.HERE / VIDEO)
    changes = (
        (RemoveTerm(removed),)
        if removed
        else (
            SetTerm("second-payment", "within", "30 calendar-days"),
            CloseDoubt("second-payment-no-days"),
        )
    )
    found = amended(raw, Supplement(title, "", since, changes))
    assert isinstance(found, dict)
    digest = loader.digest_of(found)
    body = canonical(found).decode()
    register_release(
        VIDEO, "视频会议", body, digest, by="测试", demonstration=True, effective_from=since
    )
    return digest


def test_a_statement_uses_the_versions_that_were_in_force_on_its_day() -> None:
    old = statement_of(VIDEO, BEFORE).as_json()
    digest = supplemented()

    assert statement_of(VIDEO, BEFORE).as_json() == old
    now = statement_of(VIDEO, AFTER).as_json()
    assert now["release"] == digest
    assert [one["from"] for one in now["releases"]] == [None, "2022-11-01"]


def test_an_address_leads_to_the_same_statement_after_a_later_supplement() -> None:
    first = statement_of(VIDEO, AFTER)
    address = first.evaluation.release.digest
    supplemented()

    again = statement_of(VIDEO, AFTER, release=address)

    assert again.as_json() == first.as_json()
    assert statement_of(VIDEO, AFTER).as_json() != first.as_json()


def test_an_address_leads_to_the_same_statement_after_a_later_notice() -> None:
    old = default_calendar(date(2022, 6, 1), None)
    with pytest.raises(Refused, match="没有登记过这个日历版本"):
        statement_of(VIDEO, AFTER, calendar_digest=old.digest)
    register_calendar(old, by="测试")

    then = statement_of(VIDEO, AFTER, calendar_digest=old.digest)

    assert then.as_json()["calendar"] == old.digest
    assert statement_of(VIDEO, AFTER).as_json()["calendar"] != old.digest


def test_an_address_of_no_release_is_refused_with_words() -> None:
    with pytest.raises(Refused, match="没有登记过版本 000000000000"):
        statement_of(VIDEO, AFTER, release="0" * 64)
    with pytest.raises(UnknownContract):
        statement_of("unknown", AFTER, release="0" * 64)


def test_memory_gives_what_a_cold_reckoning_gives_over_a_supplement() -> None:
    supplemented()
    warm = [statement_of(VIDEO, day).as_json() for day in (BEFORE, AFTER)]
    forget()

    assert [statement_of(VIDEO, day).as_json() for day in (BEFORE, AFTER)] == warm


def test_every_page_opens_over_a_supplement_that_struck_a_term_out() -> None:
    """The removed term still has its note, its reason and its place in the paper."""
    supplemented(date(2022, 7, 10), removed="monthly-inspection-record")

    screen = contract_screen(VIDEO, AFTER)
    reason = term_reason(VIDEO, "monthly-inspection-record", AFTER)

    assert "monthly-inspection-record" in [
        note.term for chapter in screen.chapters for row in chapter.rows for note in row.notes
    ]
    assert reason is not None
    assert settlement_sheet(VIDEO, AFTER).hash == statement_of(VIDEO, AFTER).as_json()["hash"]
    assert [card.id for card in contract_page(AFTER).cards][-1] == VIDEO


def test_a_supplement_costs_no_more_questions(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    supplemented()
    statement_of(VIDEO, AFTER)
    contract_page(AFTER)

    with django_assert_num_queries(2):
        statement_of(VIDEO, AFTER)
    with django_assert_num_queries(3):
        contract_page(AFTER)


def test_what_is_supposed_stands_on_the_chain() -> None:
    supplemented()
    raw = loader.read_folder(loader.HERE / VIDEO)
    next_one = amended(raw, Supplement("再补充", "", date(2023, 1, 1), (AddClause("其余不变"),)))
    assert isinstance(next_one, dict)

    told = suppose(VIDEO, AFTER, raw=next_one, from_day=date(2023, 1, 1)).as_json()

    assert [one["from"] for one in told["releases"]] == [None, "2022-11-01", "2023-01-01"]
