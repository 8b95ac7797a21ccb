"""习惯: what every list and every write of the interface can do, in one place, so that later rooms need only say what they have.

- A list says its columns once (`Listing`): the filters by suffix, the order, the choice of fields, the signed cursor and
  their description follow from that.
- Every answer to a GET bears a strong ETag; who has it already gets 304 (`tagged`).
- A write of a row with versions heeds If-Match (`unless_changed`).
- Every POST heeds Idempotency-Key: done once, answered the same again (`once`).
"""

from __future__ import annotations

import hashlib
import json
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from datetime import MAXYEAR, date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from django.core import signing
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError, transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field

from lvyue.accounts.actions.answering import give_key_back, keep_answer, kept_answer, take_key
from lvyue.accounts.queries import Account
from lvyue.api.gate import Session, Token
from lvyue.api.problems import Problem, respond, trouble
from lvyue.api.shapes import answer
from lvyue.clock import SHANGHAI
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.obligations.plain import keys_of, plain

View = Callable[..., HttpResponse]
Endpoint = TypeVar("Endpoint", bound=Callable[..., HttpResponse])


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Kind(Enum):
    """栏的种类: what a column holds, and by which suffixes it can be asked for."""

    TEXT = "文本", ("", "in", "contains")
    WORD = "可选的值", ("", "in")
    NUMBER = "整数", ("", "in", "gte", "gt", "lte", "lt")
    MOMENT = "时刻或日期", ("gte", "gt", "lte", "lt")
    FLAG = "true 或 false", ("",)

    def __init__(self, zh: str, suffixes: tuple[str, ...]) -> None:
        self.zh = zh
        self.suffixes = suffixes


@dataclass(frozen=True, slots=True)
class Column:
    """栏: one thing that a list can be asked by. ``path`` is where the rows have it; ``blank`` where it may be missing."""

    name: str
    kind: Kind
    zh: str
    path: str = ""
    choices: tuple[str, ...] = ()
    blank: bool = False

    @property
    def at(self) -> str:
        return self.path or self.name

    @property
    def suffixes(self) -> tuple[str, ...]:
        return (*self.kind.suffixes, "isnull") if self.blank else self.kind.suffixes

    @property
    def sortable(self) -> bool:
        """What may be missing has no place in an order that a cursor could remember."""
        return not self.blank


class Listed(Schema):
    """哪一页, in which order, with which fields. The filters are those of the list, each checked by it."""

    model_config = ConfigDict(extra="ignore")

    after: str = Field("", max_length=2000, description="上一页的 next")
    limit: int = Field(50, ge=1, le=200, description="每页多少行")
    ordering: str = Field("", max_length=200, description="按什么排，逗号分隔，倒序加减号")
    fields: str = Field("", max_length=500, description="只要这些字段，逗号分隔")


class Short(Listed):
    """哪一页 of a list that is short and comes whole where nobody asks for less."""

    limit: int = Field(200, ge=1, le=1000, description="每页多少行")


@dataclass(frozen=True, slots=True)
class Condition:
    """条件: one filter as an address asks for it, for rows of the database and for rows at hand alike."""

    column: Column
    suffix: str
    value: Any

    @property
    def query(self) -> Q:
        lookup = {"": "exact", "contains": "icontains"}.get(self.suffix, self.suffix)
        return Q(**{f"{self.column.at}__{lookup}": self.value})

    def holds(self, row: Any) -> bool:
        """As a database would see it: what is missing is neither like nor unlike anything."""
        found = _at_hand(row, self.column)
        if self.suffix == "isnull":
            return (found is None) is self.value
        if found is None:
            return False
        return bool(_COMPARED[self.suffix](found, self.value))


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "": operator.eq,
    "in": lambda found, wanted: found in wanted,
    "contains": lambda found, wanted: wanted.casefold() in found.casefold(),
    "gte": operator.ge,
    "gt": operator.gt,
    "lte": operator.le,
    "lt": operator.lt,
}


