"""送达: when a letter counts as served by the contract's own rules, and what was tried on the way. Pure: a rule, a register, receipts in; an answer with its reasons out.

A contract says by which ways a letter may go and what must happen on each of them. What it does not say is not filled in:
e-mail or a chat serves nothing unless the contract names it, and whether a refused parcel counts where the contract is
silent is not decidable here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from unicodedata import category, normalize

from lvyue.core.calendar import SHANGHAI, Calendar, Deadline, Span, day_of, deadline, moment_of
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Severity, malformed
from lvyue.core.terms import Party


class Way(StrEnum):
    """送出方式."""

    HAND = "hand"
    POST = "post"
    COURIER = "courier"
    FAX = "fax"
    EMAIL = "email"
    PLATFORM = "platform"
    CHAT = "chat"

    @property
    def zh(self) -> str:
        return _WAY_ZH[self]


_WAY_ZH = {
    Way.HAND: "专人送交",
    Way.POST: "邮寄",
    Way.COURIER: "快递",
    Way.FAX: "传真",
    Way.EMAIL: "电子邮件",
    Way.PLATFORM: "平台内送出",
    Way.CHAT: "即时通信",
}


class Happening(StrEnum):
    """回执种类: what a receipt says became of a letter that was sent."""

    POSTED = "posted"
    SIGNED = "signed"
    REFUSED = "refused"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    UNREACHABLE = "unreachable"

    @property
    def zh(self) -> str:
        return _HAPPENING_ZH[self]


_HAPPENING_ZH = {
    Happening.POSTED: "交寄（有凭证）",
    Happening.SIGNED: "签收",
    Happening.REFUSED: "拒收",
    Happening.RETURNED: "退回",
    Happening.CONFIRMED: "传真确认收到",
    Happening.UNREACHABLE: "无法送到",
}

#: What can happen on which way; anything else is a slip of the pen.
HAPPENINGS: Mapping[Way, tuple[Happening, ...]] = {
    Way.HAND: (Happening.SIGNED, Happening.REFUSED, Happening.UNREACHABLE),
    Way.POST: (Happening.POSTED, Happening.SIGNED, Happening.REFUSED, Happening.RETURNED),
    Way.COURIER: (Happening.POSTED, Happening.SIGNED, Happening.REFUSED, Happening.RETURNED),
    Way.FAX: (Happening.CONFIRMED, Happening.UNREACHABLE),
    Way.EMAIL: (Happening.SIGNED, Happening.RETURNED),
    Way.PLATFORM: (Happening.SIGNED,),
    Way.CHAT: (Happening.SIGNED,),
}

#: Nobody holds the letter in hand: such a receipt serves only at the address that counts.
AT_THE_ADDRESS = frozenset({Happening.POSTED, Happening.REFUSED, Happening.RETURNED})

#: These say that a try came to nothing; they need no paper to be believed against whoever records them.
IN_VAIN = frozenset({Happening.UNREACHABLE})


class ContactMeans(StrEnum):
    """联系方式种类."""

    ADDRESS = "address"
    EMAIL = "email"
    MOBILE = "mobile"
    PHONE = "phone"
    FAX = "fax"
    ROBOT = "robot"

    @property
    def zh(self) -> str:
        return _KIND_ZH[self]


_KIND_ZH = {
    ContactMeans.ADDRESS: "通信地址",
    ContactMeans.EMAIL: "电子邮箱",
    ContactMeans.MOBILE: "手机",
    ContactMeans.PHONE: "座机",
    ContactMeans.FAX: "传真",
    ContactMeans.ROBOT: "群机器人",
}

#: To which kind of channel each way goes; handing over, the platform and a chat go to none.
GOES_TO: Mapping[Way, ContactMeans] = {
    Way.POST: ContactMeans.ADDRESS,
    Way.COURIER: ContactMeans.ADDRESS,
    Way.FAX: ContactMeans.FAX,
    Way.EMAIL: ContactMeans.EMAIL,
}


# ── what the contract says ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingRule:
    """计为送达: by these ways a letter is served on the day of the first of these receipts.

    ``after``: only once one of these receipts shows that the letter could not be handed over. ``law`` is named where
    the day follows from the law, because the contract names the way but not the day.
    """

    ways: tuple[Way, ...]
    when: tuple[Happening, ...]
    clauses: tuple[ClauseRef, ...]
    after: tuple[Happening, ...] = ()
    law: str = ""
    doubts: tuple[DoubtId, ...] = ()

    @property
    def source(self) -> str:
        return "、".join([*(str(clause) for clause in self.clauses), *filter(None, [self.law])])


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRules:
    """送达约定: what counts as service under one contract, and which address counts.

    ``old_address``: until the notice of a change has been received, the old address counts. ``told_within``: a change
    must be told in writing within this time after it. ``confirmed_only``: channels that the other side has not confirmed
    have no effect.
    """

    clauses: tuple[ClauseRef, ...]
    says: str
    counts: tuple[CountingRule, ...]
    old_address: tuple[ClauseRef, ...] = ()
    told_within: Span | None = None
    confirmed_only: tuple[ClauseRef, ...] = ()

    @property
    def cited(self) -> tuple[ClauseRef, ...]:
        """Every clause that is cited anywhere here."""
        rules = (clause for rule in self.counts for clause in rule.clauses)
        return (*self.clauses, *self.old_address, *self.confirmed_only, *rules)


LAW = "《民法典》第一百三十七条（到达时生效）"

#: Where a contract says nothing, only what was plainly received has arrived.
BY_LAW = ServiceRules(
    clauses=(),
    says="合同没有约定怎样算送达；对方签收的，按法律规定到达时生效，其他情形无法判定。",
    counts=(
        CountingRule(
            ways=(Way.HAND, Way.POST, Way.COURIER), when=(Happening.SIGNED,), clauses=(), law=LAW
        ),
    ),
)


def only_informs(rules: ServiceRules, way: Way) -> str:
    """Why sending by this way serves nothing, so that it is only for information; empty where it may serve."""
    if any(way in rule.ways for rule in rules.counts):
        return ""
    where = f"（{'、'.join(map(str, rules.clauses))}）" if rules.clauses else ""
    return f"合同{where}没有把{way.zh}作为送达方式：这样送出只供知悉，不算送达。"


# ── which address counts ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Channel:
    """联系方式 of one side as a letter sees it.

    ``known``: the day from which the other side is held to know it: its first day where the contract itself names it,
    otherwise the day on which the notice was received; None while it has not been. ``confirmed``: when the other side
    confirmed it. ``until``: when it was given up.
    """

    id: str
    kind: ContactMeans
    known: date | None
    confirmed: date | None = None
    until: date | None = None
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """地位: whether a channel counts on a day, and why; ``instead`` is the one that does."""

    counts: bool
    because: str
    instead: str = ""


def standing_of(
    rules: ServiceRules, channels: Sequence[Channel], one: Channel, on: date
) -> Standing:
    """Whether a channel counts for service on a day: told to the other side by then, and not yet replaced by one that was."""
    if rules.confirmed_only and (one.confirmed is None or one.confirmed > on):
        where = "、".join(map(str, rules.confirmed_only))
        return Standing(
            counts=False, because=f"这个{one.kind.zh}还没有经对方确认，没有效力（{where}）。"
        )
    old = next((other for other in channels if other.id == one.replaces), None)
    if one.known is None or one.known > on:
        instead = old.id if old is not None else ""
        where = _in_brackets(rules.old_address)
        says = "变更通知还没有送达对方" if old is not None else "这个联系方式还没有告知对方"
        more = f"，原来的仍然有效{where}" if old is not None else ""
        return Standing(counts=False, because=f"{says}{more}。", instead=instead)
    for later in channels:
        if later.replaces == one.id and later.known is not None and later.known <= on:
            if rules.confirmed_only and (later.confirmed is None or later.confirmed > on):
                continue
            says = f"已由新的{one.kind.zh}取代，对方 {later.known} 收到变更通知。"
            return Standing(counts=False, because=says, instead=later.id)
    replaced = any(later.replaces == one.id for later in channels)
    if one.until is not None and one.until < on and not replaced:
        return Standing(counts=False, because=f"{one.until} 起已停用。")
    return Standing(counts=True, because="是当日有效的联系方式。")


def counting(rules: ServiceRules, channels: Sequence[Channel], on: date) -> tuple[Channel, ...]:
    """The channels that count on a day."""
    return tuple(one for one in channels if standing_of(rules, channels, one, on).counts)


def tell_by(rules: ServiceRules, changed: date, calendar: Calendar) -> Deadline | None:
    """By when a change must be told in writing; None where the contract gives no number."""
    if rules.told_within is None:
        return None
    return deadline(changed, rules.told_within, calendar)


def _in_brackets(clauses: Collection[ClauseRef]) -> str:
    return f"（{'、'.join(map(str, clauses))}）" if clauses else ""


# ── when it is served ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Receipt:
    """回执: what happened to a dispatch, when, and the files that prove it."""

    happening: Happening
    at: date | datetime
    evidence: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """送出: one try to bring a letter to the other side. ``standing`` is that of the address it went to, on that day."""

    way: Way
    at: date | datetime
    standing: Standing
    receipts: tuple[Receipt, ...] = ()
    id: str = ""

    def __post_init__(self) -> None:
        """Refuses what cannot have happened."""
        for one in self.receipts:
            if not after_or_with(one.at, self.at):
                raise ValueError(f"{one.happening.zh} {shown(one.at)} 早于送出 {shown(self.at)}。")
            if one.happening not in HAPPENINGS[self.way]:
                raise ValueError(f"{self.way.zh}没有“{one.happening.zh}”这种回执。")


@dataclass(frozen=True, slots=True)
class Served:
    """已送达: the day, by which rule, because of which receipt, and every try before and after."""

    on: date
    at: date | datetime
    rule: CountingRule
    dispatch: Dispatch
    receipt: Receipt
    because: str
    tried: tuple[str, ...]
    doubts: tuple[DoubtId, ...] = ()


@dataclass(frozen=True, slots=True)
class NotYet:
    """尚未送达, with what would serve it."""

    because: str
    tried: tuple[str, ...]
    mend: str = ""


@dataclass(frozen=True, slots=True)
class NotDecidable:
    """无法判定送达: something happened of which neither the contract nor a paper says enough."""

    because: str
    tried: tuple[str, ...]
    doubts: tuple[Doubt, ...] = field(default=())


Service = Served | NotYet | NotDecidable


def served_on(rules: ServiceRules, dispatches: Sequence[Dispatch]) -> Service:
    """送达日: the earliest receipt that the contract counts. What happens later never changes it."""
    trail = sorted(_events(dispatches), key=_by_time)
    tried = tuple(_told(one, receipt) for one, receipt in trail)
    doubts: list[Doubt] = []
    receipts = [receipt for _, receipt in trail if receipt is not None]
    for dispatch, receipt in trail:
        if receipt is None:
            continue
        before = [
            one for one in receipts if one is not receipt and after_or_with(receipt.at, one.at)
        ]
        found = _judge(rules, dispatch, receipt, before)
        if isinstance(found, Doubt):
            doubts.append(found)
        elif found is not None:
            return Served(
                on=day_of(receipt.at),
                at=receipt.at,
                rule=found,
                dispatch=dispatch,
                receipt=receipt,
                because=_because(found, dispatch, receipt),
                tried=tried,
                doubts=found.doubts,
            )
    if doubts:
        return NotDecidable(
            "；".join(one.says.rstrip("。") for one in doubts), tried, tuple(doubts)
        )
    return NotYet(_waiting(rules, dispatches), tried, _next(rules, trail))


_Event = tuple[Dispatch, Receipt | None]


def _events(dispatches: Iterable[Dispatch]) -> Iterator[_Event]:
    for dispatch in dispatches:
        yield dispatch, None
        for receipt in dispatch.receipts:
            yield dispatch, receipt


def _by_time(event: _Event) -> tuple[date, datetime, bool]:
    """By the day; of one day what has a time after what has none, and a receipt after what was sent."""
    dispatch, receipt = event
    at = dispatch.at if receipt is None else receipt.at
    moment = at if isinstance(at, datetime) else _midnight(at)
    return day_of(at), moment_of(moment), receipt is not None


def _judge(
    rules: ServiceRules, dispatch: Dispatch, receipt: Receipt, before: Sequence[Receipt]
) -> CountingRule | Doubt | None:
    """The rule by which a receipt serves; a doubt where it would but for something missing; None where it does not."""
    if receipt.happening in IN_VAIN:
        return None
    if rules.confirmed_only and not dispatch.standing.counts and dispatch.way in GOES_TO:
        return None
    named = [rule for rule in rules.counts if dispatch.way in rule.ways]
    fitting = [rule for rule in named if receipt.happening in rule.when]
    ready = [rule for rule in fitting if _came_first(rule, before)]
    if not ready:
        silent = named and receipt.happening in _UNSAID and not _speaks_of(rules, receipt)
        return _silent(rules, dispatch, receipt) if silent else None
    if receipt.happening in AT_THE_ADDRESS and not dispatch.standing.counts:
        return None
    return ready[0] if receipt.evidence else _unproved(dispatch, receipt)


#: Of these a contract should say whether they count; the others speak for themselves.
_UNSAID = frozenset({Happening.REFUSED, Happening.RETURNED})


def _speaks_of(rules: ServiceRules, receipt: Receipt) -> bool:
    return any(receipt.happening in (*rule.when, *rule.after) for rule in rules.counts)


def _came_first(rule: CountingRule, before: Sequence[Receipt]) -> bool:
    return not rule.after or any(one.happening in rule.after for one in before)


def _unproved(dispatch: Dispatch, receipt: Receipt) -> Doubt:
    says = (
        f"{shown(receipt.at)} {dispatch.way.zh}“{receipt.happening.zh}”没有凭证，不能据此算送达。"
    )
    return Doubt(
        id=DoubtId("service:unproved"),
        kind=DoubtKind.UNPROVED,
        severity=Severity.BLOCK,
        places=("回执",),
        says=says,
        mend="请补上签收单、退件封面、交寄凭证或回执的文件。",
    )


def _silent(rules: ServiceRules, dispatch: Dispatch, receipt: Receipt) -> Doubt:
    says = (
        f"{shown(receipt.at)} {dispatch.way.zh}“{receipt.happening.zh}”，合同没有写这样算不算送达。"
    )
    return Doubt(
        id=DoubtId("service:silent"),
        kind=DoubtKind.SILENT,
        severity=Severity.BLOCK,
        places=tuple(map(str, rules.clauses)) or ("送达约定",),
        says=says,
        mend="请换一种方式送达并由对方签收，或由双方补充约定。",
    )


def _because(rule: CountingRule, dispatch: Dispatch, receipt: Receipt) -> str:
    how = f"{dispatch.way.zh}，{shown(receipt.at)} {receipt.happening.zh}"
    if rule.after:
        how = f"未能当面送交，{how}"
    return f"{how}，当日送达（{rule.source}）。"


def _told(dispatch: Dispatch, receipt: Receipt | None) -> str:
    if receipt is None:
        aside = "" if dispatch.standing.counts else f"：{dispatch.standing.because}"
        return f"{shown(dispatch.at)} {dispatch.way.zh}送出{aside}"
    proof = "" if receipt.evidence or receipt.happening in IN_VAIN else "（没有凭证）"
    return f"{shown(receipt.at)} {dispatch.way.zh}：{receipt.happening.zh}{proof}"


def _waiting(rules: ServiceRules, dispatches: Sequence[Dispatch]) -> str:
    if not dispatches:
        return "还没有送出。"
    reasons = list(dict.fromkeys(filter(None, (_lacks(rules, one) for one in dispatches))))
    return "".join(reasons) or "已送出，还没有能算送达的回执。"


def _lacks(rules: ServiceRules, dispatch: Dispatch) -> str:
    """What is wrong with a try itself, whatever comes back."""
    if why := only_informs(rules, dispatch.way):
        return why
    vain = any(one.happening in AT_THE_ADDRESS for one in dispatch.receipts)
    if not dispatch.standing.counts and (vain or rules.confirmed_only):
        return f"{dispatch.way.zh}：{dispatch.standing.because}"
    return ""


def _next(rules: ServiceRules, trail: Sequence[_Event]) -> str:
    """What would serve it now."""
    before = [receipt for _, receipt in trail if receipt is not None]
    options = [
        f"{'或'.join(way.zh for way in rule.ways)}，以{'、'.join(one.zh for one in rule.when)}之日为准"
        for rule in rules.counts
        if _came_first(rule, before)
    ]
    return f"可以：{'；'.join(options)}。" if options else ""


# ── days and moments ─────────────────────────────────────────────────────────────────────────────────────────────


def after_or_with(one: date | datetime, other: date | datetime) -> bool:
    """Whether one thing did not happen before another; where one of them has no time, by the day."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return moment_of(one) >= moment_of(other)
    return day_of(one) >= day_of(other)


