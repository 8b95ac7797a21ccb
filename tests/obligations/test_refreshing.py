"""快照: a copy that is replaced whole, is the same however often it is made, and is never believed when it is behind."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from lvyue import clock
from lvyue.cli.refresh import refresh_once
from lvyue.contracts.actions import register_release
from lvyue.core.calendar import SHANGHAI
from lvyue.core.facts import KINDS
from lvyue.core.obligation import Verdict
from lvyue.core.statement import state
from lvyue.evidence.actions import import_facts, open_log
from lvyue.evidence.files import read_facts
from lvyue.library.calendar_files import default_calendar
from lvyue.library.loader import load, text_of
from lvyue.obligations.actions import refreshing
from lvyue.obligations.actions.refreshing import (
    catch_up,
    check,
    refresh,
    refresh_all,
    refresh_stale,
)
from lvyue.obligations.agenda import Turn, agenda_of
from lvyue.obligations.marks import MARKS
from lvyue.obligations.models import Obligation, Snapshot
from lvyue.obligations.packing import packed, unpacked
from lvyue.obligations.queries import (
    UnknownContract,
    behind,
    contract_page,
    open_obligations,
    snapshots,
    standing,
    statement_of,
)
from tests.evidence.guards import let_transactional_tests_empty_the_log

SECURITY = "security-support-2026"
CLOUD = "cloud-lease-2025"
VIDEO = "video-conference-2022"
NOON = datetime(2026, 11, 21, 10, tzinfo=SHANGHAI)
TODAY = NOON.date()


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(scope="session", autouse=True)
def _guards() -> None:
    let_transactional_tests_empty_the_log()


def recorded(contract_id: str, number: int = 1) -> None:
    """One more fact in the log of a contract, past every action that would refresh."""
    line = {
        "id": f"test-{number}",
        "kind": "ticket.opened",
        "at": "2026-11-20T10:00:00+08:00",
        "subject": f"测试工单-{number}",
        "data": {"class": "incident"},
    }
    assert "ticket.opened" in KINDS
    text = json.dumps(line, ensure_ascii=False).encode()
    import_facts(contract_id, [text + b"\n"], by="测试", source="test.jsonl")


def late(*contract_ids: str) -> QuerySet[Any]:
    """The contracts (of these) whose rows are behind."""
    found = standing().filter(pk__in=contract_ids) if contract_ids else standing()
    return behind(found, clock.today())


def kept(contract_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Every column of the rows of a contract but for their numbers and their time."""
    snapshot = dict(Snapshot.objects.filter(pk=contract_id).values().get().items())
    rows = Obligation.objects.filter(contract_id=contract_id).order_by("id").values()
    return (
        {name: value for name, value in snapshot.items() if name != "computed_at"},
        [{name: value for name, value in row.items() if name != "id"} for row in rows],
    )


# ── what the rows say ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("demonstration")
def test_a_snapshot_repeats_the_card_and_its_columns() -> None:
    refresh_all()
    cards = {card.id: card for card in contract_page(TODAY).cards}

    for row in snapshots():
        assert row.card is not None
        card = unpacked(row.card)
        assert card == cards[row.pk]
        assert unpacked(json.loads(json.dumps(packed(card)))) == card
        assert row.price_fen == card.purse.price.fen
        assert row.payable_fen == (None if card.purse.payable is None else card.purse.payable.fen)
        numbers = {count.mark: count.number for count in card.counts}
        assert [getattr(row, mark.key) for mark in MARKS] == [numbers.get(m, 0) for m in MARKS]
        assert check(row.pk) == ()


@pytest.mark.usefixtures("demonstration")
def test_every_open_dated_occurrence_is_a_row() -> None:
    refresh(CLOUD)
    refresh(VIDEO)

    for contract_id in (CLOUD, VIDEO):
        wanted = sorted(
            (one.term, one.occurrence, one.due_day)
            for one in statement_of(contract_id, TODAY).evaluation.findings
            if one.due_day is not None
            and one.verdict in (Verdict.NOT_DUE, Verdict.MISSED, Verdict.SUSPENDED)
        )
        rows = open_obligations().filter(contract_id=contract_id).exclude(kind="staff.counted")
        assert sorted(rows.values_list("term", "occurrence", "due")) == wanted


