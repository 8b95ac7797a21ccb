"""对外提供：事先书面同意，逐次，逐个文件；没有同意，什么也出不去（*:7.2.17，保密协议 2.2(1)）。"""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from lvyue import clock
from lvyue.accounts.actions import appoint, register_organisation, rename_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.queries import Account, audit_trail, seat_of
from lvyue.confidentiality import actions, queries
from lvyue.confidentiality.actions import Application, Consent
from lvyue.confidentiality.models import Disclosure, DisclosureLink
from lvyue.core.doubts import Refused
from lvyue.evidence.vault import path_of
from lvyue.notices.models import Message
from lvyue.obligations.actions.recording import attach_file
from tests.confidentiality.conftest import LEASE, SECURITY, Desk, TakeSeat
from tests.conftest import Person

PAPER = Consent("机管函〔2026〕12 号", clock.today())


def places(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {doubt.places[0] for doubt in refused.value.doubts}


def taken(secret: str) -> bytes:
    package = actions.take(secret, address="203.0.113.7", agent="curl")
    assert package is not None
    with package.stream as stream:
        return stream.read()


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_buyers_lead_is_told_of_a_request(desk: Desk, seat: TakeSeat) -> None:
    buyer = seat("buyer")

    row = actions.apply(desk.application(), by=seat("supplier_manager"))

    assert (row.number, row.state, row.side) == (1, "applied", "supplier")
    assert "保密协议 2.2(1)" in row.basis
    assert Message.objects.filter(account__username=buyer.username, topic="disclosure").count() == 1
    assert audit_trail(SECURITY).filter(act="disclosure.applied", about=row.name).exists()


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("role", ["buyer", "supplier_manager"])
def test_the_form_names_the_clauses_to_either_side(role: str, person: Person) -> None:
    """The buyer is not bound by them, but the paper is not silent either."""
    client = Client()
    client.force_login(person(role, SECURITY))

    page = client.get(f"/contracts/{SECURITY}/disclosures/new/").content.decode()

    assert "保密协议 2.2(1)" in page
    assert "合同没有写" not in page


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"recipient": ""}, "接收方"),
        ({"recipient": "各有关单位"}, "接收方"),
        ({"recipient": "甲" * 201}, "接收方"),
        ({"purpose": "全部资料"}, "用途"),
        ({"purpose": " \n"}, "用途"),
        ({"purpose": "核" * 5001}, "用途"),
        ({"files": ()}, "提供的文件"),
        ({"files": ("0" * 64,)}, "提供的文件"),
        ({"files": tuple(f"{number:064x}" for number in range(51))}, "提供的文件"),
        ({"until": clock.today() - timedelta(days=1)}, "期限"),
        ({"until": clock.today() + timedelta(days=5000)}, "期限"),
    ],
)
def test_what_is_open_or_missing_is_refused_with_its_place(
    desk: Desk, seat: TakeSeat, changed: dict[str, object], place: str
) -> None:
    with pytest.raises(Refused) as refused:
        actions.apply(desk.application(**changed), by=seat("supplier_manager"))

    assert place in places(refused)
    assert not Disclosure.objects.exists()


@pytest.mark.usefixtures("desk")
def test_everything_that_is_wrong_is_told_at_once(seat: TakeSeat) -> None:
    bad = Application("各单位", "所有资料", (), clock.today() - timedelta(days=1))

    with pytest.raises(Refused) as refused:
        actions.apply(bad, by=seat("supplier_manager"))

    assert places(refused) == {"接收方", "用途", "提供的文件", "期限"}


def test_a_file_of_another_contract_is_none_of_this_one(desk: Desk, seat: TakeSeat) -> None:
    """REG-10: 别家合同的文件，连有没有也不说。"""
    with pytest.raises(Refused) as refused:
        actions.apply(desk.application(files=(desk.elsewhere,)), by=seat("supplier_manager"))
    with pytest.raises(Refused) as unknown:
        actions.apply(desk.application(files=("e" * 64,)), by=seat("supplier_manager"))

    told = [str(one).replace(desk.elsewhere[:12], "…") for one in refused.value.doubts]
    assert told == [str(one).replace("e" * 12, "…") for one in unknown.value.doubts]


