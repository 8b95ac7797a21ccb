"""留痕转发: every sealed entry of the audit trail, told once more to a syslog server of the house (RFC 5424), where one is set.

It is a copy, and the database is the trail: nothing here may hold up an act or make it fail. So entries wait in a queue of
bounded length, and a thread of this process sends them. Each message bears the place of its entry in the chain, which has
no gaps, as ``sequenceId`` (RFC 5424, 7.3.1): whoever receives sees at once what is missing, and ``lvyue audit check`` checks the lines
that came. What could not be sent at all is told by a message of its own, by the metrics and in the log of the service.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import queue
import socket
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from django.conf import settings

log = logging.getLogger(__name__)

#: So many entries wait at most while nobody receives; connecting and sending may take so many seconds each.
WAITING, SECONDS = 10_000, 5.0

#: The first and the longest pause before another try, and how long a process that ends still tries; in seconds.
PAUSE, LONGEST, PARTING = 1.0, 30.0, 3.0

#: Facility 13, log audit, at severity 5, notice (RFC 5424, 6.2.1).
PRIORITY = 13 * 8 + 5

#: A datagram holds no more bytes; an entry that is longer is named there, and stands in the trail.
MOST_IN_A_DATAGRAM = 60_000

#: What ``sequenceId`` may be; behind it the count begins again.
_MOST_SEQUENCE = 2_147_483_647


class Target(NamedTuple):
    """去处: the way, ``udp`` or ``tcp``, and the host and port of the server."""

    way: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Gap:
    """缺口: so many entries were not told, the first and the last of them at these places of the chain."""

    first: int
    last: int
    entries: int

    def __add__(self, other: Gap | None) -> Gap:
        if other is None:
            return self
        first, last = min(self.first, other.first), max(self.last, other.last)
        return Gap(first, last, self.entries + other.entries)


def message_of(msgid: str, at: str, said: Mapping[str, Any], sequence: int = 0) -> bytes:
    """One message of RFC 5424: its text is JSON in UTF-8 behind a BOM. ``at`` is a moment with its zone, as RFC 3339."""
    host = _printable(socket.gethostname(), 255)
    data = f'[meta sequenceId="{(sequence - 1) % _MOST_SEQUENCE + 1}"]' if sequence else "-"
    head = f"<{PRIORITY}>1 {at} {host} lvyue {os.getpid()} {_printable(msgid, 32)} {data} "
    return head.encode() + b"\xef\xbb\xbf" + json.dumps(said, ensure_ascii=False).encode()


def entry_message(record: Mapping[str, Any]) -> bytes:
    """One sealed entry, as an export has it."""
    return message_of(record["act"], record["at"], record, record["sequence"])


def _printable(text: str, most: int) -> str:
    return "".join(one for one in text if "!" <= one <= "~")[:most] or "-"


class Forwarder:
    """转发: the queue of one process, and the thread that empties it. No method raises, and none waits but `close`."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.pid = os.getpid()
        self.sent = 0
        self.lost = 0
        self._gap: Gap | None = None
        self._lock = threading.Lock()
        self._queue = queue.Queue[Mapping[str, Any] | None](WAITING)
        self._closing = threading.Event()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="audit-syslog", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    def put(self, record: Mapping[str, Any]) -> None:
        try:
            self._queue.put_nowait(record)
        except queue.Full:
            self._lose(record)

    def close(self, seconds: float = PARTING) -> None:
        """Send what waits, for so many seconds at most; what is left then is lost, and said to be."""
        atexit.unregister(self.close)
        self._closing.set()
        with contextlib.suppress(queue.Full):  # then the thread ends by the event
            self._queue.put_nowait(None)
        self._thread.join(seconds)
        while not self._queue.empty():
            if (record := self._queue.get_nowait()) is not None:
                self._lose(record)
        if self._gap is not None:
            says = "有 %d 条留痕没有送到 syslog，在第 %d 至 %d 条之间；请从留痕导出补上。"
            log.warning(says, self._gap.entries, self._gap.first, self._gap.last)

    def _lose(self, record: Mapping[str, Any]) -> None:
        sequence = record["sequence"]
        with self._lock:
            if self._gap is None:
                log.warning("留痕送不到 syslog，从第 %d 条起有缺；留痕本身不受影响。", sequence)
            self._gap = Gap(sequence, sequence, 1) + self._gap
            self.lost += 1

    # ── in the thread ──

    def _run(self) -> None:
        while (record := self._queue.get()) is not None:
            if not self._deliver(record):
                self._lose(record)
            if self._closing.is_set() and self._queue.empty():
                break
        self._hang_up()

    def _deliver(self, record: Mapping[str, Any]) -> bool:
        """Try until it is out, with longer and longer pauses; False where this process ends first."""
        pause = PAUSE
        while True:
            try:
                self._tell_of_gap(record["at"])
                self._send(self._fitting(record))
            except OSError as error:
                self._hang_up()
                if pause == PAUSE:
                    log.warning("syslog %s 暂时送不到：%s", self.target.host, type(error).__name__)
                if self._closing.wait(pause):
                    return False
                pause = min(pause * 2, LONGEST)
            else:
                self.sent += 1
                return True

    def _fitting(self, record: Mapping[str, Any]) -> bytes:
        message = entry_message(record)
        if self.target.way == "tcp" or len(message) <= MOST_IN_A_DATAGRAM:
            return message
        short = {name: record[name] for name in ("sequence", "entry", "digest")}
        short |= {"too_long": len(message)}
        return message_of(record["act"], record["at"], short, record["sequence"])

    def _tell_of_gap(self, at: str) -> None:
        """Before anything else: that entries are missing, and which they lie between."""
        with self._lock:
            gap, self._gap = self._gap, None
        if gap is None:
            return
        try:
            self._send(message_of("audit.gap", at, {"gap": asdict(gap)}))
        except OSError:
            with self._lock:
                self._gap = gap + self._gap
            raise

    def _send(self, message: bytes) -> None:
        if self._socket is not None and self.target.way == "tcp" and _hung_up(self._socket):
            self._hang_up()
        if self._socket is None:
            self._socket = self._connected()
        if self.target.way == "tcp":  # octet counting, RFC 6587 3.4.1
            self._socket.sendall(f"{len(message)} ".encode() + message)
        else:
            self._socket.send(message)

    def _connected(self) -> socket.socket:
        way, host, port = self.target
        if way == "tcp":
            return socket.create_connection((host, port), SECONDS)
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[
            0
        ]
        made = socket.socket(family, kind, protocol)
        made.settimeout(SECONDS)
        made.connect(address)  # so that an address where nobody listens is noticed
        return made

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _hung_up(one: socket.socket) -> bool:
    """Whether the other end closed: then the next message would go nowhere without a word."""
    one.settimeout(0)
    try:
        return one.recv(1) == b""
    except BlockingIOError:
        return False
    finally:
        one.settimeout(SECONDS)


_forwarder: Forwarder | None = None
_starting = threading.Lock()


def forward(records: Iterable[Mapping[str, Any]]) -> None:
    """转发: sealed entries, once their seal is committed. Nothing where no server is set."""
    if settings.AUDIT_SYSLOG is None:
        return
    there = _there(Target(*settings.AUDIT_SYSLOG))
    for record in records:
        there.put(record)


def standing() -> Mapping[str, int] | None:
    """How many messages this process sent, lost, and still holds; None where no server is set."""
    if settings.AUDIT_SYSLOG is None:
        return None
    there = _forwarder
    if there is None or there.pid != os.getpid():
        return {"sent": 0, "lost": 0, "waiting": 0}
    return {"sent": there.sent, "lost": there.lost, "waiting": there.waiting}


def _there(target: Target) -> Forwarder:
    """The one of this process: a child of a process that was forked has no threads of its parent."""
    global _forwarder  # noqa: PLW0603  one for each process
    with _starting:
        if _forwarder is None or _forwarder.pid != os.getpid() or _forwarder.target != target:
            _forwarder = Forwarder(target)
            atexit.register(_forwarder.close)
        return _forwarder
