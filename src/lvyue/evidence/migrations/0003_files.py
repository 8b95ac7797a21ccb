"""Files and uploads beside the log, guarded as the log is, and an index that finds the facts of a kind."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

TABLES = {
    "evidence_file": ('"id" = NEW."id"', '"log_id" = NEW."log_id" AND "sha256" = NEW."sha256"'),
    "evidence_upload": ('"id" = NEW."id"',),
}


def guard(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    """The triggers of migration 0002, for two more tables. The function of PostgreSQL is there already."""
    first: Any = import_module("lvyue.evidence.migrations.0002_append_only")
    vendor = schema_editor.connection.vendor
    for table, sames in TABLES.items():
        found = (
            first.sqlite_guards(table, sames)
            if vendor == "sqlite"
            else first.postgresql_guards(table)
        )
        for statement in found:
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("evidence", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="File",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, verbose_name="散列")),
                ("size", models.PositiveBigIntegerField(verbose_name="字节数")),
                ("media_type", models.CharField(max_length=100, verbose_name="类型")),
                ("name", models.CharField(max_length=255, verbose_name="文件名")),
                ("uploaded_by", models.CharField(max_length=150, verbose_name="上传人")),
                ("uploaded_at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "log",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="evidence.log",
                        verbose_name="日志",
                    ),
                ),
            ],
            options={
                "verbose_name": "文件",
                "verbose_name_plural": "文件",
                "ordering": ["log", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("log", "sha256"), name="file_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, verbose_name="散列")),
                ("size", models.PositiveBigIntegerField(verbose_name="字节数")),
                ("name", models.CharField(max_length=255, verbose_name="文件名")),
                ("uploaded_by", models.CharField(max_length=150, verbose_name="上传人")),
                ("uploaded_at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "log",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uploads",
                        to="evidence.log",
                        verbose_name="日志",
                    ),
                ),
            ],
            options={
                "verbose_name": "上传",
                "verbose_name_plural": "上传",
                "ordering": ["log", "id"],
            },
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["log", "kind", "index"], name="entry_kind"),
        ),
        migrations.RunPython(guard),
    ]
