"""The five releases as data: what they hold, that they agree with their papers, and what a broken one is told.

The counts are those of the catalogues that were read from the papers themselves. Where the papers are at hand (``LVYUE_SEEDS``,
or a folder beside the repository) the clause trees are held against them; elsewhere those tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Doubt, Refused, Severity
from lvyue.core.money import Money, Rounding
from lvyue.core.obligation import slots
from lvyue.core.release import Release
from lvyue.core.terms import Entitlement, GradeCap, Recurring, Share, Threshold
from lvyue.core.words import from_words, in_words
from lvyue.library import loader

SECURITY = "security-support-2026"
DIGITAL = "digital-operations-2026"
GOVERNMENT = "government-cloud-2026"
VIDEO = "video-conference-2022"
LEASE = "cloud-lease-2025"
ALL = (LEASE, DIGITAL, GOVERNMENT, SECURITY, VIDEO)

TOP = Path(__file__).resolve().parents[2]


# ── what they hold ───────────────────────────────────────────────────────────────────────────────────────────────


def test_five_releases_ship_and_all_of_them_load() -> None:
    assert loader.release_ids() == ALL
    assert [loader.load(one).id for one in ALL] == list(ALL)


@pytest.mark.parametrize("release_id", ALL)
def test_a_release_is_the_same_from_its_files_and_from_its_stored_text(release_id: str) -> None:
    files, stored = loader.load(release_id), loader.load_text(loader.text_of(release_id))

    assert stored.digest == files.digest
    assert (stored.terms, stored.doubts) == (files.terms, files.doubts)
    assert list(stored.clauses) == list(files.clauses)


#: clauses per document and depth, unnumbered paragraphs left out
LEVELS = {
    SECURITY: {"main": [16, 52, 55, 2], "保密协议": [11, 19, 41, 2], "廉洁协议": [3, 4, 9]},
    DIGITAL: {
        "main": [15, 43, 48, 2],
        "保密协议": [11, 19, 43, 2],
        "廉洁协议": [3, 4, 10],
        "履约验收方案": [3],
    },
    GOVERNMENT: {"main": [15, 43, 51, 4]},
}


@pytest.mark.parametrize(("release_id", "expected"), LEVELS.items(), ids=LEVELS)
def test_numbered_clauses_per_document_and_level(
    release_id: str, expected: dict[str, list[int]]
) -> None:
    counted = Counter(
        (clause.ref.document, clause.ref.depth)
        for clause in loader.load(release_id).clauses
        if not any(segment.startswith("¶") for segment in clause.ref.segments)
    )

    assert dict(counted) == {
        (document, depth): number
        for document, numbers in expected.items()
        for depth, number in enumerate(numbers, start=1)
    }


@pytest.mark.parametrize(
    ("release_id", "expected"),
    [
        (VIDEO, {"使用说明": 6, "main": 89, "附件1": 53, "附件2": 40}),
        (LEASE, {"main": 147, "附件": 34}),
    ],
)
def test_clauses_per_part_of_the_chapter_contracts(
    release_id: str, expected: dict[str, int]
) -> None:
    refs = [clause.ref for clause in loader.load(release_id).clauses]

    parts = Counter(
        "使用说明" if ref.segments[:1] == ("使用说明",) else ref.document for ref in refs
    )

    assert dict(parts) == expected
    assert sum(parts.values()) == {VIDEO: 188, LEASE: 181}[release_id]


@pytest.mark.parametrize(
    ("release_id", "rows"),
    [(VIDEO, {"T2": 2, "T3": 4, "T4": 85, "T5": 9}), (LEASE, {"T1": 27, "T2": 14, "T3": 14})],
)
def test_rows_of_the_tables(release_id: str, rows: dict[str, int]) -> None:
    tables = {table.id: len(table.rows) for table in loader.load(release_id).tables}

    assert {name: tables[name] for name in rows} == rows


def test_the_devices_are_eighty_five_rows_and_three_hundred_and_eight_units() -> None:
    """附件1 六: two lists whose row numbers begin again."""
    devices = next(table for table in loader.load(VIDEO).tables if table.id == "T4")
    units: Counter[str | None] = Counter()
    for row in devices.rows:
        units[row.group] += int(row.cells[-1])

    assert sorted(Counter(row.group for row in devices.rows).values()) == [11, 74]
    assert sorted(units.values()) == [152, 156]
    assert len({(row.group, row.row) for row in devices.rows}) == 85
    assert sum(1 for row in devices.rows if not row.cells[2]) == 7


def test_eight_fees_are_the_price() -> None:
    """附件1 七: what the rows cost together; how often they occur multiplies nothing."""
    release = loader.load(VIDEO)
    fees = [t for t in release.terms if isinstance(t, Entitlement) and t.id.startswith("fee-")]

    assert len(fees) == 8
    assert {fee.quantity for fee in fees} == {1}
    assert Money.total(fee.unit_price for fee in fees if fee.unit_price) == release.price


def test_one_application_of_the_lease_stands_twice_and_is_not_merged() -> None:
    release = loader.load(LEASE)
    applications = next(table for table in release.tables if table.id == "T1")
    names = Counter(row.cells[1] for row in applications.rows)

    assert len(names) == 26
    assert [row.row for row in applications.rows if names[row.cells[1]] > 1] == ["16", "27"]
    assert "application-duplicate" in release.doubt_by_id


def test_fourteen_resources_have_a_quantity_and_none_has_a_price() -> None:
    rows = [
        term
        for term in loader.load(LEASE).terms
        if isinstance(term, Entitlement) and term.id.startswith("row-")
    ]

    assert [row.quantity for row in rows] == [
        *(1400, 2000, 7840, 23500, 30000, 5, 35, 300, 260, 260, 50, 100, 15, 1)
    ]
    assert {row.unit_price for row in rows} == {None}


def test_fourteen_indicators_each_rest_on_their_row() -> None:
    kpis = {
        int(term.id.removeprefix("kpi-")): term
        for term in loader.load(LEASE).terms
        if re.fullmatch(r"kpi-\d+", term.id)
    }

    assert sorted(kpis) == list(range(1, 15))
    for number, term in kpis.items():
        assert str(term.clauses[0]) == f"第一条/二/(二)/¶1 (T3 row {number})"
    bounds = {n: str(t.bound) for n, t in kpis.items() if isinstance(t, Threshold)}
    assert {n: bounds[n] for n in (2, 5, 6, 7, 14)} == {
        2: "180",
        5: "80",
        6: "90",
        7: "96",
        14: "92",
    }


@pytest.mark.parametrize(
    ("term", "number", "first", "last"),
    [
        ("duty-log-daily", 275, "2022-04-01", "2022-12-31"),
        ("inspection-weekly", 40, "2022-04-01 … 2022-04-03", "2022-12-26 … 2022-12-31"),
        ("weekly-report", 40, "2022-04-01 … 2022-04-03", "2022-12-26 … 2022-12-31"),
        ("monthly-report", 9, "2022-04-01 … 2022-04-30", "2022-12-01 … 2022-12-31"),
        ("inspection-monthly", 9, "2022-04-01 … 2022-04-30", "2022-12-01 … 2022-12-31"),
        ("archive-rounds", 2, "2022-04-01 … 2022-12-31", "2022-04-01 … 2022-12-31"),
        ("maintenance-rounds", 4, "2022-04-01 … 2022-12-31", "2022-04-01 … 2022-12-31"),
    ],
)
def test_how_often_a_recurring_duty_falls_due_in_nine_months(
    term: str, number: int, first: str, last: str
) -> None:
    release = loader.load(VIDEO)
    duty = next(t for t in release.terms if t.id == term)
    assert isinstance(duty, Recurring)
    assert duty.times is not None
    assert release.period.start is not None
    assert release.period.end is not None

    due = slots(duty.every, duty.times, release.period.start, release.period.end)

    spans = [f"{s.first} … {s.last}" if s.first != s.last else f"{s.first}" for s in due]
    assert (len(spans), spans[0], spans[-1]) == (number, first, last)


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("release_id", "fen", "words"),
    [
        (SECURITY, 185_600_000, "壹佰捌拾伍万陆仟元整"),
        (DIGITAL, 197_780_000, "壹佰玖拾柒万柒仟捌佰元整"),
        (GOVERNMENT, 209_180_000, "贰佰零玖万壹仟捌佰元整"),
        (VIDEO, 111_800_000, "壹佰壹拾壹万捌仟元整"),
        (LEASE, 388_702_600, "叁佰捌拾捌万柒仟零贰拾陆元整"),
    ],
)
def test_the_price_in_figures_and_in_words(release_id: str, fen: int, words: str) -> None:
    release = loader.load(release_id)

    assert release.price == Money(fen)
    assert from_words(release.price_words) == release.price
    assert in_words(release.price) == words


@pytest.mark.parametrize("release_id", [VIDEO, LEASE])
def test_the_instalments_add_up_to_the_price(release_id: str) -> None:
    release = loader.load(release_id)
    shares = [term.amount for term in release.payments]

    parts = [share for share in shares if isinstance(share, Share)]
    reckoned = [release.price.at(share.rate, Rounding.HALF_UP) for share in parts]

    assert len(parts) == 2
    assert Money.total(reckoned) == release.price
    assert [share.stated for share in parts] == reckoned


@pytest.mark.parametrize("release_id", [SECURITY, DIGITAL, GOVERNMENT])
def test_the_first_instalment_is_seventy_percent_and_the_rest_waits_for_a_grade(
    release_id: str,
) -> None:
    release = loader.load(release_id)
    first, second = release.payments

    assert isinstance(first.amount, Share)
    assert str(first.amount.rate) == "70%"
    assert not isinstance(second.amount, Share)
    caps = [term for term in release.terms if isinstance(term, GradeCap)]
    grades = [(g.name, str(g.rate), g.exact) for cap in caps for g in cap.grades]
    assert grades == (
        []
        if release_id == GOVERNMENT
        else [("优秀", "100%", True), ("良好", "97%", False), ("一般", "95%", False)]
    )


# ── doubts ───────────────────────────────────────────────────────────────────────────────────────────────────────

#: the blanks, mismatches and ambiguities that stop reckoning, by the clause where each stands
BLOCKS = {
    SECURITY: ["main 2.3", "main 11.4", "main 4.3.1"],
    DIGITAL: ["履约验收方案 二", "main 5.1", "main 4.1.1"],
    GOVERNMENT: ["main 5.1", "main 2.2", "main 8.1.2", "main 8.2.1", "main 4.3.1"],
    VIDEO: ["附件1", "第四章/一/2", "第七章/二"],
    LEASE: [
        "第一条/一/(二)/¶1",
        "第一条/二/(二)/¶1 (T3 row 13)",
        "第一条/二/(二)/¶1",
        "第十一条/¶1",
        "第五条/一/3",
        "第十三条/2",
        "第九条/3",
        "第九条/4",
        "第一条/一/(三)/1/(4)/¶1",
    ],
}


@pytest.mark.parametrize(("release_id", "clauses"), BLOCKS.items(), ids=BLOCKS)
def test_what_the_catalogue_calls_a_block_is_a_blocking_doubt(
    release_id: str, clauses: list[str]
) -> None:
    release = loader.load(release_id)
    blocks = [doubt for doubt in release.doubts if doubt.severity is Severity.BLOCK]

    assert len(blocks) == len(clauses)
    for clause in clauses:
        assert any(clause in map(str, doubt.clauses) for doubt in blocks), clause


@pytest.mark.parametrize("release_id", ALL)
def test_every_blocking_doubt_stops_a_term_and_says_how_to_settle_it(release_id: str) -> None:
    for doubt in loader.load(release_id).doubts:
        assert doubt.safe, doubt.id
        assert doubt.mend, doubt.id
        if doubt.severity is Severity.BLOCK:
            assert doubt.blocks, doubt.id
            assert doubt.needs, doubt.id


# ── citations ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("release_id", ALL)
def test_every_clause_and_every_citation_finds_itself(release_id: str) -> None:
    release = loader.load(release_id)
    cited: set[ClauseRef] = {
        *(clause.ref for clause in release.clauses),
        *(ref for term in release.terms for ref in term.clauses),
        *(ref for doubt in release.doubts for ref in doubt.clauses),
        *(ref for parameter in release.parameters for ref in parameter.clauses),
    }

    astray = [str(ref) for ref in cited if release.clauses.resolve(str(ref)) != ref]

    assert astray == []


@pytest.mark.parametrize(
    ("release_id", "written", "found"),
    [
        (SECURITY, "保密协议第二条第2.2款第（3）项", "保密协议 2.2(3)"),
        (SECURITY, "第七条 7.2.15 款", "main 7.2.15"),
        (SECURITY, "第十一条第11.4款", "main 11.4"),
        (SECURITY, "7.2.8（1）", "main 7.2.8(1)"),
        (SECURITY, "第五条第5.2款第①项", "main 5.2①"),
        (SECURITY, "廉洁协议第二条第4款第（2）项", "廉洁协议 二.4(2)"),
        (DIGITAL, "保密协议第二条第2.2款第（8）项", "保密协议 2.2(8)"),
        (DIGITAL, "第五条第5.2款a项", "main 5.2a"),
        (DIGITAL, "履约验收方案第一条", "履约验收方案 一"),
        (GOVERNMENT, "第二条第2.1款第（3）项", "main 2.1(3)"),
        (GOVERNMENT, "第五条第5.2.1款b项", "main 5.2.1b"),
        (VIDEO, "第五章第 1 条", "第五章/一"),
        (VIDEO, "本合同第八章第1条", "第八章/一"),
        (VIDEO, "附件 1", "附件1"),
        (VIDEO, "第四章第一条第2项", "第四章/一/2"),
        (VIDEO, "第六章第二条第（二）项第2目", "第六章/二/(二)/2"),
        (VIDEO, "附件 1 第一条第3项3.2", "附件1/一/3/3.2"),
        (VIDEO, "附件2第五条第（一）款第4项", "附件2/五/(一)/4"),
        (VIDEO, "第十三章第三条第1段", "第十三章/三/¶1"),
        (LEASE, "第1条第一部分(三)2(7)", "第一条/一/(三)/2/(7)"),
        (LEASE, "第九条第4项", "第九条/4"),
        (LEASE, "第三条第二款", "第三条/二"),
        (LEASE, "附件第二条第（十）项", "附件/二/(十)"),
        (LEASE, "附件三", "附件/三"),
    ],
)
def test_other_ways_of_writing_a_reference(release_id: str, written: str, found: str) -> None:
    assert str(loader.load(release_id).clauses.resolve(written)) == found


@pytest.mark.parametrize(
    ("release_id", "title", "document"),
    [(VIDEO, "《安全保密协议》", "附件2"), (SECURITY, "附件 1", "保密协议")],
)
def test_an_annex_answers_to_its_title_and_to_its_number(
    release_id: str, title: str, document: str
) -> None:
    assert loader.load(release_id).clauses.resolve(title).document == document


# ── broken copies ────────────────────────────────────────────────────────────────────────────────────────────────


def refusal(tmp_path: Path, release_id: str, file: str, old: str, new: str) -> list[Doubt]:
    """What loading says of a copy in which one passage of one file was changed."""
    folder = tmp_path / release_id
    shutil.copytree(loader.HERE / release_id, folder)
    path = folder / f"{file}.yaml"
    text = path.read_text("utf-8")
    assert old in text, f"{path.name} no longer says {old}"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(Refused) as caught:
        loader.load_folder(folder)
    return list(caught.value.doubts)


_TWO_TERMS = """- id: one-way
  kind: deadline_after_event
  clauses: [第十四章/二]
  debtor: supplier
  says: 三天
  triggers: [account.changed]
  done: [account.notified]
  within: "3 calendar-days"
  slot: account.within
