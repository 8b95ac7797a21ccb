"""文库: contract releases from files to values, checked whole, and back to the exact bytes that are hashed.

A release is four YAML files in a folder (``docs/library-format.md``) or one canonical JSON text in the database; both are
the same raw document and are read by the same code. What is wrong is returned as doubts naming file, place and remedy.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import cattrs
import yaml
from cattrs import transform_error

from lvyue.core.calendar import Span
from lvyue.core.clause import Clause, ClauseRef, ClauseTree
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.money import Money, Rate, Rounding
from lvyue.core.precedence import Order, Special
from lvyue.core.proof import canonical
from lvyue.core.release import (
    ContractDoubt,
    Document,
    Organisation,
    Period,
    Release,
    Table,
    TableRow,
    Tax,
    check,
)
from lvyue.core.service import ServiceRules
from lvyue.core.terms import (
    TERMS,
    AllPaid,
    Amount,
    Anchor,
    Availability,
    Event,
    Judgement,
    Measure,
    Parameter,
    ParameterId,
    Ratio,
    Reading,
    Remainder,
    Share,
    Tally,
    Term,
    TermId,
    Within,
)
from lvyue.core.words import from_words

HERE = Path(__file__).parent / "releases"
FILES = ("release", "clauses", "tables", "terms")

Raw = dict[str, Any]
T = TypeVar("T")


def release_ids() -> tuple[str, ...]:
    """The ids of the releases that ship with the platform."""
    return tuple(sorted(path.name for path in HERE.iterdir() if (path / "release.yaml").is_file()))


@lru_cache(maxsize=32)
def load(release_id: str) -> Release:
    """A shipped release by id. Raises ``Refused`` if it is unknown or wrong."""
    if release_id not in release_ids():
        known = "、".join(release_ids())
        raise Refused([malformed(release_id, "文库中没有这份合同。", f"可用的有：{known}。")])
    return load_folder(HERE / release_id)


def load_folder(folder: Path) -> Release:
    """A release from a folder of YAML files. Raises ``Refused`` with everything that is wrong."""
    return structure(read_folder(folder))


def load_text(text: str) -> Release:
    """A release from its canonical JSON text, as the database keeps it, of this format or an older one."""
    return structure(json.loads(text))


@lru_cache(maxsize=32)
def text_of(release_id: str) -> str:
    """The canonical JSON text of a shipped release: what is stored and hashed."""
    return canonical(read_folder(HERE / release_id)).decode()


# ── files to raw document ────────────────────────────────────────────────────────────────────────────────────────


class _Loader(yaml.CSafeLoader):
    """YAML without guesses: text stays text (no dates, no 是/否, no octal), duplicate keys are refused."""


def _plain(loader: Any, node: Any) -> Any:
    return loader.construct_scalar(node)


def _mapping(loader: Any, node: Any) -> dict[Any, Any]:
    pairs = [
        (loader.construct_object(k, deep=True), loader.construct_object(v, deep=True))
        for k, v in node.value
    ]
    out = dict(pairs)
    if len(out) != len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise yaml.constructor.ConstructorError(
            None, None, f"字段“{twice}”出现了两次", node.start_mark
        )
    return out


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":int", ":null"))]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789")
)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_folder(folder: Path) -> Raw:
    """The raw document of a folder: the fields of ``release.yaml`` with clauses, tables and terms beside them."""
    raw: Raw = {}
    doubts: list[Doubt] = []
    for name in FILES:
        path = folder / f"{name}.yaml"
        place = f"{folder.name}/{name}.yaml"
        if not path.is_file():
            doubts.append(malformed(place, "缺少这个文件。", "一份合同版本由四个 YAML 文件组成。"))
            continue
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506, derived from CSafeLoader
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            doubts.append(malformed(place, f"不是有效的 YAML：{error}。", "请按提示的行列修改。"))
            continue
        wanted = dict if name == "release" else list
        if content is not None and not isinstance(content, wanted):
            doubts.append(malformed(place, f"应是{'字段' if wanted is dict else '列表'}。", _MEND))
        elif name == "release":
            raw |= content or {}
        else:
            raw[name] = content or []
    if doubts:
        raise Refused(doubts)
    return raw


# ── formats ──────────────────────────────────────────────────────────────────────────────────────────────────────

#: The format of raw documents that this program writes. An older one is read through ``_UPCASTERS``.
FORMAT = 1


def upcast(raw: object) -> Raw:
    """A raw document in today's format. ``Refused`` for a format that is newer than this program, or none at all."""
    if not isinstance(raw, Mapping):
        says = "最外层须是一个对象。"
        raise Refused([malformed("合同版本", says, "请对照 docs/library-format.md 修改。")])
    place, number = f"{raw.get('id', '?')} format", raw.get("format", 0)
    if type(number) is not int or number < 0:
        raise Refused(
            [malformed(place, f"格式版本应为整数，写的是 {number!r}。", f"请写 {FORMAT}。")]
        )
    if number > FORMAT:
        says = f"格式版本 {number} 比本程序认识的 {FORMAT} 新，内容没有改动。"
        raise Refused([malformed(place, says, "请升级程序后再读。")])
    current = dict(raw)
    for older in range(number, FORMAT):
        current = _UPCASTERS[older](current)
    return current


