from __future__ import annotations

from django.apps import AppConfig


class ConfidentialityConfig(AppConfig):
    name = "lvyue.confidentiality"
    label = "confidentiality"
    verbose_name = "保密"
