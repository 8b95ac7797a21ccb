"""What is paid when, by which grade, what lateness and breach cost, in grammars of many cities."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lvyue.core.calendar import Span, Unit
from lvyue.core.facts import KINDS
from lvyue.core.money import Money
from lvyue.core.terms import Base, Cycle, GradeCap, LateInterest, LossRule, Party, Remainder, Share
from lvyue.library import loader
from lvyue.reading.consideration import Consideration, Damage, Instalment, consider
from lvyue.reading.found import State
from lvyue.reading.identity import identify
from lvyue.reading.outline import outline
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import mend
from lvyue.reading.tables import read_tables
from tests.reading import mutations
from tests.reading.samples import SAMPLES, seed, seeds, source_of

papers_at_hand = pytest.mark.skipif(seeds() is None, reason="the original papers are not here")

INVOICE, EFFECT, PASSED = "invoice.received", "contract.effective", "acceptance.passed"


def paper(text: str) -> Paper:
    mended = mend(source_of(text.strip("\n")))
    tree = outline(mended)
    return Paper(mended, read_tables(mended, tree), tree)


def read(text: str) -> Consideration:
    at = paper(text)
    return consider(at, identify(at))


def paying(body: str) -> tuple[Instalment, ...]:
    """The instalments of a contract whose price is 1.2 million."""
    return read(
        "某平台运维服务合同\n甲方：临江市信息中心\n乙方：临江软件有限公司\n一、合同金额\n合同金额为人民币1200000元整（大写壹佰贰拾万元整）。\n"
        f"二、服务期限：2026年1月1日至2026年12月31日。\n三、付款方式\n{body}\n四、其他\n无。"
    ).instalments


def breaching(body: str) -> tuple[Damage, ...]:
    return read(
        f"某平台运维服务合同\n甲方：临江市信息中心\n乙方：临江软件有限公司\n第一条 违约责任\n{body}\n第二条 其他"
    ).damages


def events(one: Instalment) -> list[str]:
    return [condition.event for condition in one.conditions]


def shares(found: tuple[Instalment, ...]) -> list[str]:
    return [f"{one.rate * 100}%" if one.rate is not None else "rest" for one in found]


def days(one: Instalment) -> tuple[int | None, Unit | None] | None:
    return (one.within.value, one.within.unit) if one.within else None


# ── instalments ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_instalments_in_circled_numbers() -> None:
    found = paying(
        "①合同签订并生效，且甲方收到等额发票后的 10 个工作日内，付给总价款的 70%；\n"
        "②项目通过终验，且甲方收到全部工作成果、等额发票后的 10 个工作日内，支付剩余尾款。"
    )

    assert shares(found) == ["70%", "rest"]
    assert events(found[0]) == [EFFECT, INVOICE]
    assert events(found[1]) == [PASSED, "results.delivered", INVOICE]
    assert [days(one) for one in found] == [(10, Unit.WORKING_DAYS)] * 2
    assert [one.invoice for one in found] == [True, True]
    assert [str(one.clause) for one in found] == ["三/①", "三/②"]


def test_one_long_sentence_holds_both_with_their_sums() -> None:
    found = paying(
        "合同签订生效后，甲方在收到合同总金额 60% 的增值税普通发票之日起 15 个工作日内，支付总金额的 60%，即¥720,000.00"
        "（人民币：柒拾贰万元整），完成项目验收后，且甲方收到合同总金额 40% 的增值税普通发票之日起 15 个工作日内支付总金额的 40%，"
        "即¥480,000.00（人民币：肆拾捌万元整）。"
    )

    assert shares(found) == ["60%", "40%"]
    assert [one.figures for one in found] == [Money.yuan("720000"), Money.yuan("480000")]
    assert [one.words for one in found] == [Money.yuan("720000"), Money.yuan("480000")]
    assert events(found[0]) == [EFFECT, INVOICE]
    assert events(found[1]) == [PASSED, INVOICE]
    assert {one.invoice_kind for one in found} == {"增值税普通发票"}


def test_three_instalments_by_name() -> None:
    found = paying(
        "（一）预付款：合同签订后10个工作日内，甲方凭乙方开具的增值税专用发票支付合同总价的40%，即人民币480,000.00元；\n"
        "（二）进度款：2026年6月30日前，经甲方中期考核合格后15日内支付合同总价的30%；\n"
        "（三）尾款：服务期满并经终验合格后，甲方在收到发票后二十个工作日内付清剩余30%。"
    )

    assert shares(found) == ["40%", "30%", "30%"]
    assert found[0].figures == Money.yuan("480000")
    assert days(found[1]) == (15, Unit.CALENDAR_DAYS)
    assert "assessment.graded" in events(found[1])
    assert events(found[2]) == ["service.ended", PASSED, INVOICE]
    assert days(found[2]) == (20, Unit.WORKING_DAYS)
    assert found[0].invoice_kind == "增值税专用发票"


def test_cumulative_shares_and_retention_money_come_to_the_whole() -> None:
    found = paying(
        "1、合同签订后7日内，支付合同价款的20%作为预付款；\n2、完成半年服务并经甲方确认后，支付至合同价款的60%；\n"
        "3、项目通过验收后支付至合同价款的97%；\n4、余3%为质保金，质保期（一年）满后一次性付清。"
    )

    assert shares(found) == ["20%", "40%", "37%", "3%"]
    assert [one.cumulative for one in found] == [None, Fraction(60, 100), Fraction(97, 100), None]
    assert [condition.raw for condition in found[3].conditions] == ["质保期（一年）满后"]


def test_one_sentence_with_three_shares_and_a_treasury() -> None:
    found = paying(
        "双方签署合同且甲方收到财政资金后，甲方在收到乙方等额发票之日起 30 日内支付合同总价款的 60%，项目完成终验并交付全部成果后 30 日内"
        "支付至合同总价款的 95%，剩余 5% 作为质量保证金，质保期满且无质量问题后 30 日内无息支付。"
    )

    assert shares(found) == ["60%", "35%", "5%"]
    assert events(found[0]) == [EFFECT, "treasury.released", INVOICE]
    assert events(found[1]) == [PASSED, "results.delivered"]


def test_equal_payments_each_month_are_as_many_as_the_price_holds() -> None:
    found = paying(
        "服务费按月支付，甲方每月支付 10 万元，收到上月服务报告和发票后 7 个工作日内付款。"
    )

    assert len(found) == 12
    assert {one.every for one in found} == {Cycle.MONTH}
    assert {one.figures for one in found} == {Money.yuan("100000")}
    assert days(found[0]) == (7, Unit.WORKING_DAYS)


@pytest.mark.parametrize(
    ("sentence", "count", "rate", "every"),
    [
        ("甲方按季度支付服务费，每季度末考核合格后15个工作日内支付合同总金额的12.5%。", 8, "1/8", Cycle.QUARTER),
        ("合同款分四期等额支付，每期在甲方收到发票后10日内支付。", 4, "1/4", None),
        ("合同款按季度平均支付，每季度结束后10日内支付。", 4, "1/4", Cycle.QUARTER),
        ("合同款按月等额支付，次月10日前支付。", 12, "1/12", Cycle.MONTH),
    ],
)  # fmt: skip
def test_equal_parts(sentence: str, count: int, rate: str, every: Cycle | None) -> None:
    found = paying(sentence)

    assert len(found) == count
    assert [one.number for one in found] == list(range(1, count + 1))
    assert {one.rate for one in found} == {Fraction(rate)}
    assert {one.every for one in found} == {every}


def test_a_table_of_payments() -> None:
    found = paying(
        "付款计划如下：\n期次\t付款比例\t付款条件\t付款时间\n1\t30%\t合同签订生效\t10个工作日内\n2\t40%\t中期检查通过\t10个工作日内\n"
        "3\t30%\t最终验收合格\t15个工作日内"
    )

    assert shares(found) == ["30%", "40%", "30%"]
    assert [events(one) for one in found] == [[EFFECT], [""], [PASSED]]
    assert days(found[2]) == (15, Unit.WORKING_DAYS)


def test_sums_without_shares() -> None:
    found = paying(
        "甲方分两次付款：第一次在合同签订后七日内支付人民币700,000元；第二次在服务期满、乙方提交总结报告后七日内支付人民币500,000元。"
    )

    assert [(one.rate, one.figures) for one in found] == [
        (None, Money.yuan("700000")),
        (None, Money.yuan("500000")),
    ]
    assert events(found[1]) == ["service.ended", "results.delivered"]


def test_everything_at_once() -> None:
    found = paying("验收合格且收到发票后30日内一次性支付全部合同价款。")

    assert shares(found) == ["100%"]
    assert events(found[0]) == [PASSED, INVOICE]


def test_english_brackets_and_full_stops() -> None:
    found = paying(
        "(1)首付款:合同生效后且收到增值税普通发票后5个工作日内支付合同总价的50%;\n"
        "(2)第二次付款:服务满6个月且通过甲方审核后5个工作日内支付合同总价的30%;\n(3)余款:项目验收合格并移交全部资料后10个工作日内结清."
    )

    assert shares(found) == ["50%", "30%", "rest"]
    assert events(found[1]) == ["", "review.passed"]
    assert found[2].remainder
    assert found[2].rate is None


def test_an_invoice_before_each_payment_is_a_time_of_its_own() -> None:
    found = paying(
        "1. 本合同生效且财政拨付费用后 20 个工作日内，甲方应支付运维服务费的 50%。\n2. 通过甲方最终审核后，甲方应支付运维服务费的 50%。\n"
        "每次付款前 5 个工作日内，乙方把等额发票交给甲方。"
    )

    assert [one.invoice for one in found] == [False, False]
    assert found[0].invoice_before is not None
    assert (found[0].invoice_before.value, found[0].invoice_before.unit) == (5, Unit.WORKING_DAYS)
    assert days(found[1]) is None


def test_what_is_not_paid_to_the_supplier_is_no_instalment() -> None:
    found = paying(
        "1. 验收合格后10日内支付合同总价的100%。\n2. 乙方应在签订合同前缴纳合同金额5%的履约保证金。\n"
        "3. 甲方每日支付未付金额0.05%的利息，但累计不超过未付金额的5%。\n4. 乙方违约的，应向甲方支付合同总价30%的违约金。"
    )

    assert shares(found) == ["100%"]


def test_every_event_is_a_kind_of_fact_and_every_span_its_words() -> None:
    at = paper(
        "某平台运维合同\n一、合同金额：合同金额为人民币100元。\n二、付款方式\n（一）合同签订后且收到发票后10日内支付合同金额的70%；\n"
        "（二）验收合格、移交资料且服务期满后付清尾款。"
    )
    found = consider(at, identify(at)).instalments

    met = [condition for one in found for condition in one.conditions]
    assert len(met) == 5
    for condition in met:
        assert condition.event in KINDS
        assert at.words(condition.span) == condition.raw


# ── grades ───────────────────────────────────────────────────────────────────────────────────────────────────────


def grades(body: str) -> list[tuple[str, str, bool]]:
    found = read(f"某平台运维合同\n一、考核与支付\n{body}\n二、其他")
    return [(g.name, f"{g.rate * 100}%", g.exact) for g in found.grades]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "最终总价根据考核结果确认：考核结果为优秀的按合同金额 100%支付，良好的按合同金额 97%为上限支付，一般的按合同金额 95%为上限支付。",
            [("优秀", "100%", True), ("良好", "97%", False), ("一般", "95%", False)],
        ),
        (
            "年度考核90分（含）以上的，支付尾款的100%；80分至89分的，支付尾款的90%；低于80分的，支付尾款的不超过70%。",
            [("90分（含）以上", "100%", True), ("80分至89分", "90%", True), ("低于80分", "70%", False)],
        ),
        (
            "考核等级\t支付比例\nA级\t100%\nB级\t不超过95%\nC级\t90%",
            [("A级", "100%", True), ("B级", "95%", False), ("C级", "90%", True)],
        ),
        (
            "按考核等级支付服务费：\n1. 优秀：支付100%；\n2. 合格：支付90%；\n3. 不合格：扣减服务费的30%。",
            [("优秀", "100%", True), ("合格", "90%", True), ("不合格", "70%", True)],
        ),
    ],
)  # fmt: skip
def test_grades(body: str, expected: list[tuple[str, str, bool]]) -> None:
    assert grades(body) == expected


def test_an_open_place_for_grades_is_blank_and_no_grade_is_made_up() -> None:
    found = read(
        "某平台运维合同\n五、支付\n总价随考核结果而定，按照下列方式确认：_____。\n六、其他"
    )

    assert found.grades == ()
    assert found.grades_state is State.BLANK
    assert str(found.grades_clause) == "五/¶1"


def test_a_paper_without_grades_has_none() -> None:
    found = read("某平台运维合同\n一、考核\n甲方每年对乙方进行考核，优秀率不低于90%。")

    assert (found.grades, found.grades_state) == ((), State.ABSENT)


# ── interest ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sentence", "debtor", "daily", "grace", "cap"),
    [
        (
            "甲方不能按期支付服务费的，逾期支付 15 个工作日起，每日按迟付金额的万分之三付给乙方违约金。但总额不超过迟付价款的 20%。",
            Party.BUYER, "3/10000", 15, "1/5",
        ),
        ("甲方逾期付款的，每逾期一日按逾期金额的万分之五支付违约金。", Party.BUYER, "5/10000", None, None),
        (
            "乙方逾期提供服务的，每逾期一日，应按合同总价的千分之一向甲方支付违约金，累计不超过合同总价的10%。",
            Party.SUPPLIER, "1/1000", None, "1/10",
        ),
        (
            "甲方无正当理由逾期付款超过 30 日的，自第 31 日起按日支付应付未付款项 0.05% 的违约金，但总额不超过应付未付款项的 5%。",
            Party.BUYER, "5/10000", 30, "1/20",
        ),
        ("未按时付款的，每日支付未付金额0.05%的利息。", Party.BUYER, "5/10000", None, None),
        ("承包人迟延履行的，每迟延一天，按合同金额的0.3‰支付违约金。", Party.SUPPLIER, "3/10000", None, None),
    ],
)  # fmt: skip
def test_late_interest_of_either_side(
    sentence: str, debtor: Party, daily: str, grace: int | None, cap: str | None
) -> None:
    (found,) = read(f"某平台运维合同\n第一条 违约\n{sentence}\n第二条 其他").interest

    assert (found.debtor, found.daily) == (debtor, Fraction(daily))
    assert (found.grace.value if found.grace else None) == grace
    assert found.cap == (Fraction(cap) if cap else None)


# ── damages ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rate_with_a_floor_and_rescission() -> None:
    (found,) = breaching(
        "乙方不守驻场规定的，应当把本项目合同金额的 5%付给甲方作违约金，甲方还可以单方解除合同。违约金不足 5 万元的，按 5 万元计算。"
    )

    assert (found.debtor, found.rate, found.base) == (Party.SUPPLIER, Fraction(5, 100), Base.PRICE)
    assert found.base_raw == "本项目合同金额"
    assert found.floor == Money.yuan("50000")
    assert found.rescission
    assert found.loss is LossRule.NONE


def test_heads_to_agree_on_before_the_rate() -> None:
    (found,) = breaching(
        "乙方泄密的，甲方可以要求乙方按照：1) 甲方的管理规定；2) 乙方因违约所得收益；或 3) 甲方由此受到的损失，向甲方赔偿，"
        "如双方无法就上述内容达成一致的，则乙方应按照中标金额（如经招标）或项目总价款（如未经招标）的 30%向甲方支付违约金。"
    )

    assert found.alternatives == ("管理规定", "所得收益", "损失")
    assert (found.rate, found.base) == (Fraction(30, 100), Base.PRICE)
    assert found.base_raw == "中标金额或项目总价款"
    assert found.loss is LossRule.NONE


@pytest.mark.parametrize(
    ("sentence", "loss"),
    [
        ("乙方违约的，应按合同总价的20%支付违约金。", LossRule.NONE),
        ("乙方违约的，应按合同总价的20%支付违约金。另有损失的，还须赔偿损失。", LossRule.ADDED),
        ("乙方违约的，除应赔偿甲方全部损失外，还应支付合同总价20%的违约金。", LossRule.ADDED),
        ("乙方违约的，应支付合同总价20%的违约金（不足以弥补损失的，乙方还应补足差额，该违约金不足以弥补损失亦同）。", LossRule.TOPPED_UP),
        ("乙方违约的，按合同总价的20%支付违约金，不足以弥补甲方实际损失的，乙方应予补足。", LossRule.TOPPED_UP),
        ("乙方违约给甲方造成损失的，应予赔偿。", LossRule.ALONE),
        ("违约金不足以弥补损失的，超过部分由乙方另行赔偿。", LossRule.BEYOND),
        ("乙方未达要求的，甲方有权要求乙方给予一定的赔偿。", LossRule.NONE),
    ],
)  # fmt: skip
def test_how_loss_joins(sentence: str, loss: LossRule) -> None:
    (found,) = breaching(sentence)

    assert found.loss is loss
    assert found.debtor is Party.SUPPLIER


def test_a_clause_for_the_loss_beyond_makes_the_agreed_sums_leave_it_to_it() -> None:
    found = breaching(
        "1. 乙方擅自分包的，应支付合同金额10%的违约金。\n2. 违约金不足以弥补损失的，超过部分由乙方另行赔偿。"
    )

    assert [one.loss for one in found] == [LossRule.EXCESS, LossRule.BEYOND]


def test_numbers_under_a_lead_are_one_breach_each() -> None:
    found = breaching(
        "1. 有下列情形之一，甲方可以解除本合同，乙方支付合同金额 5%的违约金：\n(1) 擅自转让或者分包的；\n(2) 不能实现合同目的的；\n"
        "(3) 未在合理时间内纠正的。"
    )

    assert [str(one.clause) for one in found] == ["第一条/1/(1)", "第一条/1/(2)", "第一条/1/(3)"]
    assert {one.rate for one in found} == {Fraction(5, 100)}
    assert {one.rescission for one in found} == {True}
    assert found[0].breach.startswith("擅自转让")


def test_a_list_of_losses_is_one_liability_and_its_heads_are_none() -> None:
    found = breaching(
        "1. 乙方违约使甲方遭受的损失，包括但不限于：\n(1) 额外发生的费用；\n(2) 受到行政处罚、向第三方支付的违约金等损失。"
    )

    assert [(str(one.clause), one.loss) for one in found] == [("第一条/1", LossRule.ALONE)]


@pytest.mark.parametrize(
    ("sentence", "amount", "per", "debtor"),
    [
        ("乙方不按时到场的，每次扣款500元。", "500", "每次", Party.SUPPLIER),
        ("因乙方原因发生安全事件的，每发生一次扣除服务费5万元，最高不超过20万元。", "50000", "每发生一次", Party.SUPPLIER),
        ("乙方泄露甲方信息的，应支付违约金20万元。", "200000", "", Party.SUPPLIER),
        ("甲方无故解除合同的，应向乙方支付违约金人民币10万元。", "100000", "", Party.BUYER),
    ],
)  # fmt: skip
def test_fixed_sums(sentence: str, amount: str, per: str, debtor: Party) -> None:
    (found,) = breaching(sentence)

    assert (found.amount, found.per, found.debtor) == (Money.yuan(amount), per, debtor)
    assert found.rate is None


@pytest.mark.parametrize(
    ("sentence", "rate", "money"),
    [
        ("系统中断的，每次按合同金额的1%支付违约金，累计不超过合同金额的10%。", "1/10", None),
        ("任何一方违约给对方造成损失的应当赔偿，赔偿总额以合同总价为限。", "1", None),
        ("乙方泄密的，可在主合同委托金额的范围内，追偿相应的赔偿费用。", "1", None),
        ("乙方违约的，每次扣款1000元，最高不超过5万元。", None, "50000"),
        ("违约方应赔偿损失，赔偿金额不得高于违约方应当预见的损失。", None, None),
    ],
)
def test_caps(sentence: str, rate: str | None, money: str | None) -> None:
    (found,) = breaching(sentence)

    assert found.cap
    assert found.cap_rate == (Fraction(rate) if rate else None)
    assert found.cap_money == (Money.yuan(money) if money else None)


def test_pointers_lead_to_the_clause_with_the_figure() -> None:
    found = breaching(
        "一、乙方未达到服务等级的，按照本合同第一条第二项的约定处理。\n二、乙方根本违约的，应支付已支付款项 15% 的违约金。"
    )

    assert str(found[0].points_to) == "第一条/二"
    assert (found[1].rate, found[1].base) == (Fraction(15, 100), Base.PAID)


def test_a_paper_that_holds_the_figure_and_is_not_here() -> None:
    found = breaching(
        "1. 乙方发生安全事件的，甲方有权按照采购需求规定的金额要求其支付违约金。\n2. 乙方未达到服务承诺的，甲方有权按照招标文件规定的标准扣款。"
    )

    assert [one.amount_in for one in found] == ["采购需求", "招标文件"]
    assert [one.rate for one in found] == [None, None]


def test_a_floor_in_a_clause_of_its_own_holds_for_the_sums_beside_it() -> None:
    found = breaching(
        "一、乙方根本违约的，应支付合同总价款 25% 的违约金。\n二、如违约金不足 3 万元的，按 3 万元计。"
    )

    assert [(one.rate, one.floor) for one in found] == [(Fraction(1, 4), Money.yuan("30000"))]


@pytest.mark.parametrize(
    "sentence",
    [
        "因不可抗力不能履行的，双方不承担违约责任。",
        "若乙方未及时提供发票，甲方不承担任何违约责任。",
        "乙方不承担赔偿责任。",
        "乙方应当对保密信息承担保密责任。",
        "乙方应当对其员工承担管理职责，并对其行为承担全部责任。",
        "甲方可以选择以上一个或多个方式追究责任。",
        "甲方逾期付款的，每逾期一日按逾期金额的万分之五支付违约金。",
        "违约与赔偿",
    ],
)
def test_what_lays_no_liability_on_anybody(sentence: str) -> None:
    assert breaching(sentence) == ()


@pytest.mark.parametrize(
    ("sentence", "debtor"),
    [
        ("甲方违反约定的，承担违约责任，赔偿给乙方造成的直接损失。", Party.BUYER),
        ("出现问题造成乙方损失，由甲方承担。", Party.BUYER),
        ("未经乙方同意，甲方无权复制软件，否则应承担相应的责任。", Party.BUYER),
        ("甲方可以向乙方提出索赔。", Party.SUPPLIER),
        ("造成的一切后果由乙方负责。", Party.SUPPLIER),
        ("乙方对违约给甲方造成的损失承担责任，向甲方进行赔偿。", Party.SUPPLIER),
        ("违约方应赔偿因此给对方造成的损失。", Party.BOTH),
        ("受不可抗力影响方应尽力减损，否则应对扩大的损失承担责任。", Party.BOTH),
        ("供应商泄密的，应赔偿采购人全部损失。", Party.SUPPLIER),
    ],
)
def test_who_pays(sentence: str, debtor: Party) -> None:
    (found,) = breaching(sentence)

    assert found.debtor is debtor


@pytest.mark.parametrize(
    "hostile",
    ["支付合同总价的10%，" * 5000, "违约金不足" * 20000, "（" * 60000, "第一条第一条" * 20000, "每" * 100_000],
)  # fmt: skip
def test_a_text_that_repeats_itself_comes_to_an_end(hostile: str) -> None:
    found = breaching("乙方应当" + hostile)

    assert len(found) <= 1


# ── the five papers ──────────────────────────────────────────────────────────────────────────────────────────────


@papers_at_hand
@pytest.mark.parametrize("name", SAMPLES)
def test_the_papers_pay_as_people_read_them(name: str) -> None:
    release = loader.load(name)

    found = read(seed(name)).instalments

    assert len(found) == len(release.payments)
    for one, term in zip(found, release.payments, strict=True):
        assert one.clause == term.clauses[0]
        assert one.remainder is isinstance(term.amount, Remainder)
        if isinstance(term.amount, Share):
            assert one.rate == term.amount.rate.value
            assert one.figures == term.amount.stated
            assert one.words == term.amount.stated
        assert [e for e in events(one) if e != INVOICE] == [e.kind for e in term.conditions]
        assert one.invoice is term.invoice
        within = Span(*days(one)) if one.within else None  # type: ignore[misc]
        assert within == term.within


@papers_at_hand
@pytest.mark.parametrize("name", SAMPLES)
def test_the_papers_grade_and_charge_interest_as_people_read_them(name: str) -> None:
    release = loader.load(name)
    caps = [t for t in release.terms if isinstance(t, GradeCap)]
    late = [t for t in release.terms if isinstance(t, LateInterest)]

    found = read(seed(name))

    assert [(g.name, g.rate, g.exact) for g in found.grades] == [
        (g.name, g.rate.value, g.exact) for cap in caps for g in cap.grades
    ]
    assert [(i.clause, i.debtor, i.daily, i.cap) for i in found.interest] == [
        (t.clauses[0], t.debtor, t.daily.value, t.cap.value if t.cap else None) for t in late
    ]
    for one, term in zip(found.interest, late, strict=True):
        assert one.grace is not None
        assert (one.grace.value, one.grace.unit) == (term.grace.count, term.grace.unit)


#: where one release makes a term of each head of loss, and two read one sentence differently
_OTHERWISE = {
    ("government-cloud-2026", "main 8.1.3"),
    *(("government-cloud-2026", f"main 10.{n}") for n in range(1, 5)),
    ("security-support-2026", "main 9.2.1"),
    ("video-conference-2022", "附件2/五/(一)/4"),
}
_HEADS = {"gain": "所得收益", "loss": "损失"}


@papers_at_hand
@pytest.mark.parametrize("name", SAMPLES)
def test_the_papers_price_breaches_as_people_read_them(name: str) -> None:
    release = loader.load(name)

    found = read(seed(name)).damages

    for term in release.penalties:
        if (name, str(term.clauses[0])) in _OTHERWISE:
            continue
        here = [one for one in found if one.clause == term.clauses[0]]
        assert any(
            one.debtor is term.debtor
            and one.rate == (term.rate.value if term.rate else None)
            and one.floor == term.floor
            and one.loss is term.loss
            and one.points_to == term.points_to
            and one.cap_rate == (term.cap.value if term.cap else None)
            and one.amount_in in (term.amount_in or "")
            and set(one.alternatives) - {"管理规定"} == {_HEADS[head] for head in term.first}
            for one in here
        ), (term.id, here)


@papers_at_hand
@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(
    "how", sorted(set(mutations.SAME_TREE) - {"other figures", "words of clauses swapped"})
)
def test_other_hands_typed_the_same_payments(name: str, how: str) -> None:
    plain, typed = read(seed(name)), read(mutations.SAME_TREE[how](seed(name)))

    assert [(i.rate, i.figures, events(i), days(i)) for i in typed.instalments] == [
        (i.rate, i.figures, events(i), days(i)) for i in plain.instalments
    ]
    assert [(g.name, g.rate) for g in typed.grades] == [(g.name, g.rate) for g in plain.grades]
    assert [(d.rate, d.floor, d.loss) for d in typed.damages if d.rate] == [
        (d.rate, d.floor, d.loss) for d in plain.damages if d.rate
    ]
