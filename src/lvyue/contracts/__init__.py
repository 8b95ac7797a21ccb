"""合同: the register of contracts and of the releases of each, every release frozen and named by its hash."""

from __future__ import annotations