def shown(at: date | datetime) -> str:
    if isinstance(at, datetime):
        return f"{moment_of(at):%Y-%m-%d %H:%M}"
    return at.isoformat()


def _midnight(day: date) -> datetime:
    return moment_of(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI))


# ── one notice on several channels ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Leg:
    """一路: to one person by one channel; ``delivered`` is proved by a receipt, ``failed`` says why it did not get there."""

    channel: str
    person: str
    sent: datetime | None = None
    delivered: datetime | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class LegState:
    """一路的结果: when the last of all persons had it; None while somebody has not, and then who, and why."""

    channel: str
    complete: datetime | None
    lacking: tuple[str, ...]


def legs_of(
    channels: Sequence[str], persons: Sequence[str], legs: Sequence[Leg]
) -> tuple[LegState, ...]:
    """Each channel of a notice that must reach every person on every channel: one without the other is not enough."""
    return tuple(_leg(channel, persons, legs) for channel in channels)


def _leg(channel: str, persons: Sequence[str], legs: Sequence[Leg]) -> LegState:
    own = [leg for leg in legs if leg.channel == channel]
    times: list[datetime] = []
    lacking: list[str] = []
    for person in persons:
        mine = [leg for leg in own if leg.person == person]
        arrived = [leg.delivered for leg in mine if leg.delivered is not None]
        if arrived:
            times.append(min(arrived))
        else:
            why = next((leg.failed for leg in reversed(mine) if leg.failed), "")
            lacking.append(f"{person}：{why}" if why else person)
    complete = max(times) if times and not lacking else None
    return LegState(channel, complete, tuple(lacking))


