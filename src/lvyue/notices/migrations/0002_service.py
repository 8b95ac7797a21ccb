"""合同联系方式、联络人、函件与回执; and the database refuses to change or delete what was sent and what came back.

On SQLite Django alters a table by copying it into a new one, and the triggers go with the old one: a later migration that
alters one of these tables must lay them down again (`operations = [..., RunPython(guard)]`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

#: What happened is not edited: a receipt is corrected by another one.
TABLES = ("notices_dispatch", "notices_receipt")

REFUSED = "送出和回执只增不改：{table} 不接受 {act}。有误请登记更正。"

POSTGRESQL = f"""
CREATE FUNCTION notices_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    destroys boolean := true;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN  -- of an empty table destroys nothing
        EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || TG_RELID::regclass || ')' INTO destroys;
    END IF;
    IF destroys THEN
        RAISE EXCEPTION USING
            ERRCODE = 'restrict_violation',
            MESSAGE = '{REFUSED.format(table="' || TG_TABLE_NAME || '", act="' || TG_OP || '")}';
    END IF;
    RETURN NULL;
END
$$
"""  # noqa: S608  constants


def guard(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    statements = {"sqlite": sqlite, "postgresql": postgresql}.get(schema_editor.connection.vendor)
    if statements is None:
        raise NotImplementedError(
            "回执只能放在 SQLite 或 PostgreSQL 里：别的数据库没有防改触发器。"
        )
    for statement in statements():
        schema_editor.execute(statement, params=None)


def sqlite() -> Iterator[str]:
    for table in TABLES:
        for act in ("UPDATE", "DELETE"):
            says = REFUSED.format(table=table, act=act)
            name = f"{table}_no_{act.lower()}"
            yield (
                f'CREATE TRIGGER "{name}" BEFORE {act} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
            )
        # INSERT OR REPLACE deletes the old row without asking the trigger for deleting.
        says = REFUSED.format(table=table, act="REPLACE")
        there = f'EXISTS (SELECT 1 FROM "{table}" WHERE "id" = NEW."id")'  # noqa: S608  constants
        yield (
            f'CREATE TRIGGER "{table}_no_replace" BEFORE INSERT ON "{table}" WHEN {there} '
            f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )


def postgresql() -> Iterator[str]:
    yield POSTGRESQL
    for table in TABLES:
        name = f"{table}_append_only"
        yield (
            f'CREATE TRIGGER "{name}" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
            f"FOR EACH STATEMENT EXECUTE FUNCTION notices_append_only()"
        )
        # Also where session_replication_role would have triggers sleep.
        yield f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"'


class Migration(migrations.Migration):
    dependencies = [("contracts", "0005_append_only"), ("notices", "0001_messages")]

    operations = [
        migrations.CreateModel(
            name="Contact",
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
                        choices=[("buyer", "甲方"), ("supplier", "乙方")],
                        max_length=10,
                        verbose_name="一方",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("address", "通信地址"),
                            ("email", "电子邮箱"),
                            ("mobile", "手机"),
                            ("phone", "座机"),
                            ("fax", "传真"),
                            ("robot", "群机器人"),
                        ],
                        max_length=10,
                        verbose_name="种类",
                    ),
                ),
                ("value", models.CharField(max_length=200, verbose_name="号码或地址")),
                ("person", models.CharField(blank=True, max_length=80, verbose_name="收件人")),
                (
                    "origin",
                    models.CharField(
                        choices=[("contract", "合同所列"), ("told", "书面告知")],
                        max_length=10,
                        verbose_name="来源",
                    ),
                ),
                ("since", models.DateField(verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止")),
                ("known_on", models.DateField(blank=True, null=True, verbose_name="对方知悉日")),
                ("paper", models.CharField(blank=True, max_length=200, verbose_name="依据文书")),
                (
                    "evidence",
                    models.CharField(blank=True, max_length=64, verbose_name="文书的散列"),
                ),
                ("entered_by", models.CharField(max_length=150, verbose_name="登记人")),
                ("entered_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "confirmed_by",
                    models.CharField(blank=True, max_length=150, verbose_name="确认人"),
                ),
                (
                    "confirmed_name",
                    models.CharField(blank=True, max_length=80, verbose_name="确认人姓名"),
                ),
                (
                    "confirmed_on",
                    models.DateField(blank=True, null=True, verbose_name="对方确认日"),
                ),
                ("ended_by", models.CharField(blank=True, max_length=150, verbose_name="停用人")),
                (
                    "ended_reason",
                    models.CharField(blank=True, max_length=500, verbose_name="停用理由"),
                ),
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
                    "replaces",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successors",
                        to="notices.contact",
                        verbose_name="取代",
                    ),
                ),
            ],
            options={
                "verbose_name": "合同联系方式",
                "verbose_name_plural": "合同联系方式",
                "ordering": ["contract", "side", "kind", "id"],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="号")),
                (
                    "side",
                    models.CharField(
                        choices=[("buyer", "甲方"), ("supplier", "乙方")],
                        max_length=10,
                        verbose_name="发出方",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("general", "一般函件"),
                            ("default", "违约通知"),
                            ("rectification", "整改通知书"),
                            ("termination", "终止通知"),
                            ("request", "要求答复的函"),
                            ("answer", "复函"),
                            ("force_majeure", "不可抗力通知"),
                            ("acceptance", "验收文件"),
                            ("contact_change", "联系方式变更通知"),
                            ("dispute", "争议通知"),
                        ],
                        max_length=20,
                        verbose_name="种类",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("drafted", "草稿"),
                            ("issued", "已签发"),
                            ("dispatched", "已送出，等回执"),
                            ("returned", "没有送到"),
                            ("served", "已送达"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="drafted",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, verbose_name="稿次")),
                ("paper", models.CharField(blank=True, max_length=200, verbose_name="文号")),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("body", models.TextField(blank=True, verbose_name="正文")),
                ("subject", models.CharField(blank=True, max_length=200, verbose_name="关于什么")),
                ("drafted_by", models.CharField(max_length=150, verbose_name="起草人")),
                ("drafted_name", models.CharField(max_length=80, verbose_name="起草人姓名")),
                ("drafted_at", models.DateTimeField(verbose_name="起草时间")),
                ("issued_by", models.CharField(blank=True, max_length=150, verbose_name="签发人")),
                (
                    "issued_name",
                    models.CharField(blank=True, max_length=80, verbose_name="签发人姓名"),
                ),
                ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="签发时间")),
                ("dated", models.DateField(blank=True, null=True, verbose_name="落款日")),
                ("served_on", models.DateField(blank=True, null=True, verbose_name="送达日")),
                ("fact", models.CharField(blank=True, max_length=200, verbose_name="事实编号")),
                ("closed_reason", models.TextField(blank=True, verbose_name="撤回理由")),
                (
                    "answers",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answered_by",
                        to="notices.letter",
                        verbose_name="答复的函件",
                    ),
                ),
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
                "verbose_name": "函件",
                "verbose_name_plural": "函件",
                "ordering": ["contract", "-number"],
            },
        ),
        migrations.CreateModel(
            name="Dispatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("order", models.PositiveIntegerField(verbose_name="次序")),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("hand", "专人送交"),
                            ("post", "邮寄"),
                            ("courier", "快递"),
                            ("fax", "传真"),
                            ("email", "电子邮件"),
                            ("platform", "平台内送出"),
                            ("chat", "即时通信"),
                        ],
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("at", models.CharField(max_length=40, verbose_name="时间")),
                ("day", models.DateField(verbose_name="日期")),
                ("tracking", models.CharField(blank=True, max_length=80, verbose_name="单号")),
                (
                    "only_informs",
                    models.CharField(blank=True, max_length=500, verbose_name="只供知悉的原因"),
                ),
                ("recorded_by", models.CharField(max_length=150, verbose_name="登记人")),
                ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.contact",
                        verbose_name="送往",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dispatches",
                        to="notices.letter",
                        verbose_name="函件",
                    ),
                ),
            ],
            options={
                "verbose_name": "送出",
                "verbose_name_plural": "送出",
                "ordering": ["letter", "order"],
            },
        ),
        migrations.AddField(
            model_name="contact",
            name="letter",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="told_contacts",
                to="notices.letter",
                verbose_name="变更通知",
            ),
        ),
        migrations.CreateModel(
            name="LetterFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, verbose_name="散列")),
                ("name", models.CharField(max_length=255, verbose_name="文件名")),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="notices.letter",
                        verbose_name="函件",
                    ),
                ),
            ],
            options={
                "verbose_name": "函件附件",
                "verbose_name_plural": "函件附件",
                "ordering": ["letter", "id"],
            },
        ),
        migrations.CreateModel(
            name="Liaison",
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
                        choices=[("buyer", "甲方"), ("supplier", "乙方")],
                        max_length=10,
                        verbose_name="一方",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="姓名")),
                ("powers", models.CharField(blank=True, max_length=500, verbose_name="权限")),
                ("since", models.DateField(verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止")),
                (
                    "told_on",
                    models.DateField(blank=True, null=True, verbose_name="书面告知对方之日"),
                ),
                ("paper", models.CharField(blank=True, max_length=200, verbose_name="依据文书")),
                ("named_by", models.CharField(max_length=150, verbose_name="登记人")),
                ("named_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "ended_by",
                    models.CharField(blank=True, max_length=150, verbose_name="更换登记人"),
                ),
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
                "verbose_name": "联络人",
                "verbose_name_plural": "联络人",
                "ordering": ["contract", "side", "id"],
            },
        ),
        migrations.CreateModel(
            name="PromptNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="号")),
                ("term_id", models.SlugField(max_length=80, verbose_name="约定")),
                ("subject", models.CharField(max_length=200, verbose_name="关于什么")),
                ("event_at", models.DateTimeField(verbose_name="事件时刻")),
                ("due_at", models.DateTimeField(verbose_name="到期时刻")),
                ("text", models.TextField(verbose_name="通知内容")),
                (
                    "side",
                    models.CharField(
                        choices=[("buyer", "甲方"), ("supplier", "乙方")],
                        max_length=10,
                        verbose_name="通知的一方",
                    ),
                ),
                ("opened_by", models.CharField(max_length=150, verbose_name="登记人")),
                ("opened_at", models.DateTimeField(verbose_name="登记时间")),
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
                "verbose_name": "限时通知",
                "verbose_name_plural": "限时通知",
                "ordering": ["contract", "-number"],
            },
        ),
        migrations.CreateModel(
            name="PromptLeg",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("mail", "邮件"), ("sms", "短信")],
                        max_length=10,
                        verbose_name="渠道",
                    ),
                ),
                ("sent_at", models.DateTimeField(verbose_name="发出时刻")),
                (
                    "delivered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="到达时刻"),
                ),
                (
                    "failed",
                    models.CharField(blank=True, max_length=500, verbose_name="没有到达的原因"),
                ),
                (
                    "evidence",
                    models.CharField(blank=True, max_length=64, verbose_name="回执的散列"),
                ),
                ("leg_id", models.BigIntegerField(blank=True, null=True, verbose_name="送信")),
                ("recorded_by", models.CharField(max_length=150, verbose_name="登记人")),
                ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.contact",
                        verbose_name="送往",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="legs",
                        to="notices.promptnotice",
                        verbose_name="限时通知",
                    ),
                ),
            ],
            options={
                "verbose_name": "限时通知的一路",
                "verbose_name_plural": "限时通知的一路",
                "ordering": ["notice", "id"],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "happening",
                    models.CharField(
                        choices=[
                            ("posted", "交寄（有凭证）"),
                            ("signed", "签收"),
                            ("refused", "拒收"),
                            ("returned", "退回"),
                            ("confirmed", "传真确认收到"),
                            ("unreachable", "无法送到"),
                        ],
                        max_length=20,
                        verbose_name="种类",
                    ),
                ),
                ("at", models.CharField(max_length=40, verbose_name="时间")),
                ("day", models.DateField(verbose_name="日期")),
                ("signed_by", models.CharField(blank=True, max_length=80, verbose_name="签收人")),
                (
                    "evidence",
                    models.CharField(blank=True, max_length=64, verbose_name="凭证的散列"),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                ("void", models.BooleanField(default=False, verbose_name="撤销原回执")),
                ("recorded_by", models.CharField(max_length=150, verbose_name="登记人")),
                ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "corrects",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="notices.receipt",
                        verbose_name="更正的回执",
                    ),
                ),
                (
                    "dispatch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="notices.dispatch",
                        verbose_name="送出",
                    ),
                ),
            ],
            options={
                "verbose_name": "回执",
                "verbose_name_plural": "回执",
                "ordering": ["dispatch", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.UniqueConstraint(
                fields=("contract", "number"), name="letter_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(("side__in", ["buyer", "supplier"])), name="letter_of_a_side"
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "general",
                            "default",
                            "rectification",
                            "termination",
                            "request",
                            "answer",
                            "force_majeure",
                            "acceptance",
                            "contact_change",
                            "dispute",
                        ],
                    )
                ),
                name="letter_known_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["drafted", "issued", "dispatched", "returned", "served", "withdrawn"],
                    )
                ),
                name="letter_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "served"), _negated=True),
                    ("served_on__isnull", False),
                    _connector="OR",
                ),
                name="letter_served_on_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispatch",
            constraint=models.UniqueConstraint(
                fields=("letter", "order"), name="dispatch_order_once"
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["contract", "side", "kind"], name="contact_register"),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(("side__in", ["buyer", "supplier"])), name="contact_of_a_side"
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                ),
                name="contact_ends_after_it_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(fields=("replaces",), name="contact_replaced_once"),
        ),
        migrations.AddConstraint(
            model_name="letterfile",
            constraint=models.UniqueConstraint(
                fields=("letter", "sha256"), name="letter_file_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="liaison",
            constraint=models.CheckConstraint(
                condition=models.Q(("side__in", ["buyer", "supplier"])), name="liaison_of_a_side"
            ),
        ),
        migrations.AddConstraint(
            model_name="liaison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                ),
                name="liaison_ends_after_it_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="liaison",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until__isnull", True)),
                fields=("contract", "side"),
                name="liaison_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="promptnotice",
            constraint=models.UniqueConstraint(
                fields=("contract", "number"), name="prompt_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="promptleg",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["mail", "sms"])), name="prompt_known_channel"
            ),
        ),
        migrations.AddConstraint(
            model_name="promptleg",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("delivered_at__isnull", True),
                    ("delivered_at__gte", models.F("sent_at")),
                    _connector="OR",
                ),
                name="prompt_delivered_after_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("void", False), ("corrects__isnull", False), _connector="OR"),
                name="receipt_voids_another",
            ),
        ),
        migrations.RunPython(guard),
    ]
