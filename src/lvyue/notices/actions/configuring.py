"""配置通道: administrators set up the roads out of the product. Secrets go in, and never come out again.

A subscription of a party belongs to that party's managers: they set it up, exchange its secret and stop it, each side its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.actions.trail import whose
from lvyue.accounts.models import Account, Organisation
from lvyue.accounts.permissions import Right, Seat, may, may_administer
from lvyue.accounts.sealing import seal, unseal
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed
from lvyue.notices.actions.delivering import attempt, setup_of
from lvyue.notices.actions.queueing import wake
from lvyue.notices.channels.road import Result, Sent, Setup
from lvyue.notices.channels.table import CHANNELS
from lvyue.notices.channels.webhook import PREFIX
from lvyue.notices.choices import OPEN, ChannelKind, Event, LegState, Outcome, events_for
from lvyue.notices.models import Channel, Delivery, EventCursor, Leg
from lvyue.notices.queries.channels import AUDIT, last_sealed
from lvyue.notices.texts import SEALED, one_line

#: So long both secrets of a subscription hold after an exchange.
BOTH_HOLD = timedelta(hours=24)

NAME, SETTING = 80, 20_000


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """新订阅: the row, and the secret that nobody can read again."""

    channel: Channel
    secret: str


# ── by administrators ────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def set_up(
    kind: ChannelKind,
    name: str,
    settings: Mapping[str, str],
    secret: str,
    *,
    by: Account | str,
    organisation: Organisation | None = None,
    contract_id: str = "",
) -> Channel:
    """配置通知通道: mail, text messages, or the robot of a group. Subscriptions have an action of their own."""
    _refuse_unless_administrator(by)
    kind = ChannelKind(kind)
    if kind is ChannelKind.WEBHOOK:
        raise Refused([malformed("种类", "订阅要说明订阅什么。", "请用“订阅事件”。")])
    if kind.robot:
        _refuse_loose_robot(organisation, contract_id)
    channel = _save_new(
        Channel(
            kind=kind,
            name=_name(name),
            settings=_settings(kind, settings, secret),
            secret=seal(secret),
            organisation=organisation,
            contract_id=contract_id,
            created_at=clock.now(),
        )
    )
    _audit("channel.set_up", channel, by=by, after=_told(channel))
    return channel


def _refuse_loose_robot(organisation: Organisation | None, contract_id: str) -> None:
    """A group hears of one organisation's or one contract's business, never of everybody's."""
    if organisation is None and not contract_id:
        says = "群机器人要说明属于哪个单位或哪份合同：群里的人不该看到别人的事。"
        raise Refused([malformed("单位或合同", says, "请选一个单位，或填一份合同的编号。")])
    if contract_id and not contracts().filter(pk=contract_id).exists():
        says = f"登记簿里没有编号为“{contract_id[:80]}”的合同。"
        raise Refused([malformed("合同", says, "请核对编号。")])


@transaction.atomic
def change(
    channel: Channel,
    name: str,
    settings: Mapping[str, str],
    secret: str,
    *,
    by: Account | Seat | str,
) -> Channel:
    """更改通知通道: an empty secret leaves the one that there is. A channel that was down is tried again at once."""
    channel = _locked(channel, by=by)
    before = _told(channel)
    plain = secret or unseal(channel.secret)
    channel.name = _name(name)
    channel.settings = _settings(ChannelKind(channel.kind), settings, plain)
    channel.paused_until = None
    if secret:
        channel.secret = seal(secret)
    try:
        with transaction.atomic():
            channel.save(update_fields=["name", "settings", "secret", "paused_until"])
    except IntegrityError:
        raise _taken(channel.name) from None
    _audit("channel.changed", channel, by=by, before=before, after=_told(channel))
    if secret:
        _audit("channel.secret_set", channel, by=by)
    wake([channel.pk])
    return channel


