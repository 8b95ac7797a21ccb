"""The commands read, lint and compare: JSON and words, exit statuses, a folder with a bad file in it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from lvyue.cli.main import main
from lvyue.cli.reading import cut, table, width
from tests.reading.lanjiang import CONTRACT


def lvyue(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def contract(folder: Path, name: str = "合同.txt", text: str = CONTRACT) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_read_gives_one_object_with_the_time_of_each_stage(tmp_path: Path) -> None:
    found = lvyue("read", contract(tmp_path), "--json")

    assert found.exit_code == 0, found.output
    answer = json.loads(found.stdout)
    assert answer["price"]["fen"] == 60_000_000
    assert {"intake", "outline", "linter"} <= set(answer["timings"])


def test_read_tells_a_person_who_what_and_how_much(tmp_path: Path) -> None:
    found = lvyue("read", contract(tmp_path))

    assert found.exit_code == 0, found.output
    assert "澜江云帆信息技术有限公司" in found.stdout
    assert "¥600,000.00  陆拾万元整" in found.stdout
    assert "6200000000000000001" not in found.stdout


def test_a_folder_is_read_with_a_summary_and_a_bad_file_stops_nothing(tmp_path: Path) -> None:
    contract(tmp_path)
    (tmp_path / "空.txt").write_bytes(b"")
    (tmp_path / ".hidden").write_text("不读", "utf-8")

    found = lvyue("read", tmp_path)

    assert found.exit_code == 0, found.output
    assert "共 2 份，读出 1 份，未读 1 份。" in found.stdout
    assert "文件是空的" in found.stdout
    assert "读入" in found.stderr


def test_several_files_give_a_list(tmp_path: Path) -> None:
    empty = tmp_path / "空.txt"
    empty.write_bytes(b"")

    found = lvyue("read", contract(tmp_path), empty, "--json")

    first, second = json.loads(found.stdout)
    assert first["source"]["name"] == "合同.txt"
    assert second["refused"]


def test_when_everything_is_refused_the_status_is_two(tmp_path: Path) -> None:
    empty = tmp_path / "空.txt"
    empty.write_bytes(b"")

    for words in (
        ("read", empty),
        ("read", tmp_path),
        ("read", tmp_path / "没有.txt"),
        ("lint", empty),
    ):
        found = lvyue(*words)
        assert found.exit_code == 2, words
        assert found.exception is None or isinstance(found.exception, SystemExit)


def test_an_empty_folder_is_refused_in_words(tmp_path: Path) -> None:
    found = lvyue("read", tmp_path)

    assert found.exit_code == 2
    assert "没有可读的文件" in found.stderr


def test_lint_ends_with_one_where_something_blocks(tmp_path: Path) -> None:
    sound = lvyue("lint", contract(tmp_path))
    broken = contract(tmp_path, "错.txt", CONTRACT.replace("陆拾万元整", "陆拾壹万元整"))

    words, answer = lvyue("lint", broken), lvyue("lint", broken, "--json")

    assert sound.exit_code == 0, sound.output
    assert words.exit_code == answer.exit_code == 1
    assert "阻断  第三条/第1段（第43行）" in words.stdout
    assert "暂按：" in words.stdout
    assert json.loads(answer.stdout)["counts"]["block"] == 1


def test_compare_tells_what_changed(tmp_path: Path) -> None:
    old = contract(tmp_path)
    new = contract(tmp_path, "新.txt", CONTRACT.replace("4 小时内修复", "6 小时内修复"))

    words, answer = lvyue("compare", old, new), lvyue("compare", old, new, "--json")

    assert words.exit_code == answer.exit_code == 0, words.output
    assert "改动  第一条/3" in words.stdout
    assert "〔-4-〕〔+6+〕" in words.stdout
    assert json.loads(answer.stdout)["counts"]["changed"] == 1


def test_progress_is_shown_on_standard_error_alone(tmp_path: Path) -> None:
    found = lvyue("read", contract(tmp_path), "--progress", "--json")

    assert "合同.txt" in found.stderr
    json.loads(found.stdout)


def test_chinese_takes_two_columns() -> None:
    rows = table([["名称", "数"], ["a", "1"], ["合同", "22"]])

    assert width("合同a") == 5
    assert cut("合同价款", 5) == "合同…"
    assert rows == ["名称  数", "a     1", "合同  22"]
