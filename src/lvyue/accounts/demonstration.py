"""演示: what is published about the made-up people of the demonstration, in one place for pages and commands."""

from __future__ import annotations

#: The password of every one of them. It stands on the sign-in page for whoever opens it.
PASSWORD = "lvyue-demo"  # noqa: S105  published on purpose
