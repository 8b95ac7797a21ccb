"""账号的后台任务: what is done for accounts, and for the audit trail, without anybody waiting for it."""

from __future__ import annotations

from django.conf import settings
from django_tasks import task

from lvyue.accounts import actions as accounts
from lvyue.accounts.actions import answering, trail, yearly
from lvyue.accounts.actions.providers import synchronise
from lvyue.accounts.queries import providers_at_the_door


@task()
def synchronise_providers() -> None:
    """核对停用: ask each directory whom it switched off. Doing it twice does no more than once."""
    for provider in providers_at_the_door():
        synchronise(provider, by="后台任务")


@task()
def make_pack(pack_id: int) -> None:
    """制作年度留痕包: one that is too large to wait for."""
    yearly.make_pack(pack_id, settings.FONTS)


@task()
def seal_trail() -> None:
    """封链: what a killed process left unsealed."""
    trail.seal()


@task()
def forget_answers() -> None:
    """忘掉一次性回答: those that nobody may repeat any more."""
    answering.forget_answers()


@task()
def end_expired_accounts() -> int:
    """停用到期的账号: for good order; whoever's end has come was nobody since that moment. Twice does no more than once."""
    return accounts.end_expired()
