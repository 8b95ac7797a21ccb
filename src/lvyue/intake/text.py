"""文本: text, Markdown and HTML become lines, numbered from 1 as any editor numbers those of the file.

The bytes are UTF-8, UTF-16 or GB18030. A byte order mark is believed; otherwise UTF-8 proves itself, and what is left is
taken for GB18030 or Big5, whichever gives the more usual characters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from lxml import etree

from lvyue.intake.characters import usual
from lvyue.intake.limits import LIMITS
from lvyue.intake.refusals import refuse, too_large
from lvyue.reading.source import Line, NoteKind, Place, Source, SourceKind, SourceNote

#: byte order marks, the longer before the shorter
MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
NAMES = {
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
    "gb18030": "GB18030（国标编码）",
    "big5hkscs": "Big5（繁体编码）",
}
_BREAK = re.compile(r"\r\n|\n|\r")
#: breaks that no editor counts as a line, and a form feed of a printer
_SOFT_BREAK = re.compile("[\x0b\x0c\x85\u2028\u2029]")
#: no text has them: C0 and C1, zero width, direction overrides (a text may be shown as another one), noncharacters
_CONTROL = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
#: what a Chinese contract is made of, apart from Han characters
_USUAL = re.compile("[\t\n\r -~、。〈-】〔-〗—‘’“”…①-⑳％（），．／０-９：；？！～￥《》\u3000]")
#: below this share of usual characters it is no text in this encoding
_PLAUSIBLE = 0.6
#: a file of UTF-8 with a few broken bytes is still one
_BROKEN_SHARE = 0.005
#: controls among the characters beyond which a file is no text
_BINARY_SHARE = 0.05
_SAMPLE = 20_000


def read_text(data: bytes, name: str) -> Source:
    """The lines of a text. Blank lines are lines, so that numbers stay those of the file."""
    text, notes = decoded(data, name)
    lines = [
        Line(piece, Place(line=number))
        for number, raw in enumerate(_BREAK.split(text), start=1)
        for piece in _SOFT_BREAK.split(raw)
    ]
    while lines and not lines[-1].text:
        lines.pop()  # the end of the last line is no line
    return _source(data, name, lines, notes)


def _source(data: bytes, name: str, lines: list[Line], notes: list[SourceNote]) -> Source:
    characters = sum(len(line.text) for line in lines)
    if characters > LIMITS.characters:
        raise too_large(name, "文字", characters, LIMITS.characters, "请只读入合同和它的附件。")
    clean, controls = _without_controls(lines)
    if not any(line.text.strip() for line in clean):
        raise refuse(name, "文件里没有文字。", "请检查是否选错了文件。")
    return Source(
        name=name,
        sha256=sha256(data).hexdigest(),
        kind=SourceKind.TEXT,
        blocks=tuple(clean),
        notes=(*notes, *controls),
    )


def decoded(data: bytes, name: str) -> tuple[str, list[SourceNote]]:
    """The text of the bytes, and a note where they are not plain UTF-8."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, errors="replace")
            return text, _encoding_notes(encoding, text)
    guess = _utf16_without_mark(data)
    if guess:
        text = data.decode(guess, errors="replace")
        return text, _encoding_notes(guess, text)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text, notes = _not_utf8(data, name)
    else:
        notes = []
    _refuse_binary(text, name)
    return text, notes


def _encoding_notes(encoding: str, text: str) -> list[SourceNote]:
    says = [] if encoding == "utf-8" else [f"文件不是 UTF-8 编码，已按 {NAMES[encoding]} 读出。"]
    broken = text.count("\ufffd")
    if broken:
        says.append(f"有 {broken} 处字节无法辨认，原处以「\ufffd」标出。")
    return [SourceNote(NoteKind.ENCODING, Place(line=1), one) for one in says]


