"""不能保存的字符: the character zero, which PostgreSQL keeps in no text. Nobody types it, so whatever asks with one is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from lvyue.api.problems import Problem, respond

_INTERFACE = "/api/"


class NoZero:
    """A middleware that answers 400 (the interface 422) where the address, a cookie or a field of a form holds the character zero.

    Files may hold it. The interface takes no forms: it reads what is sent to it itself, and refuses zero there too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _zero_in([request.path_info, *_words(request.GET), *_cookies(request.COOKIES)]):
            return _refusal(request)
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],  # noqa: ARG002  Django hands it over
        args: tuple[Any, ...],  # noqa: ARG002
        more: dict[str, Any],  # noqa: ARG002
    ) -> HttpResponse | None:
        """Forms are read no earlier than here: whoever must sign in first, or shows no token, is told that."""
        if request.path_info.startswith(_INTERFACE) or not _zero_in(_words(request.POST)):
            return None
        return _refusal(request)


def _words(given: QueryDict) -> Iterable[str]:
    return chain(given, chain.from_iterable(values for _, values in given.lists()))


def _cookies(given: Mapping[str, str]) -> Iterable[str]:
    return chain(given, given.values())


def _zero_in(words: Iterable[str]) -> bool:
    return any("\0" in word for word in words)


def _refusal(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith(_INTERFACE):
        says = "请求含有编号为零的字符（NUL），它不能保存。请去掉它再发。"
        return respond(Problem("invalid", says))
    return render(request, "400.html", status=400)
