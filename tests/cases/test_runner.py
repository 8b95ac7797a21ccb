"""The runner of case files, run on files that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases.conftest import accept
from tests.cases.judging import judge
from tests.cases.reading import Unreadable, read

HEAD = "# 首付款\n\n```facts\n2026-02-09 contract.effective\n{fact}```\n\n"


def written(tmp_path: Path, text: str, *, fact: str = "") -> Path:
    folder = tmp_path / "security-support-2026"
    folder.mkdir(exist_ok=True)
    path = folder / "case.md"
    path.write_text(HEAD.format(fact=fact) + text, encoding="utf-8")
    return path


def misses(path: Path) -> list[str]:
    case = read(path)
    return [miss.says for block in case.blocks for miss in judge(case, block)]


def test_a_case_that_expects_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="没有任何期望"):
        read(written(tmp_path, "正文\n"))
    with pytest.raises(Unreadable, match="空的"):
        read(written(tmp_path, "```as-of 2026-02-09\n```\n"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("```as-of 2026-02-09\nfirst-payment not_due\n```\n", "冒号"),
        ("```as-of 2026-02-09\nfirst-payment: not_due dew 2026-02-28\n```\n", "dew"),
        ("```as-of 2026-02-09\nfirst-payment: not_due due\n```\n", "后面没有值"),
        ("```as-of soon\npayable: ¥0.00\n```\n", "as-of"),
        ("```asof 2026-02-09\npayable: ¥0.00\n```\n", "没有“asof”"),
        ("```as-of 2026-02-09\npayable: ¥0.00\n", "收尾"),
    ],
)
def test_what_cannot_be_read_names_its_line_and_the_remedy(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(Unreadable, match=says) as wrong:
        read(written(tmp_path, text))

    assert wrong.value.number > 6


def test_a_line_about_nothing_fails(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "```as-of 2026-02-09\nno-such-term: met\nmain 7.2.15 [h9]: met\ndamages main 11.5: ¥1.00\n"
        "main 8.5: not_decidable\n```\n",
    )

    assert [says.split("got ")[1][:7] for says in misses(path)] == ["nothing"] * 4


def test_only_what_is_written_is_compared(tmp_path: Path) -> None:
    path = written(tmp_path, "```as-of 2026-02-09\ninstalment 1: not_triggered\n```\n")

    assert misses(path) == []


def test_a_failure_says_what_was_expected_what_was_found_and_why(tmp_path: Path) -> None:
    fact = "2026-02-09 invoice.received instalment=1 amount=¥1,299,200.00\n"
    path = written(
        tmp_path, "```as-of 2026-02-28\ninstalment 1: due due 2026-02-23\n```\n", fact=fact
    )

    (says,) = misses(path)

    assert says.startswith("expected due 2026-02-23, got 2026-02-28, because 第1期 ¥1,299,200.00")


def test_accept_writes_over_the_values_that_were_not_so_and_nothing_else(tmp_path: Path) -> None:
    fact = "2026-02-09 invoice.received instalment=1 amount=¥1,299,200.00\n"
    wrong = "first-payment: missed due 2026-02-23 firm\ninstalment 1: late ¥1.00   due 2026-02-28\n"
    right = "first-payment: not_due due 2026-02-28 firm\ninstalment 1: due ¥1,299,200.00   due 2026-02-28\n"
    path = written(tmp_path, f"说明\n\n```as-of 2026-02-28\n{wrong}```\n", fact=fact)
    before = path.read_text("utf-8")
    case = read(path)

    accept(path, judge(case, case.blocks[0]))

    assert path.read_text("utf-8") == before.replace(wrong, right)
    assert misses(path) == []


def test_facts_keep_the_line_of_the_case_in_what_is_wrong_with_them(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "```as-of 2026-02-09\npayable: ¥0.00\n```\n",
        fact="2026-02-09 invoice.received instalment=1\n",
    )

    with pytest.raises(Exception, match=r"case\.md 第 5 行 字段 data\.amount_fen"):
        misses(path)
