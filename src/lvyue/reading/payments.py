"""分期付款: what is paid when, however it is written: as a list, one long sentence, a table, or so much each month.

A sentence is cut into claims, one for each share, sum or remainder that is paid; what stands around a claim and belongs to no other
gives its conditions, its time and its invoice. Shares of invoices, grades, deposits and damages are no claims.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from lvyue.core.calendar import Unit
from lvyue.core.clause import MAIN, ClauseRef
from lvyue.core.money import Money
from lvyue.core.numerals import numeral
from lvyue.core.terms import Cycle
from lvyue.reading.paragraphs import Span
from lvyue.reading.passages import Passage, Passages, sentences
from lvyue.reading.periods import ReadPeriod
from lvyue.reading.quantities import Direction, Percent, Sum, TimeWord, percents, sums, time_words
from lvyue.reading.tables import ReadTable

# ── the words of payment ─────────────────────────────────────────────────────────────────────────────────────────

_HEADED = re.compile(r"付款|支付|结算|价款|费用|款项|合同(?:价|金额)|报酬")
_NOT_HEADED = re.compile(
    r"违约|赔偿|保密|不可抗力|争议|责任|保证金(?!.*(?:支付|付款))|知识产权|廉洁|解除"
)
_SECTION = re.compile(
    r"(?:付款|支付|结算)(?:方式|条件|进度|安排|计划|办法|时间|条款|期限|约定)|分[一二两三四五六七八九十\d]+[期次笔]"
)
_PAYS = re.compile(
    r"支付|付款|付清|付至|付给|结清|结算|拨付|给付|预付|付(?=合同|总|人民币|\d|百分)|退还|返还|作为|即付"
)
_PAID_LABEL = re.compile(
    r"(?:首付款|首期款|预付款|进度款|中期款|尾款|余款|验收款|质保金|质量保证金|服务费|第[一二三四五六七八九十\d]{1,2}(?:期|笔|次|阶段|批)(?:款|付款|支付)?|首期|首次|末期|末次)[：:为是（(（，,]"
)
_REST = re.compile(
    r"尾款|余款|剩余(?:的)?(?:全部)?(?:合同)?(?:款项|价款|费用|款|部分|金额|尾款|服务费)?|其余(?:的)?(?:款项|价款|费用|款|部分)|余下(?:的)?(?:款项|价款|费用|部分)?"
)
_ALL = re.compile(
    r"一次性?(?:付清|结清)(?=[。；]|$)|(?:一次性|全额|全部)[^，。；]{0,14}?(?:支付|付清|付款|结清)[^，。；]{0,12}?(?:全部|全额)?[^，。；]{0,6}(?:合同|服务|运维)?(?:总)?(?:价款|款项|费用|费|金额|款)|支付(?:合同)?(?:的)?全部(?:合同)?(?:价款|款项|费用|服务费|金额)"
)
_RETAINED = re.compile(r"质保金|质量保证金|质量保修金|保修金")
_UP_TO = re.compile(r"(?:付|支付|累计|结算|拨付)(?:款)?(?:至|到|达到)[^，。；]{0,16}$")
_CUMULATIVE = re.compile(r"累计")
#: a share behind or before these is no claim
_NOT_CLAIM_BEFORE = re.compile(
    r"(?:违约金|赔偿|税率|利率|利息|罚|扣除|扣减|滞纳金|履约(?:保证金|担保|保函)|不足|低于|达到|完成(?:率)?|比例不|合格率|满意度|可用率|优惠|折扣|增值税)[^，。；]{0,20}$"
)
_NOT_CLAIM_AFTER = re.compile(
    r"\s{0,9}(?:的)?(?:[^，。；]{0,10}发票|增值税|税率|(?:支付|作为|计付|付|计算|计)?[^，。；]{0,6}(?:违约金|利息|罚|滞纳金|赔偿)|的?履约)"
)
_OF_INVOICE = re.compile(r"\s{0,9}的?[^，。；支付]{0,16}发票")
#: 考核良好的，按 97% 支付: a grade and no instalment; 考核合格后支付 is one
_GRADED = re.compile(
    r"(?:优秀|良好|中等|一般|不?合格|较差|[A-E][级等档]?|\d{2,3}\s*分?)(?:等级|等次|档|[（(][^（()）]{0,8}[）)])?(?:及)?(?:以上|以下)?(?:的|者|时)[，,]?[^，。；后]{0,16}(?:按|支付|付|扣|结算)"
    r"|\d{2,3}\s*分(?:[（(][^（()）]{0,8}[）)])?(?:及)?(?:以上|以下)?(?:为|属于?|评为)[^，,。；]{1,8}[，,][^，。；后]{0,16}(?:按|支付|付|扣|结算)"
)
#: the supplier pays
_OTHER_WAY = re.compile(
    r"向(?:甲方|采购人|委托方|发包人|买方)[^，。；]{0,4}(?:支付|付)|要求(?:乙方|供应商|承包人|受托方)[^，。；]{0,10}支付|由(?:乙方|供应商|承包人)[^，。；]{0,6}支付"
)
#: money held back is given back: that is its payment
_RETAINED_BACK = re.compile(r"(?:质保金|质量保证金|保修金).{0,40}(?:退还|返还)")
_UNTICKED = re.compile(r"^\s*[□☐◻]")
_TICKED = re.compile(r"[☑√■✓✔]")
_NOT_DUE = re.compile(r"逾期|迟延|延迟付款|拒绝付款|延期付款|拒付|暂停支付|有权不付|有权延")

#: what must have happened, by the words of a phrase; the first that fits
_EVENTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(words), event)
    for words, event in (
        (r"发票|合规票据|收款凭证", "invoice.received"),
        (r"质保期|质量保证期|保修期", ""),
        (r"履约保证金|履约担保|履约保函", ""),
        (r"财政|国库|拨款|(?:资金|预算|经费)[^，。]{0,8}(?:到位|下达|批复|拨付|到账)", "treasury.released"),
        (r"验收|[初终]验", "acceptance.passed"),
        (r"考核|评价|评定|评分|评级", "assessment.graded"),
        (r"审核|评审|审查|审计|审定|决算", "review.passed"),
        (r"成果|(?:提交|交付|移交|出具|报送)[^，。]{0,20}(?:报告|文档|资料|方案|材料|清单|总结)", "results.delivered"),
        (r"(?:服务期|运维期|合同期|维护期|维保期|租赁期|履行期)(?:限)?(?:届满|期满|满(?!\d)|结束|到期)|(?:服务|运维|合同)(?:期满|届满|结束|到期|全部完成|履行完毕)", "service.ended"),
        (r"(?:服务|运维|运行|维护|租赁)满[^，。]{1,5}[年月]", ""),
        (r"(?:移交|交接)(?:完成|完毕)", "handover.completed"),
        (r"(?:合同|协议)[^，。]{0,10}(?:签订|生效|签署|签约)|(?:签订|签署)[^，。]{0,6}(?:合同|协议)|(?:签订|签署|签约|签字|盖章)[^，。]{0,10}(?:后|之日|日|生效|起)|生效", "contract.effective"),
    )
)  # fmt: skip
_PHRASE = re.compile(r"[^，,；;：:。、（）()]+")
_JOINT = re.compile(
    r"且|并且|同时|以及|及(?!时|其|以上)|并(?=甲方|乙方|经|收到|在|由|提交|完成|通过|取得|提供|开具|交付|移交|出具|验收)"
    r"|和(?=甲方收到|乙方|收到|提交|发票|等额发票|合法)|后(?=[甲乙经收凭由])"
)
_HAPPENED = re.compile(
    r"后|之日|日起|时起|期满|届满|收到|凭|经|完成|通过|合格|提交|出具|开具|生效|签订|签署|签字|盖章|移交|取得|日前|月前|底前|验收$|审核$|考核$|到位|拨付|确认|提供|依据|根据|按照.{0,10}结果|结束|满[\d一二两三四五六七八九十半]|初$|末$|上线|交付|达到"
)
_NO_CONDITION = re.compile(
    r"^(?:即|计|共计|合计|大写|小写|人民币|¥|￥|\d(?!\d{3}年))|按照?[^，。]{0,8}(?:分期|方式|比例)|下列|如下|作为|应付|有权|不承担|违约|否则"
)
_COMES_TRUE = re.compile(
    r"后|之日|日起|期满|届满|时$|末|初|到位|前$|通过$|合格$|完成$|完毕$|达标$|满[\d一二两三四五六七八九十半]|^完成|^通过"
)
#: 收到后: of what was said before
_NO_OBJECT = re.compile(r"^(?:[甲乙]方)?(?:在)?(?:收到|审核|确认)(?:后|之日)?$")
_INVOICE_KIND = re.compile(
    r"(?:增值税)(?:电子)?(?:专用|普通)(?:电子)?发票|(?:专用|普通)发票|增值税发票|财政票据|国税发票|电子发票"
)
_BEFORE_PAYING = re.compile(
    r"(?:每次|每期|每笔|各期|各次|甲方)?(?:付款|支付)(?:款项|费用)?(?:之)?前"
)

_HAN = "一二两三四五六七八九十"
_EACH: tuple[tuple[Cycle, int, re.Pattern[str]], ...] = (
    (Cycle.MONTH, 1, re.compile(r"(?:按|每|逐)(?:自然|个)?月(?:度)?(?!内)|月付")),
    (Cycle.QUARTER, 3, re.compile(r"(?:按|每|逐)(?:个)?季(?:度)?|季付")),
    (
        Cycle.YEAR,
        12,
        re.compile(r"(?:按|每|逐)(?:个)?年(?:度)?(?=[^，。；]{0,16}(?:支付|结算|付款))"),
    ),
)
_PARTS = re.compile(
    rf"分(?:为|成)?(?P<count>\d{{1,2}}|[{_HAN}]{{1,3}})(?:个)?(?:期|次|笔|批)(?P<equal>[^，。；]{{0,6}}(?:平均|等额|均等|均|相等))?"
)
_EQUAL = re.compile(r"平均|等额|均等|相等|均摊|每(?:期|次|笔)(?:支付)?(?:合同)?")
_MOST_PARTS = 60
#: 付款方式： on a line of its own
_LABEL = 20


@dataclass(frozen=True, slots=True)
class Condition:
    """付款条件: the phrase, and the kind of fact that fulfils it (contract.effective, acceptance.passed …) where one is known."""

    raw: str
    event: str
    span: Span


@dataclass(frozen=True, slots=True)
class Instalment:
    """分期付款: percent of the price (None: the remainder), sum in figures and words where printed, all conditions joined, time, invoice.

    ``invoice``: an invoice is one of its own conditions, and stands among them as ``invoice.received``. ``invoice_before`` is the
    time before every payment by which one is to be handed over, where the paper asks for it in a sentence of its own.
    ``every`` is the cycle of equal payments. ``cumulative`` is the printed share where it counts what was paid before (付至 95%).
    """

    number: int
    clause: ClauseRef
    rate: Fraction | None
    figures: Money | None
    words: Money | None
    conditions: tuple[Condition, ...]
    invoice: bool
    invoice_kind: str
    within: TimeWord | None
    span: Span
    remainder: bool = False
    every: Cycle | None = None
    cumulative: Fraction | None = None
    invoice_before: TimeWord | None = None


@dataclass(slots=True)
class _Claim:
    """What is paid once: where its amount stands in a text, and the stretch of the text that belongs to it."""

    start: int
    end: int
    rate: Fraction | None
    rest: bool
    text: str
    span_at: Callable[[int, int], Span]
    clause: ClauseRef
    section: tuple[str, ...]
    low: int = 0
    high: int = 0
    up_to: bool = False
    sums: list[Sum] = field(default_factory=list)
    every: Cycle | None = None
    count: int = 1

    @property
    def window(self) -> str:
        return self.text[self.low : self.high]


def instalments(
    passages: Passages, price: Money | None, period: ReadPeriod
) -> tuple[Instalment, ...]:
    """The parts of the price in the order of the paper."""
    claims = _chosen([*_claims(passages, period, price), *_table_claims(passages)])
    section = _section_text(passages, claims)
    kind = _INVOICE_KIND.search(section)
    before = _before_paying(passages, claims)
    out: list[Instalment] = []
    paid = Fraction(0)
    for claim in claims:
        one = _instalment(claim, kind[0] if kind else "")
        if claim.up_to and one.rate is not None:
            one = replace(one, rate=max(one.rate - paid, Fraction(0)), cumulative=one.rate)
        for _ in range(claim.count):
            out.append(replace(one, number=len(out) + 1, invoice_before=before))
        paid += (one.rate or Fraction(0)) * claim.count
    return tuple(out)


# ── from a claim to an instalment ────────────────────────────────────────────────────────────────────────────────


def _instalment(claim: _Claim, kind: str) -> Instalment:
    conditions = tuple(_conditions(claim))
    invoice = any(c.event == "invoice.received" for c in conditions)
    own = _INVOICE_KIND.search(claim.window)
    figures = next((s.money for s in claim.sums if not s.in_words), None)
    words = next((s.money for s in claim.sums if s.in_words), None)
    rate = claim.rate
    return Instalment(
        number=0,
        clause=claim.clause,
        rate=rate,
        figures=figures,
        words=words,
        conditions=conditions,
        invoice=invoice,
        invoice_kind=own[0] if own else kind,
        within=_within(claim),
        span=claim.span_at(claim.low, claim.high),
        remainder=claim.rest and rate is None,
        every=claim.every,
    )


def _conditions(claim: _Claim) -> Iterator[Condition]:
    """Phrases that say what must have happened, each kind once; what stands in brackets explains and asks for nothing."""
    seen: set[str] = set()
    text = _without_brackets(claim.window)
    amount = claim.start - claim.low, claim.end - claim.low
    for piece in _PHRASE.finditer(text):
        for start, phrase in _joined(piece):
            bare = phrase.strip()
            if start <= amount[0] < start + len(phrase):
                bare = _beside(phrase, amount[0] - start, amount[1] - start)
            bare = _PAID_THEN.sub("", _REMAINS.sub("", _ORDINAL.sub("", bare)))
            if len(bare) < 2 or _NO_CONDITION.search(bare):  # noqa: PLR2004
                continue
            if not _HAPPENED.search(bare) and not bare.endswith("发票"):
                continue
            event = next((e for words, e in _EVENTS if words.search(bare)), None)
            if event is None and (_NO_OBJECT.search(bare) or not _COMES_TRUE.search(bare)):
                continue
            key = event or re.sub(r"\s", "", bare)
            if key in seen:
                continue
            seen.add(key)
            at = claim.low + start + max(0, phrase.find(bare[:2]))
            said = claim.text[at : at + len(bare)]
            yield Condition(said, event or "", claim.span_at(at, at + len(bare)))


#: 第一次在协议签订后: which payment it is
_ORDINAL = re.compile(
    r"^第[一二三四五六七八九十]{1,2}(?:次|期|笔)(?:付款|支付|款)?(?:在|于|：|为)?"
)
_PAID_THEN = re.compile(
    r"(?<=后)(?:一次性|无息|全额|[甲乙]方|应|向){0,4}(?:支付|付清|结清|付款|退还|返还).*$"
)
#: the time to pay and what follows it, and 甲方应向乙方 before the verb
_REMAINS = re.compile(
    r"(?:后|之后|之日起|起)?(?:的)?\s{0,9}(?:第)?[0-9０-９一二两三四五六七八九十]{1,3}\s{0,9}个?(?:工作|自然|日历)?(?:日|天|月|周)(?:之|以)?内.{0,60}$|[甲乙]方(?:应|须|需|应当|一次性)?(?:向[甲乙]方)?$|[.]$"
)


def _beside(phrase: str, start: int, end: int) -> str:
    """Of the phrase with the amount, what can be a condition: the words before the verb, or behind an amount that comes first."""
    verb = _PAYS.search(phrase)
    if verb and verb.start() < start:
        return phrase[: verb.start()].strip()
    behind = phrase[end : verb.start()] if verb and verb.start() > end else phrase[end:]
    return (phrase[:start] if len(phrase[:start]) > len(behind) else behind).strip("的于在为 ")


def _joined(piece: re.Match[str]) -> Iterator[tuple[int, str]]:
    """The parts of a phrase joined by 且, 及 and the like, each with its place."""
    start = piece.start()
    last = 0
    for joint in _JOINT.finditer(piece[0]):
        cut = joint.end() if joint[0] == "后" else joint.start()
        yield start + last, piece[0][last:cut]
        last = joint.end()
    yield start + last, piece[0][last:]


def _without_brackets(text: str) -> str:
    """The text with what stands in brackets blanked out, so that places stay."""
    return re.sub(r"[（(][^（()）]{0,200}[）)]", lambda m: " " * len(m[0]), text)


def _within(claim: _Claim) -> TimeWord | None:
    """The time to pay: the last length of days before the verb, else the first behind it."""
    window = _without_brackets(claim.window)
    found = [
        word
        for word in time_words(window)
        if word.value is not None
        and word.unit is not None
        and word.unit not in (Unit.MINUTES, Unit.HOURS, Unit.YEARS)
        and word.direction is Direction.AFTER
        and not re.search(
            r"质保|保修|验收期|服务期限?为|有效期",
            window[max(0, word.at.start - 8) : word.at.start],
        )
    ]
    amount = claim.start - claim.low
    ahead = [w for w in found if w.at.start <= amount]
    return ahead[-1] if ahead else found[0] if found else None


# ── cutting texts into claims ────────────────────────────────────────────────────────────────────────────────────


def _claims(passages: Passages, period: ReadPeriod, price: Money | None) -> Iterator[_Claim]:
    labelled = False
    ticked = any(_TICKED.search(p.text[:4]) for p in passages.main)
    for passage in passages.main:
        if len(passage.text) < _LABEL and passage.text.rstrip().endswith(("：", ":")):
            labelled = bool(_SECTION.search(passage.text))
        if passage.node is not None and not passage.node.binding:
            continue
        if ticked and _UNTICKED.match(passage.text):
            continue
        heading = passages.heading_of(passage.node)
        headed = bool(_HEADED.search(heading)) and not _NOT_HEADED.search(heading)
        headed = headed or labelled
        if not headed and not (_SECTION.search(passage.text) or re.search("支付", passage.text)):
            continue
        for begin, text in sentences(passage.text):
            yield from _sentence_claims(passage, begin, text, period, price, headed=headed)


def _sentence_claims(
    passage: Passage,
    begin: int,
    text: str,
    period: ReadPeriod,
    price: Money | None,
    *,
    headed: bool,
) -> Iterator[_Claim]:
    if (graded := _GRADED.search(text)) is not None:
        # 根据考核结果支付剩余款项：优秀的，支付…: what stands before the grades is still a payment
        colon = text.rfind("：", 0, graded.start())
        text = text[: max(colon, 0)]
    if not (_PAYS.search(text) or _PAID_LABEL.search(text)) or _OTHER_WAY.search(text):
        return
    if _NOT_DUE.search(text.split("支付")[0]) or re.search(
        r"违约金|返还|退还(?!质)|滞纳金", _RETAINED_BACK.sub("", _claim_free(text))
    ):
        return
    if not headed and not re.search(
        r"合同(?:总)?(?:价|金额|额|款)|服务费|中标|成交|总金额|总价|费用", text
    ):
        return

    def span_at(start: int, end: int) -> Span:
        return passage.span(begin + start, begin + end)

    clause = passage.clause or ClauseRef(MAIN)
    marks = list(_amounts(text, headed=headed))
    each = _each(text, period, price, marks)
    if not marks and each is None:
        return
    if not marks and each is not None:
        cycle, count = each
        rate = Fraction(1, count) if count > 1 else None
        claim = _Claim(
            0,
            0,
            rate,
            rest=False,
            text=text,
            span_at=span_at,
            clause=clause,
            section=_section_of(clause),
            high=len(text),
        )
        claim.every, claim.count, claim.start, claim.end = cycle, count, len(text), len(text)
        yield claim
        return
    claims = [
        _Claim(start, end, rate, rest, text, span_at, clause, _section_of(clause))
        for start, end, rate, rest in marks
    ]
    _cut(claims, text)
    for claim in claims:
        claim.sums = _sums_of(claim)
        claim.up_to = bool(_UP_TO.search(text[max(0, claim.start - _FAR) : claim.start]))
        if each is not None and len(claims) == 1:
            claim.every, claim.count = each
    yield from claims


def _claim_free(text: str) -> str:
    """The text up to its first full claim: a sentence that pays and then speaks of damages still pays."""
    verb = _PAYS.search(text)
    return text[: verb.end()] if verb else text


def _amounts(text: str, *, headed: bool) -> Iterator[tuple[int, int, Fraction | None, bool]]:
    """Shares, the remainder, everything, and sums that stand alone, in order; those that say the same are one."""
    met = percents(text)
    if len(met) > _MOST_CLAIMS:
        return
    shares = [p for p in met if _is_claim(p, text)]
    rests = [m for m in _REST.finditer(text) if _is_rest(m, text)]
    out: list[tuple[int, int, Fraction | None, bool]] = [
        (p.at.start, p.at.end, p.rate, False) for p in shares
    ]
    for rest in rests:
        if shares and text[rest.end() : rest.end() + 1] in ("：", ":", "（", "("):
            continue  # 尾款：…支付 30%: a label of the share
        if not any(_says_same(p, rest, text) for p in shares):
            out.append((rest.start(), rest.end(), None, True))
    if not out and (whole := _ALL.search(text)):
        out.append((whole.start(), whole.end(), Fraction(1), False))
    if not out:
        for one in sums(text):
            if one.in_words or not _pays_sum(one, text, headed=headed):
                continue
            out.append((one.at.start, one.at.end, None, False))
    elif rests or shares:
        out.extend(_lone_sums(text, out))
    merged: list[tuple[int, int, Fraction | None, bool]] = []
    for mark in sorted(out):
        if merged and mark[3] and merged[-1][3] and mark[0] - merged[-1][1] < 12:  # noqa: PLR2004 - 剩余 … 尾款
            continue
        merged.append(mark)
    yield from merged


def _says_same(share: Percent, rest: re.Match[str], text: str) -> bool:
    """剩余 30%, 5% 的余款: a share and a remainder that mean one payment."""
    low, high = sorted((share.at.start, share.at.end, rest.start(), rest.end()))[1:3]
    return high - low < 14 and not re.search("[，,；;。]", text[low:high])  # noqa: PLR2004


def _lone_sums(
    text: str, marks: Sequence[tuple[int, int, Fraction | None, bool]]
) -> Iterator[tuple[int, int, Fraction | None, bool]]:
    """首付 30万元，余款验收后支付: a sum that no share explains is a claim of its own."""
    first = min(mark[0] for mark in marks)
    for one in sums(text):
        if (
            not one.in_words
            and one.at.end <= first
            and _pays_sum(one, text, headed=True)
            and all(m[3] for m in marks)
        ):
            yield one.at.start, one.at.end, None, False


def _pays_sum(one: Sum, text: str, *, headed: bool) -> bool:
    before = text[max(0, one.at.start - _FAR) : one.at.start]
    near = re.split(r"[，,；;]", before)[-1]
    if re.search(
        r"低于|高于|不足|超过|以上|保证金(?!.*支付)|违约金|扣|共计|合计|总计|合同(?:总)?(?:金额|价款?|额)(?:为|：|:|共)|单价",
        near,
    ):
        return False
    return headed and bool(
        _PAYS.search(near) or _PAID_LABEL.search(near + "：") or _each_word(before)
    )


def _each_word(text: str) -> bool:
    return any(words.search(text) for _, _, words in _EACH)


def _is_claim(share: Percent, text: str) -> bool:
    if share.per or share.upper or share.rate <= 0 or share.rate > 1:
        return False
    before = text[max(0, share.at.start - _FAR) : share.at.start]
    after = text[share.at.end : share.at.end + _FAR]
    if _NOT_CLAIM_BEFORE.search(before[-40:]) and not _PAYS.search(
        re.split("[，,]", before)[-1] + share.raw
    ):
        return False
    if _OF_INVOICE.match(after) or _NOT_CLAIM_AFTER.match(after):
        return False
    return not re.search(r"发票(?:金额|面额|数额)?(?:为|等于)[^，。；]{0,10}$", before[-24:])


def _is_rest(found: re.Match[str], text: str) -> bool:
    near = text[found.end() : found.end() + 8] + text[max(0, found.start() - 20) : found.start()]
    return bool(
        _PAYS.search(near) or _PAID_LABEL.match(text[found.start() : found.end()] + "：")
    ) and not re.search(r"剩余(?:期限|服务期|时间|工作)", text[found.start() : found.end() + 3])


def _cut(claims: Sequence[_Claim], text: str) -> None:
    """Where one claim ends and the next begins: after the amount and what explains it, or, where the verb follows, after the verb."""
    low = 0
    for index, claim in enumerate(claims):
        claim.low = low
        if index + 1 == len(claims):
            claim.high = len(text)
            break
        following = claims[index + 1]
        claim.high = low = _boundary(claim, following, text)


_EXPLAINS = re.compile(r"[，,]?\s{0,9}(?:即|计|共计|合计|人民币|大写|金额为|小写|¥|￥|[（(])")
#: a comma between figures belongs to a number
_DELIMITER = re.compile(r"[，；;。]|,(?!\d{3})")


def _boundary(claim: _Claim, following: _Claim, text: str) -> int:
    clause_start = max(text.rfind(c, 0, claim.start) for c in "，,；;：:")
    behind = _PAYS.search(text[clause_start + 1 : claim.start])
    end = claim.end
    if not behind:
        verb = _PAYS.search(text, claim.end, following.start)
        first = _DELIMITER.search(text, claim.end, following.start)
        # 30%于签订后支付，70%于验收后支付: the verb of this claim stands before the last comma ahead of the next
        last = text.rfind("，", claim.end, following.start)
        if verb and (not first or verb.start() < max(first.start(), last)):
            end = verb.end()
    while found := _EXPLAINS.match(text, end):
        stop = _DELIMITER.search(text, found.end(), following.start)
        bracket = found[0].rstrip()[-1] in "（("
        close = re.compile("[）)]").search(text, found.end(), following.start) if bracket else None
        end = close.end() if close else stop.start() if stop else following.start
        if end >= following.start:
            break
        if not bracket and not stop:
            break
    delimiter = _DELIMITER.search(text, end, following.start)
    return delimiter.end() if delimiter else min(end, following.start)


def _sums_of(claim: _Claim) -> list[Sum]:
    """The sums that are printed beside a share."""
    offset = claim.start - claim.low
    found = [s for s in sums(claim.window) if s.at.start >= offset - _SUM_NEAR]
    return [
        s
        for s in found
        if not re.search(
            r"低于|高于|违约金|保证金", claim.window[max(0, s.at.start - 8) : s.at.start]
        )
    ][:2]


_SUM_NEAR = 24
#: no word that matters to a share stands further off, and no sentence pays in more parts
_FAR, _MOST_CLAIMS = 60, 40


# ── equal payments ───────────────────────────────────────────────────────────────────────────────────────────────


def _each(
    text: str,
    period: ReadPeriod,
    price: Money | None,
    marks: Sequence[tuple[int, int, Fraction | None, bool]],
) -> tuple[Cycle | None, int] | None:
    """The cycle of equal payments and how many there are; one where nothing tells how many."""
    parts = _PARTS.search(text)
    cycle, months = next(((c, m) for c, m, words in _EACH if words.search(text)), (None, 0))
    if cycle is None and not (parts and (parts["equal"] or _EQUAL.search(text)) and len(marks) < 2):  # noqa: PLR2004
        return None
    if len(marks) > 1 or (
        cycle is not None
        and re.search(r"考核|服务报告|提交", text)
        and not marks
        and not _EQUAL.search(text)
        and not re.search("支付|结算|付款", text)
    ):
        return None
    if parts:
        return cycle, min(numeral(parts["count"]), _MOST_PARTS)
    rate = marks[0][2] if marks else None
    if rate is not None and 0 < rate < 1 and rate.numerator == 1 and cycle is not None:
        return cycle, min(rate.denominator, _MOST_PARTS)
    if marks and rate is None and price and (one := next(iter(sums(text)), None)):
        whole, left = divmod(price.fen, one.money.fen) if one.money.fen > 0 else (0, 1)
        if not left and 1 < whole <= _MOST_PARTS:
            return cycle, whole
    return cycle, _cycles_in(period, months) if cycle is not None else 1


def _cycles_in(period: ReadPeriod, months: int) -> int:
    start, end = period.start.value, period.end.value
    if start is None or end is None or not months:
        return 1
    whole = (end.year - start.year) * 12 + end.month - start.month + (end.day >= start.day - 1)
    return max(1, min(whole // months, _MOST_PARTS))


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _table_claims(passages: Passages) -> Iterator[_Claim]:
    """A table of payments: one claim for each row with a share or a sum."""
    for element, table in passages.main_tables():
        heads = "/".join(table.columns)
        if not re.search(r"付款|支付|期次|款项|阶段|期数|节点", heads) or not re.search(
            r"比例|金额|%|％", heads
        ):
            continue
        if re.search(r"单价|规格|考核|指标", heads):
            continue
        for index, row in enumerate(table.rows):
            if not row.total:
                yield from _row_claim(element, table, index)


def _row_claim(element: int, table: ReadTable, index: int) -> Iterator[_Claim]:
    texts = [cell.text for cell in table.rows[index].cells]
    joined = "，".join(texts)
    share = next((p for p in percents(joined) if not p.per and 0 < p.rate <= 1), None)
    rest = _REST.search(joined)
    found = [s for s in sums(joined) if not s.in_words]
    if share is None and not rest and not found:
        return
    place = len(texts[0])
    edges: list[int] = []
    at = 0
    for text in texts:
        edges.append(at)
        at += len(text) + 1

    def span_at(start: int, end: int) -> Span:
        column = max(c for c, edge in enumerate(edges) if edge <= start)
        inner = min(end - edges[column], len(texts[column]))
        return Span(
            element, start - edges[column], max(start - edges[column], inner), (index, column)
        )

    clause = table.clause or ClauseRef(MAIN)
    start, end = (share.at.start, share.at.end) if share else (place, place)
    claim = _Claim(
        start,
        end,
        share.rate if share else None,
        bool(rest),
        joined,
        span_at,
        clause,
        _section_of(clause),
        0,
        len(joined),
    )
    claim.sums = list(sums(joined))[:2]
    yield claim


# ── which of them are the payments ───────────────────────────────────────────────────────────────────────────────


def _section_of(clause: ClauseRef) -> tuple[str, ...]:
    """The outermost number around a clause; those that stand outermost themselves are one section."""
    return clause.segments[:1] if clause.depth > 1 else ()


def _chosen(claims: Sequence[_Claim]) -> list[_Claim]:
    """Of several sections that speak of paying, the first that pays everything, else the one that pays most."""
    groups: dict[tuple[str, tuple[str, ...]], list[_Claim]] = {}
    for claim in claims:
        groups.setdefault((claim.clause.document, claim.section), []).append(claim)
    if not groups:
        return []
    for group in groups.values():
        if _pays_all(group):
            return group

    def likely(group: Sequence[_Claim]) -> tuple[bool, int, Fraction]:
        total = sum(((c.rate or Fraction(0)) for c in group), Fraction(0))
        return (
            total <= 1,
            len(group),
            total,
        )  # shares of more than everything are grades or discounts

    return max(groups.values(), key=likely)


def _pays_all(group: Sequence[_Claim]) -> bool:
    total = sum((claim.rate or Fraction(0)) * claim.count for claim in group if not claim.up_to)
    return total == 1 or any(claim.rest or claim.rate == 1 for claim in group)


def _section_text(passages: Passages, claims: Sequence[_Claim]) -> str:
    if not claims:
        return ""
    section = {(c.clause.document, c.section) for c in claims}
    return "".join(
        p.text
        for p in passages.main
        if p.clause and (p.clause.document, _section_of(p.clause)) in section
    )


def _before_paying(passages: Passages, claims: Sequence[_Claim]) -> TimeWord | None:
    """How long before every payment the invoice is due, where a sentence of its own says so."""
    if not claims:
        return None
    section = {(c.clause.document, c.section) for c in claims}
    for passage in passages.main:
        if (
            not passage.clause
            or (passage.clause.document, _section_of(passage.clause)) not in section
        ):
            continue
        for _, text in sentences(passage.text):
            if "发票" in text and _BEFORE_PAYING.search(text) and "通知" not in text:
                words = [
                    w
                    for w in time_words(text)
                    if w.value is not None and w.direction is not Direction.AFTER
                ]
                if words:
                    return words[0]
    return None
