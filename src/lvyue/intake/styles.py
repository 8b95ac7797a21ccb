"""样式: what a paragraph, a run or a table takes over from its style and from the styles that one is based on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from lvyue.intake.numbering import VAL, W

_OFF = frozenset({"0", "false", "off", "none"})
_NO_BORDER = frozenset({"nil", "none"})
#: styles based on styles; a circle ends here too
_CHAIN = 20


def is_on(element: etree._Element | None) -> bool | None:
    """A switch of Word: present is on, unless it says off; None where it is not there."""
    return None if element is None else element.get(VAL, "1") not in _OFF


@dataclass(frozen=True, slots=True)
class Styles:
    """样式表: styles by id, and the default one of paragraphs."""

    by_id: dict[str, etree._Element] = field(default_factory=dict)
    paragraph: str = ""

    def chain(self, name: str) -> Iterator[tuple[str, etree._Element]]:
        """A style and those it is based on, the nearest first."""
        for _ in range(_CHAIN):
            style = self.by_id.get(name)
            if style is None:
                return
            yield name, style
            based = style.find(f"{W}basedOn")
            if based is None:
                return
            name = based.get(VAL, "")

    def of(self, properties: etree._Element | None) -> str:
        """The style that a paragraph names, or the default."""
        found = properties.find(f"{W}pStyle") if properties is not None else None
        return found.get(VAL, "") if found is not None else self.paragraph

    def first(self, name: str, path: str) -> etree._Element | None:
        """The nearest element at a path in a chain of styles."""
        for _, style in self.chain(name):
            found = style.find(path)
            if found is not None:
                return found
        return None

    def numbering(self, name: str) -> tuple[str, str, str | None] | None:
        """(use, style that names it, level or None) of a style; None where neither it nor its bases are numbered."""
        for one, style in self.chain(name):
            found = style.find(f"{W}pPr/{W}numPr")
            if found is not None:
                use, level = found.find(f"{W}numId"), found.find(f"{W}ilvl")
                if use is not None:
                    return use.get(VAL, "0"), one, level.get(VAL) if level is not None else None
        return None

    def is_contents(self, name: str) -> bool:
        """Whether it is a line of a table of contents."""
        for _, style in self.chain(name):
            called = style.find(f"{W}name")
            title = called.get(VAL, "").lower() if called is not None else ""
            if title.startswith("toc ") and title[4:].strip().isdigit():
                return True
        return False

    def has_no_borders(self, table: etree._Element) -> bool:
        """Whether nothing draws a line of this table: neither itself, nor its style, nor one of its cells."""
        own = table.find(f"{W}tblPr/{W}tblBorders")
        if own is None:
            named = table.find(f"{W}tblPr/{W}tblStyle")
            name = named.get(VAL, "") if named is not None else ""
            own = self.first(name, f"{W}tblPr/{W}tblBorders") if name else None
        if _draws(own):
            return False
        return not any(_draws(one) for one in table.iter(f"{W}tcBorders"))


def _draws(borders: etree._Element | None) -> bool:
    return borders is not None and any(side.get(VAL, "nil") not in _NO_BORDER for side in borders)


def read_styles(root: etree._Element | None) -> Styles:
    if root is None:
        return Styles()
    by_id = {one.get(f"{W}styleId", ""): one for one in root.findall(f"{W}style")}
    default = next(
        (
            name
            for name, one in by_id.items()
            if one.get(f"{W}type") == "paragraph" and one.get(f"{W}default") in {"1", "true", "on"}
        ),
        "",
    )
    return Styles(by_id, default)
