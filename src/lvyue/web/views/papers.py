"""合同文件: the papers of a contract in their order, and which of them holds where they say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_safe

from lvyue.accounts.permissions import Right, Seat
from lvyue.contracts.queries import paper_text
from lvyue.core.precedence import Direction
from lvyue.core.release import Document, Release
from lvyue.core.statement import Statement
from lvyue.obligations.papers import Claim, Contest, contest, ranked, subjects_of
from lvyue.obligations.queries import statement_of
from lvyue.settlements.queries import is_demonstration
from lvyue.web.controls import Controls
from lvyue.web.doors import door
from lvyue.web.exports import Sheet
from lvyue.web.views.contracts import page_of

#: So many papers can be held against each other, and so much of each answer is read.
PLACES = 4
LIMIT = 300

#: What a person may declare to be the stricter way.
_DIRECTIONS: Mapping[str, str] = {
    "": "没有声明",
    Direction.LESS.value: "数值小的从严（如时限）",
    Direction.MORE.value: "数值大的从严（如可用率、人数）",
}


@dataclass(frozen=True, slots=True)
class Place:
    """一行: one paper of the form as it was filled in."""

    number: int
    claim: Claim
    signed: str
    wrong: str = ""


@require_safe
@door(Right.SEE)
def papers(request: HttpRequest, seat: Seat) -> HttpResponse:
    """合同文件: what is asked stands in the address and nowhere else: it decides nothing by itself."""

    def read(controls: Controls) -> Statement:
        return statement_of(seat.contract_id, controls.as_of, controls.size)

    def beside(statement: Statement, controls: Controls) -> dict[str, Any]:  # noqa: ARG001  as asked
        release = statement.evaluation.release
        places = [_place(request.GET, number) for number in range(1, PLACES + 1)]
        return {
            "title": release.title,
            "demonstration": is_demonstration(seat.contract_id),
            "papers": ranked(release),
            "order": release.order,
            "special": [
                (subjects_of(release).get(one.subject, one.subject), one)
                for one in release.order.special
            ],
            "text": paper_text(seat.contract_id),
            "subjects": subjects_of(release).items(),
            "directions": _DIRECTIONS.items(),
            "subject": request.GET.get("subject", ""),
            "stricter": request.GET.get("stricter", ""),
            "places": places,
            "contest": _contest(release, places, request.GET),
        }

    return page_of(request, seat, "web/papers.html", "found", read, beside=beside, table=_sheet)


def _place(asked: QueryDict, number: int) -> Place:
    def said(name: str) -> str:
        return asked.get(f"{name}{number}", "").strip()[:LIMIT]

    signed, day, wrong = said("signed"), None, ""
    if signed:
        try:
            day = date.fromisoformat(signed)
        except ValueError:
            wrong = "日期请写成 2026-03-02。"
    claim = Claim(said("paper"), said("says"), said("where"), day, both=bool(said("both")))
    return Place(number, claim, signed, wrong)


def _contest(release: Release, places: list[Place], asked: QueryDict) -> Contest | None:
    """The ruling, once two papers were named; nothing while the form is empty or a day cannot be read."""
    claims = [place.claim for place in places if place.claim.paper]
    if len(claims) < 2 or any(place.wrong for place in places):  # noqa: PLR2004  a contest needs two
        return None
    subject, stricter = asked.get("subject", ""), asked.get("stricter", "")
    return contest(
        release,
        claims,
        subject=subject if subject in subjects_of(release) else "",
        stricter=Direction(stricter) if stricter in set(Direction) else None,
    )


def _sheet(statement: Statement) -> Sheet:
    release = statement.evaluation.release
    return Sheet(
        "合同文件",
        ("次序", "文件", "别名", "生效", "文本"),
        [_line(one) for one in ranked(release)],
        f"{release.title}：次序依据 {release.order.clause or '合同没有约定'}",
    )


def _line(one: Document) -> tuple[str | int | date | None, ...]:
    here = "在手" if one.here else "不在手"
    return (one.rank, one.title, "、".join(one.aliases), one.effective, here)
