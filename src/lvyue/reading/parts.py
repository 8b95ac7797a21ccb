"""部分的界线: where the contract ends and an annex begins, with or without the word 附件, and what in each is no clause.

A list of annexes before the signatures is not their beginning; a cover that repeats the title is not a second annex; notes of the
template and a table of contents belong to nobody's duties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lvyue.reading.markers import Marker, Style, markers
from lvyue.reading.titles import (
    AnnexLabel,
    annex_label,
    bare,
    is_agreement,
    is_contents,
    is_contents_entry,
    is_end,
    is_field,
    is_notes,
    is_party,
    is_seal,
    is_side_by_side,
    is_signing,
    is_title,
    is_whereas,
)

#: how many paragraphs after its title an agreement names its parties
_NEAR = 10
#: how many paragraphs after 甲方 a signature block asks for a seal
_BLOCK = 8
_CHAPTERS = frozenset({Style.BOOK, Style.DIVISION, Style.CHAPTER, Style.SECTION, Style.ARTICLE})
_SHORT = 40


@dataclass(slots=True)
class Section:
    """部分的范围: first and last element, label and title, and the stretches of it that hold no clause."""

    first: int
    last: int = -1
    title: str = ""
    label: AnnexLabel | None = None
    main: bool = False
    #: elements of 使用说明, its title first
    notes: list[int] = field(default_factory=list)
    #: elements of 目录, its title first
    contents: list[int] = field(default_factory=list)
    #: numbered recitals under 鉴于
    recitals: list[int] = field(default_factory=list)
    #: titles at the top
    titles: list[int] = field(default_factory=list)
    #: the first element of the signature block
    closing: int | None = None


class Lines:
    """逐行: the words of every element (empty for a table), and their numbers, each read once."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.markers: list[tuple[Marker, ...]] = [markers(text) for text in texts]
        self._short = [0 < len(text) <= 60 for text in texts]  # noqa: PLR2004 - titles and labels are

    @cached_property
    def entries(self) -> Counter[str]:
        """How often each short line comes, without the page that a table of contents adds."""
        return Counter(
            entry_words(text) for text, short in zip(self.texts, self._short, strict=True) if short
        )

    def __len__(self) -> int:
        return len(self.texts)

    def short(self, at: int) -> bool:
        return self._short[at]

    def firm(self, at: int) -> tuple[Marker, ...]:
        """The number of an element, unless it may as well be words."""
        found = self.markers[at]
        return () if found and found[0].weak else found


def sections(lines: Lines) -> list[Section]:
    """The parts of a paper in order, the contract first."""
    found = [Section(0, main=True)]
    at, begun, closed = 0, False, False
    listed: list[AnnexLabel] = []
    while at < len(lines):
        here = found[-1]
        if lines.short(at):
            if (stretch := _stretch(lines, at)) is not None:
                (here.notes if is_notes(lines.texts[at]) else here.contents).extend(stretch)
                at = stretch[-1] + 1
                continue
            label = annex_label(lines.texts[at])
            if label and not _begins(lines, at):
                listed.append(label)
            elif label or (begun and _is_unlabelled(lines, at, closed=closed)):
                here.last = at - 1
                found.append(_annex(lines, at, label, listed))
                at, begun, closed = found[-1].titles[-1] + 1, False, False
                continue
            closed = closed or (begun and _closes(lines.texts[at]))
        if lines.firm(at):
            begun = True
        elif not begun and lines.short(at) and is_title(lines.texts[at]):
            here.titles.append(at)
        at += 1
    found[-1].last = len(lines) - 1
    for section in found:
        _finish(lines, section)
    return [section for section in found if section.last >= section.first]


def _annex(lines: Lines, at: int, label: AnnexLabel | None, listed: list[AnnexLabel]) -> Section:
    """A section that begins here, with its label and the titles that follow at once."""
    titles = [at]
    title = label.title if label else _named(lines.texts[at])
    following = at + 1
    if following < len(lines) and lines.short(following) and not lines.firm(following):
        words = _named(lines.texts[following])
        if (label and not title and _may_be_title(lines, following)) or words == title:
            title = words
            titles.append(following)
    if label is None:
        label = next((one for one in listed if one.title == title), None)
    return Section(at, title=title, label=label, titles=titles)


def _named(text: str) -> str:
    return bare(text, 80).strip("《》【】")


def _may_be_title(lines: Lines, at: int) -> bool:
    text = lines.texts[at]
    return (
        len(text) <= _SHORT
        and not is_field(text)
        and not is_notes(text)
        and text[-1] not in "。；;，,：:"
    )


def _stretch(lines: Lines, at: int) -> list[int] | None:
    """The elements of 使用说明 or 目录 that begin here."""
    if is_notes(lines.texts[at]):
        return list(range(at, _end_of_notes(lines, at)))
    if is_contents(lines.texts[at]):
        return list(range(at, _end_of_contents(lines, at)))
    return None


def _end_of_notes(lines: Lines, at: int) -> int:
    """Where the notes of a template end: at a title, a chapter, the parties, or when a list begins again."""
    lists: set[Style] = set()
    for after in range(at + 1, len(lines)):
        text = lines.texts[after]
        if not text:
            return after
        found = lines.markers[after]
        if found and (found[0].style in _CHAPTERS or _again(found[0], lists)):
            return after
        if found:
            lists.add(found[0].style)
        elif lines.short(after) and (
            is_title(text) or is_party(text) or is_field(text) or is_end(text) or annex_label(text)
        ):
            return after
    return len(lines)


