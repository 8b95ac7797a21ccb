"""提醒与日历订阅: what is told when, to one's own side, and what became of it; the due dates as a calendar file."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from lvyue import clock
from lvyue.accounts.permissions import Right
from lvyue.accounts.queries import account as account_named
from lvyue.api.asked import ContractId, Reason, Refusing, RowNumber, Text, Word, says
from lvyue.api.gate import caller, enter
from lvyue.api.shapes import Shape, answer, shape
from lvyue.core.doubts import Refused, malformed
from lvyue.core.reminding import Rhythm
from lvyue.obligations.actions import reminding
from lvyue.obligations.ladder import Reminders, reminders_of
from lvyue.obligations.reminders import OffsetsInWords, policy_from_words

router = Router(tags=["提醒与日历 Reminders"])


class AskedReminders(Refusing):
    """哪些提醒."""

    term: Word = Field("", description="只看一项约定")


@router.get(
    "/contracts/{slug:contract_id}/reminders",
    response=says(shape(Reminders)),
    summary="提醒：将要告诉谁，已经告诉了谁",
)
def reminders(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedReminders]
) -> HttpResponse:
    """本方的梯子、参数和回执；审计看得到双方的。"""
    seat = enter(request, contract_id)
    return answer(reminders_of(seat, caller(request), clock.now(), term=asked.term.strip()))


class Offsets(Refusing):
    """提前量与升级，写法与网页相同：``3个工作日、1个工作日``，按小时计的 ``一半、15分钟``。"""

    before: Annotated[Text, Field(max_length=300)] = ""
    after: Annotated[Text, Field(max_length=300)] = ""
    on_day: bool = True


class NewPolicy(Refusing):
    """本方的提醒参数."""

    hours: Offsets
    long: Offsets
    short: Offsets
    day: Offsets
    hour: int = Field(9, ge=0, le=23, description="几点提醒；按小时计的不受限制")
    working_days_only: bool = True
    second: Word = Field("", description="升级的第二人，登录名；不填则为本方第二位负责人")


@router.put(
    "/contracts/{slug:contract_id}/reminders/policy",
    response=says(shape(Reminders)),
    summary="设定本方的提醒",
)
def set_policy(request: HttpRequest, contract_id: ContractId, body: NewPolicy) -> HttpResponse:
    """只改本方的；对方的看不到，也改不了。"""
    seat, by = enter(request, contract_id, Right.REMIND), caller(request)
    words = {
        rhythm: OffsetsInWords(told.before, told.after, told.on_day)
        for rhythm, told in (
            (Rhythm.HOURS, body.hours),
            (Rhythm.LONG, body.long),
            (Rhythm.SHORT, body.short),
            (Rhythm.DAY, body.day),
        )
    }
    policy = policy_from_words(words, body.hour, working_days_only=body.working_days_only)
    second = account_named(body.second) if body.second else None
    if body.second and second is None:
        says_ = "升级的第二人须在这份合同中任职于本方。"
        raise Refused([malformed("第二人", says_, "请核对登录名。")])
    reminding.set_policy(seat, policy, second, by=by)
    return answer(reminders_of(seat, by, clock.now()))


class NewPause(Refusing):
    """停止提醒本人."""

    term: Word = Field("", description="哪项约定；不填为整份合同")
    until: datetime | None = Field(None, description="到何时；不填为一直")
    reason: Reason


class MyPause(Shape):
    """停止提醒."""

    id: int
    term: str
    until: datetime | None
    reason: str


@router.post(
    "/contracts/{slug:contract_id}/reminders/pauses",
    response=says(MyPause, 201),
    summary="停止提醒本人",
)
def pause(request: HttpRequest, contract_id: ContractId, body: NewPause) -> HttpResponse:
    """只停到期之前的；逾期照样告知。"""
    seat = enter(request, contract_id)
    until = body.until
    if until is not None and until.tzinfo is None:
        until = until.replace(tzinfo=clock.SHANGHAI)
    made = reminding.pause(seat, body.term.strip(), until, body.reason, by=caller(request))
    told = {"id": made.pk, "term": made.term, "until": made.until, "reason": made.reason}
    return answer(told, 201)


@router.delete(
    "/contracts/{slug:contract_id}/reminders/pauses/{pause_id}",
    response=says(None, 204),
    summary="恢复提醒本人",
)
def resume(request: HttpRequest, contract_id: ContractId, pause_id: RowNumber) -> HttpResponse:
    """只能恢复自己停的。"""
    seat = enter(request, contract_id)
    if not reminding.resume(seat, pause_id, by=caller(request)):
        raise Http404("您没有停过这项提醒。")
    return HttpResponse(status=204)
