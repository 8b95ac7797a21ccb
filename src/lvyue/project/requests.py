"""请求编号: every request has a number, which stands on the answer, on pages of errors, in the log and in the audit trail.

So what somebody reads out on the telephone leads to the lines of the log and to everything that was done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader

from lvyue.accounts.choices import Via
from lvyue.accounts.origin import Origin, acting, address_of, here, request_number

HEADER = "X-Request-ID"


def numbered(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """The outermost middleware: whatever answers below it bears the number."""

    def answer(request: HttpRequest) -> HttpResponse:
        number = request_number(request.headers.get(HEADER, ""))
        via = Via.API if request.path_info.startswith("/api/") else Via.PAGE
        with acting(Origin(address_of(request), number, via)):
            response = get_response(request)
        response.headers[HEADER] = number
        return response

    return answer


def number_of(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001  Django hands it over
    """For every template: ``request_id``."""
    return {"request_id": here().request_id}


def failed(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """出错: the page of what nobody foresaw, with the number under which the log has it."""
    told = loader.get_template("500.html").render({"request_id": here().request_id})
    return HttpResponse(told, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """请求读不懂: what Django itself refuses to read."""
    told = loader.get_template("400.html").render({"request_id": here().request_id})
    return HttpResponse(told, status=HTTPStatus.BAD_REQUEST)


class Numbered(logging.Filter):
    """Puts the number of the request on every line of the log, and a dash where there is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = here().request_id or "-"
        return True
