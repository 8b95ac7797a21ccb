"""来信: a letter as it came over the wire, read into who wrote, in which conversation, what, and what was attached. Writes nothing.

Nothing in a letter is believed for its form: headers may be cut, repeated, in a charset that does not exist or in none; a text
may say that it is UTF-8 and be GBK. What cannot be read is told in ``warnings``, and the letter itself is kept byte for byte.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr
from enum import Enum
from html.parser import HTMLParser

#: The mark of our own letters (``notices.channels.mail``).
OWN_MARK = "x-lvyue-loop"

#: So much of the text of a letter is kept beside the letter itself, and so many files of one.
TEXT, FILES, DEPTH = 1_000_000, 50, 30

_MESSAGE_ID = re.compile(r"<([^<>\s]{1,250})>")
_NUMBER = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2})-(\d{4,9})(?![0-9])")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\]{1,190}")


class Nature(Enum):
    """来信性质: a person's letter, or what machines send each other."""

    PERSON = "普通来信"
    MACHINE = "机器发出的信"
    REPLY = "自动回复"
    BOUNCE = "退信或送达回执"
    OWN = "自己发出的信回来了"


@dataclass(frozen=True, slots=True)
class Attached:
    """附件: a file that came with a letter, under the name that the sender gave it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class InboundLetter:
    """来信, as it was understood. ``message_id`` and ``answers`` are without angle brackets; ``answers`` the nearest first.

    ``numbers`` are the ticket numbers in the subject, as prefix and number. ``quiet`` asks for no automatic answer.
    """

    message_id: str
    answers: tuple[str, ...]
    sender: str
    address: str
    subject: str
    numbers: tuple[tuple[str, int], ...]
    text: str
    files: tuple[Attached, ...]
    nature: Nature
    quiet: bool
    warnings: tuple[str, ...]


def read_letter(raw: bytes) -> InboundLetter:
    """A letter of any form; never raises. What could not be read stands in ``warnings``."""
    letter = message_from_bytes(raw, policy=policy.default)
    headers = _headers(letter)
    warnings: list[str] = []
    sender, address = _sender(headers, warnings)
    subject = _words(headers.get("subject", ""))
    text, files = _content(letter, warnings)
    if len(text) > TEXT:
        warnings.append(f"正文有 {len(text)} 个字，只显示前 {TEXT} 个；全文在原件里。")
        text = text[:TEXT]
    ids = _MESSAGE_ID.findall(headers.get("message-id", ""))
    answers = [*_MESSAGE_ID.findall(headers.get("in-reply-to", ""))]
    answers += reversed(_MESSAGE_ID.findall(headers.get("references", "")))
    return InboundLetter(
        message_id=ids[0] if ids else "",
        answers=tuple(dict.fromkeys(answers))[:50],
        sender=sender,
        address=address,
        subject=subject,
        numbers=tuple((prefix, int(number)) for prefix, number in _NUMBER.findall(subject)),
        text=text,
        files=files,
        nature=_nature(letter, headers),
        quiet="x-auto-response-suppress" in headers or "list-id" in headers,
        warnings=tuple(warnings),
    )


# ── headers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _headers(letter: Message) -> dict[str, str]:
    """The first of every header, unread: the parser's own reading raises on some that are cut."""
    found: dict[str, str] = {}
    for name, value in letter.raw_items():
        found.setdefault(name.lower(), _raw_words(str(value)[:20_000]))
    return found


def _raw_words(value: str) -> str:
    """What stands in a header without saying in which charset."""
    return decoded(value.encode("utf-8", "surrogateescape"), "")


def _words(value: str) -> str:
    """A header in words, on one line."""
    value = re.sub(r"\r?\n[ \t]*", " ", value)
    try:
        parts = decode_header(value)
    except (UnicodeError, ValueError, HeaderParseError):
        parts = [(value, None)]
    found = "".join(one if isinstance(one, str) else _part(one, charset) for one, charset in parts)
    return " ".join("".join(c if c.isprintable() else " " for c in found).split())


