"""做作业: a worker takes a job, does it, and writes down how it ended; jobs whose worker is gone go back into the queue.

A lease is the worker with the number of the attempt. Whatever a worker writes about a job it writes under that condition, so
who was taken for dead and comes back changes nothing. A handler therefore runs at least once, and never twice at the same
time unless its worker was silent for longer than ``SILENCE``.
"""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from traceback import extract_tb, format_exception
from typing import Any
from uuid import uuid4

from django.db import Error as DatabaseError
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django_tasks_db.compat import TaskContext, TaskResultStatus, normalize_json
from django_tasks_db.models import DBTaskResult

from lvyue import clock
from lvyue.accounts.choices import Via
from lvyue.accounts.origin import Origin, acting
from lvyue.core.doubts import Refused
from lvyue.jobs.models import TASK, Job, Worker
from lvyue.jobs.running import SILENCE, PutBack, Running, Trouble, at

log = logging.getLogger(__name__)

#: The first pause after a failure doubles with each further one, up to the longest.
PAUSE, LONGEST = timedelta(seconds=10), timedelta(hours=1)

#: What was put back waits so long, so that a handler that always does it does not spin.
BREATH = timedelta(seconds=1)

#: So often at most a job says how far it is, in seconds.
TELL = 1.0

#: How a job that nobody asked to be tried oftener is tried: for what came into the queue by the library's own door.
ATTEMPTS = 5

#: Under this name the audit trail knows whatever a job does without anybody having asked for it.
ACTOR = "系统作业"

TROUBLE, PLACE = 500, 200


@dataclass(frozen=True, slots=True)
class Queues:
    """队列: which jobs a worker takes: only those of some queues, or those of all but some."""

    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    @property
    def zh(self) -> str:
        if self.only:
            return "、".join(self.only)
        return "全部" + (f"，{'、'.join(self.but)} 除外" if self.but else "")

    def of(self, rows: QuerySet[DBTaskResult[Any, Any]]) -> QuerySet[DBTaskResult[Any, Any]]:
        if self.only:
            rows = rows.filter(queue_name__in=self.only)
        if self.but:
            rows = rows.exclude(queue_name__in=self.but)
        return rows


@dataclass(frozen=True, slots=True)
class Lease:
    """租约: a job in the hands of a worker, for one attempt."""

    row: DBTaskResult[Any, Any]
    worker: str
    attempt: int
    attempts: int

    @property
    def mine(self) -> QuerySet[Job]:
        """The job, as long as it is still in these hands."""
        return Job.objects.filter(pk=self.row.pk, worker=self.worker, begun=self.attempt)


# ── who works ────────────────────────────────────────────────────────────────────────────────────────────────────


def sign_on(queues: Queues) -> Worker:
    """上班: a worker enters the list, so that others see it live, or notice that it does not."""
    host, now = socket.gethostname()[:40], clock.now()
    return Worker.objects.create(
        pk=f"{host}-{os.getpid()}-{uuid4().hex[:8]}",
        host=host,
        process=os.getpid(),
        queues=queues.zh[:200],
        since=now,
        beat_at=now,
    )


def beat(workers: Collection[str]) -> None:
    """报平安: these workers live."""
    Worker.objects.filter(pk__in=workers, left_at__isnull=True).update(beat_at=clock.now())


def sign_off(worker: str) -> None:
    """下班: what it still holds, if anything, is free for others at once."""
    Worker.objects.filter(pk=worker).update(left_at=clock.now())


def reap(silence: timedelta = SILENCE) -> int:
    """清点中断的: jobs whose worker is silent or has left go back into the queue, or fail where they were tried often enough."""
    gone = Q(worker__beat_at__lt=clock.now() - silence) | Q(worker__left_at__isnull=False)
    lost = Q(worker__isnull=True)  # its worker was forgotten
    held = Job.objects.filter(gone | lost, result__status=TaskResultStatus.RUNNING)
    found = 0
    for job in held.select_related("result"):
        lease = Lease(job.result, job.worker_id or "", job.begun, job.attempts)
        mine = Job.objects.filter(pk=job.pk, begun=job.begun, worker=job.worker_id)
        told = f"执行它的进程中断了（第 {job.begun} 次）。"
        found += _ended_badly(lease, mine, told, "", final=False)
    return found


