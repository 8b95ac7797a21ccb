"""Words that the rows of this room may hold, and those that a page shows for the library's own."""

from __future__ import annotations

from django.db.models import TextChoices


class JobState(TextChoices):
    """作业状态: where a job stands, as people are told."""

    WAITING = "waiting", "等待"
    RUNNING = "running", "进行中"
    RETRYING = "retrying", "出错待重试"
    DEAD = "dead", "失败"
    DROPPED = "dropped", "已放弃"
    DONE = "done", "完成"


class RunState(TextChoices):
    """计划执行的结果: what became of one due time of a schedule."""

    QUEUED = "queued", "已排队"
    FIRST = "first", "计划从此开始"
    OVERLAPPED = "overlapped", "上一次还没有结束，未执行"
    MISSED = "missed", "错过，按计划不补"