def _numbered(raw: Raw) -> Raw:
    """Formats had no number before 1; nothing else differs."""
    return {"format": 1, **raw}


#: From each older format to the next. A function here is never changed again: stored texts rely on it.
_UPCASTERS: Mapping[int, Callable[[Raw], Raw]] = {0: _numbered}


def digest_of(raw: Mapping[str, Any]) -> str:
    """The name of a release: the SHA-256 of its canonical bytes, in the format in which it was stored."""
    return hashlib.sha256(canonical(dict(raw))).hexdigest()


# ── raw document to release ──────────────────────────────────────────────────────────────────────────────────────


def structure(raw: Mapping[str, Any]) -> Release:
    """A checked release from a raw document; ``Refused`` with every doubt otherwise.

    A document of an older format keeps its digest: what was hashed and cited is what was stored.
    """
    today = upcast(raw)
    where = str(today.get("id", "?"))
    try:
        release = _release(today, digest_of(raw))
    except (ValueError, LookupError, TypeError) as error:
        raise Refused(
            [malformed(where, f"{error}", "请按 docs/library-format.md 修改。")]
        ) from error
    doubts = [*check(release), *_arithmetic(release, today), *_private(today)]
    if doubts:
        raise Refused(doubts)
    return release


def _part(raw: Mapping[str, Any], name: str, wanted: Any) -> Any:
    """One section of a raw document as values; what is wrong names the file, the entry and the remedy."""
    place = f"{raw.get('id', '?')}/{_FILE_OF.get(name, 'release')}.yaml"
    value = raw[name]
    entries = value if isinstance(value, list) else [value]
    doubts = []
    for number, entry in enumerate(entries):
        one = wanted.__args__[0] if isinstance(value, list) else wanted
        try:
            _CONVERTER.structure(entry, one)
        except cattrs.BaseValidationError as error:
            label = entry.get("id", number + 1) if isinstance(entry, Mapping) else number + 1
            for line in transform_error(error, path=f"{name} {label}", format_exception=_say):
                says, _, at = line.rpartition(" @ ")
                doubts.append(malformed(f"{place} {at}", f"{says}。", _MEND))
        except (ValueError, TypeError) as error:
            label = entry.get("id", number + 1) if isinstance(entry, Mapping) else number + 1
            doubts.append(malformed(f"{place} {name} {label}", f"{error}。", _MEND))
    if doubts:
        raise Refused(doubts)
    return _CONVERTER.structure(value, wanted)


_FILE_OF = {"terms": "terms", "tables": "tables", "clauses": "clauses"}
_MEND = "请对照 docs/library-format.md 修改或删去。"


def _say(error: BaseException, wanted: Any) -> str:
    if isinstance(error, KeyError):
        return f"缺少字段 {error.args[0]}"
    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        return f"没有这些字段：{'、'.join(sorted(error.extra_fields))}"
    return str(error).rstrip("。") or f"应为 {wanted}"


