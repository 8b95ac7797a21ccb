#!/usr/bin/env python3
"""Write the routine of a year into src/lvyue/library/demonstration/*.jsonl, around the facts written by hand.

The facts that tell the stories are written by hand (``demo-001`` …) and stay as they are, byte for byte. Around them
this file keeps the diary that the clerks of both parties would have kept: rounds, tickets, backups, roll calls,
letters; mostly in time, now and then late, a few never. There is no clock and no chance in it: what looks like chance
is drawn from a hash of its own name, so that a new entry leaves all others alone. Run with --check to compare.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from lvyue.core.calendar import SHANGHAI
from lvyue.library.calendar_files import default_calendar

FOLDER = Path(__file__).resolve().parents[1] / "src" / "lvyue" / "library" / "demonstration"

#: Routine facts are told from those written by hand by how their ids begin.
ROUTINE = "demo-y"

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
CALENDAR = default_calendar()


# ── the diary ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Entry:
    """一条流水: a fact without its id, and the moment somebody wrote it down, which orders the log."""

    recorded: datetime
    row: Mapping[str, Any]


@dataclass(slots=True)
class Diary:
    """流水账: the routine of one contract from its first day to its last; the book is closed some days later."""

    contract: str
    first: date
    last: date
    closed: date
    entries: list[Entry] = field(default_factory=list)

    def put(
        self,
        at: date,
        kind: str,
        subject: str | None = None,
        recorded: date | None = None,
        **data: Any,
    ) -> None:
        """Note a fact, unless it would be written down after the book was closed. ``class_`` stands for ``class``."""
        written = _moment(recorded or at)
        if written.date() > self.closed:
            return
        row = {"kind": kind, "at": at.isoformat()}
        if subject is not None:
            row["subject"] = f"演示{subject}"
        paper = {"paper": f"演示文书-{data.pop('paper')}"} if "paper" in data else {}
        fields = {name.rstrip("_"): value for name, value in data.items()} | paper
        self.entries.append(Entry(written, {**row, "data": fields}))

    def draw(self, what: str, low: int, high: int) -> int:
        """A number from ``low`` to ``high``, the same for the same question for ever."""
        digest = hashlib.sha256(f"{self.contract}/{what}".encode()).digest()
        return low + int.from_bytes(digest[:8]) % (high - low + 1)

    # ── days ─────────────────────────────────────────────────────────────────────────────────────────────────

    def months(self) -> Iterator[date]:
        """The first day of every month that the diary touches."""
        day = self.first.replace(day=1)
        while day <= self.last:
            yield day
            day = _next_month(day)

    def days_of_month(self, n: int) -> Iterator[date]:
        """The first working day of every month on or after its n-th day."""
        for month in self.months():
            day = working(month.replace(day=n))
            if self.first <= day <= self.last:
                yield day

    def month_ends(self) -> Iterator[date]:
        """The last working day but one of every month."""
        for month in self.months():
            day = CALENDAR.add_working_days(_next_month(month), -2)
            if self.first <= day <= self.last:
                yield day

    def weeks(self, weekday: int = 4) -> Iterator[date]:
        """A working day of every week: the weekday asked for (0 is Monday), else the nearest before it."""
        monday = self.first - timedelta(days=self.first.weekday())
        while monday <= self.last:
            days = [monday + n * DAY for n in range(weekday + 1)]
            days = [d for d in days if CALENDAR.is_working(d) and self.first <= d <= self.last]
            if days:
                yield days[-1]
            monday += WEEK

    def spread(self, what: str, count: int) -> Iterator[tuple[int, date]]:
        """So many working days, about evenly over the time, numbered from 1."""
        step = (self.last - self.first).days // count
        for number in range(1, count + 1):
            jitter = self.draw(f"{what} {number} day", 0, step - 1)
            yield number, working(self.first + timedelta(days=(number - 1) * step + jitter))

    def office(self, day: date, what: str) -> datetime:
        """A moment in office hours."""
        return _moment(day) + timedelta(minutes=self.draw(f"{what} minute", 0, 8 * 60))


def working(day: date) -> date:
    """The day itself if it is a working day, else the next one."""
    return day if CALENDAR.is_working(day) else CALENDAR.add_working_days(day, 1)


def later(day: date, n: int) -> date:
    """The n-th working day after a day."""
    return CALENDAR.add_working_days(day, n)


def _moment(at: date) -> datetime:
    """When a day's facts are written down, unless the fact says so itself: as the office opens."""
    return at if isinstance(at, datetime) else datetime.combine(at, time(8, 30), SHANGHAI)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + 4 * DAY).replace(day=1)


def _minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


def _tenths(n: int) -> str:
    return f"{n // 10}.{n % 10}"


# ── what every operation has ─────────────────────────────────────────────────────────────────────────────────────


class Range(NamedTuple):
    """幅度: how long something usually takes, and by number the times it took longer."""

    low: int
    high: int
    slow: Mapping[int, int] = {}

    def of(self, diary: Diary, what: str, number: int) -> int:
        return self.slow.get(number, diary.draw(f"{what} {number} took", self.low, self.high))


class Errand(NamedTuple):
    """差事: an event that asks, and the term (or two) whose performance answers some working days later."""

    label: str
    event: str
    term: str
    times: int
    days: Range
    also: str = ""


