"""免打扰: when somebody may be told outside the product. Pure: moments in, a moment out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lvyue.notices.choices import ChannelKind, Topic

#: Nobody is called out of bed for what can wait.
QUIET_FROM, QUIET_TO = time(22), time(7)

#: So many days are looked at for a working day before the hour of the day alone decides.
_FAR = 30

#: What is sent where nobody chose otherwise: by topic, the channels beside the inbox.
WAYS: dict[Topic, tuple[ChannelKind, ...]] = {
    Topic.REMINDER: (ChannelKind.MAIL,),
    Topic.ESCALATION: (ChannelKind.MAIL, ChannelKind.SMS),
    Topic.TICKET: (ChannelKind.MAIL,),
    Topic.SERVICE: (ChannelKind.MAIL,),
    Topic.INVITATION: (ChannelKind.MAIL,),
    Topic.SECURITY: (ChannelKind.MAIL,),
    Topic.JOB: (),
    Topic.DISCLOSURE: (ChannelKind.MAIL,),
    Topic.ALERT: (ChannelKind.MAIL,),
    Topic.SYSTEM: (ChannelKind.MAIL,),
}


@dataclass(frozen=True, slots=True)
class Peace:
    """安静: the hours and days on which somebody wants to hear nothing, and the hour at which they want all at once."""

    quiet_from: time | None = QUIET_FROM
    quiet_to: time | None = QUIET_TO
    working_days_only: bool = False
    digest_at: time | None = None

    def is_quiet(self, at: datetime) -> bool:
        """Whether a moment lies in the quiet hours, which may pass midnight. Equal ends are no quiet at all."""
        if self.quiet_from is None or self.quiet_to is None or self.quiet_from == self.quiet_to:
            return False
        hour = at.time().replace(tzinfo=None)
        if self.quiet_from < self.quiet_to:
            return self.quiet_from <= hour < self.quiet_to
        return hour >= self.quiet_from or hour < self.quiet_to

    def first_moment(self, at: datetime, is_working: Callable[[date], bool]) -> datetime:
        """The first moment from ``at`` on at which this person may be told what is not urgent."""
        moment = self._next_digest(at) if self.digest_at is not None else self._awake(at)
        for _ in range(_FAR):
            if not self.working_days_only or is_working(moment.date()):
                break
            midnight = datetime.combine(moment.date() + timedelta(days=1), time(), moment.tzinfo)
            moment = self._next_digest(midnight) if self.digest_at else self._awake(midnight)
        return moment

    def _awake(self, at: datetime) -> datetime:
        if not self.is_quiet(at) or self.quiet_to is None:
            return at
        return _next(at, self.quiet_to)

    def _next_digest(self, at: datetime) -> datetime:
        return at if self.digest_at is None else _next(at, self.digest_at)


def _next(at: datetime, hour: time) -> datetime:
    """The first moment from ``at`` on when the clock shows this hour."""
    today = datetime.combine(at.date(), hour, at.tzinfo)
    return today if today >= at else today + timedelta(days=1)