# ── how a channel is written ─────────────────────────────────────────────────────────────────────────────────────

_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_PHONE = re.compile(r"(?:\+?86)?(0\d{2,3})(\d{7,8})(?:(?:转|-|x|ext)(\d{1,6}))?")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_LONGEST = 200
_ADDRESS_LEAST = 6


def written(kind: ContactMeans, text: str) -> str | Doubt:
    """A channel as it is kept: full-width digits narrowed, separators out; or what is wrong with it."""
    plain = normalize("NFKC", text).strip()
    place = kind.zh
    if any(category(one) in ("Cc", "Cf", "Cs") for one in plain):
        return malformed(place, "含有看不见的控制字符。", "请重新输入，不要粘贴。")
    if not plain:
        return malformed(place, "没有填写。", f"请填写{place}。")
    if len(plain) > _LONGEST:
        return malformed(place, f"有 {len(plain)} 个字，最多 {_LONGEST} 个。", "请写短一些。")
    match kind:
        case ContactMeans.MOBILE:
            return _mobile(plain)
        case ContactMeans.PHONE | ContactMeans.FAX:
            return _landline(kind, plain)
        case ContactMeans.EMAIL:
            if not _EMAIL.fullmatch(plain):
                return malformed(place, "不是电子邮箱。", "请写成 名字@单位.cn 的样子。")
            return plain.lower()
        case ContactMeans.ADDRESS:
            if len(plain) < _ADDRESS_LEAST:
                says = f"只有 {len(plain)} 个字，寄不到。"
                return malformed(place, says, "请写全：市、区、路、号。")
            return " ".join(plain.split())
        case ContactMeans.ROBOT:
            return " ".join(plain.split())


