"""遮盖: a person's phone, mail, papers and bank account, as everybody sees them: starred, until somebody says why.

Stars are those of `reading.veil`: one way of starring in the whole house.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from lvyue.reading.personal import PersonalKind
from lvyue.reading.veil import starred


def phone(value: str) -> str:
    """139＊＊＊＊＊＊18."""
    return starred(value, 3, 2)


def mail(value: str) -> str:
    """The house stays, the person goes."""
    name, at, domain = value.partition("@")
    return starred(name, 1) + at + domain if at else starred(value)


#: How much of a value stays, by what it is: enough to tell two apart, not enough to use.
_MASKS: Mapping[PersonalKind, Callable[[str], str]] = {
    PersonalKind.PHONE: phone,
    PersonalKind.MAIL: mail,
    PersonalKind.NAME: lambda value: starred(value, 1),
    PersonalKind.IDENTITY: starred,
    PersonalKind.ACCOUNT: lambda value: starred(value, 0, 4),
}


def masked(kind: PersonalKind, value: str) -> str:
    """A value as everybody sees it."""
    return _MASKS[kind](value)


#: What stands in running text and is somebody's, the longest kind first.
_IN_TEXT: tuple[tuple[PersonalKind, re.Pattern[str]], ...] = (
    (PersonalKind.MAIL, re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    (PersonalKind.IDENTITY, re.compile(r"(?<![0-9A-Fa-f])[1-9][0-9]{16}[0-9Xx](?![0-9A-Fa-f])")),
    (
        PersonalKind.PHONE,
        re.compile(r"(?<![0-9A-Za-z.])(?:\+?86[- ]?)?1[3-9][0-9]{9}(?![0-9A-Za-z])"),
    ),
)


def veiled(text: str) -> str:
    """Running text with every mail address, identity number and mobile number in it starred."""
    for kind, pattern in _IN_TEXT:
        text = pattern.sub(lambda found, kind=kind: masked(kind, found[0]), text)  # type: ignore[misc]  # bound at once
    return text


#: Addresses whose last part lets in whoever holds it: calendar feeds, invitations, links of disclosure, reports of SMS.
_SECRET_ADDRESS = re.compile(
    r"(/calendar/feeds/|/invitations/|/given/|/hooks/sms/\d+/)[A-Za-z0-9_-]{8,}"
)


class VeiledLog(logging.Filter):
    """日志遮盖: nothing personal in a log of ours and no address that lets anybody in, whoever wrote the line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through, its words starred."""
        said: Any = record.getMessage()
        told = _SECRET_ADDRESS.sub(r"\1***", veiled(said))
        if told != said:
            record.msg, record.args = told, None
        return True
