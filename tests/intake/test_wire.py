"""What crosses from process to process is exactly what was read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.intake.wire import from_json, to_json
from lvyue.reading.source import (
    Cell,
    Grid,
    Line,
    NoteKind,
    PageSize,
    Place,
    Source,
    SourceKind,
    SourceNote,
)

EDGE = st.floats(0, 2000, allow_nan=False, allow_infinity=False)
NUMBER = st.integers(0, 10**6)
TEXT = st.text(max_size=20)
PLACE = st.builds(
    Place,
    st.none() | NUMBER,
    st.none() | NUMBER,
    st.none() | NUMBER,
    st.none() | st.tuples(EDGE, EDGE, EDGE, EDGE),
    st.none() | TEXT,
)
EDGES = st.lists(EDGE, max_size=5).map(tuple)
LINE = st.builds(
    Line,
    TEXT,
    PLACE,
    edges=EDGES,
    scores=EDGES,
    indented=st.none() | st.booleans(),
    full=st.none() | st.booleans(),
    numbered=st.integers(0, 9),
    outside=st.booleans(),
)
CELL = st.builds(
    Cell, TEXT, PLACE, NUMBER, NUMBER, st.integers(1, 9), st.integers(1, 9), scores=EDGES
)
GRID = st.builds(
    Grid, st.lists(CELL, max_size=4).map(tuple), NUMBER, NUMBER, PLACE, goes_on=st.booleans()
)
SOURCE = st.builds(
    Source,
    name=TEXT,
    sha256=TEXT,
    kind=st.sampled_from(SourceKind),
    blocks=st.lists(LINE | GRID, max_size=4).map(tuple),
    pages=st.lists(st.builds(PageSize, EDGE, EDGE), max_size=3).map(tuple),
    notes=st.lists(st.builds(SourceNote, st.sampled_from(NoteKind), PLACE, TEXT), max_size=3).map(
        tuple
    ),
)


@given(SOURCE)
def test_a_source_comes_back_as_it_was(source: Source) -> None:
    assert from_json(to_json(source)) == source


@given(SOURCE)
def test_the_text_is_one_line(source: Source) -> None:
    assert "\n" not in to_json(source)


def test_a_text_of_another_version_is_refused() -> None:
    raw = json.loads(to_json(Source("a", "b", SourceKind.TEXT, ())))
    raw["version"] = 99

    with pytest.raises(ValueError, match="重新读入"):
        from_json(json.dumps(raw))
