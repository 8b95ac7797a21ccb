"""The sample papers: five contracts in five formats, made by a script from the samples and releases, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256

import pytest

from lvyue.core.doubts import Refused
from lvyue.intake import read_file
from lvyue.library import loader
from lvyue.library.papers import HERE, PaperFile, papers
from lvyue.reading.source import Grid, Line, Source, SourceKind
from tools import make_papers
from tools.sample_papers import content
from tools.sample_papers.content import Paragraph, Title

BORN_DIGITAL = [name for name in make_papers.MAKERS if "scan" not in name]
SIGNED = {
    "digital-operations-2026.docx": "2026年01月20日",
    "government-cloud-2026.pdf": "2026年02月03日",
}


def read(name: str) -> Source:
    return read_file(HERE / name)


def words(source: Source) -> str:
    """Everything on the paper without blanks."""
    texts = [
        block.text if isinstance(block, Line) else "".join(cell.text for cell in block.cells)
        for block in source.blocks
    ]
    return re.sub(r"\s", "", "".join(texts))


def test_each_shipped_release_has_its_paper_in_a_format_of_its_own() -> None:
    assert set(papers()) == set(loader.release_ids())
    kinds = {
        file.name: read(file.name).kind
        for paper in papers().values()
        for file in paper.files
        if "scan" not in file.name
    }
    assert Counter(kinds.values()) == {
        SourceKind.TEXT: 2,
        SourceKind.DOCX: 1,
        SourceKind.PDF: 1,
        SourceKind.XLSX: 1,
    }


def test_each_file_is_the_one_that_was_registered_and_all_are_small() -> None:
    listed = [file for paper in papers().values() for file in paper.files]

    assert {file.name for file in listed} | {"papers.json"} == {
        path.name for path in HERE.iterdir()
    }
    assert all(sha256(file.content()).hexdigest() == file.sha256 for file in listed)
    assert sum(len(file.content()) for file in listed) < 3_000_000


def test_a_changed_file_is_refused_in_words() -> None:
    changed = PaperFile("cloud-lease-2025.txt", "0" * 64, annex=False)

    with pytest.raises(Refused) as refused:
        changed.content()

    assert "摘要不符" in refused.value.doubts[0].says


def test_the_script_makes_the_same_bytes_again() -> None:
    """PDFs depend on the fonts of a machine and are left out."""
    assert make_papers.stale() == []


@pytest.mark.parametrize("name", BORN_DIGITAL)
def test_every_paper_says_that_it_is_a_sample(name: str) -> None:
    if name.endswith(".xlsx"):
        pytest.skip("a sheet says it in its foot, which is no part of its cells")

    assert "演示样本" in words(read(name))


@pytest.mark.parametrize(
    "name", [name for name in BORN_DIGITAL if name.endswith((".docx", ".pdf"))]
)
def test_every_paragraph_arrives_with_its_number(name: str) -> None:
    """Also those whose number Word counts by itself: no paragraph of that file contains one."""
    release, _ = make_papers.MAKERS[name]
    paper = content.paper(release, cut=False)
    read_words = words(read(name))

    for item in paper.items:
        if isinstance(item, Title) or (isinstance(item, Paragraph) and item.number[:1] != "-"):
            text = re.sub(r"\s", "", getattr(item, "number", "") + item.text)
            assert text[:24] in read_words, text[:24]


def test_the_annex_has_the_tables_of_its_release_and_the_contract_names_them() -> None:
    release = loader.load("cloud-lease-2025")
    grids = [block for block in read(make_papers.ANNEX).blocks if isinstance(block, Grid)]
    text = words(read("cloud-lease-2025.txt"))

    assert [grid.rows for grid in grids] == [len(table.rows) + 1 for table in release.tables]
    assert all(re.sub(r"\s", "", table.title) in text for table in release.tables)


def test_the_numbers_of_word_are_in_no_paragraph_of_the_docx() -> None:
    lines = [
        block for block in read("digital-operations-2026.docx").blocks if isinstance(block, Line)
    ]
    by_word = [line for line in lines if line.numbered]

    assert len(by_word) > 180
    assert {line.text[: line.numbered].strip() for line in by_word} >= {
        "一、",
        "7.2.15",
        "第十一条",
        "2.2.",
        "(19)",
        "(a)",
        "a.",
    }


@pytest.mark.parametrize(("name", "day"), SIGNED.items())
def test_the_signature_page_has_its_day(name: str, day: str) -> None:
    assert day in words(read(name))
