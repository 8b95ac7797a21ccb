"""读入: the only code that knows file formats; it hands over text with positions and decides nothing.

One module each, every one resting only on those before it::

    limits      how much of anything is read, and why that much
    refusals    the sentences in which a file is turned away
    kinds       what a file is, by its bytes
    characters  characters that only look like the usual ones
    text        text, Markdown, HTML
    package     zip files, read by members and never unpacked; XML with closed entities
    symbols     ticks and bullets that exist only in a font of symbols
    numbering   the numbers that Word counts by itself
    styles      what paragraphs and tables of Word take over from their styles
    paragraph   the words of one paragraph of Word
    docx        paragraphs, tables and text boxes of Word in reading order
    shown       a number as Excel shows it
    sheets      sheets of Excel
    ruled       ruled lines of a page, and the cells they enclose
    glyphs      the characters of one page of a PDF, in runs
    pages       runs and cells of a page become lines and grids in reading order
    margins     indents, full lines, page heads and feet, page numbers
    continued   tables and rows that a page break cut
    pdf         all pages of a PDF
    scan        pictures of pages, read by recognition (an extra)
    files       ``read_file``: whatever it is
    wire        a source as JSON text and back
    child       ``read_apart``: the same in a process that is bounded and may die
"""

from __future__ import annotations

from lvyue.intake.files import read_file

__all__ = ["read_file"]
