"""作业页: administrators see the queue and decide about it, and learn nothing of what a job is about."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse

from lvyue import clock
from lvyue.accounts.models import AuditEntry
from lvyue.cli.main import main
from lvyue.core.doubts import Refused
from lvyue.jobs import queries
from lvyue.jobs.actions import deciding, working
from lvyue.jobs.actions.housekeeping import KEPT, prune
from lvyue.jobs.actions.working import Queues, work_off
from lvyue.jobs.choices import JobState
from lvyue.jobs.models import Job
from lvyue.jobs.queries import JobView
from tests.conftest import Person
from tests.jobs import work
from tests.jobs.conftest import Queued

pytestmark = pytest.mark.django_db

ABOUT = "某局与某公司的合同"


@pytest.fixture
def admin(client: Client, person: Person) -> Client:
    client.force_login(person("administrator"))
    return client


@pytest.fixture
def dead(queued: Queued) -> JobView:
    """A job that failed as often as it may, with something in its arguments that is nobody's business."""
    job = queued(work.fail, key=f"key-{ABOUT}", attempts=1, words=ABOUT)
    work_off()
    return job


def state_of(job: JobView) -> JobState:
    found = queries.job(job.id)
    assert found is not None
    return found.state


def address(job: JobView) -> str:
    return reverse("web:job", args=[job.id])


def test_the_page_shows_what_failed_and_not_what_it_was_about(admin: Client, dead: JobView) -> None:
    for page in (reverse("web:jobs"), address(dead), "/api/v1/jobs", f"/api/v1/jobs/{dead.id}"):
        shown = admin.get(page).content.decode()
        assert "总出错" in shown, page
        assert ABOUT not in shown, page
    for form in ("csv", "xlsx"):
        assert admin.get(reverse("web:jobs"), {"format": form}).status_code == 200
    csv = admin.get(reverse("web:jobs"), {"format": "csv"}).content.decode("utf-8-sig")
    assert "总出错" in csv
    assert ABOUT not in csv


@pytest.mark.parametrize("role", ["buyer", "supplier_manager", "auditor"])
def test_nobody_else_comes_in(client: Client, person: Person, dead: JobView, role: str) -> None:
    client.force_login(person(role, "security-support-2026"))

    for page in (reverse("web:jobs"), address(dead), reverse("web:schedule", args=["jobs.prune"])):
        assert client.get(page).status_code == 403
        assert client.post(page, {"reason": "x", "act": "drop"}).status_code in (403, 405)
    with pytest.raises(Refused):
        deciding.drop(dead.id, by=person(role, "security-support-2026"), reason="x")
    assert state_of(dead) is JobState.DEAD


def test_a_failed_job_is_tried_again_with_a_new_round_and_a_reason(
    admin: Client, dead: JobView
) -> None:
    admin.post(address(dead), {"act": "retry", "reason": "邮件服务器修好了"})

    assert state_of(dead) is JobState.WAITING
    entry = AuditEntry.objects.filter(act="job.retried").get()
    assert entry.reason == "邮件服务器修好了"
    assert ABOUT not in f"{entry.about}{entry.before}{entry.after}"
    work_off()
    assert len(work.CALLS) == 2


def test_a_job_that_is_given_up_stays_to_be_seen_and_can_be_taken_up_again(
    admin: Client, queued: Queued
) -> None:
    job = queued(work.note, name="x")

    admin.post(address(job), {"act": "drop", "reason": "不必办了"})
    assert state_of(job) is JobState.DROPPED
    assert work_off() == 0
    admin.post(address(job), {"act": "drop", "reason": "又点了一次"})
    assert AuditEntry.objects.filter(act="job.dropped").count() == 1

    admin.post(address(job), {"act": "retry", "reason": "还是要办"})
    assert work_off() == 1


@pytest.mark.parametrize("reason", ["", "   ", "长" * 5_001])
def test_without_a_reason_nothing_happens(admin: Client, dead: JobView, reason: str) -> None:
    answer = admin.post(address(dead), {"act": "drop", "reason": reason})

    assert answer.status_code == 422
    assert state_of(dead) is JobState.DEAD


def test_what_runs_is_left_alone(queued: Queued) -> None:
    job = queued(work.note, name="x")
    working.take(working.sign_on(Queues()).pk, Queues())

    for act in (deciding.retry, deciding.drop):
        with pytest.raises(Refused, match="作业"):
            act(job.id, by="测试", reason="x")
    assert state_of(job) is JobState.RUNNING