def _at_hand(row: Any, column: Column) -> Any:
    """What a row at hand has in a column: a word by its value, a day by its beginning in Shanghai."""
    found = row[column.at] if isinstance(row, Mapping) else getattr(row, column.at)
    if isinstance(found, Enum):
        return found.value
    if column.kind is Kind.MOMENT and isinstance(found, date) and not isinstance(found, datetime):
        return datetime(found.year, found.month, found.day, tzinfo=SHANGHAI)
    if column.kind is Kind.TEXT and found is not None:
        return str(found)
    return found


_IN_MOST = 100
_TRUE, _FALSE = ("true", "1"), ("false", "0")


@dataclass(frozen=True)
class Listing:
    """列表: its columns, its order where nobody asks for one, and the column that no two rows share."""

    columns: tuple[Column, ...]
    order: tuple[str, ...]
    key: str
    #: Other parameters of the endpoint, which it reads itself.
    more: tuple[str, ...] = ()
    by_name: Mapping[str, Column] = field(init=False)

    @classmethod
    def of(
        cls,
        view: type,
        key: str,
        *,
        words: Mapping[str, Iterable[str]] | None = None,
        more: tuple[str, ...] = (),
    ) -> Listing:
        """The list of rows that are at hand: its columns are the plain fields of the view that is answered.

        So nobody can ask by what is not shown. ``words`` are the values of a text that has only a few. Rows stand as
        they come where nobody asks for an order.
        """
        columns = tuple(_columns(view, words or {}))
        return cls(columns, order=(), key=key, more=more)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {one.name: one for one in self.columns})

    def described(self, endpoint: Endpoint) -> Endpoint:
        """Put under the route, so that the description of the interface lists the filters."""
        endpoint.listing = self  # type: ignore[attr-defined]  # read by `description`
        return endpoint

    @property
    def filters(self) -> dict[str, tuple[Column, str]]:
        """Every filter by its name in the address."""
        return {
            f"{one.name}__{suffix}" if suffix else one.name: (one, suffix)
            for one in self.columns
            for suffix in one.suffixes
        }

    @property
    def sortable(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.columns if one.sortable)

    # ── the answer ──

    def answer(
        self,
        request: HttpRequest,
        asked: Listed,
        rows: QuerySet[Any],
        view: Callable[[Any], Any],
    ) -> HttpResponse:
        """One page of the rows that the address asks for, each as ``view`` makes it."""
        doubts = list[Doubt]()
        wanted = self._filtered(request, doubts)
        order = self._order(asked.ordering, doubts)
        begin = self._cursor(asked.after, order)
        if doubts:
            raise Problem("invalid", doubts[0].says, [trouble(one) for one in doubts])
        found = rows.filter(wanted).order_by(*self._paths(order))
        if begin is not None:
            found = found.filter(self._behind(order, begin))
        some = list(found[: asked.limit + 1])
        results = [plain(view(one)) for one in some[: asked.limit]]
        more = len(some) > asked.limit
        told = self._chosen(results, asked.fields)
        cursor = self._cursor_of(some[asked.limit - 1], order) if more else None
        return answer({"results": told, "next": cursor})

    def among(self, request: HttpRequest, asked: Listed, rows: Iterable[Any]) -> HttpResponse:
        """One page of rows that are at hand, each of them as it is answered: the same habits as those of a table."""
        doubts = list[Doubt]()
        wanted = self._conditions(request, doubts)
        order = self._order(asked.ordering, doubts) if asked.ordering.strip(" ,") else ()
        if doubts:
            raise Problem("invalid", doubts[0].says, [trouble(one) for one in doubts])
        found = [row for row in rows if all(one.holds(row) for one in wanted)]
        for one in reversed(order):
            column = self.by_name[one.removeprefix("-")]
            found.sort(key=lambda row: _at_hand(row, column), reverse=one.startswith("-"))
        keys = [_at_hand(row, self.by_name[self.key]) for row in found]
        begin = self._place(asked.after, order, keys)
        some = found[begin : begin + asked.limit]
        end = begin + len(some)
        told = self._chosen([plain(one) for one in some], asked.fields)
        cursor = self._signed(order, [keys[end - 1]]) if end < len(found) else None
        return answer({"results": told, "next": cursor})

    def _place(self, text: str, order: Sequence[str], keys: Sequence[Any]) -> int:
        """The place behind the row that ended the page before; refused where that row has gone since."""
        if not text:
            return 0
        (last,) = self._unsigned(text, order)
        if last not in keys:
            says = "上一页的最后一行现在不在这个列表里。"
            raise Refused([malformed("查询参数 after", says, "请从第一页再取。")])
        return keys.index(last) + 1

    def _filtered(self, request: HttpRequest, doubts: list[Doubt]) -> Q:
        wanted = Q()
        for one in self._conditions(request, doubts):
            wanted &= one.query
        return wanted

    def _conditions(self, request: HttpRequest, doubts: list[Doubt]) -> list[Condition]:
        wanted, filters = list[Condition](), self.filters
        known = {*Listed.model_fields, *self.more, *filters}
        for name, text in request.GET.items():
            if name not in known:
                mend = f"可用的有：{'、'.join(sorted(known))}。"
                doubts.append(malformed(f"查询参数 {name[:60]}", "没有这一项。", mend))
            elif name in filters and name not in self.more:
                column, suffix = filters[name]
                try:
                    wanted.append(_condition(column, suffix, str(text)))
                except ValueError as error:
                    doubts.append(malformed(f"查询参数 {name}", str(error), ""))
        return wanted

    def _order(self, text: str, doubts: list[Doubt]) -> tuple[str, ...]:
        asked = tuple(one.strip() for one in text.split(",") if one.strip()) or self.order
        for one in asked:
            if one.removeprefix("-") not in self.sortable:
                mend = f"可按这些排：{'、'.join(self.sortable)}。"
                doubts.append(malformed("查询参数 ordering", f"不能按“{one[:60]}”排。", mend))
        if self.key not in {one.removeprefix("-") for one in asked}:
            asked = (*asked, f"-{self.key}" if asked[-1].startswith("-") else self.key)
        return asked

    def _paths(self, order: Sequence[str]) -> list[str]:
        return [
            f"{'-' if one.startswith('-') else ''}{self.by_name[one.removeprefix('-')].at}"
            for one in order
        ]

    def _chosen(self, results: list[Any], text: str) -> list[Any]:
        wanted = [one.strip() for one in text.split(",") if one.strip()]
        if not wanted or not results:
            return results
        unknown = [one for one in wanted if one not in results[0]]
        if unknown:
            says = f"没有字段“{unknown[0][:60]}”。"
            mend = f"可要的有：{'、'.join(results[0])}。"
            doubt = malformed("查询参数 fields", says, mend)
            raise Problem("invalid", says, [trouble(doubt)])
        return [{name: row[name] for name in wanted} for row in results]

    # ── the cursor: the place behind the last row, signed, so that it stays where rows come and go ──

    def _cursor_of(self, row: Model, order: Sequence[str]) -> str:
        values = [_value_at(row, self.by_name[one.removeprefix("-")].at) for one in order]
        told = [one.isoformat() if isinstance(one, datetime) else one for one in values]
        return self._signed(order, told)

    @staticmethod
    def _signed(order: Sequence[str], at: Sequence[Any]) -> str:
        return signing.dumps({"order": [*order], "at": [*at]}, salt="lvyue.cursor", compress=True)

    @staticmethod
    def _unsigned(text: str, order: Sequence[str]) -> Sequence[Any]:
        try:
            found = signing.loads(text, salt="lvyue.cursor")
        except signing.BadSignature:
            found = {}
        if found.get("order") != [*order]:
            says = "不是按这个次序的任何一页给出的 next。"
            raise Refused([malformed("查询参数 after", says, "请照抄上一页的 next，不要改次序。")])
        at: Sequence[Any] = found["at"]
        return at

    def _cursor(self, text: str, order: Sequence[str]) -> tuple[Any, ...] | None:
        if not text:
            return None
        return tuple(
            datetime.fromisoformat(value)
            if self.by_name[one.removeprefix("-")].kind is Kind.MOMENT
            else value
            for one, value in zip(order, self._unsigned(text, order), strict=True)
        )

    def _behind(self, order: Sequence[str], begin: Sequence[Any]) -> Q:
        """Everything after a place, column by column."""
        behind, same = Q(), Q()
        for one, value in zip(order, begin, strict=True):
            at = self.by_name[one.removeprefix("-")].at
            behind |= same & Q(**{f"{at}__{'lt' if one.startswith('-') else 'gt'}": value})
            same &= Q(**{at: value})
        return behind


