from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0005_append_only"),
        ("helpdesk", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeskChannel",
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
                            ("wechat", "企业微信"),
                            ("dingtalk", "钉钉"),
                            ("feishu", "飞书"),
                            ("portal", "网页"),
                            ("phone", "电话"),
                            ("qr", "扫码"),
                            ("alert", "告警"),
                            ("webhook", "其他程序"),
                            ("fax", "传真"),
                        ],
                        max_length=10,
                        verbose_name="种类",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                (
                    "address",
                    models.CharField(blank=True, max_length=254, verbose_name="号码或地址"),
                ),
                ("settings", models.JSONField(blank=True, default=dict, verbose_name="设置")),
                ("secret", models.TextField(blank=True, verbose_name="密钥（封存）")),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
                ("set_by", models.CharField(max_length=150, verbose_name="设置人")),
                ("set_at", models.DateTimeField(verbose_name="设置时间")),
                ("changed_at", models.DateTimeField(verbose_name="更改时间")),
                ("progress", models.JSONField(blank=True, default=dict, verbose_name="读到哪里")),
                (
                    "checked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="最近读取"),
                ),
                ("down_since", models.DateTimeField(blank=True, null=True, verbose_name="不通自")),
                ("says", models.CharField(blank=True, max_length=500, verbose_name="不通的原因")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="desk_channels",
                        to="contracts.contract",
                        verbose_name="合同",
                    ),
                ),
            ],
            options={
                "verbose_name": "渠道",
                "verbose_name_plural": "渠道",
                "ordering": ["contract", "kind", "id"],
            },
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outer_id",
                    models.CharField(blank=True, max_length=200, verbose_name="交换机编号"),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("in", "来电"), ("out", "去电")],
                        default="in",
                        max_length=5,
                        verbose_name="方向",
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="号码")),
                ("caller", models.CharField(blank=True, max_length=80, verbose_name="来电人")),
                ("listed", models.BooleanField(default=False, verbose_name="合同登记的号码")),
                (
                    "contact_id",
                    models.BigIntegerField(blank=True, null=True, verbose_name="合同联系方式"),
                ),
                ("began_at", models.DateTimeField(verbose_name="振铃")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="接听")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="挂断")),
                (
                    "answered_by",
                    models.CharField(blank=True, max_length=150, verbose_name="接听人"),
                ),
                (
                    "answered_name",
                    models.CharField(blank=True, max_length=80, verbose_name="接听人姓名"),
                ),
                ("test", models.BooleanField(default=False, verbose_name="拨测")),
                ("note", models.TextField(blank=True, verbose_name="记录")),
                (
                    "operation",
                    models.CharField(blank=True, max_length=200, verbose_name="要求的操作"),
                ),
                (
                    "verified_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="核实时间"),
                ),
                (
                    "verified_by",
                    models.CharField(blank=True, max_length=150, verbose_name="核实人"),
                ),
                (
                    "verified_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("callback", "回拨合同登记的号码"),
                            ("mail", "发到合同登记的邮箱并得到答复"),
                            ("present", "当面核验证件"),
                            ("account", "本人登录平台确认"),
                        ],
                        max_length=10,
                        verbose_name="核实办法",
                    ),
                ),
                (
                    "verified_note",
                    models.CharField(blank=True, max_length=500, verbose_name="核实记录"),
                ),
                ("recorded_by", models.CharField(max_length=150, verbose_name="登记人")),
                ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="contracts.contract",
                        verbose_name="合同",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="helpdesk.ticket",
                        verbose_name="工单",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="helpdesk.deskchannel",
                        verbose_name="渠道",
                    ),
                ),
            ],
            options={
                "verbose_name": "通话记录",
                "verbose_name_plural": "通话记录",
                "ordering": ["-began_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Incoming",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("outer_id", models.CharField(max_length=300, verbose_name="对方编号")),
                ("thread", models.CharField(blank=True, max_length=300, verbose_name="会话")),
                ("sender", models.CharField(blank=True, max_length=500, verbose_name="发件人原文")),
                (
                    "address",
                    models.CharField(blank=True, max_length=254, verbose_name="地址或号码"),
                ),
                ("person", models.CharField(blank=True, max_length=150, verbose_name="发件人账号")),
                ("subject", models.CharField(blank=True, max_length=500, verbose_name="标题")),
                ("text", models.TextField(blank=True, verbose_name="内容")),
                ("received_at", models.DateTimeField(verbose_name="收到时间")),
                ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                ("raw", models.CharField(blank=True, max_length=64, verbose_name="原件的散列")),
                ("files", models.JSONField(blank=True, default=list, verbose_name="附件")),
                ("warnings", models.JSONField(blank=True, default=list, verbose_name="提示")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等人处理"),
                            ("ticket", "已开工单"),
                            ("merged", "已并入工单"),
                            ("ignored", "不处理"),
                            ("bounce", "退信"),
                            ("loop", "自动回复或循环"),
                        ],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="原因")),
                ("settled_by", models.CharField(blank=True, max_length=150, verbose_name="处理人")),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="处理时间"),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incoming",
                        to="helpdesk.deskchannel",
                        verbose_name="渠道",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incoming",
                        to="helpdesk.ticket",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "来件",
                "verbose_name_plural": "来件",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Outgoing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("leg", models.BigIntegerField(verbose_name="送信")),
                (
                    "message_id",
                    models.CharField(max_length=300, unique=True, verbose_name="邮件编号"),
                ),
                ("address", models.CharField(max_length=254, verbose_name="寄往")),
                ("automatic", models.BooleanField(default=False, verbose_name="自动")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("by", models.CharField(blank=True, max_length=150, verbose_name="谁")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outgoing",
                        to="helpdesk.deskchannel",
                        verbose_name="渠道",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outgoing",
                        to="helpdesk.ticket",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "去件",
                "verbose_name_plural": "去件",
                "ordering": ["-id"],
            },
        ),
        migrations.AddConstraint(
            model_name="deskchannel",
            constraint=models.UniqueConstraint(
                fields=("contract", "name"), name="desk_channel_named_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="deskchannel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "mail",
                            "sms",
                            "wechat",
                            "dingtalk",
                            "feishu",
                            "portal",
                            "phone",
                            "qr",
                            "alert",
                            "webhook",
                            "fax",
                        ],
                    )
                ),
                name="desk_channel_known_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(fields=["contract", "-began_at", "-id"], name="call_by_beginning"),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answered_at__isnull", True),
                    ("answered_at__gte", models.F("began_at")),
                    _connector="OR",
                ),
                name="call_answered_after_it_rang",
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at__isnull", True),
                    ("ended_at__gte", models.F("began_at")),
                    _connector="OR",
                ),
                name="call_ended_after_it_rang",
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outer_id", ""), _negated=True),
                fields=("contract", "outer_id"),
                name="call_once",
            ),
        ),
        migrations.AddIndex(
            model_name="incoming",
            index=models.Index(fields=["channel", "thread"], name="incoming_thread"),
        ),
        migrations.AddIndex(
            model_name="incoming",
            index=models.Index(
                fields=["channel", "address", "received_at"], name="incoming_sender"
            ),
        ),
        migrations.AddIndex(
            model_name="incoming",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["received_at"],
                name="incoming_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="incoming",
            constraint=models.UniqueConstraint(
                fields=("channel", "outer_id"), name="incoming_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="incoming",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["waiting", "ticket", "merged", "ignored", "bounce", "loop"])
                ),
                name="incoming_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="incoming",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["ticket", "merged"]), _negated=True),
                    ("ticket__isnull", False),
                    _connector="OR",
                ),
                name="incoming_taken_into_a_ticket",
            ),
        ),
    ]
