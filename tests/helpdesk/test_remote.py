"""Remote work: one permission for one session (SD-02), an identity check before operations (Z12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from lvyue.accounts.models import Department
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import account
from lvyue.core.doubts import Refused
from lvyue.evidence.queries import entries
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.remote import (
    KeptOut,
    RemoteRequest,
    answer_remote,
    ask_remote,
    end_expired,
    end_session,
    log_commands,
    open_session,
    record_breach,
    revoke_remote,
    set_owner,
)
from lvyue.helpdesk.actions.verifying import Identity, verify_identity
from lvyue.helpdesk.models import RemoteAttempt, RemoteCommand, RemotePermission, Ticket
from lvyue.helpdesk.queries import remote
from lvyue.helpdesk.queries.tickets import events_of
from tests.helpdesk.conftest import CLOUD, LEASE, TakeSeat, at
from tests.helpdesk.test_attribution import proof

Now = Callable[[str], None]
CHECKED = Identity("某处室联系人", "present", passed=True, operation="重启应用")


@pytest.fixture
def ticket(seat: TakeSeat, now: Now) -> Ticket:
    now("2026-03-02 10:00:00")
    return open_ticket(CLOUD, NewTicket("incident", "应用打不开"), by=seat("buyer", CLOUD))


def asked(seat: TakeSeat, ticket: Ticket, **more: object) -> RemotePermission:
    engineer = seat("engineer", CLOUD)
    told = RemoteRequest(
        engineer.username,
        "门户系统",
        "看日志，重启应用；不改配置",
        at("2026-03-02 10:00:00"),
        at("2026-03-02 12:00:00"),
    )
    return ask_remote(CLOUD, ticket.number, replace(told, **more), by=engineer)  # type: ignore[arg-type]


def opened(seat: TakeSeat, ticket: Ticket) -> RemotePermission:
    row = asked(seat, ticket)
    answer_remote(CLOUD, row.pk, agree=True, by=seat("buyer", CLOUD))
    return open_session(CLOUD, ticket.number, "门户系统", CHECKED, by=seat("engineer", CLOUD))


def marks(ticket: Ticket) -> list[str]:
    return [one.name for one in events_of(ticket)]


def test_sd_02_without_a_valid_permission_a_session_is_refused_and_on_record(
    seat: TakeSeat, ticket: Ticket
) -> None:
    """2:2.1(2): given no valid permission, when a remote session is opened, then refused."""
    engineer = seat("engineer", CLOUD)

    with pytest.raises(KeptOut, match="没有给您到“门户系统”的许可"):
        open_session(CLOUD, ticket.number, "门户系统", CHECKED, by=engineer)
    asked(seat, ticket)
    with pytest.raises(KeptOut, match="待许可"):
        open_session(CLOUD, ticket.number, "门户系统", CHECKED, by=engineer)

    assert [one.person for one in remote.attempts(engineer)] == [engineer.username] * 2
    assert marks(ticket) == ["open", "remote_denied", "remote_asked", "remote_denied"]
    with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
        RemoteAttempt.objects.all().delete()


def test_sd_02_with_permission_commands_are_recorded_and_the_session_ends_at_its_expiry(
    seat: TakeSeat, ticket: Ticket, now: Now
) -> None:
    engineer = seat("engineer", CLOUD)
    row = opened(seat, ticket)
    now("2026-03-02 11:00:00")
    told = [(at("2026-03-02 10:59:00"), "systemctl restart portal")]
    assert log_commands(CLOUD, row.pk, told, by=engineer) == 1

    now("2026-03-02 12:00:00")
    with pytest.raises(Refused, match="已经到期"):
        log_commands(CLOUD, row.pk, told, by=engineer)
    now("2026-03-02 12:07:00")
    assert end_expired() == 1
    assert end_expired() == 0

    row.refresh_from_db()
    assert (row.state, row.expired, row.ended_at) == ("ended", True, at("2026-03-02 12:00:00"))
    assert end_session(CLOUD, row.pk, result="已恢复", by=engineer).ended_at == row.ended_at
    assert marks(ticket)[-2:] == ["remote_ended", "remote_ended"]
    with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
        RemoteCommand.objects.update(text="rm")


def test_a_permission_serves_once(seat: TakeSeat, ticket: Ticket) -> None:
    engineer = seat("engineer", CLOUD)
    row = opened(seat, ticket)
    with pytest.raises(Refused, match="都没有"):
        end_session(CLOUD, row.pk, result="已恢复", by=engineer)
    end_session(
        CLOUD, row.pk, result="已恢复", recording=(proof(engineer, "录像.cast"),), by=engineer
    )

    with pytest.raises(KeptOut, match="已结束"):
        open_session(CLOUD, ticket.number, "门户系统", CHECKED, by=engineer)


def test_sd_02_bad_input_a_standing_permission(
    seat: TakeSeat, ticket: Ticket, settings: Any
) -> None:
    settings.REMOTE_HOURS = 8
    with pytest.raises(Refused, match="没有长期有效的许可"):
        asked(seat, ticket, expires=at("2026-03-02 18:00:01"))
    asked(seat, ticket, expires=at("2026-03-02 18:00:00"))


def test_sd_02_bad_input_permission_by_another_users_system_owner(
    seat: TakeSeat, ticket: Ticket
) -> None:
    buyer, department = seat("buyer", CLOUD), seat("using_department", CLOUD)
    person = account(department.username)
    assert person is not None
    of(person.username, "甲处室")
    row = asked(seat, ticket)

    with pytest.raises(Refused, match="没有登记归哪个部门"):
        answer_remote(CLOUD, row.pk, agree=True, by=department)
    set_owner(CLOUD, "门户系统", "乙处室", by=buyer)
    with pytest.raises(Refused, match="是乙处室的系统"):
        answer_remote(CLOUD, row.pk, agree=True, by=department)
    set_owner(CLOUD, "门户系统", "甲处室", by=buyer)
    assert answer_remote(CLOUD, row.pk, agree=True, by=department).state == "allowed"
    with pytest.raises(Refused, match="不能批准"):
        set_owner(CLOUD, "门户系统", "丙处室", by=department)


def of(username: str, name: str) -> None:
    """Put somebody into a department of that name."""
    from lvyue.accounts.models import Account, Organisation  # noqa: PLC0415  only here

    organisation, _ = Organisation.objects.get_or_create(pk="buyer-org", defaults={"name": "某局"})
    department, _ = Department.objects.get_or_create(organisation=organisation, name=name)
    Account.objects.filter(username=username).update(
        organisation=organisation, department=department
    )


def test_nobody_of_the_suppliers_side_allows_it(seat: TakeSeat, ticket: Ticket) -> None:
    row = asked(seat, ticket)
    for role in ("engineer", "supplier_manager", "auditor"):
        with pytest.raises(Refused, match="不能"):
            answer_remote(CLOUD, row.pk, agree=True, by=seat(role, CLOUD))


def test_a_permission_of_another_contract_is_not_there(seat: TakeSeat, ticket: Ticket) -> None:
    row = asked(seat, ticket)
    with pytest.raises(RemotePermission.DoesNotExist):
        answer_remote(LEASE, row.pk, agree=True, by=seat("buyer", LEASE))


@pytest.mark.parametrize(
    ("moment", "says"), [("2026-03-02 10:29:59", "还没有到"), ("2026-03-02 12:00:00", "已经到期")]
)
def test_it_opens_within_its_time_alone(
    seat: TakeSeat, ticket: Ticket, now: Now, moment: str, says: str
) -> None:
    row = asked(seat, ticket, begins=at("2026-03-02 10:30:00"))
    answer_remote(CLOUD, row.pk, agree=True, by=seat("buyer", CLOUD))
    now(moment)

    with pytest.raises(Refused, match=says):
        open_session(CLOUD, ticket.number, "门户系统", CHECKED, by=seat("engineer", CLOUD))


def test_whoever_gave_it_takes_it_back(seat: TakeSeat, ticket: Ticket, now: Now) -> None:
    row = opened(seat, ticket)
    now("2026-03-02 10:30:00")
    revoke_remote(CLOUD, row.pk, said="超出范围", by=seat("buyer", CLOUD))

    told = [(at("2026-03-02 10:30:00"), "ls")]
    with pytest.raises(Refused, match="没有在进行"):
        log_commands(CLOUD, row.pk, told, by=seat("engineer", CLOUD))
    row.refresh_from_db()
    assert row.ended_at == at("2026-03-02 10:30:00")


# ── breach ───────────────────────────────────────────────────────────────────────────────────────────────────────


def kept_out(seat: TakeSeat, ticket: Ticket) -> RemoteAttempt:
    with pytest.raises(KeptOut):
        open_session(CLOUD, ticket.number, "门户系统", CHECKED, by=seat("engineer", CLOUD))
    return RemoteAttempt.objects.get()


def test_a_breach_is_the_creditors_to_say(seat: TakeSeat, ticket: Ticket) -> None:
    attempt = kept_out(seat, ticket)
    before = entries(CLOUD).filter(kind="duty.breached").count()

    with pytest.raises(Refused, match="甲方项目负责人"):
        record_breach(CLOUD, attempt.pk, said="无许可登录", by=seat("supplier_manager", CLOUD))
    record_breach(CLOUD, attempt.pk, said="无许可登录", by=seat("buyer", CLOUD))

    assert entries(CLOUD).filter(kind="duty.breached").count() == before + 1


def test_a_contract_without_the_ban_has_no_breach_of_it(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    there = open_ticket(LEASE, NewTicket("incident", "打不开"), by=seat("buyer"))
    with pytest.raises(KeptOut):
        open_session(LEASE, there.number, "门户系统", CHECKED, by=seat("engineer"))
    with pytest.raises(Refused, match="没有禁止"):
        record_breach(LEASE, RemoteAttempt.objects.get().pk, said="无许可", by=seat("buyer"))


# ── Z12 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_z12_identity_is_checked_before_an_operation(seat: TakeSeat, now: Now) -> None:
    """S4 第五条/二/8: request, identity method, permission, action, result."""
    now("2026-03-02 10:00:00")
    engineer = seat("engineer")
    there = open_ticket(LEASE, NewTicket("request", "请重启主机"), by=seat("buyer"))

    checked = replace(CHECKED, note="看了工作证，本人要求")
    verify_identity(LEASE, there.number, checked, by=engineer)
    verify_identity(LEASE, there.number, replace(checked, passed=False), by=engineer)

    told = [one for one in events_of(there) if one.name == "verify"]
    assert [one.data["passed"] for one in told] == [True, False]
    assert told[0].data["method"] == "present"
    for wrong, says in (
        ({"method": "voice"}, "可选"),
        ({"whom": " "}, "核对了谁"),
        ({"operation": ""}, "要做的操作"),
        ({"note": ""}, "核实记录"),
        ({"method": "callback"}, "之前合同就登记"),
    ):
        with pytest.raises(Refused, match=says):
            verify_identity(LEASE, there.number, replace(checked, **wrong), by=engineer)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="处理工单"):
        verify_identity(LEASE, there.number, checked, by=seat("buyer"))


def test_z12_no_session_without_a_passed_check(seat: TakeSeat, ticket: Ticket) -> None:
    row = asked(seat, ticket)
    answer_remote(CLOUD, row.pk, agree=True, by=seat("buyer", CLOUD))
    engineer: Seat = seat("engineer", CLOUD)

    failed = replace(CHECKED, passed=False)
    with pytest.raises(KeptOut, match="没有通过身份核对"):
        open_session(CLOUD, ticket.number, "门户系统", failed, by=engineer)
    assert open_session(CLOUD, ticket.number, "门户系统", CHECKED, by=engineer).state == "opened"
