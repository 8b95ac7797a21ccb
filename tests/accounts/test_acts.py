"""Every act that the sources put into the audit trail has words there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import lvyue
from lvyue.accounts.choices import ACTS, CHANGED
from lvyue.readings.choices import Act
from lvyue.settlements.choices import StatementAct

SOURCES = Path(lvyue.__file__).parent

#: Acts that are put together while the program runs, by their text in the source: what they can come to.
BUILT = {
    "f'statement.{act.value}'": [
        f"statement.{act.value}" for act in StatementAct if act != "issue"
    ],
    "f'amendment.{act}'": [
        f"amendment.{act}"
        for act in ("drafted", "edited", "proposed", "signed", "refused", "withdrawn")
    ],
    "f'draft.{act}'": [
        f"draft.{act}"
        for act in (
            *("opened", "paper_added", "reading_cancelled", "reading_again", "invited", "let_go"),
            *("renamed", "proposed", "returned", "withdrawn", "confirmed", "into_amendment"),
            *(f"decided.{one.value}" for one in Act),
        )
    ],
    "act": ["account.switched_on", "account.switched_off"],
}


def audited() -> Iterator[tuple[str, str]]:
    """Each call of ``audit(…)``: where, and its act."""
    for file in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _called(node) == "audit" and node.args:
                place = f"{file.relative_to(SOURCES)}:{node.lineno}"
                match node.args[0]:
                    case ast.Constant(value=str(act)):
                        yield place, act
                    case built:
                        for act in BUILT.get(ast.unparse(built), [ast.unparse(built)]):
                            yield place, act


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def test_every_act_in_the_sources_has_words() -> None:
    found = list(audited())

    assert len(found) > len(BUILT)
    assert [(place, act) for place, act in found if act not in ACTS] == []


def test_every_act_with_words_is_one_that_is_done() -> None:
    assert set(ACTS) == {act for _, act in audited()}


@pytest.mark.parametrize("name", ["state", "hash", "as_of"])
def test_what_an_issued_statement_changes_has_words(name: str) -> None:
    assert name in CHANGED
