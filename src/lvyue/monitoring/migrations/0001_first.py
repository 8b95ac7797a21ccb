"""Alerts: sources, deliveries, alerts."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AlertSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("contract_id", models.SlugField(max_length=80, verbose_name="合同编号")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("alertmanager", "Alertmanager（webhook v4）"),
                            ("generic", "其他系统（JSON，按对照表读）"),
                        ],
                        max_length=20,
                        verbose_name="种类",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="散列")),
                ("mapping", models.JSONField(default=dict, verbose_name="对照表")),
                ("networks", models.JSONField(default=list, verbose_name="来源地址")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("created_by", models.CharField(max_length=150, verbose_name="建立人")),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="停用时间"),
                ),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="最近一次")),
            ],
            options={
                "verbose_name": "告警来源",
                "verbose_name_plural": "告警来源",
                "ordering": ["contract_id", "id"],
            },
        ),
        migrations.CreateModel(
            name="AlertDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, verbose_name="散列")),
                ("body", models.BinaryField(verbose_name="原文")),
                ("address", models.CharField(blank=True, max_length=64, verbose_name="来源地址")),
                ("first_at", models.DateTimeField(verbose_name="首次收到")),
                ("last_at", models.DateTimeField(verbose_name="最近收到")),
                ("times", models.PositiveIntegerField(default=1, verbose_name="收到次数")),
                ("accepted", models.BooleanField(verbose_name="读懂了")),
                ("reason", models.TextField(blank=True, verbose_name="没有读懂的原因")),
                ("alerts", models.PositiveIntegerField(default=0, verbose_name="告警条数")),
                (
                    "truncated",
                    models.PositiveIntegerField(default=0, verbose_name="对方省略的条数"),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="monitoring.alertsource",
                        verbose_name="来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "告警投递",
                "verbose_name_plural": "告警投递",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("contract_id", models.SlugField(max_length=80, verbose_name="合同编号")),
                ("fingerprint", models.CharField(max_length=128, verbose_name="指纹")),
                ("starts_at", models.DateTimeField(verbose_name="开始")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="恢复")),
                (
                    "status",
                    models.CharField(
                        choices=[("firing", "告警中"), ("resolved", "已恢复")],
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("name", models.CharField(max_length=300, verbose_name="名称")),
                ("severity", models.CharField(blank=True, max_length=80, verbose_name="级别")),
                ("summary", models.TextField(blank=True, verbose_name="说明")),
                ("labels", models.JSONField(default=dict, verbose_name="标签")),
                ("annotations", models.JSONField(default=dict, verbose_name="注解")),
                ("first_at", models.DateTimeField(verbose_name="首次收到")),
                ("last_at", models.DateTimeField(verbose_name="最近收到")),
                ("times", models.PositiveIntegerField(default=1, verbose_name="收到次数")),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="first_of",
                        to="monitoring.alertdelivery",
                        verbose_name="首次投递",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="monitoring.alertsource",
                        verbose_name="来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "告警",
                "verbose_name_plural": "告警",
                "ordering": ["-starts_at", "-id"],
            },
        ),
        migrations.AddConstraint(
            model_name="alertdelivery",
            constraint=models.UniqueConstraint(
                fields=("source", "sha256"), name="alert_delivery_once"
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["contract_id", "-starts_at", "-id"], name="alert_contract"),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                fields=("source", "fingerprint", "starts_at"), name="alert_began_once"
            ),
        ),
    ]