def _again(marker: Marker, lists: set[Style]) -> bool:
    return marker.value == 1 and marker.style in lists and marker.style is Style.HAN


def _end_of_contents(lines: Lines, at: int) -> int:
    """Where a table of contents ends: at the first line that has no page and whose words do not come again."""
    seen: set[str] = set()
    for after in range(at + 1, len(lines)):
        text = lines.texts[after]
        words = entry_words(text)
        if not lines.short(after) or words in seen:
            return after
        if not (is_contents_entry(text) or lines.markers[after] or annex_label(text)):
            return after
        if not is_contents_entry(text) and lines.entries[words] < 2:  # noqa: PLR2004 - here and there
            return after
        seen.add(words)
    return len(lines)


def entry_words(text: str) -> str:
    """A line of a table of contents without its dots and its page."""
    return bare(text, 60).rstrip("0123456789.…·-_")


# ── annexes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _begins(lines: Lines, at: int) -> bool:
    """Whether an annex starts at its label, or is only named in a list."""
    after = at + 1
    if after >= len(lines):
        return False
    text = lines.texts[after]
    if not text:
        return True
    if is_end(text) or is_signing(text) or is_seal(text):
        return False
    following = annex_label(text) if lines.short(after) else None
    if following and following.name != _label(lines, at):
        return False
    listing = at > 0 and _is_listing(lines, at - 1)
    return not (listing and is_party(text) and _asks_for_seals(lines, after))


def _label(lines: Lines, at: int) -> str:
    label = annex_label(lines.texts[at])
    return label.name if label else ""


def _is_listing(lines: Lines, at: int) -> bool:
    text = lines.texts[at]
    return lines.short(at) and (annex_label(text) is not None or text.endswith(("：", ":")))


def _closes(text: str) -> bool:
    return is_end(text) or is_signing(text) or (is_party(text) and is_seal(text))


def _is_unlabelled(lines: Lines, at: int, *, closed: bool) -> bool:
    """The title of an agreement with its parties, its number or its recitals right after it; after the signatures, any title."""
    text = lines.texts[at]
    if lines.markers[at] or not is_title(text) or at + 1 >= len(lines):
        return False
    if closed and (not lines.texts[at + 1] or _starts(lines, at + 1)):
        return True
    return is_agreement(text) and _has_parties(lines, at)


def _starts(lines: Lines, at: int) -> bool:
    return bool(lines.firm(at)) and lines.markers[at][0].value == 1


def _has_parties(lines: Lines, at: int) -> bool:
    for after in range(at + 1, min(at + _NEAR, len(lines))):
        text = lines.texts[after]
        if not lines.short(after):
            return bool(text) and is_whereas(text)
        if is_party(text) or is_whereas(text) or is_notes(text):
            return not is_seal(text)
        if lines.firm(after):
            return lines.markers[after][0].value == 1
        if is_end(text) or is_signing(text):
            return False
    return False


# ── recitals and signatures ────────────────────────────────────────────────────────────────────────────────────────


def _finish(lines: Lines, section: Section) -> None:
    section.recitals = list(_recitals(lines, section))
    section.closing = _closing(lines, section)


def _recitals(lines: Lines, section: Section) -> Iterator[int]:
    """Numbered paragraphs between 鉴于 and the first heading."""
    start = next(
        (
            at
            for at in _outside(section, section.first, section.last + 1)
            if lines.short(at) and is_whereas(lines.texts[at])
        ),
        None,
    )
    if start is None or any(lines.firm(at) for at in _outside(section, section.first, start)):
        return
    expected = 1
    style: Style | None = None
    for at in _outside(section, start + 1, section.last + 1):
        found = lines.firm(at)
        if not found:
            continue
        if found[0].value != expected or found[0].style is not (style or found[0].style):
            return
        if found[0].style in _CHAPTERS or (style is None and found[0].style is Style.HAN):
            return
        style, expected = found[0].style, expected + 1
        yield at


def _outside(section: Section, first: int, last: int) -> Iterator[int]:
    left_out = {*section.notes, *section.contents}
    return (at for at in range(first, last) if at not in left_out)


def _closing(lines: Lines, section: Section) -> int | None:
    """The first element of the signature block, which comes after every number."""
    first = section.titles[-1] + 1 if section.titles else section.first
    left_out = {*section.notes, *section.contents}
    numbered = [
        at for at in range(first, section.last + 1) if lines.firm(at) and at not in left_out
    ]
    start = numbered[-1] + 1 if numbered else _said_until(lines, first, section.last) + 1
    for at in range(start, section.last + 1):
        if at not in left_out and lines.short(at) and _signs(lines, at):
            return at
    return None


def _said_until(lines: Lines, first: int, last: int) -> int:
    """Where a paper without numbers has its last sentence or table; its parties stand before that."""
    said = [at for at in range(first, last + 1) if lines.texts[at][-1:] in ("", "。", "；")]
    return said[-1] if said else first - 1


def _signs(lines: Lines, at: int) -> bool:
    text = lines.texts[at]
    if is_end(text) or is_signing(text) or is_side_by_side(text):
        return True
    return is_field(text) and (is_seal(text) or (is_party(text) and _asks_for_seals(lines, at)))


def _asks_for_seals(lines: Lines, at: int) -> bool:
    return any(is_seal(lines.texts[i]) for i in range(at, min(at + _BLOCK, len(lines))))
