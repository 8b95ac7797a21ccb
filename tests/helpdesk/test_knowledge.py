"""知识库: written by one and published by another; what is alike is found while somebody types; and nobody sees too much."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from lvyue import clock
from lvyue.accounts.actions import appoint, create_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import account, audit_trail, seat_of
from lvyue.core.doubts import Refused
from lvyue.helpdesk.actions.knowledge import (
    ArticleText,
    follow_article,
    retire_article,
    review_article,
    revise_article,
    share_article,
    write_article,
)
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.stepping import StepTaken, make_mark, take_step
from lvyue.helpdesk.actions.writing import Entry
from lvyue.helpdesk.choices import Audience
from lvyue.helpdesk.models import Article, Ticket
from lvyue.helpdesk.queries import knowledge
from lvyue.helpdesk.queries.checklists import checklists
from lvyue.helpdesk.queries.similar import similar
from lvyue.helpdesk.queries.tickets import events_of
from lvyue.search.actions import catch_up
from lvyue.search.choices import EntryKind
from lvyue.search.models import IndexEntry
from lvyue.search.queries import Asked, find
from tests.helpdesk.conftest import CLOUD, LEASE, Browse, TakeSeat, text
from tests.helpdesk.test_remote import of as belongs

Now = Callable[[str], None]

CARD = ArticleText(
    "终端连不上无线网",
    "右上角打叉，提示无法获取地址",
    "地址池用尽",
    ["登录网络控制器", "释放过期地址", "请用户重连"],
    ["用户重连后打开门户"],
    ["incident"],
    "无线网",
)


@pytest.fixture(autouse=True)
def _files_elsewhere(tmp_path: Any) -> Any:
    with override_settings(HOME=tmp_path):
        yield


@pytest.fixture
def second(seat: TakeSeat) -> Seat:
    """Another engineer of the same contract."""
    seat("engineer")
    one = create_account("engineer-zwei", "另一位工程师", "a-long-test-password", by="测试")
    appoint(one, LEASE, ContractRole.ENGINEER, by="测试")
    return seat_of(one, LEASE)


def published(seat: TakeSeat, second: Seat, told: ArticleText = CARD) -> Article:
    row = write_article(LEASE, told, by=seat("engineer"))
    return review_article(LEASE, row.pk, 1, agree=True, by=second)


def person(seat: Seat) -> Any:
    found = account(seat.username)
    assert found is not None
    return found


# ── writing and reviewing ──


def test_nobody_publishes_what_they_wrote_and_nothing_is_published_unread(
    seat: TakeSeat, second: Seat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    author = seat("engineer")
    row = write_article(LEASE, CARD, by=author)

    with pytest.raises(Refused, match="您自己写的"):
        review_article(LEASE, row.pk, 1, agree=True, by=author)
    with pytest.raises(Refused, match="退回要写明"):
        review_article(LEASE, row.pk, 1, agree=False, by=second)
    review_article(LEASE, row.pk, 1, agree=True, said="清楚", by=second)

    row.refresh_from_db()
    assert (row.state, row.current) == ("published", 1)
    acts = [one.act for one in audit_trail(LEASE) if one.act.startswith("article.")]
    assert sorted(acts) == ["article.reviewed", "article.written"]


def test_every_version_is_kept_and_the_published_one_stands_until_the_next_is_reviewed(
    seat: TakeSeat, second: Seat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    row, author = published(seat, second), seat("engineer")
    better = ArticleText("终端连不上网", "打叉", steps=["重启"], why="改名")

    revise_article(LEASE, row.pk, better, seen=1, by=author)
    row.refresh_from_db()
    assert (row.title, row.current, row.newest) == ("终端连不上无线网", 1, 2)
    with pytest.raises(Refused, match="别人又写了第 2 版"):
        revise_article(LEASE, row.pk, better, seen=1, by=second)
    with pytest.raises(Refused, match="改了什么"):
        revise_article(LEASE, row.pk, CARD, seen=2, by=second)
    review_article(LEASE, row.pk, 2, agree=True, by=second)

    states = {one.number: one.state for one in row.versions.all()}
    assert states == {1: "replaced", 2: "published"}
    row.refresh_from_db()
    assert row.title == "终端连不上网"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (ArticleText("", "现象", steps=["一"]), "标题"),
        (ArticleText("题", " ", steps=["一"]), "现象"),
        (ArticleText("题", "现象", steps=[" "]), "步骤"),
        (ArticleText("题", "现象", steps=["一"] * 61), "最多 60 步"),
        (ArticleText("题", "现象", steps=["长" * 301]), "最多 300 个"),
        (ArticleText("题", "现象", steps=["一"], kinds=["nichts"]), "没有“nichts”这种工单"),
    ],
)
def test_what_cannot_be_followed_is_not_taken(
    seat: TakeSeat, now: Now, told: ArticleText, says: str
) -> None:
    now("2026-03-02 10:00:00")
    with pytest.raises(Refused, match=says):
        write_article(LEASE, told, by=seat("engineer"))
    assert not Article.objects.exists()


# ── who sees it ──


def test_the_other_side_sees_what_is_published_and_shared_and_nothing_else(
    seat: TakeSeat, second: Seat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    row, buyer, clerk = published(seat, second), seat("buyer"), seat("using_department")
    assert knowledge.article(buyer, row.pk) is None
    with pytest.raises(Article.DoesNotExist):
        share_article(LEASE, row.pk, shared=True, by=buyer)
    with pytest.raises(Refused):
        share_article(LEASE, row.pk, shared=True, by=second)

    share_article(LEASE, row.pk, shared=True, by=seat("supplier_manager"))
    revise_article(
        LEASE, row.pk, ArticleText("草稿", "未定", steps=["一"], why="试"), seen=1, by=second
    )

    for one in (buyer, clerk, seat("auditor")):
        found = knowledge.article(one, row.pk)
        assert found is not None
        assert [v.number for v in knowledge.versions(one, found)] == [1]
    with pytest.raises(Refused, match="对方的知识"):
        retire_article(LEASE, row.pk, said="不要", by=buyer)
    assert knowledge.article(seat("engineer", CLOUD), row.pk) is None
    assert knowledge.article(seat("key_manager", CLOUD), row.pk) is None


def test_pages_say_of_what_one_may_not_see_what_they_say_of_nothing(
    seat: TakeSeat, second: Seat, now: Now, browse: Browse
) -> None:
    now("2026-03-02 10:00:00")
    row = published(seat, second)
    buyer, engineer = browse("buyer"), browse("engineer")
    page = f"/contracts/{LEASE}/knowledge/"

    assert buyer.get(f"{page}{row.pk}/").status_code == 404
    assert buyer.post(f"{page}{row.pk}/retire/", {"said": "x"}).status_code == 404
    assert "终端连不上无线网" not in text(buyer.get(page))
    assert "终端连不上无线网" in text(engineer.get(f"{page}?q=地址池"))
    assert "没有找到" in text(engineer.get(f"{page}?q=不存在的词"))
    assert "ZS-" in engineer.get(f"{page}?format=csv").content.decode("utf-8-sig")
    refused = engineer.post(f"{page}new/", {"title": "题", "symptom": "写了现象"})
    assert refused.status_code == 409
    assert "写了现象" in text(refused)
    form = {"title": "新的一条", "symptom": "现象", "steps": "一\n二", "kinds": ["incident"]}
    assert "新的一条" in text(engineer.post(f"{page}new/", form, follow=True))


# ── following ──


def test_an_article_becomes_a_list_on_a_ticket(
    seat: TakeSeat, second: Seat, now: Now, browse: Browse
) -> None:
    now("2026-03-02 10:00:00")
    row = published(seat, second)
    ticket = open_ticket(LEASE, NewTicket("incident", "连不上"), by=seat("buyer"))
    engineer = browse("engineer")

    engineer.post(f"/contracts/{LEASE}/knowledge/{row.pk}/follow/", {"ticket": ticket.name})

    (found,) = checklists(events_of(ticket))
    assert found.article == row.pk
    assert [one.is_test for one in found.items] == [False, False, False, True]
    retire_article(LEASE, row.pk, said="换了设备", by=second)
    with pytest.raises(Refused, match="已停用"):
        follow_article(LEASE, ticket.number, row.pk, by=second)


# ── what is alike, and the search ──


def ticket(by: Seat, title: str, **more: Any) -> Ticket:
    return open_ticket(by.contract_id, NewTicket("incident", title, **more), by=by)


def test_what_is_like_the_words_is_found_and_what_is_not_is_not(
    seat: TakeSeat, second: Seat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    buyer, engineer = seat("buyer"), seat("engineer")
    published(seat, second)
    near = ticket(buyer, "三楼会议室的终端连不上无线网络")
    ticket(buyer, "打印机卡纸")
    make_mark(
        LEASE,
        near.number,
        Entry("diagnose", said="地址池用尽", data={"cause": "network"}),
        by=engineer,
    )
    catch_up([LEASE])

    found = similar(person(engineer), engineer, "五楼终端连不上无线网")

    assert [one.ticket.title for one in found.tickets] == [near.title]
    assert found.tickets[0].solved == "地址池用尽"
    assert [one.article.title for one in found.articles] == [CARD.title]
    assert not similar(person(engineer), engineer, "x")
    assert not similar(person(engineer), engineer, "咖啡机没有豆子了")
    assert not similar(person(engineer), engineer, near.title, near.number).tickets


def test_a_department_finds_its_own_tickets_and_no_others(
    seat: TakeSeat, second: Seat, now: Now
) -> None:
    """SYS-02: the index keeps for departments what the queue keeps for them."""
    now("2026-03-02 10:00:00")
    clerk = seat("using_department")
    belongs(clerk.username, "信息处")
    own = ticket(clerk, "投影仪没有声音")
    ours = ticket(seat("buyer"), "投影仪没有图像", department="信息处")
    ticket(seat("buyer"), "投影仪颜色不对")
    catch_up([LEASE])

    for words in ("投影仪", "投影"):
        hits = find(person(clerk), Asked(words, EntryKind.TICKET)).groups[0].hits
        assert {int(one.key) for one in hits} == {own.number, ours.number}
        everyone = find(person(second), Asked(words, EntryKind.TICKET)).groups[0].hits
        assert len(everyone) == 3
    found = similar(person(clerk), clerk, "投影仪没有信号")
    assert {one.ticket.number for one in found.tickets} == {own.number, ours.number}
    assert not find(person(seat("key_manager", CLOUD)), Asked("投影仪")).number


def test_an_order_of_a_department_is_found_by_the_supplier_only_when_it_is_approved(
    seat: TakeSeat, second: Seat, now: Now
) -> None:
    """0:7.2.20: what the buyer has not approved is not the supplier's to see, not even in a search."""
    now("2026-03-02 10:00:00")
    clerk, buyer = seat("using_department"), seat("buyer")
    new = NewTicket("instruction", "加装摄像头", values={"giver": "某处室"})
    order = open_ticket(LEASE, new, by=clerk)
    catch_up([LEASE])
    assert not find(person(second), Asked("加装摄像头", EntryKind.TICKET)).number
    assert find(person(buyer), Asked("加装摄像头", EntryKind.TICKET)).number == 1

    now("2026-03-02 10:05:00")
    approval = StepTaken("approve", papers={"批准文书": "批〔1〕"})
    take_step(LEASE, order.number, approval, by=buyer)
    catch_up([LEASE])
    assert find(person(second), Asked("加装摄像头", EntryKind.TICKET)).number == 1


