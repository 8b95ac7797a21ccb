"""样本文件: a shipped contract as files on a desk, one format each: text, docx, PDF, a scan, text with an xlsx annex.

The words are those of the samples, written by us; ``tools/make_papers.py`` makes the files and ``papers.json``, which says
what belongs to which release and holds the hash of each file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from lvyue.core.doubts import Refused, malformed

HERE = Path(__file__).parent / "papers"
INDEX = HERE / "papers.json"


@dataclass(frozen=True, slots=True)
class PaperFile:
    """样本文件: one file: its name, its SHA-256, and whether it is an annex to the file before it."""

    name: str
    sha256: str
    annex: bool

    @property
    def path(self) -> Path:
        return HERE / self.name

    def content(self) -> bytes:
        """The bytes of the file. Raises ``Refused`` if it is gone or no longer the file that was made."""
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise Refused([malformed(self.name, "样本文件不在。", _MEND)]) from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise Refused([malformed(self.name, "样本文件与登记的摘要不符。", _MEND)])
        return content


_MEND = "请运行 tools/make_papers.py 重新生成，或者重新安装。"


@dataclass(frozen=True, slots=True)
class SamplePaper:
    """样本合同的文件: the release they are the paper of, what they are about, the contract first."""

    release: str
    says: str
    files: tuple[PaperFile, ...]


@cache
def papers() -> Mapping[str, SamplePaper]:
    """The sample papers by the release they belong to."""
    index = json.loads(INDEX.read_text("utf-8"))
    return MappingProxyType(
        {
            release: SamplePaper(
                release,
                entry["says"],
                tuple(
                    PaperFile(file["name"], file["sha256"], annex=place > 0)
                    for place, file in enumerate(entry["files"])
                ),
            )
            for release, entry in index.items()
        }
    )
