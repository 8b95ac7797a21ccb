"""One more role on a contract: whom the buyer appoints to consent to disclosures, beside the lead."""

from __future__ import annotations

from django.db import migrations, models

ROLES = [
    ("buyer", "甲方项目负责人"),
    ("using_department", "使用部门"),
    ("supplier_manager", "乙方项目经理"),
    ("engineer", "乙方工程师"),
    ("auditor", "审计"),
    ("supervisor", "监理"),
    ("assessor", "验收专家"),
    ("security_officer", "乙方安全员"),
    ("crypto_approver", "密码服务审批人"),
    ("key_manager", "密钥管理员"),
    ("crypto_operator", "密码操作员"),
    ("crypto_auditor", "密码审计员"),
    ("consenter", "甲方对外提供同意人"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_permissions")]

    operations = [
        migrations.RemoveConstraint("appointment", "appointment_known_role"),
        migrations.AlterField(
            "appointment",
            "role",
            models.CharField("角色", max_length=30, choices=ROLES),
        ),
        migrations.AddConstraint(
            "appointment",
            models.CheckConstraint(
                condition=models.Q(role__in=[role for role, _ in ROLES]),
                name="appointment_known_role",
            ),
        ),
    ]
