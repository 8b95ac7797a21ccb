"""`lvyue difference` and `lvyue what-if`: the same answers as the pages, from a facts file, without a database."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lvyue.cli.main import main

SECURITY = "security-support-2026"


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    shipped = resources.files("lvyue.library") / "demonstration" / f"{SECURITY}.jsonl"
    path = tmp_path / "facts.jsonl"
    path.write_bytes(shipped.read_bytes())
    return path


def run(command: str, facts: Path, *options: str) -> Result:
    return CliRunner().invoke(main, [command, SECURITY, "--facts", str(facts), *options])


def test_what_one_day_changed(facts: Path) -> None:
    """main 7.2.15: a week after the notice"""
    done = run("difference", facts, "--as-of", "2026-09-29", "--from-as-of", "2026-09-28")

    assert done.exit_code == 0, done.output
    assert "未到期 → 未履行" in done.output


def test_the_same_twice_differs_in_nothing(facts: Path) -> None:
    done = run("difference", facts, "--as-of", "2026-09-29")

    assert done.output.strip() == "结论和金额都没有变化。"


def test_what_a_payment_would_change_in_fen(facts: Path) -> None:
    line = {
        "kind": "payment.made",
        "at": "2026-11-20",
        "data": {"instalment": 2, "amount_fen": 48_256_000},
    }
    before = facts.read_bytes()

    done = run("what-if", facts, "--as-of", "2026-11-21", "--add", json.dumps(line), "--json")

    told = json.loads(done.output)
    payable = next(one for one in told["money"] if one["key"] == "payable")
    assert (payable["before_fen"], payable["after_fen"]) == (48_256_000, 0)
    assert told["after"]["root"] == "supposed"
    assert facts.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--as-of", "2026-11-21", "--add", "{"), "假设的第 1 条事实"),
        (("--as-of", "2026-11-21", "--add", '{"kind":"payment.made","at":"2026-11-20"}'), "期次"),
        (("--as-of", "2026-11-21", "--without", "no-such"), "不能拿掉"),
        (("--as-of", "2026-02-30"), "不是有效的日期"),
    ],
)
def test_what_is_not_understood_is_told_in_chinese(
    facts: Path, options: tuple[str, ...], says: str
) -> None:
    done = run("what-if", facts, *options)

    assert done.exit_code == 2
    assert says in done.output
