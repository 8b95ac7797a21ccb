"""The pages about people: what each shows, to whom, and what is told to those who must not."""

from __future__ import annotations

import re
from http import HTTPStatus
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from lvyue.accounts.actions import audit, create_token
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account, Token
from lvyue.accounts.permissions import Right
from lvyue.accounts.queries import (
    FAILURES_OF_BOTH,
    account,
    account_by_token,
    appointments,
    audit_trail,
    seat_of,
    tokens_of,
)
from tests.accounts.conftest import BrowserOf
from tests.conftest import Person

pytestmark = pytest.mark.usefixtures("contracts")

ROLES = [role.value for role in ContractRole]
PASSWORD = "一个够长的测试用的密码吧"  # noqa: S105  of tests
NEW = {"username": "zhao", "name": "赵一", "organisation": "", "password": PASSWORD}


def text(client: Client, path: str, status: HTTPStatus = HTTPStatus.OK) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def post(client: Client, path: str, given: dict[str, str]) -> str:
    """The page one sees after posting."""
    return client.post(path, given, follow=True).content.decode()


# ── who must not ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ROLES)
def test_who_is_no_administrator_sees_and_does_nothing_there(
    person: Person, browser_of: BrowserOf, role: str
) -> None:
    somebody, other = person(role, "first"), person("auditor", "first", "second")
    client, before = browser_of(somebody), audit_trail().count()
    page = f"/people/accounts/{other.username}/"

    for path in ("/people/", "/people/?format=csv", "/people/new-account/", page, "/audit/"):
        assert "不是系统管理员" in text(client, path, HTTPStatus.FORBIDDEN)
    for path in (
        "/people/new-account/",
        "/people/new-organisation/",
        *(
            f"{page}{act}/"
            for act in ("rename", "password", "switch-off", "switch-on", "appoint", "dismiss")
        ),
    ):
        answer = client.post(path, {**NEW, "reason": "试试", "contract_id": "first"})
        assert answer.status_code == HTTPStatus.FORBIDDEN, path

    assert audit_trail().count() == before
    assert account("zhao") is None


def without_id(page: str, contract_id: str) -> str:
    """A page without what differs from request to request, and without the id that was asked for."""
    page, found = re.subn(r"(?<=<code>)[0-9a-f]{16}(?=</code></p>)", "", page)  # 请求编号
    assert found == 1
    return re.sub(r'value="\w{64}"', "", page).replace(contract_id, "")


@pytest.mark.parametrize("rest", ["", "people/", "audit/", "settlement/"])
@pytest.mark.parametrize("role", [*ROLES, "administrator"])
def test_a_contract_of_others_is_not_there(
    person: Person, browser_of: BrowserOf, role: str, rest: str
) -> None:
    """Client and auditors of the first ask for the second: the same words as for a forged id, so nothing leaks."""
    client = browser_of(person(role, "first"))

    real = text(client, f"/contracts/second/{rest}", HTTPStatus.NOT_FOUND)
    forged = text(client, f"/contracts/forged/{rest}", HTTPStatus.NOT_FOUND)

    assert without_id(real, "second") == without_id(forged, "forged")
    assert "第二份合同" not in real


def test_an_administrator_sees_no_contract(administrator: Account, browser_of: BrowserOf) -> None:
    client = browser_of(administrator)

    assert "第一份合同" not in text(client, "/contracts/")
    text(client, "/contracts/first/", HTTPStatus.NOT_FOUND)
    text(client, "/contracts/first/people/", HTTPStatus.NOT_FOUND)


# ── administrators ───────────────────────────────────────────────────────────────────────────────────────────────


def test_an_account_is_created_once_however_often_it_is_posted(
    administrator: Account, browser_of: BrowserOf
) -> None:
    client = browser_of(administrator)

    first = post(client, "/people/new-account/", NEW)
    again = client.post("/people/new-account/", NEW)

    assert "已建立账号 zhao" in first
    assert again.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = again.content.decode()
    assert "已经有人使用：赵一" in page
    assert 'value="赵一"' in page  # nothing that was typed is lost
    assert PASSWORD not in page
    assert audit_trail().filter(act="account.created", about="zhao").count() == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"username": "赵一"}, "不能作登录名"),
        ({"name": ""}, "这个字段是必填项"),
        ({"password": "12345678"}, "请另取一个"),
        ({"organisation": "forged"}, "forged"),
    ],
)
def test_what_is_wrong_stands_beside_the_field(
    administrator: Account, browser_of: BrowserOf, given: dict[str, str], says: str
) -> None:
    answer = browser_of(administrator).post("/people/new-account/", NEW | given)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    errors = re.findall(r'<p class="error"[^>]*>(.*?)</p>', answer.content.decode(), re.DOTALL)
    assert len(errors) == 1
    assert says in errors[0]


