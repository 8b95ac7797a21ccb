"""条款树的部件: node, part, anomaly and form field, as ``lvyue.reading.outline`` builds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lvyue.core.clause import ClauseRef


class NodeKind(StrEnum):
    """节点种类: numbered, an unnumbered paragraph (¶), a bullet (•), or a place without a number (封面, 首部, 签署页)."""

    NUMBERED = "numbered"
    PARAGRAPH = "paragraph"
    BULLET = "bullet"
    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Node:
    """条款节点: its canonical reference, the number as printed, its own text without the number, and the elements it covers.

    ``elements`` are the paragraphs and tables that stand directly at this node, the one with the number first; ``begins``
    is how many characters of that first paragraph are the number. ``parent`` and ``level`` (1 is the top) are those of the tree.
    ``binding`` is False for template instructions, covers and tables of contents: no duty comes from them.
    """

    ref: ClauseRef
    kind: NodeKind
    label: str
    text: str
    elements: tuple[int, ...]
    begins: int
    parent: int | None
    level: int
    binding: bool = True


class PartKind(StrEnum):
    """部分: the contract itself, an annex with duties of its own, a form to fill in, or instructions of the template."""

    MAIN = "main"
    ANNEX = "annex"
    FORM = "form"
    PREFACE = "preface"


@dataclass(frozen=True, slots=True)
class Part:
    """部分: its document name in references, its title as printed, other names it has (附件1), and its first and last element."""

    name: str
    title: str
    kind: PartKind
    first: int
    last: int
    aliases: tuple[str, ...] = ()


class AnomalyKind(StrEnum):
    """编号异常: what a person should look at."""

    GAP = "gap"
    REPEAT = "repeat"
    DRIFT = "drift"
    START = "start"
    BACKWARDS = "backwards"
    BROKEN_BOX = "broken_box"
    TEMPLATE_LEFT = "template_left"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """编号异常: kind, the node it was met at, and what is told."""

    kind: AnomalyKind
    node: int
    says: str


@dataclass(frozen=True, slots=True)
class FormField:
    """表单栏: label, what is filled in (empty for blank), and for tick boxes whether each of its choices is ticked; None is unticked and unanswered."""

    element: int
    label: str
    value: str
    choices: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """条款树: nodes in paper order (a parent before its children), parts, anomalies, and the fields of forms."""

    nodes: tuple[Node, ...]
    parts: tuple[Part, ...]
    anomalies: tuple[Anomaly, ...]
    fields: tuple[FormField, ...] = ()
    #: the node at which an element stands
    at: Mapping[int, int] = field(default_factory=dict)
