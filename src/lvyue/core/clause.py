"""Where in a contract something stands, and how the papers of the trade point to it.

A ``ClauseRef`` is written in one canonical way, as the paper prints its numbers. Contracts refer to their own
clauses in many other ways; ``ClauseTree.resolve`` reads those, and refuses to guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, total_ordering

from lvyue.core.numerals import numeral

#: the document that needs no name in a contract of chapters or articles
MAIN = "main"

#: candidates that an error names
_LISTED = 5

#: places that carry no number, in the order of the paper; those of the second row come after every number
_FRONT = ("封面", "使用说明", "目录", "首部", "前言", "序言", "当事人")
_BACK = ("附表", "落款", "签署", "签署页")

_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_HAN = "零〇一二两三四五六七八九十百"
_SEGMENT = re.compile(
    rf"[1-9][0-9]*(?:\.[0-9]+)*|[{_HAN}]+|第[0-9{_HAN}]+[编章节条款项]|第[{_HAN}]+部分"
    rf"|\((?:[0-9]+|[{_HAN}]+|[A-Za-z]+)\)|[{_CIRCLED}]|[a-zA-Z]|[¶•][1-9][0-9]*|[一-鿿]{{2,12}}"
)
_ROW = re.compile(r"(.*) \(T([0-9]+) row ([0-9]+)\)")
_ANNEX = re.compile(rf"附件([0-9]+|[{_HAN}]+)?")


class BadClause(ValueError):
    """条款写法有误: text that is not a canonical reference, or a tree that does not hang together."""


class UnresolvedClause(LookupError):
    """条款引用无法落实: the reference was read, and no single clause answers to it."""

    def __init__(self, message: str, candidates: tuple[ClauseRef, ...] = ()) -> None:
        super().__init__(message)
        #: clauses that may have been meant, in paper order
        self.candidates = candidates


class ClauseNotFound(UnresolvedClause):
    """引用的条款不存在: no clause answers to the reference."""


class AmbiguousClause(UnresolvedClause):
    """引用的条款不唯一: several clauses answer to the reference."""


# ------------------------------------------------------------------------------------------- numerals


_MOST = 999


def clause_number(text: str) -> int:
    """编号数字: a clause number up to 999, in Arabic or Chinese. ``ValueError`` if it is none."""
    try:
        value = numeral(text)
    except ValueError:
        value = _MOST + 1
    if value > _MOST:
        raise ValueError(f"「{text}」不是 {_MOST} 以内的编号。")
    return value


_ROMAN = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})", re.IGNORECASE)


def _roman(text: str) -> int | None:
    """A roman number up to 39, which is as far as lists go."""
    found = _ROMAN.fullmatch(text)
    if not text or found is None:
        return None
    ones = {
        "": 0,
        "i": 1,
        "ii": 2,
        "iii": 3,
        "iv": 4,
        "v": 5,
        "vi": 6,
        "vii": 7,
        "viii": 8,
        "ix": 9,
    }
    return len(found[1]) * 10 + ones[found[2].lower()]


@dataclass(frozen=True, slots=True)
class _Label:
    """One number of a path: every value it may have, how it is dressed, and the unit it names if any."""

    values: frozenset[int]
    dress: str
    unit: str = ""

    def answers(self, asked: _Label) -> bool:
        """Whether a segment of the paper may be what the reference asks for."""
        if self.dress != asked.dress and (
            "¶" in (self.dress, asked.dress) or "•" in (self.dress, asked.dress)
        ):
            return False
        return bool(self.values & asked.values) and (
            not self.unit or not asked.unit or self.unit == asked.unit
        )


#: a place such as 封面: no number asks for it
_UNNUMBERED = _Label(frozenset(), "")


@cache
def _labels(segment: str) -> tuple[_Label, ...]:
    """The numbers of one segment; none for a place such as 封面."""
    if segment[0] in "¶•":
        return (_Label(frozenset({int(segment[1:])}), segment[0]),)
    if segment in _CIRCLED:
        return (_Label(frozenset({_CIRCLED.index(segment) + 1}), "①"),)
    if found := re.fullmatch(rf"第([0-9{_HAN}]+)(编|章|节|条|款|项|部分)", segment):
        return (_Label(frozenset({clause_number(found[1])}), "第", found[2]),)
    dress, inner = ("(", segment[1:-1]) if segment[0] == "(" else ("", segment)
    if re.fullmatch("[A-Za-z]+", inner):
        letter = {ord(inner.lower()) - ord("a") + 1} if len(inner) == 1 else set()
        roman = _roman(inner)
        values = frozenset(letter | ({roman} if roman else set()))
        return (_Label(values, dress + "a"),) if values else ()
    if "." in inner:
        return tuple(_Label(frozenset({int(part)}), "") for part in inner.split("."))
    try:
        return (
            _Label(frozenset({clause_number(inner)}), dress + ("" if inner.isascii() else "一")),
        )
    except ValueError:
        return ()


@cache
def _sort_key(segment: str) -> tuple[int, tuple[int, ...], str]:
    """Front matter, unnumbered paragraphs, bullets, numbers, back matter; numbers by value."""
    if segment in _FRONT:
        return (0, (_FRONT.index(segment),), segment)
    labels = _labels(segment)
    if not labels:
        return (4, (_BACK.index(segment) if segment in _BACK else len(_BACK),), segment)
    rank = {"¶": 1, "•": 2}.get(segment[0], 3)
    # A lone letter may be a roman numeral; i, v and x are rarer as the 9th, 22nd and 24th letter.
    return (rank, tuple(min(label.values, default=0) for label in labels), segment)


@cache
def _is_segment(segment: str) -> bool:
    if not _SEGMENT.fullmatch(segment):
        return False
    return bool(_labels(segment)) or re.fullmatch("[一-鿿]{2,12}", segment) is not None


@cache
def _is_document(name: str) -> bool:
    if name in (*_FRONT, *_BACK) or (_is_segment(name) and _labels(name)):
        return False
    return name == MAIN or re.fullmatch(r"[一-鿿][^\s/()¶•]*", name) is not None


# ------------------------------------------------------------------------------------------- references


@total_ordering
@dataclass(frozen=True, slots=True)
class ClauseRef:
    """条款号: a document and the path of a clause in it, and perhaps a row of a table there.

    ``str`` gives the canonical text and ``parse`` reads it back. Contracts with decimal numbers write the document
    first and join the path as the paper does: ``main 7.2.8(1)``, ``保密协议 2.2(3)¶1``, ``廉洁协议 二.4(2)``. Contracts of
    chapters or articles leave ``main`` away and join with slashes: ``第四章/一/1``, ``附件1/一/3/3.3/•1``, ``签署页``. ¶n is the
    n-th unnumbered paragraph, •n the n-th bullet. A table row follows in brackets: `` (T3 row 12)``.

    The order is that of the numbers (7.2.2 before 7.2.15), main document first; unnumbered paragraphs go
    before numbered ones. Where a paper does otherwise, its tree knows (``ClauseTree.in_paper_order``).
    """

    #: ``main`` or the annex as the paper names it: 附件1, 保密协议
    document: str
    #: one printed number each, outermost first; empty for the document as a whole
    segments: tuple[str, ...] = ()
    #: table number and row number
    row: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuses what could not be read back."""
        if not _is_document(self.document):
            raise BadClause(
                f"文件名「{self.document}」不可用。正文写 main,附件照纸面写名称（附件1、保密协议）,不能是编号，不能有空白、斜线、括号。"
            )
        for segment in self.segments:
            if not _is_segment(segment):
                raise BadClause(
                    f"「{segment}」不是条款编号。可写 7、(3)、①、a、一、(一)、第四章、3.3、¶1、•1 或签署页等。"
                )

    @classmethod
    def parse(cls, text: str) -> ClauseRef:
        """Read canonical text. Anything that ``str`` would not write raises ``BadClause`` and says what would be."""
        return _parsed(text)

    @property
    def parent(self) -> ClauseRef | None:
        """The clause around it; for a row its clause; None at the top of a document."""
        if self.row is not None:
            return ClauseRef(self.document, self.segments)
        return ClauseRef(self.document, self.segments[:-1]) if len(self.segments) > 1 else None

    @property
    def clause(self) -> ClauseRef:
        """Without the table row."""
        return self if self.row is None else ClauseRef(self.document, self.segments)

    @property
    def depth(self) -> int:
        """How many numbers deep; 0 is the document as a whole."""
        return len(self.segments)

    def is_within(self, other: ClauseRef) -> bool:
        """Whether it is the other clause or lies inside it."""
        if other.row is not None:
            return self == other
        return (
            self.document == other.document
            and self.segments[: len(other.segments)] == other.segments
        )

    def child(self, segment: str) -> ClauseRef:
        """The clause with this number directly inside."""
        return ClauseRef(self.document, (*self.segments, segment))

    @property
    def sort_key(self) -> tuple[object, ...]:
        """What the order goes by."""
        return (
            _document_key(self.document),
            tuple(_sort_key(segment) for segment in self.segments),
            self.row or (),
        )

    def __lt__(self, other: ClauseRef) -> bool:
        return self.sort_key < other.sort_key

    def __str__(self) -> str:
        if not self.segments:
            body = self.document
        elif _is_slashed(self.document, self.segments[0]):
            body = "/".join(
                self.segments if self.document == MAIN else (self.document, *self.segments)
            )
        else:
            body = f"{self.document} {self.segments[0]}" + "".join(
                f".{segment}" if _is_plain(segment) else segment for segment in self.segments[1:]
            )
        return body if self.row is None else f"{body} (T{self.row[0]} row {self.row[1]})"


