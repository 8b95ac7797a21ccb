"""Settling: one side proposes, the other confirms the very same, and the contract runs; and everything that must not happen."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

import pytest
from django.db import IntegrityError, transaction

from lvyue.accounts.actions import appoint
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import AuditEntry
from lvyue.accounts.queries import seat_of
from lvyue.contracts.models import Contract, PaperText, Release
from lvyue.contracts.queries import amendment
from lvyue.core.doubts import Refused
from lvyue.core.money import Money
from lvyue.evidence.queries import checkpoint_at
from lvyue.obligations.queries import statement_of
from lvyue.readings.actions import bringing, deciding, jobs, settling
from lvyue.readings.actions.bringing import Brought
from lvyue.readings.actions.desk import Hidden
from lvyue.readings.actions.settling import Moved
from lvyue.readings.choices import DraftState, Side
from lvyue.readings.models import Draft
from tests.readings.conftest import PAPER, PHONE, Begin, People, quickly, review, row, signed_in

ID = "hzlib-2027-018"


def proposed(begin: Begin, people: People, text: str = PAPER) -> Draft:
    draft = begin(text)
    return settling.propose(draft.pk, draft.version, by=people("anna"))


def test_both_say_yes_and_it_runs(begin: Begin, people: People) -> None:
    draft = proposed(begin, people)

    done = settling.confirm(draft.pk, draft.version, by=people("bert"))

    assert (done.state, done.contract_id) == (DraftState.IN_FORCE, ID)
    assert (done.buyer_by, done.supplier_by) == ("anna", "bert")
    statement = statement_of(ID, date(2027, 6, 30))
    release = statement.evaluation.release
    assert release.price == Money.yuan("480000")
    assert release.period.start == date(2027, 1, 1)
    assert any("月报" in term.says for term in release.terms)
    assert checkpoint_at(ID).size == 0  # the log is open
    assert seat_of(people("anna"), ID).roles == {ContractRole.BUYER}
    assert seat_of(people("bert"), ID).roles == {ContractRole.SUPPLIER_MANAGER}
    for who in ("anna", "bert"):
        answer = signed_in(people(who)).get(f"/contracts/{ID}/")
        assert answer.status_code == HTTPStatus.OK
    assert AuditEntry.objects.filter(contract_id=ID, act="draft.confirmed").exists()


def test_the_text_that_is_shown_is_the_users_own_without_what_is_personal(
    begin: Begin, people: People
) -> None:
    draft = proposed(begin, people)
    settling.confirm(draft.pk, draft.version, by=people("bert"))

    text = PaperText.objects.get(contract_id=ID)
    words = "".join(line for lines in text.paragraphs.values() for line in lines)
    assert "运维月报" in words
    assert PHONE not in words
    assert not text.ours


def test_what_was_corrected_is_what_runs(begin: Begin, people: People) -> None:
    draft = begin()
    values = {"figures": "500000", "words": "伍拾万元整"}
    deciding.correct(draft.pk, row(draft, "price").item.id, values, by=people("anna"))
    deciding.reject(draft.pk, row(draft, "term", "运维月报").item.id, by=people("bert"))
    draft.refresh_from_db()
    draft = settling.propose(draft.pk, draft.version, by=people("anna"))
    settling.confirm(draft.pk, draft.version, by=people("bert"))

    release = statement_of(ID, date(2027, 6, 30)).evaluation.release
    assert release.price == Money.yuan("500000")
    assert not any("运维月报" in term.says for term in release.terms)


def test_either_side_may_begin(people: People) -> None:
    brought = [Brought("合同.txt", [PAPER.encode()])]
    draft = bringing.open_draft(people("bert"), Side.SUPPLIER, brought)
    bringing.invite(draft.pk, people("anna").username, ContractRole.BUYER, by=people("bert"))
    jobs.read_waiting(quickly)
    draft.refresh_from_db()
    settling.propose(draft.pk, draft.version, by=people("bert"))

    done = settling.confirm(draft.pk, draft.version, by=people("anna"))

    assert done.state == DraftState.IN_FORCE


# ── nobody alone ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_confirms_what_they_proposed(begin: Begin, people: People) -> None:
    draft = proposed(begin, people)

    with pytest.raises(Refused, match="甲方不能自己确认"):
        settling.confirm(draft.pk, draft.version, by=people("anna"))

    assert not Contract.objects.exists()


def test_nor_does_a_colleague_of_the_same_side(begin: Begin, people: People) -> None:
    draft = begin()
    bringing.invite(draft.pk, people("alma").username, ContractRole.BUYER, by=people("anna"))
    draft = settling.propose(draft.pk, draft.version, by=people("anna"))

    with pytest.raises(Refused, match="甲方不能自己确认"):
        settling.confirm(draft.pk, draft.version, by=people("alma"))


@pytest.mark.parametrize(
    "role", [ContractRole.ENGINEER, ContractRole.USING_DEPARTMENT, ContractRole.AUDITOR]
)
def test_who_does_not_speak_for_a_side_does_neither(
    begin: Begin, people: People, role: ContractRole
) -> None:
    draft = begin()
    inviter = "bert" if role is ContractRole.ENGINEER else "anna"
    bringing.invite(draft.pk, people("carl").username, role, by=people(inviter))

    with pytest.raises(Refused, match="可以由甲方项目负责人"):
        settling.propose(draft.pk, draft.version, by=people("carl"))
    settling.propose(draft.pk, draft.version, by=people("anna"))
    with pytest.raises(Refused, match="可以由甲方项目负责人"):
        settling.confirm(draft.pk, draft.version, by=people("carl"))


def test_an_outsider_does_nothing_at_all(begin: Begin, people: People) -> None:
    draft = proposed(begin, people)

    with pytest.raises(Hidden):
        settling.confirm(draft.pk, draft.version, by=people("mallory"))
    with pytest.raises(Hidden):
        settling.send_back(draft.pk, "x", by=people("mallory"))


def test_without_the_other_side_nothing_is_proposed(begin: Begin, people: People) -> None:
    draft = begin(invite=False)

    with pytest.raises(Refused, match="邀请乙方项目经理"):
        settling.propose(draft.pk, draft.version, by=people("anna"))


def test_the_database_holds_what_two_people_means(begin: Begin, people: People) -> None:
    draft = proposed(begin, people)
    draft.state, draft.contract_id = DraftState.IN_FORCE, "x"
    draft.supplier_by, draft.supplier_at = draft.buyer_by, draft.buyer_at

    with pytest.raises(IntegrityError), transaction.atomic():
        draft.save()


# ── the very same ────────────────────────────────────────────────────────────────────────────────────────────────


def test_whatever_is_decided_afterwards_takes_the_proposal_back(
    begin: Begin, people: People
) -> None:
    draft = proposed(begin, people)
    seen = draft.version

    deciding.accept(draft.pk, row(draft, "term").item.id, by=people("bert"))

    draft.refresh_from_db()
    assert draft.state == DraftState.REVIEWING
    assert (draft.buyer_by, draft.proposed_side) == ("", "")
    with pytest.raises(Moved):
        settling.confirm(draft.pk, seen, by=people("bert"))
    with pytest.raises(Refused, match="状态下不能这样做"):
        settling.confirm(draft.pk, draft.version, by=people("bert"))


def test_a_further_paper_takes_it_back_as_well(begin: Begin, people: People) -> None:
    draft = proposed(begin, people)

    bringing.add_papers(draft.pk, [Brought("附件.txt", ["附件".encode()])], by=people("bert"))

    draft.refresh_from_db()
    assert draft.state == DraftState.REVIEWING
    with pytest.raises(Refused, match="没有读完"):
        settling.propose(draft.pk, draft.version, by=people("anna"))


def test_who_looked_at_an_older_state_is_told(begin: Begin, people: People) -> None:
    draft = begin()

    with pytest.raises(Moved, match=f"第 {draft.version} 稿"):
        settling.propose(draft.pk, draft.version - 1, by=people("anna"))


def test_sent_back_with_a_reason_that_the_other_side_reads(begin: Begin, people: People) -> None:
    draft = proposed(begin, people)
    with pytest.raises(Refused, match="没有写理由"):
        settling.send_back(draft.pk, " ", by=people("bert"))

    settling.send_back(draft.pk, "第二期的条件漏了", by=people("bert"))

    page = signed_in(people("anna")).get(f"/readings/{draft.pk}/settle/").content.decode()
    assert "第二期的条件漏了" in page
    assert "提出第" in page


def test_two_confirm_at_once_and_one_contract_comes_of_it(begin: Begin, people: People) -> None:
    draft = begin()
    bringing.invite(
        draft.pk, people("bill").username, ContractRole.SUPPLIER_MANAGER, by=people("bert")
    )
    draft = settling.propose(draft.pk, draft.version, by=people("anna"))
    settling.confirm(draft.pk, draft.version, by=people("bert"))

    with pytest.raises(Refused, match="不再改动"):
        settling.confirm(draft.pk, draft.version, by=people("bill"))

    assert Release.objects.count() == 1


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_name_that_is_taken_is_refused(begin: Begin, people: People) -> None:
    first = proposed(begin, people)
    settling.confirm(first.pk, first.version, by=people("bert"))

    second = begin()
    with pytest.raises(Refused, match="已经有一份合同在用"):
        settling.propose(second.pk, second.version, by=people("anna"))
    with pytest.raises(Refused, match="已经有一份合同在用"):
        bringing.rename(second.pk, "又一份", ID, by=people("anna"))
    second = bringing.rename(second.pk, "又一份", "library-2028", by=people("anna"))
    second = settling.propose(second.pk, second.version, by=people("anna"))
    assert (
        settling.confirm(second.pk, second.version, by=people("bert")).contract_id == "library-2028"
    )


@pytest.mark.parametrize("name", ["合同一", "a", "a b c", "../../etc", "x" * 81, "new/…"])
def test_what_cannot_stand_in_an_address_is_no_name(
    begin: Begin, people: People, name: str
) -> None:
    with pytest.raises(Refused, match="不能作合同编号"):
        bringing.rename(begin().pk, "合同", name, by=people("anna"))


def test_what_somebody_registered_meanwhile_is_not_added_to(begin: Begin, people: People) -> None:
    from lvyue.contracts.actions import register_release  # noqa: PLC0415

    draft = proposed(begin, people)
    register_release(ID, "别人的", "{}", "0" * 64, by="测试", demonstration=False)

    with pytest.raises(Refused, match="已经有一份合同在用"):
        settling.confirm(draft.pk, draft.version, by=people("bert"))

    assert Release.objects.count() == 1


# ── what stands in the way ───────────────────────────────────────────────────────────────────────────────────────


def test_without_a_price_nothing_can_be_proposed_and_the_page_says_why(
    begin: Begin, people: People
) -> None:
    draft = begin("一、随便写的\n1.1 乙方应当提供服务。\n")

    with pytest.raises(Refused, match="读不出合同价款"):
        settling.propose(draft.pk, draft.version, by=people("anna"))
    page = signed_in(people("anna")).get(f"/readings/{draft.pk}/settle/").content.decode()
    assert "还不能提出" in page
    assert "读不出合同价款" in page


def test_withdrawn_is_the_end(begin: Begin, people: People) -> None:
    draft = begin()
    with pytest.raises(Refused, match="只能由它撤回"):
        settling.withdraw(draft.pk, "不签了", by=people("bert"))

    settling.withdraw(draft.pk, "不签了", by=people("anna"))

    with pytest.raises(Refused, match="不再改动"):
        deciding.accept(draft.pk, row(draft, "term").item.id, by=people("anna"))


def test_the_page_lists_exactly_what_will_run(begin: Begin, people: People) -> None:
    draft = begin()

    page = signed_in(people("bert")).get(f"/readings/{draft.pk}/settle/").content.decode()

    from lvyue.readings.outcome import outcome_of  # noqa: PLC0415

    outcome = outcome_of(review(draft), "x-y-z")
    assert outcome.release is not None
    for term in outcome.terms:
        assert page.count(str(term.says).replace("“", "“")) >= 1 or "&" in term.says, term.says
    assert f"{len(outcome.terms)} 项约定会履行" in page
    assert f"带进合同的疑义（{len(outcome.open_doubts)}）" in page


# ── supplements ──────────────────────────────────────────────────────────────────────────────────────────────────

SUPPLEMENT = """\
湖州市图书馆业务系统运维服务合同之补充协议

