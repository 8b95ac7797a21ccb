"""Typed readers of the environment. What they do not understand they refuse, by name, with the accepted values.

A setting that nobody can misspell in silence: a wrong value stops the start, and the message says
what was found and what to write instead. A secret may come from a file: `X_FILE` names it. No
message repeats a secret.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})

POSTGRESQL_OPTIONS = frozenset(
    {"application_name", "connect_timeout", "host", "sslcert", "sslkey", "sslmode", "sslrootcert"}
)

SQLITE_START = (
    "PRAGMA journal_mode=WAL;"  # readers never wait for the writer
    "PRAGMA synchronous=FULL;"  # the log is evidence: a commit survives the loss of power
    "PRAGMA cache_size=-20000;"  # 20 MB
    "PRAGMA mmap_size=134217728;"  # 128 MB
)


def env_folder(name: str) -> Path | None:
    """A folder that is there, or None where the variable is not set."""
    written = os.environ.get(name, "").strip()
    if not written:
        return None
    folder = Path(written)
    if not folder.is_dir():
        raise ImproperlyConfigured(f"{name}={written}：没有这个文件夹。请建好它，或不设 {name}。")
    return folder


def env_bool(name: str, *, default: bool) -> bool:
    found = os.environ.get(name, "")
    if not found:
        return default
    if found.lower() in TRUE:
        return True
    if found.lower() in FALSE:
        return False
    accepted = ", ".join(sorted(TRUE | FALSE))
    raise ImproperlyConfigured(f"{name}={found!r} is neither yes nor no. Write one of: {accepted}.")


def env_int(name: str, default: int, *, least: int, most: int) -> int:
    found = os.environ.get(name, "")
    if not found:
        return default
    # isdecimal alone would let ٣ and ３ through
    if not (found.isascii() and found.isdecimal() and least <= int(found) <= most):
        raise ImproperlyConfigured(
            f"{name}={found!r} is not understood. Write a whole number from {least} to {most}."
        )
    return int(found)


def env_list(name: str, default: list[str]) -> list[str]:
    """Values separated by commas. Spaces around them do not count."""
    found = os.environ.get(name, "")
    values = [value.strip() for value in found.split(",") if value.strip()]
    return values or default


def env_url(name: str) -> str:
    """The beginning of an address, `https://host` or `http://host`, without what comes behind it; empty when not given."""
    found = os.environ.get(name, "").rstrip("/")
    try:
        parts = urlsplit(found)
        plain = parts.scheme in ("http", "https") and parts.hostname and found.isprintable()
        plain = plain and not (parts.username or parts.query or parts.fragment)
    except ValueError:
        plain = False
    if found and not plain:
        raise ImproperlyConfigured(
            f"{name}={found!r} is not understood. Write an address such as https://lvyue.example.gov."
        )
    return found


def env_syslog(name: str) -> tuple[str, str, int] | None:
    """`udp://host:port`, `tcp://host:port`, or `host:port` for UDP: the way, the host and the port; None when not given."""
    found = os.environ.get(name, "").strip()
    if not found:
        return None
    parts = urlsplit("")
    try:
        parts = urlsplit(found if "://" in found else f"udp://{found}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    plain = parts.scheme in ("udp", "tcp") and found.isprintable() and parts.path in ("", "/")
    if not (plain and host and port) or parts.username or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"{name}={found!r} is not understood. Write udp://host:port or tcp://host:port."
        )
    return parts.scheme, host, port


def env_choice(name: str, default: str, accepted: frozenset[str]) -> str:
    found = os.environ.get(name, default)
    if found not in accepted:
        raise ImproperlyConfigured(
            f"{name}={found!r} is not understood. Write one of: {', '.join(sorted(accepted))}."
        )
    return found


def env_dir(name: str, default: Path) -> Path:
    """A folder, made if it is not there yet."""
    folder = Path(os.environ.get(name) or default).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}: the folder {folder} cannot be made ({error.strerror}). "
            f"Name a folder that this user may write to."
        ) from error
    return folder


def env_secret(name: str) -> str | None:
    """The secret in `name`, or in the file that `name`_FILE points at, or None when neither is given."""
    given, pointed = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if given and pointed:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both given. Keep one of them.")
    if not pointed:
        return given or None
    try:
        secret = Path(pointed).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"{name}_FILE={pointed!r} cannot be read. Name a text file that this user may read."
        ) from error
    if not secret:
        raise ImproperlyConfigured(f"{name}_FILE={pointed!r} is empty. Put the secret into it.")
    return secret


def secret_kept_in(path: Path) -> str:
    """A secret made on the first start and kept beside the database, readable by its owner only."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(
                draft, path
            )  # of two processes that start together, the first wins and both read it
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text("utf-8")


def database(url: str, *, pool: int) -> dict[str, Any]:
    """Django's description of the database that a URL names.

    `sqlite:///var/lvyue.sqlite3` is relative to the current folder, `sqlite:////srv/lvyue.sqlite3`
    (four strokes) is absolute. `postgresql://user:password@host:5432/name`, or for a socket
    `postgresql://user@/name?host=/run/postgresql`.
    """
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL is not a URL: {error}.") from error
    match parts.scheme:
        case "sqlite":
            return _sqlite(parts, options)
        case "postgresql" | "postgres":
            return _postgresql(parts, port, options, pool)
        case other:
            raise ImproperlyConfigured(
                f"DATABASE_URL begins with {other!r}. Write sqlite:///path or postgresql://user@host/name."
            )


def _sqlite(parts: SplitResult, options: Mapping[str, str]) -> dict[str, Any]:
    if parts.netloc or options or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            "DATABASE_URL for SQLite is sqlite:///path (relative) or sqlite:////path (absolute), "
            "with nothing after the path."
        )
    path = Path(unquote(parts.path[1:])).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            # A transaction that reads and then writes must be a writer from the start: the upgrade
            # of a DEFERRED one fails at once, whatever the timeout.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": SQLITE_START,
        },
    }


def _postgresql(
    parts: SplitResult, port: int | None, options: dict[str, str], pool: int
) -> dict[str, Any]:
    unknown = ", ".join(sorted(options.keys() - POSTGRESQL_OPTIONS))
    if unknown:
        raise ImproperlyConfigured(
            f"DATABASE_URL has options that are not understood: {unknown}. "
            f"Accepted: {', '.join(sorted(POSTGRESQL_OPTIONS))}."
        )
    if not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL names no database: postgresql://user@host/name.")
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        "OPTIONS": options | ({"pool": {"min_size": 1, "max_size": pool}} if pool else {}),
    }
