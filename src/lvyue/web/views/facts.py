"""事实: looking through the log of a contract, putting facts on record by hand and by file, and the files that prove them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may_record
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Doubt, Refused
from lvyue.core.facts import EVIDENCE_LIMIT, KINDS, WORDS, FactKind, Field, FieldType
from lvyue.evidence import queries as evidence
from lvyue.evidence.actions import FILE_LIMIT, UPLOAD_LIMIT
from lvyue.evidence.vault import open_whole
from lvyue.obligations import logbook, tabular
from lvyue.obligations.actions import recording
from lvyue.obligations.drafting import (
    CORRECTIONS,
    LONG,
    Asked,
    Choice,
    Draft,
    Reading,
    label_of,
    read_form,
    typed_money,
    typed_of,
)
from lvyue.obligations.logbook import RecordedBy, Sought
from lvyue.obligations.queries import UnknownContract, log_size
from lvyue.obligations.reason import fact_view
from lvyue.obligations.rehearsal import Rehearsal, rehearse
from lvyue.web import exports
from lvyue.web.controls import controls_of
from lvyue.web.doors import door, refusal
from lvyue.web.drafts import kept

_TOKEN = re.compile(r"[0-9a-f]{20}")
_SIZE = re.compile(r"\d{1,9}")
#: What is asked for is cut here: no search is longer.
SOUGHT_LIMIT = 100

UNPROCESSABLE = 422


def _told(request: HttpRequest, seat: Seat, **more: Any) -> dict[str, Any]:
    """What every page of this noun shows of its contract."""
    row = contracts().filter(pk=seat.contract_id).first()
    if row is None:
        raise Http404(f"登记簿里没有编号为“{seat.contract_id}”的合同。")
    return {
        "controls": controls_of(request.GET, clock.today()),
        "contract_id": seat.contract_id,
        "title": row.title,
        "demonstration": row.demonstration,
        "seat": seat,
        **more,
    }


def _cannot(request: HttpRequest, seat: Seat, doubts: Sequence[Doubt]) -> HttpResponse:
    told = _told(request, seat, doubts=doubts)
    return render(request, "web/refused.html", told, status=409)


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def facts(request: HttpRequest, seat: Seat) -> HttpResponse:
    """事实: the log, latest first; with a filter, page by page, and as a file."""
    sought, contract_id = _sought(request), seat.contract_id
    form = exports.wanted(request)
    before = request.GET.get("before", "")
    place = int(before) if _SIZE.fullmatch(before) else None
    try:
        limit = logbook.EXPORT if form else logbook.PAGE
        page = logbook.fact_page(contract_id, sought, clock.today(), place, limit)
    except UnknownContract as error:
        raise Http404(f"登记簿里没有编号为“{contract_id}”的合同。") from error
    except Refused as refused:
        return _cannot(request, seat, refused.doubts)
    told = _told(request, seat, page=page, sought=sought)
    release = page.release
    if form:
        return exports.answer(_sheet(told["title"], page, sought), form)
    kinds = evidence.kinds_in(contract_id)
    told |= {
        "kinds": [(name, KINDS[name].zh) for name in kinds if name in KINDS],
        "terms": [(term.id, term.says) for term in release.governing],
        "sides": tuple(RecordedBy),
        "size": log_size(contract_id),
        "term": release.term_by_id.get(sought.term),  # type: ignore[call-overload]
        "older": _older(request, page.before),
        "may_record": bool(seat.roles & Right.RECORD.roles),
        "may_import": bool(seat.roles & Right.IMPORT.roles),
    }
    return render(request, "web/facts.html", told)


def _sought(request: HttpRequest) -> Sought:
    asked = request.GET
    kind, side = asked.get("kind", ""), asked.get("side", "")
    term = asked.get("term", "")
    return Sought(
        kind=kind if kind in KINDS else "",
        term=term if re.fullmatch(r"[\w-]{1,80}", term) else "",
        text=asked.get("q", "").strip()[:SOUGHT_LIMIT],
        side=next((one for one in RecordedBy if one.key == side), None),
    )


def _older(request: HttpRequest, before: int | None) -> str:
    if before is None:
        return ""
    asked = request.GET.copy()
    asked["before"] = str(before)
    return f"?{asked.urlencode()}"


def _sheet(title: str, page: logbook.FactPage, sought: Sought) -> exports.Sheet:
    parts = [
        f"种类：{KINDS[sought.kind].zh}" if sought.kind else "",
        f"约定：{sought.term}" if sought.term else "",
        f"文字：{sought.text}" if sought.text else "",
        f"登记方：{sought.side.zh}" if sought.side else "",
        f"只含最近 {len(page.lines)} 条" if page.before is not None else "",
    ]
    note = f"{title}，履约日志，{clock.now():%Y-%m-%d %H:%M} 导出"
    columns = (
        "序号",
        "发生时间",
        "事实",
        "对象",
        "内容",
        "现状",
        "登记人",
        "登记时间",
        "附件",
        "编号",
    )
    rows = [
        (
            None if line.view.index is None else line.view.index + 1,
            line.view.at,
            line.view.kind,
            line.view.subject,
            "；".join(f"{name}：{value}" for name, value in line.view.fields),
            line.fate.word,
            line.who,
            line.recorded_at,
            line.files or None,
            line.view.id,
        )
        for line in page.lines
    ]
    return exports.Sheet(f"事实 {title}", columns, rows, "；".join(filter(None, [note, *parts])))


# ── one fact ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def fact(request: HttpRequest, seat: Seat, fact_id: str) -> HttpResponse:
    """一条事实: its bytes, its place and proof, what became of it and what it bears on."""
    try:
        sheet = logbook.fact_sheet(seat.contract_id, fact_id, seat, clock.today())
    except Refused as refused:
        return _cannot(request, seat, refused.doubts)
    if sheet is None:
        raise Http404(f"这份合同的日志里没有编号为“{fact_id}”的事实。")
    told = _told(
        request,
        seat,
        sheet=sheet,
        actions=[
            (word, f"{_address('new-fact', seat)}?{urlencode(asked)}", sheet.rulings[key])
            for key, word, asked in (
                ("correct", "更正时间", {"kind": "fact.corrected", "fact": sheet.root}),
                ("withdraw", "撤回", {"kind": "fact.withdrawn", "fact": sheet.fact.id}),
                ("dispute", "提出异议", {"kind": "dispute.raised", "about": sheet.fact.id}),
                ("again", "照此另记一条", {"kind": sheet.fact.kind, "like": sheet.fact.id}),
            )
            if not (key == "again" and sheet.fact.kind in CORRECTIONS)
            and not (key == "withdraw" and not sheet.line.fate.stands)
            and not (key == "correct" and not sheet.stands)
        ],
    )
    return render(request, "web/fact.html", told)


@require_safe
@door(Right.SEE)
def evidence_file(request: HttpRequest, seat: Seat, sha256: str) -> HttpResponse:
    """证明文件: for saving, never for showing inside a page of ours. Bytes that are no longer what they were are refused."""
    found = evidence.files(seat.contract_id, [sha256])
    if not found:
        raise Http404("这份合同没有这个文件。")
    try:
        stream = open_whole(sha256, found[0].name)
    except Refused as refused:
        told = _told(request, seat, says=f"{refused.doubts[0].says}{refused.doubts[0].mend}")
        return render(request, "web/fact_file_lost.html", told, status=409)
    answer = FileResponse(stream, content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=found[0].name
    )
    answer["Content-Length"] = str(found[0].size)
    answer["X-Content-Type-Options"] = "nosniff"
    return cast("HttpResponse", answer)


def _address(name: str, seat: Seat, *more: object) -> str:
    return reverse(f"web:{name}", args=[seat.contract_id, *more])


# ── recording one ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Input:
    """填写栏: one field of the form as the page shows it, with what was typed, what is wrong and what is asked."""

    name: str
    label: str
    control: str
    required: bool
    value: str
    help: str = ""
    error: str = ""
    asked: Asked | None = None
    means: str = ""
    choices: tuple[Choice, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"i-{self.name.replace('.', '-')}"


@dataclass(frozen=True, slots=True)
class _Entry:
    """一次登记: what the form brought: the token that makes it one fact, what was typed, and the files it names."""

    kind: FactKind
    token: str
    seen: int
    typed: Mapping[str, str]
    files: tuple[str, ...] = ()
    accepted: frozenset[str] = frozenset()
    seal: str = ""
    errors: tuple[str, ...] = ()


@require_http_methods(["GET", "HEAD", "POST"])
@door(Right.RECORD)
def new_fact(request: HttpRequest, seat: Seat) -> HttpResponse:
    """登记事实: choose a kind, fill in its form, see what it changes, and put it on record."""
    kind = KINDS.get(request.GET.get("kind", ""))
    try:
        if kind is None:
            return _choose(request, seat)
        ruling = may_record(seat, kind.name)
        if not ruling:
            return refusal(request, seat, ruling)
        if request.method == "POST":
            return _submitted(request, seat, kind)
        return _form(request, seat, _opened(request, seat, kind))
    except UnknownContract as error:
        raise Http404(f"登记簿里没有编号为“{seat.contract_id}”的合同。") from error
    except recording.Denied as denied:
        return refusal(request, seat, denied.ruling)
    except Refused as refused:
        return _cannot(request, seat, refused.doubts)


def _choose(request: HttpRequest, seat: Seat) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:SOUGHT_LIMIT]
    release = logbook.release_of(seat.contract_id)
    areas, refused = logbook.areas_for(seat, release, text)
    told = _told(request, seat, areas=areas, refused=refused, text=text)
    return render(request, "web/fact_kinds.html", told)


def _opened(request: HttpRequest, seat: Seat, kind: FactKind) -> _Entry:
    """A form that nobody has sent: as a link began it, or with what was sent when the session had ended."""
    found = kept(request, to=request.get_full_path())
    sent = {name: values[-1] for name, values in found.items() if name not in ("seen", "seal")}
    files = evidence.files(seat.contract_id, found.get("evidence", []))
    return _Entry(
        kind=kind,
        token=recording.new_token(),
        seen=log_size(seat.contract_id),
        typed=_begun(request, seat, kind) | sent,
        files=tuple(one.sha256 for one in files),
    )


def _begun(request: HttpRequest, seat: Seat, kind: FactKind) -> dict[str, str]:
    """What a link to the form has filled in already."""
    asked, typed = request.GET, dict[str, str]()
    if kind.name in CORRECTIONS:
        typed["at"] = clock.today().isoformat()
    if like := asked.get("like", ""):
        found = evidence.facts_named(seat.contract_id, [like])
        typed |= typed_of(found[0]) if found and found[0].kind == kind.name else {}
    typed |= _owed(seat, kind, asked)
    if subject := asked.get("subject", ""):
        typed["subject"] = subject
    for name in kind.names:
        if value := asked.get(name, ""):
            typed[f"data.{name}"] = f"事实 {value}" if name == "about" else value
    return typed


def _owed(seat: Seat, kind: FactKind, asked: Mapping[str, str]) -> dict[str, str]:
    """The instalment and the amount that a link from a payment is about."""
    if "like" in asked:
        return {}
    term, number = asked.get("term", ""), asked.get("instalment", "")
    owed = logbook.owed_by(seat.contract_id, kind, term, number, clock.today())
    if owed is None:
        return {}
    instalment, money = owed
    typed = {"data.instalment": str(instalment)}
    return typed if money is None else typed | {"data.amount_fen": typed_money(money)}


def _submitted(request: HttpRequest, seat: Seat, kind: FactKind) -> HttpResponse:
    entry = _entry(request, seat, kind)
    reading = read_form(
        kind,
        entry.typed,
        recording.fact_id_of(entry.token),
        today=clock.today(),
        expected=logbook.expected_by(
            seat.contract_id, kind, entry.typed.get("data.instalment", ""), clock.today()
        ),
        evidence=entry.files,
    )
    if reading.draft is None:
        return _form(request, seat, entry, reading)
    there = evidence.entry(seat.contract_id, reading.draft.id)
    if there is not None:
        return _recorded_before(request, seat, reading.draft)
    rehearsal = rehearse(seat.contract_id, reading.draft, clock.today(), entry.seen)
    confirmed = request.POST.get("step") == "confirm"
    if not confirmed or entry.errors:
        return _form(request, seat, entry, reading, rehearsal)
    if entry.seal != rehearsal.seal:
        says = "内容在预览之后改过，下面是改后的影响，请看过再确认。"
        return _form(request, seat, replace(entry, errors=(says,)), reading, rehearsal)
    if rehearsal.unanswered(entry.accepted):
        says = "请先逐项确认下面的提醒。"
        return _form(request, seat, replace(entry, errors=(says,)), reading, rehearsal)
    return _record(request, seat, entry, reading, rehearsal)


def _record(
    request: HttpRequest, seat: Seat, entry: _Entry, reading: Reading, rehearsal: Rehearsal
) -> HttpResponse:
    draft = rehearsal.draft
    try:
        done = recording.record_fact(seat.contract_id, draft, by=seat, seen_size=rehearsal.size)
    except recording.Overtaken:
        again = rehearse(seat.contract_id, draft, clock.today(), entry.seen)
        return _form(request, seat, entry, reading, again)
    except recording.AnotherFact:
        return _recorded_before(request, seat, draft)
    if done.already:
        return _recorded_before(request, seat, draft)
    came = f"您填写期间日志另有 {rehearsal.news} 条新登记。" if rehearsal.news else ""
    messages.success(
        request, f"已登记“{entry.kind.zh}”，日志第 {done.size} 条。写错了可以在本页撤回。{came}"
    )
    return HttpResponseRedirect(_address("fact", seat, draft.id))


def _recorded_before(request: HttpRequest, seat: Seat, draft: Draft) -> HttpResponse:
    """The form was sent before: the same thing is there; another thing is refused, with both to see."""
    there = evidence.facts_named(seat.contract_id, [draft.id])[0]
    row = evidence.entry(seat.contract_id, draft.id)
    if row is not None and bytes(row.raw) == draft.line:
        messages.info(request, "已经登记过：这份表单只登记一次，下面就是那一条。")
        return _gone_to(request, _address("fact", seat, there.id))
    new = draft.read()
    if isinstance(new, list):
        raise Refused(new)
    kept = ("at", "subject", "data.")
    told = _told(
        request,
        seat,
        there=there,
        both=(("已经登记的", fact_view(there)), ("这次提交的", fact_view(new))),
        corrects=there.kind in CORRECTIONS,
        like=urlencode({"kind": draft.kind}),
        typed={name: value for name, value in request.POST.items() if name.startswith(kept)},
        token=recording.new_token(),
        seen=log_size(seat.contract_id),
        files=draft.evidence,
    )
    if getattr(request, "htmx", False):
        return _gone_to(request, _address("fact", seat, there.id))
    return render(request, "web/fact_twice.html", told, status=409)


def _gone_to(request: HttpRequest, address: str) -> HttpResponse:
    """A redirect, which a request of htmx would follow inside the page."""
    if getattr(request, "htmx", False):
        answer = HttpResponse()
        answer["HX-Redirect"] = address
        return answer
    return HttpResponseRedirect(address)


def _entry(request: HttpRequest, seat: Seat, kind: FactKind) -> _Entry:
    """What was sent, with the files that came along put into the vault: whatever is wrong else, they are not lost."""
    sent = request.POST
    token, seen = sent.get("token", ""), sent.get("seen", "")
    names = ("at", "subject", *(f"data.{spec.name}" for spec in kind.fields))
    files = [one for one in sent.getlist("evidence") if re.fullmatch(r"[0-9a-f]{64}", one)]
    errors = []
    for upload in request.FILES.getlist("files"):
        try:
            files.append(_attached(seat, upload))
        except Refused as refused:
            errors += [str(doubt) for doubt in refused.doubts]
    files = [one.sha256 for one in evidence.files(seat.contract_id, [*dict.fromkeys(files)])]
    if len(files) > EVIDENCE_LIMIT:
        errors.append(f"附件有 {len(files)} 个，上限是 {EVIDENCE_LIMIT} 个；多出的没有附上。")
    return _Entry(
        kind=kind,
        token=token if _TOKEN.fullmatch(token) else recording.new_token(),
        seen=int(seen) if _SIZE.fullmatch(seen) else log_size(seat.contract_id),
        typed={key: sent.get(key, "") for name in names for key in (name, f"{name}.means")},
        files=tuple(files[:EVIDENCE_LIMIT]),
        accepted=frozenset(sent.getlist("accepted")),
        seal=sent.get("seal", ""),
        errors=tuple(errors),
    )


def _attached(seat: Seat, upload: UploadedFile[Any]) -> str:
    kept = recording.attach_file(seat.contract_id, upload.name or "", upload.chunks(), by=seat)
    return str(kept.sha256)


def _form(
    request: HttpRequest,
    seat: Seat,
    entry: _Entry,
    reading: Reading | None = None,
    rehearsal: Rehearsal | None = None,
) -> HttpResponse:
    """The form with what was typed, what is wrong and asked, and, where everything is understood, what it changes."""
    inputs = _inputs(entry, reading, *_offers(seat, entry.kind))
    named = evidence.facts_named(seat.contract_id, [entry.typed.get("data.fact", "")])
    told = _told(
        request,
        seat,
        kind=entry.kind,
        entry=entry,
        inputs=inputs,
        wrong=_elsewhere(inputs, reading),
        rehearsal=rehearsal,
        difference=rehearsal.difference if rehearsal else None,
        others=[fact_view(one) for one in rehearsal.others] if rehearsal else (),
        open_questions=bool(reading and (reading.errors or reading.questions)),
        files=evidence.files(seat.contract_id, entry.files),
        named=fact_view(named[0]) if named else None,
        was="现在",
        now="登记之后",
        file_megabytes=FILE_LIMIT >> 20,
        was_sent=request.method == "POST",
    )
    if getattr(request, "htmx", False):
        return render(request, "web/fact_preview.html", told)
    unread = reading is not None and reading.draft is None
    return render(request, "web/fact_form.html", told, status=UNPROCESSABLE if unread else 200)


def _elsewhere(inputs: Sequence[Input], reading: Reading | None) -> list[str]:
    """What is wrong with the fact as a whole."""
    names = {one.name for one in inputs}
    return [says for name, says in (reading.errors.items() if reading else ()) if name not in names]


_Offers = tuple[Mapping[str, tuple[Choice, ...]], Mapping[str, tuple[str, ...]]]


def _offers(seat: Seat, kind: FactKind) -> _Offers:
    release = logbook.release_of(seat.contract_id)
    choices = logbook.choices_for(kind, seat, release)
    return choices, logbook.hints_for(seat.contract_id, kind, release)


def _inputs(
    entry: _Entry,
    reading: Reading | None,
    choices: Mapping[str, tuple[Choice, ...]],
    hints: Mapping[str, tuple[str, ...]],
) -> list[Input]:
    today = clock.today()
    found = [
        Input(
            "at",
            "发生时间",
            "text",
            required=True,
            value="",
            help="写日期，如 2026-03-01；知道时刻的写 2026-03-01 10:30，按北京时间。",
            hints=(today.isoformat(), f"{clock.now():%Y-%m-%d %H:%M}"),
        )
    ]
    if entry.kind.name not in CORRECTIONS:
        found.append(
            Input(
                "subject",
                "对象",
                "text",
                required=False,
                value="",
                help="工单、隐患、设备或批次的编号。前后几条事实靠它对上，须写得一模一样。",
            )
        )
    found += [_input(spec, choices.get(spec.name, ())) for spec in entry.kind.fields]
    if entry.kind.name == "fact.corrected" and entry.typed.get("at"):
        found = _for_correcting(found, reading)
    return [
        replace(
            one,
            value=entry.typed.get(one.name, ""),
            means=entry.typed.get(f"{one.name}.means", ""),
            error=reading.errors.get(one.name, "") if reading else "",
            asked=reading.questions.get(one.name) if reading else None,
            hints=one.hints or hints.get(one.name, ()),
        )
        for one in found
    ]


def _for_correcting(inputs: Sequence[Input], reading: Reading | None) -> list[Input]:
    """The new time first; that of correcting is today and nobody's question, unless something is wrong with it."""
    asked = {*reading.errors, *reading.questions} if reading else set()
    unseen = [one for one in inputs if one.name == "at" and "at" not in asked]
    rest = [one for one in inputs if one not in unseen]
    rest.sort(key=lambda one: (one.control == "hidden", one.name != "data.at"))
    return [*rest, *(replace(one, control="hidden") for one in unseen)]