@transaction.atomic
def switch(channel: Channel, *, on: bool, by: Account | Seat | str, reason: str) -> None:
    """启用或停用: what waits in it waits on, and leaves once it is open again."""
    channel = _locked(channel, by=by)
    reason = one_line(reason, 500)
    if not reason:
        raise Refused([malformed("理由", "没有填写理由。", "请写明理由，它会留在留痕里。")])
    if channel.enabled is on:
        return
    channel.enabled = on
    if on and isinstance(by, Seat):  # whoever opens a subscription answers for it from now on
        channel.owner = Account.objects.get(username=by.username)
    channel.save(update_fields=["enabled", "owner"])
    _audit("channel.switched_on" if on else "channel.switched_off", channel, by=by, reason=reason)
    if on:
        wake([channel.pk])


# ── subscriptions ────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def subscribe(
    name: str, url: str, events: Collection[str], *, authority: str = "", by: Seat | Account | str
) -> NewSubscription:
    """订阅事件: a manager for their contract, an administrator for what happens on the platform. The secret is told once."""
    contract_id = by.contract_id if isinstance(by, Seat) else ""
    if isinstance(by, Seat):
        _refuse_unless_manager(by)
    else:
        _refuse_unless_administrator(by)
    owner = None if isinstance(by, str) else Account.objects.get(username=by.username)
    if owner is not None and owner.demonstration:
        says = "演示账号的密码是公开的，不向外发送任何东西。"
        raise Refused([_not_allowed("演示账号", says, "请用正式账号。")])
    secret = PREFIX + secrets.token_urlsafe(32)
    channel = _save_new(
        Channel(
            kind=ChannelKind.WEBHOOK,
            name=_name(name),
            settings=_settings(
                ChannelKind.WEBHOOK, {"url": url.strip(), "authority": authority}, secret
            ),
            secret=seal(secret),
            contract_id=contract_id,
            side=(by.side or "") if isinstance(by, Seat) else "",
            events=_events(events, contract_id),
            owner=owner,
            created_at=clock.now(),
        )
    )
    EventCursor.objects.get_or_create(name=AUDIT, defaults={"entry": last_sealed()})
    _audit("channel.set_up", channel, by=by, after=_told(channel))
    return NewSubscription(channel, secret)


@transaction.atomic
def choose_events(channel: Channel, events: Collection[str], *, by: Seat | Account | str) -> None:
    """更改订阅的事件: from now on."""
    channel = _locked(channel, by=by)
    before = {"events": channel.events}
    channel.events = _events(events, channel.contract_id)
    channel.save(update_fields=["events"])
    _audit("channel.changed", channel, by=by, before=before, after={"events": channel.events})


@transaction.atomic
def exchange_secret(channel: Channel, *, by: Seat | Account | str) -> str:
    """更换密钥: a new one, told once. For a day what is sent is signed with both, so that the receiver can change over."""
    channel = _locked(channel, by=by)
    if channel.kind != ChannelKind.WEBHOOK:
        raise Refused([malformed("密钥", "只有订阅的密钥由系统生成。", "请直接填写新的密钥。")])
    secret = PREFIX + secrets.token_urlsafe(32)
    channel.former_secret = channel.secret
    channel.former_until = clock.now() + BOTH_HOLD
    channel.secret = seal(secret)
    channel.save(update_fields=["secret", "former_secret", "former_until"])
    _audit("channel.secret_set", channel, by=by)
    return secret


def _events(events: Collection[str], contract_id: str) -> list[str]:
    """Known ones, of the contract or of the platform; at least one."""
    fit = events_for(contract_id)
    unfit = sorted({one for one in events if one not in fit})
    if unfit:
        says = f"不能订阅“{unfit[0][:40]}”。"
        raise Refused([malformed("事件", says, f"可以订阅：{'、'.join(fit)}。")])
    if not events:
        raise Refused([malformed("事件", "一个事件也没有选。", "请至少选一个。")])
    return [one for one in fit if one in events]


