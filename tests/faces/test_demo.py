"""`lvyue demo` as a person starts it: it says where to look, serves, and leaves nothing behind however it is stopped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from lvyue.accounts.demonstration import PASSWORD
from lvyue.cli.demo import demo as start_demo
from lvyue.core.doubts import Refused

pytestmark = pytest.mark.slow

START = "from lvyue.cli.demo import demo; demo('127.0.0.1', {port}, serve={serve})"

#: Seconds: two shared cores keep no time.
PATIENCE = 120


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def start(home: Path, port: int, *, serve: bool) -> subprocess.Popen[str]:
    env = os.environ | {"LVYUE_HOME": str(home), "DATABASE_URL": ""}
    command = [sys.executable, "-u", "-c", START.format(port=port, serve=serve)]
    return subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the demonstration was loaded, once for all signals: loading is most of a start."""
    home = tmp_path_factory.mktemp("home")
    process = start(home, 0, serve=False)
    process.communicate()
    assert process.returncode == 0
    return home


@pytest.fixture
def demo(port: int, loaded: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    home = tmp_path / "home"
    shutil.copytree(loaded, home)
    process = start(home, port, serve=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def status(port: int) -> int:
    with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return int(answer.status)


def wait_until(port: int, *, up: bool, process: subprocess.Popen[str] | None = None) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if (status(port) == HTTPStatus.OK) == up:
                return
        except (URLError, OSError):
            if not up:
                return
        assert process is None or process.poll() is None, "it ended before it served"
        time.sleep(0.1)
    pytest.fail(f"{'nothing' if up else 'still something'} is served")


def test_an_address_that_is_taken_is_refused_before_anything_is_loaded() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Refused, match="不能在这里提供页面"):
            start_demo("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_serves_until_it_is_stopped_and_leaves_nothing_behind(
    demo: subprocess.Popen[str], port: int, sent: signal.Signals
) -> None:
    wait_until(port, up=True, process=demo)

    demo.send_signal(sent)
    said, _ = demo.communicate(timeout=30)
    wait_until(port, up=False)

    assert demo.returncode == (-sent if sent is signal.SIGKILL else 0)
    assert f"http://127.0.0.1:{port}/" in said
    for username in ("buyer0", "manager0", "engineer0", "auditor", "admin"):
        assert username in said
    assert PASSWORD in said
