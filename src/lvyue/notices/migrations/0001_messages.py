"""The rows of messages, and that the database itself refuses to change or to delete what is written of a delivery.

There is no way back. On SQLite Django alters a table by copying it into a new one, and the triggers go with the old one: a
later migration that alters this table must lay them down again (`operations = [..., RunPython(guard)]`);
tests/notices/test_limits.py says so when it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = "notices_delivery"

REFUSED = "送信记录只增不改：{table} 不接受 {act}。"


def guard(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    statements = {"sqlite": sqlite, "postgresql": postgresql}.get(schema_editor.connection.vendor)
    if statements is None:
        raise NotImplementedError(
            "送信记录只能放在 SQLite 或 PostgreSQL 里：别的数据库没有防改触发器。"
        )
    for statement in statements():
        schema_editor.execute(statement, params=None)


def sqlite() -> Iterator[str]:
    for act in ("UPDATE", "DELETE"):
        yield _trigger(act, f'BEFORE {act} ON "{TABLE}"')
    # INSERT OR REPLACE deletes the old row without asking the triggers for deleting.
    there = f'EXISTS (SELECT 1 FROM "{TABLE}" WHERE "id" = NEW."id")'  # noqa: S608  constants
    yield _trigger("REPLACE", f'BEFORE INSERT ON "{TABLE}" WHEN {there}')


def _trigger(act: str, occasion: str) -> str:
    says = REFUSED.format(table=TABLE, act=act)
    name = f"{TABLE}_no_{act.lower()}"
    return f"CREATE TRIGGER \"{name}\" {occasion} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def postgresql() -> Iterator[str]:
    """The function that refuses stands in the migrations of accounts."""
    name = f"{TABLE}_append_only"
    yield (
        f'CREATE TRIGGER "{name}" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{TABLE}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION accounts_append_only()"
    )
    # Also where session_replication_role would have triggers sleep.
    yield f'ALTER TABLE "{TABLE}" ENABLE ALWAYS TRIGGER "{name}"'


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_permissions"), ("contracts", "0005_append_only")]

    operations = [
        migrations.CreateModel(
            name="EventCursor",
            fields=[
                (
                    "name",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="名称"
                    ),
                ),
                ("entry", models.BigIntegerField(default=0, verbose_name="已读到")),
            ],
            options={
                "verbose_name": "事件游标",
                "verbose_name_plural": "事件游标",
            },
        ),
        migrations.CreateModel(
            name="Channel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("mail", "邮件"),
                            ("sms", "短信"),
                            ("wecom", "企业微信群机器人"),
                            ("dingtalk", "钉钉群机器人"),
                            ("feishu", "飞书群机器人"),
                            ("webhook", "事件订阅"),
                        ],
                        max_length=20,
                        verbose_name="种类",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("settings", models.JSONField(default=dict, verbose_name="设置")),
                ("secret", models.TextField(blank=True, verbose_name="密钥（已密封）")),
                ("former_secret", models.TextField(blank=True, verbose_name="原密钥（已密封）")),
                (
                    "former_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="原密钥有效至"),
                ),
                (
                    "contract_id",
                    models.CharField(blank=True, max_length=80, verbose_name="合同编号"),
                ),
                ("side", models.CharField(blank=True, max_length=20, verbose_name="一方")),
                ("events", models.JSONField(default=list, verbose_name="订阅的事件")),
                ("enabled", models.BooleanField(default=True, verbose_name="启用")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("busy_until", models.DateTimeField(blank=True, null=True, verbose_name="占用至")),
                ("down_since", models.DateTimeField(blank=True, null=True, verbose_name="不通自")),
                ("down_tries", models.IntegerField(default=0, verbose_name="不通次数")),
                (
                    "paused_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="暂停至"),
                ),
                ("says", models.CharField(blank=True, max_length=500, verbose_name="最近的说法")),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="channels",
                        to="accounts.organisation",
                        verbose_name="单位",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="订阅人",
                    ),
                ),
            ],
            options={
                "verbose_name": "通道",
                "verbose_name_plural": "通道",
                "ordering": ["kind", "id"],
            },
        ),
        migrations.CreateModel(
            name="Leg",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("target", models.CharField(blank=True, max_length=320, verbose_name="地址")),
                ("subject", models.CharField(max_length=200, verbose_name="标题")),
                ("body", models.TextField(blank=True, verbose_name="正文")),
                (
                    "contract_id",
                    models.CharField(blank=True, max_length=80, verbose_name="合同编号"),
                ),
                ("key", models.CharField(max_length=300, unique=True, verbose_name="业务键")),
                ("urgent", models.BooleanField(default=False, verbose_name="紧急")),
                ("digest", models.BooleanField(default=False, verbose_name="进入汇总")),
                ("alone", models.BooleanField(default=False, verbose_name="不并入汇总")),
                ("by", models.CharField(max_length=150, verbose_name="发出人")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待发送"),
                            ("held", "延后"),
                            ("sent", "已发送"),
                            ("delivered", "已送达"),
                            ("failed", "失败"),
                            ("merged", "已并入汇总"),
                        ],
                        default="waiting",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.IntegerField(default=0, verbose_name="次数")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("next_at", models.DateTimeField(verbose_name="下次")),
                ("due_at", models.DateTimeField(verbose_name="应发时间")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="发送时间")),
                (
                    "delivered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="送达时间"),
                ),
                (
                    "provider_id",
                    models.CharField(blank=True, max_length=200, verbose_name="对方编号"),
                ),
                ("why", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="legs",
                        to="notices.channel",
                        verbose_name="通道",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="notices.leg",
                        verbose_name="并入",
                    ),
                ),
            ],
            options={
                "verbose_name": "送信",
                "verbose_name_plural": "送信",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("sent", "已交给对方服务器"),
                            ("temporary", "暂时失败，会再试"),
                            ("down", "通道不通，会再试"),
                            ("permanent", "失败，不再试"),
                            ("delivered", "对方回执：已送达"),
                            ("bounced", "被退回"),
                            ("merged", "并入汇总"),
                            ("again", "有人要求重发"),
                            ("withheld", "收信人已无权看，不发"),
                        ],
                        max_length=20,
                        verbose_name="结果",
                    ),
                ),
                ("says", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                ("extract", models.TextField(blank=True, verbose_name="往来摘要")),
                ("by", models.CharField(blank=True, max_length=150, verbose_name="谁")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="notices.channel",
                        verbose_name="通道",
                    ),
                ),
                (
                    "leg",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="notices.leg",
                        verbose_name="送信",
                    ),
                ),
            ],
            options={
                "verbose_name": "送信记录",
                "verbose_name_plural": "送信记录",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("reminder", "到期提醒"),
                            ("escalation", "逾期升级"),
                            ("service", "函件送达"),
                            ("invitation", "邀请"),
                            ("security", "账号安全"),
                            ("job", "后台作业"),
                            ("disclosure", "信息披露"),
                            ("alert", "监测告警"),
                            ("system", "系统"),
                        ],
                        max_length=30,
                        verbose_name="话题",
                    ),
                ),
                ("subject", models.CharField(max_length=200, verbose_name="标题")),
                ("body", models.TextField(blank=True, verbose_name="正文")),
                ("address", models.CharField(blank=True, max_length=500, verbose_name="页面")),
                (
                    "contract_id",
                    models.CharField(blank=True, max_length=80, verbose_name="合同编号"),
                ),
                ("key", models.CharField(max_length=200, verbose_name="业务键")),
                ("urgent", models.BooleanField(default=False, verbose_name="紧急")),
                ("by", models.CharField(max_length=150, verbose_name="发出人")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="阅读时间")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="收件人",
                    ),
                ),
            ],
            options={
                "verbose_name": "消息",
                "verbose_name_plural": "消息",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="leg",
            name="message",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="legs",
                to="notices.message",
                verbose_name="消息",
            ),
        ),
        migrations.CreateModel(
            name="NoticeSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ways", models.JSONField(default=dict, verbose_name="各话题的通道")),
                ("quiet_from", models.TimeField(blank=True, null=True, verbose_name="免打扰从")),
                ("quiet_to", models.TimeField(blank=True, null=True, verbose_name="免打扰到")),
                (
                    "working_days_only",
                    models.BooleanField(default=False, verbose_name="只在工作日"),
                ),
                ("digest_at", models.TimeField(blank=True, null=True, verbose_name="每日汇总时间")),
                (
                    "urgent_wakes",
                    models.BooleanField(default=True, verbose_name="紧急的不受免打扰限制"),
                ),
                ("changed_at", models.DateTimeField(verbose_name="更改时间")),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notice_settings",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "通知设置",
                "verbose_name_plural": "通知设置",
            },
        ),
        migrations.AddIndex(
            model_name="channel",
            index=models.Index(fields=["contract_id"], name="channel_contract"),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.UniqueConstraint(
                fields=("name", "contract_id", "side"), name="channel_named_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["mail", "sms", "wecom", "dingtalk", "feishu", "webhook"])
                ),
                name="channel_known_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["channel", "-at"], name="delivery_channel"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["account", "-id"], name="message_inbox"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("read_at__isnull", True)),
                fields=["account"],
                name="message_unread",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(fields=("account", "key"), name="message_told_once"),
        ),
        migrations.AddIndex(
            model_name="leg",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "held"))),
                fields=["channel", "next_at"],
                name="leg_open",
            ),
        ),
        migrations.AddIndex(
            model_name="leg",
            index=models.Index(fields=["channel", "provider_id"], name="leg_provider"),
        ),
        migrations.AddIndex(
            model_name="leg",
            index=models.Index(fields=["contract_id", "-id"], name="leg_contract"),
        ),
        migrations.AddConstraint(
            model_name="leg",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["waiting", "held", "sent", "delivered", "failed", "merged"])
                ),
                name="leg_known_state",
            ),
        ),
        migrations.RunPython(guard),
    ]
