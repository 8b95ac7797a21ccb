"""读入任务: each paper that waits is one job of the queue "reading", done in a child process.

A job takes its paper by changing the row from queued to running, which only one can; it writes only as long as the row still
names it. Where its worker died, the same job comes back with the next attempt and takes the paper over; the third time a
person is told instead.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Sum

from lvyue import clock
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.evidence.vault import Condition, condition_of, path_of
from lvyue.intake import wire
from lvyue.intake.child import read_apart
from lvyue.jobs.actions import enqueue
from lvyue.jobs.actions.working import Queues, work_off
from lvyue.jobs.queries import is_underway
from lvyue.jobs.running import PutBack, Running, running
from lvyue.reading.reading import read
from lvyue.reading.source import Source
from lvyue.readings.choices import PaperState
from lvyue.readings.models import Draft, DraftPaper

log = logging.getLogger(__name__)

#: The queue of its own for what takes minutes, and the task that reads one paper.
QUEUE = "reading"
TASK = "lvyue.readings.tasks.read_paper"

#: So often a worker looks whether somebody has cancelled, in seconds.
LOOK = 1.0

TITLE_LIMIT = 200

#: Ten times the longest contract that we have heard of, in lines of one paper and in characters of all papers of a draft.
LINES_LIMIT, CHARACTERS_LIMIT = 20_000, 1_000_000

#: How often a paper is begun: a second time because machines are restarted, no third time because of the paper.
ATTEMPTS = 2

#: Reads a file; the child process in service, something quick in tests.
Reader = Callable[["Job"], Source]
_reader: ContextVar[Reader | None] = ContextVar("reader", default=None)


class Job:
    """一次读入: the paper, who reads it, and what it tells the row while it does."""

    def __init__(self, paper: DraftPaper, job: Running) -> None:
        self.paper = paper
        self._job = job
        self._mine = DraftPaper.objects.filter(
            pk=paper.pk, state=PaperState.RUNNING, worker=paper.worker
        )
        self._looked = time.monotonic()
        self._lost = False

    def progress(self, page: int, pages: int) -> None:
        """So many pages are done."""
        self._job.progress(page, pages)
        if time.monotonic() - self._looked >= LOOK or page == pages:
            self._looked = time.monotonic()
            self._lost = not self._mine.update(page=page, pages=pages)

    def cancelled(self) -> bool:
        """Whether somebody has cancelled it, or this process is to stop. Asked often, it looks seldom."""
        if time.monotonic() - self._looked >= LOOK:
            self._looked = time.monotonic()
            self._lost = not self._mine.exists()
        return self._lost or self.interrupted

    @property
    def interrupted(self) -> bool:
        """Whether this process is to stop, which is no fault of the paper."""
        return self._job.stopping.is_set()

    def wait_again(self) -> bool:
        """Back into the queue, as if it had not been begun."""
        fresh = {"state": PaperState.QUEUED, "worker": "", "page": 0, "pages": 0}
        return bool(self._mine.update(**fresh, attempts=F("attempts") - 1))

    def finish(self, source: Source, title: str = "") -> bool:
        """What was read is kept, unless the row is somebody else's by now. A draft named after its file gets the paper's title."""
        with transaction.atomic():
            # The draft first, as everybody does who changes one of its papers, or two would wait for each other.
            draft = Draft.objects.select_for_update().get(pk=self.paper.draft_id)
            done = self._mine.update(
                state=PaperState.DONE,
                kind=source.kind.value,
                characters=source.characters,
                pages=len(source.pages),
                page=len(source.pages),
                source=wire.to_json(source),
                read_at=clock.now(),
                doubts=[],
                worker="",
            )
            if done:
                draft.version += 1
                if title and draft.title == self.paper.name:
                    draft.title = title[:TITLE_LIMIT]
                draft.save(update_fields=["version", "title"])
        return bool(done)

    def fail(self, doubts: tuple[Doubt, ...]) -> bool:
        told = [{"says": one.says, "mend": one.mend} for one in doubts]
        return bool(self._mine.update(state=PaperState.FAILED, doubts=told, worker=""))


# ── the queue ────────────────────────────────────────────────────────────────────────────────────────────────────


def queue(paper_id: int) -> None:
    """排队: once for a paper, in the caller's transaction."""
    enqueue(TASK, key=key_of(paper_id), attempts=ATTEMPTS + 1, paper_id=paper_id)


def key_of(paper_id: int) -> str:
    return f"paper-{paper_id}"


