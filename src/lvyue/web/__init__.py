"""页面: the pages. They translate and decide nothing."""

from __future__ import annotations
