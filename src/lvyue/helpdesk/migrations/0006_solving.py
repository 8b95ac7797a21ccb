from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contracts", "0005_append_only"), ("helpdesk", "0005_remote")]

    operations: ClassVar[list[migrations.operations.base.Operation]] = [
        migrations.CreateModel(
            name="SavedSieve",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("username", models.CharField(max_length=150, verbose_name="登录名")),
                ("name", models.CharField(max_length=40, verbose_name="名称")),
                ("query", models.CharField(max_length=500, verbose_name="筛选")),
                ("saved_at", models.DateTimeField(verbose_name="存下时间")),
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
                "verbose_name": "存好的筛选",
                "verbose_name_plural": "存好的筛选",
                "ordering": ["id"],
            },
        ),
        migrations.AddConstraint(
            model_name="savedsieve",
            constraint=models.UniqueConstraint(
                fields=("contract", "username", "name"), name="saved_sieve_once"
            ),
        ),
    ]
