"""Texts that were written to be slow cost no more than their size, and a file of too many paragraphs loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count

import pytest

from lvyue.reading import paragraphs, references
from lvyue.reading.paragraphs import Paragraph, RepairKind, mend, places_of
from lvyue.reading.reading import Reading, read
from tests.growth import quickest
from tests.reading.samples import source_of

SHORT, LONG = 50_000, 200_000
#: four times the text may cost so many times as much: a square of it would cost sixteen times, a cube sixty-four
MOST_TIMES = 11
#: below this a clock tells more about the machine than about the reader
NOISE = 0.5

Text = Callable[[int], str]


def again(words: str) -> Text:
    """The same words until there are enough of them."""
    return lambda size: (words * (size // len(words) + 1))[:size]


def counted(words: str) -> Text:
    """The same words with another number each time."""

    def text(size: int) -> str:
        lines, length = list[str](), 0
        for number in count(1):
            lines.append(words.replace("#", str(number)))
            length += len(lines[-1])
            if length >= size:
                break
        return "".join(lines)

    return text


SENTENCE = "服务方须在收到整改要求后五个工作日内改正，晚一天按合同总价的万分之五支付违约金。"

QUICK: dict[str, Text] = {
    "noughts": again("0"),
    "Chinese tens": again("十"),
    "open brackets": again("（"),
    "open titles": again("《"),
    "titles": again("《保密协议》"),
    "quotations": again("“服务”"),
    "brackets": again("（甲方）"),
    "tabs": again("\t"),
    "blanks": again(" "),
    "empty lines": again("\n"),
    "blanks to fill in": again("____"),
    "party A": again("甲方"),
    "modal words": again("应"),
    "commas of a list": again("、"),
    "stops": again("。"),
    "colons": again("："),
    "fields in one line": again("甲方：乙方："),
    "decimals": again("1."),
    "ordinals": again("第"),
    "one line of words": again("运行维护的内容和对象"),
    "one line of sentences": again(SENTENCE),
    "references": again("第一条第二款、"),
    "shares": again("50%"),
    "sums in words": again("壹佰"),
    "cycles": again("每年"),
    "telephones": again("13800138000 "),
    "conditions": again("如甲方，"),
    "pipes": again("|"),
}
#: many paragraphs: each of them costs something in every stage
SLOW: dict[str, Text] = {
    "numbers alone": again("1、\n"),
    "Chinese numbers alone": again("一、\n"),
    "brackets alone": again("(1)\n"),
    "articles alone": again("第一条\n"),
    "annexes alone": again("附件1\n"),
    "articles that point back": again("第一条 前款所述。\n"),
    "articles that point about": counted("#、按照第#条\n"),
    "duties": counted("#、服务方须按时交付\n"),
    "sentences": again(SENTENCE + "\n"),
    "lists under lists": again("（一）\n1.\n"),
    "lists with a lead": again("服务方应当：\n1、交付报告；\n2、支付违约金；\n"),
    "rows": again("a\tb\t1\n"),
    "rows of pipes": again("a|b|c|d\n"),
    "tables and words in turn": again("a\tb\nc\td\n一段话。\n"),
    "fields": again("甲方：某某公司\n"),
    "stamps": again("签字盖章\n"),
    "days": again("2026年1月1日"),
    "sums": again("人民币1,000元"),
}


def check_costs(text: Text) -> None:
    short = quickest(partial(read, source_of(text(SHORT))), runs=1)
    long = quickest(partial(read, source_of(text(LONG))), runs=1)
    allowed = MOST_TIMES * short + NOISE
    if long > allowed:  # once more: a slow run may be another's doing, a quick one never is
        long = quickest(partial(read, source_of(text(LONG))), runs=2, enough=allowed)

    assert long <= allowed


@pytest.mark.parametrize("text", QUICK.values(), ids=QUICK)
def test_four_times_the_text_costs_about_four_times_as_much(text: Text) -> None:
    check_costs(text)


@pytest.mark.slow
@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_four_times_the_paragraphs_cost_about_four_times_as_much(text: Text) -> None:
    check_costs(text)


# ── more than any contract has ───────────────────────────────────────────────────────────────────────────────────

LINES = [f"{number}、乙方每月提交第{number}份报告。" for number in range(1, 41)]
FEW = 25


def test_what_follows_too_many_paragraphs_is_kept_in_the_last_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paragraphs, "MOST_ELEMENTS", FEW)
    source = source_of("\n".join(LINES))

    text = mend(source)

    words = [one.text for one in text.elements if isinstance(one, Paragraph)]
    assert words[:FEW] == LINES[:FEW]
    assert words[FEW:] == ["".join(LINES[FEW:])]
    [crowded] = [one for one in text.repairs if one.kind is RepairKind.CROWDED]
    assert [place.line for place in crowded.places] == [FEW + 2]


def test_a_character_of_the_last_paragraph_still_knows_its_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paragraphs, "MOST_ELEMENTS", FEW)
    source = source_of("\n".join(LINES))
    last = mend(source).elements[-1]
    assert isinstance(last, Paragraph)
    start = last.text.index("40、")

    assert [place.line for place in places_of(source, last, start, start + 3)] == [40]


def test_rows_after_too_many_paragraphs_stay_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paragraphs, "MOST_ELEMENTS", FEW)
    source = source_of("\n".join([*LINES, "名称\t数量", "服务器\t3", "交换机\t4"]))

    last = mend(source).elements[-1]

    assert isinstance(last, Paragraph)
    assert last.text.endswith("名称\t数量服务器\t3交换机\t4")


def test_too_many_paragraphs_are_a_doubt_that_a_person_must_see(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paragraphs, "MOST_ELEMENTS", FEW)

    told = [doubt.says for doubt in read(source_of("\n".join(LINES))).doubts]

    assert any("没有再分段" in says for says in told)


def test_no_such_doubt_where_there_are_few() -> None:
    told = [doubt.says for doubt in read(source_of("\n".join(LINES))).doubts]

    assert not any("没有再分段" in says for says in told)


def pointing() -> Reading:
    return read(source_of("\n".join([*LINES, "41、按照第三条办理。", "42、按照第四条办理。"])))


def test_references_beyond_all_measure_are_told_and_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    followed = [one for one in pointing().references if one.target is not None]
    assert len(followed) == 2

    monkeypatch.setattr(references, "_MOST_LOOKS", 1)

    first, second = [one for one in pointing().references if "条" in one.raw]
    assert first.target is not None
    assert second.target is None
    assert "没有逐一查找" in second.says
