"""为什么不能办这一步：除了权限，也说那样东西现在的状态，和按钮用的是同一个函数。"""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from django.test import Client

from lvyue import clock
from lvyue.accounts.models import Account
from lvyue.accounts.permissions import Right, Seat
from lvyue.cli.main import main
from lvyue.confidentiality import actions, queries
from lvyue.confidentiality.actions import Consent
from lvyue.confidentiality.reach import LIVES, Explained, Thing, ThingKind, explained, steps_of
from lvyue.contracts.actions import AmendmentText
from lvyue.contracts.choices import AmendmentKind
from lvyue.contracts.queries import amendment
from lvyue.obligations.actions.amending import draft
from lvyue.settlements.refusals import KINDS, act_on
from tests.confidentiality.conftest import LEASE, SECURITY, Desk, TakeSeat

PAPER = Consent("机管函〔2026〕12 号", clock.today())
CLOSED = "对外提供第1号的状态是“甲方不同意”，不能这样做。"


@pytest.fixture
def closed(desk: Desk, seat: TakeSeat) -> None:
    """A request that the buyer refused."""
    actions.apply(desk.application(), by=seat("supplier_manager"))
    actions.refuse(1, "用途与本合同无关", by=seat("buyer"))


def why(seat: Seat, kind: ThingKind, number: str, step: str, by: Seat | None = None) -> Explained:
    act = act_on(seat, Thing(kind, number), step, seen_by=by or seat)
    assert act is not None
    return explained(seat, act.right, to=(by or seat).username, act=act)


# ── the state of a thing ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("closed")
def test_who_has_the_right_is_told_of_the_state(seat: TakeSeat) -> None:
    buyer = seat("buyer")

    found = why(buyer, ThingKind.DISCLOSURE, "1", "consent")

    assert (found.asked, found.ruling.reason) == ("书面同意：对外提供第1号", CLOSED)
    assert [(one.rule.name, one.passed) for one in found.tried] == [
        *(("seated", True), ("token", True), ("role", True)),
        ("state", False),
    ]
    row = queries.disclosure(SECURITY, 1)
    assert row is not None
    assert found.ruling == queries.may_take(row, "consent", buyer)


def test_who_may_now_is_told_so(desk: Desk, seat: TakeSeat) -> None:
    actions.apply(desk.application(), by=seat("supplier_manager"))

    found = why(seat("buyer"), ThingKind.DISCLOSURE, "1", "consent")

    assert found.ruling
    assert all(one.passed for one in found.tried)


def test_who_took_the_other_step_is_told_of_it(desk: Desk, seat: TakeSeat) -> None:
    buyer = seat("buyer")
    actions.apply(desk.application(), by=buyer)

    found = why(buyer, ThingKind.DISCLOSURE, "1", "consent")

    assert found.ruling.rule == "apart"
    assert "请系统管理员任命" in found.ruling.reason


@pytest.mark.usefixtures("closed")
def test_who_lacks_the_right_is_told_that_first(seat: TakeSeat) -> None:
    found = why(seat("engineer"), ThingKind.DISCLOSURE, "1", "consent")

    assert found.ruling.rule == "role"
    assert "您是乙方工程师" in found.ruling.reason


@pytest.mark.usefixtures("closed")
def test_of_somebody_else_the_rules_speak_as_of_another(seat: TakeSeat) -> None:
    found = why(seat("engineer"), ThingKind.DISCLOSURE, "1", "consent", by=seat("buyer"))

    assert "此人是乙方工程师" in found.ruling.reason


def test_every_step_of_people_can_be_asked_about() -> None:
    assert tuple(kind for kind in ThingKind if kind in LIVES) == KINDS
    assert set(steps_of(ThingKind.DISCLOSURE)) == {"consent", "refuse", "withdraw", "revoke"}
    assert set(steps_of(ThingKind.LETTER)) == {"issue", "dispatch", "withdraw"}
    assert not steps_of(ThingKind.CONTRACT)


# ── what one may not see ─────────────────────────────────────────────────────────────────────────────────────────


def drafted(by: Seat) -> int:
    words = AmendmentText("终止确认", "核对", "测试-1", clock.today(), {})
    return draft(AmendmentKind.TOGETHER, words, by=by).number


