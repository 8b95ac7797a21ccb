"""Reminders, what was told, and calendar feeds."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("obligations", "0001_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DueEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("contract_id", models.SlugField(max_length=80, verbose_name="合同编号")),
                ("title", models.CharField(max_length=300, verbose_name="合同名称")),
                (
                    "about",
                    models.CharField(
                        choices=[("due", "到期"), ("doubt", "疑义"), ("renewal", "续签")],
                        max_length=20,
                        verbose_name="关于",
                    ),
                ),
                ("term", models.CharField(max_length=200, verbose_name="约定")),
                ("occurrence", models.CharField(blank=True, max_length=300, verbose_name="哪一次")),
                ("clause", models.CharField(blank=True, max_length=300, verbose_name="条款")),
                ("says", models.TextField(verbose_name="内容")),
                ("debtor", models.CharField(max_length=20, verbose_name="义务人")),
                ("verdict", models.CharField(max_length=20, verbose_name="结论")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "未办结"), ("done", "已办结"), ("cancelled", "已取消")],
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("due", models.DateField(verbose_name="到期日")),
                ("until", models.DateTimeField(verbose_name="最迟时刻")),
                ("began", models.DateTimeField(null=True, verbose_name="起算时刻")),
                ("unit", models.CharField(max_length=20, verbose_name="时钟")),
                ("provisional", models.BooleanField(verbose_name="暂定")),
                ("doubt", models.TextField(blank=True, verbose_name="疑义")),
                ("for_buyer", models.BooleanField(verbose_name="甲方项目负责人可登记")),
                ("for_department", models.BooleanField(verbose_name="使用部门可登记")),
                ("for_manager", models.BooleanField(verbose_name="乙方项目经理可登记")),
                ("for_engineer", models.BooleanField(verbose_name="乙方工程师可登记")),
                ("leads", models.BooleanField(verbose_name="代表同一约定的各次")),
                ("sequence", models.PositiveIntegerField(default=0, verbose_name="修订次数")),
                ("moves", models.PositiveIntegerField(default=0, verbose_name="改期次数")),
                ("was", models.DateTimeField(null=True, verbose_name="原最迟时刻")),
                ("because", models.CharField(blank=True, max_length=300, verbose_name="改期原因")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("changed_at", models.DateTimeField(verbose_name="修订时间")),
                ("next_at", models.DateTimeField(null=True, verbose_name="下一步提醒")),
                ("release_sequence", models.PositiveIntegerField(verbose_name="合同版本序号")),
                ("calendar", models.CharField(max_length=64, verbose_name="日历散列")),
                ("size", models.PositiveBigIntegerField(verbose_name="日志条数")),
            ],
            options={
                "verbose_name": "到期条目",
                "verbose_name_plural": "到期条目",
                "ordering": ["until", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_at__isnull", False)),
                        fields=["next_at", "id"],
                        name="due_entry_next",
                    ),
                    models.Index(fields=["contract_id", "until"], name="due_entry_contract"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contract_id", "term", "occurrence"), name="due_entry_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "contract_id",
                    models.CharField(blank=True, max_length=80, verbose_name="合同编号"),
                ),
                ("name", models.CharField(max_length=80, verbose_name="用途")),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="散列")),
                (
                    "alarm_minutes",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="提前提醒（分钟）"
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="吊销时间"),
                ),
                (
                    "used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="最近一次读取"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feeds",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "日历订阅",
                "verbose_name_plural": "日历订阅",
                "ordering": ["account", "id"],
            },
        ),
        migrations.CreateModel(
            name="ReminderPause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("contract_id", models.SlugField(max_length=80, verbose_name="合同编号")),
                ("term", models.CharField(blank=True, max_length=200, verbose_name="约定")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="止")),
                ("reason", models.TextField(verbose_name="理由")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="恢复时间")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminder_pauses",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "停止提醒",
                "verbose_name_plural": "停止提醒",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("account", "contract_id", "term"),
                        name="reminder_pause_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReminderPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("contract_id", models.SlugField(max_length=80, verbose_name="合同编号")),
                ("side", models.CharField(max_length=20, verbose_name="哪一方")),
                ("policy", models.JSONField(verbose_name="参数")),
                ("changed_at", models.DateTimeField(verbose_name="更改时间")),
                ("changed_by", models.CharField(max_length=150, verbose_name="更改人")),
                (
                    "second",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="第二人",
                    ),
                ),
            ],
            options={
                "verbose_name": "提醒参数",
                "verbose_name_plural": "提醒参数",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contract_id", "side"), name="reminder_policy_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReminderSent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("side", models.CharField(max_length=20, verbose_name="哪一方")),
                ("step", models.CharField(max_length=60, verbose_name="步骤")),
                ("moves", models.PositiveIntegerField(verbose_name="改期次数")),
                ("stage", models.CharField(max_length=20, verbose_name="阶段")),
                ("planned_at", models.DateTimeField(verbose_name="应发时间")),
                ("sent_at", models.DateTimeField(verbose_name="发出时间")),
                ("due", models.DateField(verbose_name="当时的到期日")),
                ("people", models.JSONField(verbose_name="收件人")),
                ("subject", models.CharField(max_length=200, verbose_name="标题")),
                ("key", models.CharField(max_length=200, verbose_name="业务键")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sent",
                        to="obligations.dueentry",
                        verbose_name="到期条目",
                    ),
                ),
            ],
            options={
                "verbose_name": "已发提醒",
                "verbose_name_plural": "已发提醒",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("entry", "side", "step", "moves"), name="reminder_told_once"
                    )
                ],
            },
        ),
    ]
