"""事实: looking through a log, putting facts on record one by one and by file, and the files that prove them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, cast

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import File, Header, Query, Router
from ninja.files import UploadedFile
from pydantic import Field

from lvyue import clock
from lvyue.accounts.permissions import Right, Ruling, Seat, may_record
from lvyue.api.asked import (
    After,
    ContractId,
    Digest,
    FactKey,
    Reason,
    Refusing,
    RowNumber,
    Size,
    Word,
    says,
)
from lvyue.api.documents import DifferenceDocument
from lvyue.api.gate import enter
from lvyue.api.habits import Listing, Short
from lvyue.api.problems import Problem, not_allowed, unfit
from lvyue.api.shapes import OneOf, Shape, answer, listed, page, shape
from lvyue.core.doubts import Doubt, malformed
from lvyue.core.facts import EVIDENCE_LIMIT, KINDS, Fact, FactId, FactKind, parse_at, schema
from lvyue.core.recorders import Recorder, recorder_of
from lvyue.evidence import queries as evidence
from lvyue.evidence.actions import ImportResult
from lvyue.evidence.queries import Inclusion
from lvyue.evidence.vault import open_whole
from lvyue.obligations import logbook, tabular
from lvyue.obligations.actions import recording
from lvyue.obligations.actions.recording import Recorded
from lvyue.obligations.drafting import Choice, Draft
from lvyue.obligations.logbook import FactLine, RecordedBy, Sought
from lvyue.obligations.reason import FactView
from lvyue.obligations.rehearsal import Misgiving, Rehearsal, rehearse

router = Router(tags=["事实 Facts"])

KindName = Annotated[str, OneOf((*KINDS,))]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$",
        description="一次性编号：同一编号重发不会登记第二条。事实的编号是 f- 加上它。",
        examples=["2026-03-02-ticket-0417"],
    ),
]


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class FactOnRecord:
    """在案的事实: as it stands in the log, and as people read it."""

    fact: Fact
    line: FactLine


class AskedFacts(After):
    """哪些事实."""

    kind: KindName | None = Field(None, description="种类")
    term: str | None = Field(None, pattern=r"^[-a-zA-Z0-9_]{1,80}$", description="影响这条约定的")
    q: Word = Field("", description="内容、编号或种类名称里的字")
    side: Literal["buyer", "supplier", "others"] | None = Field(None, description="登记方")


@router.get(
    "/contracts/{slug:contract_id}/facts", response=says(page(FactOnRecord)), summary="事实"
)
def facts(request: HttpRequest, contract_id: ContractId, asked: Query[AskedFacts]) -> HttpResponse:
    """履约日志，最近登记的在前；更正和撤回写在 line.fate。"""
    seat = enter(request, contract_id)
    sought = Sought(
        kind=asked.kind or "",
        term=asked.term or "",
        text=asked.q.strip(),
        side=next((one for one in RecordedBy if one.key == asked.side), None),
    )
    found = logbook.fact_page(seat.contract_id, sought, clock.today(), asked.index, asked.limit)
    leaves = {
        one.id: one
        for one in evidence.facts_named(seat.contract_id, [line.view.id for line in found.lines])
    }
    rows = [FactOnRecord(leaves[FactId(line.view.id)], line) for line in found.lines]
    return listed(rows, found.before)


@dataclass(frozen=True, slots=True)
class FactWhole:
    """一条事实: its bytes, its place and proof, what became of it, what it bears on, and what the caller may do with it."""

    fact: Fact
    line: FactLine
    raw: str
    checkpoint: int
    inclusion: Inclusion
    chain: tuple[logbook.Link, ...]
    root: FactId
    bearings: tuple[logbook.Bearing, ...]
    troubles: tuple[str, ...]
    files: tuple[logbook.ProvingFile, ...]
    rulings: dict[str, Ruling]


class AskedSize(Refusing):
    """多长的一段日志."""

    size: Size | None = Field(None, description="前多少条，缺省为全部")


@router.get(
    "/contracts/{slug:contract_id}/facts/{path:fact_id}/inclusion",
    response=says(shape(Inclusion)),
    summary="包含证明",
)
def inclusion(
    request: HttpRequest, contract_id: ContractId, fact_id: FactKey, asked: Query[AskedSize]
) -> HttpResponse:
    """这条事实在日志前 size 条之中的默克尔证明 (RFC 6962)。"""
    seat = enter(request, contract_id)
    _known(seat, fact_id)
    return answer(evidence.inclusion(seat.contract_id, fact_id, asked.size))


def _known(seat: Seat, fact_id: str) -> None:
    if evidence.entry(seat.contract_id, fact_id) is None:
        raise Http404(f"这份合同的日志里没有编号为“{fact_id}”的事实。")


# ── recording one ────────────────────────────────────────────────────────────────────────────────────────────────


class FactDraft(Refusing):
    """草稿: a fact before it is on record. The fields of ``data`` follow from the kind: see ``GET /kinds``."""

    kind: KindName = Field(description="种类", examples=["ticket.opened"])
    at: str = Field(
        pattern=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?$",
        description="何时发生：一天，或带时区的时刻",
        examples=["2026-03-02T09:00:00+08:00"],
    )
    subject: str | None = Field(None, min_length=1, max_length=200, description="对象")
    data: dict[str, bool | int | str] = Field(
        default_factory=dict, description="字段；金额为整数分", examples=[{"severity": "major"}]
    )
    evidence: list[Digest] = Field(
        default_factory=list, max_length=EVIDENCE_LIMIT, description="证明文件的 SHA-256，先上传"
    )


class _Accepted(Refusing):
    accepted: list[Word] = Field(
        default_factory=list, max_length=50, description="已经看过并确认的 misgivings 的 key"
    )


class _Meant(_Accepted):
    seen_size: Size | None = Field(
        None, description="看到时日志的条数；此后别人登记了同一件事就先告诉您"
    )


class FactToRecord(FactDraft, _Meant):
    """登记: a draft, and what was known and accepted when it was decided."""


def draft_of(body: FactDraft, identity: FactId) -> Draft:
    """The draft of a body; what is no fact of its kind is told field by field."""
    at = parse_at(body.at)
    if isinstance(at, str):
        raise unfit([malformed("请求体 at", at)])
    draft = Draft(identity, body.kind, at, body.subject, dict(body.data), tuple(body.evidence))
    read = draft.read()
    if not isinstance(read, Fact):
        raise unfit(read)
    return draft


@dataclass(frozen=True, slots=True)
class Preview:
    """试登记: what recording the draft would change, and what should give pause; null where nothing can be reckoned."""

    fact: Fact
    size: int
    difference: DifferenceDocument | None
    doubts: tuple[Doubt, ...]
    misgivings: tuple[Misgiving, ...]
    others: tuple[Fact, ...]
    news: int


@router.post(
    "/contracts/{slug:contract_id}/rehearsal",
    response=says(shape(Preview)),
    summary="试登记：看看会改变什么",
)
def rehearsal(request: HttpRequest, contract_id: ContractId, body: FactToRecord) -> HttpResponse:
    """不保存任何东西。先看结论和金额的变化，再决定是否登记。"""
    seat = enter(request, contract_id, Right.RECORD)
    _refuse_the_kind(seat, body.kind)
    draft = draft_of(body, recording.fact_id_of(recording.new_token()))
    return answer(_told(rehearse(seat.contract_id, draft, clock.today(), body.seen_size)))


def _refuse_the_kind(seat: Seat, kind: str) -> None:
    ruling = may_record(seat, kind)
    if not ruling:
        raise not_allowed(ruling)


def _told(found: Rehearsal) -> dict[str, Any]:
    return {
        "fact": found.fact,
        "size": found.size,
        "difference": found.difference.as_json() if found.difference is not None else None,
        "doubts": found.doubts,
        "misgivings": found.misgivings,
        "others": found.others,
        "news": found.news,
    }


@router.post(
    "/contracts/{slug:contract_id}/facts",
    response={**says(shape(Recorded), 201), 200: shape(Recorded)},
    summary="登记事实",
)
def record(
    request: HttpRequest, contract_id: ContractId, key: Key, body: FactToRecord
) -> HttpResponse:
    """登记一条事实。201 是新登记的；同一 Idempotency-Key 同一内容重发得到 200 和那一条；不同内容得到 409。"""
    seat = enter(request, contract_id, Right.RECORD)
    _refuse_the_kind(seat, body.kind)
    draft = draft_of(body, recording.fact_id_of(key))
    return _record(seat, draft, body)


def _record(seat: Seat, draft: Draft, body: _Meant) -> HttpResponse:
    if evidence.entry(seat.contract_id, draft.id) is None:
        _refuse_unless_meant(seat, draft, body)
    done = recording.record_fact(seat.contract_id, draft, by=seat, seen_size=body.seen_size)
    return _recorded(seat, done)


def _refuse_unless_meant(seat: Seat, draft: Draft, body: _Meant) -> None:
    """The same questions as the form asks before its last button; who may not record it is told that first."""
    recording.refuse_unless_allowed(seat.contract_id, draft, by=seat)
    found = rehearse(seat.contract_id, draft, clock.today(), body.seen_size)
    open_ = found.unanswered(frozenset(body.accepted))
    if open_:
        raise Problem("misgivings", open_[0].says, misgivings=open_, size=found.size)


def _recorded(seat: Seat, done: Recorded) -> HttpResponse:
    at = f"/api/v1/contracts/{seat.contract_id}/facts/{done.fact.id}"
    return answer(done, 200 if done.already else 201, Location=at)


class Correction(_Meant):
    """更正: another time for a fact."""

    at: str = Field(
        pattern=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?$",
        description="正确的发生时间",
        examples=["2026-03-03"],
    )
    reason: Reason


class Withdrawal(_Meant):
    """撤回: the fact counts no longer; it stays in the log, and so does the reason."""

    reason: Reason


@router.post(
    "/contracts/{slug:contract_id}/facts/{path:fact_id}/correction",
    response={**says(shape(Recorded), 201), 200: shape(Recorded)},
    summary="更正事实",
)
def correct(
    request: HttpRequest, contract_id: ContractId, fact_id: FactKey, key: Key, body: Correction
) -> HttpResponse:
    """更正发生时间。原来的事实不改；后一次更正取代前一次。"""
    seat = enter(request, contract_id, Right.RECORD)
    _known(seat, fact_id)
    at = parse_at(body.at)
    if isinstance(at, str):
        raise unfit([malformed("请求体 at", at)])
    draft = recording.correction_of(
        seat.contract_id,
        fact_id,
        at=at,
        reason=body.reason,
        on=clock.today(),
        identity=recording.fact_id_of(key),
    )
    return _record(seat, draft, body)


@router.post(
    "/contracts/{slug:contract_id}/facts/{path:fact_id}/withdrawal",
    response={**says(shape(Recorded), 201), 200: shape(Recorded)},
    summary="撤回事实",
)
def withdraw(
    request: HttpRequest, contract_id: ContractId, fact_id: FactKey, key: Key, body: Withdrawal
) -> HttpResponse:
    """撤回一条事实；撤回一条更正，就是恢复原来的时间。"""
    seat = enter(request, contract_id, Right.RECORD)
    _known(seat, fact_id)
    identity = recording.fact_id_of(key)
    draft = recording.withdrawal_of(
        fact_id, reason=body.reason, on=clock.today(), identity=identity
    )
    return _record(seat, draft, body)


# The last of its addresses: an id may be any text.
@router.get(
    "/contracts/{slug:contract_id}/facts/{path:fact_id}",
    response=says(shape(FactWhole)),
    summary="一条事实",
)
def fact(request: HttpRequest, contract_id: ContractId, fact_id: FactKey) -> HttpResponse:
    """原文、位置与证明、更正链、影响的结论、证明文件；rulings 说明您能不能更正、撤回、异议。"""
    seat = enter(request, contract_id)
    found = logbook.fact_sheet(seat.contract_id, fact_id, seat, clock.today())
    if found is None:
        raise Http404(f"这份合同的日志里没有编号为“{fact_id}”的事实。")
    return answer(
        FactWhole(
            fact=found.fact,
            line=found.line,
            raw=found.raw,
            checkpoint=found.checkpoint,
            inclusion=found.inclusion,
            chain=found.chain,
            root=found.root,
            bearings=found.bearings,
            troubles=found.troubles,
            files=found.files,
            rulings=dict(found.rulings),
        )
    )


# ── kinds ────────────────────────────────────────────────────────────────────────────────────────────────────────


class KindField(Shape):
    """字段."""

    name: str
    zh: str
    type: Literal["text", "integer", "fen", "decimal", "day", "moment", "boolean", "at"]
    required: bool
    choices: list[str]


class Kind(Shape):
    """事实的种类; ``recorder`` is which side puts it on record, ``line`` the JSON Schema (2020-12) of a line of a facts file."""

    kind: str
    zh: str
    recorder: Recorder
    fields_: list[KindField]
    line: dict[str, Any]


FACT_KINDS = Listing.of(Kind, "kind")


@router.get("/kinds", response=says(page(Kind)), summary="事实的种类与字段")
@FACT_KINDS.described
def kinds(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """每种事实的字段和一行的 JSON Schema；与命令 lvyue facts kinds --json 相同。"""
    return FACT_KINDS.among(request, asked, [_kind(kind) for kind in KINDS.values()])


def _kind(kind: FactKind) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "zh": kind.zh,
        "recorder": recorder_of(kind.name),
        "fields": [
            {
                "name": spec.name,
                "zh": spec.zh,
                "type": spec.type,
                "required": spec.required,
                "choices": spec.choices,
            }
            for spec in kind.fields
        ],
        "line": schema(kind),
    }


@dataclass(frozen=True, slots=True)
class KindHere:
    """这份合同里的一种事实: whether the caller may record it, whether any term listens, what the contract knows for its fields."""

    kind: str
    zh: str
    area: str
    heard: bool
    allowed: bool
    reason: str


class AskedKinds(Refusing):
    """哪些种类."""

    q: Word = Field("", description="种类名称里的字")


@router.get(
    "/contracts/{slug:contract_id}/kinds", response=says(page(KindHere)), summary="可登记的种类"
)
def contract_kinds(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedKinds]
) -> HttpResponse:
    """按门类；不能登记的也列出，并说明由谁登记。"""
    seat = enter(request, contract_id)
    release = logbook.release_of(seat.contract_id)
    areas, refused = logbook.areas_for(seat, release, asked.q.strip())
    rows = [_here(area.name, one) for area in areas for one in area.kinds]
    return listed([*rows, *(_here("", one) for one in refused)])


def _here(area: str, one: logbook.KindChoice) -> KindHere:
    ruling = one.ruling
    return KindHere(one.kind.name, one.kind.zh, area, one.heard, ruling.allowed, ruling.reason)


@dataclass(frozen=True, slots=True)
class Offers:
    """填写提示: what the contract and its log know for the fields of a kind."""

    choices: dict[str, tuple[Choice, ...]]
    hints: dict[str, tuple[str, ...]]


@router.get(
    "/contracts/{slug:contract_id}/kinds/{kind}",
    response=says(shape(Offers)),
    summary="一种事实的填写提示",
)
def offers(request: HttpRequest, contract_id: ContractId, kind: KindName) -> HttpResponse:
    """合同里的约定、期次、参数等可选值，以及日志里等着答复的对象。"""
    seat = enter(request, contract_id)
    release = logbook.release_of(seat.contract_id)
    spec = KINDS[kind]
    return answer(
        Offers(
            logbook.choices_for(spec, seat, release),
            logbook.hints_for(seat.contract_id, spec, release),
        )
    )


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────


class FileOnRecord(Shape):
    """证明文件."""

    sha256: Digest
    size: int
    name: str
    media_type: str
    uploaded_by: str
    uploaded_at: datetime


@router.post(
    "/contracts/{slug:contract_id}/files",
    response=says(FileOnRecord, 201, 413, 415),
    summary="上传证明文件",
)
def attach(request: HttpRequest, contract_id: ContractId, file: File[UploadedFile]) -> HttpResponse:
    """登记事实时在 evidence 里写它的 SHA-256。同样的内容只存一份；最大 50 MB。"""
    seat = enter(request, contract_id, Right.RECORD)
    kept = recording.attach_file(seat.contract_id, file.name or "", file.chunks(), by=seat)
    at = f"/api/v1/contracts/{seat.contract_id}/files/{kept.sha256}"
    return answer(_file(kept), 201, Location=at)


def _file(kept: evidence.File) -> dict[str, Any]:
    return {
        "sha256": kept.sha256,
        "size": kept.size,
        "name": kept.name,
        "media_type": kept.media_type,
        "uploaded_by": kept.uploaded_by,
        "uploaded_at": kept.uploaded_at,
    }


_BYTES = {
    "responses": {
        200: {
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            }
        }
    }
}


@router.get(
    "/contracts/{slug:contract_id}/files/{sha256}",
    response=says(None),
    openapi_extra=_BYTES,
    summary="下载证明文件",
)
def file(request: HttpRequest, contract_id: ContractId, sha256: Digest) -> HttpResponse:
    """下载前重新核对散列；内容变了就拒绝。"""
    seat = enter(request, contract_id)
    found = evidence.files(seat.contract_id, [sha256])
    if not found:
        raise Http404("这份合同没有这个文件。")
    return _for_saving(open_whole(sha256, found[0].name), found[0].name)


def _for_saving(content: Any, name: str) -> HttpResponse:
    told = FileResponse(content, content_type="application/octet-stream")
    told["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return cast("HttpResponse", told)


# ── by file ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ImportRow:
    """导入行."""

    number: int
    state: Literal["new", "ignored", "bad"]
    fact: FactView | None
    doubts: tuple[Doubt, ...]
    misgivings: tuple[Misgiving, ...]


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """导入预览: what importing an upload would do; ``rows`` are the bad ones, or the first ones where none is bad.

    ``misgivings`` are about several rows each: ``commit`` wants their keys in ``accepted``.
    """

    upload: int
    name: str
    sha256: str
    new: int
    ignored: int
    bad: int
    misgivings: tuple[Misgiving, ...]
    rows: tuple[ImportRow, ...]


#: So many rows of an upload are told.
ROWS = 200


@router.post(
    "/contracts/{slug:contract_id}/imports",
    response=says(shape(ImportPreview), 201, 413, 415),
    summary="上传事实文件并预览",
)
def bring(request: HttpRequest, contract_id: ContractId, file: File[UploadedFile]) -> HttpResponse:
    """.xlsx、.csv 或 .jsonl，最大 10 MB。文件留存，什么也还没有登记；确认后再调用 commit。"""
    seat = enter(request, contract_id, Right.IMPORT)
    if not (file.name or "").lower().endswith((".jsonl", ".csv", ".xlsx")):
        says_ = f"“{file.name}”不是 .xlsx、.csv 或 .jsonl 文件。"
        raise unfit([malformed("文件", says_, "电子表格请另存为“CSV UTF-8”。")])
    kept = recording.bring_facts(seat.contract_id, file.name or "", file.chunks(), by=seat)
    at = f"/api/v1/contracts/{seat.contract_id}/imports/{kept.pk}"
    return answer(_import_preview(seat, kept), 201, Location=at)


@router.get(
    "/contracts/{slug:contract_id}/imports/{number}",
    response=says(shape(ImportPreview)),
    summary="导入预览",
)
def import_preview(
    request: HttpRequest, contract_id: ContractId, number: RowNumber
) -> HttpResponse:
    """按日志现在的样子逐行核对，每行的权限也在内。"""
    seat = enter(request, contract_id, Right.IMPORT)
    return answer(_import_preview(seat, _upload(seat, number)))


def _upload(seat: Seat, number: int) -> evidence.Upload:
    found = evidence.upload(seat.contract_id, number, by=seat.username)
    if found is None:
        raise Http404(f"您在这份合同中没有第 {number} 号上传。")
    return found


def _import_preview(seat: Seat, kept: evidence.Upload) -> ImportPreview:
    table = recording.preview_upload(seat.contract_id, kept, by=seat)
    rows = tabular.telling(table.rows)
    return ImportPreview(
        upload=kept.pk,
        name=kept.name,
        sha256=kept.sha256,
        new=table.new,
        ignored=table.ignored,
        bad=table.bad,
        misgivings=table.misgivings,
        rows=tuple(
            ImportRow(row.number, row.state.value, row.view, row.doubts, row.misgivings)
            for row in rows[:ROWS]
        ),
    )


@router.get(
    "/contracts/{slug:contract_id}/imports/{number}/failed",
    response=says(None),
    openapi_extra=_BYTES,
    summary="导入不了的行",
)
def import_failed(request: HttpRequest, contract_id: ContractId, number: RowNumber) -> HttpResponse:
    """有误的行，连同原因，作为一个可以改好再传的文件。"""
    seat = enter(request, contract_id, Right.IMPORT)
    kept = _upload(seat, number)
    table = recording.preview_upload(seat.contract_id, kept, by=seat)
    stem, _, ending = kept.name.rpartition(".")
    return _for_saving([table.failed()], f"{stem} 待改.{ending}")


class Commit(_Accepted):
    """确认导入: what was accepted when it was decided."""


@router.post(
    "/contracts/{slug:contract_id}/imports/{number}/commit",
    response=says(shape(ImportResult)),
    summary="确认导入",
)
def commit(
    request: HttpRequest, contract_id: ContractId, number: RowNumber, body: Commit | None = None
) -> HttpResponse:
    """整份登记或整份拒绝；再次确认同一份不会增加什么。预览里的 misgivings 要先逐项确认。"""
    seat = enter(request, contract_id, Right.IMPORT)
    kept, accepted = _upload(seat, number), body.accepted if body is not None else ()
    return answer(recording.import_upload(seat.contract_id, kept, by=seat, accepted=accepted))
