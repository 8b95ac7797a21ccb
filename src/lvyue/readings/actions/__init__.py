"""What people and workers can do with drafts: one module for each of bringing, reading, deciding and settling."""

from __future__ import annotations
