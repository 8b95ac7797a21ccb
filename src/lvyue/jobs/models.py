"""The rows of background work: what the library's own row of a task does not say, who works, and which due times had their run."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_tasks_db.models import DBTaskResult

from lvyue.jobs.choices import RunState

#: The longest path of a task, and the longest key, that fit into an index of both databases.
TASK, KEY = 200, 200


class Worker(models.Model):
    """作业进程: one thread that takes jobs, since when, and when it was last heard of. Whoever is silent is taken for dead."""

    id = models.CharField("编号", primary_key=True, max_length=80)
    host = models.CharField("主机", max_length=80)
    process = models.PositiveIntegerField("进程号")
    queues = models.CharField("队列", max_length=200)
    since = models.DateTimeField("开始")
    beat_at = models.DateTimeField("最近动静")
    left_at = models.DateTimeField("退出", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "作业进程"
        ordering = ["since"]
        indexes = [models.Index(fields=["beat_at"], name="worker_beat")]

    def __str__(self) -> str:
        return self.id


class Job(models.Model):
    """作业: beside the library's row, which has the task, its arguments and its end: who holds it, how often, how far, what went wrong.

    ``waiting`` with ``key`` is what lets the same work wait only once. ``begun`` counts the attempts of this round, of which there
    may be ``attempts``; together with ``worker`` it is the lease: who does not hold it writes nothing.
    """

    result = models.OneToOneField(
        DBTaskResult,
        verbose_name="任务",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="job",
    )
    task = models.CharField("任务路径", max_length=TASK)
    key = models.CharField("业务键", max_length=KEY, blank=True)
    waiting = models.BooleanField("等待", default=True)
    attempts = models.PositiveSmallIntegerField("最多几次", default=5)
    begun = models.PositiveSmallIntegerField("第几次", default=0)
    worker = models.ForeignKey(
        Worker,
        verbose_name="作业进程",
        on_delete=models.SET_NULL,
        related_name="jobs",
        null=True,
        blank=True,
    )
    done = models.PositiveIntegerField("做到", default=0)
    of = models.PositiveIntegerField("共", default=0)
    trouble = models.CharField("出了什么错", max_length=500, blank=True)
    trouble_at = models.CharField("错在何处", max_length=200, blank=True)
    dropped = models.BooleanField("已放弃", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "作业"
        ordering = ["result"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "key"],
                condition=Q(waiting=True) & ~Q(key=""),
                name="job_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(waiting=False) | Q(worker__isnull=True), name="job_waits_or_is_held"
            ),
        ]
        indexes = [models.Index(fields=["task", "key"], name="job_task_key")]

    def __str__(self) -> str:
        return f"{self.task} {self.result_id}"


class ScheduledRun(models.Model):
    """计划执行: that one due time of a schedule was seen to, by exactly one worker. The database lets it in once."""

    schedule = models.CharField("计划", max_length=80)
    due_at = models.DateTimeField("应执行时间")
    seen_at = models.DateTimeField("处理时间")
    state = models.CharField("结果", max_length=20, choices=RunState)
    result = models.ForeignKey(
        DBTaskResult,
        verbose_name="任务",
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = verbose_name_plural = "计划执行"
        ordering = ["schedule", "-due_at"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "due_at"], name="scheduled_run_once"),
            models.CheckConstraint(
                condition=Q(state__in=RunState.values), name="scheduled_run_known_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule} {self.due_at:%Y-%m-%d %H:%M}"