def inputs_for(
    seat: Seat, kind: FactKind, typed: Mapping[str, str], reading: Reading | None = None
) -> list[Input]:
    """The fields of a kind for another form, such as that of a what-if."""
    return _inputs(_Entry(kind, "", 0, typed), reading, *_offers(seat, kind))


_HELP = {
    FieldType.FEN: "如 1,299,200.00、129.92万元、¥1,299,200；只写数字按元读。",
    FieldType.DAY: "如 2026-03-01。",
    FieldType.MOMENT: "写到时刻，如 2026-03-01 10:30。",
    FieldType.AT: "如 2026-03-01 或 2026-03-01 10:30。",
    FieldType.DECIMAL: "如 99.95，不写单位。",
}


def _input(spec: Field, choices: tuple[Choice, ...]) -> Input:
    name, label = f"data.{spec.name}", label_of(spec)
    helped = _HELP.get(spec.type, "")
    if spec.name == "fact":
        return Input(name, label, "hidden", spec.required, "")
    if spec.type is FieldType.BOOLEAN:
        choices = (Choice("true", "是"), Choice("false", "否"))
    elif spec.choices:
        choices = tuple(Choice(one, WORDS.get(one, one)) for one in spec.choices)
    if choices:
        return Input(name, label, "select", spec.required, "", choices=choices)
    control = "area" if spec.name in LONG else "text"
    return Input(name, label, control, spec.required, "", helped)


