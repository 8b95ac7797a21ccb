"""Keeping providers and deciding about whom they send: who may, what is refused, and that somebody always gets in."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from pytest_django import Settings

from lvyue.accounts.actions import create_account, switch_off
from lvyue.accounts.actions.identities import (
    WAITING,
    admit,
    link,
    link_own,
    recognise,
    refuse_identity,
    unlink,
)
from lvyue.accounts.actions.providers import (
    keep_provider,
    switch_provider_off,
    switch_provider_on,
)
from lvyue.accounts.choices import Newcomers
from lvyue.accounts.models import Account, Identity, IdentityProvider
from lvyue.accounts.providers.known import Known
from lvyue.accounts.queries import account, audit_trail, local_administrators
from lvyue.cli.main import main
from lvyue.core.doubts import Refused
from tests.accounts.conftest import BrowserOf
from tests.conftest import Person

pytestmark = pytest.mark.django_db

GIVEN = {"issuer": "https://sso.example.gov", "client_id": "lvyue"}

FORM = {
    "provider_id": "office",
    "name": "统一身份认证",
    "newcomers": "wait",
    "issuer": "https://sso.example.gov",
    "client_id": "lvyue",
    "scopes": "openid profile",
    "username": "preferred_username",
    "name_claim": "name",
    "secret": "a-client-secret",
    "authority": "",
}


@pytest.fixture(autouse=True)
def _at_home(settings: Settings) -> None:
    settings.ADDRESS = "https://lvyue.example.gov"


@pytest.fixture
def office(administrator: Account) -> IdentityProvider:
    return keep_provider(
        "office", "oidc", "统一身份认证", GIVEN, by=administrator, newcomers=Newcomers.WAIT
    )


def waiting(office: IdentityProvider, subject: str = "s-1", name: str = "赵一") -> Identity:
    with pytest.raises(Refused, match="等系统管理员批准"):
        recognise(office, Known.told(subject, "zhao.yi", name))
    return Identity.objects.get(provider=office, subject=subject)


# ── keeping them ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_is_kept_tried_and_switched_on_by_the_pages(
    administrator: Account, browser_of: BrowserOf
) -> None:
    client = browser_of(administrator)

    assert client.get("/people/providers/new/oidc/").status_code == HTTPStatus.OK
    made = client.post("/people/providers/new/oidc/", FORM)
    assert made["Location"] == "/people/providers/office/"
    page = client.get("/people/providers/office/").content.decode()
    assert "https://lvyue.example.gov/sign-in/with/office/back/" in page
    assert "a-client-secret" not in page
    client.post("/people/providers/office/switch-on/", {"reason": "接入"})

    assert "统一身份认证" in Client().get("/sign-in/").content.decode()
    assert "统一身份认证" in client.get("/people/providers/?format=csv").content.decode()
    row = IdentityProvider.objects.get()
    assert "a-client-secret" not in str(vars(row)) + str(list(audit_trail().values()))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"issuer": "http://sso.example.gov"}, "请写以 https:// 开头"),
        ({"issuer": "https://user:pw@sso.example.gov"}, "请写以 https:// 开头"),
        ({"issuer": "https://[::1"}, "请写以 https:// 开头"),
        ({"scopes": "profile"}, "没有 openid"),
        ({"authority": "nonsense"}, "请贴上 PEM"),
        ({"provider_id": "办公室"}, "不能作编号"),
        ({"name": "x" * 5000}, "80"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    administrator: Account, browser_of: BrowserOf, changed: dict[str, str], says: str
) -> None:
    answer = browser_of(administrator).post("/people/providers/new/oidc/", FORM | changed)

    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert says in page
    assert 'value="lvyue"' in page
    assert not IdentityProvider.objects.exists()


def test_nobody_but_a_real_administrator_keeps_one(
    person: Person, browser_of: BrowserOf, office: IdentityProvider, administrator: Account
) -> None:
    assert administrator.is_administrator
    paths = [
        "/people/providers/",
        "/people/providers/new/oidc/",
        "/people/providers/office/",
        *(f"/people/providers/office/{act}/" for act in ("check", "switch-on", "synchronise")),
        "/people/services/",
    ]
    buyer = person("buyer", "first")
    for path in paths:
        assert browser_of(buyer).post(path, FORM).status_code in (
            HTTPStatus.FORBIDDEN,
            HTTPStatus.METHOD_NOT_ALLOWED,
        )
    made_up = create_account(
        "demo-admin",
        "演示",
        "a-long-test-password",
        by="测试",
        administrator=True,
        demonstration=True,
    )
    for by in (buyer, made_up):
        with pytest.raises(Refused):
            keep_provider("office", "oidc", "改过", GIVEN, by=by)
        with pytest.raises(Refused):
            switch_provider_on(office, by=by, reason="试试")


def test_somebody_can_always_get_in_without_it(
    office: IdentityProvider, administrator: Account
) -> None:
    """身份来源连不上时，至少一位本地管理员能用密码进来."""
    switch_provider_on(office, by=administrator, reason="接入")
    other = admit(waiting(office), "other", "另一位", by="测试")
    Account.objects.filter(pk=other.pk).update(is_administrator=True)

    assert [one.pk for one in local_administrators()] == [administrator.pk]
    with pytest.raises(Refused, match="最后一位启用的、有密码的系统管理员"):
        switch_off(administrator, by=Account.objects.get(pk=other.pk), reason="离职")
    Account.objects.filter(pk=administrator.pk).update(is_active=False)
    switch_provider_off(office, by="测试", reason="试试")
    with pytest.raises(Refused, match="没有能用密码登录的系统管理员"):
        switch_provider_on(office, by="测试", reason="试试")


def test_without_our_own_address_nobody_could_come_back(
    office: IdentityProvider, administrator: Account, settings: Settings
) -> None:
    settings.ADDRESS = ""

    with pytest.raises(Refused, match="LVYUE_ADDRESS"):
        switch_provider_on(office, by=administrator, reason="接入")


# ── whose account ────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_waits_is_admitted_linked_or_refused(
    office: IdentityProvider, administrator: Account, browser_of: BrowserOf, person: Person
) -> None:
    client, known = browser_of(administrator), person("buyer", "first")
    page = "/people/providers/office/identities"
    first, second, third = (waiting(office, f"s-{n}") for n in range(3))

    taken = {"username": known.username, "name": "赵一", "organisation": ""}
    assert "已经有人使用" in client.post(f"{page}/{first.pk}/admit/", taken).content.decode()
    client.post(f"{page}/{first.pk}/admit/", taken | {"username": "zhao-yi"})
    client.post(f"{page}/{second.pk}/link/", {"username": known.username})
    client.post(f"{page}/{third.pk}/refuse/", {"reason": "不是本单位的人"})

    assert recognise(office, Known("s-0")) == account("zhao-yi")
    assert recognise(office, Known("s-1")) == known
    with pytest.raises(Refused, match="没有接受这个身份"):
        recognise(office, Known("s-2"))
    assert not account("zhao-yi").appointments.exists()  # type: ignore[union-attr]  # it was just made


def test_an_identity_has_one_account_and_an_account_one_identity_of_a_provider(
    office: IdentityProvider, person: Person, administrator: Account
) -> None:
    buyer, other = person("buyer", "first"), person("engineer", "first")
    link_own(office, Known("s-1"), by=buyer)

    attempts: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: link_own(office, Known("s-1"), by=other), "已经连接到一个账号"),
        (lambda: link_own(office, Known("s-2"), by=buyer), "另一个身份"),
        (lambda: link(waiting(office, "s-3"), administrator, by=administrator), "自己的账号"),
    )
    for attempt, says in attempts:
        with pytest.raises(Refused, match=says):
            attempt()
    assert recognise(office, Known("s-1")) == buyer


def test_made_up_people_are_nobodys_account(office: IdentityProvider) -> None:
    made_up = create_account(
        "demo-one", "演示", "a-long-test-password", by="测试", demonstration=True
    )

    with pytest.raises(Refused, match="演示账号的密码是公开的"):
        link(waiting(office), made_up, by="测试")


def test_who_is_unlinked_or_switched_off_comes_in_no_more(
    office: IdentityProvider, person: Person, administrator: Account
) -> None:
    buyer, other = person("buyer", "first"), person("engineer", "first")
    mine = link_own(office, Known("s-1"), by=buyer)
    link_own(office, Known("s-2"), by=other)

    unlink(mine, by=administrator, reason="换人")
    switch_off(other, by=administrator, reason="离职")

    waiting(office, "s-1")
    with pytest.raises(Refused, match="已停用"):
        recognise(office, Known("s-2"))
    with pytest.raises(Refused, match="系统管理员"):
        unlink(Identity.objects.get(subject="s-2"), by=buyer, reason="捣乱")


def test_who_has_no_password_keeps_the_last_way_in(
    office: IdentityProvider, browser_of: BrowserOf
) -> None:
    zhao = admit(waiting(office), "zhao-yi", "赵一", by="测试")
    mine = Identity.objects.get(account=zhao)

    client = browser_of(zhao)
    client.post(f"/account/identities/{mine.pk}/disconnect/")

    assert "您没有密码" in client.get("/account/identities/").content.decode()
    assert Identity.objects.get(pk=mine.pk).account == zhao


def test_the_identities_of_others_are_not_there(
    office: IdentityProvider, person: Person, browser_of: BrowserOf
) -> None:
    mine = link_own(office, Known("s-1"), by=person("buyer", "first"))
    thief = browser_of(person("engineer", "first"))

    for number in (mine.pk, 999_999):
        answer = thief.post(f"/account/identities/{number}/disconnect/")
        assert answer.status_code == HTTPStatus.NOT_FOUND
    assert Identity.objects.get(pk=mine.pk).account is not None


def test_not_more_wait_than_anybody_can_look_at(office: IdentityProvider) -> None:
    seen = waiting(office).first_seen_at
    Identity.objects.bulk_create(
        Identity(provider=office, subject=f"x-{n}", first_seen_at=seen, last_seen_at=seen)
        for n in range(WAITING)
    )

    with pytest.raises(Refused, match="等待批准的人太多了"):
        recognise(office, Known("one-more"))
    assert not Identity.objects.filter(subject="one-more").exists()


def test_what_a_provider_says_of_somebody_may_be_anything(office: IdentityProvider) -> None:
    row = waiting(office, "😀", name="x" * 5000 + "\x00\u2028\u202e")

    refuse_identity(row, by="测试", reason="试试")

    assert len(Known.told("s", 7, "x" * 5000).name) == 150
    assert Known.told("s", "a\x00b\nc").username == "a b c"


# ── the pages of service accounts, and the machine itself ────────────────────────────────────────────────────────


def test_a_service_account_is_made_for_somebody_who_then_makes_its_token(
    administrator: Account, person: Person, browser_of: BrowserOf
) -> None:
    buyer, other = person("buyer", "first"), person("engineer", "first")
    given = {
        "username": "ticket-import",
        "name": "工单导入",
        "purpose": "每日导入工单",
        "owner": "nobody",
        "organisation": "",
        "until": "2099-12-31",
    }
    admin = browser_of(administrator)
    assert "没有这个登录名" in admin.post("/people/services/", given).content.decode()
    admin.post("/people/services/", given | {"owner": buyer.username})

    page = "/account/services/ticket-import/"
    token = {"name": "导入", "days": "30", "scopes": ["import"], "addresses": "10.0.8.15"}
    shown = browser_of(buyer).post(page, token).content.decode()
    assert "lvyue_" in shown
    for stranger in (other, administrator):
        assert browser_of(stranger).post(page, token).status_code == HTTPStatus.NOT_FOUND
    made = account("ticket-import")
    assert made is not None
    assert made.tokens.get().scopes == ["read", "record", "import"]


def test_whoever_runs_the_machine_switches_a_provider_off(office: IdentityProvider) -> None:
    def run(*words: str) -> Any:
        return CliRunner().invoke(main, ["people", "providers", *words])

    switch_provider_on(office, by="测试", reason="接入")

    assert "office" in run("list").output
    done = run("off", "office", "--reason", "坏了", "--by", "机房王工")
    assert done.exit_code == 0, done.output
    assert not IdentityProvider.objects.get().is_active
    assert audit_trail().get(act="provider.switched_off").who == "命令行：机房王工"
    assert run("off", "another", "--reason", "坏了").exit_code == 2
