"""Latent defects (SD-07): the buyer knows at once, and both sides keep one list of what prevents the fault."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from lvyue.accounts.queries import account
from lvyue.core.doubts import Refused
from lvyue.core.facts import Fact
from lvyue.core.obligation import Verdict
from lvyue.evidence.facts import fact_of
from lvyue.evidence.queries import entries
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.spreading import spread
from lvyue.helpdesk.actions.stepping import StepTaken, take_step
from lvyue.helpdesk.models import Ticket
from lvyue.helpdesk.queries.prevention import preventions
from tests.helpdesk.conftest import CLOUD, DIGITAL, SECURITY, TakeSeat
from tests.helpdesk.test_telling import heard
from tests.helpdesk.test_tickets import faces, verdicts

Now = Callable[[str], None]

TOLD = {"联系方式": "电话", "联系了谁": "甲方项目负责人"}
AGREED = {"防范措施": "本周内换下老化的风扇", "甲方配合": "开放机房两小时"}

#: Under which name a contract carries the duty to tell, and what it counts a notice by, empty where it counts none.
DUTIES = [
    (SECURITY, "defect-contact", ""),
    (DIGITAL, "latent-defect-notice", "latent-defect"),
    (CLOUD, "latent-defect-notice", "潜在缺陷"),
]


def defect(seat: TakeSeat, contract_id: str = SECURITY) -> Ticket:
    new = NewTicket("defect", "服务器风扇异响", values={"place": "一号机房"})
    return open_ticket(contract_id, new, by=seat("engineer", contract_id))


def on_record(contract_id: str, subject: str) -> list[Fact]:
    rows = entries(contract_id).filter(subject=subject)
    return [fact_of(contract_id, row.index, bytes(row.raw)) for row in rows]


def test_sd_07_a_defect_found_in_an_inspection_is_told_and_listed_when_it_is_saved(
    seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    buyer = seat("buyer", SECURITY)
    ticket = defect(seat)
    spread()

    assert heard(buyer) == [f"{ticket.name} 新的潜在缺陷：服务器风扇异响"]
    (one,) = preventions(buyer)
    assert (one.name, one.state_zh, one.measure, one.told_at) == (ticket.name, "已发现", "", None)
    (row,) = entries(SECURITY).filter(subject=ticket.name)
    assert row.kind == "event.occurred"


@pytest.mark.parametrize(("contract_id", "contact", "about"), DUTIES)
def test_the_duties_of_three_contracts_are_performed_by_the_steps(
    seat: TakeSeat, now: Now, contract_id: str, contact: str, about: str
) -> None:
    """Told by telephone at eleven, agreed, put in place, confirmed: no time is named, so it is shown and never breached."""
    engineer, buyer = seat("engineer", contract_id), seat("buyer", contract_id)
    now("2026-03-02 10:00:00")
    ticket = defect(seat, contract_id)
    now("2026-03-02 11:00:00")
    take_step(contract_id, ticket.number, StepTaken("tell", papers=TOLD), by=engineer)
    reading = faces(ticket)[contact].reading
    assert (reading.verdict, reading.counted) == (Verdict.NOT_DECIDABLE, timedelta(hours=1))
    assert reading.stopped is not None

    take_step(contract_id, ticket.number, StepTaken("agree", papers=AGREED), by=buyer)
    done = StepTaken("restore", papers={"落实证明": "更换记录 3 号"})
    take_step(contract_id, ticket.number, done, by=engineer)
    confirm = StepTaken("confirm", papers={"复核结果": "运行一周无异响"})
    with pytest.raises(Refused, match="甲方"):
        take_step(contract_id, ticket.number, confirm, by=engineer)
    take_step(contract_id, ticket.number, confirm, by=buyer)
    take_step(contract_id, ticket.number, StepTaken("close"), by=engineer)

    assert faces(ticket)["defect-prevention"].reading.stopped is not None
    assert Verdict.MISSED not in verdicts(contract_id, "defect-prevention", ticket.name)
    told = [(one.kind, dict(one.data)) for one in on_record(contract_id, ticket.name)]
    notice = {"about": about, "channel": "phone"} if about else {"term": contact}
    assert told == [
        ("event.occurred", {"event": "latent-defect-found"}),
        ("notice.sent" if about else "duty.performed", notice),
        ("duty.performed", {"term": "defect-prevention"}),
    ]
    (one,) = preventions(buyer)
    assert (one.measure, one.buyers_part) == (AGREED["防范措施"], AGREED["甲方配合"])
    assert one.confirmed_at is not None


def test_sd_07_bad_input_a_defect_left_in_an_inspection_remark(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket = defect(seat)

    remark = StepTaken("tell", papers={"联系方式": "巡检表备注", "联系了谁": "甲方"})
    with pytest.raises(Refused, match="写在巡检备注里不算联系"):
        take_step(SECURITY, ticket.number, remark, by=seat("engineer", SECURITY))
    with pytest.raises(Refused, match="联系方式"):
        take_step(SECURITY, ticket.number, StepTaken("tell"), by=seat("engineer", SECURITY))


def test_what_the_buyer_sends_back_is_not_done(seat: TakeSeat, now: Now) -> None:
    engineer, buyer = seat("engineer", SECURITY), seat("buyer", SECURITY)
    now("2026-03-02 10:00:00")
    ticket = defect(seat)
    for by, step in (
        (engineer, StepTaken("tell", papers=TOLD)),
        (buyer, StepTaken("agree", papers=AGREED)),
        (engineer, StepTaken("restore", papers={"落实证明": "更换记录 3 号"})),
        (buyer, StepTaken("reopen", said="风扇还在响")),
    ):
        take_step(SECURITY, ticket.number, step, by=by)

    (one,) = preventions(buyer)
    assert (one.state_zh, one.done_at, one.proof) == ("防范已商定", None, "")


def test_the_list_is_a_page_and_a_sheet_and_nobody_elses(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket = defect(seat)
    client = Client()
    at = f"/contracts/{SECURITY}/tickets/prevention/"
    buyer = account(seat("buyer", SECURITY).username)
    assert buyer is not None
    client.force_login(buyer)

    page = client.get(at).content.decode()
    sheet = client.get(at, {"format": "csv"}).content.decode("utf-8-sig")

    assert ticket.name in page
    assert "还没有商定" in page
    assert [row[0] for row in csv.reader(io.StringIO(sheet))][-1] == ticket.name
    stranger = account(seat("auditor", CLOUD).username)
    assert stranger is not None
    client.force_login(stranger)
    assert client.get(at).status_code == 404
