"""读出的合同文件: which papers make up the contract, in which order, and which of them are in this file.

Two grammars: a clause with an ordered list (解释顺序), and single sentences (附件与合同具有同等效力, 以补充协议为准). A list gives ranks only
where the paper says that its order counts; sentences give them by who prevails over whom.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lvyue.reading.outline import Node, NodeKind, PartKind
from lvyue.reading.paragraphs import Span
from lvyue.reading.passages import Passage, Passages, sentences

#: what a paper is, by the words of its name; the first that fits
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(words))
    for kind, words in (
        (
            "supplement",
            r"补充(?:与|和|及|、)?(?:修正|修改|变更)?(?:文件|协议|合同|条款)|会谈纪要|会议纪要|变更(?:文件|协议)|修正文件|备忘录",
        ),
        ("award_notice", r"(?:中标|成交)[^，。；]{0,8}通知书?"),
        (
            "main",
            r"本(?:政府采购)?(?:《[^》]{2,20}》)?合同(?:书|协议书|正文|条款)?(?!履行|执行|签|有效)|合同(?:正文|协议书|专用条款)|本《[^》]{0,16}合同[^》]{0,6}》|本协议书?",
        ),
        (
            "bid",
            r"投标(?:文件|书|函)|响应(?:文件|性文件)|报价(?:文件|书|单)|应答文件|磋商响应|承诺书",
        ),
        ("requirements", r"采购需求|需求(?:说明)?书|技术(?:规格|需求|要求)书?|用户需求"),
        ("tender", r"(?:招标|采购|磋商|谈判|询价)(?:公告|文件)"),
        ("general", r"通用条款|通用合同条款"),
        ("standard", r"标准、?规范|国家标准|行业标准"),
        ("annex", r"附件|附录|附表"),
        ("other", r"其他|其它|有关文件"),
    )
)
_LIST_HEAD = re.compile(
    r"(?:合同|协议)?文件?[^。；]{0,10}(?:组成|构成)|(?:解释|优先|适用|效力)[^。；]{0,8}(?:顺序|次序)|组成合同的文件|(?:合同|下列)文件(?:主要)?包括"
)
_ORDERED = re.compile(
    r"(?:解释|优先|适用|效力|先后|上述|以上|前述|列明|排列)[^。；]{0,16}(?:顺序|次序|顺位)|次序在先|顺序在先|在先者为准|排序在前|(?:在前|在先)的?为准"
)
_SAME_FORCE = re.compile(
    r"(?:具有|具|有)?(?:与[^，。；]{0,14})?(?:同等|同样|相同)(?:的)?(?:法律)?效力"
)
_PREVAILS = re.compile(r"以(?P<winner>[^，。；以]{2,24}?)(?:的?(?:约定|规定|内容|条款))?为准")
_CONFLICT = re.compile(r"不一致|冲突|矛盾|抵触|不符|歧义|相悖")
_ANNEX_NAME = re.compile(
    r"《(?P<name>[^《》]{2,30})》[^。；]{0,12}(?:作为|系|为|是)[^。；]{0,24}附件|(?:附件|附录)[0-9一二三四五六七八九十]{0,3}\s*[：:、]?\s*《?(?P<after>[^，。；：:《》（(]{2,30}?(?:协议|清单|方案|表|承诺书|条款|要求|说明书|细则|办法))》?(?=$|[，。；、）)是为])|(?:双方|与甲方|甲乙)[^。；《》]{0,10}(?:签订|签署)[^。；《》]{0,12}《(?P<signed>[^《》]{2,20}(?:协议|承诺书))》"
)
_MENTIONS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("tender", "招标文件", re.compile(r"招标文件|采购文件|磋商文件|谈判文件|询价文件")),
    ("bid", "投标文件", re.compile(r"投标文件|响应文件|投标书")),
    ("requirements", "采购需求", re.compile(r"采购需求")),
    ("award_notice", "中标通知书", re.compile(r"(?:中标|成交)通知书")),
    ("supplement", "补充协议", re.compile(r"补充协议")),
)
_BEFORE_SIGNING = re.compile(r"(?:签署|签订|签约)(?:之)?前[^，。；]{0,12}(?:文件|协议|约定|承诺)")
_CLEAN = re.compile(r"[；;。，,\s]+$|^[\s、]+")
_TOP = 40


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """读出的合同文件: name, rank (1 wins), whether its text is in this file, kind as in a release, other names."""

    name: str
    kind: str
    rank: int | None
    here: bool
    span: Span | None
    aliases: tuple[str, ...] = ()


def documents(passages: Passages) -> tuple[ReadDocument, ...]:
    """All papers of the contract: those it ranks, those that are here, those it only speaks of."""
    listed = _listed(passages)
    kept = listed or _by_sentences(passages)
    kept = [*kept, *_unlisted(passages, kept)]
    ranked = sorted(kept, key=lambda d: (d.rank is None, d.rank or 0))
    return tuple(dict.fromkeys(ranked))


def kind_of(name: str) -> str:
    """What kind of paper a name speaks of; ``other`` where it is none of the usual."""
    return next((kind for kind, words in _KINDS if words.search(name)), "other")


# ── an ordered list ──────────────────────────────────────────────────────────────────────────────────────────────


def _listed(passages: Passages) -> list[ReadDocument]:
    for passage in passages.main:
        node = passage.node
        if node is None or not node.binding or not _LIST_HEAD.search(passage.text[:_TOP]):
            continue
        items = _items(passages, passage, node)
        if len(items) > 1:
            text = "".join(p.text for p in passages.under(_holder(passages, node)))
            return list(_ranked(items, passages, ordered=bool(_ORDERED.search(text))))
    return []


def _holder(passages: Passages, node: Node) -> Node:
    """The number that holds a list: the one whose unnumbered paragraph heads it."""
    return (passages.over(node) or node) if node.kind is NodeKind.PARAGRAPH else node


def _items(passages: Passages, head: Passage, node: Node) -> list[tuple[str, Span | None]]:
    """The papers of a list: one for each number below its head, or one for each （1）, ① or name of an enumeration."""
    holder = _holder(passages, node)
    under = [p for p in passages.under(holder) if p.element >= head.element]
    below = [
        p
        for p in under
        if p.opens and p.node and p.node.kind in _NUMBERED and passages.over(p.node) is holder
    ]
    papers = [(t, p.span()) for p in below if (t := _CLEAN.sub("", p.text)) and len(t) < 120]  # noqa: PLR2004
    if len(papers) > 1:
        return [(t, span) for t, span in papers if _is_paper(t)]
    text = "；".join(p.text for p in under)
    cut = re.search("[：:]", text)
    pieces = _ENUMERATED.split(text[cut.end() :]) if cut else []
    found = [_CLEAN.sub("", piece) for piece in pieces]
    return [
        (name, head.span())
        for name in found
        if 2 < len(name) < _TOP and _is_paper(name) and not _RULE.search(name)  # noqa: PLR2004 - 图纸 is no name
    ]


#: what says how the list is meant, and is no paper of it
_RULE = re.compile("冲突|不一致|为准|上述|以上|如有|矛盾|次序|顺序|解释")
_NUMBERED = (NodeKind.NUMBERED, NodeKind.BULLET)
_ENUMERATED = re.compile(r"[、；;，,。]|[（(]?\d{1,2}[）)]|[①②③④⑤⑥⑦⑧⑨⑩]")


def _is_paper(text: str) -> bool:
    return kind_of(text) != "other" or bool(re.search(r"文件|协议|合同|标准|清单|图纸", text))


def _ranked(
    items: Sequence[tuple[str, Span | None]], passages: Passages, *, ordered: bool
) -> Iterator[ReadDocument]:
    for position, (name, span) in enumerate(items, 1):
        kind, rank = kind_of(name), position if ordered else None
        yield ReadDocument(_named(name), kind, rank, kind == "main", span)
        if (kind == "main" and re.search("附件|附录", name)) or kind == "annex":
            for annex in _annexes(passages):
                yield replace(annex, rank=rank)


def _named(text: str) -> str:
    """The name without what explains it in brackets."""
    return re.sub(r"[（(][^（()）]{0,40}[）)]", "", text).strip() or text


# ── sentences ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Rule:
    """One sentence of the order: the kinds that win, and those that give way; equal where both are."""

    winners: frozenset[str]
    losers: frozenset[str]


def _by_sentences(passages: Passages) -> list[ReadDocument]:
    """Ranks from who prevails over whom; equal force puts the annexes beside the contract, unless one sentence puts them below."""
    above: set[tuple[str, str]] = set()
    equal: set[str] = set()
    spans: dict[str, Span] = {}
    for passage in passages.binding:
        if passages.kind(passage) is not PartKind.MAIN or (
            "效力" not in passage.text and "为准" not in passage.text
        ):
            continue
        for begin, text in sentences(passage.text):
            span = passage.span(begin, begin + len(text))
            if _SAME_FORCE.search(text) and re.search(r"附件|附录", text) and "份" not in text:
                equal.add("annex")
                spans.setdefault("annex", span)
            for rule in _rules(text):
                above.update(
                    (w, loser) for w in rule.winners for loser in rule.losers if w != loser
                )
                for kind in (*rule.winners, *rule.losers):
                    spans.setdefault(kind, span)
    if not above and not equal:
        return []
    return list(_levels(above, equal, spans, passages))


def _rules(text: str) -> Iterator[_Rule]:
    found = _PREVAILS.search(text)
    if not found or not _CONFLICT.search(text[: found.start()]):
        return
    kinds = _kinds_in(text[: found.start()])
    winner = _kinds_in(found["winner"])
    if not winner or winner - kinds - {"main"}:
        winner = winner or frozenset()
    losers = kinds - winner
    if winner and losers:
        yield _Rule(winner, losers)


def _kinds_in(text: str) -> frozenset[str]:
    found: set[str] = set()
    if re.search(r"附件|附录", text):
        found.add("annex")
    if re.search(r"补充(?:协议|合同|文件)", text):
        found.add("supplement")
    if re.search(r"招标文件|采购文件|磋商文件", text):
        found.add("tender")
    if re.search(r"投标文件|响应文件", text):
        found.add("bid")
    if re.search(r"(?:中标|成交)通知书", text):
        found.add("award_notice")
    if _BEFORE_SIGNING.search(text):
        found.add("earlier")
    rest = re.sub(r"(?:本)?合同(?:的)?附件|(?:本)?合同(?:签署|签订)(?:之)?前|补充合同", "", text)
    if re.search(r"本?合同(?!履行|执行)|主合同|正文|本协议", rest):
        found.add("main")
    return frozenset(found)


def _levels(
    above: set[tuple[str, str]], equal: set[str], spans: dict[str, Span], passages: Passages
) -> Iterator[ReadDocument]:
    below_main = {loser for w, loser in above if w == "main"}
    over_main = {w for w, loser in above if loser == "main"}
    rank_main = 2 if over_main else 1
    ranks: dict[str, int | None] = {"main": rank_main}
    ranks.update(dict.fromkeys(over_main, 1))
    ranks.update(dict.fromkeys(below_main - over_main, rank_main + 1))
    if "annex" in equal and "annex" not in ranks:
        ranks["annex"] = rank_main
    yield ReadDocument("本合同", "main", rank_main, here=True, span=spans.get("main"))
    names = {
        "supplement": "补充协议",
        "tender": "招标文件",
        "bid": "投标文件",
        "award_notice": "中标通知书",
        "earlier": "签约前的文件",
    }
    for kind, rank in ranks.items():
        if kind in names:
            yield ReadDocument(names[kind], kind, rank, here=False, span=spans.get(kind))
    for annex in _annexes(passages):
        yield replace(annex, rank=ranks.get("annex"))


# ── annexes and papers only spoken of ────────────────────────────────────────────────────────────────────────────


def _annexes(passages: Passages) -> tuple[ReadDocument, ...]:
    """The annexes that are here as parts, then those that the contract announces and does not bring."""
    out: list[ReadDocument] = []
    known: set[str] = set()
    for part in passages.parts:
        if part.kind in (PartKind.ANNEX, PartKind.FORM):
            first = next((p for p in passages.all if p.element >= part.first), None)
            title = re.sub(r"\s", "", part.title) or part.name
            out.append(
                ReadDocument(
                    part.title or part.name,
                    "annex",
                    None,
                    here=True,
                    span=first.span() if first else None,
                    aliases=tuple(
                        a for a in dict.fromkeys((part.name, *part.aliases)) if a != part.title
                    ),
                )
            )
            known.update({_bare(title), _bare(part.name), *map(_bare, part.aliases)})
    for passage in passages.main:
        if passage.node and not passage.node.binding:
            continue
        for found in _ANNEX_NAME.finditer(passage.text):
            name = (found["name"] or found["after"] or found["signed"]).strip()
            if not any(_bare(name) in k or k in _bare(name) for k in known if k):
                known.add(_bare(name))
                group = next(g for g in ("name", "after", "signed") if found[g])
                out.append(
                    ReadDocument(
                        name, "annex", None, here=False, span=passage.span(*found.span(group))
                    )
                )
    return tuple(out)


def _bare(name: str) -> str:
    return re.sub(r"[\s《》“”\"]|附件[0-9一二三四五六七八九十]*[：:]?", "", name)


def _unlisted(passages: Passages, kept: Sequence[ReadDocument]) -> Iterator[ReadDocument]:
    kinds = {d.kind for d in kept}
    if "main" not in kinds:
        first = passages.main[0].span() if passages.main else None
        yield ReadDocument("本合同", "main", None, here=True, span=first)
    if "annex" not in kinds:
        yield from _annexes(passages)
    ranked_by_list = any(d.kind == "award_notice" for d in kept)
    for kind, name, words in _MENTIONS:
        if kind in kinds or (ranked_by_list and kind == "tender"):
            continue
        for passage in passages.main:
            if found := words.search(passage.text):
                yield ReadDocument(name, kind, None, here=False, span=passage.span(*found.span()))
                break
