"""Reads of the register."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.db.models import QuerySet

from lvyue.contracts.models import Amendment, CalendarRelease, Contract, PaperText, Release
from lvyue.core.calendar import Calendar
from lvyue.library.calendar_files import calendar_from_text
from lvyue.rows import found_by


def contracts() -> QuerySet[Contract]:
    """Every contract, by its short name."""
    return Contract.objects.order_by("id")


def titles_of(contract_ids: Collection[str]) -> dict[str, str]:
    """What contracts are called, by title. One read."""
    found = Contract.objects.filter(pk__in=contract_ids).order_by("title", "pk")
    return dict(found.values_list("pk", "title"))


def releases() -> QuerySet[Release]:
    """Every release with its contract, the contracts by name and the releases of each in order."""
    return Release.objects.select_related("contract").order_by("contract_id", "sequence")


def latest_release(contract_id: str) -> Release | None:
    """The release that was registered last, or None when the register does not know the contract."""
    return releases().filter(contract_id=contract_id).last()


def paper_text(contract_id: str) -> PaperText | None:
    """The text that stands beside the life of the clauses: what was registered last; None where nobody has brought any.

    Its paragraphs are read when somebody asks for them.
    """
    found = PaperText.objects.filter(contract_id=contract_id).defer("paragraphs")
    return found.order_by("id").last()


# ── releases over time ───────────────────────────────────────────────────────────────────────────────────────────


def chain(contract_id: str, upto: str | None = None) -> list[Release]:
    """The releases of a contract in the order in which they take effect; empty if the register does not know it.

    ``upto`` is a digest: then the register as it stood when that release was the newest, empty if there is none such.
    """
    rows = list(releases().filter(contract_id=contract_id))
    if upto is not None:
        last = next((row.sequence for row in rows if row.digest == upto), 0)
        rows = [row for row in rows if row.sequence <= last]
    return _in_order(rows)


def chains(contract_ids: Collection[str]) -> dict[str, list[Release]]:
    """The chains of several contracts without the bodies, in one read."""
    found: dict[str, list[Release]] = {}
    for row in releases().filter(contract_id__in=contract_ids).defer("body"):
        found.setdefault(row.contract_id, []).append(row)
    return {contract_id: _in_order(rows) for contract_id, rows in found.items()}


#: As `chains` asks for one contract; whoever opens a ticket asks, and working the question out takes longer than its answer.
_VERSIONS = (
    "SELECT id, contract_id, sequence, digest, effective_from, loaded_at, loaded_by FROM contracts_release "
    "WHERE contract_id = %s"
)


def versions(contract_id: str) -> list[Release]:
    """The chain of one contract without the bodies, which are read when somebody asks for them."""
    return _in_order(found_by(Release, _VERSIONS, [contract_id]))


def in_force(rows: Sequence[Release], day: date) -> list[Release]:
    """Of a chain what had taken effect by the end of a day. The first holds from the beginning."""
    return [row for row in rows if row is rows[0] or _from(row) <= day]


def release_on(contract_id: str, day: date) -> Release | None:
    """The release in force on a day."""
    rows = in_force(chain(contract_id), day)
    return rows[-1] if rows else None


def _in_order(rows: Iterable[Release]) -> list[Release]:
    return sorted(rows, key=_force)


def _force(row: Release) -> tuple[date, int]:
    """By their day, of one day by their place in the register."""
    return _from(row), row.sequence


def _from(row: Release) -> date:
    return row.effective_from or date.min


def calendar_by_digest(digest: str) -> Calendar | None:
    """A registered calendar as it was; None if nobody registered it."""
    row = CalendarRelease.objects.filter(pk=digest).first()
    return None if row is None else calendar_from_text(row.body)


# ── amendments ───────────────────────────────────────────────────────────────────────────────────────────────────


def amendments(contract_id: str) -> QuerySet[Amendment]:
    """The amendments of a contract, drafts and refused ones too, newest first."""
    found = Amendment.objects.filter(contract_id=contract_id)
    return found.select_related("release").defer("release__body").order_by("-number")


def all_amendments() -> QuerySet[Amendment]:
    """The amendments of every contract."""
    return Amendment.objects.order_by("contract_id", "number")


def amendment(contract_id: str, number: int) -> Amendment | None:
    """One amendment of just this contract, or None where there is none of this number."""
    return amendments(contract_id).filter(number=number).first()


__all__ = [
    "Amendment",
    "Release",
    "all_amendments",
    "amendment",
    "amendments",
    "calendar_by_digest",
    "chain",
    "chains",
    "contracts",
    "in_force",
    "latest_release",
    "paper_text",
    "release_on",
    "releases",
    "titles_of",
]
