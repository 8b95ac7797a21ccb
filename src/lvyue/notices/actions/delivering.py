"""发送: what waits in one channel, in order, no faster than its other end allows, and what becomes of each try.

One worker at a time sends in a channel: it holds a lease, so that a worker that was killed is followed by another. A leg is
written down after it was sent; who dies between leaves it to be sent again, under the same id.

For each address the order is kept: behind a leg that is to be tried again nothing for that address leaves. Where the
channel itself is out of order, nothing is counted against what waits in it, however long that takes.
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from lvyue import clock
from lvyue.accounts.models import Account, Appointment
from lvyue.accounts.sealing import unseal
from lvyue.core.doubts import Refused
from lvyue.notices.actions.queueing import wake_later
from lvyue.notices.channels.mail import message_id
from lvyue.notices.channels.road import (
    Down,
    Limit,
    Parcel,
    Permanent,
    Result,
    Road,
    Sent,
    Setup,
    Temporary,
    Thread,
)
from lvyue.notices.channels.robots import cut
from lvyue.notices.channels.table import CHANNELS
from lvyue.notices.choices import OPEN, ChannelKind, LegState, Outcome
from lvyue.notices.models import Channel, Delivery, Leg
from lvyue.notices.texts import SEALED

log = logging.getLogger(__name__)

#: So long one worker keeps a channel for itself without a word.
LEASE = timedelta(minutes=5)

#: After the first, second, … failure it is tried again so much later; then ever so much.
BACK_OFF = tuple(timedelta(minutes=one) for one in (1, 2, 5, 15, 30, 60, 120, 240))

#: So long after it was due a leg is given up. A channel that is down does not count.
GIVE_UP = timedelta(hours=72)

#: So many legs are looked at together, and so many stand in one digest.
AT_ONCE, IN_A_DIGEST = 500, 100

#: What of the log counts as something that was posted.
_TRIES = (Outcome.SENT, Outcome.TEMPORARY, Outcome.DOWN, Outcome.PERMANENT)


def deliver(channel_id: int) -> int:
    """发送一个通道里到时间的. How many were tried. Nothing where another worker is at it or the channel rests."""
    tried = 0
    while _claim(channel_id):
        try:
            tried += _work(channel_id)
        finally:
            Channel.objects.filter(pk=channel_id).update(busy_until=None)
        # What came while we held the channel found it taken: look again before going.
        channel = Channel.objects.get(pk=channel_id)
        if not channel.enabled or not _ready(channel, _setup_or_none(channel)):
            break
    _look_again(channel_id)
    return tried


def _claim(channel_id: int) -> bool:
    now = clock.now()
    free = Q(busy_until__isnull=True) | Q(busy_until__lte=now)
    found = Channel.objects.filter(free, pk=channel_id, enabled=True)
    return bool(found.update(busy_until=now + LEASE))


def _work(channel_id: int) -> int:
    """Send what is ready until nothing is, or the channel needs a rest."""
    tried = 0
    channel = Channel.objects.get(pk=channel_id)
    setup = _setup_or_none(channel)
    if setup is None:
        _rest(channel, Down("密钥解不开：请重新填写。"))
        return 0
    _merge_where_too_many(channel, setup)
    while some := _ready(channel, setup):
        behind = set()
        for leg in some:
            if leg.target in behind:
                continue
            Channel.objects.filter(pk=channel_id).update(busy_until=clock.now() + LEASE)
            tried += 1
            result = attempt(leg, channel, setup)
            if isinstance(result, Down):
                return tried
            if isinstance(result, Temporary):
                behind.add(leg.target)
            if not _allowance(channel, setup, clock.now()):
                break
    return tried


def _ready(channel: Channel, setup: Setup | None) -> Sequence[Leg]:
    """What may leave now, in its order: nothing while the channel rests, and nothing behind what is to be tried again."""
    now = clock.now()
    if setup is None or (channel.paused_until is not None and channel.paused_until > now):
        return ()
    allowance = _allowance(channel, setup, now)
    found = _due(channel, now)
    road = CHANNELS[ChannelKind(channel.kind)]
    later = road.not_before(now, channel.pk)
    if later > now:
        Leg.objects.filter(pk__in=[leg.pk for leg in found if not leg.urgent]).update(next_at=later)
        found = [leg for leg in found if leg.urgent]
    return found[:allowance]


def _due(channel: Channel, now: datetime) -> list[Leg]:
    open_ = Leg.objects.filter(channel=channel, state__in=OPEN)
    behind = set(
        open_.filter(attempts__gt=0, next_at__gt=now).values_list("target", flat=True).distinct()
    )
    due = open_.filter(next_at__lte=now).exclude(target__in=behind)
    return list(due.select_related("message__account").order_by("id")[:AT_ONCE])


# ── how fast ─────────────────────────────────────────────────────────────────────────────────────────────────────


def limits_of(road: Road, setup: Setup) -> tuple[Limit, ...]:
    """What the vendor allows; where the server is one's own, what its administrator says."""
    if setup["per_minute"]:
        return (Limit(setup.number("per_minute", 60), timedelta(minutes=1)),)
    return road.limits


