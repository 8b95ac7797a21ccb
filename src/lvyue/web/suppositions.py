"""假设: what a what-if supposes, read from its address and written back into one; the address is all there is of it.

``then`` is another day, ``add`` a supposed fact as JSON, ``without`` the id of a fact taken away, ``p.<id>`` a parameter
as if it had been agreed. What is not understood is left out and said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import Fact, FactId, read_line
from lvyue.core.statement import Statement
from lvyue.core.terms import Parameter
from lvyue.obligations.drafting import Draft, draft_of, typed_of
from lvyue.web.controls import Controls, controls_of

#: So many facts may be supposed, and so many taken away, at once: more would be another log, not a what-if.
LIMIT = 40

#: Browsers and proxies carry an address of this length; a longer what-if is shown but has none.
ADDRESS_LIMIT = 6_000

PREFIX = "supposed-"


@dataclass(frozen=True, slots=True)
class Supposition:
    """假设: from the statement of ``controls`` to what would be; ``wrong`` are the parts that were not understood."""

    controls: Controls
    then: date | None = None
    drafts: tuple[Draft, ...] = ()
    without: tuple[FactId, ...] = ()
    values: Mapping[str, str] | None = None
    wrong: tuple[str, ...] = ()

    @property
    def day(self) -> date:
        return self.then or self.controls.as_of

    @property
    def parameters(self) -> Mapping[str, str]:
        return self.values or {}

    @property
    def is_empty(self) -> bool:
        return not (self.drafts or self.without or self.parameters or self.then)

    def query(self) -> str:
        """The address of this what-if, without the question mark."""
        told: list[tuple[str, str]] = []
        if self.controls.asked_as_of is not None:
            told.append(("as_of", self.controls.asked_as_of.isoformat()))
        if self.controls.size is not None:
            told.append(("size", str(self.controls.size)))
        if self.then is not None:
            told.append(("then", self.then.isoformat()))
        told += [("add", line) for line in self.lines]
        told += [("without", one) for one in self.without]
        told += [(f"p.{name}", value) for name, value in self.parameters.items()]
        return urlencode(told)

    @property
    def lines(self) -> list[str]:
        """The supposed facts as the address writes them."""
        return [_written(draft) for draft in self.drafts]

    def with_draft(self, draft: Draft) -> Supposition:
        return replace(self, drafts=(*self.drafts, draft))

    def but(self, place: int) -> Supposition:
        """Without the supposed fact at a place."""
        return replace(self, drafts=(*self.drafts[:place], *self.drafts[place + 1 :]))

    def facts(self, statement: Statement) -> list[Fact]:
        """All that is supposed as facts: the drafts, and each parameter as if both had agreed it."""
        agreed = _agreements(self.parameters, statement)
        return [fact for draft in (*self.drafts, *agreed) if isinstance(fact := draft.read(), Fact)]


def supposition_of(asked: QueryDict, today: date) -> Supposition:
    """What an address or a form supposes."""
    wrong: list[str] = []
    then = controls_of(_only(asked, "then"), today)
    if then.as_of_error:
        wrong.append(f"假设的日子：{then.as_of_error.split('下面')[0]}")
    drafts: list[Draft] = []
    for text in asked.getlist("add")[:LIMIT]:
        found = _draft(text, len(drafts) + 1)
        if isinstance(found, str):
            wrong.append(f"假设的事实：{found}")
        else:
            drafts.append(found)
    without = [one.strip() for one in asked.getlist("without") if one.strip()]
    if len(asked.getlist("add")) > LIMIT or len(without) > LIMIT:
        wrong.append(f"一次最多假设 {LIMIT} 条、拿掉 {LIMIT} 条，多出的没有算。")
    values = {
        name.removeprefix("p."): value
        for name in asked
        if name.startswith("p.") and (value := asked.get(name, "").strip())
    }
    return Supposition(
        controls=controls_of(asked, today),
        then=then.asked_as_of,
        drafts=tuple(drafts),
        without=tuple(FactId(one) for one in dict.fromkeys(without[:LIMIT])),
        values=values,
        wrong=tuple(wrong),
    )


def _only(asked: QueryDict, name: str) -> QueryDict:
    found = QueryDict(mutable=True)
    found["as_of"] = asked.get(name, "")
    return found


def next_id(supposition: Supposition) -> str:
    """The id of one more supposed fact."""
    return f"{PREFIX}{len(supposition.drafts) + 1}"


def _draft(text: str, number: int) -> Draft | str:
    """A supposed fact as the address writes it: a line of a facts file without its id."""
    try:
        row = json.loads(text)
    except ValueError:
        return f"“{text[:60]}”不是有效的 JSON。"
    if not isinstance(row, dict):
        return f"“{text[:60]}”不是 JSON 对象。"
    row["id"] = f"{PREFIX}{number}"
    read = read_line(json.dumps(row, ensure_ascii=False).encode(), 0, "推演")
    if isinstance(read, Fact):
        return draft_of(read, read.id)
    return "；".join(doubt.says for doubt in read)


def _written(draft: Draft) -> str:
    row: dict[str, Any] = {"kind": draft.kind, "at": draft.at.isoformat()}
    if draft.subject is not None:
        row["subject"] = draft.subject
    if draft.data:
        row["data"] = dict(draft.data)
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def entry_query(draft: Draft) -> str:
    """What a link to the entry of facts fills in: the kind, the subject and the fields as a person types them."""
    typed = typed_of(draft)
    told = {"kind": draft.kind, "at": typed.pop("at"), "subject": typed.pop("subject")}
    told |= {name.removeprefix("data."): value for name, value in typed.items()}
    return urlencode({name: value for name, value in told.items() if value})


# ── parameters ───────────────────────────────────────────────────────────────────────────────────────────────────


def _agreements(values: Mapping[str, str], statement: Statement) -> Iterator[Draft]:
    """Each value as agreed from the beginning, or from the day of what really was agreed, whose place it takes."""
    evaluation = statement.evaluation
    start = evaluation.release.period.start or evaluation.release.effective or evaluation.as_of
    for number, (name, value) in enumerate(values.items(), start=1):
        parameter = _parameter(name, evaluation.release.parameters)
        agreed = evaluation.book.agreed(parameter.id, evaluation.as_of)
        day = start if agreed is None else max(start, agreed.day)
        data = {"parameter": parameter.id, "value": value, "paper": "推演"}
        yield Draft(FactId(f"{PREFIX}parameter-{number}"), "parameter.agreed", day, None, data)


def _parameter(name: str, known: Sequence[Parameter]) -> Parameter:
    for parameter in known:
        if parameter.id == name:
            return parameter
    raise Refused([malformed("推演", f"这份合同没有参数“{name}”。", "请从页面上的参数里选。")])
