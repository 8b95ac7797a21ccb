"""结算书与履约情况表: findings and settlement of one contract on one day, on one log prefix, as data that hashes.

Same release, same prefix, same calendar, same day: the same bytes, in ten years too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lvyue.core.calendar import Calendar
from lvyue.core.doubts import Doubt, Severity
from lvyue.core.evaluation import Evaluation, evaluate
from lvyue.core.facts import Fact
from lvyue.core.findings import Finding
from lvyue.core.instalments import Instalment
from lvyue.core.obligation import Verdict
from lvyue.core.proof import Figure, canonical
from lvyue.core.release import ContractDoubt
from lvyue.core.settlement import Damages, Interest, Settlement, settle
from lvyue.core.strays import strays
from lvyue.core.versions import Contract, InForce


@dataclass(frozen=True, slots=True)
class Statement:
    """履约情况表: an evaluation and its settlement, with the size and root of the log prefix they were made on."""

    evaluation: Evaluation
    settlement: Settlement
    root: str

    @property
    def strays(self) -> tuple[Doubt, ...]:
        """Facts that name nothing the contract has in any version: kept, without effect, and said so."""
        newest, *older = (
            strays(version.release, self.evaluation.book)
            for version in reversed(self.evaluation.versions)
        )
        homeless = [{doubt.id for doubt in found} for found in older]
        return tuple(doubt for doubt in newest if all(doubt.id in ids for ids in homeless))

    @property
    def upcoming(self) -> tuple[Finding, ...]:
        """What is due next, nearest first."""
        waiting = [
            f
            for f in self.evaluation.findings
            if f.verdict is Verdict.NOT_DUE and f.due_day is not None
        ]
        return tuple(sorted(waiting, key=_due))

    @property
    def open_doubts(self) -> tuple[ContractDoubt, ...]:
        """The contract's own doubts that no paper has settled by the day, gravest first."""
        settled = self.evaluation.book.settled()
        waiting = [doubt for doubt in self.evaluation.release.doubts if doubt.id not in settled]
        return tuple(sorted(waiting, key=_gravity))

    def as_json(self) -> dict[str, Any]:
        """The statement as plain data; ``hash`` is the SHA-256 of the canonical JSON of all the rest."""
        body = self._body()
        return {**body, "hash": hashlib.sha256(canonical(body)).hexdigest()}

    def _body(self) -> dict[str, Any]:
        evaluation, settlement = self.evaluation, self.settlement
        kinds = {term.id: term.kind.value for term in evaluation.release.terms}
        return {
            "contract": evaluation.release.id,
            "as_of": evaluation.as_of.isoformat(),
            "release": evaluation.release.digest,
            **_releases(evaluation.versions),
            "calendar": evaluation.calendar.digest,
            "log": {"size": evaluation.book.size, "root": self.root},
            "findings": [_finding(finding, kinds[finding.term]) for finding in evaluation.findings],
            "doubts": [_doubt(doubt) for doubt in self.open_doubts],
            "strays": [
                {"fact": doubt.id.removeprefix("stray:"), "says": doubt.says, "mend": doubt.mend}
                for doubt in self.strays
            ],
            "settlement": {
                "instalments": [_instalment(one) for one in settlement.instalments],
                "refunds": [_instalment(one) for one in settlement.refunds],
                "interest": [_interest(one) for one in settlement.interest],
                "damages": [_damages(one) for one in settlement.damages],
                "paid_fen": settlement.paid.fen,
                "payable_fen": None if settlement.payable is None else settlement.payable.fen,
                "lines": [
                    {
                        "says": line.says,
                        "fen": line.amount.fen,
                        "clause": line.clause,
                        "proof": line.proof.as_json(),
                    }
                    for line in settlement.lines
                ],
            },
        }


def state(
    contract: Contract,
    facts: Iterable[Fact],
    calendar: Calendar,
    as_of: date,
    *,
    size: int,
    root: str,
) -> Statement:
    """Evaluate and settle a log prefix of ``size`` facts with Merkle root ``root`` at the end of a day."""
    evaluation = evaluate(contract, facts, calendar, as_of, size=size)
    return Statement(evaluation, settle(evaluation), root)


