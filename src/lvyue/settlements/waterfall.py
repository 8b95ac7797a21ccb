"""瀑布图: from the price down to what is payable, one bar for each thing that takes a part of it.

Only geometry and words: thousandths of the price, no floats, no colours. Every bar leads to the place of its derivation.
What is agreed, what is only an upper limit, and what is disputed or not decidable differ in texture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lvyue.core.instalments import Instalment, PaymentState
from lvyue.core.money import Money
from lvyue.core.statement import Statement
from lvyue.core.terms import Remainder
from lvyue.obligations.card import open_most

#: The price is so long, and every bar a part of it.
WHOLE = 1000


@dataclass(frozen=True, slots=True)
class Texture:
    """质地: how sure a part is; ``key`` names its pattern in the drawing and its row in the legend."""

    key: str
    word: str
    means: str


AGREED = Texture("agreed", "已定", "合同、定级或付款记录已经确定")
PROPOSED = Texture("proposed", "至多", "条件尚未成就或比例未商定，按上限画")
DISPUTED = Texture("disputed", "未决", "有异议或无法判定，不能当作零")

TEXTURES = (AGREED, PROPOSED, DISPUTED)


@dataclass(frozen=True, slots=True)
class Fall:
    """一级: a bar of the waterfall, from ``left`` on; ``level`` is where the one before it left off."""

    key: str
    name: str
    money: Money | None
    takes: bool
    texture: Texture
    href: str
    note: str
    left: int
    width: int
    level: int


@dataclass(frozen=True, slots=True)
class Waterfall:
    """瀑布图: bars from top to bottom, and the textures that occur, for the legend."""

    falls: tuple[Fall, ...]
    textures: tuple[Texture, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    key: str
    name: str
    money: Money
    texture: Texture
    href: str
    note: str = ""


def waterfall_of(statement: Statement) -> Waterfall:
    """The picture of a settlement: the price, what is taken off it one after the other, and what is payable now."""
    price = statement.evaluation.release.price
    falls = [_fall(_Part("price", "合同价款", price, AGREED, "#lines"), price, price, takes=False)]
    left = price
    for part in _parts(statement):
        falls.append(_fall(part, left, price, takes=True))
        left -= part.money
    falls.append(_last(statement, left))
    return Waterfall(
        tuple(falls), tuple(one for one in TEXTURES if any(fall.texture is one for fall in falls))
    )


def _fall(part: _Part, top: Money, price: Money, *, takes: bool) -> Fall:
    """A bar that begins where the one before it left off and takes its part downwards."""
    level, end = _at(top, price), _at(top - part.money, price)
    return Fall(
        key=part.key,
        name=part.name,
        money=part.money,
        takes=takes,
        texture=part.texture,
        href=part.href,
        note=part.note,
        left=end,
        width=max(level - end, 2),
        level=level,
    )


def _at(money: Money, price: Money) -> int:
    """The place of an amount on the scale, and never outside the drawing."""
    if not price.fen:
        return 0
    return min(max(money.fen * WHOLE // price.fen, 0), WHOLE)


def _last(statement: Statement, left: Money) -> Fall:
    """What is payable now. Where that is not decidable what is left of the price is drawn as open, and no sum is said."""
    price, payable = statement.evaluation.release.price, statement.settlement.payable
    disputed = bool(statement.evaluation.book.by_kind.get("dispute.raised"))
    note = "已有争议通知" if disputed and payable else ""
    level = _at(left if payable is None else payable, price)
    return Fall(
        key="payable",
        name="现在应付",
        money=payable,
        takes=False,
        texture=DISPUTED if payable is None or note else AGREED,
        href="#lines",
        note=note,
        left=0,
        width=max(level, 2),
        level=level,
    )


# ── what takes a part of the price ───────────────────────────────────────────────────────────────────────────────


def _parts(statement: Statement) -> Iterator[_Part]:
    """In the order in which people reckon; what is nothing is left out, and what nobody explains is said to be so."""
    found = [
        *_deduction(statement),
        *_open(statement, PaymentState.NOT_TRIGGERED, "待条件成就", PROPOSED),
        *_open(statement, PaymentState.NOT_DECIDABLE, "无法判定", DISPUTED),
        *_set_off(statement.settlement.instalments),
        *_paid(statement),
    ]
    yield from (part for part in found if part.money)
    yield from _rest(statement, Money.total(part.money for part in found))


def _deduction(statement: Statement) -> Iterator[_Part]:
    """What the grade takes off: what the last instalment would be at the full price, less what it is."""
    price, instalments = statement.evaluation.release.price, statement.settlement.instalments
    limits = [one.amount or one.upper for one in instalments]
    known = [limit.money for limit in limits if limit is not None]
    graded = [one for one in instalments if isinstance(one.term.amount, Remainder)]
    if graded and len(known) == len(instalments):
        exact = all(one.amount is not None for one in instalments)
        taken = max(price - Money.total(known), Money.ZERO)
        name = "考核扣减" if exact else "考核扣减，至少"
        texture = AGREED if exact else PROPOSED
        yield _Part("deduction", name, taken, texture, f"#{graded[-1].term.id}")


def _open(
    statement: Statement, state: PaymentState, name: str, texture: Texture
) -> Iterator[_Part]:
    """An instalment whose upper limit is known takes that; one without a limit is shown in the rest."""
    for one in statement.settlement.instalments:
        most = open_most(one)
        if one.state is state and most is not None:
            number = one.term.instalment
            off = Money.total(part.taken for part in one.set_off)
            sum_ = max(most - off, Money.ZERO)
            yield _Part(
                f"{state.value}-{number}", f"第{number}期{name}", sum_, texture, f"#{one.term.id}"
            )


def _set_off(instalments: Sequence[Instalment]) -> Iterator[_Part]:
    for one in instalments:
        for off in one.set_off:
            name = f"第{one.term.instalment}期抵扣"
            note = f"{off.day} 要求"
            yield _Part(f"set-off-{off.fact.id}", name, off.taken, AGREED, f"#{one.term.id}", note)


def _paid(statement: Statement) -> Iterator[_Part]:
    for one in statement.settlement.instalments:
        if one.paid:
            number = one.term.instalment
            yield _Part(f"paid-{number}", f"第{number}期已付", one.paid, AGREED, f"#{one.term.id}")


def _rest(statement: Statement, taken: Money) -> Iterator[_Part]:
    """What the price leaves over beside what is due: open where an instalment has no limit; else no clause says."""
    settlement = statement.settlement
    due = Money.total(
        one.unpaid or Money.ZERO
        for one in settlement.instalments
        if one.state in (PaymentState.DUE, PaymentState.LATE)
    )
    rest = statement.evaluation.release.price - taken - due
    unknown = [
        one
        for one in settlement.instalments
        if one.amount is None
        and one.upper is None
        and one.state in (PaymentState.NOT_DECIDABLE, PaymentState.NOT_TRIGGERED)
    ]
    if rest > Money.ZERO and unknown:
        names = "、".join(f"第{one.term.instalment}期" for one in unknown)
        href = f"#{unknown[0].term.id}"
        yield _Part("unknown", "金额未知，至多", rest, DISPUTED, href, names)
    elif rest > Money.ZERO:
        yield _Part("unnamed", "各期之外", rest, PROPOSED, "#instalments", "没有条款说何时付")
