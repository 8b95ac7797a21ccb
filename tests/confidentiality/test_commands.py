"""`lvyue may`, `lvyue who`, `lvyue disclosures`: the same answers as on the pages, and what goes wrong with status 2."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lvyue.accounts.permissions import Right, may
from lvyue.cli.main import main
from lvyue.confidentiality import actions
from lvyue.contracts.actions import AmendmentText
from lvyue.contracts.choices import AmendmentKind
from lvyue.obligations.actions.amending import draft
from tests.confidentiality.conftest import LEASE, SECURITY, Desk, TakeSeat
from tests.confidentiality.test_desk import PAPER


def lvyue(*words: str) -> Result:
    return CliRunner().invoke(main, [*words])


def answered(*words: str) -> Any:
    done = lvyue(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.usefixtures("desk")
def test_may_says_what_the_rules_say(seat: TakeSeat) -> None:
    engineer = seat("engineer")

    told = answered("may", engineer.username, "sign", SECURITY)
    words = lvyue("may", engineer.username, "SIGN", SECURITY).output
    fact = answered("may", engineer.username, "record", SECURITY, "--kind", "payment.made")

    assert told["ruling"]["allowed"] is bool(may(engineer, Right.SIGN)) is False
    assert "✗ 角色有这项权限" in words
    assert "可以由甲方项目负责人、乙方项目经理办理" in words
    assert fact["ruling"]["rule"] == "whose_fact"
    assert "没有任职" in lvyue("may", engineer.username, "see", LEASE).output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("may", "nobody", "sign", SECURITY), "没有登录名为“nobody”的账号"),
        (("may", "engineer-1", "dragon", SECURITY), "没有“dragon”这项权限"),
        (("may", "engineer-1", "record", SECURITY, "--kind", "x.y"), "没有“x.y”这种事实"),
        (("who", "forged"), "没有编号为“forged”的合同"),
        (("who", SECURITY, "dragon", "1"), "没有“dragon”这种东西"),
        (("who", SECURITY, "disclosure", "9"), "没有这样东西"),
        (("who", SECURITY, "file", "0" * 64), "没有这样东西"),
        (("disclosures", "forged"), "没有编号为“forged”的合同"),
    ],
)
def test_what_is_not_there_is_told_with_status_two(
    desk: Desk, seat: TakeSeat, words: tuple[str, ...], says: str
) -> None:
    assert desk.report
    seat("engineer")

    done = lvyue(*words)

    assert (done.exit_code, says in done.stderr) == (2, True), done.output


def test_who_sees_a_thing_and_who_does_not(desk: Desk, seat: TakeSeat) -> None:
    buyer, manager = seat("buyer"), seat("supplier_manager")
    row = draft(AmendmentKind.TOGETHER, AmendmentText("终止确认"), by=buyer)

    contract = answered("who", SECURITY)
    file = lvyue("who", SECURITY, "file", desk.report).output
    amendment = answered("who", SECURITY, "amendment", str(row.number))

    assert {one["username"] for one in contract["seers"]} == {buyer.username, manager.username}
    assert "第三季度扫描报告.pdf" in file
    sees = {one["username"]: one["ruling"]["allowed"] for one in amendment["seers"]}
    assert sees == {buyer.username: True, manager.username: False}
    assert lvyue("who", LEASE, "file", desk.report).exit_code == 2


def test_the_register_of_what_was_given_is_of_one_contract(desk: Desk, seat: TakeSeat) -> None:
    manager = seat("supplier_manager")
    actions.apply(desk.application(contact="某人 13900001111"), by=manager)
    actions.consent(1, PAPER, by=seat("buyer"))
    secret = actions.make_link(1, by=manager).secret
    package = actions.take(secret, address="203.0.113.7")
    assert package is not None
    package.stream.close()

    (row,) = answered("disclosures", SECURITY)["results"]
    words = lvyue("disclosures", SECURITY).output

    assert (row["number"], row["state"], row["taken"], row["paper"]) == (1, "given", 1, PAPER.paper)
    assert "取走 1 次" in words
    assert "13900001111" not in words + json.dumps(row)
    assert secret not in words
    assert answered("disclosures", LEASE)["results"] == []
