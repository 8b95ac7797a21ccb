"""核对: the papers on the left, what was read of them on the right, and a decision on each thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue.accounts.permissions import Seat
from lvyue.core.doubts import Refused
from lvyue.core.terms import Party
from lvyue.obligations.wording import KIND_ZH, cite
from lvyue.reading.linter import PaperDoubt
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import Paragraph, RawTable
from lvyue.reading.tables import ReadTable
from lvyue.readings import queries
from lvyue.readings.actions import deciding
from lvyue.readings.actions.desk import may_speak
from lvyue.readings.inputs import Field, Input
from lvyue.readings.original import Stars, original_of
from lvyue.readings.pictures import picture_of
from lvyue.readings.queries import Draft, DraftPaper
from lvyue.readings.review import Mark, Review, Row, changes_of, corrected, stamp_of
from lvyue.readings.shown import CERTAINTY_ZH, shown, stars_for, title_of
from lvyue.readings.stages import ADDABLE, STAGES, Tab
from lvyue.web.acting import number_of
from lvyue.web.doors import account_of
from lvyue.web.exports import Cell, Sheet, answer, wanted
from lvyue.web.views.readings import member, reading_page, tell, told_of

#: So many things stand on one page of the review.
ROWS_AT_ONCE = 60

# ── the review ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Asked:
    """所问: which part, which of its rows, which page of them."""

    tab: Tab
    words: str = ""
    certainty: str = ""
    kind: str = ""
    party: str = ""
    clause: str = ""
    open_only: bool = False
    page: int = 1
    text: bool = False

    @classmethod
    def of(cls, asked: QueryDict) -> Asked:
        tab, page = asked.get("tab", ""), number_of(asked.get("page", ""), 5)
        return cls(
            tab=Tab(tab) if tab in list(Tab) else Tab.FACTS,
            words=asked.get("q", "").strip()[:100],
            certainty=asked.get("certainty", "")[:20],
            kind=asked.get("kind", "")[:40],
            party=asked.get("party", "")[:20],
            clause=asked.get("clause", "").strip()[:100],
            open_only=asked.get("open", "") == "1",
            page=1 if page is None else page,
            text=asked.get("view", "") == "text",
        )

    @property
    def query(self) -> str:
        told = {
            "tab": self.tab.value,
            "q": self.words,
            "certainty": self.certainty,
            "kind": self.kind,
            "party": self.party,
            "clause": self.clause,
            "open": "1" if self.open_only else "",
            "page": str(self.page) if self.page > 1 else "",
            "view": "text" if self.text else "",
        }
        return urlencode({name: value for name, value in told.items() if value})

    def lets(self, row: Row, stars: Stars) -> bool:
        """Whether a row is asked for; its words are sought as they are shown, or stars could be guessed one by one."""
        item = row.item
        return (
            (not self.open_only or row.is_open)
            and (not self.certainty or (item.certainty or "") == self.certainty)
            and (not self.kind or item.values.get("kind", item.stage.name) == self.kind)
            and (not self.party or item.values.get("debtor", "") == self.party)
            and (not self.clause or self.clause in cite(str(item.clause or "")))
            and (not self.words or self.words in stars(f"{title_of(row)}\n{item.raw}"))
        )


@require_safe
@member
def reading(request: HttpRequest, draft: Draft, seat: Seat) -> HttpResponse:
    """核对: the two panes; while the papers are being read, how far that has come."""
    papers = queries.papers_of(draft)
    review = queries.review_for(draft, papers) if queries.all_settled(papers) else None
    if review is None:
        return reading_page(request, draft, seat, papers)
    asked = Asked.of(request.GET)
    stars = stars_for(review, seat)
    rows = [row for row in review.tab(asked.tab) if asked.lets(row, stars)]
    if form := wanted(request):
        return answer(_sheet(draft, review, asked, rows, stars), form)
    pages = max((len(rows) + ROWS_AT_ONCE - 1) // ROWS_AT_ONCE, 1)
    page = min(max(asked.page, 1), pages)
    visible = rows[(page - 1) * ROWS_AT_ONCE : page * ROWS_AT_ONCE]
    told = told_of(draft, seat, papers)
    told |= _progress(review) | {
        "page": "review",
        "asked": asked,
        "tabs": _tabs(review),
        "rows": [shown(row, stars) for row in visible],
        "found": len(rows),
        "sure": sum(row.is_open and not row.is_guess for row in rows),
        "page_number": page,
        "pages": pages,
        "before_page": str(page - 1),
        "next_page": str(page + 1),
        "batches": _batches(request, draft),
        "original": (original := _original(draft, papers, review, rows, stars)),
        "pictures": told["open_reader"] and not asked.text,
        "paged": any(one["view"].pages for one in original),
        "unlike": _unlike_a_contract(review),
        "failed": [one for one in papers if one.state in ("failed", "cancelled")],
        "outline": _outline(review.reading.paper, stars) if asked.tab is Tab.CLAUSES else (),
        "notes": review.reading.paper.text.source.notes[:50] if asked.tab is Tab.CLAUSES else (),
        "repairs": review.reading.paper.text.repairs[:200] if asked.tab is Tab.CLAUSES else (),
        "kinds": _kinds(review, asked.tab),
        "parties": [(one.value, one.zh) for one in Party],
        "certainties": [(one.value, word) for one, word in CERTAINTY_ZH.items()],
        "addable": [STAGES[name] for name in ADDABLE if STAGES[name].tab is asked.tab],
        "clauses_named": _named(draft, review),
    }
    return render(request, "web/readings/review.html", told)


def _unlike_a_contract(review: Review) -> bool:
    """Whether nothing was read that every contract has."""
    identity = review.reading.identity
    names = [one.name.value for one in identity.parties]
    return not (any(names) or identity.price.figures.value or review.reading.candidates)


def _progress(review: Review) -> dict[str, Any]:
    return {
        "review": review,
        "decided": review.decided,
        "to_decide": review.to_decide,
        "guesses": len(review.guesses),
    }


def _tabs(review: Review) -> list[tuple[Tab, int, int]]:
    """Each part with how many things it holds and how many are open."""
    return [
        (tab, len(rows), sum(row.is_open for row in rows))
        for tab in Tab
        for rows in (review.tab(tab),)
    ]


def _original(
    draft: Draft, papers: Sequence[DraftPaper], review: Review, rows: Sequence[Row], stars: Stars
) -> list[dict[str, Any]]:
    """The papers that were read, each with the order under which its pictures are asked for."""
    bound = queries.bound_of(papers)
    if bound is None:
        return []
    read = [one for one in papers if one.read_at is not None]
    views = original_of(bound, review.reading.paper, rows, stars)
    return [
        {"paper": paper, "view": view, "draft": draft}
        for paper, view in zip(read, views, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Branch:
    """目录行: a clause of the tree, with its number, the beginning of its words, and where it stands."""

    level: int
    label: str
    head: str
    block: str
    clause: str
    binding: bool


def _outline(paper: Paper, stars: Stars) -> tuple[Branch, ...]:
    return tuple(
        Branch(
            min(node.level, 6),
            node.label,
            stars(node.text)[:40],
            _block(paper, node.elements),
            cite(str(node.ref)),
            node.binding,
        )
        for node in paper.outline.nodes
    )


def _block(paper: Paper, elements: Sequence[int]) -> str:
    """The place on the left at which a clause begins."""
    first = paper.text.elements[elements[0]] if elements else None
    match first:
        case Paragraph() if first.pieces:
            return f"b{first.pieces[0].block}"
        case RawTable() if first.blocks:
            return f"b{first.blocks[0]}"
        case _:
            return ""


def _kinds(review: Review, tab: Tab) -> list[tuple[str, str]]:
    """The kinds that stand in a part, for the filter."""
    found = {row.item.values.get("kind", row.item.stage.name) for row in review.tab(tab)}
    words = {kind.value: zh for kind, zh in KIND_ZH.items()}
    words |= {name: stage.zh for name, stage in STAGES.items()}
    return sorted((one, words.get(one, one)) for one in found)


def _named(draft: Draft, review: Review) -> list[tuple[str, str]]:
    """Of a supplement: the clauses of the contract that it names, each with the words that name it."""
    if not draft.supplements:
        return []
    return [
        (one.raw, cite(str(one.target)) if one.target is not None else one.says or one.missing)
        for one in review.reading.references
    ]


# ── files to take away ───────────────────────────────────────────────────────────────────────────────────────────


def _sheet(draft: Draft, review: Review, asked: Asked, rows: Iterable[Row], stars: Stars) -> Sheet:
    note = f"{draft.name} {draft.title}，第 {draft.version} 稿" + (
        "（演示）" if draft.demonstration else ""
    )
    if asked.tab is Tab.TABLES:
        return Sheet(
            "表格", ("表", "条款", "组", "序号", "列", "内容"), list(_cells(rows, stars)), note
        )
    if asked.tab is Tab.DOUBTS:
        asks = ("条款", "种类", "严重程度", "疑义", "稳妥读法", "怎样解决", "由谁", "核对")
        return Sheet("疑义", asks, [_doubt_line(row, stars) for row in rows], note)
    heads = ("条款", "类别", "种类", "义务人", "内容", "其他", "把握", "核对", "核对人", "核对时间")
    del review
    return Sheet(asked.tab.zh, heads, [_line(row, stars) for row in rows], note)


def _line(row: Row, stars: Stars) -> tuple[Cell, ...]:
    one, fields = shown(row, stars), {field.name: field for field in row.item.stage.fields}
    values = row.item.values

    def word(name: str) -> str:
        return fields[name].shown(values.get(name, "")) if name in fields else ""

    rest = (value for value in one.values if value[0] not in ("种类", "义务人"))
    return (
        one.clause,
        one.stage,
        word("kind"),
        word("debtor"),
        one.title,
        "；".join(f"{what}：{value}" for what, value in rest),
        one.certainty,
        row.mark.zh,
        row.taken.name if row.taken else "",
        row.taken.at if row.taken else None,
    )


def _doubt_line(row: Row, stars: Stars) -> tuple[Cell, ...]:
    doubt: PaperDoubt = row.item.thing
    return (
        "、".join(cite(str(clause)) for clause in doubt.clauses),
        doubt.kind.zh,
        doubt.severity.zh,
        stars(doubt.says),
        stars(doubt.safe),
        stars(doubt.mend),
        doubt.owner.zh,
        row.mark.zh,
    )


def _cells(rows: Iterable[Row], stars: Stars) -> Iterable[tuple[Cell, ...]]:
    for row in rows:
        table: ReadTable = row.item.thing
        clause = cite(str(table.clause)) if table.clause is not None else ""
        for line in table.rows:
            for at, cell in enumerate(line.cells):
                column = table.columns[at] if at < len(table.columns) else ""
                told = (line.number, stars(column), stars(cell.text))
                yield (stars(table.title), clause, stars(line.group), *told)


# ── quick decisions ──────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@member
def decide(request: HttpRequest, draft: Draft, seat: Seat) -> HttpResponse:
    """One word on one thing (``do`` is ``accept:<item>:<stamp>``), or on all that are sure, or all of those undone."""
    by = account_of(request)
    word, _, rest = request.POST.get("do", "").partition(":")
    item, _, stamp = rest.partition(":")
    seen = number_of(stamp)
    asked = Asked.of(QueryDict(request.POST.get("query", "")))
    try:
        match word:
            case "accept":
                deciding.accept(draft.pk, item, by=by, stamp=seen)
            case "reject":
                deciding.reject(draft.pk, item, by=by, stamp=seen)
            case "undo":
                deciding.undo(draft.pk, item, by=by, stamp=seen)
            case "sure":
                _accept_sure(request, draft, seat, asked)
            case "undo-many":
                count = deciding.undo_many(draft.pk, item, by=by)
                messages.success(request, f"已撤销 {count} 项。")
            case _:
                messages.error(request, "没有说要做什么；请点某一项的按钮。")
    except Refused as refused:
        if request.htmx:  # type: ignore[attr-defined]
            return _one(request, draft, seat, item, refused=refused)
        tell(request, refused)
    if request.htmx and item and word != "undo-many":  # type: ignore[attr-defined]
        return _one(request, draft, seat, item)
    place = f"#{item}" if item.startswith("i") and word != "undo-many" else ""
    return redirect(f"{reverse('web:reading', args=[draft.pk])}?{asked.query}{place}")


def _accept_sure(request: HttpRequest, draft: Draft, seat: Seat, asked: Asked) -> None:
    review = queries.review_for(draft, queries.papers_of(draft))
    rows: tuple[Row, ...] = ()
    if review is not None:
        stars = stars_for(review, seat)
        rows = tuple(row for row in review.tab(asked.tab) if asked.lets(row, stars))
    ids = [row.item.id for row in rows if row.is_open and not row.is_guess]
    count, batch = deciding.accept_many(draft.pk, ids, by=account_of(request))
    if count:
        request.session["reading batch"] = [draft.pk, batch, count]
    messages.success(request, f"已接受 {count} 项；猜测的没有动。")


def _batches(request: HttpRequest, draft: Draft) -> list[tuple[int, str, int]]:
    """What this person has just accepted together, to be undone with one click; it is offered once."""
    batch = request.session.get("reading batch")
    if not batch or batch[0] != draft.pk:
        return []
    del request.session["reading batch"]
    return [(batch[0], batch[1], batch[2])]


def _one(
    request: HttpRequest,
    draft: Draft,
    seat: Seat,
    item: str,
    *,
    refused: Refused | None = None,
) -> HttpResponse:
    """The one row as it is now, with the progress; the rest of the page stays as it stands."""
    draft.refresh_from_db()
    papers = queries.papers_of(draft)
    review = queries.review_for(draft, papers)
    row = review.by_id.get(item) if review is not None else None
    if review is None or row is None:
        raise Http404("没有这一项。")
    told = told_of(draft, seat, papers) | _progress(review)
    told |= {
        "one": shown(row, stars_for(review, seat)),
        "doubts": refused.doubts if refused is not None else (),
        "swapped": True,
    }
    return render(request, "web/readings/row.html", told)


# ── one thing at a time ──────────────────────────────────────────────────────────────────────────────────────────

_WIDGETS: Mapping[Input, Any] = {
    Input.LONG: lambda: forms.Textarea(attrs={"rows": 4}),
    Input.DAY: lambda: forms.TextInput(attrs={"placeholder": "2026-03-31"}),
    Input.MONEY: lambda: forms.TextInput(attrs={"inputmode": "decimal"}),
    Input.PERCENT: lambda: forms.TextInput(attrs={"inputmode": "decimal"}),
    Input.DECIMAL: lambda: forms.TextInput(attrs={"inputmode": "decimal"}),
    Input.NUMBER: lambda: forms.TextInput(attrs={"inputmode": "numeric"}),
}


def _form(fields: Sequence[Field], data: QueryDict | None, begun: Mapping[str, str]) -> forms.Form:
    """A form of the fields of a kind; what the text must be is judged where it is read."""
    form = forms.Form(data, initial=dict(begun), prefix="v")
    for field in fields:
        form.fields[field.name] = _field(field)
    return form


def _field(field: Field) -> forms.Field:
    if field.input is Input.FLAG:
        return forms.BooleanField(label=field.zh, required=False, help_text=field.help)
    if field.input is Input.CHOICE:
        choices = [*([] if field.required else [("", "（没有）")]), *field.choices]
        return forms.ChoiceField(
            label=field.zh, required=field.required, choices=choices, help_text=field.help
        )
    widget = _WIDGETS.get(field.input, forms.TextInput)()
    return forms.CharField(
        label=field.zh, required=field.required, help_text=field.help, widget=widget, strip=False
    )


def _given(form: forms.Form) -> dict[str, str]:
    """What the form holds as the texts of its fields."""
    return {
        name: ("on" if value is True else "" if value is False else str(value or ""))
        for name, value in form.cleaned_data.items()
    }


def _complain(form: forms.Form, refused: Refused) -> None:
    by_label = {str(field.label): name for name, field in form.fields.items()}
    for doubt in refused.doubts:
        name = by_label.get(doubt.places[0])
        says = f"{doubt.says}{doubt.mend}" if name else str(doubt)
        form.add_error(name, says)


@require_http_methods(["GET", "POST"])
@member
def item(request: HttpRequest, draft: Draft, seat: Seat, item_id: str) -> HttpResponse:
    """一项: everything about one thing that was read, and every decision that can be taken on it."""
    papers = queries.papers_of(draft)
    review = queries.review_for(draft, papers)
    row = review.by_id.get(item_id) if review is not None else None
    if review is None or row is None:
        raise Http404("没有这一项；可能已被拆分，或文件重新读过。")
    stars = stars_for(review, seat)
    hidden = not may_speak(seat) and any(
        stars(value) != value for value in row.item.values.values()
    )
    posted = request.POST if request.method == "POST" else None
    wants = request.POST.get("do", "")
    values = {name: stars(value) for name, value in row.item.values.items()}
    editing = posted if wants in ("preview", "correct") else None
    form = _form(row.item.stage.fields, editing, values)
    changes: tuple[tuple[str, str, str], ...] | None = None
    if posted is not None:
        try:
            if hidden and wants in ("correct", "split", "merge"):
                messages.error(request, "这一项含个人信息，您看不到全文，不能改；请由负责人改。")
            elif wants == "preview" and form.is_valid():
                after = corrected(row.read or row.item, {**row.item.values, **_given(form)})
                changes = changes_of(row.item.stage, row.item.values, after.values)
            elif wants != "preview" and _decided(request, draft, row, form):
                query = urlencode({"tab": row.item.stage.tab.value, "clause": ""})
                return redirect(f"{reverse('web:reading', args=[draft.pk])}?{query}#{item_id}")
        except Refused as refused:
            _complain(form, refused) if editing is not None else tell(request, refused)
    told = told_of(draft, seat, papers) | {
        "page": "review",
        "one": shown(row, stars),
        "form": form,
        "changes": changes,
        "hidden": hidden,
        "acts": "\n".join(_sentences(values.get("act", ""))),
        "neighbours": [shown(one, stars) for one in _neighbours(review, row)],
        "history": [
            replace(one, reason=stars(one.reason))
            for one in queries.decisions_of(draft)
            if one.key == row.item.key
        ],
        "stamp": stamp_of(row),
        "quotes": [stars(review.reading.paper.words(span)) for span in row.item.spans],
        "back": f"?{urlencode({'tab': row.item.stage.tab.value})}#{item_id}",
    }
    status = 422 if form.errors else 200
    return render(request, "web/readings/item.html", told, status=status)


def _decided(request: HttpRequest, draft: Draft, row: Row, form: forms.Form) -> bool:
    """Whether what was asked for was done. ``Refused`` with why not."""
    by, item_id, posted = account_of(request), row.item.id, request.POST
    seen = number_of(posted.get("stamp", ""))
    reason = posted.get("reason", "")
    match posted.get("do", ""):
        case "accept":
            deciding.accept(draft.pk, item_id, by=by, stamp=seen)
        case "correct":
            if not form.is_valid():
                return False
            deciding.correct(draft.pk, item_id, _given(form), by=by, stamp=seen, reason=reason)
        case "reject":
            deciding.reject(draft.pk, item_id, by=by, stamp=seen, reason=reason)
        case "split":
            deciding.split(
                draft.pk, item_id, posted.get("acts", "").splitlines(), by=by, stamp=seen
            )
        case "merge":
            others, act = posted.getlist("with"), posted.get("act", "")
            deciding.merge(draft.pk, item_id, others, act, by=by, stamp=seen)
        case "undo":
            deciding.undo(draft.pk, item_id, by=by, stamp=seen)
        case _:
            return False
    messages.success(request, "已记下。")
    return True


def _sentences(act: str) -> list[str]:
    """An act cut where people would cut it, to begin a splitting."""
    marked = act.replace("；", "；\n").replace("，并", "，\n并").replace("、并", "、\n并")
    return [one.strip("；， \t") for one in marked.splitlines() if one.strip("；， \t")]


def _neighbours(review: Review, row: Row) -> list[Row]:
    """The other terms of the clause that could go into this one."""
    if row.item.stage.name != "term":
        return []
    return [
        one
        for one in review.tab(Tab.TERMS)
        if one.item.clause == row.item.clause
        and one.item.id != row.item.id
        and one.mark not in (Mark.ABSORBED, Mark.SPLIT)
    ][:30]


@require_http_methods(["GET", "POST"])
@member
def add_item(request: HttpRequest, draft: Draft, seat: Seat) -> HttpResponse:
    """补加: what stands in the paper and was not found."""
    papers = queries.papers_of(draft)
    review = queries.review_for(draft, papers)
    name = request.POST.get("stage") or request.GET.get("stage") or "term"
    if review is None or name not in ADDABLE:
        raise Http404("没有这一种。")
    stage = STAGES[name]
    posted = request.POST if request.method == "POST" else None
    begun = {"debtor": "supplier", "kind": "duty"}
    form = _form(stage.fields, posted, begun)
    clause = request.POST.get("clause") or request.GET.get("clause") or ""
    if posted is not None and form.is_valid():
        try:
            row = deciding.add(draft.pk, name, clause, _given(form), by=account_of(request))
        except Refused as refused:
            _complain(form, refused)
        else:
            messages.success(request, "已补加。")
            query = urlencode({"tab": stage.tab.value})
            return redirect(f"{reverse('web:reading', args=[draft.pk])}?{query}#{row.item.id}")
    told = told_of(draft, seat, papers) | {
        "page": "review",
        "stage": stage,
        "form": form,
        "clause": clause,
        "clauses": _clauses(review, stars_for(review, seat)),
    }
    return render(request, "web/readings/add.html", told, status=422 if form.is_bound else 200)


def _clauses(review: Review, stars: Stars) -> list[tuple[str, str]]:
    """Every clause with the beginning of its words, to choose from."""
    return [
        (str(node.ref), f"{cite(str(node.ref))} {stars(node.text)[:30]}")
        for node in review.reading.paper.outline.nodes
    ]


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@member
def page_picture(
    request: HttpRequest, draft: Draft, seat: Seat, order: int, page: int
) -> HttpResponseBase:
    """页面图: a page as it looks; only for who may read what is personal, since a picture hides nothing."""
    del request
    paper = queries.paper_of(draft, order)
    if paper is None or not may_speak(seat) or not 1 <= page <= paper.pages:
        raise Http404("没有这一页，或者您不能看页面图。")
    try:
        drawn = picture_of(paper.sha256, page)
    except Refused as refused:
        raise Http404(str(refused)) from refused
    response = HttpResponse(drawn, content_type="image/png")
    response["Cache-Control"] = "private, max-age=86400"
    return response
