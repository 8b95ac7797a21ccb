"""提醒: remind before, escalate after (OBL-10): once, in the contract's calendar, to whom it concerns and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from lvyue import clock
from lvyue.accounts.actions import appoint, create_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import AuditEntry
from lvyue.accounts.queries import Account, seat_of
from lvyue.contracts.actions import register_release
from lvyue.core.calendar import SHANGHAI, Span, Unit
from lvyue.core.doubts import Refused
from lvyue.core.proof import canonical
from lvyue.core.reminding import Offsets, Policy, Rhythm
from lvyue.evidence.actions import import_facts, open_log
from lvyue.library import loader
from lvyue.library.changes import SetTerm, Supplement, amended
from lvyue.notices.models import Message
from lvyue.obligations.actions import reminding
from lvyue.obligations.actions.recording import Denied
from lvyue.obligations.actions.refreshing import refresh
from lvyue.obligations.actions.reminding import pause, remind, resume, set_policy
from lvyue.obligations.choices import About, EntryState
from lvyue.obligations.models import DueEntry, ReminderSent
from lvyue.obligations.reminders import (
    OffsetsInWords,
    in_words,
    packed_policy,
    policy_from_words,
    policy_of,
)
from tests.conftest import Person

SECURITY = "security-support-2026"
CLOUD = "cloud-lease-2025"
GOVERNMENT = "government-cloud-2026"

PAY = "first-payment"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(at("2026-02-09 15:00"), tick=False):
        yield


def registered(contract_id: str) -> None:
    """A contract of the library, really performed, with an empty log."""
    body = loader.text_of(contract_id)
    release = loader.load(contract_id)
    register_release(
        contract_id, release.title, body, release.digest, by="测试", demonstration=False
    )
    open_log(contract_id, by="测试")


def happened(contract_id: str, kind: str, when: str, subject: str = "", **data: Any) -> None:
    """A fact comes into the log past every action that would judge the contract anew."""
    line = {"id": f"{kind}-{when}-{len(data)}", "kind": kind, "at": when, "data": data}
    if subject:
        line["subject"] = subject
    text = json.dumps(line, ensure_ascii=False).encode()
    import_facts(contract_id, [text + b"\n"], by="测试", source="test.jsonl")


def told(person: Account) -> list[str]:
    """The subjects in somebody's inbox, oldest first, up to the colon."""
    found = Message.objects.filter(account=person, topic__in=("reminder", "escalation"))
    return [
        one.subject.partition("：")[0]
        for one in found.order_by("id")
        if "无法判定" not in one.subject
    ]


def colleague(name: str, role: ContractRole, contract_id: str = SECURITY) -> Account:
    """One more person on a contract, appointed after those that are there."""
    found = create_account(name, f"测试{name}", "a-long-test-password", by="测试")
    appoint(found, contract_id, role, by="测试")
    return found


class Cast:
    """Everybody on the contract, by what they are."""

    def __init__(self, person: Person, contract_id: str) -> None:
        self.buyer = person("buyer", contract_id)
        self.department = person("using_department", contract_id)
        self.manager = person("supplier_manager", contract_id)
        self.engineer = person("engineer", contract_id)
        self.auditor = person("auditor", contract_id)
        self.second = colleague("second-buyer", ContractRole.BUYER, contract_id)

    def inboxes(self) -> dict[str, list[str]]:
        return {name: told(one) for name, one in vars(self).items() if told(one)}


@pytest.fixture
def paying(person: Person) -> Cast:
    """首付款的钟在走: the contract is effective, and the invoice of the first 70 % came in on 9 February 2026."""
    registered(SECURITY)
    cast = Cast(person, SECURITY)
    happened(SECURITY, "contract.effective", "2026-02-09", paper="测试-合同")
    share = loader.load(SECURITY).price.fen * 7 // 10
    happened(SECURITY, "invoice.received", "2026-02-09", instalment=1, amount_fen=share)
    refresh(SECURITY)
    DueEntry.objects.exclude(term=PAY).delete()
    return cast


def ran_at(moment: str) -> int:
    """What a run at a moment tells."""
    with time_machine.travel(at(moment), tick=False):
        return len(remind().sent)


