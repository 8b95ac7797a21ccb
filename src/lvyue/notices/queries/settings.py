"""Reads of who wants to hear what, by which channel, and where they can be reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lvyue.accounts.models import Account, ContactWay
from lvyue.core.calendar import Calendar
from lvyue.notices.choices import ChannelKind, Topic
from lvyue.notices.models import NoticeSettings
from lvyue.notices.peace import WAYS, Peace

#: Which kind of contact leads to which channel.
_CONTACTS = {"mail": ChannelKind.MAIL, "phone": ChannelKind.SMS}


@dataclass(frozen=True, slots=True)
class Wishes:
    """愿望: how a person wants to be told, as chosen or as it is where nobody chose."""

    chosen: Mapping[str, list[str]] = field(default_factory=dict)
    peace: Peace = field(default_factory=Peace)
    urgent_wakes: bool = True

    def ways(self, topic: Topic, *, urgent: bool = False) -> tuple[ChannelKind, ...]:
        """The channels beside the inbox. What nobody chose is mail, and a text message too where it is urgent."""
        if topic.value in self.chosen:
            return tuple(ChannelKind(one) for one in self.chosen[topic.value])
        found = WAYS[topic]
        if ChannelKind.SMS in found and not urgent:
            return tuple(one for one in found if one is not ChannelKind.SMS)
        return found

    def when(self, at: datetime, calendar: Calendar, *, urgent: bool) -> tuple[datetime, bool]:
        """From when on it may leave, and whether it waits for the daily digest."""
        if urgent and self.urgent_wakes:
            return at, False
        moment = self.peace.first_moment(at, calendar.is_working)
        return moment, self.peace.digest_at is not None


def wishes_of(people: Collection[Account]) -> Mapping[int, Wishes]:
    """By account. One read."""
    found = NoticeSettings.objects.filter(account__in=people)
    chosen = {one.account_id: _wishes(one) for one in found}
    return {one.pk: chosen.get(one.pk, Wishes()) for one in people}


def wishes(account: Account) -> Wishes:
    return wishes_of([account])[account.pk]


def _wishes(row: NoticeSettings) -> Wishes:
    peace = Peace(row.quiet_from, row.quiet_to, row.working_days_only, row.digest_at)
    return Wishes(row.ways, peace, row.urgent_wakes)


def reach_of(people: Collection[Account]) -> Mapping[int, Mapping[ChannelKind, str]]:
    """Where people can be reached, by account: only what they have shown to be theirs. One read."""
    found: dict[int, dict[ChannelKind, str]] = defaultdict(dict)
    shown = ContactWay.objects.filter(account__in=people, verified_at__isnull=False)
    for account, kind, value in shown.values_list("account_id", "kind", "value"):
        found[account][_CONTACTS[kind]] = value
    return found
