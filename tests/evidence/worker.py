"""The process that test_killed.py kills. It says where it is, so that it can be killed there."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

CONTRACT = "hall-2025"


def tell(milestone: str) -> None:
    sys.stdout.write(milestone + "\n")
    sys.stdout.flush()


def prepare() -> None:
    from tests.evidence.cast import opened  # noqa: PLC0415  not before Django is set up

    call_command("migrate", verbosity=0)
    opened(CONTRACT)
    tell("{}")


def verify() -> None:
    from lvyue.evidence.queries import checkpoint_at, verify_log  # noqa: PLC0415  likewise

    doubts = [str(doubt) for doubt in verify_log(CONTRACT)]
    tell(json.dumps({"doubts": doubts, "size": checkpoint_at(CONTRACT).size}))


def import_file(path: str, stop_at: str = "") -> None:
    """Import, and stand still at the milestone `stop_at`, if one is given, until somebody kills us."""
    from django.db import connection  # noqa: PLC0415  likewise

    from lvyue.evidence.actions import import_facts  # noqa: PLC0415  likewise

    batches = 0

    def reach(milestone: str) -> None:
        tell(milestone)
        if milestone == stop_at:
            time.sleep(600)

    def telling(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal batches
        if not many:
            return execute(sql, params, many, context)
        reach(f"batch {batches}")
        done = execute(sql, params, many, context)
        batches += 1
        reach(f"after {batches}")
        return done

    commit = connection.commit

    def committing() -> None:
        reach("committing")
        commit()

    connection.commit = committing  # type: ignore[method-assign]
    reach("reading")
    with Path(path).open("rb") as lines, connection.execute_wrapper(telling):
        result = import_facts(CONTRACT, lines, by="王工", source=Path(path).name)
    tell(
        json.dumps(
            {
                "added": result.added,
                "ignored": result.ignored,
                "size": result.size,
                "root": result.root,
            }
        )
    )


if __name__ == "__main__":
    django.setup()
    match sys.argv[1:]:
        case ["prepare"]:
            prepare()
        case ["import", path, *stop_at]:
            import_file(path, *stop_at)
        case _:
            verify()
