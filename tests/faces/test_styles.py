"""The style sheets: small, layered, every colour readable by day and by night."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from lvyue.obligations.marks import MARKS

STATIC = resources.files("lvyue.web") / "static" / "web"
SHEETS = sorted(one.name for one in STATIC.iterdir() if one.name.endswith(".css"))


def css(name: str) -> str:
    return (STATIC / name).read_text("utf-8")


def test_they_are_less_than_forty_kilobytes_on_every_page() -> None:
    """The review shows a paper and what was read of it side by side, with pictures of pages: it alone is let have more.

    The month and the desk have sheets that only their own pages load, never both.
    """
    sizes = {name: len(css(name).encode()) for name in SHEETS}
    review, month, desk = (sizes.pop(f"{name}.css") for name in ("review", "month", "desk"))

    assert sum(sizes.values()) + max(month, desk) < 40_000
    assert review < 6_000


def test_a_page_loads_the_month_or_the_desk_and_not_both() -> None:
    pages = (resources.files("lvyue.web") / "templates" / "web").joinpath
    texts = [one.read_text("utf-8") for one in pages().iterdir() if one.name.endswith(".html")]

    assert not [text for text in texts if "month.css" in text and "desk.css" in text]
    assert all("month.css" in text for text in texts if 'class="month"' in text)


@pytest.mark.parametrize("name", SHEETS)
def test_each_rule_stands_in_a_layer(name: str) -> None:
    text = re.sub(r"/\*.*?\*/", "", css(name), flags=re.DOTALL)
    outside = re.sub(r"@layer [\w, ]+;", "", text)
    assert re.fullmatch(r"\s*@layer \w+ \{.*\}\s*", outside, flags=re.DOTALL)
    assert text.count("{") == text.count("}")
    assert "url(" not in text
    assert "!important" not in text


def test_ticks_boxes_and_doubts_keep_their_distance() -> None:
    assert ".choice input { flex: none; min-height: 0; }" in css("forms.css")
    assert ".panel .panel { padding: 0; border: 0; }" in css("forms.css")
    assert ".doubt > p + p { margin-top:" in css("parts.css")


def tokens(text: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text))


def day_and_night() -> tuple[dict[str, str], dict[str, str]]:
    day, _, night = css("base.css").partition("prefers-color-scheme: dark")
    return tokens(day), tokens(night)


def test_every_mark_has_its_colour_by_day_and_by_night() -> None:
    for colours in day_and_night():
        assert {mark.key for mark in MARKS} <= set(colours)
    for mark in MARKS:
        assert f".is-{mark.key}" in css("parts.css"), mark.key


def test_every_colour_of_text_is_readable_on_every_ground() -> None:
    """WCAG AA: 4.5 to 1."""
    for colours in day_and_night():
        inks = [mark.key for mark in MARKS] + ["ink", "soft", "accent"]
        for ground in ("paper", "desk", "inset"):
            for ink in inks:
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