#: How a plain field of a view can be asked for. What is made of several things cannot.
_KINDS: Mapping[Any, Kind] = {
    str: Kind.TEXT,
    bool: Kind.FLAG,
    int: Kind.NUMBER,
    date: Kind.MOMENT,
    datetime: Kind.MOMENT,
}


def _columns(view: type, words: Mapping[str, Iterable[str]]) -> Iterator[Column]:
    names = keys_of(view) if is_dataclass(view) else _fields_of(view)
    hints = get_type_hints(view)
    for name, shown in names.items():
        options = [one for one in get_args(hints[name]) if one is not NoneType]
        union = get_origin(hints[name]) in (Union, UnionType)
        blank = union and len(options) == 1 and NoneType in get_args(hints[name])
        hint = options[0] if blank else hints[name]
        if name in words:
            yield Column(shown, Kind.WORD, shown, name, tuple(words[name]), blank)
        elif isinstance(hint, type) and issubclass(hint, Enum):
            values = tuple(str(one.value) for one in hint)
            yield Column(shown, Kind.WORD, shown, name, values, blank)
        elif hint in _KINDS:
            yield Column(shown, _KINDS[hint], shown, name, blank=blank)


def _fields_of(schema: type) -> dict[str, str]:
    """The fields of a schema that is no view, under their own names."""
    return {name: name for name in schema.model_fields} if issubclass(schema, BaseModel) else {}