def queue_left_behind() -> int:
    """拾遗: papers that wait without a job, and papers whose job was given up while they were being read. How many."""
    known = DraftPaper.objects.filter(state__in=(PaperState.QUEUED, PaperState.RUNNING))
    found = 0
    for paper_id in known.values_list("pk", flat=True):
        with transaction.atomic():
            if is_underway(TASK, key_of(paper_id)):
                continue
            begun = DraftPaper.objects.filter(pk=paper_id, state=PaperState.RUNNING)
            begun.update(state=PaperState.QUEUED, worker="", page=0, pages=0)
            queue(paper_id)
        found += 1
    return found


def read_waiting(reader: Reader | None = None) -> int:
    """读完排队的: everything that waits to be read, here and now. How many papers were read or refused."""
    token = _reader.set(reader)
    waiting = DraftPaper.objects.filter(state=PaperState.QUEUED)
    try:
        before = waiting.count()
        work_off(Queues(only=(QUEUE,)))
        return before - waiting.count()
    finally:
        _reader.reset(token)


# ── one paper ────────────────────────────────────────────────────────────────────────────────────────────────────


def read_one(paper_id: int) -> bool:
    """读一份: false where somebody else has it, or nobody wants it read any more."""
    job = take(paper_id, running() or _alone())
    if job is None:
        return False
    try:
        source = (_reader.get() or _read_apart)(job)
        _refuse_if_too_long(job.paper, source)
        # What cannot be taken apart is told here, and not to whoever opens the page.
        title = read(source).identity.title.value or ""
    except Refused as told:
        if job.interrupted and job.wait_again():
            raise PutBack from told
        job.fail(told.doubts)
    except DatabaseError:
        raise  # no fault of the paper: the job comes back, and takes it over
    except Exception:
        log.exception("读入文件 %s 时出错", job.paper.pk)
        says = "读入时出错，原因已记入系统日志。"
        job.fail((malformed(job.paper.name, says, "可以再读一遍；仍不行请联系系统管理员。"),))
    else:
        job.finish(source, title)
    return True


def _alone() -> Running:
    """For who reads outside of any job."""
    return Running(uuid4().hex, 1, 1, lambda _done, _of: True, threading.Event())


def take(paper_id: int, by: Running) -> Job | None:
    """领取: a paper that waits, or that an earlier attempt of the same job had in hand, which is gone by now."""
    paper = DraftPaper.objects.filter(pk=paper_id).defer("source").first()
    if paper is None:
        return None
    again = paper.state == PaperState.RUNNING and paper.worker.startswith(by.id)
    if paper.state != PaperState.QUEUED and not again:
        return None
    there = DraftPaper.objects.filter(
        pk=paper_id, state=paper.state, worker=paper.worker, attempts=paper.attempts
    )
    if again and paper.attempts >= ATTEMPTS:
        told = {
            "says": f"读入时程序中断了 {paper.attempts} 次，没有读成。",
            "mend": "可以再读一遍；仍不行请把文件另存一份，或拆成几个文件。",
        }
        there.update(state=PaperState.FAILED, worker="", doubts=[told])
        return None
    fresh = {"state": PaperState.RUNNING, "worker": f"{by.id}-{by.attempt}", "page": 0, "pages": 0}
    if not there.update(**fresh, attempts=paper.attempts + 1):
        return None
    return Job(DraftPaper.objects.defer("source").get(pk=paper_id), by)


def _refuse_if_too_long(paper: DraftPaper, source: Source) -> None:
    """What is read is read again whenever a page is opened: no draft may hold up everybody else."""
    there = DraftPaper.objects.filter(draft=paper.draft_id, state=PaperState.DONE)
    known = there.aggregate(sum=Sum("characters"))["sum"] or 0
    if len(source.blocks) > LINES_LIMIT:
        says = f"有 {len(source.blocks)} 行，一个文件最多 {LINES_LIMIT} 行。"
    elif known + source.characters > CHARACTERS_LIMIT:
        says = (
            f"这份草稿的文件合起来有 {known + source.characters} 个字，最多 {CHARACTERS_LIMIT} 个。"
        )
    else:
        return
    raise Refused([malformed(paper.name, says, "合同没有这么长；请只传合同正文和附件。")])


def _read_apart(job: Job) -> Source:
    paper = job.paper
    if condition_of(paper.sha256) is not Condition.WHOLE:
        says = "文件库里的原件不见了，或者内容变了。"
        raise Refused([malformed(paper.name, says, "请重新上传。")])
    return read_apart(
        path_of(paper.sha256),
        name=paper.name,
        seconds=settings.READING_SECONDS,
        megabytes=settings.READING_MEGABYTES,
        progress=job.progress,
        cancelled=job.cancelled,
    )
