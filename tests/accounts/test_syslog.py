"""留痕抄送 syslog：封链之后逐条抄送（RFC 5424），不拖慢、不影响任何动作，缺了看得出来。"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

import pytest
from django.db import transaction
from prometheus_client import generate_latest
from pytest_django import Settings

from lvyue.accounts import syslog
from lvyue.accounts.actions import audit
from lvyue.accounts.chain import check, digest_of
from lvyue.accounts.models import AuditEntry
from lvyue.accounts.queries import AuditFilter, audit_trail, head, records
from lvyue.accounts.syslog import Forwarder, Target
from lvyue.project.metrics import REGISTRY

pytestmark = pytest.mark.django_db

#: A message of RFC 5424 as we write it: priority, version, moment, host, application, process, name, data, text.
MESSAGE = re.compile(
    rb"<109>1 (\S+) (\S+) lvyue (\d+) (\S+) (-|\[meta sequenceId=\"(\d+)\"\]) \xef\xbb\xbf(.*)",
    re.DOTALL,
)

Committing = Callable[..., AbstractContextManager[list[Any]]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Short pauses, and a process that begins without a forwarder and ends without one."""
    monkeypatch.setattr(syslog, "PAUSE", 0.01)
    monkeypatch.setattr(syslog, "LONGEST", 0.02)
    monkeypatch.setattr(syslog, "_forwarder", None)
    yield
    if syslog._forwarder is not None:  # noqa: SLF001  the one of this test
        syslog._forwarder.close(1)  # noqa: SLF001


@pytest.fixture
def committing(django_capture_on_commit_callbacks: Committing) -> Committing:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def read(message: bytes) -> tuple[str, str, dict[str, Any]]:
    """The name, the number and the text of one message."""
    found = MESSAGE.fullmatch(message)
    assert found is not None, message
    return found[4].decode(), (found[6] or b"").decode(), json.loads(found[7])


@pytest.fixture
def datagrams(settings: Settings) -> Iterator[Callable[[], bytes]]:
    """A server that takes datagrams: the next one."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(20)
        settings.AUDIT_SYSLOG = ("udp", *server.getsockname())
        yield lambda: server.recv(100_000)


@contextmanager
def streams(*, listening: bool = True) -> Iterator[socket.socket]:
    """A server that takes streams; one that does not listen refuses until it does."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        if listening:
            server.listen()
        server.settimeout(20)
        yield server


def next_of(link: socket.socket) -> bytes:
    """One message of a stream, by its counted length (RFC 6587 3.4.1)."""
    link.settimeout(20)
    length = b""
    while (one := link.recv(1)) != b" ":
        assert one.isdigit(), one
        length += one
    found = b""
    while len(found) < int(length):
        part = link.recv(int(length) - len(found))
        assert part
        found += part
    return found


# ── each entry, as it is sealed ──────────────────────────────────────────────────────────────────────────────────


def test_an_entry_is_told_as_it_is_sealed(
    datagrams: Callable[[], bytes], committing: Committing
) -> None:
    with committing():
        audit("account.created", by="测试", about="zhao", reason="建账号\n换行")

    name, number, said = read(datagrams())

    assert (name, number) == ("account.created", str(head().sequence))
    assert said["reason"] == "建账号\n换行"
    assert said["digest"] == digest_of(said) == head().digest
    assert said in [*records(audit_trail(), AuditFilter())]


def test_what_was_received_is_a_chain_without_gaps(
    datagrams: Callable[[], bytes], committing: Committing
) -> None:
    before = head().sequence
    with committing():
        for number in range(5):
            audit("account.renamed", by="测试", about=str(number))

    told = [read(datagrams()) for _ in range(5)]

    assert [int(number) for _, number, _ in told] == [*range(before + 1, before + 6)]
    found = check(said for _, _, said in told)
    assert found.broken is None
    assert found.entries == 5


def test_what_was_rolled_back_was_never_told(
    datagrams: Callable[[], bytes], committing: Committing
) -> None:
    with committing(), transaction.atomic():
        audit("account.created", by="测试", about="nobody")
        transaction.set_rollback(True)
    with committing():
        audit("account.created", by="测试", about="somebody")

    assert read(datagrams())[2]["about"] == "somebody"


def test_an_entry_too_long_for_a_datagram_is_named(
    datagrams: Callable[[], bytes], committing: Committing
) -> None:
    with committing():
        audit("account.renamed", by="测试", after={"name": "长" * 40_000})

    _, number, said = read(datagrams())

    assert said["sequence"] == int(number)
    assert said["digest"] == head().digest
    assert said["too_long"] > syslog.MOST_IN_A_DATAGRAM