@pytest.mark.usefixtures("demonstration")
def test_of_many_missed_rounds_the_latest_stands_for_all() -> None:
    """附件1 三: 值班日志逐日"""
    turns = agenda_of(statement_of(VIDEO, TODAY))

    logs = [turn for turn in turns if turn.term == "duty-log-daily"]
    leading = [turn for turn in logs if turn.leads]
    assert len(leading) == 1
    assert leading[0].others == len(logs) - 1
    assert leading[0].due == max(turn.due for turn in logs)


def shortages(*present: int) -> list[tuple[str, str, date]]:
    """What is to be done after counts of one post on the first days of March."""
    lines = "".join(
        f'{{"id": "n{day}", "kind": "staff.counted", "at": "2026-03-0{day}", '
        f'"data": {{"post": "驻场工程师", "present": {number}}}}}\n'
        for day, number in enumerate(present, start=1)
    )
    prefix = read_facts(BytesIO(lines.encode()))
    statement = state(
        load("government-cloud-2026"),
        prefix.facts,
        default_calendar(),
        date(2026, 3, 20),
        size=prefix.size,
        root=prefix.root,
    )
    return [
        (turn.kind, turn.subject, turn.due)
        for turn in agenda_of(statement)
        if turn.kind == "staff.counted"
    ]


def test_a_post_that_is_short_of_people_is_to_do_until_it_is_counted_again() -> None:
    """在岗人数没有期限：缺员自点到之日起待办，补足后消失"""
    assert shortages(2) == []
    assert shortages(2, 0) == [("staff.counted", "", date(2026, 3, 2))]
    assert shortages(0, 0) == [("staff.counted", "", date(2026, 3, 2))]
    assert shortages(0, 2) == []


@pytest.mark.usefixtures("demonstration")
def test_a_row_names_the_fact_that_would_settle_it() -> None:
    """7.2.15: 整改完成；5.2②: 付款"""
    turns: dict[str, Turn] = {turn.term: turn for turn in agenda_of(statement_of(SECURITY, TODAY))}

    hazard, tail = turns["hazard-rectified"], turns["second-payment"]
    assert hazard.kind == "hazard.rectified"
    assert hazard.subject == hazard.occurrence
    assert (tail.kind, tail.subject) == ("payment.made", "")
    assert {role.value for role in tail.roles} == {"buyer"}


def test_a_contract_without_a_release_is_kept_as_unreadable(db: None) -> None:  # noqa: ARG001
    register_release("broken", "坏了的合同", "{}", "0" * 64, by="测试", demonstration=False)

    refresh("broken")

    row = snapshots().get(pk="broken")
    assert row.card is None
    assert row.broken
    assert check("broken") == ()


def test_a_contract_that_nobody_registered_cannot_be_refreshed(db: None) -> None:  # noqa: ARG001
    with pytest.raises(UnknownContract):
        refresh("forged")


# ── again, at once, and killed ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("demonstration")
def test_refreshing_again_changes_nothing() -> None:
    refresh(CLOUD)
    before = kept(CLOUD)

    refresh(CLOUD)

    assert kept(CLOUD) == before
    assert refresh_stale(among=standing().filter(pk=CLOUD).values("pk")) == 0


@pytest.mark.usefixtures("demonstration")
def test_an_interrupted_refresh_leaves_the_old_rows_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(CLOUD)
    before = kept(CLOUD)
    recorded(CLOUD)

    def killed(rows: list[Obligation]) -> None:
        assert not Obligation.objects.filter(contract_id=CLOUD).exists(), "nothing was replaced yet"
        raise KeyboardInterrupt(len(rows))

    monkeypatch.setattr(refreshing, "_insert", killed)
    with pytest.raises(KeyboardInterrupt):
        refresh(CLOUD)

    assert kept(CLOUD) == before
    assert [*late(CLOUD)]


