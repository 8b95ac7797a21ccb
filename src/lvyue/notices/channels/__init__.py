"""通道: the roads out of the product, one class each, and one table that names them all."""

from __future__ import annotations
