"""The sample texts: one entry for each clause, the figures of the release in them, and what a broken file is told."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from lvyue.core.calendar import Span, Unit
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Doubt, DoubtKind, Refused
from lvyue.core.money import Money, Rate
from lvyue.core.numerals import numeral
from lvyue.core.release import Release
from lvyue.core.terms import (
    DeadlineAfterEvent,
    DeadlineBeforeDate,
    Deliverable,
    Entitlement,
    GradeCap,
    LateInterest,
    Payment,
    Penalty,
    Permission,
    Recurring,
    Share,
    Staffing,
    Term,
    Threshold,
)
from lvyue.library import loader
from lvyue.library.samples import HERE, read_sample, sample

SECURITY = "security-support-2026"
DIGITAL = "digital-operations-2026"
VIDEO = "video-conference-2022"
LEASE = "cloud-lease-2025"

EVERY = pytest.mark.parametrize("release_id", loader.release_ids())


# ── whole and in order ───────────────────────────────────────────────────────────────────────────────────────────


@EVERY
def test_a_sample_has_exactly_the_clauses_of_its_release(release_id: str) -> None:
    text, release = sample(release_id), loader.load(release_id)

    assert list(text.paragraphs) == [clause.ref for clause in release.clauses]
    assert all(all(paragraphs) for paragraphs in text.paragraphs.values())
    assert (text.release, text.title) == (release.id, release.title)
    assert text.sha256 == sha256((HERE / f"{release_id}.txt").read_bytes()).hexdigest()


def test_each_release_has_a_sample_and_each_sample_a_release() -> None:
    assert tuple(sorted(path.stem for path in HERE.glob("*.txt"))) == loader.release_ids()


@EVERY
def test_a_sample_says_that_we_wrote_it(release_id: str) -> None:
    first = (HERE / f"{release_id}.txt").read_text("utf-8").splitlines()[0]

    assert first == (
        f"# sample: written for Lvyue; figures as in release {release_id}; sentences our own"
    )


@EVERY
def test_the_number_is_not_written_twice(release_id: str) -> None:
    """The page prints the number of the clause; the text must not begin with it."""
    for clause in loader.load(release_id).clauses:
        begins = sample(release_id).paragraphs[clause.ref][0]
        own = str(clause.ref).replace("/", " ").split(" ")[-1]

        assert not begins.startswith((clause.printed or own, own)), f"{clause.ref} {begins}"


# ── the figures of the release ───────────────────────────────────────────────────────────────────────────────────


Figure = Money | Rate | Span | int

_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_HAN = "一二两三四五六七八九十"
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十")
_UNIT = {
    "分钟": Unit.MINUTES,
    "小时": Unit.HOURS,
    "个工作日": Unit.WORKING_DAYS,
    "工作日": Unit.WORKING_DAYS,
    "个自然日": Unit.CALENDAR_DAYS,
    "自然日": Unit.CALENDAR_DAYS,
    "个日历日": Unit.CALENDAR_DAYS,
    "日历日": Unit.CALENDAR_DAYS,
    "日": Unit.CALENDAR_DAYS,
    "天": Unit.CALENDAR_DAYS,
    "周": Unit.WEEKS,
    "个星期": Unit.WEEKS,
    "个月": Unit.MONTHS,
    "年": Unit.YEARS,
}
_UNITS = "|".join(sorted(_UNIT, key=len, reverse=True))


def amounts(text: str) -> Iterator[Money]:
    for found in re.finditer(rf"{_NUMBER}[万亿]?元", text):
        yield Money.parse(found[0])


def rates(text: str) -> Iterator[Rate]:
    for found in re.finditer(rf"{_NUMBER}[%‰‱]|[百千万]分之[{_HAN}\d]+", text):
        yield Rate.parse(found[0])


def spans(text: str) -> Iterator[Span]:
    for found in re.finditer(rf"(\d+|[{_HAN}]+)({_UNITS})", text):
        number = _whole(found[1])
        if number is not None:
            yield Span(number, _UNIT[found[2]])


def counts(text: str) -> Iterator[int]:
    for found in re.finditer(rf"(?<![\d.])\d+(?![\d.%])|[{_HAN}]+", text):
        number = _whole(found[0])
        if number is not None:
            yield number


def _whole(text: str) -> int | None:
    """None for words that are no number, such as the 一两 of 一两次."""
    try:
        return int(text) if text.isdecimal() else numeral(text)
    except ValueError:
        return None


def figures_in(text: str) -> set[Figure]:
    """Every amount, rate, period and count that a text states, read by the readers of the core."""
    plain = re.sub(r"[\s*]", "", text).replace("％", "%").translate(_FORMAL)
    return {*amounts(plain), *rates(plain), *spans(plain), *counts(plain)}


def figures_in_row(cells: tuple[str, ...]) -> set[Figure]:
    """A table prints yuan without the word, and a unit in the cell after its number."""
    found = set[Figure]().union(*map(figures_in, cells))
    for cell, following in pairwise((*cells, "")):
        if re.fullmatch(_NUMBER, cell):
            found |= {Money.parse(cell), *figures_in(f"{cell}{following}")}
    return found


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("价款 **1,856,000.00** 元整", Money.yuan(1856000)),
        ("不足 5 万元的", Money.yuan(50000)),
        ("支付 70 %；", Rate.percent(70)),
        ("按日万分之三", Rate.parse("0.03%")),
        ("十五个工作日内", Span.parse("15 working-days")),
        ("在 15 日内", Span.parse("15 calendar-days")),
        ("至少一周", Span.parse("1 week")),
        ("每年 2 次", 2),
        ("一式陆份", 6),
    ],
)
def test_figures_are_read_as_paper_writes_them(text: str, figure: Figure) -> None:
    assert figure in figures_in(text)


def figures_of(term: Term) -> Iterator[Figure]:
    """The plain numbers of a term. A paper seldom counts a single thing, and never no time at all: these are not asked for."""
    match term:
        case DeadlineAfterEvent() | DeadlineBeforeDate() | Deliverable():
            yield from _span(term.within)
        case Recurring():
            yield from _several(term.times)
        case Threshold() if isinstance(term.bound, Fraction):
            yield from _bound(term.bound, term.unit)
        case Staffing():
            yield from _several(term.count)
            yield from _several(term.years)
        case Entitlement():
            yield from _several(term.quantity)
            yield from [term.unit_price] if term.unit_price else []
        case Permission():
            yield from _several(term.at_least)
        case Payment():
            yield from _span(term.within)
            if isinstance(term.amount, Share):
                yield term.amount.rate
                yield from [term.amount.stated] if term.amount.stated else []
        case LateInterest():
            yield term.grace
            yield from (rate for rate in (term.daily, term.cap) if rate)
        case Penalty():
            yield from [term.floor] if term.floor else []
            yield from (rate for rate in (term.rate, term.cap) if rate)
        case GradeCap():
            yield from (grade.rate for grade in term.grades)
        case _:
            return


def _span(within: object) -> Iterator[Span]:
    if isinstance(within, Span) and within.count:
        yield within


def _several(number: int | None) -> Iterator[int]:
    if number is not None and number > 1:
        yield number


def _bound(bound: Fraction, unit: str) -> Iterator[Figure]:
    match unit:
        case "%":
            yield Rate(bound / 100)
        case "元":
            yield Money.yuan(str(int(bound)))
        case "万元":
            yield Money(int(bound * 10**6))
        case _ if bound.denominator == 1:
            yield from _several(int(bound))


#: Figures of a term that its clauses do not write out, with the reason.
NOT_WRITTEN = {
    (VIDEO, "device-scope"): "the sum of a column; tests/library/test_releases.py adds it up",
    (VIDEO, "device-scope-one"): "the sum of a column, first list",
    (VIDEO, "device-scope-two"): "the sum of a column, second list",
    (LEASE, "kpi-1"): "the cell says 合同金额, and the price clause how much that is",
    (LEASE, "annex-liability"): "the clause says 合同金额, which is 100% of it",
}


def text_of(release: Release, ref: ClauseRef) -> str:
    return "\n".join(sample(release.id).paragraphs[ref.clause])


def written_in(release: Release, ref: ClauseRef) -> set[Figure]:
    """What a clause states; of a row of a table its cells too: a sample says 见下表, and the page shows the table there."""
    rows = (
        figures_in_row(line.cells)
        for table in release.tables
        for line in table.rows
        if ref.row and (table.id, line.row) == (f"T{ref.row[0]}", str(ref.row[1]))
    )
    return figures_in(text_of(release, ref)).union(*rows)


def numbered() -> Iterator[tuple[str, str]]:
    for release_id in loader.release_ids():
        for term in loader.load(release_id).terms:
            if any(figures_of(term)):
                yield release_id, term.id


@pytest.mark.parametrize(("release_id", "term_id"), tuple(numbered()))
def test_the_figures_of_a_term_stand_in_one_of_its_clauses(release_id: str, term_id: str) -> None:
    release = loader.load(release_id)
    (term,) = (one for one in release.terms if one.id == term_id)
    written = set[Figure]().union(*(written_in(release, ref) for ref in term.clauses))

    missing = {figure for figure in figures_of(term) if figure not in written}

    assert bool(missing) == ((release_id, term_id) in NOT_WRITTEN), missing


@EVERY
def test_the_price_stands_in_its_clause_in_figures_and_in_words(release_id: str) -> None:
    release = loader.load(release_id)
    text = re.sub(r"[\s*]", "", text_of(release, release.price_clause))

    assert release.price in set(amounts(text))
    assert release.price_words in text


@pytest.mark.parametrize(
    ("release_id", "clause", "words"),
    [
        (SECURITY, "main 2.3", "服务期限：________"),
        (SECURITY, "main 2", "内部编号：________"),
        (DIGITAL, "履约验收方案 二¶10", "验收时间：________"),
        (DIGITAL, "履约验收方案 一¶1", '<input type="checkbox"/>'),
    ],
)
def test_what_the_paper_leaves_blank_stays_blank(release_id: str, clause: str, words: str) -> None:
    """Nothing is filled in for the sake of a nicer text: the doubts of the release point at the gap."""
    release, ref = loader.load(release_id), ClauseRef.parse(clause)
    blanks = {
        place
        for doubt in release.doubts
        if doubt.kind in (DoubtKind.BLANK, DoubtKind.NOISE)
        for place in doubt.clauses
    }

    assert ref in blanks
    assert words in text_of(release, ref)


@pytest.mark.parametrize(
    ("release_id", "doubt", "sentences"),
    [(SECURITY, "broken-sentences", 11), (DIGITAL, "page-breaks", 9)],
)
def test_sentences_cut_by_a_page_stay_cut(release_id: str, doubt: str, sentences: int) -> None:
    (about,) = (one for one in loader.load(release_id).doubts if one.id == doubt)
    cut = {
        ref
        for ref, paragraphs in sample(release_id).paragraphs.items()
        for earlier in paragraphs[:-1]
        if len(earlier) > 20 and not earlier.endswith(tuple("。；：）"))
    }

    assert cut == set(about.clauses)
    assert len(cut) == sentences


# ── the words of others ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "personal", [r"1[3-9]\d{9}", r"0\d{2,3}-\d{7,8}", r"[\w.]+@[\w-]+\.\w+", r"\d{14,}"]
)
@EVERY
def test_no_telephone_mail_or_account(release_id: str, personal: str) -> None:
    text = "\n".join(map("\n".join, sample(release_id).paragraphs.values()))

    assert re.findall(rf"(?<![\dA-Za-z]){personal}(?!\d)", text) == []


def seeds() -> Path:
    """The folder of the original papers, which few machines have."""
    named = os.environ.get("LVYUE_SEEDS")
    return Path(named) if named else Path(__file__).parents[3] / "shared" / "seeds"


@pytest.mark.skipif(not seeds().is_dir(), reason="the original papers are not here")
@EVERY
def test_no_sentence_of_a_paper_stands_in_a_sample(release_id: str) -> None:
    text = {str(ref): list(lines) for ref, lines in sample(release_id).paragraphs.items()}
    papers = [path.read_text("utf-8") for path in sorted(seeds().glob("*.txt"))]

    assert len(papers) == len(loader.release_ids())
    assert [doubt for paper in papers for doubt in loader.quotations(text, paper)] == []


# ── what a broken file is told ───────────────────────────────────────────────────────────────────────────────────


@cache
def lines() -> tuple[str, ...]:
    return tuple((HERE / f"{SECURITY}.txt").read_text("utf-8").split("\n"))


def at(text: str) -> int:
    """The number of the line that reads so."""
    return lines().index(text) + 1


def told(broken: list[str]) -> tuple[Doubt, ...]:
    with pytest.raises(Refused) as refused:
        read_sample("\n".join(broken).encode(), loader.load(SECURITY))
    return refused.value.doubts


def without(clause: str) -> list[str]:
    """The file without one clause and its single paragraph."""
    start = at(f"@ {clause}") - 1
    return [*lines()[:start], *lines()[start + 2 :]]


def changed(line: str, into: str) -> list[str]:
    return [into if old == line else old for old in lines()]


def moved(clause: str) -> list[str]:
    start = at(f"@ {clause}") - 1
    return [*without(clause), *lines()[start : start + 2]]


BROKEN: dict[str, tuple[Callable[[], list[str]], tuple[str, ...]]] = {
    "a line before any clause": (
        lambda: ["甲乙双方经协商", *lines()],
        ("第 1 行", "甲乙双方经协商", "之前没有条款"),
    ),
    "a clause that the release does not have": (
        lambda: [*lines(), "@ main 99", "多出的条款。"],
        (f"第 {len(lines()) + 1} 行", "main 99", "没有条款"),
    ),
    "a row of a table": (
        lambda: [*lines(), "@ main 2.2 (T1 row 1)", "多出的一行。"],
        (f"第 {len(lines()) + 1} 行", "main 2.2 (T1 row 1)"),
    ),
    "a clause written in another way": (
        lambda: [*lines(), "@ 第七条", "多出的条款。"],
        (f"第 {len(lines()) + 1} 行", "第七条"),
    ),
    "no clause at all": (
        lambda: [*lines(), "@", "没有写编号。"],
        (f"第 {len(lines()) + 1} 行", "不是条款号"),
    ),
    "a clause twice": (
        lambda: [*lines(), "@ main 6", "无。"],
        (f"第 {len(lines()) + 1} 行", "main 6", f"第 {at('@ main 6')} 行", "已经写过"),
    ),
    "a clause left out": (lambda: without("main 12.4"), ("缺少条款", "main 12.4")),
    "a clause without text": (
        lambda: changed("履约保证金：甲方不收取。", ""),
        (f"第 {at('@ main 2.5')} 行", "main 2.5", "没有文字"),
    ),
    "a clause out of order": (
        lambda: moved("main 12.4"),
        ("main 12.4", "应在", "之前"),
    ),
}


@pytest.mark.parametrize(("broken", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_sample_is_refused_with_line_and_remedy(
    broken: Callable[[], list[str]], words: tuple[str, ...]
) -> None:
    about = [doubt for doubt in told(broken()) if all(word in str(doubt) for word in words)]

    assert len(about) == 1, told(broken())
    assert about[0].mend.startswith(("请", "只有"))
    assert about[0].places[0].startswith(f"{SECURITY}.txt")


def test_all_that_is_wrong_is_said_together() -> None:
    broken = ["先写了一行", *without("main 12.4"), "@ main 99", "多出的条款。"]

    assert len(told(broken)) == 3


def test_comments_blank_lines_and_the_line_ends_of_windows_do_not_matter() -> None:
    release = loader.load(SECURITY)
    loose = "\r\n".join(part for line in lines() for part in (line, "", "# 说明"))

    read = read_sample(b"\xef\xbb\xbf" + loose.encode(), release)

    assert read.paragraphs == sample(SECURITY).paragraphs
    assert read.sha256 != sample(SECURITY).sha256


def test_a_file_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(Refused, match=rf"{SECURITY}\.txt.*UTF-8"):
        read_sample("# 样本".encode("gb18030"), loader.load(SECURITY))


def test_a_release_that_does_not_ship_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="no-such-contract"):
        sample("no-such-contract")
