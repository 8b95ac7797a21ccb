"""Second steps, invitations, logins, departments, contact ways, and how people leave."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_append_only")]

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("by", models.CharField(max_length=150, verbose_name="办理人")),
                ("reason", models.TextField(verbose_name="理由")),
                ("closed", models.JSONField(verbose_name="关闭了什么")),
            ],
            options={
                "verbose_name": "离任",
                "verbose_name_plural": "离任",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="FormerPassword",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="散列")),
                ("until", models.DateTimeField(verbose_name="用到")),
            ],
            options={
                "verbose_name": "旧密码",
                "verbose_name_plural": "旧密码",
                "ordering": ["account", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="姓名")),
                ("mail", models.CharField(blank=True, max_length=254, verbose_name="电子邮箱")),
                ("offers", models.JSONField(default=list, verbose_name="任职")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="账号到期")),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="散列")),
                ("invited_by", models.CharField(max_length=150, verbose_name="邀请人")),
                ("demonstration", models.BooleanField(default=False, verbose_name="演示")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("expires_at", models.DateTimeField(verbose_name="失效时间")),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="撤回时间"),
                ),
                (
                    "accepted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="接受时间"),
                ),
            ],
            options={
                "verbose_name": "邀请",
                "verbose_name_plural": "邀请",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Login",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("device", models.CharField(blank=True, max_length=300, verbose_name="设备")),
                ("address", models.CharField(blank=True, max_length=64, verbose_name="来源地址")),
                ("how", models.CharField(max_length=30, verbose_name="方式")),
                ("since", models.DateTimeField(verbose_name="起")),
                ("seen_at", models.DateTimeField(verbose_name="最近使用")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="止")),
            ],
            options={
                "verbose_name": "登录",
                "verbose_name_plural": "登录",
                "ordering": ["account", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                (
                    "credential_id",
                    models.CharField(max_length=1400, unique=True, verbose_name="凭据编号"),
                ),
                ("public_key", models.BinaryField(verbose_name="公钥")),
                ("sign_count", models.BigIntegerField(verbose_name="签名次数")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="最近使用"),
                ),
            ],
            options={
                "verbose_name": "通行密钥",
                "verbose_name_plural": "通行密钥",
                "ordering": ["account", "id"],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="散列")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="使用时间")),
            ],
            options={
                "verbose_name": "恢复码",
                "verbose_name_plural": "恢复码",
                "ordering": ["account", "id"],
            },
        ),
        migrations.CreateModel(
            name="SecondStepRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(max_length=30, unique=True, verbose_name="角色"),
                ),
            ],
            options={
                "verbose_name": "必须两步验证",
                "verbose_name_plural": "必须两步验证",
                "ordering": ["role"],
            },
        ),
        migrations.AddField(
            model_name="account",
            name="ends_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="到期"),
        ),
        migrations.AddField(
            model_name="account",
            name="password_handed_over",
            field=models.BooleanField(default=False, verbose_name="密码由他人设定"),
        ),
        migrations.AddField(
            model_name="account",
            name="temporary",
            field=models.BooleanField(default=False, verbose_name="临时"),
        ),
        migrations.CreateModel(
            name="Authenticator",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sealed", models.CharField(max_length=300, verbose_name="封存的密钥")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("last_step", models.BigIntegerField(verbose_name="用过的时段")),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="最近使用"),
                ),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="authenticator",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "验证器",
                "verbose_name_plural": "验证器",
                "ordering": ["account"],
            },
        ),
        migrations.CreateModel(
            name="ContactWay",
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
                        choices=[("mail", "电子邮箱"), ("phone", "手机号码")],
                        max_length=10,
                        verbose_name="种类",
                    ),
                ),
                ("value", models.CharField(max_length=254, verbose_name="内容")),
                (
                    "verified_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="验证时间"),
                ),
                ("code", models.CharField(blank=True, max_length=64, verbose_name="验证码散列")),
                (
                    "code_sent_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="验证码发出时间"),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="试过的次数")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_ways",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "联系方式",
                "verbose_name_plural": "联系方式",
                "ordering": ["account", "kind"],
            },
        ),
        migrations.CreateModel(
            name="Department",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="名称")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departments",
                        to="accounts.organisation",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "部门",
                "verbose_name_plural": "部门",
                "ordering": ["organisation", "name"],
            },
        ),
        migrations.AddField(
            model_name="account",
            name="department",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="accounts",
                to="accounts.department",
                verbose_name="部门",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("temporary", False), ("ends_at__isnull", False), _connector="OR"
                ),
                name="account_temporary_ends",
            ),
        ),
        migrations.AddField(
            model_name="departure",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="departures",
                to=settings.AUTH_USER_MODEL,
                verbose_name="账号",
            ),
        ),
        migrations.AddField(
            model_name="formerpassword",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="former_passwords",
                to=settings.AUTH_USER_MODEL,
                verbose_name="账号",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="account",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invitation",
                to=settings.AUTH_USER_MODEL,
                verbose_name="账号",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="department",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invitations",
                to="accounts.department",
                verbose_name="部门",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="organisation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invitations",
                to="accounts.organisation",
                verbose_name="单位",
            ),
        ),
        migrations.AddField(
            model_name="login",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="logins",
                to=settings.AUTH_USER_MODEL,
                verbose_name="账号",
            ),
        ),
        migrations.AddField(
            model_name="passkey",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="passkeys",
                to=settings.AUTH_USER_MODEL,
                verbose_name="账号",
            ),
        ),
        migrations.AddField(
            model_name="recoverycode",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recovery_codes",
                to=settings.AUTH_USER_MODEL,
                verbose_name="账号",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactway",
            constraint=models.UniqueConstraint(
                fields=("account", "kind"), name="contact_way_of_one_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="contactway",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["mail", "phone"])), name="contact_way_known_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="department",
            constraint=models.UniqueConstraint(
                fields=("organisation", "name"), name="department_named_once"
            ),
        ),
        migrations.AddIndex(
            model_name="login",
            index=models.Index(fields=["account", "seen_at"], name="login_seen"),
        ),
        migrations.AddConstraint(
            model_name="recoverycode",
            constraint=models.UniqueConstraint(
                fields=("account", "digest"), name="recovery_code_once"
            ),
        ),
    ]
