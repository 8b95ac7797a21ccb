"""Reads of the filters that somebody keeps."""

from __future__ import annotations

from lvyue.accounts.permissions import Seat
from lvyue.helpdesk.models import SavedSieve


def sieves(seat: Seat) -> list[SavedSieve]:
    """The filters that this person keeps on this contract, in the order in which they were kept."""
    return list(SavedSieve.objects.filter(contract_id=seat.contract_id, username=seat.username))


def sieve(seat: Seat, sieve_id: int) -> SavedSieve | None:
    """One of them; None for anybody else's."""
    return next((one for one in sieves(seat) if one.pk == sieve_id), None)
