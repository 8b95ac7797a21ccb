"""Words that the rows of this room may hold."""

from __future__ import annotations

from django.db.models import TextChoices


class SourceKind(TextChoices):
    """来源种类: in which form a source speaks."""

    ALERTMANAGER = "alertmanager", "Alertmanager（webhook v4）"
    GENERIC = "generic", "其他系统（JSON，按对照表读）"


class AlertStatus(TextChoices):
    """告警状态."""

    FIRING = "firing", "告警中"
    RESOLVED = "resolved", "已恢复"
