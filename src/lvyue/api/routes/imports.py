"""批量导入: organisations and people from a table, for administrators: a dry run unless one says commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import File, Path, Query, Router
from ninja.files import UploadedFile
from pydantic import Field

from lvyue.accounts.actions import importing
from lvyue.accounts.actions.importing import Agreed
from lvyue.api.asked import Refusing, a_file, says
from lvyue.api.gate import administrator
from lvyue.api.shapes import answer, shape
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Refused, malformed
from lvyue.intake.tabular import BYTES, read_table, template

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
    name = file.name or "表"
    if (file.size or 0) > BYTES:
        raise Refused([malformed(name, f"超过 {BYTES >> 20} MB。", "请分成几个文件。")])
    data = file.read()
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
            rows=tuple(
                RowOutcome(one.number, one.state.name.lower(), one.says, one.reasons)
                for one in done.rows
            ),
            invitations=tuple(
                InvitationLink(one.invitation.name, reverse("web:invitation", args=[one.secret]))
                for one in done.invited
            ),
        )
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