# ── trying, and sending again ────────────────────────────────────────────────────────────────────────────────────


def try_out(channel: Channel, target: str, *, by: Seat | Account | str) -> Result:
    """试发: one message now, to see what the other end says. It counts against the limit like every other."""
    channel = _seen(channel, by=by)
    kind = ChannelKind(channel.kind)
    if kind.personal and (doubts := CHANNELS[kind].check_target(target.strip())):
        raise Refused(doubts)
    setup = setup_of(channel)
    now = clock.now()
    with transaction.atomic():
        leg = Leg.objects.create(
            channel=channel,
            target=target.strip() if kind.personal else "",
            subject=Event.TEST.value if kind is ChannelKind.WEBHOOK else "【履约】试发",
            body=_trial(kind, now.isoformat(timespec="seconds")),
            contract_id=channel.contract_id,
            key=f"test:{channel.pk}:{secrets.token_hex(8)}",
            urgent=True,
            alone=True,
            by=whose(by)[0],
            created_at=now,
            next_at=now + timedelta(days=3650),  # nobody else sends it
            due_at=now - timedelta(days=3650),  # and it is tried once
        )
        _audit("channel.tried", channel, by=by)
    result = attempt(leg, channel, setup)
    if isinstance(result, Sent):
        wake([channel.pk])  # what waited for the channel need not wait for its rest
    else:
        Leg.objects.filter(pk=leg.pk, state__in=OPEN).update(
            state=LegState.FAILED, why=result.says[:500]
        )
    return result


def _trial(kind: ChannelKind, at: str) -> str:
    if kind is ChannelKind.WEBHOOK:
        return f'{{"event":"test","at":"{at}"}}'
    return f"这是履约系统的一条试发消息，{at}。收到说明通道可用。"


@transaction.atomic
def send_again(leg: Leg, *, by: Seat | Account | str) -> None:
    """重发: a leg that failed or left goes once more, under the same id, at the end of what waits."""
    channel = _seen(leg.channel, by=by)
    leg = Leg.objects.select_for_update().get(pk=leg.pk)
    if leg.state in OPEN:
        raise Refused([malformed("送信", "它还在等着发送。", "请等它发出。")])
    if leg.state == LegState.MERGED:
        raise Refused([malformed("送信", "它并入了汇总。", "请重发那份汇总。")])
    if SEALED in leg.body and not leg.sealed:
        says = "其中的链接或验证码已经寄给收件人，系统里没有留下。"
        raise Refused([malformed("送信", says, "请重新办理，例如重新邀请或再要一个验证码。")])
    now = clock.now()
    leg.state, leg.attempts, leg.next_at, leg.due_at = LegState.WAITING, 0, now, now
    leg.save(update_fields=["state", "attempts", "next_at", "due_at"])
    Delivery.objects.create(
        leg=leg, channel=channel, at=now, outcome=Outcome.AGAIN, by=whose(by)[0]
    )
    audit("leg.again", by=by, contract_id=leg.contract_id, about=str(leg.pk))
    wake([channel.pk])


# ── what must be so ──────────────────────────────────────────────────────────────────────────────────────────────


def _seen(channel: Channel, *, by: Seat | Account | str) -> Channel:
    """The channel, for whom it is: its administrator, or a manager of the side whose subscription it is."""
    channel = Channel.objects.get(pk=channel.pk)
    if not isinstance(by, Seat):
        _refuse_unless_administrator(by)
        if channel.kind == ChannelKind.WEBHOOK and channel.contract_id and not isinstance(by, str):
            raise Refused([_not_allowed(channel.name, "这是合同一方的订阅。", "请由该方办理。")])
        return channel
    _refuse_unless_manager(by)
    if channel.contract_id != by.contract_id or not channel.side or channel.side != by.side:
        raise Refused([malformed("订阅", "没有这个订阅。", "请核对。")])
    return channel


