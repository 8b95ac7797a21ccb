"""Every act that the sources put into the audit trail has words there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import lvyue
from lvyue.accounts.choices import ACTS, CHANGED
from lvyue.confidentiality import actions as confidentiality
from lvyue.core.tickets import HAPPENINGS
from lvyue.readings.choices import Act
from lvyue.settlements.choices import StatementAct

SOURCES = Path(lvyue.__file__).parent

#: What is put together while the program runs, by where and by its text in the source: what it can come to.
BUILT = {
    ("settlements/actions.py", "act.value"): [one.value for one in StatementAct if one != "issue"],
    # ``role, act, word = _CLOSED[name]``
    ("confidentiality/actions.py", "act"): [act for _, act, _ in confidentiality._CLOSED.values()],  # noqa: SLF001  read as the sources are
    # Called from every file of this room.
    ("readings/actions/desk.py", "act"): [
        *("opened", "paper_added", "reading_cancelled", "reading_again", "invited", "let_go"),
        *("renamed", "proposed", "returned", "withdrawn", "confirmed", "into_amendment"),
        *(f"decided.{one.value}" for one in Act),
    ],
    ("helpdesk/actions/writing.py", "entry.name"): [*HAPPENINGS],
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def audited() -> tuple[tuple[str, str], ...]:
    """Each call of ``audit(…)``: where, and its act."""
    found = list[tuple[str, str]]()
    for file in sorted(SOURCES.rglob("*.py")):
        source = file.read_text("utf-8")
        if "audit(" in source:
            found += _Module(str(file.relative_to(SOURCES)), ast.parse(source)).audited()
    return tuple(found)


class _Module:
    """One file of the sources, where an act may come through a function of the file's own, ``_audit(…)`` mostly."""

    def __init__(self, place: str, tree: ast.Module) -> None:
        self.place = place
        self.calls = [
            (inside, node) for inside, node in _nodes(tree, None) if isinstance(node, ast.Call)
        ]

    def audited(self) -> Iterator[tuple[str, str]]:
        for inside, call in self.calls:
            if _called(call) == "audit" and call.args:
                for line, act in self._texts(call.args[0], inside):
                    yield f"{self.place}:{line}", act

    def _texts(self, node: ast.expr, inside: Function | None) -> Iterator[tuple[int, str]]:
        """What an expression can come to, and where it is written; its own source where nobody can tell."""
        text = ast.unparse(node)
        match node:
            case ast.Constant(value=str(written)):
                yield node.lineno, written
            case ast.IfExp(body=one, orelse=other):
                yield from self._texts(one, inside)
                yield from self._texts(other, inside)
            case ast.JoinedStr(
                values=[ast.Constant(value=str(first)), ast.FormattedValue(value=last)]
            ):
                for line, rest in self._texts(last, inside):
                    yield line, f"{first}{rest}"
            case ast.Name(id=name) if inside is not None and (given := self._given(name, inside)):
                for where, value in given:
                    yield from self._texts(value, where)
            case _:
                yield from ((node.lineno, one) for one in BUILT.get((self.place, text), [text]))

    def _given(self, name: str, inside: Function) -> list[tuple[Function | None, ast.expr]]:
        """What a name of a function stands for: what is assigned to it, or what the function is called with."""
        names = [one.arg for one in (*inside.args.args, *inside.args.kwonlyargs)]
        if name not in names:
            return [
                (inside, node.value)
                for node in ast.walk(inside)
                if isinstance(node, ast.Assign)
                and [ast.unparse(one) for one in node.targets] == [name]
            ]
        return [
            (where, value)
            for where, call in self.calls
            if _called(call) == inside.name
            for value in (*call.args[names.index(name) :][:1], *_named(call, name))
        ]


def _nodes(node: ast.AST, inside: Function | None) -> Iterator[tuple[Function | None, ast.AST]]:
    """Every node, and the function that it stands in."""
    for child in ast.iter_child_nodes(node):
        yield inside, child
        yield from _nodes(child, child if isinstance(child, Function) else inside)


def _named(call: ast.Call, name: str) -> list[ast.expr]:
    return [one.value for one in call.keywords if one.arg == name]


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def test_every_act_in_the_sources_has_words() -> None:
    found = audited()

    assert len(found) > len(BUILT)
    assert [(place, act) for place, act in found if act not in ACTS] == []


def test_every_act_with_words_is_one_that_is_done() -> None:
    assert set(ACTS) == {act for _, act in audited()}


@pytest.mark.parametrize("name", ["state", "hash", "as_of"])
def test_what_an_issued_statement_changes_has_words(name: str) -> None:
    assert name in CHANGED
