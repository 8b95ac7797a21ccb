"""The disclosure desk: requests, their files, links and what was taken."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contracts", "0005_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="号")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("drafted", "草拟"),
                            ("applied", "已申请，待甲方同意"),
                            ("consented", "甲方已书面同意"),
                            ("given", "已提供"),
                            ("refused", "甲方不同意"),
                            ("withdrawn", "已撤回申请"),
                            ("revoked", "已收回同意"),
                        ],
                        default="applied",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("recipient", models.CharField(max_length=200, verbose_name="接收方")),
                (
                    "contact",
                    models.CharField(blank=True, max_length=200, verbose_name="接收方联系方式"),
                ),
                ("purpose", models.TextField(verbose_name="用途")),
                ("until", models.DateField(verbose_name="期限")),
                ("basis", models.CharField(max_length=500, verbose_name="依据")),
                (
                    "side",
                    models.CharField(
                        choices=[("buyer", "甲方"), ("supplier", "乙方")],
                        max_length=10,
                        verbose_name="申请方",
                    ),
                ),
                ("applied_by", models.CharField(max_length=150, verbose_name="申请人")),
                ("applied_name", models.CharField(max_length=80, verbose_name="申请人姓名")),
                ("applied_at", models.DateTimeField(verbose_name="申请时间")),
                (
                    "paper",
                    models.CharField(blank=True, max_length=200, verbose_name="同意文书编号"),
                ),
                ("paper_day", models.DateField(blank=True, null=True, verbose_name="同意文书日期")),
                (
                    "paper_sha256",
                    models.CharField(blank=True, max_length=64, verbose_name="同意文书散列"),
                ),
                ("consent_by", models.CharField(blank=True, max_length=150, verbose_name="同意人")),
                (
                    "consent_name",
                    models.CharField(blank=True, max_length=80, verbose_name="同意人姓名"),
                ),
                (
                    "consent_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="同意时间"),
                ),
                (
                    "closed_reason",
                    models.TextField(blank=True, verbose_name="不同意、撤回或收回的理由"),
                ),
                ("closed_by", models.CharField(blank=True, max_length=150, verbose_name="办理人")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="了结时间")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disclosures",
                        to="contracts.contract",
                        verbose_name="合同",
                    ),
                ),
            ],
            options={
                "verbose_name": "对外提供",
                "verbose_name_plural": "对外提供",
                "ordering": ["contract", "-number"],
            },
        ),
        migrations.CreateModel(
            name="DisclosedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, verbose_name="散列")),
                ("name", models.CharField(max_length=255, verbose_name="文件名")),
                ("size", models.PositiveBigIntegerField(verbose_name="字节数")),
                (
                    "disclosure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="confidentiality.disclosure",
                        verbose_name="对外提供",
                    ),
                ),
            ],
            options={
                "verbose_name": "提供的文件",
                "verbose_name_plural": "提供的文件",
                "ordering": ["disclosure", "id"],
            },
        ),
        migrations.CreateModel(
            name="DisclosureLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="散列")),
                ("made_by", models.CharField(max_length=150, verbose_name="建立人")),
                ("made_at", models.DateTimeField(verbose_name="建立时间")),
                ("expires_at", models.DateTimeField(verbose_name="失效时间")),
                ("most", models.PositiveSmallIntegerField(default=1, verbose_name="最多次数")),
                ("used", models.PositiveSmallIntegerField(default=0, verbose_name="已用次数")),
                (
                    "disclosure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links",
                        to="confidentiality.disclosure",
                        verbose_name="对外提供",
                    ),
                ),
            ],
            options={
                "verbose_name": "提供链接",
                "verbose_name_plural": "提供链接",
                "ordering": ["disclosure", "id"],
            },
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("address", models.CharField(max_length=64, verbose_name="来源地址")),
                ("agent", models.CharField(blank=True, max_length=200, verbose_name="所用程序")),
                ("sha256", models.CharField(max_length=64, verbose_name="整包散列")),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="confidentiality.disclosurelink",
                        verbose_name="提供链接",
                    ),
                ),
            ],
            options={
                "verbose_name": "提供记录",
                "verbose_name_plural": "提供记录",
                "ordering": ["link", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.UniqueConstraint(
                fields=("contract", "number"), name="disclosure_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "drafted",
                            "applied",
                            "consented",
                            "given",
                            "refused",
                            "withdrawn",
                            "revoked",
                        ],
                    )
                ),
                name="disclosure_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(("side__in", ["buyer", "supplier"])), name="disclosure_of_a_side"
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("consented", "given", "revoked")), _negated=True),
                    models.Q(
                        ("consent_at__isnull", False),
                        models.Q(("consent_by", ""), _negated=True),
                        models.Q(("paper", ""), _negated=True),
                        models.Q(("consent_by", models.F("applied_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="disclosure_with_consent",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosedfile",
            constraint=models.UniqueConstraint(
                fields=("disclosure", "sha256"), name="disclosed_file_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosurelink",
            constraint=models.CheckConstraint(
                condition=models.Q(("used__lte", models.F("most"))),
                name="disclosure_link_not_overused",
            ),
        ),
    ]