def errands(diary: Diary, *asked: Errand) -> None:
    for errand in asked:
        for number, day in diary.spread(errand.event, errand.times):
            about = f"{errand.label}-{number:02d}"
            done = later(day, errand.days.of(diary, errand.event, number))
            diary.put(day, "event.occurred", about, event=errand.event, paper=about)
            for term in filter(None, (errand.term, errand.also)):
                diary.put(done, "duty.performed", about, term=term, paper=f"{about}记录")


@dataclass(frozen=True, slots=True)
class Desk:
    """服务台: tickets of one class; minutes from the call to a person's answer, to running again, to the end."""

    label: str
    class_: str
    count: int
    answered: Range
    closed: Range
    restored: Range | None = None
    bot: int = 0  #: every so many tickets a machine answers first, which is no answer


#: Every so many faults come at night.
_AT_NIGHT = 5


def tickets(diary: Diary, desk: Desk) -> list[tuple[str, datetime]]:
    """Every ticket from the call to the end; what came back is each subject and when it was running again."""
    ran = []
    for number, day in diary.spread(desk.label, desk.count):
        about = f"{desk.label}-{day:%m%d}-{number:02d}"
        opened = diary.office(day, f"{desk.label} {number}")
        if desk.restored is not None and number % _AT_NIGHT == 0:
            opened += timedelta(hours=11)
        answered = opened + _minutes(desk.answered.of(diary, f"{desk.label} answer", number))
        diary.put(opened, "ticket.opened", about, class_=desk.class_)
        if desk.bot and number % desk.bot == 0:
            diary.put(opened, "ticket.answered", about, automatic=True)
        diary.put(answered, "ticket.answered", about, automatic=False)
        running = answered
        if desk.restored is not None:
            running += _minutes(desk.restored.of(diary, f"{desk.label} restore", number))
            diary.put(running, "ticket.restored", about)
        done = running + _minutes(desk.closed.of(diary, f"{desk.label} close", number))
        diary.put(done, "ticket.closed", about)
        ran.append((about, running))
    return ran


def rounds(diary: Diary, cycle: str, days: Iterator[date], label: str, devices: int) -> None:
    """Rounds that reach every device; the subject says which month or week it is."""
    for day in days:
        counts: dict[str, Any] = {"inspected": devices, "in_scope": devices} if devices else {}
        diary.put(day, "inspection.done", f"{label}-{day:%m%d}", cycle=cycle, **counts)


def roll_calls(
    diary: Diary, posts: Mapping[str, int], told: Sequence[tuple[int, str]] = ()
) -> None:
    """A count of every post each month; ``told`` are the months and posts that were counted by hand."""
    for day in diary.days_of_month(8):
        for post, present in posts.items():
            if (day.month, post) not in told:
                subject = f"点名 {day.month} 月"
                diary.put(day, "staff.counted", subject, post=post, present=present)


def backups(diary: Diary, every: int) -> None:
    """A local copy each week, a remote one every so many weeks."""
    for number, day in enumerate(diary.weeks(), 1):
        diary.put(day, "backup.completed", place="local")
        if number % every == 0:
            diary.put(day, "backup.completed", place="remote")


def performed(diary: Diary, term: str, days: Iterator[date], paper: str) -> None:
    for day in days:
        diary.put(day, "duty.performed", term=term, paper=f"{paper}-{day:%m%d}")


def attested(diary: Diary, days: Sequence[date], terms: Sequence[str]) -> None:
    """The supplier declares that it kept what nobody can measure."""
    for day in days:
        for term in terms:
            diary.put(day, "duty.attested", term=term, paper=f"履约声明-{day:%m%d}")


def handed_in(diary: Diary, day: date, *names: str) -> None:
    for name in names:
        diary.put(day, "deliverable.submitted", deliverable=name, paper="交付")


def letters(diary: Diary, count: int, days: Range) -> None:
    for number, day in diary.spread("letter", count):
        about = f"往来函-{number:02d}"
        answered = later(day, days.of(diary, "letter", number))
        diary.put(day, "letter.received", about, paper=f"{about}来函")
        diary.put(answered, "letter.answered", about, paper=f"{about}复函")


def agreed(diary: Diary, day: date, parameter: str, value: str) -> None:
    """Both sides put a number where the contract has none; before that day the system only measures."""
    diary.put(day, "parameter.agreed", parameter=parameter, value=value, paper="时限确认书")


def quarters(diary: Diary) -> Iterator[date]:
    """A day in the middle of the last month of each quarter."""
    return (day for day in diary.days_of_month(12) if day.month in (3, 6, 9, 12))


# ── security-support-2026 ────────────────────────────────────────────────────────────────────────────────────────

SECURITY_ERRANDS = (
    Errand("组件告警", "risky-component-known", "component-upgrade", 6, Range(1, 5)),
    Errand("资产变动", "component-or-asset-changed", "ledgers-live", 7, Range(0, 2)),
    Errand("异常访问", "anomaly-began", "anomaly-found", 3, Range(0, 1)),
    Errand("潜在缺陷", "latent-defect-found", "defect-contact", 2, Range(0, 1)),
    Errand("系统调整", "system-adjustment-decided", "buyer-adjustment-notice", 2, Range(1, 4)),
    Errand("人员调离", "staff-left", "leaving-return", 2, Range(0, 2)),
)
SECURITY_DECLARED = (
    *("keep-confidential", "no-conflict-of-interest", "no-bribery", "temporary-accounts-secret"),
    *("no-mass-messages", "purpose-only", "no-tampering", "no-exposed-ports"),
)


