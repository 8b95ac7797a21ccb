"""People and what they are on a contract: what can be done, and what is refused with which sentence."""

from __future__ import annotations

import pytest

from lvyue.accounts.actions import (
    Hashed,
    appoint,
    change_password,
    close_demonstration,
    create_account,
    dismiss,
    register_organisation,
    rename_account,
    set_password,
    switch_off,
    switch_on,
)
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account, AuditEntry
from lvyue.accounts.queries import (
    AuditFilter,
    account,
    administration_trail,
    appointments,
    appointments_of,
    audit_page,
    audit_trail,
    contracts_of,
    people,
    seat_of,
)
from lvyue.core.doubts import Refused
from tests.conftest import Person

PASSWORD = "一个够长的测试用的密码吧"  # noqa: S105  of tests


def latest(act: str) -> AuditEntry:
    entry = audit_trail().first()
    assert entry is not None
    assert entry.act == act
    return entry


def demonstration_administrator() -> Account:
    return create_account(
        "demo-admin", "演示管理员", Hashed("!"), by="测试", administrator=True, demonstration=True
    )


# ── appointments ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_acts_for_both_sides(person: Person) -> None:
    buyer = person("buyer", "first")

    with pytest.raises(Refused, match="另一方"):
        appoint(buyer, "first", ContractRole.ENGINEER, by="测试")

    appoint(buyer, "second", ContractRole.ENGINEER, by="测试")
    assert contracts_of(buyer) == ("first", "second")


def test_an_auditor_of_both_sides_may_stand_beside_either(person: Person) -> None:
    buyer = person("buyer", "first")

    appoint(buyer, "first", ContractRole.AUDITOR, by="测试")

    assert seat_of(buyer, "first").zh == "甲方项目负责人、审计"


def test_an_appointment_that_ended_gives_nothing_and_stays_on_record(person: Person) -> None:
    engineer = person("engineer", "first")
    appointment = appointments("first").get()

    dismiss(appointment, by="测试", reason="调离项目")

    assert not seat_of(engineer, "first").roles
    assert appointments_of(engineer).get().until is not None
    entry = latest("dismissed")
    assert (entry.about, entry.reason) == (engineer.username, "调离项目")


def test_dismissing_again_and_appointing_again_change_nothing(person: Person) -> None:
    engineer = person("engineer", "first")
    held = appointments("first").get()

    assert appoint(engineer, "first", ContractRole.ENGINEER, by="测试") == held
    dismiss(held, by="测试", reason="调离项目")
    ended = appointments_of(engineer).get().until
    dismiss(held, by="测试", reason="再点一次")

    assert appointments_of(engineer).get().until == ended
    assert latest("dismissed").reason == "调离项目"


@pytest.mark.parametrize(
    ("reason", "says"), [("", "没有填写理由"), (" \n", "没有填写理由"), ("长" * 5001, "5001 个字")]
)
def test_a_dismissal_asks_for_a_reason(person: Person, reason: str, says: str) -> None:
    person("engineer", "first")

    with pytest.raises(Refused, match=says):
        dismiss(appointments("first").get(), by="测试", reason=reason)

    assert appointments("first").count() == 1


def test_five_thousand_characters_of_reason_are_kept(person: Person) -> None:
    person("engineer", "first")

    dismiss(appointments("first").get(), by="测试", reason="长" * 4999 + "😀")

    assert latest("dismissed").reason.endswith("😀")


def test_an_administrator_appoints_others_and_not_themselves(
    person: Person, administrator: Account
) -> None:
    engineer = person("engineer")

    appoint(engineer, "first", ContractRole.ENGINEER, by=administrator)
    with pytest.raises(Refused, match="不能任命自己"):
        appoint(administrator, "first", ContractRole.AUDITOR, by=administrator)

    assert latest("appointed").roles == "系统管理员"
    assert contracts_of(administrator) == ()


def test_whoever_is_switched_off_is_not_appointed(person: Person, administrator: Account) -> None:
    engineer = person("engineer")
    switch_off(engineer, by=administrator, reason="离职")

    with pytest.raises(Refused, match="账号已停用"):
        appoint(engineer, "first", ContractRole.ENGINEER, by=administrator)