def _digits(text: str) -> str:
    return re.sub(r"[\s()（）]|(?<=\d)-(?=\d{7,8})", "", text)


def _mobile(plain: str) -> str | Doubt:
    found = _MOBILE.fullmatch(re.sub(r"[\s-]", "", plain))
    if found is not None:
        return found[1]
    if _PHONE.fullmatch(_digits(plain)):
        says = "这是座机号码，收不到短信。"
        return malformed("手机", says, "请填写手机号码；座机请另作“座机”登记。")
    says = f"不是手机号码：有 {len(re.sub(r'[^0-9]', '', plain))} 位数字，应为 11 位。"
    return malformed("手机", says, "请核对号码。")


def _landline(kind: ContactMeans, plain: str) -> str | Doubt:
    found = _PHONE.fullmatch(_digits(plain))
    if found is not None:
        extension = f"-{found[3]}" if found[3] else ""
        return f"{found[1]}-{found[2]}{extension}"
    count = len(re.sub(r"[^0-9]", "", plain))
    says = f"不是完整的号码：有 {count} 位数字，应有区号加 7 或 8 位。"
    return malformed(kind.zh, says, "请连区号一起写，例如 0571-8700 0000。")


def other(side: Party) -> Party:
    """The other side of the contract."""
    return Party.SUPPLIER if side is Party.BUYER else Party.BUYER


__all__ = [
    "AT_THE_ADDRESS",
    "BY_LAW",
    "GOES_TO",
    "HAPPENINGS",
    "Channel",
    "ContactMeans",
    "CountingRule",
    "Dispatch",
    "Happening",
    "Leg",
    "LegState",
    "NotDecidable",
    "NotYet",
    "Receipt",
    "Served",
    "Service",
    "ServiceRules",
    "Standing",
    "Way",
    "after_or_with",
    "counting",
    "legs_of",
    "only_informs",
    "other",
    "served_on",
    "shown",
    "standing_of",
    "tell_by",
    "written",
]