def test_notes_of_one_side_and_numbers_of_people_are_not_in_the_index(
    seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    made = ticket(seat("buyer"), "登录失败", body="请回电 13900001111", caller="张某某")
    note = Entry("note", said="疑似内鬼作案", audience=Audience.SUPPLIER)
    make_mark(LEASE, made.number, note, by=seat("engineer"))
    catch_up([LEASE])

    (entry,) = IndexEntry.objects.filter(kind=EntryKind.TICKET)
    for secret in ("内鬼", "13900001111", "张某某"):
        assert secret not in f"{entry.title}{entry.text}"


def test_what_changes_is_brought_in_again_and_what_is_retired_leaves(
    seat: TakeSeat, second: Seat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    row, made = published(seat, second), ticket(seat("buyer"), "登录失败")
    catch_up([LEASE])
    now("2026-03-02 11:00:00")
    make_mark(LEASE, made.number, Entry("note", said="证书过期了"), by=second)
    retire_article(LEASE, row.pk, said="过时", by=second)
    catch_up([LEASE])

    assert find(person(second), Asked("证书过期", EntryKind.TICKET)).number == 1
    assert not IndexEntry.objects.filter(kind=EntryKind.ARTICLE).exists()
    assert IndexEntry.objects.filter(kind=EntryKind.TICKET).count() == 1


def test_without_a_script_the_form_finds_the_same_and_opens_nothing(
    seat: TakeSeat, now: Now, browse: Browse
) -> None:
    now("2026-03-02 10:00:00")
    near = ticket(seat("using_department"), "会议室终端连不上无线网络")
    clerk, page = browse("using_department"), f"/contracts/{LEASE}/tickets/"

    told = clerk.post(f"{page}new/", {"title": "终端连不上无线网", "body": "急", "find": "1"})
    piece = clerk.get(f"{page}similar/", {"q": "终端连不上无线网"})

    assert near.name in text(told)
    assert 'value="终端连不上无线网"' in text(told)
    assert near.name in text(piece)
    assert "<html" not in text(piece)
    assert Ticket.objects.count() == 1
    assert browse("auditor").get(f"{page}similar/", {"q": "终端"}).status_code == 403


def test_it_asks_no_more_of_many_tickets_than_of_few(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    buyer = seat("buyer")
    ticket(buyer, "终端连不上无线网络")
    catch_up([LEASE])

    def reads() -> int:
        with CaptureQueriesContext(connection) as asked_for:
            assert similar(person(buyer), buyer, "终端连不上无线网").tickets
        return len(asked_for)

    few = reads()
    some = [
        Ticket(
            contract_id=LEASE,
            number=100 + at,
            kind="incident",
            state="opened",
            title=f"终端连不上无线网络 {at}",
            opened_at=clock.now(),
            changed_at=clock.now(),
        )
        for at in range(200)
    ]
    Ticket.objects.bulk_create(some)
    now("2026-03-02 10:05:00")
    ticket(buyer, "别的")
    catch_up([LEASE])

    assert IndexEntry.objects.filter(kind=EntryKind.TICKET).count() == 202
    assert reads() <= few + 2
