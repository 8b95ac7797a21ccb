from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0003_channels")]

    operations: ClassVar[list[migrations.operations.base.Operation]] = []
