"""JOBS."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("django_tasks_database", "0021_conditional_partial_index_ordering"),
    ]

    operations = [
        migrations.CreateModel(
            name="Worker",
            fields=[
                (
                    "id",
                    models.CharField(
                        max_length=80, primary_key=True, serialize=False, verbose_name="编号"
                    ),
                ),
                ("host", models.CharField(max_length=80, verbose_name="主机")),
                ("process", models.PositiveIntegerField(verbose_name="进程号")),
                ("queues", models.CharField(max_length=200, verbose_name="队列")),
                ("since", models.DateTimeField(verbose_name="开始")),
                ("beat_at", models.DateTimeField(verbose_name="最近动静")),
                ("left_at", models.DateTimeField(blank=True, null=True, verbose_name="退出")),
            ],
            options={
                "verbose_name": "作业进程",
                "verbose_name_plural": "作业进程",
                "ordering": ["since"],
                "indexes": [models.Index(fields=["beat_at"], name="worker_beat")],
            },
        ),
        migrations.CreateModel(
            name="ScheduledRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("schedule", models.CharField(max_length=80, verbose_name="计划")),
                ("due_at", models.DateTimeField(verbose_name="应执行时间")),
                ("seen_at", models.DateTimeField(verbose_name="处理时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "已排队"),
                            ("first", "计划从此开始"),
                            ("overlapped", "上一次还没有结束，未执行"),
                            ("missed", "错过，按计划不补"),
                        ],
                        max_length=20,
                        verbose_name="结果",
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="django_tasks_database.dbtaskresult",
                        verbose_name="任务",
                    ),
                ),
            ],
            options={
                "verbose_name": "计划执行",
                "verbose_name_plural": "计划执行",
                "ordering": ["schedule", "-due_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("schedule", "due_at"), name="scheduled_run_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["queued", "first", "overlapped", "missed"])
                        ),
                        name="scheduled_run_known_state",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "result",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="job",
                        serialize=False,
                        to="django_tasks_database.dbtaskresult",
                        verbose_name="任务",
                    ),
                ),
                ("task", models.CharField(max_length=200, verbose_name="任务路径")),
                ("key", models.CharField(blank=True, max_length=200, verbose_name="业务键")),
                ("waiting", models.BooleanField(default=True, verbose_name="等待")),
                ("attempts", models.PositiveSmallIntegerField(default=5, verbose_name="最多几次")),
                ("begun", models.PositiveSmallIntegerField(default=0, verbose_name="第几次")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="做到")),
                ("of", models.PositiveIntegerField(default=0, verbose_name="共")),
                (
                    "trouble",
                    models.CharField(blank=True, max_length=500, verbose_name="出了什么错"),
                ),
                (
                    "trouble_at",
                    models.CharField(blank=True, max_length=200, verbose_name="错在何处"),
                ),
                ("dropped", models.BooleanField(default=False, verbose_name="已放弃")),
                (
                    "worker",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="jobs",
                        to="jobs.worker",
                        verbose_name="作业进程",
                    ),
                ),
            ],
            options={
                "verbose_name": "作业",
                "verbose_name_plural": "作业",
                "ordering": ["result"],
                "indexes": [models.Index(fields=["task", "key"], name="job_task_key")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("waiting", True), models.Q(("key", ""), _negated=True)),
                        fields=("task", "key"),
                        name="job_waits_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("waiting", False), ("worker__isnull", True), _connector="OR"
                        ),
                        name="job_waits_or_is_held",
                    ),
                ],
            },
        ),
    ]
