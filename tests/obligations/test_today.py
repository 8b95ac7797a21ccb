"""今日、合同一览、到期日历: true dates at any moment, the same number of questions for any number of contracts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lvyue.accounts.queries import Account
from lvyue.contracts.actions import register_release
from lvyue.core.calendar import SHANGHAI
from lvyue.core.money import Money
from lvyue.core.obligation import Verdict
from lvyue.library.calendar_files import default_calendar
from lvyue.library.loader import load, release_ids, text_of
from lvyue.obligations.actions.refreshing import refresh, refresh_all
from lvyue.obligations.agenda import Clock, end_of
from lvyue.obligations.card import ContractCard, Stage
from lvyue.obligations.due_calendar import all_month, contract_month
from lvyue.obligations.models import Obligation, Snapshot
from lvyue.obligations.portfolio import Asked, Has, Sort, portfolio_of
from lvyue.obligations.queries import statement_of
from lvyue.obligations.today import Band, Whose, every_item, time_left, today_of
from tests.conftest import Person

SECURITY = "security-support-2026"
CLOUD = "cloud-lease-2025"
VIDEO = "video-conference-2022"
NOON = datetime(2026, 11, 21, 10, tzinfo=SHANGHAI)
TODAY = NOON.date()


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def buyer(demonstration: None, person: Person) -> Account:  # noqa: ARG001  the register is there first
    refresh_all()
    return person("buyer", *release_ids())


def row(due: date, *, until: datetime | None = None, **more: object) -> Obligation:
    """An open occurrence, as refreshing would have written it."""
    told = {
        "contract_id": SECURITY,
        "title": "合同",
        "term": "hazard-rectified",
        "clause": "main 7.2.15",
        "says": f"{due} 到期",
        "debtor": "supplier",
        "verdict": Verdict.NOT_DUE.value,
        "due": due,
        "until": until or end_of(due),
        "strict": due,
        "unit": (Clock.HOURS if until else Clock.DAYS).value,
        "provisional": False,
        "kind": "hazard.rectified",
        "for_buyer": True,
        "for_department": False,
        "for_manager": True,
        "for_engineer": True,
        "leads": True,
    }
    return Obligation.objects.create(**(told | more))


def bands(account: Account, now: datetime) -> dict[Band, list[str]]:
    page = today_of(account, now)
    return {column.band: [item.says for item in column.items] for column in page.columns}


# ── today ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_where_a_row_stands_follows_from_the_moment_one_asks(db: None, person: Person) -> None:  # noqa: ARG001
    """The very rows of one evening, a minute before midnight and a minute after it."""
    account = person("buyer", SECURITY)
    for days in (-1, 0, 1, 30):
        row(TODAY + timedelta(days=days))
    evening = datetime(2026, 11, 21, 23, 59, 59, tzinfo=SHANGHAI)

    assert bands(account, evening) == {
        Band.OVERDUE: ["2026-11-20 到期"],
        Band.TODAY: ["2026-11-21 到期"],
        Band.SOON: ["2026-11-22 到期"],
    }
    assert bands(account, evening + timedelta(seconds=1)) == {
        Band.OVERDUE: ["2026-11-21 到期", "2026-11-20 到期"],
        Band.TODAY: ["2026-11-22 到期"],
        Band.SOON: [],
    }


def test_a_moment_is_over_when_it_has_passed_not_at_midnight(db: None, person: Person) -> None:  # noqa: ARG001
    account = person("buyer", SECURITY)
    row(TODAY, until=datetime(2026, 11, 21, 15, 0, tzinfo=SHANGHAI), says="答复")

    assert bands(account, NOON)[Band.TODAY] == ["答复"]
    assert bands(account, NOON.replace(hour=15))[Band.TODAY] == ["答复"]
    assert bands(account, NOON.replace(hour=15, second=1))[Band.OVERDUE] == ["答复"]


def test_seven_working_days_reach_over_the_weekends(db: None, person: Person) -> None:  # noqa: ARG001
    """2026-11-21 是周六：第七个工作日是 2026-12-01"""
    account = person("buyer", SECURITY)
    row(date(2026, 12, 1))
    row(date(2026, 12, 2))

    assert today_of(account, NOON).until == date(2026, 12, 1)
    assert bands(account, NOON)[Band.SOON] == ["2026-12-01 到期"]


@pytest.mark.parametrize(
    ("due", "until", "clock", "says"),
    [
        (TODAY, NOON + timedelta(hours=3, minutes=20), Clock.HOURS, "还有 3 小时 20 分"),
        (TODAY, NOON + timedelta(minutes=5), Clock.HOURS, "还有 5 分"),
        (TODAY, NOON - timedelta(hours=30), Clock.HOURS, "已过 30 小时 0 分"),
        (TODAY, NOON - timedelta(hours=75), Clock.HOURS, "已过 3 天 3 小时"),
        (TODAY, end_of(TODAY), Clock.DAYS, "今天 24 时止"),
        (date(2026, 11, 30), end_of(date(2026, 11, 30)), Clock.DAYS, "还有 9 天"),
        (date(2026, 11, 30), end_of(date(2026, 11, 30)), Clock.WORKING_DAYS, "还有 6 个工作日"),
        (date(2026, 11, 18), end_of(date(2026, 11, 18)), Clock.WORKING_DAYS, "已过 2 个工作日"),
        (date(2001, 1, 1), end_of(date(2001, 1, 1)), Clock.WORKING_DAYS, "已过 9455 天"),
    ],
)
def test_time_is_told_as_the_contract_counts_it(
    due: date, until: datetime, clock: Clock, says: str
) -> None:
    assert time_left(due, until, clock, NOON, default_calendar()) == says


def test_a_column_is_capped_and_its_page_goes_on(db: None, person: Person) -> None:  # noqa: ARG001
    account = person("buyer", SECURITY)
    for number in range(120):
        row(TODAY - timedelta(days=1 + number % 7), says=f"事项 {number:03}")

    first = today_of(account, NOON).columns[0]
    assert (len(first.items), first.number, first.more) == (12, 120, 108)

    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = today_of(account, NOON, only=Band.OVERDUE, after=after)
        seen += [item.says for item in page.columns[0].items]
        after = page.columns[0].after
    assert len(seen) == len(set(seen)) == 120
    everything = [item.says for item in every_item(account, NOON, only=Band.OVERDUE)]
    assert seen == everything


def test_whose_turn_it_is_follows_from_the_side_on_that_very_contract(
    db: None,  # noqa: ARG001
    person: Person,
) -> None:
    """One person may be the buyer's on one contract and the auditor on another."""
    account = person("buyer", SECURITY)
    other = person("auditor", CLOUD)
    row(TODAY, says="甲方的", debtor="buyer", for_manager=False, for_engineer=False)
    row(TODAY, says="乙方的", for_buyer=False)
    row(TODAY, says="双方的", debtor="both")
    row(TODAY, says="别的合同", contract_id=CLOUD, debtor="buyer")

    def says(who: Account, whose: Whose) -> set[str]:
        return {item.says for item in every_item(who, NOON, whose=whose)}

    assert says(account, Whose.ALL) == {"甲方的", "乙方的", "双方的"}
    assert says(account, Whose.OURS) == {"甲方的", "双方的"}
    assert says(account, Whose.THEIRS) == {"乙方的", "双方的"}
    assert says(account, Whose.MINE) == {"甲方的", "双方的"}
    assert says(other, Whose.ALL) == {"别的合同"}
    assert says(other, Whose.MINE) == set()


