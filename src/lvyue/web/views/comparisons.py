"""对照: two drafts, or two papers of one, clause by clause; clauses are known by their words and not by their numbers."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lvyue.accounts.permissions import Seat
from lvyue.obligations.wording import cite
from lvyue.reading.comparison import Change, ClauseChange, Comparison, compare
from lvyue.reading.reading import Reading
from lvyue.readings import queries
from lvyue.readings.actions.desk import may_speak
from lvyue.readings.original import Stars
from lvyue.readings.queries import Draft, DraftPaper
from lvyue.web.doors import account_of
from lvyue.web.exports import Cell, Sheet, answer, wanted
from lvyue.web.views.readings import member, told_of

#: So many of one's own drafts are offered to compare with.
CHOICES = 50


@require_safe
@member
def compare_page(request: HttpRequest, draft: Draft, seat: Seat) -> HttpResponse:
    """对照: this draft, or a paper of it, against another that this person may see."""
    papers = queries.papers_of(draft)
    choices = _choices(request, draft, papers)
    before, after = request.GET.get("a", ""), request.GET.get("b", "") or f"d{draft.pk}"
    told = told_of(draft, seat, papers)
    told |= {"page": "compare", "choices": choices, "a": before, "b": after}
    words = dict(choices)
    if before not in words or after not in words or before == after:
        told["asked"] = bool(before)
        return render(request, "web/readings/compare.html", told)
    one, other = _read(request, draft, papers, before), _read(request, draft, papers, after)
    if one is None or other is None:
        told["unread"] = True
        return render(request, "web/readings/compare.html", told)
    found = compare(one[0], other[0])
    stars = _Both(one, other)
    if form := wanted(request):
        return answer(_sheet(found, words[before], words[after], stars), form)
    told |= {
        "counts": [(change.zh, count) for change, count in found.count().items() if count],
        "values": [(value.what, stars(value.before), stars(value.after)) for value in found.values],
        "changes": [_told(one_, stars) for one_ in found.clauses if one_.change is not Change.SAME],
        "same": found.count()[Change.SAME],
        "names": (words[before], words[after]),
    }
    return render(request, "web/readings/compare.html", told)


class _Both:
    """Stars for the texts of both, unless somebody may read both."""

    def __init__(self, one: tuple[Reading, Seat], other: tuple[Reading, Seat]) -> None:
        self._all = [
            Stars(reading.paper, reading.personal, open_=may_speak(seat))
            for reading, seat in (one, other)
        ]

    def __call__(self, text: str) -> str:
        for stars in self._all:
            text = stars(text)
        return text


def _choices(
    request: HttpRequest, draft: Draft, papers: Iterable[DraftPaper]
) -> list[tuple[str, str]]:
    """What can be compared: one's drafts, and, where there are several, the papers of this one."""
    mine = queries.drafts_of(account_of(request))[:CHOICES]
    found = [(f"d{draft.pk}", f"第 {draft.pk} 号 {draft.title}")]
    read = [one for one in papers if one.read_at is not None]
    if len(read) > 1:
        found += [(f"p{one.order}", f"　文件 {one.order}：{one.name}") for one in read]
    found += [(f"d{one.pk}", f"第 {one.pk} 号 {one.title}") for one in mine if one.pk != draft.pk]
    return found


def _read(
    request: HttpRequest, draft: Draft, papers: list[DraftPaper], which: str
) -> tuple[Reading, Seat] | None:
    """What was read of a choice, after all decisions where it is a draft, and the seat of who asks there."""
    number = int(which[1:])
    found = queries.draft_of(account_of(request), draft.pk if which[0] == "p" else number)
    if found is None:
        return None
    there, seat = found
    if which[0] == "p":
        reading = queries.reading_of([one for one in papers if one.order == number])
    else:
        review = queries.review_for(there, queries.papers_of(there))
        reading = review.running if review is not None else None
    return (reading, seat) if reading is not None else None


def _told(
    one: ClauseChange, stars: _Both
) -> tuple[str, str, str, str, list[tuple[str, str]], bool]:
    """Kind of change, both references, and the words run by run."""
    runs = [(run.kind.value, stars(run.text)) for run in one.runs]
    if not runs:
        unit = one.after or one.before
        runs = [("kept", stars(unit.text))] if unit is not None else []
    return (
        one.change.value,
        one.change.zh,
        cite(str(one.before.ref)) if one.before else "",
        cite(str(one.after.ref)) if one.after else "",
        runs,
        one.template,
    )


def _sheet(found: Comparison, before: str, after: str, stars: _Both) -> Sheet:
    heads = ("变动", "原条款", "现条款", "原文字", "现文字")
    rows: list[tuple[Cell, ...]] = [
        ("数值", value.what, value.what, stars(value.before), stars(value.after))
        for value in found.values
    ]
    rows += [
        (
            one.change.zh,
            cite(str(one.before.ref)) if one.before else "",
            cite(str(one.after.ref)) if one.after else "",
            stars(one.before.text) if one.before else "",
            stars(one.after.text) if one.after else "",
        )
        for one in found.clauses
    ]
    return Sheet("对照", heads, rows, f"{before.strip()} → {after.strip()}")
