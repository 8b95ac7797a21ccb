"""Hostile files: refused in plain words or read as text, never obeyed, never a crash, never for ever."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from lvyue.core.doubts import Refused
from lvyue.intake import child, files, limits, read_file, sheets, text
from lvyue.intake import package as packages
from lvyue.intake.child import read_apart
from lvyue.intake.kinds import TURNED_AWAY, FileKind, kind_of
from lvyue.intake.refusals import Cancelled
from lvyue.reading.source import Line
from tests.intake.papers import ROOT, docx, p, package, r, table, tc, tr, xlsx


def refused(data: bytes, name: str = "文件") -> str:
    with pytest.raises(Refused) as caught:
        read_file(data, name=name)
    [doubt] = caught.value.doubts
    assert doubt.places == (name,)
    assert doubt.mend, "nobody is turned away without being told what to do"
    return doubt.says


def read_or_refused(data: bytes) -> str:
    """What was read, or what was said; anything else is a crash."""
    try:
        return "".join(
            block.text for block in read_file(data, name="a").blocks if isinstance(block, Line)
        )
    except Refused as problem:
        return problem.doubts[0].mend


# ------------------------------------------------------------------------------------ what it is


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, FileKind.OLE),
        (b"{\\rtf1\\ansi hello}", FileKind.RTF),
        (b"MZ\x90\0" + b"\0" * 60, FileKind.PROGRAM),
        (b"\x7fELF" + b"\0" * 60, FileKind.PROGRAM),
        (b"Rar!\x1a\x07\0" + b"x" * 60, FileKind.ARCHIVE),
        (b"\x1f\x8b\x08" + b"x" * 60, FileKind.ARCHIVE),
        (package({"a.txt": "x"}), FileKind.ARCHIVE),
        (package({"OFD.xml": "<x/>"}), FileKind.OFD),
        (package({"ppt/presentation.xml": "<x/>"}), FileKind.PPTX),
        (package({"xl/workbook.bin": "x"}), FileKind.XLSB),
        (package({"mimetype": "x", "META-INF/manifest.xml": "<x/>"}), FileKind.ODF),
        (b"PK\x03\x04" + b"\0" * 40, FileKind.BROKEN_PACKAGE),
        (b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w/>', FileKind.WORD_XML),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", FileKind.MIME),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, FileKind.HEIC),
    ],
    ids=lambda value: str(value)[:12] if isinstance(value, FileKind) else "",
)
def test_a_kind_that_is_not_read_is_named_and_the_way_out_too(data: bytes, kind: FileKind) -> None:
    assert kind_of(data) is kind
    assert refused(data) == TURNED_AWAY[kind][0]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", FileKind.PDF),
        (b"\n\n rubbish %PDF-1.4", FileKind.PDF),
        (docx(p("a")), FileKind.DOCX),
        (xlsx({"a": ""}), FileKind.XLSX),
        (b"\x89PNG\r\n\x1a\n", FileKind.IMAGE),
        (b"\xff\xd8\xff\xe0", FileKind.IMAGE),
        (b"II*\0", FileKind.IMAGE),
        (b"BMhello", FileKind.TEXT),
        ("合同".encode(), FileKind.TEXT),
        (b"  <!DOCTYPE HTML><p>a", FileKind.HTML),
    ],
)
def test_a_kind_is_known_by_its_bytes(data: bytes, kind: FileKind) -> None:
    assert kind_of(data) is kind


def test_an_empty_file_and_a_missing_one_and_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "空.txt").write_bytes(b"")
    os.mkfifo(tmp_path / "管道")

    for name, says in (
        ("空.txt", "空的"),
        ("没有.txt", "找不到"),
        ("管道", "不是普通文件"),
        ("", "普通文件"),
    ):
        for read in (read_file, read_apart):
            with pytest.raises(Refused, match=says):
                read(tmp_path / name)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "大.txt"
    with path.open("wb") as file:
        file.truncate(limits.LIMITS.file_bytes + 1)

    for read in (read_file, read_apart):
        with pytest.raises(Refused, match="最多读 200 MB"):
            read(path)


# ------------------------------------------------------------------------------------ packages


def bomb(size: int, name: str = "word/document.xml") -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out,
        out.open(name, "w") as member,
    ):
        block = b" " * 2**20
        for _ in range(size // 2**20):
            member.write(block)
    return buffer.getvalue()


def test_a_zip_bomb_is_not_unpacked() -> None:
    assert "不相称" in refused(bomb(300 * 2**20))


def test_a_member_that_is_more_than_it_says_is_not_read_on() -> None:
    data = bytearray(docx(p("正文" * 4000)))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as whole:
        size = whole.getinfo("word/document.xml").file_size
    lie = (100).to_bytes(4, "little")
    said = size.to_bytes(4, "little")

    assert data.count(said) >= 2
    assert refused(bytes(data).replace(said, lie))


def test_an_encrypted_package_is_refused_with_the_way_out() -> None:
    data = bytearray(docx(p("正文")))
    at = data.rfind(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.rfind(b"PK\x01\x02", 0, at)

    assert "密码" in refused(bytes(data))


def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "LIMITS", replace(limits.LIMITS, members=2))

    assert "压缩包里的文件太多" in refused(docx(p("正文"), header1=p("头")))


def test_names_that_climb_lead_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = package(
        {
            "../../evil.txt": "x",
            "/word/document.xml": f"<w:document {ROOT}><w:body>{p('正文')}</w:body></w:document>",
            "word/_rels/document.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="r" Type="x/styles" Target="../../../../etc/passwd"/></Relationships>',
            "word/document.xml": f"<w:document {ROOT}><w:body>{p('正文')}</w:body></w:document>",
        }
    )

    assert len(read_file(data, name="a.docx").blocks) == 1
    assert list(tmp_path.iterdir()) == []


ENTITIES = '<!DOCTYPE w [<!ENTITY a "{value}">{more}]>'


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE w [<!ENTITY a SYSTEM "/etc/hostname">]>',
        '<!DOCTYPE w [<!ENTITY a SYSTEM "http://127.0.0.1:9/">]>',
        '<!DOCTYPE w SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE w [<!ENTITY a0 "x">'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
        + '<!ENTITY a "&a11;">]>',
    ],
    ids=["a file", "the network", "a document type", "billion laughs"],
)
def test_entities_stay_closed(prolog: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("a contract asked the network")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    entity = "&a;" if "ENTITY" in prolog else ""
    document = f"{prolog}<w:document {ROOT}><w:body>{p(r(f'甲{entity}'))}</w:body></w:document>"

    says = refused(package({"word/document.xml": document}))

    assert "XML" in says or "文档类型" in says


def test_links_to_the_outside_are_not_followed() -> None:
    data = package(
        {
            "word/document.xml": f"<w:document {ROOT}><w:body>{p('正文')}</w:body></w:document>",
            "word/_rels/document.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="r" Type="x/header" Target="http://127.0.0.1:9/h.xml" TargetMode="External"/></Relationships>',
        }
    )

    assert [
        block.text for block in read_file(data, name="a.docx").blocks if isinstance(block, Line)
    ] == ["正文"]


def test_a_huge_attribute_is_refused_or_ignored() -> None:
    body = f'<w:p w:x="{"a" * (11 * 2**20)}"><w:r><w:t>{"正文" * 10}</w:t></w:r></w:p>'
    with zipfile.ZipFile(buffer := io.BytesIO(), "w", zipfile.ZIP_STORED) as out:
        out.writestr(
            "word/document.xml", f"<w:document {ROOT}><w:body>{body}</w:body></w:document>"
        )

    assert "XML" in refused(buffer.getvalue())


@pytest.mark.parametrize(
    "body",
    [
        "<w:sdt><w:sdtContent>" * 220 + p("深") + "</w:sdtContent></w:sdt>" * 220,
        "<w:p>" + "<w:smartTag>" * 240 + r("深") + "</w:smartTag>" * 240 + "</w:p>",
    ],
    ids=["blocks", "runs"],
)
def test_deep_nesting_is_refused(body: str) -> None:
    assert "层" in refused(docx(body))


@pytest.mark.parametrize(("depth", "readable"), [(20, True), (90, False)])
def test_tables_in_tables_are_read_as_far_as_anybody_nests_them(depth: int, readable: bool) -> None:
    body = p("底")
    for _ in range(depth):
        body = table(tr(tc(body), tc("右")))

    if readable:
        assert "底" in read_file(docx(body), name="a.docx").blocks[0].cells[0].text  # type: ignore[union-attr]
    else:
        assert "层" in refused(docx(body))


def test_absurd_numbers_in_attributes_are_no_numbers() -> None:
    body = table(
        tr(tc("甲", '<w:gridSpan w:val="99999999999"/>'), tc("乙", '<w:gridSpan w:val="x"/>'))
    )

    assert "列" in refused(docx(body))


def test_broken_xml_is_refused_with_its_place() -> None:
    data = package({"word/document.xml": "<w:document"})

    assert "document.xml 第 1 行" in refused(data)


@pytest.mark.parametrize("seed", range(12))
def test_a_docx_with_flipped_bytes_is_read_or_refused(seed: int) -> None:
    data = bytearray(docx("".join(p(f"第{n}条 内容") for n in range(50))))
    for n in range(6):
        data[(seed * 7919 + n * 104729) % len(data)] ^= 1 + seed

    assert read_or_refused(bytes(data))


# -------------------------------------------------------------------------------- other limits


def test_more_characters_or_cells_than_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    few = replace(limits.LIMITS, characters=50, cells=3)
    monkeypatch.setattr(text, "LIMITS", few)
    monkeypatch.setattr(sheets, "LIMITS", few)
    row = "".join(f"<c><v>{n}</v></c>" for n in range(5))

    assert "最多读 50" in refused("合同".encode() * 40)
    assert "最多读 3" in refused(xlsx({"表": f"<sheetData><row>{row}</row></sheetData>"}))


@pytest.mark.parametrize("char", ["一", "1", "（", " ", "\t", "<", "=", "_", "\u0301", "."])
def test_a_megabyte_of_one_character_is_quick(char: str) -> None:
    start = time.perf_counter()

    for data in ((char * 2**20).encode(), (f"<html>{char * 2**20}").encode()):
        try:
            read_file(data, name="a.txt")
        except Refused:
            continue

    assert time.perf_counter() - start < 5


# ------------------------------------------------------------------------------- a process apart


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "合同.docx"
    path.write_bytes(docx("".join(p(f"第{n}条 内容") for n in range(1000))))
    return path


def test_apart_the_same_is_read_and_progress_is_told(contract: Path) -> None:
    seen: list[tuple[int, int]] = []

    source = read_apart(contract, progress=lambda done, total: seen.append((done, total)))

    assert source == read_file(contract)
    assert seen[-1] == (1000, 1000)
    assert seen == sorted(seen)


def test_apart_a_refusal_comes_back_in_its_own_words(tmp_path: Path) -> None:
    path = tmp_path / "旧.doc"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)

    with pytest.raises(Refused) as caught:
        read_apart(path, name="合同正本")

    [doubt] = caught.value.doubts
    assert (doubt.places, doubt.says) == (("合同正本",), TURNED_AWAY[FileKind.OLE][0])


def test_apart_somebody_may_cancel(contract: Path) -> None:
    with pytest.raises(Cancelled, match="取消"):
        read_apart(contract, cancelled=lambda: True)


def test_apart_time_runs_out(contract: Path) -> None:
    start = time.monotonic()

    with pytest.raises(Refused, match="还没有读完"):
        read_apart(contract, seconds=0.05)

    assert time.monotonic() - start < 5


def test_apart_memory_runs_out(contract: Path) -> None:
    with pytest.raises(Refused, match=r"内存不够|中途退出|已经损坏"):
        read_apart(contract, megabytes=40)


@pytest.mark.parametrize("signal", ["SIGSEGV", "SIGKILL", "SIGABRT"])
def test_apart_a_crash_is_told_and_does_no_harm(
    contract: Path, monkeypatch: pytest.MonkeyPatch, signal: str
) -> None:
    crash = f"import os,signal; os.kill(os.getpid(), signal.{signal})"
    started = subprocess.Popen

    def crashing(arguments: list[str], **options: object) -> object:
        return started([arguments[0], "-c", crash], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", crashing)

    with pytest.raises(Refused, match=r"中途退出|内存不够"):
        read_apart(contract)


def test_apart_no_secret_of_ours_is_handed_over(
    monkeypatch: pytest.MonkeyPatch, contract: Path
) -> None:
    given: dict[str, str] = {}
    started = subprocess.Popen

    def looking(arguments: list[str], **options: object) -> object:
        given.update(options["env"])  # type: ignore[call-overload]
        return started(arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setenv("LVYUE_SECRET_KEY", "geheim")
    monkeypatch.setattr(subprocess, "Popen", looking)
    read_apart(contract)

    assert set(given) == {"PATH", "PYTHONPATH", "PYTHONUTF8"}


def test_apart_no_connection_is_opened_and_no_program_started() -> None:
    for event in ("socket.connect", "subprocess.Popen", "os.system", "os.exec"):
        with pytest.raises(PermissionError):
            child._forbid(event, ())  # noqa: SLF001  the hook cannot be taken off again, so it is asked directly
    child._forbid("open", ())  # noqa: SLF001


def test_many_are_read_apart_at_once(contract: Path) -> None:
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(read_apart(contract).blocks)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [1000] * 4


def test_no_way_of_reading_is_left_without_a_reader() -> None:
    read = {
        FileKind.TEXT,
        FileKind.HTML,
        FileKind.PDF,
        FileKind.DOCX,
        FileKind.XLSX,
        FileKind.IMAGE,
    }

    assert set(FileKind) == read | set(TURNED_AWAY)
    assert files.read_file is read_file
