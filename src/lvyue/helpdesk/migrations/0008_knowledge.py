from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contracts", "0005_append_only"), ("helpdesk", "0007_desk_pages")]

    operations: ClassVar[list[migrations.operations.base.Operation]] = [
        migrations.CreateModel(
            name="Article",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[("buyer", "甲方"), ("supplier", "乙方"), ("system", "系统")],
                        max_length=10,
                        verbose_name="哪一方的",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("written", "未发布"),
                            ("published", "已发布"),
                            ("retired", "已停用"),
                        ],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("shared", models.BooleanField(default=False, verbose_name="双方可看")),
                ("current", models.PositiveIntegerField(default=0, verbose_name="发布的版本")),
                ("newest", models.PositiveIntegerField(default=0, verbose_name="最新的版本")),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("system", models.CharField(blank=True, max_length=200, verbose_name="系统")),
                ("kinds", models.JSONField(default=list, verbose_name="适用的工单种类")),
                ("words", models.TextField(blank=True, verbose_name="全文")),
                ("changed_at", models.DateTimeField(verbose_name="最近变动")),
                ("retired_because", models.TextField(blank=True, verbose_name="停用理由")),
            ],
            options={
                "verbose_name": "知识条目",
                "verbose_name_plural": "知识条目",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ArticleVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="版本")),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("symptom", models.TextField(verbose_name="现象")),
                ("cause", models.TextField(blank=True, verbose_name="原因")),
                ("steps", models.JSONField(default=list, verbose_name="步骤")),
                ("tests", models.JSONField(default=list, verbose_name="办完的测试")),
                ("kinds", models.JSONField(default=list, verbose_name="适用的工单种类")),
                ("system", models.CharField(blank=True, max_length=200, verbose_name="系统")),
                ("why", models.CharField(blank=True, max_length=200, verbose_name="改了什么")),
                ("author", models.CharField(max_length=150, verbose_name="作者")),
                ("author_name", models.CharField(max_length=80, verbose_name="作者姓名")),
                ("written_at", models.DateTimeField(verbose_name="写成时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待审核"),
                            ("published", "已发布"),
                            ("returned", "已退回"),
                            ("replaced", "已被替换"),
                        ],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("reviewer", models.CharField(blank=True, max_length=150, verbose_name="审核人")),
                (
                    "reviewer_name",
                    models.CharField(blank=True, max_length=80, verbose_name="审核人姓名"),
                ),
                (
                    "reviewed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="审核时间"),
                ),
                ("review", models.TextField(blank=True, verbose_name="审核意见")),
            ],
            options={
                "verbose_name": "知识版本",
                "verbose_name_plural": "知识版本",
                "ordering": ["article", "-number"],
            },
        ),
        migrations.CreateModel(
            name="MajorReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event", models.PositiveIntegerField(verbose_name="经过")),
                ("present", models.CharField(max_length=200, verbose_name="参加人")),
                ("cause", models.TextField(verbose_name="根因")),
                ("well", models.TextField(blank=True, verbose_name="做得好的")),
                ("badly", models.TextField(verbose_name="做得不好的")),
                ("written_at", models.DateTimeField(verbose_name="复盘时间")),
                ("written_by", models.CharField(max_length=150, verbose_name="记录人")),
                ("written_name", models.CharField(max_length=80, verbose_name="记录人姓名")),
            ],
            options={
                "verbose_name": "重大故障复盘",
                "verbose_name_plural": "重大故障复盘",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ReviewAction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", models.CharField(max_length=200, verbose_name="做什么")),
                ("owner", models.CharField(max_length=150, verbose_name="负责人")),
                ("owner_name", models.CharField(max_length=80, verbose_name="负责人姓名")),
                ("due", models.DateField(verbose_name="哪天之前")),
            ],
            options={
                "verbose_name": "改进措施",
                "verbose_name_plural": "改进措施",
                "ordering": ["id"],
            },
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["contract", "changed_at", "id"], name="ticket_by_change"),
        ),
        migrations.AddField(
            model_name="article",
            name="contract",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="contracts.contract",
                verbose_name="合同",
            ),
        ),
        migrations.AddField(
            model_name="articleversion",
            name="article",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="versions",
                to="helpdesk.article",
                verbose_name="条目",
            ),
        ),
        migrations.AddField(
            model_name="majorreview",
            name="ticket",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="review",
                to="helpdesk.ticket",
                verbose_name="工单",
            ),
        ),
        migrations.AddField(
            model_name="reviewaction",
            name="review",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="actions",
                to="helpdesk.majorreview",
                verbose_name="复盘",
            ),
        ),
        migrations.AddField(
            model_name="reviewaction",
            name="ticket",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="improves",
                to="helpdesk.ticket",
                verbose_name="工单",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["contract", "-changed_at"], name="article_by_change"),
        ),
        migrations.AddConstraint(
            model_name="articleversion",
            constraint=models.UniqueConstraint(
                fields=("article", "number"), name="article_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="articleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewer", ""),
                    models.Q(("reviewer", models.F("author")), _negated=True),
                    _connector="OR",
                ),
                name="article_reviewed_by_another",
            ),
        ),
    ]
