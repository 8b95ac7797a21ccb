"""检索：两个字的词也找得到；没有任职的合同，什么也不说。"""

from __future__ import annotations

import json
from datetime import date

import pytest

from lvyue.accounts.models import Account
from lvyue.contracts.actions import register_release, register_text
from lvyue.contracts.queries import contracts
from lvyue.evidence.actions import import_facts, open_log
from lvyue.library import loader
from lvyue.search import queries
from lvyue.search.actions import behind, catch_up, empty
from lvyue.search.choices import EntryKind
from lvyue.search.models import IndexEntry
from lvyue.search.queries import Asked, Found
from tests.conftest import Person

SECURITY, OPERATIONS = "security-support-2026", "digital-operations-2026"

pytestmark = pytest.mark.django_db


def registered(contract_id: str) -> None:
    release = loader.load(contract_id)
    register_release(
        contract_id,
        release.title,
        loader.text_of(contract_id),
        release.digest,
        by="测试",
        demonstration=False,
    )
    open_log(contract_id, by="测试")


def record(contract_id: str, *facts: dict[str, object]) -> None:
    lines = [json.dumps(fact, ensure_ascii=False).encode() for fact in facts]
    import_facts(contract_id, lines, by="测试", source="测试.jsonl")


def ticket(number: str, subject: str, day: str = "2026-03-02") -> dict[str, object]:
    return {
        "id": number,
        "kind": "ticket.opened",
        "at": f"{day}T09:00:00+08:00",
        "subject": subject,
        "data": {"class": "incident"},
    }


def find(account: Account, typed: str, **more: object) -> Found:
    catch_up(contracts().values_list("pk", flat=True))
    return queries.find(account, Asked(typed, **more))  # type: ignore[arg-type]  # a test names what it asks


def named(found: Found, kind: EntryKind) -> list[str]:
    return [hit.named for group in found.groups if group.kind is kind for hit in group.hits]


@pytest.fixture
def two() -> None:
    """Two suppliers of one buyer."""
    registered(SECURITY)
    registered(OPERATIONS)
    record(
        SECURITY,
        ticket("A-7.2.15", "政务邮箱收不到邮件"),
        ticket("A-8", "会议室屏幕", "2026-05-01"),
    )
    record(OPERATIONS, ticket("B-1", "政务邮箱登录缓慢"))


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("typed", "subject"),
    [
        ("邮箱", "政务邮箱收不到邮件"),  # two characters
        ("屏", "会议室屏幕"),  # one
        ("幕", "会议室屏幕"),  # the last one
        ("收不到邮件", "政务邮箱收不到邮件"),
        ("邮箱 收不到", "政务邮箱收不到邮件"),
        ("a-7.2.15", "政务邮箱收不到邮件"),
        ("Ａ－７", "政务邮箱收不到邮件"),  # full width
        ("政务 -缓慢", "政务邮箱收不到邮件"),
        ('"会议室屏幕"', "会议室屏幕"),
    ],
)
def test_a_fact_is_found_by_any_of_its_words(person: Person, typed: str, subject: str) -> None:
    found = find(person("engineer", SECURITY), typed)

    assert any(subject in name for name in named(found, EntryKind.FACT))


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("typed", ["箱政", "邮件收不到", "政务 -邮箱", '"邮箱 收不到"', "9-7.2"])
def test_what_does_not_stand_there_is_not_found(person: Person, typed: str) -> None:
    assert named(find(person("engineer", SECURITY), typed), EntryKind.FACT) == []


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("7.2.15", EntryKind.CLAUSE),
        ("1,856,000.00", EntryKind.CONTRACT),
        ("185.6万元", EntryKind.CONTRACT),
        ("整改", EntryKind.TERM),
        (SECURITY, EntryKind.CONTRACT),
    ],
)
def test_clauses_terms_and_sums_are_found(person: Person, typed: str, kind: EntryKind) -> None:
    assert named(find(person("buyer", SECURITY), typed), kind)


@pytest.mark.usefixtures("two")
def test_a_supplier_finds_nothing_of_another_suppliers_contract(person: Person) -> None:
    """REG-10: 同一甲方的两个乙方互相看不见，连条数也不说"""
    engineer = person("engineer", SECURITY)

    assert find(engineer, "登录缓慢").groups == ()
    assert find(engineer, "登录缓慢", contract_id=OPERATIONS).groups == ()
    assert find(engineer, "邮箱", kind=EntryKind.FACT).number == 1
    assert find(person("administrator"), "邮箱").groups == ()
    assert find(person("buyer", SECURITY, OPERATIONS), "邮箱", kind=EntryKind.FACT).number == 2


@pytest.mark.usefixtures("two")
def test_days_and_pages(person: Person) -> None:
    buyer = person("buyer", SECURITY)
    record(SECURITY, *(ticket(f"P-{number}", f"巡检发现 {number}") for number in range(120)))

    first = find(buyer, "巡检发现", kind=EntryKind.FACT)
    second = find(buyer, "巡检发现", kind=EntryKind.FACT, after=first.next)
    third = find(buyer, "巡检发现", kind=EntryKind.FACT, after=second.next)

    keys = [hit.key for page in (first, second, third) for hit in page.groups[0].hits]
    assert keys == [f"P-{number}" for number in reversed(range(120))]
    assert third.next == ""
    assert named(find(buyer, "屏幕", first=date(2026, 5, 2)), EntryKind.FACT) == []
    assert named(find(buyer, "屏幕", last=date(2026, 5, 1)), EntryKind.FACT)


@pytest.mark.usefixtures("two")
def test_the_index_follows_and_can_be_built_anew(person: Person) -> None:
    buyer, ids = person("buyer", SECURITY), [SECURITY, OPERATIONS]
    before = len(IndexEntry.objects.all()) if not catch_up(ids) else 0
    assert behind(ids) == []

    record(SECURITY, ticket("A-9", "核心交换机重启"))
    assert [(one, feed.name) for one, feed, _ in behind(ids)] == [(SECURITY, "log")]
    assert named(find(buyer, "交换机"), EntryKind.FACT)
    assert IndexEntry.objects.count() == before + 1

    empty()
    assert named(queries_only(buyer, "交换机"), EntryKind.FACT) == []
    assert named(find(buyer, "交换机"), EntryKind.FACT)
    assert IndexEntry.objects.count() == before + 1


def queries_only(account: Account, typed: str) -> Found:
    return queries.find(account, Asked(typed))


def test_telephones_and_identity_cards_are_not_indexed(person: Person) -> None:
    """SYS-01: 个人信息不进索引"""
    registered(SECURITY)
    register_text(
        SECURITY,
        "合同.txt",
        "0" * 64,
        {"main 1.1": ["联系人：张三，电话：13812345678，邮箱 zhang@example.cn"]},
        by="测试",
        ours=False,
    )
    buyer = person("buyer", SECURITY)

    for secret in ("13812345678", "zhang@example.cn", "张三"):
        assert find(buyer, secret).groups == (), secret
    assert named(find(buyer, "联系人"), EntryKind.CLAUSE)


@pytest.mark.parametrize(
    "typed", ["", "   ", "-邮箱", '"', "'", "\\", "() AND OR NOT *", "😀", "：，。", "a" * 5000]
)
def test_odd_questions_are_answered_with_nothing(person: Person, typed: str) -> None:
    registered(SECURITY)

    assert find(person("buyer", SECURITY), typed).groups == ()
