"""Reads of the register."""

from __future__ import annotations

from django.db.models import QuerySet

from lvyue.contracts.models import Contract, Release


def contracts() -> QuerySet[Contract]:
    """Every contract, by its short name."""
    return Contract.objects.order_by("id")


def releases() -> QuerySet[Release]:
    """Every release with its contract, the contracts by name and the releases of each in order."""
    return Release.objects.select_related("contract").order_by("contract_id", "sequence")


def latest_release(contract_id: str) -> Release | None:
    """The release that was registered last, or None when the register does not know the contract."""
    return releases().filter(contract_id=contract_id).last()
