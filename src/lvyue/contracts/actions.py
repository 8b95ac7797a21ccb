"""What can be done to the register."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from unicodedata import category

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.duties import may_speak_for_one
from lvyue.accounts.permissions import Right, Ruling, Seat, may
from lvyue.contracts.choices import AmendmentKind, AmendmentState, Side
from lvyue.contracts.models import Amendment, CalendarRelease, Contract, PaperText, Release
from lvyue.contracts.signing import may_edit, may_see, may_take
from lvyue.core.calendar import Calendar
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed
from lvyue.core.lifecycles import SUPPLEMENT
from lvyue.core.terms import Party
from lvyue.library.calendar_files import text_of_calendar


@transaction.atomic
def register_release(
    contract_id: str,
    title: str,
    body: str,
    digest: str,
    *,
    by: str,
    demonstration: bool,
    effective_from: date | None = None,
) -> Release:
    """登记合同版本: the contract enters the register with its first release; later ones are numbered on.

    Registering the same digest again changes nothing and answers the release that is there, so a
    loader may run as often as it likes. ``Refused`` for a release that would take effect before the last one.
    """
    now = clock.now()
    Contract.objects.get_or_create(
        pk=contract_id,
        defaults={"title": title, "demonstration": demonstration, "created_at": now},
    )
    # Two loaders of one contract take turns here, or both would count to the same number.
    contract = Contract.objects.select_for_update().get(pk=contract_id)
    if contract.demonstration != demonstration:
        raise ValueError(
            f"Contract {contract_id} is {'' if contract.demonstration else 'not '}a demonstration, "
            f"and its release says otherwise. Register the release under another id."
        )
    known = contract.releases.filter(digest=digest).first()
    if known is not None:
        return known
    last = contract.releases.order_by("sequence").last()
    _refuse_an_earlier_day(last, effective_from)
    release = contract.releases.create(
        sequence=last.sequence + 1 if last else 1,
        digest=digest,
        body=body,
        effective_from=effective_from,
        loaded_at=now,
        loaded_by=by,
    )
    contract.title = title
    contract.save(update_fields=["title"])
    return release


def _refuse_an_earlier_day(last: Release | None, effective_from: date | None) -> None:
    """Each release builds on the one before it, and an address names all up to one: so days follow the sequence."""
    since = last.effective_from if last is not None and last.sequence > 1 else None
    if last is None or since is None or (effective_from is not None and since <= effective_from):
        return
    asked = f"自 {effective_from} 起" if effective_from else "没有生效日期，即自始"
    says = f"新版本{asked}，早于第 {last.sequence} 版的生效日 {since}。"
    mend = (
        "新版本须以上一版为基础，生效日不得早于它；更正底本的，请连同补充协议重新登记为另一份合同。"
    )
    raise Refused([malformed(f"合同 {last.contract_id}", says, mend)])


@transaction.atomic
def register_text(
    contract_id: str,
    name: str,
    sha256: str,
    paragraphs: Mapping[str, Sequence[str]],
    *,
    by: str,
    ours: bool,
) -> PaperText:
    """登记合同文本: paragraphs by clause. The same bytes again are the text that is there."""
    text, _ = PaperText.objects.get_or_create(
        contract_id=contract_id,
        sha256=sha256,
        defaults={
            "name": name,
            "paragraphs": {clause: list(found) for clause, found in paragraphs.items()},
            "ours": ours,
            "registered_at": clock.now(),
            "registered_by": by,
        },
    )
    return text


def register_calendar(calendar: Calendar, *, by: str) -> CalendarRelease:
    """登记日历版本: the notices that a statement rests on. The same calendar again changes nothing."""
    row, _ = CalendarRelease.objects.get_or_create(
        pk=calendar.digest,
        defaults={
            "body": text_of_calendar(calendar),
            "registered_at": clock.now(),
            "registered_by": by,
        },
    )
    return row


# ── amendments ───────────────────────────────────────────────────────────────────────────────────────────────────

#: The longest of what people write.
TITLE_LIMIT, PAPER_LIMIT, REASON_LIMIT = 200, 200, 5_000


@dataclass(frozen=True, slots=True)
class AmendmentText:
    """补充协议的文字: all of an amendment that its side writes. ``payload`` is read by the room that knows facts and terms."""

    title: str = ""
    reason: str = ""
    paper: str = ""
    effective: date | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, row: Amendment) -> AmendmentText:
        return cls(row.title, row.reason, row.paper, row.effective, row.payload)

    def tidied(self) -> AmendmentText:
        """The same as it is kept; ``Refused`` for what is longer than anybody reads."""
        tidy = AmendmentText(
            _one_line(self.title),
            _lines(self.reason),
            _one_line(self.paper),
            self.effective,
            _storable(self.payload),
        )
        limits = (
            ("名称", tidy.title, TITLE_LIMIT),
            ("文书编号", tidy.paper, PAPER_LIMIT),
            ("理由", tidy.reason, REASON_LIMIT),
        )
        doubts = [
            malformed(what, f"有 {len(text)} 个字，最多 {most} 个。", "请写短一些，细节另附文书。")
            for what, text, most in limits
            if len(text) > most
        ]
        if doubts:
            raise Refused(doubts)
        return tidy


class Overtaken(Refused):
    """被抢先: somebody else changed the amendment since this person looked at it; ``row`` is how it stands now."""

    def __init__(self, row: Amendment) -> None:
        self.row = row
        says = f"您打开之后，{row.name}已被改动（现在是第 {row.version} 稿）。"
        super().__init__([malformed(row.name, says, "请对照两稿，选定之后再办。")])


@transaction.atomic
def draft_amendment(kind: AmendmentKind, text: AmendmentText, *, by: Seat) -> Amendment:
    """起草补充协议: under the next number of the contract. It binds nobody, and the other side does not see it yet."""
    _require(may(by, Right.PROPOSE))
    side = _side(by)
    tidy = text.tidied()
    contract = Contract.objects.select_for_update().get(pk=by.contract_id)  # two take turns
    last = contract.amendments.order_by("number").last()
    if last is not None and _is_just_this(last, kind, tidy, by):
        return last  # a double click, or the back button
    row = contract.amendments.create(
        number=last.number + 1 if last is not None else 1,
        kind=kind,
        title=tidy.title,
        reason=tidy.reason,
        paper=tidy.paper,
        effective=tidy.effective,
        payload=dict(tidy.payload),
        side=side,
        drafted_by=by.username,
        drafted_at=clock.now(),
    )
    _audit(row, "drafted", by=by, after=_written(row))
    return row


def _is_just_this(row: Amendment, kind: AmendmentKind, text: AmendmentText, by: Seat) -> bool:
    """Whether the last draft is the same person's and says the very same."""
    same = AmendmentText.of(row) == text
    return same and (row.kind, row.state, row.drafted_by) == (
        kind,
        AmendmentState.DRAFTED,
        by.username,
    )


