"""上限: how much of anything is read, and why that much. A file beyond one of these is turned away in plain words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """读入上限: each number with its reason; nothing else in this package holds a limit."""

    #: the longest contract with all its scanned annexes that we have heard of is a tenth of this
    file_bytes: int = 200 * 1024 * 1024
    #: a page is a second of recognition; more than this is an archive and no contract
    pages: int = 2_000
    #: a hundred times a long contract; a person would never confirm more
    characters: int = 2_000_000
    #: what all members of a docx or xlsx come to; pictures are never unpacked, so only a bomb is larger
    unpacked_bytes: int = 500 * 1024 * 1024
    #: XML of real documents shrinks 10 to 40 times; bombs shrink a thousand times
    ratio: int = 200
    #: below this a ratio says nothing: a page of blanks also shrinks well
    ratio_from: int = 5 * 1024 * 1024
    #: one XML member; libxml2 needs about eight times as much memory for its tree
    xml_bytes: int = 100 * 1024 * 1024
    #: members of a package: one for each picture, and no contract has ten thousand
    members: int = 10_000
    #: XML inside XML; a table in a table in a text box in a control is 60 deep
    nesting: int = 200
    #: cells of all sheets or tables together; more is data, and no annex
    cells: int = 200_000
    #: a merged cell that claims the whole sheet
    columns: int = 1_000
    #: drawn lines of one page: a plan or a map has more, a table never
    rules: int = 20_000
    #: notes of one kind; what comes after is only counted
    notes: int = 50


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Bounds:
    """子进程上限: wall seconds and megabytes of address space of the process that reads a file."""

    #: two thousand scanned pages would need longer and are cancelled by a person, not by a clock
    seconds: float = 3600.0
    #: recognition holds 0.8 GB and reserves as much again without using it
    megabytes: int = 4096


BOUNDS = Bounds()