@pytest.mark.usefixtures("demonstration")
def test_what_knows_less_never_replaces_what_knows_more(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = refreshing._reckoned(refreshing._present(CLOUD))  # noqa: SLF001  reckoned before the fact came
    recorded(CLOUD)
    refresh(CLOUD)
    after = kept(CLOUD)
    monkeypatch.setattr(refreshing, "_reckoned", lambda _: slow)

    refresh(CLOUD)

    assert kept(CLOUD) == after
    assert not late(CLOUD).exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("demonstration_committed")
def test_two_at_once_leave_one_whole_set_of_rows() -> None:
    start, wrong = threading.Barrier(4), list[BaseException]()

    def work() -> None:
        try:
            start.wait()
            for _ in range(3):
                refresh(CLOUD)
        except BaseException as error:  # noqa: BLE001  whatever it is, the test must hear of it
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert check(CLOUD) == ()


@pytest.fixture
def demonstration_committed(transactional_db: None) -> None:  # noqa: ARG001  threads read what is committed
    from lvyue.cli.demo import load_contracts  # noqa: PLC0415  not before Django is set up

    for _ in load_contracts():
        pass


# ── behind ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("demonstration")
def test_rows_are_behind_when_the_log_the_release_or_the_calendar_has_moved_on() -> None:
    refresh_all()
    assert not late().exists()

    recorded(CLOUD)
    Snapshot.objects.filter(pk=SECURITY).update(calendar="0" * 64)
    Snapshot.objects.filter(pk=VIDEO).update(release="0" * 64)

    assert {row.pk for row in late()} == {CLOUD, SECURITY, VIDEO}
    assert check(CLOUD) == ("依据已变，待更新",)


@pytest.mark.usefixtures("demonstration")
def test_a_page_catches_up_with_so_many_and_names_the_rest() -> None:
    refresh_all()
    recorded(CLOUD)
    recorded(SECURITY)

    left = catch_up(standing().values("pk"), limit=1)

    assert left == {SECURITY}
    assert check(CLOUD) == ()
    assert catch_up(standing().values("pk"), limit=1) == frozenset()


@pytest.mark.usefixtures("demonstration")
def test_a_new_day_makes_rows_old_but_not_untrue() -> None:
    refresh_all()

    with time_machine.travel(datetime(2026, 11, 22, 0, 5, tzinfo=SHANGHAI), tick=False):
        assert not late().exists()
        assert refresh_stale(limit=2) == 2
        refresh_once(threading.Event())
        assert {row.as_of for row in snapshots()} == {date(2026, 11, 22)}


@pytest.mark.usefixtures("demonstration")
def test_rows_are_behind_on_the_day_a_supplement_comes_into_force() -> None:
    """The log and the register are as they were; only the day has come."""
    body = json.loads(text_of(CLOUD)) | {"title": "补充协议之后"}
    text = json.dumps(body, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    later = date(2026, 11, 25)
    register_release(
        CLOUD, "云租用", text, digest, by="测试", demonstration=True, effective_from=later
    )
    refresh(CLOUD)
    assert not late(CLOUD).exists()

    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=SHANGHAI), tick=False):
        assert not late(CLOUD).exists()
    with time_machine.travel(datetime(2026, 11, 25, 0, 1, tzinfo=SHANGHAI), tick=False):
        assert late(CLOUD).exists()
        refresh(CLOUD)
        assert not late(CLOUD).exists()


@pytest.mark.usefixtures("demonstration")
def test_one_that_cannot_be_judged_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    judged = statement_of

    def faulty(contract_id: str, as_of: date) -> Any:
        if contract_id == CLOUD:
            raise ZeroDivisionError
        return judged(contract_id, as_of)

    monkeypatch.setattr(refreshing, "statement_of", faulty)

    assert refresh_stale() == standing().count() - 1
    assert [row.pk for row in late()] == [CLOUD]
    assert "快照没有更新" in caplog.text


@pytest.mark.usefixtures("demonstration")
def test_a_changed_row_is_found_out() -> None:
    refresh(CLOUD)
    Snapshot.objects.filter(pk=CLOUD).update(paid_fen=1)
    Obligation.objects.filter(contract_id=CLOUD, term="second-payment").update(fen=1)

    assert check(CLOUD) == ("已付（分）", "到期的义务")


@pytest.mark.usefixtures("demonstration")
def test_asking_who_is_behind_is_one_question(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    refresh_all()

    with django_assert_num_queries(1):
        assert catch_up(standing().values("pk"), limit=5) == frozenset()


def test_an_empty_log_is_no_reason_to_be_behind(db: None) -> None:  # noqa: ARG001
    register_release("broken", "坏了的合同", "{}", "0" * 64, by="测试", demonstration=False)
    refresh("broken")
    assert not late().exists()

    open_log("broken", by="测试")

    assert not late().exists()
