"""The two sides of the letters, for the searches in what they wrote."""

from __future__ import annotations

from tests.notices.conftest import sit, vault

__all__ = ["sit", "vault"]
