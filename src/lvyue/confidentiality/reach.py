"""知悉范围: who can see a thing of a contract and by which rule, who on the contract cannot, and why somebody was refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import (
    RULES,
    STEPS,
    Right,
    Rule,
    Ruling,
    Seat,
    Tried,
    may,
    may_see_draft,
    no,
    tried,
    tried_recording,
)
from lvyue.accounts.queries import appointments
from lvyue.confidentiality.queries import disclosure, may_take
from lvyue.contracts import signing
from lvyue.contracts.choices import AmendmentState
from lvyue.contracts.queries import Amendment, amendment
from lvyue.core.facts import KINDS
from lvyue.core.lifecycles import DISCLOSURE, LETTER, STATEMENT, SUPPLEMENT, Lifecycle
from lvyue.core.terms import Party
from lvyue.evidence import queries as evidence
from lvyue.notices import serving
from lvyue.notices.letter_choices import UNSENT
from lvyue.notices.queries.letters import letter
from lvyue.obligations.logbook import ever_of


class ThingKind(StrEnum):
    """对象种类: what one can ask about."""

    CONTRACT = "contract"
    TERM = "term"
    FACT = "fact"
    FILE = "file"
    STATEMENT = "statement"
    LETTER = "letter"
    AMENDMENT = "amendment"
    DISCLOSURE = "disclosure"

    @property
    def zh(self) -> str:
        return {
            "contract": "合同",
            "term": "约定",
            "fact": "事实",
            "file": "证明文件",
            "statement": "结算书",
            "letter": "函件",
            "amendment": "补充协议",
            "disclosure": "对外提供",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Thing:
    """对象: one thing of a contract; the contract itself has no id."""

    kind: ThingKind
    id: str = ""


@dataclass(frozen=True, slots=True)
class Seer:
    """知悉人: somebody on the contract, what they are, since when, and whether they see the thing, by which rule."""

    username: str
    name: str
    organisation: str
    roles: tuple[str, ...]
    side: str
    since: datetime
    ruling: Ruling
    rule: Rule


@dataclass(frozen=True, slots=True)
class Reach:
    """知悉范围: of one thing."""

    thing: Thing
    says: str
    seers: tuple[Seer, ...]

    @property
    def seeing(self) -> tuple[Seer, ...]:
        return tuple(one for one in self.seers if one.ruling)

    @property
    def kept_out(self) -> tuple[Seer, ...]:
        return tuple(one for one in self.seers if not one.ruling)


#: Whether a seat sees a thing; for all but drafts it is whether it sees the contract.
_See = Callable[[Seat], Ruling]


def reach_of(seat: Seat, thing: Thing) -> Reach | None:
    """Who sees a thing; None where it is not there, or where the one who asks may not see it: the two look the same."""
    found = _seeing(seat.contract_id, thing)
    if found is None:
        return None
    says, see = found
    if not see(seat):
        return None
    return Reach(thing, says, _seers(seat.contract_id, see))


def _seeing(contract_id: str, thing: Thing) -> tuple[str, _See] | None:
    """What a thing is called and who sees it; None where there is none. Statements are the floor above's to find."""

    def everybody(seat: Seat) -> Ruling:
        return may(seat, Right.SEE)

    match thing.kind:
        case ThingKind.CONTRACT:
            return "合同", everybody
        case ThingKind.TERM:
            term = next((one for one in ever_of(contract_id).terms if one.id == thing.id), None)
            return (f"约定：{term.says}", everybody) if term is not None else None
        case ThingKind.FACT:
            entry = evidence.entry(contract_id, thing.id)
            known = KINDS.get(entry.kind) if entry is not None else None
            return (f"事实：{known.zh}（{thing.id}）", everybody) if known is not None else None
        case ThingKind.FILE:
            files = evidence.files(contract_id, [thing.id])
            return (f"证明文件：{files[0].name}", everybody) if files else None
        case ThingKind.STATEMENT:
            return f"结算书第{thing.id}号", everybody
        case ThingKind.LETTER:
            return _letter(contract_id, thing.id, everybody)
        case ThingKind.AMENDMENT:
            return _amendment(contract_id, thing.id, everybody)
        case ThingKind.DISCLOSURE:
            row = disclosure(contract_id, _number(thing.id))
            return (row.name, everybody) if row is not None else None


def _amendment(contract_id: str, number: str, everybody: _See) -> tuple[str, _See] | None:
    row = amendment(contract_id, _number(number))
    if row is None:
        return None
    drafted, owner = row.state == AmendmentState.DRAFTED, Party(row.side)

    def see(seat: Seat) -> Ruling:
        ruling = everybody(seat)
        return may_see_draft(seat, owner, drafted=drafted) if ruling else ruling

    return f"{row.name}（{row.get_state_display()}）", see


def _letter(contract_id: str, number: str, everybody: _See) -> tuple[str, _See] | None:
    row = letter(contract_id, _number(number))
    if row is None:
        return None
    unsent, owner = row.state in UNSENT, Party(row.side)

    def see(seat: Seat) -> Ruling:
        ruling = everybody(seat)
        return may_see_draft(seat, owner, drafted=unsent) if ruling else ruling

    return f"{row.name}（{row.get_state_display()}）", see


