"""报告: the JSON of a reading has the documented keys, exact values, and no personal data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lvyue.core.calendar import Unit
from lvyue.core.doubts import Severity
from lvyue.library import loader
from lvyue.reading.reading import STAGES, read
from lvyue.reading.report import as_json, doubts_as_json
from tests.library.test_releases import papers_at_hand
from tests.reading.lanjiang import CONTRACT, reading, source
from tests.reading.test_linter import BLOCKS, paper

#: every key that files and interfaces may count on
KEYS = {
    "source": {"sha256", "kind", "pages", "characters"},
    "identity": {"title", "contract_no", "project_no", "signed_on", "effective_on"},
    "price": {"fen", "words", "words_fen", "tax"},
    "period": {"start", "end", "raw"},
}
ROW_KEYS = {
    "parties": {"role", "name"},
    "payment": {"n", "percent", "fen", "within", "unit", "conditions", "invoice"},
    "clauses": {"part", "path", "label", "head", "place"},
    "tables": {"clause", "title", "columns", "rows"},
    "terms": {"kind", "clause", "debtor", "trigger", "limit", "frequency", "quote", "place"},
    "doubts": {"kind", "severity", "places", "what", "mend"},
}


def answer() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(as_json(reading()), ensure_ascii=False))
    return found


def test_the_documented_keys_are_all_there() -> None:
    found = as_json(reading(CONTRACT, ("陆拾万元整", "陆拾壹万元整")), {"outline": 0.01})

    for key, inner in KEYS.items():
        assert inner <= set(found[key]), key
    for key, inner in ROW_KEYS.items():
        assert found[key], key
        assert all(inner <= set(row) for row in found[key]), key
    assert {"grades", "damages", "interest"} <= set(found)
    assert found["timings"] == {"outline": 0.01}


def test_the_values_are_those_of_the_paper() -> None:
    found = answer()

    assert found["identity"]["title"] == "澜江市档案馆 2026 年机房运行维护服务合同"
    assert found["identity"]["signed_on"] == "2026-02-20"
    assert found["price"]["fen"] == found["price"]["words_fen"] == 60_000_000
    assert found["price"]["tax"] == {"percent": "6", "net_fen": 56_603_774}
    assert found["period"]["start"] == "2026-03-01"
    assert [(one["n"], one["percent"], one["fen"]) for one in found["payment"]] == [
        (1, "60", 36_000_000),
        (2, "40", 24_000_000),
    ]
    assert found["payment"][0]["within"] == 10
    assert found["payment"][0]["unit"] in {unit.value for unit in Unit}
    assert found["interest"][0]["daily_percent"] == "0.03"
    assert [one["percent"] for one in found["damages"]] == ["1", "20"]
    assert [len(table["rows"]) for table in found["tables"]] == [3, 2]


def test_a_place_is_a_line_and_a_head_is_twelve_characters() -> None:
    clause = next(one for one in answer()["clauses"] if one["path"] == "第一条/2")

    line = CONTRACT.split("\n")[clause["place"]["line"] - 1]

    assert line.startswith("2. 乙方每月巡检")
    assert clause["head"] == line.removeprefix("2. ")[:12]
    assert clause["part"] == "main"


def test_the_remainder_has_no_percentage_and_no_sum() -> None:
    found = as_json(
        reading(CONTRACT, ("合同价款的40%，即¥240,000.00元（大写：贰拾肆万元整）", "剩余价款"))
    )

    last = found["payment"][-1]
    assert last["remainder"]
    assert last["percent"] is None
    assert last["fen"] is None


def test_limits_and_frequencies_are_given_apart() -> None:
    terms = answer()["terms"]

    limits = [one["limit"] for one in terms if one["limit"] and one["clause"] == "第一条/3"]
    often = next(one["frequency"] for one in terms if one["frequency"])

    assert [(one["n"], one["unit"]) for one in limits] == [(30, "minutes"), (4, "hours")]
    assert (often["every"], often["times"]) == ("month", 2)
    assert {"direction", "word", "raw"} <= set(limits[0])
    assert {"at_least", "unlimited", "word", "raw"} <= set(often)


def test_personal_data_stands_nowhere_in_it() -> None:
    text = CONTRACT.replace("电话：0000-70000003", "联系人：赵一\n\n电话：13900000000").replace(
        "2. 本合同自", "2. 甲方应当通知乙方联系人赵一，电话：13900000000。\n\n3. 本合同自"
    )
    found = json.dumps(as_json(read(source(text))), ensure_ascii=False)

    assert "13900000000" not in found
    assert "赵一" not in found
    assert "6200000000000000001" not in found
    assert "＊" in found


def test_each_stage_is_told_once_and_in_order() -> None:
    heard: list[str] = []

    read(source(CONTRACT), tick=heard.append)

    assert tuple(heard) == STAGES


def test_the_doubts_alone_are_the_same_doubts() -> None:
    found = reading(CONTRACT, ("陆拾万元整", "陆拾壹万元整"))

    alone = doubts_as_json(found)

    assert alone["doubts"] == as_json(found)["doubts"]
    assert alone["counts"]["block"] == sum(d.severity is Severity.BLOCK for d in found.doubts)


@papers_at_hand
@pytest.mark.parametrize("release_id", sorted(BLOCKS))
def test_price_period_and_signature_of_the_real_papers_are_those_people_read(
    release_id: str,
) -> None:
    release, found = loader.load(release_id), as_json(paper(release_id))

    assert found["price"]["fen"] == release.price.fen
    assert found["price"]["words_fen"] == release.price.fen
    assert found["period"]["start"] == (release.period.start and release.period.start.isoformat())
    assert found["period"]["end"] == (release.period.end and release.period.end.isoformat())
    assert found["identity"]["signed_on"] == max(release.signed.values()).isoformat()
    assert len(found["payment"]) == len(release.payments)