- id: other-way
  kind: deadline_after_event
  clauses: [第十三章/一/¶1]
  debtor: supplier
  says: 五天
  triggers: [account.changed]
  done: [account.notified]
  within: "5 calendar-days"
  slot: account.within
- id: first-payment
"""

#: what is changed, and words of the place and of what is wrong
BROKEN = {
    "unknown field of the release": (
        (VIDEO, "release", "number: null", "number: null\ncolour: red"),
        ("release.yaml", "colour"),
    ),
    "unknown field of a term": (
        (
            VIDEO,
            "terms",
            '  within: "20 working-days"',
            '  colour: red\n  within: "20 working-days"',
        ),
        ("first-payment", "colour"),
    ),
    "unknown field of a doubt": (
        (VIDEO, "release", "- id: no-number\n", "- id: no-number\n    colour: red\n"),
        ("no-number", "colour"),
    ),
    "missing field of a term": (
        (VIDEO, "terms", "  debtor: both\n", ""),
        ("confirmed-channels", "debtor"),
    ),
    "clause that is not there": (
        (VIDEO, "terms", "clauses: [第四章/一/1]", "clauses: [第四章/一/9]"),
        ("first-payment", "第四章/一/9"),
    ),
    "clause taken from the tree": (
        (VIDEO, "clauses", "- [第四章/一/1, ", "- [第四章/一/9, "),
        ("first-payment", "第四章/一/1"),
    ),
    "clause twice": (
        (VIDEO, "clauses", "- [第四章/一/2, ", "- [第四章/一/1, "),
        ("第四章/一/1", "两次"),
    ),
    "term twice": (
        (VIDEO, "terms", "- id: second-payment\n", "- id: first-payment\n"),
        ("first-payment", "重复"),
    ),
    "doubt twice": (
        (VIDEO, "release", "- id: no-number\n", "- id: no-title\n"),
        ("no-title", "重复"),
    ),
    "number instead of a rate": (
        (VIDEO, "terms", 'daily: "0.03%"', "daily: 0.03"),
        ("late-interest", "0.03"),
    ),
    "number instead of money": (
        (VIDEO, "release", 'price: "1118000.00 元"', "price: 1118000"),
        (VIDEO, "1118000"),
    ),
    "days that do not say which": (
        (VIDEO, "terms", 'within: "3 calendar-days"', 'within: "3 days"'),
        ("account-change-notice", "3 days"),
    ),
    "one slot, two values, no doubt": (
        (VIDEO, "terms", "- id: first-payment\n", _TWO_TERMS),
        ("account.within", "第十三章/一/¶1"),
    ),
    "silence that deems itself": (
        (LEASE, "terms", 'triggers: ["acceptance.submitted"]', 'triggers: ["acceptance.passed"]'),
        ("acceptance.passed", "首尾相接"),
    ),
    "stated amount one fen off": (
        (VIDEO, "terms", 'stated: "559000.00 元"', 'stated: "559000.01 元"'),
        ("first-payment", "559,000.01"),
    ),
    "sum of a column": (
        (VIDEO, "tables", '"TD06", "4"', '"TD06", "5"'),
        ("T4", "309"),
    ),
    "price in words": (
        (VIDEO, "release", "壹佰壹拾壹万捌仟元整", "壹佰壹拾壹万玖仟元整"),
        ("价款", "壹佰壹拾壹万玖仟元整"),
    ),
    "tax one fen off": (
        (LEASE, "release", "3667005.66 元", "3667005.67 元"),
        ("税", "3,667,005.67"),
    ),
    "doubt that is not there": (
        (VIDEO, "terms", "[treasury-release-paper]", "[no-such-doubt]"),
        ("first-payment", "no-such-doubt"),
    ),
    "block that the term does not know of": (
        (VIDEO, "release", "blocks: [second-payment]", "blocks: [first-payment]"),
        ("second-payment-no-days", "first-payment"),
    ),
    "parameter that is not there": (
        (VIDEO, "terms", "param:grace-period", "param:no-such-parameter"),
        ("grace-cure", "no-such-parameter"),
    ),
    "kind of fact that is not there": (
        (VIDEO, "terms", "conditions: [review.passed]", "conditions: [review.praised]"),
        ("second-payment", "review.praised"),
    ),
    "field of a fact that is not there": (
        (VIDEO, "terms", "treasury.released[instalment=1]", "treasury.released[part=1]"),
        ("first-payment", "part"),
    ),
    "not YAML": (
        (VIDEO, "terms", "- id: confirmed-channels", '- id: "confirmed-channels'),
        ("terms.yaml", "YAML"),
    ),
    "field twice": (
        (VIDEO, "terms", "  kind: prohibition\n", "  kind: prohibition\n  kind: duty\n"),
        ("terms.yaml", "两次"),
    ),
}

#: a remedy tells the reader what to do
_REMEDY = re.compile(r"请|只能|须|应写|要写|由四个")


@pytest.mark.parametrize(("change", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_release_is_refused_with_place_and_remedy(
    tmp_path: Path, change: tuple[str, str, str, str], words: tuple[str, str]
) -> None:
    doubts = refusal(tmp_path, *change)

    about = [str(doubt) for doubt in doubts if all(word in str(doubt) for word in words)]
    assert about, doubts
    assert any(_REMEDY.search(says) for says in about), about


@pytest.mark.parametrize("file", loader.FILES)
def test_a_file_that_is_missing_is_named(tmp_path: Path, file: str) -> None:
    folder = tmp_path / VIDEO
    shutil.copytree(loader.HERE / VIDEO, folder)
    (folder / f"{file}.yaml").unlink()

    with pytest.raises(Refused, match=rf"{file}\.yaml.*缺少.*四个"):
        loader.load_folder(folder)


def test_a_float_in_the_stored_text_is_refused() -> None:
    raw = json.loads(loader.text_of(VIDEO))
    raw["price"] = 1118000.0

    with pytest.raises(Refused, match="加引号"):
        loader.load_text(json.dumps(raw))


def test_a_release_that_does_not_ship_is_refused_with_those_that_do() -> None:
    with pytest.raises(Refused, match=VIDEO):
        loader.load("no-such-contract")


# ── against the papers ───────────────────────────────────────────────────────────────────────────────────────────


def seeds() -> Path | None:
    """The folder of the original papers, where there is one."""
    named = os.environ.get("LVYUE_SEEDS")
    folder = Path(named) if named else TOP.parent / "shared" / "seeds"
    return folder if folder.is_dir() else None


papers_at_hand = pytest.mark.skipif(seeds() is None, reason="the original papers are not here")


@cache
def paper(release_id: str) -> str:
    """The paper of a release: the one text that names its supplier and its price."""
    folder = seeds()
    assert folder is not None
    release = loader.load(release_id)
    supplier = next(party.name for party in release.parties if party.role.value == "supplier")
    found = [
        text
        for text in (path.read_text("utf-8") for path in sorted(folder.glob("*.txt")))
        if supplier in bare(text) and bare(release.price_words) in bare(text)
    ]
    assert len(found) == 1, f"{len(found)} papers name {supplier}"
    return found[0]


def bare(text: str) -> str:
    return re.sub(r"[\s*_|]+", "", text)


def numbers_as_printed(release: Release) -> Iterator[tuple[ClauseRef, str]]:
    """The numbered clauses in the order of the release, each with the number that begins it on paper."""
    for clause in release.clauses:
        segments = clause.ref.segments
        if not segments or segments[-1][0] in "¶•":
            continue
        if clause.printed is not None:
            number = half_width(clause.printed).rstrip("、.")
        elif re.fullmatch(r"[0-9]+", segments[-1]) and "/" not in str(clause.ref):
            number = decimal(segments)
        else:
            number = segments[-1]
        if re.search(r"[0-9一二三四五六七八九十①②③④]|^\(?[a-z]\)?$", number):
            yield clause.ref, number


def decimal(segments: tuple[str, ...]) -> str:
    """7.2.15 from the numbers that end a path."""
    tail: list[str] = []
    for segment in reversed(segments):
        if not re.fullmatch(r"[0-9]+", segment):
            break
        tail.insert(0, segment)
    return ".".join(tail)


def half_width(text: str) -> str:
    """Half-width figures and brackets, without blanks; lines stay."""
    plain = "".join(c if c in "①②③④" else unicodedata.normalize("NFKC", c) for c in text)
    return re.sub(r"[^\S\n]+", "", plain)


@papers_at_hand
@pytest.mark.parametrize("release_id", ALL)
def test_the_numbered_clauses_stand_in_the_paper_in_this_order(release_id: str) -> None:
    text, place, seen = half_width(paper(release_id)), 0, 0
    for ref, number in numbers_as_printed(loader.load(release_id)):
        inside = re.fullmatch(r"\([a-z]\)", number)  # (a) and (b) stand inside a sentence
        begins = "" if inside else "(?m)^[-*#]*"
        found = re.compile(rf"{begins}{re.escape(number)}(?<![0-9](?=[0-9]))").search(text, place)
        after = text[max(place - 40, 0) : place]
        assert found is not None, f"{ref}: no line begins with {number} after {after}"
        place, seen = found.end(), seen + 1

    assert seen >= 100


RUN = 18
_HAN = re.compile(r"[一-鿿]")


@papers_at_hand
@pytest.mark.parametrize("release_id", ALL)
def test_headings_and_sentences_are_our_own_words(release_id: str) -> None:
    """No run of 18 characters of any paper; names and numbers alone do not make a sentence."""
    folder = seeds()
    assert folder is not None
    original = bare("\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.txt"))))
    grams = {original[i : i + RUN] for i in range(len(original) - RUN + 1)}
    release = loader.load(release_id)
    ours = [
        *((str(clause.ref), clause.heading) for clause in release.clauses),
        *((term.id, term.says) for term in release.terms),
        *((one.id, text) for one in release.doubts for text in (one.says, one.safe, one.mend)),
        *((parameter.id, parameter.says) for parameter in release.parameters),
    ]

    repeated = [
        f"{where}: {piece}"
        for where, text in ours
        for piece in (bare(text)[i : i + RUN] for i in range(len(bare(text)) - RUN + 1))
        if piece in grams and len(_HAN.findall(piece)) >= RUN * 0.8
    ]

    assert repeated == []
