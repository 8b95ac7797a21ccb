"""每一页，每一种角色，每一个换成别家的编号：该进的进得去，不该进的进不去，不存在的和看不到的说的是同一句话（REG-10、SYS-02）。

What is expected is derived from the right that a page's door asks for; a page without a door stands in one of the tables
below, so that a new page that forgot its door fails here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, reverse
from django.urls.converters import get_converters

from lvyue import clock
from lvyue.accounts.actions import appoint, create_account, register_organisation
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account
from lvyue.accounts.permissions import Right
from lvyue.accounts.queries import seat_of
from lvyue.confidentiality.actions import Application, apply
from lvyue.contracts.actions import register_release
from lvyue.evidence.actions import import_facts, keep_file, open_log
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.library.loader import load, text_of
from lvyue.obligations.queries import forget
from lvyue.readings.models import Draft, DraftMember
from lvyue.web.urls import urlpatterns

OURS, THEIRS = "security-support-2026", "cloud-lease-2025"
NOWHERE = "no-such-contract"

#: The same bytes stand in both contracts, under two names: each sees its own.
BYTES = b"%PDF-1.4 the very same report"
SHA = hashlib.sha256(BYTES).hexdigest()

#: Asked of whoever is signed in, about nobody but themselves.
OWN = re.compile(
    r"^(account|inbox|calendar|search|report/|styleguide|sign-out|contracts/$|readings/($|new/)|$)"
)

#: Asked of anybody at all: signing in, the manual, and what is opened by a secret of its own.
OPEN = re.compile(r"^(sign-in|manual|invitations/|given/|hooks/|calendar/feeds/<str:secret>)")

#: Of whoever is a member of a draft.
DRAFT = re.compile(r"^readings/<int:draft_id>/")

PAGES = urlpatterns
ROLES = tuple(ContractRole.values)


def _alike() -> tuple[str, ...]:
    """One role of those that hold the very same rights on the same side: their doors are the same."""
    first: dict[tuple[frozenset[Right], object], str] = {}
    for role in ContractRole:
        rights = frozenset(right for right in Right if role in right.roles)
        first.setdefault((rights, role.side), role.value)
    return tuple(first.values())


#: Who is tried at which kind of page; no role makes a difference where the door asks for none.
OF_A_CONTRACT = (*_alike(), "stranger", "administrator", "nobody")
OF_NO_CONTRACT = ("buyer", "engineer", "stranger", "administrator", "nobody")


@dataclass(frozen=True, slots=True)
class Ground:
    """Two contracts of one buyer with two suppliers, one thing of each kind in each, and somebody of every kind."""

    clients: dict[str, Client]
    ids: dict[str, dict[str, Any]]
    draft: int


def _contract(contract_id: str, name: str, subject: str) -> None:
    body = text_of(contract_id)
    digest = hashlib.sha256(body.encode()).hexdigest()
    title = load(contract_id).title
    register_release(contract_id, title, body, digest, by="测试", demonstration=False)
    open_log(contract_id, by="测试")
    keep_file(contract_id, name, [BYTES], by="测试")
    line = (
        f'{{"id":"{contract_id}-fact","kind":"ticket.opened","at":"2026-03-02T09:00:00+08:00",'
        f'"subject":"{subject}","data":{{"class":"incident"}},"evidence":["{SHA}"]}}\n'
    )
    import_facts(contract_id, [line.encode()], by="测试", source="测试")


def _client(account: Account | None) -> Client:
    client = Client(raise_request_exception=False)
    if account is not None:
        client.force_login(account)
    return client


def _somebody(who: str, *seats: tuple[str, ContractRole], administrator: bool = False) -> Account:
    account = create_account(
        who.replace("_", "-"),
        f"测试{who}",
        "a-long-test-password",
        by="测试",
        administrator=administrator,
    )
    Account.objects.filter(pk=account.pk).update(password_handed_over=False)
    for contract_id, role in seats:
        appoint(account, contract_id, role, by="测试")
    return account


def _ids(contract_id: str) -> dict[str, Any]:
    return {
        "contract_id": contract_id,
        "term_id": load(contract_id).terms[0].id,
        "fact_id": f"{contract_id}-fact",
        "sha256": SHA,
        "number": 1,
        "name": "refuse",
        "username": "buyer",
    }


@pytest.fixture
def ground(db: None, tmp_path: Path) -> Iterator[Ground]:  # noqa: ARG001  all of it is in the database
    forget()
    with override_settings(HOME=tmp_path):
        _contract(OURS, "我们的报告.pdf", "安保工单-甲")
        _contract(THEIRS, "他们的报告.pdf", "云租工单-乙")
        register_organisation("their-supplier", "望江云数据有限公司", by="测试")
        people = {role: _somebody(role, (OURS, ContractRole(role))) for role in ROLES}
        people["stranger"] = _somebody("stranger", (THEIRS, ContractRole.SUPPLIER_MANAGER))
        people["administrator"] = _somebody("administrator", administrator=True)
        draft = Draft.objects.create(
            pk=700_001,
            title="别人看不到的草稿",
            side="buyer",
            author="buyer",
            created_at=clock.now(),
        )
        DraftMember.objects.create(
            draft=draft, username="buyer", role="buyer", invited_by="buyer", since=clock.now()
        )
        application = Application(
            "某测评中心", "三级等保复测", (SHA,), clock.today() + timedelta(days=3)
        )
        apply(application, by=seat_of(people["supplier_manager"], OURS))
        apply(application, by=seat_of(people["stranger"], THEIRS))
        for contract_id, who, title in (
            (OURS, "buyer", "安保网络中断"),
            (THEIRS, "stranger", "云租登录不上"),
        ):
            open_ticket(
                contract_id, NewTicket("incident", title), by=seat_of(people[who], contract_id)
            )
        clients: dict[str, Client] = {who: _client(one) for who, one in people.items()}
        clients["nobody"] = _client(None)
        yield Ground(clients, {one: _ids(one) for one in (OURS, THEIRS)}, draft.pk)
    forget()


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────────────────

#: A value for whatever else stands in an address: nobody's, and well formed.
_NOBODYS = {
    "int": 999_999,
    "str": "nobodys",
    "slug": "nobodys",
    "path": "nobodys",
    "uuid": UUID(int=0),
}


def _address(page: URLPattern, known: dict[str, Any]) -> str:
    converters = get_converters()
    args = {}
    for name, converter in page.pattern.converters.items():
        kind = next(key for key, one in converters.items() if type(one) is type(converter))
        value = known.get(name, _NOBODYS[kind])
        args[name] = value if isinstance(value, type(_NOBODYS[kind])) else _NOBODYS[kind]
    return reverse(f"web:{page.name}", kwargs=args)


def _ask(client: Client, address: str) -> tuple[int, bytes]:
    """The status and the words of a page; of one that only takes what is sent, those of sending nothing. Undone at once."""
    with transaction.atomic():
        answer = client.get(address)
        if answer.status_code == 405:
            answer = client.post(address)
        transaction.set_rollback(True)
    streamed = getattr(answer, "streaming_content", None)
    body = answer.content if streamed is None else b"".join(streamed)
    return answer.status_code, body


def _asks(page: URLPattern) -> Any:
    return getattr(page.callback, "asks", None)


def _expected(page: URLPattern, who: str) -> set[int]:
    """What somebody gets, by the right that the door of a page asks for and by nothing else."""
    answered = {200, 302, 400, 404, 409, 410, 415, 422}
    asks, pattern = _asks(page), str(page.pattern)
    if who == "nobody" and not OPEN.match(pattern):
        return {302}
    if isinstance(asks, Right):
        if who in ("stranger", "administrator"):
            return {404}
        return answered if ContractRole(who) in asks.roles else {403}
    if asks == "administrator":
        return answered | {405} if who == "administrator" else {403}
    if DRAFT.match(pattern):
        return answered if who == "buyer" else {404}
    return answered | {403, 405}


def _without(body: bytes, *words: str) -> str:
    """The words of a page without what differs by itself: numbers of requests, tokens against forgery, the ids asked for."""
    text = body.decode(errors="replace")
    text = re.sub(
        r'(name="csrfmiddlewaretoken" value=")[^"]+|("csrf-token"[^>]*content=")[^"]+', "", text
    )
    text = re.sub(r"X-CSRFToken[^}]*", "", text)
    text = re.sub(r"\b[0-9a-f]{16}\b|nonce-[\w-]+", "", text)
    for word in words:
        text = text.replace(word, "")
    return text


def test_every_page_has_a_door_or_stands_in_a_table() -> None:
    lost = [
        page.name
        for page in PAGES
        if _asks(page) is None
        and not any(one.match(str(page.pattern)) for one in (OWN, OPEN, DRAFT))
    ]
    doors = [page.name for page in PAGES if "contract_id" in page.pattern.converters]

    assert not lost, "没有门，也不在表里"
    assert all(isinstance(_asks(page), Right) for page in PAGES if page.name in doors)


@pytest.mark.slow
def test_every_page_answers_everybody_as_the_table_of_rights_says(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong, asked = [], 0
    for page in PAGES:
        if page.name == "sign-out":
            continue
        known = ground.ids[OURS] | {"draft_id": ground.draft}
        address = _address(page, known)
        for who in OF_A_CONTRACT if isinstance(_asks(page), Right) else OF_NO_CONTRACT:
            status, body = _ask(ground.clients[who], address)
            asked += 1
            if status not in _expected(page, who):
                wrong.append((page.name, who, status, _title(body)))

    with capsys.disabled():
        print(f"\n{asked} requests: {len(PAGES)} pages × {len(OF_A_CONTRACT)} kinds of caller")  # noqa: T201  the count is asked for
    assert not wrong, "\n".join(map(str, wrong))


def _title(body: bytes) -> str:
    found = re.search(r"<title>(.*?)</title>|<h1>(.*?)<", body.decode(errors="replace"), re.DOTALL)
    return found[0][:120] if found else ""


def test_what_is_not_yours_and_what_is_not_there_say_the_same(ground: Ground) -> None:
    """An id of another contract, in place of each id of an address: the page is that of an id which nobody has."""
    client, told = ground.clients["stranger"], []
    foreign = ground.ids[OURS] | {"draft_id": ground.draft}
    for page in PAGES:
        names = set(page.pattern.converters)
        if not isinstance(_asks(page), Right) and not DRAFT.match(str(page.pattern)):
            continue
        nobodys = {"contract_id": NOWHERE, "draft_id": 700_002}
        there, nowhere = _address(page, foreign), _address(page, foreign | nobodys)
        first, second = _ask(client, there), _ask(client, nowhere)
        same = _without(first[1], OURS, str(ground.draft)) == _without(second[1], NOWHERE, "700002")
        if first[0] != 404 or second[0] != 404 or not same:
            told.append((page.name, first[0], second[0], same))
        for name in names & {"fact_id", "term_id"}:
            mixed = _address(page, ground.ids[THEIRS] | {name: foreign[name]})
            absent = _address(page, ground.ids[THEIRS] | {name: "nobodys"})
            first, second = _ask(client, mixed), _ask(client, absent)
            same = _without(first[1], foreign[name]) == _without(second[1], "nobodys")
            if first[0] != second[0] or not same:
                told.append((f"{page.name} {name}", first[0], second[0], same))

    assert not told, "\n".join(map(str, told))


# ── one buyer, several suppliers (REG-10) ────────────────────────────────────────────────────────────────────────

#: Wherever many contracts come together: what somebody of one supplier is shown says nothing of the other's.
#: A room that lists, searches, counts or suggests adds its address here.
TOGETHER: tuple[str, ...] = (
    "/",
    "/?format=csv",
    "/calendar/",
    "/contracts/",
    "/contracts/?q=安保",
    "/contracts/?format=csv",
    "/readings/",
    "/search/?q=安保",
    "/search/?q=保障",
    "/inbox/",
    "/account/",
    f"/contracts/{THEIRS}/",
    f"/contracts/{THEIRS}/facts/",
    f"/contracts/{THEIRS}/facts/?q=安保",
    f"/contracts/{THEIRS}/facts/?format=csv",
    f"/contracts/{THEIRS}/people/",
    f"/contracts/{THEIRS}/people/?format=csv",
    "/report/",
    "/api/v1/me/tickets",
    f"/contracts/{THEIRS}/tickets/",
    f"/contracts/{THEIRS}/tickets/?view=all&format=csv",
    f"/contracts/{THEIRS}/tickets/board/",
    f"/contracts/{THEIRS}/tickets/calendar/",
    f"/contracts/{THEIRS}/tickets/places/",
    f"/contracts/{THEIRS}/tickets/statistics/",
    f"/contracts/{THEIRS}/desk/incoming/?state=all",
    f"/contracts/{THEIRS}/desk/calls/",
    f"/contracts/{THEIRS}/desk/callers/?caller=测试",
    f"/contracts/{THEIRS}/desk/gaps/",
    f"/contracts/{THEIRS}/desk/channels/",
    f"/contracts/{THEIRS}/duty/",
    f"/contracts/{THEIRS}/duty/swaps/",
    f"/contracts/{THEIRS}/tickets/reviews/",
    f"/contracts/{THEIRS}/tickets/similar/?q=安保",
    f"/contracts/{THEIRS}/knowledge/?q=安保",
    f"/contracts/{THEIRS}/remote/",
    f"/contracts/{THEIRS}/consents/",
    f"/api/v1/contracts/{THEIRS}/articles?q=安保",
    f"/api/v1/contracts/{THEIRS}/ticket-reviews",
    f"/api/v1/contracts/{THEIRS}/similar-tickets?q=安保",
    f"/api/v1/contracts/{THEIRS}/tickets",
    f"/api/v1/contracts/{THEIRS}/ticket-statistics",
    f"/contracts/{THEIRS}/disclosures/",
    f"/contracts/{THEIRS}/disclosures/?format=csv",
    f"/contracts/{THEIRS}/who/",
    f"/contracts/{THEIRS}/why/",
    f"/contracts/{THEIRS}/audit/",
    "/api/v1/contracts",
    "/api/v1/today",
    "/api/v1/cards?as_of=2026-03-31",
    f"/api/v1/contracts/{THEIRS}/facts",
    f"/api/v1/contracts/{THEIRS}/people",
    f"/api/v1/contracts/{THEIRS}/who",
    f"/api/v1/contracts/{THEIRS}/disclosures",
    f"/api/v1/contracts/{THEIRS}/audit",
)


@pytest.mark.slow
def test_suppliers_of_one_buyer_never_see_each_other(ground: Ground) -> None:
    client = ground.clients["stranger"]
    marks = (
        OURS,
        load(OURS).title,
        "我们的报告",
        "安保工单-甲",
        "安保网络中断",
        "测试supplier_manager",
        "测试engineer",
    )
    leaks = []
    for address in TOGETHER:
        status, body = _ask(client, address)
        words = body.decode(errors="replace")
        leaks += [(address, status, mark) for mark in marks if mark in words]
        if status != 200:
            leaks.append((address, status, ""))

    assert not leaks, "\n".join(map(str, leaks))


def test_the_same_bytes_have_each_contracts_own_name(ground: Ground) -> None:
    """Nobody learns from a hash that another contract has the same file: neither its name there nor that it is there."""
    with transaction.atomic():
        answer = cast(
            "HttpResponse", ground.clients["stranger"].get(f"/contracts/{THEIRS}/files/{SHA}/")
        )
        body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a file

    assert body == BYTES
    assert "%E4%BB%96%E4%BB%AC" in answer["Content-Disposition"]
    status, _ = _ask(ground.clients["stranger"], f"/contracts/{OURS}/files/{SHA}/")
    assert status == 404