协议编号：HZLIB-2027-018-B1

甲方：湖州市图书馆
乙方：湖州清远信息技术有限公司

一、双方同意将原合同第2.1条的合同总价调整为人民币500000.00元（大写：伍拾万元整）。
二、本补充协议自双方签字盖章之日起生效。

甲方（盖章）：湖州市图书馆
日期：2027年3月1日
乙方（盖章）：湖州清远信息技术有限公司
日期：2027年3月2日
"""


def test_a_supplement_becomes_an_amendment_of_its_contract(begin: Begin, people: People) -> None:
    base = proposed(begin, people)
    settling.confirm(base.pk, base.version, by=people("bert"))
    brought = [Brought("补充协议.txt", [SUPPLEMENT.encode()])]

    draft = bringing.open_draft(people("anna"), Side.BUYER, brought, supplements=ID)
    jobs.read_waiting(quickly)
    draft.refresh_from_db()
    with pytest.raises(Refused, match="不单独成为合同"):
        settling.propose(draft.pk, draft.version, by=people("anna"))
    done = settling.into_amendment(draft.pk, by=people("anna"))

    assert done.amendment is not None
    found = amendment(ID, done.amendment)
    assert found is not None
    assert found.side == "buyer"
    assert "补充协议" in found.title
    page = signed_in(people("anna")).get(f"/readings/{draft.pk}/", {"tab": "terms"})
    assert page.status_code == HTTPStatus.OK
    with pytest.raises(Refused, match="已经转成补充协议"):
        settling.into_amendment(draft.pk, by=people("anna"))


def test_nobody_brings_a_supplement_of_a_contract_that_is_not_theirs(
    begin: Begin, people: People
) -> None:
    base = proposed(begin, people)
    settling.confirm(base.pk, base.version, by=people("bert"))
    brought = [Brought("补充协议.txt", [SUPPLEMENT.encode()])]

    with pytest.raises(Refused, match="登记簿里没有"):
        bringing.open_draft(people("mallory"), Side.BUYER, brought, supplements=ID)
    with pytest.raises(Refused, match="请选您所在的一方"):
        bringing.open_draft(people("anna"), Side.SUPPLIER, brought, supplements=ID)
    appoint(people("carl"), ID, ContractRole.ENGINEER, by="测试")
    with pytest.raises(Refused, match="可以由"):
        bringing.open_draft(people("carl"), Side.SUPPLIER, brought, supplements=ID)


# ── comparing ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_drafts_are_compared_clause_by_clause(begin: Begin, people: People) -> None:
    old, new = begin(), begin(PAPER.replace("2小时内", "4小时内"))
    client = signed_in(people("anna"))
    asked = {"a": f"d{old.pk}", "b": f"d{new.pk}"}

    page = client.get(f"/readings/{new.pk}/compare/", asked).content.decode()

    assert "<del>" in page
    assert "改动 1 条" in page
    file = client.get(f"/readings/{new.pk}/compare/", asked | {"format": "csv"})
    assert "4小时内" in file.content.decode("utf-8-sig")


def test_nobody_compares_with_a_draft_that_they_do_not_see(begin: Begin, people: People) -> None:
    hers = bringing.open_draft(
        people("mallory"), Side.BUYER, [Brought("秘密.txt", ["秘密条款".encode()])]
    )
    mine = begin()
    jobs.read_waiting(quickly)

    asked = {"a": f"d{hers.pk}", "b": f"d{mine.pk}"}
    page = signed_in(people("anna")).get(f"/readings/{mine.pk}/compare/", asked).content.decode()

    assert "您看得到的" in page
    assert "秘密" not in page