@lru_cache(maxsize=8192)  # a release names the same few hundred clauses again and again
def _parsed(text: str) -> ClauseRef:
    row = _ROW.fullmatch(text)
    body = row[1] if row else text
    if not body or body != body.strip():
        raise BadClause(f"「{text}」不是条款号：前后不能有空白，也不能为空。")
    document, segments = _parse_spaced(body, text) if " " in body else _parse_slashed(body)
    ref = ClauseRef(document, segments, (int(row[2]), int(row[3])) if row else None)
    if str(ref) != text:
        raise BadClause(f"「{text}」不是规范的条款号，应写作「{ref}」。")
    return ref


def _is_slashed(document: str, first: str) -> bool:
    """Annexes called 附件 use slashes; a main document does unless it begins with a decimal number."""
    if document == MAIN:
        return not (first[0] in "¶•" or first[0].isascii())
    return _ANNEX.fullmatch(document) is not None


@lru_cache(maxsize=4096)
def _is_plain(segment: str) -> bool:
    """Segments joined by a dot: they would run into the one before."""
    return re.fullmatch("[0-9].*|[一-鿿]+", segment) is not None


@cache
def _document_key(document: str) -> tuple[int, int, str]:
    if document == MAIN:
        return (0, 0, "")
    return (1, _annex_number(document), document)


