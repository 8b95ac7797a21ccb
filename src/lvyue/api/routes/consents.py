"""事先同意, 更换的部件, 新增工作 and 归责: what the contract lets the supplier do, and whose fault a time was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Router
from pydantic import AwareDatetime, Field

from lvyue.accounts.permissions import Right, Seat
from lvyue.api.asked import (
    ContractId,
    Digest,
    Name,
    Note,
    Number,
    Reason,
    Refusing,
    RowNumber,
    plausible,
    says,
)
from lvyue.api.gate import enter
from lvyue.api.routes.remote import TicketNumber, seen
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.core.allowances import Asked, Matter
from lvyue.helpdesk.actions import attributing, checking, claiming, fitting
from lvyue.helpdesk.actions import consents as actions
from lvyue.helpdesk.actions.claiming import LossDemand
from lvyue.helpdesk.queries import attributions as causes_of
from lvyue.helpdesk.queries import consents as queries
from lvyue.helpdesk.queries.attributions import Attribution, LossFile
from lvyue.helpdesk.queries.checklists import Checklist, ChecklistItem, checklists
from lvyue.helpdesk.queries.consents import FittedPart, PriorConsent
from lvyue.helpdesk.queries.remote import department_of
from lvyue.helpdesk.queries.tickets import events_of
from lvyue.helpdesk.queries.tickets import ticket as ticket_for

router = Router(tags=["事先同意与归责 Consents and causes"])


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """事先同意: what was asked, on what the judgement rests, and what the buyer said."""

    id: int
    matter: str
    name: str
    purpose: str
    details: dict[str, Any]
    begins: date
    ends: date
    state: str
    why: str
    clauses: list[str]
    evidence: list[str]
    asked_by: str
    asked_at: datetime
    paper: str
    answer: str
    answered_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


def _row(one: PriorConsent) -> ConsentRow:
    return ConsentRow(
        *(one.pk, one.matter, one.name, one.purpose, one.details, one.begins, one.ends),
        *(one.state, one.why, one.clauses, one.evidence, one.asked_name, one.asked_at),
        *(one.paper, one.answer, one.answered_at, one.started_at, one.ended_at),
    )


@router.get(
    "/contracts/{slug:contract_id}/consents", response=says(page(ConsentRow)), summary="事先同意"
)
def consents(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """软件与工具、群发消息、第三方协作；最近 200 件。"""
    seat = enter(request, contract_id)
    return listed([_row(one) for one in queries.consents(seat.contract_id)[:200]])


class NewConsent(Refusing):
    """申请同意."""

    matter: Matter
    name: Name
    purpose: Reason
    begins: date
    ends: date
    licence: str = Field("", max_length=200)
    stops: bool = False
    trial: bool = False
    work: str = Field("", max_length=40, description="grading 等保测评，cryptography 密评，或其他")
    in_bid: bool = False
    qualified_until: date | None = None
    buyer_pays: bool = False
    evidence: list[Digest] = Field(default_factory=list, max_length=20)


@router.post(
    "/contracts/{slug:contract_id}/consents",
    response=says(shape(ConsentRow), 201),
    summary="申请同意",
)
def ask(request: HttpRequest, contract_id: ContractId, body: NewConsent) -> HttpResponse:
    """按合同裁断：不准的引条款拒绝，须同意的等甲方，其余登记即可。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    asked = Asked(
        body.matter,
        plausible(body.begins) or body.begins,
        plausible(body.ends) or body.ends,
        body.stops,
        body.trial,
        body.work,
        body.in_bid,
        plausible(body.qualified_until),
        body.buyer_pays,
    )
    row = actions.ask_consent(
        seat.contract_id,
        asked,
        name=body.name,
        purpose=body.purpose,
        licence=body.licence,
        files=tuple(body.evidence),
        by=seat,
    )
    return answer(_row(row), 201)


class ConsentAnswer(Refusing):
    """甲方的答复."""

    agree: bool
    paper: str = Field("", max_length=200, pattern=r"^[^\x00]*$")
    said: Note = ""


@router.post(
    "/contracts/{slug:contract_id}/consents/{consent_id}/answer",
    response=says(shape(ConsentRow)),
    summary="同意或不同意",
)
def consent(
    request: HttpRequest, contract_id: ContractId, consent_id: RowNumber, body: ConsentAnswer
) -> HttpResponse:
    """同意要有书面文书，并在开始之前。"""
    seat = enter(request, contract_id, Right.TICKET_APPROVE)
    try:
        row = actions.answer_consent(
            seat.contract_id,
            consent_id,
            agree=body.agree,
            paper=body.paper,
            said=body.said,
            by=seat,
        )
    except PriorConsent.DoesNotExist as error:
        raise Http404("没有这件申请。") from error
    return answer(_row(row))


