"""打包文件: a docx or xlsx is a zip of XML. Members are read one by one, each measured first; nothing is ever unpacked to disk.

Names that climb out of a folder therefore lead nowhere, and a relationship to somewhere outside is not followed.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from types import TracebackType
from typing import Self

from lxml import etree

from lvyue.intake.limits import LIMITS
from lvyue.intake.refusals import refuse, too_large

_MEND = "请在 Word、Excel 或 WPS 中打开它，另存一份再读入。"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
#: what Microsoft and ISO call the same thing differently; the second is read as the first
NAMESPACES = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)


class Package:
    """打包文件: its members by name, within the limits."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            members = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError) as problem:
            raise refuse(name, "文件已损坏：压缩结构不完整。", _MEND) from problem
        self._measure(members, len(data))
        self._members = {member.filename.lstrip("/").lower(): member for member in members}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def _measure(self, members: list[zipfile.ZipInfo], packed: int) -> None:
        """Before anything is unpacked: how much it says that it is. ``read`` holds it to its word."""
        if len(members) > LIMITS.members:
            raise too_large(self.name, "压缩包里的文件", len(members), LIMITS.members, _MEND)
        if any(member.flag_bits & 0x1 for member in members):
            raise refuse(self.name, "文件加了密码。", "请在原来的软件中取消密码，另存一份再读入。")
        whole = sum(member.file_size for member in members)
        if whole > LIMITS.unpacked_bytes:
            raise self._bomb(whole)
        if whole > LIMITS.ratio_from and whole > LIMITS.ratio * max(1, packed):
            raise self._bomb(whole)

    def _bomb(self, size: int) -> Exception:
        return refuse(
            self.name,
            f"文件解压后有 {size / 1024 / 1024:,.0f} MB，和它的大小不相称，没有读它。",
            "正常的合同不会这样；请向提供文件的人核实，再另存一份读入。",
        )

    def __contains__(self, member: str) -> bool:
        return member.lower() in self._members

    def names(self) -> list[str]:
        return [member.filename for member in self._members.values()]

    def read(self, member: str) -> bytes:
        """The bytes of one member, which must not be more than it said."""
        info = self._members[member.lower()]
        if info.file_size > LIMITS.xml_bytes:
            raise self._bomb(info.file_size)
        if info.file_size > LIMITS.ratio_from and info.file_size > LIMITS.ratio * max(
            1, info.compress_size
        ):
            raise self._bomb(info.file_size)
        try:
            with self._zip.open(info) as stream:
                data = stream.read(info.file_size + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
        ) as problem:
            raise refuse(self.name, f"文件已损坏：{member} 解不开。", _MEND) from problem
        if len(data) > info.file_size:
            raise self._bomb(len(data))
        return data

    def xml(self, member: str) -> etree._Element | None:
        """The root of one member, with entities closed and no document type; None where there is no such member."""
        if member not in self:
            return None
        data = self.read(member)
        if b"purl.oclc.org" in data[:4096]:  # a file saved as "strict"
            for theirs, ours in NAMESPACES:
                data = data.replace(theirs, ours)
        try:
            root = etree.fromstring(data, _parser())
        except etree.XMLSyntaxError as problem:
            if "depth" in str(problem):  # libxml2 gives up at 256
                says = f"文档嵌套超过 {LIMITS.nesting} 层，没有读它。"
                raise refuse(self.name, says, _MEND) from problem
            where = f"{member} 第 {problem.lineno or 1} 行"
            raise refuse(self.name, f"文件已损坏：{where}不是完整的 XML。", _MEND) from problem
        if root.getroottree().docinfo.internalDTD is not None:
            raise refuse(
                self.name,
                f"{member} 里有文档类型声明，Office 不会写这种内容，没有读它。",
                _MEND,
            )
        return root

    def related(self, member: str) -> dict[str, tuple[str, str]]:
        """What a member refers to inside the package: (kind, member) by id. What is outside stays outside."""
        folder, file = posixpath.split(member)
        root = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        if root is None:
            return {}
        return {
            one.get("Id", ""): (
                one.get("Type", "").rsplit("/", 1)[-1],
                posixpath.normpath(posixpath.join("/", folder, one.get("Target", ""))).lstrip("/"),
            )
            for one in root.iter(_RELATIONSHIP)
            if one.get("TargetMode") != "External"
        }


def _parser() -> etree.XMLParser:
    """No entity is resolved, no document type loaded, no network asked; libxml2's own limits of depth and length hold."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
