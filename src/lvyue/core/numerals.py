"""数字: whole numbers up to 9999 as paper writes them in words: 十二, 一百零五, 二〇二六. The amounts in 大写 are in ``words``."""

from __future__ import annotations

import re

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_ONE = "[一二两三四五六七八九]"
_SPOKEN = re.compile(
    rf"(?:(?P<thousands>{_ONE})千)?(?P<gap>[零〇])?(?:(?P<hundreds>{_ONE})百)?(?P<nought>[零〇])?"
    rf"(?:(?P<tens>{_ONE})?(?P<ten>十))?(?P<ones>{_ONE})?"
)


def numeral(text: str) -> int:
    """An Arabic or Chinese number up to 9999. ``ValueError`` if it is none, or is said short (一百五 is 150 in speech)."""
    if re.fullmatch(r"[0-9]{1,4}", text):
        return int(text)
    if text and len(text) <= 4 and all(char in DIGITS for char in text):  # noqa: PLR2004 - as read out: 二〇, 二〇二六
        return int("".join(str(DIGITS[char]) for char in text))
    found = _SPOKEN.fullmatch(text)
    if not text or found is None or not _well_said(found):
        raise ValueError(f"「{text}」不是 9999 以内的数字。")
    ten = (DIGITS[found["tens"]] if found["tens"] else 1) if found["ten"] else 0
    return (
        DIGITS.get(found["thousands"], 0) * 1000
        + DIGITS.get(found["hundreds"], 0) * 100
        + ten * 10
        + DIGITS.get(found["ones"], 0)
    )


def _well_said(found: re.Match[str]) -> bool:
    """零 stands exactly where a place is skipped between two that are said, and nowhere else."""
    thousands, hundreds, ten, ones = (
        bool(found[name]) for name in ("thousands", "hundreds", "ten", "ones")
    )
    gap, nought = bool(found["gap"]), bool(found["nought"])
    below = ten or ones
    skipped_hundreds = thousands and not hundreds and below
    skipped_tens = hundreds and ones and not ten
    if not hundreds:  # both optional noughts stand at the same place: one of them is enough
        return (gap or nought) == skipped_hundreds and not (gap and nought)
    return gap is False and nought == skipped_tens