def security_support(diary: Diary) -> None:
    """A blank period and a good grade: the year is busy, and what counts occurrences stays open."""
    rounds(diary, "weekly", diary.weeks(), "周巡检", 0)
    rounds(diary, "monthly", diary.month_ends(), "月巡检", 46)
    diary.put(
        date(2026, 9, 25),
        "inspection.done",
        "三季度检查",
        cycle="quarterly",
        inspected=46,
        in_scope=46,
    )
    posts = {"安全专人": 1, "项目负责人": 1, "主要专业技术和管理人员": 8}
    not_yet_there = [(2, post) for post in posts]
    roll_calls(diary, posts, [*not_yet_there, (3, "安全专人"), (8, "安全专人")])
    backups(diary, 4)
    performed(diary, "log-review", diary.days_of_month(15), "日志核查")
    performed(diary, "access-review", diary.days_of_month(20), "权限核查")
    performed(diary, "baseline-check", quarters(diary), "基线核查")
    performed(diary, "data-classification-kept", quarters(diary), "分类分级复核")
    for day in diary.month_ends():
        diary.put(day, "report.delivered", report="服务情况汇报", paper=f"汇报-{day:%m%d}")
    errands(diary, *SECURITY_ERRANDS)
    _security_findings(diary)
    _security_desk(diary)
    _security_occasions(diary)
    attested(diary, [*quarters(diary)], SECURITY_DECLARED)


def _security_findings(diary: Diary) -> None:
    """What the supplier finds by itself; a time was agreed in spring, and one finding outlived it."""
    agreed(diary, date(2026, 4, 15), "finding-fix", "5 working-days")
    found = Errand("自查问题", "security-finding", "finding-fix", 14, Range(1, 4, {10: 7}))
    errands(diary, found)


def _security_desk(diary: Diary) -> None:
    """Four hours were agreed on 1 June; one request took longer."""
    asked = Desk("服务请求", "request", 13, Range(2, 25), Range(30, 190, {10: 270}))
    broken = Desk("故障", "incident", 6, Range(2, 15), Range(5, 40), Range(25, 150))
    tickets(diary, asked)
    tickets(diary, broken)


def _security_occasions(diary: Diary) -> None:
    handed_in(
        diary, date(2026, 2, 27), "资质证书与人员名单", "项目服务工作计划", "内部质量规章制度"
    )
    handed_in(diary, date(2026, 10, 16), "离岗保密谈话记录")
    handed_in(
        diary, date(2026, 3, 25), "网络与数据安全管理制度", "保密管理制度", "相关方保密协议备份"
    )
    diary.put(date(2026, 8, 7), "staff.announced", "驻场-第三批", paper="人员03")
    diary.put(date(2026, 8, 19), "staff.stationed", "驻场-第三批")
    for day, name in (
        (date(2026, 3, 4), "春季会期"),
        (date(2026, 9, 28), "国庆"),
        (date(2026, 11, 2), "秋季展会"),
    ):
        about = f"重保-{name}"
        diary.put(day, "event.occurred", about, event="important-period-declared", paper=about)
        diary.put(
            later(day, 1),
            "duty.performed",
            about,
            term="important-periods",
            paper=f"{about}值守安排",
        )
    for number, day in diary.spread("written report", 3):
        about = f"书面汇报-{number:02d}"
        diary.put(day, "event.occurred", about, event="written-report-demanded", paper=about)
        diary.put(later(day, 3), "report.delivered", about, report="书面汇报", paper=f"{about}稿")
    for day, topic in (
        (date(2026, 5, 14), "数据备份恢复演练"),
        (date(2026, 6, 10), "安全事件应急演练"),
        (date(2026, 10, 14), "安全事件应急演练"),
    ):
        diary.put(day, "drill.held", topic=topic, paper=f"演练记录-{day:%m%d}")
    known = datetime(2026, 6, 18, 21, 40, tzinfo=SHANGHAI)
    diary.put(known, "incident.known", "突发-01")
    diary.put(known + _minutes(25), "incident.reported", "突发-01", form="oral")
    diary.put(date(2026, 8, 6), "default.notified", "纠正-01", paper="纠正通知01")
    diary.put(date(2026, 8, 12), "default.cured", "纠正-01", paper="纠正记录01")


# ── digital-operations-2026 ──────────────────────────────────────────────────────────────────────────────────────

DIGITAL_ERRANDS = (
    Errand("人员离场", "staff-leaving", "leaver-return", 3, Range(0, 1), also="leaver-talk"),
    Errand("调研取数", "research-data-used", "research-data-destroyed", 4, Range(3, 9)),
    Errand("整改要求", "rectification-ordered", "service-rectified", 3, Range(2, 6)),
    Errand("范围商谈", "scope-change-raised", "scope-change-negotiated", 2, Range(3, 8)),
)
DIGITAL_DECLARED = (
    *("no-disclosure", "no-bribery", "no-gifts", "no-banquets", "purpose-only", "no-real-data"),
    *("no-private-copies", "no-exposed-ports", "no-sharing-no-photos", "no-subcontract"),
)


