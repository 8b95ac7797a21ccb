"""The register over time: which release was in force when, and calendars that outlive their notices."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

import pytest
from django.db import IntegrityError, transaction

from lvyue.contracts import queries
from lvyue.contracts.actions import register_calendar, register_release
from lvyue.contracts.models import CalendarRelease, Release
from lvyue.core.calendar import Calendar
from lvyue.core.doubts import Refused
from lvyue.library.calendar_files import (
    UnreadableCalendar,
    calendar_from_text,
    default_calendar,
    text_of_calendar,
)

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


def registered(body: str, since: date | None = None, contract: str = "cloud-2025") -> Release:
    digest = sha256(body.encode()).hexdigest()
    return register_release(
        contract, "云租用", body, digest, by="装载程序", demonstration=False, effective_from=since
    )


@pytest.mark.django_db
def test_a_release_is_in_force_from_its_day_and_the_first_from_the_beginning() -> None:
    first, second, third = registered("1"), registered("2", JUNE), registered("3", JULY)

    days = [date(2026, 5, 31), JUNE, date(2026, 6, 30), JULY]

    assert [queries.release_on("cloud-2025", day) for day in days] == [first, second, second, third]
    assert queries.chain("cloud-2025") == [first, second, third]


@pytest.mark.django_db
def test_the_first_release_holds_before_its_own_day_too() -> None:
    first = registered("1", JUNE)

    assert queries.release_on("cloud-2025", date(2020, 1, 1)) == first


@pytest.mark.django_db
def test_a_better_reading_of_the_paper_takes_the_place_of_the_first() -> None:
    registered("1")
    reading, supplement = registered("2"), registered("3", JUNE)

    assert queries.release_on("cloud-2025", date(2026, 5, 31)) == reading
    assert queries.release_on("cloud-2025", JUNE) == supplement


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("since", "says"), [(None, "即自始"), (date(2026, 5, 31), "自 2026-05-31 起")]
)
def test_no_release_takes_effect_before_the_one_it_builds_on(since: date | None, says: str) -> None:
    """Else an address that names a release would not tell which others were in force beside it."""
    registered("1")
    second = registered("2", JUNE)

    with pytest.raises(Refused, match=says):
        registered("3", since)

    assert registered("2", JUNE) == second
    assert registered("4", JUNE).sequence == 3


@pytest.mark.django_db
def test_the_register_can_be_asked_as_it_stood_when_a_release_was_the_newest() -> None:
    first, second, _ = registered("1"), registered("2", JUNE), registered("3", JULY)

    assert queries.chain("cloud-2025", second.digest) == [first, second]
    assert queries.chain("cloud-2025", first.digest) == [first]
    assert queries.chain("cloud-2025", "0" * 64) == []


@pytest.mark.django_db
def test_chains_of_several_contracts_do_not_mix() -> None:
    mine, other = registered("1"), registered("1", contract="network-2024")
    later = registered("2", JUNE)

    found = queries.chains(["cloud-2025", "network-2024", "unknown"])

    assert found == {"cloud-2025": [mine, later], "network-2024": [other]}
    assert queries.release_on("unknown", JUNE) is None
    assert queries.in_force([], JUNE) == []


# ── calendars ────────────────────────────────────────────────────────────────────────────────────────────────────


def shorter() -> Calendar:
    """What was known before the notice of the last year."""
    return default_calendar(date(2024, 6, 1), None)


@pytest.mark.django_db
def test_a_registered_calendar_is_found_again_under_its_digest() -> None:
    old = shorter()

    row = register_calendar(old, by="装载程序")
    again = register_calendar(old, by="别人")
    found = queries.calendar_by_digest(old.digest)

    assert again.registered_by == "装载程序"
    assert CalendarRelease.objects.get() == row
    assert found is not None
    assert found.digest == old.digest != default_calendar(None, None).digest
    assert [found.kind(date(2024, 5, n)) for n in range(1, 32)] == [
        old.kind(date(2024, 5, n)) for n in range(1, 32)
    ]


@pytest.mark.django_db
def test_a_calendar_that_nobody_registered_is_not_there() -> None:
    assert queries.calendar_by_digest("0" * 64) is None


@pytest.mark.django_db
def test_a_calendar_is_named_by_a_sha256() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarRelease.objects.create(
            digest="x", body="[]", registered_at="2026-01-01T00:00Z", registered_by="测试"
        )


@pytest.mark.parametrize("known_on", [None, date(2024, 6, 1), date(2019, 1, 1)])
def test_a_calendar_survives_being_written_down(known_on: date | None) -> None:
    calendar = default_calendar(known_on, None)

    text = text_of_calendar(calendar)

    assert calendar_from_text(text).digest == calendar.digest
    assert text_of_calendar(calendar_from_text(text)) == text


@pytest.mark.parametrize("text", ["", "[]", "{}", "[{}]", "[3]", '[{"year": "2026"}]'])
def test_a_text_that_is_no_calendar_is_refused_with_words(text: str) -> None:
    with pytest.raises(UnreadableCalendar, match="登记的日历读不懂"):
        calendar_from_text(text)
