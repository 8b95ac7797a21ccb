"""草案: from a reading to a release that runs, for real papers, for our samples and for a contract of another city."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

import pytest

from lvyue.core.facts import Fact, read_line
from lvyue.core.instalments import Instalment, PaymentState
from lvyue.core.money import Rounding
from lvyue.core.obligation import Verdict
from lvyue.core.release import Release
from lvyue.core.statement import Statement, state
from lvyue.core.terms import DeadlineAfterEvent, Duty, Party, Share, TermKind
from lvyue.library import calendar_files
from lvyue.library.loader import structure
from lvyue.reading.draft import draft, obstacles
from lvyue.reading.reading import Reading, read
from tests.reading.samples import SAMPLES, full_text, seed, seeds, source_of

papers_at_hand = pytest.mark.skipif(seeds() is None, reason="the original papers are not here")

YUNLING = """云岭市气象信息系统运行维护合同

合同编号：YLQX-2026-017

甲方：云岭市气象信息中心
联系人：钱望舒
电话：13800000000
乙方：云岭智维信息技术有限公司
联系人：孙听澜
电话：0999-5551234

第一条 服务内容
1. 乙方负责气象信息系统的日常运行维护。
2. 乙方应当每月向甲方提交运行月报。
3. 乙方应当在收到报修后 2 小时内到达现场。
4. 发现重大隐患的，乙方应当立即报告甲方。

第二条 服务期限
服务期限自 2026 年 3 月 2 日起至 2026 年 12 月 31 日止。

第三条 合同价款与支付
1. 合同总价为人民币 600000.00 元（大写：陆拾万元整）。
2. 合同生效、甲方收到等额发票后 10 个工作日内，甲方支付合同总价的 60%，即 360000.00 元。
3. 验收通过、甲方收到等额发票后 15 个工作日内，甲方支付合同总价的 40%，即 240000.00 元。

第四条 双方义务
1. 甲方应当为乙方提供机房出入证件。
2. 未经甲方书面同意，乙方不得将本合同转包给他人。
3. 甲方有权要求乙方更换不称职的人员。

第五条 违约责任
1. 乙方转包本项目的，应当向甲方支付合同总价 10% 的违约金。
2. 甲方逾期付款的，每逾期一日按逾期金额的万分之三支付违约金。

第六条 其他
1. 本合同自双方盖章之日起生效。
2. 本合同一式肆份，双方各执贰份，具有同等法律效力。

