from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="IssuedStatement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "contract_id",
                    models.SlugField(db_index=False, max_length=80, verbose_name="合同编号"),
                ),
                ("number", models.PositiveIntegerField(verbose_name="号")),
                ("as_of", models.DateField(verbose_name="截至")),
                ("size", models.PositiveBigIntegerField(verbose_name="日志条数")),
                ("root", models.CharField(max_length=64, verbose_name="日志根")),
                ("release", models.CharField(max_length=64, verbose_name="合同版本")),
                ("calendar", models.CharField(max_length=64, verbose_name="日历")),
                ("hash", models.CharField(max_length=64, verbose_name="散列")),
                ("paid_fen", models.BigIntegerField(verbose_name="已付（分）")),
                ("payable_fen", models.BigIntegerField(null=True, verbose_name="应付（分）")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("issued", "已出具"),
                            ("confirmed_by_one", "一方已确认"),
                            ("agreed", "双方已确认"),
                            ("disputed", "有异议"),
                            ("restated", "已重述"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="issued",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="附注")),
                ("issued_by", models.CharField(max_length=150, verbose_name="出具人")),
                (
                    "issued_for",
                    models.CharField(
                        choices=[("buyer", "甲方"), ("supplier", "乙方")],
                        max_length=10,
                        verbose_name="出具方",
                    ),
                ),
                ("issued_at", models.DateTimeField(verbose_name="出具时间")),
                (
                    "restates",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="restatements",
                        to="settlements.issuedstatement",
                        verbose_name="重述",
                    ),
                ),
            ],
            options={
                "verbose_name": "结算书",
                "verbose_name_plural": "结算书",
                "ordering": ["contract_id", "-number"],
            },
        ),
        migrations.CreateModel(
            name="StatementStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("issue", "出具"),
                            ("confirm", "确认"),
                            ("countersign", "确认（对方）"),
                            ("dispute", "提出异议"),
                            ("restate", "由重述取代"),
                            ("withdraw", "撤回"),
                        ],
                        max_length=20,
                        verbose_name="动作",
                    ),
                ),
                ("by", models.CharField(max_length=150, verbose_name="办理人")),
                ("name", models.CharField(max_length=80, verbose_name="姓名")),
                (
                    "side",
                    models.CharField(
                        choices=[("buyer", "甲方"), ("supplier", "乙方")],
                        max_length=10,
                        verbose_name="代表",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("fact", models.CharField(blank=True, max_length=200, verbose_name="事实编号")),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="settlements.issuedstatement",
                        verbose_name="结算书",
                    ),
                ),
            ],
            options={
                "verbose_name": "结算书经过",
                "verbose_name_plural": "结算书经过",
                "ordering": ["statement", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="issuedstatement",
            constraint=models.UniqueConstraint(
                fields=("contract_id", "number"), name="statement_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="issuedstatement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "withdrawn"), _negated=True),
                fields=("restates",),
                name="statement_restated_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuedstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "issued",
                            "confirmed_by_one",
                            "agreed",
                            "disputed",
                            "restated",
                            "withdrawn",
                        ],
                    )
                ),
                name="statement_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuedstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(("issued_for__in", ["buyer", "supplier"])),
                name="statement_for_a_side",
            ),
        ),
        migrations.AddConstraint(
            model_name="statementstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "act__in",
                        ["issue", "confirm", "countersign", "dispute", "restate", "withdraw"],
                    )
                ),
                name="statement_step_known_act",
            ),
        ),
        migrations.AddConstraint(
            model_name="statementstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("side__in", ["buyer", "supplier"])),
                name="statement_step_for_a_side",
            ),
        ),
    ]
