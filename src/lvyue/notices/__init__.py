"""通知: what people are told, by which channel, and what is served on a party with proof of receipt."""

from __future__ import annotations
