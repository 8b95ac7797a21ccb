"""文字: what may stand in a subject, which is one line, and in a body."""

from __future__ import annotations

from unicodedata import category

SUBJECT, BODY = 200, 20_000

#: Where in a body something stands that only the addressee may read: it is filled in when the letter is written.
SEALED = "〔寄出时填入〕"

_UNSEEN = ("Cc", "Cs", "Zl", "Zp")


def one_line(text: str, most: int = SUBJECT) -> str:
    """On one line and no longer than fits: no line feed of a subject ever becomes a header of a letter."""
    plain = "".join(" " if category(one) in _UNSEEN else one for one in text)
    return shortened(" ".join(plain.split()), most)


def many_lines(text: str, most: int = BODY) -> str:
    """Lines and tabs, and nothing else that cannot be seen."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(one for one in lines if one in "\n\t" or category(one) not in _UNSEEN)
    return shortened(plain.strip(), most)


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
