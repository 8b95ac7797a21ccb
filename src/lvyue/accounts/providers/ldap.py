"""LDAP 与活动目录: messages by sansldap over a socket of our own: always under TLS, five seconds, no referral followed.

Somebody is found by a search of the service account, exactly once, and then proves the password by a bind of their own.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeVar

from sansldap import (
    BindResponse,
    ExtendedOperations,
    ExtendedResponse,
    LDAPClient,
    LDAPControl,
    LDAPError,
    LDAPFilter,
    LDAPMessage,
    LDAPResult,
    LDAPResultCode,
    PagedResultControl,
    SearchResultDone,
    SearchResultEntry,
    SearchResultReference,
)

from lvyue.accounts.providers import wire
from lvyue.accounts.providers.known import (
    Known,
    NotRecognised,
    Reader,
    Step,
    Unreachable,
    try_steps,
)

#: How long a directory may take for one answer, in seconds; how much it may say; how many people a page of it holds.
SECONDS, MOST, PAGE, PAGES = 5.0, 4_000_000, 500, 400

#: Of ``userAccountControl``: the account is disabled.
_DISABLED = 0x2

#: What says of an entry that it is switched off: of Active Directory, of OpenLDAP with a password policy, of 389.
_SWITCHES = ("userAccountControl", "pwdAccountLockedTime", "nsAccountLock")

#: What an administrator locked for good, as the password policy of OpenLDAP writes it.
_FOR_GOOD = "000001010000Z"

#: How the two common directories are asked.
FILTERS = {
    "openldap": "(&(objectClass=inetOrgPerson)(uid={username}))",
    "ad": "(&(objectCategory=person)(objectClass=user)"
    "(|(sAMAccountName={username})(userPrincipalName={username})))",
}
SUBJECTS = {"openldap": "entryUUID", "ad": "objectGUID"}
USERNAMES = {"openldap": "uid", "ad": "sAMAccountName"}

_M = TypeVar("_M", bound=LDAPMessage)


@dataclass(frozen=True, slots=True)
class LdapSettings:
    """LDAP 的设置. ``certificate`` is the name in the server's certificate where that is not the host."""

    host: str
    port: int
    security: str
    directory: str
    base: str
    bind: str
    filter: str
    subject: str
    username: str
    name: str
    certificate: str
    authority: str

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> LdapSettings:
        reader = Reader(given)
        security = reader.one_of("security", "加密", ("ldaps", "starttls"))
        directory = reader.one_of("directory", "目录的种类", ("openldap", "ad"))
        found = cls(
            host=reader.text("host", "服务器", most=253),
            port=_port(reader, 636 if security == "ldaps" else 389),
            security=security,
            directory=directory,
            base=reader.text("base", "查找的起点"),
            bind=reader.text("bind", "查找用的账号"),
            filter=reader.text("filter", "查找条件", default=FILTERS[directory], most=1000),
            subject=reader.text("subject", "编号的属性", default=SUBJECTS[directory], most=80),
            username=reader.text("username", "登录名的属性", default=USERNAMES[directory], most=80),
            name=reader.text("name", "姓名的属性", default="cn", most=80),
            certificate=reader.maybe("certificate", "证书上的名字", most=253),
            authority=wire.read_authority(reader),
        )
        if not _sensible(found.filter):
            mend = f"请写成 {FILTERS[directory]} 的样子。"
            reader.complain("查找条件", "读不懂，或没有 {username}。", mend)
        reader.done()
        return found


def _port(reader: Reader, usual: int) -> int:
    given = reader.given.get("port") or usual
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= 65_535:  # noqa: PLR2004  the ports there are
        reader.complain("端口", f"“{str(given)[:20]}”不是端口。", "请填 1 到 65535 的数。")
        return usual
    return given


def _sensible(template: str) -> bool:
    if "{username}" not in template:
        return False
    try:
        LDAPFilter.from_string(template.replace("{username}", "x"))
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Entry:
    """条目: one of the directory, its attributes by their small names."""

    dn: str
    attributes: Mapping[str, tuple[bytes, ...]]

    def text(self, name: str) -> str:
        values = self.attributes.get(name.lower(), ())
        return values[0].decode("utf-8", "replace") if values else ""

    def subject(self, name: str) -> str:
        """What never changes: text where it is text, and hexadecimal digits where it is none, as in Active Directory."""
        values = self.attributes.get(name.lower(), ())
        if not values:
            return ""
        if name.lower() == "objectguid":
            return values[0].hex()
        return values[0].decode("utf-8", "replace")

    @property
    def disabled(self) -> bool:
        control = self.text("userAccountControl")
        switched_off = control.isdecimal() and bool(int(control) & _DISABLED)
        locked = self.text("pwdAccountLockedTime") == _FOR_GOOD
        return switched_off or locked or self.text("nsAccountLock").lower() == "true"


