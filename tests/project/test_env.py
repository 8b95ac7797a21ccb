"""The readers of the environment refuse what they do not understand, by name, with what to write instead."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from lvyue.project import env


@pytest.mark.parametrize(
    ("said", "meant"), [("yes", True), ("TRUE", True), ("0", False), ("", True)]
)
def test_a_switch_is_on_or_off(said: str, meant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LVYUE_X", said)

    assert env.env_bool("LVYUE_X", default=True) is meant


def test_a_switch_that_is_neither_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LVYUE_X", "maybe")

    with pytest.raises(ImproperlyConfigured, match=r"^LVYUE_X='maybe' is neither .* true, yes\.$"):
        env.env_bool("LVYUE_X", default=True)


@pytest.mark.parametrize("said", ["-1", "101", "4.0", "four", "４", " 4"])
def test_a_number_that_is_none_or_out_of_bounds_is_refused(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LVYUE_X", said)

    with pytest.raises(ImproperlyConfigured, match=r"LVYUE_X=.*from 0 to 100"):
        env.env_int("LVYUE_X", 4, least=0, most=100)


def test_a_number_may_lie_on_either_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    for said in (0, 100):
        monkeypatch.setenv("LVYUE_X", str(said))
        assert env.env_int("LVYUE_X", 4, least=0, most=100) == said


def test_a_word_outside_the_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LVYUE_X", "LOUD")

    with pytest.raises(ImproperlyConfigured, match=r"LVYUE_X='LOUD'.*one of: ERROR, INFO\."):
        env.env_choice("LVYUE_X", "INFO", frozenset({"INFO", "ERROR"}))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", None),
        ("log.example:514", ("udp", "log.example", 514)),
        ("udp://10.0.0.9:514", ("udp", "10.0.0.9", 514)),
        ("tcp://[::1]:601/", ("tcp", "::1", 601)),
    ],
)
def test_a_syslog_server_is_a_way_a_host_and_a_port(
    said: str, meant: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LVYUE_X", said)

    assert env.env_syslog("LVYUE_X") == meant


@pytest.mark.parametrize(
    "said", ["log.example", "tls://log.example:6514", "udp://:514", "udp://a:b", "udp://a:514/x?y"]
)
def test_what_is_no_syslog_server_is_refused_by_name(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LVYUE_X", said)

    with pytest.raises(ImproperlyConfigured, match=r"LVYUE_X=.*tcp://host:port"):
        env.env_syslog("LVYUE_X")


def test_a_list_is_cut_at_its_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LVYUE_X", "a.example, b.example ,")
    assert env.env_list("LVYUE_X", ["localhost"]) == ["a.example", "b.example"]

    monkeypatch.delenv("LVYUE_X")
    assert env.env_list("LVYUE_X", ["localhost"]) == ["localhost"]


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("s3\n", "utf-8")
    monkeypatch.setenv("LVYUE_X_FILE", str(tmp_path / "secret"))

    assert env.env_secret("LVYUE_X") == "s3"


def test_a_secret_given_twice_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LVYUE_X", "s3cret")
    monkeypatch.setenv("LVYUE_X_FILE", "/nowhere")

    with pytest.raises(ImproperlyConfigured, match="LVYUE_X_FILE are both given") as refusal:
        env.env_secret("LVYUE_X")

    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff"])
def test_a_secret_file_that_gives_none_is_refused(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("LVYUE_X_FILE", str(file))

    with pytest.raises(ImproperlyConfigured, match="LVYUE_X_FILE="):
        env.env_secret("LVYUE_X")


def test_a_secret_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first = env.secret_kept_in(tmp_path / "key")

    assert len(first) > 50
    assert env.secret_kept_in(tmp_path / "key") == first
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_sqlite_by_three_strokes_is_relative_and_by_four_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert env.database("sqlite:///var/a.sqlite3", pool=4)["NAME"] == f"{tmp_path}/var/a.sqlite3"
    absolute = env.database(f"sqlite:///{tmp_path}/b%20c.sqlite3", pool=4)
    assert absolute["NAME"] == f"{tmp_path}/b c.sqlite3"
    assert absolute["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_postgresql_on_a_host_and_on_a_socket() -> None:
    host = env.database("postgresql://ming:a%40b@db.example:5433/lvyue?sslmode=require", pool=8)
    assert (host["HOST"], host["PORT"], host["USER"], host["PASSWORD"], host["NAME"]) == (
        "db.example", "5433", "ming", "a@b", "lvyue",
    )  # fmt: skip
    assert host["OPTIONS"] == {"sslmode": "require", "pool": {"min_size": 1, "max_size": 8}}

    socket = env.database("postgresql://ming@/lvyue?host=/run/postgresql", pool=0)
    assert (socket["HOST"], socket["PORT"], socket["OPTIONS"]) == ("/run/postgresql", "", {})


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://a/b", "begins with 'mysql'"),
        ("", "begins with ''"),
        ("sqlite://", "relative"),
        ("sqlite:///", "relative"),
        ("sqlite://host/a", "relative"),
        ("sqlite:///a?mode=ro", "nothing after the path"),
        ("postgresql://ming@db", "names no database"),
        ("postgresql://db/x?sslmodus=1", "not understood: sslmodus"),
        ("postgresql://db:port/x", "not a URL"),
    ],
)
def test_a_database_that_is_not_understood_is_refused(url: str, words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=re.escape(words)):
        env.database(url, pool=4)


def test_a_password_is_not_repeated_in_a_refusal() -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        env.database("postgresql://ming:s3cret@db:port/x", pool=4)

    assert "s3cret" not in str(refusal.value)
