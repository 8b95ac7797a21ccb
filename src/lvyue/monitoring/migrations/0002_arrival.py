"""Alerts of a contract in the order in which they came: for its page, and for the search that follows."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0001_first"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["contract_id", "-id"], name="alert_arrival"),
        ),
    ]
