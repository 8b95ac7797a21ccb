"""Words that the rows of this room may hold, mirrored from the core's lifecycle."""

from __future__ import annotations

from django.db.models import TextChoices

from lvyue.core.lifecycles import DISCLOSURE


class DisclosureState(TextChoices):
    """对外提供状态: the states of the lifecycle."""

    DRAFTED = "drafted", DISCLOSURE.states["drafted"]
    APPLIED = "applied", DISCLOSURE.states["applied"]
    CONSENTED = "consented", DISCLOSURE.states["consented"]
    GIVEN = "given", DISCLOSURE.states["given"]
    REFUSED = "refused", DISCLOSURE.states["refused"]
    WITHDRAWN = "withdrawn", DISCLOSURE.states["withdrawn"]
    REVOKED = "revoked", DISCLOSURE.states["revoked"]


class Side(TextChoices):
    """一方: on whose behalf somebody applies."""

    BUYER = "buyer", "甲方"
    SUPPLIER = "supplier", "乙方"


#: Where files may still go out.
OPEN = frozenset({DisclosureState.CONSENTED, DisclosureState.GIVEN})
