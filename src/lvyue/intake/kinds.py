"""文件种类: what a file is by its bytes. Its name is not asked: a PDF called .txt is a PDF."""

from __future__ import annotations

import io
import zipfile
from enum import StrEnum


class FileKind(StrEnum):
    """文件种类: those that are read, and those that are turned away with words of their own."""

    TEXT = "text"
    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    IMAGE = "image"
    OFD = "ofd"
    ODF = "odf"
    OLE = "ole"
    RTF = "rtf"
    WORD_XML = "word_xml"
    MIME = "mime"
    XLSB = "xlsb"
    PPTX = "pptx"
    HEIC = "heic"
    PROGRAM = "program"
    ARCHIVE = "archive"
    BROKEN_PACKAGE = "broken_package"


#: first bytes of a file
SIGNATURES: tuple[tuple[bytes, FileKind], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind.OLE),
    (b"{\\rtf", FileKind.RTF),
    (b"\x89PNG\r\n\x1a\n", FileKind.IMAGE),
    (b"\xff\xd8\xff", FileKind.IMAGE),
    (b"II*\x00", FileKind.IMAGE),
    (b"MM\x00*", FileKind.IMAGE),
    (b"GIF8", FileKind.IMAGE),
    (b"MZ", FileKind.PROGRAM),
    (b"\x7fELF", FileKind.PROGRAM),
    (b"Rar!", FileKind.ARCHIVE),
    (b"7z\xbc\xaf'\x1c", FileKind.ARCHIVE),
    (b"\x1f\x8b", FileKind.ARCHIVE),
    (b"BZh", FileKind.ARCHIVE),
    (b"\xfd7zXZ\x00", FileKind.ARCHIVE),
)

#: a member of a zip that tells what it is, in this order
MEMBERS: tuple[tuple[str, FileKind], ...] = (
    ("word/document.xml", FileKind.DOCX),
    ("xl/workbook.bin", FileKind.XLSB),
    ("xl/workbook.xml", FileKind.XLSX),
    ("ppt/presentation.xml", FileKind.PPTX),
    ("OFD.xml", FileKind.OFD),
    ("META-INF/manifest.xml", FileKind.ODF),
)

#: what is said of a kind that is not read, and what to bring instead
TURNED_AWAY: dict[FileKind, tuple[str, str]] = {
    FileKind.OLE: (
        "这是旧格式（.doc、.xls、.wps）或加了打开密码的 Office 文件。",
        "请在 Word 或 WPS 中打开它，另存为 .docx 或 .xlsx（不设密码）后再读入。",
    ),
    FileKind.RTF: ("这是 RTF 文件。", "请在 Word 或 WPS 中另存为 .docx 后再读入。"),
    FileKind.WORD_XML: (
        "这是旧式的 Word XML 文件。",
        "请在 Word 或 WPS 中另存为 .docx 后再读入。",
    ),
    FileKind.MIME: (
        "这是单个文件网页（.mht）或邮件。",
        "请打开它，把正文另存为 .docx 或文本后再读入。",
    ),
    FileKind.OFD: ("这是 OFD 版式文件。", "请在 OFD 阅读器中另存为或打印成 PDF 后再读入。"),
    FileKind.ODF: ("这是 OpenDocument 文件。", "请另存为 .docx 或 .xlsx 后再读入。"),
    FileKind.XLSB: ("这是二进制的 Excel 文件（.xlsb）。", "请另存为 .xlsx 后再读入。"),
    FileKind.PPTX: ("这是演示文稿。", "合同若在其中，请另存为 PDF 后再读入。"),
    FileKind.HEIC: ("这是 HEIC 照片。", "请把照片另存为 JPEG 后再读入。"),
    FileKind.PROGRAM: ("这是程序，不是合同文件。", "请检查是否选错了文件；不要运行它。"),
    FileKind.ARCHIVE: ("这是压缩包。", "请解压后把其中的合同文件逐个读入。"),
    FileKind.BROKEN_PACKAGE: (
        "文件已损坏：压缩结构不完整。",
        "请重新下载或在原来的软件中另存一份再读入。",
    ),
}


def kind_of(data: bytes) -> FileKind:
    """What the bytes are; text where nothing else is recognised."""
    for start, kind in SIGNATURES:
        if data.startswith(start):
            return kind
    if b"%PDF-" in data[:1024]:  # readers allow some rubbish before the head, and so does pdfium
        return FileKind.PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _package(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return FileKind.IMAGE
    if data[:2] == b"BM" and data[6:10] == b"\0\0\0\0":
        return FileKind.IMAGE
    if data[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"}:
        return FileKind.HEIC
    return _typed(data)


def _package(data: bytes) -> FileKind:
    """What kind of zip it is, by the names of its members alone."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError):
        return FileKind.BROKEN_PACKAGE
    return next((kind for member, kind in MEMBERS if member in names), FileKind.ARCHIVE)


def _typed(data: bytes) -> FileKind:
    """Text that is the source of something else."""
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return FileKind.HTML
    if head.startswith(b"<?xml"):
        if b"mso-application" in head or b"schemas.microsoft.com/office/word/2003" in head:
            return FileKind.WORD_XML
        if b"<html" in head or b"<!doctype html" in head:
            return FileKind.HTML
    if head.startswith(b"mime-version:"):
        return FileKind.MIME
    return FileKind.TEXT
