"""The habits that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
SETTINGS = TOP / "src/lvyue/project/settings.py"

# Written so that this file does not name them itself.
REGISTRIES = re.compile(
    r"pypi\.(org|python)|python[h]osted|registry\.npm|files\.python|index-url\s*=?\s*\w+:"
    r"|mirrors?\.[a-z0-9-]+\.(com|cn|edu)"
)
MACHINE = re.compile(r"(?<![\w.])/(root|home|work|Users)/\w|/opt/[p]ypi|file:[/]{3}\w")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b(?! ?\(?#\d+)")


@cache
def texts() -> dict[Path, str]:
    """Every text file that git has or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607  git is on PATH
        cwd=TOP,
        capture_output=True,
        check=False,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = {}
    for name in filter(None, listed.stdout.split("\0")):
        path = TOP / name
        if path.is_file():
            content = path.read_bytes()
            if b"\0" not in content:
                found[path.relative_to(TOP)] = content.decode("utf-8")
    return found


def places(pattern: re.Pattern[str], *, but: frozenset[str] = frozenset()) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts().items()
        if str(path) not in but
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_registry() -> None:
    assert places(REGISTRIES) == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert places(MACHINE) == []


def test_whatever_is_left_to_do_names_its_issue() -> None:
    here = frozenset({"tests/test_house.py", "pyproject.toml"})

    assert places(UNFINISHED, but=here) == []


def settings_read() -> set[str]:
    """The names of the environment that settings.py reads."""
    return {
        str(ast.literal_eval(node.args[0]))
        for node in ast.walk(ast.parse(SETTINGS.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id.startswith("env_")
    }


def test_each_setting_has_a_heading_and_each_heading_a_setting() -> None:
    headings = re.findall(
        r"^## `(\w+)`", (TOP / "docs/settings.md").read_text("utf-8"), re.MULTILINE
    )

    assert sorted(headings) == sorted(settings_read())


def test_the_environment_is_read_in_one_place() -> None:
    reads = re.compile(r"\bos\.(environ\b(?!\.setdefault\()|getenv)")

    readers = {line.split(":")[0] for line in places(reads) if line.startswith("src/")}

    assert readers <= {"src/lvyue/project/env.py"}


def test_each_target_of_the_makefile_is_explained() -> None:
    makefile = (TOP / "Makefile").read_text("utf-8")
    phony = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()

    explained = re.findall(r"^([a-z-]+):.*?  ## \S", makefile, re.MULTILINE)
    targets = re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE)

    assert explained == targets
    assert sorted(phony) == sorted(targets)


def test_the_lock_holds_a_hash_for_every_package() -> None:
    lock = (TOP / "requirements.lock").read_text("utf-8")
    blocks = re.split(r"\n(?=\S)", lock.strip())

    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert all(re.match(r"[A-Za-z0-9._\[\],-]+==\S+", block) for block in blocks)


def test_no_app_has_a_room_without_a_noun() -> None:
    nameless = {"services.py", "utils.py", "helpers.py", "common.py", "manager.py", "signals.py"}

    assert [str(path) for path in texts() if path.parts[0] == "src" and path.name in nameless] == []
