"""The character zero: PostgreSQL keeps it in no text, and so no page and no endpoint takes it, on either database."""

from __future__ import annotations

import json
from http import HTTPStatus
from io import BytesIO

import pytest
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import Client, RequestFactory

from lvyue.contracts.actions import register_release
from lvyue.project.characters import NoZero
from tests.conftest import Person

CONTRACT = "first"
HERE = f"/contracts/{CONTRACT}"


@pytest.fixture(autouse=True)
def _contract(db: None) -> None:  # noqa: ARG001  the register is in the database
    register_release(CONTRACT, "第一份合同", "{}", "1" * 64, by="测试", demonstration=True)


def refused(answer: HttpResponseBase) -> bool:
    return (
        isinstance(answer, HttpResponse)
        and answer.status_code == HTTPStatus.BAD_REQUEST
        and "请求读不懂" in answer.content.decode()
    )


@pytest.mark.parametrize(
    "path",
    [
        "/contracts/?after=%00",
        "/?q=%00",
        "/?%00=1",
        "/manual/?q=%00",
        f"{HERE}/facts/a%00b/",
        f"{HERE}/files/%00/",
        f"{HERE}/facts/?q=%00",
        f"{HERE}/facts/new/?kind=fact.withdrawn&fact=%00",
        f"{HERE}/audit/?who=%00",
        f"{HERE}/statement/?release=%00",
        "/people/?q=%00",
        "/people/accounts/%00/",
        "/nowhere/%00",
    ],
)
@pytest.mark.parametrize("role", ["", "buyer", "administrator"])
def test_no_address_holds_it(client: Client, person: Person, path: str, role: str) -> None:
    if role:
        client.force_login(person(role, CONTRACT))

    answer = client.get(path)

    assert refused(answer)
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/sign-in/as/", {"username": "a\0b"}),
        ("/sign-in/", {"username": "a\0b", "password": "x"}),
        ("/sign-in/", {"username": "a", "password": "x", "\0": ""}),
    ],
)
def test_no_form_holds_it(client: Client, path: str, given: dict[str, str]) -> None:
    assert refused(client.post(path, given))


def test_no_form_of_somebody_signed_in_holds_it(client: Client, person: Person) -> None:
    client.force_login(person("engineer", CONTRACT))

    assert refused(client.post("/account/tokens/", {"name": "每日\0导入", "days": "30"}))


def test_no_cookie_holds_it(client: Client) -> None:
    """Cookies in quotation marks may name any character by its number."""
    answer = client.get("/", headers={"Cookie": 'sessionid="aaaaaaaa\\000"'})

    assert refused(answer)


@pytest.mark.parametrize("path", [f"/api/v1/contracts/{CONTRACT}/facts/a%00b", "/api/v1/me?x=%00"])
def test_the_interface_says_so_as_a_problem(client: Client, person: Person, path: str) -> None:
    client.force_login(person("buyer", CONTRACT))

    answer = client.get(path)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = json.loads(answer.content)
    assert (told["status"], told["type"]) == (422, "/api/v1/docs#problem-invalid")
    assert "NUL" in told["detail"]


def test_files_may_hold_it() -> None:
    """What a file is, the page that takes it decides."""
    file = BytesIO(b"\x89PNG\0")
    file.name = "照片.png"
    request = RequestFactory().post("/contracts/first/facts/new/", {"name": "照片", "files": file})

    def view(_: HttpRequest) -> HttpResponse:
        return HttpResponse("到了")

    middleware = NoZero(view)

    assert middleware(request).content.decode() == "到了"
    assert middleware.process_view(request, view, (), {}) is None
    kept = request.FILES["files"]
    assert isinstance(kept, UploadedFile)
    assert kept.read() == b"\x89PNG\0"