# ── by file ──────────────────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@door(Right.IMPORT)
def import_facts(request: HttpRequest, seat: Seat) -> HttpResponse:
    """批量导入: choose a file; it is kept, and looked at row by row before anything goes on record."""
    form = request.GET.get("template", "")
    if form in ("xlsx", "csv", "jsonl"):
        answer = HttpResponse(tabular.template(form), content_type="application/octet-stream")
        answer["Content-Disposition"] = content_disposition_header(
            as_attachment=True, filename=f"事实模板.{form}"
        )
        return answer
    says = ""
    if request.method == "POST":
        upload = request.FILES.get("file")
        says = _no_facts_file(upload)
        if upload is not None and not says:
            try:
                kept = recording.bring_facts(
                    seat.contract_id, upload.name or "", upload.chunks(), by=seat
                )
                return HttpResponseRedirect(_address("upload", seat, kept.pk))
            except Refused as refused:
                says = str(refused)
    told = _told(request, seat, says=says, megabytes=UPLOAD_LIMIT >> 20)
    return render(request, "web/facts_import.html", told, status=UNPROCESSABLE if says else 200)


def _no_facts_file(upload: UploadedFile[Any] | None) -> str:
    if upload is None:
        return "请选择一个文件：.xlsx、.csv 或 .jsonl。"
    if not (upload.name or "").lower().endswith((".jsonl", ".csv", ".xlsx")):
        return f"“{upload.name}”不是 .xlsx、.csv 或 .jsonl 文件。旧式 .xls 请另存为 .xlsx。"
    return ""


