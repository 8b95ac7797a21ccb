"""不靠谓词的期限: clocks that a sentence sets without a verb that obliges: silence that counts as consent, a warranty."""

from __future__ import annotations

import re

from lvyue.core.clause import ClauseRef
from lvyue.core.terms import Party, TermKind
from lvyue.reading.candidates import Candidate, Certainty
from lvyue.reading.debtors import Names
from lvyue.reading.happenings import event_of
from lvyue.reading.paragraphs import Span
from lvyue.reading.plain import plain
from lvyue.reading.quantities import Direction, TimeWord, lengths, time_words

_TAKEN_AS = re.compile(r"视为|视同|默认|认为|推定")
_SILENCE = re.compile(
    r"(?:日|天|周|月|小时)(?:之?内)?[^，。]{0,6}(?:没有|未)[^，。]{0,10}(?:答复|回复|异议|反馈|确认|意见)[^。]{0,12}(?:视为|视同|默认|即认为|推定)"
)
_WARRANTY = re.compile(
    r"(?:质量?保证?期|质保期|保修期|维保期|免费(?:维护|服务|运维)期)[^，。；]{0,8}(?:为|不少于|不低于|不得少于|是)"
)

_FROM = re.compile(r"(?:自|从)([^，。；]{2,40}?)(?:之日)?(?:起|开始)")


def deemed(
    sentence: str, clause: ClauseRef, span: Span, names: Names, around: Party | None
) -> Candidate | None:
    """沉默: 收到后十日内未答复的，视为同意: who is silent had so long to speak. ``around``: who, where the sentence names nobody."""
    if not _TAKEN_AS.search(sentence):
        return None
    words = plain(sentence).text
    found = _SILENCE.search(words)
    if found is None:
        return None
    limit = next((one for one in time_words(words[: found.end()]) if one.value), None)
    if limit is None:
        return None
    named = names.mentions(words[: found.start()])
    debtor = named[0][2] if named else (around or Party.BOTH)
    return Candidate(
        TermKind.DEADLINE_AFTER_EVENT, clause, debtor, words.rstrip("。；"), (span,), Certainty.LIKELY,
        trigger=limit.trigger or "收到", event=event_of(words[: found.start()]), limit=limit,
    )  # fmt: skip


def warranty(sentence: str, clause: ClauseRef, span: Span) -> Candidate | None:
    """质保期: how long the supplier answers for defects, from acceptance or delivery on."""
    if "保" not in sentence and "免费" not in sentence:
        return None
    words = plain(sentence).text
    found = _WARRANTY.search(words)
    length = next(iter(lengths(words[found.end() :])), None) if found else None
    if found is None or length is None or length.value is None:
        return None
    limit = TimeWord(length.at, length.raw, length.value, length.unit, Direction.AFTER)
    begins = _FROM.search(words, found.end())
    return Candidate(
        TermKind.DEADLINE_AFTER_EVENT, clause, Party.SUPPLIER, words.rstrip("。；"), (span,), Certainty.LIKELY,
        trigger=begins[1] if begins else "", event=event_of(begins[1]) if begins else "",
        limit=limit, item="质量保证期", survives=True,
    )  # fmt: skip
