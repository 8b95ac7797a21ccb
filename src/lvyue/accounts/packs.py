"""年度留痕包: what was done in a year as people read it (xlsx, PDF) and as anybody checks it (lines, digests, the program)."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst
from xlsxwriter import Workbook

from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity

#: Families that can set Chinese, the preferred first.
FAMILIES = (
    *("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN"),
    *("Noto Serif SC", "Noto Serif CJK SC", "Source Han Serif SC", "Source Han Serif CN"),
    *("PingFang SC", "Microsoft YaHei", "SimSun", "SimHei", "FandolSong", "FandolHei"),
    *("WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "AR PL UMing CN", "Droid Sans Fallback"),
)

COLUMNS = ("链上序号", "时间", "登录名", "姓名", "角色", "动作", "合同", "对象", "变更", "理由")
MORE = ("途径", "来源地址", "请求编号", "编号", "散列")


@dataclass(frozen=True, slots=True)
class Contents:
    """包的内容: what goes in, ready to be written: lines in words, records as they were sealed, and the head."""

    title: str
    made: str
    notes: tuple[str, ...]
    lines: Sequence[tuple[str, ...]]
    records: Sequence[Mapping[str, Any]]
    head_sequence: int
    head_digest: str


def pack(contents: Contents, fonts: Path | None) -> bytes:
    """The whole as one file. `Refused` where no font on this machine can set Chinese."""
    files = {
        "留痕.xlsx": _xlsx(contents),
        "留痕.pdf": _pdf(contents, fonts),
        "留痕.jsonl": jsonl(contents.records, contents.head_sequence, contents.head_digest),
        "check_trail.py": _beside("check_trail.txt"),
        "说明.txt": _about(contents).encode(),
    }
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, "SHA256SUMS": sums.encode()}.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def jsonl(records: Iterable[Mapping[str, Any]], sequence: int, digest: str) -> bytes:
    """Sealed records, one on each line, and at the end the head of the chain when they were taken."""
    lines = [*records, {"head": {"sequence": sequence, "digest": digest}}]
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines).encode()


def _about(contents: Contents) -> str:
    told = (
        contents.title,
        contents.made,
        *contents.notes,
        "",
        f"链头：第 {contents.head_sequence} 条，散列 {contents.head_digest}",
        "把链头散列抄在别处（例如写进双方签字的纪要），以后任何人都能核对这些留痕没有被改动。",
        "",
        "核对文件：sha256sum -c SHA256SUMS",
        "核对留痕：python3 check_trail.py 留痕.jsonl",
        "装有履约平台的：lvyue audit check 留痕.jsonl",
    )
    return "\n".join(told) + "\n"


def _beside(name: str) -> bytes:
    return (resources.files("lvyue.accounts") / name).read_bytes()


def _xlsx(contents: Contents) -> bytes:
    out = io.BytesIO()
    book = Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    head = book.add_format({"bold": True, "bottom": 1})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("留痕")
    sheet.write_string(0, 0, f"{contents.title}，{contents.made}")
    sheet.write_string(1, 0, f"链头：第 {contents.head_sequence} 条 {contents.head_digest}")
    for at, column in enumerate((*COLUMNS, *MORE)):
        sheet.write_string(2, at, column, head)
    for line, row in enumerate(contents.lines, start=3):
        for at, cell in enumerate(row):
            sheet.write_string(line, at, cell[:32_000], text)
    widths = (8, 17, 14, 10, 14, 18, 20, 24, 40, 30, 8, 16, 18, 10, 20)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    book.close()
    return out.getvalue()


def _pdf(contents: Contents, folder: Path | None) -> bytes:
    fonts = typst.Fonts(font_paths=[str(folder)] if folder else [])
    data = {
        "title": contents.title,
        "made": contents.made,
        "notes": contents.notes,
        "fonts": _families(fonts, folder),
        "head_sequence": str(contents.head_sequence),
        "head_digest": contents.head_digest,
        "rows": [_printed(row) for row in contents.lines],
    }
    with TemporaryDirectory() as made:
        room = Path(made)
        (room / "pack.typ").write_bytes(_beside("pack.typ"))
        (room / "data.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
        compiler = typst.Compiler(room / "pack.typ", root=room, font_paths=fonts)
        compiler.compile(output=room / "pack.pdf", format="pdf", timestamp=0)
        return (room / "pack.pdf").read_bytes()


def _printed(row: tuple[str, ...]) -> tuple[str, ...]:
    number, at, who, name, roles, act, contract, about, changes, reason, via, address, *_ = row
    person = f"{name} {who}" if name else who
    where = f"{about}\n{contract}" if contract else about
    said = "\n".join(one for one in (changes, f"理由：{reason}" if reason else "") if one)
    return (
        number,
        at,
        f"{person}\n{roles}".strip(),
        act,
        where,
        said,
        f"{via}\n{address}".strip(),
    )


def _families(fonts: typst.Fonts, folder: Path | None) -> list[str]:
    there = set(fonts.families())
    own = {
        font.family
        for font in fonts.fonts()
        if folder is not None and font.path and Path(font.path).is_relative_to(folder)
    }
    found = [*sorted(own), *(family for family in FAMILIES if family in there)]
    if not found:
        raise Refused(
            [
                Doubt(
                    id=DoubtId("refused:fonts"),
                    kind=DoubtKind.REFUSED,
                    severity=Severity.BLOCK,
                    places=("字体",),
                    says="这台机器上没有能排中文的字体，PDF 排不出来。",
                    mend="请安装 Noto Sans CJK 或思源黑体，或把字体文件放进一个文件夹，"
                    "用 LVYUE_FONTS 指明它。",
                )
            ]
        )
    return found
