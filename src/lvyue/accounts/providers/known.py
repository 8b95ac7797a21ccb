"""认出的人: what a provider tells of somebody, and how it says that it cannot.

Only the subject says who somebody is. Names and mail addresses change hands: whoever gets the mail address of somebody
who left would otherwise get their account as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from unicodedata import category

from lvyue.core.doubts import Doubt, Refused, malformed

#: The longest subject that OpenID Connect allows, and the longest name that we keep.
SUBJECT, NAME = 255, 150


@dataclass(frozen=True, slots=True)
class Known:
    """认出的人: ``subject`` never changes at the provider; the rest is for people to read."""

    subject: str
    username: str = ""
    name: str = ""

    @classmethod
    def told(cls, subject: object, username: object = "", name: object = "") -> Known:
        """From what a provider wrote, which may be anything."""
        if (
            not isinstance(subject, str)
            or not 0 < len(subject) <= SUBJECT
            or plain(subject) != subject
        ):
            raise NotRecognised(
                "对方没有给出这个人的编号，或编号不成样子。", "请联系身份来源的管理员。"
            )
        return cls(subject, plain(username), plain(name))


def plain(text: object) -> str:
    """One line without what cannot be seen; nothing where it is no text."""
    if not isinstance(text, str):
        return ""
    seen = "".join(" " if category(one) in ("Cc", "Cs", "Zl", "Zp") else one for one in text)
    return " ".join(seen.split())[:NAME]


class Unreachable(Exception):
    """连不上: the provider does not answer in time, not safely, or not sensibly. Nothing is said about the person."""

    def __init__(self, says: str, mend: str) -> None:
        super().__init__(says, mend)
        self.says = says
        self.mend = mend


class NotRecognised(Exception):
    """认不出: the provider answers, and does not vouch for this person; or what came back is not what we asked for."""

    def __init__(self, says: str, mend: str) -> None:
        super().__init__(says, mend)
        self.says = says
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Step:
    """一步: one thing that was tried when a provider is checked, and what came of it."""

    what: str
    good: bool
    says: str = ""


def try_steps(steps: tuple[tuple[str, Callable[[], str]], ...]) -> tuple[Step, ...]:
    """Try one after the other until one fails; each says what it found."""
    found: list[Step] = []
    for what, attempt in steps:
        try:
            found.append(Step(what, good=True, says=attempt()))
        except (Unreachable, NotRecognised) as error:
            found.append(Step(what, good=False, says=f"{error.says}{error.mend}"))
            break
    return tuple(found)


# ── how settings are read ────────────────────────────────────────────────────────────────────────────────────────


class Reader:
    """Reads the settings of a provider one by one and keeps every complaint, so that all are told together."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        self.doubts: list[Doubt] = []

    def text(self, name: str, place: str, *, default: str = "", most: int = 400) -> str:
        value = self.given.get(name, default)
        text = value.strip() if isinstance(value, str) else ""
        if not text and not default:
            self.complain(place, "没有填写。", f"请填写{place}。")
        elif len(text) > most:
            self.complain(place, f"有 {len(text)} 个字，最多 {most} 个。", "请写短一些。")
        elif any(category(one) == "Cc" for one in text):
            self.complain(place, "含有控制字符。", "请重新填写。")
        return text or default

    def maybe(self, name: str, place: str, *, most: int = 400) -> str:
        """The same where nothing is an answer too."""
        return self.text(name, place, most=most) if self.given.get(name) else ""

    def one_of(self, name: str, place: str, known: tuple[str, ...]) -> str:
        value = self.given.get(name) or known[0]
        if value not in known:
            self.complain(
                place, f"没有“{str(value)[:40]}”这一种。", f"请取其一：{'、'.join(known)}。"
            )
            return known[0]
        return str(value)

    def complain(self, place: str, says: str, mend: str) -> None:
        self.doubts.append(malformed(place, says, mend))

    def done(self) -> None:
        if self.doubts:
            raise Refused(self.doubts)