甲方（盖章）：云岭市气象信息中心
日期：2026年3月2日
乙方（盖章）：云岭智维信息技术有限公司
日期：2026年3月2日
"""


@cache
def yunling() -> Reading:
    return read(source_of(YUNLING))


@cache
def release_of(text: str, name: str = "draft") -> Release:
    return structure(draft(read(source_of(text)), name))


def facts(*rows: dict[str, Any]) -> list[Fact]:
    """Facts from their lines, as an import reads them; a line that is wrong fails the test."""
    out = []
    for index, row in enumerate(rows):
        line = {"id": f"f{index}", "data": {}, **row}
        fact = read_line(json.dumps(line, ensure_ascii=False).encode(), index, f"line {index}")
        assert isinstance(fact, Fact), fact
        out.append(fact)
    return out


def stated(release: Release, given: list[Fact], day: str) -> Statement:
    return state(
        release, given, calendar_files.default_calendar(), date.fromisoformat(day),
        size=len(given), root="0" * 64,
    )  # fmt: skip


def instalment(statement: Statement, number: int) -> Instalment:
    return next(one for one in statement.settlement.instalments if one.term.instalment == number)


# ── a contract of another city runs ──────────────────────────────────────────────────────────────────────────────


def test_a_contract_of_another_city_becomes_a_release() -> None:
    release = structure(draft(yunling(), "yunling-2026"))

    assert obstacles(yunling()) == ()
    assert (release.id, release.number) == ("yunling-2026", "YLQX-2026-017")
    assert release.price.fen == 60_000_000
    assert (release.period.start, release.period.end) == (date(2026, 3, 2), date(2026, 12, 31))
    assert release.signed == {"buyer": date(2026, 3, 2), "supplier": date(2026, 3, 2)}
    assert [party.name for party in release.parties][:2] == [
        "云岭市气象信息中心",
        "云岭智维信息技术有限公司",
    ]


def test_its_instalments_are_those_of_the_paper() -> None:
    payments = structure(draft(yunling(), "y")).payments

    assert [(one.instalment, one.invoice, str(one.clauses[0])) for one in payments] == [
        (1, True, "第三条/2"),
        (2, True, "第三条/3"),
    ]


def test_the_first_payment_falls_due_and_is_settled() -> None:
    """In force on 2 March and invoiced on 4 March: ten working days later is 18 March; paid that day it is paid in full."""
    release = structure(draft(yunling(), "y"))
    given = facts(
        {"kind": "contract.effective", "at": "2026-03-02"},
        {
            "kind": "invoice.received",
            "at": "2026-03-04",
            "data": {"instalment": 1, "amount_fen": 36_000_000},
        },
    )

    before = instalment(stated(release, given, "2026-03-10"), 1)
    assert before.amount is not None
    assert before.amount.money.fen == 36_000_000
    assert before.due_day == date(2026, 3, 18)

    paid = facts(
        {"kind": "contract.effective", "at": "2026-03-02"},
        {
            "kind": "invoice.received",
            "at": "2026-03-04",
            "data": {"instalment": 1, "amount_fen": 36_000_000},
        },
        {
            "kind": "payment.made",
            "at": "2026-03-18",
            "data": {"instalment": 1, "amount_fen": 36_000_000},
        },
    )
    after = instalment(stated(release, paid, "2026-03-20"), 1)
    assert after.state is PaymentState.PAID
    assert after.paid.fen == 36_000_000


def test_a_deadline_of_hours_is_met_or_missed_by_facts() -> None:
    """Reported at nine and there at half past ten is within two hours; the call nobody came to is missed."""
    release = structure(draft(yunling(), "y"))
    term = next(t for t in release.terms if isinstance(t, DeadlineAfterEvent))
    (trigger,) = term.triggers
    (done,) = term.done
    given = facts(
        event(str(trigger), "2026-04-01T09:00:00+08:00", subject="t1"),
        event(str(done), "2026-04-01T10:30:00+08:00", subject="t1"),
        event(str(trigger), "2026-04-02T09:00:00+08:00", subject="t2"),
    )

    findings = [
        f for f in stated(release, given, "2026-04-03").evaluation.findings if f.term == term.id
    ]

    assert [f.verdict for f in findings] == [Verdict.MET, Verdict.MISSED]


def event(text: str, at: str, subject: str | None = None) -> dict[str, Any]:
    """A fact of an event, with the values that the event asks for."""
    kind, _, where = text.partition("[")
    pairs = (pair.split("=") for pair in where.rstrip("]").split(",") if pair)
    row: dict[str, Any] = {"kind": kind, "at": at, "data": dict(pairs)}
    return row if subject is None else {**row, "subject": subject}


def test_a_duty_with_a_vague_word_waits_for_the_number_both_agree_on() -> None:
    release = structure(draft(yunling(), "y"))

    (open_one,) = [one for one in release.parameters if "立即" in one.says]
    term = release.term_by_id[open_one.terms[0]]

    assert open_one.owner is Party.BOTH
    assert isinstance(term, Duty)
    assert term.promptly == "立即"


def test_every_duty_and_ban_can_be_put_on_record() -> None:
    """Each is judged by a fact that names it: a duty without a number is attested at best, a breached ban is missed."""
    release = structure(draft(yunling(), "y"))
    ban = next(t for t in release.terms if t.kind is TermKind.PROHIBITION)
    duty = next(t for t in release.terms if t.kind is TermKind.DUTY and "出入证件" in t.says)
    given = facts(
        {"kind": "duty.performed", "at": "2026-03-05", "data": {"term": duty.id}},
        {"kind": "duty.breached", "at": "2026-03-06", "data": {"term": ban.id}},
    )

    findings = {f.term: f.verdict for f in stated(release, given, "2026-03-10").evaluation.findings}

    assert findings[duty.id] is Verdict.ATTESTED_ONLY
    assert findings[ban.id] is Verdict.MISSED


def test_a_breach_is_priced_by_its_clause() -> None:
    """10% of 600000.00 yuan under 第五条/1."""
    release = structure(draft(yunling(), "y"))
    given = facts({"kind": "damages.claimed", "at": "2026-05-06", "data": {"clause": "第五条/1"}})

    (claimed,) = stated(release, given, "2026-05-07").settlement.damages

    assert claimed.figure is not None
    assert claimed.figure.money.fen == 6_000_000


# ── nothing private, nothing made up ─────────────────────────────────────────────────────────────────────────────


def test_no_person_and_no_telephone_of_the_paper_stands_in_a_draft() -> None:
    text = json.dumps(draft(yunling(), "y"), ensure_ascii=False)

    for private in ("钱望舒", "孙听澜", "13800000000", "5551234"):
        assert private not in text


def test_a_paper_without_a_price_says_what_stands_in_the_way() -> None:
    text = YUNLING.replace("1. 合同总价为人民币 600000.00 元（大写：陆拾万元整）。", "1. 略。")
    text = re.sub(r"，即 [\d.]+ 元", "", text)
    reading = read(source_of(text))

    told = obstacles(reading)

    assert [one.id for one in told] == ["unread-price"]
    assert told[0].mend
    assert draft(reading, "y")["price"] is None


def test_a_text_that_is_no_contract_is_told_and_not_raised() -> None:
    reading = read(source_of("今天天气很好。\n"))

    assert {one.id for one in obstacles(reading)} >= {"unread-price", "unread-buyer"}
    assert draft(reading, "y")["clauses"]


def test_a_blank_period_stays_blank_with_its_doubt() -> None:
    text = YUNLING.replace(
        "服务期限自 2026 年 3 月 2 日起至 2026 年 12 月 31 日止。", "服务期限：________。"
    )

    release = release_of(text)

    assert (release.period.start, release.period.end) == (None, None)
    assert release.period.doubts


def test_an_instalment_whose_share_nobody_wrote_is_no_payment() -> None:
    text = YUNLING.replace("甲方支付合同总价的 40%，即 240000.00 元", "甲方支付第二期款")

    release = release_of(text)

    assert [one.instalment for one in release.payments] == [1]


# ── the same text gives the same draft ───────────────────────────────────────────────────────────────────────────


def test_ids_are_readable_and_stay_what_they_are() -> None:
    first, second = draft(read(source_of(YUNLING)), "y"), draft(read(source_of(YUNLING)), "y")

    assert first == second
    for term in first["terms"]:
        assert re.fullmatch(r"[cd]\d+(-[a-z0-9]+)*-\d+", term["id"]), term["id"]


def test_a_clause_added_at_the_end_leaves_the_other_ids_alone() -> None:
    longer = YUNLING.replace("2. 本合同一式肆份", "2. 乙方应当妥善保管钥匙。\n3. 本合同一式肆份")

    before = {(t["id"], t["says"]) for t in draft(yunling(), "y")["terms"]}
    after = {(t["id"], t["says"]) for t in draft(read(source_of(longer)), "y")["terms"]}

    kept = {one for one in before if not one[0].startswith("c6-")}
    assert kept <= after


# ── samples and real papers ──────────────────────────────────────────────────────────────────────────────────────


def check(raw: dict[str, Any]) -> Release:
    """A release that loads; what doubts block and what terms list is the same."""
    release = structure(raw)
    for doubt in release.doubts:
        for term in doubt.blocks:
            assert doubt.id in release.term_by_id[term].doubts
    return release


@pytest.mark.parametrize("release_id", SAMPLES)
def test_every_sample_becomes_a_release_that_can_be_evaluated(release_id: str) -> None:
    reading = read(source_of(full_text(release_id)))

    release = check(draft(reading, release_id))

    assert obstacles(reading) == ()
    assert len(release.terms) > 150
    assert runs(release)


@papers_at_hand
@pytest.mark.parametrize("release_id", SAMPLES)
def test_every_real_paper_becomes_a_release_that_can_be_evaluated(release_id: str) -> None:
    reading = read(source_of(seed(release_id)))

    release = check(draft(reading, release_id))

    assert obstacles(reading) == ()
    assert len(release.terms) > 150
    assert runs(release)


def runs(release: Release) -> bool:
    """Evaluated with an invoice on the books: every term has its findings or waits, the first instalment its sum."""
    first = release.payments[0]
    share = first.amount
    sum_due = release.price
    if isinstance(share, Share):
        sum_due = release.price.at(share.rate, Rounding.HALF_UP)
    given = facts(
        {"kind": "contract.effective", "at": "2026-03-02"},
        {
            "kind": "invoice.received",
            "at": "2026-03-04",
            "data": {"instalment": first.instalment, "amount_fen": sum_due.fen},
        },
    )
    statement = stated(release, given, "2026-06-30")
    judged = {finding.term for finding in statement.evaluation.findings}
    assert judged <= set(release.term_by_id)
    assert len(judged) > len(release.terms) // 2
    assert statement.as_json()["hash"]
    return instalment(statement, first.instalment).amount is not None or bool(
        waiting(statement, first.instalment)
    )


def waiting(statement: Statement, number: int) -> Iterable[object]:
    one = instalment(statement, number)
    return [*one.doubts, *one.waits_for]
