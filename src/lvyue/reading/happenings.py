"""事件词: the phrases with which papers name what happens, and the kind of fact that records it.

A phrase that has no kind of its own stays a phrase; the draft then gives it a fact ``event.occurred`` under a name of its
own, so that whatever the paper mentions can be put on record and judged.
"""

from __future__ import annotations

import re

from lvyue.core.terms import TermKind

#: what starts a clock, most telling first
EVENTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"服务期(?:限)?(?:届满|结束|期满)前|合同(?:期|到期日|期满|届满)[^，。]{0,3}前|期满前|届满前|到期(?:日)?前", "period.end"),
        (r"(?:服务|租赁)期(?:限)?(?:届满|结束|期满)|租赁服务期结束|合同(?:期满|届满|到期)|服务期满|本?年度运维(?:工作)?结束|运维工作(?:终止|结束)|项目结束", "period.end"),
        (r"服务期(?:限)?(?:开始|起始)|服务开始", "period.start"),
        (r"不可抗力[^，。]{0,16}(?:消除|结束|终止|停止)|影响消除", "force_majeure.ended"),
        (r"不可抗力", "force_majeure.began"),
        (r"(?:账户|账号|银行|开户)[^，。]{0,12}(?:变化|变更|变动|更改)", "account.changed"),
        (r"(?:地址|电话|传真|联系人|联系方式|联络)[^，。]{0,16}(?:变化|变更|变动|更改)", "contact.changed"),
        (r"整改通知|隐患通知|下达[^，。]{0,8}整改", "hazard.notified"),
        (r"(?:财政|国库|拨款|拨付)", "treasury.released"),
        (r"(?:收到|接到|开具|提供)[^，。]{0,24}发票", "invoice.received"),
        (r"违约通知|违约[^，。]{0,6}书面通知", "default.notified"),
        (r"解除[^，。]{0,6}通知|接到甲方通知之日", "contract.rescinded"),
        (r"(?:要求|通知)[^，。]{0,10}(?:更换|调换|撤换)|不能胜任|不称职", "staff.replacement_demanded"),
        (r"(?:司法|行政|监察|立法|有权|有关)[^，。]{0,14}机关[^，。]{0,16}(?:要求|通知|披露)|收到有关机关", "demand.received"),
        (r"泄密|失密|泄露|保密信息[^，。]{0,6}(?:丢失|被盗)", "leak.known"),
        (r"(?:归还|返还|交回|销毁)[^，。]{0,10}(?:要求|通知)|要求[^，。]{0,10}(?:归还|返还|交回)", "carriers.demanded"),
        (r"断网|切断网络", "system.disconnected"),
        (r"停止(?:提供)?服务", "service.stopped"),
        (r"(?:突发|安全|网络)[^，。]{0,6}(?:情况|事件|事故)", "incident.known"),
        (r"(?:书面|邮件|短信|微信)[^，。]{0,14}(?:申请|请求)|接收到[^，。]{0,6}申请", "request.received"),
        (r"书面提交[^，。]{0,12}(?:答复|事宜)|来函|函件", "letter.received"),
        (r"报障|报修|故障[^，。]{0,8}(?:发生|出现|报告|受理)|(?:发生|出现)[^，。]{0,8}故障|接到[^，。]{0,8}(?:故障|报修)|[一二三四]级故障|故障的$", "ticket.opened[class=incident]"),
        (r"(?:终|最终|项目)?验收(?:通过|合格|完成|文件|材料|申请)", "acceptance.passed"),
        (r"审核(?:通过|合格)", "review.passed"),
        (r"争议(?:发生|产生)", "dispute.raised"),
        (r"(?:进驻|入驻|入场|派驻|进场)", "staff.stationed"),
        (r"合同(?:签订|签署)?(?:并|且)?生效|生效(?:之日|后)|合同(?:签订|签署)(?:之日|后)", "contract.effective"),
        (r"(?:合同|协议)[^，。]{0,6}(?:解除|终止)", "contract.terminated"),
    )
)  # fmt: skip

#: what answers an event, by the words of the act; an empty pattern answers whatever the act says
ANSWERS: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (event, re.compile(pattern), kind)
    for event, pattern, kind in (
        ("ticket.opened", r"修复|恢复|排除|解决|修好", "ticket.restored"),
        ("ticket.opened", r"响应|答复|受理|应答|接听", "ticket.answered"),
        ("request.received", r"答复|回复|答覆|反馈", "request.replied"),
        ("letter.received", r"答复|回复|复函", "letter.answered"),
        ("hazard.notified", r"整改|消除|改正", "hazard.rectified"),
        ("leak.known", r"报告|告知|通知", "leak.reported"),
        ("incident.known", r"报告|告知|通知", "incident.reported"),
        ("force_majeure.began", r"证明", "force_majeure.proved"),
        ("force_majeure.began", r"通知|告知", "force_majeure.notified"),
        ("account.changed", r"告知|通知", "account.notified"),
        ("contact.changed", r"告知|通知", "contact.notified"),
        ("staff.replacement_demanded", r"更换|换上|调换|撤换", "staff.replaced"),
        ("carriers.demanded", r"归还|返还|交回|交还", "carriers.returned"),
        ("default.notified", r"补救|改正|纠正|整改", "default.cured"),
        ("demand.received", r"口头", "demand.notified[form=oral]"),
        ("demand.received", r"书面", "demand.notified[form=written]"),
    )
)
#: what is done again and again under a kind of its own
ROUNDS: tuple[tuple[re.Pattern[str], str], ...] = ((re.compile(r"值守日志"), "duty_log.filed"),)


#: one look tells that none of them is there, which is the rule
_ANY_EVENT = re.compile("|".join(pattern.pattern for pattern, _ in EVENTS))


def event_of(phrase: str) -> str:
    """The kind of fact for a phrase that starts a clock; empty where none is known."""
    if not _ANY_EVENT.search(phrase):
        return ""
    return next((kind for pattern, kind in EVENTS if pattern.search(phrase)), "")


def done_by(kind: TermKind, act: str, event: str) -> str:
    """The kind of fact that performs an act; empty where only 履行 of its own term records it."""
    if kind is TermKind.RECURRING:
        return next((fact for pattern, fact in ROUNDS if pattern.search(act)), "")
    if kind is not TermKind.DEADLINE_AFTER_EVENT or not event:
        return ""
    name = event.partition("[")[0]
    return next(
        (fact for opened, pattern, fact in ANSWERS if opened == name and pattern.search(act)), ""
    )
