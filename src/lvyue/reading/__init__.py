"""阅读: a contract on paper becomes clauses, tables, terms and doubts. Pure: text with positions in, values out.

The way through, one module each, every one resting only on those before it::

    source        what intake hands over: lines and grids, each with its place in the file
    paragraphs    lines joined where a page cut them; every character still knows its line
    quantities    money, percentages, days, time words and frequencies, wherever they stand
    tables        grids, and rows typed with tabs, become tables with heads, groups and rows
    outline       numbers become a tree, annexes are parts of their own, what is odd is an anomaly
    references    第五章第 1 条, 附件 2, 本条 1.1 款: to which clause they lead
    identity      title, numbers, parties, price, period, signatures
    consideration instalments, grades, late interest, damages
    duties        every enforceable sentence: who owes what, when, how often
    personal      names, phones, mails and accounts, set apart
    linter        blanks, conflicts, slips: what a person must settle
    reading       all of it in one value
    comparison    two readings, clause by clause
    draft         a reading as the raw document of a release, which a person confirms
"""
