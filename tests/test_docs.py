"""The documents are run: commands, term examples, tables of verdicts and of money, paths and links.

What a document claims in a fence or between ``<!-- name -->`` marks is taken from it and tried:

- ``jsonl`` becomes ``facts.jsonl``; each ``$ lvyue …`` of a ``console`` fence is run beside it, and a line ``…`` stands for any;
- a page of ``docs/terms/`` is one kind: its YAML is read by the loader and takes its place in the contract that the page
  names, and each row of its verdicts is evaluated there;
- the tables of ``docs/algorithms/settlement.md`` are settled row by row.
"""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from lvyue.cli.main import main
from lvyue.core.evaluation import Evaluation, evaluate
from lvyue.core.facts import KINDS, Fact, FieldType, read_line
from lvyue.core.findings import Finding
from lvyue.core.grades import final_price
from lvyue.core.instalments import Instalment
from lvyue.core.money import Money
from lvyue.core.obligation import Verdict
from lvyue.core.release import Release
from lvyue.core.settlement import Settlement, settle
from lvyue.core.terms import TERMS, GradeCap, Term, TermId
from lvyue.library import loader
from lvyue.library.calendar_files import default_calendar

TOP = Path(__file__).resolve().parent.parent
DOCS = TOP / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TERM_PAGES = {
    page.stem: page for page in sorted((DOCS / "terms").glob("*.md")) if page.stem != "README"
}
CALENDAR = default_calendar(None, None)
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    return str(page.relative_to(TOP))


def fences(page: Path) -> list[tuple[str, str]]:
    return [
        (found["info"].strip(), found["body"]) for found in FENCE.finditer(page.read_text("utf-8"))
    ]


def table(page: Path, mark: str) -> list[dict[str, str]]:
    """The rows of the table between ``<!-- mark -->`` and ``<!-- /mark -->``, by the headings of its columns."""
    text = page.read_text("utf-8")
    found = re.search(rf"<!-- {mark} -->\n(.*?)<!-- /{mark} -->", text, re.DOTALL)
    assert found, f"{name_of(page)} has no table <!-- {mark} -->"
    lines = [line for line in found[1].splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(head, row, strict=True)) for row in rows]


# ── facts as the tables of the documents write them ──────────────────────────────────────────────────────────────


def facts(text: str) -> list[Fact]:
    """``DAY [TIME] KIND [field=value …]``, separated by semicolons; an underscore in a text stands for a blank."""
    return [
        _fact(piece.split(), place)
        for place, piece in enumerate(filter(None, re.split(r";\s*", text)))
    ]


