"""为什么不能办这一步: a step on any thing of a contract, also on a statement, with the ruling that its own page gives."""

from __future__ import annotations

from lvyue.accounts.permissions import STEPS, Right, Seat, may
from lvyue.confidentiality import reach
from lvyue.confidentiality.reach import Act, Thing, ThingKind, steps_of
from lvyue.core.lifecycles import STATEMENT
from lvyue.settlements.choices import StatementAct
from lvyue.settlements.queries import issued_statement, signing_of
from lvyue.settlements.signing import may_take

#: The kinds of things that people take steps on, in the order in which they are offered.
KINDS = tuple(kind for kind in ThingKind if steps_of(kind))


def act_on(seat: Seat, thing: Thing, step: str, *, seen_by: Seat) -> Act | None:
    """A step that ``seat`` would take on a thing; None where there is no such step, or no such thing for ``seen_by``, who asks."""
    if thing.kind is not ThingKind.STATEMENT:
        return reach.act_on(seat, thing, step, seen_by=seen_by)
    says = steps_of(thing.kind).get(step)
    plain = thing.id.isascii() and thing.id.isdecimal() and len(thing.id) < 9  # noqa: PLR2004  more than there are
    row = issued_statement(seat.contract_id, int(thing.id)) if plain else None
    if says is None or row is None or not may(seen_by, Right.SEE):
        return None
    signing = signing_of(row)
    right = STEPS[STATEMENT.name][step].right
    return Act(f"{says}：{signing.name}", right, may_take(signing, StatementAct(step), seat))
