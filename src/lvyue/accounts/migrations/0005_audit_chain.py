"""From where an act came, the chain over all entries, packs of a year, and what requests were answered.

The entries that are there are chained in the order of their numbers. On SQLite the new columns copy the table of
entries into a new one, and its triggers with the old one are gone: they are laid down again.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from lvyue.accounts import chain

TABLE = "accounts_auditlink"

REFUSED = "留痕链只增不改：{table} 不接受 {act}。"

POSTGRESQL_FUNCTION = f"""
CREATE FUNCTION accounts_sealed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.sequence IS NULL AND NEW.entry_id = OLD.entry_id THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = '{REFUSED.format(table=TABLE, act="' || TG_OP || '")}';
END
$$
"""


def entries_again(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    if schema_editor.connection.vendor == "sqlite":
        there = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = 'accounts_auditentry_no_update'"
        with schema_editor.connection.cursor() as cursor:
            if cursor.execute(there).fetchone():
                return
        for statement in import_module("lvyue.accounts.migrations.0003_append_only").sqlite():
            schema_editor.execute(statement, params=None)


def chain_what_is_there(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    entries, links, heads = (
        apps.get_model("accounts", name) for name in ("AuditEntry", "AuditLink", "AuditHead")
    )
    sequence, digest, waiting = 0, chain.NOTHING, []
    for row in entries.objects.order_by("id").values("id", "at", *chain.FIELDS).iterator(2000):
        sequence += 1
        digest = chain.digest_of(chain.record_of(sequence, digest, row))
        waiting.append(links(entry_id=row["id"], sequence=sequence, digest=digest))
        if len(waiting) == 500:  # noqa: PLR2004  at once
            links.objects.bulk_create(waiting)
            waiting = []
    links.objects.bulk_create(waiting)
    heads.objects.create(pk=1, sequence=sequence, digest=digest)


def guard(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    vendor = schema_editor.connection.vendor
    for statement in sqlite() if vendor == "sqlite" else postgresql():
        schema_editor.execute(statement, params=None)


def sqlite() -> Iterator[str]:
    sealed = 'OLD."sequence" IS NOT NULL OR NEW."entry_id" IS NOT OLD."entry_id"'
    there = f'EXISTS (SELECT 1 FROM "{TABLE}" WHERE "entry_id" = NEW."entry_id")'  # noqa: S608  constants
    for act, occasion in (
        ("UPDATE", f'BEFORE UPDATE ON "{TABLE}" WHEN {sealed}'),
        ("DELETE", f'BEFORE DELETE ON "{TABLE}"'),
        ("REPLACE", f'BEFORE INSERT ON "{TABLE}" WHEN {there}'),
    ):
        says = REFUSED.format(table=TABLE, act=act)
        name = f"{TABLE}_no_{act.lower()}"
        yield f"CREATE TRIGGER \"{name}\" {occasion} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def postgresql() -> Iterator[str]:
    yield POSTGRESQL_FUNCTION
    row, whole = f"{TABLE}_row_append_only", f"{TABLE}_append_only"
    yield (
        f'CREATE TRIGGER "{row}" BEFORE UPDATE OR DELETE ON "{TABLE}" '
        f"FOR EACH ROW EXECUTE FUNCTION accounts_sealed_once()"
    )
    yield (
        f'CREATE TRIGGER "{whole}" BEFORE TRUNCATE ON "{TABLE}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION accounts_append_only()"
    )
    for name in (row, whole):
        yield f'ALTER TABLE "{TABLE}" ENABLE ALWAYS TRIGGER "{name}"'


def _id() -> tuple[str, Any]:
    made = models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )
    return "id", made


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_signing_in")]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="address",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="来源地址"),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="request_id",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="请求编号"),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="via",
            field=models.CharField(
                blank=True,
                choices=[
                    ("page", "网页"),
                    ("api", "接口"),
                    ("command", "命令行"),
                    ("job", "后台任务"),
                ],
                default="",
                max_length=10,
                verbose_name="途径",
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["request_id"], name="audit_request"),
        ),
        migrations.RunPython(entries_again),
        migrations.CreateModel(
            name="AuditLink",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="link",
                        serialize=False,
                        to="accounts.auditentry",
                        verbose_name="留痕",
                    ),
                ),
                (
                    "sequence",
                    models.PositiveBigIntegerField(null=True, unique=True, verbose_name="序号"),
                ),
                (
                    "digest",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="散列"),
                ),
            ],
            options={
                "verbose_name": "留痕链",
                "verbose_name_plural": "留痕链",
                "ordering": ["sequence"],
                "indexes": [
                    models.Index(
                        condition=Q(("sequence__isnull", True)),
                        fields=["entry"],
                        name="audit_unsealed",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(
                            Q(("digest", ""), ("sequence__isnull", True)),
                            Q(("sequence__gte", 1), Q(("digest", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="audit_sealed_whole",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                _id(),
                ("sequence", models.PositiveBigIntegerField(default=0, verbose_name="序号")),
                ("digest", models.CharField(max_length=64, verbose_name="散列")),
            ],
            options={
                "verbose_name": "留痕链头",
                "verbose_name_plural": "留痕链头",
                "constraints": [
                    models.CheckConstraint(condition=Q(("pk", 1)), name="audit_head_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditPack",
            fields=[
                _id(),
                (
                    "contract_id",
                    models.CharField(blank=True, max_length=80, verbose_name="合同编号"),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年份")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等待"),
                            ("ready", "已做好"),
                            ("failed", "没有做成"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("asked_by", models.CharField(max_length=150, verbose_name="谁要的")),
                ("asked_at", models.DateTimeField(verbose_name="何时")),
                (
                    "made_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="做好的时间"),
                ),
                ("entries", models.PositiveIntegerField(default=0, verbose_name="条数")),
                (
                    "head_sequence",
                    models.PositiveBigIntegerField(default=0, verbose_name="链头序号"),
                ),
                (
                    "head_digest",
                    models.CharField(blank=True, max_length=64, verbose_name="链头散列"),
                ),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="文件散列")),
                ("content", models.BinaryField(blank=True, default=b"", verbose_name="文件")),
                ("trouble", models.TextField(blank=True, verbose_name="没有做成的原因")),
            ],
            options={
                "verbose_name": "年度留痕包",
                "verbose_name_plural": "年度留痕包",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["contract_id", "-id"], name="pack_contract")],
            },
        ),
        migrations.CreateModel(
            name="IdempotentAnswer",
            fields=[
                _id(),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                ("key", models.CharField(max_length=200, verbose_name="一次性编号")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="请求散列")),
                ("status", models.PositiveSmallIntegerField(default=0, verbose_name="状态码")),
                ("headers", models.JSONField(default=dict, verbose_name="回答头")),
                ("body", models.TextField(blank=True, verbose_name="回答")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("expires_at", models.DateTimeField(verbose_name="失效时间")),
            ],
            options={
                "verbose_name": "一次性回答",
                "verbose_name_plural": "一次性回答",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["expires_at"], name="answer_expires")],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "key"), name="answer_given_once")
                ],
            },
        ),
        migrations.RunPython(chain_what_is_there),
        migrations.RunPython(guard),
    ]
