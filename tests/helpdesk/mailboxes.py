"""A real mailbox: Dovecot on free ports of this machine, with folders and a certificate of its own."""

from __future__ import annotations

import getpass
import imaplib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.notices.post_office import certificate

DOVECOT = "/usr/sbin/dovecot"
PASSWORD = "a-mailbox-password"  # noqa: S105  of tests

_CONF = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {secure}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox that answers."""

    plain: int
    secure: int
    process: subprocess.Popen[bytes]
    user: str = "desk"

    def put(self, raw: bytes, at: datetime, folder: str = "INBOX") -> None:
        """A letter arrives at a moment."""
        with self.door() as door:
            date = imaplib.Time2Internaldate(at)
            status, told = door.append(folder, "", date, raw)
            assert status == "OK", told

    def make(self, folder: str) -> None:
        with self.door() as door:
            door.create(folder)

    def flags(self, folder: str = "INBOX") -> list[bytes]:
        """The flags of every letter in a folder."""
        with self.door() as door:
            door.select(folder, readonly=True)
            _, told = door.fetch("1:*", "(FLAGS)")
            return [one for one in told if isinstance(one, bytes)]

    @contextmanager
    def door(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.plain) as door:
            door.login(self.user, PASSWORD)
            yield door


@contextmanager
def dovecot() -> Iterator[Box]:
    """A server that has an empty mailbox for every name; skipped, and said so, where Debian's package is not there."""
    if not shutil.which(DOVECOT):
        says = "dovecot is not here: tools/install_test_tools.sh installs it."
        if os.environ.get("CI") == "true":
            pytest.fail(says)
        pytest.skip(says)
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        root = os.geteuid() == 0
        user = "dovecot" if root else getpass.getuser()
        (folder / "mail").mkdir()
        if root:  # it never reads the letters of root
            shutil.chown(folder / "mail", user, user)
        for file, text in zip(("certificate.pem", "key.pem"), certificate(), strict=True):
            (folder / file).write_text(text, "ascii")
        plain, secure = _free(), _free()
        told = {"folder": folder, "user": user, "group": user, "password": PASSWORD}
        conf = folder / "dovecot.conf"
        conf.write_text(_CONF.format(**told, plain=plain, secure=secure), "ascii")
        server = subprocess.Popen([DOVECOT, "-F", "-c", str(conf)], stderr=subprocess.DEVNULL)
        try:
            _wait_for(plain, server, folder)
            yield Box(plain, secure, server)
        finally:
            server.terminate()
            server.wait(10)


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(500):
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    log = folder / "log"
    pytest.fail(f"dovecot did not start: {log.read_text() if log.exists() else ''}")