def held_amendment(contract_id: str, number: int, *, by: Seat) -> Amendment:
    """The amendment, held until the end of the transaction. ``Refused`` where there is none that this person may see."""
    found = Amendment.objects.select_for_update().filter(contract_id=contract_id, number=number)
    row = found.first()
    if row is None or not may_see(row, by):
        place = f"合同 {contract_id}"
        raise Refused([malformed(place, f"没有补充协议第{number}号。", "请核对编号。")])
    return row


@transaction.atomic
def rewrite_amendment(number: int, version: int, text: AmendmentText, *, by: Seat) -> Amendment:
    """改写: another text under the next version; who had signed the old one has not signed this. ``Overtaken`` if ``version`` is not the latest."""
    row = held_amendment(by.contract_id, number, by=by)
    _require(may_edit(row, by))
    if row.version != version:
        raise Overtaken(row)
    tidy = text.tidied()
    before = _written(row)
    if row.state == AmendmentState.CONFIRMED_BY_ONE:
        row.state = _after(row, "revise", _side(by))
        _unsign(row)
    row.version += 1
    row.title, row.reason, row.paper = tidy.title, tidy.reason, tidy.paper
    row.effective, row.payload = tidy.effective, dict(tidy.payload)
    row.save(
        update_fields=[
            *("state", "version", "title", "reason", "paper", "effective", "payload"),
            *_SIGNATURES,
        ]
    )
    _audit(row, "edited", by=by, before=before, after=_written(row))
    return row


@transaction.atomic
def propose_amendment(number: int, version: int, *, by: Seat) -> Amendment:
    """提出: from now on the other side sees it, may sign it and may refuse it."""
    row = _seen(number, version, by=by)
    _require(may_take(row, "propose", by))
    papers = [what for what, there in (("变更内容", row.payload), ("理由", row.reason)) if there]
    row.state = _after(row, "propose", _side(by), *papers)
    row.proposed_by, row.proposed_at = by.username, clock.now()
    row.save(update_fields=["state", "proposed_by", "proposed_at"])
    _audit(row, "proposed", by=by, after=_written(row))
    return row


@transaction.atomic
def sign_amendment(
    number: int, version: int, *, by: Seat, fact: str = "", release: Release | None = None
) -> Amendment:
    """签署: a side's word for the very text that its person saw. The second word brings it into force, with ``fact`` or ``release``.

    Whoever calls this sees to it that what the second signature brings about stands in the same transaction.
    """
    row = _seen(number, version, by=by)
    name = "countersign" if row.signed else "confirm"
    _require(may_take(row, name, by))
    side = _side(by)
    row.state = _after(row, name, side, "签署")
    if side is Side.BUYER:
        row.buyer_by, row.buyer_name, row.buyer_at = by.username, by.name, clock.now()
    else:
        row.supplier_by, row.supplier_name, row.supplier_at = by.username, by.name, clock.now()
    if row.state == AmendmentState.IN_FORCE:
        row.fact, row.release = fact, release
    row.save(update_fields=["state", "fact", "release", *_SIGNATURES])
    came = {"fact": fact, "release": release.digest if release is not None else ""}
    told = {name: value for name, value in came.items() if value}
    _audit(row, "signed", by=by, after={"state": row.get_state_display(), **told})
    return row


