"""词: how a text becomes the words by which it is found, and how what somebody types becomes a question.

Chinese has no spaces, and no dictionary knows the names of systems and streets. So a run of Chinese characters is kept as
every pair of neighbours (运维服务 → 运维 维服 服务) and its last character alone; what is looked for is the phrase of its
pairs, which stands exactly where the characters stand. A word of two characters is one pair, one character is the
beginning of a pair. Latin words and numbers are kept whole and in their parts, and are found by their beginning.

Pure: the same text gives the same words on both databases and in ten years; a change here asks for a rebuild of the index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from unicodedata import normalize

#: To be raised when a text gives other words than before: an index of another edition is built anew.
EDITION = 1

#: So many characters of one text are indexed; more is a book, and belongs into several entries.
LENGTH_LIMIT = 8000

#: What somebody may type, and how many words of it count.
QUERY_LIMIT, WORDS_LIMIT = 200, 12

_CHINESE = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_CHINESE}]+|[^\W_{_CHINESE}]+(?:[-._/@:+][^\W_{_CHINESE}]+)*")
_PART = re.compile(r"[-._/@:+]")
_PLAIN_NUMBER = re.compile(r"[0-9.]+")

#: 1,166,107.80 is one number, and so is 116.6 万.
_GROUPED = re.compile(r"(?<![0-9])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")
_TEN_THOUSANDS = re.compile(r"(?<![0-9.])([0-9]{1,9}(?:\.[0-9]{1,6})?)\s?(万|亿)元?")
_DAY = re.compile(r"(?<![0-9])([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日")
_SCALE = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}


def folded(text: str) -> str:
    """As people search: full width is half width, capitals do not matter, thousands have no commas."""
    return _GROUPED.sub(lambda found: found[0].replace(",", ""), normalize("NFKC", text).casefold())


def words_of(text: str) -> list[str]:
    """The words of a text in their order; what is a number in other writing stands at the end once more."""
    plain = folded(text[:LENGTH_LIMIT])
    found = [word for run in _RUN.findall(plain) for word in _of_run(run)]
    found.extend(_rewritten(plain))
    return found


def _of_run(run: str) -> Iterator[str]:
    if _is_chinese(run):
        yield from (run[at : at + 2] for at in range(len(run)))
        return
    yield run
    if not _PLAIN_NUMBER.fullmatch(run) and len(parts := _PART.split(run)) > 1:
        yield from parts


def _is_chinese(run: str) -> bool:
    return re.match(f"[{_CHINESE}]", run) is not None


def _rewritten(plain: str) -> Iterator[str]:
    """48.256 万 is also 482560, and 2026年3月2日 is also 2026-03-02."""
    for number, scale in _TEN_THOUSANDS.findall(plain):
        yield _scaled(number, scale)
    for year, month, day in _DAY.findall(plain):
        yield f"{year}-{int(month):02}-{int(day):02}"


def _scaled(number: str, scale: str) -> str:
    whole = Decimal(number) * _SCALE[scale]
    return f"{whole.normalize():f}"


# ── questions ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Phrase:
    """词组: words that follow each other; ``begins`` is whether the last of them may go on."""

    words: tuple[str, ...]
    begins: bool = False

    def stands_in(self, words: list[str]) -> bool:
        """Whether it stands in the words of a text."""
        size = len(self.words)
        *whole, last = self.words
        return any(
            words[at : at + size - 1] == whole
            and (
                words[at + size - 1].startswith(last)
                if self.begins
                else words[at + size - 1] == last
            )
            for at in range(len(words) - size + 1)
        )


@dataclass(frozen=True, slots=True)
class Question:
    """所问: every phrase of ``all`` must stand there, none of ``none``; ``exact`` are runs of characters as they were quoted."""

    all: tuple[Phrase, ...]
    none: tuple[Phrase, ...] = ()
    exact: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for: what only excludes asks for everything else."""
        return not self.all


_ASKED = re.compile(r'(-?)(?:["“”]([^"“”]+)["“”]|([^\s"“”]+))')


def question_of(typed: str) -> Question:
    """What somebody means: words all of which must be there, ``-`` before what must not, quotes around what must stand so."""
    wanted, unwanted, exact, shown = list[Phrase](), list[Phrase](), list[str](), list[str]()
    plain = _written_out(folded(typed[:QUERY_LIMIT]))
    for minus, quoted, bare in _ASKED.findall(plain)[:WORDS_LIMIT]:
        text = quoted or bare
        phrases = [*_phrases(text)]
        if minus:
            unwanted.extend(phrases)
            continue
        wanted.extend(phrases)
        shown.extend(_RUN.findall(text))
        if quoted.strip():
            exact.append(quoted.strip())
    return Question(tuple(wanted), tuple(unwanted), tuple(exact), tuple(shown))


def _written_out(plain: str) -> str:
    """Numbers and days as the index has them once more."""
    plain = _TEN_THOUSANDS.sub(lambda found: _scaled(found[1], found[2]), plain)
    return _DAY.sub(lambda found: f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}", plain)


def _phrases(text: str) -> Iterator[Phrase]:
    for run in _RUN.findall(text):
        if not _is_chinese(run) or len(run) == 1:
            yield Phrase((run,), begins=True)
        else:
            yield Phrase(tuple(run[at : at + 2] for at in range(len(run) - 1)))


# ── what was found, shown ────────────────────────────────────────────────────────────────────────────────────────

#: So many characters are shown before and after the first place.
_BEFORE, _AFTER = 20, 80


def excerpt_of(text: str, question: Question) -> tuple[tuple[str, bool], ...]:
    """The surroundings of the first place where one of the words stands, in pieces: (words, whether they were looked for)."""
    low = normalize("NFKC", text).casefold()
    plain = text if len(text) == len(low) else low  # a place in the one is a place in the other
    places = [at for word in question.shown if (at := low.find(word)) >= 0]
    begin = max(min(places, default=0) - _BEFORE, 0)
    part = plain[begin : begin + _BEFORE + _AFTER]
    told = marked(part, question)
    before = (("…", False),) if begin else ()
    after = (("…", False),) if begin + len(part) < len(plain) else ()
    return (*before, *told, *after)


def marked(text: str, question: Question) -> tuple[tuple[str, bool], ...]:
    """A text in pieces: (words, whether they were looked for)."""
    if not question.shown:
        return ((text, False),)
    longest = sorted(set(question.shown), key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, longest))})", text, flags=re.IGNORECASE)
    return tuple((piece, at % 2 == 1) for at, piece in enumerate(pieces) if piece)
