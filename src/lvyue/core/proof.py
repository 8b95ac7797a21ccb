"""推导: why a value is what it is, made by the same code that computes it.

A ``Proof`` is a tree: what it says, the value it reaches, the named operation and its exact operands, the clauses and
facts it rests on, the candidates that were tried and lost, and, for absence, range claims over the whole log prefix.
It prints (``show``), exports (``as_json``) and hashes (``digest``); every arithmetic node can be recomputed from ``op``
and ``args`` alone by a program that shares no code with this one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lvyue.core.money import Money, Rate, Rounding


@dataclass(frozen=True, slots=True)
class Rejected:
    """落选: a candidate that was tried and lost, and why."""

    what: str
    why: str
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RangeClaim:
    """区间声明: in prefix [0, ``size``) no fact of ``event`` (about ``subject``, if any) from ``since`` to ``until``.

    Both ends are included; ``since`` None: from the beginning. ``besides`` are the facts in that interval which the
    claim knows of and which do not serve (they answer something else, or fall short). Absence is checkable only over
    a complete prefix, so the claim names its length.
    """

    event: str
    subject: str | None
    until: str
    size: int
    since: str | None = None
    besides: tuple[str, ...] = ()

    def __str__(self) -> str:
        about = f"（对象 {self.subject}）" if self.subject else ""
        start = f"自 {self.since} " if self.since else ""
        known = f"；已知而不算的：{'、'.join(self.besides)}" if self.besides else ""
        return f"日志前 {self.size} 条中，{start}至 {self.until} 没有 {self.event}{about}{known}"

    def as_json(self) -> dict[str, Any]:
        return {
            "event": self.event,
            "subject": self.subject,
            "since": self.since,
            "until": self.until,
            "size": self.size,
            "besides": list(self.besides),
        }


@dataclass(frozen=True, slots=True)
class Proof:
    """推导: one node of the tree. ``value`` is canonical text: whole fen, an ISO date, a finding."""

    says: str
    value: str = ""
    op: str = ""
    args: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    inputs: tuple[Proof, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    absent: tuple[RangeClaim, ...] = ()
    doubts: tuple[str, ...] = ()

    def walk(self) -> Iterator[Proof]:
        """This node and all below it, depth first."""
        yield self
        for child in self.inputs:
            yield from child.walk()

    def as_json(self) -> dict[str, Any]:
        """The tree as plain data; empty fields are left out."""
        out: dict[str, Any] = {"says": self.says}
        if self.value:
            out["value"] = self.value
        if self.op:
            out["op"], out["args"] = self.op, list(self.args)
        for name, texts in (
            ("clauses", self.clauses),
            ("facts", self.facts),
            ("doubts", self.doubts),
        ):
            if texts:
                out[name] = list(texts)
        if self.absent:
            out["absent"] = [claim.as_json() for claim in self.absent]
        if self.rejected:
            out["rejected"] = [
                {"what": r.what, "why": r.why, "clauses": list(r.clauses)} for r in self.rejected
            ]
        if self.inputs:
            out["inputs"] = [child.as_json() for child in self.inputs]
        return out

    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the tree, in hexadecimal."""
        return hashlib.sha256(canonical(self.as_json())).hexdigest()

    def show(self, depth: int = 0) -> str:
        """The tree as indented text, one thought a line."""
        pad = "  " * depth
        cited = f"  〔{'；'.join(self.clauses)}〕" if self.clauses else ""
        lines = [f"{pad}{self.says}{cited}"]
        if self.facts:
            lines.append(f"{pad}  事实：{'、'.join(self.facts)}")
        lines += [f"{pad}  缺：{claim}" for claim in self.absent]
        lines += [f"{pad}  疑义：{doubt}" for doubt in self.doubts]
        lines += [f"{pad}  未采用：{lost.what}（{lost.why}）" for lost in self.rejected]
        lines += [child.show(depth + 1) for child in self.inputs]
        return "\n".join(lines)


def canonical(value: Any) -> bytes:
    """Canonical JSON bytes: sorted keys, no blanks, UTF-8. Only text, whole numbers, booleans, null, lists, objects."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


# ── figures: money with its proof ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Figure:
    """金额及其推导: an amount that cannot be had without its reasons."""

    money: Money
    proof: Proof

    @classmethod
    def given(cls, money: Money, says: str, *clauses: str, facts: tuple[str, ...] = ()) -> Figure:
        """An amount that a clause or a fact states."""
        proof = Proof(
            f"{money}  {says}", str(money.fen), "given", (str(money.fen),), clauses, facts
        )
        return cls(money, proof)

    def times(
        self, rate: Rate, says: str, *clauses: str, rounding: Rounding = Rounding.HALF_UP
    ) -> Figure:
        """``rate`` of this amount, rounded once, by name."""
        money = self.money.at(rate, rounding)
        exact = (
            "，恰好整分"
            if money.fen * rate.value.denominator == self.money.fen * rate.value.numerator
            else ""
        )
        proof = Proof(
            f"{money} = {rate} × {self.money}  {says}（{rounding.value}{exact}）",
            str(money.fen),
            "times",
            (
                str(self.money.fen),
                f"{rate.value.numerator}/{rate.value.denominator}",
                rounding.name.lower(),
            ),
            clauses,
            inputs=(self.proof,),
        )
        return Figure(money, proof)

    def plus(self, other: Figure, says: str, *clauses: str) -> Figure:
        money = self.money + other.money
        return self._joined(
            other, money, "plus", f"{money} = {self.money} + {other.money}  {says}", clauses
        )

    def minus(self, other: Figure, says: str, *clauses: str) -> Figure:
        money = self.money - other.money
        return self._joined(
            other, money, "minus", f"{money} = {self.money} − {other.money}  {says}", clauses
        )

    def at_least(self, floor: Figure, says: str, *clauses: str) -> Figure:
        """下限: the greater of the two; the one that lost stays in the proof."""
        money = max(self.money, floor.money)
        return self._joined(
            floor, money, "max", f"{money} = max({self.money}, {floor.money})  {says}", clauses
        )

    def at_most(self, cap: Figure, says: str, *clauses: str) -> Figure:
        """封顶: the lesser of the two; the one that lost stays in the proof."""
        money = min(self.money, cap.money)
        return self._joined(
            cap, money, "min", f"{money} = min({self.money}, {cap.money})  {says}", clauses
        )

    def _joined(
        self, other: Figure, money: Money, op: str, says: str, clauses: tuple[str, ...]
    ) -> Figure:
        args = (str(self.money.fen), str(other.money.fen))
        return Figure(
            money, Proof(says, str(money.fen), op, args, clauses, inputs=(self.proof, other.proof))
        )
