"""LDAP and Active Directory with a real slapd: found once, bound with their own password, and always under TLS."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from sansldap import LDAPFilter

from lvyue.accounts.actions.identities import link_own
from lvyue.accounts.actions.providers import (
    check_provider,
    keep_provider,
    switch_provider_on,
    synchronise,
)
from lvyue.accounts.models import Account, Identity, IdentityProvider, SignInFailure
from lvyue.accounts.providers import ldap
from lvyue.accounts.providers.known import Known, NotRecognised, Unreachable
from lvyue.accounts.providers.ldap import Ldap, LdapSettings, escaped
from lvyue.accounts.queries import FAILURES_OF_BOTH, audit_trail
from lvyue.accounts.tasks import synchronise_providers
from lvyue.core.doubts import Refused
from tests.accounts.directory import PASSWORD, Directory, directory
from tests.conftest import Person

START = "/sign-in/with/directory/"

SEARCH = "search-secret"


@pytest.fixture(scope="module")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    with directory(tmp_path_factory.mktemp("slapd")) as found:
        yield found


def given(slapd: Directory, **more: Any) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": slapd.secure,
        "base": "ou=people,dc=example,dc=gov",
        "bind": "cn=lvyue,dc=example,dc=gov",
        "authority": slapd.named.authority,
        **more,
    }


@pytest.fixture
def settings_(slapd: Directory) -> LdapSettings:
    return LdapSettings.read(given(slapd))


@pytest.fixture
def active(slapd: Directory) -> LdapSettings:
    """As an Active Directory is asked."""
    asked = "(&(objectClass=user)(|(sAMAccountName={username})(userPrincipalName={username})))"
    return LdapSettings.read(given(slapd, directory="ad", filter=asked))


def test_who_knows_their_password_is_recognised(settings_: LdapSettings) -> None:
    known = Ldap(settings_, SEARCH).recognise("ZHAO", PASSWORD)

    assert (known.username, known.name) == ("zhao", "赵一")
    assert len(known.subject) == len("00000000-0000-0000-0000-000000000000")


def test_by_start_tls_as_well(slapd: Directory) -> None:
    asked = LdapSettings.read(given(slapd, port=slapd.plain, security="starttls"))

    assert Ldap(asked, SEARCH).recognise("zhao", PASSWORD).name == "赵一"


@pytest.mark.parametrize("name", ["zhaoyi", "zhao.yi@example.gov"])
def test_in_active_directory_by_either_name_and_known_by_the_guid(
    active: LdapSettings, name: str
) -> None:
    known = Ldap(active, SEARCH).recognise(name, PASSWORD)

    assert known.subject == "000102030405060708090a0b0c0d0e0f"
    assert known.username == "zhaoyi"


@pytest.mark.parametrize(
    ("username", "password", "says"),
    [
        (
            "zhao",
            "",
            "登录名或密码不对",
        ),  # a bind with a name and no password succeeds and proves nothing
        ("", PASSWORD, "登录名或密码不对"),
        ("zhao", "wrong", "登录名或密码不对"),
        ("nobody", PASSWORD, "登录名或密码不对"),
        ("*", PASSWORD, "登录名或密码不对"),
        ("zhao)(uid=*", PASSWORD, "登录名或密码不对"),
        ("zh\0ao", PASSWORD, "登录名或密码不对"),
        ("赵😀" * 1000, PASSWORD, "登录名或密码不对"),
        ("zhao", "x" * 5000, "登录名或密码不对"),
        ("sun", PASSWORD, "登录名或密码不对|已停用"),
    ],
)
def test_nobody_else_is(settings_: LdapSettings, username: str, password: str, says: str) -> None:
    with pytest.raises(NotRecognised, match=says):
        Ldap(settings_, SEARCH).recognise(username, password)


def test_who_is_disabled_in_active_directory_is_told_so_with_the_right_password_only(
    active: LdapSettings,
) -> None:
    with pytest.raises(NotRecognised, match="已停用"):
        Ldap(active, SEARCH).recognise("qian", PASSWORD)
    with pytest.raises(NotRecognised, match="登录名或密码不对"):
        Ldap(active, SEARCH).recognise("qian", "wrong")


def test_two_of_one_name_are_nobody(slapd: Directory) -> None:
    asked = given(slapd, filter="(|(uid={username})(sAMAccountName={username}))")

    with pytest.raises(NotRecognised, match="不止一个"):
        Ldap(LdapSettings.read(asked), SEARCH).recognise("zhao", PASSWORD)


def test_everybody_is_read_page_by_page_and_no_referral_followed(
    settings_: LdapSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory gives four at once at most, and points to another that nobody runs."""
    monkeypatch.setattr(ldap, "PAGE", 2)

    found = list(Ldap(settings_, SEARCH).everybody())

    assert len(found) == 9
    assert sum(disabled for _, disabled in found) == 2


