"""引用: 第五章第 1 条, 附件 2, 本条 1.1 款: to which clause they lead, or why they lead nowhere.

What a clause points to is found in four kinds of words: numbers of clauses, names of annexes, names of papers outside the
contract, and tables that are shown below. ``ClauseTree.resolve`` reads the numbers and refuses to guess; statutes in 《》
and their articles lead out of the contract and are none of ours.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from lvyue.core.clause import (
    MAIN,
    AmbiguousClause,
    BadClause,
    Clause,
    ClauseRef,
    ClauseTree,
    UnresolvedClause,
    clause_number,
)
from lvyue.reading.outline import Outline, PartKind
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import Span
from lvyue.reading.plain import Plain, plain


@dataclass(frozen=True, slots=True)
class Reference:
    """引用: the words of it, the clause it stands in, the clause it leads to, and the document it names.

    ``target`` None and ``missing`` set: the paper is not in the file (招标文件, 采购需求). Both empty: it was not resolved,
    and ``says`` tells why. With a target ``says`` tells that clauses lead to each other in a circle.
    """

    span: Span
    raw: str
    source: ClauseRef
    target: ClauseRef | None
    missing: str = ""
    says: str = ""


# ------------------------------------------------------------------------------------------- words

_HAN = "零〇一二两三四五六七八九十百"
_NUMBER = rf"(?:[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{0,4}}\.?|[{_HAN}]{{1,5}})"
_INNER = rf"\((?:[0-9]{{1,3}}|[{_HAN}]{{1,3}}|[a-z]{{1,4}})\)|[①-⑳]"
_UNIT = "(?:[编章节条款项目](?![目式]))"
_STEP = (
    rf"第(?:{_NUMBER}(?:部分|{_UNIT})|(?:{_INNER}){_UNIT}?)"
    rf"|[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{1,4}}\.?(?:{_UNIT}(?!目))?|(?:{_INNER}){_UNIT}?|[0-9]{{1,3}}(?=\()|[0-9]{{1,3}}[款项](?!目)"
)
_PATH = rf"第(?:{_NUMBER}(?:部分|{_UNIT})|(?:{_INNER}){_UNIT})(?:[之的中、]?(?:{_STEP})){{0,6}}"
#: 本合同, 本《…合同》, 上述, 附件1, 《保密协议》: which paper the number belongs to
_NAME = r"《[^《》\n]{2,40}》"
_ANNEX = r"附[件录](?:[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?![0-9.%年月])"
_HEAD = (
    rf"(?:(?:本|主|上述|前述)?(?:合同|协议|附件|方案)(?:正文)?(?:项下|中|的)?|本(?={_NAME}){_NAME}(?:项下|中|的)?|{_NAME}(?:项下|中|的)?"
    rf"|{_ANNEX}(?:{_NAME})?(?:中|的)?|本条的?|本章的?|本节的?|上述|前述|上列|该)?"
)
_CLAUSES = re.compile(
    rf"(?=[第本主合协附方《上前该0-9])(?P<head>{_HEAD})(?P<path>{_PATH}|(?<![0-9.A-Za-z])[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{0,4}}\.?[条款项](?!目|[0-9])(?:(?:{_STEP})){{0,4}})"
)
#: the second of 第 2.1 款和 2.2 款, of 第三条至第五条
_MORE = re.compile(
    rf"(?P<joint>[和与及或、至到~-]|以及)(?P<path>第?(?:{_NUMBER}|{_INNER})(?:{_UNIT}|部分)(?:(?:{_STEP})){{0,4}})"
)
#: a number alone counts where a word of pointing stands before it, and only if such a clause exists
_BARE = re.compile(
    r"(?=[按依根详参见违符适执履除])(?:按照?|依照?|根据|依据|详见|参见|见|违反|符合|适用|执行|履行|除)(?:本合同|本协议|合同|协议)?(?P<path>[0-9]{1,3}(?:\.[0-9]{1,3}){1,4})(?![0-9.]|[%‰万元个台次年月日天小分秒GMTKgmk])"
)
_BEFORE_THIS = re.compile(r"[前上][一1]?(?P<unit>条|款|项)(?!款)(?=[所规约之的中]|[，。；、])")
_LAW = re.compile(
    r"(?:法|条例|规定|办法|典|解释|细则|规则|决定|规范|标准|准则|通则|意见|通知|指南)(?:\((?:试行|修订|[0-9]{4}[^()]{0,8})\))?》?$"
)
_AFTER_LAW = re.compile(
    r"(?:法|条例|规定|办法|典|解释|细则|规则|决定)(?:\((?:试行|修订|[0-9]{4}[^()]{0,8})\))?》(?:的|中的?|及其修正案)?(?:第[^，。；()]{1,10}[条款项][、和及至]?){0,4}$"
    r"|(?:民法典|采购法|网络安全法|招标投标法|合同法|保密法)(?:的|中)?(?:第[^，。；()]{1,10}[条款项][、和及至]?){0,4}$"
)

_NAMED = re.compile(rf"(?P<this>本)?(?P<name>{_NAME})")
_PAPER_WORD = re.compile(
    r"(?:协议书?|合同书?|承诺书|保证书|方案|需求书?|清单|附件|计划|须知|说明书|文件|责任书|细则|办法|通知书)(?:\([^()]{1,12}\))?$"
)
_AGREEMENT = re.compile(
    r"(?:协议书?|合同书?|承诺书|保证书|责任书|采购需求|附件)(?:\([^()]{1,12}\))?$"
)
#: staff sign papers of their own, and the foot of a page names what it belongs to
_OF_STAFF = re.compile(r"(?:人员|员工|职工|雇员)[^，。；]{0,12}签[署订][^，。；]{0,6}$")
_PAGE = re.compile(r"(?:的)?(?:签字|签署|盖章|签章)页|封面")

_NUMBERED_ANNEX = re.compile(rf"(?P<name>{_ANNEX})(?P<title>{_NAME})?")
_NUMBERED_TABLE = re.compile(r"(?P<name>附表[0-9一二三四五六七八九十]{1,3})")
_OUTSIDE = re.compile(
    r"(?=[采中招投响成磋谈询比遴竞需工技用项报])(?:采购需求|中标(?:通知书)?(?:或|、|/)成交通知书|招标文件|采购文件|投标文件|响应文件|中标通知书|成交通知书|磋商文件|谈判文件|询价文件|比选文件|遴选文件|竞价文件"
    r"|需求说明书|工作说明书|技术规范书|用户需求书|技术需求书|项目需求书|报价文件)"
)
_MAIN_CONTRACT = re.compile("主合同")
_SHOWN = re.compile(
    r"(?=[详参见如按依])(?:详见|参见|见|如|按照?|依据)(?:本)?(?:(?P<below>下(?:列)?表|以下(?:表格|清单)|下述清单)|(?P<list>[一-鿿]{2,14}(?:清单|明细表|一览表|表)))(?:所示|所列)?"
)


#: a paper that points and counts more than any contract is not followed to the end, so that a hostile one ends too
_MOST_LOOKS = 2_000_000


def refer(paper: Paper) -> tuple[Reference, ...]:
    """Every reference of a paper, in its order."""
    reader = _Reader(paper)
    found = [one for index in range(len(paper.text.elements)) for one in reader.of_element(index)]
    found.sort(key=lambda one: (one.span.element, one.span.cell or (-1, -1), one.span.start))
    return _circles(found)


def clause_tree(outline: Outline) -> ClauseTree:
    """The nodes of an outline as a tree that resolves references; annexes answer to all their names."""
    clauses: list[Clause] = []
    seen: set[ClauseRef] = set()
    for node in outline.nodes:
        parent = node.ref.parent
        if node.ref not in seen and node.ref.row is None and (parent is None or parent in seen):
            seen.add(node.ref)
            clauses.append(Clause(node.ref, node.label or None, node.text[:30]))
    documents = {ref.document for ref in seen}
    aliases = {
        name: part.name
        for part in outline.parts
        if part.name in documents
        for name in (part.title, *part.aliases)
        if name and _may_be_alias(name) and (part.name != MAIN or "合同" in name or "协议" in name)
    }
    return ClauseTree(clauses, aliases)


def _may_be_alias(name: str) -> bool:
    """附件 without a number says which annex is meant only where it is looked for by hand."""
    return name not in ("附件", "合同", "本合同")


# ------------------------------------------------------------------------------------------- reading them


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a text stands, and the clause that speaks."""

    paper: Plain
    element: int
    cell: tuple[int, int] | None
    begins: int
    source: ClauseRef

    def span(self, start: int, end: int) -> Span:
        at = self.paper.at(start, end)
        return Span(self.element, self.begins + at.start, self.begins + at.end, self.cell)