def _release(raw: Mapping[str, Any], digest: str) -> Release:
    known = {
        *(
            "format",
            "id",
            "title",
            "number",
            "parties",
            "price",
            "price_clause",
            "price_words",
            "tax",
            "signed",
            "effective",
        ),
        *(
            "effective_clause",
            "period",
            "documents",
            "precedence",
            "parameters",
            "doubts",
            "clauses",
            "tables",
            "terms",
            "service",
        ),
    }
    if extra := raw.keys() - known:
        raise ValueError(f"release.yaml 没有这些字段：{'、'.join(sorted(extra))}")
    if lacking := known - {"tax", "number", "effective", "service"} - raw.keys():
        raise ValueError(f"release.yaml 缺少字段：{'、'.join(sorted(lacking))}")
    documents = _part(raw, "documents", tuple[Document, ...])
    order = raw["precedence"]
    ranks = tuple((d.id, d.rank) for d in documents if d.rank is not None)
    return Release(
        id=_text(raw["id"]),
        title=_text(raw["title"]),
        number=None if raw.get("number") is None else _text(raw["number"]),
        parties=_part(raw, "parties", tuple[Organisation, ...]),
        price=_money(raw["price"]),
        price_clause=_ref(raw["price_clause"]),
        price_words=_text(raw["price_words"]),
        tax=_part(raw, "tax", Tax) if raw.get("tax") else None,
        signed=_CONVERTER.structure(raw["signed"], dict[str, date]),
        effective=None if raw.get("effective") is None else _date(raw["effective"]),
        effective_clause=_ref(raw["effective_clause"]),
        period=_part(raw, "period", Period),
        documents=documents,
        order=Order(
            clause=order.get("clause"),
            ranks=ranks,
            later_wins=bool(order.get("later_wins", False)),
            special=_CONVERTER.structure(order.get("special", []), tuple[Special, ...]),
        ),
        clauses=_tree(raw["clauses"], documents),
        tables=tuple(_table(row) for row in raw["tables"]),
        parameters=_part(raw, "parameters", tuple[Parameter, ...]),
        doubts=_part(raw, "doubts", tuple[ContractDoubt, ...]),
        terms=_part(raw, "terms", tuple[Term, ...]),
        service=_part(raw, "service", ServiceRules) if raw.get("service") else None,
        digest=digest,
    )


def _clause(row: Any) -> Clause:
    if not isinstance(row, list) or len(row) != 3:  # noqa: PLR2004, id, printed, heading
        raise ValueError(f"条款应写成 [编号, 印刷编号, 标题]，写的是 {row!r}")
    return Clause(_ref(row[0]), None if row[1] is None else _text(row[1]), _text(row[2]))


def _tree(rows: Any, documents: Sequence[Document]) -> ClauseTree:
    """The clause tree, which also answers to the titles and other names of its documents."""
    clauses = [_clause(row) for row in rows]
    present = {clause.ref.document for clause in clauses}
    names = {name: d.id for d in documents if d.id in present for name in (d.title, *d.aliases)}
    return ClauseTree(clauses, {name: one for name, one in names.items() if name not in present})


def _table(row: Mapping[str, Any]) -> Table:
    plain = {key: value for key, value in row.items() if key != "checks"}
    return _CONVERTER.structure(plain, Table)


def _arithmetic(release: Release, raw: Mapping[str, Any]) -> list[Doubt]:
    """Amount in words against figures, tax, and the sums that tables promise."""
    doubts: list[Doubt] = []
    if from_words(release.price_words) != release.price:
        doubts.append(
            malformed(
                "价款", f"大写“{release.price_words}”与 {release.price} 不一致。", "请核对原文。"
            )
        )
    if release.tax is not None:
        gross = release.tax.net.at(Rate(1 + release.tax.rate.value), Rounding.HALF_UP)
        if gross != release.price:
            doubts.append(
                malformed(
                    "税",
                    f"不含税 {release.tax.net} 加税 {release.tax.rate} 得 {gross}。",
                    "请核对原文。",
                )
            )
    tables = {table.id: table for table in release.tables}
    for row in raw["tables"]:
        table = tables[row["id"]]
        for promise in row.get("checks", []):
            doubts += _sum_doubts(table, promise)
    return doubts


def _sum_doubts(table: Table, promise: Mapping[str, str]) -> list[Doubt]:
    column, wanted = promise["column"], promise["sum"]
    place = f"表格 {table.id} {column}"
    if column not in table.columns:
        return [malformed(place, "没有这一列。", f"列有：{'、'.join(table.columns)}。")]
    index = table.columns.index(column)
    cells = [r.cells[index] for r in table.rows if promise.get("group") in (None, r.group)]
    if wanted.endswith("元"):
        total = Money.total(Money.parse(cell) for cell in cells if cell)
        return [] if total == Money.parse(wanted) else [_wrong_sum(place, str(total), wanted)]
    count = sum(int(cell) for cell in cells if cell)
    return [] if count == int(wanted) else [_wrong_sum(place, str(count), wanted)]