def test_what_means_something_in_a_filter_is_written_by_its_number() -> None:
    assert escaped("a*(b)\\\0赵") == "a\\2a\\28b\\29\\5c\\00\\e8\\b5\\b5"


# ── what is wrong, in words ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changed", "secret", "says"),
    [
        ({"authority": ""}, SEARCH, "证书没有通过核对"),
        ({"certificate": "ldap.example.gov"}, SEARCH, "证书没有通过核对"),
        ({}, "wrong", "查找用的账号没有登录上"),
        ({}, "", "查找用的账号没有登录上"),
        ({"base": "ou=nobody,dc=example,dc=gov"}, SEARCH, "没有查找的起点"),
        ({"filter": "(&(objectClass=device)(uid={username}))"}, SEARCH, "一个人也没有找到"),
        ({"subject": "objectGUID"}, SEARCH, "有人没有 objectGUID"),
        ({"port": 1}, SEARCH, "连不上目录"),
        ({"security": "starttls"}, SEARCH, "连不上目录"),
    ],
)
def test_the_check_says_what_is_wrong(
    settings_: LdapSettings, changed: dict[str, Any], secret: str, says: str
) -> None:
    steps = Ldap(replace(settings_, **changed), secret).check()

    assert not steps[-1].good
    assert says in steps[-1].says


def test_the_check_of_a_good_one_goes_through(settings_: LdapSettings) -> None:
    steps = Ldap(settings_, SEARCH).check()

    assert [one.good for one in steps] == [True, True, True]
    assert steps[0].says.startswith("TLSv1.")


