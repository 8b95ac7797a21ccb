"""信箱: a mailbox over IMAP: what is new in it, letter by letter. Nothing is ever deleted; a letter that was kept is marked or moved.

The address behind the server's name is looked up once and checked like that of every call that leaves the platform.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from lvyue.notices.channels.http import Unreachable, address_of, context_of

#: A server that takes longer has not answered.
SECONDS = 20

#: Of a letter that is larger than this only the headers are taken.
LARGEST = 40 << 20

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_ARRIVED = re.compile(
    rb'INTERNALDATE "\s?(\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"'
)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_OK = "OK"


class MailboxTrouble(Exception):
    """信箱不通: it could not be reached or read. The text says why, without secrets, in words for whoever set it up."""


@dataclass(frozen=True, slots=True)
class Door:
    """信箱的门: where a mailbox is and how one gets in. The password is never shown."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    done: str = ""
    authority: str = ""

    @classmethod
    def of(cls, settings: Mapping[str, str], password: str) -> Door:
        return cls(
            settings["host"],
            int(settings["port"]),
            settings["security"],
            settings["username"],
            password,
            settings["folder"],
            settings["done"],
            settings["authority"],
        )


@dataclass(frozen=True, slots=True)
class Arrived:
    """到件: one letter as the server has it, when the server got it, and whether only its headers were taken."""

    uid: int
    at: datetime
    raw: bytes
    size: int
    cut: bool = False


class _Plain(imaplib.IMAP4):
    """To the address that was checked, under the name that was asked for."""

    def __init__(self, door: Door, address: str) -> None:
        self._door, self._address = door, address
        super().__init__(door.host, door.port, SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        made = socket.create_connection((self._address, self.port), timeout)
        if self._door.security != "tls":
            return made
        try:
            context = context_of(self._door.authority)
            return context.wrap_socket(made, server_hostname=self._door.host)
        except BaseException:
            made.close()
            raise


class Mailbox:
    """信箱, opened: ``validity`` is the server's word for whether numbers still mean the same letters."""

    def __init__(self, server: imaplib.IMAP4, door: Door) -> None:
        self._server, self._door = server, door
        self.validity = 0

    def enter(self) -> None:
        status, _ = self._server.select(_quoted(self._door.folder))
        if status != _OK:
            raise MailboxTrouble(f"没有“{self._door.folder}”这个收件夹。")
        _, told = self._server.response("UIDVALIDITY")
        self.validity = int(told[0]) if told and told[0] else 0

    def uids(self, after: int) -> list[int]:
        """The numbers of the letters behind one, in their order."""
        status, told = self._server.uid("SEARCH", f"UID {after + 1}:*")
        if status != _OK:
            raise MailboxTrouble("服务器没有列出信件。")
        found = {int(one) for line in told if line for one in line.split()}
        return sorted(one for one in found if one > after)  # "n:*" names the last one even below n

    def letter(self, uid: int) -> Arrived | None:
        """One letter; None where somebody has taken it away meanwhile."""
        about = self._fetch(uid, "(RFC822.SIZE INTERNALDATE)")
        size = _SIZE.search(about)
        if size is None:
            return None
        cut = int(size[1]) > LARGEST
        raw = self._content(uid, "(BODY.PEEK[HEADER])" if cut else "(BODY.PEEK[])")
        return None if raw is None else Arrived(uid, _arrived(about), raw, int(size[1]), cut)

    def settle(self, uid: int) -> None:
        """It has been kept: marked as read, or moved where whoever set it up wants it."""
        number = str(uid)
        self._server.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)")
        if not self._door.done:
            return
        act = "MOVE" if self._moves() else "COPY"  # without MOVE only deleting would take it away
        status, _ = self._server.uid(act, number, _quoted(self._door.done))
        if status != _OK:
            raise MailboxTrouble(f"移不到“{self._door.done}”：请先建好这个文件夹。")

    def _moves(self) -> bool:
        """Asked again after signing in: many servers say it only then."""
        _, told = self._server.capability()
        return any(b"MOVE" in line.upper().split() for line in told if line)

    def _fetch(self, uid: int, what: str) -> bytes:
        status, told = self._server.uid("FETCH", str(uid), what)
        if status != _OK:
            return b""
        return b" ".join(
            one[0] if isinstance(one, tuple) else one for one in told if one is not None
        )

    def _content(self, uid: int, what: str) -> bytes | None:
        status, told = self._server.uid("FETCH", str(uid), what)
        if status != _OK:
            return None
        return next((one[1] for one in told if isinstance(one, tuple)), None)


@contextmanager
def opened(door: Door) -> Iterator[Mailbox]:
    """A mailbox for a while. Raises ``MailboxTrouble`` for whatever goes wrong on the wire."""
    server: imaplib.IMAP4 | None = None
    try:
        server = _Plain(door, address_of(door.host, door.port))
        if door.security == "starttls":
            server.starttls(context_of(door.authority))
        try:
            server.login(door.username, door.password)
        except imaplib.IMAP4.error as error:
            raise MailboxTrouble("邮件服务器不接受用户名或密码。") from error
        box = Mailbox(server, door)
        box.enter()
        yield box
    except Unreachable as error:
        raise MailboxTrouble(str(error)) from error
    except ssl.SSLError as error:
        raise MailboxTrouble("邮件服务器的证书不可信，或加密方式不对。") from error
    except (OSError, EOFError, imaplib.IMAP4.error) as error:
        raise MailboxTrouble(f"连不上邮件服务器：{type(error).__name__}。") from error
    finally:
        if server is not None:
            _leave(server)


def _leave(server: imaplib.IMAP4) -> None:
    try:
        server.logout()
    except (OSError, EOFError, imaplib.IMAP4.error):
        server.shutdown()


def _quoted(folder: str) -> str:
    """A folder's name as IMAP writes it: modified UTF-7, in quotes."""
    coded = "".join(_run(run) for run in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", folder))
    escaped = coded.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _run(run: str) -> str:
    if run.isascii():
        return run.replace("&", "&-")
    coded = run.encode("utf-7").decode("ascii")  # "+…-" with "/" where IMAP writes "&…-" with ","
    return "&" + coded[1:].rstrip("-").replace("/", ",") + "-"


def _arrived(about: bytes) -> datetime:
    found = _ARRIVED.search(about)
    if found is None:
        raise MailboxTrouble("服务器没有说信件何时到达。")
    day, month, year, hour, minute, second, sign, hours, minutes = (
        one.decode("ascii") for one in found.groups()
    )
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    zone = timezone(-offset if sign == "-" else offset)
    at = datetime(
        int(year),
        _MONTHS.index(month) + 1,
        int(day),
        int(hour),
        int(minute),
        int(second),
        tzinfo=zone,
    )
    return at.astimezone(UTC)
