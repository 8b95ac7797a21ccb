"""二维码: the address of exactly what a sheet of paper shows, for whoever holds the sheet and has a telephone."""

from __future__ import annotations

from functools import lru_cache

import segno
from django.utils.safestring import SafeString, mark_safe


@lru_cache(maxsize=256)
def qr(address: str) -> SafeString:
    """An inline picture without a style or a script of its own; it can lose a seventh of itself and still be read."""
    code = segno.make(
        address, error="m", micro=False, mask=2
    )  # trying all eight masks takes six times as long
    drawn = code.svg_inline(omitsize=True, border=2, svgclass="qr-code", lineclass=None)
    return mark_safe(drawn)  # noqa: S308  segno draws paths only; the text of the address does not stand in it
