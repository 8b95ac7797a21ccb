"""数量: money, percentages, days, time words, frequencies and bounds, wherever they stand in a sentence.

Every reader here takes a text and answers what it found with the characters it stood on; nothing is rounded, nothing
assumed. A vague word (立即, 及时, 定期) is kept as a word and never becomes a number. What each reads and leaves is in
docs/algorithms/reading-values.md.
"""

from __future__ import annotations

from lvyue.reading.amounts import Percent, Sum, UnreadableSum, percents, sums, unreadable_sums
from lvyue.reading.dates import Day, days
from lvyue.reading.frequencies import Bound, Frequency, bounds, frequencies
from lvyue.reading.plain import At
from lvyue.reading.timewords import Direction, Length, TimeWord, lengths, time_words

__all__ = [
    "At",
    "Bound",
    "Day",
    "Direction",
    "Frequency",
    "Length",
    "Percent",
    "Sum",
    "TimeWord",
    "UnreadableSum",
    "bounds",
    "days",
    "frequencies",
    "lengths",
    "percents",
    "sums",
    "time_words",
    "unreadable_sums",
]
