"""The index: its rows, and the words in the database's own structure."""

from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

CREATE = {
    "sqlite": (
        """CREATE VIRTUAL TABLE search_posting USING fts5(title, words, scope, content='', prefix='1',
        tokenize="unicode61 remove_diacritics 0 tokenchars '-._/@:+'")""",
    ),
    "postgresql": (
        "CREATE TABLE search_posting (entry bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX search_posting_words ON search_posting USING gin (words)",
    ),
}


def create(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001  the signature of a migration
    for sql in CREATE[editor.connection.vendor]:
        editor.execute(sql)


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001  the signature of a migration
    editor.execute("DROP TABLE search_posting")


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="IndexEntry",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contract", "合同"),
                            ("clause", "条款"),
                            ("term", "约定"),
                            ("doubt", "疑义"),
                            ("parameter", "参数"),
                            ("fact", "事实"),
                            ("file", "证明文件"),
                            ("amendment", "补充协议"),
                            ("statement", "结算书"),
                            ("letter", "函件"),
                            ("alert", "告警"),
                        ],
                        max_length=20,
                        verbose_name="种类",
                    ),
                ),
                ("key", models.CharField(max_length=250, verbose_name="编号")),
                ("title", models.CharField(max_length=300, verbose_name="标题")),
                ("text", models.TextField(blank=True, verbose_name="文字")),
                ("day", models.DateField(blank=True, null=True, verbose_name="日期")),
                (
                    "whose",
                    models.CharField(
                        blank=True,
                        choices=[("", "双方"), ("buyer", "甲方"), ("supplier", "乙方")],
                        default="",
                        max_length=10,
                        verbose_name="谁可见",
                    ),
                ),
            ],
            options={
                "verbose_name": "索引条目",
                "verbose_name_plural": "索引条目",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contract_id", "kind", "key"), name="index_entry_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IndexProgress",
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
                ("feed", models.CharField(max_length=40, verbose_name="来源")),
                ("mark", models.CharField(max_length=200, verbose_name="位置")),
                ("edition", models.PositiveIntegerField(verbose_name="分词版本")),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "索引进度",
                "verbose_name_plural": "索引进度",
                "ordering": ["contract_id", "feed"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contract_id", "feed"), name="index_progress_once"
                    ),
                ],
            },
        ),
        migrations.RunPython(create, drop, elidable=False),
    ]
