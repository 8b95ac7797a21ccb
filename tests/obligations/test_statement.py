"""A statement follows from release, log prefix, calendar and day alone; memory changes nothing but the time."""

from __future__ import annotations

from datetime import date
from threading import Thread

import pytest
from pytest_django import DjangoAssertNumQueries

from lvyue.cli.demo import demonstration_ids, load_demonstration
from lvyue.contracts.actions import register_release
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.library.loader import load, text_of
from lvyue.obligations.card import BrokenCard, ContractCard
from lvyue.obligations.memo import Memo
from lvyue.obligations.queries import (
    contract_page,
    contract_screen,
    forget,
    statement_of,
    term_reason,
)
from lvyue.settlements.queries import settlement_sheet

AUTUMN = date(2026, 9, 30)
SECURITY = "security-support-2026"


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("contract_id", demonstration_ids())
def test_a_cold_reckoning_gives_what_memory_gave(contract_id: str) -> None:
    warm = statement_of(contract_id, AUTUMN)
    again = statement_of(contract_id, AUTUMN)
    forget()
    cold = statement_of(contract_id, AUTUMN)

    assert again is warm
    assert cold is not warm
    assert cold.as_json() == warm.as_json()


@pytest.mark.usefixtures("demonstration")
def test_what_was_known_then_is_a_shorter_log() -> None:
    """main 7.2.15: 整改通知书送达后一周"""
    now = statement_of(SECURITY, AUTUMN)
    then = statement_of(SECURITY, AUTUMN, size=10)

    assert then.evaluation.book.size == 10
    assert then.root != now.root
    assert then.settlement.paid.fen == 0
    assert now.settlement.paid.fen == 129_920_000


@pytest.mark.usefixtures("demonstration")
def test_a_day_changes_what_is_found() -> None:
    before, after = date(2026, 9, 28), date(2026, 9, 29)

    def missed(day: date) -> set[str]:
        found = statement_of(SECURITY, day).evaluation.findings
        return {f.occurrence for f in found if f.verdict is Verdict.MISSED}

    assert "演示隐患-04 补丁缺失" not in missed(before)
    assert "演示隐患-04 补丁缺失" in missed(after)


@pytest.mark.usefixtures("demonstration")
def test_a_size_that_the_log_does_not_have_is_refused() -> None:
    with pytest.raises(Refused, match="不能取前 999 条"):
        statement_of(SECURITY, AUTUMN, size=999)


@pytest.mark.usefixtures("demonstration")
def test_a_contract_that_nobody_registered_is_not_found() -> None:
    with pytest.raises(LookupError):
        statement_of("no-such-contract", AUTUMN)


@pytest.mark.django_db
def test_a_contract_without_a_log_has_an_empty_one() -> None:
    release = load(SECURITY)
    register_release(
        SECURITY, release.title, text_of(SECURITY), release.digest, by="测试", demonstration=False
    )

    statement = statement_of(SECURITY, AUTUMN)

    assert statement.evaluation.book.size == 0
    assert not contract_screen(SECURITY, AUTUMN).card.demonstration


@pytest.mark.django_db
def test_a_release_that_cannot_be_read_spoils_its_own_card_only() -> None:
    register_release("broken", "坏了的合同", "{}", "0" * 64, by="测试", demonstration=True)
    register_release("torn", "撕破的合同", "{", "1" * 64, by="测试", demonstration=True)
    for _ in load_demonstration():
        pass

    cards = contract_page(AUTUMN).cards

    assert [card.id for card in cards if isinstance(card, BrokenCard)] == ["broken", "torn"]
    assert sum(isinstance(card, ContractCard) for card in cards) == 5


@pytest.mark.usefixtures("demonstration")
def test_the_list_asks_the_same_few_questions_for_any_number_of_contracts(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    contract_page(AUTUMN)

    with django_assert_num_queries(3):
        page = contract_page(AUTUMN)
    with django_assert_num_queries(3):
        tail = contract_page(AUTUMN, after="government-cloud-2026")

    assert len(page.cards) == 5
    assert len(tail.cards) == 2


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("contract_id", demonstration_ids())
def test_a_page_asks_few_questions_warm_or_cold(
    contract_id: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Cold: the release, the checkpoint, the prefix with its own two checkpoints, and twice for the text in the middle.

    Warm: the release and the checkpoint, and which texts there are; the sheet asks whether it is a demonstration, the
    reason reads the paragraphs it quotes.
    """
    term = load(contract_id).terms[0].id

    with django_assert_num_queries(7):
        contract_screen(contract_id, AUTUMN)
    with django_assert_num_queries(3):
        contract_screen(contract_id, AUTUMN)
    with django_assert_num_queries(3):
        settlement_sheet(contract_id, AUTUMN)
    with django_assert_num_queries(4):
        term_reason(contract_id, term, AUTUMN)


def test_memory_forgets_the_oldest_and_keeps_no_failure() -> None:
    memo: Memo[int, int] = Memo(2)
    for key in (1, 2, 1, 3):
        memo.get(key, lambda key=key: key * 10)  # type: ignore[misc]
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return 0

    assert memo.get(1, make) == 10
    assert memo.get(2, make) == 0
    assert made == [1]
    with pytest.raises(ZeroDivisionError):
        memo.get(9, lambda: 1 // 0)
    assert memo.get(9, lambda: 7) == 7
    assert len(memo) == 2


def test_threads_share_a_memory() -> None:
    memo: Memo[int, int] = Memo(8)
    seen: list[int] = []

    def ask() -> None:
        for n in range(400):
            seen.append(memo.get(n % 12, lambda: 5))  # noqa: PERF401  one at a time is the point

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [5] * 2400
    assert len(memo) <= 8
