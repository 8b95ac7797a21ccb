"""The wiring: settings, addresses, the WSGI door. It alone sees every room, and holds no rule."""

from __future__ import annotations