def digital_operations(diary: Diary) -> None:
    """Hazards with a retest, letters to the buyer, and numbers that both sides agreed on the way."""
    rounds(diary, "weekly", diary.weeks(), "周巡检", 0)
    rounds(diary, "monthly", diary.month_ends(), "月巡检", 64)
    rounds(diary, "quarterly", quarters(diary), "季度检查", 64)
    told = [(2, "安全专人"), (2, "投标承诺的服务人员")]
    roll_calls(diary, {"安全专人": 1, "投标承诺的服务人员": 9}, told)
    backups(diary, 4)
    letters(diary, 9, Range(4, 13, {6: 17}))
    errands(diary, *DIGITAL_ERRANDS)
    _digital_hazards(diary)
    _digital_desk(diary)
    _digital_people(diary)
    _digital_occasions(diary)
    attested(diary, [*quarters(diary)], DIGITAL_DECLARED)


def _digital_hazards(diary: Diary) -> None:
    """Ten working days from notice to retest, as agreed on 30 March; what came before is only measured."""
    for number, day in diary.spread("hazard", 11):
        about = f"扫描漏洞-{number:02d}"
        fixed = later(day, diary.draw(f"hazard {number} fixed", 2, 6))
        tested = later(fixed, diary.draw(f"hazard {number} tested", 1, 3))
        diary.put(day, "hazard.notified", about, paper=f"{about}通报")
        diary.put(fixed, "hazard.rectified", about, paper=f"{about}修复")
        diary.put(tested, "report.delivered", about, report="复测报告", paper=f"{about}复测")


def _digital_desk(diary: Diary) -> None:
    """The clocks were agreed in May. One answer and one repair came too late."""
    agreed(diary, date(2026, 5, 11), "fault-response", "30 minutes")
    agreed(diary, date(2026, 5, 11), "fault-restore", "8 hours")
    agreed(diary, date(2026, 5, 11), "service-promptness", "2 working-days")
    answered, restored = Range(3, 24, {11: 48}), Range(40, 300, {14: 640})
    tickets(diary, Desk("故障", "incident", 18, answered, Range(10, 60), restored))
    tickets(diary, Desk("服务请求", "request", 24, Range(5, 40), Range(40, 420), bot=6))


def _digital_people(diary: Diary) -> None:
    for day, name in ((date(2026, 4, 13), "第二批"), (date(2026, 9, 1), "第三批")):
        about = f"驻场-{name}"
        diary.put(day, "staff.announced", about, paper=f"人员{name}")
        diary.put(day + 10 * DAY, "staff.stationed", about)
    for number, day in diary.spread("entry training", 8):
        score, about = str(diary.draw(f"score {number}", 81, 97)), f"学员第 {number} 组"
        diary.put(day, "measure.taken", about, indicator="entry-training-score", value=score)
    for day in (date(2026, 4, 23), date(2026, 9, 10)):
        diary.put(day, "training.held", topic="security", attended=12, expected=12)


def _digital_occasions(diary: Diary) -> None:
    handed_in(diary, date(2026, 2, 6), "专业人员名单", "服务工作计划", "保密方案", "保密管理制度")
    handed_in(diary, date(2026, 3, 12), "网络数据安全制度", "相关方保密协议备份")
    for number, day in diary.spread("system change", 3):
        about, said = f"系统调整-{number:02d}", later(day, 2)
        diary.put(day, "event.occurred", about, event="system-change-decided", paper=about)
        diary.put(said, "notice.sent", about, channel="mail", about="system-change")
    for number, day in diary.spread("internet test", 2):
        about = f"互联网测试-{number:02d}"
        diary.put(day, "event.occurred", about, event="internet-test-ended", paper=about)
        diary.put(later(day, 1), "duty.performed", about, term="internet-test-closed", paper=about)
        diary.put(
            later(day, 4), "report.delivered", about, report="互联网测试结果", paper=f"{about}报备"
        )
    asked = datetime(2026, 5, 20, 9, 30, tzinfo=SHANGHAI)
    diary.put(asked, "demand.received", "调取-02", paper="调取通知02")
    diary.put(asked + _minutes(20), "demand.notified", "调取-02", form="oral")
    diary.put(asked + _minutes(160), "demand.notified", "调取-02", form="written")
    for day in (date(2026, 4, 9), date(2026, 7, 9), date(2026, 10, 12)):
        about = f"书面汇报-{day:%m%d}"
        diary.put(day, "event.occurred", about, event="report-demanded", paper=about)
        diary.put(later(day, 2), "report.delivered", about, report="书面汇报", paper=f"{about}稿")
    for day in (date(2026, 6, 24), date(2026, 10, 28)):
        diary.put(day, "drill.held", topic="应急演练", paper=f"演练记录-{day:%m%d}")


# ── government-cloud-2026 ────────────────────────────────────────────────────────────────────────────────────────

GOVERNMENT_ERRANDS = (
    Errand("主机申请", "host-setup-approved", "host-setup", 8, Range(1, 3)),
    Errand("策略申请", "configuration-approved", "network-security-configuration", 8, Range(0, 2)),
    Errand("平台接入", "platform-integration-requested", "platform-integration", 4, Range(4, 9)),
    Errand("证书申请", "certificate-requested", "certificate-request", 9, Range(1, 4)),
    Errand("证书签发", "certificate-issued", "certificate-import", 9, Range(0, 2)),
    Errand("密码咨询", "crypto-question-asked", "crypto-consultation", 8, Range(0, 3)),
    Errand("接口对接", "docking-requested", "interface-docking", 6, Range(3, 10)),
    Errand("调用协助", "call-help-requested", "interface-calls", 7, Range(0, 2)),
    Errand("密评支持", "crypto-assessment-started", "crypto-assessment-support", 2, Range(5, 9)),
    Errand("远程支持", "remote-session-permitted", "remote-support", 6, Range(0, 0)),
)
GOVERNMENT_DECLARED = (
    *("no-remote-without-permission", "keep-secret", "no-bribery", "account-secrecy"),
    *("no-messages", "no-use-of-results", "no-core-subcontract"),
)


