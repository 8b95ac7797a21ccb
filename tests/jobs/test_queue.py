"""排队与办理: work exists exactly if what caused it does, waits once, is done by one, and comes back when its worker is gone."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import connection, transaction
from django_tasks_db.models import DBTaskResult

from lvyue import clock
from lvyue.accounts.choices import Via
from lvyue.accounts.origin import here
from lvyue.jobs import queries
from lvyue.jobs.actions import enqueue, working
from lvyue.jobs.actions.working import Lease, Queues, pause_after, reap, sign_on, take, work_off
from lvyue.jobs.choices import JobState
from lvyue.jobs.models import Job, Worker
from lvyue.jobs.queries import JobView
from lvyue.jobs.running import BEAT, SILENCE
from tests.jobs import work
from tests.jobs.conftest import Queued

pytestmark = pytest.mark.django_db

ALL = Queues()


def now_of(job: JobView) -> JobView:
    found = queries.job(job.id)
    assert found is not None
    return found


def taken(queues: Queues = ALL) -> Lease:
    lease = take(sign_on(queues).pk, queues)
    assert lease is not None
    return lease


def silent(worker: str) -> None:
    """As if the worker had died a while ago."""
    Worker.objects.filter(pk=worker).update(beat_at=clock.now() - 2 * SILENCE)


# ── waiting ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_queued_is_done_once_and_stays_to_be_seen(queued: Queued) -> None:
    job = queued(work.note, name="甲")

    assert work_off() == 1
    assert work_off() == 0

    assert work.CALLS == ["甲"]
    assert now_of(job).state is JobState.DONE


def test_a_transaction_that_is_undone_leaves_no_job() -> None:
    with transaction.atomic():
        enqueue(work.note, key="x", name="x")
        transaction.set_rollback(True)

    assert work_off() == 0


def test_the_same_work_waits_once_and_again_after_it_was_begun() -> None:
    for _ in range(3):
        enqueue(work.note, key="合同一", name="x")
    enqueue(work.note, key="合同二", name="y")
    enqueue(work.fail, key="合同一", words="another task")

    assert Job.objects.count() == 3

    lease = taken()
    enqueue(work.note, key="合同一", name="x")  # begun, so what it saw may be old
    assert Job.objects.count() == 4
    working.do(lease)


def test_without_a_key_every_call_is_a_job() -> None:
    enqueue(work.note, name="x")
    enqueue(work.note, name="x")

    assert work_off() == 2


def test_a_job_for_later_waits_for_its_time() -> None:
    later = clock.now() + timedelta(hours=2)
    enqueue(work.note, run_after=later, name="x")

    assert work_off() == 0
    with time_machine.travel(later + timedelta(seconds=1)):
        assert work_off() == 1


def test_what_the_library_queues_itself_is_done_as_well() -> None:
    work.note.enqueue("bare")

    assert work_off() == 1
    assert work.CALLS == ["bare"]


def test_long_work_has_a_queue_of_its_own() -> None:
    enqueue(work.scan, name="scan")
    enqueue(work.note, name="note")

    work_off(Queues(but=("reading",)))
    assert work.CALLS == ["note"]

    work_off(Queues(only=("reading",)))
    assert work.CALLS == ["note", "scan"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_queue_the_same_once_and_take_each_once() -> None:
    begin = threading.Barrier(3, timeout=20)
    found: list[UUID] = []

    def both() -> None:
        try:
            begin.wait()
            for number in range(5):
                enqueue(work.note, key=str(number), name=str(number))
            begin.wait()
            worker = sign_on(ALL).pk
            while (lease := take(worker, ALL)) is not None:
                found.append(lease.row.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=both) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == len(set(found)) == 5


# ── failing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_failure_is_tried_again_later_and_later_and_then_laid_aside(queued: Queued) -> None:
    job = queued(work.fail, attempts=3, words="secret of a contract")

    work_off()
    first = now_of(job)
    assert first.state is JobState.RETRYING
    assert first.due_at is not None
    assert first.due_at > clock.now()
    for _ in range(2):
        DBTaskResult.objects.update(run_after=clock.now())
        work_off()

    last = now_of(job)
    assert last.state is JobState.DEAD
    assert len(work.CALLS) == 3
    assert "ValueError" in last.trouble
    assert "secret" not in last.trouble
    assert last.place.startswith("lvyue.") or last.place == ""


def test_pauses_double_up_to_an_hour_and_differ_between_jobs() -> None:
    pauses = [pause_after("a", attempt) for attempt in range(1, 20)]

    assert timedelta(seconds=10) <= pauses[0] <= timedelta(seconds=15)
    assert all(later <= timedelta(hours=1.5) for later in pauses)
    assert pauses[6] > 8 * pauses[2]
    assert pause_after("a", 3) == pauses[2] != pause_after("b", 3)


@pytest.mark.parametrize(("final", "state"), [(False, JobState.RETRYING), (True, JobState.DEAD)])
def test_words_that_a_handler_gives_are_shown(queued: Queued, final: bool, state: JobState) -> None:
    job = queued(work.trouble, words="邮件服务器没有应答。", final=final)

    work_off()

    assert now_of(job).trouble == "邮件服务器没有应答。"
    assert now_of(job).state is state


def test_a_task_that_the_program_does_not_have_any_more_is_laid_aside_at_once(
    queued: Queued,
) -> None:
    job = queued(work.note, name="x")
    DBTaskResult.objects.update(task_path="lvyue.jobs.tasks.gone")

    work_off()

    assert now_of(job).state is JobState.DEAD
    assert "没有这项作业" in now_of(job).trouble


def test_a_retry_gives_way_to_the_same_work_that_waits_already(queued: Queued) -> None:
    job = queued(work.fail, key="x", words="x")
    lease = taken()
    newer = queued(work.fail, key="x", words="x")

    working.do(lease)

    assert now_of(job).state is JobState.DONE
    assert now_of(newer).state is JobState.WAITING


def test_a_job_that_was_asked_to_stop_waits_as_if_it_had_not_been_begun(queued: Queued) -> None:
    job = queued(work.stop, attempts=1)

    working.do(taken())

    assert now_of(job).state is JobState.WAITING
    assert now_of(job).attempt == 0


# ── dying ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_job_of_a_dead_worker_is_done_by_another(queued: Queued) -> None:
    job = queued(work.note, name="x")
    lease = taken()
    silent(lease.worker)

    assert reap() == 1
    assert work_off() == 1

    assert now_of(job).state is JobState.DONE
    assert now_of(job).attempt == 2


def test_a_job_that_kills_its_workers_is_laid_aside_after_so_many(queued: Queued) -> None:
    job = queued(work.note, attempts=2, name="x")

    for _ in range(2):
        silent(taken().worker)
        reap()

    assert now_of(job).state is JobState.DEAD
    assert "中断" in now_of(job).trouble


def test_who_lives_is_left_alone_and_who_has_left_is_not_waited_for(queued: Queued) -> None:
    queued(work.note, name="x")
    lease = taken()

    assert reap() == 0
    working.sign_off(lease.worker)
    assert reap() == 1


def test_who_was_taken_for_dead_and_comes_back_writes_nothing(queued: Queued) -> None:
    job = queued(work.note, name="x")
    slow = taken()
    silent(slow.worker)
    reap()
    quick = taken()

    assert not working.finished(slow)
    assert not working.failed(slow, ValueError())
    assert not working.put_back(slow)
    assert now_of(job).worker == quick.worker
    assert working.finished(quick)


def test_the_same_worker_that_took_a_job_twice_holds_only_the_second_lease(queued: Queued) -> None:
    queued(work.note, name="x")
    first = taken()
    silent(first.worker)
    reap()
    second = take(first.worker, ALL)

    assert second is not None
    assert not working.finished(first)
    assert working.finished(second)


def test_silence_is_longer_than_any_beat() -> None:
    assert timedelta(seconds=5 * BEAT) < SILENCE


# ── what a handler sees ──────────────────────────────────────────────────────────────────────────────────────────


def test_progress_is_seen_and_a_lost_lease_is_told(queued: Queued) -> None:
    job = queued(work.note, name="x")
    lease = taken()
    teller = working._Teller(lease)  # noqa: SLF001

    assert teller.tell(3, 3)
    assert (now_of(job).done, now_of(job).of) == (3, 3)
    silent(lease.worker)
    reap()
    assert not teller.tell(3, 3)


def test_the_audit_trail_learns_that_it_was_a_job(queued: Queued) -> None:
    job = queued(work.origin)

    work_off()

    assert [f"job {job.id}"] == work.CALLS
    assert here().via is not Via.JOB
