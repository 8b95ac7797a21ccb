"""Words that the rows of this room may hold, mirrored from the core's lifecycle."""

from __future__ import annotations

from django.db.models import TextChoices

from lvyue.core.lifecycles import SUPPLEMENT


class AmendmentState(TextChoices):
    """补充协议状态: the states of the lifecycle."""

    DRAFTED = "drafted", SUPPLEMENT.states["drafted"]
    PROPOSED = "proposed", SUPPLEMENT.states["proposed"]
    CONFIRMED_BY_ONE = "confirmed_by_one", SUPPLEMENT.states["confirmed_by_one"]
    IN_FORCE = "in_force", SUPPLEMENT.states["in_force"]
    REFUSED = "refused", SUPPLEMENT.states["refused"]
    WITHDRAWN = "withdrawn", SUPPLEMENT.states["withdrawn"]


class AmendmentKind(TextChoices):
    """补充协议种类: what it changes, and so what its second signature does."""

    TERMS = "terms", "变更条款"
    PARAMETER = "parameter", "商定参数"
    DOUBT = "doubt", "解决疑义"
    TOGETHER = "together", "共同确认"


class Side(TextChoices):
    """一方: on whose behalf somebody acts."""

    BUYER = "buyer", "甲方"
    SUPPLIER = "supplier", "乙方"


#: Nothing leads out of these, and the database holds them as they are.
FINAL = frozenset(
    AmendmentState(state) for state in SUPPLEMENT.states if not SUPPLEMENT.open_steps(state)
)
