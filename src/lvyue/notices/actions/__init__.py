"""What can be done about notices. ``tell`` and ``send`` stand in ``telling``; letters and contacts have modules of their own."""

from __future__ import annotations

from lvyue.notices.actions.telling import send, tell

__all__ = ["send", "tell"]
