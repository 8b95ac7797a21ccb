"""The room's own work: reading the mailboxes of the desk, ending remote sessions, counting who was there."""

from __future__ import annotations

from django_tasks import task

from lvyue.helpdesk.actions import duty, fetching, keeping, remote, repairs, spreading, waiting
from lvyue.helpdesk.queries.channels import mailboxes
from lvyue.jobs.actions import enqueue


@task()
def fetch_mail() -> int:
    """收取服务台的邮件: how many letters were new. A mailbox that is down stops no other, and says so on its channel."""
    return sum(fetching.fetch(one).fresh for one in mailboxes())


@task()
def spread() -> int:
    """告知工单的经过: of how many tickets people were told. What is left is told by the next run, at once."""
    told = spreading.spread()
    if told == spreading.BATCH:
        enqueue(spread, key="spread")
    return told


@task()
def keep_dues() -> int:
    """更新工单期限: how many open tickets end at another time since their contract has changed."""
    return keeping.keep_dues()


@task()
def count_repairs() -> int:
    """统计故障设备维修: how many counts of the month that closed last went on record."""
    return repairs.count_repairs()


@task()
def end_remote() -> int:
    """结束到期的远程作业: every session ends when its permission does. How many were ended."""
    return remote.end_expired()


@task()
def count_staff() -> int:
    """统计驻场人员的在岗: how many counts of the days that have closed went on record."""
    return duty.count_staff()


@task()
def stop_for_letters() -> int:
    """逾期停表: whatever waits for a letter that the buyer has not answered in time stands still. How many were stopped."""
    return waiting.stop_for_letters()
