"""Which paper of a contract holds where two say otherwise: main 3, main 4.3.1, main 9.1.2."""

from __future__ import annotations

from datetime import date

import pytest

from lvyue.core.doubts import DoubtKind, Refused
from lvyue.core.precedence import Direction
from lvyue.library.loader import load, release_ids
from lvyue.obligations.papers import Claim, contest, document_named, ranked, subjects_of

SECURITY = load("security-support-2026")


def test_an_unlisted_mail_is_no_paper_of_the_contract() -> None:
    """REG-02, main 3.6: 其他文件须列明"""
    found = contest(SECURITY, [Claim("往来邮件", "3 人"), Claim("采购需求", "2 人")])

    assert [doubt.kind for doubt in found.refused] == [DoubtKind.REFUSED]
    assert "不在合同文件之列" in found.refused[0].says
    assert found.refused[0].places == ("main 3",)
    assert found.ruling is not None
    assert found.ruling.value == "2 人"


def test_minutes_need_both_confirmations() -> None:
    """REG-02, main 3.1: 双方确认的会谈纪要"""
    one_side = contest(SECURITY, [Claim("会谈纪要", "3 人"), Claim("投标", "2 人")])
    both = contest(SECURITY, [Claim("会谈纪要", "3 人", both=True), Claim("投标", "2 人")])

    assert len(one_side.refused) == 1
    assert one_side.ruling is not None
    assert one_side.ruling.value == "2 人"
    assert both.ruling is not None
    assert both.ruling.value == "3 人"


def test_the_bid_goes_before_the_requirements_and_asks_all_the_same() -> None:
    """REG-03, main 3, main 4.1.1: 投标 2 人，采购需求 3 人"""
    found = contest(SECURITY, [Claim("投标", "2 人"), Claim("采购需求", "3 人")])

    assert found.ruling is not None
    assert found.ruling.value == "2 人"
    assert [lost.what for lost in found.ruling.proof.rejected] == ["采购需求：3 人"]
    assert [doubt.id for doubt in found.confirm] == ["bid-over-requirements"]


def test_two_papers_of_the_first_rank_and_one_day_ask() -> None:
    """REG-03, main 3: 同一层次以时间较后者为准"""
    day = date(2026, 3, 2)
    same = [
        Claim("会谈纪要", "3 人", "一", day, both=True),
        Claim("会谈纪要", "4 人", "二", day, both=True),
    ]
    later = [same[0], Claim("会谈纪要", "4 人", "二", date(2026, 3, 3), both=True)]

    undecided, decided = contest(SECURITY, same).ruling, contest(SECURITY, later).ruling
    assert undecided is not None
    assert undecided.value is None
    assert undecided.doubt is not None
    assert decided is not None
    assert decided.value == "4 人"


@pytest.mark.parametrize(
    ("subject", "wins", "by"),
    [("assessment", "90 分为优秀", "main 4.3.1"), ("", "95 分为优秀", "")],
)
def test_the_authority_decides_assessment_and_nothing_else(
    subject: str, wins: str, by: str
) -> None:
    """REG-04, main 4.3.1"""
    found = contest(
        SECURITY,
        [Claim("运维服务合同", "95 分为优秀"), Claim("甲方主管单位规定", "90 分为优秀")],
        subject=subject,
    )

    assert found.ruling is not None
    assert found.ruling.value == wins
    assert by in found.ruling.proof.clauses or not by


@pytest.mark.parametrize("paper", ["采购需求", "投标"])
def test_confidentiality_takes_the_strictest(paper: str) -> None:
    """REG-05, main 9.1.2: 保密协议 1 小时，另一份 30 分钟"""
    claims = [Claim("保密协议", "1 小时"), Claim(paper, "30 分钟")]

    strict = contest(SECURITY, claims, subject="confidentiality", stricter=Direction.LESS)
    undeclared = contest(SECURITY, claims, subject="confidentiality")
    ordinary = contest(SECURITY, claims)

    assert [one.ruling.value for one in (strict, undeclared, ordinary) if one.ruling] == [
        "30 分钟",
        None,
        "1 小时",
    ]


def test_sizes_of_two_families_are_not_held_against_each_other() -> None:
    """3 个工作日与 3 天不能比较"""
    claims = [Claim("保密协议", "3 个工作日"), Claim("采购需求", "3 天")]

    found = contest(SECURITY, claims, subject="confidentiality", stricter=Direction.LESS)

    assert found.ruling is not None
    assert found.ruling.value is None


def test_a_subject_without_a_rule_of_its_own_is_refused_with_those_there_are() -> None:
    with pytest.raises(Refused, match="confidentiality"):
        contest(SECURITY, [Claim("投标", "2 人")], subject="weather")


def test_a_claim_that_says_nothing_is_not_let_in() -> None:
    found = contest(SECURITY, [Claim("采购需求", "  ")])

    assert len(found.refused) == 1
    assert found.ruling is None


@pytest.mark.parametrize("contract_id", release_ids())
def test_every_paper_is_found_by_its_names_and_stands_in_order(contract_id: str) -> None:
    release = load(contract_id)

    for one in release.documents:
        for name in (one.id, one.title, *one.aliases):
            assert document_named(release, f"《{name}》") is one
    ranks = [one.rank for one in ranked(release) if one.rank is not None]
    assert ranks == sorted(ranks)
    assert "" in subjects_of(release)
