"""What every road out of the product has in common: what is carried, what may come of it, and how fast it may go.

Whether a try failed for good or for now is a value, not an exception: whoever sends must decide what becomes of the leg.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from lvyue.core.doubts import Doubt
from lvyue.notices.choices import ChannelKind

#: So much of what was answered is kept for whoever looks for the reason.
EXTRACT = 500


@dataclass(frozen=True, slots=True)
class Thread:
    """往来: the letter that this one answers and those before it, each without angle brackets; where answers go; who wrote it."""

    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """信件: what is carried: to where, what it says, and the id by which the other end knows it again."""

    id: str
    target: str
    subject: str
    body: str
    at: datetime
    address: str = ""
    thread: Thread | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """设置: how a channel is set up, its secret in the clear. Never shown, never logged."""

    settings: Mapping[str, str]
    secret: str = field(default="", repr=False)
    former_secret: str = field(default="", repr=False)

    def __getitem__(self, name: str) -> str:
        return self.settings.get(name, "")

    def number(self, name: str, otherwise: int) -> int:
        """A setting that is a number; its form has checked it."""
        return int(self[name] or otherwise)

    def without_secrets(self, text: str) -> str:
        """What may be written down of a text: no secret, and not too much."""
        for one in (self.secret, self.former_secret):
            if one:
                text = text.replace(one, "……")
        return text[:EXTRACT]


# ── what may come of a try ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Sent:
    """已交付: the other end has taken it."""

    provider_id: str = ""
    extract: str = ""


@dataclass(frozen=True, slots=True)
class Temporary:
    """暂时失败: this one may come through later; those to other addresses go on."""

    says: str
    extract: str = ""
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Down:
    """不通: the whole channel is out of order or asks for a rest; nothing that waits in it is to blame."""

    says: str
    extract: str = ""
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Permanent:
    """失败: this one will never come through."""

    says: str
    extract: str = ""


Result = Sent | Temporary | Down | Permanent


# ── how a channel is described ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Field:
    """栏: one thing that an administrator says of a channel."""

    name: str
    zh: str
    help: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    long: bool = False
    number: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """限速: at most so many within so long."""

    most: int
    within: timedelta


class Road(Protocol):
    """路: one kind of channel."""

    @property
    def kind(self) -> ChannelKind: ...

    @property
    def fields(self) -> tuple[Field, ...]: ...

    @property
    def secret(self) -> Field | None:
        """What is kept sealed; None where there is no secret."""

    @property
    def limits(self) -> tuple[Limit, ...]: ...

    @property
    def room(self) -> int:
        """So many bytes of text fit into one post."""

    def check(self, setup: Setup) -> list[Doubt]:
        """What is wrong with the settings, before anything is sent."""

    def check_target(self, target: str) -> list[Doubt]:
        """What is wrong with an address."""

    def not_before(self, at: datetime, key: int) -> datetime:
        """When something that is ready may leave: a vendor asks to keep away from round times."""

    def send(self, parcel: Parcel, setup: Setup) -> Result: ...
