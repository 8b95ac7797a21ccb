"""体检规则，金额: figures against words, splits and sums, tax, grades, late interest. Every check is exact to the fen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from lvyue.core.doubts import DoubtKind, Severity
from lvyue.core.money import Money, Rate, Rounding, UnreadableMoney
from lvyue.core.terms import Party
from lvyue.core.words import from_words
from lvyue.reading.consideration import Instalment
from lvyue.reading.found import State
from lvyue.reading.paragraphs import Span
from lvyue.reading.rules import Docket, Remark, Rule, spans_of

_MISMATCH, _SILENT = DoubtKind.MISMATCH, DoubtKind.SILENT

_WORDS = re.compile(r"[零〇壹贰叁肆伍陆柒捌玖][零〇壹贰叁肆伍陆柒捌玖拾佰仟万亿 ]{0,40}[元圆][零〇壹贰叁肆伍陆柒捌玖角分整正 ]{0,12}")  # fmt: skip
_FIGURES = re.compile(
    r"(?:[¥￥]\s*)?(\d{1,3}(?:[,，]\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?)\s*\**\s*(万?)"
)
#: how far before the words the figures may stand
_BACK = 40
_NEAR = 8
_HALF = str.maketrans("０１２３４５６７８９．￥", "0123456789.¥")
_STOP = re.compile(r"[。；;\n]")
_MONEY_AHEAD = re.compile(r"(?:人民币|小写|RMB|金额|总价|价款)\s*[:：为]?\s*$")
_BY_DAY = re.compile(
    r"\d{1,2}\s*[日号]\s*之?前|月\s*底\s*前|(?:月|季|季度|年)末\s*前|最后一?个?工作日\s*前"
)
_SCORES = re.compile(
    r"(?:评分|打分|得分|考核分|分值|满分|总分)[^。\n]{0,40}\d|\d{1,4}\s{0,2}分(?![钟之期项年包])(?:（含）|以上|以下|及以上|[—~～\-至])"
)
_LOWEST = re.compile(r"以下|低于|不足|不满|<|＜|不合格|不及格|较差|差$|不达标|不通过")
_EXTRA = re.compile(
    r"(?:增加|扩大|超出|新增|调整)[^。；\n]{0,40}(?:支付[^。；\n]{0,8}费用|另行(?:计费|收费|支付)|协商)"
)
_ALL_IN = re.compile(r"不再(?:另行|另外|向)?[^。；\n]{0,8}(?:支付|收取)|唯一报酬|唯一的?报酬|包干")
_FINAL = re.compile(r"验收|审核|考核")
_ACCEPTANCE_TIME = re.compile(
    r"(?:\d{1,4}|[一二三四五六七八九十]{1,4})\s{0,2}个?(?:工作日|日|天|月)"
)
_ACCEPTING = re.compile(r"验收|审核")
_PAYING = re.compile(r"支付|付款|发票")
_TAXED = re.compile(r"税率|增值税[^。；\n]{0,12}\d+\s*[%％]")
_ONCE_INVOICE = re.compile(r"(?:符合|满足)甲方(?:的)?要求[^，。；\n]{0,12}发票")


def words(docket: Docket) -> Iterator[Remark]:
    """Every amount in words against the figures before it, wherever both stand together."""
    for hit in docket.hits(_WORDS, "元", "圆"):
        line = docket.line(hit.span.element)
        try:
            spoken = from_words(hit.text.strip())
        except UnreadableMoney as error:
            yield Remark(
                says=f"大写金额写法不规范：{error}",
                mend="请对照原件改正大写金额。",
                safe="大写读不准，以双方书面确认的金额为准。",
                spans=(hit.span,),
                severity=Severity.CONFIRM,
                kind=DoubtKind.UNREADABLE,
            )
            continue
        figures = _before(line, hit.span.start)
        if figures is not None and figures != spoken:
            yield Remark(
                says=f"小写 {figures} 与大写不一致，大写为 {spoken}。",
                mend="请双方书面确认以哪一个为准。",
                safe="两个数都不用来结算。",
                spans=(hit.span,),
                needs=("双方签章的更正",),
                blocks=_blocked_by(docket, hit.span),
            )


def _before(line: str, end: int) -> Money | None:
    """The last amount in figures shortly before the words; None where there is none."""
    found = None
    line = plain_line(line)
    for match in _FIGURES.finditer(line, max(end - _BACK, 0), end):
        if _is_money(match, line) and not _STOP.search(line, match.end(), end):
            found = match
    if found is None:
        return None
    number = found[1].replace("，", ",")
    try:
        amount = Money.parse(number)
    except UnreadableMoney:
        return None
    return amount * 10_000 if found[2] else amount


def plain_line(line: str) -> str:
    """The same line with half-width figures and signs, character for character."""
    return line.translate(_HALF)


def _is_money(match: re.Match[str], line: str) -> bool:
    """3 座 and the number of a clause are no money: a sign, a thousands comma, cents or a word for money make a figure a sum."""
    behind = line[match.end() : match.end() + 1]
    if behind and behind in "%％年月日第":
        return False
    signed = match[0][0] in "¥￥" or "," in match[1] or "，" in match[1] or bool(match[2])
    ahead = line[max(match.start() - _NEAR, 0) : match.start()]
    return (
        signed
        or behind in ("元", "圆")
        or match[1][-3:-2] == "."
        or bool(_MONEY_AHEAD.search(ahead))
    )


def _blocked_by(docket: Docket, span: Span) -> tuple[str, ...]:
    """Which figure of the settlement the amount is: an instalment, or the price."""
    for one in docket.consideration.instalments:
        if one.span.element == span.element and one.span.start <= span.start < one.span.end:
            return (f"instalment:{one.number}",)
    return ("price",)


def price_words(docket: Docket) -> Iterator[Remark]:
    """The price, where its words and figures stand too far apart for the rule above."""
    price = docket.identity.price
    figures, spoken = price.figures.value, price.words_money
    if figures is None or spoken is None or figures == spoken:
        return
    spans = tuple(one.span for one in (price.figures, price.words) if one.span)
    if any(remark.spans and remark.spans[0].element == span.element for remark in words(docket) for span in spans):  # fmt: skip
        return
    yield Remark(
        says=f"合同价款小写 {figures} 与大写不一致，大写为 {spoken}。",
        mend="请双方书面确认以哪一个为准。",
        safe="两个数都不用来结算。",
        spans=spans,
        needs=("双方签章的更正",),
        blocks=("price",),
    )


def split(docket: Docket) -> Iterator[Remark]:
    """Percentages that do not make 100, instalments that do not make the price, an instalment that is not its percentage."""
    instalments = docket.consideration.instalments
    price = docket.identity.price.figures.value
    rates = [one.rate for one in instalments if one.rate is not None]
    spans = tuple(one.span for one in instalments)
    if len(instalments) > 1 and len(rates) == len(instalments):
        total = sum(rates, Fraction(0))
        if total != 1:
            yield Remark(
                says=f"各期付款比例合计 {Rate(total)}，不是 100%。",
                mend="请双方书面更正付款比例。",
                safe="比例合计不符之前不计算尾款。",
                spans=spans,
                blocks=tuple(f"instalment:{one.number}" for one in instalments),
            )
    elif sum(rates, Fraction(0)) > 1:
        yield Remark(
            says=f"各期付款比例合计 {Rate(sum(rates, Fraction(0)))}，超过 100%。",
            mend="请双方书面更正付款比例。",
            spans=spans,
            blocks=tuple(f"instalment:{one.number}" for one in instalments),
        )
    if price is None:
        return
    yield from _amounts(instalments, price)


def _amounts(instalments: tuple[Instalment, ...], price: Money) -> Iterator[Remark]:
    printed = [one.figures for one in instalments if one.figures is not None]
    if len(printed) == len(instalments) > 1 and Money.total(printed) != price:
        yield Remark(
            says=f"各期金额合计 {Money.total(printed)}，与合同价款 {price} 不符。",
            mend="请双方书面更正各期金额。",
            safe="以合同价款为总额，各期金额待更正。",
            spans=tuple(one.span for one in instalments),
            blocks=tuple(f"instalment:{one.number}" for one in instalments),
        )
    for one in instalments:
        if one.rate is None or one.figures is None:
            continue
        exact = price.fen * one.rate
        if abs(exact - one.figures.fen) >= 1:
            yield Remark(
                says=f"第 {one.number} 期写 {one.figures}，而合同价款的 {Rate(one.rate)} 是 {price.at(Rate(one.rate), Rounding.HALF_UP)}。",
                mend="请双方书面更正这一期的比例或金额。",
                safe="这一期暂不计算。",
                spans=(one.span,),
                blocks=(f"instalment:{one.number}",),
            )


def tax(docket: Docket) -> Iterator[Remark]:
    """Net price and rate against the price, to the fen: either way of rounding will do."""
    price = docket.identity.price
    gross, rate, net = price.figures.value, price.tax_rate.value, price.net.value
    if gross is None:
        return
    if rate is not None and net is not None:
        forward = net.at(Rate(1 + rate), Rounding.HALF_UP)
        backward = Rounding.HALF_UP.whole(gross.fen / (1 + rate))
        if forward != gross and backward != net.fen:
            yield Remark(
                says=f"不含税金额 {net} 按税率 {Rate(rate)} 加税是 {forward}，与合同价款 {gross} 不符。",
                mend="请双方核对不含税金额、税率和税额。",
                safe="以含税总价为准，税额待更正。",
                spans=tuple(one.span for one in (price.net, price.tax_rate) if one.span),
                blocks=("tax",),
            )
    elif rate is None and not docket.says(_TAXED, "税率", "增值税"):
        yield Remark(
            says="没有写税率和不含税价。",
            mend="请补写税率；开票时以法定税率为准。",
            safe="以含税总价结算。",
            spans=(price.figures.span,) if price.figures.span else (),
            kind=_SILENT,
            severity=Severity.NOTE,
        )


def ceilings(docket: Docket) -> Iterator[Remark]:
    """97% 为上限: a limit and no value; and nothing below the lowest grade."""
    consideration = docket.consideration
    limits = [grade for grade in consideration.grades if not grade.exact]
    if limits:
        names = "、".join(f"{grade.name} {Rate(grade.rate)}" for grade in limits)
        yield Remark(
            says=f"{names} 只是上限，实付比例如何确定没有写。",
            mend="请双方写明上限以内如何定出比例。",
            safe="显示上限，不把上限当作应付。",
            spans=tuple(grade.span for grade in limits),
            blocks=(),
            kind=_SILENT,
        )
    if len(consideration.grades) > 1 and not any(
        _LOWEST.search(grade.name) for grade in consideration.grades
    ):
        lowest = min(consideration.grades, key=lambda grade: grade.rate)
        yield Remark(
            says=f"等级只到“{lowest.name}”，再往下付多少没有写。",
            mend="请双方写明更低等级的付款。",
            safe="低于最低等级的不能判定。",
            spans=(lowest.span,),
            kind=_SILENT,
        )


def scorecard(docket: Docket) -> Iterator[Remark]:
    """Grades, and nothing that says how a grade is earned."""
    grades = docket.consideration.grades
    if not grades or _SCORES.search(docket.everything):
        return
    if any(table.column("分值", "权重", "扣分", "评分标准", "得分") is not None for table in docket.tables):  # fmt: skip
        return
    assessed = list(docket.hits(re.compile(r"考核(?:与|和|、)?(?:验收|评价)"), "考核"))
    yield Remark(
        says="有等级和付款比例，而没有考核项目、分值、权重和分数段。",
        mend="请提供考核办法或评分表，由双方确认。",
        safe="等级只能由双方书面确认，系统不评等级。",
        spans=(*(grade.span for grade in grades), *spans_of(assessed)[:4]),
        kind=DoubtKind.MISSING_PAPER,
        needs=("考核评分表",),
        blocks=("grades",),
        owner=Party.BUYER,
    )


def due_days(docket: Docket) -> Iterator[Remark]:
    """An instalment without a time to pay."""
    for one in docket.consideration.instalments:
        if _BY_DAY.search(docket.paper.words(one.span)):
            continue  # 2026年6月30日前: a day is surer than any number of days
        if one.within is None or one.within.value is None:
            yield Remark(
                says=f"第 {one.number} 期款没有付款天数，到期日和逾期起算日都不能确定。",
                mend="请双方写明条件成就后几日内付款。",
                safe="到期日不能判定；只提示条件已经成就。",
                spans=(one.span,),
                clauses=(one.clause,),
                needs=("写明付款期限的补充协议",),
                blocks=(f"instalment:{one.number}",),
            )


def conditions(docket: Docket) -> Iterator[Remark]:
    """A payment that waits for an acceptance whose time and steps are nowhere."""
    if any(
        _ACCEPTANCE_TIME.search(sentence.text) and not _PAYING.search(sentence.text)
        for sentence in docket.binding_sentences(_ACCEPTING)
    ):
        return
    waiting = [
        one
        for one in docket.consideration.instalments
        if any(_FINAL.search(condition.raw) for condition in one.conditions)
        or _FINAL.search(docket.paper.words(one.span))
    ]
    waiting = [one for one in waiting if one.number > 1 or len(waiting) == 1]
    if waiting:
        assessed = spans_of(docket.hits(re.compile(r"(?:组织|进行)[^。；\n]{0,40}验收"), "验收"))
        yield Remark(
            says="付款要等验收，而何时验收、由谁启动、多久答复都没有写，也没有逾期视为通过的约定。",
            mend="请双方写明验收的时间、程序和逾期不验的后果。",
            safe="以双方签署的验收文件为准；没有的不能判定。",
            spans=(*(one.span for one in waiting), *assessed[:3]),
            needs=("验收方案",),
        )


def invoice(docket: Docket) -> Iterator[Remark]:
    hits = tuple(docket.hits(_ONCE_INVOICE, "发票"))
    if hits:
        yield Remark(
            says="发票要“符合甲方要求”，要求是什么没有写。",
            mend="请写明发票种类、税率和抬头。",
            safe="等额的合法发票即算符合。",
            spans=spans_of(hits),
        )


def interest(docket: Docket) -> Iterator[Remark]:
    """Nothing for paying late."""
    if docket.consideration.instalments and not docket.consideration.interest:
        late = [
            sentence.span
            for sentence in docket.binding_sentences(
                re.compile(r"甲方[^。\n]{0,40}(?:迟延|逾期|直接经济损失)")
            )
        ]
        yield Remark(
            says="甲方逾期付款没有约定利率或违约金。",
            mend="请约定利率；没有约定的，依《保障中小企业款项支付条例》和民法典主张。",
            safe="只记录逾期天数，不计算违约金。",
            spans=tuple(late[:3]) or (docket.consideration.instalments[0].span,),
            owner=Party.BUYER,
        )


def extras(docket: Docket) -> Iterator[Remark]:
    """One price for everything, and elsewhere more money for more work."""
    closed = tuple(docket.hits(_ALL_IN, "不再", "唯一", "包干"))
    opened = tuple(docket.hits(_EXTRA, "增加", "扩大", "超出", "新增", "调整"))
    if closed and opened:
        yield Remark(
            says="一处写价款包干、不再另付，另一处写范围增加可以收费或协商。",
            mend="请双方写明增量如何计价、由谁批准。",
            safe="增量先书面确认，否则视为含在价款内。",
            spans=(*spans_of(closed)[:4], *spans_of(opened)[:4]),
        )


def long_terms(docket: Docket) -> Iterator[Remark]:
    """保障中小企业款项支付条例: public bodies pay within 30 days, by agreement within 60 at most."""
    for one in docket.consideration.instalments:
        if one.within is None or one.within.value is None or one.within.unit is None:
            continue
        days = one.within.value * _DAYS.get(one.within.unit.value, 0)
        if days > _USUAL:
            yield Remark(
                says=f"第 {one.number} 期的付款期限约 {days} 日，"
                + (
                    "超过机关、事业单位付款的法定上限 60 日。"
                    if days > _MOST
                    else "长于法定的 30 日，须另有约定的理由。"
                ),
                mend="请核对《保障中小企业款项支付条例》第九条；乙方为中小企业的应当缩短。",
                safe="按合同期限提示，并提示法定期限。",
                spans=(one.span,),
                owner=Party.BUYER,
            )


#: calendar days in a unit, for a comparison with the statute only
_DAYS = {
    "calendar-days": Fraction(1),
    "working-days": Fraction(7, 5),
    "weeks": Fraction(7),
    "months": Fraction(30),
}
_USUAL, _MOST = 30, 60

_BOND = re.compile(r"履约保证金[^。；\n]{0,60}?(\d+(?:\.\d+)?)\s*[%％]")
_EARNEST = re.compile(r"定金[^。；\n]{0,40}?(\d+(?:\.\d+)?)\s*[%％]")
_BOND_MOST, _EARNEST_MOST = 10, 20


def securities(docket: Docket) -> Iterator[Remark]:
    """A performance bond above 10% (政府采购法实施条例 48), earnest money above 20% (民法典 586)."""
    for pattern, most, name, law in (
        (_BOND, _BOND_MOST, "履约保证金", "政府采购法实施条例第四十八条"),
        (_EARNEST, _EARNEST_MOST, "定金", "民法典第五百八十六条"),
    ):
        for hit in docket.hits(pattern, name):
            if Fraction(hit.found[1]) > most:
                yield Remark(
                    says=f"{name}写 {hit.found[1]}%，超过法定上限 {most}%（{law}）。",
                    mend=f"请改到 {most}% 以内。",
                    safe="超过的部分不作为应收。",
                    spans=(hit.span,),
                    owner=Party.BUYER,
                )


def grades_none(docket: Docket) -> Iterator[Remark]:
    """No grades at all, and the paper still says that an assessment decides the price."""
    decides = tuple(
        docket.hits(re.compile(r"(?:根据|依据|按照?)[^。；\n]{0,16}考核结果[^。；\n]{0,30}(?:支付|付款|价款|费用)"), "考核结果")
    )  # fmt: skip
    state = docket.consideration.grades_state
    if decides and state in (State.ABSENT, State.NONE) and not docket.consideration.grades:
        yield Remark(
            says="付款看考核结果，而没有等级、比例和分数线。",
            mend="请双方写明考核等级和付款比例。",
            safe="付款金额待双方书面确认。",
            spans=spans_of(decides),
            needs=("考核办法",),
            blocks=("grades",),
        )


RULES = (
    Rule("money.words", "小写与大写不一致", _MISMATCH, Severity.BLOCK, words),
    Rule("money.price_words", "价款小写与大写不一致", _MISMATCH, Severity.BLOCK, price_words),
    Rule("money.split", "分期与价款不符", _MISMATCH, Severity.BLOCK, split),
    Rule("money.tax", "税额不符或没有税率", _MISMATCH, Severity.BLOCK, tax),
    Rule("grades.ceilings", "等级只有上限", _SILENT, Severity.CONFIRM, ceilings),
    Rule("grades.scorecard", "没有考核评分表", DoubtKind.MISSING_PAPER, Severity.BLOCK, scorecard),
    Rule("grades.none", "付款看考核而没有等级", _SILENT, Severity.BLOCK, grades_none, Party.BUYER),
    Rule("payment.due_days", "没有付款天数", _SILENT, Severity.BLOCK, due_days, Party.BUYER),
    Rule("payment.acceptance", "验收没有时间", _SILENT, Severity.CONFIRM, conditions),
    Rule("payment.invoice", "发票要求不明", _SILENT, Severity.CONFIRM, invoice, Party.BUYER),
    Rule("payment.interest", "迟付没有利率", _SILENT, Severity.NOTE, interest, Party.BUYER),
    Rule("payment.statute", "付款期限长于法定", DoubtKind.CONTRADICTING, Severity.NOTE, long_terms),
    Rule("price.extras", "包干与另付", DoubtKind.CONTRADICTING, Severity.CONFIRM, extras),
    Rule(
        "law.securities",
        "保证金或定金超过上限",
        DoubtKind.CONTRADICTING,
        Severity.CONFIRM,
        securities,
    ),
)
