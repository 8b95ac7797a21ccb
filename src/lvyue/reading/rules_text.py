"""体检规则，文字: what recognition, pages and copying left behind, numbers that slip, and words written twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import DoubtKind, Severity
from lvyue.reading.outline import AnomalyKind, Node
from lvyue.reading.paragraphs import MOST_ELEMENTS, Paragraph, RepairKind, Span
from lvyue.reading.rules import Docket, Hit, Remark, Rule, listed, spans_of
from lvyue.reading.source import NoteKind

_NOISE, _DUPLICATE = DoubtKind.NOISE, DoubtKind.DUPLICATE

#: a word all in small letters inside Chinese; product names and units carry a capital or stand at a figure
_FOREIGN = re.compile(
    r"(?<![A-Za-z0-9@._/\\:\-])-?([a-z]{2,20})(?![A-Za-z0-9@_/\\:\-]|\.[A-Za-z0-9])"
)
_TITLED = re.compile(r"(?<![A-Za-z0-9@._/\\:\-])([A-Z][a-z]{2,20})(?![A-Za-z0-9@_/\\:\-])")
_KNOWN = frozenset(
    [
        "app",
        "web",
        "ppt",
        "pdf",
        "doc",
        "docx",
        "xls",
        "xlsx",
        "txt",
        "csv",
        "xml",
        "json",
        "email",
        "mail",
        "wifi",
        "vpn",
        "http",
        "https",
        "www",
        "com",
        "cn",
        "gov",
        "net",
        "org",
        "pc",
        "ip",
        "id",
        "api",
        "sdk",
        "kg",
        "km",
        "cm",
        "mm",
        "ms",
        "gb",
        "tb",
        "mb",
        "kb",
        "kbps",
        "mbps",
        "gbps",
        "ghz",
        "mhz",
        "vcpu",
        "cpu",
        "iops",
        "ups",
        "usb",
        "hdmi",
        "vga",
        "mcu",
        "gk",
        "led",
        "lcd",
        "java",
        "python",
        "linux",
        "windows",
        "mysql",
        "oracle",
        "docker",
        "redis",
        "nginx",
        "tomcat",
        "github",
        "android",
        "ios",
        "logo",
        "bug",
        "log",
        "cookie",
        "token",
    ]
)
#: what such a word most likely stands for
_MEANT = {
    "etc": "等", "and": "和", "or": "或", "safe": "安全", "secure": "安全", "security": "安全", "responsibility": "责任",
    "responsible": "负责", "service": "服务", "system": "系统", "data": "数据", "the": "（多余）", "of": "的", "to": "（多余）",
    "contract": "合同", "party": "方", "management": "管理", "network": "网络", "information": "信息", "project": "项目",
    "emergency": "应急", "maintenance": "维护", "support": "支持", "quality": "质量", "requirements": "要求",
    "including": "包括", "with": "与", "for": "为", "by": "由", "in": "在", "is": "是", "not": "不", "such": "此类",
}  # fmt: skip

_TRADITIONAL = dict(
    zip(
        "爲為與個們這來時會國學應開關對後從發過還進義務責當無據權條約證檢驗處項維運護寫證訊網絡資號電話級報導備機構",
        "为为与个们这来时会国学应开关对后从发过还进义务责当无据权条约证检验处项维运护写证讯网络资号电话级报导备机构",
        strict=True,
    )
)
_TRADITIONAL_CHARS = re.compile(f"[{''.join(_TRADITIONAL)}]")
#: more of them than this and the paper is simply written in traditional characters
_MOST_TRADITIONAL = 30

_LOST = re.compile(r"[�▯]+|[\ue000-\uf8ff]+|\?{2,}|？{3,}")
_STRAY = re.compile(
    r"(?:\d{4}\s*年\s*)?\d{1,2}\s*月\s*\d{1,2}\s*日|[-—－]?\s*\d{1,3}\s*[-—－]?|第\s*\d{1,3}\s*页(?:\s*共\s*\d{1,3}\s*页)?"
)
_LABEL = re.compile(r"^([一-鿿]{2,8})\s*[：:]")


def foreign(docket: Docket) -> Iterator[Remark]:
    """A foreign word in the middle of a Chinese sentence: 等, 责任 and 安全 come out as etc, responsibility and -safe."""
    for hit in docket.hits(_FOREIGN):
        word = hit.found[1]
        if word not in _KNOWN and _inside_chinese(docket, hit):
            yield _foreign(hit, word)
    for hit in docket.hits(_TITLED):
        if hit.found[1].lower() in _MEANT and _inside_chinese(docket, hit):
            yield _foreign(hit, hit.found[1].lower())


def _inside_chinese(docket: Docket, hit: Hit) -> bool:
    line = docket.line(hit.span.element)
    before = line[max(hit.span.start - 3, 0) : hit.span.start].strip()
    after = line[hit.span.end : hit.span.end + 3].strip()
    if re.search(r"[(（]\s*$", line[max(hit.span.start - 2, 0) : hit.span.start]):
        return False  # an abbreviation or a gloss in brackets
    return bool(re.search(r"[一-鿿、，]$", before)) or bool(re.match(r"[一-鿿、，。]", after))


def _foreign(hit: Hit, word: str) -> Remark:
    meant = _MEANT.get(word)
    return Remark(
        says=f"句中夹有外文“{hit.text.strip()}”" + (f"，疑为“{meant}”。" if meant else "。"),
        mend="请对照原件；确认后由人改正，系统不自行替换。",
        safe=f"按“{meant}”理解，原文照存。" if meant else "原文照存，不作推断。",
        spans=(hit.span,),
    )


def traditional(docket: Docket) -> Iterator[Remark]:
    hits = list(docket.hits(_TRADITIONAL_CHARS))
    if 0 < len(hits) <= _MOST_TRADITIONAL:
        chars = listed(f"{hit.text}（{_TRADITIONAL[hit.text]}）" for hit in hits)
        yield Remark(
            says=f"夹有繁体或异体字：{chars}。",
            mend="请对照原件。",
            safe="按对应的简体字理解。",
            spans=spans_of(hits),
        )


def lost(docket: Docket) -> Iterator[Remark]:
    """Characters that were lost, and what intake could not read."""
    hits = spans_of(docket.hits(_LOST, loose=True))
    if hits:
        yield Remark(
            says="有字丢失或无法显示。",
            mend="请对照原件补上。",
            safe="丢字的句子不用来计算。",
            spans=hits,
        )
    for kind, says in (
        (NoteKind.UNREAD, "页面上有字迹没有读出"),
        (NoteKind.UNSURE, "有字识别把握不大"),
    ):
        notes = [note for note in docket.paper.text.source.notes if note.kind is kind]
        if notes:
            yield Remark(
                says=f"{says}（{len(notes)} 处，如{notes[0].place}）。",
                mend="请对照原件逐处核对。",
                safe="这些地方的数字不用来计算。",
                severity=Severity.CONFIRM,
            )


def repairs(docket: Docket) -> Iterator[Remark]:
    """What was done to the lines, so that a person can check it."""
    told = {
        RepairKind.JOINED: "有 {n} 句话被换页切断，已经接上。",
        RepairKind.PAGE_NUMBER: "正文里夹着 {n} 个页码，已经去掉。",
        RepairKind.RUNNING_HEAD: "有 {n} 处页眉页脚，已经去掉。",
        RepairKind.MARKUP: "有 {n} 处排版记号，已经去掉。",
        RepairKind.CROWDED: f"文件超过 {MOST_ELEMENTS} 段，其后的行没有再分段，都接在最后一段里。",
    }
    joints = _joints(docket)
    for kind, says in told.items():
        found = [repair for repair in docket.paper.text.repairs if repair.kind is kind]
        if found:
            spans = joints if kind is RepairKind.JOINED else ()
            yield Remark(
                says=says.format(n=len(found)),
                mend="请对照原件。",
                safe="按整理后的句子读，原始的行照存。",
                spans=spans,
                severity=Severity.CONFIRM if kind is RepairKind.CROWDED else None,
            )


def _joints(docket: Docket) -> tuple[Span, ...]:
    return tuple(
        Span(element, piece.start, len(found.text))
        for element, found in enumerate(docket.paper.text.elements)
        if isinstance(found, Paragraph)
        for piece in found.pieces[1:2]
    )


def stray(docket: Docket) -> Iterator[Remark]:
    """A line of a date or a number alone, in the middle of clauses."""
    spans = []
    for element, text in docket.paragraphs:
        node = docket.paper.node_at(element)
        if node is None or element in docket.loose or not _STRAY.fullmatch(text.strip()):
            continue
        numbered = any(segment[0] not in "¶•" for segment in node.ref.segments)
        place = node.ref.segments[:1] in (("签署页",), ("落款",), ("封面",), ("首部",), ("签署",))
        if numbered and not place and "签署" not in node.ref.segments:
            spans.append(Span(element, 0, len(text)))
    if spans:
        yield Remark(
            says="正文中夹有与上下文无关的日期或数字。",
            mend="请对照原件。",
            safe="不当作约定，不当作条款编号。",
            spans=tuple(spans),
        )


_ANOMALY = {
    AnomalyKind.GAP: ("编号有缺号", Severity.CONFIRM),
    AnomalyKind.REPEAT: ("编号重复", Severity.CONFIRM),
    AnomalyKind.DRIFT: ("编号样式不一", Severity.NOTE),
    AnomalyKind.START: ("编号不从一开始", Severity.CONFIRM),
    AnomalyKind.BACKWARDS: ("编号倒退", Severity.CONFIRM),
    AnomalyKind.BROKEN_BOX: ("残留网页勾选标记或破损的勾选框", Severity.NOTE),
}


def numbering(docket: Docket) -> Iterator[Remark]:
    """The anomalies of the tree, one doubt a kind."""
    nodes = docket.paper.outline.nodes
    for kind, (says, severity) in _ANOMALY.items():
        found = [one for one in docket.paper.outline.anomalies if one.kind is kind]
        if found:
            refs = tuple(nodes[one.node].ref for one in found)
            yield Remark(
                says=f"{says}：{listed(one.says.rstrip('。') for one in found)}。",
                mend="请对照原件，确认条款齐全。",
                safe="按出现的顺序编入条款树，原编号照存。",
                clauses=refs,
                spans=docket.places(refs),
                severity=severity,
            )


def brackets(docket: Docket) -> Iterator[Remark]:
    """（1） and (2) in one list, or a dash before some of the numbers."""
    mixed: list[ClauseRef] = []
    nodes = [node for node in docket.paper.outline.nodes if node.binding]
    for parent, children in _by_parent(nodes).items():
        styles = {
            "full" if "（" in node.label else "half"
            for node in children
            if "(" in node.label or "（" in node.label
        }
        if len(styles) > 1 and parent is not None:
            mixed.append(docket.paper.outline.nodes[parent].ref)
    if mixed:
        yield Remark(
            says="同一组编号的括号全角、半角混用。",
            mend="请知悉；引用时不受影响。",
            safe="全角、半角视为同一种编号。",
            clauses=tuple(mixed),
            spans=docket.places(mixed),
        )


def _by_parent(nodes: list[Node]) -> dict[int | None, list[Node]]:
    groups: dict[int | None, list[Node]] = {}
    for node in nodes:
        groups.setdefault(node.parent, []).append(node)
    return groups


def two_columns(docket: Docket) -> Iterator[Remark]:
    """地址 and again 地址: a head of two columns, read line by line."""
    labelled = [
        (found[1], Span(element, 0, len(text)))
        for element, text in docket.paragraphs
        if (found := _LABEL.match(text)) and len(text) < 60  # noqa: PLR2004 - a field, and no sentence
    ]
    pairs = [list(group) for _, group in groupby(labelled, key=lambda one: one[0])]
    twice = [one for pair in pairs if len(pair) > 1 and pair[1][1].element - pair[0][1].element == 1 for one in pair]  # fmt: skip
    twice = [(label, span) for label, span in twice if label in _HEAD_FIELDS]
    if len({label for label, _ in twice}) > 1:
        yield Remark(
            says=f"首部双方信息左右两栏交错（{listed(label for label, _ in twice)}），哪一项归哪一方须对照原件。",
            mend="请对照原件确认双方的地址、电话和联系人。",
            safe="先出现的归甲方，其后的归乙方，并注明。",
            spans=tuple(span for _, span in twice),
        )


_HEAD_FIELDS = frozenset(
    ("地址", "住所", "邮政编码", "邮编", "电话", "传真", "联系人", "邮箱", "电子邮箱", "联系地址")
)

_PLAIN = re.compile(r"[^一-鿿A-Za-z0-9]+")
#: a sentence shorter than this may well be meant twice
_LONG = 24


def repeated(docket: Docket) -> Iterator[Remark]:
    """The same sentence in two clauses; one doubt for each pair of clauses."""
    first: dict[str, Span] = {}
    pairs: dict[tuple[ClauseRef, ClauseRef], list[Span]] = {}
    for sentence in docket.sentences:
        plain = _PLAIN.sub("", sentence.text)
        if not sentence.binding or len(plain) < _LONG:
            continue
        earlier = first.setdefault(plain, sentence.span)
        if earlier.element == sentence.span.element:
            continue
        one, other = docket.paper.clause_at(earlier), docket.paper.clause_at(sentence.span)
        if one is None or other is None or one == other or _is_head(one) or _is_head(other):
            continue
        if one.document != other.document:
            continue  # agreements of one template share their recitals and closing clauses
        pairs.setdefault((one, other), []).extend((earlier, sentence.span))
    for (one, other), spans in pairs.items():
        yield Remark(
            says=f"同样的话写了两遍（{one}、{other}）。",
            mend="请确认是一项义务还是两项。",
            safe="算一项义务，两处都作依据。",
            spans=tuple(spans),
            clauses=(one, other),
        )


def _is_head(ref: ClauseRef) -> bool:
    return not ref.segments or ref.segments[0] in {"封面", "首部", "前言", "序言", "当事人", "签署页", "落款"}  # fmt: skip


_ITEM = re.compile(r"[、，；：:;]|以及")
_ITEM_LEAST, _ITEM_MOST = 6, 20
_ENUMERATION = 6
_ACTOR = re.compile(r"甲方|乙方|单位|双方|信息$")


def item_twice(docket: Docket) -> Iterator[Remark]:
    """An item named twice in one enumeration."""
    for sentence in docket.sentences:
        if not sentence.binding or sentence.text.count("、") < _ENUMERATION:
            continue
        seen: set[str] = set()
        twice: dict[str, Span] = {}
        for item in _ITEM.split(sentence.text.rstrip("。；")):
            plain = re.split(r"[及和与]", item.strip())[0]
            if not _ITEM_LEAST <= len(plain) <= _ITEM_MOST or _ACTOR.search(plain):
                continue
            if plain in seen:
                at = sentence.span.start + sentence.text.rfind(plain)
                twice[plain] = Span(sentence.span.element, at, at + len(plain))
            seen.add(plain)
        if twice:
            yield Remark(
                says=f"同一份清单里写了两次：{listed(twice)}。",
                mend="请确认是否是两项不同的服务。",
                safe="算一项。",
                spans=tuple(twice.values()),
            )


_CLOSED = re.compile(r"[。；;：:！？!?》”）)】\]、，,…/_＿*—\-%0-9A-Za-z]\s*$")


def unfinished(docket: Docket) -> Iterator[Remark]:
    """A sentence that just stops: perhaps a page, perhaps words are missing."""
    spans = []
    for element, text in docket.paragraphs:
        if element in docket.loose or len(text) < _LONG or _CLOSED.search(text):
            continue
        node = docket.paper.node_at(element)
        if node is not None and "，" in text and "：" not in text[:12] and not _is_head(node.ref):
            spans.append(Span(element, max(len(text) - 12, 0), len(text)))
    if spans:
        yield Remark(
            says="句末没有标点，可能有缺文。",
            mend="请对照原件。",
            safe="按已有的文字读。",
            spans=tuple(spans),
        )


RULES = (
    Rule("text.foreign", "夹有外文", _NOISE, Severity.NOTE, foreign),
    Rule("text.traditional", "繁体与异体字", _NOISE, Severity.NOTE, traditional),
    Rule("text.lost", "丢字与未读", DoubtKind.UNREADABLE, Severity.CONFIRM, lost),
    Rule("text.repairs", "分页与记号", _NOISE, Severity.NOTE, repairs),
    Rule("text.stray", "夹杂的日期或数字", _NOISE, Severity.NOTE, stray),
    Rule("text.numbering", "编号异常", _NOISE, Severity.NOTE, numbering),
    Rule("text.brackets", "编号括号混用", _NOISE, Severity.NOTE, brackets),
    Rule("text.two_columns", "首部两栏交错", _NOISE, Severity.NOTE, two_columns),
    Rule("text.repeated", "同文两处", _DUPLICATE, Severity.NOTE, repeated),
    Rule("text.item_twice", "清单一项写两次", _DUPLICATE, Severity.NOTE, item_twice),
    Rule("text.unfinished", "句末没有标点", _NOISE, Severity.NOTE, unfinished),
)
