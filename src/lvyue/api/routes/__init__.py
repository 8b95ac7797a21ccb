"""The endpoints, one module for each noun: an endpoint reads its address, asks one query or calls one action, and answers."""

from __future__ import annotations
