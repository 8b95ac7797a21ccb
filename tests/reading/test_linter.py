"""合同体检: a contract with nothing wrong gets no doubt; each thing broken in it is found, at its clause, with its severity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lvyue.core.doubts import DoubtKind, Severity
from lvyue.intake import read_file
from lvyue.library import loader
from lvyue.reading.linter import RULES, PaperDoubt
from lvyue.reading.reading import Reading, read
from tests.library.test_releases import papers_at_hand, seeds
from tests.reading.lanjiang import CONTRACT, reading, source

TOP = Path(__file__).resolve().parents[2]
BLOCK, CONFIRM, NOTE = Severity.BLOCK, Severity.CONFIRM, Severity.NOTE

#: rule, severity, clause, and what is exchanged for what
BROKEN: tuple[tuple[str, Severity, str, str, str], ...] = (
    # ── blanks ──
    ("blank.period", BLOCK, "第二条", "服务期限自2026年3月1日起至2026年12月31日止。", "服务期限：。"),
    ("blank.price", BLOCK, "第三条/¶1", "人民币¥600,000.00元（大写：陆拾万元整）", "人民币_____元（大写：_____）"),
    ("blank.underscores", BLOCK, "第六条/2", "按合同价款的20%向甲方支付违约金", "向甲方支付违约金_____元"),
    ("blank.dates", CONFIRM, "第五条/¶1", "服务期满后15个工作日内", "2026年 月 日前"),
    ("blank.signatures", CONFIRM, "", "签署日期：2026年2月20日\n\n乙方", "签署日期：\n\n乙方"),
    ("blank.numbers", CONFIRM, "", "LJDA-2026-018", "LJDA 2026018"),
    ("blank.account", CONFIRM, "第四条/1", "账号：6200000000000000001\n", ""),
    ("blank.contacts", NOTE, "", "电话：0000-70000003", "电话："),
    # ── money ──
    ("money.words", BLOCK, "第三条/¶1", "陆拾万元整", "陆拾壹万元整"),
    ("money.words", BLOCK, "第四条/1", "叁拾陆万元整", "叁拾陆万伍仟元整"),
    ("money.words", CONFIRM, "第三条/¶1", "陆拾万元整", "陆拾拾万元整"),
    ("money.split", BLOCK, "第四条/1", "合同价款的40%", "合同价款的30%"),
    ("money.split", BLOCK, "第四条/1", "¥360,000.00元（大写：叁拾陆万元整）", "¥350,000.00元（大写：叁拾伍万元整）"),
    ("money.tax", BLOCK, "第三条/¶1", "税率6%", "税率13%"),
    ("money.tax", BLOCK, "第三条/¶1", "566,037.74", "566,037.24"),
    ("tables.sums", BLOCK, "第八条/¶1 (T1 row 2)", "\t80000\t240000", "\t80000\t250000"),
    ("payment.due_days", BLOCK, "第四条/2", "等额发票后10个工作日内，甲方支付合同价款的40%", "等额发票后，甲方支付合同价款的40%"),
    ("payment.interest", NOTE, "第四条/1", "3. 甲方逾期付款的，每逾期一日按逾期金额的万分之三向乙方支付违约金，累计不超过逾期金额的10%。\n", ""),
    ("payment.statute", NOTE, "第四条/1", "等额发票后10个工作日内，甲方支付合同价款的60%", "等额发票后60个工作日内，甲方支付合同价款的60%"),
    ("payment.acceptance", CONFIRM, "第四条/2", "服务期满后15个工作日内，甲方组织验收，并在验收后5个工作日内出具书面结论", "甲方组织验收，并出具书面结论"),
    ("law.securities", CONFIRM, "第九条/1", "1. 本合同一式", "1. 履约保证金为合同价款的15%。本合同一式"),
    ("law.securities", CONFIRM, "第九条/1", "1. 本合同一式", "1. 定金为合同价款的25%。本合同一式"),
    ("law.retention", NOTE, "第九条/1", "1. 本合同一式", "1. 甲方预留合同价款的3%作为质量保证金。本合同一式"),
    ("law.penalise", NOTE, "第六条/1", "每次按合同价款的1%向甲方支付违约金", "甲方每次处以罚款1000元"),
    # ── time ──
    ("period.before_signing", CONFIRM, "第二条/¶1", "签署日期：2026年2月20日", "签署日期：2026年3月20日"),
    ("period.backwards", BLOCK, "第二条/¶1", "至2026年12月31日", "至2025年12月31日"),
    ("period.title_year", CONFIRM, "第二条/¶1", "澜江市档案馆 2026 年机房", "澜江市档案馆 2024 年机房"),
    ("period.beyond", BLOCK, "第九条/1", "1. 本合同一式", "1. 自2027年1月1日起至下一次招标完成，乙方继续提供运行维护服务。本合同一式"),
    ("period.cover", CONFIRM, "第一条/3", "4 小时内修复。", "4 小时内修复。设备保修2年。"),
    ("time.before_within", CONFIRM, "第四条/1", "本合同生效且收到", "付款前5个工作日内乙方开票。本合同生效且收到"),
    ("time.late_from", CONFIRM, "第四条/3", "每逾期一日按", "从逾期15个工作日起，每日按"),
    ("notices.posted", CONFIRM, "第四条/3", "甲方逾期付款的，", "文书寄到对方住所，即视为送达。甲方逾期付款的，"),
    ("time.days", CONFIRM, "第五条/¶1", "并在验收后5个工作日内", "并在验收后5日内"),
    ("time.year_of_what", CONFIRM, "第一条/2", "乙方每月巡检 2 次", "乙方每年巡检 20 次"),
    ("measure.at_least_above", CONFIRM, "第一条/2", "巡检 2 次", "巡检至少2次以上"),
    # ── papers ──
    ("papers.missing", CONFIRM, "第一条/1", "设备见第八条的清单", "人员符合投标文件的承诺"),
    ("damages.elsewhere", BLOCK, "第六条/2", "按合同价款的20%向甲方支付违约金", "乙方应当按照采购需求规定的金额向甲方支付违约金"),
    ("papers.annex", BLOCK, "第九条/1", "1. 本合同一式", "1. 双方另行签署《数据安全协议》作为本合同的附件。本合同一式"),
    ("papers.annex", BLOCK, "第一条/1", "设备见第八条的清单", "设备见附件3"),
    ("papers.reference", CONFIRM, "第一条/1", "设备见第八条的清单", "设备见第十八条的清单"),
    ("papers.ranks", CONFIRM, "第九条/1", "1. 本合同一式", "1. 附件与本合同具有同等法律效力；附件与本合同不一致的，以本合同条款为准。本合同一式"),
    ("papers.effect", CONFIRM, "第九条/2", "双方签字之日起生效", "双方盖章后生效"),
    ("papers.jurisdiction", CONFIRM, "第七条/¶1", "向甲方所在地人民法院提起诉讼", "向甲方所在地人民法院提起诉讼，也可提交澜江仲裁委员会仲裁"),
    ("papers.template_rest", CONFIRM, "第一条/1", "设备见第八条的清单", "具体范围另行约定"),
    # ── tables ──
    ("tables.same_rows", CONFIRM, "第八条/¶1 (T1 row 1)", "3\t消防主机\tFH-9", "3\t机房空调\tAC-50"),
    ("tables.empty_cells", CONFIRM, "第八条/¶1 (T1 row 2)", "UPS-80", ""),
    ("tables.unit_prices", BLOCK, "第八条/¶1 (T1 row 1)", "单位\t数量\t单价\t总价\n1\t机房空调\tAC-50\t台\t4\t60000\t240000", "单位\t数量\t备注\t说明\n1\t机房空调\tAC-50\t元/台\t4\t无\t无"),
    ("tables.weights", BLOCK, "第八条/¶2", "权重", "备注"),
    ("tables.targets", BLOCK, "第八条/¶2 (T2 row 2)", "按时修复率\t95", "按时修复率\t---"),
    ("tables.indicators", CONFIRM, "第八条/¶2 (T2 row 1)", "计算方法", "说明"),
    ("tables.weight_sums", BLOCK, "第八条/¶2 (T2 row 1)", "%\t60\t", "%\t70\t"),
    # ── duties and breaches ──
    ("duties.vague_frequency", CONFIRM, "第一条/2", "乙方每月巡检 2 次", "乙方定期巡检"),
    ("duties.vague_time", NOTE, "第一条/3", "30 分钟内响应", "及时响应"),
    ("duties.competing", CONFIRM, "第一条/2", "1. 本合同一式", "1. 乙方每季度巡检 1 次。本合同一式"),
    ("duties.service_levels", CONFIRM, "第一条/3", "乙方接到甲方报修后 30 分钟内响应，4 小时内修复", "乙方负责故障处理"),
    ("duties.service_levels", BLOCK, "第一条/3", "乙方接到甲方报修后 30 分钟内响应，4 小时内修复", "乙方负责故障处理，响应时限见服务水平要求"),
    ("damages.consequence", BLOCK, "第六条/2", "按合同价款的20%向甲方支付违约金", "甲方有权要求乙方给予一定的赔偿"),
    ("damages.consequence", CONFIRM, "第六条/2", "按合同价款的20%向甲方支付违约金", "按照有关规定处理"),
    ("damages.base", BLOCK, "第六条/2", "按合同价款的20%向甲方", "按20%向甲方"),
    ("damages.caps", BLOCK, "第六条/3", "第七条 争议解决", "3. 乙方应当赔偿给甲方造成的全部损失。\n\n4. 乙方的赔偿责任以合同价款为限。\n\n第七条 争议解决"),
    ("damages.refund", BLOCK, "第九条/1", "1. 本合同一式", "1. 提前终止的，乙方退还甲方剩余期限的服务费。本合同一式"),
    ("notices.channel", BLOCK, "第一条/3", "30 分钟内响应", "1 小时内以短信方式通知甲方"),
    ("notices.channel", CONFIRM, "第九条/1", "1. 本合同一式", "1. 通知可以通过电子邮件发送。本合同一式"),
    ("notices.service", CONFIRM, "第七条/¶1", "文书以书面送达，对方签收之日视为送达。\n", "联系人变更的，书面通知对方。\n"),
    ("scope.subcontracting", CONFIRM, "第九条/1", "1. 本合同一式", "1. 乙方不得转包、分包。乙方需要第三方合作的，应当征得甲方同意。本合同一式"),
    ("damages.rivals", CONFIRM, "第六条/2", "第七条 争议解决", "3. 乙方泄露保密信息的，按合同价款的30%向甲方支付违约金。\n\n第七条 争议解决"),
    ("price.extras", CONFIRM, "第九条/1", "1. 本合同一式", "1. 甲方不再另行支付任何费用。增加设备的，乙方有权要求甲方支付相应的费用。本合同一式"),
    ("grades.ceilings", CONFIRM, "第五条/¶1", "并在验收后", "考核结果为优秀的按合同价款100%支付，考核结果为良好的按合同价款95%为上限支付，并在验收后"),
    # ── parties ──
    ("parties.digits", CONFIRM, "", "电话：0000-70000003", "电话：010-7000003"),
    ("parties.signature", BLOCK, "", "甲方：澜江市档案馆\n\n签署日期", "甲方：澜江市图书馆管理中心\n\n签署日期"),
    ("parties.vary", NOTE, "第六条/1", "1. 乙方未按期修复", "1. 澜江云凡信息技术有限公司未按期修复"),
    ("parties.words", CONFIRM, "第一条/2", "乙方每月巡检 2 次，巡检之后", "服务商应当按月巡检 2 次，巡检之后"),
    # ── text ──
    ("text.foreign", NOTE, "第一条/1", "机房设备的运行维护", "机房设备 and 系统的运行维护"),
    ("text.traditional", NOTE, "第一条/1", "运行维护，设备", "运行維護，设备"),
    ("text.lost", CONFIRM, "第一条/1", "机房设备的运行维护", "机房�备的运行维护"),
    ("text.numbering", CONFIRM, "第一条/5", "3. 设备发生故障的", "5. 设备发生故障的"),
)  # fmt: skip


def name_of(case: tuple[str, Severity, str, str, str]) -> str:
    return f"{case[0]}-{case[4][:8]}"


def doubts_of(found: Reading, rule: str) -> list[PaperDoubt]:
    return [doubt for doubt in found.doubts if doubt.rule == rule]


@cache
def sound() -> Reading:
    return reading()


def test_a_contract_with_nothing_wrong_gets_no_doubt() -> None:
    assert [f"{doubt.rule}: {doubt.says}" for doubt in sound().doubts] == []


@pytest.mark.parametrize("case", BROKEN, ids=name_of)
def test_what_is_broken_is_found_at_its_clause_with_its_severity(
    case: tuple[str, Severity, str, str, str],
) -> None:
    rule, severity, clause, before, after = case

    found = doubts_of(reading(CONTRACT, (before, after)), rule)

    assert severity in {doubt.severity for doubt in found}, [doubt.says for doubt in found]
    clauses = {str(ref) for doubt in found for ref in doubt.clauses}
    assert not clause or clause in clauses


def test_grades_without_scores_block_and_with_scores_do_not() -> None:
    grades = (
        "考核结果为优秀的按合同价款100%支付，考核结果为良好的按合同价款95%为上限支付，并在验收后"
    )

    graded = reading(CONTRACT, ("并在验收后", grades))
    unscored = reading(CONTRACT, ("并在验收后", grades), ("权重", "备注"))

    assert doubts_of(graded, "grades.scorecard") == []
    (doubt,) = doubts_of(unscored, "grades.scorecard")
    assert doubt.severity is BLOCK


def test_a_sentence_that_stands_twice_is_told_once_with_both_clauses() -> None:
    sentence = "乙方应当在每个季度结束之前把全部设备的运行情况写成书面材料。"
    found = reading(
        CONTRACT,
        ("提交巡检记录。", f"提交巡检记录。{sentence}"),
        ("1. 本合同一式", f"1. {sentence}本合同一式"),
    )

    (doubt,) = doubts_of(found, "text.repeated")

    assert [str(ref) for ref in doubt.clauses] == ["第一条/2", "第九条/1"]


def test_every_doubt_says_what_how_to_mend_it_and_what_holds_meanwhile() -> None:
    for case in BROKEN:
        for doubt in reading(CONTRACT, (case[3], case[4])).doubts:
            assert doubt.says.endswith("。"), doubt
            assert doubt.mend.endswith("。"), doubt
            assert doubt.safe.endswith("。"), doubt
            assert doubt.severity is not BLOCK or doubt.blocks, f"{doubt.rule} blocks nothing"


def test_blocking_doubts_come_first() -> None:
    found = reading(CONTRACT, ("陆拾万元整", "陆拾壹万元整"), ("乙方每月巡检 2 次", "乙方定期巡检"))

    severities = [doubt.severity for doubt in found.doubts]

    assert severities[0] is BLOCK
    assert severities == sorted(severities, key=list(Severity).index)


# ── what looks wrong and is not ──────────────────────────────────────────────────────────────────────────────────

SOUND: tuple[tuple[str, str, str], ...] = (
    ("blank.underscores", "1. 本合同一式", "1. 其他约定：_____/_____。本合同一式"),
    ("blank.after_colon", "1. 本合同一式", "1. 其他约定：无。本合同一式"),
    ("text.foreign", "机房设备的运行维护", "机房设备、OA 系统、x86 服务器、VPN 和 IP 地址的运行维护"),
    ("text.foreign", "甲方所在地", "（contract）甲方所在地"),
    ("money.words", "¥600,000.00元（大写：陆拾万元整）", "60万元（大写：陆拾万元整）"),
    ("money.words", "陆拾万元整", "陆 拾 万 元 整"),
    ("time.days", "并在验收后5个工作日内", "并在验收后5个自然日内"),
    ("period.title_year", "澜江市档案馆 2026 年机房", "澜江市档案馆机房"),
    ("notices.channel", "1. 本合同一式", "1. 通知以传真方式发送。本合同一式"),
    ("papers.jurisdiction", "向甲方所在地人民法院提起诉讼", "提交澜江仲裁委员会仲裁"),
    ("duties.service_levels", "30 分钟内响应，4 小时内修复", "1 小时内到场，2 个工作日内恢复"),
    ("damages.refund", "1. 本合同一式", "1. 乙方按剩余天数的比例退还甲方剩余期限的服务费。本合同一式"),
)  # fmt: skip


@pytest.mark.parametrize("case", SOUND, ids=lambda case: f"{case[0]}-{case[2][:8]}")
def test_what_only_looks_wrong_is_left_alone(case: tuple[str, str, str]) -> None:
    rule, before, after = case

    assert doubts_of(reading(CONTRACT, (before, after)), rule) == []


def test_a_list_of_losses_that_is_not_closed_is_no_cap() -> None:
    said = "1. 乙方赔偿全部损失，损失包括下列各项，但不以此为限：停机、重做。本合同一式"

    found = doubts_of(reading(CONTRACT, ("1. 本合同一式", said)), "damages.caps")

    assert [doubt.severity for doubt in found] == [NOTE]


def test_a_doubt_never_tells_a_telephone_or_an_account() -> None:
    found = reading(CONTRACT, ("0000-70000003", "010-1234567"))

    told = " ".join(f"{doubt.says}{doubt.mend}{doubt.safe}" for doubt in found.doubts)

    assert doubts_of(found, "parties.digits")
    assert not re.search(r"\d{7,}", told)


# ── hostile ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "sign", ["一", "，", "1", "_", "(", "（", "元", "年", " ", "a", "附件", "不"]
)
def test_a_hundred_thousand_of_the_same_sign_are_read_in_a_moment(sign: str) -> None:
    found = read(source(f"第一条 {sign * (100_000 // len(sign))}。"))

    assert found.doubts


# ── rules and their page ─────────────────────────────────────────────────────────────────────────────────────────


def test_each_rule_has_a_name_of_its_own() -> None:
    names = [rule.name for rule in RULES]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", name) for name in names)


def page_rows() -> Iterator[tuple[str, ...]]:
    for line in (TOP / "docs" / "rules.md").read_text("utf-8").splitlines():
        if line.startswith("| `"):
            yield tuple(cell.strip(" `") for cell in line.strip("|").split("|"))


def test_the_page_of_rules_lists_them_all_as_they_are() -> None:
    told = {row[0]: row[1:4] for row in page_rows()}

    assert told == {rule.name: (rule.zh, rule.kind.zh, rule.severity.zh) for rule in RULES}


# ── the five papers ──────────────────────────────────────────────────────────────────────────────────────────────

#: what blocks each contract, by the people who read it: the rule that must find it, and a clause it stands at
BLOCKS = {
    "security-support-2026": (
        ("blank.period", "main 2.3"),
        ("damages.elsewhere", "main 11.4"),
        ("grades.scorecard", "main 5.1"),
    ),
    "digital-operations-2026": (
        ("blank.form", "履约验收方案 三"),
        ("grades.scorecard", "main 5.1"),
        ("damages.elsewhere", "main 4.3.1"),
    ),
    "government-cloud-2026": (
        ("blank.grades", "main 5.1"),
        ("price.years", "main 2.3"),
        ("papers.annex", "main 8.1.2"),
        ("papers.annex", "main 8.2.1"),
        ("damages.elsewhere", "main 4.3.1"),
    ),
    "video-conference-2022": (
        ("payment.due_days", "第四章/一/2"),
        ("duties.service_levels", "附件1/一/2/¶1"),
        ("damages.consequence", "第七章/二"),
    ),
    "cloud-lease-2025": (
        ("tables.unit_prices", "第三条/一/¶1"),
        ("tables.targets", "第一条/二/(二)/¶1 (T3 row 13)"),
        ("tables.weights", "第一条/二/(二)/¶1"),
        ("period.beyond", "第十一条/¶1"),
        ("damages.refund", "第五条/一/3"),
        ("notices.channel", "第五条/一/3"),
        ("papers.missing", "第九条/3"),
        ("damages.caps", "第九条/1"),
        ("duties.backups", "第一条/一/(三)/1/(4)/¶1"),
    ),
}


@cache
def paper(release_id: str) -> Reading:
    folder = seeds()
    assert folder is not None
    supplier = next(
        party.name for party in loader.load(release_id).parties if party.role.value == "supplier"
    )
    texts = [path for path in sorted(folder.glob("*.txt")) if supplier in path.read_text("utf-8")]
    return read(read_file(texts[0]))


@papers_at_hand
@pytest.mark.parametrize("release_id", sorted(BLOCKS))
def test_what_blocks_a_real_contract_is_found_and_nothing_else_blocks_it(release_id: str) -> None:
    found = [doubt for doubt in paper(release_id).doubts if doubt.severity is BLOCK]

    for rule, clause in BLOCKS[release_id]:
        there = [str(ref) for doubt in found if doubt.rule == rule for ref in doubt.clauses]
        assert clause in there, f"{rule} finds {there}"
    assert len(found) == len(BLOCKS[release_id])


@papers_at_hand
@pytest.mark.parametrize("release_id", sorted(BLOCKS))
def test_most_of_what_people_found_to_confirm_is_found_at_its_clause(release_id: str) -> None:
    """Some doubts rest on knowing the trade and not on the paper; seven of ten is what patterns can do."""
    found = {
        (ref.clause, doubt.kind) for doubt in paper(release_id).doubts for ref in doubt.clauses
    }
    truth = [one for one in loader.load(release_id).doubts if one.severity is CONFIRM]

    hits = [one for one in truth if any((ref.clause, one.kind) in found for ref in one.clauses)]

    assert len(hits) >= 0.7 * len(truth), f"{len(hits)} of {len(truth)}"


@papers_at_hand
def test_the_foreign_words_of_the_real_papers_are_found_and_no_product_is_taken_for_one() -> None:
    places = {
        release_id: [
            str(doubt.clauses[0]) for doubt in doubts_of(paper(release_id), "text.foreign")
        ]
        for release_id in BLOCKS
    }

    assert places["security-support-2026"] == ["main 4.1.3", "保密协议 2.2(7)"]
    assert places["digital-operations-2026"] == ["main 4.1.3", "main 7.2.15"]
    assert places["government-cloud-2026"] == []
    assert places["video-conference-2022"] == []
    assert [doubt.kind for doubt in doubts_of(paper("cloud-lease-2025"), "text.foreign")] == [
        DoubtKind.NOISE
    ]
