"""等待发送: how much has not left yet, for who watches over the platform."""

from __future__ import annotations

from django.db.models import Count

from lvyue.notices.choices import OPEN
from lvyue.notices.models import Leg


def legs_waiting() -> dict[str, int]:
    """How many legs wait on each kind of channel. One read."""
    found = Leg.objects.filter(state__in=OPEN).order_by().values_list("channel__kind")
    return dict(found.annotate(number=Count("pk")))
