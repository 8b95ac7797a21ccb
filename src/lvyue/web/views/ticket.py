"""一张工单: what it is, what is due and why then, what may be done now, and everything that happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.facts import PAUSE_REASONS, WORDS
from lvyue.core.tickets import FAULT_CAUSES, MARKS, SCORES
from lvyue.helpdesk.actions.opening import SHORT
from lvyue.helpdesk.actions.pausing import answer_pause, ask_pause
from lvyue.helpdesk.actions.stepping import StepTaken, for_own_side, make_mark, take_step
from lvyue.helpdesk.actions.verifying import IDENTITY_METHODS, Identity, verify_identity
from lvyue.helpdesk.actions.writing import Entry, Overtaken
from lvyue.helpdesk.queries import tickets as queries
from lvyue.helpdesk.queries.callers import proving_contacts
from lvyue.helpdesk.queries.card import REOPENING, card_of, department_of
from lvyue.helpdesk.queries.channels import asked_on, unverified
from lvyue.helpdesk.queries.queue import row_of, workers
from lvyue.helpdesk.queries.tickets import Ticket
from lvyue.obligations.actions.recording import attach_file
from lvyue.web.acting import number_in
from lvyue.web.doors import account_of, door
from lvyue.web.views.tickets import told_of

#: So many files come with one act.
FILES = 10

#: What somebody who works on a ticket writes down without a step, in the order of use.
WORKING = ("arrive", "diagnose", "work_around", "test", "call", "message", "plan", "level")

#: Steps with forms of their own.
ELSEWHERE = ("pause", "merge")

#: Fields of facts that a step's papers name in words.
FORMS = {"oral": "口头", "written": "书面"}


def ticket_of(request: HttpRequest, seat: Seat, number: int) -> Ticket:
    """One ticket, if this person may see it; of others is said what is said of none."""
    found = queries.ticket(seat, number, department_of(account_of(request)))
    if found is None:
        raise Http404(f"没有第 {number} 号工单。")
    return found


@require_safe
@door(Right.SEE)
def ticket(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """工单页."""
    return page(request, seat, ticket_of(request, seat, number))


def page(
    request: HttpRequest, seat: Seat, found: Ticket, refused: tuple[Doubt, ...] = ()
) -> HttpResponse:
    """The page of a ticket; with what stood in the way, and what had been typed."""
    now = clock.now()
    card = card_of(found, seat, now)
    steps = [one for one in card.steps if one.name not in ELSEWHERE]
    working = may(seat, Right.TICKET_WORK)
    call = unverified(found) if working else None
    told = told_of(
        request,
        seat,
        ticket=found,
        row=row_of(found, now),
        card=card,
        steps=steps,
        quick=[one for one in steps if one.allowed and one.name != "withdraw"],
        rating=may(seat, Right.TICKET_CONFIRM) and found.done_at is not None,
        scores=SCORES,
        causes=FAULT_CAUSES if working else {},
        pausing=next((one for one in card.steps if one.name == "pause"), None),
        answering=may(seat, Right.TICKET_APPROVE),
        working=working,
        noting=may(seat, Right.TICKET_OPEN),
        marks=[(name, MARKS[name]) for name in WORKING] if working else (),
        workers=workers(seat.contract_id) if working else (),
        devices="device" in {one.name for one in found.the_kind.fields},
        reasons=[(one, WORDS[one]) for one in PAUSE_REASONS],
        forms=FORMS,
        reopening=REOPENING,
        fields=fields_of(found),
        unverified=call,
        proofs=IDENTITY_METHODS if working else {},
        proving=proving_contacts(seat.contract_id, asked_on(found, call)) if working else (),
        refused=refused,
        typed=request.POST if refused else {},
    )
    return render(request, "web/ticket.html", told, status=409 if refused else 200)


def fields_of(found: Ticket) -> list[tuple[str, str]]:
    """What was filled in, by the names of the fields of its kind."""
    columns = {name: getattr(found, name) for name in ("channel", "system", "device", "place")}
    said = columns | {name: str(text) for name, text in found.values.items()}
    told: dict[str, str] = {"true": "是", "false": "否"} | dict(WORDS)
    filled = [(one.zh, str(said.get(one.name, ""))) for one in found.the_kind.fields]
    return [(zh, told.get(text, text)) for zh, text in filled if text]


# ── acts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _act(
    request: HttpRequest,
    seat: Seat,
    number: int,
    act: Callable[[], object],
    says: str,
) -> HttpResponse:
    """Do it, and say so; or show the page again with the reason and what had been typed."""
    try:
        act()
    except Refused as error:
        return page(request, seat, ticket_of(request, seat, number), error.doubts)
    except Overtaken as error:
        doubt = malformed(
            error.ticket.name,
            "您打开这一页之后，别人又记了新的经过。",
            "下面已经是现在的样子；看过之后再办。",
        )
        return page(request, seat, ticket_of(request, seat, number), (doubt,))
    messages.success(request, says)
    left = queries.ticket(seat, number, department_of(account_of(request))) is None
    return (
        redirect("web:tickets", seat.contract_id)
        if left
        else redirect("web:ticket", seat.contract_id, number)
    )


@require_POST
@door(Right.SEE)
def ticket_step(request: HttpRequest, seat: Seat, number: int, name: str) -> HttpResponse:
    """走一步."""
    found = ticket_of(request, seat, number)
    step = next((one for one in found.life.steps if one.name == name), None)
    if step is None:
        raise Http404(f"没有“{name}”这一步。")

    def act() -> None:
        given = request.POST
        papers = {need: given.get(f"paper-{at}", "") for at, need in enumerate(step.needs)}
        data = {"form": given["form"][:20]} if given.get("form") else {}
        taken = StepTaken(
            name, moment(request), given.get("said", ""), papers, data, attached(request, seat)
        )
        take_step(seat.contract_id, number, taken, by=seat, seen=seen(request))

    return _act(request, seat, number, act, f"{found.name}：{step.zh}。")


@require_POST
@door(Right.TICKET_OPEN)
def ticket_mark(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """记一笔: a note, an arrival, a test, an assignment; for both sides or for one's own."""
    found = ticket_of(request, seat, number)

    def act() -> None:
        given = request.POST
        names = ("to", "level", "score", "cause", "device")
        data = {one: given[one][: SHORT + 1] for one in names if given.get(one)}
        entry = Entry(
            given.get("mark", "note")[:20],
            moment(request),
            given.get("said", ""),
            data,
            attached(request, seat),
        )
        if given.get("own"):
            entry = for_own_side(entry, seat)
        make_mark(seat.contract_id, number, entry, by=seat)

    what = MARKS.get(request.POST.get("mark", "note"), "记录")
    return _act(request, seat, number, act, f"{found.name}：已记下“{what}”。")


