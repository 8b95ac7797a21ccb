"""检索: one index over what every room holds, read only by those who may see it."""

from __future__ import annotations