# ── the first payment ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_payer_is_told_when_three_working_days_remain_and_the_supplier_when_it_is_past(
    paying: Cast,
) -> None:
    """OBL-10：剩 3 个工作日提醒付款人，最后一天再提醒，逾期告知甲方负责人并让乙方知道，3 个工作日后升级第二人。"""
    assert ran_at("2026-02-25 08:59") == 0
    assert ran_at("2026-02-25 09:00") == 1
    assert paying.inboxes() == {
        "buyer": ["还有 3 个工作日到期"],
        "second": ["还有 3 个工作日到期"],
    }

    ran_at("2026-02-28 09:00")  # a Saturday on which one works
    assert ran_at("2026-03-01 12:00") == 0  # a Sunday
    ran_at("2026-03-02 09:00")
    ran_at("2026-03-04 09:00")

    assert paying.inboxes() == {
        "buyer": ["还有 3 个工作日到期", "今天是最后一天", "到期未办", "逾期升级，已过 3 个工作日"],
        "second": ["还有 3 个工作日到期", "今天是最后一天", "逾期升级，已过 3 个工作日"],
        "manager": ["对方到期未办"],
    }
    assert {one.topic for one in Message.objects.filter(account=paying.manager)} == {"escalation"}
    assert ran_at("2026-06-01 09:00") == 0


def test_what_is_paid_is_not_reminded_of_even_before_anything_was_judged_anew(
    paying: Cast,
) -> None:
    """付了款就不再提醒：事实登记之后、快照更新之前，也不会发出错的提醒。"""
    ran_at("2026-02-25 09:00")
    share = loader.load(SECURITY).price.fen * 7 // 10
    happened(SECURITY, "payment.made", "2026-02-26", instalment=1, amount_fen=share)

    with time_machine.travel(at("2026-03-02 09:00"), tick=False):
        remind()

    assert paying.inboxes() == {
        "buyer": ["还有 3 个工作日到期"],
        "second": ["还有 3 个工作日到期"],
    }
    assert DueEntry.objects.get(term=PAY).state == EntryState.DONE


def test_a_run_that_comes_twice_tells_once(paying: Cast) -> None:
    first, again = ran_at("2026-02-25 09:00"), ran_at("2026-02-25 09:00")
    DueEntry.objects.update(next_at=at("2026-02-25 09:00"))  # as after a run that was killed

    assert (first, again, ran_at("2026-02-25 09:02")) == (1, 0, 0)
    assert len(told(paying.buyer)) == 1


