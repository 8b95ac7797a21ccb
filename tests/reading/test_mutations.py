"""The same contract typed, copied or converted in another way has the same tree."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from lvyue.reading.outline import outline
from lvyue.reading.paragraphs import mend
from tests.reading.mutations import (
    SAME_TREE,
    articles_as_chapters,
    chapters_as_articles,
)
from tests.reading.samples import SAMPLES, full_text, seed, seeds, source_of

#: Where every line is broken, a paragraph that ends just at the edge cannot be told from one that goes on, nor （2） in a sentence
#: from a clause: at most this many unnumbered paragraphs of a contract may be counted otherwise.
_AT_THE_EDGE = 2
_BROKEN = sorted(name for name in SAME_TREE if "broken" in name)
_TYPED = sorted(name for name in SAME_TREE if "broken" not in name)


def tree(text: str) -> list[str]:
    return [str(one.ref) for one in outline(mend(source_of(text))).nodes]


@cache
def before(release_id: str, *, paper: bool) -> list[str]:
    return tree(text_of(release_id, paper=paper))


def text_of(release_id: str, *, paper: bool) -> str:
    return seed(release_id) if paper else full_text(release_id)


_AT_HAND = pytest.mark.skipif(seeds() is None, reason="the original papers are not here")
PAPERS = [
    pytest.param(False, id="sample"),
    pytest.param(True, id="paper", marks=_AT_HAND),
]


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("mutation", _TYPED)
@pytest.mark.parametrize("release_id", SAMPLES)
def test_the_tree_is_the_same(release_id: str, mutation: str, paper: bool) -> None:
    text = text_of(release_id, paper=paper)

    assert tree(SAME_TREE[mutation](text)) == before(release_id, paper=paper)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("mutation", _BROKEN)
@pytest.mark.parametrize("release_id", SAMPLES)
def test_lines_broken_at_an_edge_keep_every_numbered_clause(
    release_id: str, mutation: str, paper: bool
) -> None:
    text = text_of(release_id, paper=paper)
    whole, broken = (
        Counter(before(release_id, paper=paper)),
        Counter(tree(SAME_TREE[mutation](text))),
    )
    lost, more = list((whole - broken).elements()), list((broken - whole).elements())

    assert [ref for ref in lost if "¶" not in ref] == []
    assert len([ref for ref in more if "¶" not in ref]) <= 1
    assert len(lost) + len(more) <= _AT_THE_EDGE


@pytest.mark.parametrize(
    ("release_id", "change", "old", "new"),
    [
        ("video-conference-2022", chapters_as_articles, "章", "条"),
        ("cloud-lease-2025", articles_as_chapters, "条", "章"),
    ],
)
def test_chapters_may_be_called_articles(release_id, change, old, new) -> None:  # type: ignore[no-untyped-def]
    renamed = [
        re.sub(rf"^(第[^/]+){old}", rf"\1{new}", ref) for ref in before(release_id, paper=False)
    ]

    assert tree(change(full_text(release_id))) == renamed


@pytest.mark.parametrize("mutation", sorted(SAME_TREE))
def test_every_mutation_changes_something(mutation: str) -> None:
    assert any(SAME_TREE[mutation](full_text(one)) != full_text(one) for one in SAMPLES)