def _fact(words: Sequence[str], place: int) -> Fact:
    at, *rest = words
    if re.fullmatch(r"\d\d:\d\d", rest[0]):
        at, rest = f"{at}T{rest[0]}:00+08:00", rest[1:]
    kind, pairs = rest[0], [pair.split("=", 1) for pair in rest[1:]]
    row: dict[str, Any] = {"id": f"f{place + 1}", "kind": kind, "at": at, "data": {}}
    types = {spec.name: spec.type for spec in KINDS[kind].fields}
    for name, value in pairs:
        if name == "subject":
            row["subject"] = value
        elif types[name] in (FieldType.INTEGER, FieldType.FEN):
            row["data"][name] = int(value)
        elif types[name] is FieldType.BOOLEAN:
            row["data"][name] = value == "true"
        else:
            row["data"][name] = value.replace("_", " ")
    read = read_line(json.dumps(row).encode(), place, " ".join(words))
    assert isinstance(read, Fact), "; ".join(map(str, read))
    return read


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "page", [p for p in PAGES if "```console" in p.read_text("utf-8")], ids=name_of
)
def test_what_a_document_shows_on_the_console_is_what_the_commands_say(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LVYUE_CALENDARS", raising=False)
    for info, body in fences(page):
        if info == "jsonl":
            Path("facts.jsonl").write_text(body, "utf-8")
        elif info == "console":
            for command, expected in sessions(body):
                output = CliRunner().invoke(main, shlex.split(command)[1:]).output
                assert is_shown(expected, output), f"{command}\n{output}"


def sessions(body: str) -> Iterator[tuple[str, str]]:
    """The commands of a console fence, each with what is printed under it."""
    for piece in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, output = piece.partition("\n")
        yield command, output


def is_shown(expected: str, output: str) -> bool:
    """Whether the output is as expected, blanks at the ends of lines and of the whole aside."""
    lines = [
        r"(.*\n)*?" if line.strip() == "…" else re.escape(line.rstrip()) + r"\s*\n"
        for line in expected.strip().splitlines()
    ]
    return re.fullmatch("".join(lines), output.strip() + "\n") is not None


# ── pages of kinds of term ───────────────────────────────────────────────────────────────────────────────────────


@dataclasses.dataclass(frozen=True)
class Row:
    """One row of the verdicts of a page."""

    page: str
    verdict: Verdict
    term: str
    occurrence: str
    facts: str
    as_of: date

    def findings(self, more: str = "") -> list[Finding]:
        text = "; ".join(filter(None, [self.facts, more]))
        evaluation = evaluate(with_examples(self.page), facts(text), CALENDAR, self.as_of)
        return [
            finding
            for finding in evaluation.findings
            if finding.term == self.term and self.occurrence in ("", finding.occurrence)
        ]


@cache
def rows() -> tuple[Row, ...]:
    found = []
    for kind, page in TERM_PAGES.items():
        for row in table(page, "verdicts"):
            term, _, occurrence = row["约定 term"].replace("`", "").partition(" @ ")
            found.append(
                Row(
                    kind,
                    Verdict(row["结论 verdict"].split("`")[1]),
                    term,
                    occurrence,
                    row["事实 facts"].replace("`", "").replace("–", ""),
                    date.fromisoformat(row["截至 as of"]),
                )
            )
    return tuple(found)


def examples(kind: str) -> list[dict[str, Any]]:
    """The terms that the YAML of a page gives."""
    return [
        term
        for info, body in fences(TERM_PAGES[kind])
        if info == "yaml"
        for term in yaml.load(body, Loader=loader._Loader)  # noqa: S506, SLF001  the loader's own reading, a safe one
    ]


@cache
def with_examples(kind: str) -> Release:
    """The contract that a page names, with the terms of the page in the place of those of the same id."""
    contract = re.search(r"<!-- contract: (\S+) -->", TERM_PAGES[kind].read_text("utf-8"))
    assert contract, f"{kind}.md names no contract"
    raw = loader.read_folder(loader.HERE / contract[1])
    given = examples(kind)
    kept = [term for term in raw["terms"] if term["id"] not in {one["id"] for one in given}]
    return loader.structure({**raw, "terms": [*kept, *given]})


def own_fields(kind: type[Term]) -> list[str]:
    common = {field.name for field in dataclasses.fields(kind.__mro__[1])}
    return [field.name for field in dataclasses.fields(kind) if field.name not in common]


def test_the_shared_page_names_every_field_that_all_terms_have() -> None:
    shared = [row["字段 field"].strip("`") for row in table(DOCS / "terms/README.md", "fields")]

    assert shared == ["kind", *(field.name for field in dataclasses.fields(TERMS[0].__mro__[1]))]


@pytest.mark.parametrize("kind", TERMS, ids=lambda kind: kind.kind.value)
def test_a_page_has_an_example_and_names_each_field_of_its_kind(kind: type[Term]) -> None:
    name = kind.kind.value
    page = TERM_PAGES[name]

    found = [row["字段 field"].strip("`") for row in table(page, "fields")]
    given = [with_examples(name).term_by_id[TermId(one["id"])] for one in examples(name)]

    assert found == own_fields(kind)
    assert given
    assert {type(term) for term in given} == {kind}


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.page}-{row.verdict}-{row.term}")
def test_each_verdict_of_a_page_is_given_where_it_says(row: Row) -> None:
    found = row.findings()

    assert {finding.verdict for finding in found} == {row.verdict}, [f.because for f in found]