def _locked(channel: Channel, *, by: Seat | Account | str) -> Channel:
    _seen(channel, by=by)
    return Channel.objects.select_for_update().get(pk=channel.pk)


def _save_new(channel: Channel) -> Channel:
    try:
        with transaction.atomic():
            channel.save(force_insert=True)
    except IntegrityError:
        raise _taken(channel.name) from None
    return channel


def _taken(name: str) -> Refused:
    return Refused([malformed("名称", f"已有名为“{name}”的通道。", "请换一个名称。")])


def _settings(kind: ChannelKind, given: Mapping[str, str], secret: str) -> dict[str, str]:
    """The fields of this kind, checked; what is not filled in is as the kind has it."""
    road = CHANNELS[kind]
    kept, doubts = {}, []
    for one in road.fields:
        value = (given.get(one.name) or "").strip() or one.default
        if one.required and not value:
            doubts.append(malformed(one.zh, "没有填写。", f"请填写{one.zh}。"))
        if one.choices and value not in dict(one.choices):
            words = "、".join(word for _, word in one.choices)
            doubts.append(malformed(one.zh, f"“{value[:40]}”不在可选之列。", f"请选：{words}。"))
        if one.number and not (value.isascii() and value.isdecimal() and 0 < int(value) < 65536):  # noqa: PLR2004  ports
            doubts.append(malformed(one.zh, f"“{value[:40]}”不是 1 到 65535 的整数。", "请改正。"))
        if len(value) > SETTING or (not one.long and not value.isprintable()):
            doubts.append(malformed(one.zh, "太长，或含有换行等字符。", "请改正。"))
        kept[one.name] = value
    if road.secret is not None and road.secret.required and not secret:
        doubts.append(malformed(road.secret.zh, "没有填写。", f"请填写{road.secret.zh}。"))
    if doubts := doubts or road.check(Setup(kept, secret)):
        raise Refused(doubts)
    return kept


def _name(text: str) -> str:
    name = one_line(text, 10_000)
    if not name or len(name) > NAME:
        says = f"名称有 {len(name)} 个字。" if name else "没有填写名称。"
        raise Refused([malformed("名称", says, f"请写 1 到 {NAME} 个字。")])
    return name


def _told(channel: Channel) -> dict[str, object]:
    """What the audit trail may keep: no secret, no certificate."""
    settings = {name: one for name, one in channel.settings.items() if name != "authority" and one}
    return {"name": channel.name, "kind": channel.kind, "values": settings}


def _audit(
    act: str,
    channel: Channel,
    *,
    by: Seat | Account | str,
    before: object = None,
    after: object = None,
    reason: str = "",
) -> None:
    audit(
        act,
        by=by,
        contract_id=channel.contract_id if isinstance(by, Seat) else "",
        about=channel.name,
        before=before,
        after=after,
        reason=reason,
    )


def _refuse_unless_administrator(by: Seat | Account | str) -> None:
    if isinstance(by, str):
        return
    administrator = isinstance(by, Account) and by.is_administrator and by.is_active
    if ruling := may_administer(administrator=administrator):
        if isinstance(by, Account) and by.demonstration:
            says = "演示管理员的密码是公开的，不能配置向外的通道。"
            raise Refused([_not_allowed("通知通道", says, "请由正式的系统管理员办理。")])
        return
    raise Refused([_not_allowed("通知通道", ruling.reason, "")])


def _refuse_unless_manager(by: Seat) -> None:
    if not (ruling := may(by, Right.SUBSCRIBE)):
        raise Refused([_not_allowed("订阅", ruling.reason, "")])


def _not_allowed(place: str, says: str, mend: str) -> Doubt:
    return Doubt(
        id=DoubtId(f"refused:{place}"),
        kind=DoubtKind.REFUSED,
        severity=Severity.BLOCK,
        places=(place,),
        says=says,
        mend=mend,
    )
