from __future__ import annotations

from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    name = "lvyue.helpdesk"
    label = "helpdesk"
    verbose_name = "服务台"