def _parse_slashed(body: str) -> tuple[str, tuple[str, ...]]:
    first, *rest = body.split("/")
    if first in (*_FRONT, *_BACK) or (_is_segment(first) and _labels(first)):
        return MAIN, (first, *rest)
    return first, tuple(rest)


_PIECE = re.compile(rf"\.?([0-9]+|[一-鿿]+)|(\([^()]+\)|[{_CIRCLED}]|[a-zA-Z]|[¶•][0-9]+)")


def _parse_spaced(body: str, text: str) -> tuple[str, tuple[str, ...]]:
    document, _, path = body.partition(" ")
    segments: list[str] = []
    at = 0
    while at < len(path):
        found = _PIECE.match(path, at)
        if found is None:
            raise BadClause(
                f"「{text}」从「{path[at:]}」起读不成条款编号。请写成 main 7.2.8(1) 或 第四章/一/1 的样子。"
            )
        segments.append(found[1] or found[2])
        at = found.end()
    return document, tuple(segments)


# ------------------------------------------------------------------------------------------- the tree


@dataclass(frozen=True, slots=True)
class Clause:
    """条款: a numbered place of the paper.

    ``printed`` is the number as the paper prints it (None where it prints none), ``heading`` its title, perhaps empty.
    """

    ref: ClauseRef
    printed: str | None
    heading: str


