from __future__ import annotations

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "lvyue.evidence"
    verbose_name = "证据"