def test_what_is_suspended_or_led_by_another_round_is_not_asked_for(
    db: None,  # noqa: ARG001
    person: Person,
) -> None:
    account = person("buyer", SECURITY)
    row(TODAY, verdict=Verdict.SUSPENDED.value)
    row(TODAY, leads=False)

    assert list(every_item(account, NOON)) == []


def test_a_row_that_is_behind_says_so(db: None, person: Person) -> None:  # noqa: ARG001
    account = person("buyer", SECURITY)
    row(TODAY)

    page = today_of(account, NOON, pending={SECURITY})

    assert page.pending == 1
    assert page.columns[1].items[0].pending


# ── portfolio ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_totals_are_those_of_all_contracts(buyer: Account) -> None:
    page = portfolio_of(buyer, TODAY, Asked(), limit=2)

    assert (len(page.shown), page.totals.contracts, page.mine) == (2, 5, 5)
    assert page.totals.price == Money.total(load(one).price for one in release_ids())
    assert sum(count.number for count in page.totals.counts) == sum(
        len(load(one).terms) for one in release_ids()
    )


@pytest.mark.parametrize("sort", [*Sort])
def test_every_order_pages_through_every_contract_once(buyer: Account, sort: Sort) -> None:
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = portfolio_of(buyer, TODAY, Asked(sort=sort), after=after, limit=2)
        seen += [one.card.id for one in page.shown]
        after = page.after

    assert sorted(seen) == sorted(release_ids())
    whole = portfolio_of(buyer, TODAY, Asked(sort=sort), limit=None)
    assert seen == [one.card.id for one in whole.shown]


@pytest.mark.parametrize("after", ["forged", "2026-13-01~x", "~", "9" * 40 + "~x"])
def test_a_forged_place_begins_at_the_beginning_or_ends(buyer: Account, after: str) -> None:
    for sort in Sort:
        portfolio_of(buyer, TODAY, Asked(sort=sort), after=after)


def test_contracts_are_found_by_name_number_and_party(buyer: Account) -> None:
    release = load(CLOUD)
    for sought in ("政务云资源", str(release.number), release.parties[0].name[:6], "云 2025"):
        page = portfolio_of(buyer, TODAY, Asked(sought=sought))
        assert CLOUD in {one.card.id for one in page.shown}, sought
    assert portfolio_of(buyer, TODAY, Asked(sought="没有这份")).shown == ()


def test_contracts_are_sifted_by_stage_and_by_what_is_wrong(buyer: Account) -> None:
    for stage in Stage:
        for one in portfolio_of(buyer, TODAY, Asked(stage=stage)).shown:
            assert isinstance(one.card, ContractCard)
            assert one.card.term.stage is stage
    missed = {one.card.id for one in portfolio_of(buyer, TODAY, Asked(has=Has.MISSED)).shown}
    assert missed == {one.pk for one in Snapshot.objects.filter(missed__gt=0)}
    assert portfolio_of(buyer, TODAY, Asked(has=Has.REAL)).shown == ()


