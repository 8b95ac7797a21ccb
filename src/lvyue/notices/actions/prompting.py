"""What can be done about a prompt notice: open it, send it, and write down when each leg left and arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.contracts.queries import contracts
from lvyue.core.calendar import Calendar, deadline
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed
from lvyue.evidence.queries import files
from lvyue.notices.actions.contacts import line
from lvyue.notices.actions.telling import send
from lvyue.notices.choices import ChannelKind
from lvyue.notices.letter_choices import PromptChannel, Side
from lvyue.notices.models import Contact, PromptLeg, PromptNotice
from lvyue.notices.queries.contacts import contact, standing
from lvyue.notices.queries.prompts import KIND_OF, persons_of, prompt_term
from lvyue.notices.veiling import veiled

TEXT, SUBJECT, FAILED = 2_000, 200, 500


@dataclass(frozen=True, slots=True)
class NewPrompt:
    """拟发的限时通知: under which term, about which event, when it happened."""

    term: str
    subject: str
    event_at: datetime
    text: str


@transaction.atomic
def open_prompt(new: NewPrompt, calendar: Calendar, *, by: Seat) -> PromptNotice:
    """开始限时通知: the clock runs from the event, whenever anybody came to write it down."""
    term = prompt_term(by.contract_id, new.term, new.event_at)
    if term is None:
        says = f"合同没有约定“{new.term}”这样的限时通知。"
        raise Refused([malformed("约定", says, "请从列表里选。")])
    _allow(by, term.side)
    subject = line(new.subject, "关于什么", SUBJECT)
    text = new.text.strip()
    doubts = []
    if not subject:
        doubts.append(malformed("关于什么", "没有填写。", "请写与事件登记时相同的对象。"))
    if not text or len(text) > TEXT or "\x00" in text:
        says = f"有 {len(text)} 个字，应有 1 到 {TEXT} 个。"
        doubts.append(malformed("通知内容", says))
    if new.event_at > clock.now():
        doubts.append(malformed("事件时刻", f"{new.event_at.isoformat()} 还没有到。"))
    if doubts:
        raise Refused(doubts)
    contracts().select_for_update().get(pk=by.contract_id)
    same = PromptNotice.objects.filter(
        contract_id=by.contract_id, term_id=term.id, subject=subject, event_at=new.event_at
    ).first()
    if same is not None:
        return same
    due = deadline(new.event_at, term.within, calendar).due
    if not isinstance(due, datetime):
        raise TypeError(due)  # the term counts in hours or minutes
    last = PromptNotice.objects.filter(contract_id=by.contract_id).order_by("number").last()
    row = PromptNotice.objects.create(
        contract_id=by.contract_id,
        number=last.number + 1 if last is not None else 1,
        term_id=term.id,
        subject=subject,
        event_at=new.event_at,
        due_at=due,
        text=text,
        side=term.side,
        opened_by=by.username,
        opened_at=clock.now(),
    )
    after = {"number": row.number, "at": new.event_at.isoformat()}
    audit("prompt.opened", by=by, contract_id=by.contract_id, about=_about(row), after=after)
    return row


@dataclass(frozen=True, slots=True)
class NewLeg:
    """拟登记的一路, as somebody saw it on the gateway or the mail server."""

    channel: PromptChannel
    contact: int
    sent_at: datetime
    delivered_at: datetime | None = None
    failed: str = ""
    evidence: str = ""


@transaction.atomic
def record_leg(number: int, new: NewLeg, *, by: Seat) -> PromptLeg:
    """登记一路: sent and delivered elsewhere. Delivery is believed with its receipt only."""
    row = _held(number, by)
    target = _target(row, new.channel, new.contact)
    doubts = []
    now = clock.now()
    if new.sent_at < row.event_at:
        doubts.append(malformed("发出时刻", "早于事件本身。", "请核对时刻和时区。"))
    if new.sent_at > now or (new.delivered_at is not None and new.delivered_at > now):
        doubts.append(malformed("时刻", "还没有到。", "请核对时刻和时区。"))
    if new.delivered_at is not None and new.delivered_at < new.sent_at:
        doubts.append(malformed("到达时刻", "早于发出时刻。", "请核对两个时刻。"))
    if new.delivered_at is not None and new.failed:
        doubts.append(malformed("没有到达的原因", "已填到达时刻，不能又没有到达。"))
    if new.delivered_at is not None and not new.evidence:
        mend = "请附上邮件回执或短信网关的状态报告。"
        doubts.append(malformed("回执", "到达要有回执。", mend))
    if new.evidence and not files(by.contract_id, [new.evidence]):
        doubts.append(malformed("回执", "这份文件还没有上传到这份合同。", "请先上传。"))
    if doubts:
        raise Refused(doubts)
    made, _ = row.legs.get_or_create(
        channel=new.channel,
        contact=target,
        sent_at=new.sent_at,
        delivered_at=new.delivered_at,
        failed=line(new.failed, "没有到达的原因", FAILED),
        evidence=new.evidence,
        recorded_by=by.username,
        defaults={"recorded_at": now},
    )
    after = {"way": new.channel.label, "id": made.pk}
    audit("prompt.leg", by=by, contract_id=by.contract_id, about=_about(row), after=after)
    return made


@transaction.atomic
def send_prompt(number: int, *, by: Seat) -> list[PromptLeg]:
    """发出限时通知: to every person by every channel at once. What the channels report back is the receipt."""
    row = _held(number, by)
    term = prompt_term(row.contract_id, row.term_id, row.event_at)
    channels = term.channels if term is not None else tuple(PromptChannel)
    people = persons_of(row)
    doubts = _missing(row, channels, people)
    if doubts:
        raise Refused(doubts)
    made = []
    for targets in people.values():
        for one in targets:
            channel = next(key for key, kind in KIND_OF.items() if kind == one.kind)
            if channel not in channels:
                continue
            sending = send(
                ChannelKind.MAIL if channel is PromptChannel.MAIL else ChannelKind.SMS,
                one.value,
                f"【限时通知】{row.subject}",
                row.text,
                key=f"prompt:{row.pk}:{one.pk}",
                contract_id=row.contract_id,
                by=by,
            )
            leg, new = row.legs.get_or_create(
                leg_id=sending.pk,
                defaults={
                    "channel": channel,
                    "contact": one,
                    "sent_at": clock.now(),
                    "recorded_by": by.username,
                    "recorded_at": clock.now(),
                },
            )
            if new:
                made.append(leg)
    after = {"number": row.number, "keys": len(made)}
    audit("prompt.sent", by=by, contract_id=by.contract_id, about=_about(row), after=after)
    return made


def _missing(
    row: PromptNotice, channels: tuple[PromptChannel, ...], people: dict[str, list[Contact]]
) -> list[Doubt]:
    receiver = Side(row.side).other.label
    if not people:
        says = f"{receiver}没有登记有效的邮箱和手机。"
        return [malformed("送往", says, "请对方先登记并确认负责人的联系方式。")]
    return [
        malformed(
            "送往",
            f"{veiled('name', person)}没有{channel.label}的联系方式。",
            "请对方先登记并确认。",
        )
        for person, held in people.items()
        for channel in channels
        if not any(one.kind == KIND_OF[channel] for one in held)
    ]


def _target(row: PromptNotice, channel: PromptChannel, contact_id: int) -> Contact:
    """The contact, if it is the other side's, of this channel, and counted on the day: no list of one's own will do."""
    found = contact(row.contract_id, contact_id)
    receiver = Side(row.side).other
    if found is None or found.side != receiver:
        says = f"不是{receiver.label}登记的联系方式。"
        raise Refused([malformed("送往", says, f"请选{receiver.label}登记的联系方式。")])
    if found.kind != KIND_OF[channel]:
        says = f"{found.get_kind_display()}收不到{channel.label}。"
        raise Refused([malformed("送往", says, "请选这一路的联系方式。")])
    here = standing(found, row.event_at.astimezone(clock.SHANGHAI).date())
    if not here.counts:
        raise Refused([malformed("送往", here.because, "请选当日有效的联系方式。")])
    return found


def _held(number: int, by: Seat) -> PromptNotice:
    held = PromptNotice.objects.select_for_update().filter(contract_id=by.contract_id)
    row = held.filter(number=number).first()
    if row is None:
        raise Refused([malformed("限时通知", f"没有第{number}号。", "请从列表进入。")])
    _allow(by, Side(row.side))
    return row


def _allow(by: Seat, side: Side) -> None:
    ruling = may(by, Right.RECORD)
    says = ruling.reason
    if ruling and by.side is not side.party:
        says = f"这项通知由{side.label}发出和登记；您是{by.zh}。"
    if says:
        doubt = Doubt(
            id=DoubtId("refused:prompt"),
            kind=DoubtKind.REFUSED,
            severity=Severity.BLOCK,
            places=("限时通知",),
            says=says,
        )
        raise Refused([doubt])


def _about(row: PromptNotice) -> str:
    return f"限时通知第{row.number}号"


__all__ = ["NewLeg", "NewPrompt", "open_prompt", "record_leg", "send_prompt"]
