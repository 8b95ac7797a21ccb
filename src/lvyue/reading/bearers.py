"""归属: who acts in an act, and on whom each of its kinds falls: damages on who bears them, a right on who has it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lvyue.core.terms import Party, TermKind
from lvyue.reading.debtors import (
    Names,
    carried,
    of_chapter,
    other,
    passive_agent,
    subject_of,
    supposed,
)
from lvyue.reading.kinds import Nature
from lvyue.reading.leads import Around
from lvyue.reading.sentences import Act, bare

_OWES_IF = re.compile(r"违约金|赔偿|责任|损失|视为")
_DEMANDED = re.compile(r"(?:要求|责令|通知|请求|向)")
_LONGEST_NAME = 12
_PAYER = re.compile(r"([^，。]{1,8})(?:已经?支?付|预付)")
_NO_BOND = re.compile(r"保证金[^。]{0,8}(?:不收|无需|免)|不收取[^。]{0,6}保证金")
_TOGETHER = re.compile(r"(?:与(?:对方|[甲乙]方)|双方|各方|共同)[^，。]{0,8}(?:协商|商议|商定)")
_OWNED = re.compile(r"(?:归|属于|由)[^，。]{1,10}(?:所有|享有)")


@dataclass(frozen=True, slots=True)
class Speaker:
    """在先的行为人: who acted before, in this sentence and in the one before it, and in which document."""

    in_sentence: Party | None
    before: Party | None
    document: str


def actor_of(act: Act, around: Around, speaker: Speaker, names: Names) -> Party:
    """Who acts: the nearest word wins, from the act itself out to its chapter."""
    return (
        subject_of(act.main.text, names)
        or carried(act, names)
        or speaker.in_sentence
        or (supposed(act, names) if _OWES_IF.search(bare(act.does)) else None)
        or around.lead_debtor
        or speaker.before
        or around.debtor
        or supposed(act, names)
        or of_chapter((act.label, speaker.document, *around.headings))
    )


def is_owned(act: Act) -> bool:
    """归甲方所有: names an owner, and nobody who goes on acting."""
    return _OWNED.search(act.main.text) is not None


def bearer_of(act: Act, nature: Nature, actor: Party, names: Names) -> Party:
    """On whom a kind of an act falls."""
    said = f"{act.label}{bare(act.does)}"
    match nature.kind:
        case TermKind.PENALTY:
            return _liable(act, nature, actor, names)
        case TermKind.PAYMENT:
            payer = _PAYER.search(said)
            named = names.mentions(payer[1]) if payer else []
            return other(named[-1][2]) if named else Party.SUPPLIER
        case TermKind.PROHIBITION if nature.other:
            return Party.SUPPLIER
        case TermKind.PROHIBITION if _NO_BOND.search(said):
            return Party.BUYER
        case TermKind.ENTITLEMENT:
            return Party.BOTH
        case _ if _TOGETHER.search(said):
            return Party.BOTH
        case TermKind.DUTY if (owner := _owner(said, names)) is not None:
            return other(owner)
        case _:
            return other(actor) if nature.other else actor


def _liable(act: Act, nature: Nature, actor: Party, names: Names) -> Party:
    """Who bears damages: 由乙方承担 says it, 要求乙方赔偿 names them, else who acts or, of a right, the other side."""
    if by := passive_agent(act.does, names):
        return by
    plain = bare(act.does)
    if target := _DEMANDED.search(plain):
        named = names.mentions(plain[target.end() : target.end() + _LONGEST_NAME])
        if named and named[0][0] == 0:
            return named[0][2]
    return other(actor) if nature.other else actor


def _owner(said: str, names: Names) -> Party | None:
    """归甲方所有: whoever owns is not the one who must let go."""
    found = _OWNED.search(said)
    named = names.mentions(found[0]) if found else []
    return named[0][2] if named else None