def _utf16_without_mark(data: bytes) -> str | None:
    """ASCII in UTF-16 has a zero in every second byte; blanks, digits and line ends are always some of it."""
    sample = data[: _SAMPLE & ~1]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    some = max(2, len(sample) // 50)
    if odd >= some and even * 10 <= odd:
        return "utf-16-le"
    if even >= some and odd * 10 <= even:
        return "utf-16-be"
    return None


def _not_utf8(data: bytes, name: str) -> tuple[str, list[SourceNote]]:
    """GB18030 or Big5 by which of them gives more usual characters; broken UTF-8 where neither does."""
    candidates = {
        encoding: data.decode(encoding, errors="replace") for encoding in ("gb18030", "big5hkscs")
    }
    best = max(candidates, key=lambda encoding: _usualness(candidates[encoding]))
    if _usualness(candidates[best]) >= _PLAUSIBLE:
        text = candidates[best]
        _refuse_binary(text, name)
        if text.count("\ufffd") <= max(2, len(text) * _BROKEN_SHARE):
            mended = data.decode("utf-8", errors="replace")
            if mended.count("\ufffd") > max(2, len(mended) * _BROKEN_SHARE):
                return text, _encoding_notes(best, text)
    text = data.decode("utf-8", errors="replace")
    if text.count("\ufffd") <= max(2, len(text) * _BROKEN_SHARE):
        return text, _encoding_notes("utf-8", text)
    raise refuse(
        name,
        "认不出文件的文字编码：不是 UTF-8、UTF-16，也不是国标编码。",
        "请用记事本或 WPS 打开它，另存为 UTF-8 文本或 .docx 后再读入。",
    )


def _usualness(text: str) -> float:
    """The share of characters that a Chinese contract is made of: the first level of GB2312, ASCII, Chinese signs."""
    sample = text[:_SAMPLE]
    if not sample:
        return 0.0
    counts = Counter(sample)
    usual = sum(count for char, count in counts.items() if _is_usual(char))
    return usual / len(sample)


def _is_usual(char: str) -> bool:
    if _USUAL.match(char):
        return True
    if not "一" <= char <= "鿿":
        return False
    for encoding, last in (
        ("gb2312", 0xD7),
        ("big5", 0xC6),
    ):  # the frequent characters come first in both
        try:
            if char.encode(encoding)[0] <= last:
                return True
        except UnicodeEncodeError:
            continue
    return False


def _refuse_binary(text: str, name: str) -> None:
    controls = len(_CONTROL.findall(text[:_SAMPLE]))
    if controls > max(8, len(text[:_SAMPLE]) * _BINARY_SHARE):
        raise refuse(
            name,
            "这不是文本，也不是读得懂的文件格式。",
            "可以读入文本、.docx、.xlsx、PDF 和扫描图片。",
        )


def _without_controls(lines: list[Line]) -> tuple[list[Line], list[SourceNote]]:
    """The same lines without control characters, and a note for each line that had some."""
    clean: list[Line] = []
    notes: list[SourceNote] = []
    rest = 0
    for line in lines:
        kept = _CONTROL.sub("", usual(line.text))
        gone = len(line.text) - len(kept)
        clean.append(Line(kept, line.place))
        if gone and len(notes) < LIMITS.notes:
            says = f"去掉了 {gone} 个看不见的控制字符。"
            notes.append(SourceNote(NoteKind.CONTROL, line.place, says))
        elif gone:
            rest += 1
    if rest:
        says = f"另有 {rest} 行也去掉了控制字符。"
        notes.append(SourceNote(NoteKind.CONTROL, Place(line=1), says))
    return clean, notes


# ---------------------------------------------------------------------------------------------- HTML

#: elements that begin and end a line
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "title",
        "tr",
        "ul",
    ]
)
#: elements whose content is never text
_DROPPED = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "iframe",
        "object",
        "embed",
        "applet",
        "svg",
        "math",
        "head",
    ]
)
_BLANKS = re.compile(r"[ \t\r\n\f]+")


@dataclass(slots=True)
class _Page:
    """网页: the line being written and those that are done."""

    lines: list[Line]
    number: int = 1
    text: str = ""

    def write(self, text: str | None) -> None:
        if text:
            joined = self.text + _BLANKS.sub(" ", text)
            self.text = joined.lstrip(" ") if not self.text else joined.replace("  ", " ")

    def end(self) -> None:
        if self.text.strip(" \t"):
            self.lines.append(Line(self.text.strip(" "), Place(line=self.number)))
        self.text = ""


def read_html(data: bytes, name: str) -> Source:
    """The words of a web page; its markup, programs and links are left behind."""
    text, notes = decoded(data, name)
    text = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), _html_parser())
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        return read_text(data, name)
    page = _Page([])
    for step, element in _walk(root):
        _html_step(page, step, element)
    page.end()
    return _source(data, name, page.lines, notes)


def _html_parser() -> etree.HTMLParser:
    return etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )


def _walk(root: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """Each element as it begins and ends, without those that hold no words."""
    skipped: etree._Element | None = None
    for step, element in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        if skipped is None and element.tag in _DROPPED:
            skipped = element
        if skipped is None:
            yield step, element
        elif step == "end" and element is skipped:
            skipped = None
            yield "tail", element


def _html_step(page: _Page, step: str, element: etree._Element) -> None:
    tag = element.tag
    if step == "start":
        if tag in _BLOCKS or tag == "br":
            page.end()
        if tag in {"td", "th"} and page.text.strip(" "):
            page.text = page.text.rstrip(" ") + "\t"
        if tag == "input" and element.get("type") == "checkbox":
            page.write("☑" if element.get("checked") is not None else "☐")
        if not page.text:
            page.number = element.sourceline or page.number
        page.write(element.text)
        return
    if step == "end" and tag in _BLOCKS:
        page.end()
    page.write(element.tail)
