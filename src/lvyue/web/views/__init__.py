"""The pages, one module for each noun: a view reads its address, asks one query or calls one action, and renders."""

from __future__ import annotations
