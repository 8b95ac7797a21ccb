"""Reading in the background: one job for a paper, how far it is, and what becomes of a paper whose worker is gone."""

from __future__ import annotations

import os
import signal

import pytest
from django_tasks_db.models import DBTaskResult

from lvyue import clock
from lvyue.core.doubts import Refused, malformed
from lvyue.intake import read_file
from lvyue.jobs.actions import working
from lvyue.jobs.actions.working import Queues, reap
from lvyue.reading.source import Source
from lvyue.readings import queries
from lvyue.readings.actions import bringing, jobs
from lvyue.readings.actions.jobs import Job
from lvyue.readings.choices import PaperState
from lvyue.readings.models import DraftPaper
from tests.readings.conftest import PAPER, Begin, People, quickly

READING = Queues(only=(jobs.QUEUE,))


def dies_at_it(job_queue: Queues = READING) -> None:
    """A worker takes the next job, begins to read its paper, and is gone."""
    worker = working.sign_on(job_queue)
    lease = working.take(worker.pk, job_queue)
    assert lease is not None
    running = working.running_of(lease)
    assert jobs.take(lease.row.args_kwargs["kwargs"]["paper_id"], running) is not None
    working.sign_off(worker.pk)
    assert reap() == 1


def test_a_paper_is_read_by_one_job(begin: Begin) -> None:
    draft = begin(read=False)
    paper = draft.papers.get()

    first = jobs.take(paper.pk, working.running_of(leased()))
    assert first is not None
    assert jobs.take(paper.pk, jobs._alone()) is None  # noqa: SLF001
    assert not jobs.read_one(paper.pk)

    assert draft.papers.get().attempts == 1


def leased() -> working.Lease:
    lease = working.take(working.sign_on(READING).pk, READING)
    assert lease is not None
    return lease


def test_papers_that_come_together_are_jobs_of_their_own(people: People) -> None:
    """Two workers read two of them at once."""
    from lvyue.readings.actions.bringing import Brought  # noqa: PLC0415
    from lvyue.readings.choices import Side  # noqa: PLC0415

    brought = [Brought(f"{n}.txt", [f"{PAPER}\n{n}".encode()]) for n in range(3)]
    bringing.open_draft(people("anna"), Side.BUYER, brought)

    held = {leased().row.args_kwargs["kwargs"]["paper_id"] for _ in range(3)}

    assert held == set(DraftPaper.objects.values_list("pk", flat=True))


def test_a_paper_whose_worker_died_is_read_again_once_and_then_a_person_is_told(
    begin: Begin,
) -> None:
    draft = begin(read=False)

    dies_at_it()
    dies_at_it()
    assert jobs.read_waiting(quickly) == 0

    paper = draft.papers.get()
    assert paper.state == PaperState.FAILED
    assert "中断了 2 次" in paper.doubts[0]["says"]


def test_after_one_death_the_second_reader_succeeds(begin: Begin) -> None:
    draft = begin(read=False)
    dies_at_it()

    jobs.read_waiting(quickly)

    assert draft.papers.get().state == PaperState.DONE


def test_who_was_taken_for_dead_writes_nothing_any_more(begin: Begin) -> None:
    draft = begin(read=False)
    paper = draft.papers.get()
    lease = leased()
    slow = jobs.take(paper.pk, working.running_of(lease))
    assert slow is not None
    working.sign_off(lease.worker)
    reap()
    quick = jobs.take(paper.pk, working.running_of(leased()))
    assert quick is not None

    assert not slow.finish(quickly(slow))
    assert not slow.fail((malformed("x", "too late"),))
    assert draft.papers.get().worker == quick.paper.worker
    assert quick.finish(quickly(quick))


def test_a_process_that_is_to_stop_puts_its_paper_back(begin: Begin) -> None:
    """It is no fault of the paper, and does not count."""
    draft = begin(read=False)

    def interrupted(job: Job) -> Source:
        job._job.stopping.set()  # noqa: SLF001  as the process does when it is asked to stop
        raise Refused([malformed(job.paper.name, "已经停止。")])

    jobs.read_waiting(interrupted)

    paper = draft.papers.get()
    assert (paper.state, paper.attempts) == (PaperState.QUEUED, 0)
    DBTaskResult.objects.update(run_after=clock.now())
    assert jobs.read_waiting(quickly) == 1
    assert draft.papers.get().state == PaperState.DONE


