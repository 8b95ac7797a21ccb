"""What docs/algorithms/evidence-log.md tells people to type gives what it says, and what the code gives."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lvyue.core.facts import LINE_LIMIT
from lvyue.evidence.files import read_facts
from lvyue.evidence.lines import BAD_LINES_LIMIT

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "evidence-log.md"


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    return str(found)


def test_the_root_can_be_computed_by_hand(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None or shutil.which("sha256sum") is None:
        pytest.skip("this machine has no bash or no sha256sum")

    done = subprocess.run(
        [bash, "-euo", "pipefail", "-c", block("sh")],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
    )

    assert done.stdout == block("text")
    assert read_facts(tmp_path / "facts.jsonl").root == done.stdout.strip()


def test_the_limits_are_those_of_the_code() -> None:
    page = PAGE.read_text("utf-8")

    assert f"{LINE_LIMIT:,}".replace(",", " ") in page
    assert f"after {BAD_LINES_LIMIT} bad lines" in page
