"""批量导入: organisations, people and contacts from a table. First what it would do, row by row; then, if one says so, it is done.

Nothing is kept in between: what was read travels with the page and is read and checked anew when it is committed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lvyue.accounts import veil
from lvyue.accounts.actions import importing
from lvyue.accounts.actions.importing import Agreed, Imported, RowState
from lvyue.accounts.permissions import Right, Seat
from lvyue.accounts.queries import Account
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.intake.tabular import (
    BYTES,
    FilledTable,
    TableForm,
    failed,
    records_of,
    table_from,
    template,
)
from lvyue.notices.actions import security
from lvyue.obligations.actions.bringing_contacts import CONTACTS, bring_contacts
from lvyue.web.doors import account_of, administrators_only, door
from lvyue.web.views.amendments import told_of

UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Importing:
    """导入什么: its words, its form, and the action that brings it."""

    kind: str
    zh: str
    en: str
    form: TableForm
    bring: Callable[[FilledTable, Agreed | None], Imported]


def demonstrations() -> Mapping[str, bool]:
    """Every contract of the register, with whether it belongs to the demonstration."""
    return dict(contracts().values_list("pk", "demonstration"))


def importing_of(kind: str, by: Account) -> Importing:
    """What an administrator can import; 404 for anything else."""
    if kind == "organisations":
        return Importing(
            kind, "导入单位", "Import organisations", importing.ORGANISATIONS,
            lambda table, agreed: importing.bring_organisations(table, by=by, agreed=agreed),
        )  # fmt: skip
    if kind == "people":
        known = demonstrations()
        return Importing(
            kind, "导入人员", "Import people", importing.people_form(known),
            lambda table, agreed: importing.bring_people(table, known, by=by, agreed=agreed),
        )  # fmt: skip
    raise Http404("没有这种导入。")


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
@never_cache
def import_people(request: HttpRequest, kind: str) -> HttpResponse:
    """批量导入: the template, a file to try, what it would do, and its commitment."""
    what = importing_of(kind, account_of(request))
    return bring_page(
        request,
        what,
        "web/import_people.html",
        back=reverse("web:people"),
        beside=lambda done: {"links": _links(request, done)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@door(Right.SERVE)
@never_cache
def import_contacts(request: HttpRequest, seat: Seat) -> HttpResponse:
    """导入联系方式: the same, of one's own side of a contract."""
    what = Importing(
        "contacts", "导入联系方式", "Import contacts", CONTACTS,
        lambda table, agreed: bring_contacts(table, by=seat, agreed=agreed),
    )  # fmt: skip
    back = reverse("web:contacts", args=[seat.contract_id])
    told = told_of(request, seat)
    return bring_page(
        request, what, "web/contacts_import.html", back=back, beside=lambda _: {}, **told
    )


def bring_page(
    request: HttpRequest,
    what: Importing,
    page: str,
    *,
    back: str,
    beside: Callable[[Imported], Mapping[str, Any]],
    **more: Any,
) -> HttpResponse:
    """One request of such a page: the template, a dry run, the failed rows as a file, or the commitment."""
    more |= {"what": what, "back": back, "megabytes": BYTES >> 20, "most": importing.AT_ONCE}
    ending = request.GET.get("template", "")
    if ending in ("xlsx", "csv"):
        return _file(template(what.form, ending), f"{what.form.name}模板.{ending}")
    if request.method != "POST":
        return render(request, page, more)
    try:
        name, records = _given(request)
        table = table_from(what.form, records, name)
        agreed = _agreed(request) if "commit" in request.POST else None
        done = what.bring(table, agreed)
    except Refused as refused:
        return render(request, page, more | {"doubts": refused.doubts}, status=UNPROCESSABLE)
    if (form := request.POST.get("failed", "")) in ("xlsx", "csv"):
        stem = name.rpartition(".")[0] or name
        return _file(failed(table, done.reasons, form), f"{stem} 待改.{form}")
    told = {
        "name": name,
        "table": table,
        "done": done,
        "counts": [(state, done.count(state)) for state in RowState if done.count(state)],
        "bad": done.count(RowState.BAD),
        "changes": done.count(RowState.CHANGE),
        "records": json.dumps(records, ensure_ascii=False, separators=(",", ":")),
        "tried": agreed is not None,
        **beside(done),
    }
    status = 200 if done.written or agreed is None else UNPROCESSABLE
    return render(request, page, more | told, status=status)


def _given(request: HttpRequest) -> tuple[str, list[list[str]]]:
    """The rows of a file that was chosen, or those that travelled with the page."""
    upload: UploadedFile[Any] | None = request.FILES.get("file")
    if upload is not None:
        if (upload.size or 0) > BYTES:
            raise Refused([_trouble(f"“{upload.name}”超过 {BYTES >> 20} MB。", "请分成几个文件。")])
        return upload.name or "表", records_of(upload.read(), upload.name or "表")
    try:
        records = json.loads(request.POST.get("records", ""))
        plain = [[str(cell) for cell in row] for row in records if isinstance(row, list)]
    except (ValueError, TypeError, RecursionError):
        raise Refused([_trouble("没有选文件。", "请选一个 .xlsx 或 .csv 文件。")]) from None
    return request.POST.get("name", "")[:255] or "表", plain


def _trouble(says: str, mend: str) -> Doubt:
    return malformed("文件", says, mend)


def _agreed(request: HttpRequest) -> Agreed:
    return Agreed(partial="partial" in request.POST, changes="changes" in request.POST)


def _links(request: HttpRequest, done: Imported) -> list[dict[str, str]]:
    """To whom which invitation went, and the links of those that did not go by mail: they are shown this once."""
    found = []
    for new in done.invited:
        link = request.build_absolute_uri(reverse("web:invitation", args=[new.secret]))
        mailed = security.mail_invitation(new, link, by=account_of(request))
        mail = veil.mail(new.invitation.mail) if mailed else ""
        found.append({"name": new.invitation.name, "mail": mail, "link": "" if mailed else link})
    return found


def _file(data: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer
