"""Letters of consent, and the term that each of them is about."""

from __future__ import annotations

from django.db import migrations, models

KINDS = [
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
    ("consent", "书面同意函"),
]


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_sealed")]

    operations = [
        migrations.RemoveConstraint(model_name="letter", name="letter_known_kind"),
        migrations.AlterField(
            model_name="letter",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=20, verbose_name="种类"),
        ),
        migrations.AddField(
            model_name="letter",
            name="term",
            field=models.CharField(
                blank=True, default="", max_length=80, verbose_name="同意不按其履行的约定"
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", [kind for kind, _ in KINDS])),
                name="letter_known_kind",
            ),
        ),
    ]
