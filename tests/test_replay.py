"""What is put back row for row is what the loading wrote, and only where the loading would have written the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from lvyue.accounts.actions import create_account
from lvyue.accounts.models import Account
from lvyue.cli.demo import load_contracts, load_demonstration
from lvyue.contracts.actions import register_release
from lvyue.core.calendar import SHANGHAI
from tests import replay
from tests.replay import Load, Rows, all_rows, load_again

MORNING = datetime(2026, 2, 13, 9, tzinfo=SHANGHAI)

#: ``counted(load)``: the loading, and how often it ran.
Counted = tuple[Load, list[str]]


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_KNOWN", {})


@pytest.fixture
def now() -> Iterator[Callable[[datetime], None]]:
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller.move_to


def counted(load: Load) -> Counted:
    ran = list[str]()

    def loaded() -> Iterator[object]:
        ran.append(load.__name__)
        yield from load()

    return loaded, ran


def undone(load: Load) -> Sequence[Rows]:
    """The database after a loading, which is then taken back."""
    with transaction.atomic():
        load_again(load)
        found = all_rows()
        transaction.set_rollback(True)
    return found


def people() -> Iterator[str]:
    yield create_account("anna", "测试", "a-long-test-password", by="测试").username


@pytest.mark.usefixtures("db", "now")
@pytest.mark.parametrize("load", [load_contracts, load_demonstration], ids=lambda one: one.__name__)
def test_what_is_put_back_is_what_was_loaded(load: Load) -> None:
    loading, ran = counted(load)
    before = all_rows()

    loaded, put_back = undone(loading), undone(loading)

    assert ran == [load.__name__]
    assert put_back == loaded
    assert {one.table for one in loaded if one not in before} >= {
        *("contracts_release", "evidence_log", "evidence_entry", "evidence_checkpoint")
    }


@pytest.mark.usefixtures("db", "now")
def test_what_comes_after_gets_numbers_of_its_own() -> None:
    undone(load_contracts)

    load_again(load_contracts)

    register_release("another", "另一份合同", "{}", "1" * 64, by="测试", demonstration=True)


@pytest.mark.usefixtures("transactional_db", "now")
def test_rows_that_name_each_other_are_put_back_where_no_transaction_holds_the_test() -> None:
    loading, ran = counted(load_demonstration)
    loaded = undone(loading)
    ((name, _), known) = replay._KNOWN.popitem()  # noqa: SLF001  as if a test without a transaction had been first
    replay._KNOWN[name, False] = known  # noqa: SLF001

    load_again(loading)

    assert len(ran) == 1
    assert all_rows() == loaded


@pytest.mark.usefixtures("db", "now")
def test_where_rows_are_already_the_loading_itself_goes_on_from_them() -> None:
    loading, ran = counted(people)
    undone(loading)
    create_account("bert", "测试", "a-long-test-password", by="测试")

    load_again(loading)

    assert len(ran) == 2
    assert {*Account.objects.values_list("username", flat=True)} == {"anna", "bert"}


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("later", "times"),
    [(timedelta(), 1), (timedelta(hours=2), 1), (-timedelta(seconds=1), 2), (timedelta(days=1), 2)],
)
def test_nothing_is_put_back_before_it_was_or_on_another_day(
    now: Callable[[datetime], None], later: timedelta, times: int
) -> None:
    loading, ran = counted(people)
    undone(loading)

    now(MORNING + later)
    undone(loading)

    assert len(ran) == times


@pytest.mark.usefixtures("db", "now")
def test_a_loading_that_adds_to_rows_of_others_is_never_put_back() -> None:
    for name in ("bert", "carl"):
        create_account(name, "测试", "a-long-test-password", by="测试")
    loading, ran = counted(people)

    undone(loading)
    undone(loading)

    assert len(ran) == 2