def test_a_run_that_dies_between_two_people_has_told_nobody(
    paying: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """被中途杀掉：要么登记了也告知了，要么什么都没有发生，下一次补上。"""

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(reminding, "tell", killed)
        with pytest.raises(KeyboardInterrupt):
            ran_at("2026-02-25 09:00")

    assert not ReminderSent.objects.exists()
    assert ran_at("2026-02-25 09:04") == 1
    assert told(paying.buyer) == ["还有 3 个工作日到期"]


def test_a_machine_that_was_off_tells_the_strongest_step_only(paying: Cast) -> None:
    """停机数日：每项义务只补最要紧的一步，不补五条旧的。"""
    assert ran_at("2026-03-03 10:00") == 2

    assert paying.inboxes() == {"buyer": ["到期未办"], "manager": ["对方到期未办"]}


def test_what_was_due_long_ago_is_not_told_at_all(paying: Cast) -> None:
    assert ran_at("2026-09-01 09:00") == 0
    assert paying.inboxes() == {}


def test_a_dry_run_says_and_writes_nothing(paying: Cast) -> None:
    run = remind(at("2026-02-25 09:00"), dry=True)

    assert [one.told.subject.partition("：")[0] for one in run.sent] == ["还有 3 个工作日到期"]
    assert not ReminderSent.objects.exists()
    assert paying.inboxes() == {}


# ── dates that move ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_date_that_moves_is_told_once_with_the_reason(paying: Cast) -> None:
    """补充协议把 10 个工作日改为 15 个：旧提醒作废，新日期告知一次，说明原因，然后按新日期提醒。"""
    ran_at("2026-02-25 09:00")
    raw = loader.read_folder(loader.HERE / SECURITY)
    longer = (SetTerm(PAY, "within", "15 working-days"),)
    found = amended(raw, Supplement("补充协议", "", date(2026, 2, 9), longer))
    assert isinstance(found, dict)
    with time_machine.travel(at("2026-02-26 10:00"), tick=False):
        register_release(
            SECURITY,
            "安全保障",
            canonical(found).decode(),
            loader.digest_of(found),
            by="测试",
            demonstration=False,
            effective_from=date(2026, 2, 9),
        )
        refresh(SECURITY)
        DueEntry.objects.exclude(term=PAY).delete()
        remind()

    entry = DueEntry.objects.get(term=PAY)
    moved = Message.objects.filter(account=paying.buyer).order_by("id").last()
    assert (entry.due, entry.moves, entry.sequence) == (date(2026, 3, 6), 1, 1)
    assert told(paying.buyer)[-1] == "期限由 2026-02-28 改为 2026-03-06"
    assert moved is not None
    assert "因为合同第 2 版生效" in moved.body
    assert ran_at("2026-02-28 09:00") == 0
    assert ran_at("2026-03-03 09:00") == 1


# ── one hour, by night ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_one_hour_notice_is_told_by_the_minute_and_by_night(person: Person) -> None:
    """S4：断网后 1 小时内以邮件和短信通知；夜里 23:10 断网，30、45、60 分钟提醒，两小时升级。"""
    registered(CLOUD)
    cast = Cast(person, CLOUD)
    happened(CLOUD, "system.disconnected", "2025-10-01T23:10:00+08:00", "测试系统")
    with time_machine.travel(at("2025-10-01 23:12"), tick=False):
        refresh(CLOUD)
    DueEntry.objects.exclude(term="notice-disconnection").delete()

    assert ran_at("2025-10-01 23:39") == 0
    assert [ran_at(f"2025-10-{when}") for when in ("01 23:40", "01 23:55", "02 00:10")] == [1, 1, 2]
    assert told(cast.manager) == ["还有 30 分到期", "还有 15 分到期", "到期未办"]
    assert told(cast.buyer) == ["对方到期未办"]
    assert Message.objects.filter(account=cast.manager, urgent=True).count() == 3


# ── whom it does not concern ─────────────────────────────────────────────────────────────────────────────────────


def test_the_auditor_and_the_department_are_not_told_what_is_not_theirs(paying: Cast) -> None:
    ran_at("2026-02-25 09:00")
    ran_at("2026-03-04 09:00")

    assert told(paying.auditor) == told(paying.department) == told(paying.engineer) == []


@pytest.mark.django_db
def test_nobody_to_tell_stays_on_record() -> None:
    """没有任何人任职时，记下“应该提醒而没有人”，不是悄悄漏掉。"""
    registered(SECURITY)
    happened(SECURITY, "contract.effective", "2026-02-09", paper="测试-合同")
    share = loader.load(SECURITY).price.fen * 7 // 10
    happened(SECURITY, "invoice.received", "2026-02-09", instalment=1, amount_fen=share)
    refresh(SECURITY)
    DueEntry.objects.exclude(term=PAY).delete()

    ran_at("2026-02-25 09:00")

    assert [one.people for one in ReminderSent.objects.all()] == [[]]


# ── doubts, and the end of a year ────────────────────────────────────────────────────────────────────────────────


def test_what_runs_without_a_number_is_told_as_a_doubt_and_not_as_a_date(person: Person) -> None:
    """REG-13：没有数字的时限只计时、提醒，不判违约：一封说疑义的提醒给双方负责人，没有到期日。"""
    registered(GOVERNMENT)
    cast = Cast(person, GOVERNMENT)
    happened(GOVERNMENT, "contract.effective", "2026-02-03", paper="测试-合同")
    when = "2026-02-11T10:00:00+08:00"
    happened(GOVERNMENT, "ticket.opened", when, "测试故障", **{"class": "incident"})
    with time_machine.travel(at("2026-02-12 08:00"), tick=False):
        refresh(GOVERNMENT)
    DueEntry.objects.exclude(about=About.DOUBT).delete()

    ran_at("2026-02-12 09:00")

    for lead in (cast.buyer, cast.manager):
        message = Message.objects.get(account=lead)
        assert message.subject.startswith("无法判定：")
        assert "只计时、只提醒，不判违约" in message.body
        assert "最迟" not in message.body
    assert not Message.objects.exclude(account__in=(cast.buyer, cast.manager, cast.second)).exists()


def test_sixty_days_before_the_end_of_a_yearly_contract_both_are_told_to_sign_the_next(
    person: Person,
) -> None:
    """REG-09：一次采购管两年、一年一签，期满前 60 天还没有第二年的合同：提醒另签，服务不自动延长。"""
    registered(GOVERNMENT)
    cast = Cast(person, GOVERNMENT)
    happened(GOVERNMENT, "contract.effective", "2026-02-03", paper="测试-合同")
    refresh(GOVERNMENT)
    DueEntry.objects.exclude(about=About.RENEWAL).delete()

    assert ran_at("2026-12-03 09:00") == 0
    with time_machine.travel(at("2026-12-04 09:00"), tick=False):
        refresh(GOVERNMENT)
        DueEntry.objects.exclude(about=About.RENEWAL).delete()
        remind()

    assert (
        told(cast.buyer) == told(cast.manager) == ["合同 2027-02-03 期满，还没有登记另签（暂定）"]
    )
    assert "服务不自动延长" in Message.objects.filter(account=cast.manager).get().body

    happened(GOVERNMENT, "event.occurred", "2026-12-20", event="second-year-contract-signed")
    with time_machine.travel(at("2027-01-04 09:00"), tick=False):
        remind()
    assert len(told(cast.buyer)) == 1


# ── what people set ──────────────────────────────────────────────────────────────────────────────────────────────


def test_each_side_sets_its_own_and_nobody_elses(paying: Cast) -> None:
    """提前量是参数：甲方改成 5 个工作日前的 8 点，指定第二人；乙方的不受影响。"""
    offsets = {Rhythm.LONG: Offsets((Span(5, Unit.WORKING_DAYS),), (Span(1, Unit.WORKING_DAYS),))}
    seat = seat_of(paying.buyer, SECURITY)
    set_policy(seat, Policy(offsets=offsets, hour=8), paying.department, by=paying.buyer)

    assert (
        ran_at("2026-02-14 08:00") == 1
    )  # a working Saturday: the festival lies between it and the other four
    assert ran_at("2026-02-25 09:00") == 0
    ran_at("2026-03-02 08:00")

    assert told(paying.department) == ["逾期升级，已过 1 个工作日"]
    assert AuditEntry.objects.filter(act="reminders.set").count() == 1


def test_who_does_not_lead_a_side_sets_nothing(paying: Cast) -> None:
    for who in (paying.engineer, paying.auditor, paying.department):
        with pytest.raises(Denied):
            set_policy(seat_of(who, SECURITY), Policy(), by=who)
    with pytest.raises(Refused, match="任职于本方"):
        set_policy(seat_of(paying.buyer, SECURITY), Policy(), paying.manager, by=paying.buyer)


def test_who_asks_not_to_be_reminded_still_hears_what_escalates(paying: Cast) -> None:
    """停止提醒只对本人、只对到期前；逾期照样告知，理由留痕，可以恢复。"""
    seat = seat_of(paying.buyer, SECURITY)
    stopped = pause(seat, PAY, None, "由同事办理", by=paying.buyer)

    ran_at("2026-02-25 09:00")
    ran_at("2026-03-02 09:00")

    assert told(paying.buyer) == ["到期未办"]
    assert told(paying.second) == ["还有 3 个工作日到期"]
    assert AuditEntry.objects.get(act="reminders.paused").reason == "由同事办理"
    assert resume(seat_of(paying.manager, SECURITY), stopped.pk, by=paying.manager) is False
    assert resume(seat, stopped.pk, by=paying.buyer) is True
    assert resume(seat, stopped.pk, by=paying.buyer) is False


@pytest.mark.parametrize(
    ("term", "days", "reason"),
    [(PAY, None, ""), (PAY, None, "字" * 5000), (PAY, -1, "昨天"), ("forged-term", None, "🙂")],
)
def test_a_pause_without_reason_or_sense_is_refused(
    paying: Cast, term: str, days: int | None, reason: str
) -> None:
    until = None if days is None else clock.now() + timedelta(days=days)

    with pytest.raises(Refused):
        pause(seat_of(paying.buyer, SECURITY), term, until, reason, by=paying.buyer)


def test_parameters_in_words_and_as_rows_are_the_same() -> None:
    usual = Policy()

    read = policy_from_words(in_words(usual), usual.hour, working_days_only=True)

    assert policy_of(packed_policy(read)) == read
    assert in_words(read) == in_words(usual)


def test_every_field_that_is_not_understood_is_named() -> None:
    words = {rhythm: OffsetsInWords("三天", "一半") for rhythm in Rhythm}

    with pytest.raises(Refused) as refused:
        policy_from_words(words, 24, working_days_only=True)

    places = {doubt.places[0] for doubt in refused.value.doubts}
    assert {f"{rhythm.zh}：提前" for rhythm in Rhythm} <= places
    assert "几点" in places


def test_the_number_of_questions_does_not_grow_with_what_is_not_due(
    paying: Cast,  # noqa: ARG001  one clock runs
    django_assert_max_num_queries: Any,
) -> None:
    """十万行里只看到了时刻的：没有到时刻的条目不花查询。"""
    ran_at("2026-02-10 09:00")
    one = DueEntry.objects.get(term=PAY)
    for number in range(100):
        one.pk, one.occurrence = None, str(number)
        one.save(force_insert=True)

    with time_machine.travel(at("2026-02-10 09:10"), tick=False), django_assert_max_num_queries(6):
        assert remind().looked_at == 0
