"""Reading in the background: one worker for a paper, a sign of life, and what becomes of a paper whose worker is gone."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from lvyue import clock
from lvyue.core.doubts import Refused, malformed
from lvyue.intake import read_file
from lvyue.reading.source import Source
from lvyue.readings import queries
from lvyue.readings.actions import bringing, jobs
from lvyue.readings.actions.bringing import Brought
from lvyue.readings.actions.jobs import Job
from lvyue.readings.choices import PaperState, Side
from lvyue.readings.models import DraftPaper
from tests.readings.conftest import PAPER, Begin, People, quickly


def silent(paper: DraftPaper) -> None:
    """As if the worker had died a while ago."""
    DraftPaper.objects.filter(pk=paper.pk).update(heartbeat=clock.now() - 2 * jobs.SILENCE)


def test_two_workers_never_take_the_same_paper(begin: Begin) -> None:
    begin(read=False)

    first, second = jobs.claim(), jobs.claim()

    assert first is not None
    assert second is None


def test_a_paper_whose_row_changed_meanwhile_is_left_to_whoever_has_it(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two look at once and see the same paper waiting: the second finds it taken."""
    draft = begin(read=False)
    seen = queries.queued_ids()
    assert jobs.claim() is not None

    monkeypatch.setattr(jobs, "queued_ids", lambda: seen)

    assert jobs.claim() is None
    assert draft.papers.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_read_each_paper_once(people: People) -> None:
    brought = [Brought(f"{n}.txt", [f"{PAPER}\n{n}".encode()]) for n in range(4)]
    bringing.open_draft(people("anna"), Side.BUYER, brought)
    taken: list[int] = []

    def work() -> None:
        try:
            while (job := jobs.claim()) is not None:
                taken.append(job.paper.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == sorted(DraftPaper.objects.values_list("pk", flat=True))


def test_a_silent_worker_is_replaced_once_and_the_second_time_a_person_is_told(
    begin: Begin,
) -> None:
    draft = begin(read=False)
    jobs.claim()
    silent(draft.papers.get())

    assert jobs.requeue_silent() == 1
    assert draft.papers.get().state == PaperState.QUEUED

    jobs.claim()
    silent(draft.papers.get())
    jobs.requeue_silent()
    paper = draft.papers.get()
    assert paper.state == PaperState.FAILED
    assert "中断了 2 次" in paper.doubts[0]["says"]


def test_a_worker_that_still_lives_is_left_alone(begin: Begin) -> None:
    begin(read=False)
    jobs.claim()

    assert jobs.requeue_silent() == 0


def test_who_was_taken_for_dead_writes_nothing_any_more(begin: Begin) -> None:
    draft = begin(read=False)
    slow = jobs.claim()
    assert slow is not None
    silent(draft.papers.get())
    jobs.requeue_silent()
    quick = jobs.claim()
    assert quick is not None

    assert not slow.finish(quickly(slow))
    assert not slow.fail((malformed("x", "too late"),))
    assert draft.papers.get().worker == quick.paper.worker
    assert quick.finish(quickly(quick))


def test_cancelled_while_it_is_read(begin: Begin, people: People) -> None:
    draft = begin(read=False)

    def slowly(job: Job) -> Source:
        bringing.cancel(draft.pk, 1, by=people("anna"))
        job._looked = job._beaten = -1e9  # noqa: SLF001  as if it had not looked for long
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
    job = jobs.claim()
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


@pytest.mark.django_db(transaction=True)
def test_the_thread_reads_what_waits_and_ends(people: People, settings: object) -> None:
    settings.READING_WORKER = "thread"  # type: ignore[attr-defined]
    bringing.open_draft(people("anna"), Side.BUYER, [Brought("合同.txt", [PAPER.encode()])])

    until = time.monotonic() + 30
    while DraftPaper.objects.get().state != PaperState.DONE:
        assert time.monotonic() < until, DraftPaper.objects.get().state
        time.sleep(0.05)
    while jobs._thread is not None:  # noqa: SLF001
        assert time.monotonic() < until
        time.sleep(0.05)

    assert not queries.work_waits()


def test_silence_is_longer_than_any_beat() -> None:
    assert timedelta(seconds=5 * jobs.BEAT) < jobs.SILENCE
