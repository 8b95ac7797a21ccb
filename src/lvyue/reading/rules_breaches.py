"""体检规则，责任: breaches without a price or with several, caps and losses that contradict, refunds, ways to end the contract."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lvyue.core.doubts import DoubtKind, Severity
from lvyue.core.terms import LossRule, Party
from lvyue.reading.consideration import Damage
from lvyue.reading.rules import Docket, Remark, Rule, listed, spans_of

_AMBIGUOUS, _SILENT = DoubtKind.AMBIGUOUS, DoubtKind.SILENT
_CONTRADICTING = DoubtKind.CONTRADICTING

_SOME = re.compile(
    r"(?:给予|支付|承担|要求)[^，。；\n]{0,8}(?:一定|适当|相当)的?(?:数额的)?(?:赔偿|补偿|违约金|处罚|扣款)|酌情(?:扣减|扣除|扣款|处罚|赔偿)"
)
_BY_RULE = re.compile(
    r"(?:按照?|依据?|依照)(?:本?合同|有关|相关|约定|规定|双方)*(?:的)?(?:有关|相关)?(?:约定|规定)?(?:给予|进行|予以)?(?:处理|处罚|扣款|罚款|扣减|追究(?:[^，。；\n]{0,6}责任)?)|(?:作出|给予)(?:相应)?补偿|承担相应的?(?:法律|违约|赔偿)?责任"
)
_AMOUNT = re.compile(
    r"\d+(?:\.\d+)?\s*(?:[%％‰元]|万元)|百分之|千分之|万分之|全部损失|直接经济损失"
)


def consequences(docket: Docket) -> Iterator[Remark]:
    """A breach whose consequence has no amount and no way to reckon one."""
    some = [
        hit
        for hit in docket.hits(_SOME, "一定", "适当", "相当", "酌情")
        if not _AMOUNT.search(docket.around(hit.span))
    ]
    for hit in some:
        yield Remark(
            says="违约的赔偿只写“一定的”，没有数额，也没有算法。",
            mend="请双方写明金额、比例或算法。",
            safe="只记录违约，金额由双方协商。",
            spans=(hit.span,),
            kind=_AMBIGUOUS,
            severity=Severity.BLOCK,
            blocks=("damages",),
            needs=("写明赔偿数额的补充协议",),
        )
    vague = [
        hit
        for hit in docket.hits(_BY_RULE, "处理", "处罚", "扣", "罚款", "追究", "补偿", "相应")
        if not _AMOUNT.search(docket.around(hit.span))
    ]
    if vague:
        yield Remark(
            says=f"有 {len(vague)} 处只写按约定、按规定处理或承担相应责任，没有数额。",
            mend="请写明指向哪一条，或写明金额。",
            safe="只记录，不计算。",
            spans=spans_of(vague),
        )


def bases(docket: Docket) -> Iterator[Remark]:
    """A percentage of nothing said, and percentages of different things."""
    damages = docket.consideration.damages
    for one in damages:
        if one.rate is not None and not one.base and not one.base_raw:
            yield Remark(
                says="违约金写了百分比，没有写是什么的百分比。",
                mend="请双方写明基数。",
                safe="金额不计算。",
                spans=(one.span,),
                clauses=(one.clause,),
                blocks=(f"damages:{one.clause}",),
                severity=Severity.BLOCK,
            )
    names: dict[str, list[Damage]] = {}
    for one in damages:
        if one.rate is not None and one.base_raw:
            names.setdefault(re.sub(r"本|项目的?|的|\s", "", one.base_raw), []).append(one)
    if len(names) > 1:
        yield Remark(
            says=f"违约金的基数写法不一：{listed(names)}。",
            mend="请双方确认是否同一个数。",
            safe="都按合同价款理解，并注明。",
            spans=tuple(one.span for group in names.values() for one in group),
            clauses=tuple(one.clause for group in names.values() for one in group),
            kind=DoubtKind.MISMATCH,
            severity=Severity.NOTE,
        )


#: what a breach is about, so that the same breach is found again in another paper
_BREACHES = (
    ("保密", re.compile(r"保密|泄露|泄密|披露")),
    ("廉洁", re.compile(r"廉洁|贿|不正当利益")),
    ("知识产权", re.compile(r"知识产权|侵权")),
    ("转包分包", re.compile(r"分包|转包|转让")),
    ("服务质量", re.compile(r"服务质量|质量不|服务不符合")),
)


def _topic(docket: Docket, one: Damage) -> str:
    text = one.breach + docket.paper.words(one.span)[:60]
    if "保密" in one.clause.document:
        return "保密"
    if "廉洁" in one.clause.document:
        return "廉洁"
    return next((name for name, pattern in _BREACHES if pattern.search(text)), "")


def rival_damages(docket: Docket) -> Iterator[Remark]:
    """Two prices, two floors or two caps for one breach, in one paper or in two."""
    topics: dict[str, list[Damage]] = {}
    for one in docket.consideration.damages:
        if (topic := _topic(docket, one)) and one.debtor is Party.SUPPLIER:
            topics.setdefault(topic, []).append(one)
    for topic, damages in topics.items():
        for what, values in (
            ("比例", {str(one.rate) for one in damages if one.rate is not None}),
            ("下限", {str(one.floor) for one in damages if one.rate is not None}),
            ("上限", {one.cap for one in damages if one.rate is not None}),
        ):
            if len(values) > 1:
                yield Remark(
                    says=f"违反{topic}的违约金，{len(damages)} 处写的{what}不同。",
                    mend="请双方写明以哪一处为准。",
                    safe="全部列出，由人选择，不相加。",
                    spans=tuple(one.span for one in damages),
                    clauses=tuple(one.clause for one in damages),
                    kind=_CONTRADICTING,
                )


_FULL_LOSS = re.compile(
    r"(?:赔偿|承担)[^。；\n]{0,20}(?:全部|一切|所有)(?:的)?(?:直接|经济|实际)*(?:损失|责任|赔偿责任)"
)
_CAPPED = re.compile(
    r"(?:赔偿|责任|损失|违约金)[^。；\n]{0,40}(?:不得?(?:高于|超过)|(?<!不)以[^，。；\n]{1,16}为(?:上)?限|最高(?:不超过)?|总额不超过|上限为)|(?:不超过|不高于|不得超过)[^。；\n]{0,12}合同(?:总)?(?:金额|价款|总价)"
)
_LATE = re.compile(r"迟延|逾期|每日")


def caps(docket: Docket) -> Iterator[Remark]:
    """All loss in one clause, a cap in another, and no rule between them."""
    capped = [
        hit
        for hit in docket.hits(_CAPPED, "高于", "超过", "为限", "为上限", "最高", "上限为")
        if not _LATE.search(docket.around(hit.span))
    ]
    full = list(docket.hits(_FULL_LOSS, "全部", "一切", "所有"))
    if capped and (full or len({docket.near(hit.span) for hit in capped}) > 1):
        yield Remark(
            says=f"责任的上限写法不同：{len(capped)} 处有上限，{len(full)} 处赔偿全部损失，没有取舍规则。",
            mend="请双方写明哪一处优先。",
            safe="全部列出，由人选择，不自动取低或取高。",
            spans=(*spans_of(capped), *spans_of(full)),
            blocks=("damages.cap",),
            needs=("写明责任上限的补充协议",),
        )
    elif not capped and any(
        one.loss is not LossRule.NONE and one.debtor is Party.SUPPLIER
        for one in docket.consideration.damages
    ):
        owed = [one for one in docket.consideration.damages if one.loss is not LossRule.NONE]
        yield Remark(
            says="赔偿责任没有上限。",
            mend="请知悉；需要上限的，另行约定。",
            safe="损失按证明的数额。",
            spans=tuple(one.span for one in owed[:3]),
            clauses=tuple(one.clause for one in owed[:3]),
            kind=_SILENT,
            severity=Severity.NOTE,
        )


def loss_rules(docket: Docket) -> Iterator[Remark]:
    """Agreed sum and loss both, the greater of the two, or one of them: the clauses differ."""
    rules: dict[LossRule, list[Damage]] = {}
    for one in docket.consideration.damages:
        if one.debtor is Party.SUPPLIER and one.loss in _LOSS_SAID:
            rules.setdefault(one.loss, []).append(one)
    if len(rules) > 1:
        said = listed(_LOSS_SAID[rule] for rule in rules)
        yield Remark(
            says=f"违约金与损失的关系，各处写法不同：{said}。",
            mend="请双方写明是并用、补足还是择一。",
            safe="逐条按其文字列出，不相加。",
            spans=tuple(one.span for group in rules.values() for one in group),
            clauses=tuple(one.clause for group in rules.values() for one in group),
        )


_LOSS_SAID = {
    LossRule.ADDED: "违约金之外再赔损失",
    LossRule.TOPPED_UP: "不足部分再补",
    LossRule.EXCESS: "超过部分另赔",
}

_REFUND = re.compile(
    r"(?:退还|返还|退回)[^。；，\n]{0,16}(?:剩余|未履行|未服务|未使用|未到期)[^。；，\n]{0,16}(?:费|款)"
)
_REFUND_HOW = re.compile(r"按(?:日|天|月|实际|比例|剩余)|折算|比例|日均")


def refunds(docket: Docket) -> Iterator[Remark]:
    """The fee for the rest goes back, and nobody says how the rest is counted."""
    hits = [
        hit
        for hit in docket.hits(_REFUND, "退还", "返还", "退回")
        if not _REFUND_HOW.search(docket.around(hit.span))
    ]
    if hits:
        price = docket.identity.price.figures.span
        yield Remark(
            says="应退剩余期限的费用，但没有说按天数、按资源还是按已付金额计算。",
            mend="请双方写明计算方法。",
            safe="金额不计算；只列出已付和剩余天数。",
            spans=(*spans_of(hits), *((price,) if price else ())),
            blocks=("refund",),
            needs=("写明退费算法的补充协议",),
        )


_RESCIND = re.compile(
    r"有权[^。；，\n]{0,12}(?:解除|终止)(?:本)?(?:合同|协议|合作)|单方(?:面)?(?:无条件)?(?:解除|终止)"
)
_CURE = re.compile(r"宽限期|补救|通知后|限定的期限|书面通知|改正|纠正")


def rescissions(docket: Docket) -> Iterator[Remark]:
    """Several ways to end the contract: some with a time to mend, some without."""
    hits = list(docket.hits(_RESCIND, "解除", "终止"))
    cured = {bool(_CURE.search(docket.around(hit.span))) for hit in hits}
    if len(hits) > 2 and len(cured) > 1:  # noqa: PLR2004 - two may well be a rule and its exception
        yield Remark(
            says=f"解除、终止有 {len(hits)} 处，有的先要限期补救，有的不要。",
            mend="请双方写明各适用于哪种情形。",
            safe="显示各条的条件，由人决定走哪一条。",
            spans=spans_of(hits),
        )


RULES = (
    Rule("damages.consequence", "后果没有数额", _AMBIGUOUS, Severity.CONFIRM, consequences),
    Rule("damages.base", "百分比没有基数", _SILENT, Severity.BLOCK, bases),
    Rule("damages.rivals", "一事几个价", _CONTRADICTING, Severity.CONFIRM, rival_damages),
    Rule("damages.caps", "责任上限不一", _CONTRADICTING, Severity.BLOCK, caps),
    Rule("damages.loss", "违约金与损失的关系不一", _CONTRADICTING, Severity.CONFIRM, loss_rules),
    Rule("damages.refund", "退费没有算法", DoubtKind.BLANK, Severity.BLOCK, refunds),
    Rule("rights.rescission", "解除的路径不一", _CONTRADICTING, Severity.CONFIRM, rescissions),
)
