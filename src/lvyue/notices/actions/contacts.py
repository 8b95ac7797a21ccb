"""What can be done about the register of contacts and liaisons: enter, replace, confirm, end, name, reveal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from unicodedata import category

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Ruling, Seat, may
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed
from lvyue.core.service import ContactMeans, written
from lvyue.evidence.queries import files
from lvyue.notices.letter_choices import Origin, Side
from lvyue.notices.models import Contact, Letter, Liaison
from lvyue.notices.serving import side_of
from lvyue.notices.veiling import veiled

NAME, PAPER, REASON, POWERS = 80, 200, 500, 500


@dataclass(frozen=True, slots=True)
class NewContact:
    """拟登记的联系方式, as somebody wrote it."""

    side: Side
    kind: ContactMeans
    value: str
    since: date
    person: str = ""
    origin: Origin = Origin.TOLD
    known_on: date | None = None
    paper: str = ""
    evidence: str = ""
    replaces: int | None = None


@transaction.atomic
def enter_contact(new: NewContact, *, by: Seat) -> Contact:
    """登记联系方式: a further one, or one that takes the place of another, which stays in the register as it was."""
    side = own_side(by)
    _hold(by.contract_id)
    if new.side is not side:
        says = f"{new.side.label}的联系方式由{new.side.label}登记；您是{by.zh}。"
        raise Refused([malformed("一方", says, "收到对方的书面变更通知，请记载为对方的函件。")])
    value = written(new.kind, new.value)
    if isinstance(value, Doubt):
        raise Refused([value])
    old = _replaced(new, side, by)
    doubts = [*_days(new, old), *_taken(new, value, by.contract_id), *_proof(new, by.contract_id)]
    if doubts:
        raise Refused(doubts)
    row = Contact.objects.create(
        contract_id=by.contract_id,
        side=side,
        kind=new.kind.value,
        value=value,
        person=line(new.person, "收件人", NAME),
        origin=new.origin,
        since=new.since,
        known_on=new.known_on,
        paper=line(new.paper, "依据文书", PAPER),
        evidence=new.evidence,
        replaces=old,
        entered_by=by.username,
        entered_at=clock.now(),
    )
    after = {"kind": row.get_kind_display(), "value": veiled(row.kind, value), "id": row.pk}
    _audit("contact.entered", row, by=by, after=after)
    return row


def _replaced(new: NewContact, side: Side, by: Seat) -> Contact | None:
    if new.replaces is None:
        return None
    held = Contact.objects.select_for_update().filter(contract_id=by.contract_id)
    old = held.filter(pk=new.replaces, side=side).first()
    if old is None:
        says = f"没有编号为 {new.replaces} 的本方联系方式。"
        raise Refused([malformed("取代", says, "请从联系方式的列表进入。")])
    if old.kind != new.kind.value:
        says = f"原来的是{old.get_kind_display()}，不能由{new.kind.zh}取代。"
        raise Refused([malformed("种类", says, "请另外登记一个。")])
    if Contact.objects.filter(replaces=old).exists():
        raise Refused([malformed("取代", "它已经由别的取代了。", "请取代最新的那一个。")])
    if old.until is not None:
        raise Refused([malformed("取代", f"它 {old.until} 起已停用。", "请另外登记一个。")])
    return old


def _days(new: NewContact, old: Contact | None) -> list[Doubt]:
    doubts = []
    if new.since > clock.today():
        doubts.append(malformed("起", f"{new.since} 还没有到。", "请在变更之后登记。"))
    if old is not None and new.since < old.since:
        says = f"{new.since} 早于原来那一个的开始 {old.since}。"
        doubts.append(malformed("起", says, "请核对日期。"))
    if new.known_on is not None and new.known_on < new.since and old is None:
        says = f"{new.known_on} 早于开始使用的 {new.since}。"
        doubts.append(malformed("对方知悉日", says, "请核对日期。"))
    if new.known_on is not None and new.known_on > clock.today():
        doubts.append(malformed("对方知悉日", f"{new.known_on} 还没有到。", "请收到回执之后再填。"))
    if new.known_on is not None and not new.evidence:
        mend = "请附上对方签收的书面通知；或用“联系方式变更通知”的函件送达，由回执定日。"
        doubts.append(malformed("对方知悉日", "没有凭证。", mend))
    return doubts


def _taken(new: NewContact, value: str, contract_id: str) -> list[Doubt]:
    """One number cannot be that of both sides, and stands in the register once."""
    live = Contact.objects.filter(
        contract_id=contract_id, kind=new.kind.value, value=value, until__isnull=True
    ).exclude(successors__isnull=False)
    doubts = []
    if live.exclude(side=new.side).exists():
        says = f"对方登记的也是这个{new.kind.zh}，分不清是谁的。"
        doubts.append(malformed(new.kind.zh, says, "请双方核对，各用各的。"))
    if live.filter(side=new.side).exists():
        doubts.append(malformed(new.kind.zh, "已经登记过。", "请查看现有的联系方式。"))
    return doubts


def _proof(new: NewContact, contract_id: str) -> list[Doubt]:
    if not new.evidence or files(contract_id, [new.evidence]):
        return []
    return [malformed("文书", "这份文件还没有上传到这份合同。", "请先上传。")]


@transaction.atomic
def told_by(contact_id: int, letter: Letter, *, by: Seat) -> Contact:
    """以函件告知: the day on which this letter is served is the day from which the other side knows the contact."""
    row = _held(contact_id, by)
    if row.known_on is not None or row.letter_id is not None or row.origin == Origin.CONTRACT:
        raise Refused([malformed("合同联系方式", "对方已经知悉，不必再通知。")])
    row.letter = letter
    row.save(update_fields=["letter"])
    _audit("contact.told", row, by=by, after={"number": letter.number})
    return row


@transaction.atomic
def confirm_contact(contact_id: int, *, by: Seat) -> Contact:
    """确认联系方式: by the other side, which is bound to it from this day on."""
    side = own_side(by)
    row = _held(contact_id, by, any_side=True)
    if row.side == side:
        says = "这是本方的联系方式，要由对方确认。"
        raise Refused([malformed("合同联系方式", says, "请对方的负责人在这一页确认。")])
    if row.confirmed_on is not None:
        return row
    row.confirmed_by, row.confirmed_name = by.username, by.name
    row.confirmed_on = clock.today()
    row.save(update_fields=["confirmed_by", "confirmed_name", "confirmed_on"])
    _audit("contact.confirmed", row, by=by, after={"id": row.pk})
    return row


@transaction.atomic
def end_contact(contact_id: int, *, on: date, reason: str, by: Seat) -> Contact:
    """停用联系方式: it counts no longer after this day. The row stays, with the reason."""
    row = _held(contact_id, by)
    reason = line(reason, "理由", REASON)
    if not reason:
        raise Refused([malformed("理由", "没有填写。", "请写明，例如：收件人离职。")])
    if row.until is not None:
        raise Refused([malformed("合同联系方式", f"{row.until} 起已停用。")])
    if not row.since <= on <= clock.today():
        says = f"{on} 不在 {row.since} 到今天之间。"
        raise Refused([malformed("停用日", says, "请核对日期。")])
    row.until, row.ended_by, row.ended_reason = on, by.username, reason
    row.save(update_fields=["until", "ended_by", "ended_reason"])
    _audit("contact.ended", row, by=by, after={"id": row.pk}, reason=reason)
    return row


@transaction.atomic
def reveal_contact(contact_id: int, reason: str, *, by: Seat) -> str:
    """查看联系方式的全文: once, for a reason that stands in the audit trail."""
    _require(may(by, Right.REVEAL), "查看")
    reason = line(reason, "理由", REASON)
    if not reason:
        raise Refused([malformed("理由", "没有填写。", "请写明为什么要看，会留在留痕里。")])
    row = Contact.objects.filter(contract_id=by.contract_id, pk=contact_id).first()
    if row is None:
        raise Refused([malformed("合同联系方式", "没有这一项。", "请从列表进入。")])
    _audit("contact.revealed", row, by=by, after={"id": row.pk}, reason=reason)
    return row.value


# ── liaisons ─────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def name_liaison(
    name: str,
    since: date,
    *,
    by: Seat,
    powers: str = "",
    paper: str = "",
    told_on: date | None = None,
    replaces: int | None = None,
) -> Liaison:
    """指定联络人: one of each side at a time. Whoever replaces another is named in the same act, with the notice that told of it."""
    side = own_side(by)
    _hold(by.contract_id)
    name = line(name, "姓名", NAME)
    if not name:
        raise Refused([malformed("姓名", "没有填写。", "请填写联络人的姓名。")])
    if since > clock.today():
        raise Refused([malformed("起", f"{since} 还没有到。", "请在到任之后登记。")])
    held = Liaison.objects.select_for_update().filter(contract_id=by.contract_id, side=side)
    now = held.filter(until__isnull=True).first()
    if now is not None and now.pk != replaces:
        says = f"{side.label}已有联络人“{now.name}”（{now.since} 起），不能同时有两个。"
        raise Refused([malformed("姓名", says, "要更换的，请从现任那一行“更换”。")])
    if replaces is not None and now is None:
        raise Refused([malformed("取代", "没有可以更换的现任联络人。", "请直接指定。")])
    if now is not None:
        _replace_liaison(now, since, told_on, by=by)
    row = Liaison.objects.create(
        contract_id=by.contract_id,
        side=side,
        name=name,
        powers=line(powers, "权限", POWERS),
        since=since,
        told_on=told_on,
        paper=line(paper, "依据文书", PAPER),
        named_by=by.username,
        named_at=clock.now(),
    )
    before = {"name": now.name} if now is not None else None
    audit(
        "liaison.named",
        by=by,
        contract_id=by.contract_id,
        about=f"{side.label}联络人",
        before=before,
        after={"name": name},
    )
    return row


def _replace_liaison(now: Liaison, since: date, told_on: date | None, *, by: Seat) -> None:
    """A change holds only once it was told in writing."""
    if told_on is None:
        mend = "请先把更换的书面通知送达对方，再填写告知之日。"
        raise Refused([malformed("书面告知对方之日", "更换联络人要先书面通知对方。", mend)])
    if not told_on <= since:
        says = f"告知之日 {told_on} 晚于接任之日 {since}。"
        raise Refused([malformed("书面告知对方之日", says, "接任不能早于告知。")])
    last = date.fromordinal(since.toordinal() - 1)
    if last < now.since:
        says = f"{since} 不晚于现任的开始 {now.since}。"
        raise Refused([malformed("起", says, "请核对日期。")])
    now.until, now.ended_by = last, by.username
    now.save(update_fields=["until", "ended_by"])


# ── what must be so ──────────────────────────────────────────────────────────────────────────────────────────────


def own_side(by: Seat) -> Side:
    """The side for which a person serves letters, or ``Refused``."""
    _require(may(by, Right.SERVE), "送达")
    side = side_of(by)
    if isinstance(side, Ruling):
        _require(side, "送达")
        raise TypeError(side)  # unreachable: a ruling of side_of is never a yes
    return side


def _require(ruling: Ruling, place: str) -> None:
    if ruling:
        return
    doubt = Doubt(
        id=DoubtId("refused:service"),
        kind=DoubtKind.REFUSED,
        severity=Severity.BLOCK,
        places=(place,),
        says=ruling.reason,
    )
    raise Refused([doubt])


def _held(contact_id: int, by: Seat, *, any_side: bool = False) -> Contact:
    side = own_side(by)
    held = Contact.objects.select_for_update(of=("self",)).filter(contract_id=by.contract_id)
    row = held.filter(pk=contact_id).first()
    if row is None:
        raise Refused([malformed("合同联系方式", "没有这一项。", "请从列表进入。")])
    if row.side != side and not any_side:
        says = f"这是{row.get_side_display()}的联系方式，由{row.get_side_display()}办理。"
        raise Refused([malformed("合同联系方式", says)])
    return row


def _hold(contract_id: str) -> None:
    """Two who write into one register take turns."""
    contracts().select_for_update().get(pk=contract_id)


def line(text: str, place: str, most: int) -> str:
    """One line without what cannot be seen."""
    plain = "".join(" " if category(one) in ("Cc", "Zl", "Zp") else one for one in text)
    told = " ".join("".join(one for one in plain if category(one) != "Cs").split())
    if len(told) > most:
        raise Refused([malformed(place, f"有 {len(told)} 个字，最多 {most} 个。", "请写短一些。")])
    return told


def _audit(act: str, row: Contact, *, by: Seat, after: dict[str, object], reason: str = "") -> None:
    about = f"{row.get_side_display()}{row.get_kind_display()} {row.pk}"
    audit(act, by=by, contract_id=row.contract_id, about=about, after=after, reason=reason)


__all__ = [
    "NewContact",
    "confirm_contact",
    "end_contact",
    "enter_contact",
    "line",
    "name_liaison",
    "own_side",
    "reveal_contact",
    "told_by",
]
