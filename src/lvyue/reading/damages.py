"""违约责任: what a breach costs, as each clause says it: a rate of a base or a sum, floor, cap, loss, another clause, an absent paper.

A clause is read sentence by sentence. A sentence with a rate, a sum, a pointer or an absent paper is a liability of its own; what
follows it (不足 5 万元的…, 不超过…, 造成损失的…) belongs to it. A sentence with nothing but loss stands alone, unless a fallback follows
it (协商不成的, 按 30%). The reader proposes; nothing here decides what is owed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from lvyue.core.clause import MAIN, BadClause, Clause, ClauseRef, ClauseTree, UnresolvedClause
from lvyue.core.money import Money
from lvyue.core.terms import Base, LossRule, Party
from lvyue.reading.documents import ReadDocument, kind_of
from lvyue.reading.interests import base_raw
from lvyue.reading.outline import Node, NodeKind
from lvyue.reading.paragraphs import Span
from lvyue.reading.passages import Passage, Passages, sentences
from lvyue.reading.payers import BUYER, SUPPLIER, debtor
from lvyue.reading.quantities import Percent, percents, sums

# ── the words of liability ───────────────────────────────────────────────────────────────────────────────────────

_LIABLE = re.compile(
    r"违约金|逾期利息|赔偿|罚款|处罚|扣款|扣罚|扣除|扣减|核减|索赔|追偿|滞纳金|补足|补偿(?!服务)|(?:承担|负)[^，。；]{0,18}(?:责任|损失|后果|费用|[A-Za-z]{5,})"
    r"|(?:损失|后果|责任|费用)[^，。；]{0,10}，?(?:均|全部|应)?由[^，。；]{0,12}(?:承担|负责)|追究[^，。；]{0,24}(?:责任|损失)|所?造成的[^，。；]{0,10}(?:损失|后果)[^，。；]{0,8}由"
)
#: a duty to answer for somebody is liability only where something went wrong
_WEAK = re.compile(r"(?:承担|负)[^，。；]{0,18}(?:责任|费用)")
_STRONG = re.compile(
    r"违约金|逾期利息|赔偿|罚款|处罚|扣款|扣罚|扣除|扣减|核减|索赔|追偿|滞纳金|补足|损失|后果|违约责任|追究"
)
_WRONGED = re.compile(
    r"否则|如果?|若|违反|违约|违背|由于|因此|导致|造成|擅自|未|逾期|过错|过失|泄露|视为"
)
_EXEMPT = re.compile(
    r"(?:不|无需|无须|免于|免除|不予|不再|无|不存在|不会)(?:需|必|须|应)?(?:承担|负|给予|予以|追究)[^，。；]{0,16}(?:责任|赔偿|补偿|费用|后果|违约)|保留[^，。；]{0,16}追究[^，。；损]{0,12}责任的?权利|免责|免除[^，。；]{0,8}责任|不给予[^，。；]{0,6}(?:补偿|赔偿)|不视为[^，。；]{0,8}违约"
)
_CHOICE = re.compile(r"(?:一种或多种|一个或多个)[^。；]{0,16}(?:方式|追究|承担)")
_NOT_LIABILITY = re.compile(
    r"承担[^，。；]{0,6}(?:保密|管理|安全|信息保护|连带保密)责任|提出索赔(?=，|、|或)|(?:侵权)?(?:指控|主张|诉讼)[^，。；]{0,8}索赔[^，。；]{0,4}，?或|损害赔偿金等损失|误期赔偿|赔偿金等|财产保险|赔偿能力|不得[^，。；]{0,10}索赔|技术补偿|处罚记录|担保责任"
)
_OUTSIDE = re.compile(r"党纪|政纪|刑事|行政处分|移送司法|批评教育")
_FALLBACK = re.compile(
    r"(?:无法|不能|未能|不成|未)[^，。；]{0,24}(?:达成一致|协商一致|确定|协商)|协商不成|无法确定"
)
_BEYOND = re.compile(
    r"(?:违约金|赔偿金|该等?款项|上述金额|扣款)[^，。；]{0,10}[，,]?(?:不足以?|不能|无法|未能|低于)[^，。；]{0,6}(?:弥补|赔偿|补偿|覆盖|抵偿|实际损失|损失)"
)
_MORE = re.compile(r"补足|补齐|差额|超过|超出|不足部分|继续赔偿|另行赔偿|还应|仍应|赔偿|承担")
_LOSS = re.compile(
    r"(?:赔偿|补偿|弥补|承担)[^。；]{0,40}?损失|损失[^。；]{0,30}?(?:赔偿|承担|补偿)|承担[^，。；]{0,8}赔偿责任|赔偿责任|给予[^，。；]{0,6}赔偿|索赔|追偿|进行赔偿|损失的权利|(?:赔偿|承担)[^，。；]{0,16}费用"
)
_RESCINDS = re.compile(
    r"(?:解除|终止)(?:本|该|主|此|双方(?:的)?|与乙方的?)?(?:采购|政府采购|服务|委托|主)?(?:合同|协议|合作)|单方(?:面)?(?:解除|终止)|合同解除"
)
_PER = re.compile(
    r"(?:每|/)\s*(?:出现|发生|逾期|缺勤|发现|违反|延误|少|超过)?(?:一|1|壹)?\s*(?:次|起|项|人次|人|例|天|日|个|处|小时|台)"
)

_BASES: tuple[tuple[Base | None, re.Pattern[str]], ...] = tuple(
    (base, re.compile(words))
    for base, words in (
        (
            None,
            r"(?:逾期|迟延|延迟|未付|欠付|应付未付|拖欠|未支付|迟付)[^，。；]{0,10}(?:金额|款项?|价款|部分|费用|额)",
        ),
        (
            None,
            r"(?:当|每|该|本)(?:月|季|期|年|次|项(?!目)|批)[^，。；]{0,10}(?:费|金额|价款|款|租金)|(?:月|季|年)度?(?:服务|维护|运维|维保|租赁|租用)费|不合格部分|相应部分|该部分|受影响",
        ),
        (
            Base.PAID,
            r"已(?:经)?(?:支付|付|收取?|收到)[^，。；]{0,12}(?:款项?|费用?|金额|价款|服务费)",
        ),
        (
            Base.PRICE,
            (
                r"合同(?:的)?(?:含税)?(?:总|全部)?(?:金额|价款|价|额|费用|标的额?|款)|中标(?:总)?(?:金额|价)|成交(?:总)?(?:金额|价)|项目(?:合同)?总?(?:价款|金额|费用|价)|"
                r"(?:运维|服务|运行维护|维护|维保|租赁|租用|技术服务|委托)+(?:总)?(?:费用?|价款|报酬)(?:总额|总价)?|总价款?|总金额|总费用|合同总"
            ),
        ),
    )
)

_FLOOR = re.compile(
    r"(?:不足|低于|少于|不满)\s*(?P<less>[^，。；的]{1,20}?)\s*(?:的|时)?\s*[，,]?\s*(?:则|应|均)?(?:按照?|以)\s*(?P<floor>[^，。；）)]{1,24}?)\s*(?:支付|计算|计收|计|执行|为准|赔偿)?(?:$|[，。；）)])|(?:最低|不低于|不少于|至少(?:为|支付)?)\s*(?P<least>(?:人民币)?\s*[¥￥]?\s*[\d,.]+\s*万?元)"
)
_CAP = re.compile(
    r"(?:(?:最高|累计|总额|合计|总计|金额)[^，。；]{0,10})?(?:不得?(?:超过|超出|高于|大于)|最高(?:不超过|为|至)?|上限为|封顶(?:为)?)\s*(?P<most>[^，。；）)]{2,50})"
    r"|以(?P<limit>[^，。；以]{2,30}?)为(?:限|上限)|在(?P<range>[^，。；]{2,50}?)(?:的)?(?:范围|额度|限额)(?:之)?内"
)
_WHOLE_PRICE = re.compile(
    r"^(?:本|主)?(?:合同|项目)?(?:[^，。；]{0,16})?(?:合同|委托)(?:的)?(?:总)?(?:金额|价款|价|额|总价)$"
)

_POINTER = re.compile(
    r"(?:按照?|依照|依据|根据|适用|参照|执行)[^，。；第《]{0,12}?(?P<ref>(?:《[^《》]{2,20}》)?(?:本|主)?(?:合同|协议)?(?:第?\s*[0-9一二三四五六七八九十百]+(?:\.[0-9]+)*\s*[章条款项]\s*)(?:第?\s*[0-9一二三四五六七八九十（）()]+(?:\.[0-9]+)*\s*[条款项]?)?)(?:的)?(?:约定|规定|内容|条款|之规定)?[^，。；]{0,10}(?:执行|处理|追究|承担|支付|赔偿|违约)"
)
_TO_PAPER = re.compile(r"《(?P<name>[^《》]{2,24}(?:协议|承诺书|办法|规定|制度|细则|方案))》")
_BY_PAPER = re.compile(r"按照?|依照|依据|根据|约定")
#: 一定的赔偿 names neither a sum nor the loss
_TO_BE_AGREED = re.compile(r"(?:一定|适当)(?:的)?(?:赔偿(?!责任)|补偿)")
#: 违约金____元: a sum that was left open is no loss either
_LEFT_OPEN = re.compile(
    r"(?:违约金|罚款|罚金|扣[款除减罚])[^，。；\d]{0,8}?(?:\s{2,9}|[_＿]{2,20}|[/／])\s{0,4}万?元"
)
#: a rate that others publish: LPR, 同期银行贷款利率
_PUBLISHED = re.compile(
    r"贷款市场报价利率|LPR|同期[^，。；]{0,16}(?:贷款|存款)(?:基准)?利率|(?:贷款|存款)基准利率",
    re.IGNORECASE,
)
_LATE = re.compile(r"逾期|迟延|延迟|拖欠|未按[时期约]")
_TO_MAIN = re.compile(
    r"(?:按照?|依照|根据|依据)(?:主合同|正文)(?:的)?(?:约定|规定)?[^，。；]{0,8}(?:违约|责任|承担)"
)
_ABSENT_PAPER = re.compile(
    r"(?:按照?|依照|依据|根据|参照)[“”\"'\s]{0,3}(?P<paper>[^，。；“”]{0,24}?(?:采购需求|招标文件|采购文件|投标文件|响应文件|磋商文件|考核办法|考核细则|考核标准|管理办法|处罚标准|管理规定|管理制度|另行约定|补充协议))(?:[^，。；]{0,20}?)(?:支付|处罚|进行处罚|承担|扣款|扣减|扣除|执行|处理|追究|赔偿)"
)
_PAPER_NAMES = (
    "采购需求",
    "招标文件",
    "采购文件",
    "投标文件",
    "响应文件",
    "磋商文件",
    "考核办法",
    "考核细则",
    "考核标准",
    "管理办法",
    "处罚标准",
    "管理规定",
    "管理制度",
    "补充协议",
    "另行约定",
)
_TOPICS = ("保密", "廉洁", "知识产权", "网络安全", "数据安全", "信息保护", "安全", "考核")
_HEADS = (("管理规定", r"管理规定|内部规定|管理制度|管理办法"), ("所得收益", r"(?:违约|因此|侵权)?[^，。；]{0,4}所(?:得|获)[^，。；]{0,4}(?:收益|利益|利润|收入)|违约所得|获利"), ("损失", r"损失"))  # fmt: skip

_BREACH = 80
_HEADING = 24


@dataclass(frozen=True, slots=True)
class Damage:
    """违约责任: who pays, on what breach, a rate of a base, floor, cap, how loss joins, a paper that holds the figure.

    ``alternatives`` are heads to agree on first (管理规定, 所得收益, 损失), with ``rate`` as the fallback. ``rescission``: the clause
    also opens 解除合同. A clause that only says 承担赔偿责任 has loss and no rate. ``amount`` is a fixed sum, ``per`` what it is paid for
    each time (每次, 每人次). ``cap_rate`` and ``cap_money`` are what ``cap`` comes to, where it is a share of the base or a sum.
    """

    clause: ClauseRef
    debtor: Party
    breach: str
    rate: Fraction | None
    base: Base | None
    base_raw: str
    floor: Money | None
    cap: str
    loss: LossRule
    alternatives: tuple[str, ...]
    amount_in: str
    points_to: ClauseRef | None
    rescission: bool
    span: Span
    amount: Money | None = None
    per: str = ""
    cap_rate: Fraction | None = None
    cap_money: Money | None = None

    @property
    def agreed(self) -> bool:
        """Whether a sum is agreed in advance, here or where the clause points."""
        return bool(
            self.rate is not None or self.amount or self.floor or self.points_to or self.amount_in
        )


@dataclass(slots=True)
class _Unit:
    """A sentence of a clause, or several that belong to one liability."""

    text: str
    start: int
    end: int
    passage: Passage
    keyed: bool
    loss: bool

    def takes(self, other: _Unit) -> None:
        self.text += other.text
        self.end = other.end


# ── damages ──────────────────────────────────────────────────────────────────────────────────────────────────────


def damages(passages: Passages, papers: Sequence[ReadDocument]) -> tuple[Damage, ...]:
    """Every liability of every binding clause, in the order of the paper."""
    found: list[Damage] = []
    notes: list[_Pointed | None] = []
    leads = _Leads(passages)
    for passage in passages.binding:
        if leads.gives_list(passage) and not any(u.loss or u.keyed for u in _units(passage)):
            text = passage.text
            whole = _Unit(text, 0, len(text), passage, keyed=False, loss=True)
            found.append(_damage(whole, passage, papers)[0])
            notes.append(None)
            continue
        if not (_LIABLE.search(passage.text) or _POINTER.search(passage.text)):
            if lead := leads.over(passage):
                damage, note = _damage(lead, passage, papers)
                found.append(damage)
                notes.append(note)
            continue
        if leads.is_lead(passage) or leads.lists_loss(passage) or _is_heading(passage.text):
            continue
        if (lead := leads.over(passage)) and not any(unit.keyed for unit in _units(passage)):
            damage, note = _damage(lead, passage, papers)
            found.append(damage)
            notes.append(note)
            continue
        for unit in _gathered(_units(passage)):
            damage, note = _damage(unit, passage, papers)
            found.append(damage)
            notes.append(note)
    return tuple(_limited(_joined(found, notes, passages), passages))


def _limited(found: Iterable[Damage], passages: Passages) -> Iterator[Damage]:
    """A floor or a cap in a clause of its own (违约金不足 3 万元的, 按 3 万元计) holds for every sum agreed beside it."""
    floors: dict[ClauseRef | None, Money] = {}
    for passage in passages.binding:
        alone = "违约金" in passage.text and not _units(passage) and _only_floor(passage.text)
        floor = _floor(passage.text) if alone and passage.clause else None
        if floor is not None and passage.clause:
            floors[passage.clause.parent] = floor
    for damage in found:
        beside = floors.get(damage.clause.parent)
        fits = beside is not None and damage.floor is None and damage.rate is not None
        yield replace(damage, floor=beside) if fits else damage


def _is_heading(text: str) -> bool:
    """违约与赔偿: a heading speaks of liability and lays none on anybody."""
    return len(text) < _HEADING and not re.search(
        r"[，。；：%]|应|须|由|支付|扣|承担|赔偿[甲乙]", text
    )


class _Leads:
    """Lead sentences (有下列情形之一的, …：) whose numbers below are the breaches, or the liabilities, they speak of."""

    def __init__(self, passages: Passages) -> None:
        self._passages = passages
        below: dict[ClauseRef, list[Node]] = {}
        for one in passages.paper.outline.nodes:
            above = passages.over(one)
            if above is not None and one.kind in (NodeKind.NUMBERED, NodeKind.BULLET):
                below.setdefault(above.ref, []).append(one)
        self._units: dict[ClauseRef, _Unit | None] = {}
        self._losses: set[ClauseRef] = set()
        self._lists: set[int] = set()
        for passage in passages.binding:
            node = passage.node
            if node is None or not passage.text.rstrip().endswith(("：", ":")):
                continue
            if _LISTED_LOSS.search(passage.text):
                holder = node if node.ref in below else passages.over(node)
                self._losses.update([holder.ref] if holder else [])
                self._lists.add(passage.element)
                continue
            if node.ref not in below or not _LIABLE.search(passage.text):
                continue
            units = [unit for unit in _gathered(_units(passage)) if unit.keyed]
            if units:
                self._units[node.ref] = units[-1]
            elif any(_LIABLE.search(child.text) for child in below[node.ref]):
                self._units[node.ref] = None

    def is_lead(self, passage: Passage) -> bool:
        return (
            passage.opens
            and passage.clause in self._units
            and passage.text.rstrip().endswith(("：", ":"))
        )

    def over(self, passage: Passage) -> _Unit | None:
        """The lead above the first paragraph of a number."""
        if not passage.opens or passage.node is None:
            return None
        above = self._passages.over(passage.node)
        return self._units.get(above.ref) if above else None

    def lists_loss(self, passage: Passage) -> bool:
        """Whether it is one head of a list of losses (包括但不限于)."""
        if passage.node is None or not self._losses or passage.element in self._lists:
            return False
        above = self._passages.over(passage.node)
        return above is not None and above.ref in self._losses and passage.opens

    def gives_list(self, passage: Passage) -> bool:
        """Whether it opens such a list."""
        return passage.element in self._lists


_LISTED_LOSS = re.compile(r"损失[^。；]{0,12}(?:包括|包含|含)(?:但不限于)?[^。；]{0,12}[：:]\s*$")


def _units(passage: Passage) -> list[_Unit]:
    out: list[_Unit] = []
    if _CHOICE.search(passage.text):
        return out
    for begin, text in sentences(passage.text):
        keyed = _keyed(text)
        loss = bool(_is_liability(text))
        if keyed or loss or (out and (_FLOOR.search(text) or _CAP.search(text))):
            out.append(_Unit(text, begin, begin + len(text), passage, keyed, loss))
    return out


def _keyed(text: str) -> bool:
    """Whether a sentence gives a figure, or says where one is."""
    if _POINTER.search(text) or _TO_MAIN.search(text) or _published_rate(text):
        return True
    if not _STRONG.search(text) or (_EXEMPT.search(text) and "违约金" not in text):
        return False
    if any(not p.per and not p.upper for p in percents(text)) and re.search(
        "违约金|赔偿|扣|罚", text
    ):
        return True
    if re.search("违约金|扣|罚|赔偿", text) and _fixed(text) is not None:
        return True
    if _TO_PAPER.search(text) and re.search(r"违约金|违约责任", text) and _BY_PAPER.search(text):
        return True
    return bool(_ABSENT_PAPER.search(text)) and not re.search(
        "整改|验收费", text.split("，", maxsplit=1)[0]
    )


#: somebody does something: 此项违约金累计不超过… lays nothing on anybody
_ACTS = r"赔偿|支付|承担|负|补足|扣|罚|追究|追偿|索赔|由|补偿"
_NAMED = re.compile(rf"由(?:{BUYER}|{SUPPLIER})")


def _is_liability(text: str) -> bool:
    if _CHOICE.search(text) or not _LIABLE.search(text):
        return False
    rest = _EXEMPT.sub("", _NOT_LIABILITY.sub("", text))
    bare = _CAP.sub("", _FLOOR.sub("", rest))
    if not _LIABLE.search(rest) or not re.search(_ACTS, bare):
        return False
    if not re.search(
        r"赔偿|损失|违约金|罚|扣|责任|[A-Za-z]{5}|追偿|索赔|补偿|费用", rest
    ) and not _NAMED.search(rest):
        return False
    if any(p.per for p in percents(text)) and not _LOSS.search(rest):
        return False  # a daily rate is interest
    if _OUTSIDE.search(text) and not _STRONG.search(_OUTSIDE.sub("", rest)):
        return False
    if re.search(
        r"不足以?|并没有解除|并不(?:免除|排除|影响)|不(?:影响|免除|排除)", rest
    ) and not _MORE.search(rest):
        return False
    if re.search(r"(?:支付|给付)并(?:没有|不)(?:解除|免除)|不排除", rest):
        return False
    if not _STRONG.search(rest) and not _WRONGED.search(text):
        return False
    if re.search("费用", rest) and not re.search("赔偿|损失|违约金|处罚|罚款|后果|索赔|责任", rest):
        return bool(re.search(r"否则|无法|不能|未能", rest))
    return bool(_WRONGED.search(text) or _STRONG.search(rest))


def _gathered(units: Sequence[_Unit]) -> list[_Unit]:
    """One unit for each liability: what follows a figure belongs to it; what stands before a fallback does too."""
    out: list[_Unit] = []
    for unit in units:
        last = out[-1] if out else None
        if unit.keyed and _FALLBACK.search(unit.text):
            begin = 0
            if last is not None and (percents(last.text) or _fixed(last.text)):
                begin = last.end
            else:
                out = out[:-1]
            text = unit.passage.text[begin : unit.end]
            out.append(_Unit(text, begin, unit.end, unit.passage, keyed=True, loss=True))
        elif last is None:
            if unit.keyed or unit.loss:
                out.append(_own(unit))
        elif unit.keyed and not _only_floor(unit.text):
            out.append(_own(unit))
        else:
            last.takes(unit)
    return out


def _own(unit: _Unit) -> _Unit:
    """A unit of its own, which may take others in."""
    return _Unit(unit.text, unit.start, unit.end, unit.passage, unit.keyed, unit.loss)


def _only_floor(text: str) -> bool:
    """如违约金不足 5 万元的，按照 5 万元支付: a floor is no liability of its own."""
    rest = _CAP.sub("", _FLOOR.sub("", text))
    return (
        not percents(rest)
        and not _POINTER.search(rest)
        and _fixed(rest) is None
        and not _ABSENT_PAPER.search(rest)
    )


def _fixed(text: str) -> tuple[Money, str] | None:
    """A sum that is owed as it stands, and what for each time."""
    rest = _CAP.sub("", _FLOOR.sub("", text))
    for one in sums(rest):
        before, after = rest[: one.at.start], rest[one.at.end :]
        if one.in_words:
            continue
        if re.search(
            r"(?:支付|扣除|扣减|扣款|扣罚|扣|罚款|罚|处以|处|违约金(?:为|：|:|计)?|赔偿(?:金)?|按|交纳|人民币|即|每次)[^，。；]{0,14}$",
            before,
        ) or re.match(r"[^，。；]{0,8}(?:的?违约金|的?罚款|罚款)", after):
            near = before[-40:] + one.raw + after[:8]
            per = _PER.search(near) or re.search(r"/(?:次|人|天|日|项|起|台)", one.raw + after[:4])
            return one.money, re.sub(r"\s", "", per[0]) if per else ""
    return None


# ── one liability ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Pointed:
    """Where a clause says the figure is: a reference, the name of a paper, or the main contract."""

    reference: str = ""
    paper: str = ""
    main: bool = False


def _damage(
    unit: _Unit, passage: Passage, papers: Sequence[ReadDocument]
) -> tuple[Damage, _Pointed | None]:
    text = unit.text
    own = passage is unit.passage
    share = next(
        (p for p in percents(text) if not p.per and not p.upper and _is_rate(p, text)), None
    )
    fixed = None if share else _fixed(text)
    cap = _cap(text)
    span = passage.span(unit.start, unit.end) if own else passage.span()
    absent = "" if share else _absent(text, papers) or _published_rate(text)
    floor = _floor(text)
    pointed = None if share else _pointed(text)
    named = pointed.paper if pointed else ""
    if named and not any(named in d.name or d.name in named for d in papers if d.here):
        absent, pointed = absent or named, None
    breach = _breach(passage.text[unit.start :] if own else passage.text)
    taken_of = base_raw(text[: share.at.start]) if share else ""
    return (
        Damage(
            clause=passage.clause or ClauseRef(MAIN),
            debtor=debtor(text if own else text + passage.text),
            breach=breach,
            rate=share.rate if share else None,
            base=_base(taken_of) if share else None,
            base_raw=taken_of,
            floor=floor,
            cap=cap[0],
            loss=_loss(text, agreed=bool(share or fixed or floor or pointed or absent)),
            alternatives=_alternatives(text) if share else (),
            amount_in=absent,
            points_to=None,
            rescission=_rescinds(unit.passage.text),
            span=span,
            amount=fixed[0] if fixed else None,
            per=fixed[1] if fixed else _each_time(text, share) if share else "",
            cap_rate=cap[1],
            cap_money=cap[2],
        ),
        pointed,
    )


def _each_time(text: str, share: Percent) -> str:
    """每次按合同金额的 1%: what a rate is owed for each time."""
    found = _PER.search(text, max(0, share.at.start - 40), share.at.start)
    return re.sub(r"\s", "", found[0]) if found else ""


def _is_rate(share: Percent, text: str) -> bool:
    """A share is a rate of damages where damages stand near it and it is no instalment or indicator."""
    near = text[max(0, share.at.start - 50) : share.at.end + 30]
    before = text[max(0, share.at.start - 12) : share.at.start]
    if re.search(r"低于|达不到|未达到|不足|小于|可用率|满意度|完成率|合格率|高于", before):
        return False
    return bool(re.search(r"违约金|赔偿|扣|罚|补偿", near))


def _floor(text: str) -> Money | None:
    if found := _FLOOR.search(text):
        for group in ("floor", "least"):
            if found[group] and (one := next(iter(sums(found[group])), None)):
                return one.money
    return None


def _cap(text: str) -> tuple[str, Fraction | None, Money | None]:
    for found in _CAP.finditer(text):
        words = (found["most"] or found["limit"] or found["range"]).strip()
        around = text[max(0, found.start() - 40) : found.end() + 20]
        if re.search(r"\d+\s*(?:日|天|次|小时|分钟|个工作日)", words) or not re.search(
            r"违约金|赔偿|扣|责任|金额|损失", around
        ):
            continue
        share, one = next(iter(percents(words)), None), next(iter(sums(words)), None)
        whole = (
            Fraction(1) if share is None and one is None and _WHOLE_PRICE.search(words) else None
        )
        return words, share.rate if share else whole, one.money if one else None
    return "", None, None


def _base(words: str) -> Base | None:
    return next((base for base, pattern in _BASES if pattern.search(words)), None)


def _alternatives(text: str) -> tuple[str, ...]:
    fallback = _FALLBACK.search(text)
    if not fallback:
        return ()
    before = text[: fallback.start()]
    return tuple(name for name, words in _HEADS if re.search(words, before))


def _loss(text: str, *, agreed: bool) -> LossRule:
    """How a proved loss joins: topped up to it, added to it, alone, or beyond what other clauses give."""
    tops = _BEYOND.search(text)
    if tops and _MORE.search(text[tops.end() :]):
        return LossRule.TOPPED_UP if agreed else LossRule.BEYOND
    if not agreed:
        if _LEFT_OPEN.search(text) and not _LOSS.search(text):
            return LossRule.NONE
        return LossRule.NONE if _TO_BE_AGREED.search(text) else LossRule.ALONE
    if _FALLBACK.search(text):
        return LossRule.NONE
    return LossRule.ADDED if _LOSS.search(_FLOOR.sub("", text)) else LossRule.NONE


def _absent(text: str, papers: Sequence[ReadDocument]) -> str:
    found = _ABSENT_PAPER.search(text)
    if not found:
        return ""
    name = next((n for n in _PAPER_NAMES if n in found[0]), "")
    here = any(
        d.here and kind_of(name) == d.kind and d.kind not in ("main", "other", "annex")
        for d in papers
    )
    return "" if here else name


def _published_rate(text: str) -> str:
    """LPR: the rate is agreed, and stands where it is published."""
    found = _PUBLISHED.search(text)
    return re.sub(r"\s", "", found[0]) if found and _LATE.search(text) else ""


def _pointed(text: str) -> _Pointed | None:
    if found := _POINTER.search(text):
        return _Pointed(reference=re.sub(r"\s+", "", found["ref"]))
    if (found := _TO_PAPER.search(text)) and _BY_PAPER.search(text) and "违约" in text:
        return _Pointed(paper=found["name"])
    if _TO_MAIN.search(text):
        return _Pointed(main=True)
    return None


@lru_cache(maxsize=8)  # every liability of a paragraph asks it of the whole paragraph
def _rescinds(text: str) -> bool:
    return _RESCINDS.search(text) is not None


def _breach(text: str) -> str:
    """What goes wrong, in the words of the paper: up to the first comma behind a condition."""
    first = re.split(r"[。；;]", text.strip(), maxsplit=1)[0]
    pieces = re.split(r"[，,：:]", first)
    taken: list[str] = []
    for piece in pieces:
        if (
            taken
            and re.search(r"(?:应|须|需|有权|由|则|将)", piece)
            and _WRONGED.search("".join(taken))
        ):
            break
        taken.append(piece)
        if sum(map(len, taken)) > _BREACH:
            break
    return "，".join(taken)[:_BREACH].strip()


# ── where pointers lead ──────────────────────────────────────────────────────────────────────────────────────────


def _joined(
    found: Sequence[Damage], notes: Sequence[_Pointed | None], passages: Passages
) -> Iterator[Damage]:
    """Pointers lead to the clause that gives the figure; a clause for the loss beyond makes every agreed sum leave it to it."""
    tree: ClauseTree | None = None
    titles = {part.name: part.title for part in passages.parts}
    beyond = any(d.loss is LossRule.BEYOND for d in found)
    for damage, note in zip(found, notes, strict=True):
        one = damage
        if note is not None:
            tree = tree or _tree(passages)
            one = _led(damage, note, found, tree, titles)
        if beyond and one.loss is LossRule.NONE and one.agreed and _names_sum(one, passages):
            one = replace(one, loss=LossRule.EXCESS)
        yield one


def _names_sum(damage: Damage, passages: Passages) -> bool:
    if damage.rate is not None or damage.amount is not None or damage.floor is not None:
        return True
    return "违约金" in passages.paper.words(damage.span)


def _led(
    damage: Damage,
    note: _Pointed,
    found: Sequence[Damage],
    tree: ClauseTree,
    titles: Mapping[str, str],
) -> Damage:
    priced = [d for d in found if d is not damage and (d.rate is not None or d.amount is not None)]
    target: Damage | None = None
    ref: ClauseRef | None = None
    if note.reference:
        try:
            ref = tree.resolve(note.reference, damage.clause)
        except (UnresolvedClause, BadClause, ValueError):
            return damage
        target = next((d for d in priced if d.clause == ref or d.clause.is_within(ref)), None)
        if ref == damage.clause or damage.clause.is_within(ref):
            ref = target.clause if target else None
    elif note.paper:
        documents = [name for name in tree.documents if note.paper in name or name in note.paper]
        aliased = _document(note.paper, tree)
        names = documents or ([aliased] if aliased else [])
        target = next((d for d in priced if d.clause.document in names), None)
        ref = ClauseRef(names[0]) if names and target is None else None
    else:
        here = damage.clause.document
        about = damage.breach + here + titles.get(here, "")
        topic = next((t for t in _TOPICS if t in about), None)
        elsewhere = [d for d in priced if d.clause.document != here]
        target = next((d for d in elsewhere if topic and topic in d.breach), None)
    lead = target.clause if target else ref
    loss = damage.loss
    if target and target.loss is LossRule.TOPPED_UP and loss in (LossRule.NONE, LossRule.ADDED):
        loss = LossRule.TOPPED_UP
    who = target.debtor if target and damage.debtor is Party.BOTH else damage.debtor
    return replace(damage, points_to=lead, loss=loss, debtor=who)


def _document(name: str, tree: ClauseTree) -> str | None:
    try:
        return tree.resolve(name).document
    except (UnresolvedClause, BadClause, ValueError):
        return None


def _tree(passages: Passages) -> ClauseTree:
    """The clauses as the core reads references; a number that stands twice is kept once."""
    seen: set[ClauseRef] = set()
    clauses: list[Clause] = []
    for node in passages.paper.outline.nodes:
        parent = node.ref.parent
        if node.ref in seen or (parent is not None and parent not in seen):
            continue
        seen.add(node.ref)
        clauses.append(Clause(node.ref, node.label or None, node.text[:20]))
    documents = {ref.document for ref in seen}
    aliases = {
        alias: part.name
        for part in passages.parts
        if part.name in documents
        for alias in (part.title, *part.aliases)
        if alias and alias != part.name
    }
    try:
        return ClauseTree(clauses, aliases)
    except BadClause:
        return ClauseTree(clauses)
