"""账号: people, their organisations, what each may do on which contract, sign-in, and the audit trail."""

from __future__ import annotations
