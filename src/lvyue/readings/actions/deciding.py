"""核对: a person says of a thing that was read whether it is so. Every word of it is kept; what is undone is undone by another.

Whoever decides names what they saw. If somebody else has decided meanwhile, they are told and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import transaction

from lvyue import clock
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import Account
from lvyue.core.doubts import Refused, malformed
from lvyue.core.doubts import Severity as DoubtSeverity
from lvyue.reading.linter import PaperDoubt
from lvyue.readings.actions.desk import (
    REASON_LIMIT,
    deciding,
    hold,
    reason_of,
    refused,
    touched,
    trace,
)
from lvyue.readings.choices import Act, Side
from lvyue.readings.models import Decision, Draft
from lvyue.readings.queries import papers_of, review_for
from lvyue.readings.review import Item, Mark, Review, Row, addition, corrected, parts_of, stamp_of

#: More parts than any sentence has duties.
PARTS_LIMIT = 20

_FINISHED = (Mark.ABSORBED,)


class Overtaken(Refused):
    """被抢先: somebody else has decided on the same thing since this person looked at it."""

    def __init__(self, row: Row) -> None:
        self.row = row
        who = row.taken.name if row.taken is not None else "别人"
        says = f"您打开之后，{who}已经核对过这一项（{row.mark.zh}）。"
        super().__init__([malformed("核对", says, "请看过现在的样子再决定。")])


@dataclass(frozen=True, slots=True)
class Word:
    """要记的决定: of which thing, what, from which values to which, and why."""

    key: str
    act: Act
    seen: str = ""
    before: Any = None
    after: Any = None
    reason: str = ""


@transaction.atomic
def accept(draft_id: int, item_id: str, *, by: Account, stamp: int | None = None) -> Row:
    """接受: it stands in the paper as it was read."""
    desk = _Desk.open(draft_id, by)
    row = desk.row(item_id, stamp)
    if row.mark is Mark.ACCEPTED:
        return row
    if not row.is_open:
        says = f"这一项{row.mark.zh}。"
        raise refused(desk.draft, says, "要按读出的样子接受，请先撤销原来的决定。")
    desk.write([Word(row.item.key, Act.ACCEPT, _seen(row))])
    return desk.again(item_id)


@transaction.atomic
def correct(
    draft_id: int,
    item_id: str,
    given: Mapping[str, str],
    *,
    by: Account,
    stamp: int | None = None,
    reason: str = "",
) -> Row:
    """改正: other values than were read. What is not given stays."""
    desk = _Desk.open(draft_id, by)
    row = desk.row(item_id, stamp)
    if not row.item.stage.fields:
        raise refused(desk.draft, f"{row.item.stage.zh}不能改，只能接受或不要。")
    before = _read(row)
    after = corrected(before, {**row.item.values, **given})
    word = Word(
        before.key, Act.CORRECT, before.seen, dict(row.item.values), dict(after.values),
        _short(reason),
    )  # fmt: skip
    desk.write([word])
    return desk.again(item_id)


@transaction.atomic
def reject(
    draft_id: int, item_id: str, *, by: Account, stamp: int | None = None, reason: str = ""
) -> Row:
    """不要: it is not in the paper, or no duty. What blocks a reckoning is not waved away without a reason."""
    desk = _Desk.open(draft_id, by)
    row = desk.row(item_id, stamp)
    if not row.item.stage.rejectable:
        raise refused(desk.draft, f"{row.item.stage.zh}不能不要：原文里有它。", "可以改正。")
    thing = row.item.thing
    if isinstance(thing, PaperDoubt) and thing.severity is DoubtSeverity.BLOCK:
        reason_of(reason)
    desk.write([Word(row.item.key, Act.REJECT, _seen(row), reason=_short(reason))])
    return desk.again(item_id)


@transaction.atomic
def split(
    draft_id: int, item_id: str, acts: Sequence[str], *, by: Account, stamp: int | None = None
) -> Row:
    """拆分: one sentence holds several duties: each gets its own."""
    desk = _Desk.open(draft_id, by)
    row = desk.row(item_id, stamp)
    _refuse_unless_a_term(desk, row)
    acts = [act.strip() for act in acts if act.strip()]
    if not 1 < len(acts) <= PARTS_LIMIT:
        says = f"拆成了 {len(acts)} 项，应在 2 到 {PARTS_LIMIT} 项之间。"
        raise Refused([malformed("拆分", says, "每行写一项。")])
    item = _read(row)
    parts_of(item, acts)
    after = {"acts": list(acts)}
    desk.write([Word(item.key, Act.SPLIT, item.seen, {"act": item.values["act"]}, after)])
    return desk.again(item_id)


@transaction.atomic
def merge(
    draft_id: int,
    item_id: str,
    others: Sequence[str],
    act: str,
    *,
    by: Account,
    stamp: int | None = None,
) -> Row:
    """合并: several say one duty: the others go into this one, whose words may be written anew."""
    desk = _Desk.open(draft_id, by)
    row = desk.row(item_id, stamp)
    _refuse_unless_a_term(desk, row)
    joined = [desk.row(other, None) for other in others if other != item_id]
    if not joined:
        raise Refused([malformed("合并", "没有选要并入的约定。", "请至少选一项。")])
    for other in joined:
        _refuse_unless_a_term(desk, other)
    item = _read(row)
    words = act.strip() or "；".join(one.item.values["act"] for one in (row, *joined))
    corrected(item, {**item.values, "act": words})
    after = {"with": [other.item.key for other in joined], "act": words}
    desk.write([Word(item.key, Act.MERGE, item.seen, {"act": item.values["act"]}, after)])
    return desk.again(item_id)


@transaction.atomic
def add(
    draft_id: int,
    stage: str,
    clause: str,
    given: Mapping[str, str],
    *,
    by: Account,
    reason: str = "",
) -> Row:
    """补加: what stands in the paper and was not found; it names its clause."""
    desk = _Desk.open(draft_id, by)
    number = Decision.objects.filter(draft=desk.draft, act=Act.ADD).count() + 1
    after = {"stage": stage, "clause": clause, "values": dict(given)}
    item = addition(desk.review.reading.paper, f"add:{stage}:{clause}:{number}", after)
    for row in desk.review.rows:
        same = (row.item.stage, row.item.clause, row.item.values) == (
            *(item.stage, item.clause, item.values),
        )
        if same and row.mark is Mark.ADDED:
            return row  # a second click, or two people who missed the same
    desk.write([Word(item.key, Act.ADD, "", None, after, _short(reason))])
    return desk.again(item.id)


@transaction.atomic
def undo(draft_id: int, item_id: str, *, by: Account, stamp: int | None = None) -> None:
    """撤销: the last decision on a thing counts no longer; both stay on record."""
    desk = _Desk.open(draft_id, by)
    row = desk.row(item_id, stamp)
    if row.taken is None or row.mark in (Mark.ABSORBED, Mark.PART):
        raise refused(desk.draft, "这一项没有可以撤销的决定。", "并入别项的，请撤销那一项的合并。")
    desk.write([Word(row.item.key, Act.UNDO, before={"act": row.taken.act.value})])


@transaction.atomic
def accept_many(draft_id: int, item_ids: Iterable[str], *, by: Account) -> tuple[int, str]:
    """一并接受: all of these that nobody has decided on and that are no guesses; how many, and the name under which to undo it."""
    desk = _Desk.open(draft_id, by)
    wanted = frozenset(item_ids)
    rows = [
        row
        for row in desk.review.rows
        if row.item.id in wanted and row.is_open and not row.is_guess
    ]
    batch = uuid4().hex
    if rows:
        words = [Word(row.item.key, Act.ACCEPT, row.item.seen) for row in rows]
        desk.write(words, batch=batch)
    return len(rows), batch


@transaction.atomic
def undo_many(draft_id: int, batch: str, *, by: Account) -> int:
    """一并撤销: what was accepted together and has not been decided on since."""
    desk = _Desk.open(draft_id, by)
    words = [
        Word(row.item.key, Act.UNDO, before={"act": row.taken.act.value})
        for row in desk.review.rows
        if batch and row.taken is not None and row.taken.batch == batch
    ]
    if words:
        desk.write(words, batch=uuid4().hex)
    return len(words)


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Desk:
    """案头: a held draft, its review as it is now, and for whom somebody decides."""

    draft: Draft
    seat: Seat
    side: Side
    review: Review

    @classmethod
    def open(cls, draft_id: int, by: Account) -> _Desk:
        draft, seat = hold(draft_id, by)
        side = deciding(draft, seat)
        review = review_for(draft, papers_of(draft))
        if review is None:
            raise refused(draft, "还没有读出内容，没有可核对的。", "请等读入完成。")
        return cls(draft, seat, side, review)

    def row(self, item_id: str, stamp: int | None) -> Row:
        """The row, if it still stands as whoever decides has seen it; ``stamp`` is the decision that they saw, 0 for none."""
        row = self.review.by_id.get(item_id)
        if row is None:
            says = "没有这一项；可能已被拆分，或文件重新读过。"
            raise Refused([malformed("核对", says, "请刷新页面。")])
        if stamp is not None and stamp != stamp_of(row):
            raise Overtaken(row)
        if row.mark in _FINISHED:
            raise refused(self.draft, "这一项已并入别项。", "请先撤销那一项的合并。")
        return row

    def write(self, words: Sequence[Word], *, batch: str = "") -> None:
        at = clock.now()
        Decision.objects.bulk_create(
            Decision(
                draft=self.draft,
                key=word.key,
                act=word.act,
                seen=word.seen,
                before=word.before,
                after=word.after,
                reason=word.reason,
                batch=batch,
                by=self.seat.username,
                name=self.seat.name,
                side=self.side,
                at=at,
            )
            for word in words
        )
        touched(self.draft, self.side, len(words))
        first = words[0]
        about = first.key if len(words) == 1 else f"{first.act.label} {len(words)} 项"
        after = first.after if len(words) == 1 else {"keys": [word.key for word in words]}
        trace(
            self.draft,
            f"decided.{first.act.value}",
            by=self.seat,
            about=about,
            before=first.before,
            after=after,
            reason=first.reason,
        )

    def again(self, item_id: str) -> Row:
        """The row after what was written."""
        review = review_for(self.draft, papers_of(self.draft))
        if review is None or item_id not in review.by_id:
            raise RuntimeError(f"{item_id} is gone after it was decided on")
        return review.by_id[item_id]


def _read(row: Row) -> Item:
    """The thing as it was read: what a correction is made of, however often it is corrected."""
    return row.read or row.item


def _seen(row: Row) -> str:
    return _read(row).seen


def _refuse_unless_a_term(desk: _Desk, row: Row) -> None:
    if row.item.stage.name != "term":
        raise refused(desk.draft, f"{row.item.stage.zh}不能拆分或合并，只有约定可以。")
    if row.mark is Mark.SPLIT:
        raise refused(desk.draft, "这一项已经拆分。", "请先撤销拆分。")


def _short(reason: str) -> str:
    reason = reason.strip()
    if len(reason) > REASON_LIMIT:
        says = f"有 {len(reason)} 个字，最多 {REASON_LIMIT} 个。"
        raise Refused([malformed("理由", says, "请写短一些。")])
    return reason
