"""结算: what is owed on paper: the settlement sheet, the statement of performance, and the statements that parties sign."""

from __future__ import annotations