class ClauseTree:
    """条款树: the clauses of one contract in paper order, with its annexes.

    ``aliases`` says which document other names mean: ``{"安全保密协议": "附件2"}``. Raises ``BadClause`` for a clause given
    twice, a clause without its parent, and an alias of no document.
    """

    __slots__ = ("_aliases", "_children", "_clauses", "_documents", "_paths", "_place")

    def __init__(self, clauses: Iterable[Clause], aliases: Mapping[str, str] | None = None) -> None:
        self._clauses: dict[ClauseRef, Clause] = {}
        self._children: dict[ClauseRef | None, list[Clause]] = {None: []}
        for clause in clauses:
            ref, parent = clause.ref, clause.ref.parent
            if ref.row is not None:
                raise BadClause(f"条款树里不能有表格行「{ref}」；行只在引用时写。")
            if ref in self._clauses:
                raise BadClause(f"条款「{ref}」出现两次。请核对编号，同一上级下编号不能重复。")
            if parent is not None and parent not in self._clauses:
                raise BadClause(
                    f"条款「{ref}」的上级「{parent}」不在它之前。请补上上级条款或改正次序。"
                )
            self._clauses[ref] = clause
            self._children.setdefault(parent, []).append(clause)
            self._children.setdefault(ref, [])
        self._place = {ref: place for place, ref in enumerate(self._clauses)}
        self._documents = tuple(dict.fromkeys(ref.document for ref in self._clauses))
        self._paths = {ref: _path(ref) for ref in self._clauses}
        self._aliases = {_bare(name): document for name, document in (aliases or {}).items()}
        for name, document in self._aliases.items():
            if document not in self._documents:
                raise BadClause(f"别名「{name}」指向文件「{document}」，但合同里没有这份文件。")

    @property
    def documents(self) -> tuple[str, ...]:
        """Names of the documents, in paper order."""
        return self._documents

    @property
    def roots(self) -> tuple[Clause, ...]:
        """The outermost clauses of all documents."""
        return tuple(self._children[None])

    def children(self, ref: ClauseRef) -> tuple[Clause, ...]:
        """Clauses directly inside one. ``KeyError`` if it is not in the tree."""
        return tuple(self._children[self[ref].ref])

    def depth(self, ref: ClauseRef) -> int:
        """How many levels down, 1 for a root. ``KeyError`` if it is not in the tree."""
        return self[ref].ref.depth

    def in_paper_order(self, refs: Iterable[ClauseRef]) -> list[ClauseRef]:
        """References sorted as the paper has them, rows of a clause after it. ``KeyError`` for one not in the tree."""
        return sorted(refs, key=lambda ref: (self._place[self[ref].ref], ref.row or ()))

    def __getitem__(self, ref: ClauseRef) -> Clause:
        """The clause; of a table row, the clause that holds the table."""
        try:
            return self._clauses[ref.clause]
        except KeyError:
            raise KeyError(f"合同里没有条款「{ref}」。") from None

    def __contains__(self, ref: object) -> bool:
        return isinstance(ref, ClauseRef) and ref.clause in self._clauses

    def __iter__(self) -> Iterator[Clause]:
        return iter(self._clauses.values())

    def __len__(self) -> int:
        return len(self._clauses)

    def resolve(self, text: str, within: ClauseRef | None = None) -> ClauseRef:
        """引用落实: the clause that a reference in any dialect means, such as ``第二条第2.2款第（3）项``.

        ``within`` is the clause in which the reference stands: 本协议 is its document, and a bare number is looked for
        around it first. Widths, blanks and kinds of numerals do not matter unless they alone tell two clauses
        apart; unnumbered paragraphs may be left out; a unit that the paper prints (章, 条) must agree. A document named
        alone gives the reference to the whole of it. Raises ``ClauseNotFound`` or ``AmbiguousClause``, with candidates,
        and ``BadClause`` if the text is no reference.
        """
        try:
            exact = ClauseRef.parse(text.strip())
        except BadClause:
            pass
        else:
            if exact in self:
                return exact
        document, rest, named = self._document(text, within)
        asked = _asked(rest, text)
        if not asked.path:
            return ClauseRef(document)
        paths = {ref: path for ref, path in self._paths.items() if ref.document == document}
        for matches in _tiers(paths, asked, None if named else within):
            if len(matches) > 1:
                listed = "、".join(map(str, matches[:_LISTED]))
                more = f" 等 {len(matches)} 处" if len(matches) > _LISTED else ""
                raise AmbiguousClause(
                    f"「{text}」可以指 {listed}{more}，无法确定。请写明全部层级。", matches
                )
            if matches:
                return matches[0]
        near = tuple(ref for ref, path in paths.items() if _same(path[-1:], asked.path[-1:]))[
            :_LISTED
        ]
        hint = f"编号相近的有 {'、'.join(map(str, near))}。" if near else ""
        raise ClauseNotFound(
            f"{_title(document)}里没有「{text}」所指的条款。{hint}请核对编号，或登记为疑义。", near
        )

    def _document(self, text: str, within: ClauseRef | None) -> tuple[str, str, bool]:
        """Which document the text means, the rest of the text, and whether the text says so itself."""
        plain = re.sub("^(双方)?(签署|签订)的", "", _bare(text))
        here = within.document if within else MAIN
        for name in ("本协议", "本附件", "本方案"):
            if plain.startswith(name):
                return here, plain.removeprefix(name), True
        rest = re.sub("^(本|主)?合同(正文)?的?|^正文", "", plain)
        if named := self._named(rest):
            return (*named, True)
        if found := _ANNEX.match(rest):
            known = "、".join(_title(name) for name in self._documents)
            raise ClauseNotFound(
                f"合同没有「{found[0]}」。现有文件：{known}。请补附件，或登记为疑义。"
            )
        return (here, plain, False) if rest == plain else (MAIN, rest, True)

    def _named(self, plain: str) -> tuple[str, str] | None:
        """The document whose name, number or alias begins the text, and the rest; the longest name wins."""
        names = {_bare(name): name for name in self._documents if name != MAIN} | self._aliases
        for name in sorted(names, key=len, reverse=True):
            if not _ANNEX.fullmatch(name) and plain.startswith(name):
                return names[name], plain.removeprefix(name)
        annexes = {_annex_number(name): names[name] for name in names if _ANNEX.fullmatch(name)}
        if found := _ANNEX.match(plain):
            # 附件三 is an annex if there is one; else 三 may be a clause of the only annex.
            for length in range(len(found[0]), 1, -1):
                if _ANNEX.fullmatch(plain[:length]) and _annex_number(plain[:length]) in annexes:
                    return annexes[_annex_number(plain[:length])], plain[length:]
        return None


