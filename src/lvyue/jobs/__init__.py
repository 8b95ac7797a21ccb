"""作业: background and scheduled work: what waits, runs, failed, and when what is due runs again."""

from __future__ import annotations