def _due(finding: Finding) -> tuple[date, str, str]:
    return finding.due_day or date.max, finding.term, finding.occurrence


def _gravity(doubt: ContractDoubt) -> int:
    return tuple(Severity).index(doubt.severity)


def _doubt(doubt: ContractDoubt) -> dict[str, Any]:
    return {
        "id": doubt.id,
        "kind": doubt.kind.value,
        "severity": doubt.severity.value,
        "clauses": [str(clause) for clause in doubt.clauses],
        "says": doubt.says,
        "safe": doubt.safe,
        "mend": doubt.mend,
        "owner": doubt.owner.value,
        "needs": list(doubt.needs),
        "blocks": list(doubt.blocks),
    }


def _at(at: date | datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _releases(versions: tuple[InForce, ...]) -> dict[str, Any]:
    """Every version that was in force up to the day; nothing where there is only one."""
    if len(versions) == 1:
        return {}
    return {"releases": [{"digest": v.release.digest, "from": _at(v.since)} for v in versions]}


def _judged_by(release: str) -> dict[str, str]:
    return {"release": release} if release else {}


def _finding(finding: Finding, kind: str) -> dict[str, Any]:
    return {
        "term": finding.term,
        "kind": kind,
        "clause": str(finding.clause),
        "debtor": finding.debtor.value,
        "finding": finding.verdict.value,
        "due": _at(finding.due),
        "because": finding.because,
        "occurrence": finding.occurrence or None,
        "opens": _at(finding.opens),
        "strict": _strict(finding),
        "provisional": finding.provisional,
        "facts": list(finding.facts),
        "doubts": list(finding.doubts),
        "absent": [str(claim) for claim in finding.absent],
        **_judged_by(finding.release),
    }


def _strict(finding: Finding) -> str | None:
    """The due date before the statutory roll-over; a window's last day does not roll."""
    if finding.deadline is None:
        return None
    return _at(finding.due if finding.opens is not None else finding.deadline.strict)


def _fen(figure: Figure | None) -> int | None:
    return None if figure is None else figure.money.fen


def _instalment(one: Instalment) -> dict[str, Any]:
    return {
        "n": one.term.instalment,
        "term": one.term.id,
        "clause": str(one.term.clauses[0]),
        "state": one.state.value,
        "amount_fen": _fen(one.amount),
        "upper_limit_fen": _fen(one.upper),
        "due": _at(one.due_day),
        "strict": _at(one.due.strict) if one.due is not None else None,
        "provisional": one.due is not None and one.due.provisional,
        "paid_fen": one.paid.fen,
        "because": one.because,
        "waits_for": list(one.waits_for),
        "doubts": [*one.doubts, *(doubt.id for doubt in one.raised)],
        "notes": [str(doubt) for doubt in one.raised],
        "facts": list(one.facts),
        "proof": None if one.amount is None else one.amount.proof.as_json(),
        **_judged_by(one.release),
    }


def _interest(one: Interest) -> dict[str, Any]:
    return {
        "instalment": one.instalment,
        "clause": str(one.term.clauses[0]),
        "from": one.start.isoformat(),
        "days": one.days,
        "overdue_days": one.overdue_days,
        "excused_days": one.excused_days,
        "fen": one.figure.money.fen,
        "capped": one.capped,
        "alternatives": [
            {"says": r.says, "from": r.start.isoformat(), "days": r.days, "fen": r.figure.money.fen}
            for r in one.readings
        ],
        "proof": one.figure.proof.as_json(),
    }


def _damages(one: Damages) -> dict[str, Any]:
    return {
        "clause": str(one.clause) if one.clause is not None else one.asked,
        "fact": one.fact,
        "debtor": None if one.debtor is None else one.debtor.value,
        "fen": _fen(one.figure),
        "alternatives": [
            {"name": a.name, "clause": a.clause, "says": a.says, "fen": _fen(a.figure)}
            for a in one.alternatives
        ],
        "needs": list(one.needs),
        "proof": one.proof.as_json(),
    }
