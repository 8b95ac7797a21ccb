"""The version has one truth, the first version heading of CHANGELOG.md. All else is in pyproject.toml."""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import setup

CHANGELOG = Path(__file__).with_name("CHANGELOG.md")


def version() -> str:
    heading = re.search(r"^## (\d+\.\d+\.\d+\S*)", CHANGELOG.read_text("utf-8"), re.MULTILINE)
    if heading is None:
        raise SystemExit(
            "CHANGELOG.md has no version heading. Write one such as '## 0.1.0 (unreleased)'."
        )
    return heading[1]


setup(version=version())
