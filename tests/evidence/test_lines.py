"""Which bytes of a facts file become leaves, and what is refused: the rules that a file and a database share."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.doubts import DoubtKind, Refused
from lvyue.core.facts import LINE_LIMIT
from lvyue.evidence.files import FactFile, read_facts
from lvyue.evidence.lines import BAD_LINES_LIMIT, sift
from lvyue.evidence.merkle import EMPTY_ROOT, leaf_hash, root
from tests.evidence.cast import correction, line, tickets, withdrawal

BOM = b"\xef\xbb\xbf"


def read(content: bytes) -> FactFile:
    return read_facts(BytesIO(content))


def doubts_of(content: bytes) -> list[str]:
    """Everything that is wrong with a file of this content, as a person reads it."""
    with pytest.raises(Refused) as caught:
        read(content)
    return [str(doubt) for doubt in caught.value.doubts]


def leaves_of(content: bytes) -> list[bytes]:
    return sift(BytesIO(content), "二月.jsonl").leaves


# ── the bytes of a leaf ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "content",
    [
        b"%s\n%s\n",
        b"%s\n%s",
        b"%s\r\n%s\r\n",
        b"%s\r\n%s\r",
        b"%s\n\n \t \r\n%s\n\n",
        BOM + b"%s\n%s\n",
        BOM + b"\n%s\n%s\n",
    ],
    ids=["LF", "no last LF", "CRLF", "lost LF", "blank lines", "BOM", "BOM and blank"],
)
def test_the_end_of_a_line_a_byte_order_mark_and_blank_lines_are_no_part_of_a_leaf(
    content: bytes,
) -> None:
    one, other = (fact.rstrip(b"\n") for fact in tickets(2))

    assert leaves_of(content % (one, other)) == [one, other]
    assert read(content % (one, other)).root == root([leaf_hash(one), leaf_hash(other)]).hex()


def test_every_other_byte_is_part_of_the_leaf() -> None:
    spaced = b'  {"kind":"ticket.restored",\t"id" : "t-1","at":"2026-02-09"} \n'

    assert leaves_of(spaced) == [spaced.rstrip(b"\n")]


def test_a_file_of_nothing_is_an_empty_log() -> None:
    for content in (b"", b"\n", BOM, b"\r\n\r\n"):
        assert read(content) == FactFile([], 0, EMPTY_ROOT.hex(), 0)


def test_the_order_of_the_file_is_the_order_of_the_log() -> None:
    content = tickets(5)[::-1]

    facts = read(b"".join(content)).facts

    assert [(fact.index, fact.id) for fact in facts] == [
        (0, "t-000004"),
        (1, "t-000003"),
        (2, "t-000002"),
        (3, "t-000001"),
        (4, "t-000000"),
    ]


@given(st.lists(st.integers(0, 30), max_size=60), st.sampled_from([b"\n", b"\r\n"]))
def test_repeated_lines_change_neither_root_nor_places(order: list[int], end: bytes) -> None:
    pool = [fact.rstrip(b"\n") for fact in tickets(31)]
    first_seen = list(dict.fromkeys(order))

    found = read(b"".join(pool[at] + end for at in order))

    assert found.root == root([leaf_hash(pool[at]) for at in first_seen]).hex()
    assert [fact.index for fact in found.facts] == list(range(len(first_seen)))
    assert (found.size, found.ignored) == (len(first_seen), len(order) - len(first_seen))


def test_the_exported_leaves_are_read_again_as_the_same_log() -> None:
    content = BOM + b"\r\n".join([*(fact.rstrip(b"\n") for fact in tickets(9)), b"", b" "])

    exported = b"".join(leaf + b"\n" for leaf in leaves_of(content))

    assert leaves_of(exported) == leaves_of(content)


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


def test_one_bad_line_refuses_the_file_and_every_bad_line_is_named() -> None:
    content = [*tickets(2), b"{\n", *tickets(2, begin=2), line("t-9", "ticket.lost"), b"[]\n"]

    with pytest.raises(Refused) as caught:
        read_facts(BytesIO(b"".join(content)))

    places = [doubt.places for doubt in caught.value.doubts]
    assert places[0] == ("事实文件 第 3 行",)
    assert places[1] == ("事实文件 第 6 行 字段 kind",)
    assert places[-1] == ("事实文件 第 7 行",)
    assert {doubt.kind for doubt in caught.value.doubts} == {DoubtKind.MALFORMED}


def test_one_id_with_other_bytes_is_refused_and_both_are_shown() -> None:
    content = line("t-1", subject="机房一") + line("t-2") + line("t-1", subject="机房二")

    (found,) = doubts_of(content)

    assert found == (
        "事实文件 第 3 行: 编号“t-1”在第 1 行已经有了，内容却不同。"
        '已有：…26-02-09", "subject": "机房一"}；这一行：…26-02-09", "subject": "机房二"}。 '
        "同一件事请删去这一行；另一件事请换一个编号；"
        "要更正已有的事实，请用新的编号写一行 fact.corrected 或 fact.withdrawn。"
    )


def test_the_same_fact_in_other_bytes_is_still_other_bytes() -> None:
    """The log keeps bytes. A space more, and nobody could say which of the two was signed."""
    content = b'{"id":"t-1","kind":"ticket.restored","at":"2026-02-09"}\n'

    assert "内容却不同" in doubts_of(content + content.replace(b":", b": "))[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"id":"t-1","kind":"ticket.restored","at":"2026-02-09",\r"data":{}}\n', "回车"),
        (line("t-1").replace(b"\n", b"\r\r\n"), "回车"),
        (line("t-1") + BOM + line("t-2"), "BOM"),
        (BOM + BOM + line("t-1"), "BOM"),
        (line("机房").decode().encode("gb18030"), "不是 UTF-8"),
        (line("t-1").rstrip().decode().encode("utf-16-le"), "NUL"),
        (b'{"id":"\\ud800","kind":"ticket.restored","at":"2026-02-09"}\n', "不成对"),
        (b'{"id":"t-1","kind":"ticket.restored","at":"2026-02-09","subject":"\\u0000"}', "u0000"),
        (b'{"id":"t-1","kind":"\\udc00","at":"2026-02-09"}', "不成对"),
        (line("t-1", at="0001-01-01T00:00:00+14:00"), "不在 1900 至 2999 之间"),
        (line("t-1", at="9999-12-31T23:59:59-12:00"), "不在 1900 至 2999 之间"),
        (line("t-1", subject="x" * LINE_LIMIT), f"上限是 {LINE_LIMIT} 字节"),
        (b'{"id":"t-1","id":"t-2","kind":"ticket.restored","at":"2026-02-09"}\n', "出现了两次"),
    ],
)
def test_what_json_lets_pass_and_a_log_must_not(content: bytes, says: str) -> None:
    assert says in "\n".join(doubts_of(content))


def test_a_surrogate_pair_is_good_text() -> None:
    content = (
        b'{"id":"t-1","kind":"ticket.restored","at":"2026-02-09","subject":"\\ud83d\\ude00"}\n'
    )

    assert read(content).facts[0].subject == "\U0001f600"


def test_a_line_end_inside_a_line_handed_over_by_a_program_is_refused() -> None:
    sifted = sift([b'{"id":"t-1","kind":"ticket.restored",\n"at":"2026-02-09"}\n'], "接口")

    assert "换行" in str(sifted.bad[1][0])


def test_after_a_thousand_bad_lines_reading_stops_and_says_so() -> None:
    found = doubts_of(b"{\n" * (BAD_LINES_LIMIT + 5))

    assert len(found) == BAD_LINES_LIMIT + 1
    assert found[-1].startswith("事实文件 第 1001 行: 已有 1000 行有误，从这里起没有再检查。")


# ── corrections ──────────────────────────────────────────────────────────────────────────────────


def test_a_correction_stands_in_the_log_after_the_fact_it_names() -> None:
    content = line("t-1") + correction("c-1", "t-1", "2026-02-10") + withdrawal("c-2", "t-1")

    assert [fact.id for fact in read(content).facts] == ["t-1", "c-1", "c-2"]


@pytest.mark.parametrize(
    "content",
    [
        withdrawal("c-1", "t-1"),
        withdrawal("c-1", "t-1") + line("t-1"),
        withdrawal("c-1", "c-1"),
    ],
    ids=["nowhere", "later", "itself"],
)
def test_a_correction_of_what_is_not_there_yet_is_refused(content: bytes) -> None:
    """It would change nothing, and whoever wrote it would believe that it had."""
    (found,) = doubts_of(content)

    assert found.startswith("事实文件 第 1 行 字段 data.fact: 要撤回的事实")
    assert "请把它移到这一行之前" in found


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_named_without_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "二月.jsonl"
    path.write_bytes(b"{\n")

    for source in (path, str(path)):
        with pytest.raises(Refused, match=r"^二月.jsonl 第 1 行: 不是有效的 JSON"):
            read_facts(source)
    with path.open("rb") as stream, pytest.raises(Refused, match=r"^二月.jsonl 第 1 行"):
        read_facts(stream)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"^三月.jsonl: 打不开事实文件"):
        read_facts(tmp_path / "三月.jsonl")


def test_a_file_is_read_without_django(tmp_path: Path) -> None:
    path = tmp_path / "二月.jsonl"
    path.write_bytes(b"".join(tickets(3)))
    script = (
        "import json, sys; from lvyue.evidence.files import read_facts;"
        "found = read_facts(sys.argv[1]);"
        "print(json.dumps([found.size, 'django' in sys.modules]))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, check=True, text=True
    )

    assert json.loads(done.stdout) == [3, False]