@require_POST
@door(Right.TICKET_WORK)
def ticket_pause(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """申请挂起."""
    found = ticket_of(request, seat, number)

    def act() -> None:
        given = request.POST
        ask_pause(
            seat.contract_id,
            number,
            cause=given.get("cause", ""),
            said=given.get("said", ""),
            clock_name=given.get("clock", "")[:80],
            evidence=attached(request, seat),
            by=seat,
            seen=seen(request),
        )

    return _act(request, seat, number, act, f"{found.name}：已申请挂起。甲方同意之前，时钟照走。")


@require_POST
@door(Right.TICKET_APPROVE)
def ticket_pause_answer(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """答复挂起申请."""
    found = ticket_of(request, seat, number)
    agree = request.POST.get("agree") == "1"

    def act() -> None:
        said, since = request.POST.get("said", ""), moment(request)
        answer_pause(
            seat.contract_id,
            number,
            agree=agree,
            said=said,
            since=since,
            by=seat,
            seen=seen(request),
        )

    says = "已同意挂起，这段时间不计。" if agree else "已写明不同意挂起，时钟照走。"
    return _act(request, seat, number, act, f"{found.name}：{says}")


@require_POST
@door(Right.TICKET_WORK)
def ticket_verify(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """核实身份: before anybody lays hands on a system; a check that failed is written down too."""
    found = ticket_of(request, seat, number)
    passed = request.POST.get("passed") == "1"

    def act() -> None:
        given = request.POST
        identity = Identity(
            given.get("whom", ""),
            given.get("method", ""),
            passed,
            given.get("operation", ""),
            given.get("note", ""),
            number_in(request, "contact"),
            given.get("username", "")[:150],
        )
        verify_identity(seat.contract_id, number, identity, by=seat)

    says = "已核实身份。" if passed else "已记下没有通过的核实：核实之前不能动手。"
    return _act(request, seat, number, act, f"{found.name}：{says}")


# ── what forms bring ─────────────────────────────────────────────────────────────────────────────────────────────


def seen(request: HttpRequest) -> int | None:
    """How many happenings the page had shown."""
    return number_in(request, "seen")


def moment(request: HttpRequest) -> datetime | None:
    """When it is said to have happened; None for now. ``Refused`` for what is no moment."""
    text = request.POST.get("at", "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        says = f"“{text[:40]}”不是日期和时刻。"
        raise Refused([malformed("发生时间", says, "请写成 2026-03-02T10:30 的样子。")]) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=clock.SHANGHAI)


def attached(request: HttpRequest, seat: Seat) -> tuple[str, ...]:
    """The files that came with a form, kept, by their hashes. ``Refused`` for more than a form may bring."""
    files: list[Any] = request.FILES.getlist("file")
    if len(files) > FILES:
        says = f"一次选了 {len(files)} 个文件，最多 {FILES} 个。"
        raise Refused([malformed("附件", says, "请分几次附上。")])
    kept = [attach_file(seat.contract_id, one.name or "", one.chunks(), by=seat) for one in files]
    return tuple(one.sha256 for one in kept)
