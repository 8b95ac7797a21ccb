"""Reads of notices. Messages stand in ``inbox``; letters and contacts have modules of their own."""

from __future__ import annotations
