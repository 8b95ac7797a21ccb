"""`lvyue people`: the first administrator is made here, and what goes wrong is told with status 2."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from lvyue.accounts.models import Account
from lvyue.accounts.queries import account, account_by_token, audit_trail, contracts_of, held_by
from lvyue.cli.main import main

GOOD, OTHER = "一个够长的测试用的密码吧", "另一个够长的测试用的密码"

Run = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("contracts")


@pytest.fixture
def run(db: None) -> Run:  # noqa: ARG001  people are in the database
    def command(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, ["people", *words], input=typed)

    return command


def added(run: Run, username: str = "zhao", *more: str) -> Account:
    done = run("add", username, "赵一", *more, typed=f"{GOOD}\n{GOOD}\n")
    assert done.exit_code == 0, done.output
    found = account(username)
    assert found is not None
    return found


def test_the_first_administrator_is_made_at_the_machine(run: Run) -> None:
    zhao = added(run, "zhao", "--administrator", "--by", "机房王工")

    assert zhao.is_administrator
    assert zhao.check_password(GOOD)
    entry = audit_trail().get(act="account.created")
    assert entry.who == "命令行：机房王工"


def test_a_password_is_typed_twice_and_shown_never(run: Run) -> None:
    done = run("add", "zhao", "赵一", typed=f"{GOOD}\n别的密码别的密码\n")

    assert done.exit_code != 0
    assert GOOD not in done.output
    assert account("zhao") is None


def test_somebody_is_appointed_listed_and_dismissed(run: Run) -> None:
    run("organisation", "office", "某中心")
    zhao = added(run, "zhao", "--organisation", "office")

    assert "甲方项目负责人" in run("appoint", "zhao", "second", "buyer").output
    assert contracts_of(zhao) == ("second",)
    (told,) = json.loads(run("list", "--json").output)
    assert (told["username"], told["organisation"]) == ("zhao", "office")
    assert [held["role"] for held in told["appointments"]] == ["buyer"]
    assert "zhao" in run("list").output

    assert run("dismiss", "zhao", "second", "buyer", "--reason", "换人").exit_code == 0
    assert contracts_of(zhao) == ()
    assert audit_trail().get(act="dismissed").reason == "换人"


def test_a_token_and_a_new_password(run: Run) -> None:
    zhao = added(run)

    secret = run("token", "zhao", "每日导入", "--days", "7").output.strip()
    assert account_by_token(secret) == zhao
    done = run("password", "zhao", typed=f"{OTHER}\n{OTHER}\n")

    assert done.exit_code == 0, done.output
    assert account_by_token(secret) is None
    zhao.refresh_from_db()
    assert zhao.check_password(OTHER)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "zhao", "又一个", "--password", GOOD), "已经有人使用：赵一"),
        (("add", "li", "李二", "--password", "短"), "至少 12 个字符"),
        (("add", "li", "李二", "--organisation", "none", "--password", GOOD), "没有编号为“none”"),
        (("appoint", "nobody", "first", "buyer"), "没有登录名为“nobody”的账号"),
        (("appoint", "zhao", "forged", "buyer"), "没有编号为“forged”的合同"),
        (("dismiss", "zhao", "first", "buyer", "--reason", "换人"), "没有 first 的这项任职"),
        (("token", "zhao", "每日导入", "--days", "0"), "超出范围"),
        (("organisation", "某中心", "某中心"), "不能作编号"),
    ],
)
def test_what_cannot_be_done_is_told_with_status_two(
    run: Run, words: tuple[str, ...], says: str
) -> None:
    added(run)

    done = run(*words)

    assert done.exit_code == 2
    assert says in done.output


def test_a_made_up_person_is_not_appointed_to_a_real_contract(run: Run) -> None:
    zhao = added(run)
    Account.objects.filter(pk=zhao.pk).update(demonstration=True)

    assert run("appoint", "zhao", "first", "buyer").exit_code == 0
    assert "只能任职于演示合同" in run("appoint", "zhao", "second", "buyer").output
    assert contracts_of(zhao) == ("first",)


@pytest.mark.django_db
def test_the_made_up_people_are_loaded_once_and_not_beside_real_ones(run: Run) -> None:
    from lvyue.accounts.queries import demonstration_people, is_administered  # noqa: PLC0415  only here
    from lvyue.cli.demo import load_people  # noqa: PLC0415

    assert "21 个演示账号" in next(load_people())
    assert "没有变化" in next(load_people())
    people = {one.username: one for one in demonstration_people()}
    held = {
        name: {one.contract_id.split("-")[0] for one in held_by(person)}
        for name, person in people.items()
    }
    assert held["buyer0"] == {"security", "digital"}
    assert held["manager0"] == {"security"}  # REG-10: one client, several providers
    assert held["manager1"] == {"digital"}
    assert len(held["auditor"]) == 5
    assert held["admin"] == set()
    assert len({person.password for person in people.values()}) == 1

    added(run, "zhao", "--administrator")

    assert is_administered()
    assert demonstration_people() == ()
    assert "不装入演示人员" in next(load_people())


def test_every_role_may_be_given_from_the_machine() -> None:
    from lvyue.accounts.choices import ContractRole  # noqa: PLC0415  not before Django is set up
    from lvyue.cli.people import ROLES  # noqa: PLC0415

    assert set(ROLES) == set(ContractRole.values)
