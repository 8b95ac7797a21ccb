"""The store of sessions: a session ends so long after the last page, not after the sign-in.

Django would write every session with every page to have that. This one is written when it is read late enough.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db

from lvyue import clock

#: A session that was written so lately is not written again just because somebody is there.
FRESH = timedelta(minutes=5)


class SessionStore(db.SessionStore):
    """Django's rows of sessions, made to last again while they are in use."""

    @classmethod
    def get_model_class(cls) -> Any:
        return db.SessionStore.get_model_class()

    def load(self) -> dict[str, Any]:
        if "\0" in (
            self.session_key or ""
        ):  # PostgreSQL cannot even be asked; such a request is refused further in
            self._session_key = None
            return {}
        row = self._get_session_from_db()  # type: ignore[attr-defined]
        if row is None:
            return {}
        left = row.expire_date - clock.now()
        if left < timedelta(seconds=settings.SESSION_COOKIE_AGE) - FRESH:
            self.modified = True
        found: dict[str, Any] = self.decode(row.session_data)
        return found
