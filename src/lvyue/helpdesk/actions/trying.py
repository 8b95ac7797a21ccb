"""试通: whether what was set up of a channel fits together, found out without opening a ticket or writing down a matter.

A mailbox is read as the job reads it. For what others post, a sample is signed as they sign it and goes the way of everything
that comes in, except that nothing becomes of it; that proves our half, and a request for the other side proves theirs. A rule
for alerts is asked what it would make of one. Where there is nothing to try, it is said how to make sure instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.sealing import unseal
from lvyue.core.doubts import Refused, malformed
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.actions.alerting import AlertTold, ticket_of, wants
from lvyue.helpdesk.actions.fetching import Fetched, fetch
from lvyue.helpdesk.actions.hearing import hear, read_trial
from lvyue.helpdesk.actions.writing import require
from lvyue.helpdesk.choices import DeskKind
from lvyue.helpdesk.models import DeskChannel
from lvyue.helpdesk.samples import Sample, sample_of
from lvyue.helpdesk.vendors import Lock, Unproved
from lvyue.obligations.actions.recording import new_token

#: How to make sure that both halves of a way hold, by kind.
HOW: Mapping[DeskKind, str] = MappingProxyType(
    {
        DeskKind.MAIL: "从一个登记过的邮箱发一封写明“试通”的信，再试收：在最近的来件里看到就是通的。",
        DeskKind.SMS: "从一部手机发一条短信，在最近的来件里看到，就是网关那一半也通。",
        DeskKind.WECHAT: "在企业微信里给这个应用发一句话，在最近的来件里看到，就是企业微信那一半也通。",
        DeskKind.DINGTALK: "在钉钉里 @ 这个机器人说一句话，在最近的来件里看到，就是钉钉那一半也通。",
        DeskKind.FEISHU: "在飞书里给这个应用发一句话，在最近的来件里看到，就是飞书那一半也通。",
        DeskKind.WEBHOOK: "试过之后，在对方的机器上照给出的请求送一条：回答的 state 是 trial，就是对方那一半也通。",
        DeskKind.PHONE: "拨一次这个号码，由接听的人登记来电；要算数的拨测，由甲方在“值守”的“抽测”里登记。",
        DeskKind.FAX: "发一页写明“试通”的传真到这个号码，由收到的人登记扫描件。",
        DeskKind.PORTAL: "门户就在本平台里：用使用部门的账号打开“报单”，看到表单就是通的。",
        DeskKind.QR: "用手机扫一次设备码：打开的是报单的表单，看设备、地点填得对不对。扫码本身不开工单。",
        DeskKind.ALERT: "请告警来源真发一条：它的页上收到了，这里挑中的就开成工单。",
    }
)

#: Kinds of which nothing can be tried, whatever was set up.
_NOTHING = (DeskKind.PORTAL, DeskKind.QR)


@dataclass(frozen=True, slots=True)
class Trial:
    """试通的结果: whether it held, in words, what was read of the sample, how to prove the other half, and the request for it.

    ``fetched`` is there for mailboxes; ``sample`` is a second request, of which the signature has not been used.
    """

    ok: bool
    says: str
    read: tuple[tuple[str, str], ...] = ()
    how: str = ""
    sample: Sample | None = None
    fetched: Fetched | None = None


def can_try(channel: DeskChannel) -> bool:
    """Whether there is anything to try of what was set up."""
    kind = DeskKind(channel.kind)
    if kind in _NOTHING:
        return False
    return kind in (DeskKind.MAIL, DeskKind.ALERT) or bool(channel.secret)


def try_channel(channel_id: int, *, by: Seat) -> Trial:
    """试通: opens no ticket and keeps nothing that came in. What was tried, and when, stands on the channel.

    ``Refused`` for channels that are switched off or of which nothing can be tried, with what to do instead;
    ``DeskChannel.DoesNotExist`` for those of other contracts.
    """
    require(may(by, Right.DESK_CHANNELS), "渠道")
    channel = DeskChannel.objects.get(pk=channel_id, contract_id=by.contract_id)
    kind = DeskKind(channel.kind)
    if not can_try(channel):
        why = "没有填签名密钥，" if kind in (DeskKind.PHONE, DeskKind.FAX) else ""
        says = f"{kind.label}渠道{why}没有可以自动试的。"
        raise Refused([malformed("试通", says, HOW[kind])])
    if not channel.active:
        raise Refused([malformed("试通", "这个渠道停用了。", "请先启用。")])
    found = _tried(channel, kind)
    audit(
        "desk_channel.tried",
        by=by,
        contract_id=by.contract_id,
        about=channel.name,
        after={"ok": found.ok, "says": found.says},
    )
    return found


def _tried(channel: DeskChannel, kind: DeskKind) -> Trial:
    if kind is DeskKind.MAIL:
        return _mailbox(fetch(channel))
    if kind is DeskKind.ALERT:
        return _rule(channel)
    return _posted(channel, kind)


def _mailbox(found: Fetched) -> Trial:
    says = found.says or f"读得到：新收 {found.fresh} 封，已有 {found.known} 封。"
    if found.says:
        says = f"读不到：{found.says}"
    return Trial(not found.says, says, how=HOW[DeskKind.MAIL], fetched=found)


def _posted(channel: DeskChannel, kind: DeskKind) -> Trial:
    """A sample goes the whole way, and one with another word under the same signature must not."""
    now, how = clock.now(), HOW[kind]
    try:
        lock = Lock(channel.settings, unseal(channel.secret))
    except Refused as refused:
        return Trial(ok=False, says=f"{refused.doubts[0].says}{refused.doubts[0].mend}", how=how)
    try:
        sample = sample_of(kind, lock, now, new_token())
    except ValueError:  # a key that was kept before its letters were looked at
        return Trial(ok=False, says="密钥的样子不对：请照对方的设置页重填。", how=how)
    posted = sample.posted(now)
    try:
        read = read_trial(channel, posted)
        hear(channel, posted)
    except Unproved:
        says = "样例按保存的密钥和设置签名，自己也读不出来：密钥或设置不对。"
        return Trial(ok=False, says=f"{says}请照对方的设置页重填。", how=how)
    except Refused as refused:
        says = "".join(f"{one.places[0]}：{one.says}{one.mend}" for one in refused.doubts)
        return Trial(ok=False, says=f"签名对，内容读不出来：{says}", how=how)
    forged = replace(posted, headers={**posted.headers, **dict.fromkeys(_PROOFS, "0")}, query={})
    try:
        hear(channel, forged)
    except Unproved:
        pass
    else:  # pragma: no cover  the vendors' checks would have to be gone
        return Trial(ok=False, says="签名不对的也收下了：请停用这个渠道并报告。", how=how)
    says = "本机这一半是通的：签名对的样例读出来了，签名不对的没有收；没有开工单。"
    mine = kind in (DeskKind.WEBHOOK, DeskKind.FAX, DeskKind.PHONE, DeskKind.SMS)
    again = sample_of(kind, lock, now, new_token()) if mine else None
    return Trial(ok=True, says=says, read=read, how=how, sample=again)


#: Headers in which a proof comes.
_PROOFS = ("lvyue-signature", "authorization", "sign", "x-lark-signature")


def _rule(channel: DeskChannel) -> Trial:
    """What a rule makes of a sample: by severity whether it is taken, and the ticket as which it would be opened."""
    words = channel.settings.get("severities", "").replace("，", ",").split(",")
    named = [one.strip() for one in words if one.strip()]
    severity = named[0] if named else "critical"
    source = int(channel.settings.get("source") or 0)
    now = clock.now()
    told = AlertTold("trial", "trial", "样例告警", "主机没有应答", severity, "样例来源", now)
    new = ticket_of(channel, told, now)
    kind = TICKET_KINDS[new.kind]
    severities = dict.fromkeys([*named, "critical", "info"])
    read = [
        ("开成", f"{kind.zh}（{kind.prefix}）"),
        ("标题", new.title),
        ("内容", new.body),
        ("级别", new.level),
        ("渠道", "告警"),
        ("来源", f"只收 {source} 号告警来源的" if source else "这份合同的全部告警来源"),
        *((f"级别 {one}", "收" if wants(channel, source, one) else "不收") for one in severities),
    ]
    says = "照现在的规则，一条样例告警会开成下面的工单；没有开工单。"
    return Trial(ok=True, says=says, read=tuple(read), how=HOW[DeskKind.ALERT])


__all__ = ["HOW", "Trial", "can_try", "try_channel"]