def test_over_a_stream_each_is_counted_and_none_is_cut(
    settings: Settings, committing: Committing
) -> None:
    with streams() as server:
        settings.AUDIT_SYSLOG = ("tcp", *server.getsockname())
        with committing():
            audit("account.renamed", by="测试", after={"name": "长" * 40_000})
            audit("account.renamed", by="测试", about="zhao")
        link, _ = server.accept()
        with closing(link):
            first, second = read(next_of(link)), read(next_of(link))

    assert len(first[2]["after"]["name"]) == 40_000
    assert second[2]["about"] == "zhao"


def test_nothing_is_told_where_no_server_is_set(committing: Committing) -> None:
    with committing():
        audit("account.created", by="测试")

    assert syslog._forwarder is None  # noqa: SLF001
    assert b"lvyue_audit_syslog" not in generate_latest(REGISTRY)


# ── a server that is not there ───────────────────────────────────────────────────────────────────────────────────


def test_an_absent_server_holds_nothing_up_and_is_told_everything_once_it_is_there(
    settings: Settings, committing: Committing
) -> None:
    with streams(listening=False) as server:
        settings.AUDIT_SYSLOG = ("tcp", *server.getsockname())
        with committing():
            for number in range(3):
                audit("account.renamed", by="测试", about=str(number))
        assert AuditEntry.objects.filter(act="account.renamed").count() == 3

        server.listen()
        link, _ = server.accept()
        with closing(link):
            told = [read(next_of(link)) for _ in range(3)]

    assert [said["about"] for _, _, said in told] == ["0", "1", "2"]


def test_a_name_that_leads_nowhere_fails_no_act(settings: Settings, committing: Committing) -> None:
    settings.AUDIT_SYSLOG = ("udp", "no-such-host.invalid", 514)

    with committing():
        audit("account.created", by="测试", about="zhao")

    assert audit_trail().filter(about="zhao").exists()


def test_a_connection_that_was_closed_is_opened_again() -> None:
    with streams() as server:
        there = Forwarder(Target("tcp", *server.getsockname()))
        there.put(record(1))
        link, _ = server.accept()
        assert read(next_of(link))[1] == "1"
        link.close()

        there.put(record(2))
        link, _ = server.accept()
        with closing(link):
            assert read(next_of(link))[1] == "2"
        there.close()
    assert (there.sent, there.lost) == (2, 0)


def record(sequence: int) -> dict[str, Any]:
    at = "2026-03-03T01:12:05.120000+00:00"
    return {"act": "account.renamed", "at": at, "sequence": sequence, "entry": sequence}


def test_what_does_not_fit_is_told_as_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syslog, "WAITING", 2)
    trying = threading.Event()

    class Waits(Forwarder):
        def _send(self, message: bytes) -> None:
            trying.set()
            super()._send(message)

    with streams(listening=False) as server:
        there = Waits(Target("tcp", *server.getsockname()))
        there.put(record(1))
        assert trying.wait(20)  # the first is out of the queue
        for sequence in range(2, 8):
            there.put(record(sequence))
        assert (there.waiting, there.lost) == (2, 4)

        server.listen()
        link, _ = server.accept()
        with closing(link):
            told = [read(next_of(link)) for _ in range(4)]
        there.close()

    assert [number for name, number, _ in told if name != "audit.gap"] == ["1", "2", "3"]
    gaps = [said["gap"] for name, _, said in told if name == "audit.gap"]
    assert gaps == [{"first": 4, "last": 7, "entries": 4}]


def test_a_process_that_ends_says_what_it_could_not_send(caplog: pytest.LogCaptureFixture) -> None:
    with streams(listening=False) as server:
        there = Forwarder(Target("tcp", *server.getsockname()))
        for sequence in (8, 9):
            there.put(record(sequence))

        there.close()

    assert there.lost == 2
    assert "在第 8 至 9 条之间" in caplog.text


def test_the_metrics_say_what_became_of_them(
    datagrams: Callable[[], bytes], committing: Committing
) -> None:
    with committing():
        audit("account.created", by="测试")
    datagrams()
    assert syslog._forwarder is not None  # noqa: SLF001
    syslog._forwarder.close()  # noqa: SLF001

    told = generate_latest(REGISTRY).decode()

    assert 'lvyue_audit_syslog{outcome="sent"} 1.0' in told
    assert 'lvyue_audit_syslog{outcome="lost"} 0.0' in told
