from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0002_titles"),
    ]

    operations: ClassVar[list[migrations.operations.base.Operation]] = [
        migrations.AddField(
            model_name="indexentry",
            name="department",
            field=models.CharField(
                blank=True, default="", max_length=200, verbose_name="哪个部门的"
            ),
        ),
        migrations.AddField(
            model_name="indexentry",
            name="person",
            field=models.CharField(blank=True, default="", max_length=150, verbose_name="谁的"),
        ),
        migrations.AlterField(
            model_name="indexentry",
            name="kind",
            field=models.CharField(
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
                    ("ticket", "工单"),
                    ("article", "知识"),
                ],
                max_length=20,
                verbose_name="种类",
            ),
        ),
        migrations.AlterField(
            model_name="indexentry",
            name="whose",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "双方"),
                    ("buyer", "甲方"),
                    ("supplier", "乙方"),
                    ("own", "双方，使用部门只看本部门"),
                    ("own_buyer", "甲方，使用部门只看本部门"),
                ],
                default="",
                max_length=10,
                verbose_name="谁可见",
            ),
        ),
    ]