def _value_at(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _condition(column: Column, suffix: str, text: str) -> Condition:
    if suffix == "isnull":
        return Condition(column, suffix, _flag(text))
    if suffix == "in":
        parts = [one.strip() for one in text.split(",")]
        if not (all(parts) and len(parts) <= _IN_MOST):
            raise ValueError(f"请写 1 到 {_IN_MOST} 个值，用逗号分隔，逗号之间不能空着。")
        return Condition(column, suffix, [_value(column, one) for one in parts])
    return Condition(column, suffix, _value(column, text))


def _value(column: Column, text: str) -> Any:
    if "\0" in text:
        raise ValueError("含有不能保存的字符。")
    match column.kind:
        case Kind.TEXT:
            return text
        case Kind.WORD:
            if text not in column.choices:
                raise ValueError(f"不在可选的值之内：{'、'.join(column.choices)}。")
            return text
        case Kind.NUMBER:
            if not re.fullmatch(r"-?[0-9]{1,18}", text):
                raise ValueError("不是整数。")
            return int(text)
        case Kind.FLAG:
            return _flag(text)
        case Kind.MOMENT:
            return _moment(text)


def _flag(text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise ValueError("不是 true 或 false。")
    return text.lower() in _TRUE


def _moment(text: str) -> datetime:
    """A moment with its zone, or the beginning of a day in Shanghai."""
    says = "不是日期或带时区的时刻；请写成 2026-03-31 或 2026-03-31T09:00:00+08:00 的样子。"
    text = text.replace(" ", "+")  # a plus sign that nobody escaped
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            day = date.fromisoformat(text)
            found = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
        else:
            found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(says) from None
    if found.tzinfo is None:
        raise ValueError(says)
    return min(max(found, _FIRST), _LAST) if 1 < found.year < MAXYEAR else _edge(found)


#: What both databases hold, and what lies beyond everything that was ever recorded.
_FIRST, _LAST = datetime(1901, 1, 1, tzinfo=SHANGHAI), datetime(2999, 12, 31, tzinfo=SHANGHAI)


def _edge(found: datetime) -> datetime:
    """A moment so far out that it cannot even be told in another zone."""
    return _FIRST if found.year <= 1 else _LAST


# ── what one has already ─────────────────────────────────────────────────────────────────────────────────────────


def tag_of(response: HttpResponse) -> str:
    """The strong tag of an answer: of its bytes, and of nothing else."""
    return f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'


def tagged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer to a GET with its tag; nothing but the tag for whoever has it already."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or response.streaming:  # noqa: PLR2004
        return response
    if "ETag" not in response:
        response["ETag"] = tag_of(response)
    tag = response["ETag"]
    given = parse_etags(request.headers.get("If-None-Match", ""))
    if not _names(given, tag):
        return response
    nothing = HttpResponseNotModified()
    nothing["ETag"] = tag
    return nothing


def _names(given: Iterable[str], tag: str) -> bool:
    return any(one == "*" or one.removeprefix("W/") == tag for one in given)


def unless_changed(request: HttpRequest, now: Callable[[], HttpResponse]) -> None:
    """412 where the caller read something else than what there is now. Who sends no If-Match is not asked.

    ``now`` answers as a GET would. A strong comparison: a weak tag never matches.
    """
    given = request.headers.get("If-Match", "")
    if not given:
        return
    tags = [one.strip() for one in given.split(",")]
    current = now()
    if "*" not in tags and (current.get("ETag") or tag_of(current)) not in tags:
        raise Problem("changed")


# ── once ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

#: Where the key is the number of the fact, which the log itself lets in once and for ever.
_OWN = re.compile(r"/contracts/[^/]+/facts(/[^/]+/(correction|withdrawal))?$")

#: The longest answer that is kept; what is longer is not done twice either, but answered by a problem.
_MOST = 1_000_000

_KEPT = ("Content-Type", "Location")


def once(view: View) -> View:
    """A POST with an Idempotency-Key is done once for one caller: the same again gets the same answer for a day.

    What is done and what is answered are one transaction. Who comes second while the first is at it waits for it.
    What was refused leaves nothing behind, and the key is free again.
    """

    def answered(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        absent = "Idempotency-Key" not in request.headers  # an empty one is a slip of the program
        if request.method != "POST" or absent or _OWN.search(request.path):
            return view(request, *args, **more)
        if not _KEY.fullmatch(key):
            says = "8 到 64 个字母、数字、点、连字符或下划线，以字母或数字开头。"
            doubt = malformed("请求头 Idempotency-Key", "写法不对。", says)
            return respond(Problem("invalid", doubt.says, [trouble(doubt)]))
        try:
            account = _caller(request)
            if account is None:
                return view(request, *args, **more)
            return _once(account, key, request, lambda: view(request, *args, **more))
        except Problem as problem:
            return respond(problem)
        except RequestDataTooBig:
            return respond(Problem("too-large"))

    return answered


def _caller(request: HttpRequest) -> Account | None:
    found = Token()(request) or Session()(request)
    return found if isinstance(found, Account) else None


def _once(
    account: Account, key: str, request: HttpRequest, view: Callable[[], HttpResponse]
) -> HttpResponse:
    fingerprint = _fingerprint(request)
    try:
        with transaction.atomic():
            row, new = take_key(account, key, fingerprint)
            if not new:
                same = row.fingerprint == fingerprint
                return _again(same, row.status, row.headers, kept_answer(row) if same else "")
            told = view()
            if told.status_code >= 500:  # noqa: PLR2004  it went wrong: as if nobody had asked
                transaction.set_rollback(True)
            elif not 200 <= told.status_code < 300 or told.streaming or len(told.content) > _MOST:  # noqa: PLR2004
                give_key_back(row)
            else:
                kept = {name: told[name] for name in _KEPT if name in told}
                keep_answer(row, told.status_code, kept, told.content.decode())
            return told
    except OperationalError as error:
        if "locked" in str(error):
            raise Problem("busy") from error
        raise


def _again(same: bool, status: int, headers: Mapping[str, str], body: str) -> HttpResponse:  # noqa: FBT001
    if not same:
        raise Problem("another-request")
    return HttpResponse(body, status=status, headers={**headers, "Idempotent-Replayed": "true"})


def _fingerprint(request: HttpRequest) -> str:
    """Of what is asked: address, query and content; of a form with files, of the files and not of how they are wrapped."""
    found = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == "multipart/form-data":
        found.update(json.dumps(sorted(request.POST.lists()), ensure_ascii=False).encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                found.update(f"\n{name} {file.name} {file.size}\n".encode())
                for chunk in file.chunks():
                    found.update(chunk)
                file.seek(0)
    else:
        found.update(request.body)
    return found.hexdigest()