def _part(one: bytes, charset: str | None) -> str:
    """A piece between coded words comes as the bytes of a language's own escapes."""
    return one.decode("raw-unicode-escape") if charset is None else decoded(one, charset)


def _sender(headers: dict[str, str], warnings: list[str]) -> tuple[str, str]:
    """The sender as it was written, and the one plain address; none where there is none or more than one."""
    written = re.sub(r"\r?\n[ \t]*", " ", headers.get("from", ""))
    try:
        name, address = parseaddr(written)
    except (ValueError, IndexError):
        name, address = "", ""
    name = _words(name)
    address = address.strip().lower()
    shown = f"{name} <{address}>" if name else address
    if not _ADDRESS.fullmatch(address):
        warnings.append("发件地址读不出来，或不止一个。")
        return (_words(written) or shown)[:500], ""
    warnings += look_alikes(name, address)
    return shown[:500], address


def look_alikes(name: str, address: str) -> list[str]:
    """What about a sender's name or address could take somebody in."""
    found = []
    for what, text in (("发件人名称", name), ("发件地址", address)):
        scripts = sorted({one for c in text if (one := _script(c))})
        if len({"拉丁", "西里尔", "希腊"} & set(scripts)) > 1:
            found.append(f"{what}混用了{'、'.join(scripts)}字母，可能是仿冒。")
        if any(unicodedata.category(c) == "Cf" for c in text):
            found.append(f"{what}里有看不见的字符。")
    inside = _ADDRESS.search(name)
    if inside is not None and inside[0].lower() != address:
        found.append(f"名称里写着 {inside[0]}，实际地址是 {address}。")
    if not address.isascii() or "xn--" in address:
        found.append("地址里有非英文字母，请与登记的地址逐字核对。")
    return found


def _script(character: str) -> str:
    name = unicodedata.name(character, "")
    for word, zh in (("LATIN", "拉丁"), ("CYRILLIC", "西里尔"), ("GREEK", "希腊")):
        if name.startswith(word):
            return zh
    return ""


def _nature(letter: Message, headers: dict[str, str]) -> Nature:
    submitted = headers.get("auto-submitted", "no").partition(";")[0].strip().lower()
    precedence = headers.get("precedence", "").strip().lower()
    kind = letter.get_content_type()
    if OWN_MARK in headers:
        return Nature.OWN
    if kind == "multipart/report" or headers.get("return-path", "").strip() == "<>":
        return Nature.BOUNCE
    if submitted == "auto-replied" or precedence == "auto_reply" or "x-autoreply" in headers:
        return Nature.REPLY
    listed = any(name in headers for name in ("list-id", "list-unsubscribe", "list-post"))
    if submitted != "no" or listed or precedence in ("bulk", "junk", "list"):
        return Nature.MACHINE
    return Nature.PERSON


# ── content ──────────────────────────────────────────────────────────────────────────────────────────────────────


def decoded(content: bytes, charset: str) -> str:
    """Bytes as words: by what they say they are, if they are; else by what they look like. Chinese charsets by the widest one."""
    named = charset.strip().strip("\"'").lower()
    if named in ("gb2312", "gbk", "gb_2312-80", "x-gbk", "cp936", "hz-gb-2312", "euc-cn"):
        named = "gb18030"
    for one in dict.fromkeys([named, "utf-8", "gb18030"]):
        if not one or one in ("unknown-8bit", "8bit", "binary", "us-ascii", "ascii"):
            continue
        try:
            return content.decode(one)
        except (LookupError, UnicodeError, ValueError):
            continue
    return content.decode("utf-8", "replace")