@require_safe
@door(Right.IMPORT)
def upload(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """导入预览: every row with what it would do; the failed ones as a file to mend."""
    kept = _kept(seat, number)
    try:
        table = recording.preview_upload(seat.contract_id, kept, by=seat)
    except Refused as refused:
        told = _told(request, seat, says=str(refused), megabytes=UPLOAD_LIMIT >> 20)
        return render(request, "web/facts_import.html", told, status=UNPROCESSABLE)
    if "failed" in request.GET:
        stem, _, ending = kept.name.rpartition(".")
        ending = (
            "csv" if ending.lower() == "xlsx" else ending
        )  # mended as well in one as in the other
        answer = HttpResponse(table.failed(), content_type="application/octet-stream")
        answer["Content-Disposition"] = content_disposition_header(
            as_attachment=True, filename=f"{stem} 待改.{ending}"
        )
        return answer
    rows = tabular.telling(table.rows)[:ROWS]
    told = _told(
        request,
        seat,
        upload=kept,
        table=table,
        rows=[(row, tuple(tabular.problems(row))) for row in rows],
        hidden=(table.bad or len(table.rows)) - len(rows),
    )
    return render(request, "web/facts_upload.html", told)


#: So many rows of an upload are shown; the failed ones come first, and all of them leave as a file.
ROWS = 200


@require_POST
@door(Right.IMPORT)
def commit_upload(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """确认导入: all rows or none; a file that is imported again adds nothing."""
    kept = _kept(seat, number)
    try:
        accepted = request.POST.getlist("accepted")
        done = recording.import_upload(seat.contract_id, kept, by=seat, accepted=accepted)
    except recording.Unanswered:
        messages.error(request, "没有导入：请先逐项确认下面的提醒。")
        return HttpResponseRedirect(_address("upload", seat, number))
    except Refused:
        messages.error(request, "没有导入：文件里有不能导入的行，见下表。")
        return HttpResponseRedirect(_address("upload", seat, number))
    if done.added:
        messages.success(request, f"已导入 {done.added} 条，另有 {done.ignored} 条早已在日志里。")
    else:
        messages.info(request, "这些事实都已经在日志里，没有新增。")
    return HttpResponseRedirect(_address("facts", seat))


def _kept(seat: Seat, number: int) -> evidence.Upload:
    found = evidence.upload(seat.contract_id, number, by=seat.username)
    if found is None:
        raise Http404("您在这份合同中没有这次上传。")
    return found


__all__ = [
    "commit_upload",
    "evidence_file",
    "fact",
    "facts",
    "import_facts",
    "new_fact",
    "upload",
]