def _allowance(channel: Channel, setup: Setup, now: datetime) -> int:
    """So many may leave now."""
    road = CHANNELS[ChannelKind(channel.kind)]
    tried = Delivery.objects.filter(channel=channel, outcome__in=_TRIES)
    return max(
        0,
        min(
            one.most - tried.filter(at__gt=now - one.within).count()
            for one in limits_of(road, setup)
        ),
    )


def _look_again(channel_id: int) -> None:
    """A job for the moment when something may leave again, if that is soon; the sweep finds what is far."""
    channel = Channel.objects.get(pk=channel_id)
    first = (
        Leg.objects.filter(channel=channel, state__in=OPEN)
        .order_by("next_at")
        .values_list("next_at", flat=True)
        .first()
    )
    if first is None or not channel.enabled:
        return
    now = clock.now()
    at = max(first, channel.paused_until or first)
    if at <= now:  # held up by the limit alone
        road = CHANNELS[ChannelKind(channel.kind)]
        at = now + min(one.within for one in road.limits)
    if at <= now + timedelta(hours=1):
        wake_later(channel_id, at)


# ── one digest for many ──────────────────────────────────────────────────────────────────────────────────────────


def _merge_where_too_many(channel: Channel, setup: Setup) -> None:
    """What waits for a digest becomes one, and so does what would pass the limit."""
    if channel.paused_until is not None and channel.paused_until > clock.now():
        return
    due = _due(channel, clock.now())
    crowded = len(due) > _allowance(channel, setup, clock.now())
    by_target: dict[str, list[Leg]] = defaultdict(list)
    for leg in due:
        # What is to be tried again is already known to the other end under its own id.
        if not leg.alone and not leg.attempts and (crowded or leg.digest):
            by_target[leg.target].append(leg)
    for legs in by_target.values():
        for first in range(0, len(legs), IN_A_DIGEST):
            some = [leg for leg in legs[first : first + IN_A_DIGEST] if not _withheld(leg)]
            if len(some) > 1:
                _merge(channel, some)


@transaction.atomic
def _merge(channel: Channel, legs: list[Leg]) -> None:
    now = clock.now()
    road = CHANNELS[ChannelKind(channel.kind)]
    digest = Leg.objects.create(
        channel=channel,
        target=legs[0].target,
        subject=f"【履约】{len(legs)} 条通知",
        body=cut("\n\n".join(_lines(legs)), road.room - 200),
        key=f"digest:{channel.pk}:{legs[0].pk}:{legs[-1].pk}",
        urgent=any(leg.urgent for leg in legs),
        by="系统",
        created_at=now,
        next_at=now,
        due_at=now,
        alone=True,
    )
    for leg in legs:
        leg.state, leg.merged_into = LegState.MERGED, digest
    Leg.objects.bulk_update(legs, ["state", "merged_into"])
    Delivery.objects.bulk_create(
        Delivery(leg=leg, channel=channel, at=now, outcome=Outcome.MERGED, says=digest.subject)
        for leg in legs
    )


def _lines(legs: list[Leg]) -> list[str]:
    found = []
    for number, leg in enumerate(legs, start=1):
        body = leg.body if leg.message is not None else ""
        found.append("\n".join(filter(None, [f"{number}. {leg.subject}", body, address_of(leg)])))
    return found


# ── one try ──────────────────────────────────────────────────────────────────────────────────────────────────────


def attempt(leg: Leg, channel: Channel, setup: Setup) -> Result:
    """One try, and what became of it. The call is made outside of any transaction of ours."""
    if why := _withheld(leg):
        return Permanent(why)
    road = CHANNELS[ChannelKind(channel.kind)]
    try:
        secret = unseal(leg.sealed)
    except Refused:
        result: Result = Permanent(
            "要填入的内容解不开：LVYUE_SECRET_KEY 换过了。请重新办理，例如重新邀请。"
        )
        _write(leg, channel, result)
        return result
    try:
        result = road.send(parcel_of(leg, secret), setup)
    except Exception as error:  # a fault of ours must not stop what stands behind
        log.exception("发送 %s 时程序出错", leg.key)
        result = Temporary(f"程序出错：{type(error).__name__}。")
    if secret:  # some servers answer with what they were given
        result = replace(result, extract=result.extract.replace(secret, "……"))
    _write(leg, channel, result)
    return result


def parcel_of(leg: Leg, secret: str = "") -> Parcel:
    """What is carried. ``secret`` takes the place that the body keeps for it."""
    body = leg.body.replace(SEALED, secret, 1) if secret else leg.body
    is_group = leg.message is None and ChannelKind(leg.channel.kind).robot
    return Parcel(
        id="lvyue-" + hashlib.sha256(f"{leg.pk} {leg.key}".encode()).hexdigest()[:24],
        target=leg.target,
        subject=leg.subject,
        body="" if is_group and leg.body.startswith("/") else body,
        at=clock.now(),
        address=address_of(leg),
        thread=_thread_of(leg),
    )


