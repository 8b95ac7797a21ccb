"""`python -m lvyue` is the command `lvyue`."""

from __future__ import annotations

from lvyue.cli.main import main

main()
