"""What can be done to the register."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from lvyue import clock
from lvyue.contracts.models import Contract, Release


@transaction.atomic
def register_release(
    contract_id: str,
    title: str,
    body: str,
    digest: str,
    *,
    by: str,
    demonstration: bool,
    effective_from: date | None = None,
) -> Release:
    """登记合同版本: the contract enters the register with its first release; later ones are numbered on.

    Registering the same digest again changes nothing and answers the release that is there, so a
    loader may run as often as it likes.
    """
    now = clock.now()
    Contract.objects.get_or_create(
        pk=contract_id,
        defaults={"title": title, "demonstration": demonstration, "created_at": now},
    )
    # Two loaders of one contract take turns here, or both would count to the same number.
    contract = Contract.objects.select_for_update().get(pk=contract_id)
    if contract.demonstration != demonstration:
        raise ValueError(
            f"Contract {contract_id} is {'' if contract.demonstration else 'not '}a demonstration, "
            f"and its release says otherwise. Register the release under another id."
        )
    known = contract.releases.filter(digest=digest).first()
    if known is not None:
        return known
    last = contract.releases.order_by("sequence").last()
    release = contract.releases.create(
        sequence=last.sequence + 1 if last else 1,
        digest=digest,
        body=body,
        effective_from=effective_from,
        loaded_at=now,
        loaded_by=by,
    )
    contract.title = title
    contract.save(update_fields=["title"])
    return release
