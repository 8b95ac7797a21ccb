"""A statement from its issue to both parties' word, a dispute, a restatement; and everybody who must not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256

import pytest
import time_machine
from django.db import IntegrityError, transaction

from lvyue import clock
from lvyue.accounts.actions import appoint, dismiss
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Appointment
from lvyue.accounts.queries import audit_trail, seat_of
from lvyue.contracts.actions import register_release
from lvyue.core.doubts import Refused
from lvyue.core.money import Money
from lvyue.evidence.actions import import_facts
from lvyue.evidence.queries import entries
from lvyue.library.loader import load, text_of
from lvyue.obligations.queries import forget, log_size, statement_of
from lvyue.settlements import actions, queries
from lvyue.settlements.choices import StatementAct
from lvyue.settlements.models import IssuedStatement, StatementStep
from lvyue.settlements.signing import hindrance
from tests.conftest import Person
from tests.settlements.conftest import SECURITY, TakeSeat

pytestmark = pytest.mark.usefixtures("demonstration")

NOVEMBER = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with time_machine.travel("2026-11-21 10:00+08:00", tick=False):
        yield


def record(*lines: dict[str, object], contract_id: str = SECURITY) -> None:
    leaves = [json.dumps(line, ensure_ascii=False).encode() for line in lines]
    import_facts(contract_id, leaves, by="测试", source="补录")


def corrected_grade() -> None:
    """The grade put right, and an invoice that equals the new tail to the fen: without one nothing falls due."""
    record(
        {
            "id": "g-1",
            "kind": "fact.withdrawn",
            "at": "2026-11-21",
            "data": {"fact": "demo-043", "reason": "商定比例录错"},
        },
        {
            "id": "g-2",
            "kind": "assessment.graded",
            "at": "2026-11-10",
            "data": {"grade": "良好", "agreed_percent": "97", "paper": "演示文书-更正"},
        },
        {
            "id": "g-3",
            "kind": "invoice.received",
            "at": "2026-11-21",
            "data": {"instalment": 2, "amount_fen": 50112000, "paper": "演示文书-发票03"},
        },
    )


def acts(row: IssuedStatement) -> list[str]:
    return [step.act for step in row.steps.order_by("id")]


# ── issuing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_issued_bears_its_whole_address_and_a_number(seat: TakeSeat) -> None:
    row = actions.issue(NOVEMBER, by=seat("buyer"), note="第二期尾款")

    statement = statement_of(SECURITY, NOVEMBER)
    assert row.number == 1
    assert row.hash == statement.as_json()["hash"]
    assert (row.size, row.root) == (log_size(SECURITY), statement.root)
    assert row.payable == Money.yuan("482560")
    assert queries.reckoned_again(row).is_whole
    assert not queries.opened(row).since.is_any
    entry = audit_trail(SECURITY).first()
    assert entry is not None
    assert (entry.act, entry.about, entry.reason) == (
        "statement.issued",
        "结算书第1号",
        "第二期尾款",
    )


def test_numbers_go_on_and_the_same_one_is_not_issued_twice(seat: TakeSeat) -> None:
    buyer = seat("buyer")
    actions.issue(NOVEMBER, by=buyer)

    with pytest.raises(Refused, match="完全相同"):
        actions.issue(NOVEMBER, by=seat("supplier_manager"))

    assert actions.issue(date(2026, 11, 20), by=buyer).number == 2


def test_a_day_to_come_is_not_issued(seat: TakeSeat) -> None:
    with pytest.raises(Refused, match="还没有到"):
        actions.issue(date(2026, 11, 22), by=seat("buyer"))


@pytest.mark.parametrize("role", ["using_department", "engineer", "auditor"])
def test_who_may_only_look_issues_and_signs_nothing(seat: TakeSeat, role: str) -> None:
    actions.issue(NOVEMBER, by=seat("buyer"))
    other = seat(role)

    doings: list[Callable[[], object]] = [
        lambda: actions.issue(date(2026, 11, 1), by=other),
        lambda: actions.confirm(1, by=other),
        lambda: actions.dispute(1, "不对", by=other),
        lambda: actions.restate(1, by=other),
        lambda: actions.withdraw(1, "录错", by=other),
    ]
    for doing in doings:
        with pytest.raises(Refused, match="不能"):
            doing()
    assert [row.state for row in queries.issued(SECURITY)] == ["issued"]


def test_a_seat_on_another_contract_reaches_nothing_here(seat: TakeSeat) -> None:
    actions.issue(NOVEMBER, by=seat("buyer"))

    with pytest.raises(Refused, match="没有第 1 号"):
        actions.confirm(1, by=seat("supplier_manager", "cloud-lease-2025"))


# ── confirming ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_both_sides_confirm_and_neither_twice(seat: TakeSeat) -> None:
    buyer, supplier = seat("buyer"), seat("supplier_manager")
    row = actions.issue(NOVEMBER, by=buyer)

    assert actions.confirm(1, by=buyer).state == "confirmed_by_one"
    with pytest.raises(Refused, match="已经确认过"):
        actions.confirm(1, by=buyer)
    assert actions.confirm(1, by=supplier).state == "agreed"

    with pytest.raises(Refused, match="已经确认过"):
        actions.confirm(1, by=supplier)
    assert acts(row) == ["issue", "confirm", "countersign"]


def test_one_person_does_not_confirm_for_both_sides(seat: TakeSeat, person: Person) -> None:
    row = actions.issue(NOVEMBER, by=seat("buyer"))
    actions.confirm(1, by=seat("buyer"))
    one = person("buyer", SECURITY)
    held = Appointment.objects.get(account=one, until=None)
    dismiss(held, by="测试", reason="转到乙方")
    appoint(one, SECURITY, ContractRole.SUPPLIER_MANAGER, by="测试")
    turned = seat_of(one, SECURITY)

    with pytest.raises(Refused, match="一个人不能代表双方确认"):
        actions.confirm(1, by=turned)
    assert "一个人不能代表双方确认" in hindrance(
        queries.signing_of(row), StatementAct.COUNTERSIGN, turned
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        StatementStep.objects.create(
            statement=row,
            act=StatementAct.COUNTERSIGN,
            by=one.username,
            name=one.name,
            side="supplier",
            at=clock.now(),
        )

    assert actions.confirm(1, by=seat("supplier_manager")).state == "agreed"


def test_nobody_confirms_what_no_longer_comes_to_its_hash(
    seat: TakeSeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = actions.issue(NOVEMBER, by=seat("buyer"))
    other = statement_of(SECURITY, date(2026, 11, 1))
    monkeypatch.setattr(queries, "statement_at", lambda *_: other)

    again = queries.reckoned_again(row)
    with pytest.raises(Refused, match="依据被改动过"):
        actions.confirm(1, by=seat("supplier_manager"))

    assert not again.is_whole
    assert row.hash in again.says
    row.refresh_from_db()
    assert row.state == "issued"


# ── what comes later ─────────────────────────────────────────────────────────────────────────────────────────────


def test_its_hash_survives_later_facts_and_a_later_release(seat: TakeSeat) -> None:
    row = actions.issue(NOVEMBER, by=seat("buyer"))

    corrected_grade()
    raw = json.loads(text_of(SECURITY))
    raw["title"] = f"{raw['title']}（补充）"
    body = json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = sha256(body.encode()).hexdigest()
    register_release(
        SECURITY,
        raw["title"],
        body,
        digest,
        by="测试",
        demonstration=True,
        effective_from=date(2026, 11, 1),
    )
    forget()

    opened = queries.opened(row)
    assert opened.again.is_whole, opened.again.says
    assert (opened.since.facts, opened.since.release) == (3, True)
    assert load(SECURITY).digest == row.release


def test_the_tail_is_disputed_and_restated(seat: TakeSeat) -> None:
    """main 8.3: graded 良好 at 96%, agreed at 97% after all: 18,560.00 more"""
    buyer, supplier = seat("buyer"), seat("supplier_manager")
    first = actions.issue(NOVEMBER, by=buyer)

    actions.dispute(1, "商定的是 97%，不是 96%", by=supplier)
    corrected_grade()
    forget()
    found = queries.difference_since(first)
    second = actions.restate(1, by=buyer, note="按更正后的比例")

    assert found is not None
    difference, since = found
    assert since.facts == 4
    tail = next(one for one in difference.money if one.key == "instalment-2")
    assert tail.by == Money.yuan("18560")
    first.refresh_from_db()
    assert (first.state, second.state) == ("restated", "issued")
    assert second.restates == first
    assert second.payable == Money.yuan("501120")
    assert queries.reckoned_again(first).is_whole
    assert acts(first) == ["issue", "dispute", "restate"]

    actions.confirm(2, by=supplier)
    actions.confirm(2, by=buyer)
    second.refresh_from_db()
    assert second.state == "agreed"


def test_a_dispute_is_a_fact_in_the_log(seat: TakeSeat) -> None:
    actions.issue(NOVEMBER, by=seat("buyer"))
    size = log_size(SECURITY)

    actions.dispute(1, "扣减没有依据", by=seat("supplier_manager"))

    last = entries(SECURITY).last()
    assert last is not None
    assert (last.kind, last.subject) == ("dispute.raised", "结算书第1号")
    assert json.loads(bytes(last.raw))["data"]["about"] == "扣减没有依据"
    assert last.checkpoint.recorded_by == seat("supplier_manager").username
    assert log_size(SECURITY) == size + 1


@pytest.mark.parametrize(
    ("reason", "says"), [("", "没有写理由"), ("   ", "没有写理由"), ("长" * 5001, "上限是 5000 字")]
)
def test_a_dispute_says_why_in_words_that_fit(seat: TakeSeat, reason: str, says: str) -> None:
    actions.issue(NOVEMBER, by=seat("buyer"))

    with pytest.raises(Refused, match=says):
        actions.dispute(1, reason, by=seat("supplier_manager"))

    assert queries.issued(SECURITY)[0].state == "issued"


def test_nobody_disputes_what_is_its_own_word(seat: TakeSeat) -> None:
    buyer, supplier = seat("buyer"), seat("supplier_manager")
    actions.issue(NOVEMBER, by=buyer)

    with pytest.raises(Refused, match="贵方出具"):
        actions.dispute(1, "后悔了", by=buyer)
    actions.confirm(1, by=supplier)
    with pytest.raises(Refused, match="已经确认"):
        actions.dispute(1, "后悔了", by=supplier)


def test_what_both_confirmed_stands_until_both_confirm_its_restatement(seat: TakeSeat) -> None:
    buyer, supplier = seat("buyer"), seat("supplier_manager")
    first = actions.issue(NOVEMBER, by=buyer)
    actions.confirm(1, by=buyer)
    actions.confirm(1, by=supplier)
    corrected_grade()

    actions.restate(1, by=supplier)
    first.refresh_from_db()
    assert first.state == "agreed"
    actions.confirm(2, by=supplier)
    first.refresh_from_db()
    assert first.state == "agreed"
    actions.confirm(2, by=buyer)
    first.refresh_from_db()
    assert first.state == "restated"


@pytest.mark.parametrize("confirmed", [False, True])
def test_the_other_side_replaces_nothing_without_the_issuer(
    seat: TakeSeat, *, confirmed: bool
) -> None:
    buyer, supplier = seat("buyer"), seat("supplier_manager")
    first = actions.issue(NOVEMBER, by=buyer)
    if confirmed:
        actions.confirm(1, by=buyer)
    state = "confirmed_by_one" if confirmed else "issued"
    corrected_grade()

    second = actions.restate(1, by=supplier)

    first.refresh_from_db()
    assert first.state == state
    actions.withdraw(second.number, "不要了", by=supplier)
    first.refresh_from_db()
    assert first.state == state
    assert actions.confirm(1, by=supplier).state == ("agreed" if confirmed else "confirmed_by_one")


def test_the_issuer_does_not_take_back_what_the_other_side_confirmed(seat: TakeSeat) -> None:
    buyer, supplier = seat("buyer"), seat("supplier_manager")
    first = actions.issue(NOVEMBER, by=buyer)
    actions.confirm(1, by=supplier)
    corrected_grade()

    actions.restate(1, by=buyer)

    first.refresh_from_db()
    assert first.state == "confirmed_by_one"


def test_the_issuer_replaces_its_own_at_once_and_may_choose_another_day(seat: TakeSeat) -> None:
    buyer = seat("buyer")
    first = actions.issue(NOVEMBER, by=buyer)
    actions.confirm(1, by=buyer)

    second = actions.restate(1, by=buyer, as_of=date(2026, 11, 20))

    first.refresh_from_db()
    assert (first.state, second.as_of) == ("restated", date(2026, 11, 20))


def test_what_the_other_side_disputed_it_may_restate_for_the_same_day(seat: TakeSeat) -> None:
    buyer, supplier = seat("buyer"), seat("supplier_manager")
    first = actions.issue(NOVEMBER, by=buyer)
    actions.dispute(1, "商定的是 97%，不是 96%", by=supplier)

    with pytest.raises(Refused, match="另一方不能改成 2026-01-01"):
        actions.restate(1, by=supplier, as_of=date(2026, 1, 1))
    actions.restate(1, by=supplier)

    first.refresh_from_db()
    assert first.state == "restated"


def test_a_restatement_knows_no_less(seat: TakeSeat) -> None:
    buyer = seat("buyer")
    size = actions.issue(NOVEMBER, by=buyer).size

    with pytest.raises(Refused, match=f"不能只依据前 {size - 1} 条"):
        actions.restate(1, by=buyer, size=size - 1)

    assert [row.state for row in queries.issued(SECURITY)] == ["issued"]


def test_an_agreed_restatement_of_a_restatement_replaces_them_all(seat: TakeSeat) -> None:
    buyer, supplier = seat("buyer"), seat("supplier_manager")
    actions.issue(NOVEMBER, by=buyer)
    corrected_grade()
    actions.restate(1, by=supplier)
    actions.dispute(2, "还有一笔没有记", by=buyer)
    actions.restate(2, by=buyer)

    actions.confirm(3, by=supplier)
    assert [row.state for row in queries.issued(SECURITY)] == [
        "confirmed_by_one",
        "restated",
        "issued",
    ]
    actions.confirm(3, by=buyer)

    assert [row.state for row in queries.issued(SECURITY)] == ["agreed", "restated", "restated"]


def test_nothing_new_is_no_restatement(seat: TakeSeat) -> None:
    actions.issue(NOVEMBER, by=seat("buyer"))

    with pytest.raises(Refused, match="依据没有变化"):
        actions.restate(1, by=seat("buyer"))


def test_a_statement_is_restated_once_and_again_if_that_was_taken_back(seat: TakeSeat) -> None:
    buyer = seat("buyer")
    actions.issue(NOVEMBER, by=buyer)
    corrected_grade()
    actions.restate(1, by=buyer)

    with pytest.raises(Refused, match="由第 2 号重述"):
        actions.restate(1, by=buyer)
    actions.withdraw(2, "说明写漏了", by=buyer)
    third = actions.restate(1, by=buyer)

    assert third.number == 3
    assert third.restates is not None
    assert third.restates.number == 1


# ── taking back ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_issuer_takes_it_back_until_the_other_side_has_confirmed(seat: TakeSeat) -> None:
    buyer, supplier = seat("buyer"), seat("supplier_manager")
    actions.issue(NOVEMBER, by=buyer)
    actions.confirm(1, by=buyer)
    with pytest.raises(Refused, match="只有出具的一方"):
        actions.withdraw(1, "不要了", by=supplier)

    assert actions.withdraw(1, "录错了日期", by=buyer).state == "withdrawn"

    actions.issue(date(2026, 11, 20), by=buyer)
    actions.confirm(2, by=supplier)
    with pytest.raises(Refused, match="对方已经确认"):
        actions.withdraw(2, "后悔了", by=buyer)


def test_what_was_withdrawn_is_final(seat: TakeSeat) -> None:
    buyer, supplier = seat("buyer"), seat("supplier_manager")
    actions.issue(NOVEMBER, by=buyer)
    actions.withdraw(1, "录错了日期", by=buyer)

    with pytest.raises(Refused, match="已撤回"):
        actions.confirm(1, by=supplier)
    assert actions.issue(NOVEMBER, by=supplier).number == 2