@router.post(
    "/contracts/{slug:contract_id}/consents/{consent_id}/start",
    response=says(shape(ConsentRow)),
    summary="开始使用、发送或协作",
)
def start(request: HttpRequest, contract_id: ContractId, consent_id: RowNumber) -> HttpResponse:
    """没有同意不能开始。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    try:
        return answer(_row(actions.start_consented(seat.contract_id, consent_id, by=seat)))
    except PriorConsent.DoesNotExist as error:
        raise Http404("没有这件申请。") from error


@router.post(
    "/contracts/{slug:contract_id}/consents/{consent_id}/end",
    response=says(shape(ConsentRow)),
    summary="结束",
)
def end(request: HttpRequest, contract_id: ContractId, consent_id: RowNumber) -> HttpResponse:
    """软件已卸下，消息已发完，协作已结束。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    try:
        return answer(_row(actions.end_consented(seat.contract_id, consent_id, by=seat)))
    except PriorConsent.DoesNotExist as error:
        raise Http404("没有这件申请。") from error


# ── parts and added work ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PartRow:
    """更换的部件."""

    ticket: int
    device: str
    name: str
    model: str
    serial: str
    removed_serial: str
    condition: str
    fitted_at: datetime


def _part(one: FittedPart) -> PartRow:
    return PartRow(
        *(one.ticket.number, one.device, one.name, one.model, one.serial, one.removed_serial),
        *(one.condition, one.fitted_at),
    )


@router.get(
    "/contracts/{slug:contract_id}/parts", response=says(page(PartRow)), summary="更换的部件"
)
def parts(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """最近 200 个。"""
    seat = enter(request, contract_id)
    return listed([_part(one) for one in queries.parts(seat)[:200]])


class NewPart(Refusing):
    """换上的部件."""

    device: Name
    name: Name
    serial: Name
    condition: str = Field(max_length=20, description="new、used 或 refurbished；只有 new 能换上")
    model: str = Field("", max_length=200)
    removed_serial: str = Field("", max_length=200)
    evidence: list[Digest] = Field(default_factory=list, max_length=20)


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/parts",
    response=says(shape(PartRow), 201),
    summary="更换部件",
)
def fit(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: NewPart
) -> HttpResponse:
    """序列号只能出现一次。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    part = fitting.NewPart(
        body.device,
        body.name,
        body.serial,
        body.condition,
        body.model,
        body.removed_serial,
        tuple(body.evidence),
    )
    row = fitting.fit_part(seat.contract_id, seen(seat, number), part, by=seat)
    return answer(_part(row), 201)


class ExtraWork(Refusing):
    """新增工作."""

    what: Reason
    fee_fen: int = Field(0, ge=0, le=100_000_000_000_000)
    amendment: Number | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """已记下: on which ticket, with which fee in fen."""

    ticket: int
    fee_fen: int


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/extra-work",
    response=says(shape(Noted), 201),
    summary="记新增工作",
)
def extra(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: ExtraWork
) -> HttpResponse:
    """免费的也记；收费要有双方签署的变更，总价包干的合同不能收。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    fitting.note_extra_work(
        seat.contract_id,
        seen(seat, number),
        body.what,
        fee_fen=body.fee_fen,
        amendment_number=body.amendment,
        by=seat,
    )
    return answer(Noted(number, body.fee_fen), 201)


# ── causes ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CauseRow:
    """归责: claimed by one side, answered by the other."""

    event: int
    cause: str
    said: str
    begins: datetime | None
    ends: datetime | None
    side: str
    state: str
    evidence: list[str]
    answer: str


def _cause(one: Attribution) -> CauseRow:
    return CauseRow(
        *(one.event.index, one.cause, one.event.said, one.begins, one.ends, one.event.side),
        "asked" if one.answer is None else one.answer.name,
        one.event.evidence,
        one.answer.said if one.answer else "",
    )


@router.get(
    "/contracts/{slug:contract_id}/tickets/{number}/causes",
    response=says(page(CauseRow)),
    summary="归责",
)
def causes(request: HttpRequest, contract_id: ContractId, number: TicketNumber) -> HttpResponse:
    """按提出的先后。"""
    seat = enter(request, contract_id)
    return _causes(seat, number, 200)


def _causes(seat: Seat, number: int, status: int) -> HttpResponse:
    found = ticket_for(seat, number, department_of(seat.username))
    if found is None:
        raise Http404(f"没有 {number} 号工单。")
    rows = [_cause(one) for one in causes_of.attributions(events_of(found))]
    return answer({"results": rows, "next": None}, status)


