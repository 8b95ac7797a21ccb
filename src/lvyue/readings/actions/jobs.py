"""读入任务: papers that wait are read one at a time, each in a child process; whoever dies at it is noticed and replaced.

A worker takes a paper by changing its row from queued to running, which only one can; it writes only as long as the row
still names it. It gives a sign of life while it reads. A paper whose worker is silent goes back into the queue once; the second
time a person is told.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum

from lvyue import clock
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.evidence.vault import Condition, condition_of, path_of
from lvyue.intake import wire
from lvyue.intake.child import read_apart
from lvyue.reading.reading import read
from lvyue.reading.source import Source
from lvyue.readings.choices import PaperState
from lvyue.readings.models import Draft, DraftPaper
from lvyue.readings.queries import queued_ids, work_waits

log = logging.getLogger(__name__)

#: After so much silence a worker is taken for dead. It gives a sign every BEAT seconds, so this is a dozen of them.
SILENCE = timedelta(seconds=60)
BEAT = 5.0

#: So often a worker looks whether somebody has cancelled, in seconds.
LOOK = 1.0

TITLE_LIMIT = 200

#: Ten times the longest contract that we have heard of, in lines of one paper and in characters of all papers of a draft.
LINES_LIMIT, CHARACTERS_LIMIT = 20_000, 1_000_000

#: How often a paper is begun: a second time because machines are restarted, no third time because of the paper.
ATTEMPTS = 2

#: Reads a file; the child process in service, something quick in tests.
Reader = Callable[["Job"], Source]


class Job:
    """一次读入: the paper, who reads it, and what it tells the row while it does."""

    def __init__(self, paper: DraftPaper) -> None:
        self.paper = paper
        self._mine = DraftPaper.objects.filter(
            pk=paper.pk, state=PaperState.RUNNING, worker=paper.worker
        )
        self._beaten = self._looked = time.monotonic()
        self._lost = False

    def progress(self, page: int, pages: int) -> None:
        """So many pages are done."""
        if time.monotonic() - self._looked >= LOOK or page == pages:
            self._looked = self._beaten = time.monotonic()
            self._lost = not self._mine.update(page=page, pages=pages, heartbeat=clock.now())

    def cancelled(self) -> bool:
        """Whether somebody has cancelled it, or given it to another worker. Asked often, it looks seldom."""
        at = time.monotonic()
        if at - self._beaten >= BEAT:
            self._beaten = self._looked = at
            self._lost = not self._mine.update(heartbeat=clock.now())
        elif at - self._looked >= LOOK:
            self._looked = at
            self._lost = not self._mine.exists()
        return self._lost

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


# ── one after the other ──────────────────────────────────────────────────────────────────────────────────────────


def read_waiting(reader: Reader | None = None) -> int:
    """读完排队的: everything that waits, one at a time, until nothing does. How many were read or refused."""
    done = 0
    while read_next(reader):
        done += 1
    return done


def read_next(reader: Reader | None = None) -> bool:
    """读下一份: false where nothing waits."""
    requeue_silent()
    job = claim()
    if job is None:
        return False
    try:
        source = (reader or _read_apart)(job)
        _refuse_if_too_long(job.paper, source)
        # What cannot be taken apart is told here, and not to whoever opens the page.
        title = read(source).identity.title.value or ""
    except Refused as told:
        job.fail(told.doubts)
    except Exception:
        log.exception("读入文件 %s 时出错", job.paper.pk)
        says = "读入时出错，原因已记入系统日志。"
        job.fail((malformed(job.paper.name, says, "可以再读一遍；仍不行请联系系统管理员。"),))
    else:
        job.finish(source, title)
    return True


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


def claim() -> Job | None:
    """领取: the oldest paper that waits. Two who ask at once never get the same."""
    worker = f"{os.getpid()}-{uuid4().hex[:12]}"
    for paper_id in queued_ids():
        waiting = DraftPaper.objects.filter(pk=paper_id, state=PaperState.QUEUED)
        attempts = waiting.values_list("attempts", flat=True).first()
        if attempts is None:
            continue
        taken = waiting.filter(attempts=attempts).update(
            state=PaperState.RUNNING, worker=worker, attempts=attempts + 1, heartbeat=clock.now()
        )
        if taken:
            return Job(DraftPaper.objects.defer("source").get(pk=paper_id))
    return None


def requeue_silent() -> int:
    """清点中断的: a paper whose worker is silent goes back into the queue once; after that it has failed, in words."""
    silent = DraftPaper.objects.filter(
        state=PaperState.RUNNING, heartbeat__lt=clock.now() - SILENCE
    )
    found = 0
    for paper in silent.defer("source"):
        mine = silent.filter(pk=paper.pk, worker=paper.worker)
        if paper.attempts < ATTEMPTS:
            found += mine.update(state=PaperState.QUEUED, worker="", page=0, pages=0)
            continue
        told = {
            "says": f"读入时程序中断了 {paper.attempts} 次，没有读成。",
            "mend": "可以再读一遍；仍不行请把文件另存一份，或拆成几个文件。",
        }
        found += mine.update(state=PaperState.FAILED, worker="", doubts=[told])
    return found


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


# ── in the background ────────────────────────────────────────────────────────────────────────────────────────────

_alone = threading.Lock()
_thread: threading.Thread | None = None


def wake() -> threading.Thread | None:
    """唤醒: a thread of this process reads what waits, unless one does already, or workers elsewhere do."""
    global _thread  # noqa: PLW0603  one for the whole process
    if settings.READING_WORKER != "thread":
        return None
    with _alone:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="reading", daemon=True)
            _thread.start()
        return _thread


def wake_if_work_waits() -> None:
    """For pages that show a paper on its way: whoever was to read it may have died with its process."""
    if settings.READING_WORKER == "thread" and work_waits():
        wake()


def _work() -> None:
    try:
        while True:
            read_waiting()
            with _alone:
                if not queued_ids():
                    _end()
                    return
    except Exception:
        log.exception("读入的后台线程停下了，下一次查看时再起")
    finally:
        connection.close()


def _end() -> None:
    """Said while nobody else can look: what is queued from now on finds no thread, and starts one."""
    global _thread  # noqa: PLW0603
    _thread = None
