"""今日、日历与合同: what is due, and how each contract stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from lvyue import clock
from lvyue.api.asked import (
    After,
    ContractId,
    Moment,
    Refusing,
    TermId,
    Word,
    plausible,
    says,
)
from lvyue.api.documents import TermProof
from lvyue.api.gate import caller, enter
from lvyue.api.shapes import MarkKey, answer, listed, page, shape
from lvyue.core.terms import Party, TermKind
from lvyue.obligations import queries
from lvyue.obligations.actions.refreshing import catch_up
from lvyue.obligations.card import BrokenCard, ContractCard, Stage
from lvyue.obligations.coming import TermReminders, reminders_beside
from lvyue.obligations.due_calendar import Month, all_month, contract_month
from lvyue.obligations.marks import BY_KEY
from lvyue.obligations.portfolio import Asked, Has, Shown, Sort, Totals, portfolio_of
from lvyue.obligations.queries import PAGE, statement_of
from lvyue.obligations.reason import TermReason
from lvyue.obligations.screen import SOON, ContractScreen, Filter, Note
from lvyue.obligations.today import Band, Today, Whose, held, today_of
from lvyue.settlements.paper import FindingRow
from lvyue.settlements.queries import Address, statement_paper

router = Router(tags=["今日与合同 Work"])

#: So many contracts are judged anew, at most, while somebody waits for a list over all of them.
WHILE_WAITING = 3


# ── over all contracts ───────────────────────────────────────────────────────────────────────────────────────────


class AskedToday(After):
    """今日的筛选."""

    whose: Whose = Field(Whose.ALL, description="该谁办")
    q: Word = Field("", description="合同名称、编号或当事人")
    show: Band | None = Field(None, description="只看一栏，可翻页")


@router.get("/today", response=says(shape(Today)), summary="今日：逾期、今天和此后七个工作日")
def today(request: HttpRequest, asked: Query[AskedToday]) -> HttpResponse:
    """本人有任职的全部合同。不指定 show 时每栏只给前几行，number 是总数；指定 show 后用该栏的 after 翻页。"""
    account = caller(request)
    pending = catch_up(held(account), WHILE_WAITING)
    return answer(
        today_of(
            account,
            clock.now(),
            whose=asked.whose,
            sought=asked.q.strip(),
            only=asked.show,
            after=asked.after,
            pending=pending,
        )
    )


class AskedMonth(Moment):
    """哪个月."""

    month: str | None = Field(
        None,
        pattern=r"^20\d\d-(0[1-9]|1[0-2])$",
        description="哪个月，缺省为截至日所在的月",
        examples=["2026-03"],
    )
    day: date | None = Field(None, description="只列这一天")

    def chosen(self, on: date) -> tuple[date, date | None]:
        """The first of the month, and the day."""
        day = plausible(self.day)
        first = date.fromisoformat(f"{self.month}-01") if self.month else (day or on).replace(day=1)
        return first, day


@router.get("/calendar", response=says(shape(Month)), summary="日历：全部合同一个月的到期")
def calendar(request: HttpRequest, asked: Query[AskedMonth]) -> HttpResponse:
    """本人有任职的全部合同中尚未办结的到期事项；节假日与调休已画出。as_of 与 size 在此不起作用。"""
    account = caller(request)
    catch_up(held(account), WHILE_WAITING)
    first, day = asked.chosen(clock.today())
    return answer(all_month(account, first, clock.today(), day))


class AskedContracts(After):
    """合同一览的排序与筛选."""

    sort: Sort = Field(Sort.ID, description="排序")
    stage: Stage | None = Field(None, description="阶段")
    has: Has | None = Field(None, description="只看有这些的合同")
    q: Word = Field("", description="名称、编号或当事人")
    limit: int = Field(PAGE, ge=1, le=100, description="每页多少份")


@dataclass(frozen=True, slots=True)
class ContractsPage:
    """合同一览的一页; ``totals`` are of everything asked for, ``mine`` counts all contracts of the caller."""

    results: tuple[Shown, ...]
    next: str | None
    totals: Totals
    mine: int


@router.get("/contracts", response=says(shape(ContractsPage)), summary="合同一览")
def contracts(request: HttpRequest, asked: Query[AskedContracts]) -> HttpResponse:
    """本人有任职的合同，按今天。pending 表示这一行的依据已变、正在更新；其他合同对您不存在。"""
    account = caller(request)
    pending = catch_up(held(account), PAGE)
    found = portfolio_of(
        account,
        clock.today(),
        Asked(asked.sort, asked.stage, asked.has, asked.q.strip()),
        after=asked.after,
        limit=asked.limit,
        pending=pending,
    )
    return answer(ContractsPage(found.shown, found.after, found.totals, found.mine))


@dataclass(frozen=True, slots=True)
class CardsPage:
    """某日的合同卡."""

    results: tuple[ContractCard | BrokenCard, ...]
    next: str | None


class AskedCards(Refusing):
    """哪一天，从哪里起."""

    as_of: date | None = Field(None, description="截至哪一天，缺省为今天")
    after: str = Field("", pattern=r"^[-a-zA-Z0-9_]{0,80}$", description="上一页的 next")


@router.get("/cards", response=says(shape(CardsPage)), summary="合同卡：截至某一天")
def cards(request: HttpRequest, asked: Query[AskedCards]) -> HttpResponse:
    """逐份现算，每页二十份，按编号。"""
    found = queries.contract_page(
        plausible(asked.as_of) or clock.today(), after=asked.after, among=held(caller(request))
    )
    return listed(found.cards, found.after)


# ── one contract ─────────────────────────────────────────────────────────────────────────────────────────────────


class AskedScreen(Moment):
    """哪些旁注."""

    mark: MarkKey | None = Field(None, description="只看这种标记")
    party: Party | None = Field(None, description="只看该这一方办的")
    kind: TermKind | None = Field(None, description="只看这种约定")
    soon: bool = Field(default=False, description=f"只看 {SOON} 天内到期的")
    q: Word = Field("", description="条款标题或约定里的字")

    @property
    def filter(self) -> Filter:
        return Filter(
            mark=BY_KEY[self.mark] if self.mark else None,
            party=self.party,
            kind=self.kind,
            within=SOON if self.soon else None,
            words=self.q.strip(),
        )


class AskedNotes(AskedScreen, After):
    """哪些旁注, a page of them."""


@router.get(
    "/contracts/{slug:contract_id}",
    response=says(shape(ContractScreen)),
    summary="合同：条文与旁注",
)
def contract(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedScreen]
) -> HttpResponse:
    """合同页上的一切：合同卡、目录、条文、每条约定的旁注、已成立的权利、疑义和无处安放的事实。"""
    seat = enter(request, contract_id)
    return answer(queries.contract_screen(seat.contract_id, asked.on, asked.size, asked.filter))


@dataclass(frozen=True, slots=True)
class TermRow:
    """约定行: a term with the clause that it stands under."""

    clause: str
    heading: str
    note: Note


@router.get("/contracts/{slug:contract_id}/terms", response=says(page(TermRow)), summary="约定")
def terms(request: HttpRequest, contract_id: ContractId, asked: Query[AskedNotes]) -> HttpResponse:
    """每条约定的状态、下一到期日和涉及金额，按条款次序。"""
    seat = enter(request, contract_id)
    screen = queries.contract_screen(seat.contract_id, asked.on, asked.size, asked.filter)
    found = [
        TermRow(row.ref, row.heading, note)
        for chapter in screen.chapters
        for row in chapter.rows
        for note in row.notes
    ]
    return _cut(found, asked)


def _cut(found: Sequence[object], at: After) -> HttpResponse:
    """A page of what was reckoned whole: the cursor is the place."""
    begin = at.index or 0
    end = begin + at.limit
    return listed(found[begin:end], end if end < len(found) else None)


@dataclass(frozen=True, slots=True)
class TermAnswer(TermReason):
    """为什么，以及下一步提醒: the reminders are those of one's own side as of now, whatever day is asked for."""

    reminders: TermReminders = field(kw_only=True)


