"""Words that the rows of this room may hold, mirrored from the core's lifecycles where there is one."""

from __future__ import annotations

from django.db.models import TextChoices

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Right
from lvyue.core.lifecycles import CONTRACT_DRAFT, PAPER_READING


class DraftState(TextChoices):
    """合同草稿状态: the states of the lifecycle."""

    REVIEWING = "reviewing", CONTRACT_DRAFT.states["reviewing"]
    PROPOSED = "proposed", CONTRACT_DRAFT.states["proposed"]
    IN_FORCE = "in_force", CONTRACT_DRAFT.states["in_force"]
    WITHDRAWN = "withdrawn", CONTRACT_DRAFT.states["withdrawn"]


class PaperState(TextChoices):
    """读入任务状态: the states of the lifecycle."""

    QUEUED = "queued", PAPER_READING.states["queued"]
    RUNNING = "running", PAPER_READING.states["running"]
    INTERRUPTED = "interrupted", PAPER_READING.states["interrupted"]
    FAILED = "failed", PAPER_READING.states["failed"]
    CANCELLED = "cancelled", PAPER_READING.states["cancelled"]
    DONE = "done", PAPER_READING.states["done"]


#: Nothing happens to a paper in one of these unless a person asks for it.
SETTLED = (PaperState.FAILED, PaperState.CANCELLED, PaperState.DONE)


class Act(TextChoices):
    """核对动作: what a person says of one thing that was read."""

    ACCEPT = "accept", "接受"
    CORRECT = "correct", "改正"
    SPLIT = "split", "拆分"
    MERGE = "merge", "合并"
    REJECT = "reject", "不要"
    ADD = "add", "补加"
    UNDO = "undo", "撤销"


class Side(TextChoices):
    """一方."""

    BUYER = "buyer", "甲方"
    SUPPLIER = "supplier", "乙方"

    @property
    def other(self) -> Side:
        return Side.SUPPLIER if self is Side.BUYER else Side.BUYER


#: What one can be on a draft: the two sides and who audits them. Whoever supervises, assesses or keeps keys comes with the contract.
MEMBERS: tuple[ContractRole, ...] = (
    ContractRole.BUYER,
    ContractRole.USING_DEPARTMENT,
    ContractRole.SUPPLIER_MANAGER,
    ContractRole.ENGINEER,
    ContractRole.AUDITOR,
)

#: Who speaks for a side: proposes, confirms, sends back, invites, and reads what is personal.
SPEAKERS = Right.SIGN.roles

#: Who may decide on what was read.
DECIDERS = SPEAKERS | {ContractRole.USING_DEPARTMENT, ContractRole.ENGINEER}

#: What the author of a draft is, by the side that they say.
AUTHORS = {Side.BUYER: ContractRole.BUYER, Side.SUPPLIER: ContractRole.SUPPLIER_MANAGER}
