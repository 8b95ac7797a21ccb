"""Remote work, prior consents, fitted parts and loss files. What was run, refused, fitted and brought is only ever appended."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from lvyue.helpdesk.append_only import guard

TABLES = (
    "helpdesk_systemowner",
    "helpdesk_remotecommand",
    "helpdesk_remoteattempt",
    "helpdesk_fittedpart",
    "helpdesk_losspaper",
)


def lay(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    guard(schema_editor, TABLES, "helpdesk_remote_append_only")


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0005_append_only"),
        ("helpdesk", "0004_duty"),
    ]

    operations = [
        migrations.CreateModel(
            name="FittedPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event", models.PositiveIntegerField(verbose_name="经过")),
                ("device", models.CharField(max_length=200, verbose_name="设备")),
                ("name", models.CharField(max_length=200, verbose_name="部件")),
                ("model", models.CharField(blank=True, max_length=200, verbose_name="型号")),
                ("serial", models.CharField(max_length=200, verbose_name="序列号")),
                (
                    "serial_key",
                    models.CharField(max_length=200, unique=True, verbose_name="序列号（比对）"),
                ),
                (
                    "removed_serial",
                    models.CharField(blank=True, max_length=200, verbose_name="换下的序列号"),
                ),
                (
                    "condition",
                    models.CharField(
                        choices=[("new", "全新"), ("used", "用过"), ("refurbished", "翻新")],
                        max_length=12,
                        verbose_name="新旧",
                    ),
                ),
                ("fitted_at", models.DateTimeField(verbose_name="更换时间")),
                ("fitted_by", models.CharField(max_length=150, verbose_name="更换人")),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="helpdesk.ticket",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "更换的部件",
                "verbose_name_plural": "更换的部件",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="LossFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event", models.PositiveIntegerField(verbose_name="依据的经过")),
                ("clauses", models.JSONField(default=list, verbose_name="条款")),
                ("needs", models.JSONField(default=list, verbose_name="需要的材料")),
                ("opened_at", models.DateTimeField(verbose_name="立卷时间")),
                ("opened_by", models.CharField(max_length=150, verbose_name="立卷人")),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="losses",
                        to="helpdesk.ticket",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "损失案卷",
                "verbose_name_plural": "损失案卷",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="LossPaper",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("need", models.CharField(max_length=200, verbose_name="材料")),
                ("sha256", models.CharField(max_length=64, verbose_name="散列")),
                (
                    "amount_fen",
                    models.PositiveBigIntegerField(
                        blank=True, null=True, verbose_name="所证明的损失（分）"
                    ),
                ),
                ("said", models.TextField(blank=True, verbose_name="说明")),
                ("added_at", models.DateTimeField(verbose_name="登记时间")),
                ("added_by", models.CharField(max_length=150, verbose_name="登记人")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="papers",
                        to="helpdesk.lossfile",
                        verbose_name="案卷",
                    ),
                ),
            ],
            options={
                "verbose_name": "损失材料",
                "verbose_name_plural": "损失材料",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="PriorConsent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "matter",
                    models.CharField(
                        choices=[
                            ("tool", "软件与工具"),
                            ("messages", "群发消息"),
                            ("third_party", "第三方协作"),
                        ],
                        max_length=20,
                        verbose_name="事项",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="名称")),
                ("purpose", models.TextField(verbose_name="用途")),
                ("details", models.JSONField(default=dict, verbose_name="细节")),
                ("begins", models.DateField(verbose_name="开始日")),
                ("ends", models.DateField(verbose_name="结束日")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("free", "登记即可"),
                            ("asked", "待甲方同意"),
                            ("consented", "甲方已同意"),
                            ("refused", "甲方不同意"),
                            ("started", "已开始"),
                            ("ended", "已结束"),
                        ],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("why", models.CharField(max_length=300, verbose_name="依据")),
                ("clauses", models.JSONField(default=list, verbose_name="条款")),
                ("evidence", models.JSONField(blank=True, default=list, verbose_name="凭据")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("asked_by", models.CharField(max_length=150, verbose_name="申请人")),
                ("asked_name", models.CharField(max_length=80, verbose_name="申请人姓名")),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="答复时间"),
                ),
                (
                    "answered_by",
                    models.CharField(blank=True, max_length=150, verbose_name="答复人"),
                ),
                ("paper", models.CharField(blank=True, max_length=200, verbose_name="同意文书")),
                ("answer", models.TextField(blank=True, verbose_name="答复")),
                (
                    "started_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="实际开始"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="实际结束")),
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
                "verbose_name": "事先同意",
                "verbose_name_plural": "事先同意",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="RemoteAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person", models.CharField(max_length=150, verbose_name="作业人")),
                ("person_name", models.CharField(max_length=80, verbose_name="作业人姓名")),
                ("system", models.CharField(max_length=200, verbose_name="系统")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("why", models.TextField(verbose_name="为什么拒绝")),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="remote_attempts",
                        to="helpdesk.ticket",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "被拒的远程登录",
                "verbose_name_plural": "被拒的远程登录",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="RemotePermission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person", models.CharField(max_length=150, verbose_name="作业人")),
                ("person_name", models.CharField(max_length=80, verbose_name="作业人姓名")),
                ("system", models.CharField(max_length=200, verbose_name="系统")),
                ("scope", models.TextField(verbose_name="作业范围")),
                ("begins", models.DateTimeField(verbose_name="可用起")),
                ("expires", models.DateTimeField(verbose_name="到期")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待许可"),
                            ("allowed", "已许可，未使用"),
                            ("refused", "不许可"),
                            ("opened", "作业中"),
                            ("ended", "已结束"),
                            ("revoked", "已收回"),
                        ],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("asked_by", models.CharField(max_length=150, verbose_name="申请人")),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="答复时间"),
                ),
                (
                    "answered_by",
                    models.CharField(blank=True, max_length=150, verbose_name="许可人"),
                ),
                (
                    "answered_name",
                    models.CharField(blank=True, max_length=80, verbose_name="许可人姓名"),
                ),
                ("answer", models.TextField(blank=True, verbose_name="答复")),
                ("identity", models.JSONField(blank=True, default=dict, verbose_name="身份核对")),
                ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="开始")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="结束")),
                ("expired", models.BooleanField(default=False, verbose_name="到期结束")),
                ("result", models.TextField(blank=True, verbose_name="结果")),
                (
                    "recording",
                    models.JSONField(blank=True, default=list, verbose_name="录像与命令文件"),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="remote",
                        to="helpdesk.ticket",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "远程许可",
                "verbose_name_plural": "远程许可",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="RemoteCommand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("text", models.TextField(verbose_name="命令")),
                ("by", models.CharField(max_length=150, verbose_name="作业人")),
                (
                    "permission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commands",
                        to="helpdesk.remotepermission",
                        verbose_name="许可",
                    ),
                ),
            ],
            options={
                "verbose_name": "远程命令",
                "verbose_name_plural": "远程命令",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="SystemOwner",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("system", models.CharField(max_length=200, verbose_name="系统")),
                ("department", models.CharField(max_length=200, verbose_name="部门")),
                ("set_at", models.DateTimeField(verbose_name="登记时间")),
                ("set_by", models.CharField(max_length=150, verbose_name="登记人")),
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
                "verbose_name": "系统归属",
                "verbose_name_plural": "系统归属",
                "ordering": ["contract", "system", "-id"],
            },
        ),
        migrations.AddConstraint(
            model_name="lossfile",
            constraint=models.UniqueConstraint(fields=("ticket", "event"), name="loss_file_once"),
        ),
        migrations.AddIndex(
            model_name="priorconsent",
            index=models.Index(fields=["contract", "matter", "-id"], name="consent_by_contract"),
        ),
        migrations.AddConstraint(
            model_name="priorconsent",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__gte", models.F("begins"))),
                name="consent_ends_after_it_begins",
            ),
        ),
        migrations.AddIndex(
            model_name="remotepermission",
            index=models.Index(fields=["state", "expires"], name="remote_by_expiry"),
        ),
        migrations.AddConstraint(
            model_name="remotepermission",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires__gt", models.F("begins"))),
                name="remote_expires_after_it_begins",
            ),
        ),
        migrations.RunPython(lay),
    ]
