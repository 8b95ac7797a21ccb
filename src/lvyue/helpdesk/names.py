"""名称: names of people, units and systems as they are compared, however they were typed."""

from __future__ import annotations

import unicodedata


def plain(name: str) -> str:
    """A name as it is compared: full and half width, blanks and brackets aside."""
    wide = unicodedata.normalize("NFKC", name).casefold()
    return "".join(one for one in wide if unicodedata.category(one)[0] in "LN")
