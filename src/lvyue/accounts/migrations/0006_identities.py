"""What a token may, and the houses that know who somebody is."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lvyue.accounts.models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_audit_chain"),
    ]

    operations = [
        migrations.AddField(
            model_name="token",
            name="addresses",
            field=models.JSONField(blank=True, default=list, verbose_name="来源地址"),
        ),
        migrations.AddField(
            model_name="token",
            name="last_used_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="最近使用"),
        ),
        migrations.AddField(
            model_name="token",
            name="last_used_from",
            field=models.CharField(blank=True, max_length=64, verbose_name="最近来自"),
        ),
        migrations.AddField(
            model_name="token",
            name="old_digest",
            field=models.CharField(
                blank=True, db_index=True, max_length=64, verbose_name="原来的散列"
            ),
        ),
        migrations.AddField(
            model_name="token",
            name="old_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="原来的用到"),
        ),
        migrations.AddField(
            model_name="token",
            name="refused_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="最近拒绝"),
        ),
        migrations.AddField(
            model_name="token",
            name="refused_from",
            field=models.CharField(blank=True, max_length=64, verbose_name="拒绝的地址"),
        ),
        migrations.AddField(
            model_name="token",
            name="scopes",
            field=models.JSONField(default=lvyue.accounts.models.every_scope, verbose_name="权限"),
        ),
        migrations.CreateModel(
            name="IdentityProvider",
            fields=[
                (
                    "id",
                    models.SlugField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="编号"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("oidc", "OpenID Connect"),
                            ("ldap", "LDAP 或活动目录"),
                            ("cas", "CAS"),
                        ],
                        max_length=10,
                        verbose_name="种类",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("is_active", models.BooleanField(default=False, verbose_name="启用")),
                (
                    "newcomers",
                    models.CharField(
                        choices=[("refuse", "不接受"), ("wait", "等系统管理员批准")],
                        default="refuse",
                        max_length=10,
                        verbose_name="不认识的人",
                    ),
                ),
                ("second_step", models.BooleanField(default=False, verbose_name="已含两步验证")),
                ("settings", models.JSONField(default=dict, verbose_name="设置")),
                ("secret", models.TextField(blank=True, verbose_name="封存的口令")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                (
                    "synchronised_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="最近核对"),
                ),
                (
                    "synchronised",
                    models.CharField(blank=True, max_length=400, verbose_name="核对结果"),
                ),
            ],
            options={
                "verbose_name": "身份来源",
                "verbose_name_plural": "身份来源",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["oidc", "ldap", "cas"])),
                        name="provider_known_kind",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderTicket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="散列")),
                (
                    "login",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ticket",
                        to="accounts.login",
                        verbose_name="登录",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="accounts.identityprovider",
                        verbose_name="身份来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "来源票据",
                "verbose_name_plural": "来源票据",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ServiceAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("purpose", models.CharField(max_length=200, verbose_name="用途")),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="service",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="services",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="负责人",
                    ),
                ),
            ],
            options={
                "verbose_name": "服务账号",
                "verbose_name_plural": "服务账号",
                "ordering": ["account"],
            },
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(max_length=255, verbose_name="主体")),
                (
                    "username",
                    models.CharField(blank=True, max_length=150, verbose_name="对方的登录名"),
                ),
                ("name", models.CharField(blank=True, max_length=150, verbose_name="对方的姓名")),
                ("first_seen_at", models.DateTimeField(verbose_name="第一次")),
                ("last_seen_at", models.DateTimeField(verbose_name="最近一次")),
                (
                    "refused_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="不接受的时间"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identities",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identities",
                        to="accounts.identityprovider",
                        verbose_name="身份来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "外部身份",
                "verbose_name_plural": "外部身份",
                "ordering": ["provider", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "subject"), name="identity_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("account__isnull", False)),
                        fields=("provider", "account"),
                        name="identity_of_one_account",
                    ),
                ],
            },
        ),
    ]
