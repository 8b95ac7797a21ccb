"""Who reads a paper is known by its job, and so is when that was last heard of."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("readings", "0002_append_only")]

    operations = [migrations.RemoveField(model_name="draftpaper", name="heartbeat")]
