"""Work of this room in the background."""

from __future__ import annotations

from django_tasks import task

from lvyue.readings.actions import jobs


@task(queue_name=jobs.QUEUE)
def read_paper(paper_id: int) -> bool:
    """读入文件: one paper of a draft, in a child process of its own."""
    return jobs.read_one(paper_id)


@task()
def pick_up_papers() -> int:
    """拾起遗留的读入文件: papers that wait, or were begun, and that no job has in hand."""
    return jobs.queue_left_behind()