@pytest.mark.parametrize("role", ["buyer", "supplier_manager", "engineer", "auditor"])
def test_who_is_no_administrator_changes_nothing(person: Person, role: str) -> None:
    """Everything that an administrator may do, tried by somebody who is none."""
    somebody, other = person(role, "first"), person("using_department", "first")
    before = audit_trail().count()

    for act in (
        lambda: create_account("new", "新人", PASSWORD, by=somebody),
        lambda: register_organisation("new", "新单位", by=somebody),
        lambda: rename_account(other, "别名", None, by=somebody),
        lambda: set_password(other, PASSWORD, by=somebody),
        lambda: switch_off(other, by=somebody, reason="不喜欢"),
        lambda: switch_on(other, by=somebody, reason="喜欢"),
        lambda: appoint(somebody, "second", ContractRole.AUDITOR, by=somebody),
        lambda: dismiss(appointments_of(other).get(), by=somebody, reason="不喜欢"),
    ):
        with pytest.raises(Refused, match="由系统管理员办理；您不是系统管理员"):
            act()

    assert audit_trail().count() == before


# ── accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_account_is_created_with_an_organisation_and_audited(administrator: Account) -> None:
    office = register_organisation("office", "某中心", by=administrator)

    made = create_account(
        " ＺＨＡＯ.Yi ", "赵\t一 ", PASSWORD, by=administrator, organisation=office
    )

    assert (made.username, made.name, str(made.organisation)) == ("zhao.yi", "赵 一", "某中心")
    assert made.check_password(PASSWORD)
    entry = latest("account.created")
    assert (entry.who, entry.about) == (administrator.username, "zhao.yi")
    assert PASSWORD not in str(entry.after)


@pytest.mark.parametrize(
    ("username", "name", "password", "says"),
    [
        ("", "某人", PASSWORD, "不能作登录名"),
        ("赵一", "某人", PASSWORD, "不能作登录名"),
        (".zhao", "某人", PASSWORD, "不能作登录名"),
        ("a" * 81, "某人", PASSWORD, "不能作登录名"),
        ("zhao", " \x00 ", PASSWORD, "没有填写"),
        ("zhao", "某" * 81, PASSWORD, "最多 80 个"),
        ("zhao", "某人", "短", "太短"),
        ("zhao", "某人", "12345678", "请另取一个"),
        ("zhaozhao", "某人", "zhaozhao", "请另取一个"),
    ],
)
def test_a_bad_account_is_refused_with_the_remedy(
    administrator: Account, username: str, name: str, password: str, says: str
) -> None:
    with pytest.raises(Refused, match=says):
        create_account(username, name, password, by=administrator)

    assert people().people == (administrator,)


def test_a_name_is_taken_once(administrator: Account) -> None:
    create_account("zhao", "赵一", PASSWORD, by=administrator)

    with pytest.raises(Refused, match=r"已经有人使用：赵一，.* 建立"):
        create_account("ZHAO", "赵二", PASSWORD, by=administrator)

    assert account("zhao") is not None
    assert latest("account.created").about == "zhao"


def test_renaming_keeps_the_name_to_sign_in_with(person: Person, administrator: Account) -> None:
    engineer = person("engineer")
    office = register_organisation("office", "某中心", by=administrator)

    for _ in range(2):
        rename_account(
            engineer, "改名之后", office, by=administrator, reason="原来写错", same_person=True
        )

    entry = latest("account.renamed")
    assert entry.after == {"name": "改名之后", "organisation": "office"}
    assert audit_trail().filter(act="account.renamed").count() == 1


def test_an_organisation_is_corrected_under_its_id(administrator: Account) -> None:
    register_organisation("office", "某中芯", by=administrator)
    register_organisation("office", "某中心", by=administrator)
    register_organisation("office", "某中心", by=administrator)

    entry = latest("organisation.registered")
    assert (entry.before, entry.after) == ({"name": "某中芯"}, {"name": "某中心"})
    assert audit_trail().filter(act="organisation.registered").count() == 2
    with pytest.raises(Refused, match="不能作编号"):
        register_organisation("某中心", "某中心", by=administrator)


def test_the_last_administrator_stays(administrator: Account) -> None:
    other = create_account("other", "另一位", PASSWORD, by="测试", administrator=True)

    with pytest.raises(Refused, match="不能停用自己"):
        switch_off(administrator, by=administrator, reason="试试")
    switch_off(other, by=administrator, reason="离职")
    with pytest.raises(Refused, match="最后一位"):
        switch_off(administrator, by="命令行", reason="试试")

    administrator.refresh_from_db()
    assert administrator.is_active


def test_switching_off_and_on_is_audited_once_each(person: Person, administrator: Account) -> None:
    engineer = person("engineer", "first")

    switch_off(engineer, by=administrator, reason="离职")
    switch_off(engineer, by=administrator, reason="再点一次")
    switch_on(engineer, by=administrator, reason="回来了")

    acts = audit_trail().filter(about=engineer.username, act__startswith="account.switched")
    assert [(one.act, one.reason) for one in acts] == [
        ("account.switched_on", "回来了"),
        ("account.switched_off", "离职"),
    ]
    assert contracts_of(engineer) == ("first",)


