"""Duty: rosters, swaps, hand-overs, test calls and daily logs. Rosters, calls and logs are only ever appended."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from lvyue.helpdesk.append_only import guard

TABLES = ("helpdesk_dutyroster", "helpdesk_reachtest", "helpdesk_dutylog")


def lay(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    guard(schema_editor, TABLES, "helpdesk_duty_append_only")


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0005_append_only"),
        ("helpdesk", "0003_channels"),
    ]

    operations = [
        migrations.CreateModel(
            name="DutyHandover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="交班时间")),
                ("shift", models.CharField(max_length=40, verbose_name="交出的班次")),
                ("giver", models.CharField(max_length=150, verbose_name="交班人")),
                ("giver_name", models.CharField(max_length=80, verbose_name="交班人姓名")),
                ("notes", models.TextField(verbose_name="交接内容")),
                ("tickets", models.JSONField(default=list, verbose_name="未了的工单")),
                ("taken_at", models.DateTimeField(blank=True, null=True, verbose_name="接班时间")),
                ("taker", models.CharField(blank=True, max_length=150, verbose_name="接班人")),
                (
                    "taker_name",
                    models.CharField(blank=True, max_length=80, verbose_name="接班人姓名"),
                ),
                ("remark", models.TextField(blank=True, verbose_name="接班人意见")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                        verbose_name="合同",
                    ),
                ),
            ],
            options={
                "verbose_name": "交接班",
                "verbose_name_plural": "交接班",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ReachTest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="拨打时间")),
                ("number", models.CharField(max_length=40, verbose_name="号码")),
                ("post", models.CharField(max_length=80, verbose_name="岗位")),
                ("shift", models.CharField(blank=True, max_length=40, verbose_name="班次")),
                ("on_duty", models.JSONField(default=list, verbose_name="应接听的人")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("answered", "本人接听"),
                            ("missed", "无人接听"),
                            ("voicemail", "语音信箱"),
                            ("wrong", "不是值守的人"),
                            ("busy", "占线或关机"),
                        ],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                (
                    "seconds",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="响铃秒数"),
                ),
                ("said", models.TextField(blank=True, verbose_name="说明")),
                ("evidence", models.JSONField(blank=True, default=list, verbose_name="凭据")),
                (
                    "side",
                    models.CharField(
                        choices=[("buyer", "甲方"), ("supplier", "乙方"), ("system", "系统")],
                        max_length=10,
                        verbose_name="哪一方拨打",
                    ),
                ),
                ("by", models.CharField(max_length=150, verbose_name="拨打人")),
                ("by_name", models.CharField(max_length=80, verbose_name="拨打人姓名")),
                ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                ("counts", models.BooleanField(verbose_name="算数")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                        verbose_name="合同",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="helpdesk.ticket",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "值守抽测",
                "verbose_name_plural": "值守抽测",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="DutyLog",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="所记日期")),
                ("text", models.TextField(verbose_name="内容")),
                ("late", models.PositiveIntegerField(default=0, verbose_name="迟记天数")),
                ("repeats", models.BooleanField(default=False, verbose_name="与前一天相同")),
                ("filed_at", models.DateTimeField(verbose_name="登记时间")),
                ("by", models.CharField(max_length=150, verbose_name="登记人")),
                ("by_name", models.CharField(max_length=80, verbose_name="登记人姓名")),
                ("evidence", models.JSONField(blank=True, default=list, verbose_name="凭据")),
                ("fact", models.CharField(max_length=200, verbose_name="事实编号")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                        verbose_name="合同",
                    ),
                ),
            ],
            options={
                "verbose_name": "值守日志",
                "verbose_name_plural": "值守日志",
                "ordering": ["-day"],
                "constraints": [
                    models.UniqueConstraint(fields=("contract", "day"), name="duty_log_once_a_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="DutyRoster",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="版本")),
                ("begins", models.DateField(verbose_name="施行日")),
                ("body", models.JSONField(verbose_name="内容")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="为什么改")),
                ("made_at", models.DateTimeField(verbose_name="建立时间")),
                ("made_by", models.CharField(max_length=150, verbose_name="建立人")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                        verbose_name="合同",
                    ),
                ),
            ],
            options={
                "verbose_name": "值班表",
                "verbose_name_plural": "值班表",
                "ordering": ["contract", "-version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contract", "version"), name="roster_version_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DutySwap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
                ("shift", models.CharField(max_length=40, verbose_name="班次")),
                ("giver", models.CharField(max_length=150, verbose_name="让班人")),
                ("taker", models.CharField(max_length=150, verbose_name="接班人")),
                ("reason", models.CharField(max_length=300, verbose_name="事由")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待对方同意"),
                            ("agreed", "已同意，生效"),
                            ("refused", "对方不同意"),
                            ("withdrawn", "已撤回"),
                        ],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="答复时间"),
                ),
                ("answer", models.CharField(blank=True, max_length=300, verbose_name="答复")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                        verbose_name="合同",
                    ),
                ),
            ],
            options={
                "verbose_name": "换班",
                "verbose_name_plural": "换班",
                "ordering": ["-day", "-id"],
                "indexes": [models.Index(fields=["contract", "day"], name="swap_by_day")],
            },
        ),
        migrations.AddIndex(
            model_name="reachtest",
            index=models.Index(fields=["contract", "-at"], name="reach_by_time"),
        ),
        migrations.RunPython(lay),
    ]