@pytest.mark.parametrize("role", ["engineer", "auditor", "supervisor", "assessor", "key_manager"])
def test_who_may_not_ask_does_not(desk: Desk, seat: TakeSeat, role: str) -> None:
    with pytest.raises(Refused, match="不能申请对外提供"):
        actions.apply(desk.application(), by=seat(role))


# ── answering ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["using_department", "supplier_manager", "auditor", "assessor"])
def test_only_the_buyers_lead_consents(desk: Desk, seat: TakeSeat, role: str) -> None:
    """OBL-06: 使用部门的同意不是甲方的同意。"""
    actions.apply(desk.application(), by=seat("supplier_manager"))

    with pytest.raises(Refused, match="可以由甲方项目负责人、甲方对外提供同意人办理"):
        actions.consent(1, PAPER, by=seat(role))


def test_nobody_consents_to_what_they_asked_for(desk: Desk, seat: TakeSeat) -> None:
    buyer = seat("buyer")
    actions.apply(desk.application(), by=buyer)

    with pytest.raises(Refused, match="另一个人"):
        actions.consent(1, PAPER, by=buyer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Disclosure.objects.update(
            state="consented", paper="x", consent_by=buyer.username, consent_at=clock.now()
        )


# ── a buyer with one lead ────────────────────────────────────────────────────────────────────────────────────────


def in_house(seat: Seat, organisation: str) -> Seat:
    house = register_organisation(organisation, f"测试{organisation}", by="测试")
    rename_account(
        Account.objects.get(username=seat.username),
        seat.name,
        house,
        by="测试",
        reason="登记单位",
    )
    return seat


def test_a_lone_lead_is_told_whom_to_appoint(desk: Desk, seat: TakeSeat) -> None:
    buyer = seat("buyer")
    actions.apply(desk.application(), by=buyer)

    with pytest.raises(Refused, match="请系统管理员任命甲方本单位的另一个人为甲方对外提供同意人"):
        actions.consent(1, PAPER, by=buyer)


def test_whom_the_buyer_appointed_consents_to_what_its_lead_asked_for(
    desk: Desk, seat: TakeSeat
) -> None:
    buyer = in_house(seat("buyer"), "data-centre")
    consenter = in_house(seat("consenter"), "data-centre")
    row = actions.apply(desk.application(), by=buyer)

    assert Message.objects.filter(account__username=consenter.username, topic="disclosure").exists()
    with pytest.raises(Refused, match=f"可以由{consenter.name}办理"):
        actions.consent(1, PAPER, by=buyer)
    row = actions.consent(1, PAPER, by=consenter)

    assert (row.state, row.consent_by) == ("consented", consenter.username)
    assert actions.make_link(1, by=buyer).secret


def test_who_is_appointed_to_consent_does_nothing_else(desk: Desk, seat: TakeSeat) -> None:
    """7.2.17: 只能同意、不同意和收回；不能申请，不能登记，不能签署。"""
    consenter = seat("consenter")

    with pytest.raises(Refused, match="不能申请对外提供"):
        actions.apply(desk.application(), by=consenter)
    assert not any(
        may(consenter, right) for right in (Right.RECORD, Right.SIGN, Right.PROPOSE, Right.REVEAL)
    )


@pytest.mark.parametrize("house", ["", "another-house"])
def test_a_consenter_of_another_house_does_not_speak_for_the_buyer(
    desk: Desk, seat: TakeSeat, house: str
) -> None:
    """民法典 170：换了单位，就不能再代表甲方同意。"""
    in_house(seat("buyer"), "data-centre")
    consenter = seat("consenter")
    if house:
        in_house(consenter, house)
    actions.apply(desk.application(), by=seat("supplier_manager"))

    with pytest.raises(Refused, match="不在同一个单位"):
        actions.refuse(1, "理由", by=consenter)
    with pytest.raises(Refused, match="不在同一个单位"):
        actions.consent(1, PAPER, by=consenter)
    assert consenter.username not in {one.username for one in queries.consenting(SECURITY)}


def test_who_asked_as_another_role_cannot_consent_either(desk: Desk, seat: TakeSeat) -> None:
    """4.3.1: 申请与批准分开的是人，不是角色。"""
    buyer = in_house(seat("buyer"), "data-centre")
    department = in_house(seat("using_department"), "data-centre")
    account = Account.objects.get(username=department.username)
    appoint(account, SECURITY, ContractRole.CONSENTER, by="测试")
    both = seat_of(account, SECURITY)
    actions.apply(desk.application(), by=both)

    with pytest.raises(Refused, match=f"可以由{buyer.name}办理"):
        actions.consent(1, PAPER, by=both)


def test_the_supplier_is_not_appointed_to_consent_for_the_buyer(desk: Desk, seat: TakeSeat) -> None:
    manager = Account.objects.get(username=seat("supplier_manager").username)

    with pytest.raises(Refused, match="不能同时代表另一方"):
        appoint(manager, SECURITY, ContractRole.CONSENTER, by="测试")
    assert desk.report


def test_a_consenter_brings_the_paper_of_the_consent(desk: Desk, seat: TakeSeat) -> None:
    in_house(seat("buyer"), "data-centre")
    consenter = in_house(seat("consenter"), "data-centre")
    actions.apply(desk.application(), by=seat("supplier_manager"))

    paper = attach_file(SECURITY, "同意书.pdf", [b"%PDF-1.4 consent"], by=consenter)

    row = actions.consent(1, Consent("机管函", clock.today(), paper.sha256), by=consenter)
    assert row.paper_sha256 == paper.sha256


@pytest.mark.parametrize(
    ("paper", "place"),
    [
        (Consent("", clock.today()), "同意文书"),
        (Consent("同意提供全部资料", clock.today()), "同意文书"),
        (Consent("机管函", clock.today() + timedelta(days=1)), "同意文书日期"),
        (Consent("机管函", clock.today(), "f" * 64), "同意文书"),
    ],
)
def test_a_consent_is_a_paper_of_a_day_for_named_things(
    desk: Desk, seat: TakeSeat, paper: Consent, place: str
) -> None:
    actions.apply(desk.application(), by=seat("supplier_manager"))

    with pytest.raises(Refused) as refused:
        actions.consent(1, paper, by=seat("buyer"))

    assert places(refused) == {place}


def test_the_other_contract_knows_nothing_of_it(desk: Desk, seat: TakeSeat) -> None:
    actions.apply(desk.application(), by=seat("supplier_manager"))

    assert queries.disclosure(LEASE, 1) is None
    with pytest.raises(Refused, match="没有第 1 号"):
        actions.consent(1, PAPER, by=seat("buyer", LEASE))


# ── giving ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_consent_nothing_leaves(desk: Desk, seat: TakeSeat) -> None:
    actions.apply(desk.application(), by=seat("supplier_manager"))

    with pytest.raises(Refused, match="还没有有效的书面同意"):
        actions.make_link(1, by=seat("supplier_manager"))

    assert not DisclosureLink.objects.exists()


def test_a_link_gives_the_files_once_with_a_cover_and_a_mark(desk: Desk, seat: TakeSeat) -> None:
    manager, buyer = seat("supplier_manager"), seat("buyer")
    actions.apply(desk.application(files=(desk.report, desk.sheet)), by=manager)
    actions.consent(1, PAPER, by=buyer)
    made = actions.make_link(1, by=manager)

    offered = queries.offered(made.secret)
    archive = zipfile.ZipFile(io.BytesIO(taken(made.secret)))

    assert offered is not None
    assert [one.name for one in offered.files] == ["第三季度扫描报告.pdf", "资产清单.xlsx"]
    names = archive.namelist()
    assert all(name.startswith(f"{SECURITY}-提供001-") for name in names)
    assert "仅供某市网络安全测评中心" in names[1]
    assert archive.read(names[1]) == b"%PDF-1.4 report"
    cover = archive.read(names[0]).decode("utf-8-sig")
    assert PAPER.paper in cover
    assert desk.report in cover
    assert actions.take(made.secret, address="203.0.113.8") is None
    assert queries.offered(made.secret) is None
    row = queries.disclosure(SECURITY, 1)
    assert row is not None
    assert row.state == "given"
    assert [one.address for one in queries.handovers_of(row)] == ["203.0.113.7"]
    assert audit_trail(SECURITY).filter(act="disclosure.taken").count() == 1
    assert made.secret not in str([*audit_trail(SECURITY).values()])


def test_two_at_once_take_one_time_once(desk: Desk, seat: TakeSeat) -> None:
    manager = seat("supplier_manager")
    actions.apply(desk.application(), by=manager)
    actions.consent(1, PAPER, by=seat("buyer"))
    made = actions.make_link(1, by=manager)
    found = queries.live_link(made.secret, clock.now())
    assert found is not None

    now = clock.now()
    first = actions._taken(found, now, "a" * 64, address="203.0.113.7", agent="")  # noqa: SLF001  between the look and the count
    second = actions._taken(found, now, "a" * 64, address="203.0.113.8", agent="")  # noqa: SLF001

    assert (first, second) == (True, False)


@pytest.mark.parametrize("end", ["revoke", "expire", "forged"])
def test_a_link_that_works_no_longer_leads_nowhere(desk: Desk, seat: TakeSeat, end: str) -> None:
    manager, buyer = seat("supplier_manager"), seat("buyer")
    actions.apply(desk.application(), by=manager)
    actions.consent(1, PAPER, by=buyer)
    secret = actions.make_link(1, most=3, by=manager).secret
    later = clock.now()
    match end:
        case "revoke":
            actions.revoke(1, "接收方换了人", by=buyer)
        case "expire":
            later = clock.now() + timedelta(days=11)
        case _:
            secret = secret[:-1] + ("a" if secret[-1] != "a" else "b")

    with time_machine.travel(later, tick=False):
        assert queries.offered(secret) is None
        assert actions.take(secret, address="203.0.113.7") is None


def test_a_file_that_was_changed_is_not_given_and_does_not_count(
    desk: Desk, seat: TakeSeat
) -> None:
    manager = seat("supplier_manager")
    actions.apply(desk.application(), by=manager)
    actions.consent(1, PAPER, by=seat("buyer"))
    secret = actions.make_link(1, by=manager).secret
    path_of(desk.report).chmod(0o644)
    path_of(desk.report).write_bytes(b"%PDF-1.4 forged")

    with pytest.raises(Refused, match="不再是登记时的那个文件"):
        actions.take(secret, address="203.0.113.7")

    offered = queries.offered(secret)
    assert offered is not None
    assert offered.left == 1


def test_a_request_that_was_refused_stays_refused(desk: Desk, seat: TakeSeat) -> None:
    manager, buyer = seat("supplier_manager"), seat("buyer")
    actions.apply(desk.application(), by=manager)

    actions.refuse(1, "用途与本合同无关", by=buyer)

    with pytest.raises(Refused, match="不能这样做"):
        actions.consent(1, PAPER, by=buyer)
    with pytest.raises(Refused, match="不能这样做"):
        actions.withdraw(1, "不要了", by=manager)


def test_the_applicants_side_takes_its_request_back_with_a_reason(
    desk: Desk, seat: TakeSeat
) -> None:
    manager = seat("supplier_manager")
    actions.apply(desk.application(), by=manager)

    with pytest.raises(Refused, match="由申请的一方撤回"):
        actions.withdraw(1, "不要了", by=seat("using_department"))
    with pytest.raises(Refused, match="没有填写"):
        actions.withdraw(1, " ", by=manager)

    assert actions.withdraw(1, "改为现场查看", by=manager).state == "withdrawn"
