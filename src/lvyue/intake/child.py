"""隔离读入: a file is read in a process of its own, which is bounded in time and memory and may die without harm.

The process gets no secrets (its environment is made anew), opens no connection and starts no program. It writes lines of
JSON: ``progress``, and at the end ``source`` or ``refused``. A hostile file can crash a parser of C; then this process says so.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from lvyue.core.doubts import Refused, malformed
from lvyue.intake.files import check_file, read_file
from lvyue.intake.limits import BOUNDS
from lvyue.intake.refusals import Asked, Progress, refuse, say
from lvyue.intake.refusals import cancelled as was_cancelled
from lvyue.intake.wire import as_raw, from_raw
from lvyue.reading.source import Source

#: how often somebody's wish to stop is asked for, in seconds
_BEAT = 0.1
#: what a reader of files never needs
_FORBIDDEN = frozenset(
    {
        "socket.connect",
        "socket.bind",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.sendto",
        "subprocess.Popen",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.system",
        "pty.spawn",
    }
)
_MEND_BROKEN = "请在原来的软件中打开它，另存一份再读入；也可以另存为文本。"


def read_apart(
    path: Path,
    *,
    name: str | None = None,
    seconds: float = BOUNDS.seconds,
    megabytes: int = BOUNDS.megabytes,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
) -> Source:
    """``read_file`` in a child process. Raises ``Refused`` also when the child takes too long, too much, or dies."""
    called = name or path.name
    check_file(path, called)
    until = time.monotonic() + seconds
    with _started(path, called, seconds, megabytes) as process:
        for message in _messages(process, called, until, seconds, cancelled):
            if "progress" in message and progress is not None:
                done, total = message["progress"]
                progress(done, total)
            if "source" in message:
                return from_raw(message["source"])
            if "refused" in message:
                raise Refused(malformed(**doubt) for doubt in message["refused"])
        raise _died(process.wait(), called, megabytes)


@contextlib.contextmanager
def _started(
    path: Path, name: str, seconds: float, megabytes: int
) -> Iterator[subprocess.Popen[str]]:
    """The child, which is gone when this ends, however it ends."""
    order = {
        "path": str(path.absolute()),
        "name": name,
        "seconds": seconds,
        "megabytes": megabytes,
    }
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "lvyue.intake.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        env=without_secrets(),
    )
    try:
        with contextlib.suppress(BrokenPipeError):  # it died at once, and is asked why below
            _pipe(process.stdin).write(json.dumps(order) + "\n")
            _pipe(process.stdin).flush()
        yield process
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(BrokenPipeError):
                _pipe(pipe).close()
        process.wait()


def without_secrets() -> dict[str, str]:
    """An environment made anew, so that neither keys nor passwords reach the process that opens a stranger's file."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        "PYTHONUTF8": "1",
    }


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("the child was started without its pipes")
    return stream


def _messages(
    process: subprocess.Popen[str],
    name: str,
    until: float,
    seconds: float,
    asked: Asked | None,
) -> Iterator[dict[str, Any]]:
    """What the child says, line by line, for as long as there is time and nobody has cancelled."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def listen() -> None:
        with contextlib.suppress(ValueError, OSError):  # closed under its hands when we gave up
            for line in _pipe(process.stdout):
                lines.put(line)
        lines.put(None)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        while True:
            if asked is not None and asked():
                raise was_cancelled(name)
            if time.monotonic() > until:
                raise refuse(
                    name,
                    f"读了 {seconds:.0f} 秒还没有读完，已经停下。",
                    "请拆成几个文件再读入；扫描件可以先降低分辨率。",
                )
            try:
                line = lines.get(timeout=_BEAT)
            except queue.Empty:
                continue
            if line is None:
                return
            with contextlib.suppress(json.JSONDecodeError):  # cut short by its death
                yield json.loads(line)
    finally:
        process.kill()
        listener.join()


def _died(code: int, name: str, megabytes: int) -> Refused:
    """The child ended without an answer."""
    if code == -signal.SIGXCPU:
        return refuse(name, "读这份文件耗时过多，已经停下。", "请拆成几个文件再读入。")
    if code == -signal.SIGKILL:
        return refuse(
            name,
            f"读这份文件时内存不够，已经停下（上限 {megabytes} MB）。",
            "请拆成几个文件再读入。",
        )
    return refuse(name, "读这份文件的程序中途退出，文件可能已经损坏。", _MEND_BROKEN)


# ----------------------------------------------------------------------------------- inside the child


def main() -> None:
    """What the child does: take the order, bind itself, read, answer."""
    order = json.loads(sys.stdin.readline())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no message of ours
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()
    bind_process(order["seconds"], order["megabytes"])
    try:
        source = read_file(
            Path(order["path"]),
            name=order["name"],
            progress=lambda done, total: _tell(out, {"progress": [done, total]}),
        )
        answer: dict[str, Any] = {"source": as_raw(source)}
    except Refused as refused:
        answer = {"refused": say(refused.doubts)}
    except MemoryError:
        answer = {"refused": say(_short_of_memory(order).doubts)}
    except Exception as problem:  # noqa: BLE001  a stranger's file may break anything; the person is told
        kind = type(problem).__name__
        broken = refuse(order["name"], f"读不了这份文件，它可能已经损坏（{kind}）。", _MEND_BROKEN)
        answer = {"refused": say(broken.doubts)}
    _tell(out, answer)
    out.flush()
    os._exit(0)  # a thread of a library may still be at work


def _short_of_memory(order: dict[str, Any]) -> Refused:
    says = f"读这份文件时内存不够，已经停下（上限 {order['megabytes']} MB）。"
    return refuse(order["name"], says, "请拆成几个文件再读入。")


def _tell(out: IO[str], message: dict[str, Any]) -> None:
    out.write(json.dumps(message, ensure_ascii=True, separators=(",", ":")) + "\n")
    out.flush()


def _leave_with_the_parent() -> None:
    """The parent holds the other end: when it is gone, so is the reason to go on."""
    sys.stdin.read()
    os._exit(1)


def bind_process(seconds: float, megabytes: int) -> None:
    """Bounds that the system holds, and no way out to the network or to another program."""
    memory = megabytes * 1024 * 1024
    processor = int(seconds * (os.cpu_count() or 1)) + 1
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.addaudithook(_forbid)


def _forbid(event: str, _: tuple[Any, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"a reader of files does no {event}")


if __name__ == "__main__":
    main()