def test_papers_that_no_job_has_in_hand_are_picked_up(begin: Begin) -> None:
    """Waiting without a job, or begun by a job that was given up: both are read after all."""
    draft = begin(read=False)
    DBTaskResult.objects.all().delete()
    DraftPaper.objects.update(state=PaperState.RUNNING, worker="gone")

    assert jobs.queue_left_behind() == 1
    assert jobs.queue_left_behind() == 0
    jobs.read_waiting(quickly)

    assert draft.papers.get().state == PaperState.DONE


def test_cancelled_while_it_is_read(begin: Begin, people: People) -> None:
    draft = begin(read=False)

    def slowly(job: Job) -> Source:
        bringing.cancel(draft.pk, 1, by=people("anna"))
        job._looked = -1e9  # noqa: SLF001  as if it had not looked for long
        if job.cancelled():
            raise Refused([malformed(job.paper.name, "已经取消。")])
        return quickly(job)

    jobs.read_waiting(slowly)

    assert draft.papers.get().state == PaperState.CANCELLED
    bringing.again(draft.pk, 1, by=people("anna"))
    jobs.read_waiting(quickly)
    assert draft.papers.get().state == PaperState.DONE


def test_who_may_only_look_cancels_nothing(begin: Begin, people: People) -> None:
    from lvyue.accounts.choices import ContractRole  # noqa: PLC0415

    draft = begin(read=False)
    bringing.invite(draft.pk, people("vera").username, ContractRole.AUDITOR, by=people("anna"))

    with pytest.raises(Refused, match="不能核对"):
        bringing.cancel(draft.pk, 1, by=people("vera"))


def test_progress_is_written(begin: Begin) -> None:
    draft = begin(read=False)
    job = jobs.take(draft.papers.get().pk, jobs._alone())  # noqa: SLF001
    assert job is not None

    job.progress(7, 7)

    paper = draft.papers.get()
    assert (paper.page, paper.pages) == (7, 7)


def test_a_reader_that_breaks_in_a_way_nobody_foresaw_is_told_in_words(
    begin: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    draft = begin(read=False)

    def broken(job: Job) -> Source:
        raise RuntimeError(job.paper.name)

    assert jobs.read_waiting(broken) == 1
    assert draft.papers.get().state == PaperState.FAILED
    assert "系统日志" in draft.papers.get().doubts[0]["says"]
    assert "读入文件" in caplog.text


def test_an_original_that_changed_in_the_vault_is_not_read(begin: Begin) -> None:
    draft = begin(read=False)
    from lvyue.evidence.vault import path_of  # noqa: PLC0415

    path_of(draft.papers.get().sha256).write_bytes(b"something else")

    jobs.read_waiting()

    assert "内容变了" in draft.papers.get().doubts[0]["says"]


def test_it_is_read_in_a_process_of_its_own(begin: Begin) -> None:
    draft = begin(read=False)

    jobs.read_waiting()

    paper = draft.papers.get()
    assert paper.state == PaperState.DONE
    here = read_file(PAPER.encode(), name=paper.name)
    assert queries.source_of(paper) == here


@pytest.mark.slow
def test_killed_in_the_middle(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child dies as the kernel kills what takes too much: the paper says so, and the worker goes on."""
    from lvyue.intake import child  # noqa: PLC0415

    draft = begin(read=False)
    started = child._started  # noqa: SLF001

    def doomed(*args: object) -> object:
        manager = started(*args)  # type: ignore[arg-type]
        real = manager.__enter__

        def enter() -> object:
            process = real()
            os.kill(process.pid, signal.SIGKILL)
            return process

        monkeypatch.setattr(manager, "__enter__", enter, raising=False)
        return _Entered(manager, enter)

    monkeypatch.setattr(child, "_started", doomed)

    jobs.read_waiting()

    paper = draft.papers.get()
    assert paper.state == PaperState.FAILED
    assert "内存不够" in paper.doubts[0]["says"] or "中途退出" in paper.doubts[0]["says"]


class _Entered:
    def __init__(self, manager: object, enter: object) -> None:
        self._manager, self._enter = manager, enter

    def __enter__(self) -> object:
        return self._enter()  # type: ignore[operator]

    def __exit__(self, *why: object) -> object:
        return self._manager.__exit__(*why)  # type: ignore[attr-defined]
