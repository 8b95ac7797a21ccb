"""设备: what a browser says of itself, in words that a person recognises. It can be made up, so nothing rests on it."""

from __future__ import annotations

import re

#: The first that fits names it: browsers write the names of others into their own.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("360SE", "360 浏览器"),
    ("QQBrowser", "QQ 浏览器"),
    ("Firefox/", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
)

_SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Kylin", "麒麟"),
    ("UOS", "统信"),
    ("Linux", "Linux"),
)

#: What stands in a header and cannot be printed is left out.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def recorded(agent: str) -> str:
    """What is kept of a ``User-Agent``."""
    return _CONTROL.sub(" ", agent).strip()[:300]


def in_words(agent: str) -> str:
    """``Chrome，Windows``; what is not recognised says so."""
    found = (_first(_BROWSERS, agent), _first(_SYSTEMS, agent))
    return "，".join(filter(None, found)) or "不认得的设备"


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((word for sign, word in names if sign in agent), "")