def government_cloud(diary: Diary) -> None:
    """Much is done and little can be judged: the contract gives no cycles and no clocks."""
    performed(diary, "pool-inspection", diary.weeks(), "资源池巡检")
    for number, day in enumerate(diary.weeks(), 1):
        diary.put(day, "duty_log.filed", f"值守周志-{number:02d}", for_=day.isoformat())
    hand_made = (3, 4)
    hardware = (day for day in diary.month_ends() if day.month not in hand_made)
    rounds(diary, "monthly", hardware, "硬件巡检", 120)
    performed(diary, "security-inspection", diary.days_of_month(18), "安全巡检")
    performed(diary, "crypto-maintenance", diary.days_of_month(24), "密码设施维护")
    performed(diary, "version-upgrade", quarters(diary), "版本升级")
    backups(diary, 4)
    roll_calls(diary, {"驻场工程师": 1}, [(2, "驻场工程师"), (7, "驻场工程师")])
    letters(diary, 5, Range(3, 12))
    errands(diary, *GOVERNMENT_ERRANDS)
    _government_scans(diary)
    _government_requests(diary)
    _government_desk(diary)
    handed_in(diary, date(2026, 2, 26), "资质证书", "专业人员名单", "项目服务工作计划")
    attested(diary, [*quarters(diary)], GOVERNMENT_DECLARED)


def _government_scans(diary: Diary) -> None:
    """Scans with their reports and the monthly report. In August two machines were out of reach."""
    for day in diary.days_of_month(21):
        about, scanned = f"扫描 {day.month} 月", 62 if day.month == _AUGUST else 64
        if day.month != _APRIL:
            diary.put(day, "scan.completed", about, scanned=scanned, in_scope=64)
            diary.put(
                later(day, 3),
                "report.delivered",
                about,
                report="虚拟机安全报告",
                paper=f"{about}报告",
            )
    for day in diary.month_ends():
        diary.put(day, "report.delivered", report="运维月报", paper=f"月报{day:%m}")


_APRIL, _AUGUST = 4, 8


def _government_requests(diary: Diary) -> None:
    """Written requests have three working days; one of the answers came on the fifth."""
    replied = Range(0, 3, {9: 5})
    for number, day in diary.spread("request", 16):
        about = f"书面申请-{number:02d}"
        channel = ("mail", "mail", "wechat", "sms")[number % 4]
        diary.put(day, "request.received", about, channel=channel)
        diary.put(later(day, replied.of(diary, "reply", number)), "request.replied", about)
    for number, day in diary.spread("support call", 10):
        about, rang = f"支持来电-{number:02d}", diary.office(day, f"call {number}")
        picked = rang + timedelta(seconds=diary.draw(f"call {number} rang", 8, 50))
        diary.put(rang, "event.occurred", about, event="support-call-received")
        diary.put(picked, "event.occurred", about, event="support-call-answered")


def _government_desk(diary: Diary) -> None:
    """Two hours to accept a cryptographic order were agreed in summer; everything else waits for a number."""
    agreed(diary, date(2026, 6, 15), "crypto-order-accept", "2 hours")
    orders = Desk("密码订单", "order", 14, Range(8, 70, {10: 145}), Range(60, 400))
    for about, accepted in tickets(diary, orders):
        approved = accepted + _minutes(30)
        diary.put(approved, "event.occurred", about, event="crypto-order-approved")
        diary.put(
            approved + _minutes(90), "resource.provided", about, item="密码服务资源", quantity=1
        )
    tickets(diary, Desk("故障", "incident", 9, Range(4, 22), Range(10, 60), Range(30, 210)))
    tickets(diary, Desk("服务请求", "request", 14, Range(3, 30), Range(30, 300)))


# ── video-conference-2022 ────────────────────────────────────────────────────────────────────────────────────────

VIDEO_FIRST = date(2022, 4, 1)
#: Days nobody wrote a log for, and days whose log was written the day after.
VIDEO_GAPS = (date(2022, 6, 18), date(2022, 7, 30), date(2022, 8, 27), date(2022, 10, 4))
VIDEO_BELATED = (date(2022, 5, 15), date(2022, 9, 11), date(2022, 11, 20))
#: The week of the autumn holiday: no round, no report.
VIDEO_WEEK_OFF = date(2022, 10, 3)
VIDEO_ERRANDS = (
    Errand("备件更换", "spare-needed", "spare-replacement", 4, Range(1, 3)),
    Errand("设备变动", "asset-changed", "ledger-update", 4, Range(0, 2)),
    Errand("版本发布", "vendor-release", "software-upgrade", 2, Range(4, 9)),
    Errand("评审意见", "opinion-given", "opinions-corrected", 2, Range(3, 6)),
)
VIDEO_DECLARED = (
    *("confidentiality", "annex2-purpose", "annex2-need-to-know", "annex2-no-copies"),
    *("annex2-carriers-out", "annex2-resources"),
)