def matrix() -> dict[str, set[Verdict]]:
    """Which kind may be given which verdict, as evaluation.md tabulates it."""
    return {
        row["约定 kind"].split("`")[1]: {v for v in Verdict if row[f"{v.mark} {v.zh}"]}
        for row in table(DOCS / "algorithms/evaluation.md", "verdicts by kind")
    }


def test_the_table_of_verdicts_by_kind_is_that_of_the_pages() -> None:
    told = {kind: {row.verdict for row in rows() if row.page == kind} for kind in TERM_PAGES}
    paper = {Verdict.WAIVED, Verdict.EXCUSED, Verdict.SUSPENDED}

    assert {kind: found - paper for kind, found in matrix().items()} == told


PAPERS = {
    Verdict.WAIVED: "{day} term.waived term={term} paper=书面同意",
    Verdict.EXCUSED: "{day} term.excused term={term} reason=停电 paper=确认函",
    Verdict.SUSPENDED: "{day} term.suspended term={term} paper=中止函",
}


@pytest.mark.parametrize("kind", list(TERM_PAGES))
def test_a_paper_turns_a_verdict_into_no_other_than_the_table_says(kind: str) -> None:
    reached = set()
    for row in (row for row in rows() if row.page == kind):
        for paper in PAPERS.values():
            found = row.findings(paper.format(day="2018-01-02", term=row.term))
            reached |= {finding.verdict for finding in found} - {row.verdict}

    assert reached == matrix()[kind] & set(PAPERS)


@pytest.mark.parametrize("contract", loader.release_ids())
def test_no_finding_of_the_shipped_contracts_is_outside_the_table(contract: str) -> None:
    release = loader.load(contract)
    lines = (loader.HERE.parent / f"demonstration/{contract}.jsonl").read_bytes().splitlines()
    read = [read_line(line, place, contract) for place, line in enumerate(lines)]
    log = [fact for fact in read if isinstance(fact, Fact)]
    allowed = matrix()
    days = sorted({fact.day for fact in log})

    seen = {
        (release.term_by_id[finding.term].kind.value, finding.verdict)
        for day in [*days[::5], days[-1], date(2027, 12, 31)]
        for finding in evaluate(release, log, CALENDAR, day).findings
    }

    assert len(log) == len(lines)
    assert {(kind, verdict) for kind, verdict in seen if verdict not in allowed[kind]} == set()


# ── tables of money ──────────────────────────────────────────────────────────────────────────────────────────────


def settlement_rows(mark: str) -> list[dict[str, str]]:
    return table(DOCS / "algorithms/settlement.md", mark)


def reckoned(row: dict[str, str]) -> tuple[Evaluation, Settlement]:
    evaluation = evaluate(
        loader.load(row["合同 contract"]),
        facts(row["事实 facts"].replace("`", "").replace("–", "")),
        CALENDAR,
        date.fromisoformat(row["截至 as of"]),
    )
    return evaluation, settle(evaluation)


def shown(money: Money | None) -> str:
    return "未知" if money is None else str(money)


def instalment_of(row: dict[str, str], settlement: Settlement) -> Instalment:
    number = int(row["期 n"])
    return next(one for one in settlement.instalments if one.term.instalment == number)


@pytest.mark.parametrize("row", settlement_rows("instalments"), ids=str)
def test_instalments_are_as_the_document_tabulates_them(row: dict[str, str]) -> None:
    _, settlement = reckoned(row)
    one = instalment_of(row, settlement)

    assert {
        "状态 state": f"{one.state.zh} `{one.state.value}`",
        "金额 amount": shown(None if one.amount is None else one.amount.money),
        "上限 limit": shown(None if one.upper is None else one.upper.money),
        "应付日 due": str(one.due_day or "–"),
        "应付未付 payable": shown(settlement.payable),
    }.items() <= row.items()