def _number(text: str) -> int:
    """A number as an address may name it; 0 is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0  # noqa: PLR2004  more than there are


def _seers(contract_id: str, see: _See) -> tuple[Seer, ...]:
    held: dict[int, list[tuple[ContractRole, datetime]]] = {}
    accounts = {}
    for one in appointments(contract_id):
        if one.account.is_active:
            accounts[one.account_id] = one.account
            held.setdefault(one.account_id, []).append((ContractRole(one.role), one.since))
    found = []
    for pk, roles in held.items():
        account = accounts[pk]
        seat = Seat(
            account.username, account.name, contract_id, frozenset(role for role, _ in roles)
        )
        ruling = see(seat)
        found.append(
            Seer(
                username=account.username,
                name=account.name,
                organisation=account.organisation.name if account.organisation else "",
                roles=tuple(role.label for role, _ in roles),
                side=seat.side.zh if seat.side is not None else "",
                since=min(since for _, since in roles),
                ruling=ruling,
                rule=RULES[ruling.rule or "role"],
            )
        )
    return tuple(found)


# ── why somebody was refused ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Explained:
    """为什么: a question about a person and a thing to do, the ruling, and every rule that was tried."""

    username: str
    name: str
    roles: str
    asked: str
    ruling: Ruling
    tried: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """对某样东西办一步: in words, the right that it takes, and the ruling that the page of the thing gives on it.

    The ruling looks at the state of the thing and at who took its other steps: it is asked of the very function that
    the buttons, the interface and the action ask.
    """

    says: str
    right: Right
    ruling: Ruling


#: The lifecycle of each kind of thing that people take steps on.
LIVES: Mapping[ThingKind, Lifecycle] = {
    ThingKind.AMENDMENT: SUPPLEMENT,
    ThingKind.DISCLOSURE: DISCLOSURE,
    ThingKind.LETTER: LETTER,
    ThingKind.STATEMENT: STATEMENT,
}


def steps_of(kind: ThingKind) -> Mapping[str, str]:
    """The steps that a person can ask about on a kind of thing, by name, in words."""
    known: Collection[str] = ()
    if kind is ThingKind.LETTER:
        known = serving.STEPS
    elif kind in LIVES:
        known = STEPS[LIVES[kind].name].keys() - {
            "apply"
        }  # before it there is nothing to ask about
    return {one.name: one.zh for one in LIVES[kind].steps if one.name in known} if known else {}


def act_on(seat: Seat, thing: Thing, step: str, *, seen_by: Seat) -> Act | None:
    """A step that ``seat`` would take on a thing; None where there is no such step, or where ``seen_by``, who asks, sees no such thing.

    Statements are the floor above's to find: see `settlements.refusals`.
    """
    says, number = steps_of(thing.kind).get(step), _number(thing.id)
    if says is None or reach_of(seen_by, thing) is None:
        return None
    match thing.kind:
        case ThingKind.AMENDMENT:
            supplement = amendment(seat.contract_id, number)
            if supplement is None:
                return None
            right = STEPS[SUPPLEMENT.name][step].right
            return Act(f"{says}：{supplement.name}", right, _of_amendment(supplement, step, seat))
        case ThingKind.DISCLOSURE:
            row = disclosure(seat.contract_id, number)
            if row is None:
                return None
            right = STEPS[DISCLOSURE.name][step].right
            return Act(f"{says}：{row.name}", right, may_take(row, step, seat))
        case ThingKind.LETTER:
            written = letter(seat.contract_id, number)
            if written is None:
                return None
            ruling = serving.may_take(written, step, seat)
            right = Right.WRITE if step == "withdraw" else Right.SERVE
            return Act(f"{says}：{written.name}", right, ruling)
        case _:
            return None


def _of_amendment(row: Amendment, step: str, seat: Seat) -> Ruling:
    hidden = may_see_draft(seat, Party(row.side), drafted=row.state == AmendmentState.DRAFTED)
    if not hidden:
        return hidden
    return signing.may_edit(row, seat) if step == "revise" else signing.may_take(row, step, seat)


def explained(
    seat: Seat, right: Right, kind: str = "", *, to: str = "", act: Act | None = None
) -> Explained:
    """Why somebody may or may not do a thing: under a right, for facts of a kind where one is named, on a thing as it stands.

    ``to`` is who is told; to others than the person the rules speak of that person. Of an act on a thing the state, and
    who took its other steps, are the last rule that was tried.
    """
    right = act.right if act is not None else right
    rules = tried_recording(seat, kind) if kind else tried(seat, right)
    if act is not None and act.ruling.reason not in {one.against for one in rules if one.against}:
        rules = (*rules, Tried(RULES[act.ruling.rule or "state"], act.ruling.reason))
    if to != seat.username:
        rules = tuple(replace(one, against=one.against.replace("您", "此人")) for one in rules)
    against = next((one for one in rules if not one.passed), None)
    ruling = no(against.rule.name, against.against) if against else Ruling(allowed=True)
    asked = f"登记事实：{KINDS[kind].zh}" if kind else right.zh
    asked = act.says if act is not None else asked
    return Explained(seat.username, seat.name, seat.zh or "没有任职", asked, ruling, rules)
