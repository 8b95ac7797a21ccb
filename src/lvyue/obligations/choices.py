"""Words that the rows of this room may hold."""

from __future__ import annotations

from django.db.models import TextChoices


class About(TextChoices):
    """关于: what an entry is about: a date, a doubt in the place of a date, the end of a contract without a successor."""

    DUE = "due", "到期"
    DOUBT = "doubt", "疑义"
    RENEWAL = "renewal", "续签"


class EntryState(TextChoices):
    """条目状态: still to be done, done one way or the other, or gone because what asked for it has gone."""

    OPEN = "open", "未办结"
    DONE = "done", "已办结"
    CANCELLED = "cancelled", "已取消"
