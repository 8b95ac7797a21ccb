"""The room's own work: reading the mailboxes of the desk, ending remote sessions."""

from __future__ import annotations

from django_tasks import task

from lvyue.helpdesk.actions import fetching, remote
from lvyue.helpdesk.queries.channels import mailboxes


@task()
def fetch_mail() -> int:
    """收取服务台的邮件: how many letters were new. A mailbox that is down stops no other, and says so on its channel."""
    return sum(fetching.fetch(one).fresh for one in mailboxes())


@task()
def end_remote() -> int:
    """结束到期的远程作业: every session ends when its permission does. How many were ended."""
    return remote.end_expired()