class NewCause(Refusing):
    """主张归责."""

    cause: str = Field(
        max_length=40, description="supplier、buyer_operation、power、force_majeure、third_party"
    )
    said: Reason
    begins: AwareDatetime | None = None
    ends: AwareDatetime | None = None
    clock: str = Field("", max_length=80, description="只对一个时钟；不填为全部")
    evidence: list[Digest] = Field(default_factory=list, max_length=20)


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/causes",
    response=says(page(CauseRow), 201),
    summary="主张归责",
)
def claim(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: NewCause
) -> HttpResponse:
    """要有说明和凭据；对方认可之后才从时钟里扣除。"""
    seat = enter(request, contract_id, Right.TICKET_OPEN)
    told = attributing.CauseClaim(
        body.cause, body.said, body.begins, body.ends, body.clock, tuple(body.evidence)
    )
    found = seen(seat, number)
    attributing.claim_cause(seat.contract_id, found, told, by=seat)
    return _causes(seat, found, 201)


class CauseAnswer(Refusing):
    """答复归责."""

    agree: bool
    said: Note = ""


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/causes/answer",
    response=says(page(CauseRow)),
    summary="认可归责或提出异议",
)
def answer_claim(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: CauseAnswer
) -> HttpResponse:
    """由另一方答复。"""
    seat = enter(request, contract_id, Right.TICKET_OPEN)
    found = seen(seat, number)
    attributing.answer_cause(seat.contract_id, found, agree=body.agree, said=body.said, by=seat)
    return _causes(seat, found, 200)


@dataclass(frozen=True, slots=True)
class LossPaperRow:
    """损失材料: ``amount_fen`` is the loss that it proves, in fen."""

    need: str
    sha256: str
    amount_fen: int | None
    said: str


@dataclass(frozen=True, slots=True)
class LossRow:
    """损失案卷: what a claim needs and what is there; claiming is the buyer's decision."""

    id: int
    ticket: int
    clauses: list[str]
    needs: list[str]
    opened_at: datetime
    papers: tuple[LossPaperRow, ...]


def _loss(one: LossFile) -> LossRow:
    papers = tuple(LossPaperRow(p.need, p.sha256, p.amount_fen, p.said) for p in one.papers.all())
    return LossRow(one.pk, one.ticket.number, one.clauses, one.needs, one.opened_at, papers)


@router.get(
    "/contracts/{slug:contract_id}/losses", response=says(page(LossRow)), summary="损失案卷"
)
def losses(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """双方认可是乙方原因造成损坏的，自动立卷；主张由甲方决定。"""
    seat = enter(request, contract_id, Right.TICKET_OPEN)
    return listed([_loss(one) for one in causes_of.loss_files_of(seat)[:200]])


class NewLossPaper(Refusing):
    """归入损失材料."""

    need: Name
    sha256: Digest
    amount_fen: int | None = Field(None, ge=1, le=10_000_000_000_000_000)
    said: Note = ""


@router.post(
    "/contracts/{slug:contract_id}/losses/{file_id}/papers",
    response=says(shape(LossPaperRow), 201),
    summary="归入损失材料",
)
def loss_paper(
    request: HttpRequest, contract_id: ContractId, file_id: RowNumber, body: NewLossPaper
) -> HttpResponse:
    """由甲方项目负责人归入。"""
    seat = enter(request, contract_id, Right.TICKET_APPROVE)
    try:
        row = attributing.add_loss_paper(
            seat.contract_id,
            file_id,
            need=body.need,
            sha256=body.sha256,
            amount_fen=body.amount_fen,
            said=body.said,
            by=seat,
        )
    except LossFile.DoesNotExist as error:
        raise Http404("没有这个案卷。") from error
    return answer(LossPaperRow(row.need, row.sha256, row.amount_fen, row.said), 201)


@dataclass(frozen=True, slots=True)
class LossClaimRow:
    """损失主张: what the supplier claims from the buyer; ``index`` is its number on the ticket, ``answer`` the buyer's words."""

    index: int
    at: datetime
    by: str
    nature: str
    amount_fen: int
    clauses: tuple[str, ...]
    said: str
    evidence: tuple[str, ...]
    state: str
    answer: str


def _loss_claims(seat: Seat, number: int, status: int) -> HttpResponse:
    found = ticket_for(seat, number, department_of(seat.username))
    if found is None:
        raise Http404(f"没有 {number} 号工单。")
    rows = [
        LossClaimRow(
            *(one.event.index, one.event.at, one.event.by_name, one.nature, one.amount_fen),
            *(one.clauses, one.event.said, tuple(one.event.evidence), one.state_zh),
            one.answer.said if one.answer is not None else "",
        )
        for one in causes_of.loss_claims(events_of(found))
    ]
    return answer({"results": rows, "next": None}, status)


@router.get(
    "/contracts/{slug:contract_id}/tickets/{number}/loss-claims",
    response=says(page(LossClaimRow)),
    summary="向甲方主张的损失",
)
def loss_claims(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber
) -> HttpResponse:
    """按提出的先后，连同甲方的答复。"""
    return _loss_claims(enter(request, contract_id), number, 200)


class NewLossClaim(Refusing):
    """主张甲方赔偿损失."""

    nature: str = Field(max_length=20, description="direct 直接损失、indirect 间接损失")
    amount_fen: int = Field(ge=1, le=10_000_000_000_000_000, description="分")
    said: Reason
    evidence: list[Digest] = Field(default_factory=list, max_length=20)


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/loss-claims",
    response=says(page(LossClaimRow), 201),
    summary="主张甲方赔偿损失",
)
def claim_loss(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: NewLossClaim
) -> HttpResponse:
    """由乙方项目经理提出，附违约记录和损失凭证；合同只赔直接损失的，间接损失连同条款一起退回。只留主张和答复，不付钱。"""
    seat = enter(request, contract_id, Right.TICKET_LEAD)
    found = seen(seat, number)
    demand = LossDemand(body.nature, body.amount_fen, body.said, tuple(body.evidence))
    claiming.claim_loss(seat.contract_id, found, demand, by=seat)
    return _loss_claims(seat, found, 201)


