"""作业: what is done in the background, for administrators. What a job is about is told to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import Field

from lvyue import clock
from lvyue.api.asked import Reason, Refusing, Word, says
from lvyue.api.gate import administrator
from lvyue.api.habits import Listing, Short
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.jobs import queries
from lvyue.jobs.actions import deciding
from lvyue.jobs.choices import JobState, RunState
from lvyue.jobs.queries import JobView, Planned

router = Router(tags=["作业 Jobs"])

JobId = Annotated[UUID, Path(description="作业的编号")]


@dataclass(frozen=True, slots=True)
class JobRow:
    """作业: one piece of work in the background, without what it is about."""

    id: str
    title: str
    task: str
    queue: str
    state: JobState
    queued_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    attempt: int
    attempts: int
    worker: str
    done: int
    of: int
    trouble: str
    place: str


def _row(one: JobView) -> JobRow:
    return JobRow(
        id=str(one.id),
        title=one.title,
        task=one.task,
        queue=one.queue,
        state=one.state,
        queued_at=one.queued_at,
        due_at=one.due_at,
        started_at=one.started_at,
        ended_at=one.ended_at,
        attempt=one.attempt,
        attempts=one.attempts,
        worker=one.worker,
        done=one.done,
        of=one.of,
        trouble=one.trouble,
        place=one.place,
    )


class AskedJobs(Refusing):
    """哪些作业."""

    state: Literal["", "waiting", "running", "retrying", "dead", "dropped", "done"] = Field(
        "", description="状态"
    )
    q: Word = Field("", description="作业、队列或编号")
    after: str = Field("", max_length=100, description="上一页的 next")
    limit: int = Field(50, ge=1, le=200, description="每页多少行")


@router.get("/jobs", response=says(page(JobRow)), summary="作业")
def jobs(request: HttpRequest, asked: Query[AskedJobs]) -> HttpResponse:
    """排队、进行中、失败和办完的作业，最近的在前。"""
    administrator(request)
    state = JobState(asked.state) if asked.state else None
    found = queries.jobs(state, asked.q.strip(), before=asked.after, at_once=asked.limit)
    return listed([_row(one) for one in found.jobs], found.before or None)


def _one(job_id: UUID) -> HttpResponse:
    found = queries.job(job_id)
    if found is None:
        raise Http404("没有这项作业，或者它早已办完。")
    return answer(_row(found))


@router.get("/jobs/{job_id}", response=says(shape(JobRow)), summary="一项作业")
def job(request: HttpRequest, job_id: JobId) -> HttpResponse:
    """它到了哪一步，出了什么错。"""
    administrator(request)
    return _one(job_id)


class WhyJob(Refusing):
    """理由."""

    reason: Reason


@router.post("/jobs/{job_id}/retry", response=says(shape(JobRow)), summary="再试作业")
def retry(request: HttpRequest, job_id: JobId, body: WhyJob) -> HttpResponse:
    """失败、已放弃或等着重试的作业，马上再试。"""
    by = administrator(request)
    _one(job_id)
    deciding.retry(job_id, by=by, reason=body.reason)
    return _one(job_id)


@router.post("/jobs/{job_id}/drop", response=says(shape(JobRow)), summary="放弃作业")
def drop(request: HttpRequest, job_id: JobId, body: WhyJob) -> HttpResponse:
    """不再自动办理；还可以再试。"""
    by = administrator(request)
    _one(job_id)
    deciding.drop(job_id, by=by, reason=body.reason)
    return _one(job_id)


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """计划: what comes round by itself, when it last did and when it will again."""

    name: str
    zh: str
    says: str
    last_due: datetime | None
    last_state: RunState | None
    job: JobState | None
    next_due: datetime | None


def _schedule(one: Planned) -> ScheduleRow:
    return ScheduleRow(
        one.schedule.name,
        one.schedule.zh,
        one.schedule.says,
        one.last_due,
        one.last_state,
        one.job,
        one.next_due,
    )


SCHEDULES = Listing.of(ScheduleRow, "name")


@router.get("/schedules", response=says(page(ScheduleRow)), summary="计划")
@SCHEDULES.described
def schedules(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """全部计划，下次最早的在前。"""
    administrator(request)
    return SCHEDULES.among(request, asked, [_schedule(one) for one in queries.planned(clock.now())])


ScheduleName = Annotated[str, Path(max_length=80, description="计划的名称")]


@dataclass(frozen=True, slots=True)
class Queued:
    """是否排了队: false where it waits already."""

    queued: bool


@router.post("/schedules/{name}/run", response=says(shape(Queued)), summary="现在执行计划")
def run(request: HttpRequest, name: ScheduleName, body: WhyJob) -> HttpResponse:
    """不改变下一次。"""
    by = administrator(request)
    if all(one.name != name for one in queries.schedules()):
        raise Http404("没有这项计划。")
    return answer(Queued(deciding.run_schedule(name, by=by, reason=body.reason)))


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """作业进程."""

    id: str
    host: str
    process: int
    queues: str
    since: datetime
    beat_at: datetime
    holding: int


WORKERS = Listing.of(WorkerRow, "id")


@router.get("/workers", response=says(page(WorkerRow)), summary="作业进程")
@WORKERS.described
def workers(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """现在办作业的进程。"""
    administrator(request)
    found = queries.workers(clock.now())
    return WORKERS.among(
        request,
        asked,
        [
            WorkerRow(
                *(one.pk, one.host, one.process, one.queues, one.since, one.beat_at),
                holding=vars(one)["holding"],
            )
            for one in found
        ],
    )
