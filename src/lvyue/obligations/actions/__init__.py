"""What can be done about obligations, one module for each noun."""

from __future__ import annotations
