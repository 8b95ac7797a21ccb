"""批量导入: organisations and people for administrators, contacts for each side: from a table, a dry run unless one says commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import File, Path, Query, Router
from ninja.files import UploadedFile
from pydantic import Field

from lvyue.accounts.actions import importing
from lvyue.accounts.actions.importing import Agreed, Imported
from lvyue.accounts.permissions import Right
from lvyue.api.asked import ContractId, Refusing, a_file, says
from lvyue.api.gate import administrator, enter
from lvyue.api.shapes import answer, shape
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Refused, malformed
from lvyue.intake.tabular import BYTES, failed, read_table, template
from lvyue.obligations.actions import bringing_contacts as bringing

router = Router(tags=["人员与留痕 People"])

ImportKind = Annotated[Literal["people", "organisations"], Path(description="导入什么")]


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """导入行的结果."""

    row: int
    state: str
    says: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvitationLink:
    """邀请链接: shown this once."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """导入的结果: row by row, and whether it was written."""

    written: bool
    rows: tuple[RowOutcome, ...]
    invitations: tuple[InvitationLink, ...]


class AskedImport(Refusing):
    """怎样导入."""

    commit: bool = Field(default=False, description="写入；否则只预览")
    partial: bool = Field(default=False, description="略过不能导入的行")
    changes: bool = Field(default=False, description="同意更改已有的行")


@router.post("/imports/{kind}", response=says(shape(ImportOutcome)), summary="批量导入单位或人员")
def bring(
    request: HttpRequest, kind: ImportKind, asked: Query[AskedImport], file: File[UploadedFile]
) -> HttpResponse:
    """xlsx 或 CSV。默认只预览，逐行说明会怎样；commit 才写入，全部写入或全不写入。新人得到邀请，不设密码。"""
    by = administrator(request)
    name, data = _given(file)
    agreed = Agreed(partial=asked.partial, changes=asked.changes) if asked.commit else None
    if kind == "organisations":
        table = read_table(importing.ORGANISATIONS, data, name)
        done = importing.bring_organisations(table, by=by, agreed=agreed)
    else:
        known = dict(contracts().values_list("pk", "demonstration"))
        table = read_table(importing.people_form(known), data, name)
        done = importing.bring_people(table, known, by=by, agreed=agreed)
    return answer(
        ImportOutcome(
            written=done.written,
            rows=_rows(done),
            invitations=tuple(
                InvitationLink(one.invitation.name, reverse("web:invitation", args=[one.secret]))
                for one in done.invited
            ),
        )
    )


def _given(file: UploadedFile) -> tuple[str, bytes]:
    """A file by its name, if it is not too long."""
    name = file.name or "表"
    if (file.size or 0) > BYTES:
        raise Refused([malformed(name, f"超过 {BYTES >> 20} MB。", "请分成几个文件。")])
    return name, file.read()


def _rows(done: Imported) -> tuple[RowOutcome, ...]:
    return tuple(
        RowOutcome(one.number, one.state.name.lower(), one.says, one.reasons) for one in done.rows
    )


class AskedTemplate(Refusing):
    """模板的样子."""

    format: Literal["xlsx", "csv"] = Field("xlsx", description="xlsx 或 csv")


@router.get(
    "/imports/{kind}/template", response=says(None), summary="导入模板", openapi_extra=a_file()
)
def import_template(
    request: HttpRequest, kind: ImportKind, asked: Query[AskedTemplate]
) -> HttpResponse:
    """空的填报表，xlsx 带选项。"""
    administrator(request)
    if kind == "organisations":
        form = importing.ORGANISATIONS
    else:
        form = importing.people_form(dict(contracts().values_list("pk", "demonstration")))
    return HttpResponse(template(form, asked.format), content_type="application/octet-stream")


# ── contacts ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ContactsOutcome:
    """导入联系方式的结果: row by row, and whether it was written."""

    written: bool
    rows: tuple[RowOutcome, ...]


class AskedContacts(Refusing):
    """怎样导入联系方式."""

    commit: bool = Field(default=False, description="写入；否则只预览")
    partial: bool = Field(default=False, description="略过不能导入的行")


@router.post(
    "/contracts/{slug:contract_id}/contacts/import",
    response=says(shape(ContactsOutcome)),
    summary="导入本方的联系方式",
)
def bring_contacts(
    request: HttpRequest,
    contract_id: ContractId,
    asked: Query[AskedContacts],
    file: File[UploadedFile],
) -> HttpResponse:
    """xlsx 或 CSV。默认只预览，逐行说明会怎样；commit 才写入，全部写入或全不写入。已经登记过的不变。"""
    seat = enter(request, contract_id, Right.SERVE)
    name, data = _given(file)
    agreed = Agreed(partial=asked.partial) if asked.commit else None
    table = read_table(bringing.CONTACTS, data, name)
    done = bringing.bring_contacts(table, by=seat, agreed=agreed)
    return answer(ContactsOutcome(done.written, _rows(done)))


@router.post(
    "/contracts/{slug:contract_id}/contacts/import/failed",
    response=says(None),
    summary="不能导入的联系方式，作为文件",
    openapi_extra=a_file(),
)
def contacts_failed(
    request: HttpRequest,
    contract_id: ContractId,
    asked: Query[AskedTemplate],
    file: File[UploadedFile],
) -> HttpResponse:
    """只预览，不写入：不能导入的行，最后一列写明在哪一列、为什么。改好可以再导入。"""
    seat = enter(request, contract_id, Right.SERVE)
    name, data = _given(file)
    table = read_table(bringing.CONTACTS, data, name)
    done = bringing.bring_contacts(table, by=seat)
    told = failed(table, done.reasons, asked.format)
    return HttpResponse(told, content_type="application/octet-stream")


@router.get(
    "/contracts/{slug:contract_id}/contacts/import/template",
    response=says(None),
    summary="联系方式的填报模板",
    openapi_extra=a_file(),
)
def contacts_template(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedTemplate]
) -> HttpResponse:
    """空的填报表，xlsx 带选项。"""
    enter(request, contract_id, Right.SERVE)
    told = template(bringing.CONTACTS, asked.format)
    return HttpResponse(told, content_type="application/octet-stream")
