"""定稿: one side proposes what was read, the other confirms it, and the contract runs; or it is sent back with a reason.

Both say yes to one exact state, which the version names. The side that proposes can never confirm, and no person ever speaks for
both. With the second yes everything happens at once or nothing: release, text, people, log.
"""

from __future__ import annotations

from functools import partial

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import appoint, audit
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import Account, account, seat_of
from lvyue.contracts.actions import AmendmentText, register_release, register_text
from lvyue.contracts.choices import AmendmentKind
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Refused, malformed
from lvyue.core.proof import canonical
from lvyue.evidence.actions import open_log
from lvyue.obligations.actions import amending
from lvyue.obligations.actions.refreshing import refresh
from lvyue.readings.actions.bringing import contract_id_of
from lvyue.readings.actions.desk import (
    SIGNATURES,
    hold,
    reason_of,
    refused,
    speaking,
    take,
    trace,
    unsigned,
)
from lvyue.readings.choices import SPEAKERS, DraftState, PaperState, Side
from lvyue.readings.models import Draft
from lvyue.readings.outcome import Outcome, outcome_of, paper_text_of, suggested_id
from lvyue.readings.queries import all_settled, papers_of, review_for
from lvyue.readings.review import Review


class Moved(Refused):
    """稿子动了: what somebody looked at is not what stands there now."""

    def __init__(self, draft: Draft) -> None:
        says = f"您打开之后，{draft.name}又有改动（现在是第 {draft.version} 稿）。"
        super().__init__([malformed(draft.name, says, "请看过现在的样子再办。")])


@transaction.atomic
def propose(draft_id: int, version: int, *, by: Account) -> Draft:
    """提出: one side says that this is what the paper says; from now on the other side may confirm or send back."""
    draft, seat = hold(draft_id, by)
    side = speaking(draft, seat)
    _refuse_a_supplement(draft)
    _refuse_if_moved(draft, version)
    state = take(draft, "propose", side, "读出的内容")
    _refuse_without_the_other(draft, side)
    _, outcome = _sound(draft)
    draft.state, draft.returned, draft.release = state, "", outcome.digest
    draft.proposed_side, draft.proposed_version = side, draft.version
    _sign(draft, side, seat)
    draft.save(
        update_fields=[
            *("state", "returned", "release", "proposed_side", "proposed_version"),
            *SIGNATURES,
        ]
    )
    trace(draft, "proposed", by=seat, after={"version": draft.version, "release": draft.release})
    return draft


@transaction.atomic
def send_back(draft_id: int, reason: str, *, by: Account) -> Draft:
    """退回: by the other side, with what is to be looked at again."""
    draft, seat = hold(draft_id, by)
    side = speaking(draft, seat)
    _refuse_own_proposal(draft, side, "退回")
    reason = reason_of(reason)
    draft.state = take(draft, "return", side, "理由")
    draft.returned = reason
    draft.save(update_fields=[*unsigned(draft), "returned"])
    trace(draft, "returned", by=seat, reason=reason)
    return draft


@transaction.atomic
def withdraw(draft_id: int, reason: str, *, by: Account) -> Draft:
    """撤回: by the side that began it; the papers and what was decided stay, and nothing comes of them."""
    draft, seat = hold(draft_id, by)
    side = speaking(draft, seat)
    if side != draft.side:
        raise refused(draft, f"这份草稿由{draft.get_side_display()}提起，只能由它撤回。")
    reason = reason_of(reason)
    draft.state = take(draft, "withdraw", side, "理由")
    draft.save(update_fields=unsigned(draft))
    waiting = draft.papers.filter(state__in=(PaperState.QUEUED, PaperState.RUNNING))
    waiting.update(state=PaperState.CANCELLED, worker="", page=0, pages=0)
    trace(draft, "withdrawn", by=seat, reason=reason)
    return draft


@transaction.atomic
def confirm(draft_id: int, version: int, *, by: Account) -> Draft:
    """确认生效: the other side's yes to the very state that was proposed; the contract runs from here."""
    draft, seat = hold(draft_id, by)
    side = speaking(draft, seat)
    _refuse_own_proposal(draft, side, "确认")
    _refuse_if_moved(draft, version)
    state = take(draft, "confirm", side, "签署")
    if draft.proposed_version != draft.version:
        raise Moved(draft)
    if by.username in (draft.buyer_by, draft.supplier_by):
        raise refused(draft, "您已代表另一方提出，不能再确认。", "请由对方的人确认。")
    _refuse_one_organisation(draft, by)
    review, outcome = _sound(draft)
    if outcome.digest != draft.release:
        says = "同一稿现在读出的内容和提出时不一样（读入程序更新过，或合同编号变了）。"
        raise refused(draft, says, "请退回，双方看过现在的样子再提出。")
    _sign(draft, side, seat)
    draft.state = state
    draft.contract_id = _wanted(draft, review)
    draft.release = _register(draft, review, outcome, by)
    draft.save(update_fields=["state", "contract_id", "release", *SIGNATURES])
    _appoint_everybody(draft)
    trace(draft, "confirmed", by=seat, after={"id": draft.contract_id, "release": draft.release})
    audit(
        "draft.confirmed",
        by=seat,
        contract_id=draft.contract_id,
        about=draft.name,
        after={"version": draft.version, "release": draft.release},
    )
    transaction.on_commit(partial(refresh, draft.contract_id), robust=True)
    return draft