def _thread_of(leg: Leg) -> Thread | None:
    if not leg.thread:
        return None
    held = leg.thread
    return Thread(
        held["in_reply_to"], tuple(held["references"]), held["reply_to"], held["automatic"]
    )


def message_id_of(leg: Leg) -> str:
    """The number under which a letter will be known once it has been sent, without angle brackets; the same at every try."""
    return message_id(parcel_of(leg).id, Setup(leg.channel.settings)).strip("<>")


def address_of(leg: Leg) -> str:
    """The page in full, where an administrator has said under which address people find the product."""
    path = leg.message.address if leg.message is not None else ""
    if leg.message is None and ChannelKind(leg.channel.kind).robot and leg.body.startswith("/"):
        path = leg.body
    return f"{settings.ADDRESS.rstrip('/')}{path}" if path and settings.ADDRESS else ""


def _withheld(leg: Leg) -> str:
    """Why it must not leave any more: the person has gone, or has no role on the contract now. Written down if so."""
    if leg.message is None:
        return ""
    account: Account = leg.message.account
    why = ""
    if not account.is_active:
        why = "账号已停用。"
    elif leg.contract_id and not _on(account, leg.contract_id):
        why = "收件人已不在该合同任职。"
    if why:
        with transaction.atomic():
            _finish(leg, LegState.FAILED, why)
            _log(leg, Outcome.WITHHELD, why)
    return why


def _on(account: Account, contract_id: str) -> bool:
    held = Appointment.objects.filter(account=account, contract_id=contract_id, until__isnull=True)
    return held.exists()


@transaction.atomic
def _write(leg: Leg, channel: Channel, result: Result) -> None:
    match result:
        case Sent():
            leg.state, leg.sent_at, leg.why = LegState.SENT, clock.now(), ""
            leg.provider_id = result.provider_id[:200]
            leg.attempts += 1
            leg.sealed = ""  # the addressee has it now, and nobody else
            leg.save(update_fields=["state", "sent_at", "why", "provider_id", "attempts", "sealed"])
            _log(leg, Outcome.SENT, "", result.extract)
            _recovered(channel)
        case Temporary():
            _again_later(leg, result)
        case Permanent():
            leg.attempts += 1
            leg.save(update_fields=["attempts"])
            _finish(leg, LegState.FAILED, result.says)
            _log(leg, Outcome.PERMANENT, result.says, result.extract)
        case Down():
            _log(leg, Outcome.DOWN, result.says, result.extract)
            _rest(channel, result)


def _again_later(leg: Leg, result: Temporary) -> None:
    now = clock.now()
    leg.attempts += 1
    if now - leg.due_at >= GIVE_UP:
        leg.save(update_fields=["attempts"])
        _finish(leg, LegState.FAILED, f"{result.says}试了 {leg.attempts} 次，不再试。"[:500])
        _log(leg, Outcome.PERMANENT, result.says, result.extract)
        return
    wait = BACK_OFF[min(leg.attempts, len(BACK_OFF)) - 1]
    leg.next_at = now + max(wait, result.after or timedelta())
    leg.state, leg.why = LegState.WAITING, result.says[:500]
    leg.save(update_fields=["attempts", "next_at", "state", "why"])
    _log(leg, Outcome.TEMPORARY, result.says, result.extract)


def _rest(channel: Channel, result: Down) -> None:
    """The channel rests, ever longer; what waits in it waits."""
    now = clock.now()
    channel.down_tries += 1
    channel.down_since = channel.down_since or now
    wait = result.after or min(
        BACK_OFF[min(channel.down_tries, len(BACK_OFF)) - 1], timedelta(minutes=30)
    )
    channel.paused_until, channel.says = now + wait, result.says[:500]
    channel.save(update_fields=["down_tries", "down_since", "paused_until", "says"])


def _recovered(channel: Channel) -> None:
    if channel.down_since is None:
        return
    channel.down_since, channel.down_tries, channel.paused_until, channel.says = None, 0, None, ""
    channel.save(update_fields=["down_tries", "down_since", "paused_until", "says"])


def _finish(leg: Leg, state: LegState, why: str) -> None:
    leg.state, leg.why = state, why[:500]
    leg.save(update_fields=["state", "why"])


def _log(leg: Leg, outcome: Outcome, says: str, extract: str = "") -> None:
    Delivery.objects.create(
        leg=leg,
        channel_id=leg.channel_id,
        at=clock.now(),
        outcome=outcome,
        says=says[:500],
        extract=extract,
    )


def setup_of(channel: Channel) -> Setup:
    """The settings with the secrets in the clear; `Refused` where they cannot be opened."""
    former = ""
    if channel.former_until is not None and channel.former_until > clock.now():
        former = unseal(channel.former_secret)
    return Setup(channel.settings, unseal(channel.secret), former)


def _setup_or_none(channel: Channel) -> Setup | None:
    try:
        return setup_of(channel)
    except Refused:
        return None