@transaction.atomic
def refuse_amendment(number: int, reason: str, *, by: Seat) -> Amendment:
    """不同意: the other side says no, and why. Nothing comes of the amendment any more."""
    row = held_amendment(by.contract_id, number, by=by)
    _require(may_take(row, "refuse", by))
    reason = _lines(reason)
    row.state = _after(row, "refuse", _side(by), *(["理由"] if reason else []))
    if len(reason) > REASON_LIMIT:
        says = f"有 {len(reason)} 个字，最多 {REASON_LIMIT} 个。"
        raise Refused([malformed("理由", says, "请写短一些，细节另附文书。")])
    row.closed_reason = reason
    row.save(update_fields=["state", "closed_reason"])
    _audit(row, "refused", by=by, after={"state": row.get_state_display()}, reason=reason)
    return row


@transaction.atomic
def withdraw_amendment(number: int, *, by: Seat) -> Amendment:
    """撤回: by the side that proposed it, as long as both have not signed."""
    row = held_amendment(by.contract_id, number, by=by)
    _require(may_take(row, "withdraw", by))
    row.state = _after(row, "withdraw", _side(by))
    row.save(update_fields=["state"])
    _audit(row, "withdrawn", by=by, after={"state": row.get_state_display()})
    return row


def _seen(number: int, version: int, *, by: Seat) -> Amendment:
    row = held_amendment(by.contract_id, number, by=by)
    if row.version != version:
        raise Overtaken(row)
    return row


def _after(row: Amendment, name: str, side: Side, *papers: str) -> AmendmentState:
    after = SUPPLEMENT.take(row.state, name, role=side.value, papers=papers)
    if isinstance(after, Doubt):
        raise Refused([after])
    return AmendmentState(after)


def _side(by: Seat) -> Side:
    if by.side is None:
        _require(may_speak_for_one(by))
    return Side.BUYER if by.side is Party.BUYER else Side.SUPPLIER


_SIGNATURES = (
    *("buyer_by", "buyer_name", "buyer_at"),
    *("supplier_by", "supplier_name", "supplier_at"),
)


def _unsign(row: Amendment) -> None:
    row.buyer_by = row.buyer_name = row.supplier_by = row.supplier_name = ""
    row.buyer_at = row.supplier_at = None


def _written(row: Amendment) -> dict[str, Any]:
    """What people wrote, for the audit trail. Both sides read that, so of a draft it says only which one it is."""
    if row.state == AmendmentState.DRAFTED:
        return {"version": row.version}
    return {
        "state": row.get_state_display(),
        "version": row.version,
        "title": row.title,
        "reason": row.reason,
        "paper": row.paper,
        "effective": row.effective.isoformat() if row.effective else "",
        "payload": row.payload,
    }


def _audit(
    row: Amendment,
    act: str,
    *,
    by: Seat,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    audit(
        f"amendment.{act}",
        by=by,
        contract_id=row.contract_id,
        about=row.name,
        before=before,
        after=after,
        reason=reason,
    )


def _require(ruling: Ruling) -> None:
    if ruling:
        return
    doubt = Doubt(
        id=DoubtId("refused:amendment"),
        kind=DoubtKind.REFUSED,
        severity=Severity.BLOCK,
        places=("补充协议",),
        says=ruling.reason,
    )
    raise Refused([doubt])


#: The longest payload, in characters of JSON: far more than a supplement that people read.
PAYLOAD_LIMIT = 200_000


def _storable(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A payload as JSON that both databases hold; ``Refused`` for what is no JSON or longer than anybody reads."""
    try:
        plain = json.dumps(_without_unseen(payload), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        says = f"不能保存：{error}。"
        raise Refused([malformed("变更内容", says, "请只用文字、整数、列表和对象。")]) from error
    if len(plain) > PAYLOAD_LIMIT:
        says = f"有 {len(plain)} 个字，最多 {PAYLOAD_LIMIT} 个。"
        raise Refused([malformed("变更内容", says, "请分成几份补充协议。")])
    stored: dict[str, Any] = json.loads(plain)
    return stored


def _without_unseen(value: Any) -> Any:
    match value:
        case str():
            return _lines(value)
        case Mapping():
            return {_lines(str(name)): _without_unseen(one) for name, one in value.items()}
        case list() | tuple():
            return [_without_unseen(one) for one in value]
        case _:
            return value


def _one_line(text: str) -> str:
    return " ".join(_lines(text).split())


def _lines(text: str) -> str:
    """Text without what cannot be seen or stored; line ends are one character, however a browser sends them."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (one for one in plain if one in "\n\t" or category(one) not in ("Cc", "Cs"))
    return "".join(kept).strip()