def video_conference(diary: Diary) -> None:
    """A day without a log is a day without a log: 275 of them are owed, and four are not there."""
    _video_logs(diary)
    _video_weeks(diary)
    _video_months(diary)
    _video_calls(diary)
    _video_meetings(diary)
    _video_rounds(diary)
    _video_papers(diary)
    errands(diary, *VIDEO_ERRANDS)
    attested(diary, [date(2022, 6, 30), date(2022, 12, 15)], VIDEO_DECLARED)


def _video_logs(diary: Diary) -> None:
    """The days before the contract took effect were written up when it did; six days are told by hand."""
    for n in range((diary.last - VIDEO_FIRST).days + 1):
        day = VIDEO_FIRST + n * DAY
        if day in VIDEO_GAPS or diary.first <= day < diary.first + 6 * DAY:
            continue
        filed = max(day + DAY * (day in VIDEO_BELATED), diary.first)
        diary.put(filed, "duty_log.filed", for_=day.isoformat())


def _video_weeks(diary: Diary) -> None:
    """A round and its report each week; the broken week before the contract took effect was made up for."""
    told = (date(2022, 5, 6), date(2022, 5, 13), date(2022, 5, 20))
    held_up = date(2022, 7, 15)
    weeks = [day for day in diary.weeks() if not VIDEO_WEEK_OFF <= day < VIDEO_WEEK_OFF + WEEK]
    owed = VIDEO_FIRST.isoformat()
    diary.put(weeks[0], "inspection.done", "周检-补", cycle="weekly", for_=owed)
    diary.put(weeks[0], "report.delivered", report="weekly", for_=owed, paper="周报-补")
    for day in weeks:
        if day not in told:
            diary.put(day, "inspection.done", f"周检-{day:%m%d}", cycle="weekly")
        sent = later(day, 1) if day == held_up else day
        of_week, paper = day.isoformat(), f"周报-{day:%m%d}"
        diary.put(sent, "report.delivered", report="weekly", for_=of_week, paper=paper)


def _video_months(diary: Diary) -> None:
    """Rounds until July and the first two reports are told by hand; October's report came in November."""
    drawn_out = {6: 8}
    for day in diary.month_ends():
        about = f" {day.month} 月巡检"
        if day.month > _JULY:
            diary.put(day, "inspection.done", about, cycle="monthly", inspected=308, in_scope=308)
        took = str(drawn_out.get(day.month, diary.draw(f"round {day.month}", 5, 7)))
        diary.put(day, "measure.taken", about, indicator="monthly-round-working-days", value=took)
        handed_in(diary, day, "月度设备维保巡检记录")
        if day.month > _MAY:
            sent = later(day, 3) if day.month == _OCTOBER else day
            of_month, paper = day.isoformat(), f"月报{day:%m}"
            diary.put(sent, "report.delivered", report="monthly", for_=of_month, paper=paper)
    posts = {"项目经理": 1, "日常运维工程师": 5, "应急保障运维工程师": 2, "全体运维人员": 8}
    engineers = "日常运维工程师"
    told = [(4, "项目经理"), (4, engineers), (4, "应急保障运维工程师"), (8, engineers)]
    roll_calls(diary, posts, [*told, (8, "全体运维人员")])
    diary.put(date(2022, 8, 8), "staff.counted", "点名 8 月", post="全体运维人员", present=7)


_MAY, _JULY, _OCTOBER = 5, 7, 10


def _video_calls(diary: Diary) -> None:
    """Faults with their papers. The emergency plan was to give the clocks and does not."""
    desk = Desk("报障", "incident", 8, Range(3, 20), Range(15, 60), Range(60, 260))
    for number, (about, running) in enumerate(tickets(diary, desk), 1):
        diary.put(running - _minutes(30), "event.occurred", about, event="engineer-on-site")
        handed = later(running.date(), 1)
        diary.put(handed, "deliverable.submitted", about, deliverable="故障处理报告表", paper=about)
        if number % 3 == 0:
            diary.put(running, "event.occurred", about, event="hardware-repaired")
            report = "设备故障处理维护报告"
            diary.put(
                later(handed, 1), "deliverable.submitted", about, deliverable=report, paper=about
            )


def _video_meetings(diary: Diary) -> None:
    """Conferences are orders at the desk; for the great ones both duties are recorded by name."""
    tickets(diary, Desk("会议保障", "order", 12, Range(2, 12), Range(60, 240)))
    great = Errand("重要会议", "meeting-booked", "conference-assist", 4, Range(1, 3))
    errands(diary, great._replace(also="dedicated-conference-service"))


def _video_rounds(diary: Diary) -> None:
    """Repairs by quarter, a third round of maintenance (the fourth never came), plans and a training."""
    diary.put(date(2022, 6, 30), "repair.counted", "二季度", repaired=6, faulty=6)
    diary.put(date(2022, 12, 30), "repair.counted", "四季度", repaired=5, faulty=5)
    diary.put(date(2022, 12, 8), "maintenance.completed", "第 3 轮", paper="保养03")
    diary.put(date(2022, 5, 10), "plan.issued", plan="保障方案与操作手册", paper="方案01")
    diary.put(date(2022, 11, 8), "plan.issued", plan="保障方案与操作手册（修订）", paper="方案02")
    diary.put(date(2022, 5, 26), "training.held", topic="应急处置", attended=18, expected=21)


