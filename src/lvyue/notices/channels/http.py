"""HTTP 外发: one POST to where somebody configured it, and never to where they should not reach.

The name is looked up once, every address that it has is checked, and the connection goes to just that address: a name that
changes its mind between the check and the call leads nowhere else. Nothing is redirected, and little is read.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from django.conf import settings

from lvyue.core.doubts import Doubt, malformed

#: A gateway that takes longer has not answered.
SECONDS = 10

#: So much of an answer is read.
MOST = 64 * 1024

_PORTS = {"http": 80, "https": 443}


class Unreachable(Exception):
    """不通: no answer came. The text says why, in words for an administrator."""


@dataclass(frozen=True, slots=True)
class Answer:
    """答复: the status and the beginning of what was answered."""

    status: int
    text: str
    retry_after: str = ""


def check_url(url: str, place: str = "地址") -> list[Doubt]:
    """Whether an address is one that could be called at all. What its name leads to is checked when it is called."""
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and parts.scheme in _PORTS and parts.port != 0
        whole = whole and not parts.username and url.isprintable()
    except ValueError:
        whole = False
    if not whole:
        says = f"“{url[:80]}”不是完整的网址。"
        return [malformed(place, says, "请填以 https:// 或 http:// 开头、不带用户名的网址。")]
    return []


def post(url: str, body: bytes, headers: Mapping[str, str], *, authority: str = "") -> Answer:
    """One POST. ``authority`` is the certificate of an authority of one's own, as PEM."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or _PORTS[parts.scheme]
    address = address_of(host, port)
    path = parts.path or "/"
    if parts.query:
        path = f"{path}?{parts.query}"
    shown = host if port == _PORTS[parts.scheme] else f"{host}:{port}"
    try:
        with _pool(parts.scheme, address, port, host, authority) as pool:
            found = pool.urlopen(
                "POST",
                path,
                body=body,
                headers={"Host": shown, "User-Agent": "lvyue", **headers},
                redirect=False,
                retries=False,
                assert_same_host=False,
                preload_content=False,
            )
            text = found.read(MOST, decode_content=True).decode("utf-8", "replace")
            found.release_conn()
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise Unreachable(f"连不上 {shown}：{type(error).__name__}。") from error
    return Answer(found.status, text, found.headers.get("Retry-After", ""))


def _pool(
    scheme: str, address: str, port: int, host: str, authority: str
) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(connect=SECONDS, read=SECONDS)
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout, maxsize=1)
    return urllib3.HTTPSConnectionPool(
        address,
        port,
        timeout=timeout,
        maxsize=1,
        ssl_context=context_of(authority),
        server_hostname=host,
        assert_hostname=host,
    )


def context_of(authority: str) -> ssl.SSLContext:
    """The authorities that the machine trusts, and one more where an administrator gave one."""
    context = ssl.create_default_context()
    if authority:
        context.load_verify_locations(cadata=authority)
    return context


# ── where one may reach ──────────────────────────────────────────────────────────────────────────────────────────


def address_of(host: str, port: int) -> str:
    """The address behind a name; refused where any address of the name is private and not listed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"找不到主机 {host}。") from error
    addresses = [str(one[4][0]) for one in found]
    for address in addresses:
        if not _may_reach(host, address):
            says = f"{host} 指向内部地址 {address}，未列入 LVYUE_PRIVATE_TARGETS，不发送。"
            raise Unreachable(says)
    return addresses[0]


def _may_reach(host: str, address: str) -> bool:
    """Public addresses always; private ones where the setting lists the name, the address or its network."""
    at = ipaddress.ip_address(address.partition("%")[0])
    at = getattr(at, "ipv4_mapped", None) or at
    if at.is_global and not at.is_multicast:
        return True
    return any(_is_in(at, host, listed) for listed in settings.PRIVATE_TARGETS)


def _is_in(at: ipaddress.IPv4Address | ipaddress.IPv6Address, host: str, listed: str) -> bool:
    try:
        return at in ipaddress.ip_network(listed, strict=False)
    except ValueError:
        return listed.lower() == host.lower()
