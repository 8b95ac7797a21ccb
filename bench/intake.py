"""Read papers of each format, beside the bare extraction of the same bytes in the same run.

The floor of a PDF is pypdfium2 alone: every page opened, every character with its box. The floor of a docx is lxml alone:
unzipped, parsed, all text nodes taken. What is on top of that is ours: lines, order, columns, tables, numbers, places.
Goal for a PDF: at most 25 % on top. PDFs that are handed over are measured too: ``bench/intake.py a.pdf b.pdf``.
"""

from __future__ import annotations

import gc
import io
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import pypdfium2
import typst
import xlsxwriter
from lxml import etree

from lvyue.intake import read_file
from lvyue.intake.child import read_apart

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SENTENCE = "乙方应当按照本合同约定的内容和标准提供运行维护服务，发现故障后应当立即报告甲方，并在 2 小时内派人到达现场处理，处理结果由甲方书面确认。"
ROUNDS = 7


def best(work: Callable[[], object]) -> float:
    """The least processor seconds of several runs: others work on this machine as well."""
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        start = process_time()
        work()
        times.append(process_time() - start)
    return min(times)


def printed(clauses: int, rows: int) -> bytes:
    """A contract of so many clauses and one table of so many rows, printed."""
    text = "\n\n".join(f"{n // 10 + 1}.{n % 10 + 1} {SENTENCE}" for n in range(clauses))
    cells = "".join(f"[{n}], [第 {n} 类设备], [每月巡检一次并填写记录], [12]," for n in range(rows))
    table = f"#table(columns: (1.5cm, 4cm, 1fr, 2cm), {cells})" if rows else ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paper.typ"
        head = '#set page("a4", numbering: "1")\n#set text(font: "Noto Serif CJK SC", size: 12pt, lang: "zh")\n'
        path.write_text(f"{head}\n{text}\n\n{table}\n", "utf-8")
        return typst.compile(path)


def bare_pdf(data: bytes) -> int:
    """pypdfium2 and nothing else."""
    document = pypdfium2.PdfDocument(data)
    count = 0
    for page in document:
        text = page.get_textpage()
        text.get_text_range()
        for n in range(text.count_chars()):
            text.get_charbox(n, loose=True)
            count += 1
        text.close()
        page.close()
    document.close()
    return count


def numbered_docx(paragraphs: int) -> bytes:
    """Paragraphs that Word numbers by itself."""
    level = "".join(
        f'<w:lvl w:ilvl="{n}"><w:numFmt w:val="{f}"/><w:lvlText w:val="{t}"/></w:lvl>'
        for n, (f, t) in enumerate((("chineseCounting", "第%1条"), ("decimal", "%1.%2")))
    )
    body = "".join(
        f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{int(n % 10 > 0)}"/><w:numId w:val="1"/></w:numPr></w:pPr>'
        f"<w:r><w:t>{SENTENCE}</w:t></w:r></w:p>"
        for n in range(paragraphs)
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
        )
        out.writestr(
            "word/numbering.xml",
            f'<w:numbering xmlns:w="{W}"><w:abstractNum w:abstractNumId="0">{level}</w:abstractNum>'
            '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
        )
    return buffer.getvalue()


def bare_docx(data: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return len("".join(etree.fromstring(package.read("word/document.xml")).itertext()))


def sheet(rows: int) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet("清单")
        money = book.add_format({"num_format": "#,##0.00"})
        for n in range(rows):
            page.write_row(n, 0, [n, f"第 {n} 类设备", "每月巡检一次"])
            page.write_number(n, 3, n * 100.5, money)
    return buffer.getvalue()


def of_pdf(name: str, data: bytes) -> list[str]:
    source = read_file(data, name=name)
    floor, ours = best(lambda: bare_pdf(data)), best(lambda: read_file(data, name=name))
    pages = len(source.pages)
    return [
        f"{name}: {pages} pages, {source.characters:,} characters",
        f"  pypdfium2 alone        {floor:7.3f} s   {pages / floor:7,.0f} pages/s   1.00",
        f"  read_file              {ours:7.3f} s   {pages / ours:7,.0f} pages/s   {ours / floor:4.2f}   goal ≤ 1.25",
    ]


def run(files: list[str]) -> list[str]:
    out: list[str] = []
    papers = {name: Path(name).read_bytes() for name in files} or {
        "PDF, text": printed(300, 0),
        "PDF, text and a table over pages": printed(200, 200),
        "PDF, one table": printed(0, 600),
    }
    for name, data in papers.items():
        out += of_pdf(name, data)
    if files:
        return out
    docx, xlsx = numbered_docx(5_000), sheet(10_000)
    text = "\n".join(f"{n}. {SENTENCE}" for n in range(300)).encode()
    floor, ours = best(lambda: bare_docx(docx)), best(lambda: read_file(docx, name="a"))
    out += [
        "docx: 5,000 numbered paragraphs",
        f"  lxml alone             {floor:7.3f} s   {5000 / floor:7,.0f} blocks/s  1.00",
        f"  read_file              {ours:7.3f} s   {5000 / ours:7,.0f} blocks/s  {ours / floor:4.2f}",
    ]
    for name, data, count, unit in (("xlsx", xlsx, 40_000, "cells"), ("text", text, 300, "lines")):
        ours = best(lambda data=data: read_file(data, name="a"))  # type: ignore[misc]
        out.append(f"{name}: {count:,} {unit} in {ours:.3f} s, {count / ours:,.0f} {unit}/s")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.txt"
        path.write_bytes(text)
        start = perf_counter()
        read_apart(path)
        out.append(f"a process apart costs {perf_counter() - start:.2f} s of wall time")
    return out


if __name__ == "__main__":
    print("\n".join(run(sys.argv[1:])))
