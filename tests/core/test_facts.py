"""事实逐行读入: what one line may say, and that no line a log accepts can stop a statement."""

from __future__ import annotations

import json
from datetime import date, datetime
from itertools import product
from typing import Any

import pytest

from lvyue.core.calendar import SHANGHAI
from lvyue.core.facts import FEN_LIMIT, KINDS, Fact, FactKind, Field, FieldType, read_line
from lvyue.core.statement import state
from lvyue.library import loader
from lvyue.library.calendar_files import default_calendar

#: The ends of what each type of field lets pass.
ENDS: dict[FieldType, tuple[Any, ...]] = {
    FieldType.TEXT: ("甲", "1/0", "99999999999 hours", "main 11.5", "1e5000000", "x" * 5_000),
    FieldType.INTEGER: (0, 1, 2, FEN_LIMIT),
    FieldType.FEN: (0, 1, 129_920_000, FEN_LIMIT),
    FieldType.DECIMAL: ("0", "-1", "100.5", "9" * 30, 96),
    FieldType.DAY: ("1900-01-01", "2026-02-28", "2999-12-31"),
    FieldType.MOMENT: (
        "1900-01-01T00:00:00+08:00",
        "2026-02-28T10:00:00Z",
        "2999-12-31T00:00:00-12:00",
    ),
    FieldType.AT: ("2026-02-28", "2026-02-28T10:00:00+08:00"),
    FieldType.BOOLEAN: (True, False),
}
TIMES = ("2019-01-02", "2026-02-14", "2026-09-30T23:30:00+08:00", "2027-01-15")


def line(kind: str, when: str, /, **data: Any) -> bytes:
    row = {"id": "f1", "kind": kind, "at": when, "data": data}
    return json.dumps(row, ensure_ascii=False).encode()


def read(raw: bytes) -> Fact | str:
    got = read_line(raw, 0, "第 1 行")
    return got if isinstance(got, Fact) else "\n".join(map(str, got))


def accepted(kind: FactKind) -> list[Fact]:
    """Facts of a kind at the ends of its fields, as far as they are accepted."""
    choices = [_values(spec) for spec in kind.fields]
    facts: list[Fact] = []
    for number, (at, values) in enumerate(
        product(TIMES, zip(*choices, strict=False) if choices else [()])
    ):
        data = {spec.name: value for spec, value in zip(kind.fields, values, strict=True)}
        raw = json.dumps({"id": f"{kind.name}-{number}", "kind": kind.name, "at": at, "data": data})
        got = read_line(raw.encode(), number, "第 1 行")
        if isinstance(got, Fact):
            facts.append(got)
    return facts


def _values(spec: Field) -> tuple[Any, ...]:
    ends = spec.choices or ENDS[spec.type]
    return (tuple(ends) * 6)[:6]


@pytest.mark.parametrize("paper", loader.release_ids())
def test_no_accepted_log_makes_a_statement_raise(paper: str) -> None:
    """收进来的事实不会让合同打不开: every kind at the ends of its fields, alone and all together."""
    release, calendar = loader.load(paper), default_calendar()
    known = [*release.term_by_id][:4]
    everything: list[Fact] = []
    for kind in KINDS.values():
        facts = accepted(kind)
        assert facts, kind.name
        for as_of in (date(2026, 2, 28), date(2026, 12, 31)):
            state(release, facts, calendar, as_of, size=len(facts), root="").as_json()
        everything += [
            Fact(
                fact.id,
                fact.kind,
                fact.at,
                None,
                {**fact.data, **_aimed(fact, known, place)},
                place,
            )
            for place, fact in enumerate(facts[:8], start=len(everything))
        ]
    statement = state(
        release, everything, calendar, date(2026, 12, 31), size=len(everything), root=""
    )
    assert statement.as_json()["findings"]
    assert [finding.proof().show() for finding in statement.evaluation.findings]


def _aimed(fact: Fact, terms: list[Any], place: int) -> dict[str, Any]:
    """The same fact naming a term of the contract, where it names one at all."""
    return {"term": terms[place % len(terms)]} if "term" in fact.data else {}


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (line("payment.made", "2026-02-09", instalment=1, amount_fen=10**17), "超出可以记的范围"),
        (
            line("measure.taken", "2026-02-09", indicator="k", value="9" * 31),
            "整数，或写成文字的小数",
        ),
        (line("measure.taken", "2026-02-09", indicator="k", value=99.5), "不接受浮点数"),
        (line("duty.performed", "2026-02-09", term="长" * 5_001), "上限是 5000 字"),
        (
            line(
                "payment.excused", "2026-02-09", instalment=1, reason="treasury", until="2026-02-08"
            ),
            "早于开始",
        ),
        (
            line("fact.corrected", "2026-02-09", fact="f0", reason="误", at="nonsense"),
            "不是有效的日期或时刻",
        ),
        (line("contract.effective", "1899-12-31"), "不在 1900 至 2999 之间"),
        (line("contract.effective", "2026-W07-1"), "请写成 2026-02-09"),
        (
            line("contract.effective", "2026-02-09T10:00:00"),
            "请补上，例如 2026-02-09T10:00:00+08:00",
        ),
    ],
)
def test_what_cannot_be_borne_is_refused_at_the_line(raw: bytes, says: str) -> None:
    """进不来的比算不动的好: the refusal names line and field and says how to mend."""
    told = read(raw)
    assert isinstance(told, str)
    assert says in told
    assert told.startswith("第 1 行")


def test_an_end_of_the_same_day_is_no_backward_end() -> None:
    """只写到日的结束包含当天: a record of 10:00 may end on its own day."""
    got = read(
        line("term.suspended", "2026-02-09T10:00:00+08:00", term="t", paper="p", until="2026-02-09")
    )
    assert isinstance(got, Fact)


def test_a_moment_is_put_on_the_clocks_of_shanghai() -> None:
    got = read(line("contract.effective", "2026-02-08T16:30:00Z"))
    assert isinstance(got, Fact)
    assert got.day == date(2026, 2, 9)
    assert got.moment == datetime(2026, 2, 9, 0, 30, tzinfo=SHANGHAI)
