"""Files of facts and what was loaded: ids that nobody occupies, sides as they were, misgivings, and whose upload it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client, override_settings

from lvyue.accounts.actions import appoint, dismiss
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Appointment
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import seat_of, sides_of
from lvyue.contracts.actions import AmendmentText
from lvyue.contracts.choices import AmendmentKind
from lvyue.core.doubts import Refused
from lvyue.core.facts import FactId
from lvyue.core.terms import Party
from lvyue.evidence import queries as evidence
from lvyue.evidence.actions import LineState, import_facts
from lvyue.obligations.actions import amending
from lvyue.obligations.actions.recording import (
    Denied,
    Unanswered,
    attach_file,
    bring_facts,
    import_upload,
    preview_upload,
    record_fact,
    withdraw_fact,
)
from lvyue.obligations.drafting import Draft
from lvyue.obligations.logbook import RecordedBy, Sought, fact_page
from lvyue.obligations.queries import forget
from lvyue.obligations.supplement import amendment_sheet
from lvyue.settlements import actions as statements
from tests.conftest import Person
from tests.contracts.cast import demonstrated

CONTRACT = "security-support-2026"
TODAY = date(2026, 11, 21)

Sit = Callable[[str], Seat]


@pytest.fixture(autouse=True)
def _a_day_and_a_vault_of_its_own(tmp_path: Path) -> Iterator[None]:
    forget()
    with time_machine.travel("2026-11-21T10:00:00+08:00"), override_settings(HOME=tmp_path):
        yield
    forget()


@pytest.fixture
def sit(person: Person) -> Sit:
    demonstrated(CONTRACT)
    return lambda role: seat_of(person(role, CONTRACT), CONTRACT)


def draft(kind: str, identity: str, at: str = "2026-11-20", **more: Any) -> Draft:
    subject, files = more.pop("subject", None), tuple(more.pop("evidence", ()))
    return Draft(FactId(identity), kind, date.fromisoformat(at), subject, more, files)


def ticket(identity: str, at: str = "2026-11-20", subject: str = "工单-新") -> Draft:
    return draft("ticket.opened", identity, at, subject=subject, **{"class": "incident"})


def brought(by: Seat, *drafts: Draft) -> Any:
    lines = b"".join(one.line + b"\n" for one in drafts)
    return bring_facts(CONTRACT, "工单.jsonl", [lines], by=by)


def loaded(*drafts: Draft) -> None:
    import_facts(CONTRACT, [one.line for one in drafts], by="管理员", source="装入.jsonl")


# ── ids ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_ids_of_the_platform_are_no_ids_of_a_file(sit: Sit) -> None:
    by = sit("buyer")
    taken = [ticket("s-7"), ticket("statement-1-disputed"), ticket("f-1"), ticket("sf-1")]
    kept = brought(by, *taken)

    table = preview_upload(CONTRACT, kept, by=by)

    assert [row.state for row in table.rows] == [LineState.BAD] * 3 + [LineState.NEW]
    assert all("由平台使用" in row.doubts[0].says for row in table.rows[:3])
    with pytest.raises(Refused, match="由平台使用"):
        import_upload(CONTRACT, kept, by=by)
    loaded(*taken)  # the operator's files are what they are


def test_a_dispute_takes_the_next_id_where_its_own_is_taken(sit: Sit) -> None:
    statements.issue(TODAY, by=sit("buyer"))
    loaded(ticket("statement-1-disputed"), ticket("statement-1-disputed-2"))

    row = statements.dispute(1, "数额不对", by=sit("supplier_manager"))

    assert row.steps.get(act="dispute").fact == "statement-1-disputed-3"
    found = evidence.entry(CONTRACT, "statement-1-disputed-3")
    assert found is not None
    assert found.kind == "dispute.raised"


def test_a_signed_amendment_takes_the_next_id_where_its_own_is_taken(sit: Sit) -> None:
    text = AmendmentText(
        title="商定时限",
        reason="商定",
        paper="补充协议一",
        effective=date(2026, 3, 1),
        payload={"parameter": "sudden-event-report", "value": "120"},
    )
    row = amending.draft(AmendmentKind.PARAMETER, text, by=sit("buyer"))
    loaded(ticket(f"s-{row.pk}"))
    row = amending.propose(row.number, row.version, by=sit("buyer"), sign_too=True)

    supposed = amendment_sheet(row, sit("supplier_manager"), TODAY, TODAY)
    signed = amending.sign(row.number, row.version, by=sit("supplier_manager"))

    assert supposed.effect is not None
    assert signed.fact == f"s-{row.pk}-2"
    found = evidence.entry(CONTRACT, signed.fact)
    assert found is not None
    assert found.kind == "parameter.agreed"


# ── sides ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fact_stays_with_the_side_for_which_it_was_recorded(sit: Sit, person: Person) -> None:
    """换边之后，从前登记的仍是原来一方的。"""
    record_fact(CONTRACT, ticket("f-old"), by=sit("buyer"))
    mover = person("buyer", CONTRACT)
    with time_machine.travel("2026-11-21T11:00:00+08:00"):
        dismiss(Appointment.objects.get(account=mover, until=None), by="管理员", reason="换岗")
        appoint(mover, CONTRACT, ContractRole.SUPPLIER_MANAGER, by="管理员")
    with time_machine.travel("2026-11-21T12:00:00+08:00"):
        now = seat_of(mover, CONTRACT)
        record_fact(CONTRACT, ticket("f-new"), by=now)
        sides = sides_of(CONTRACT)
        with pytest.raises(Denied, match="由甲方登记，只有甲方可以撤回"):
            withdraw_fact(CONTRACT, "f-old", reason="不利", by=now, on=TODAY)

    assert sides.of(mover.username, datetime(2026, 11, 21, 2, 30, tzinfo=UTC)) is Party.BUYER
    assert sides.of(mover.username, datetime(2026, 11, 21, 4, 0, tzinfo=UTC)) is Party.SUPPLIER
    assert sides.of(mover.username, datetime(2026, 11, 20, tzinfo=UTC)) is None
    by_side = {
        side: {line.view.id for line in fact_page(CONTRACT, Sought(side=side), TODAY).lines}
        for side in RecordedBy
    }
    assert by_side[RecordedBy.BUYER] == {"f-old"}
    assert by_side[RecordedBy.SUPPLIER] == {"f-new"}
    assert not by_side[RecordedBy.OTHERS] & {"f-old", "f-new"}
    assert by_side[RecordedBy.OTHERS]


@pytest.mark.parametrize(
    ("role", "fact", "says"),
    [
        (
            "buyer",
            draft("invoice.received", "op-1", instalment=1, amount_fen=1),
            "由装入它的管理员更正",
        ),
        ("supplier_manager", ticket("op-1"), "由装入它的管理员更正"),
        ("engineer", draft("inspection.done", "op-1", cycle="weekly"), "由装入它的管理员更正"),
        ("supplier_manager", draft("inspection.done", "op-1", cycle="weekly"), ""),
        ("buyer", draft("review.held", "op-1"), ""),
    ],
)
def test_what_was_loaded_only_its_own_side_takes_back(
    sit: Sit, role: str, fact: Draft, says: str
) -> None:
    loaded(fact)

    if says:
        with pytest.raises(Denied, match=says):
            withdraw_fact(CONTRACT, "op-1", reason="不对", by=sit(role), on=TODAY)
        gone = draft("fact.withdrawn", "w", fact="op-1", reason="不对")
        if role != "engineer":
            by = sit(role)
            rows = preview_upload(CONTRACT, brought(by, gone), by=by).rows
            assert says in str(rows[0].doubts[0])
    else:
        assert not withdraw_fact(CONTRACT, "op-1", reason="重复", by=sit(role), on=TODAY).already


# ── misgivings ───────────────────────────────────────────────────────────────────────────────────────────────────


def keys(found: Any) -> list[list[str]]:
    return [[one.key for one in row.misgivings] for row in found.rows]


def test_a_file_is_imported_only_when_its_misgivings_are_accepted(sit: Sit) -> None:
    by = sit("supplier_manager")
    proof = attach_file(CONTRACT, "巡检.pdf", [b"%PDF-1.4 x"], by=by).sha256
    rows = [
        draft("inspection.done", "a", cycle="weekly", evidence=[proof]),
        draft("inspection.done", "b", "2026-11-13", cycle="weekly", evidence=[proof]),
        ticket("c", "2031-01-05"),
        ticket("d", "2019-01-05"),
        ticket("e"),
        ticket("g"),
    ]
    kept = brought(by, *rows)
    before = evidence.checkpoint_at(CONTRACT).size

    table = preview_upload(CONTRACT, kept, by=by)
    found = keys(table)

    assert f"file-{proof[:12]}" in found[1]
    assert "future" in found[2]
    assert {"old", "before"} <= {*found[3]}
    assert "twin" in found[5]
    assert "twin" not in found[4]
    with pytest.raises(Unanswered) as caught:
        import_upload(CONTRACT, kept, by=by)
    accepted = [one.key for one in caught.value.misgivings]
    with pytest.raises(Unanswered):
        import_upload(CONTRACT, kept, by=by, accepted=accepted[1:])
    assert evidence.checkpoint_at(CONTRACT).size == before
    assert import_upload(CONTRACT, kept, by=by, accepted=accepted).added == len(rows)
    assert import_upload(CONTRACT, kept, by=by).ignored == len(rows)


def test_what_was_accepted_of_other_rows_is_not_accepted_of_these(sit: Sit) -> None:
    by = sit("supplier_manager")
    kept = brought(by, ticket("a", "2031-01-05"), ticket("b", subject="工单-二"))
    accepted = [one.key for one in preview_upload(CONTRACT, kept, by=by).misgivings]
    loaded(ticket("z", subject="工单-二"))  # meanwhile

    with pytest.raises(Unanswered) as caught:
        import_upload(CONTRACT, kept, by=by, accepted=accepted)

    assert [one.key.split("-")[0] for one in caught.value.misgivings] == ["twin"]


def test_many_rows_with_one_trouble_are_one_question(sit: Sit) -> None:
    by = sit("supplier_manager")
    rows = [ticket(f"x{at}", "2031-01-05", f"工单-{at}") for at in range(7)]

    table = preview_upload(CONTRACT, brought(by, *rows), by=by)

    future = [one for one in table.misgivings if one.key.startswith("future-")]
    assert len(future) == 1
    assert future[0].says.startswith("第 1、2、3、4、5 等 行，共 7 行；如第 1 行：发生日期")


# ── uploads ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_upload_is_only_for_whoever_brought_it(sit: Sit, person: Person) -> None:
    ours, theirs = sit("buyer"), sit("supplier_manager")
    kept = brought(ours, ticket("a"))

    for act in (preview_upload, import_upload):
        with pytest.raises(Denied, match="别人上传"):
            act(CONTRACT, kept, by=theirs)

    address = f"/contracts/{CONTRACT}/facts/import/{kept.pk}/"
    answers = {}
    for role in ("buyer", "supplier_manager"):
        client = Client()
        client.force_login(person(role, CONTRACT))
        answers[role] = [
            client.get(address).status_code,
            client.get(f"{address}?failed").status_code,
            client.post(f"{address}commit/").status_code,
        ]
    assert answers["supplier_manager"] == [404, 404, 404]
    assert answers["buyer"] == [200, 200, 302]


def test_the_page_of_an_upload_asks_with_ticks(sit: Sit, person: Person) -> None:
    kept = brought(sit("buyer"), ticket("a", "2031-01-05"))
    client = Client()
    client.force_login(person("buyer", CONTRACT))
    address = f"/contracts/{CONTRACT}/facts/import/{kept.pk}/"

    page = client.get(address)
    told = [one.key for one in page.context["table"].misgivings]
    unticked = client.post(f"{address}commit/", follow=True).content.decode()
    nothing = evidence.entry(CONTRACT, "a")
    client.post(f"{address}commit/", {"accepted": told})

    assert all(f'value="{one}"' in page.content.decode() for one in told)
    assert any(one.startswith("future-") for one in told)
    assert "请先逐项确认" in unticked
    assert nothing is None
    assert evidence.entry(CONTRACT, "a") is not None


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", ["9" * 5_000, f"1{',000' * 2_000}", f"-{'9' * 5_000}"])
@pytest.mark.parametrize("column", ["instalment", "amount_fen"])
def test_a_number_of_thousands_of_digits_is_told_and_short(
    sit: Sit, column: str, number: str
) -> None:
    by = sit("buyer")
    text = f'id,kind,at,data.{column}\r\na,payment.made,2026-11-20,"{number}"\r\n'
    kept = bring_facts(CONTRACT, "付款.csv", [text.encode()], by=by)

    table = preview_upload(CONTRACT, kept, by=by)

    assert table.bad == 1
    says = table.rows[0].doubts[0].says
    assert "不是整数" in says
    assert len(says) < 200
