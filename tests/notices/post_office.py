"""A real mail server on loopback, which keeps what it takes, and says what it is told to say."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Office:
    """What the server does and has."""

    #: What it answers to an addressee, and to a whole letter; empty for yes.
    to: dict[str, str] = field(default_factory=dict)
    data: str = ""
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802  the server's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if refused := self.to.get(address):
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data:
            return self.data
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append(letter)
        self.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos)))
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


class _Controller(Controller):
    """Any free port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]  # it runs
        super()._trigger_server()  # type: ignore[no-untyped-call]  # theirs has no types


@contextmanager
def post_office(*, starttls: bool = False, password: str = "") -> Iterator[Office]:
    office = Office()
    more: dict[str, Any] = {}
    if starttls:
        more = {"tls_context": _context(), "require_starttls": True}
    if password:

        def check(_server: Any, _session: Any, _envelope: Any, _way: str, data: Any) -> AuthResult:
            whole = isinstance(data, LoginPassword) and data.password == password.encode()
            return AuthResult(success=whole, handled=whole)

        more |= {"authenticator": check, "auth_required": True}
    controller = _Controller(office, hostname="127.0.0.1", port=0, **more)
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()


@cache
def certificate() -> tuple[str, str]:
    """A certificate for 127.0.0.1 that nobody but ourselves has signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.office.example")])
    now = datetime.now(UTC)  # noqa: TID251  a certificate of today
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return made.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


@cache
def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "both.pem"
        file.write_text("".join(certificate()), "ascii")
        context.load_cert_chain(file)
    return context
