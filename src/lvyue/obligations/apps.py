from __future__ import annotations

from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    name = "lvyue.obligations"
    verbose_name = "义务"
