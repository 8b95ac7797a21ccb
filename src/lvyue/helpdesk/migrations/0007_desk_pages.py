from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two more ways in which it is made sure who asked."""

    dependencies = [("helpdesk", "0006_solving")]

    operations: ClassVar[list[migrations.operations.base.Operation]] = [
        migrations.AlterField(
            model_name="call",
            name="verified_how",
            field=models.CharField(
                blank=True,
                choices=[
                    ("callback", "回拨合同登记的号码"),
                    ("mail", "发到合同登记的邮箱并得到答复"),
                    ("present", "当面核验证件"),
                    ("account", "本人登录平台确认"),
                    ("video", "视频见面"),
                    ("written", "书面委托"),
                ],
                max_length=10,
                verbose_name="核实办法",
            ),
        ),
    ]
