"""符号字体: ticks, boxes and bullets that Word writes as codes of a symbol font, as characters that everybody reads.

Forms of public contracts tick with Wingdings: the file says ``F0FE``, the paper shows ☑. Typing R in Wingdings 2 gives ☑ too.
"""

from __future__ import annotations

import re

#: low byte of the code, by font; only what stands in contracts
SYMBOLS: dict[str, dict[int, str]] = {
    "wingdings": {
        0x28: "☎",
        0x2A: "✉",
        0x6C: "●",
        0x6E: "■",
        0x6F: "☐",
        0x70: "☐",
        0x71: "☐",
        0x72: "☐",
        0x73: "◆",
        0x74: "◆",
        0x75: "◆",
        0x76: "◆",
        0x77: "◆",
        0x78: "☒",
        0x9E: "·",
        0x9F: "•",
        0xA1: "○",
        0xA7: "▪",
        0xA8: "☐",
        0xAB: "★",
        0xB2: "◆",
        0xD8: "➢",
        0xDF: "←",
        0xE0: "→",
        0xE1: "↑",
        0xE2: "↓",
        0xFB: "×",
        0xFC: "√",
        0xFD: "☒",
        0xFE: "☑",
        **{0x80 + n: "⓪①②③④⑤⑥⑦⑧⑨⑩"[n] for n in range(11)},
        **{0x8B + n: "⓿❶❷❸❹❺❻❼❽❾❿"[n] for n in range(11)},
    },
    "wingdings 2": {
        0x4F: "×",
        0x50: "√",
        0x51: "☒",
        0x52: "☑",
        0x53: "☒",
        0x54: "☒",
        0x2A: "☐",
        0x30: "☐",
        0x35: "☐",
        0x97: "●",
        0x98: "●",
        0x99: "○",
        0xA2: "■",
        0xA3: "☐",
        **{0x69 + n: "⓪①②③④⑤⑥⑦⑧⑨⑩"[n] for n in range(11)},
        **{0x74 + n: "⓿❶❷❸❹❺❻❼❽❾❿"[n] for n in range(11)},
    },
    "wingdings 3": {0x7D: "▶", 0x84: "◆"},
    "webdings": {0x61: "√", 0x63: "☐", 0x67: "■", 0x72: "×"},
    "symbol": {
        0x2A: "*",
        0x61: "α",
        0x62: "β",
        0x6C: "λ",
        0x6D: "μ",
        0x70: "π",
        0xA3: "≤",
        0xAE: "→",
        0xB0: "°",
        0xB1: "±",
        0xB3: "≥",
        0xB4: "×",
        0xB7: "•",
        0xB8: "÷",
        0xB9: "≠",
        0xBB: "≈",
        0xD6: "√",
        0xE5: "∑",
    },
}
#: private codes that Word writes without naming the font; those of Wingdings and Symbol that do not collide
ANY_FONT = {0xA8: "☐", 0xFE: "☑", 0xFD: "☒", 0xFC: "√", 0xB7: "•", 0x6C: "●", 0xA3: "☐", 0x52: "☑"}
UNKNOWN = "\ufffd"
#: bullets that only say "a point": all are shown alike. Boxes to tick are no bullets
DOTS = frozenset("•·●○■◆▪➢★-–—*o§→▶◇□")

_PRIVATE = range(0xF000, 0xF100)
_CODE = re.compile("[\uf000-\uf0ff]")


def symbol(font: str, code: int) -> str:
    """The character for a code of a symbol font."""
    if 0xD800 <= code < 0xE000:  # noqa: PLR2004  half of a character is none
        return UNKNOWN
    low = code - 0xF000 if code in _PRIVATE else code
    table = SYMBOLS.get(font.lower(), ANY_FONT)
    return table.get(low) or (
        chr(code) if code not in _PRIVATE and font.lower() not in SYMBOLS else UNKNOWN
    )


def is_symbol_font(font: str) -> bool:
    return font.lower() in SYMBOLS


def in_font(text: str, font: str) -> str:
    """A text as it is shown in a font: private codes always, all characters where the font is one of symbols."""
    if is_symbol_font(font):
        return "".join(char if char.isspace() else symbol(font, ord(char)) for char in text)
    return _CODE.sub(lambda found: symbol("", ord(found[0])), text)


def bullet(text: str, font: str) -> str:
    """The mark before a point of a list: boxes as they are, all other marks as one."""
    shown = in_font(text, font).strip()
    return shown if shown and not set(shown) <= DOTS | {UNKNOWN} else "•"
