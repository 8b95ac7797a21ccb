"""The rows of amendments: what the database itself refuses, and who may do what next."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import audit_trail
from lvyue.contracts.actions import (
    AmendmentText,
    draft_amendment,
    propose_amendment,
    register_release,
    rewrite_amendment,
)
from lvyue.contracts.choices import FINAL, AmendmentKind, AmendmentState
from lvyue.contracts.models import Amendment
from lvyue.contracts.queries import amendment, amendments
from lvyue.contracts.signing import may_edit, may_see, open_steps, waits_for
from lvyue.core.calendar import SHANGHAI
from lvyue.core.doubts import Refused
from lvyue.core.lifecycles import SUPPLEMENT

CONTRACT = "hall-2025"
NOON = datetime(2026, 3, 1, 12, tzinfo=SHANGHAI)

pytestmark = pytest.mark.django_db


def seat(role: ContractRole, name: str = "") -> Seat:
    return Seat(name or role.value, "某人", CONTRACT, frozenset({role}))


BUYER, SUPPLIER = seat(ContractRole.BUYER), seat(ContractRole.SUPPLIER_MANAGER)


@pytest.fixture(autouse=True)
def _contract() -> None:
    register_release(CONTRACT, "会议室", "{}", "0" * 64, by="测试", demonstration=False)


def drafted(**more: Any) -> Amendment:
    told = {"title": "时限", "reason": "没有写", "payload": {"parameter": "x", "value": "1"}}
    return draft_amendment(AmendmentKind.PARAMETER, AmendmentText(**(told | more)), by=BUYER)


def in_force() -> dict[str, Any]:
    """Everything that a row needs to be in force."""
    return {
        "state": AmendmentState.IN_FORCE,
        "effective": date(2026, 3, 1),
        "buyer_by": "buyer",
        "buyer_at": NOON,
        "supplier_by": "supplier",
        "supplier_at": NOON,
        "fact": "s-1",
    }


def put(row: Amendment, **values: Any) -> None:
    with transaction.atomic():
        Amendment.objects.filter(pk=row.pk).update(**values)


# ── what the database refuses ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "lacking",
    [
        {"buyer_at": None},
        {"supplier_at": None},
        {"supplier_by": ""},
        {"supplier_by": "buyer"},
        {"effective": None},
        {"fact": ""},
    ],
    ids=str,
)
def test_nothing_is_in_force_without_both(lacking: dict[str, Any]) -> None:
    row = drafted()

    with pytest.raises(DatabaseError):
        put(row, **(in_force() | lacking))

    put(row, **in_force())


@pytest.mark.parametrize("state", sorted(FINAL))
def test_what_is_settled_is_not_changed_any_more(state: AmendmentState) -> None:
    row = drafted()
    put(row, **(in_force() if state == AmendmentState.IN_FORCE else {"state": state}))

    tried: tuple[dict[str, Any], ...] = (
        {"payload": {}},
        {"state": "drafted"},
        {"title": "别的"},
        {"version": 9},
    )
    for values in tried:
        with pytest.raises(DatabaseError, match="补充协议了结之后不再改动"):
            put(row, **values)


def test_no_amendment_is_deleted_or_written_over() -> None:
    row = drafted()

    with pytest.raises(DatabaseError, match="不接受 DELETE"), transaction.atomic():
        Amendment.objects.filter(pk=row.pk)._raw_delete(using="default")  # noqa: SLF001  as somebody with a console would
    if connection.vendor == "sqlite":
        with pytest.raises(DatabaseError, match="REPLACE"), transaction.atomic():
            connection.cursor().execute(
                "INSERT OR REPLACE INTO contracts_amendment SELECT * FROM contracts_amendment"
            )
    assert amendments(CONTRACT).count() == 1


@pytest.mark.parametrize("values", [{"kind": "dance"}, {"state": "lost"}, {"side": "both"}])
def test_unknown_words_are_refused(values: dict[str, str]) -> None:
    row = drafted()

    with pytest.raises(DatabaseError):
        put(row, **values)


def test_the_guards_are_laid_down() -> None:
    """A later migration that copies the table must lay them down again."""
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'contracts_amendment'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = 'contracts_amendment'::regclass",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sql)
        names = {name for (name,) in cursor.fetchall()}

    assert (
        names
        == {
            "sqlite": {f"contracts_amendment_no_{act}" for act in ("update", "delete", "replace")},
            "postgresql": {
                "contracts_amendment_append_only",
                "contracts_amendment_final_append_only",
            },
        }[connection.vendor]
    )


# ── what the audit trail tells the other side ────────────────────────────────────────────────────────────────────


def test_the_audit_trail_says_nothing_of_a_draft_but_which_one_it_is() -> None:
    row = drafted(title="密一", reason="密二", paper="密三", payload={"value": "密四"})
    text = AmendmentText("密五", "密六", payload={"value": "密七"})
    rewrite_amendment(row.number, 1, text, by=BUYER)

    told = [(one.act, one.about, one.before, one.after) for one in audit_trail(CONTRACT)]
    assert told == [
        ("amendment.edited", "补充协议第1号", {"version": 1}, {"version": 2}),
        ("amendment.drafted", "补充协议第1号", None, {"version": 1}),
    ]
    propose_amendment(row.number, 2, by=BUYER)

    rewrite_amendment(row.number, 2, AmendmentText("明一", "明二"), by=BUYER)

    edited, proposed = [_titles(one.before, one.after) for one in audit_trail(CONTRACT)[:2]]
    assert proposed == ("", "密五")
    assert edited == ("密五", "明一")


def _titles(*written: Any) -> tuple[str, ...]:
    return tuple(one["title"] if one else "" for one in written)


# ── drafting ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_amendments_are_numbered_by_contract_and_a_repeated_draft_is_the_same_one() -> None:
    first, again, other = drafted(), drafted(), drafted(title="别的")

    assert (first.number, again.number, other.number) == (1, 1, 2)
    assert [row.number for row in amendments(CONTRACT)] == [2, 1]
    assert amendment(CONTRACT, 3) is None


def test_text_is_kept_as_people_wrote_it_without_what_nobody_sees() -> None:
    row = drafted(title=" 时\r\n限\x00 ", reason="第一行\r\n第二行 😀 ＡＢＣ", paper="补\t１ ")

    assert (row.title, row.paper) == ("时 限", "补 １")
    assert row.reason == "第一行\n第二行 😀 ＡＢＣ"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"title": "长" * 201}, "名称: 有 201 个字，最多 200 个"),
        ({"paper": "长" * 201}, "文书编号"),
        ({"reason": "长" * 5001}, "理由: 有 5001 个字，最多 5000 个"),
    ],
)
def test_what_is_too_long_is_refused(more: dict[str, str], told: str) -> None:
    with pytest.raises(Refused, match=told):
        drafted(**more)


# ── who may do what next ─────────────────────────────────────────────────────────────────────────────────────────


def allowed(row: Amendment, seat: Seat) -> set[str]:
    return {one.step.name for one in open_steps(row, seat) if one.ruling}


@pytest.mark.parametrize(
    ("state", "signed", "buyer", "supplier", "waits"),
    [
        ("drafted", "", {"propose", "withdraw"}, set(), "等甲方提出"),
        ("proposed", "", {"confirm", "withdraw"}, {"confirm", "refuse"}, "等双方签署"),
        ("confirmed_by_one", "buyer", {"withdraw"}, {"countersign", "refuse"}, "等乙方签署"),
        ("confirmed_by_one", "supplier", {"countersign", "withdraw"}, {"refuse"}, "等甲方签署"),
        ("refused", "", set(), set(), ""),
        ("withdrawn", "", set(), set(), ""),
    ],
)
def test_buttons_follow_the_table_and_the_seat(
    state: str, signed: str, buyer: set[str], supplier: set[str], waits: str
) -> None:
    row = drafted()
    row.state = state
    if signed:
        setattr(row, f"{signed}_at", NOON)
        setattr(row, f"{signed}_by", signed)

    assert allowed(row, BUYER) == buyer
    assert allowed(row, SUPPLIER) == supplier
    assert waits_for(row) == waits
    for one in (*open_steps(row, BUYER), *open_steps(row, SUPPLIER)):
        assert one.ruling or one.ruling.reason
    assert {one.step.name for one in open_steps(row, BUYER)} == {
        step.name for step in SUPPLEMENT.open_steps(state) if step.name != "revise"
    }


def test_only_its_own_side_edits_and_only_until_it_is_settled() -> None:
    row = drafted()

    assert may_edit(row, BUYER)
    assert may_edit(row, seat(ContractRole.BUYER, "colleague"))
    assert "应由甲方办理" in may_edit(row, SUPPLIER).reason
    row.state = AmendmentState.IN_FORCE
    assert "要改请另立一份" in may_edit(row, BUYER).reason


def test_one_person_of_both_sides_signs_for_neither() -> None:
    row = drafted()
    row.state = AmendmentState.PROPOSED
    both = frozenset({ContractRole.BUYER, ContractRole.SUPPLIER_MANAGER})

    assert allowed(row, Seat("both", "某人", CONTRACT, both)) == set()


def test_a_draft_is_its_own_sides_alone() -> None:
    row = drafted()
    others = (SUPPLIER, seat(ContractRole.ENGINEER), seat(ContractRole.AUDITOR))

    assert may_see(row, BUYER)
    assert may_see(row, seat(ContractRole.USING_DEPARTMENT))
    assert not any(may_see(row, one) for one in others)
    row.state = AmendmentState.PROPOSED
    assert all(may_see(row, one) for one in others)
