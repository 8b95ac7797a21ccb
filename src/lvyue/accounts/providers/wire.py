"""连线: how we speak to a provider over HTTP: its certificate is always checked, and nobody waits for it longer than five seconds.

Redirections are not followed, since what is said there holds secrets; proxies of the environment are not used.
"""

from __future__ import annotations

import ssl
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from lvyue.accounts.providers.known import Reader, Unreachable

#: How long a provider may take, in seconds; and how much it may say, in bytes.
SECONDS, MOST = 5.0, 1_000_000

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class Adapter(HTTPAdapter):
    """One TLS context, one patience, and an end to what anybody may send."""

    def __init__(self, authority: str) -> None:
        self.context = context(authority)
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self.context, **more)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """The context knows whom to trust; without this, requests would load its own list of authorities beside it."""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """The whole answer, read here while the clock runs: a slow drip is cut off as well."""
        ends = monotonic() + SECONDS
        more["timeout"], more["stream"] = (SECONDS, SECONDS), True
        answer = super().send(request, *args, **more)
        if answer.is_redirect:
            answer.close()
            says = "对方要转到别处，没有跟过去。"
            raise Unreachable(says, "请核对地址，写成最终的那一个。")
        read = bytearray()
        for some in answer.iter_content(16_384):
            read += some
            if len(read) > MOST or monotonic() > ends:
                answer.close()
                raise Unreachable(
                    "对方的回答太长或太慢，已中断。", "请稍后再试，或联系身份来源的管理员。"
                )
        answer._content = bytes(read)  # noqa: SLF001  as requests itself does it
        return answer


def prepare(session: requests.Session, authority: str) -> None:
    """Let a session speak through the adapter only."""
    session.trust_env = False
    adapter = Adapter(authority)
    session.mount("https://", adapter)
    session.mount("http://", adapter)


def context(authority: str) -> ssl.SSLContext:
    """TLS 1.2 or later, the certificate checked against the named authority, or against those of the system."""
    try:
        made = ssl.create_default_context(cadata=authority or None)
    except ssl.SSLError:
        raise Unreachable("CA 证书读不懂。", "请贴上 PEM 格式的证书。") from None
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


def telling(error: requests.RequestException) -> Unreachable:
    """What went wrong on the way, in words."""
    match error:
        case requests.exceptions.SSLError():
            mend = "请核对对方的证书是否过期、名字是否一致，内部签发的请填写 CA 证书。"
            return Unreachable("对方的证书没有通过核对。", mend)
        case requests.exceptions.Timeout():
            return Unreachable(
                f"{SECONDS:.0f} 秒内没有回答。", "请稍后再试，或联系身份来源的管理员。"
            )
        case _:
            return Unreachable("连不上。", "请核对地址和网络，或联系身份来源的管理员。")


def safe_address(text: str) -> bool:
    """An address to which secrets may be sent: HTTPS, or on this very machine."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = parts.username is None and not parts.fragment and bool(host)
    return plain and (parts.scheme == "https" or (parts.scheme == "http" and host in _HERE))


def read_address(reader: Reader, name: str, place: str) -> str:
    """An address out of the settings."""
    address = reader.text(name, place)
    if address and not safe_address(address):
        reader.complain(place, f"“{address[:80]}”不能用。", "请写以 https:// 开头的完整地址。")
    return address


def read_authority(reader: Reader) -> str:
    """The certificates of an office's own authority, as text."""
    authority = str(reader.given.get("authority") or "").strip()
    if authority:
        try:
            context(authority)
        except (Unreachable, ValueError):
            reader.complain(
                "CA 证书",
                "读不懂。",
                "请贴上 PEM 格式的证书，以 -----BEGIN CERTIFICATE----- 开头。",
            )
    return authority
