from __future__ import annotations

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "lvyue.contracts"
    verbose_name = "合同"