@transaction.atomic
def into_amendment(draft_id: int, *, by: Account) -> Draft:
    """转成补充协议: title, number and day of the paper go into an amendment that its side then writes and proposes."""
    draft, seat = hold(draft_id, by)
    speaking(draft, seat)
    if not draft.supplements:
        raise refused(draft, "它不是某份合同的补充协议。", "请提出，由对方确认。")
    if draft.amendment is not None:
        raise refused(draft, f"已经转成补充协议第 {draft.amendment} 号。")
    review = _read(draft)
    identity = review.running.identity
    days = [found.value for found in identity.signed.values() if found.value is not None]
    text = AmendmentText(
        title=(identity.title.value or draft.title)[:200],
        reason=f"依据{draft.name}所附文件。",
        paper=(identity.contract_no.value or "")[:200],
        effective=identity.effective.value or max(days, default=None),
        payload={},
    )
    row = amending.draft(AmendmentKind.TERMS, text, by=seat_of(by, draft.supplements))
    draft.amendment = row.number
    draft.save(update_fields=["amendment"])
    trace(draft, "into_amendment", by=seat, after={"title": text.title, "number": row.number})
    return draft


# ── what stands in the way ───────────────────────────────────────────────────────────────────────────────────────


def _refuse_a_supplement(draft: Draft) -> None:
    if draft.supplements:
        raise refused(
            draft,
            f"它是合同 {draft.supplements} 的补充协议，不单独成为合同。",
            "请转成补充协议，由双方签署。",
        )


def _refuse_if_moved(draft: Draft, version: int) -> None:
    if draft.version != version:
        raise Moved(draft)


def _refuse_own_proposal(draft: Draft, side: Side, what: str) -> None:
    if draft.state == DraftState.PROPOSED and draft.proposed_side == side:
        whose = Side(draft.proposed_side)
        says = f"这一稿由{whose.label}提出，{whose.label}不能自己{what}。"
        raise refused(draft, says, f"请等{whose.other.label}办理。")


def _refuse_one_organisation(draft: Draft, by: Account) -> None:
    """Who proposed and who confirms are of two organisations, as far as the accounts say which they are of."""
    other = account(draft.buyer_by or draft.supplier_by)
    if other is None or by.organisation_id is None:
        return
    if other.organisation_id == by.organisation_id:
        says = f"您和提出的{other.name}同属一个单位，不能分别代表两方。"
        raise refused(draft, says, "请由对方单位的人确认。")


def _refuse_without_the_other(draft: Draft, side: Side) -> None:
    roles = [role.value for role in SPEAKERS if role.side is not None and role.side.value != side]
    if not draft.members.filter(until__isnull=True, role__in=roles).exists():
        who = "、".join(ContractRole(role).label for role in roles)
        says = f"还没有{side.other.label}的人，提出了也没有人能确认。"
        raise refused(draft, says, f"请先在“成员”页邀请{who}。")


def _read(draft: Draft) -> Review:
    papers = papers_of(draft)
    if not all_settled(papers):
        raise refused(draft, "还有文件没有读完。", "请等它读完，或取消读入。")
    review = review_for(draft, papers)
    if review is None:
        raise refused(draft, "没有一个文件读成。", "请另传文件，或再读一遍。")
    return review


def _sound(draft: Draft) -> tuple[Review, Outcome]:
    """The review and the release that comes of it. ``Refused`` with everything that stands in the way."""
    review = _read(draft)
    outcome = outcome_of(review, _wanted(draft, review))
    if outcome.release is None:
        raise Refused(outcome.doubts)
    return review, outcome


def _wanted(draft: Draft, review: Review) -> str:
    """The short name that was chosen, or the one that is suggested; nobody else's."""
    return contract_id_of(draft.wanted_id or suggested_id(review.running, draft.pk))


# ── what the second yes brings about ─────────────────────────────────────────────────────────────────────────────


def _sign(draft: Draft, side: Side, seat: Seat) -> None:
    if side is Side.BUYER:
        draft.buyer_by, draft.buyer_name, draft.buyer_at = seat.username, seat.name, clock.now()
        return
    draft.supplier_by, draft.supplier_name = seat.username, seat.name
    draft.supplier_at = clock.now()


def _register(draft: Draft, review: Review, outcome: Outcome, by: Account) -> str:
    """Release, text and log under the new name; the digest of the release."""
    contract_id = draft.contract_id
    assert outcome.release is not None  # noqa: S101  `_sound` has seen to it
    release = register_release(
        contract_id,
        outcome.release.title,
        canonical(dict(outcome.raw)).decode(),
        outcome.digest,
        by=by.username,
        demonstration=draft.demonstration,
    )
    if release.sequence != 1 or not contracts().filter(pk=contract_id).exists():
        says = f"“{contract_id}”刚刚被另一份合同用了。"
        raise Refused([malformed("合同编号", says, "请换一个编号，再提出。")])
    source = review.reading.paper.text.source
    words = paper_text_of(review.reading)
    register_text(contract_id, source.name, source.sha256, words, by=by.username, ours=False)
    open_log(contract_id, by=by.username)
    return outcome.digest


def _appoint_everybody(draft: Draft) -> None:
    """Whoever is on the draft is on the contract, as just that: both sides have seen the list."""
    for member in draft.members.filter(until__isnull=True).order_by("id"):
        person = account(member.username)
        if person is not None and person.is_active:
            appoint(
                person,
                draft.contract_id,
                ContractRole(member.role),
                by=draft.name,
                demonstration=draft.demonstration,
            )