@pytest.mark.parametrize("row", settlement_rows("grades"), ids=str)
def test_grades_are_as_the_document_tabulates_them(row: dict[str, str]) -> None:
    evaluation, settlement = reckoned(row)
    release = evaluation.release
    grades = next(term for term in release.terms if isinstance(term, GradeCap))
    final = final_price(grades, release, evaluation.book)
    rest = settlement.instalments[-1].amount

    assert {
        "最终总价 exact": shown(None if final.exact is None else final.exact.money),
        "上限 limit": shown(None if final.limit is None else final.limit.money),
        "尾款 remainder": shown(None if rest is None else rest.money),
    }.items() <= row.items()


@pytest.mark.parametrize("row", settlement_rows("interest"), ids=str)
def test_interest_is_as_the_document_tabulates_it(row: dict[str, str]) -> None:
    _, settlement = reckoned(row)
    (one,) = settlement.interest or (None,)

    if one is None:
        assert row["金额 sum"] == "–"
        return
    assert {
        "起息日 from": one.start.isoformat(),
        "天数 days": str(one.days),
        "免责 excused": str(one.excused_days),
        "金额 sum": str(one.figure.money),
        "封顶 capped": "是 yes" if one.capped else "–",
    }.items() <= row.items()


@pytest.mark.parametrize("row", settlement_rows("damages"), ids=str)
def test_damages_are_as_the_document_tabulates_them(row: dict[str, str]) -> None:
    _, settlement = reckoned(row)

    sums = "; ".join(f"{one.clause} {shown(None if one.figure is None else one.figure.money)}"
                     for one in settlement.damages)  # fmt: skip
    others = "; ".join(
        f"{other.name} {shown(None if other.figure is None else other.figure.money)}"
        for one in settlement.damages
        for other in one.alternatives
    )

    assert {"金额 sum": sums, "备选 alternatives": others or "–"}.items() <= row.items()


@pytest.mark.parametrize("row", settlement_rows("set-off"), ids=str)
def test_set_off_is_as_the_document_tabulates_it(row: dict[str, str]) -> None:
    _, settlement = reckoned(row)

    taken = [line.amount for line in settlement.lines if line.says.startswith("抵扣")]

    assert row["抵扣 taken"] == ("; ".join(str(-amount) for amount in taken) or "–")
    assert row["应付未付 payable"] == shown(settlement.payable)
    assert settlement.payable == Money.total(line.amount for line in settlement.lines)


# ── generated documents, links, paths ────────────────────────────────────────────────────────────────────────────


def test_the_generated_documents_say_what_the_tables_say() -> None:
    check = subprocess.run(
        [sys.executable, TOP / "tools/make_docs.py", "--check"],
        capture_output=True,
        check=False,
        text=True,
    )

    assert check.stdout == ""
    assert check.returncode == 0, check.stderr


def test_the_index_names_every_document() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    linked = {(DOCS / target).resolve() for target in re.findall(r"\]\(([^)#]+)", index)}

    assert {name_of(page) for page in PAGES if page.name != "README.md"} == {
        name_of(page) for page in linked if DOCS in page.parents and page.name != "README.md"
    }


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_and_every_path_of_a_document_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if ":" not in link]
    paths = re.findall(r"`((?:src|tests|docs|tools|bench|changelog\.d)/[^`\s<>…*]+)`", text)

    lost = [link for link in links if not (page.parent / link).exists()]
    lost += [path for path in paths if not (TOP / path).exists()]

    assert lost == []


@pytest.mark.parametrize("page", sorted((DOCS / "how-to").glob("*.md")), ids=name_of)
def test_every_name_that_a_how_to_sends_the_reader_to_is_in_that_file(page: Path) -> None:
    text = page.read_text("utf-8")
    sent = re.findall(r"`(\w+)`\s+(?:in|of)\s+`(src/\S+?\.py)`", text)

    assert sent
    assert [
        f"{name} in {file}" for name, file in sent if name not in (TOP / file).read_text("utf-8")
    ] == []
