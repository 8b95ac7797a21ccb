"""体检规则，空白: a place for a value with nothing in it. Blank is not none: 无 and / are answers and no doubt."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lvyue.core.doubts import DoubtKind, Severity
from lvyue.core.terms import Party
from lvyue.reading.found import Found, State
from lvyue.reading.paragraphs import Span
from lvyue.reading.rules import Docket, Remark, Rule, listed

_BLANK = DoubtKind.BLANK

#: a run of underscores, or brackets with only blanks between: a place to fill in
_UNDERSCORES = re.compile(
    r"[_＿]{2,}|(?<=[一-鿿])[ 　]{2,40}(?=万?元(?![一-鿿])|[%％]|个工作日|日内|天内)"
)
_NONE_BESIDE = re.compile(r"^[_＿\s]*[/／无]|[/／无][_＿\s]*$")
_AFTER_COLON = re.compile(r"[一-鿿]{2,24}[：:]\s*[。；;，]")
_COLONS = tuple(colon + end for colon in "：:" for end in "。；;， 　")
_BEGUN_DATE = re.compile(
    r"(?:\d{4}|[二〇零○一三四五六七八九]{4})?\s{0,6}年\s{0,6}(?:\d{1,2})?\s{0,6}月\s{0,6}(?:\d{1,2})?\s{0,6}日?"
)
_WHOLE_DATE = re.compile(
    r"(?:\d{4}|[二〇零○一三四五六七八九]{4})\s{0,6}年\s{0,6}\d{1,2}\s{0,6}月(?:\s{0,6}\d{1,2}\s{0,6}日)?"
)
_CONTACT = re.compile(
    r"(?:邮政编码|邮政编号|邮编|电话|联系电话|手机|传真|电子邮箱|电子邮件|邮箱|联系人|地址|住所|账号|帐号|开户行|开户银行)\s*[：:]\s*(?=\n|$)"
)
_INNER_NUMBER = re.compile(r"(?:内部|甲方|乙方|登记|备案)(?:合同)?编号\s*[：:]\s*(?=\n|$)")
_ACCOUNT = re.compile(r"(?:账号|帐号|账户)[^0-9\n]{0,12}[0-9][0-9 ]{7,}")
_PAYS = re.compile(r"支付|付款")

#: what a blank holds up, by the words of its sentence; the first that fits
_WHAT = (
    (re.compile(r"考核结果|方式进行确认|考核等级"), "考核与付款的比例", Severity.BLOCK, "grades"),
    (re.compile(r"违约金|赔偿|扣款|罚"), "违约的金额", Severity.BLOCK, "damages"),
    (re.compile(r"%|％|百分之"), "按比例付款的金额", Severity.CONFIRM, "instalment"),
    (re.compile(r"合同(?:总)?价|合同(?:总)?金额|中标金额|总价"), "价款", Severity.BLOCK, "price"),
    (
        re.compile(r"(?:服务|合同|履行|维护)[^，。；]{0,6}(?:期限|期间|期)"),
        "期限",
        Severity.BLOCK,
        "period",
    ),
    (re.compile(r"元|金额|费用"), "金额", Severity.CONFIRM, "amount"),
    (re.compile(r"日内|天内|工作日"), "天数", Severity.CONFIRM, "deadline"),
)


def period(docket: Docket) -> Iterator[Remark]:
    """The days of the contract period: without them nothing can be put on a calendar."""
    read = docket.identity.period
    if read.start and read.end:
        return
    found = read.end if read.start else read.start
    spans = tuple(one.span for one in (read.start, read.end) if one.span is not None)
    clauses = tuple(
        one.clause for one in (read.start, read.end) if one.clause is not None and one.span is None
    )
    blank = State.BLANK in (read.start.state, read.end.state)
    which = "起止日期" if not read.start and not read.end else "截止日" if read.start else "起始日"
    how = "空白" if blank else "没有写明"
    yield Remark(
        says=f"服务期限的{which}{how}" + (f"，只写“{read.end_rule}”。" if read.end_rule else "。"),
        mend="请双方以补充协议写明起止日期。",
        safe="只记录已发生的服务；不排期，不推算截止日。",
        spans=spans or ((found.span,) if found.span else ()),
        clauses=clauses if not spans else (),
        kind=DoubtKind.BLANK if blank else DoubtKind.SILENT,
        needs=("写明服务期限的补充协议",),
        blocks=("period",),
    )


def derived_period(docket: Docket) -> Iterator[Remark]:
    """一年 from the signature on, and two ways to count its last day."""
    read = docket.identity.period
    end = read.end.value
    if end is None or not set(read.alternatives) - {end}:
        return
    days = "、".join(day.isoformat() for day in sorted({*read.alternatives, end}))
    yield Remark(
        says=f"期限只写“{read.end_rule or read.raw}”，截止日可读作 {days}。",
        mend="请双方写明截止的那一天。",
        safe=f"按 {end} 计算，并注明另一种读法。",
        spans=(read.end.span,) if read.end.span else (),
        clauses=(read.end.clause,) if read.end.clause else (),
        blocks=(),
    )


def price(docket: Docket) -> Iterator[Remark]:
    """The price in figures."""
    figures, words = docket.identity.price.figures, docket.identity.price.words_money
    if figures:
        return
    blank = figures.state is State.BLANK
    yield Remark(
        says="合同价款的小写金额" + ("空白。" if blank else "没有找到。"),
        mend="请双方书面写明合同价款，小写与大写一致。",
        safe="价款不知，不计算任何按比例的金额。"
        if words is None
        else f"大写为 {words}，待双方确认。",
        spans=(figures.span,) if figures.span else (),
        clauses=(figures.clause,) if figures.clause else (),
        kind=DoubtKind.BLANK if blank else DoubtKind.SILENT,
        needs=("中标通知书", "写明价款的补充协议"),
        blocks=("price",),
    )


def price_words(docket: Docket) -> Iterator[Remark]:
    """Figures alone: nothing to check them against."""
    price = docket.identity.price
    if price.figures and not price.words:
        yield Remark(
            says="合同价款只有小写金额，没有大写。",
            mend="请补写大写金额。",
            safe="按小写金额。",
            spans=(price.figures.span,) if price.figures.span else (),
        )


def grades(docket: Docket) -> Iterator[Remark]:
    """The way in which the assessment changes the price is left open."""
    consideration = docket.consideration
    if consideration.grades_state is State.BLANK:
        clause = consideration.grades_clause
        yield Remark(
            says="最终价款依考核结果确认的方式空白，没有等级、比例和分数线。",
            mend="请双方以补充协议写明考核等级、付款比例和分数线。",
            safe="尾款金额不知；不借用其他合同的等级。",
            clauses=(clause,) if clause else (),
            spans=docket.places((clause,)) if clause else (),
            needs=("写明考核等级与付款比例的补充协议",),
            blocks=("grades",),
        )


def underscores(docket: Docket) -> Iterator[Remark]:
    """Underscores with nothing on them, sorted by what they hold up; each clause once."""
    seen: dict[tuple[int, str], list[Span]] = {}
    weights: dict[str, tuple[str, Severity]] = {}
    known_period = bool(docket.identity.period.start and docket.identity.period.end)
    known_price = bool(docket.identity.price.figures)
    for hit in docket.hits(_UNDERSCORES, "_", "＿", "  ", "\u3000"):
        line = docket.line(hit.span.element)
        beside = line[max(hit.span.start - 6, 0) : hit.span.end + 6].strip()
        if _NONE_BESIDE.search(
            line[max(hit.span.start - 2, 0) : hit.span.end + 2]
        ) or "/" in beside.strip("_＿ "):
            continue
        what, severity, block = next(
            (
                (what, severity, block)
                for pattern, what, severity, block in _WHAT
                if pattern.search(docket.around(hit.span))
            ),
            ("内容", Severity.CONFIRM, ""),
        )
        if block == "grades" and docket.consideration.grades_state is State.BLANK:
            continue  # told by its own rule
        if (block == "period" and known_period) or (block == "price" and known_price):
            severity = Severity.CONFIRM  # the value was read elsewhere, or derived
        seen.setdefault((hit.span.element, block), []).append(hit.span)
        weights[block] = (what, severity)
    for (_, block), spans in seen.items():
        what, severity = weights[block]
        yield Remark(
            says=f"{what}处留有空格没有填写（{len(spans)} 处）。",
            mend="请双方填写；确实没有的写“无”。",
            safe="空白不是零，也不是无；不据此计算。",
            spans=tuple(spans),
            severity=severity,
            blocks=(block,) if block and severity is Severity.BLOCK else (),
        )


def after_colon(docket: Docket) -> Iterator[Remark]:
    """A label and a colon, and then the sentence ends. The period has its own rule."""
    told = {one.span.element for one in (docket.identity.period.start,) if one.span}
    for hit in docket.hits(_AFTER_COLON, *_COLONS):
        label = hit.text.rstrip("。；;，").rstrip().rstrip("：:")
        if hit.span.element in told and not docket.identity.period.start:
            continue
        dates = re.search(r"期限|日期|起.{0,2}年$", label) is not None
        yield Remark(
            says=f"“{label}”之后没有填写" + ("起止日期。" if dates else "内容。"),
            mend="请双方填写；确实没有的写“无”。",
            spans=(hit.span,),
            safe="空白不是无；不据此计算。",
        )


def dates(docket: Docket) -> Iterator[Remark]:
    """A date begun and not filled in: 2025 年 月 日."""
    open_dates = [
        hit
        for hit in docket.hits(_BEGUN_DATE, "年", loose=True)
        if not _WHOLE_DATE.fullmatch(hit.text.strip()) and re.search(r"年\s*月|月\s*日|^\s*年", hit.text)
        and re.search(r"\d|[〇○]", hit.text + docket.line(hit.span.element)[:12])
        and not re.search(r"年\s*月\s*[^日\s]", docket.line(hit.span.element)[hit.span.start : hit.span.end + 1])
    ]  # fmt: skip
    bound = [hit for hit in open_dates if hit.binding and not _is_cover(docket, hit.span)]
    for group, severity in (
        (bound, Severity.CONFIRM),
        ([hit for hit in open_dates if hit not in bound], Severity.NOTE),
    ):
        if group:
            yield Remark(
                says="日期只写了一半，" + ("须补全。" if group is bound else "在封面或说明里。"),
                mend="请补全年月日。",
                safe="不使用这个日期。",
                spans=tuple(hit.span for hit in group),
                severity=severity,
            )


def _is_cover(docket: Docket, span: Span) -> bool:
    node = docket.paper.node_at(span.element)
    return node is None or node.ref.segments[:1] in ((), ("封面",), ("使用说明",), ("目录",))


def signatures(docket: Docket) -> Iterator[Remark]:
    """A side that has not dated its signature: when the contract came about is then unknown."""
    missing = [
        party
        for party in (Party.BUYER, Party.SUPPLIER)
        if not docket.identity.signed.get(party, Found(State.ABSENT))
    ]
    if missing:
        spans = tuple(
            found.span for party in missing if (found := docket.identity.signed.get(party)) and found.span
        )  # fmt: skip
        yield Remark(
            says=f"{'、'.join(party.zh for party in missing)}的签署日期没有填写或没有找到。",
            mend="请补签署日期，或提供平台签约时间的证明。",
            safe="签订日不知；从签订起算的期限暂不计算。",
            spans=spans,
            needs=("签署页或平台签约时间戳",),
        )


def numbers(docket: Docket) -> Iterator[Remark]:
    """Contract numbers: none, blank beside another, or with a blank inside."""
    number = docket.identity.contract_no
    if number.state is State.ABSENT and not number:
        yield Remark(
            says="文本没有合同编号。",
            mend="请补编号，或说明以项目编号识别。",
            kind=DoubtKind.MISSING_PAPER,
            safe="编号留空，不另编。",
        )
    others = [
        one
        for one in docket.identity.other_numbers
        if one and one.value != number.value and one.span and number
    ]
    if others:
        yield Remark(
            says=f"合同编号写了 {len(others) + 1} 个，互不相同。",
            mend="请确认各是谁的编号，以哪一个为准。",
            safe="按第一个编号登记，其余照列。",
            spans=tuple(one.span for one in (number, *others) if one.span),
            severity=Severity.CONFIRM,
            kind=DoubtKind.MISMATCH,
        )
    spans = [
        one.span
        for one in (number, *docket.identity.other_numbers)
        if one.span and one.state is State.BLANK
    ]
    spans += [
        hit.span for hit in docket.hits(_INNER_NUMBER, "编号", loose=True) if hit.span not in spans
    ]
    if spans:
        yield Remark(
            says="有编号栏空白。",
            mend="请填写，或写“无”。",
            safe="以已有的编号为准。",
            spans=tuple(spans),
            severity=Severity.NOTE,
        )
    if number and number.span and re.search(r"\S\s+\S", number.raw.split("：")[-1].strip()):
        yield Remark(
            says="合同编号中间有空格，不知是一个编号还是两段。",
            mend="请对照原件确认编号。",
            safe="按去掉空格的编号检索，原样显示。",
            spans=(number.span,),
            severity=Severity.CONFIRM,
        )


def contacts(docket: Docket) -> Iterator[Remark]:
    """Fields of the head with nothing after the colon: 邮政编码：, 传真：."""
    hits = list(docket.hits(_CONTACT, "：", ":", loose=True))
    hits = [hit for hit in hits if not _continued(docket, hit.span)]
    if hits:
        labels = listed(hit.text.rstrip(" ：:") for hit in hits)
        yield Remark(
            says=f"首部或签署页的栏目空白：{labels}。",
            mend="请填写；确实没有的写“无”。",
            safe="空白的渠道不用于送达。",
            spans=tuple(hit.span for hit in hits),
        )


def _continued(docket: Docket, span: Span) -> bool:
    """Whether the value stands on the next line, as in a head of two columns."""
    following = docket.line(span.element + 1) if span.element + 1 < len(docket.paper.text.elements) else ""  # fmt: skip
    return bool(following) and not re.match(
        r"[一-鿿]{2,10}\s*[：:]|[一二三四五六七八九十0-9（(第]", following
    )


def account(docket: Docket) -> Iterator[Remark]:
    """No account to pay to."""
    if docket.consideration.instalments and not _ACCOUNT.search(docket.everything):
        clause = docket.consideration.instalments[0].clause
        yield Remark(
            says="没有写明乙方的收款账户。",
            mend="请乙方书面提供户名、开户行和账号，并由甲方核对。",
            safe="付款前须登记并核对账户。",
            clauses=(clause,),
            owner=Party.SUPPLIER,
        )


def forms(docket: Docket) -> Iterator[Remark]:
    """A form of which nothing, or hardly anything, is filled in; one doubt a part."""
    parts: dict[str, list[int]] = {}
    fields = docket.paper.outline.fields
    for index, field in enumerate(fields):
        node = docket.paper.node_at(field.element)
        parts.setdefault(node.ref.document if node else "", []).append(index)
    for name, indexes in parts.items():
        empty = [
            i for i in indexes if not fields[i].value.strip() and not any(t for _, t in fields[i].choices)
        ]  # fmt: skip
        if not empty:
            continue
        boxes = sum(1 for i in empty if fields[i].choices)
        accepts = re.search(r"验收|考核|付款", name + "".join(fields[i].label for i in empty))
        spans = tuple(dict.fromkeys(Span(fields[i].element, 0, 0) for i in empty))
        yield Remark(
            says=f"表单“{name}”有 {len(empty)} 个字段没有填写"
            + (f"，其中 {boxes} 个是勾选框；没有勾选不等于“否”。" if boxes else "。"),
            mend="请双方填写并签署；不适用的写“无”。",
            safe="不推断任何一项。",
            spans=spans,
            severity=Severity.BLOCK
            if accepts and 2 * len(empty) >= len(indexes)
            else Severity.CONFIRM,
            needs=(f"填写完整的{name or '表单'}",),
            blocks=("acceptance",) if accepts else (),
        )


RULES = (
    Rule("blank.period", "服务期限空白", _BLANK, Severity.BLOCK, period),
    Rule("period.derived", "截止日两种读法", DoubtKind.AMBIGUOUS, Severity.CONFIRM, derived_period),
    Rule("blank.price", "价款空白", _BLANK, Severity.BLOCK, price),
    Rule("blank.price_words", "没有大写金额", DoubtKind.SILENT, Severity.NOTE, price_words),
    Rule("blank.grades", "考核等级空白", _BLANK, Severity.BLOCK, grades, Party.BUYER),
    Rule("blank.underscores", "留空没有填写", _BLANK, Severity.CONFIRM, underscores),
    Rule("blank.after_colon", "冒号之后没有内容", _BLANK, Severity.CONFIRM, after_colon),
    Rule("blank.dates", "日期不完整", _BLANK, Severity.CONFIRM, dates),
    Rule("blank.signatures", "签署日期缺失", _BLANK, Severity.CONFIRM, signatures),
    Rule("blank.numbers", "编号缺失或空白", _BLANK, Severity.NOTE, numbers),
    Rule("blank.contacts", "联系栏目空白", _BLANK, Severity.NOTE, contacts),
    Rule("blank.account", "没有收款账户", DoubtKind.SILENT, Severity.CONFIRM, account),
    Rule("blank.form", "表单没有填写", _BLANK, Severity.CONFIRM, forms),
)
