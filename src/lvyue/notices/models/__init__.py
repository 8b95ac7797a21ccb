"""The rows of notices: what people are told (``messages``), and what one side serves on the other (``service``)."""

from __future__ import annotations

from lvyue.notices.models.messages import (
    Channel,
    Delivery,
    EventCursor,
    Leg,
    Message,
    NoticeSettings,
)
from lvyue.notices.models.service import (
    Contact,
    Dispatch,
    Letter,
    LetterFile,
    Liaison,
    PromptLeg,
    PromptNotice,
    Receipt,
)

__all__ = [
    "Channel",
    "Contact",
    "Delivery",
    "Dispatch",
    "EventCursor",
    "Leg",
    "Letter",
    "LetterFile",
    "Liaison",
    "Message",
    "NoticeSettings",
    "PromptLeg",
    "PromptNotice",
    "Receipt",
]
