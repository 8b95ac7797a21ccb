"""合同、为什么: the pages that say how a contract stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Ruling, Seat, may_record
from lvyue.core.doubts import Refused
from lvyue.core.terms import Party, TermKind
from lvyue.notices.letter_choices import LetterKind
from lvyue.notices.serving import may_write
from lvyue.obligations import queries
from lvyue.obligations.coming import reminders_beside
from lvyue.obligations.marks import BY_KEY
from lvyue.obligations.memo import Memo
from lvyue.obligations.reason import Suggestion, TermReason
from lvyue.obligations.screen import SOON, ContractScreen, Filter, Stamp
from lvyue.obligations.wording import cite
from lvyue.web.controls import Controls, controls_of
from lvyue.web.doors import door
from lvyue.web.exports import Cell, Sheet, answer, wanted

T = TypeVar("T")

#: So much of what somebody looks for is read.
WORDS_LIMIT = 100


class Drawn(NamedTuple):
    """已排好的纸面: all that the paper with its margin follows from. Who looks at it is not among that."""

    contract: str
    stamp: Stamp
    shown: Filter
    text: str
    query: str
    prefix: str


_papers: Memo[Drawn, SafeString] = Memo(32)


@require_safe
@door(Right.SEE)
def contract(request: HttpRequest, seat: Seat) -> HttpResponse:
    """合同页: the contract with its living margin, all of it or what a filter keeps, as a page or as a table."""
    only = _filter(request.GET)

    def screen(controls: Controls) -> ContractScreen:
        return queries.contract_screen(seat.contract_id, controls.as_of, controls.size, only)

    def beside(shown: ContractScreen, controls: Controls) -> Mapping[str, Any]:
        return {"paper": _paper(seat.contract_id, shown, controls)}

    return page_of(
        request, seat, "web/contract.html", "screen", screen, beside=beside, table=_terms
    )


@require_safe
@door(Right.SEE)
def term(request: HttpRequest, seat: Seat, term_id: str) -> HttpResponse:
    """为什么: one term, and the proof of each of its findings."""
    return _term_page(request, seat, term_id, "web/term.html", whole=True)


@require_safe
@door(Right.SEE)
def note(request: HttpRequest, seat: Seat, term_id: str) -> HttpResponse:
    """旁注展开: the same in short, to stand in the margin. Whoever comes here without a margin gets the page."""
    if not request.headers.get("HX-Request"):
        page = reverse("web:term", args=[seat.contract_id, term_id])
        return redirect(f"{page}?{request.GET.urlencode()}" if request.GET else page)
    return _term_page(request, seat, term_id, "web/parts/opened.html")


def _term_page(
    request: HttpRequest, seat: Seat, term_id: str, template: str, *, whole: bool = False
) -> HttpResponse:
    def reason(controls: Controls) -> TermReason:
        found = queries.term_reason(seat.contract_id, term_id, controls.as_of, controls.size)
        if found is None:
            raise Http404(f"合同 {seat.contract_id} 没有编号为“{term_id}”的约定。")
        return found

    def beside(found: TermReason, controls: Controls) -> Mapping[str, Any]:  # noqa: ARG001  as asked
        told = {"record": recording_of(seat, found)}
        if not whole:
            return told
        return told | {
            "reminders": reminders_beside(seat, term_id, clock.now()),
            "consent": _may_consent(seat, found),
        }

    return page_of(request, seat, template, "reason", reason, beside=beside)


def _may_consent(seat: Seat, reason: TermReason) -> bool:
    """Whether this person may draft a consent: only whoever the term is owed to gives one (OBL-06)."""
    others = {Party.BUYER: Party.SUPPLIER, Party.SUPPLIER: Party.BUYER}
    creditor = others.get(reason.party)
    return seat.side is creditor is not None and bool(may_write(seat, LetterKind.CONSENT))


# ── what stands beside a term ────────────────────────────────────────────────────────────────────────────────────


#: What is still to be done, or could be: a record of it is what the page asks for first.
_PENDING = frozenset({"missed", "not_due", "not_decidable", "attested_only", "suspended"})


@dataclass(frozen=True, slots=True)
class Recording:
    """登记: the fact that would bear on a term, whether it is what is waited for, and whether this person may record it."""

    fact: Suggestion
    pending: bool
    ruling: Ruling


def recording_of(seat: Seat, reason: TermReason) -> Recording | None:
    """What to record next about a term: about what waits, else about what is worst. None where no fact bears on it."""
    finding = reason.next or reason.worst
    if finding is None or finding.serves is None:
        return None
    ruling = may_record(seat, finding.serves.kind, reason.party)
    pending = reason.performed and finding.mark.key in _PENDING
    return Recording(finding.serves, pending, ruling)


# ── the filter, the paper, the table ─────────────────────────────────────────────────────────────────────────────


def _filter(asked: QueryDict) -> Filter:
    """What the address keeps of the notes; what it does not understand it does not ask for."""
    party, kind = asked.get("party", ""), asked.get("kind", "")
    return Filter(
        mark=BY_KEY.get(asked.get("mark", "")),
        party=Party(party) if party in set(Party) else None,
        kind=TermKind(kind) if kind in set(TermKind) else None,
        within=SOON if asked.get("soon") else None,
        words=" ".join(asked.get("q", "")[:WORDS_LIMIT].split()),
    )


def _paper(contract_id: str, screen: ContractScreen, controls: Controls) -> SafeString:
    """The clauses with their notes: the greater part of the page, and the same for everybody."""
    text = screen.imprint.sha256 if screen.imprint is not None else ""
    key = Drawn(
        contract_id, screen.stamp, screen.shown, text, controls.query(), get_script_prefix()
    )
    context = {"screen": screen, "contract_id": contract_id, "controls": controls}
    return _papers.get(key, lambda: render_to_string("web/parts/paper.html", context))


def _terms(screen: ContractScreen) -> Sheet:
    """The terms that the page shows, as a table."""
    shown = "" if screen.shown.is_empty else "，经筛选"
    ours = "；演示数据" if screen.card.demonstration else ""
    stamp = screen.stamp
    return Sheet(
        name=f"{screen.card.title} 约定",
        columns=(
            "条款",
            "约定",
            "责任方",
            "种类",
            "结论",
            "说明",
            "下次到期",
            "期次",
            "金额（元）",
            "款项",
            "事实",
            "疑义",
        ),
        rows=_lines(screen),
        note=f"截至 {stamp.as_of}，履约日志前 {stamp.size} 条{shown}；共 {screen.notes} 项{ours}。",
    )


def _lines(screen: ContractScreen) -> Iterator[tuple[Cell, ...]]:
    for chapter in screen.chapters:
        for row in chapter.rows:
            for one in row.notes:
                stake = one.stake
                yield (
                    cite(row.ref),
                    one.says,
                    one.debtor,
                    one.kind_zh,
                    one.mark.word,
                    f"{one.text} {one.detail}".rstrip(),
                    one.due,
                    stake.name if stake is not None else None,
                    stake.money if stake is not None else None,
                    stake.word if stake is not None else None,
                    one.facts,
                    one.doubts,
                )


# ── a page of a contract ─────────────────────────────────────────────────────────────────────────────────────────


def page_of(
    request: HttpRequest,
    seat: Seat,
    template: str,
    name: str,
    read: Callable[[Controls], T],
    *,
    beside: Callable[[T, Controls], Mapping[str, Any]] | None = None,
    table: Callable[[T], Sheet] | None = None,
) -> HttpResponse:
    """A page of one contract, or its ``table`` as a file. ``beside`` is what else the template is told.

    A log size that the log does not have falls back to all of it, and the page says so.
    """
    controls = controls_of(request.GET, clock.today())
    contract_id = seat.contract_id
    try:
        known = queries.log_size(contract_id)
        if controls.size is not None and controls.size > known:
            says = f"日志有 {known} 条，不能取前 {controls.size} 条；请取 0 到 {known}。下面按全部记录显示。"
            controls = controls.without_size(says)
        view = read(controls)
    except queries.UnknownContract as error:
        raise Http404(f"登记簿里没有编号为“{contract_id}”的合同。") from error
    except Refused as refused:
        told = {"controls": controls, "contract_id": contract_id, "doubts": refused.doubts}
        return render(request, "web/refused.html", told, status=409)
    form = wanted(request)
    if form and table is not None:
        return answer(table(view), form)
    context = {
        "controls": controls,
        "contract_id": contract_id,
        "seat": seat,
        "known": known,
        **(beside(view, controls) if beside is not None else {}),
        name: view,
    }
    return render(request, template, context)
