"""Words that the rows of this room may hold, mirrored from the core's lifecycle."""

from __future__ import annotations

from django.db.models import TextChoices

from lvyue.core.lifecycles import STATEMENT


class StatementState(TextChoices):
    """结算书状态: the states of the lifecycle."""

    ISSUED = "issued", STATEMENT.states["issued"]
    CONFIRMED_BY_ONE = "confirmed_by_one", STATEMENT.states["confirmed_by_one"]
    AGREED = "agreed", STATEMENT.states["agreed"]
    DISPUTED = "disputed", STATEMENT.states["disputed"]
    RESTATED = "restated", STATEMENT.states["restated"]
    WITHDRAWN = "withdrawn", STATEMENT.states["withdrawn"]


class StatementAct(TextChoices):
    """结算书上的动作: issuing, and the steps of the lifecycle."""

    ISSUE = "issue", "出具"
    CONFIRM = "confirm", "确认"
    COUNTERSIGN = "countersign", "确认（对方）"
    DISPUTE = "dispute", "提出异议"
    RESTATE = "restate", "由重述取代"
    WITHDRAW = "withdraw", "撤回"


class Side(TextChoices):
    """一方: on whose behalf an act was done."""

    BUYER = "buyer", "甲方"
    SUPPLIER = "supplier", "乙方"