def test_a_person_is_kept_from_the_first_day_to_the_last(
    administrator: Account, browser_of: BrowserOf
) -> None:
    client = browser_of(administrator)
    post(client, "/people/new-organisation/", {"organisation_id": "office", "name": "某中心"})
    post(client, "/people/new-account/", NEW | {"organisation": "office"})
    zhao, page = account("zhao"), "/people/accounts/zhao/"
    assert zhao is not None

    said = post(client, f"{page}appoint/", {"contract_id": "second", "role": "buyer"})
    assert "已任命赵一" in said
    assert seat_of(zhao, "second").roles == {ContractRole.BUYER}
    said = post(client, f"{page}appoint/", {"contract_id": "second", "role": "engineer"})
    assert "不能同时代表另一方" in said

    held = str(appointments("second").get().pk)
    said = post(client, f"{page}dismiss/", {"appointment": held, "reason": " "})
    assert "这个字段是必填项" in said
    said = post(client, f"{page}dismiss/", {"appointment": held, "reason": "换人"})
    assert "已解除赵一的任职" in said
    assert not seat_of(zhao, "second").roles

    other = {"name": "赵二", "organisation": "", "reason": "原来写错", "same_person": "on"}
    assert "已更改" in post(client, f"{page}rename/", other)
    assert "重设密码" in post(client, f"{page}password/", {"password": PASSWORD + "2"})
    assert "已停用赵二" in post(client, f"{page}switch-off/", {"reason": "离职"})
    assert "账号已停用，不能登录" in text(client, page)
    assert "已启用赵二" in post(client, f"{page}switch-on/", {"reason": "回来"})

    acts = audit_trail().filter(about="zhao").values_list("act", flat=True)
    assert list(acts)[::-1] == [
        *("account.created", "appointed", "dismissed", "account.renamed"),
        *("account.password_set", "account.switched_off", "account.switched_on"),
    ]


def test_forged_ids_are_not_there(
    person: Person, administrator: Account, browser_of: BrowserOf
) -> None:
    client = browser_of(administrator)
    person("engineer", "first")
    person("buyer", "first")
    other = str(appointments("first").get(role="buyer").pk)

    text(client, "/people/accounts/nobody/", HTTPStatus.NOT_FOUND)
    for given in (other, "", "x", "９", "9" * 10):
        answer = client.post(
            "/people/accounts/engineer-1/dismiss/", {"appointment": given, "reason": "试试"}
        )
        assert answer.status_code == HTTPStatus.NOT_FOUND
    answer = client.post(
        "/people/accounts/engineer-1/appoint/", {"contract_id": "forged", "role": "buyer"}
    )

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert appointments("first").count() == 2


def test_people_are_listed_with_the_same_number_of_questions(
    person: Person,
    administrator: Account,
    browser_of: BrowserOf,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = browser_of(administrator)
    client.get("/people/")

    for roles in (["buyer"], ROLES):
        for role in roles:
            person(role, "first", "second")
        # session, account, people, what they hold, organisations, second-step roles, unread messages
        with django_assert_num_queries(7):
            client.get("/people/")


def test_the_list_leaves_as_a_file(
    person: Person, administrator: Account, browser_of: BrowserOf
) -> None:
    person("buyer", "first")

    answer = browser_of(administrator).get("/people/?q=buyer&format=xlsx")

    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.rows]
    assert [row[0] for row in rows[2:]] == ["buyer-1"]
    assert "first 甲方项目负责人" in str(rows[2])


# ── the people of a contract ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ROLES)
def test_everybody_on_a_contract_sees_who_is_who_and_what_they_may(
    person: Person, browser_of: BrowserOf, role: str
) -> None:
    other = person("engineer" if role != "engineer" else "buyer", "first")
    somebody = person(role, "first")

    page = text(browser_of(somebody), "/contracts/first/people/")

    assert somebody.name in page
    assert other.name in page
    for right in Right:
        assert right.zh in page
    label = ContractRole(role).label
    refused = [right for right in Right if ContractRole(role) not in right.roles]
    assert page.count(f"您是{label}，不能") >= len(refused)