def _content(letter: Message, warnings: list[str]) -> tuple[str, tuple[Attached, ...]]:
    """The text, and every file. A letter without text that has only HTML is read as text."""
    plain: list[str] = []
    rich: list[str] = []
    files: list[Attached] = []
    left = 0
    for part, depth in _leaves(letter):
        if depth > DEPTH:
            warnings.append("附件套得太深，里面的没有取出；见原件。")
            break
        content = _bytes(part)
        kind = part.get_content_type()
        name = _file_name(part)
        is_file = part.get_content_disposition() == "attachment" or bool(name)
        if not is_file and kind == "text/plain":
            plain.append(decoded(content, _charset(part)))
        elif not is_file and kind == "text/html":
            rich.append(html_as_text(decoded(content, _charset(part))))
        elif content and len(files) < FILES:
            files.append(Attached(name or _made_up(kind, len(files) + 1), content))
        elif content:
            left += 1
    if left:
        warnings.append(f"附件多于 {FILES} 个，其余 {left} 个没有取出；见原件。")
    text = "\n\n".join(one.strip() for one in plain if one.strip())
    if not text:
        text = "\n\n".join(one for one in rich if one)
    return text.replace("\0", ""), tuple(files)


def _leaves(part: Message, depth: int = 0) -> Iterator[tuple[Message, int]]:
    """Every part that holds content; a letter inside a letter is one file."""
    held = part.get_payload()
    if part.get_content_maintype() == "message" or not isinstance(held, list) or depth > DEPTH:
        yield part, depth
        return
    for one in held:
        if isinstance(one, Message):
            yield from _leaves(one, depth + 1)


def _bytes(part: Message) -> bytes:
    held = part.get_payload()
    if isinstance(held, list):  # a letter inside a letter
        try:
            return b"\n".join(one.as_bytes() for one in held if isinstance(one, Message))
        except (ValueError, LookupError, KeyError, UnicodeError, IndexError, AttributeError):
            return b""
    try:
        found = part.get_payload(decode=True)
    except (ValueError, LookupError, UnicodeError):
        found = None
    if isinstance(found, bytes):
        return found
    return str(held or "").encode("utf-8", "replace")


def _charset(part: Message) -> str:
    try:
        return str(part.get_content_charset() or "")
    except (ValueError, LookupError, UnicodeError, IndexError, AttributeError):
        return ""


def _file_name(part: Message) -> str:
    try:
        return _words(part.get_filename() or "")
    except (ValueError, LookupError, UnicodeError, IndexError, AttributeError):
        return ""


def _made_up(kind: str, number: int) -> str:
    ending = "eml" if kind == "message/rfc822" else kind.rpartition("/")[2]
    return f"附件{number}.{re.sub(r'[^a-z0-9]', '', ending)[:10] or 'bin'}"


class _Reader(HTMLParser):
    """HTML as a person would read it aloud: no styles, no scripts, a line for each block."""

    _BLOCKS = frozenset(
        [
            "p",
            "div",
            "br",
            "tr",
            "li",
            "ul",
            "ol",
            "table",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "blockquote",
            "pre",
            "hr",
            "section",
        ]
    )
    _UNSEEN = frozenset({"style", "script", "head", "title", "template", "noscript"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in self._UNSEEN:
            self._unseen += 1
        elif tag in self._BLOCKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in self._BLOCKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.said.append(re.sub(r"[ \t\r\n\xa0]+", " ", data))


def html_as_text(html: str) -> str:
    """The words of an HTML text, one line for each block."""
    reader = _Reader()
    reader.feed(html[: 4 * TEXT])
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.said).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


#: Where the letter begins that somebody answers: what stands below is known already.
_QUOTES = re.compile(
    r"^(?:-{2,}\s*(?:原始邮件|Original Message|转发|Forwarded).*|在.{4,60}(?:写道|写信)[:：]|On .{4,120} wrote:"
    r"|发件人[:：].*|_{20,})\s*$",
    re.IGNORECASE | re.MULTILINE,
)


def without_quotes(text: str) -> str:
    """What somebody wrote anew; the whole where nothing would be left."""
    found = _QUOTES.search(text)
    head = text[: found.start()] if found else text
    lines = head.rstrip().splitlines()
    while lines and lines[-1].startswith(">"):
        lines.pop()
    return "\n".join(lines).strip() or text.strip()