class LossClaimAnswer(Refusing):
    """答复损失主张."""

    agree: bool
    said: Note = ""


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/loss-claims/{index}/answer",
    response=says(page(LossClaimRow)),
    summary="答复损失主张",
)
def answer_loss(
    request: HttpRequest,
    contract_id: ContractId,
    number: TicketNumber,
    index: RowNumber,
    body: LossClaimAnswer,
) -> HttpResponse:
    """由甲方项目负责人答复；不认可的写明理由。"""
    seat = enter(request, contract_id, Right.TICKET_APPROVE)
    found = seen(seat, number)
    claiming.answer_loss(seat.contract_id, found, index, agree=body.agree, said=body.said, by=seat)
    return _loss_claims(seat, found, 200)


# ── lists of steps ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """步骤清单: ``index`` names it when a step is ticked; ``article`` is the article that it is from."""

    index: int
    title: str
    article: int | None
    items: tuple[ChecklistItem, ...]


def _list(one: Checklist) -> ChecklistRow:
    return ChecklistRow(one.index, one.title, one.article, one.items)


@router.get(
    "/contracts/{slug:contract_id}/tickets/{number}/checklists",
    response=says(page(ChecklistRow)),
    summary="步骤清单",
)
def lists_of_steps(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber
) -> HttpResponse:
    """每一步由谁在什么时候做完；没有做的是 null。"""
    seat = enter(request, contract_id)
    found = ticket_for(seat, number, department_of(seat.username))
    if found is None:
        raise Http404(f"没有 {number} 号工单。")
    return listed([_list(one) for one in checklists(events_of(found))])


class NewChecklist(Refusing):
    """列出步骤."""

    title: str = Field("", max_length=80, pattern=r"^[^\x00]*$")
    steps: list[Note] = Field(min_length=1, max_length=100)


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/checklists",
    response=says(shape(ChecklistRow), 201),
    summary="列出步骤",
)
def lay_steps(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: NewChecklist
) -> HttpResponse:
    """自己列的清单。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    event = checking.lay_checklist(
        seat.contract_id, seen(seat, number), body.title, body.steps, by=seat
    )
    (made,) = checklists([event])
    return answer(_list(made), 201)


class StepTick(Refusing):
    """勾选."""

    place: int = Field(ge=0, le=1000, description="第几步，从 0 数起")
    done: bool = True
    said: Note = ""


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/checklists/{index}",
    response=says(shape(ChecklistRow)),
    summary="勾选一步",
)
def tick_step(
    request: HttpRequest,
    contract_id: ContractId,
    number: TicketNumber,
    index: Annotated[int, Path(ge=0, le=2_147_483_647)],
    body: StepTick,
) -> HttpResponse:
    """`done` 为 false 是取消勾选；两次都留在经过里。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    now = checking.tick(
        seat.contract_id,
        seen(seat, number),
        index,
        body.place,
        done=body.done,
        said=body.said,
        by=seat,
    )
    return answer(_list(now))
