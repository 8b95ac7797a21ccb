"""The glossary is part of the code: each model and each kind of term is in it, and begins with its Chinese term."""

from __future__ import annotations

import inspect
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from django.apps import apps

from lvyue.core.terms import TERMS

GLOSSARY = Path(__file__).resolve().parent.parent / "GLOSSARY.md"


class Row(NamedTuple):
    chinese: tuple[str, ...]
    english: str
    names: tuple[str, ...]
    definition: str


@cache
def rows() -> list[Row]:
    found = []
    for line in GLOSSARY.read_text("utf-8").splitlines():
        if not line.startswith("|") or line.startswith(("|---", "| 中文 ")):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert len(cells) == 5, f"not five columns: {line}"
        chinese, english, code, definition, _source = cells
        names = tuple(re.findall(r"`([\w.]+)`", code))
        found.append(Row(tuple(re.split(r"[,、]\s*", chinese)), english, names, definition))
    return found


def classes() -> list[type]:
    ours = [model for model in apps.get_models() if model.__module__.startswith("lvyue.")]
    return [*ours, *TERMS]


@pytest.mark.parametrize("cls", classes(), ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_each_model_and_kind_of_term_is_in_the_glossary_under_its_chinese_name(cls: type) -> None:
    terms = [term for row in rows() if cls.__name__ in row.names for term in row.chinese]
    assert terms, f"GLOSSARY.md has no row with `{cls.__name__}` in its third column"

    words = inspect.cleandoc(cls.__doc__ or "")

    assert re.match(rf"({'|'.join(map(re.escape, terms))})\s*[:：.。]", words), (
        f"the docstring of {cls.__name__} must begin with {' or '.join(terms)} and a colon; "
        f"it begins with {words[:20]!r}"
    )


def test_each_row_has_an_english_word_a_name_and_a_definition() -> None:
    assert len(rows()) > 100
    for row in rows():
        assert row.english, row
        assert row.names or row.chinese == ("履约",), f"{row.chinese} has no name in code"
        assert row.definition.endswith("."), f"{row.chinese} has no definition of whole sentences"


def test_no_chinese_term_has_two_rows() -> None:
    terms = [term for row in rows() for term in row.chinese]

    assert sorted({term for term in terms if terms.count(term) > 1}) == []
