"""Reads of the roads by which people are told: the channels that lead to one person, and those that a person chose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from lvyue.accounts.models import Account
from lvyue.notices.choices import ChannelKind, Topic
from lvyue.notices.models import Channel
from lvyue.notices.queries.settings import reach_of, wishes_of

#: How the inbox is called, which everybody has.
INBOX = "站内消息"


def personal_channels() -> Mapping[ChannelKind, list[Channel]]:
    """The open channels that lead to one person, by kind. One read."""
    found: dict[ChannelKind, list[Channel]] = defaultdict(list)
    kinds = [kind for kind in ChannelKind if kind.personal]
    for one in Channel.objects.filter(kind__in=kinds, enabled=True).order_by("id"):
        found[ChannelKind(one.kind)].append(one)
    return found


def nearest(roads: Iterable[Channel], person: Account) -> Channel | None:
    """That of the person's own organisation, else one that is for everybody."""
    fit = [one for one in roads if one.organisation_id in (None, person.organisation_id)]
    return min(fit, key=lambda one: (one.organisation_id is None, one.pk), default=None)


def roads_of(
    people: Collection[Account], topic: Topic, *, urgent: bool = False
) -> Mapping[int, tuple[str, ...]]:
    """By which roads each person would be told of a topic now, in words and without an address. Three reads."""
    open_ones = personal_channels() if people else {}
    reach, wishes = reach_of(people), wishes_of(people)
    return {
        one.pk: (
            INBOX,
            *(
                kind.label
                for kind in wishes[one.pk].ways(topic, urgent=urgent)
                if not one.demonstration
                and kind in reach[one.pk]
                and nearest(open_ones.get(kind, []), one) is not None
            ),
        )
        for one in people
    }
