"""What both sides agree, and that nothing less than both is anything: amendments from the draft to what they change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import audit_trail, seat_of
from lvyue.contracts.actions import AmendmentText, Overtaken
from lvyue.contracts.choices import AmendmentKind, AmendmentState
from lvyue.contracts.queries import Amendment, amendment, chain
from lvyue.core.doubts import Doubt, Refused
from lvyue.core.facts import KINDS, FieldType
from lvyue.core.money import Money
from lvyue.core.obligation import Verdict
from lvyue.core.release import Release
from lvyue.core.statement import Statement
from lvyue.core.terms import Parameter, ParameterId, Party
from lvyue.evidence.queries import entry
from lvyue.obligations.actions import amending
from lvyue.obligations.ground import ground_of
from lvyue.obligations.proposal import Confirm, read_value
from lvyue.obligations.queries import log_size, statement_of
from lvyue.obligations.supplement import amendment_sheet
from tests.conftest import Person
from tests.contracts.cast import demonstrated

SECURITY = "security-support-2026"
CLOUD = "government-cloud-2026"
VIDEO = "video-conference-2022"
NOVEMBER = date(2026, 11, 21)


@pytest.fixture
def seats(person: Person) -> Any:
    """`seats(contract_id)`: the buyer's and the supplier's person who may sign, on a contract with its log."""

    def both(contract_id: str) -> tuple[Seat, Seat]:
        demonstrated(contract_id)
        return (
            seat_of(person("buyer", contract_id), contract_id),
            seat_of(person("supplier_manager", contract_id), contract_id),
        )

    return both


def leak_report(value: str = "120", paper: str = "确认书 1", **more: Any) -> AmendmentText:
    payload = {"parameter": "sudden-event-report", "value": value}
    return text(payload, paper=paper, **more)


def text(payload: dict[str, Any], **more: Any) -> AmendmentText:
    told: dict[str, Any] = {
        "title": "商定时限",
        "reason": "合同没有写数字",
        "paper": "确认书 1",
        "effective": date(2026, 3, 1),
    }
    return AmendmentText(payload=payload, **(told | more))


def agreed_by_both(
    kind: AmendmentKind, wanted: AmendmentText, buyer: Seat, supplier: Seat
) -> Amendment:
    row = amending.draft(kind, wanted, by=buyer)
    amending.propose(row.number, row.version, by=buyer, sign_too=True)
    return amending.sign(row.number, row.version, by=supplier)


def says(error: pytest.ExceptionInfo[Refused]) -> str:
    return "；".join(str(doubt) for doubt in error.value.doubts)


# ── from draft to force ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_parameter_that_both_sign_is_a_fact_from_its_day_on(seats: Any) -> None:
    """S0 7.2.3：突发情况“立即”报告，两家商定为 120 分钟"""
    buyer, supplier = seats(SECURITY)
    size = log_size(SECURITY)

    row = agreed_by_both(AmendmentKind.PARAMETER, leak_report(), buyer, supplier)

    assert row.state == AmendmentState.IN_FORCE
    assert log_size(SECURITY) == size + 1
    found = entry(SECURITY, f"s-{row.pk}")
    assert found is not None
    assert found.checkpoint.source == "补充协议第1号"
    book = statement_of(SECURITY, NOVEMBER).evaluation.book
    parameter = ParameterId("sudden-event-report")
    assert book.span(parameter, date(2026, 2, 28)) is None
    agreed = book.agreed(parameter, date(2026, 3, 1))
    assert agreed is not None
    assert agreed.value == "120 minutes"
    acts = [one.act for one in audit_trail(SECURITY).filter(about="补充协议第1号")]
    assert acts == [
        "amendment.signed",
        "amendment.signed",
        "amendment.proposed",
        "amendment.drafted",
    ]


def test_one_signature_changes_nothing(seats: Any) -> None:
    """REG-07：一方签署没有任何效力"""
    buyer, _ = seats(SECURITY)
    before = statement_of(SECURITY, NOVEMBER).as_json()

    row = amending.draft(AmendmentKind.PARAMETER, leak_report(), by=buyer)
    signed = amending.propose(row.number, row.version, by=buyer, sign_too=True)

    assert signed.state == AmendmentState.CONFIRMED_BY_ONE
    assert statement_of(SECURITY, NOVEMBER).as_json() == before
    assert len(chain(SECURITY)) == 1


@pytest.mark.parametrize("who", ["buyer", "supplier"])
def test_the_two_signatures_are_of_two_sides(who: str, seats: Any) -> None:
    buyer, supplier = seats(SECURITY)
    one = buyer if who == "buyer" else supplier
    row = amending.draft(AmendmentKind.PARAMETER, leak_report(), by=one)
    amending.propose(row.number, row.version, by=one, sign_too=True)

    with pytest.raises(Refused) as error:
        amending.sign(row.number, row.version, by=one)

    assert "已经签署，等" in says(error)


def test_two_people_of_one_side_are_one_side(seats: Any, person: Person) -> None:
    buyer, _ = seats(SECURITY)
    colleague = seat_of(person("buyer", SECURITY, CLOUD), SECURITY)
    row = amending.draft(AmendmentKind.PARAMETER, leak_report(), by=buyer)
    amending.propose(row.number, row.version, by=buyer, sign_too=True)

    with pytest.raises(Refused) as error:
        amending.sign(row.number, row.version, by=colleague)

    assert "等乙方签署" in says(error)


@pytest.mark.parametrize("role", ["using_department", "engineer", "auditor"])
def test_who_may_not_bind_a_side_neither_drafts_nor_signs(
    role: str, seats: Any, person: Person
) -> None:
    buyer, _ = seats(SECURITY)
    other = seat_of(person(role, SECURITY), SECURITY)
    row = amending.draft(AmendmentKind.PARAMETER, leak_report(), by=buyer)
    amending.propose(row.number, row.version, by=buyer)

    with pytest.raises(Refused, match="不能提出补充协议"):
        amending.draft(AmendmentKind.PARAMETER, leak_report(), by=other)
    with pytest.raises(Refused, match="不能代表一方签署"):
        amending.sign(row.number, row.version, by=other)


def test_somebody_of_another_contract_is_told_that_there_is_no_such_amendment(
    seats: Any, person: Person
) -> None:
    buyer, _ = seats(SECURITY)
    amending.draft(AmendmentKind.PARAMETER, leak_report(), by=buyer)
    demonstrated(CLOUD)
    stranger = seat_of(person("buyer", CLOUD), CLOUD)

    with pytest.raises(Refused, match="没有补充协议第1号"):
        amending.sign(1, 1, by=stranger)


def test_a_draft_is_not_seen_by_the_other_side(seats: Any) -> None:
    buyer, supplier = seats(SECURITY)
    row = amending.draft(AmendmentKind.PARAMETER, leak_report(), by=buyer)

    with pytest.raises(Refused, match="没有补充协议第1号"):
        amending.refuse(row.number, "不看", by=supplier)


# ── changing one's mind ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_text_takes_the_signature_away(seats: Any) -> None:
    buyer, supplier = seats(SECURITY)
    row = amending.draft(AmendmentKind.PARAMETER, leak_report(), by=buyer)
    amending.propose(row.number, row.version, by=buyer, sign_too=True)

    changed = amending.edit(row.number, row.version, leak_report("60"), by=buyer)

    assert changed.state == AmendmentState.PROPOSED
    assert changed.signed == frozenset()
    with pytest.raises(Overtaken):
        amending.sign(row.number, row.version, by=supplier)
    assert log_size(SECURITY) == statement_of(SECURITY, NOVEMBER).evaluation.book.size


def test_of_two_who_edit_at_once_the_second_is_told(seats: Any) -> None:
    buyer, _ = seats(SECURITY)
    row = amending.draft(AmendmentKind.PARAMETER, leak_report(), by=buyer)
    amending.edit(row.number, row.version, leak_report("60"), by=buyer)

    with pytest.raises(Overtaken) as error:
        amending.edit(row.number, row.version, leak_report("90"), by=buyer)

    assert "已被改动（现在是第 2 稿）" in says(error)
    assert error.value.row.payload["value"] == "60"


def test_the_other_side_refuses_with_a_reason_and_the_own_side_withdraws(seats: Any) -> None:
    buyer, supplier = seats(SECURITY)
    first = amending.draft(AmendmentKind.PARAMETER, leak_report(), by=buyer)
    amending.propose(first.number, first.version, by=buyer, sign_too=True)

    with pytest.raises(Refused, match="请撤回"):
        amending.refuse(first.number, "算了", by=buyer)
    with pytest.raises(Refused, match="缺少：理由"):
        amending.refuse(first.number, " \n", by=supplier)
    with pytest.raises(Refused, match="应由甲方办理"):
        amending.withdraw(first.number, by=supplier)
    refused = amending.refuse(first.number, "太短，办不到", by=supplier)
    second = amending.draft(AmendmentKind.PARAMETER, leak_report(), by=buyer)
    withdrawn = amending.withdraw(second.number, by=buyer)

    assert refused.state == AmendmentState.REFUSED
    assert refused.closed_reason == "太短，办不到"
    assert withdrawn.state == AmendmentState.WITHDRAWN
    assert second.number == 2


def test_what_both_have_signed_is_nobodys_to_change(seats: Any) -> None:
    buyer, supplier = seats(SECURITY)
    row = agreed_by_both(AmendmentKind.PARAMETER, leak_report(), buyer, supplier)

    acts: tuple[Callable[[], Amendment], ...] = (
        lambda: amending.edit(row.number, row.version, leak_report("60"), by=buyer),
        lambda: amending.withdraw(row.number, by=buyer),
        lambda: amending.refuse(row.number, "后悔了", by=supplier),
        lambda: amending.sign(row.number, row.version, by=supplier),
    )
    for act in acts:
        with pytest.raises(Refused, match="双方确认生效"):
            act()


def test_a_value_may_be_agreed_anew_from_a_later_day(seats: Any) -> None:
    """更正是另一份补充协议"""
    buyer, supplier = seats(SECURITY)
    agreed_by_both(AmendmentKind.PARAMETER, leak_report(), buyer, supplier)

    again = leak_report("60", paper="确认书 2", effective=date(2026, 6, 1))
    agreed_by_both(AmendmentKind.PARAMETER, again, buyer, supplier)

    book = statement_of(SECURITY, NOVEMBER).evaluation.book
    parameter = ParameterId("sudden-event-report")
    values = [book.agreed(parameter, day) for day in (date(2026, 5, 31), date(2026, 6, 1))]
    assert [one.value for one in values if one] == ["120 minutes", "60 minutes"]


# ── what is refused, and with which words ────────────────────────────────────────────────────────────────────────


def refused(kind: AmendmentKind, wanted: AmendmentText, by: Seat) -> tuple[Doubt, ...]:
    row = amending.draft(kind, wanted, by=by)
    with pytest.raises(Refused) as error:
        amending.propose(row.number, row.version, by=by)
    return error.value.doubts


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (leak_report(effective=date(2026, 2, 8)), "早于合同本身的签订或生效日 2026-02-09"),
        (leak_report(effective=None), "生效日: 没有填写"),
        (leak_report(effective=date(2126, 3, 1)), "请核对年份"),
        (leak_report(title=" "), "名称: 没有填写"),
        (leak_report("2 hours"), "写的是 2小时，而这个参数按分钟计"),
        (leak_report("两小时"), "读不成期间"),
        (leak_report(""), "数值: 没有填写"),
        (leak_report("99999999"), "太长"),
        (text({"parameter": "no-such", "value": "1"}), "没有编号为“no-such”的参数"),
    ],
)
def test_what_a_parameter_needs_is_told_before_it_is_proposed(
    wanted: AmendmentText, told: str, seats: Any
) -> None:
    buyer, _ = seats(SECURITY)

    doubts = refused(AmendmentKind.PARAMETER, wanted, buyer)

    assert any(told in str(doubt) for doubt in doubts), doubts


def test_a_reason_must_be_given_and_read(seats: Any) -> None:
    buyer, _ = seats(SECURITY)

    doubts = refused(AmendmentKind.PARAMETER, leak_report(reason=""), buyer)
    with pytest.raises(Refused) as error:
        amending.draft(AmendmentKind.PARAMETER, leak_report(reason="长" * 5001), by=buyer)
    row = amending.draft(AmendmentKind.PARAMETER, leak_report(reason="长" * 5000), by=buyer)

    assert "缺少：理由" in str(doubts[0])
    assert "有 5001 个字，最多 5000 个" in says(error)
    assert len(row.reason) == 5000


def test_one_thing_is_changed_once_a_day(seats: Any) -> None:
    """R10：同一天两份补充协议改同一条"""
    buyer, supplier = seats(SECURITY)
    agreed_by_both(AmendmentKind.PARAMETER, leak_report(), buyer, supplier)

    doubts = refused(AmendmentKind.PARAMETER, leak_report("60", paper="确认书 2"), buyer)

    assert "补充协议第1号在同一天（2026-03-01）也改了：参数 sudden-event-report" in str(doubts[0])


@pytest.mark.parametrize(
    ("unit", "typed", "value"),
    [
        ("minutes", "３０", "30 minutes"),
        ("working-days", "10个工作日", "10 working-days"),
        ("calendar-days", " 7 calendar-days ", "7 calendar-days"),
        ("%", "97", "97%"),
        ("%", "97.5 %", "97.5%"),
        ("%", "100.0", "100.0%"),
        ("分", "60分", "60"),
        ("次/年", "2", "2"),
    ],
)
def test_a_value_is_read_by_the_unit_of_its_parameter(unit: str, typed: str, value: str) -> None:
    parameter = Parameter(
        id=ParameterId("x"),
        clauses=(),
        says="某数",
        unit=unit,
        owner=Party.BUYER,
        source="双方约定",
    )

    assert read_value(parameter, typed) == value


@pytest.mark.parametrize(
    ("unit", "typed"),
    [
        ("minutes", "1.5"),
        ("minutes", "-5"),
        ("working-days", "10 天"),
        ("working-days", "10 calendar-days"),
        ("%", "100.01"),
        ("%", "120"),
        ("%", "-1"),
        ("分", "九十"),
        ("规则", "顺延"),
        ("日期", "2026-12-01"),
    ],
)
def test_a_value_of_another_unit_is_refused(unit: str, typed: str) -> None:
    parameter = Parameter(
        id=ParameterId("x"),
        clauses=(),
        says="某数",
        unit=unit,
        owner=Party.BUYER,
        source="双方约定",
    )

    doubt = read_value(parameter, typed)

    assert isinstance(doubt, Doubt)
    assert doubt.mend


# ── doubts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def scorecard(**more: Any) -> AmendmentText:
    payload = {"doubt": "scorecard-missing", "reading": "按双方签署的评分表"}
    return text(payload, title="考核评分表", paper="补充协议 2026-2", **more)


def test_a_doubt_settled_by_a_signed_paper_stops_nothing_any_more(seats: Any) -> None:
    """S0 4.3.1：评分表补签之后，考核不再停住"""
    buyer, supplier = seats(SECURITY)

    row = agreed_by_both(AmendmentKind.DOUBT, scorecard(), buyer, supplier)

    settled = statement_of(SECURITY, NOVEMBER).evaluation.book.by_kind["doubt.settled"]
    fact = next(one for one in settled if one.id == f"s-{row.pk}")
    assert fact.data == {
        "doubt": "scorecard-missing",
        "paper": "补充协议 2026-2",
        "reading": "按双方签署的评分表",
    }
    again = refused(AmendmentKind.DOUBT, scorecard(effective=date(2026, 4, 1)), buyer)
    assert "这项疑义已于 2026-03-01 凭“补充协议 2026-2”解决" in str(again[0])


@pytest.mark.parametrize(
    ("payload", "paper", "told"),
    [
        ({"doubt": "scorecard-missing"}, "", "没有文书不能了结疑义"),
        ({"doubt": "no-such"}, "补 1", "没有编号为“no-such”的疑义"),
        ({"doubt": "invoice:i-1"}, "补 1", "请更正或撤回那条事实"),
        ({"doubt": ""}, "补 1", "没有选"),
        ({"doubt": "two-ndas"}, "往来邮件 3 月 1 日", "不是盖章的书面文书"),
        ({"doubt": "scorecard-missing", "reading": "长" * 2001}, "补 1", "最多 2000 个"),
    ],
)
def test_a_doubt_is_not_closed_without_its_paper(
    payload: dict[str, str], paper: str, told: str, seats: Any
) -> None:
    """REG-08 没有文书不能了结；REG-07 保密协议的变更要书面并盖双方公章"""
    buyer, _ = seats(SECURITY)

    doubts = refused(AmendmentKind.DOUBT, text(payload, paper=paper), buyer)

    assert any(told in str(doubt) for doubt in doubts), doubts


def test_the_end_of_the_service_is_said_by_both(seats: Any) -> None:
    buyer, supplier = seats(CLOUD)
    wanted = text({"kind": "service.ended", "subject": ""}, effective=date(2026, 11, 20))

    row = agreed_by_both(AmendmentKind.TOGETHER, wanted, buyer, supplier)

    book = statement_of(CLOUD, NOVEMBER).evaluation.book
    assert f"s-{row.pk}" in [fact.id for fact in book.by_kind["service.ended"]]
    doubts = refused(AmendmentKind.TOGETHER, text({"kind": "payment.made"}), buyer)
    assert "不是须双方确认的事" in str(doubts[0])


# ── terms ────────────────────────────────────────────────────────────────────────────────────────────────────────


def alter(*alterations: dict[str, Any]) -> dict[str, Any]:
    return {"alterations": [*alterations]}


def undecided(statement: Statement) -> set[str]:
    found = statement.evaluation.findings
    return {one.term for one in found if one.verdict is Verdict.NOT_DECIDABLE}


TAIL = alter(
    {
        "op": "set_term",
        "term": "grades",
        "field": "grades",
        "value": [
            {"name": "优秀", "rate": "100%", "exact": True},
            {"name": "良好", "rate": "97%", "exact": False},
            {"name": "一般", "rate": "95%", "exact": False},
        ],
    },
    {"op": "set_contract", "field": "period.end", "value": "2027-02-02"},
    {"op": "close_doubt", "doubt": "grades-blank"},
    {"op": "close_doubt", "doubt": "price-basis"},
    {"op": "close_doubt", "doubt": "period-blank"},
)


def test_the_cloud_is_not_decidable_until_both_sign_a_supplement(seats: Any) -> None:
    """S2 2.3、5.1：期限、等级和价款所属年度写明之后，尾款可以判定；生效日之前照旧"""
    buyer, supplier = seats(CLOUD)
    before = statement_of(CLOUD, date(2026, 10, 31)).as_json()
    wanted = text(TAIL, title="期限与考核等级", effective=date(2026, 11, 1))
    row = amending.draft(AmendmentKind.TERMS, wanted, by=supplier)
    amending.propose(row.number, row.version, by=supplier, sign_too=True)

    assert {"second-payment", "grades"} <= undecided(statement_of(CLOUD, NOVEMBER))
    amending.sign(row.number, row.version, by=buyer)

    decided = statement_of(CLOUD, NOVEMBER)
    assert not {"second-payment", "grades"} & undecided(decided)
    tail = next(one for one in decided.settlement.instalments if one.term.instalment == 2)
    assert tail.amount is not None
    assert tail.amount.money == Money.yuan("543868.00")  # 96% of the price, less what was paid
    assert decided.evaluation.release.period.end == date(2027, 2, 2)
    assert statement_of(CLOUD, date(2026, 10, 31)).as_json() == before
    newest = chain(CLOUD)[-1]
    assert newest.effective_from == date(2026, 11, 1)
    found = amendment(CLOUD, row.number)
    assert found is not None
    assert found.release == newest


def test_a_blank_period_that_is_filled_lets_the_year_end_be_judged(seats: Any) -> None:
    """S0 2.3：服务期限写明之后，年度总结有了到期日"""
    buyer, supplier = seats(SECURITY)
    period = alter(
        {"op": "set_contract", "field": "period.start", "value": "2026-02-09"},
        {"op": "set_contract", "field": "period.end", "value": "2027-02-08"},
        {"op": "close_doubt", "doubt": "period-blank"},
    )
    assert "year-end-summary" in undecided(statement_of(SECURITY, NOVEMBER))

    wanted = text(period, title="服务期限", effective=date(2026, 11, 1))
    agreed_by_both(AmendmentKind.TERMS, wanted, buyer, supplier)

    assert "year-end-summary" not in undecided(statement_of(SECURITY, NOVEMBER))
    assert "year-end-summary" in undecided(statement_of(SECURITY, date(2026, 10, 31)))


def second_payment(within: str = "30 calendar-days") -> dict[str, Any]:
    return alter(
        {"op": "set_term", "term": "second-payment", "field": "within", "value": within},
        {"op": "close_doubt", "doubt": "second-payment-no-days"},
    )


def due_of_second(statement: Statement) -> date | None:
    return next(one.due_day for one in statement.settlement.instalments if one.term.instalment == 2)


def test_thirty_days_for_the_second_instalment_hold_from_their_day(seats: Any) -> None:
    """S3 R10：2022-11-01 起第二期 30 日内付，只改此后的到期日"""
    buyer, supplier = seats(VIDEO)
    spring, october = date(2023, 3, 21), date(2022, 10, 31)
    earlier = statement_of(VIDEO, october).as_json()
    assert due_of_second(statement_of(VIDEO, spring)) is None

    wanted = text(second_payment(), title="付款期限", effective=date(2022, 11, 1))
    agreed_by_both(AmendmentKind.TERMS, wanted, buyer, supplier)

    assert due_of_second(statement_of(VIDEO, spring)) == date(2023, 1, 28)
    assert "second-payment" not in undecided(statement_of(VIDEO, spring))
    assert statement_of(VIDEO, october).as_json() == earlier


def test_a_supplement_is_not_signed_on_a_release_that_came_meanwhile(seats: Any) -> None:
    buyer, supplier = seats(VIDEO)
    first = text(second_payment(), title="付款期限", effective=date(2022, 11, 1))
    row = amending.draft(AmendmentKind.TERMS, first, by=buyer)
    amending.propose(row.number, row.version, by=buyer, sign_too=True)
    other = text(
        alter({"op": "close_doubt", "doubt": "day-counting"}),
        title="起算",
        effective=date(2022, 11, 1),
        paper="补 9",
    )
    agreed_by_both(AmendmentKind.TERMS, other, supplier, buyer)

    with pytest.raises(Refused, match="起草之后，合同有了新的版本"):
        amending.sign(row.number, row.version, by=supplier)
    again = amending.rebase(row.number, row.version, by=buyer)
    assert again.signed == frozenset()
    amending.sign(row.number, again.version, by=buyer)
    done = amending.sign(row.number, again.version, by=supplier)

    assert done.state == AmendmentState.IN_FORCE
    assert [one.effective_from for one in chain(VIDEO)] == [
        None,
        date(2022, 11, 1),
        date(2022, 11, 1),
    ]


@pytest.mark.parametrize(
    ("payload", "more", "told"),
    [
        (second_payment("30 days"), {}, "付款期限"),
        (second_payment(), {"effective": date(2021, 1, 1)}, "早于合同本身"),
        (alter(), {}, "没有变更任何内容"),
        (
            alter({"op": "set_term", "term": "none", "field": "within", "value": "1 week"}),
            {},
            "没有编号为“none”的约定",
        ),
        (alter({"op": "close_doubt", "doubt": "none"}), {}, "没有编号为“none”的疑义"),
        (alter({"op": "dance"}), {}, "没有“dance”这种变更"),
    ],
)
def test_an_alteration_that_cannot_be_is_told(
    payload: dict[str, Any], more: dict[str, Any], told: str, seats: Any
) -> None:
    buyer, _ = seats(VIDEO)
    wanted = text(payload, **({"effective": date(2022, 11, 1)} | more))

    doubts = refused(AmendmentKind.TERMS, wanted, buyer)

    assert any(told in str(doubt) for doubt in doubts), doubts


@pytest.mark.parametrize(
    "payload",
    [
        {"alterations": 5},
        {"alterations": ["x"]},
        {"alterations": [{"op": "set_term", "term": 1, "field": 2, "value": 3}]},
        alter({"op": "set_term", "term": "second-payment", "field": "within", "value": [1.5]}),
        alter({"op": "set_term", "term": "grades", "field": "grades", "value": {"a": 1}}),
        alter({"op": "add_term", "body": {"id": "x", "clauses": 7}}),
        alter(
            {"op": "add_term", "body": {"id": "x", "doubts": 5}},
            {"op": "close_doubt", "doubt": "day-counting"},
        ),
        alter({"op": "add_term", "body": {"id": "x", "kind": "duty", "clauses": [{}]}}),
        alter({"op": "add_clause", "heading": "\x00\ud800"}),
    ],
    ids=str,
)
def test_whatever_a_program_sends_is_refused_with_words(
    payload: dict[str, Any], seats: Any
) -> None:
    buyer, _ = seats(VIDEO)
    wanted = text(payload, effective=date(2022, 11, 1))

    doubts = refused(AmendmentKind.TERMS, wanted, buyer)
    row = amendment(VIDEO, 1)

    assert all(doubt.says for doubt in doubts)
    assert row is not None
    assert amendment_sheet(row, buyer, NOVEMBER, NOVEMBER).problems


@pytest.mark.parametrize(
    "payload", [{"value": float("nan")}, {"value": "长" * 200_001}, {"x": {1}}]
)
def test_what_no_database_could_hold_is_not_drafted(payload: dict[str, Any], seats: Any) -> None:
    buyer, _ = seats(VIDEO)

    with pytest.raises(Refused, match="变更内容"):
        amending.draft(AmendmentKind.PARAMETER, text(payload), by=buyer)


def test_a_clause_of_the_secrecy_agreement_wants_a_sealed_paper(seats: Any) -> None:
    """01:N11.1：保密协议的变更须书面并由双方盖章"""
    buyer, _ = seats(SECURITY)
    payload = alter(
        {"op": "set_term", "term": "leak-report", "field": "promptly", "value": "24小时内"}
    )

    for paper, told in (("", "请填写双方盖章的文书编号"), ("e-mail of 1 March", "都不算")):
        doubts = refused(AmendmentKind.TERMS, text(payload, paper=paper), buyer)
        assert any(told in str(doubt) for doubt in doubts), doubts


# ── before anybody signs ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_sheet_shows_what_signing_would_change_and_afterwards_what_it_did(seats: Any) -> None:
    buyer, supplier = seats(VIDEO)
    wanted = text(second_payment(), title="付款期限", effective=date(2022, 11, 1))
    row = amending.draft(AmendmentKind.TERMS, wanted, by=buyer)

    before = amendment_sheet(row, buyer, date(2023, 3, 21), NOVEMBER)
    earlier = amendment_sheet(row, buyer, date(2022, 10, 31), NOVEMBER)
    amending.propose(row.number, row.version, by=buyer, sign_too=True)
    done = amending.sign(row.number, row.version, by=supplier)
    after = amendment_sheet(done, buyer, date(2023, 3, 21), NOVEMBER)

    assert before.effect is not None
    assert earlier.effect is not None
    assert after.effect is not None
    assert earlier.effect.is_empty
    supposed = [(one.term, one.after) for one in before.effect.findings]
    assert ("second-payment", None) not in supposed
    assert supposed == [(one.term, one.after) for one in after.effect.findings]
    assert any("付款期限" in one.where for one in before.changes)
    assert before.changes == after.changes
    assert before.backwards > 1000


def test_the_ground_is_the_newest_release(seats: Any) -> None:
    buyer, supplier = seats(VIDEO)
    wanted = text(second_payment(), title="付款期限", effective=date(2022, 11, 1))
    agreed_by_both(AmendmentKind.TERMS, wanted, buyer, supplier)

    ground = ground_of(VIDEO)

    release: Release = ground.release
    assert release.digest == chain(VIDEO)[-1].digest
    assert release.price == Money.yuan("1118000.00")
    assert [rival.name for rival in ground.rivals] == ["补充协议第1号"]


def test_what_both_confirm_is_read_as_every_form_reads_it() -> None:
    """Full-width digits and the blanks of a word processor are the same number; words stay as they are."""
    kind = next(
        name
        for name, one in KINDS.items()
        if any(field.type is FieldType.INTEGER for field in one.fields)
    )
    number = next(field.name for field in KINDS[kind].fields if field.type is FieldType.INTEGER)

    assert Confirm(kind, "", ((number, " ９７ "),)).data == {number: 97}
    assert Confirm(kind, "", ((number, "九成"),)).data == {number: "九成"}
