from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "lvyue.jobs"
    label = "jobs"
    verbose_name = "作业"