class Ldap:
    """One directory, asked."""

    def __init__(self, settings: LdapSettings, secret: str) -> None:
        self.settings = settings
        self._secret = secret

    def recognise(self, username: str, password: str) -> Known:
        """Who this is, if the password is theirs. An empty one never is: a directory takes it for a visit without a name."""
        if not username or not password:
            raise _wrong()
        entry = self._found(username)
        with connected(self.settings) as link:
            if not link.bind(entry.dn, password):
                raise _wrong()
        if entry.disabled:  # told only to who knows the password
            raise NotRecognised("目录里这个账号已停用。", "请联系目录的管理员。")
        return self._known(entry)

    def _known(self, entry: Entry) -> Known:
        settings = self.settings
        return Known.told(
            entry.subject(settings.subject),
            entry.text(settings.username),
            entry.text(settings.name),
        )

    def _found(self, username: str) -> Entry:
        """The one entry of this name."""
        wanted = LDAPFilter.from_string(
            self.settings.filter.replace("{username}", escaped(username))
        )
        with self._opened() as link:
            found = list(link.search(self.settings.base, wanted, self._attributes, most=2))
        if not found:
            raise _wrong()
        if len(found) > 1:
            says = "目录里有不止一个这样的人。"
            raise NotRecognised(says, "请联系系统管理员，把查找条件写得更严。")
        return found[0]

    @property
    def _attributes(self) -> list[str]:
        settings = self.settings
        return [settings.subject, settings.username, settings.name, *_SWITCHES]

    @contextmanager
    def _opened(self) -> Iterator[Link]:
        with connected(self.settings) as link:
            if not self._secret or not link.bind(self.settings.bind, self._secret):
                says = "查找用的账号没有登录上。"
                raise Unreachable(says, "请联系系统管理员核对它的名称和口令。")
            yield link

    def everybody(self) -> Iterator[tuple[str, bool]]:
        """The subject of each person in the directory, and whether they are switched off there."""
        settings = self.settings
        anybody = LDAPFilter.from_string(settings.filter.replace("{username}", "*"))
        with self._opened() as link:
            for entry in link.search(settings.base, anybody, [settings.subject, *_SWITCHES]):
                if subject := entry.subject(settings.subject):
                    yield subject, entry.disabled

    def check(self) -> tuple[Step, ...]:
        """试连: connection, certificate, search account, and whether anybody is found."""
        settings = self.settings

        def connection() -> str:
            with connected(settings) as link:
                return link.protocol

        def account() -> str:
            with self._opened():
                return "登录成功"

        def people() -> str:
            anybody = LDAPFilter.from_string(settings.filter.replace("{username}", "*"))
            with self._opened() as link:
                found = list(link.search(settings.base, anybody, self._attributes, most=5))
            if not found:
                raise Unreachable("一个人也没有找到。", "请核对查找的起点和查找条件。")
            if not all(entry.subject(settings.subject) for entry in found):
                says = f"有人没有 {settings.subject}。"
                raise Unreachable(
                    says, "请换一个人人都有、永不改变的属性，或让查找用的账号能读它。"
                )
            return "找得到人，也读得到编号"

        return try_steps(
            (
                (f"连接 {settings.host}:{settings.port} 并核对证书", connection),
                ("查找用的账号登录", account),
                ("查找人员", people),
            )
        )


def _wrong() -> NotRecognised:
    """The same for who is not there and for a wrong password."""
    return NotRecognised("登录名或密码不对。", "请核对输入法和大小写。")


def escaped(text: str) -> str:
    """Text inside a filter (RFC 4515): whatever means something there is written by its number."""
    return "".join(
        f"\\{byte:02x}" if byte in b"\\*()\0" or byte > 0x7E else chr(byte)  # noqa: PLR2004  beyond ASCII
        for byte in text.encode("utf-8", "replace")
    )


# ── the line ─────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def connected(settings: LdapSettings) -> Iterator[Link]:
    """A line to the directory, under TLS, and closed afterwards. What goes wrong on it is told in words."""
    try:
        with Link(settings) as link:
            yield link
    except ssl.SSLCertVerificationError as error:
        says = f"服务器的证书没有通过核对：{error.verify_message}。"
        mend = "内部签发的请填写 CA 证书；名字不一致的请填写证书上的名字。"
        raise Unreachable(says, mend) from None
    except TimeoutError:
        says = f"{SECONDS:.0f} 秒内没有回答。"
        raise Unreachable(says, "请稍后再试，或联系目录的管理员。") from None
    except (OSError, LDAPError) as error:
        says = f"连不上目录（{type(error).__name__}）。"
        raise Unreachable(says, "请核对服务器、端口和加密方式，或联系目录的管理员。") from None


