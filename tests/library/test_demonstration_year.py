"""The demonstration year: routine around the stories. It is what the tool writes, it is plausible, and no story is lost."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from lvyue.core.evaluation import Evaluation, evaluate
from lvyue.core.facts import Fact, read_line
from lvyue.core.findings import Finding
from lvyue.core.instalments import Instalment, PaymentState
from lvyue.core.money import Money
from lvyue.core.obligation import Verdict
from lvyue.core.settlement import settle
from lvyue.core.strays import strays
from lvyue.library import loader
from lvyue.library.calendar_files import default_calendar

SECURITY = "security-support-2026"
DIGITAL = "digital-operations-2026"
GOVERNMENT = "government-cloud-2026"
VIDEO = "video-conference-2022"
LEASE = "cloud-lease-2025"
ALL = (LEASE, DIGITAL, GOVERNMENT, SECURITY, VIDEO)

TOP = Path(__file__).resolve().parents[2]
TOOL = TOP / "tools" / "make_year.py"
FOLDER = TOP / "src" / "lvyue" / "library" / "demonstration"
NOVEMBER = date(2026, 11, 21)


def lines(contract: str) -> list[bytes]:
    return (FOLDER / f"{contract}.jsonl").read_bytes().splitlines(keepends=True)


def is_routine(raw: bytes) -> bool:
    return str(json.loads(raw)["id"]).startswith("demo-y")


@cache
def facts(contract: str, *, by_hand: bool = False) -> tuple[Fact, ...]:
    told = [raw for raw in lines(contract) if not (by_hand and is_routine(raw))]
    read = [read_line(raw, place, contract) for place, raw in enumerate(told)]
    assert all(isinstance(fact, Fact) for fact in read), read
    return tuple(fact for fact in read if isinstance(fact, Fact))


@cache
def year(contract: str, as_of: date = NOVEMBER, *, by_hand: bool = False) -> Evaluation:
    known = facts(contract, by_hand=by_hand)
    return evaluate(loader.load(contract), known, default_calendar(), as_of)


def findings(contract: str, term: str, as_of: date = NOVEMBER) -> list[Finding]:
    return [one for one in year(contract, as_of).findings if one.term == term]


def instalment(contract: str, number: int, as_of: date = NOVEMBER) -> Instalment:
    known = settle(year(contract, as_of)).instalments
    return next(one for one in known if one.term.instalment == number)


@pytest.fixture
def tool() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("make_year", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_year"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["make_year"]


# ── the tool ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_files_are_what_the_tool_writes() -> None:
    """演示年度由工具生成，没有手改"""
    done = subprocess.run(
        [sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False
    )  # fmt: skip

    assert done.stdout.strip() == "the year is up to date", done.stderr
    assert done.returncode == 0


def test_another_process_with_another_hash_seed_writes_the_same_bytes(tool: ModuleType) -> None:
    command = f"import sys; sys.path.insert(0, {str(TOOL.parent)!r}); import make_year, hashlib; "
    command += "print(hashlib.sha256(b''.join(make_year.files().values())).hexdigest())"
    said = {
        subprocess.run(
            [sys.executable, "-c", command],
            capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip

    assert len(said) == 1
    assert tool.files() == tool.files()


def test_a_routine_fact_changed_by_hand_is_named_and_mended(
    tool: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(FOLDER, tmp_path / "logs")
    monkeypatch.setattr(tool, "FOLDER", tmp_path / "logs")
    spoilt = tmp_path / "logs" / f"{VIDEO}.jsonl"
    right = spoilt.read_bytes()
    at = next(raw for raw in lines(VIDEO) if is_routine(raw))
    spoilt.write_bytes(right.replace(at, b"", 1))

    monkeypatch.setattr(sys, "argv", ["make_year.py", "--check"])
    assert tool.main() == 1
    assert f"differ: {VIDEO}.jsonl" in capsys.readouterr().out

    monkeypatch.setattr(sys, "argv", ["make_year.py"])
    assert tool.main() == 0
    assert spoilt.read_bytes() == right


def test_what_was_written_by_hand_keeps_its_bytes_and_its_order(tool: ModuleType) -> None:
    by_hand = [
        b'{"id":"demo-001",   "kind":"contract.effective","at":"2026-02-09"}\n',
        b'{"id": "demo-002", "kind": "scan.completed", "at": "2026-03-09"}\n',
        b'{"id": "demo-003", "kind": "scan.completed", "at": "2026-02-20"}\n',
    ]
    diary = tool.Diary("x", date(2026, 2, 1), date(2026, 4, 1), date(2026, 4, 1))
    for day in (date(2026, 3, 9), date(2026, 2, 21), date(2026, 4, 2)):
        diary.put(day, "duty.performed", term="t")

    log = tool.merged(by_hand, diary.entries).splitlines(keepends=True)

    assert [raw for raw in log if not is_routine(raw)] == by_hand
    assert [json.loads(raw)["id"] for raw in log] == [
        *("demo-001", "demo-y0001", "demo-002", "demo-003", "demo-y0002"),
    ]


# ── a year that looks lived ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("contract", ALL)
def test_a_year_is_some_hundred_facts_in_the_order_of_recording(contract: str) -> None:
    routine = [fact for fact in facts(contract) if fact.id.startswith("demo-y")]
    written = [_written(fact) for fact in routine]

    assert 150 <= len(facts(contract)) <= 600
    assert written == sorted(written)
    numbers = [int(fact.id.removeprefix("demo-y")) for fact in routine]
    assert numbers == [*range(1, len(routine) + 1)]
    assert all(after.index > before.index for before, after in pairwise(facts(contract)))


def _written(fact: Fact) -> date:
    """The day a fact can be written down: an interval when it is over, anything else when it happens."""
    until = fact.data.get("until")
    return datetime.fromisoformat(until).date() if until else fact.day


@pytest.mark.parametrize("contract", ALL)
def test_nothing_lies_ahead_of_the_week_in_which_the_stories_end(contract: str) -> None:
    assert max(fact.day for fact in facts(contract)) <= date(2026, 11, 20)


@pytest.mark.parametrize("contract", ALL)
def test_no_fact_names_what_the_contract_does_not_have(contract: str) -> None:
    assert strays(loader.load(contract), year(contract).book) == ()


@pytest.mark.parametrize("contract", ALL)
def test_every_ticket_has_a_name_of_its_own(contract: str) -> None:
    opened = Counter(fact.subject for fact in facts(contract) if fact.kind == "ticket.opened")

    assert len(opened) >= 10
    assert set(opened.values()) == {1}


@pytest.mark.parametrize("contract", ALL)
def test_routine_gives_life_to_terms_that_the_stories_leave_asleep(contract: str) -> None:
    def asleep(*, by_hand: bool) -> set[str]:
        found = year(contract, by_hand=by_hand).findings
        return {one.term for one in found if one.verdict is Verdict.NOT_TRIGGERED}

    assert asleep(by_hand=False) < asleep(by_hand=True)
    assert len(asleep(by_hand=True) - asleep(by_hand=False)) >= 18


#: What is missed on 21 November 2026. A year in which all is met would show nothing, one full of red nothing either.
MISSED = {
    SECURITY: {"hazard-rectified", "on-site-bans", "post-security-officer"},
    DIGITAL: {"client-reply", "fix-and-retest"},
    GOVERNMENT: {"resident-engineer", "written-request-reply"},
    VIDEO: {
        *("archive-rounds", "completeness-inspection", "completeness-repair", "drills"),
        *("duty-log-daily", "inspection-monthly", "inspection-weekly", "maintenance-rounds"),
        *("post-daily-engineer", "post-total", "round-days-most", "weekly-report"),
    },
    LEASE: {
        *("acceptance-after-end", "kpi-14", "kpi-3", "kpi-7", "notice-disconnection"),
        *("row-10-antivirus", "second-payment"),
    },
}


@pytest.mark.parametrize("contract", ALL)
def test_a_few_terms_are_missed_and_most_of_what_can_be_judged_is_met(contract: str) -> None:
    found = year(contract).findings
    count = Counter(one.verdict for one in found)

    assert {one.term for one in found if one.verdict is Verdict.MISSED} == MISSED[contract]
    assert count[Verdict.LATE] >= 4
    assert count[Verdict.MET] > 4 * (count[Verdict.MISSED] + count[Verdict.LATE])


# ── the stories ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_tail_is_graded_and_invoiced_and_not_yet_paid() -> None:
    """main 5.1、5.2: 良好，商定 96%，尾款发票已收"""
    tail = instalment(SECURITY, 2)

    assert tail.state is PaymentState.DUE
    assert settle(year(SECURITY)).payable == Money.yuan("482560")


def test_a_blank_period_leaves_the_trainings_open_however_many_there_are() -> None:
    """main 2.3: 服务期限空白，“每年两次”无从落位"""
    for term in ("training-twice-a-year", "year-end-summary", "year-end-handover"):
        assert {one.verdict for one in findings(SECURITY, term)} == {Verdict.NOT_DECIDABLE}, term


def test_findings_of_the_supplier_itself_are_judged_from_the_day_a_time_was_agreed() -> None:
    """main 8.5: “及时”整改，4 月商定 5 个工作日"""
    found = Counter(one.verdict for one in findings(SECURITY, "finding-fix"))

    assert found[Verdict.NOT_DECIDABLE] >= 1
    assert found[Verdict.LATE] == 1
    assert found[Verdict.MET] >= 8


def test_the_government_tail_is_not_decidable() -> None:
    """main 5.1: 考核与价款的办法空白"""
    assert instalment(GOVERNMENT, 2).state is PaymentState.NOT_DECIDABLE
    assert settle(year(GOVERNMENT)).payable is None


def test_275_logs_are_owed_and_each_is_accounted_for() -> None:
    """附件1 一 3.2: 每日一份值守日志"""
    found = Counter(one.verdict for one in findings(VIDEO, "duty-log-daily"))

    assert found == {Verdict.MET: 262, Verdict.LATE: 9, Verdict.MISSED: 4}


def test_interest_grows_day_by_day_until_the_second_part_is_paid() -> None:
    """第五章/二: 首期分两次付；欠 259,000 元，自 2022-07-18 起每日万分之三"""
    first, paid = date(2022, 7, 18), date(2022, 9, 6)
    days = [first + n * timedelta(days=1) for n in range((paid - first).days + 10)]
    owed = [sum(one.figure.money.fen for one in settle(year(VIDEO, day)).interest) for day in days]

    borne = (paid - first).days
    assert owed[: borne + 1] == [n * Money.yuan("77.70").fen for n in range(borne + 1)]
    assert set(owed[borne:]) == {Money.yuan("3885").fen}


def test_silence_is_waited_for_and_then_counts_as_acceptance() -> None:
    """第四条/一/3: 2026-01-05 签收，10 个工作日不答复，次日起视为验收通过"""
    waiting, (deemed,) = date(2026, 1, 19), findings(LEASE, "silence-is-consent")
    (before,) = findings(LEASE, "silence-is-consent", waiting)

    assert before.verdict is Verdict.NOT_DUE
    assert instalment(LEASE, 2, waiting).state is PaymentState.NOT_TRIGGERED
    assert deemed.verdict is Verdict.MET
    assert instalment(LEASE, 2, date(2026, 1, 22)).state is PaymentState.DUE


def test_availability_is_met_because_every_minute_was_watched() -> None:
    """第一条/一/(三)/5/(4): 156 天内最多中断 224.64 分钟"""
    (found,) = findings(LEASE, "availability-service")
    watched = [fact for fact in facts(LEASE) if fact.kind == "monitoring.covered"]

    assert found.verdict is Verdict.MET
    assert "中断合计 158 分钟" in found.because
    assert [fact.data["until"] for fact in watched[:-1]] == [
        fact.at.isoformat() for fact in watched[1:]
    ]


def test_a_scan_that_left_four_hosts_out_is_the_one_that_is_missing() -> None:
    """指标 3: 扫全才计数"""
    found = Counter(one.verdict for one in findings(LEASE, "kpi-3"))

    assert found == {Verdict.MET: 3, Verdict.MISSED: 1}