# ── one job ──────────────────────────────────────────────────────────────────────────────────────────────────────


def take(worker: str, queues: Queues) -> Lease | None:
    """领取: the most urgent job that is due. Two who ask at once never get the same."""
    with transaction.atomic():
        due = queues.of(DBTaskResult.objects.ready())
        row = due.select_for_update(skip_locked=True).first()
        if row is None:
            return None
        row.status = TaskResultStatus.RUNNING
        row.started_at = clock.now()
        row.worker_ids = [*row.worker_ids, worker]
        row.save(update_fields=["status", "started_at", "worker_ids"])
        taken = Job.objects.filter(pk=row.pk).update(
            waiting=False, worker=worker, begun=F("begun") + 1, done=0, of=0
        )
        if not taken:  # came by the library's own door
            path = row.task_path[:TASK]
            Job.objects.create(
                result=row, task=path, key="", attempts=ATTEMPTS, begun=1, waiting=False,
                worker_id=worker,
            )  # fmt: skip
        begun, attempts = Job.objects.values_list("begun", "attempts").get(pk=row.pk)
    return Lease(row, worker, begun, attempts)


def do(lease: Lease, stopping: Event | None = None) -> bool:
    """办理: the handler is called, and its end written down. Whether it ended well."""
    job = running_of(lease, stopping)
    origin = Origin(request_id=str(lease.row.pk), via=Via.JOB)
    try:
        with acting(origin), at(job):
            value = _call(lease.row)
    except PutBack:
        put_back(lease)
        return False
    except Exception as error:
        log.exception("作业 %s 出错：%s", lease.row.pk, lease.row.task_path)
        failed(lease, error)
        return False
    except BaseException:
        put_back(lease)
        raise
    return finished(lease, value)


def running_of(lease: Lease, stopping: Event | None = None) -> Running:
    """What a handler sees of its job."""
    teller = _Teller(lease)
    return Running(
        str(lease.row.pk), lease.attempt, lease.attempts, teller.tell, stopping or Event()
    )


def _call(row: DBTaskResult[Any, Any]) -> Any:
    task = row.task
    arguments = row.args_kwargs
    if task.takes_context:
        context: TaskContext[Any, Any] = TaskContext(task_result=row.task_result)
        return normalize_json(task.call(context, *arguments["args"], **arguments["kwargs"]))
    return normalize_json(task.call(*arguments["args"], **arguments["kwargs"]))


class _Teller:
    """How far a job is, written at most once a second."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._told = 0.0
        self._held = True

    def tell(self, done: int, of: int) -> bool:
        now = time.monotonic()
        if now - self._told >= TELL or done == of:
            self._told = now
            self._held = bool(self._lease.mine.update(done=max(done, 0), of=max(of, 0)))
        return self._held


def finished(lease: Lease, value: Any = None) -> bool:
    """办完: false where the lease is lost; whoever has it now does the work again."""
    with transaction.atomic():
        kept = lease.mine.update(worker=None, waiting=False, trouble="", trouble_at="")
        if kept:
            DBTaskResult.objects.filter(pk=lease.row.pk).update(
                status=TaskResultStatus.SUCCESSFUL,
                finished_at=clock.now(),
                return_value=value,
                exception_class_path="",
                traceback="",
            )
    return bool(kept)


def failed(lease: Lease, error: BaseException) -> bool:
    """没办成: tried again later, or laid aside for a person where it was tried often enough or trying again is of no use."""
    final = isinstance(error, ImportError) or (isinstance(error, Trouble) and error.final)
    return _ended_badly(lease, lease.mine, words_for(error), place_of(error), error, final=final)


def put_back(lease: Lease) -> bool:
    """放回: as if this attempt had not been made."""
    with transaction.atomic():
        return _wait_again(lease, lease.mine, clock.now() + BREATH, begun=lease.attempt - 1)


def pause_after(job_id: Any, attempt: int) -> timedelta:
    """重试前等多久: twice as long each time, and up to half as long again by the job's own number, so that not all come at once."""
    base: timedelta = min(PAUSE * 2 ** min(attempt - 1, 20), LONGEST)
    spread = hashlib.sha256(f"{job_id} {attempt}".encode()).digest()[0] / 255
    return base * (1 + spread / 2)


