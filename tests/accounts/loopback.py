"""Servers for one test: each on a free port of this machine, and gone afterwards; and certificates for them."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked of a server."""

    path: str
    query: Mapping[str, list[str]]
    form: Mapping[str, list[str]]
    authorization: str

    def one(self, name: str) -> str:
        return (self.form.get(name) or self.query.get(name) or [""])[0]


@dataclass(frozen=True, slots=True)
class Told:
    """What it answers."""

    body: bytes
    kind: str = "application/json"
    status: int = 200
    location: str = ""


@contextmanager
def serving(answer: Callable[[Asked], Told], secure: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a server that answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            read = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            form = parse_qs(read.decode())
            asked = Asked(
                parts.path, parse_qs(parts.query), form, self.headers.get("Authorization", "")
            )
            told = answer(asked)
            self.send_response(told.status)
            self.send_header("Content-Type", told.kind)
            self.send_header("Content-Length", str(len(told.body)))
            if told.location:
                self.send_header("Location", told.location)
            self.end_headers()
            self.wfile.write(told.body)

        do_POST = do_GET  # noqa: N815  the name that the base looks for

        def log_message(self, *args: object) -> None:
            """Nothing: what was asked is looked at by the test."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *args: object) -> None:
            """A handshake that the test wants to fail."""

    server = Quiet(("127.0.0.1", 0), Handler)
    if secure is not None:
        server.socket = secure.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http{'s' if secure else ''}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate of its own, with its key, as files and as text."""

    certificate: Path
    key: Path

    @property
    def authority(self) -> str:
        return self.certificate.read_text()

    @property
    def context(self) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.certificate, self.key)
        return made


def certify(folder: Path, name: str = "127.0.0.1") -> Certified:
    """A certificate for a host, signed by itself, good for a day around now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lvyue test")])
    try:
        known: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        known = x509.DNSName(name)
    day = dt.timedelta(days=1)
    now = dt.datetime.now(dt.UTC)  # noqa: TID251  OpenSSL asks the real clock
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([known]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = Certified(folder / f"{name}.pem", folder / f"{name}.key")
    files.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
