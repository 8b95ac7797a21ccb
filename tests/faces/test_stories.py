"""Four stories of two parties, told through the pages alone: what one does, what the other sees, what moves in fen.

The law behind them is tested in tests/cases and tests/obligations; here it has to reach the people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine

from lvyue.core.terms import LateInterest, TermId
from lvyue.library.loader import load
from tests.faces.stories import (
    GOVERNMENT,
    LEASE,
    MORNING,
    SECURITY,
    VIDEO,
    Page,
    Visitor,
    between,
    money_of,
    settled_in,
    words_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    with time_machine.travel(MORNING):
        yield


def agreed(buyer: Visitor, manager: Visitor) -> None:
    """商定的比例只有双方一起才能说: proposed and signed by the buyer, signed by the supplier."""
    buyer.open(f"/contracts/{SECURITY}/amendments/new/", kind="together")
    graded = {
        "what": "assessment.graded",
        "assessment.graded.grade": "良好",
        "assessment.graded.agreed_percent": "97",
        "title": "考核结果更正确认书",
        "effective": "2026-11-10",
        "reason": "商定比例录错",
    }
    buyer.press("存为草稿", graded)
    at = buyer.press("提出", {"sign_too": "1"}).at
    assert "双方都已签署" in manager.press_at(at, "代表乙方签署").words


# ── S0: the tail is disputed and restated ────────────────────────────────────────────────────────────────────────


def test_a_disputed_tail_is_corrected_restated_and_confirmed_by_both() -> None:
    """main 5.1、5.2②、8.3: 甲方按 96% 出具，乙方说商定的是 97%；价款的 1% 是 18,560.00 元"""
    settled_in(SECURITY)
    buyer, manager, auditor = Visitor("buyer0"), Visitor("manager0"), Visitor("auditor")
    one_percent = load(SECURITY).price.fen // 100

    buyer.open(f"/contracts/{SECURITY}/statement/", as_of="2026-11-20")
    first = buyer.press("出具这一份").at
    assert "应付 ¥482,560.00" in manager.open(first).words
    assert (
        "有异议" in manager.press("对第 1 号提出异议", {"reason": "商定的是 97%，见确认书"}).words
    )
    assert "商定的是 97%，见确认书" in buyer.open(first).words

    invoice = {"at": "2026-11-20", "data.instalment": "2", "data.amount_fen": "501,120.00元"}
    buyer.record(SECURITY, "fact.withdrawn", {"data.reason": "商定比例录错"}, fact="demo-043")
    agreed(buyer, manager)
    assert moved(manager, first)["payable"] == (482_560_00, 0)  # the old invoice is no longer equal
    buyer.record(SECURITY, "invoice.received", invoice)
    assert moved(manager, first)["payable"] == (482_560_00, 482_560_00 + one_percent)
    assert one_percent == 18_560_00
    assert one_percent in {*money_of(manager.open(f"{first}difference/").html)}

    second = buyer.press_at(first, "重述第 1 号").at
    assert second.endswith("/statements/2/")
    assert "应付 ¥501,120.00" in manager.open(second).words
    assert "一方已确认" in manager.press("代表乙方确认第 2 号").words
    assert "双方已确认" in buyer.press_at(second, "代表甲方确认第 2 号").words
    old = auditor.open(first)
    assert "已有重述： 第 2 号" in old.words
    assert "应付 ¥482,560.00" in old.words  # what was issued stays what it was
    assert not buyer.open(first).offers


def moved(somebody: Visitor, address: str) -> dict[str, tuple[int, int]]:
    """What the difference sheet of a statement says in fen, before and after, by what it is about."""
    rows = somebody.client.get(f"{address}difference/?format=json").json()["money"]
    return {row["key"]: (row["before_fen"], row["after_fen"]) for row in rows}


# ── S2: not decidable until a supplement ─────────────────────────────────────────────────────────────────────────

GRADES = "优秀 按 100%\n良好 不超过 97%\n一般 不超过 95%"


def drafted_supplement(manager: Visitor) -> str:
    """What the paper left blank: the period, the grades with their shares, and which year the price is for."""
    manager.open(f"/contracts/{GOVERNMENT}/amendments/new/", kind="terms")
    head = {"title": "期限与考核等级", "effective": "2026-11-01", "paper": "测试补充协议一"}
    changes = manager.press("存为草稿", {**head, "reason": "合同留空，补写"}).at
    for target, typed in (
        ("contract", {"f.period.end": "2027-02-02"}),
        ("term:grades", {"f.grades": GRADES}),
        ("doubt:grades-blank", {}),
        ("doubt:price-basis", {}),
        ("doubt:period-blank", {}),
    ):
        manager.open(changes, target=target)
        assert "已加入" in manager.press("加入变更", typed).words
    return changes.removesuffix("changes/")


def told(somebody: Visitor, as_of: str) -> str:
    """The hash of the whole statement on a day."""
    address = f"/contracts/{GOVERNMENT}/statement/?as_of={as_of}&format=json"
    return str(somebody.client.get(address).json()["hash"])


def verdict_of(somebody: Visitor, term: str, as_of: str) -> str:
    page = somebody.open(f"/contracts/{GOVERNMENT}/terms/{term}/", as_of=as_of)
    return words_of(between(page.html, '<p class="verdict">', "</p>"))


def test_a_blank_is_not_decidable_until_both_have_signed_a_supplement() -> None:
    """main 2.3、5.1、5.2.1b: 期限、等级、价款所属年度由一方提出、双方签署之后，尾款才判得出来"""
    settled_in(GOVERNMENT)
    buyer, manager = Visitor("buyer2"), Visitor("manager2")
    before, blank = told(buyer, "2026-11-20"), told(buyer, "2026-10-31")
    assert "？ 无法判定" in verdict_of(buyer, "second-payment", "2026-11-20")
    assert "现在应付 ？无法判定" in buyer.settlement(GOVERNMENT, "2026-11-20").words

    at = drafted_supplement(manager)
    assert buyer.open(at).status == 404
    proposal = manager.press_at(at, "提出", {"sign_too": "1"})
    assert "一方确认，等甲方签署" in proposal.words
    assert told(buyer, "2026-11-20") == before
    assert "？ 无法判定" in verdict_of(buyer, "second-payment", "2026-11-20")

    assert "双方都已签署，现在生效" in buyer.press_at(at, "代表甲方签署").words

    tail = 2_091_800_00 * 96 // 100 - 1_464_260_00
    decided = manager.settlement(GOVERNMENT, "2026-11-20")
    assert tail in {*money_of(between(decided.html, 'id="second-payment"', "</article>"))}
    assert "第2期金额无法判定" not in decided.words
    assert told(buyer, "2026-10-31") == blank
    assert "？ 无法判定" in verdict_of(buyer, "grades", "2026-10-31")
    assert "？ 无法判定" not in verdict_of(buyer, "grades", "2026-11-20")


# ── S3: interest appears day by day ──────────────────────────────────────────────────────────────────────────────

#: 259,000.00 yuan stayed unpaid; three in ten thousand of it are 77.70 yuan a day.
UNPAID, CAP = 259_000_00, 559_000_00 * 20 // 100
BEGINS, PAID = date(2022, 7, 18), date(2022, 9, 6)


def borne(page: Page) -> int:
    """The interest that a settlement shows, in fen; 0 where it says that there is none."""
    section = between(page.html, 'id="interest"', "</h3>")
    if "没有按条款计得的逾期违约金" in words_of(section):
        return 0
    return next(money_of(section))


def owed_after(days: int) -> int:
    term = load(VIDEO).term_by_id[TermId("late-interest")]
    assert isinstance(term, LateInterest)
    share = term.daily.value
    whole, rest = divmod(UNPAID * days * share.numerator, share.denominator)
    assert rest == 0
    return min(whole, CAP)


def test_interest_appears_after_the_grace_and_grows_by_the_day_until_the_payment() -> None:
    """第五章/二: 2022-06-27 起迟付，第 15 个工作日（7 月 18 日）起每日万分之三，9 月 6 日付清为止"""
    settled_in(VIDEO)
    manager = Visitor("manager3")

    def on(day: date) -> int:
        return borne(manager.settlement(VIDEO, day.isoformat()))

    for day in (date(2022, 6, 28), date(2022, 7, 15), date(2022, 7, 17), BEGINS):
        assert on(day) == 0, day
    for days in (1, 2, 3, 13, 14, 49, 50):
        assert on(BEGINS + timedelta(days=days)) == owed_after(days) == 77_70 * days
    assert BEGINS + timedelta(days=50) == PAID
    for day in (PAID + timedelta(days=1), date(2022, 12, 31), date(2026, 11, 20)):
        assert on(day) == owed_after(50)


def test_interest_of_what_is_never_paid_stops_at_its_cap() -> None:
    """第五章/二: 累计不超过迟付金额 559,000.00 元的 20%"""
    settled_in(VIDEO)
    buyer = Visitor("buyer3")
    buyer.record(VIDEO, "fact.withdrawn", {"data.reason": "银行退票"}, fact="demo-026")
    full = CAP // 77_70  # days that fit under the cap

    for days in (full, full + 1, full + 2):
        page = buyer.settlement(VIDEO, (BEGINS + timedelta(days=days)).isoformat())
        assert borne(page) == min(77_70 * days, CAP) == owed_after(days)
        assert ("已达上限" in page.section("逾期违约金")) == (days > full)


# ── S4: silence becomes acceptance ───────────────────────────────────────────────────────────────────────────────


def counted(page: Page) -> list[tuple[str, str]]:
    """The days that the strip counts, with the number that each bears."""
    strip = between(page.html, '<ol class="strip"', "</ol>")
    cells = [words_of(cell) for cell in re.findall(r"<li .*?</li>", strip, re.DOTALL)]
    found = [re.match(r"(\d+-\d+) . (\d+) ", cell) for cell in cells]
    return [(one[1], one[2]) for one in found if one]


def test_silence_becomes_acceptance_on_the_day_after_the_tenth_working_day() -> None:
    """第四条/一/3、第三条/二: 2026-01-05 签收，10 个工作日到 1 月 19 日；1 月 20 日起视为验收通过，尾款只等发票"""
    settled_in(LEASE)
    manager, why = Visitor("manager4"), f"/contracts/{LEASE}/terms/silence-is-consent/"

    for day in ("2026-01-18", "2026-01-19"):
        page = manager.open(why, as_of=day)
        assert "· 未到期 Not due" in page.words
        assert "应于 2026-01-19 前完成" in page.words
        assert "过期没有记录，即视为验收通过" in page.words
        assert "对验收文件的书面答复或异议，或验收未通过，或组织验收" in page.words
        tail = manager.settlement(LEASE, day).article("second-payment")
        assert "尚待：验收通过、收到发票" in tail
    page = manager.open(why, as_of="2026-01-20")
    assert "✓ 已履行" in page.words
    assert "至 2026-01-19 没有答复，2026-01-20 起视为验收通过" in page.words
    assert [day for day, _ in counted(page)] == [
        *("1-6", "1-7", "1-8", "1-9", "1-12", "1-13", "1-14", "1-15", "1-16", "1-19")
    ]
    assert [number for _, number in counted(page)] == [str(n) for n in range(1, 11)]
    assert "没有“对验收文件的书面答复或异议”" in page.words

    tail = manager.settlement(LEASE, "2026-01-20").article("second-payment")
    assert "尚待：收到发票" in tail
    assert "尚待：验收通过" not in tail
    due = manager.settlement(LEASE, "2026-01-21").article("second-payment")
    assert "¥1,166,107.80 应付" in due


def test_an_answer_on_the_last_day_breaks_the_silence() -> None:
    """第四条/一/3: 1 月 19 日当天的书面答复算答复，1 月 20 日没有默认"""
    settled_in(LEASE)
    buyer = Visitor("buyer4")
    typed = {"at": "2026-01-19", "subject": "演示验收文件", "data.paper": "测试文书-复函"}
    buyer.record(LEASE, "acceptance.answered", typed)

    page = buyer.open(f"/contracts/{LEASE}/terms/silence-is-consent/", as_of="2026-01-20")

    assert "视为验收通过" not in words_of(between(page.html, '<div class="answer', "</div>"))
    assert "尚待：验收通过" in buyer.settlement(LEASE, "2026-01-20").article("second-payment")
