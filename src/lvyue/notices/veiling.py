"""遮盖: telephones, addresses and names in the register and on slips, starred in the one way of the whole house."""

from __future__ import annotations

from collections.abc import Mapping

from lvyue.accounts.veil import masked
from lvyue.reading.personal import PersonalKind
from lvyue.reading.veil import starred

_KINDS: Mapping[str, PersonalKind] = {
    "email": PersonalKind.MAIL,
    "mobile": PersonalKind.PHONE,
    "phone": PersonalKind.PHONE,
    "fax": PersonalKind.PHONE,
    "name": PersonalKind.NAME,
}

#: Of an address the city and the district stay.
_PLACE = 6


def veiled(kind: str, value: str) -> str:
    """A value with its middle starred: enough to know which one it is, too little to use it."""
    if not value:
        return ""
    known = _KINDS.get(kind)
    return starred(value, min(_PLACE, len(value) // 2)) if known is None else masked(known, value)