def _video_papers(diary: Diary) -> None:
    signed = date(2022, 4, 11)
    handed_in(diary, signed, "安全保密协议（签署本）")
    handed_in(diary, date(2022, 12, 29), "运维服务工作报告")
    handed_in(diary, date(2022, 12, 30), "运维服务工作总结报告")
    for item, quantity in (
        ("合同文本", 2),
        ("安全保密协议文本", 2),
        ("视频会议设备（一、二期）", 156),
        ("视频会议设备（2019 年新建加密）", 152),
        ("视频会议设备（全部）", 308),
    ):
        diary.put(signed, "resource.provided", item=item, quantity=quantity)


# ── cloud-lease-2025 ─────────────────────────────────────────────────────────────────────────────────────────────

CLOUD_RESOURCES = {
    "高性能存储": 23500,
    "备份服务": 30000,
    "主机负载均衡服务": 5,
    "远程接入服务": 35,
    "VPN 服务": 300,
    "云主机深度监控服务": 260,
    "主机防护": 50,
    "主机漏洞扫描": 100,
    "数据库审计服务": 15,
    "数据安全服务": 1,
    "上云应用系统": 27,
    "合同文本": 6,
    "信息保护协议文本": 6,
}
#: Beside the interruption told by hand: begin and minutes. Together they stay within what 99.9 % allows.
CLOUD_OUTAGES = (
    (datetime(2025, 8, 21, 2, 10, tzinfo=SHANGHAI), 14, "存储链路切换"),
    (datetime(2025, 9, 26, 23, 40, tzinfo=SHANGHAI), 22, "防火墙升级"),
    (datetime(2025, 11, 13, 10, 5, tzinfo=SHANGHAI), 17, "宿主机故障"),
)
CLOUD_ERRANDS = (
    Errand("节点故障", "node-failed", "high-availability", 2, Range(0, 0)),
    Errand("人员提醒", "staff-fault-notified", "staff-correction", 3, Range(1, 2)),
    Errand("调整风险", "unsolved-technical-risk", "change-risk-plan", 2, Range(1, 2)),
    Errand("拥塞作业", "congesting-work-planned", "congestion-consent", 2, Range(0, 1)),
)
CLOUD_DECLARED = (
    *("no-tampering", "no-passwords", "no-deletion-no-leak", "no-foreign-data", "no-leak"),
    *("no-access-without-permission", "no-disclosure", "purpose-limit", "no-media"),
)


def cloud_lease(diary: Diary) -> None:
    """Fourteen indicators without weights: most are read, some are kept, and the scans fall one short."""
    _cloud_resources(diary)
    _cloud_watch(diary)
    _cloud_readings(diary)
    _cloud_desk(diary)
    _cloud_security(diary)
    backups(diary, 2)
    for day in diary.days_of_month(19):
        diary.put(day, "restore.verified", system=f"业务系统{day:%m}")
    errands(diary, *CLOUD_ERRANDS)
    attested(diary, [date(2025, 9, 30), date(2025, 12, 24)], CLOUD_DECLARED)


def _cloud_resources(diary: Diary) -> None:
    for item, quantity in CLOUD_RESOURCES.items():
        diary.put(date(2025, 8, 4), "resource.provided", item=item, quantity=quantity)
    handed_in(
        diary, date(2025, 8, 15), "总体服务方案", "上云架构规划方案", "应用上云方案", "备份服务方案"
    )
    handed_in(diary, date(2025, 8, 15), "系统监控方案", "云备份总体架构与备份策略", "应急预案")
    handed_in(diary, date(2025, 9, 12), "云平台运维管理制度与应急响应流程", "系统运维管理手册")
    handed_in(
        diary, date(2025, 9, 12), "云平台安全管理制度与方案", "设备安全管理制度", "信息保护管理规定"
    )
    handed_in(diary, date(2025, 12, 24), "数据分类分级标准和规范", "网络安全管理体系文档")
    for day, topic in (
        (date(2025, 9, 24), "special"),
        (date(2025, 11, 12), "security"),
        (date(2025, 11, 26), "special"),
    ):
        diary.put(day, "training.held", topic=topic, attended=20, expected=22)
    sent, report = date(2026, 1, 4), "资源使用月报"  # came when the month was over
    diary.put(sent, "report.delivered", report=report, for_="2025-12-31", paper="月报12")


def _cloud_watch(diary: Diary) -> None:
    """Each month's monitoring is certified when the month is over; without that, silence would prove nothing."""
    for month in diary.months():
        begin, end = max(month, diary.first), _next_month(month)
        since, until = (datetime.combine(day, time(), SHANGHAI) for day in (begin, end))
        about = f"监测 {begin.month} 月"
        diary.put(
            since, "monitoring.covered", about, until, scope="service", until=until.isoformat()
        )
    for number, (broke, lasted, cause) in enumerate(CLOUD_OUTAGES, 2):
        mended, about = broke + _minutes(lasted), f"中断-{number:02d}"
        diary.put(
            broke,
            "outage.recorded",
            about,
            mended,
            scope="service",
            until=mended.isoformat(),
            cause=cause,
        )


