"""补充协议改什么: alterations of the shipped contracts as data, what is refused, what a person reads, and what follows."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Doubt, Refused
from lvyue.core.facts import Fact
from lvyue.core.money import Money
from lvyue.core.proof import canonical
from lvyue.core.statement import Statement, state
from lvyue.core.terms import Payment, TermId
from lvyue.core.versions import Chain
from lvyue.library import loader
from lvyue.library.changes import (
    AddClause,
    AddTerm,
    Alteration,
    CloseDoubt,
    RemoveTerm,
    SetContract,
    SetParameter,
    SetTerm,
    Supplement,
    alteration_of,
    amended,
    as_data,
    contract_fields,
    difference,
    fields_of,
)
from lvyue.library.fields import TERM_FIELDS, read, term_fields, value_at
from tests.core import cast

VIDEO = "video-conference-2022"
SECURITY = "security-support-2026"
NOVEMBER = date(2022, 11, 1)
Raw = dict[str, Any]


def raw_of(contract: str) -> Raw:
    return loader.read_folder(loader.HERE / contract)


def supplement(
    *alterations: Alteration, on: date = NOVEMBER, title: str = "补充协议"
) -> Supplement:
    return Supplement(title, "", on, alterations)


def changed(raw: Raw, *alterations: Alteration, on: date = NOVEMBER) -> Raw:
    found = amended(raw, supplement(*alterations, on=on))
    assert not isinstance(found, list), "; ".join(map(str, found))
    return found


def refused(raw: Raw, *alterations: Alteration, on: date = NOVEMBER) -> list[Doubt]:
    found = amended(raw, supplement(*alterations, on=on))
    assert isinstance(found, list)
    return found


def chain(first: Raw, *later: tuple[date, Raw]) -> Chain:
    return Chain(
        ((loader.structure(first), None), *((loader.structure(raw), day) for day, raw in later))
    )


def stated(contract: Chain, facts: list[Fact], as_of: str) -> Statement:
    day = date.fromisoformat(as_of)
    return state(contract, facts, cast.calendar(), day, size=len(facts), root="0")


def verdicts(statement: Statement, term: str) -> list[tuple[str, str]]:
    found = [f for f in statement.evaluation.findings if f.term == term]
    return [(f.occurrence, f.verdict.value) for f in found]


# ── the cases of the contracts ───────────────────────────────────────────────────────────────────────────────────

THIRTY_DAYS = (
    SetTerm("second-payment", "within", "30 calendar-days"),
    CloseDoubt("second-payment-no-days"),
)


@pytest.mark.parametrize(
    ("review", "due"),
    [("2022-10-20", None), ("2022-11-01", "2022-12-01"), ("2022-12-20", "2023-01-19")],
)
def test_thirty_days_for_the_second_instalment_hold_for_what_comes_due_after(
    review: str, due: str | None
) -> None:
    """第四章/一/2: a supplement gives the missing days from 2022-11-01; a review passed before has none still."""
    raw = raw_of(VIDEO)
    contract = chain(raw, (NOVEMBER, changed(raw, *THIRTY_DAYS)))
    facts = cast.log(cast.happened("review.passed", review))

    told = stated(contract, facts, "2023-03-31")

    second = told.settlement.instalments[1]
    assert second.due_day == (None if due is None else date.fromisoformat(due))
    assert bool([one for one in told.settlement.interest if one.instalment == 2]) == (
        due is not None
    )
    assert [d.id for d in told.open_doubts if d.id == "second-payment-no-days"] == (
        ["second-payment-no-days"] if due is None else []
    )


def test_a_statement_of_a_day_before_the_supplement_is_what_it_was() -> None:
    raw = raw_of(VIDEO)
    contract = chain(raw, (NOVEMBER, changed(raw, *THIRTY_DAYS)))
    facts = cast.log(cast.happened("review.passed", "2022-10-20"))

    then = stated(contract, facts, "2022-10-31").as_json()

    alone = Chain(((loader.structure(raw), None),))
    assert then == stated(alone, facts, "2022-10-31").as_json()


def test_a_blank_period_filled_in_becomes_decidable() -> None:
    """main 2.3: the period is blank; a supplement writes it, and what hangs on its end gets a day."""
    raw = raw_of(SECURITY)
    on = date(2026, 3, 1)
    new = changed(
        raw,
        SetContract("period.start", "2026-02-09"),
        SetContract("period.end", "2026-12-31"),
        CloseDoubt("period-blank"),
        on=on,
    )
    contract = chain(raw, (on, new))

    before, after = (stated(contract, [], day) for day in ("2026-02-28", "2026-03-01"))

    assert verdicts(before, "year-end-summary") == [("", "not_decidable")]
    assert verdicts(after, "year-end-summary") == [("", "not_due")]
    assert [f.due for f in after.evaluation.findings if f.term == "year-end-summary"] == [
        date(2026, 12, 31)
    ]
    assert new["period"]["clause"] == "补充协议1 2"
    assert (
        "补充协议1 3"
        in loader.structure(new).term_by_id[TermId("year-end-summary")].clauses[-1].__str__()
    )


def test_a_duty_struck_out_is_owed_no_longer() -> None:
    """附件1: the monthly record is no longer asked for from 2022-07-10; July had begun and is still owed."""
    raw, on = raw_of(VIDEO), date(2022, 7, 10)
    new = changed(raw, RemoveTerm("monthly-inspection-record"), on=on)

    told = stated(chain(raw, (on, new)), [], "2022-12-31")

    assert [label for label, _ in verdicts(told, "monthly-inspection-record")] == [
        "2022-04",
        "2022-05",
        "2022-06",
        "2022-07",
    ]


def test_a_recurring_duty_changed_in_mid_month_keeps_that_month() -> None:
    raw, on = raw_of(VIDEO), date(2022, 7, 10)
    new = changed(raw, SetTerm("monthly-report", "times", 2), on=on)

    told = stated(chain(raw, (on, new)), [], "2022-12-31")

    labels = [label for label, _ in verdicts(told, "monthly-report")]
    assert labels[:6] == [
        "2022-04",
        "2022-05",
        "2022-06",
        "2022-07",
        "2022-08 第1次",
        "2022-08 第2次",
    ]
    assert len(labels) == 4 + 5 * 2


def test_two_supplements_in_a_row_are_two_documents_and_three_rules() -> None:
    raw = raw_of(VIDEO)
    first = changed(raw, *THIRTY_DAYS)
    later = date(2022, 12, 1)
    second = changed(first, SetTerm("second-payment", "within", "10 working-days"), on=later)
    contract = chain(raw, (NOVEMBER, first), (later, second))

    dues = [
        stated(contract, cast.log(cast.happened("review.passed", day)), "2023-03-31")
        .settlement.instalments[1]
        .due_day
        for day in ("2022-10-20", "2022-11-15", "2022-12-20")
    ]

    assert dues == [None, date(2022, 12, 15), date(2023, 1, 4)]
    assert [one["id"] for one in second["documents"][-2:]] == ["补充协议1", "补充协议2"]


def test_a_term_added_by_a_supplement_rests_on_it() -> None:
    raw = raw_of(VIDEO)
    body = {
        "id": "weekly-summary",
        "kind": "deadline_after_event",
        "debtor": "supplier",
        "says": "收到书面要求后 2 个工作日内提交周小结",
        "en": "Send a weekly summary within 2 working days of a written demand.",
        "triggers": ["request.received"],
        "done": ["request.replied"],
        "within": "2 working-days",
    }

    release = loader.structure(changed(raw, AddTerm(body)))

    (clause,) = release.term_by_id[TermId("weekly-summary")].clauses
    assert str(clause) == "补充协议1 1"
    assert release.clauses[clause].heading == "增加：收到书面要求后 2 个工作日内提交周小结"
    assert "clauses" not in body


# ── the paper itself ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_supplement_is_a_document_above_the_contract_with_a_clause_for_each_change() -> None:
    raw = raw_of(VIDEO)
    before = canonical(raw)
    paper = Supplement(
        "关于付款的补充协议", "补-01", NOVEMBER, (*THIRTY_DAYS, AddClause("其余条款不变"))
    )

    found = amended(raw, paper)

    assert isinstance(found, dict)
    release = loader.structure(found)
    document = release.documents[-1]
    assert (document.id, document.title, document.here) == ("补充协议1", paper.title, True)
    assert document.effective == NOVEMBER
    ranks = {one.id: one.rank for one in release.documents}
    assert (ranks["补充协议1"] or 0) < (ranks["main"] or 0)
    own = [c.heading for c in release.clauses if c.ref.document == "补充协议1"]
    assert own == [
        "付款期限改为30个自然日",
        "了结疑义：二期款没有付款天数，到期日和逾期起算日都无从确定",
        "其余条款不变",
    ]
    assert release.clause_named("补-01 1") == ClauseRef.parse("补充协议1 1")
    cited = [str(ref) for ref in release.term_by_id[TermId("second-payment")].clauses]
    assert cited == ["第四章/一/2", "第六章/二/(二)/2", "补充协议1 1", "补充协议1 2"]
    assert canonical(raw) == before


@pytest.mark.parametrize(
    ("contract", "rank"), [(SECURITY, 1), (VIDEO, 0), ("government-cloud-2026", 1)]
)
def test_it_ranks_as_the_paper_ranks_supplements(contract: str, rank: int) -> None:
    raw = raw_of(contract)

    new = changed(raw, AddClause("其余条款不变"), on=date(2027, 1, 1))

    assert new["documents"][-1]["rank"] == rank


def test_another_price_takes_its_words_along_and_leaves_the_old_figures_behind() -> None:
    raw = raw_of(VIDEO)

    release = loader.structure(changed(raw, SetContract("price", "１２０万元")))

    assert release.price == Money.yuan(1_200_000)
    assert release.price_words == "壹佰贰拾万元整"
    assert str(release.price_clause) == "补充协议1 1"
    payments = [term for term in release.terms if isinstance(term, Payment) and term.instalment]
    assert [getattr(term.amount, "stated", None) for term in payments] == [None, None]


def test_a_price_that_disagrees_with_its_tax_is_not_a_release() -> None:
    raw = raw_of("cloud-lease-2025")

    (doubt,) = refused(raw, SetContract("price", "3900000.00 元"), on=date(2025, 12, 1))

    assert "不含税" in doubt.says


def test_a_parameter_gets_another_owner() -> None:
    raw = raw_of(VIDEO)
    name = "grace-period"

    release = loader.structure(changed(raw, SetParameter(name, "owner", "双方")))

    found = next(one for one in release.parameters if one.id == name)
    assert found.owner.value == "both"
    assert str(found.clauses[-1]) == "补充协议1 1"


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("alterations", "place", "says"),
    [
        ((), "补充协议“补充协议”", "没有变更任何内容。"),
        ((SetTerm("second-paymnt", "within", "1 weeks"),), "约定 second-paymnt", "没有编号为“second-paymnt”的约定。"),
        ((SetTerm("second-payment", "cap", "5%"),), "约定 second-payment cap", "没有这个字段，或不能改。"),
        ((SetTerm("second-payment", "id", "x"),), "约定 second-payment id", "没有这个字段，或不能改。"),
        (
            (SetTerm("first-payment", "within", "20个工作日"),),
            "约定 first-payment 付款期限",
            "与现行内容相同：20个工作日。",
        ),
        (
            (
                SetTerm("first-payment", "within", "5 working-days"),
                SetTerm("first-payment", "within", "6 working-days"),
            ),
            "约定 first-payment within",
            "同一处在这份补充协议里变更了 2 次。",
        ),
        (
            (RemoveTerm("monthly-report"), SetTerm("monthly-report", "times", 2)),
            "约定 monthly-report times",
            "这条约定整条增删，又单独改它的字段。",
        ),
        ((RemoveTerm("nothing"),), "约定 nothing", "没有编号为“nothing”的约定。"),
        ((CloseDoubt("nothing"),), "疑义 nothing", "没有编号为“nothing”的疑义。"),
        ((SetParameter("nothing", "owner", "buyer"),), "参数 nothing", "没有编号为“nothing”的参数。"),
        ((AddTerm({"kind": "duty"}),), "约定", "新增的约定没有编号。"),
        ((AddTerm({"id": "monthly-report"}),), "约定 monthly-report", "已有同一编号的约定。"),
        ((AddTerm({"id": "x", "clauses": "第四章/一/2"}),), "约定 x", "clauses 应为列表。"),
        ((AddClause("  "),), "条款", "没有内容。"),
        ((SetContract("price", None),), "合同 合同价款", "“合同价款”不能留空。"),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_so_is_refused_with_its_place(
    alterations: tuple[Alteration, ...], place: str, says: str
) -> None:
    doubts = refused(raw_of(VIDEO), *alterations)

    assert (place, says) in [(doubt.places[0], doubt.says) for doubt in doubts]
    assert all(doubt.mend for doubt in doubts)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    doubts = refused(raw_of(VIDEO), RemoveTerm("a"), RemoveTerm("b"), on=date(2022, 1, 1))

    assert [doubt.places[0] for doubt in doubts] == ["补充协议“补充协议”", "约定 a", "约定 b"]


def test_a_supplement_dated_before_the_contract_is_refused() -> None:
    (doubt,) = refused(raw_of(VIDEO), AddClause("其余不变"), on=date(2022, 4, 6))

    assert doubt.says == "生效日 2022-04-06 早于合同本身的签订或生效日 2022-04-07。"


def test_a_supplement_does_not_take_effect_before_the_one_it_builds_on() -> None:
    first = changed(raw_of(VIDEO), *THIRTY_DAYS)

    (doubt,) = refused(first, AddClause("其余不变"), on=date(2022, 10, 31))

    assert "早于已有的“补充协议”的生效日 2022-11-01" in doubt.says


def test_two_supplements_on_one_term_on_one_day_are_for_the_parties_to_settle() -> None:
    first = changed(raw_of(VIDEO), *THIRTY_DAYS)

    (doubt,) = refused(first, SetTerm("second-payment", "within", "60 calendar-days"))
    other = changed(first, SetTerm("first-payment", "within", "25 working-days"))
    (removed,) = refused(first, RemoveTerm("second-payment"))

    assert doubt.says == removed.says == "“补充协议”在同一天（2022-11-01）也改了这条约定。"
    assert len(other["documents"]) == len(first["documents"]) + 1


def test_the_same_paper_is_not_registered_twice() -> None:
    paper = Supplement("补充协议", "补-01", NOVEMBER, (AddClause("其余不变"),))
    first = amended(raw_of(VIDEO), paper)
    assert isinstance(first, dict)

    again = amended(first, paper)

    assert isinstance(again, list)
    assert [doubt.says for doubt in again] == ["文号“补-01”已由“补充协议”使用。"]


def test_what_the_loader_would_refuse_is_no_release() -> None:
    """A tail must have its table of grades."""
    doubts = refused(raw_of(SECURITY), RemoveTerm("grades"), on=date(2026, 12, 1))

    assert any("不是考核等级表" in doubt.says for doubt in doubts)


def test_no_persons_number_slips_in() -> None:
    number = "1" + "3800000000"

    (doubt,) = refused(raw_of(VIDEO), AddClause(f"联系电话改为 {number}"))

    assert "个人信息" in doubt.says


# ── as data ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "alteration",
    [
        *THIRTY_DAYS,
        RemoveTerm("a"),
        AddTerm({"id": "a"}),
        SetContract("price", "1 元"),
        SetParameter("a", "owner", "buyer"),
        AddClause("其余不变"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_alteration_survives_being_kept_as_json(alteration: Alteration) -> None:
    assert alteration_of(json.loads(json.dumps(as_data(alteration)))) == alteration


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"op": "drop"}, "没有“drop”这种变更。"),
        ({}, "没有“None”这种变更。"),
        ({"op": "remove_term"}, "字段应为 term，写的是 （没有）。"),
        ({"op": "remove_term", "term": 5}, "编号和字段名应为文字。"),
        ({"op": "add_term", "body": []}, "编号和字段名应为文字。"),
    ],
)
def test_what_is_no_alteration_is_said(data: dict[str, Any], says: str) -> None:
    found = alteration_of(data)

    assert isinstance(found, Doubt)
    assert found.says == says


# ── what may be changed, for a form ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("contract", loader.release_ids())
def test_every_term_tells_what_may_be_changed_and_writing_it_back_changes_nothing(
    contract: str,
) -> None:
    """Every present value can be read by its own field, so that a form can be sent back as it came."""
    raw = raw_of(contract)
    for term in raw["terms"]:
        for field in fields_of(raw, term["id"]):
            assert field.shown
            if field.value is not None:
                assert read(field, field.value) is not None
            assert field.value is not None or field.blank or field.name == "en"
    assert {field.name for field in contract_fields(raw)} >= {"price", "period.start", "title"}


def test_every_kind_of_term_has_its_fields_and_names_them_in_chinese() -> None:
    kinds = {term["kind"] for one in loader.release_ids() for term in raw_of(one)["terms"]}

    assert kinds <= TERM_FIELDS.keys()
    for kind in TERM_FIELDS:
        names = [field.name for field in term_fields(kind)]
        assert len(names) == len(set(names))
        assert all(not field.zh.isascii() for field in term_fields(kind))


def test_a_tail_has_no_share_to_change() -> None:
    raw = raw_of(SECURITY)
    tail = next(t["id"] for t in raw["terms"] if "remainder" in str(t.get("amount")))

    assert "amount.share" not in [field.name for field in fields_of(raw, tail)]


def test_the_fields_of_no_term_are_refused() -> None:
    with pytest.raises(Refused, match="没有编号为“x”的约定"):
        fields_of(raw_of(VIDEO), "x")


@pytest.mark.parametrize(
    ("term", "name", "written", "kept"),
    [
        ("second-payment", "within", "１０ 个工作日", "10 working-days"),
        ("second-payment", "within", "10个工作日", "10 working-days"),
        ("second-payment", "within", "10 天", None),
        ("monthly-report", "times", "２", 2),
        ("monthly-report", "times", "-1", None),
        ("monthly-report", "times", True, None),
        ("monthly-report", "every", "每周", "week"),
        ("monthly-report", "every", "每旬", None),
        ("late-interest", "daily", "万分之三", "0.03%"),
        ("late-interest", "daily", "0.0003", None),
        ("late-interest", "instalments", ["1", 2], [1, 2]),
        ("late-interest", "instalments", [], None),
        ("second-payment", "invoice", "是", True),
        ("second-payment", "invoice", "也许", None),
        ("second-payment", "conditions", ["review.passed"], ["review.passed"]),
        ("second-payment", "conditions", ["审核"], None),
        ("second-payment", "amount.stated", "-5 元", None),
        ("second-payment", "says", 5, None),
    ],
)  # fmt: skip
def test_values_are_read_as_hands_write_them(
    term: str, name: str, written: object, kept: object
) -> None:
    field = next(one for one in fields_of(raw_of(VIDEO), term) if one.name == name)

    if kept is None:
        with pytest.raises(ValueError, match=r"[\u4e00-\u9fff]"):
            read(field, written)
    else:
        assert read(field, written) == kept


# ── what a person reads before signing ───────────────────────────────────────────────────────────────────────────


def test_two_releases_are_compared_in_words() -> None:
    raw = raw_of(VIDEO)

    found = difference(raw, changed(raw, *THIRTY_DAYS))

    assert [(one.what, one.where, one.before, one.after) for one in found] == [
        ("增加", "文件 补充协议1", "", "补充协议"),
        ("增加", "条款 补充协议1 1", "", "付款期限改为30个自然日"),
        ("增加", "条款 补充协议1 2", "", "了结疑义：二期款没有付款天数，到期日和逾期起算日都无从确定"),
        ("修改", "约定 second-payment（第四章/一/2） 付款期限", "没有写明", "30个自然日"),
        (
            "修改",
            "约定 second-payment（第四章/一/2） 疑义",
            "second-payment-no-days、final-review-name、second-payment-treasury",
            "final-review-name、second-payment-treasury",
        ),
        (
            "修改",
            "约定 second-payment（第四章/一/2） 依据条款",
            "第四章/一/2、第六章/二/(二)/2",
            "第四章/一/2、第六章/二/(二)/2、补充协议1 1、补充协议1 2",
        ),
        ("删去", "疑义 second-payment-no-days", "二期款没有付款天数，到期日和逾期起算日都无从确定", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("contract", loader.release_ids())
def test_a_release_does_not_differ_from_itself(contract: str) -> None:
    assert difference(raw_of(contract), raw_of(contract)) == ()


def test_whatever_differs_is_told() -> None:
    """Each field of each term, one at a time."""
    raw = raw_of(VIDEO)
    for place, term in enumerate(raw["terms"]):
        for name in term:
            if name in ("id", "kind"):
                continue
            other = {key: one for key, one in term.items() if key != name}
            if name in ("clauses", "says"):
                other[name] = ["第一章"] if name == "clauses" else "别的话"
            if value_at(other, name) != term[name]:
                terms = [*raw["terms"][:place], other, *raw["terms"][place + 1 :]]
                assert difference(raw, {**raw, "terms": terms}), (term["id"], name)


def test_parties_tables_and_signatures_are_compared_too() -> None:
    raw = raw_of(VIDEO)
    other = deepcopy(raw)
    other["parties"][0]["name"] = "另一单位"
    other["signed"]["buyer"] = "2022-04-08"
    other["tables"][0]["rows"] = []
    other["doubts"][0]["severity"] = "note"

    assert [one.where for one in difference(raw, other)] == [
        "合同 当事人",
        "合同 签订日期",
        "疑义 second-payment-no-days 严重程度",
        f"表格 {raw['tables'][0]['id']} 行",
    ]


# ── formats ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_release_stored_before_formats_had_numbers_is_read_and_keeps_its_name() -> None:
    old = {name: value for name, value in raw_of(VIDEO).items() if name != "format"}
    stored = canonical(old).decode()

    release = loader.load_text(stored)

    assert release.digest == loader.digest_of(old)
    assert release.digest != loader.load(VIDEO).digest
    assert release.terms == loader.load(VIDEO).terms


def test_a_newer_format_is_refused_with_words() -> None:
    newer = {**raw_of(VIDEO), "format": loader.FORMAT + 1}

    with pytest.raises(Refused, match="请升级程序后再读"):
        loader.load_text(json.dumps(newer))


@pytest.mark.parametrize("number", ["1", True, -1, None])
def test_a_format_that_is_no_number_is_refused(number: object) -> None:
    with pytest.raises(Refused, match="格式版本应为整数"):
        loader.structure({**raw_of(VIDEO), "format": number})


@pytest.mark.parametrize("text", ["[]", "3", '"x"'])
def test_a_text_that_is_no_release_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="最外层须是一个对象"):
        loader.load_text(text)
