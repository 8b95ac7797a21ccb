"""Files made for a test: packages by hand, since the libraries that write docx cannot write what hostile or real ones hold."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping

W_NS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
REL_NS = "http://schemas.openxmlformats.org/package/2006/relationships"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ROOT = (
    f'xmlns:w="{W_NS}" xmlns:r="{KIND}" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
SHEET_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def package(members: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return buffer.getvalue()


def relationships(targets: Iterable[tuple[str, str]], mode: str = "") -> str:
    """(kind, target) …, with the ids rId1, rId2, …"""
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{KIND}/{kind}" Target="{target}"{mode}/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{REL_NS}">{rows}</Relationships>'


def docx(body: str, **parts: str) -> bytes:
    """A docx with this body. Parts are styles, numbering, comments, footnotes, header1, footer1: their content."""
    roots = {"header1": "hdr", "footer1": "ftr"}
    kinds = {"header1": "header", "footer1": "footer"}
    members: dict[str, str | bytes] = {
        "word/document.xml": f"<w:document {ROOT}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": relationships(
            (kinds.get(name, name), f"{name}.xml") for name in parts
        ),
    }
    for name, content in parts.items():
        root = roots.get(name, name)
        members[f"word/{name}.xml"] = f"<w:{root} {ROOT}>{content}</w:{root}>"
    return package(members)


def p(*runs: str, properties: str = "") -> str:
    """A paragraph of runs; what does not begin with < is text."""
    inner = "".join(run if run.startswith("<") else r(run) for run in runs)
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{inner}</w:p>"


def r(text: str, properties: str = "") -> str:
    inside = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inside}<w:t xml:space="preserve">{text}</w:t></w:r>'


def numbered(use: int, level: int, text: str) -> str:
    return p(
        text, properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{use}"/></w:numPr>'
    )


def level(depth: int, format_: str, pattern: str, more: str = "", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{format_}"/>{more}'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
    )


def abstract(number: int, *levels: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{number}">{"".join(levels)}</w:abstractNum>'


def use(number: int, of: int, more: str = "") -> str:
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{of}"/>{more}</w:num>'


def table(*rows: str, borders: bool = True) -> str:
    drawn = '<w:tblBorders><w:insideH w:val="single"/></w:tblBorders>' if borders else ""
    return f"<w:tbl><w:tblPr>{drawn}</w:tblPr>{''.join(rows)}</w:tbl>"


def tr(*cells: str, properties: str = "") -> str:
    return f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{''.join(cells)}</w:tr>"


def tc(content: str, properties: str = "") -> str:
    inner = content if content.startswith("<") else p(content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def xlsx(sheets: Mapping[str, str], **parts: str) -> bytes:
    """An xlsx of sheets by name: what stands inside ``worksheet``. Parts are styles, sharedStrings, and attributes of the workbook."""
    listed = "".join(
        f'<sheet name="{name.lstrip("!")}" sheetId="{n}" r:id="rId{n}"{" state=" + chr(34) + "hidden" + chr(34) if name.startswith("!") else ""}/>'
        for n, name in enumerate(sheets, start=1)
    )
    book = parts.pop("workbookPr", "")
    members: dict[str, str | bytes] = {
        "xl/workbook.xml": f'<workbook xmlns="{SHEET_NS}" xmlns:r="{KIND}">{book}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relationships(
            ("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)
        ),
    }
    for n, content in enumerate(sheets.values(), start=1):
        members[f"xl/worksheets/sheet{n}.xml"] = (
            f'<worksheet xmlns="{SHEET_NS}">{content}</worksheet>'
        )
    for name, content in parts.items():
        root = {"styles": "styleSheet", "sharedStrings": "sst"}[name]
        members[f"xl/{name}.xml"] = f'<{root} xmlns="{SHEET_NS}">{content}</{root}>'
    return package(members)
