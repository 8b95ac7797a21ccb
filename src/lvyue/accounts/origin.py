"""来源: from where somebody acts: the address, the number of the request, and by which of our doors.

The rim sets it (a page, the interface, a job), and the audit trail writes it down with every act. Where nobody set it,
somebody acts at the machine itself.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from lvyue.accounts.choices import Via

#: What a number of a request may look like when somebody else gives it; nothing else is taken over.
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(frozen=True, slots=True)
class Origin:
    """来源: where an act comes from."""

    address: str = ""
    request_id: str = ""
    via: Via = Via.COMMAND


_HERE: ContextVar[Origin] = ContextVar("lvyue_origin", default=Origin())  # noqa: B039  frozen


def here() -> Origin:
    """Where what happens now comes from."""
    return _HERE.get()


@contextmanager
def acting(origin: Origin) -> Iterator[Origin]:
    """Everything inside comes from there."""
    before = _HERE.set(origin)
    try:
        yield origin
    finally:
        _HERE.reset(before)


def request_number(given: str = "") -> str:
    """请求编号: the one that somebody in front of us gave, if it is one; else a new one."""
    return given if _GIVEN.fullmatch(given) else secrets.token_hex(8)


def address_of(request: HttpRequest | None) -> str:
    """Where somebody knocks from. Behind a proxy the last address that was added is the one that the proxy saw."""
    if request is None:
        return ""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    return (forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", ""))[:64]
