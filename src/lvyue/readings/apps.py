from __future__ import annotations

from django.apps import AppConfig


class ReadingsConfig(AppConfig):
    name = "lvyue.readings"
    verbose_name = "读入与核对"
