"""认证: who may be signed in at all. Asked at the sign-in and again with every request."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from lvyue import clock


class Passwords(ModelBackend):
    """密码: Django's own check of passwords; an account that was switched off or whose end has come is nobody's."""

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and (
            user is None or user.ends_at is None or user.ends_at > clock.now()
        )