class Link:
    """线路: one connection."""

    def __init__(self, settings: LdapSettings) -> None:
        self._client = LDAPClient()
        self._waiting: list[LDAPMessage] = []
        self._read = 0
        self._ends = monotonic() + SECONDS
        self._socket = socket.create_connection((settings.host, settings.port), SECONDS)
        try:
            if settings.security == "starttls":
                self._start_tls()
            secure = wire.context(settings.authority)
            name = settings.certificate or settings.host
            self._socket = secure.wrap_socket(self._socket, server_hostname=name)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    @property
    def protocol(self) -> str:
        return self._socket.version() or "" if isinstance(self._socket, ssl.SSLSocket) else ""

    def _start_tls(self) -> None:
        number = self._client.extended_request(ExtendedOperations.LDAP_START_TLS.value)
        answer = self._answer(number, ExtendedResponse)
        if answer.result.result_code is not LDAPResultCode.SUCCESS:
            raise Unreachable("目录不接受 StartTLS。", "请改用 LDAPS，或联系目录的管理员。")
        # What somebody in between slipped in before there was any secrecy is forgotten with the old client.
        self._client, self._waiting = LDAPClient(), []

    def bind(self, dn: str, password: str) -> bool:
        """Whether the password is theirs."""
        if not dn or not password:
            return False
        answer = self._answer(self._client.bind_simple(dn, password), BindResponse)
        code = answer.result.result_code
        if code is LDAPResultCode.SUCCESS:
            return True
        if code in _REFUSING:
            return False
        raise Unreachable(f"目录不能核对密码（{_name(answer.result)}）。", "请联系目录的管理员。")

    def search(
        self, base: str, wanted: LDAPFilter, attributes: list[str], *, most: int = 0
    ) -> Iterator[Entry]:
        """The entries that a filter finds, page by page. A referral to another directory is not followed."""
        cookie, told = b"", 0
        for _ in range(PAGES):
            paged: list[LDAPControl] = [
                PagedResultControl(critical=not most, size=most or PAGE, cookie=cookie)
            ]
            number = self._client.search_request(
                base, filter=wanted, attributes=attributes, time_limit=int(SECONDS), controls=paged
            )
            while True:
                message = self._message(number)
                match message:
                    case SearchResultEntry():
                        told += 1
                        yield _entry(message)
                    case SearchResultReference():
                        continue
                    case SearchResultDone():
                        break
                    case _:
                        raise Unreachable("目录的回答读不懂。", "请联系目录的管理员。")
            _refuse_unless_found(message.result)
            cookie = _cookie(message)
            if not cookie or (most and told >= most):
                return
        raise Unreachable("目录里的人太多。", "请把查找的起点定得更窄。")

    # ── bytes ──

    def _answer(self, number: int, kind: type[_M]) -> _M:
        message = self._message(number)
        if not isinstance(message, kind):
            raise Unreachable("目录的回答读不懂。", "请联系目录的管理员。")
        return message

    def _message(self, number: int) -> LDAPMessage:
        """The next message to this request. Each has its five seconds, however many bytes it comes in."""
        self._ends = monotonic() + SECONDS
        if sent := self._client.data_to_send():
            self._socket.settimeout(SECONDS)
            self._socket.sendall(sent)
        while not self._waiting:
            self._waiting += self._client.receive(self._more())
        message = self._waiting.pop(0)
        if message.message_id != number:
            raise Unreachable("目录的回答对不上号。", "请联系目录的管理员。")
        return message

    def _more(self) -> bytes:
        left = self._ends - monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        some = self._socket.recv(65_536)
        self._read += len(some)
        if not some:
            raise ConnectionResetError
        if self._read > MOST * PAGES:
            raise Unreachable("目录的回答太长，已中断。", "请把查找的起点定得更窄。")
        return some


#: Answers of a directory to a wrong password, and to an account that may not bind.
_REFUSING = frozenset(
    {
        LDAPResultCode.INVALID_CREDENTIALS,
        LDAPResultCode.NO_SUCH_OBJECT,
        LDAPResultCode.INVALID_DN_SYNTAX,
        LDAPResultCode.INAPPROPRIATE_AUTHENTICATION,
        LDAPResultCode.CONSTRAINT_VIOLATION,
        LDAPResultCode.UNWILLING_TO_PERFORM,
    }
)


def _refuse_unless_found(result: LDAPResult) -> None:
    match result.result_code:
        case LDAPResultCode.SUCCESS | LDAPResultCode.SIZE_LIMIT_EXCEEDED | LDAPResultCode.REFERRAL:
            return
        case LDAPResultCode.NO_SUCH_OBJECT:
            raise Unreachable("目录里没有查找的起点。", "请联系系统管理员核对它。")
        case _:
            raise Unreachable(f"目录没有回答（{_name(result)}）。", "请联系目录的管理员。")


def _name(result: LDAPResult) -> str:
    return result.result_code.name


def _cookie(done: LDAPMessage) -> bytes:
    for control in done.controls:
        if isinstance(control, PagedResultControl):
            return control.cookie or b""
    return b""


def _entry(message: SearchResultEntry) -> Entry:
    return Entry(
        message.object_name,
        {one.name.lower(): tuple(one.values) for one in message.attributes},
    )
