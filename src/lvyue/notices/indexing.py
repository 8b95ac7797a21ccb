"""编入索引: the letters of a contract, by their number, title, words and the names of what goes with them.

What has not left the house is found by its own side only, as `queries.letters.seen_by` has it. What looks like a
telephone, a mail address, an identity card, an account or a labelled name is starred before (SYS-01).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import sha256

from lvyue.notices.letter_choices import UNSENT
from lvyue.notices.queries.letters import Letter, letters, steps_of
from lvyue.reading.personal import starred
from lvyue.search.choices import EntryKind, Whose
from lvyue.search.feeds import Feed, News, Row


def _marks(contract_ids: Collection[str]) -> Mapping[str, str]:
    """Every step of a letter changes its state, its version or the day on which it counts as served."""
    steps: dict[str, list[str]] = {}
    for contract_id, number, state, version, served_on in steps_of(contract_ids):
        steps.setdefault(contract_id, []).append(f"{number}{state}{version}{served_on or ''}")
    return {pk: sha256(",".join(one).encode()).hexdigest() for pk, one in steps.items()}


def _letters(contract_id: str, mark: str) -> News:  # noqa: ARG001  all of them anew
    now = _marks([contract_id]).get(contract_id, "")
    found = letters(contract_id).prefetch_related(None).prefetch_related("files")
    return News(map(_row, found), now)


def _row(one: Letter) -> Row:
    served = f"送达 {one.served_on}" if one.served_on else ""
    answers = f"答复{one.answers.name}" if one.answers is not None else ""
    files = " ".join(file.name for file in one.files.all())
    about = f"{one.get_kind_display()} {one.get_side_display()} {one.get_state_display()} {served}"
    return Row(
        EntryKind.LETTER,
        str(one.number),
        starred(f"{one.name} {one.title}"),
        starred(f"{one.paper} {about} {one.subject} {answers}\n{one.body}\n{files}"),
        one.dated,
        Whose(one.side) if one.state in UNSENT else Whose.ALL,
    )


FEEDS = (Feed("letters", "函件", frozenset({EntryKind.LETTER}), _marks, _letters),)
