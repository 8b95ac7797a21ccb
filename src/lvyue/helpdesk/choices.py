"""Words that the rows of this room may hold, mirrored from the core's tables of tickets."""

from __future__ import annotations

from django.db.models import TextChoices

from lvyue.core.tickets import TICKET_KINDS, Source


class SourceKind(TextChoices):
    """来历: how the moment of a happening is known."""

    TYPED = Source.TYPED.value, Source.TYPED.zh
    MACHINE = Source.MACHINE.value, Source.MACHINE.zh


class Audience(TextChoices):
    """谁能看: whether a happening is for both sides or for one's own."""

    BOTH = "both", "双方"
    BUYER = "buyer", "仅甲方"
    SUPPLIER = "supplier", "仅乙方"


class Side(TextChoices):
    """一方: on whose side somebody acted; a program is on none."""

    BUYER = "buyer", "甲方"
    SUPPLIER = "supplier", "乙方"
    SYSTEM = "system", "系统"


KINDS = [(kind.name, kind.zh) for kind in TICKET_KINDS.values()]

STATES = sorted(
    {(name, zh) for kind in TICKET_KINDS.values() for name, zh in kind.life.states.items()}
)
