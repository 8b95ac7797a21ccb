"""CAS 2 和 3: a ticket comes with the browser and is shown to the server once; python-cas speaks, we watch over it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

import requests
from cas import CASClientV2, CASClientV3, SingleLogoutMixin

from lvyue.accounts.providers import wire
from lvyue.accounts.providers.known import (
    Known,
    NotRecognised,
    Reader,
    Step,
    Unreachable,
    try_steps,
)

#: The longest ticket that a server may give, and the longest message by which it takes one back.
TICKET, MESSAGE = 256, 20_000


@dataclass(frozen=True, slots=True)
class CasSettings:
    """CAS 的设置."""

    address: str
    version: str
    name: str
    authority: str

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> CasSettings:
        reader = Reader(given)
        found = cls(
            address=wire.read_address(reader, "address", "CAS 地址").rstrip("/") + "/",
            version=reader.one_of("version", "版本", ("3", "2")),
            name=reader.text("name", "姓名的字段", default="cn"),
            authority=wire.read_authority(reader),
        )
        reader.done()
        return found


class Cas:
    """One server, spoken to. ``back`` is the service: always the same address, so that no ticket for another is taken."""

    def __init__(self, settings: CasSettings, back: str) -> None:
        self.settings = settings
        session = requests.Session()
        wire.prepare(session, settings.authority)
        kind = CASClientV3 if settings.version == "3" else CASClientV2
        self._client = kind(service_url=back, server_url=settings.address, session=session)
        self.back = back

    def begin(self) -> str:
        """Where to send the browser."""
        return str(self._client.get_login_url())

    def finish(self, ticket: str) -> Known:
        """Ask the server whose ticket this is. It answers once; the second time it knows nothing of it."""
        if not ticket.isascii() or not ticket.isprintable() or not 0 < len(ticket) <= TICKET:
            raise NotRecognised("没有带回票据，或票据不成样子。", "请重新登录。")
        username, attributes = self._asked(ticket)
        if not username:
            raise NotRecognised(
                "CAS 不认这张票据：它用过了、过期了，或是给别的系统的。", "请重新登录。"
            )
        name = (attributes or {}).get(self.settings.name)
        return Known.told(username, username, name[0] if isinstance(name, list) else name)

    def _asked(self, ticket: str) -> tuple[str | None, Mapping[str, Any] | None]:
        try:
            answer = _without_entities(self._client.get_verification_response(ticket))
            username, attributes, _ = self._client.verify_response(answer)
        except requests.RequestException as error:
            raise wire.telling(error) from None
        except (ParseError, IndexError, AttributeError, ValueError):
            raise Unreachable("CAS 的回答读不懂。", "请核对 CAS 地址和版本。") from None
        return username, attributes

    def check(self) -> tuple[Step, ...]:
        """试连: a ticket that nobody has must be refused in the words of the protocol."""

        def refused() -> str:
            try:
                self.finish("ST-lvyue-check")
            except NotRecognised:
                return "认得协议，不认假票据"
            raise Unreachable("CAS 接受了一张假票据。", "请立即停用并联系 CAS 的管理员。")

        return try_steps(
            (
                (f"连接 {urlsplit(self.settings.address).netloc} 并出示一张假票据", refused),
                ("服务地址（请登记在对方那里）", lambda: self.back),
            )
        )

    def leave(self) -> str:
        """Where the browser goes to be forgotten there too."""
        return str(self._client.get_logout_url(redirect_url=None))


def _without_entities(answer: bytes) -> bytes:
    """XML that may grow while it is read is none that a CAS server writes."""
    if b"<!DOCTYPE" in answer or b"<!ENTITY" in answer:
        raise ParseError
    return answer


def digest(ticket: str) -> str:
    """How we keep a ticket: it is as good as a key while the session lasts."""
    return hashlib.sha256(ticket.encode("utf-8", "surrogateescape")).hexdigest()


def taken_back(message: str) -> str | None:
    """Which ticket a server takes back, out of the message of its single logout; None where it is no such message."""
    if len(message) > MESSAGE or "<!DOCTYPE" in message or "<!ENTITY" in message:
        return None
    try:
        found = SingleLogoutMixin.get_saml_slos(message.encode())
    except ValueError:
        return None
    text = found[0].text if found else None
    return text.strip() if text else None
