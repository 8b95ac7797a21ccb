"""日历订阅: give a calendar program an address of its own, and take it back."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from unicodedata import category

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.queries import Account, contracts_of
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.obligations.feeds import File, calendar_of
from lvyue.obligations.models import Feed
from lvyue.obligations.queries import feeds

#: A person has so many at most; an alarm comes so many minutes before at most: four weeks.
MOST, ALARM = 20, 40_320

#: The longest name.
_NAME = 80

#: When a feed was read last is written down no oftener.
_SEEN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class NewFeed:
    """新订阅: the row, and the secret of its address, which nobody can read again."""

    feed: Feed
    secret: str


@transaction.atomic
def open_feed(
    name: str, *, by: Account, contract_id: str = "", alarm: int | None = None
) -> NewFeed:
    """建立日历订阅: of all contracts of a person, or of one of them."""
    name = "".join(one for one in name if category(one) not in ("Cc", "Cs")).strip()
    doubts: list[Doubt] = []
    if not name or len(name) > _NAME:
        says = f"长 {len(name)} 字。" if name else "没有填写。"
        doubts.append(malformed("用途", says, f"请写 1 至 {_NAME} 个字，例如：手机日历。"))
    if contract_id and contract_id not in contracts_of(by):
        says = f"您没有编号为“{contract_id[:80]}”的合同。"
        doubts.append(malformed("合同", says, "请选自己任职的合同，或全部。"))
    if alarm is not None and not 0 <= alarm <= ALARM:
        doubts.append(malformed("提前提醒", f"{alarm} 分钟。", f"请写 0 至 {ALARM}。"))
    mine = feeds().filter(account=by, revoked_at__isnull=True)
    if not doubts and mine.count() >= MOST:
        doubts.append(malformed("订阅", f"已有 {MOST} 个。", "请先吊销不用的。"))
    if doubts:
        raise Refused(doubts)
    secret = secrets.token_urlsafe(32)
    made = Feed.objects.create(
        account=by,
        contract_id=contract_id,
        name=name,
        digest=_digest(secret),
        alarm_minutes=alarm,
        created_at=clock.now(),
    )
    after = {"name": name, "id": made.pk}
    audit("feed.created", by=by, contract_id=contract_id, about=by.username, after=after)
    return NewFeed(made, secret)


@transaction.atomic
def revoke_feed(feed_id: int, *, by: Account) -> Feed | None:
    """吊销日历订阅: one's own; None where there is none. The address is dead at once."""
    row = Feed.objects.select_for_update().filter(pk=feed_id, account=by).first()
    if row is None or row.revoked_at is not None:
        return row
    row.revoked_at = clock.now()
    row.save(update_fields=["revoked_at"])
    before = {"name": row.name, "id": row.pk}
    audit("feed.revoked", by=by, contract_id=row.contract_id, about=by.username, before=before)
    return row


def read_feed(secret: str, now: datetime) -> File | None:
    """The calendar behind an address: as its person may see it at this moment. None for everything else, without a word why."""
    row = feeds().filter(digest=_digest(secret), revoked_at__isnull=True).first()
    if row is None or not row.account.is_active:
        return None
    found = calendar_of(row.account, now, contract_id=row.contract_id, alarm=row.alarm_minutes)
    if found is not None and (row.used_at is None or row.used_at < now - _SEEN):
        Feed.objects.filter(pk=row.pk).update(used_at=now)
    return found


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
