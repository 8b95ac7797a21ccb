"""步骤清单: the lists of steps on a ticket, read from what happened to it: who did which step when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from lvyue.helpdesk.models import TicketEvent


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """一步: its words, whether it is a test after the repair, and who did it when; None where nobody has."""

    text: str
    is_test: bool
    done_at: datetime | None = None
    done_by: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """步骤清单: ``index`` is the number of the happening that laid it; ``article`` the article that it is from, None for one's own."""

    index: int
    title: str
    article: int | None
    items: tuple[ChecklistItem, ...]

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(one.done_at is not None for one in self.items)

    @property
    def is_done(self) -> bool:
        return self.done == len(self.items)


def checklists(history: Iterable[TicketEvent]) -> tuple[Checklist, ...]:
    """Every list of a ticket in the order in which they were laid, as far as each has come."""
    found: dict[int, Checklist] = {}
    for event in history:
        if event.name != "check":
            continue
        if "of" in event.data:
            _ticked(found, event)
        else:
            steps = [ChecklistItem(str(one), is_test=False) for one in event.data.get("list", ())]
            steps += [ChecklistItem(str(one), is_test=True) for one in event.data.get("tests", ())]
            title = str(event.data.get("title", "")) or "步骤"
            article = event.data.get("article")
            found[event.index] = Checklist(event.index, title, article, tuple(steps))
    return tuple(found.values())


def _ticked(found: dict[int, Checklist], event: TicketEvent) -> None:
    one, place = found.get(event.data["of"]), event.data.get("place", -1)
    if one is None or not 0 <= place < len(one.items):
        return
    items = list(one.items)
    done = bool(event.data.get("done"))
    items[place] = replace(
        items[place],
        done_at=event.counts_at if done else None,
        done_by=event.by_name if done else "",
    )
    found[one.index] = replace(one, items=tuple(items))


__all__ = ["Checklist", "ChecklistItem", "checklists"]
