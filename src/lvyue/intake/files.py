"""读入文件: one file, whatever it is, becomes a source. It runs in this process; ``child`` runs it in one of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, assert_never

from lvyue.core.doubts import Refused
from lvyue.intake.kinds import TURNED_AWAY, FileKind, kind_of
from lvyue.intake.limits import LIMITS
from lvyue.intake.refusals import Asked, Progress, go_on, refuse, without_recognition
from lvyue.reading.source import Source

#: reads pictures: (bytes of a PDF or a picture, name, progress, cancelled)
Recognise: TypeAlias = Callable[[bytes, str, Progress | None, Asked | None], Source]


def read_file(
    path: Path | bytes,
    *,
    name: str | None = None,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
) -> Source:
    """The text of a file with the place of each line. Raises ``Refused`` with what to bring instead."""
    called = name or (path.name if isinstance(path, Path) else "文件")
    data = _bytes_of(path, called) if isinstance(path, Path) else path
    check_size(len(data), called)
    go_on(called, cancelled)
    return _read(kind_of(data), data, called, progress, cancelled)


def check_file(path: Path, name: str) -> None:
    """A plain file of a size that is read; a pipe or a device would never end."""
    try:
        if not path.is_file():
            raise refuse(name, "找不到这个文件，或者它不是普通文件。", "请检查路径。")
        check_size(path.stat().st_size, name)
    except OSError as problem:
        raise _not_opened(name, problem) from problem


def _bytes_of(path: Path, name: str) -> bytes:
    """The bytes of a file, measured before they are read."""
    check_file(path, name)
    try:
        return path.read_bytes()
    except OSError as problem:
        raise _not_opened(name, problem) from problem


def _not_opened(name: str, problem: OSError) -> Refused:
    return refuse(name, f"打不开文件：{problem.strerror}。", "请检查路径和权限。")


def check_size(size: int, name: str) -> None:
    """Neither empty nor larger than is read."""
    if size == 0:
        raise refuse(name, "文件是空的。", "请检查是否选错了文件，或者重新下载。")
    if size > LIMITS.file_bytes:
        most = LIMITS.file_bytes // 1024 // 1024
        raise refuse(
            name,
            f"文件有 {size / 1024 / 1024:,.0f} MB，最多读 {most} MB。",
            "请拆成几个文件，或者降低扫描的分辨率（200 至 300 dpi 足够）。",
        )


def _read(
    kind: FileKind, data: bytes, name: str, progress: Progress | None, cancelled: Asked | None
) -> Source:
    """Each format is loaded when it is met: a text needs no PDF library, and a command that reads nothing needs none."""
    match kind:
        case FileKind.TEXT:
            from lvyue.intake.text import read_text  # noqa: PLC0415  see above

            return read_text(data, name)
        case FileKind.HTML:
            from lvyue.intake.text import read_html  # noqa: PLC0415

            return read_html(data, name)
        case FileKind.DOCX:
            from lvyue.intake.docx import read_docx  # noqa: PLC0415

            return read_docx(data, name, progress, cancelled)
        case FileKind.XLSX:
            from lvyue.intake.sheets import read_xlsx  # noqa: PLC0415

            return read_xlsx(data, name, progress, cancelled)
        case FileKind.PDF:
            from lvyue.intake.pdf import read_pdf  # noqa: PLC0415

            return read_pdf(data, name, progress, cancelled, _recogniser())
        case FileKind.IMAGE:
            recognise = _recogniser()
            if recognise is None:
                raise without_recognition(name)
            return recognise(data, name, progress, cancelled)
        case (
            FileKind.OFD
            | FileKind.ODF
            | FileKind.OLE
            | FileKind.RTF
            | FileKind.WORD_XML
            | FileKind.MIME
            | FileKind.XLSB
            | FileKind.PPTX
            | FileKind.HEIC
            | FileKind.PROGRAM
            | FileKind.ARCHIVE
            | FileKind.BROKEN_PACKAGE
        ):
            says, mend = TURNED_AWAY[kind]
            raise refuse(name, says, mend)
        case _:
            assert_never(kind)


def _recogniser() -> Recognise | None:
    """What reads pictures, where the extra ``ocr`` is installed."""
    from lvyue.intake.scan import can_read, read_scan  # noqa: PLC0415

    return read_scan if can_read() else None
