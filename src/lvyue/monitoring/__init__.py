"""监测: what watches the work from outside. For now: the alerts that other systems send in."""

from __future__ import annotations