def test_why_one_was_refused_is_told_for_each_kind_of_fact(
    person: Person, browser_of: BrowserOf
) -> None:
    page = text(browser_of(person("engineer", "first")), "/contracts/first/people/")

    for reason in (
        "这件事应由甲方登记；您是乙方工程师。",
        "这件事有法律后果，应由乙方项目经理登记。",
        "这件事要双方确认",
    ):
        assert reason in page


def test_people_of_a_contract_are_asked_for_in_few_questions(
    person: Person, browser_of: BrowserOf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser_of(person("buyer", "first"))
    client.get("/contracts/first/people/")

    for roles in (["engineer"], ROLES):
        for role in roles:
            person(role, "first")
        # session, account, seat, people, their contact ways, title, unread messages
        with django_assert_num_queries(7):
            client.get("/contracts/first/people/")


# ── the audit trail ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("buyer", HTTPStatus.OK),
        ("supplier_manager", HTTPStatus.OK),
        ("auditor", HTTPStatus.OK),
        ("using_department", HTTPStatus.FORBIDDEN),
        ("engineer", HTTPStatus.FORBIDDEN),
        ("administrator", HTTPStatus.NOT_FOUND),
    ],
)
def test_the_audit_trail_of_a_contract_is_for_those_who_answer_for_it(
    person: Person, browser_of: BrowserOf, role: str, status: HTTPStatus
) -> None:
    client = browser_of(person(role, "first"))

    for path in ("/contracts/first/audit/", "/contracts/first/audit/?format=csv"):
        assert client.get(path).status_code == status


def test_an_administrator_reads_nothing_of_what_a_contract_holds(
    person: Person, administrator: Account, browser_of: BrowserOf
) -> None:
    buyer = person("buyer", "first")
    seat = seat_of(buyer, "first")
    audit("fact.recorded", by=seat, contract_id="first", about="机密事实", reason="机密理由")
    client = browser_of(administrator)

    for path in (
        "/audit/",
        "/audit/?act=fact.recorded",
        "/audit/?who=buyer-1",
        "/audit/?format=csv",
    ):
        assert "机密" not in text(client, path)
    assert "机密理由" in text(browser_of(buyer), "/contracts/first/audit/")


def test_the_audit_trail_is_filtered_turned_over_and_exported(
    administrator: Account, browser_of: BrowserOf
) -> None:
    for number in range(120):
        audit("organisation.registered", by="某人", about=f"office-{number:03}")
    client = browser_of(administrator)

    first = text(client, "/audit/?act=organisation.registered")
    older = re.search(r'href="(\?[^"]+)" rel="next"', first)
    assert older
    second = text(client, "/audit/" + older[1].replace("&amp;", "&"))
    file = client.get("/audit/?act=organisation.registered&format=csv").content.decode()

    assert ("office-119" in first, "office-019" in first) == (True, False)
    assert ("office-019" in second, "office-119" in second, 'rel="next"' in second) == (
        True,
        False,
        False,
    )
    assert file.count("office-") == 120
    assert "登记单位" in first


@pytest.mark.parametrize("asked", ["first=昨天", "last=2026-02-30", "before=x", "before=９９"])
def test_a_filter_that_is_not_understood_is_told_or_ignored(
    administrator: Account, browser_of: BrowserOf, asked: str
) -> None:
    page = text(browser_of(administrator), f"/audit/?{asked}")

    assert ("不是日期" in page) == ("before" not in asked)
    assert "建立账号" in page


