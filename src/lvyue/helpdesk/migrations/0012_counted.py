from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0011_defect")]

    operations: ClassVar[list[migrations.operations.base.Operation]] = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=[
                    *("contract", "system", "place", "kind", "state", "reporter_side"),
                    *("assignee", "over", "due_at", "opened_at", "ended_at", "id"),
                ],
                name="ticket_open_counted",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=[
                    *("contract", "-opened_at", "-id", "number", "kind", "reporter_side"),
                    *("done_at", "ended_at", "state", "assignee", "assignee_name", "on_record"),
                ],
                name="ticket_opened_counted",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=["contract", "title", "system", "place", "id"], name="ticket_words"
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=["contract", "reporter_name", "device", "id"], name="ticket_who_and_what"
            ),
        ),
        # last, because it lets nobody read until the end
        migrations.RemoveIndex(model_name="ticket", name="ticket_by_opening"),
    ]