class _Reader:
    """引用的读法: the tree and the names of the papers of one contract."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._tree = clause_tree(paper.outline)
        self._parts = {
            _spelt(name): part.name
            for part in paper.outline.parts
            for name in (part.name, part.title, *part.aliases)
            if name and part.name != MAIN
        }
        self._prefaces = {
            element
            for part in paper.outline.parts
            if part.kind is PartKind.PREFACE
            for element in range(part.first, part.last + 1)
        }
        self._titles = {part.first for part in paper.outline.parts}
        self._main = {_spelt(p.title) for p in paper.outline.parts if p.name == MAIN and p.title}

        #: how many clauses were looked at to resolve what the paper points to
        self._looked_at = 0

    def of_element(self, element: int) -> Iterator[Reference]:
        """The references of a paragraph or of the cells of a table; instructions of the template have none."""
        source = self._source(element)
        if source is None or element in self._titles:
            return
        node, paragraph = self._paper.node_at(element), self._paper.paragraph(element)
        if paragraph is not None:
            begins = node.begins if node is not None and node.elements[:1] == (element,) else 0
            yield from self._of_text(
                _Place(plain(paragraph.text[begins:]), element, None, begins, source)
            )
        elif table := self._paper.tables.get(element):
            for row_number, row in enumerate(table.rows):
                for column, cell in enumerate(row.cells):
                    if not cell.carried and _IN_CELL.search(cell.text):
                        at = (row_number, column)
                        yield from self._of_text(_Place(plain(cell.text), element, at, 0, source))

    def _source(self, element: int) -> ClauseRef | None:
        """The clause that speaks; before the first number of a part, the part as a whole."""
        if element in self._prefaces:
            return None
        if (node := self._paper.node_at(element)) is not None:
            return node.ref
        parts = self._paper.outline.parts
        return next((ClauseRef(p.name) for p in parts if p.first <= element <= p.last), None)

    def _of_text(self, place: _Place) -> Iterator[Reference]:
        """What leads to a clause goes first; a name inside it is not told again."""
        if not _POINTS.search(place.paper.text):
            return
        taken: list[tuple[int, int]] = []
        for reader in (
            self._clauses,
            self._before,
            self._annexes,
            self._named,
            self._outside,
            self._shown,
        ):
            for start, end, one in reader(place):
                if _is_free(taken, start, end):
                    insort(taken, (start, end))
                    yield one

    # numbers

    def _clauses(self, place: _Place) -> Iterator[tuple[int, int, Reference]]:
        text = place.paper.text
        if not re.search(r"第|[0-9][条款项.]", text):
            return
        for found in _CLAUSES.finditer(text):
            head = found["head"]
            if _AFTER_LAW.search(text, max(0, found.start() - 60), found.start()) or (
                head.startswith("《") and _LAW.search(head.rstrip("的中项下"))
            ):
                continue
            if one := self._resolved(place, *found.span(), head, found["path"]):
                yield *found.span(), one
            yield from self._more(place, found)
        for found in _BARE.finditer(text):
            one = self._resolved(place, *found.span("path"), "", found["path"])
            if one and one.target is not None:
                yield *found.span("path"), one

    def _more(self, place: _Place, first: re.Match[str]) -> Iterator[tuple[int, int, Reference]]:
        """The numbers joined to one, read with the same paper in front."""
        end = first.end()
        while found := _MORE.match(place.paper.text, end):
            if one := self._resolved(place, *found.span("path"), first["head"], found["path"]):
                yield *found.span("path"), one
            end = found.end()

    def _resolved(
        self, place: _Place, start: int, end: int, head: str, path: str
    ) -> Reference | None:
        """A number in the words that the tree reads; None for what only looks like one."""
        span, raw = place.span(start, end), place.paper.raw(start, end)
        named = re.sub(r"^本?(《[^《》]*》)", r"\1", head)
        name = _spelt(named.rstrip("的中项下"))
        if "《" in head or head.startswith("附"):
            if head.startswith("本") or name in self._main:
                named = "本合同"
            elif self._document(name) is None:
                return Reference(span, raw, place.source, None, missing=_numbered(_spelt(name)))
            else:
                named = self._document(name) or ""
        elif re.match(r"本?[条章节]|上述|前述|上列|该", head):
            named = re.sub(r"^(?:上述|前述|上列)", "", head)
            named = named if re.match("合同|协议|附件|方案", named) else ""
            named = f"本{named}" if named else ""
        elif head.startswith("协议"):
            named = "本协议"
        elif re.match("(?:附件|方案)", head):
            named = f"本{head}"
        if self._looked_at > _MOST_LOOKS:
            return Reference(
                span, raw, place.source, None, says=f"全文引用太多，“{raw}”没有逐一查找。"
            )
        self._looked_at += len(self._tree)
        try:
            target = self._tree.resolve(f"{named}{path}", place.source)
        except AmbiguousClause as error:
            return Reference(span, raw, place.source, None, says=str(error))
        except (UnresolvedClause, BadClause, ValueError) as error:
            if not head and not _POINTING.search(place.paper.text, max(0, start - 12), start):
                return None if _SOFT.search(path) else _dead(span, raw, place.source, error)
            return _dead(span, raw, place.source, error)
        return Reference(span, raw, place.source, target)

    def _before(self, place: _Place) -> Iterator[tuple[int, int, Reference]]:
        """前款: the clause before among those of the same parent."""
        for found in _BEFORE_THIS.finditer(place.paper.text):
            span, raw = place.span(*found.span()), place.paper.raw(*found.span())
            before = self._before_each.get(place.source)
            if before is None:
                says = f"“{raw}”所在的 {place.source} 前面没有同级条款。请写明条款号。"
                yield *found.span(), Reference(span, raw, place.source, None, says=says)
            else:
                yield *found.span(), Reference(span, raw, place.source, before)

    @cached_property
    def _before_each(self) -> dict[ClauseRef, ClauseRef]:
        """The clause before each among those of the same parent and document."""
        last: dict[tuple[ClauseRef | None, str], ClauseRef] = {}
        before: dict[ClauseRef, ClauseRef] = {}
        for clause in self._tree:
            family = (clause.ref.parent, clause.ref.document)
            if family in last:
                before[clause.ref] = last[family]
            last[family] = clause.ref
        return before

    # papers

    def _document(self, name: str) -> str | None:
        """The part of this file that a name means; 安全保密协议 is found as 保密协议 only if a single part answers."""
        plain_name = _spelt(name)
        if plain_name in self._parts:
            return self._parts[plain_name]
        if found := re.fullmatch(rf"附[件录]([0-9]{{1,3}}|[{_HAN}]{{1,3}})", plain_name):
            try:
                return self._tree.resolve(f"附件{found[1]}").document
            except (UnresolvedClause, BadClause, ValueError):
                return None
        near = {
            part
            for known, part in self._parts.items()
            if len(known) > 3 and (known in plain_name or plain_name in known)  # noqa: PLR2004 - 附件 is in every name
        }
        return near.pop() if len(near) == 1 else None

    def _annexes(self, place: _Place) -> Iterator[tuple[int, int, Reference]]:
        for found in _NUMBERED_ANNEX.finditer(place.paper.text):
            span, raw = place.span(*found.span()), place.paper.raw(*found.span())
            document = self._document(found["name"])
            if document is None and found["title"]:
                document = self._document(found["title"])
            yield *found.span(), self._to(document, found["name"], span, raw, place.source)
        for found in _NUMBERED_TABLE.finditer(place.paper.text):
            span, raw = place.span(*found.span()), place.paper.raw(*found.span())
            yield *found.span(), self._to_table(found["name"], span, raw, place.source)
        if place.source.document != MAIN:
            for found in _MAIN_CONTRACT.finditer(place.paper.text):
                span, raw = place.span(*found.span()), place.paper.raw(*found.span())
                here = MAIN if MAIN in self._tree.documents else None
                yield *found.span(), self._to(here, "主合同", span, raw, place.source)

    def _named(self, place: _Place) -> Iterator[tuple[int, int, Reference]]:
        """《…》: an annex that is here or should be; reports, statutes and the contract's own name are none."""
        text = place.paper.text
        for found in _NAMED.finditer(text):
            name = found["name"][1:-1]
            if found["this"] or _spelt(name) in self._main or _PAGE.match(text, found.end()):
                continue
            if _LAW.search(name) or not _PAPER_WORD.search(name):
                continue
            if _OF_STAFF.search(text, max(0, found.start() - 24), found.start()):
                continue
            document = self._document(name)
            if document is None and not _AGREEMENT.search(name):
                continue
            if document == place.source.document:
                continue
            span, raw = place.span(*found.span()), place.paper.raw(*found.span())
            yield *found.span(), self._to(document, name, span, raw, place.source)

    def _outside(self, place: _Place) -> Iterator[tuple[int, int, Reference]]:
        for found in _OUTSIDE.finditer(place.paper.text):
            if _in_statute(place.paper.text, *found.span()):
                continue
            document = self._parts.get(found[0])
            span, raw = place.span(*found.span()), place.paper.raw(*found.span())
            yield *found.span(), self._to(document, found[0], span, raw, place.source)

    def _to(
        self, document: str | None, name: str, span: Span, raw: str, source: ClauseRef
    ) -> Reference:
        if document is None:
            return Reference(span, raw, source, None, missing=_numbered(name))
        return Reference(span, raw, source, ClauseRef(document))

    # tables

    def _shown(self, place: _Place) -> Iterator[tuple[int, int, Reference]]:
        """如下表所示, 详见设备清单: to the clause that holds the table."""
        for found in _SHOWN.finditer(place.paper.text):
            span, raw = place.span(*found.span()), place.paper.raw(*found.span())
            if found["list"]:
                one = self._to_table(found["list"], span, raw, place.source)
                if one.target is not None:
                    yield *found.span(), one
                continue
            following = next(
                (self._paper.tables[i] for i in sorted(self._paper.tables) if i > place.element),
                None,
            )
            near = following is not None and following.element - place.element <= _NEAR
            if following is not None and near and following.clause is not None:
                yield *found.span(), Reference(span, raw, place.source, following.clause)
            else:
                says = f"“{raw}”后面没有表格。请补上表格，或写明所指的表。"
                yield *found.span(), Reference(span, raw, place.source, None, says=says)

    def _to_table(self, name: str, span: Span, raw: str, source: ClauseRef) -> Reference:
        """The one table whose title has these words, or the clause or annex that is called so."""
        wanted = _spelt(name)
        homes = {
            table.clause
            for table in self._paper.tables.values()
            if table.clause is not None and wanted in _spelt(table.title)
        } or {node.ref for node in self._paper.outline.nodes if _spelt(node.text) == wanted}
        if len(homes) == 1:
            return Reference(span, raw, source, homes.pop())
        if homes:
            listed = "、".join(str(home) for home in sorted(homes))
            return Reference(span, raw, source, None, says=f"“{raw}”可以指 {listed}。请写明。")
        return Reference(span, raw, source, None, missing=name)