def test_a_directory_that_keeps_silent_is_given_up(
    settings_: LdapSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ldap, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = replace(settings_, port=silent.getsockname()[1])
        began = time.monotonic()
        with pytest.raises(Unreachable, match="没有回答"):
            Ldap(asked, SEARCH).recognise("zhao", PASSWORD)

    assert time.monotonic() - began < 2


def test_nonsense_of_a_directory_is_told(slapd: Directory) -> None:
    """What speaks before the line is secret is not believed, whatever it says."""
    with socket.create_server(("127.0.0.1", 0)) as liar:

        def lie() -> None:
            caller, _ = liar.accept()
            with caller:
                caller.sendall(b"\x30\x84\xff")
                caller.recv(1000)

        thread = threading.Thread(target=lie)
        thread.start()
        asked = given(slapd, port=liar.getsockname()[1], security="starttls")
        with pytest.raises(Unreachable):
            Ldap(LdapSettings.read(asked), SEARCH).recognise("zhao", PASSWORD)
        thread.join()


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"host": ""}, "服务器"),
        ({"port": 70_000}, "端口"),
        ({"security": "none"}, "加密"),
        ({"filter": "(uid=zhao)"}, "查找条件"),
        ({"filter": "(uid={username}"}, "查找条件"),
        ({"authority": "not a certificate"}, "CA 证书"),
        ({"base": "x" * 5000}, "查找的起点"),
        ({"bind": "cn=a\nb"}, "查找用的账号"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_their_place(
    more: dict[str, Any], place: str
) -> None:
    good = {"host": "ldap.example.gov", "base": "dc=gov", "bind": "cn=lvyue,dc=gov"}

    with pytest.raises(Refused) as refused:
        LdapSettings.read(good | more)

    assert [one.places for one in refused.value.doubts] == [(place,)]


# ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def provider(slapd: Directory, administrator: Account) -> IdentityProvider:
    made = keep_provider(
        "directory", "ldap", "单位目录", given(slapd), by=administrator, secret=SEARCH
    )
    switch_provider_on(made, by=administrator, reason="接入")
    return made


def subject(slapd: Directory, username: str) -> str:
    with ldap.connected(LdapSettings.read(given(slapd))) as link:
        assert link.bind("cn=lvyue,dc=example,dc=gov", SEARCH)
        wanted = LDAPFilter.from_string(f"(uid={username})")
        (entry,) = link.search("dc=example,dc=gov", wanted, ["entryUUID"])
    return entry.subject("entryUUID")


@pytest.fixture
def zhao(person: Person, provider: IdentityProvider, slapd: Directory) -> Account:
    found = person("buyer", "first")
    link_own(provider, Known(subject(slapd, "zhao")), by=found)
    return found


def try_password(client: Client, password: str, username: str = "zhao") -> Any:
    return client.post(START, {"username": username, "password": password, "next": "/contracts/"})


@pytest.mark.django_db
def test_somebody_comes_in_and_the_password_is_kept_nowhere(client: Client, zhao: Account) -> None:
    assert "单位目录" in client.get(START).content.decode()
    wrong = try_password(client, "wrong").content.decode()

    answer = try_password(client, PASSWORD)

    assert "登录名或密码不对" in wrong
    assert 'value="zhao"' in wrong
    assert answer["Location"] == "/contracts/"
    assert client.get("/account/").context["user"] == zhao
    assert PASSWORD not in str(list(audit_trail().values()))
    assert SEARCH not in str(list(IdentityProvider.objects.values()))


@pytest.mark.django_db
@pytest.mark.usefixtures("zhao")
def test_after_too_many_wrong_passwords_the_directory_is_not_even_asked(client: Client) -> None:
    for _ in range(FAILURES_OF_BOTH):
        try_password(client, "wrong")

    assert "密码错得太多" in try_password(client, PASSWORD).content.decode()
    assert {one.username for one in SignInFailure.objects.all()} == {"directory/zhao"}


@pytest.mark.django_db
@pytest.mark.usefixtures("provider")
def test_one_connects_the_own_account_with_the_password_of_the_directory(
    client: Client, person: Person
) -> None:
    mine = person("buyer", "first")
    client.post("/sign-in/", {"username": mine.username, "password": "a-long-test-password"})

    client.post("/account/connect/directory/", {"username": "zhao", "password": "wrong"})
    assert not Identity.objects.exists()
    client.post("/account/connect/directory/", {"username": "zhao", "password": PASSWORD})

    assert Identity.objects.get().account == mine


# ── at night ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_whom_the_directory_switched_off_is_switched_off_here_and_nobody_else(
    provider: IdentityProvider, slapd: Directory, person: Person, zhao: Account, client: Client
) -> None:
    """一个人离开，目录停用之后这里也停用；目录里找不到的只提出来，不停用。"""
    sun, gone = person("engineer", "first"), person("auditor", "first")
    link_own(provider, Known(subject(slapd, "sun")), by=sun)
    link_own(provider, Known("no-such-subject"), by=gone)
    client.force_login(sun)

    synchronise_providers.call()

    for one in (sun, gone, zhao):
        one.refresh_from_db()
    assert (sun.is_active, gone.is_active, zhao.is_active) == (False, True, True)
    assert client.get("/account/").status_code == HTTPStatus.FOUND
    provider.refresh_from_db()
    assert provider.synchronised == "目录里 9 人；停用 1 人；1 人在目录里找不到，请核对。"
    assert audit_trail().get(act="account.switched_off").who == "身份来源 directory"


@pytest.mark.django_db
def test_the_last_administrator_stays_whatever_the_directory_says(
    provider: IdentityProvider, slapd: Directory, administrator: Account
) -> None:
    link_own(provider, Known(subject(slapd, "sun")), by=administrator)

    assert "这里不能停用，请核对" in synchronise(provider, by="后台任务")

    administrator.refresh_from_db()
    assert administrator.is_active


@pytest.mark.django_db
def test_a_directory_that_is_down_switches_nobody_off(
    provider: IdentityProvider, zhao: Account
) -> None:
    IdentityProvider.objects.update(settings=provider.settings | {"port": 1})

    assert "没有核对成" in synchronise(provider, by="后台任务")
    zhao.refresh_from_db()
    assert zhao.is_active


@pytest.mark.django_db
@pytest.mark.usefixtures("provider")
def test_the_secret_is_never_sent_to_another_house(
    slapd: Directory, administrator: Account
) -> None:
    """Whoever may change the address could otherwise read the password that somebody else typed."""
    moved = given(slapd, host="evil.example")

    with pytest.raises(Refused, match="原来的口令不会发给新的地址"):
        keep_provider("directory", "ldap", "单位目录", moved, by=administrator)

    renamed = keep_provider("directory", "ldap", "目录", given(slapd), by=administrator)
    assert all(one.good for one in check_provider(renamed, by=administrator))