@router.get(
    "/contracts/{slug:contract_id}/terms/{slug:term_id}",
    response=says(shape(TermAnswer)),
    summary="为什么：一条约定的每个结论",
)
def term(
    request: HttpRequest, contract_id: ContractId, term_id: TermId, asked: Query[Moment]
) -> HttpResponse:
    """结论的一句话、条款、日历、事实、算式、落选的规则，什么会改变它，以及本方下一步提醒和最近的提醒。"""
    seat = enter(request, contract_id)
    found = queries.term_reason(seat.contract_id, term_id, asked.on, asked.size)
    if found is None:
        raise Http404(f"合同 {contract_id} 没有编号为“{term_id}”的约定。")
    told = {one.name: getattr(found, one.name) for one in fields(found)}
    return answer(TermAnswer(**told, reminders=reminders_beside(seat, term_id, clock.now())))


@router.get(
    "/contracts/{slug:contract_id}/terms/{slug:term_id}/proofs",
    response=says(page(TermProof)),
    summary="推导：一条约定的证明树",
)
def proofs(
    request: HttpRequest, contract_id: ContractId, term_id: TermId, asked: Query[Moment]
) -> HttpResponse:
    """与命令 lvyue why --json 相同；hash 是规范 JSON 的 SHA-256。"""
    seat = enter(request, contract_id)
    statement = statement_of(seat.contract_id, asked.on, asked.size)
    if term_id not in {one.id for one in statement.evaluation.release.terms}:
        raise Http404(f"合同 {contract_id} 没有编号为“{term_id}”的约定。")
    found = [one for one in statement.evaluation.findings if one.term == term_id]
    return listed(
        [
            {
                "occurrence": one.occurrence or None,
                "proof": one.proof().as_json(),
                "hash": one.proof().digest(),
            }
            for one in found
        ]
    )


class AskedFindings(Moment, After):
    """哪些结论."""

    mark: MarkKey | None = Field(None, description="只看这种标记")
    term: str | None = Field(None, pattern=r"^[-a-zA-Z0-9_]{1,80}$", description="只看这条约定")


@dataclass(frozen=True, slots=True)
class ClauseFinding:
    """结论: with the clause that it stands under."""

    clause: str
    heading: str
    finding: FindingRow


@router.get(
    "/contracts/{slug:contract_id}/findings", response=says(page(ClauseFinding)), summary="结论"
)
def findings(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedFindings]
) -> HttpResponse:
    """每条约定的每一次：已履行、迟延、未履行、无法判定……及其事实。"""
    seat = enter(request, contract_id)
    paper = statement_paper(seat.contract_id, Address(asked.on, asked.size))
    found = [
        ClauseFinding(group.clause, group.heading, row)
        for group, row in paper.findings
        if asked.mark in (None, row.mark.key) and asked.term in (None, row.term)
    ]
    return _cut(found, asked)


@router.get(
    "/contracts/{slug:contract_id}/calendar", response=says(shape(Month)), summary="到期日历"
)
def due_calendar(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedMonth]
) -> HttpResponse:
    """一份合同一个月的到期，办结的也在内；严格日期与顺延后的日期都给出。"""
    seat = enter(request, contract_id)
    statement = statement_of(seat.contract_id, asked.on, asked.size)
    first, day = asked.chosen(asked.on)
    return answer(contract_month(statement, first, clock.today(), day))
