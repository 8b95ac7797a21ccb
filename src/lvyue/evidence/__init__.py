"""证据: one append-only log of facts for each contract. Nothing here imports Django but the files that Django reads."""

from __future__ import annotations