def test_a_retry_is_refused_where_the_same_work_waits_already(
    dead: JobView, queued: Queued
) -> None:
    queued(work.fail, key=f"key-{ABOUT}", words="x")

    with pytest.raises(Refused, match="已经另有"):
        deciding.retry(dead.id, by="测试", reason="x")
    assert state_of(dead) is JobState.DEAD


def test_a_schedule_runs_now_and_only_once_while_it_waits(admin: Client) -> None:
    page = reverse("web:schedule", args=["jobs.prune"])

    for _ in range(2):
        assert admin.post(page, {"reason": "现在就要"}).status_code == 302

    assert Job.objects.filter(task="lvyue.jobs.tasks.prune").count() == 1
    assert work_off() == 1
    assert admin.get(reverse("web:schedule", args=["nothing.there"])).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"state": "nonsense", "before": "nonsense"},
        {"before": "2026-01-01T00:00:00+08:00_zz"},
        {"before": "2026-01-01T00:00:00_00000000-0000-4000-8000-000000000000"},
        {"q": "😀" * 200, "format": "pdf"},
        {"q": "' OR 1=1 --"},
        {"state": "dead", "format": "xlsx", "list": "schedules"},
    ],
)
def test_whatever_the_address_says_the_page_answers(
    admin: Client, dead: JobView, query: dict[str, str]
) -> None:
    assert dead.title
    assert admin.get(reverse("web:jobs"), query).status_code == 200


def test_the_list_is_filtered_and_paged(queued: Queued, dead: JobView) -> None:
    names = [queued(work.note, name=str(n)).id for n in range(5)]

    first = queries.jobs(JobState.WAITING, "记一笔", at_once=3)
    rest = queries.jobs(JobState.WAITING, "记一笔", before=first.before, at_once=3)

    assert {one.id for one in (*first.jobs, *rest.jobs)} == set(names)
    assert not rest.before
    assert [one.id for one in queries.jobs(word=dead.short).jobs] == [dead.id]
    assert queries.counts()[JobState.DEAD] == 1


def test_what_has_ended_well_stands_aside_until_somebody_asks(
    admin: Client, queued: Queued, dead: JobView
) -> None:
    done = queued(work.note, name="x")
    work_off()

    first = admin.get(reverse("web:jobs")).content.decode()
    assert dead.short in first
    assert done.short not in first
    assert done.short in admin.get(reverse("web:jobs"), {"state": "all"}).content.decode()
    assert done.short in admin.get(reverse("web:jobs"), {"q": done.short}).content.decode()


def test_old_jobs_are_forgotten_but_not_those_that_wait_for_a_decision(
    queued: Queued, dead: JobView
) -> None:
    done = queued(work.note, name="x")
    work_off()
    with time_machine.travel(clock.now() + KEPT + timedelta(days=1)):
        assert prune() == 1

    assert queries.job(done.id) is None
    assert state_of(dead) is JobState.DEAD


def test_nobody_works_is_said_on_the_page_and_by_the_command(admin: Client) -> None:
    assert "现在没有作业进程" in admin.get(reverse("web:jobs")).content.decode()
    assert CliRunner().invoke(main, ["jobs", "workers"]).exit_code == 1

    working.sign_on(Queues())

    assert "现在没有作业进程" not in admin.get(reverse("web:jobs")).content.decode()
    assert CliRunner().invoke(main, ["jobs", "workers"]).exit_code == 0


def test_the_commands_do_what_the_page_does(dead: JobView) -> None:
    run = CliRunner().invoke

    listed = json.loads(run(main, ["jobs", "list", "--state", "dead", "--json"]).output)
    assert [one["id"] for one in listed] == [str(dead.id)]
    assert ABOUT not in json.dumps(listed, ensure_ascii=False)
    assert run(main, ["jobs", "retry", str(dead.id), "--reason", "再来"]).exit_code == 0
    assert json.loads(run(main, ["work", "--once", "--json"]).stdout)["done"] == 1
    assert run(main, ["jobs", "drop", str(dead.id), "--reason", "算了"]).exit_code == 0
    assert run(main, ["jobs", "drop", str(uuid4()), "--reason", "没有"]).exit_code == 2
    assert "jobs.prune" in run(main, ["jobs", "schedules"]).output
    assert run(main, ["jobs", "run", "jobs.prune", "--reason", "现在"]).exit_code == 0