def _ended_badly(
    lease: Lease,
    mine: QuerySet[Job],
    says: str,
    place: str,
    error: BaseException | None = None,
    *,
    final: bool,
) -> bool:
    told = {"trouble": says[:TROUBLE], "trouble_at": place[:PLACE]}
    now = clock.now()
    with transaction.atomic():
        if not final and lease.attempt < lease.attempts:
            due = now + (pause_after(lease.row.pk, lease.attempt) if error else timedelta())
            return _wait_again(lease, mine, due, **told)
        kept = mine.update(worker=None, waiting=False, **told)
        if kept:
            DBTaskResult.objects.filter(pk=lease.row.pk).update(
                status=TaskResultStatus.FAILED,
                finished_at=now,
                exception_class_path=_class_of(error) if error else "",
                traceback="".join(format_exception(error)) if error else "",
            )
    return bool(kept)


def _wait_again(lease: Lease, mine: QuerySet[Job], due: datetime, **told: Any) -> bool:
    """Back into the queue; where the same work waits there already, that one does for both."""
    try:
        with transaction.atomic():
            kept = mine.update(worker=None, waiting=True, done=0, of=0, **told)
    except IntegrityError:
        return finished(lease)
    if kept:
        DBTaskResult.objects.filter(pk=lease.row.pk).update(
            status=TaskResultStatus.READY, run_after=due
        )
    return bool(kept)


# ── in words ─────────────────────────────────────────────────────────────────────────────────────────────────────


def words_for(error: BaseException) -> str:
    """What an administrator is told. Never the text of an exception that did not promise to say nothing of people or contracts."""
    match error:
        case Trouble():
            return error.says
        case Refused():
            return "办理被拒绝；原因写在系统日志里。"
        case DatabaseError():
            return "数据库没有应答，或者正忙。"
        case TimeoutError():
            return "等得太久，没有应答。"
        case ConnectionError():
            return "连接不上，或者连接断了。"
        case ImportError():
            return "程序里没有这项作业；可能是升级之前排的队。"
        case OSError():
            return "读写文件或网络时出错。"
        case _:
            return f"程序出错（{type(error).__name__}）；详情写在系统日志里。"


def place_of(error: BaseException) -> str:
    """Where in our own code it went wrong, for whoever looks into the system's log."""
    ours = [step for step in extract_tb(error.__traceback__) if "lvyue" in step.filename]
    if not ours:
        return ""
    path = ours[-1].filename.rpartition("lvyue" + os.sep)[2].removesuffix(".py")
    return f"lvyue.{path.replace(os.sep, '.')}:{ours[-1].lineno}"


def _class_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


# ── here and now ─────────────────────────────────────────────────────────────────────────────────────────────────


def work_off(queues: Queues = Queues(), stopping: Event | None = None) -> int:
    """做完排队的: everything that is due, one after the other, until nothing is. How many were done, well or badly."""
    worker = sign_on(queues)
    done = 0
    try:
        while not (stopping and stopping.is_set()) and (lease := take(worker.pk, queues)):
            do(lease, stopping)
            done += 1
    finally:
        sign_off(worker.pk)
    return done


__all__ = [
    "ACTOR",
    "Lease",
    "Queues",
    "beat",
    "do",
    "failed",
    "finished",
    "pause_after",
    "put_back",
    "reap",
    "running_of",
    "sign_off",
    "sign_on",
    "take",
    "work_off",
]
