"""`lvyue people`, `lvyue audit`: invitations, leaving, a closed door, a lost second factor, and who was what when."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result
from django.test import Client

from lvyue import clock
from lvyue.accounts.actions import sign_in_failed
from lvyue.accounts.models import Account, Invitation
from lvyue.accounts.queries import (
    FAILURES_OF_BOTH,
    audit_trail,
    contracts_of,
    factors_of,
    locked_until,
)
from lvyue.cli.main import main
from tests.accounts.test_second_factor import enrolled
from tests.conftest import Person

pytestmark = pytest.mark.usefixtures("contracts")

TODAY = clock.today().isoformat()


def lvyue(*words: str) -> Result:
    return CliRunner().invoke(main, [*words])


# ── invitations ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_somebody_is_invited_by_a_path_that_works(client: Client) -> None:
    words = ("people", "invite", "赵一", "--offer", "second:buyer", "--by", "机房王工")
    made = json.loads(lvyue(*words, "--json").stdout)
    plain = lvyue("people", "invite", "钱二")

    assert client.get(made["path"], follow=True).status_code == 200
    assert "只显示这一次" in plain.output
    assert made["path"].strip("/").split("/")[-1] not in str([*Invitation.objects.values()])
    assert audit_trail().filter(who="命令行：机房王工").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("赵一", "--organisation", "none"), "没有编号为“none”的单位"),
        (("赵一", "--offer", "second:dragon"), "不是“合同:角色”"),
        (("赵一", "--offer", "second"), "不是“合同:角色”"),
        (("赵一", "--offer", "forged:buyer"), "没有编号为“forged”的合同"),
        (("", "--offer", "second:buyer"), "姓名"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(words: tuple[str, ...], says: str) -> None:
    done = lvyue("people", "invite", *words)

    assert (done.exit_code, says in done.stderr) == (2, True), done.output
    assert not Invitation.objects.exists()


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_leaves_leaves_nothing_open(person: Person) -> None:
    buyer = person("buyer", "first")

    done = lvyue("people", "leave", buyer.username, "--reason", "调离", "--by", "机房王工")

    assert done.exit_code == 0, done.output
    assert "离任收据第" in done.output
    buyer.refresh_from_db()
    assert not buyer.is_active
    assert contracts_of(buyer) == ()
    entry = audit_trail().filter(act="account.left").get()
    assert (entry.who, entry.reason) == ("命令行：机房王工", "调离")


def test_leaving_needs_a_person_and_a_reason(person: Person) -> None:
    buyer = person("buyer", "first")

    unknown = lvyue("people", "leave", "nobody", "--reason", "调离")
    silent = lvyue("people", "leave", buyer.username)
    blank = lvyue("people", "leave", buyer.username, "--reason", " ")

    assert "没有登录名为“nobody”的账号" in unknown.stderr
    assert [one.exit_code for one in (unknown, silent, blank)] == [2, 2, 2]
    buyer.refresh_from_db()
    assert buyer.is_active


# ── the door ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_door_that_wrong_passwords_closed_is_opened(person: Person) -> None:
    buyer = person("buyer", "first")
    for _ in range(FAILURES_OF_BOTH):
        sign_in_failed(buyer.username, address="203.0.113.7")
    assert locked_until(buyer.username, "203.0.113.7", clock.now())

    opened, again = (lvyue("people", "unlock", buyer.username) for _ in range(2))

    assert "可以再登录了" in opened.output
    assert "没有被暂停" in again.output
    assert locked_until(buyer.username, "203.0.113.7", clock.now()) is None
    assert lvyue("people", "unlock", "nobody").exit_code == 2


def test_the_last_administrator_comes_back_without_the_second_factor(
    administrator: Account,
) -> None:
    enrolled(administrator)

    silent = lvyue("people", "reset-second-factor", administrator.username)
    unknown = lvyue("people", "reset-second-factor", "nobody", "--reason", "手机丢了")
    assert factors_of(administrator)
    words = ("--reason", "手机丢了", "--by", "机房王工")
    done = lvyue("people", "reset-second-factor", administrator.username, *words)

    assert (silent.exit_code, unknown.exit_code, done.exit_code) == (2, 2, 0)
    assert "两步验证已重设" in done.output
    assert not factors_of(administrator)
    assert audit_trail().filter(who="命令行：机房王工", reason="手机丢了").exists()


# ── who was what ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_was_what_on_a_day_is_told_by_contract_and_by_person(person: Person) -> None:
    buyer = person("buyer", "first")

    contract = lvyue("audit", "standing", "--contract", "first", "--on", TODAY)
    words = ("audit", "standing", "--person", buyer.username, "--on", TODAY)
    of_person, whole = lvyue(*words), json.loads(lvyue(*words, "--json").stdout)

    assert f"甲方项目负责人  {buyer.name}（{buyer.username}）" in contract.output
    assert "可以：" in of_person.output
    assert [one["role"] for one in whole["roles"]] == ["buyer"]
    assert lvyue("audit", "standing", "--contract", "first", "--on", "2020-01-01").output == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--on", TODAY), "二者之一"),
        (("--contract", "first", "--person", "zhao", "--on", TODAY), "二者之一"),
        (("--person", "nobody", "--on", TODAY), "没有登录名为“nobody”的账号"),
        (("--contract", "first", "--on", "3月3日"), "不是日期"),
        (("--contract", "first", "--on", TODAY, "--until", "2020-01-01"), "请把起止日期对调"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(words: tuple[str, ...], says: str) -> None:
    done = lvyue("audit", "standing", *words)

    assert (done.exit_code, says in done.stderr) == (2, True), done.output
