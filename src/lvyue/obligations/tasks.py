"""The room's own work."""

from __future__ import annotations

from django_tasks import task

from lvyue.contracts.queries import contracts
from lvyue.obligations.actions import reminding, serving
from lvyue.obligations.actions.refreshing import refresh
from lvyue.search.actions import catch_up


@task()
def remind() -> int:
    """提醒: whoever must be told now is told, once. How many were told."""
    return len(reminding.remind().sent)


@task()
def refresh_one(contract_id: str) -> None:
    """更新一份合同: its findings follow what other rooms put on record."""
    refresh(contract_id)


@task()
def index() -> int:
    """编入索引: what nobody has searched for yet is brought in all the same. How many contracts are still behind."""
    return len(catch_up([*contracts().values_list("pk", flat=True)]))


@task()
def follow_prompts() -> int:
    """跟进限时通知: what the channels reported to have arrived is put on record. How many facts were new."""
    return serving.follow_prompts()
