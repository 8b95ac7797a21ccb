"""What the verdicts of a contract were at its last refresh."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("obligations", "0003_append_only")]

    operations = [
        migrations.CreateModel(
            name="LastVerdicts",
            fields=[
                (
                    "contract_id",
                    models.SlugField(
                        max_length=80,
                        primary_key=True,
                        serialize=False,
                        verbose_name="合同编号",
                    ),
                ),
                ("verdicts", models.JSONField(verbose_name="结论")),
                ("as_of", models.DateField(verbose_name="截至")),
                ("changed_at", models.DateTimeField(verbose_name="变动时间")),
            ],
            options={
                "verbose_name": "上次结论",
                "verbose_name_plural": "上次结论",
            },
        ),
    ]
