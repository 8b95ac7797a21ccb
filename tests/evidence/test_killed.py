"""An importer that is killed leaves nothing behind, whenever it is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connection

from lvyue.evidence.files import read_facts
from tests.evidence.cast import tickets

SIZE = 20_000  # four batches
WORKER = Path(__file__).with_name("worker.py")


@pytest.fixture
def scratch_url(tmp_path: Path, django_db_blocker: Any) -> Iterator[str]:
    """An empty database of its own, of the kind that the tests run on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{quote(str(tmp_path / 'scratch.sqlite3'))}"
        return
    name, given = f"scratch_{uuid4().hex}", connection.settings_dict
    user, password = quote(given["USER"], safe=""), quote(given["PASSWORD"], safe="")
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:  # noqa: SLF001  Django's own way in
        cursor.execute(f'CREATE DATABASE "{name}"')
        yield (
            f"postgresql://{user}:{password}@:{given['PORT']}/{name}"
            f"?host={quote(given['HOST'] or 'localhost', safe='')}"
        )
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class Importer:
    """The worker in a process of its own, on a database that this process does not open."""

    def __init__(self, url: str, home: Path) -> None:
        self.environment = os.environ | {
            "DATABASE_URL": url,
            "LVYUE_HOME": str(home),
            "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path]),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(WORKER), *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, *arguments: str) -> Any:
        """The last line that the worker writes, as JSON."""
        with self.start(*arguments) as worker:
            told, _ = worker.communicate(timeout=120)
        assert worker.returncode == 0, told
        return json.loads(told.splitlines()[-1])

    def kill_at(self, milestone: str, path: Path) -> None:
        """Import, stand still at this milestone, and die there."""
        self._kill(milestone, 0, "import", str(path), milestone)

    def kill_after(self, milestone: str, pause: float, path: Path) -> None:
        """Import, and die so many seconds after this milestone, wherever that is."""
        self._kill(milestone, pause, "import", str(path))

    def _kill(self, milestone: str, pause: float, *arguments: str) -> None:
        with self.start(*arguments) as worker:
            assert worker.stdout is not None
            assert any(told.strip() == milestone for told in worker.stdout), milestone
            time.sleep(pause)
            worker.send_signal(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.django_db
def test_a_killed_import_leaves_all_or_nothing_and_can_be_repeated(
    scratch_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "二月.jsonl"
    path.write_bytes(b"".join(tickets(SIZE)))
    expected = read_facts(path).root
    importer = Importer(scratch_url, tmp_path)
    importer.ask("prepare")

    # While the file is read, before the first entry, between entries, after the last one, before the
    # commit.
    for milestone in ("reading", "batch 0", "batch 2", "after 4", "committing"):
        importer.kill_at(milestone, path)
        assert importer.ask("verify") == {"doubts": [], "size": 0}, milestone
    # Around the commit, where only the database knows which of the two it was.
    for pause in (0.0, 0.01):
        importer.kill_after("committing", pause, path)
        found = importer.ask("verify")
        assert found["doubts"] == []
        assert found["size"] in {0, SIZE}

    done = importer.ask("import", str(path))

    assert done["added"] + done["ignored"] == SIZE
    assert (done["size"], done["root"]) == (SIZE, expected)
    assert importer.ask("verify") == {"doubts": [], "size": SIZE}