def test_the_audit_trail_takes_as_many_questions_for_a_hundred_as_for_one(
    administrator: Account, browser_of: BrowserOf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser_of(administrator)
    client.get("/audit/")

    for number in (1, 100):
        for _ in range(number):
            audit("organisation.registered", by="某人")
        # session, account, entries, acts, unread messages
        with django_assert_num_queries(5):
            client.get("/audit/")


# ── one's own account ────────────────────────────────────────────────────────────────────────────────────────────


def test_one_changes_ones_password_and_stays(person: Person, browser_of: BrowserOf) -> None:
    engineer = person("engineer", "first")
    client, elsewhere = browser_of(engineer), browser_of(engineer)
    given = {"old": "a-long-test-password", "password": PASSWORD, "again": PASSWORD}

    for wrong, says in (
        ({"old": "错的"}, "原密码不对"),
        ({"again": "别的"}, "两次输入的新密码不一样"),
        ({"password": "12345678", "again": "12345678"}, "请另取一个"),
    ):
        answer = client.post("/account/password/", given | wrong)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert says in answer.content.decode()
    said = post(client, "/account/password/", given)

    assert "密码已修改" in said
    assert client.get("/account/").status_code == HTTPStatus.OK
    assert elsewhere.get("/account/").status_code == HTTPStatus.FOUND


def test_a_wrong_old_password_counts_like_one_at_the_front_door(
    person: Person, browser_of: BrowserOf
) -> None:
    engineer = person("engineer", "first")
    client = browser_of(engineer)
    given = {"old": "a-long-test-password", "password": PASSWORD, "again": PASSWORD}

    said = [
        client.post("/account/password/", given | {"old": f"错的{n}"}).content.decode()
        for n in range(FAILURES_OF_BOTH)
    ]
    right = client.post("/account/password/", given)

    assert ["密码错得太多" in one for one in said] == [False] * (FAILURES_OF_BOTH - 1) + [True]
    assert right.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "之前不能再试" in right.content.decode()
    engineer.refresh_from_db()
    assert engineer.check_password("a-long-test-password")
    assert (
        "之前不能再试"
        in Client()
        .post("/sign-in/", {"username": engineer.username, "password": "a-long-test-password"})
        .content.decode()
    )


def test_the_tick_that_ends_the_tokens_is_set(person: Person, browser_of: BrowserOf) -> None:
    engineer = person("engineer", "first")
    client = browser_of(engineer)
    made = create_token(engineer, "每日导入", 30, by=engineer)
    given = {"old": "a-long-test-password", "password": PASSWORD, "again": PASSWORD}

    assert re.search(r'<input[^>]*name="tokens"[^>]*checked', text(client, "/account/"))
    post(client, "/account/password/", given | {"tokens": "on"})

    assert account_by_token(made.secret) is None


@pytest.mark.parametrize("asked", ["9" * 30, "9" * 5000, "x", ""])
def test_an_appointment_that_there_cannot_be_is_not_there(
    person: Person, administrator: Account, browser_of: BrowserOf, asked: str
) -> None:
    engineer = person("engineer", "first")

    answer = browser_of(administrator).post(
        f"/people/accounts/{engineer.username}/dismiss/", {"appointment": asked, "reason": "离职"}
    )

    assert answer.status_code == HTTPStatus.NOT_FOUND


def test_a_token_is_shown_once_and_revoked(person: Person, browser_of: BrowserOf) -> None:
    engineer = person("engineer", "first")
    client = browser_of(engineer)

    made = client.post("/account/tokens/", {"name": "每日导入", "days": "30"})
    shown = re.search(r"lvyue_[\w-]{43}", made.content.decode())
    assert shown
    assert made.status_code == HTTPStatus.CREATED
    assert "no-store" in made.headers["Cache-Control"]
    assert account_by_token(shown[0]) == engineer

    assert shown[0] not in text(client, "/account/")
    again = client.post("/account/tokens/", {"name": "每日导入", "days": "30"})
    assert "已有一个用途为“每日导入”的令牌" in again.content.decode()
    assert tokens_of(engineer).count() == 1

    said = post(client, f"/account/tokens/{tokens_of(engineer).get().pk}/revoke/", {})
    assert "已吊销" in said
    assert account_by_token(shown[0]) is None


@pytest.mark.parametrize("days", ["0", "367", "-1", "很久", "1e9"])
def test_a_token_asks_for_days_within_a_year(
    person: Person, browser_of: BrowserOf, days: str
) -> None:
    client = browser_of(person("engineer", "first"))

    answer = client.post("/account/tokens/", {"name": "每日导入", "days": days})

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not Token.objects.exists()


def test_the_token_of_somebody_else_is_not_there(
    person: Person, administrator: Account, browser_of: BrowserOf
) -> None:
    engineer = person("engineer", "first")
    made = create_token(engineer, "别人的令牌", 30, by=engineer)

    for other in (person("buyer", "first"), administrator):
        answer = browser_of(other).post(f"/account/tokens/{made.token.pk}/revoke/")
        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert "别人的令牌" not in text(browser_of(other), "/account/")

    assert account_by_token(made.secret) == engineer


@pytest.mark.parametrize(
    ("rest", "tab"),
    [
        ("people/", "人员"),
        ("who/", "人员"),
        ("why/", "人员"),
        ("audit/standing/", "人员"),
        ("webhooks/", "人员"),
    ],
)
def test_a_page_without_a_tab_stands_under_the_one_that_leads_to_it(
    browser_of: BrowserOf, person: Person, rest: str, tab: str
) -> None:
    client = browser_of(person("buyer", "first"))

    page = text(client, f"/contracts/first/{rest}")

    here = re.findall(r'aria-current="page">([^<]+)</a>', page)
    assert [word.strip() for word in here] == [tab]
