"""Every kind, everywhere: the union, its identifiers, a page, a glossary row, a finding and a case for each."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from lvyue.core.evaluation import evaluate
from lvyue.core.findings import Finding
from lvyue.core.obligation import Verdict
from lvyue.core.statement import state
from lvyue.core.terms import TERMS, LateInterest, Party, Term, TermKind
from lvyue.library import loader
from lvyue.library.calendar_files import default_calendar

TOP = Path(__file__).resolve().parents[2]
CALENDAR = default_calendar(None, None)

each_kind = pytest.mark.parametrize("kind", TERMS, ids=lambda kind: kind.kind.value)


@cache
def findings() -> tuple[tuple[type[Term], Finding], ...]:
    """What the shipped contracts say of an empty log, long after they ended."""
    return tuple(
        (type(release.term_by_id[finding.term]), finding)
        for release in map(loader.load, loader.release_ids())
        for finding in evaluate(release, [], CALENDAR, date(2026, 12, 31)).findings
    )


@cache
def cases() -> tuple[tuple[str, str], ...]:
    """The case files: the contract of each and its text."""
    return tuple(
        (file.parent.name, file.read_text("utf-8"))
        for file in sorted((TOP / "tests/cases").glob("*/*.md"))
    )


def names(text: str, term: Term) -> bool:
    """Whether a case expects something of a term: by its id, or, of interest, by the instalment that bears it."""
    words = [re.escape(term.id)]
    if isinstance(term, LateInterest):
        words += [f"interest {number}: from" for number in term.instalments]
    return re.search(rf"(?<![\w-])({'|'.join(words)})(?![\w-])", text) is not None


# ── identifiers, on which files, statements and interfaces rely ──────────────────────────────────────────────────


def test_the_kinds_have_these_identifiers() -> None:
    assert [kind.value for kind in TermKind] == [
        "deadline_after_event",
        "deadline_before_date",
        "recurring",
        "threshold",
        "deliverable",
        "prohibition",
        "staffing",
        "entitlement",
        "permission",
        "payment",
        "late_interest",
        "penalty",
        "grade_cap",
        "duty",
    ]


def test_the_union_the_list_and_the_identifiers_hold_the_same_kinds() -> None:
    assert get_args(Term) == TERMS
    assert [kind.kind for kind in TERMS] == list(TermKind)


def test_the_verdicts_have_these_identifiers() -> None:
    assert [verdict.value for verdict in Verdict] == [
        "met",
        "late",
        "missed",
        "not_due",
        "not_triggered",
        "suspended",
        "excused",
        "waived",
        "attested_only",
        "not_decidable",
    ]


def test_each_verdict_has_a_chinese_name_and_a_mark_of_its_own() -> None:
    assert len({verdict.zh for verdict in Verdict}) == len(Verdict)
    assert len({verdict.mark for verdict in Verdict}) == len(Verdict)


def test_a_debtor_is_buyer_supplier_or_both() -> None:
    assert [party.value for party in Party] == ["buyer", "supplier", "both"]


@pytest.mark.parametrize("contract", loader.release_ids())
def test_a_statement_names_kind_verdict_and_debtor_by_these_identifiers(contract: str) -> None:
    release = loader.load(contract)
    statement = state(release, [], CALENDAR, date(2026, 12, 31), size=0, root="").as_json()
    told = [(row["term"], row["kind"], row["debtor"]) for row in statement["findings"]]

    assert {term for term, _, _ in told} == {term.id for term in release.terms}
    assert {(term, kind, debtor) for term, kind, debtor in told} == {
        (term.id, term.kind.value, term.debtor.value) for term in release.terms
    }
    assert {row["finding"] for row in statement["findings"]} <= {
        verdict.value for verdict in Verdict
    }


# ── what every kind must have ────────────────────────────────────────────────────────────────────────────────────


@each_kind
def test_a_kind_has_a_page_named_by_its_identifier(kind: type[Term]) -> None:
    page = TOP / f"docs/terms/{kind.kind.value}.md"

    assert page.is_file(), (
        f"docs/terms/{kind.kind.value}.md is missing: docs/how-to/add-a-term-kind.md, step 8"
    )


def test_no_page_is_without_a_kind() -> None:
    pages = {page.stem for page in (TOP / "docs/terms").glob("*.md")} - {"README"}

    assert pages == {kind.value for kind in TermKind}


@each_kind
def test_a_kind_has_a_glossary_row(kind: type[Term]) -> None:
    glossary = (TOP / "GLOSSARY.md").read_text("utf-8")
    _, _, section = glossary.partition("## Kinds of term\n")
    rows = section.partition("\n## ")[0]

    assert f"| `{kind.__name__}` |" in rows


@each_kind
def test_a_kind_is_judged_in_a_shipped_contract(kind: type[Term]) -> None:
    found = [finding for of, finding in findings() if of is kind]

    assert found, f"no shipped release has a term of kind {kind.kind.value}"
    assert all(finding.because for finding in found)


@each_kind
def test_a_kind_has_a_case(kind: type[Term]) -> None:
    """A case file that names a term of the kind, of the contract whose folder it stands in."""
    named = [
        term.id
        for contract, text in cases()
        for term in loader.load(contract).terms
        if isinstance(term, kind) and names(text, term)
    ]

    assert named, f"no file in tests/cases/ names a term of kind {kind.kind.value}"