def _cloud_readings(diary: Diary) -> None:
    diary.put(
        date(2025, 8, 4), "measure.taken", "读数 主频", indicator="cpu-frequency", value="2.60"
    )
    for day in diary.days_of_month(28):
        month = f"{day.month} 月"
        for indicator, value in (
            ("kpi-2", str(diary.draw(f"hosts {month}", 181, 186))),
            ("kpi-5", _tenths(diary.draw(f"used {month}", 610, 779))),
            ("kpi-6", _tenths(diary.draw(f"hosts up {month}", 970, 998))),
            ("kpi-7", _tenths(diary.draw(f"network up {month}", 964, 995))),
        ):
            diary.put(
                day, "measure.taken", f"读数 {indicator} {month}", indicator=indicator, value=value
            )
    diary.put(date(2025, 12, 30), "measure.taken", "读数 kpi-1", indicator="kpi-1", value="386.20")
    diary.put(date(2025, 12, 26), "indicator.judged", "评定 kpi-8", indicator="kpi-8", met=True)
    diary.put(date(2025, 12, 26), "indicator.judged", "评定 kpi-11", indicator="kpi-11", met=True)


def _cloud_desk(diary: Diary) -> None:
    """Five minutes for a person's answer; a machine's greeting does not count. Orders have no clock yet."""
    closed = Range(40, 360)
    tickets(diary, Desk("故障", "incident", 14, Range(1, 5, {9: 8}), Range(5, 40), Range(20, 170)))
    tickets(diary, Desk("服务请求", "request", 30, Range(1, 5, {22: 7}), closed, bot=5))
    tickets(diary, Desk("弹性订单", "order", 13, Range(5, 30), Range(60, 400)))


def _cloud_security(diary: Diary) -> None:
    for number, day in diary.spread("vulnerability", 7):
        about, told = f"漏洞-{number:02d}", later(day, diary.draw(f"told {number}", 0, 2))
        diary.put(day, "event.occurred", about, event="vulnerability-found", paper=about)
        diary.put(told, "notice.sent", about, channel="mail", about="vulnerability")
    for number, day in diary.spread("platform matter", 6):
        about = f"平台事项-{number:02d}"
        diary.put(day, "event.occurred", about, event="platform-matter", paper=about)
        diary.put(later(day, 1), "notice.sent", about, channel="phone", about="platform-matter")
    diary.put(date(2025, 10, 23), "hazard.notified", "隐患-01", paper="检查意见01")
    diary.put(date(2025, 10, 27), "hazard.rectified", "隐患-01", paper="整改记录01")
    known = datetime(2025, 11, 13, 10, 5, tzinfo=SHANGHAI)
    diary.put(known, "incident.known", "安全事件-01")
    diary.put(known + _minutes(35), "incident.reported", "安全事件-01", form="oral")
    diary.put(date(2025, 9, 8), "contact.changed", "联络-01")
    diary.put(date(2025, 9, 10), "contact.notified", "联络-01", paper="联络方式变更")


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Year(NamedTuple):
    """年度: who keeps the diary, of which contract, from when to when, and when the book is closed."""

    keep: Callable[[Diary], None]
    contract: str
    first: date
    last: date
    closed: date

    def diary(self) -> Diary:
        diary = Diary(self.contract, self.first, self.last, self.closed)
        self.keep(diary)
        return diary


#: Where a contract still runs, the diary ends with the week in which the stories written by hand end.
_SO_FAR = date(2026, 11, 20)
YEARS = (
    Year(security_support, "security-support-2026", date(2026, 2, 9), _SO_FAR, _SO_FAR),
    Year(digital_operations, "digital-operations-2026", date(2026, 1, 20), _SO_FAR, _SO_FAR),
    Year(government_cloud, "government-cloud-2026", date(2026, 2, 3), _SO_FAR, _SO_FAR),
    Year(
        video_conference,
        "video-conference-2022",
        date(2022, 4, 7),
        date(2022, 12, 31),
        date(2022, 12, 31),
    ),
    Year(
        cloud_lease,
        "cloud-lease-2025",
        date(2025, 7, 29),
        date(2025, 12, 31),
        date(2026, 1, 4),
    ),
)


def files() -> dict[str, bytes]:
    """File name → content, for every contract: what is there by hand, and the routine written anew around it."""
    written = {}
    for year in YEARS:
        name = f"{year.contract}.jsonl"
        by_hand = [line for line in _lines(FOLDER / name) if not _is_routine(line)]
        written[name] = merged(by_hand, year.diary().entries)
    return written


def merged(by_hand: Sequence[bytes], entries: Sequence[Entry]) -> bytes:
    """One log by the day of recording. Facts by hand keep their order and their bytes; routine ones get their ids."""
    placed: list[tuple[date, int, int, bytes]] = []
    told = date.min
    for n, line in enumerate(by_hand):
        told = max(told, date.fromisoformat(json.loads(line)["at"][:10]))
        placed.append((told, 0, n, line))
    for n, entry in enumerate(sorted(entries, key=_recorded), 1):
        row = {"id": f"{ROUTINE}{n:04d}", **entry.row}
        line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
        placed.append((entry.recorded.date(), 1, n, line))
    return b"".join(line for *_, line in sorted(placed))


def _recorded(entry: Entry) -> datetime:
    return entry.recorded


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def _is_routine(line: bytes) -> bool:
    return bool(json.loads(line)["id"].startswith(ROUTINE))


def main() -> int:
    """Write the files, or say which differ."""
    check = "--check" in sys.argv[1:]
    differing = []
    for name, body in files().items():
        path = FOLDER / name
        if not check:
            path.write_bytes(body)
        elif path.read_bytes() != body:
            differing.append(name)
    print("differ: " + ", ".join(differing) if differing else "the year is up to date")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
