"""What only the addressee may read is kept sealed beside a leg, and no longer written out in its body.

Invitations that were mailed before held their link in plain text: of those that have left nothing is kept, the link of
those that wait is sealed.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import migrations, models

from lvyue.accounts.sealing import seal

#: As `lvyue.notices.texts.SEALED` says it today.
PLACE = "〔寄出时填入〕"

LINK = re.compile(r"\S*/invitations/\S+")


def seal_links(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    legs = apps.get_model("notices", "Leg").objects
    found = legs.filter(message=None, channel__kind="mail", body__contains="/invitations/")
    for leg in found.filter(key__startswith="send:mail:").iterator():
        link = LINK.search(leg.body)
        if link is None:
            continue
        leg.body = leg.body.replace(link[0], PLACE)
        leg.sealed = "" if leg.state in ("sent", "delivered") else seal(link[0])
        leg.save(update_fields=["body", "sealed"])


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_service")]

    operations = [
        migrations.AddField(
            model_name="leg",
            name="sealed",
            field=models.TextField(
                blank=True, default="", verbose_name="寄出时填入的内容（已密封）"
            ),
            preserve_default=False,
        ),
        migrations.RunPython(seal_links, migrations.RunPython.noop),
    ]