# ------------------------------------------------------------------------------------------- reading references

#: a number of a reference with what surrounds it; the unit tells levels apart where the paper prints it
_TOKEN = re.compile(
    rf"第?(?:\((?P<inner>[0-9]+|[{_HAN}]+|[A-Za-z]+)\)|(?P<circled>[{_CIRCLED}])|(?P<mark>[¶•][0-9]+)"
    rf"|(?P<decimal>[0-9]+(?:\.[0-9]+)*)\.?|(?P<han>[{_HAN}]+)|(?P<letters>[A-Za-z]+))"
    r"(?P<unit>编|章|节|条|款|项|目|点|部分|自然段|段)?[之的中、,，.。/:：]*"
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A reference as read: its numbers, and whether the first of them was a decimal number such as 7.2."""

    path: tuple[_Label, ...]
    decimal: bool


def _asked(rest: str, text: str) -> _Asked:
    path: tuple[_Label, ...] = ()
    decimal = False
    at = len(rest) - len(rest.lstrip("的中、,，.。/:：之"))
    while at < len(rest):
        found = _TOKEN.match(rest, at)
        if found is None:
            raise BadClause(
                f"「{text}」从「{rest[at:]}」起不像条款引用。请只留条款号，如 第七条第7.1款第(3)项。"
            )
        labels = _token_labels(found)
        if not labels:
            raise BadClause(f"「{text}」里的「{found[0]}」不是编号。请核对原文。")
        decimal = decimal or (not path and len(labels) > 1)
        # 第七条 7.2.15 款 says seven twice
        before = path
        path = _joined(path, labels)
        decimal = decimal or (len(labels) > 1 and len(path) < len(before) + len(labels))
        at = found.end()
    return _Asked(path, decimal)


def _token_labels(found: re.Match[str]) -> tuple[_Label, ...]:
    unit = found["unit"] or ""
    if unit in ("段", "自然段") and (number := found["decimal"] or found["han"]):
        return _labels(f"¶{clause_number(number)}")
    segment = next(
        piece
        for piece in (
            f"({found['inner']})" if found["inner"] else None,
            found["circled"],
            found["mark"],
            found["decimal"],
            found["han"],
            found["letters"],
        )
        if piece
    )
    labels = _labels(segment)
    if len(labels) == 1 and labels[0].dress not in ("¶", "•"):
        return (_Label(labels[0].values, labels[0].dress, unit),)
    return labels


def _joined(path: tuple[_Label, ...], labels: tuple[_Label, ...]) -> tuple[_Label, ...]:
    """A path and further numbers; a decimal that repeats the end of the path (3 / 3.3) adds only what is new."""
    for shared in range(min(len(labels) - 1, len(path)), 0, -1):
        if all(
            old.values & new.values
            for old, new in zip(path[-shared:], labels[:shared], strict=True)
        ):
            return path + labels[shared:]
    return path + labels


@cache
def _path(ref: ClauseRef) -> tuple[_Label, ...]:
    path: tuple[_Label, ...] = ()
    for segment in ref.segments:
        path = _joined(path, _labels(segment) or (_UNNUMBERED,))
    return path


def _same(path: Sequence[_Label], asked: Sequence[_Label]) -> bool:
    return len(path) == len(asked) and all(a.answers(b) for a, b in zip(path, asked, strict=True))


def _agrees(path: Sequence[_Label], asked: Sequence[_Label]) -> bool:
    """The same numbers, or the same when unnumbered paragraphs of the paper are left out."""
    if _same(path, asked):
        return True
    ends_in_paragraph = not path or path[-1].dress == "¶"
    return not ends_in_paragraph and _same([label for label in path if label.dress != "¶"], asked)


def _tiers(
    paths: Mapping[ClauseRef, tuple[_Label, ...]], asked: _Asked, within: ClauseRef | None
) -> Iterator[tuple[ClauseRef, ...]]:
    """Readings of a reference, best first, each with the clauses that answer to it."""
    roots = [ref for ref in paths if ref.depth == 1]
    first = asked.path[0]
    from_the_top = _best(
        [ref for ref, path in paths.items() if _agrees(path, asked.path)], paths, asked
    )
    printed_units = {label.unit for ref in roots for label in paths[ref]} - {""}
    in_decimals = bool(roots) and not _is_slashed(roots[0].document, roots[0].segments[0])
    bare = first.dress in ("", "一") and first.unit not in ("款", "项", "目", "点")
    if first.unit in printed_units or (in_decimals and (asked.decimal or bare)):
        # The paper numbers this level from the top of the document, so nothing deeper can be meant.
        yield from_the_top
        return
    nearby = _nearby(paths, asked, within)
    high = asked.decimal or first.unit in ("编", "章", "条")
    yield from (from_the_top, *nearby) if high else (*nearby, from_the_top)
    if in_decimals and first.dress in ("", "一"):
        return  # 第三款 with no clause around it could be any of them
    endings = [ref for ref, path in paths.items() if _ends_with(path, asked.path)]
    yield _best(endings, paths, asked)


def _nearby(
    paths: Mapping[ClauseRef, tuple[_Label, ...]], asked: _Asked, within: ClauseRef | None
) -> Iterator[tuple[ClauseRef, ...]]:
    """Clauses with these numbers inside the clause that speaks, then inside the one around it, and so on."""
    around = within.clause if within else None
    while around is not None:
        skip = len(_path(around))
        found = [
            ref
            for ref, path in paths.items()
            if ref.is_within(around) and len(path) > skip and _agrees(path[skip:], asked.path)
        ]
        yield _best(found, paths, asked)
        around = around.parent


def _ends_with(path: Sequence[_Label], asked: Sequence[_Label]) -> bool:
    return any(_agrees(path[start:], asked) for start in range(len(path)))


def _best(
    found: Sequence[ClauseRef], paths: Mapping[ClauseRef, tuple[_Label, ...]], asked: _Asked
) -> tuple[ClauseRef, ...]:
    """Narrowed where that is no guess: no paragraph left out, then, among siblings, the same kind of numerals."""
    size = len(asked.path)
    found = [ref for ref in found if _same(paths[ref][-size:], asked.path)] or found
    if len({ref.parent for ref in found}) == 1:
        alike = {
            ref: sum(
                a.dress == b.dress for a, b in zip(paths[ref][-size:], asked.path, strict=False)
            )
            for ref in found
        }
        found = [ref for ref in found if alike[ref] == max(alike.values())]
    return tuple(found)


def _bare(text: str) -> str:
    """Half width, without blanks and quotation marks; circled numbers, which half width would undress, stay."""
    plain = "".join(
        char if char in _CIRCLED else unicodedata.normalize("NFKC", char) for char in text
    )
    return re.sub(r"[\s《》「」“”\"*]+", "", plain)


def _annex_number(name: str) -> int:
    """0 for an annex without a number."""
    found = _ANNEX.fullmatch(name)
    return clause_number(found[1]) if found and found[1] else 0


def _title(document: str) -> str:
    return "正文" if document == MAIN else f"《{document}》"
