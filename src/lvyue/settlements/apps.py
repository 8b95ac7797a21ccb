from __future__ import annotations

from django.apps import AppConfig


class SettlementsConfig(AppConfig):
    name = "lvyue.settlements"
    verbose_name = "结算"
