"""Word 段落: the words of one paragraph as they are shown: its number, what was inserted, ticks, fields, controls."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from lvyue.intake.characters import usual
from lvyue.intake.limits import LIMITS
from lvyue.intake.numbering import VAL, Numbering, W
from lvyue.intake.refusals import refuse
from lvyue.intake.styles import Styles, is_on
from lvyue.intake.symbols import in_font, symbol
from lvyue.reading.source import Line, NoteKind, Place, SourceNote

W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
V = "{urn:schemas-microsoft-com:vml}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
O = "{urn:schemas-microsoft-com:office:office}"  # noqa: E741  the prefix that every Word file uses

#: what stands for a field that nobody has filled in
BLANK = "____"
TICKED, UNTICKED = "☑", "☐"
#: characters that are no text: zero width, direction overrides, soft hyphens, controls
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
_LABELLED = re.compile(
    r"[^\s:：]{1,14}[:：]|[^\s]{0,4}[甲乙]\s?方|[^\s]{1,10}[（(][^）)]{1,8}[）)]\s*$"
)
#: a line break that starts a new line of its own
_BREAK = "\n"

_SKIPPED = frozenset(
    {
        f"{W}pPr",
        f"{W}rPr",
        f"{W}instrText",
        f"{W}delText",
        f"{W}delInstrText",
        f"{W}rt",
        f"{MC}Fallback",
        f"{W}sdtPr",
        f"{W}sdtEndPr",
        f"{M}rPr",
    }
)


@dataclass(slots=True)
class Seen:
    """所见: notes on the way, at most so many of a kind; the rest is counted."""

    kept: list[SourceNote] = field(default_factory=list)
    counts: Counter[NoteKind] = field(default_factory=Counter)

    def note(self, kind: NoteKind, place: Place, says: str) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= LIMITS.notes:
            self.kept.append(SourceNote(kind, place, says))

    def notes(self) -> Iterator[SourceNote]:
        yield from self.kept
        for kind, count in self.counts.items():
            if count > LIMITS.notes:
                last = next(note for note in reversed(self.kept) if note.kind is kind)
                yield SourceNote(kind, last.place, f"另有 {count - LIMITS.notes} 处同类情况。")


@dataclass(slots=True)
class Run:
    """文字流: what a paragraph shows, collected; tracked and hidden words apart; its text boxes."""

    path: str
    number: str = ""
    parts: list[str] = field(default_factory=list)
    inserted: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    mark_deleted: bool = False
    contents: bool = False
    #: nested complex fields: True while the instruction of one is written
    fields: list[bool] = field(default_factory=list)


@dataclass(slots=True)
class _Way:
    """所在: what surrounds a piece of a paragraph."""

    inserted: bool = False
    hidden: bool = False
    font: str = ""
    depth: int = 0


@dataclass(slots=True)
class Words:
    """段落文字: styles, lists and comments that a paragraph refers to, and the paragraph whose mark was deleted."""

    file: str
    styles: Styles
    numbering: Numbering
    comments: dict[str, str]
    seen: Seen
    notes_met: set[tuple[str, str]] = field(default_factory=set)
    held: tuple[str, str, Place] | None = None

    # ---------------------------------------------------------------------------------- collecting

    def paragraph(self, element: etree._Element, path: str) -> Run:
        """Walk one paragraph and note what a person should know of it."""
        run = Run(path)
        properties = element.find(f"{W}pPr")
        style = self.styles.of(properties)
        run.number = self._number(properties, style)
        run.contents = self.styles.is_contents(style)
        hidden = is_on(self.styles.first(style, f"{W}rPr/{W}vanish")) or False
        if properties is not None:
            run.mark_deleted = properties.find(f"{W}rPr/{W}del") is not None
        self._walk(run, element, _Way(hidden=hidden))
        self._tell(run)
        return run

    def _number(self, properties: etree._Element | None, style: str) -> str:
        """The number that Word counts for it; counting happens here, so each paragraph is asked once."""
        own = properties.find(f"{W}numPr") if properties is not None else None
        use = own.find(f"{W}numId") if own is not None else None
        level = own.find(f"{W}ilvl") if own is not None else None
        inherited = self.styles.numbering(style)
        if use is not None:
            depth = level.get(VAL) if level is not None else None
            if use.get(VAL) == "0":  # taken out of the list
                return ""
            return self._next(use.get(VAL, ""), depth, style)
        if inherited is None or inherited[0] == "0":
            return ""
        name, named_in, depth = inherited
        if level is not None:
            depth = level.get(VAL)
        return self._next(name, depth, style, named_in)

    def _next(self, use: str, depth: str | None, style: str, named_in: str = "") -> str:
        if depth is not None and depth.isascii() and depth.isdigit():
            return self.numbering.next(use, int(depth[:3]))
        level = self.numbering.level_of_style(use, style)
        return self.numbering.next(use, level or self.numbering.level_of_style(use, named_in))

    def _walk(self, run: Run, parent: etree._Element, way: _Way) -> None:
        if way.depth > LIMITS.nesting:
            raise refuse(
                self.file,
                f"文档嵌套超过 {LIMITS.nesting} 层，没有读它。",
                "请在 Word 或 WPS 中另存一份再读入。",
            )
        for element in parent:
            tag = element.tag
            if tag in _SKIPPED or not isinstance(tag, str):
                continue
            reader = _READERS.get(tag)
            if reader is not None:
                reader(self, run, element, way)
            else:
                self._walk(run, element, _Way(way.inserted, way.hidden, way.font, way.depth + 1))

    def write(self, run: Run, text: str, way: _Way) -> None:
        if not text or (run.fields and run.fields[-1]):
            return
        if way.hidden:
            run.hidden.append(text)
            return
        run.parts.append(text)
        if way.inserted:
            run.inserted.append(text)

    def _tell(self, run: Run) -> None:
        place = Place(block=run.path)
        for kind, words, says in (
            (
                NoteKind.INSERTED,
                run.inserted,
                "修订中加入的「{}」已按正文读入，正式合同不应留有修订。",
            ),
            (NoteKind.DELETED, run.deleted, "修订中删除的「{}」没有读入，正式合同不应留有修订。"),
            (NoteKind.HIDDEN, run.hidden, "隐藏文字「{}」没有读入。"),
        ):
            quote = " ".join("".join(words).split())
            if quote:
                self.seen.note(kind, place, says.format(quote[:40]))

    # -------------------------------------------------------------------------------------- lines

    def lines(self, run: Run, path: str, *, outside: bool) -> list[Line]:
        """Its lines: one, unless somebody broke it by hand; none where it is empty."""
        text = _INVISIBLE.sub("", usual("".join(run.parts)))
        place = Place(block=path)
        number = run.number
        if self.held is not None:
            before, number, place = self.held
            text, self.held = before + text, None
        if run.mark_deleted:
            self.held = (text, number, place)
            return []
        pieces = [piece for broken in text.split(_BREAK) for piece in _fields(broken)]
        pieces = [piece for piece in pieces if piece] or ([""] if number else [])
        return [
            Line(
                (number if n == 0 else "") + piece,
                place,
                numbered=len(number) if n == 0 else 0,
                outside=outside or run.contents,
            )
            for n, piece in enumerate(pieces)
        ]

    def rest(self) -> Line | None:
        if self.held is None:
            return None
        text, number, place = self.held
        self.held = None
        return Line(number + text, place, numbered=len(number)) if text.strip() else None


def _fields(text: str) -> list[str]:
    """A line set with tabs: two labelled fields side by side are two lines; a row of three or more stays a row."""
    pieces = [piece.strip(" ") for piece in text.strip().split("\t")]
    pieces = [piece for piece in pieces if piece] if len(pieces) <= 2 else pieces  # noqa: PLR2004
    if len(pieces) == 1:
        return pieces
    if len([piece for piece in pieces if piece]) == 2:  # noqa: PLR2004  two sides
        two = [piece for piece in pieces if piece]
        return two if _LABELLED.match(two[1]) and _LABELLED.match(two[0]) else ["  ".join(two)]
    return ["\t".join(pieces)] if pieces else []


# ------------------------------------------------------------------------------- readers of elements


def _run(words: Words, run: Run, element: etree._Element, way: _Way) -> None:
    """``w:r``: its properties tell whether it is hidden and in which font."""
    properties = element.find(f"{W}rPr")
    hidden, font = way.hidden, way.font
    if properties is not None:
        own = is_on(properties.find(f"{W}vanish"))
        named = properties.find(f"{W}rStyle")
        if own is None and named is not None:
            own = is_on(words.styles.first(named.get(VAL, ""), f"{W}rPr/{W}vanish"))
        hidden = hidden if own is None else own
        fonts = properties.find(f"{W}rFonts")
        if fonts is not None:
            font = fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") or ""
    words._walk(run, element, _Way(way.inserted, hidden, font, way.depth + 1))  # noqa: SLF001


def _text(words: Words, run: Run, element: etree._Element, way: _Way) -> None:
    text = (element.text or "").replace("\r\n", " ").replace("\n", " ").replace("\r", " ")
    words.write(run, in_font(text, way.font) if way.font or not text.isascii() else text, way)


def _symbol(words: Words, run: Run, element: etree._Element, way: _Way) -> None:
    try:
        code = int(element.get(f"{W}char", ""), 16)
        shown = symbol(element.get(f"{W}font", ""), min(code, 0xFFFF))
    except ValueError:
        shown = "\ufffd"
    if shown == "\ufffd":
        words.seen.note(
            NoteKind.UNREAD, Place(block=run.path), "这里有一个符号认不出，原处以「\ufffd」标出。"
        )
    words.write(run, shown, way)


def _inserted(words: Words, run: Run, element: etree._Element, way: _Way) -> None:
    words._walk(run, element, _Way(True, way.hidden, way.font, way.depth + 1))  # noqa: FBT003, SLF001


def _deleted(words: Words, run: Run, element: etree._Element, way: _Way) -> None:  # noqa: ARG001  one signature for all readers
    run.deleted += [one.text or "" for one in element.iter(f"{W}t", f"{W}delText")]


def _control(words: Words, run: Run, element: etree._Element, way: _Way) -> None:
    """``w:sdt``: a tick box speaks by its state; a control still showing its prompt is blank."""
    box = element.find(f"{W}sdtPr/{W14}checkbox")
    if box is not None:
        state = box.find(f"{W14}checked")
        on = state is not None and state.get(f"{W14}val", "1") not in {"0", "false"}
        words.write(run, TICKED if on else UNTICKED, way)
        return
    if is_on(element.find(f"{W}sdtPr/{W}showingPlcHdr")):
        words.write(run, BLANK, way)
        return
    content = element.find(f"{W}sdtContent")
    if content is not None:
        words._walk(run, content, _Way(way.inserted, way.hidden, way.font, way.depth + 1))  # noqa: SLF001


def _field(words: Words, run: Run, element: etree._Element, way: _Way) -> None:
    """``w:fldChar``: begin, separate, end. Between the first two stands the instruction, after it what is shown."""
    kind = element.get(f"{W}fldCharType")
    if kind == "begin":
        box = element.find(f"{W}ffData/{W}checkBox")
        if box is not None:
            checked = is_on(box.find(f"{W}checked"))
            on = is_on(box.find(f"{W}default")) if checked is None else checked
            words.write(run, TICKED if on else UNTICKED, way)
        choices = element.find(f"{W}ffData/{W}ddList")
        if choices is not None:
            words.write(run, _chosen(choices), way)
        if len(run.fields) <= LIMITS.nesting:
            run.fields.append(True)
    elif kind == "separate" and run.fields:
        run.fields[-1] = any(run.fields[:-1])
    elif kind == "end" and run.fields:
        run.fields.pop()


def _chosen(choices: etree._Element) -> str:
    entries = [one.get(VAL, "") for one in choices.findall(f"{W}listEntry")]
    result = choices.find(f"{W}result")
    picked = result.get(VAL, "0") if result is not None else "0"
    index = int(picked[:4]) if picked.isascii() and picked.isdigit() else 0
    return entries[index] if index < len(entries) else ""


def _alternate(words: Words, run: Run, element: etree._Element, way: _Way) -> None:
    """``mc:AlternateContent``: the newer form; the older says the same once more."""
    choice = element.find(f"{MC}Choice")
    chosen = choice if choice is not None else element.find(f"{MC}Fallback")
    if chosen is not None:
        words._walk(run, chosen, _Way(way.inserted, way.hidden, way.font, way.depth + 1))  # noqa: SLF001


def _box(words: Words, run: Run, element: etree._Element, way: _Way) -> None:  # noqa: ARG001
    run.boxes.append(element)


def _break(words: Words, run: Run, element: etree._Element, way: _Way) -> None:  # noqa: ARG001
    words.write(run, _BREAK, way)


def _tab(words: Words, run: Run, element: etree._Element, way: _Way) -> None:  # noqa: ARG001
    words.write(run, "\t", way)


def _hyphen(words: Words, run: Run, element: etree._Element, way: _Way) -> None:  # noqa: ARG001
    words.write(run, "-", way)


def _nothing(words: Words, run: Run, element: etree._Element, way: _Way) -> None:
    """A soft hyphen, a page break that Word only remembers: no text."""


def _comment(words: Words, run: Run, element: etree._Element, way: _Way) -> None:  # noqa: ARG001
    said = words.comments.get(element.get(f"{W}id", ""), "")
    if said:
        words.seen.note(
            NoteKind.COMMENT, Place(block=run.path), f"批注「{said[:80]}」不是合同正文，没有读入。"
        )


def _foot(words: Words, run: Run, element: etree._Element, way: _Way) -> None:  # noqa: ARG001
    kind = "footnote" if element.tag == f"{W}footnoteReference" else "endnote"
    words.notes_met.add((kind, element.get(f"{W}id", "")))


def _picture(words: Words, run: Run, element: etree._Element, way: _Way) -> None:  # noqa: ARG001
    words.seen.note(
        NoteKind.PICTURE, Place(block=run.path), "这里有一张图片，图片里的文字没有读入。"
    )


def _embedded(words: Words, run: Run, element: etree._Element, way: _Way) -> None:  # noqa: ARG001
    words.seen.note(
        NoteKind.UNREAD, Place(block=run.path), "这里嵌入了另一份文件，没有读它；请单独读入。"
    )


_Reader = Callable[[Words, Run, Any, _Way], None]
_READERS: dict[str, _Reader] = {
    f"{W}r": _run,
    f"{W}t": _text,
    f"{M}t": _text,
    f"{W}sym": _symbol,
    f"{W}ins": _inserted,
    f"{W}moveTo": _inserted,
    f"{W}del": _deleted,
    f"{W}moveFrom": _deleted,
    f"{W}sdt": _control,
    f"{W}fldChar": _field,
    f"{MC}AlternateContent": _alternate,
    f"{W}txbxContent": _box,
    f"{W}br": _break,
    f"{W}cr": _break,
    f"{W}tab": _tab,
    f"{W}ptab": _tab,
    f"{W}noBreakHyphen": _hyphen,
    f"{W}softHyphen": _nothing,
    f"{W}lastRenderedPageBreak": _nothing,
    f"{W}commentReference": _comment,
    f"{W}footnoteReference": _foot,
    f"{W}endnoteReference": _foot,
    f"{A}blip": _picture,
    f"{V}imagedata": _picture,
    f"{O}OLEObject": _embedded,
}