def _in_statute(text: str, start: int, end: int) -> bool:
    """《…采购需求标准（试行）》 is the name of a rule and no paper of this contract."""
    opened = text.rfind("《", max(0, start - _LONGEST_NAME), start)
    closed = text.find("》", end, end + _LONGEST_NAME)
    if opened < 0 or closed < 0 or "》" in text[opened:start]:
        return False
    return _LAW.search(text[opened:closed]) is not None


_LONGEST_NAME = 40


def _is_free(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether no span of an ordered list of separate ones meets this one."""
    after = bisect_left(taken, (end, 0))
    return after == 0 or taken[after - 1][1] <= start


_NEAR = 3
#: without one of these nothing points anywhere
_POINTS = re.compile(
    r"第|[见如照据]|附[件录表]|《|[前上]一?[条款项]|文件|需求|通知书|说明书|规范书|主合同|[0-9][条款项]"
)
_IN_CELL = re.compile("[第附见]|文件|需求")
#: words of pointing before a number without a name in front
_POINTING = re.compile(
    r"(?:按照?|依照?|根据|依据|见|违反|符合|适用|执行|所述|除|在|与|和|及|或|、|对|除外)$"
)
#: 第一项工作, 第二部分: a count of things as often as a clause
_SOFT = re.compile(r"^第[^第]{1,6}(?:项|部分|节|目)$|^[0-9]{1,3}[条款项]")


def _dead(span: Span, raw: str, source: ClauseRef, error: Exception) -> Reference:
    return Reference(span, raw, source, None, says=str(error))


def _numbered(name: str) -> str:
    """附件二 as 附件2, so that one missing annex has one name."""
    found = re.fullmatch(rf"(附[件录表])([{_HAN}]{{1,3}})", name)
    try:
        return f"{found[1]}{clause_number(found[2])}" if found else name
    except ValueError:
        return name


def _spelt(name: str) -> str:
    return re.sub(r"[\s《》“”\"]", "", plain(name).text)


# ------------------------------------------------------------------------------------------- circles


def _circles(found: list[Reference]) -> tuple[Reference, ...]:
    """Tells references by which a clause leads, over others or directly, back to itself."""
    leads: dict[ClauseRef, set[ClauseRef]] = {}
    for one in found:
        if one.target is not None and one.target.depth and not _SHOWN.search(one.raw):
            leads.setdefault(one.source, set()).add(one.target)
    return tuple(
        replace(
            one,
            says=f"循环引用：从 {one.source} 出发，经 {one.target} 又回到 {one.source}。请写明内容。",
        )
        if one.target is not None
        and not _SHOWN.search(one.raw)
        and _comes_back(leads, one.target, one.source)
        else one
        for one in found
    )


def _comes_back(leads: dict[ClauseRef, set[ClauseRef]], start: ClauseRef, goal: ClauseRef) -> bool:
    waiting, seen = [start], {start}
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        for there in leads.get(here, ()):
            if there not in seen:
                seen.add(there)
                waiting.append(there)
    return False
