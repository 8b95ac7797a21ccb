"""文件库: files by their hash, under the home folder. What stands at an address is complete, or nothing stands there.

A file that was written and that no row names is harmless: the same bytes come to the same place again.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from lvyue.core.doubts import Refused, malformed

#: So many bytes are read and hashed at a time.
CHUNK = 1 << 20

_SHA256 = re.compile(r"[0-9a-f]{64}")

#: How the files that people bring begin. A name proves nothing: the first bytes do.
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"PK\x03\x04", "application/zip"),  # and with it docx, xlsx and ofd
    (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),  # doc and xls of old
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!", "application/vnd.rar"),
    (b"\x1f\x8b", "application/gzip"),
)


class TooLarge(ValueError):
    """太大: the stream goes on beyond what is accepted; nothing was kept."""


class Condition(StrEnum):
    """文件状态: what the vault says of a file today."""

    WHOLE = "whole"
    MISSING = "missing"
    CHANGED = "changed"

    @property
    def zh(self) -> str:
        return {"whole": "完好", "missing": "不见了", "changed": "内容变了"}[self.value]


@dataclass(frozen=True, slots=True)
class Kept:
    """已存: the address of a file, its length, and what its first bytes say it is."""

    sha256: str
    size: int
    media_type: str


def keep(chunks: Iterable[bytes], limit: int) -> Kept:
    """Write a stream to its address, at once and for good. ``TooLarge`` beyond ``limit`` bytes."""
    home = _home()
    home.mkdir(parents=True, exist_ok=True)
    digest, size, head = hashlib.sha256(), 0, b""
    handle, name = tempfile.mkstemp(dir=home, prefix=".arriving-")
    arriving = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLarge
                head = head or chunk[:CHUNK]
                digest.update(chunk)
                stream.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
        path = path_of(digest.hexdigest())
        path.parent.mkdir(exist_ok=True)
        arriving.replace(
            path
        )  # the same bytes, should they be there: what was damaged is whole again
        _settle(path.parent)
    finally:
        arriving.unlink(missing_ok=True)
    return Kept(digest.hexdigest(), size, media_type_of(head))


def path_of(sha256: str) -> Path:
    """Where the file of a hash stands, or would."""
    if not _SHA256.fullmatch(sha256):
        msg = f"{sha256!r} is no SHA-256 in hexadecimal"
        raise ValueError(msg)
    return _home() / sha256[:2] / sha256


def condition_of(sha256: str) -> Condition:
    """Whether a file is there and still what its name says: every byte is read."""
    try:
        with path_of(sha256).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return Condition.MISSING
    return Condition.WHOLE if found == sha256 else Condition.CHANGED


def open_whole(sha256: str, name: str) -> BinaryIO:
    """A file for reading, after every byte was held against its hash. ``Refused`` if it is lost or changed."""
    condition = condition_of(sha256)
    if condition is not Condition.WHOLE:
        says = f"文件“{name}”{condition.zh}：不再是登记时的那个文件。"
        raise Refused([malformed("证明文件", says, "请从备份恢复，或请上传人重新提供。")])
    return path_of(sha256).open("rb")


def media_type_of(head: bytes) -> str:
    """What the first bytes say: one of the kinds that people bring, text, or just bytes."""
    for beginning, media_type in _BEGINNINGS:
        if head.startswith(beginning):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "text/plain" if _is_text(head) else "application/octet-stream"


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return bool(head) and error.start >= len(head) - 3  # a character that the piece cuts
    return bool(head)


def _home() -> Path:
    return Path(settings.HOME) / "files"


def _settle(folder: Path) -> None:
    """The new name of a file outlives a power cut, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
