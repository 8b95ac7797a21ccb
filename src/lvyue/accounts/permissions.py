"""权限: who may do what on a contract, and why not. Pages, interface, commands and exports all ask here, and only here.

A ruling always carries a sentence: what stands against it, and who may do it instead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from lvyue.accounts.choices import ContractRole
from lvyue.core.facts import KINDS
from lvyue.core.recorders import AGREED, DEPARTMENT, FORMAL, SLIPS, Recorder, recorder_of
from lvyue.core.terms import Party


@dataclass(frozen=True, slots=True)
class Seat:
    """席位: a person on one contract, with every role held there. Without roles one sees nothing of it."""

    username: str
    name: str
    contract_id: str
    roles: frozenset[ContractRole]
    administrator: bool = False

    @property
    def sides(self) -> frozenset[Party]:
        return frozenset(side for role in self.roles if (side := role.side) is not None)

    @property
    def side(self) -> Party | None:
        """The one side for which this person acts; None for nobody's and for both, which must not be."""
        sides = self.sides
        return next(iter(sides)) if len(sides) == 1 else None

    @property
    def zh(self) -> str:
        return "、".join(role.label for role in ContractRole if role in self.roles)


class Right(Enum):
    """可做的事: what the platform asks about, in words, with the roles that may."""

    SEE = "查看合同", frozenset(ContractRole)
    RECORD = (
        "登记事实",
        frozenset(
            {
                ContractRole.BUYER,
                ContractRole.USING_DEPARTMENT,
                ContractRole.SUPPLIER_MANAGER,
                ContractRole.ENGINEER,
            }
        ),
    )
    IMPORT = "批量导入事实", frozenset({ContractRole.BUYER, ContractRole.SUPPLIER_MANAGER})
    WHAT_IF = "推演", frozenset(ContractRole)
    PROPOSE = (
        "提出补充协议、参数或疑义的解决",
        frozenset({ContractRole.BUYER, ContractRole.SUPPLIER_MANAGER}),
    )
    SIGN = "代表一方签署", frozenset({ContractRole.BUYER, ContractRole.SUPPLIER_MANAGER})
    ISSUE = "出具结算书", frozenset({ContractRole.BUYER, ContractRole.SUPPLIER_MANAGER})
    EXPORT = "导出", frozenset(ContractRole)
    AUDIT = (
        "查看留痕",
        frozenset({ContractRole.BUYER, ContractRole.SUPPLIER_MANAGER, ContractRole.AUDITOR}),
    )

    def __init__(self, zh: str, roles: frozenset[ContractRole]) -> None:
        self.zh = zh
        self.roles = roles


@dataclass(frozen=True, slots=True)
class Ruling:
    """裁定: yes or no, with the sentence that a person is told."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


YES = Ruling(allowed=True)


def _no(reason: str) -> Ruling:
    return Ruling(allowed=False, reason=reason)


def may(seat: Seat, right: Right) -> Ruling:
    """Whether a person may do a thing on a contract at all."""
    if not seat.roles:
        return _no("您在这份合同中没有任职。请联系系统管理员。")
    if seat.roles & right.roles:
        return YES
    able = "、".join(role.label for role in ContractRole if role in right.roles)
    return _no(f"您是{seat.zh}，不能{right.zh}；可以由{able}办理。")


def may_administer(*, administrator: bool) -> Ruling:
    """Whether somebody may keep organisations, accounts and appointments."""
    if administrator:
        return YES
    return _no("单位、账号和任职由系统管理员办理；您不是系统管理员。")


def may_record(seat: Seat, kind: str, debtor: Party | None = None) -> Ruling:
    """Whether a person may record a fact of a kind. ``debtor`` is whose duty it is about, for facts about a term.

    What one side does, that side records; what both must confirm is proposed and signed instead
    (``Right.PROPOSE``). The supplier must not confirm for the buyer (SYS-02).
    """
    ruling = may(seat, Right.RECORD)
    if not ruling:
        return ruling
    recorder = recorder_of(kind)
    if recorder is Recorder.TOGETHER:
        return _no("这件事要双方确认：请提出后由双方签署，不能单方登记。")
    wanted = _sides(recorder, debtor)
    if not seat.sides & wanted:
        who = "、".join(side.zh for side in Party if side in wanted)
        return _no(f"这件事应由{who}登记；您是{seat.zh}。")
    if seat.roles <= {ContractRole.ENGINEER} and kind in FORMAL:
        return _no("这件事有法律后果，应由乙方项目经理登记。")
    if seat.roles <= {ContractRole.USING_DEPARTMENT} and kind not in DEPARTMENT:
        return _no("使用部门可以报障、提申请、参加培训和调查；其他事实由甲方项目负责人登记。")
    return YES


def may_record_this(
    seat: Seat,
    kind: str,
    data: Mapping[str, Any],
    evidence: Collection[str],
    debtor: Party | None,
) -> Ruling:
    """Whether a person may record this very fact: what only both can agree on, and what only a signed slip proves, included."""
    ruling = may_record(seat, kind, debtor)
    if not ruling:
        return ruling
    if AGREED.get(kind, frozenset()) & data.keys():
        return _no("商定的比例要双方确认：请在补充协议中用“共同确认”提出，由双方签署。")
    recorder = recorder_of(kind)
    if recorder in (Recorder.DEBTOR, Recorder.CREDITOR) and debtor is None:
        return _no("合同里没有它所说的约定，说不清由哪一方登记。请核对后再登记。")
    if recorder is Recorder.CREDITOR and debtor is Party.BOTH:
        return _no("这是双方共同的义务，单方不能这样登记：请提出补充协议，由双方签署。")
    if kind in SLIPS and not evidence and SLIPS[kind] not in seat.sides:
        receiver = SLIPS[kind]
        whose = "收到的一方" if receiver is None else receiver.zh
        return _no(f"请附上有{whose}签收的文件再登记；没有附件的，由{whose}登记。")
    return YES


def _sides(recorder: Recorder, debtor: Party | None) -> frozenset[Party]:
    both = frozenset({Party.BUYER, Party.SUPPLIER})
    match recorder:
        case Recorder.BUYER:
            return frozenset({Party.BUYER})
        case Recorder.SUPPLIER:
            return frozenset({Party.SUPPLIER})
        case Recorder.EITHER | Recorder.TOGETHER:
            return both
        case Recorder.DEBTOR:
            return both if debtor is None or debtor not in both else frozenset({debtor})
        case Recorder.CREDITOR:
            return both if debtor is None or debtor not in both else both - {debtor}


#: For the table of rights in the manual: every right with the roles that have it.
RIGHTS: Mapping[str, frozenset[ContractRole]] = {right.zh: right.roles for right in Right}


@dataclass(frozen=True, slots=True)
class Recording:
    """登记权限: the kinds of fact that share one ruling for one seat, in words."""

    ruling: Ruling
    kinds: tuple[str, ...]


def rulings(seat: Seat) -> tuple[tuple[Right, Ruling], ...]:
    """Every right with what a person is told who asks for it."""
    return tuple((right, may(seat, right)) for right in Right)


def recordings(seat: Seat) -> tuple[Recording, ...]:
    """Every kind of fact under the ruling that it gets, what is allowed first.

    Whose duty a fact is about is not known here: kinds that hang on it are asked about again with the term.
    """
    found: dict[Ruling, list[str]] = {}
    for name, kind in KINDS.items():
        found.setdefault(may_record(seat, name), []).append(kind.zh)
    told = [Recording(ruling, tuple(kinds)) for ruling, kinds in found.items()]
    return tuple(sorted(told, key=lambda one: (not one.ruling.allowed, one.ruling.reason)))
