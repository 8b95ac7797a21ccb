"""草稿: what somebody posted when it could not be taken, because the session had ended or the form was stale.

It is kept in the session of the browser that posted it, under the page where the form stood. The person signs in, the
page opens again, and its view asks ``kept``. Passwords and files are never kept. What one person posted is never shown
to another who signs in at the same browser: a signed cookie says whose browser it was, and a sign-out empties the session.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

#: Where in the session they stand, and the cookie that says who was signed in here last.
KEPT, PERSON = "kept-drafts", "lvyue_person"

#: The most that is kept of one form, in bytes, and of how many forms.
BYTES, FORMS = 200_000, 5

#: A field whose name holds one of these is not kept.
SECRETS = ("password", "csrf", "token", "secret")

_A_YEAR = 365 * 24 * 60 * 60


def remember_person(request: HttpRequest, response: HttpResponse) -> None:
    """Let the browser keep who is signed in, so that a draft finds its way back to the same person and to nobody else."""
    person = str(request.user.pk)
    if last_person(request) != person:
        response.set_signed_cookie(
            PERSON,
            person,
            salt=PERSON,
            max_age=_A_YEAR,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )


def last_person(request: HttpRequest) -> str:
    """Who was signed in at this browser last; empty where nobody ever was."""
    return cast("str", request.get_signed_cookie(PERSON, "", salt=PERSON))


def keep(request: HttpRequest) -> bool:
    """Keep what was posted, if there is anything to keep and it is known whose it is."""
    owner = str(request.user.pk) if request.user.is_authenticated else last_person(request)
    fields, left_out = _worth_keeping(request)
    if not owner or not (fields or left_out):
        return False
    draft = {
        "at": urlsplit(form_address(request)).path,
        "to": request.get_full_path(),
        "owner": owner,
        "fields": fields,
        "left_out": left_out,
    }
    others = [
        one for one in _drafts(request) if (one["at"], one["to"]) != (draft["at"], draft["to"])
    ]
    request.session[KEPT] = [*others, draft][-FORMS:]
    return True


def form_address(request: HttpRequest) -> str:
    """The page on which the form stood: not always where it posted to, and sometimes only a POST is taken there."""
    came_from = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if "//" in came_from and url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        parts = urlsplit(came_from)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return request.get_full_path()


def _worth_keeping(request: HttpRequest) -> tuple[dict[str, list[str]], list[str]]:
    """What was posted but secrets, the shortest fields first as far as there is room; and the names of the rest."""
    posted = {
        name: [str(value) for value in values]
        for name, values in request.POST.lists()
        if not any(secret in name.lower() for secret in SECRETS) and any(values)
    }
    kept, room, left_out = dict[str, list[str]](), BYTES, list[str]()
    for name in sorted(posted, key=lambda name: _size(name, posted[name])):
        room -= _size(name, posted[name])
        if room >= 0:
            kept[name] = posted[name]
        else:
            left_out.append(name)
    return kept, left_out


def _size(name: str, values: list[str]) -> int:
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in (name, *values))


def kept(request: HttpRequest, to: str = "") -> dict[str, list[str]]:
    """What the person who is signed in posted from this page, once: it is handed over and forgotten.

    ``to`` names the address of one form with its query, for pages with several.
    """
    owner = str(request.user.pk)
    mine = [one for one in _drafts(request) if one["owner"] == owner]
    found = [one for one in mine if one["at"] == request.path and to in ("", one["to"])]
    if not found:
        return {}
    draft = found[-1]
    request.session[KEPT] = [one for one in mine if one is not draft]
    says = "这里填回了您上次提交而没有生效的内容。请核对后再提交。"
    if draft["left_out"]:
        says += "太长的部分没有保留，请重新填写。"
    if request.method == "GET":
        messages.info(request, says)
    fields: dict[str, list[str]] = draft["fields"]
    return fields


def forget_those_of_others(request: HttpRequest) -> None:
    """Somebody has signed in: what anybody else posted at this browser before is gone."""
    if drafts := _drafts(request):
        owner = str(request.user.pk)
        request.session[KEPT] = [one for one in drafts if one["owner"] == owner]


def initial(request: HttpRequest, to: str = "") -> dict[str, str]:
    """The same for a form of single values."""
    return {name: values[-1] for name, values in kept(request, to).items()}


def _drafts(request: HttpRequest) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", request.session.get(KEPT, []))