@pytest.mark.usefixtures("desk")
def test_the_draft_of_the_other_side_is_not_there(seat: TakeSeat) -> None:
    buyer, manager = seat("buyer"), seat("supplier_manager")
    thing = Thing(ThingKind.AMENDMENT, str(drafted(buyer)))

    assert act_on(buyer, thing, "propose", seen_by=manager) is None
    assert act_on(manager, thing, "propose", seen_by=manager) is None
    mine = why(buyer, ThingKind.AMENDMENT, thing.id, "confirm")
    theirs = why(manager, ThingKind.AMENDMENT, thing.id, "propose", by=buyer)

    row = amendment(SECURITY, int(thing.id))
    assert row is not None
    assert mine.ruling.reason == f"{row.name}的状态是“{row.get_state_display()}”，不能这样做。"
    assert theirs.ruling.rule == "own_draft"


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(
    ("kind", "number", "step"),
    [
        (ThingKind.DISCLOSURE, "2", "consent"),
        (ThingKind.DISCLOSURE, "", "consent"),
        (ThingKind.DISCLOSURE, "１", "consent"),
        (ThingKind.DISCLOSURE, "1", "apply"),
        (ThingKind.DISCLOSURE, "1", "forged"),
        (ThingKind.STATEMENT, "1", "confirm"),
        (ThingKind.LETTER, "1", "issue"),
        (ThingKind.CONTRACT, "", "confirm"),
    ],
)
def test_what_is_not_there_has_no_step(
    seat: TakeSeat, kind: ThingKind, number: str, step: str
) -> None:
    buyer = seat("buyer")

    assert act_on(buyer, Thing(kind, number), step, seen_by=buyer) is None


@pytest.mark.usefixtures("closed")
def test_on_another_contract_there_is_no_such_thing(seat: TakeSeat) -> None:
    elsewhere, thing = seat("buyer", LEASE), Thing(ThingKind.DISCLOSURE, "1")

    assert act_on(elsewhere, thing, "consent", seen_by=elsewhere) is None


# ── page, interface, command ─────────────────────────────────────────────────────────────────────────────────────


def signed_in(seat: Seat) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=seat.username))
    return client


@pytest.mark.usefixtures("closed")
def test_the_page_and_the_interface_say_the_same(seat: TakeSeat) -> None:
    buyer = seat("buyer")
    client, asked = signed_in(buyer), {"of": "disclosure", "id": "1", "step": "consent"}

    page = client.get(
        f"/contracts/{SECURITY}/why/",
        {"person": buyer.username, "step": "disclosure:consent", "number": "1"},
    )
    told = client.get(f"/api/v1/contracts/{SECURITY}/why", asked)

    assert CLOSED in page.content.decode()
    assert told.json()["ruling"]["reason"] == CLOSED
    assert told.json()["tried"][-1]["rule"]["name"] == "state"


@pytest.mark.usefixtures("closed")
def test_what_is_not_asked_well_is_told(seat: TakeSeat) -> None:
    buyer = seat("buyer")
    client, page = signed_in(buyer), f"/contracts/{SECURITY}/why/"
    api = f"/api/v1/contracts/{SECURITY}/why"
    here = {"person": buyer.username}

    missing = client.get(page, {**here, "step": "disclosure:consent"}).content.decode()
    unknown = client.get(page, {**here, "step": "disclosure:consent", "number": "9"})

    assert "请写那样东西的编号" in missing
    assert "这份合同没有这个编号" in unknown.content.decode()
    assert client.get(api).status_code == 422
    both = {"right": "sign", "of": "disclosure", "id": "1", "step": "consent"}
    assert client.get(api, both).status_code == 422
    assert client.get(api, {"of": "disclosure", "id": "9", "step": "consent"}).status_code == 404
    stranger = signed_in(seat("auditor", LEASE))
    assert stranger.get(api, {"of": "disclosure", "id": "1", "step": "consent"}).status_code == 404


@pytest.mark.usefixtures("closed")
def test_the_command_says_it_as_well(seat: TakeSeat) -> None:
    name = seat("buyer").username

    def may(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["may", name, *words])
        return done.exit_code, done.output

    told = json.loads(may("consent", SECURITY, "--on", "disclosure:1", "--json")[1])
    assert told["ruling"]["reason"].replace("此人", "您") == CLOSED
    assert CLOSED in may("consent", SECURITY, "--on", "disclosure:1")[1]
    for on, step, says in (
        ("disclosure:9", "consent", "没有编号为“9”的对外提供"),
        ("disclosure:1", "forged", "没有“forged”这一步"),
        ("dragon:1", "consent", "不是“种类:编号”"),
    ):
        status, output = may(step, SECURITY, "--on", on)
        assert (status, says in output) == (2, True), output


def test_rights_are_still_asked_about_as_such(desk: Desk, seat: TakeSeat) -> None:
    found = explained(seat("engineer"), Right.SIGN, to="somebody-else")

    assert desk.report
    assert found.ruling.rule == "role"
    assert {one.rule.name for one in found.tried} == {"seated", "token", "role"}