def _wrong_sum(place: str, total: str, wanted: str) -> Doubt:
    return malformed(
        place, f"合计 {total}，应为 {wanted}。", "请核对各行与合计；原文就不符的，登记为疑义。"
    )


# ── the words of others ──────────────────────────────────────────────────────────────────────────────────────────

#: A run of this many characters of the paper is a quotation, not a coincidence.
QUOTE = 18

_PRIVATE = (
    ("手机号", re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")),
    ("电话或传真", re.compile(r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)")),
    ("电子邮件", re.compile(r"[\w.]+@[\w-]+(?:\.[\w-]+)+")),
    ("账号", re.compile(r"(?<![\dA-Za-z])\d{14,21}(?!\d)")),
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_NOISE = re.compile(r"[\s*_|]+")


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every text of a raw document with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, f"{place}.{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            name = item.get("id", number) if isinstance(item, Mapping) else number
            yield from _texts(item, f"{place}[{name}]")


def _private(raw: Mapping[str, Any]) -> Iterator[Doubt]:
    """A release holds facts and organisations, never a person's phone, mail or account."""
    for place, text in _texts(raw, str(raw.get("id"))):
        for what, pattern in _PRIVATE:
            if pattern.search(text):
                yield malformed(
                    place, f"像是个人信息（{what}）。", "合同版本里不留个人信息，请删去。"
                )


def quotations(raw: Mapping[str, Any], paper: str) -> list[Doubt]:
    """Places of a raw document that repeat ``QUOTE`` or more characters of the paper; table cells and names may.

    ``paper`` is the text of the contract as its owner holds it. Blanks and emphasis marks do not count.
    """
    flat = _NOISE.sub("", paper)
    runs = (flat[n : n + QUOTE] for n in range(len(flat) - QUOTE + 1))
    grams = {
        run for run in runs if 5 * len(_HAN.findall(run)) >= 4 * QUOTE
    }  # numbers and addresses are facts
    own = {name: item for name, item in raw.items() if name not in {"title", "parties", "tables"}}
    doubts = []
    for place, text in _texts(own, str(raw.get("id"))):
        words = _NOISE.sub("", text)
        run = next(
            (
                words[n : n + QUOTE]
                for n in range(len(words) - QUOTE + 1)
                if words[n : n + QUOTE] in grams
            ),
            None,
        )
        if run is not None:
            doubts.append(malformed(place, f"照录了原文“{run}…”。", "请用自己的话写。"))
    return doubts


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(value: Any, _: Any = str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"应为非空文字，写的是 {value!r}（日期和数字请加引号）")
    return value


def _integer(value: Any, _: Any = int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"应为整数，写的是 {value!r}")
    return value


def _truth(value: Any, _: Any = bool) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"应为 true 或 false，写的是 {value!r}")
    return value


def _money(value: Any, _: Any = Money) -> Money:
    return Money.parse(_text(value))


def _rate(value: Any, _: Any = Rate) -> Rate:
    return Rate.parse(_text(value))


def _date(value: Any, _: Any = date) -> date:
    return date.fromisoformat(_text(value))


def _ref(value: Any, _: Any = ClauseRef) -> ClauseRef:
    return ClauseRef.parse(_text(value))


def _span(value: Any, _: Any = Span) -> Span:
    return Span.parse(_text(value))


#: What a parameter in the place of a value begins with.
PARAMETER_MARK = "param:"


def _within(value: Any, _: Any = None) -> Span | ParameterId | None:
    if value is None:
        return None
    text = _text(value)
    return (
        ParameterId(text.removeprefix(PARAMETER_MARK))
        if text.startswith(PARAMETER_MARK)
        else Span.parse(text)
    )


def _bound(value: Any, _: Any = None) -> Fraction | ParameterId | None:
    if value is None:
        return None
    text = _text(value)
    return (
        ParameterId(text.removeprefix(PARAMETER_MARK))
        if text.startswith(PARAMETER_MARK)
        else Fraction(text)
    )


def _parameter(value: Any, _: Any = None) -> ParameterId | None:
    return None if value is None else ParameterId(_text(value).removeprefix(PARAMETER_MARK))


_EVENT = re.compile(r"(?P<kind>[a-z_]+\.[a-z_]+)(?:\[(?P<where>[^\]]+)\])?")


def event(text: Any, _: Any = Event) -> Event:
    """An event from its text, such as ``invoice.received[instalment=1]``."""
    found = _EVENT.fullmatch(_text(text))
    if found is None:
        raise ValueError(f"“{text}”不是事件；请写成 kind 或 kind[字段=值,…]")
    where = []
    for pair in (found["where"] or "").split(",") if found["where"] else []:
        name, equals, value = pair.strip().partition("=")
        if not equals:
            raise ValueError(f"“{text}”中的“{pair}”应写成 字段=值")
        where.append((name, _scalar(value)))
    return Event(found["kind"], tuple(where))


def _scalar(text: str) -> str | int | bool:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isascii() and text.isdigit() else text


def _anchor_or_event(value: Any, _: Any = None) -> Anchor | Event:
    text = _text(value)
    return Anchor(text) if text in set(Anchor) else event(text)


def _optional(read: Callable[[Any], T]) -> Callable[[Any, Any], T | None]:
    def maybe(value: Any, _: Any = None) -> T | None:
        return None if value is None else read(value)

    return maybe


def _measure(value: Any, _: Any = None) -> Measure:
    match value:
        case {"reading": source, "field": str(name), **rest} if not rest:
            return Reading(event(source), name)
        case {"ratio": source, "part": str(part), "whole": str(whole), **rest} if not rest:
            return Ratio(event(source), part, whole)
        case {"availability": source, **rest} if not rest:
            return Availability(event(source))
        case {"tally": source, **rest} if not rest:
            return Tally(event(source))
        case {"judged": source, **rest} if not rest:
            return Judgement(event(source))
        case _:
            raise ValueError(
                f"measure 应为 reading、ratio、availability、tally 或 judged 之一，写的是 {value!r}"
            )


def _amount(value: Any, _: Any = None) -> Amount:
    match value:
        case "all_paid":
            return AllPaid()
        case {"share": rate, **rest} if rest.keys() <= {"stated"}:
            return Share(
                _rate(rate), _money(rest["stated"]) if rest.get("stated") is not None else None
            )
        case {"remainder": str(grades), **rest} if not rest:
            return Remainder(TermId(grades))
        case _:
            raise ValueError(f"amount 应为 share、remainder 或 all_paid，写的是 {value!r}")


_KINDS: Mapping[str, type[Term]] = {kind.kind.value: kind for kind in TERMS}


def _term(value: Any, _: Any = None) -> Term:
    if not isinstance(value, dict) or value.get("kind") not in _KINDS:
        raise ValueError(
            f"kind 应为 {'、'.join(_KINDS)} 之一，写的是 {value.get('kind') if isinstance(value, dict) else value!r}"
        )
    rest = {name: item for name, item in value.items() if name != "kind"}
    try:
        return _CONVERTER.structure(rest, _KINDS[value["kind"]])
    except cattrs.BaseValidationError as error:
        lines = transform_error(error, path=str(value.get("id", "?")), format_exception=_say)
        raise ValueError("；".join(lines)) from error


def _converter() -> cattrs.Converter:
    made = cattrs.Converter(forbid_extra_keys=True, prefer_attrib_converters=False)
    exact: Mapping[Any, Callable[[Any, Any], Any]] = {
        str: _text,
        int: _integer,
        bool: _truth,
        Money: _money,
        Rate: _rate,
        date: _date,
        ClauseRef: _ref,
        Event: event,
        Span: _span,
    }
    # By identity: a hook for str would also swallow every StrEnum.
    for type_, read in exact.items():
        made.register_structure_hook_func(lambda t, wanted=type_: t is wanted, read)  # type: ignore[misc]
    unions: Mapping[Any, Callable[[Any, Any], Any]] = {
        Within: _within,
        Fraction | ParameterId | None: _bound,
        ParameterId | None: _parameter,
        Anchor | Event: _anchor_or_event,
        Event | Anchor: _anchor_or_event,
        Event | Anchor | None: _optional(_anchor_or_event),
        Measure: _measure,
        Amount: _amount,
        Term: _term,
    }
    for union, read in unions.items():
        made.register_structure_hook_func(lambda t, u=union: t == u, read)  # type: ignore[misc]
    return made


_CONVERTER = _converter()

__all__ = [
    "FORMAT",
    "PARAMETER_MARK",
    "Raw",
    "TableRow",
    "digest_of",
    "event",
    "load",
    "load_folder",
    "load_text",
    "read_folder",
    "release_ids",
    "structure",
    "text_of",
    "upcast",
]
