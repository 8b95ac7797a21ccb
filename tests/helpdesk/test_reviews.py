"""重大故障复盘: which tickets need one, what one is made of, and what becomes of what it calls for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import override_settings

from lvyue.accounts.permissions import Seat
from lvyue.core.doubts import Refused
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.reviewing import Improvement, ReviewText, write_review
from lvyue.helpdesk.actions.stepping import StepTaken, make_mark, take_step
from lvyue.helpdesk.actions.writing import Entry
from lvyue.helpdesk.choices import Audience
from lvyue.helpdesk.models import MajorReview, Ticket
from lvyue.helpdesk.queries.reviews import due, timeline
from lvyue.helpdesk.queries.tickets import events_of
from tests.helpdesk.conftest import LEASE, Browse, TakeSeat

Now = Callable[[str], None]

TOLD = ReviewText("双方项目负责人", "磁盘阵列掉盘后没有告警", "两小时之后才有人发现", "切换很快")


@pytest.fixture(autouse=True)
def _files_elsewhere(tmp_path: Any) -> Any:
    with override_settings(HOME=tmp_path):
        yield


def restored(seat: TakeSeat, now: Now, level: str = "重大") -> Ticket:
    now("2026-03-02 10:00:00")
    ticket = open_ticket(LEASE, NewTicket("incident", "门户全停", level=level), by=seat("buyer"))
    now("2026-03-02 10:02:00")
    take_step(LEASE, ticket.number, StepTaken("answer"), by=seat("engineer"))
    now("2026-03-02 12:00:00")
    done = StepTaken("restore", papers={"修后测试": "打开十次都成功"})
    take_step(LEASE, ticket.number, done, by=seat("engineer"))
    ticket.refresh_from_db()
    return ticket


def improvement(whose: Seat, /, **more: Any) -> Improvement:
    told: dict[str, Any] = {
        "what": "给阵列加掉盘告警",
        "kind": "change",
        "owner": whose.username,
        "due": date(2026, 3, 20),
    }
    return Improvement(**(told | more))


def test_a_major_fault_waits_for_its_review_and_a_small_one_does_not(
    seat: TakeSeat, now: Now
) -> None:
    small, engineer = restored(seat, now, "三级"), seat("engineer")
    assert not due(engineer)
    major = restored(seat, now)

    assert [one.number for one in due(engineer)] == [major.number]
    write_review(LEASE, major.number, TOLD, [improvement(engineer)], by=engineer)

    assert not due(engineer)
    write_review(LEASE, small.number, TOLD, [improvement(engineer)], by=engineer)


def test_what_a_review_calls_for_becomes_tickets_in_their_owners_hands(
    seat: TakeSeat, now: Now
) -> None:
    ticket, engineer = restored(seat, now), seat("engineer")
    some = [
        improvement(engineer),
        improvement(engineer, kind="problem", what="为什么没有告警"),
        improvement(engineer, kind="work_order", what="换下坏盘", place="机房"),
    ]

    row = write_review(LEASE, ticket.number, TOLD, some, by=engineer)

    made = [one.ticket for one in row.actions.all()]
    assert [one.kind for one in made] == ["change", "problem", "work_order"]
    assert {one.parent_id for one in made} == {ticket.pk}
    assert {one.assignee for one in made} == {engineer.username}
    assert "2026-03-20 之前办完" in events_of(made[0]).get(name="plan").said
    assert events_of(ticket).filter(name="review").count() == 1


@pytest.mark.parametrize(
    ("told", "more", "says"),
    [
        (ReviewText("", "根因", "慢"), {}, "参加人"),
        (ReviewText("双方", " ", "慢"), {}, "根因"),
        (ReviewText("双方", "根因", ""), {}, "做得不好的"),
        (TOLD, {"what": " "}, "没有写做什么"),
        (TOLD, {"kind": "letter"}, "不能作为"),
        (TOLD, {"due": None}, "没有日期"),
        (TOLD, {"due": date(2026, 3, 1)}, "已经过去"),
        (TOLD, {"kind": "work_order"}, "派工单没有地点"),
        (TOLD, {"owner": "niemand"}, "没有“niemand”这个账号"),
    ],
)
def test_half_a_review_is_none(
    seat: TakeSeat, now: Now, told: ReviewText, more: dict[str, Any], says: str
) -> None:
    ticket, engineer = restored(seat, now), seat("engineer")
    before = Ticket.objects.count()

    with pytest.raises(Refused, match=says):
        write_review(LEASE, ticket.number, told, [improvement(engineer, **more)], by=engineer)

    assert Ticket.objects.count() == before
    assert not MajorReview.objects.exists()


def test_none_before_the_end_none_without_a_measure_and_none_twice(
    seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    engineer = seat("engineer")
    running = open_ticket(LEASE, NewTicket("incident", "还停着", level="重大"), by=seat("buyer"))
    with pytest.raises(Refused, match="恢复或办完之后"):
        write_review(LEASE, running.number, TOLD, [improvement(engineer)], by=engineer)
    ticket = restored(seat, now)
    with pytest.raises(Refused, match="至少列一条"):
        write_review(LEASE, ticket.number, TOLD, [], by=engineer)
    with pytest.raises(Refused):
        write_review(LEASE, ticket.number, TOLD, [improvement(engineer)], by=seat("buyer"))
    write_review(LEASE, ticket.number, TOLD, [improvement(engineer)], by=engineer)
    with pytest.raises(Refused, match="已经复盘过"):
        write_review(LEASE, ticket.number, TOLD, [improvement(engineer)], by=engineer)


def test_the_timeline_is_in_the_order_of_moments_and_keeps_the_notes_of_a_side_to_itself(
    seat: TakeSeat, now: Now
) -> None:
    ticket, engineer, buyer = restored(seat, now), seat("engineer"), seat("buyer")
    own = Entry("test", said="只给乙方看的测试", audience=Audience.SUPPLIER)
    make_mark(LEASE, ticket.number, own, by=engineer)
    history = list(events_of(ticket))

    ours, theirs = timeline(ticket, engineer, history), timeline(ticket, buyer, history)

    assert [one.zh for one in theirs] == ["受理", "由人响应", "恢复"]
    assert [one.after for one in theirs] == [0, 120, 7080]
    assert len(ours) == len(theirs) + 1


def test_the_pages_show_what_is_due_and_lose_nothing_that_was_typed(
    seat: TakeSeat, now: Now, browse: Browse
) -> None:
    ticket = restored(seat, now)
    engineer, buyer = browse("engineer"), browse("buyer")
    queue = f"/contracts/{LEASE}/tickets/"
    page = f"{queue}{ticket.number}/review/"
    assert "复盘 1" in engineer.get(queue).content.decode()
    form = {
        "present": "双方",
        "cause": "掉盘没有告警",
        "badly": "发现晚",
        "what-0": "加告警",
        "kind-0": "change",
        "owner-0": seat("engineer").username,
        "due-0": "昨天",
    }

    wrong = engineer.post(page, form)
    assert wrong.status_code == 409
    assert "掉盘没有告警" in wrong.content.decode()
    assert buyer.post(page, form | {"due-0": "2026-03-20"}).status_code == 409
    engineer.post(page, form | {"due-0": "2026-03-20"})

    told = buyer.get(page).content.decode()
    assert "加告警" in told
    listed = buyer.get(f"{queue}reviews/?format=csv").content.decode("utf-8-sig")
    assert "加告警" in listed
    clerk = browse("using_department")
    assert clerk.get(page).status_code == 404
    assert "门户全停" not in clerk.get(f"{queue}reviews/").content.decode()
