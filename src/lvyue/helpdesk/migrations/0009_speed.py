from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0008_knowledge")]

    operations: ClassVar[list[migrations.operations.base.Operation]] = [
        migrations.AddField(
            model_name="ticket",
            name="on_record",
            field=models.CharField(blank=True, max_length=200, verbose_name="记录中的名称"),
            preserve_default=True,
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("on_record", ""), _negated=True),
                fields=["contract", "on_record"],
                name="ticket_by_record",
            ),
        ),
        migrations.AddIndex(
            model_name="ticketevent",
            index=models.Index(
                condition=models.Q(("name__in", ["diagnose", "rate", "reopen"])),
                fields=["name", "ticket", "index"],
                name="ticket_event_counted",
            ),
        ),
    ]