def test_a_card_of_yesterday_has_the_dates_of_today(buyer: Account) -> None:
    tomorrow = TODAY + timedelta(days=1)
    digital = "digital-operations-2026"

    now, then = (
        next(
            one
            for one in portfolio_of(buyer, day, Asked()).shown
            if one.card.id == digital and isinstance(one.card, ContractCard)
        )
        for day in (TODAY, tomorrow)
    )

    assert isinstance(now.card, ContractCard)
    assert isinstance(then.card, ContractCard)
    assert (now.on, then.on) == (None, TODAY)
    assert now.card.term.day is not None
    assert then.card.term.day == now.card.term.day + 1
    assert [one.left for one in then.card.coming] == [one.left - 1 for one in now.card.coming]


def test_a_contract_that_cannot_be_read_is_on_the_list(db: None, person: Person) -> None:  # noqa: ARG001
    register_release("broken", "坏了的合同", "{}", "0" * 64, by="测试", demonstration=False)
    refresh("broken")

    page = portfolio_of(person("buyer", "broken"), TODAY, Asked())

    assert not isinstance(page.shown[0].card, ContractCard)
    assert page.shown[0].card.broken


# ── the calendar ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_month_holds_every_due_of_its_days(demonstration: None) -> None:  # noqa: ARG001  the register is there first
    statement = statement_of(VIDEO, TODAY)
    month = contract_month(statement, date(2022, 8, 1), TODAY, None)

    wanted = [
        one
        for one in statement.evaluation.findings
        if one.due_day and date(2022, 8, 1) <= one.due_day <= date(2022, 8, 31)
    ]
    assert month.number == len(wanted) == len(month.listed) > 30
    days = {day.day: day for week in month.weeks for day in week}
    first = days[date(2022, 8, 1)]
    assert sum(count.number for count in first.counts) == len(first.dues) + first.more
    assert (min(days), max(days)) == (date(2022, 8, 1), date(2022, 9, 4))


def test_the_month_of_all_contracts_holds_what_is_open(buyer: Account) -> None:
    open_ = Obligation.objects.filter(contract_id=VIDEO, verdict=Verdict.MISSED.value).earliest(
        "due"
    )

    month = all_month(buyer, open_.due.replace(day=1), TODAY, None)

    there = {(one.contract, one.term, one.due) for one in month.listed}
    assert (VIDEO, open_.term, open_.due) in there
    assert {one.mark.key for one in month.listed} <= {"missed", "suspended"}
    assert not month.settled_too


def test_a_day_that_the_law_moved_on_shows_both_dates(db: None, person: Person) -> None:  # noqa: ARG001
    """严格日期是周六，顺延至周一"""
    account = person("buyer", SECURITY)
    row(date(2026, 11, 23), strict=date(2026, 11, 21))

    month = all_month(account, date(2026, 11, 1), TODAY, None)

    days = {day.day: day for week in month.weeks for day in week}
    assert [one.due for one in days[date(2026, 11, 21)].moved] == [date(2026, 11, 23)]
    assert days[date(2026, 11, 21)].dues == ()
    assert days[date(2026, 11, 23)].dues[0].strict == date(2026, 11, 21)
    assert days[date(2026, 11, 21)].today
    assert all_month(account, date(2026, 11, 1), TODAY, date(2026, 11, 23)).number == 1


# ── cost ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def copies(number: int) -> list[str]:
    """So many contracts more, each with a row in the lists."""
    body = json.loads(text_of(SECURITY))
    made = []
    for at in range(number):
        contract_id = f"copy-{at:03}"
        register_release(
            contract_id,
            f"副本 {at}",
            json.dumps(body | {"id": contract_id}),
            f"{at:064x}",
            by="测试",
            demonstration=True,
        )
        whole = Snapshot.objects.get(pk=SECURITY)
        whole.pk, whole.release, whole.size, whole.root = contract_id, f"{at:064x}", 0, _EMPTY
        whole.save(force_insert=True)
        row(TODAY, contract_id=contract_id)
        made.append(contract_id)
    return made


_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_thousand_contracts_cost_no_more_questions_than_one(
    demonstration: None,  # noqa: ARG001
    person: Person,
) -> None:
    refresh(SECURITY)
    few, many = person("buyer", SECURITY), person("buyer", SECURITY, *copies(30))

    def asked(account: Account) -> list[int]:
        numbers = []
        for read in (
            lambda: today_of(account, NOON),
            lambda: portfolio_of(account, TODAY, Asked(sort=Sort.PRICE)),
            lambda: all_month(account, date(2026, 11, 1), TODAY, None),
        ):
            with CaptureQueriesContext(connection) as queries:
                read()
            numbers.append(len(queries))
        return numbers

    assert asked(few) == asked(many) == [9, 4, 2]
    assert today_of(many, NOON).columns[1].number == 30