def test_one_changes_ones_own_password_knowing_the_old_one(person: Person) -> None:
    engineer = person("engineer")

    with pytest.raises(Refused, match="原密码不对"):
        change_password(engineer, "wrong", PASSWORD, address="")
    change_password(engineer, "a-long-test-password", PASSWORD, address="")

    engineer.refresh_from_db()
    assert engineer.check_password(PASSWORD)


# ── the demonstration beside real people ─────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_the_first_real_administrator_ends_the_demonstration() -> None:
    """Its passwords are published: whoever reads the sign-in page could otherwise keep the accounts of real people."""
    demo = demonstration_administrator()
    other = create_account("demo-buyer", "演示甲方", Hashed("!"), by=demo)
    assert other.demonstration

    create_account("real", "正式管理员", PASSWORD, by="命令行", administrator=True)

    active = [one.username for one in people().people if one.is_active]
    assert active == ["real"]
    reasons = audit_trail().filter(act="account.switched_off").values_list("reason", flat=True)
    assert set(reasons) == {"已有正式的系统管理员；演示账号的密码是公开的。"}
    assert close_demonstration(by="命令行") == 0


def test_an_administrator_of_the_demonstration_touches_no_real_account(person: Person) -> None:
    demo, engineer = demonstration_administrator(), person("engineer", "first")

    for act in (
        lambda: set_password(engineer, PASSWORD, by=demo),
        lambda: switch_off(engineer, by=demo, reason="试试"),
        lambda: appoint(engineer, "second", ContractRole.ENGINEER, by=demo),
        lambda: dismiss(appointments_of(engineer).get(), by=demo, reason="试试"),
    ):
        with pytest.raises(Refused, match="只能管理演示的单位和账号"):
            act()


@pytest.mark.django_db
def test_a_made_up_person_is_never_appointed_to_a_real_contract() -> None:
    demo = demonstration_administrator()
    other = create_account("demo-buyer", "演示甲方", Hashed("!"), by=demo)

    appoint(other, "first", ContractRole.BUYER, by=demo, demonstration=True)
    with pytest.raises(Refused, match="只能任职于演示合同"):
        appoint(other, "second", ContractRole.BUYER, by="命令行", demonstration=False)

    assert contracts_of(other) == ("first",)


@pytest.mark.django_db
def test_the_published_password_of_the_demonstration_stays() -> None:
    demo = demonstration_administrator()
    demo.set_password("lvyue-demo")
    demo.save()

    with pytest.raises(Refused, match="不能修改"):
        change_password(demo, "lvyue-demo", PASSWORD, address="")


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_people_are_found_and_turned_over_page_by_page(person: Person) -> None:
    for role in ("auditor", "buyer", "engineer"):
        person(role, "first")

    first = people(at_once=2)
    rest = people(after=first.after, at_once=2)

    assert [one.username for one in first.people] == ["auditor-1", "buyer-1"]
    assert ([one.username for one in rest.people], rest.after) == (["engineer-1"], "")
    assert [one.username for one in people("ENGIN").people] == ["engineer-1"]


def test_the_audit_trail_is_filtered_and_turned_over(
    person: Person, administrator: Account
) -> None:
    engineer = person("engineer", "first")
    switch_off(engineer, by=administrator, reason="离职")

    whole = audit_page(audit_trail(), AuditFilter(), at_once=2)
    behind = audit_page(audit_trail(), AuditFilter(before=whole.before))
    by_her = audit_page(audit_trail(), AuditFilter(who=administrator.username))

    assert [row.act for row in whole.rows] == ["停用账号", "任命"]
    assert {row.act for row in behind.rows} == {"建立账号"}
    assert [row.reason for row in by_her.rows] == ["离职"]
    assert [change.after for row in whole.rows[1:] for change in row.changes] == ["乙方工程师"]


def test_administrators_read_what_is_done_to_people_and_nothing_of_a_contract(
    person: Person,
) -> None:
    from lvyue.accounts.actions import audit  # noqa: PLC0415  only here

    engineer = person("engineer", "first")
    audit("fact.recorded", by=seat_of(engineer, "first"), contract_id="first", about="ticket-1")

    acts = {entry.act for entry in administration_trail()}

    assert acts == {"account.created", "appointed"}
    assert {entry.act for entry in audit_trail("first")} == {"appointed", "fact.recorded"}
