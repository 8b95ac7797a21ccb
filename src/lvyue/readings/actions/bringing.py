"""带来: a draft is opened with its papers, more papers join, people are invited and let go.

The bytes of a paper go into the vault before anything looks into them, and stay there whether they can be read or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import category

from django.db import transaction

from lvyue import clock
from lvyue.accounts import queries as accounts
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.queries import Account, seat_of
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Refused, malformed
from lvyue.evidence.vault import Kept, TooLarge, keep
from lvyue.intake.limits import LIMITS
from lvyue.readings.actions import jobs
from lvyue.readings.actions.desk import (
    deciding,
    hold,
    reason_of,
    refused,
    speaking,
    touched,
    trace,
)
from lvyue.readings.choices import AUTHORS, MEMBERS, SPEAKERS, PaperState, Side
from lvyue.readings.models import Draft, DraftMember, DraftPaper
from lvyue.readings.queries import is_only_an_auditor

#: More papers than any contract has annexes.
PAPERS_LIMIT = 30
TITLE_LIMIT = 200
NAME_LIMIT = 255
MEMBERS_LIMIT = 50

#: Names that Lvyue gives to pages beside those of contracts must not be taken.
_ID = re.compile(r"[a-z0-9][a-z0-9-]{2,79}")


@dataclass(frozen=True, slots=True)
class Brought:
    """带来的文件: its name and its bytes, piece by piece."""

    name: str
    chunks: Iterable[bytes]


def open_draft(
    by: Account,
    side: Side,
    brought: Sequence[Brought],
    *,
    title: str = "",
    supplements: str = "",
) -> Draft:
    """开始读入: a draft with its papers, for the side that its author says; reading begins at once, in the background.

    ``Refused`` for who only audits or administers, and where there is nothing to read.
    """
    _refuse_who_must_not(by)
    if not brought:
        raise Refused(
            [malformed("文件", "没有选文件，也没有粘贴文本。", "请选合同文件，或粘贴全文。")]
        )
    seat = _supplementing(by, side, supplements) if supplements else None
    kept = _kept(brought)
    with transaction.atomic():
        draft = Draft.objects.create(
            title=_title(title or kept[0][0]),
            side=side,
            supplements=supplements,
            demonstration=by.demonstration if seat is None else _is_demonstration(supplements),
            author=by.username,
            created_at=clock.now(),
        )
        DraftMember.objects.create(
            draft=draft, username=by.username, role=AUTHORS[side], invited_by=by.username,
            since=clock.now(),
        )  # fmt: skip
        _, mine = hold(draft.pk, by)
        trace(draft, "opened", by=mine, after={"title": draft.title, "side": side.label})
        _put(draft, kept, by=mine)
    return draft


def add_papers(draft_id: int, brought: Sequence[Brought], *, by: Account) -> Draft:
    """补充文件: they join behind those that are there; what was proposed is proposed no longer."""
    if not brought:
        raise Refused([malformed("文件", "没有选文件。", "请选要补充的文件。")])
    with transaction.atomic():  # who must not do it writes nothing
        draft, seat = hold(draft_id, by)
        deciding(draft, seat)
    kept = _kept(brought)
    with transaction.atomic():
        draft, seat = hold(draft_id, by)
        touched(draft, deciding(draft, seat))
        _put(draft, kept, by=seat)
    return draft


def _refuse_who_must_not(by: Account) -> None:
    if by.is_administrator:
        says = "系统管理员管账号，不参与合同：不能开始读入。"
        raise Refused([malformed("读入合同", says, "请由甲方或乙方的人办理。")])
    if is_only_an_auditor(by):
        raise Refused(
            [malformed("读入合同", "审计只查看，不能开始读入。", "请由甲方或乙方的人办理。")]
        )


def _supplementing(by: Account, side: Side, contract_id: str) -> Seat:
    """Only who may propose an amendment of a contract may bring a supplement of it, and for their own side."""
    seat = seat_of(by, contract_id)
    if not may(seat, Right.SEE):
        says = f"登记簿里没有编号为“{contract_id[:80]}”的合同。"
        raise Refused([malformed("补充的合同", says, "请核对编号。")])
    ruling = may(seat, Right.PROPOSE)
    if not ruling:
        raise Refused([malformed("补充的合同", ruling.reason)])
    if seat.side is None or seat.side.value != side.value:
        raise Refused([malformed("哪一方", f"您在这份合同中是{seat.zh}。", "请选您所在的一方。")])
    return seat


def _is_demonstration(contract_id: str) -> bool:
    return contracts().filter(pk=contract_id, demonstration=True).exists()


def _kept(brought: Sequence[Brought]) -> list[tuple[str, Kept]]:
    """The bytes, each at its address; what is larger than is read is refused before it is all here."""
    if len(brought) > PAPERS_LIMIT:
        says = f"选了 {len(brought)} 个文件，一次最多 {PAPERS_LIMIT} 个。"
        raise Refused([malformed("文件", says, "请合并后再上传。")])
    kept = []
    for one in brought:
        name = _plain(one.name.replace("\\", "/").rpartition("/")[2], NAME_LIMIT) or "未命名"
        try:
            kept.append((name, keep(one.chunks, LIMITS.file_bytes)))
        except TooLarge as error:
            most = LIMITS.file_bytes >> 20
            says = f"文件超过 {most} MB。"
            mend = "请拆成几个文件，或降低扫描分辨率后再上传。"
            raise Refused([malformed(name, says, mend)]) from error
    return kept


def _put(draft: Draft, kept: Sequence[tuple[str, Kept]], *, by: Seat) -> None:
    there = {paper.sha256: paper for paper in draft.papers.defer("source")}
    order = max((paper.order for paper in there.values()), default=0)
    for name, file in kept:
        if file.sha256 in there:
            continue  # the same bytes again are the paper that is there
        order += 1
        if order > PAPERS_LIMIT:
            raise refused(draft, f"一份草稿最多 {PAPERS_LIMIT} 个文件。", "请合并后再上传。")
        there[file.sha256] = DraftPaper.objects.create(
            draft=draft,
            order=order,
            name=name,
            sha256=file.sha256,
            size=file.size,
            media_type=file.media_type,
            uploaded_by=by.username,
            uploaded_at=clock.now(),
        )
        jobs.queue(there[file.sha256].pk)
        after = {"name": name, "sha256": file.sha256, "size": file.size}
        trace(draft, "paper_added", by=by, about=name, after=after)


@transaction.atomic
def cancel(draft_id: int, order: int, *, by: Account) -> None:
    """取消读入: whoever reads it stops at the next page; the bytes stay."""
    draft, seat = hold(draft_id, by)
    deciding(draft, seat)
    waiting = draft.papers.filter(order=order, state__in=(PaperState.QUEUED, PaperState.RUNNING))
    if waiting.update(state=PaperState.CANCELLED, worker="", page=0, pages=0):
        trace(draft, "reading_cancelled", by=seat, about=f"第 {order} 个文件")


@transaction.atomic
def again(draft_id: int, order: int, *, by: Account) -> None:
    """再读一遍: what failed or was cancelled goes back into the queue."""
    draft, seat = hold(draft_id, by)
    side = deciding(draft, seat)
    stuck = draft.papers.filter(order=order, state__in=(PaperState.FAILED, PaperState.CANCELLED))
    fresh = {"state": PaperState.QUEUED, "attempts": 0, "doubts": [], "page": 0, "pages": 0}
    if stuck.update(**fresh):
        touched(draft, side)
        trace(draft, "reading_again", by=seat, about=f"第 {order} 个文件")
        jobs.queue(draft.papers.get(order=order).pk)


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def invite(draft_id: int, username: str, role: ContractRole, *, by: Account) -> DraftMember:
    """邀请: somebody of one's own side or the other, under one role; nobody is on both sides of a draft."""
    draft, seat = hold(draft_id, by)
    side = speaking(draft, seat)
    if role not in MEMBERS:
        says = f"{role.label}不参与草稿。"
        raise Refused([malformed("角色", says, "合同生效之后由系统管理员任命。")])
    account = accounts.account(username.strip().lower())
    if account is None or not account.is_active:
        says = f"没有登录名为“{username[:80]}”的启用账号。"
        raise Refused([malformed("登录名", says, "请向本人或系统管理员核对登录名。")])
    if account.is_administrator:
        raise Refused([malformed("登录名", "系统管理员不参与合同。", "请邀请甲方或乙方的人。")])
    if account.demonstration and not draft.demonstration:
        says = "演示账号的密码是公开的，只能参与演示的草稿。"
        raise Refused([malformed("登录名", says, "请邀请正式账号。")])
    held = draft.members.filter(username=account.username, until__isnull=True).first()
    if held is not None:
        if held.role == role:
            return held
        there = held.get_role_display()
        says = f"{account.name}在这份草稿中已是{there}。"
        raise Refused([malformed("登录名", says, "要换角色，请先移出再邀请。")])
    if draft.members.filter(until__isnull=True).count() >= MEMBERS_LIMIT:
        raise refused(draft, f"成员已有 {MEMBERS_LIMIT} 人。", "请先移出不再参与的人。")
    _refuse_changing_sides(draft, account.username, role)
    _refuse_choosing_for_the_other(draft, side, role)
    _refuse_one_organisation(draft, account, role)
    member = draft.members.create(
        username=account.username, role=role, invited_by=by.username, since=clock.now()
    )
    trace(draft, "invited", by=seat, about=account.username, after={"role": role.label})
    return member


def _refuse_changing_sides(draft: Draft, username: str, role: ContractRole) -> None:
    """Who once spoke for a side does not come back on the other: nobody confirms for both, not one after the other either."""
    for was in draft.members.filter(username=username):
        side = ContractRole(was.role).side
        if side is not None and role.side is not None and side is not role.side:
            says = f"这个人曾以{was.get_role_display()}的身份参与这份草稿，不能改到另一方。"
            raise Refused([malformed("登录名", says, "请另邀一个人。")])


def _refuse_choosing_for_the_other(draft: Draft, side: Side, role: ContractRole) -> None:
    """Once somebody speaks for a side, that side chooses its people: nobody brings a friend who says the other's yes."""
    if role.side is None or role.side.value == side.value:
        return
    if draft.members.filter(until__isnull=True, role__in=_speakers_of(side.other)).exists():
        says = f"{side.other.label}已有负责人，{side.other.label}的人由它自己邀请。"
        raise Refused([malformed("角色", says, f"请{side.other.label}的负责人邀请。")])


def _refuse_one_organisation(draft: Draft, account: Account, role: ContractRole) -> None:
    """Two who sign in under one organisation are not two sides, however many accounts it has."""
    if role.side is None or account.organisation_id is None:
        return
    for member in draft.members.filter(until__isnull=True).order_by("id"):
        there, other = ContractRole(member.role), accounts.account(member.username)
        if there.side in (None, role.side) or other is None:
            continue
        if other.organisation_id == account.organisation_id:
            says = f"{account.name}和{there.label}{other.name}同属一个单位，不能分在两方。"
            raise Refused([malformed("登录名", says, "请邀请另一个单位的人。")])


@transaction.atomic
def let_go(draft_id: int, username: str, reason: str, *, by: Account) -> None:
    """移出: by who speaks for the same side; the last one who speaks for a side that has one stays."""
    draft, seat = hold(draft_id, by)
    side = speaking(draft, seat)
    reason = reason_of(reason)
    member = draft.members.filter(username=username, until__isnull=True).first()
    if member is None:
        raise refused(draft, f"“{username[:80]}”不在这份草稿中。", "请核对登录名。")
    role = ContractRole(member.role)
    if role.side is not None and role.side.value != side.value:
        raise refused(draft, f"{role.label}由对方移出。")
    others = draft.members.filter(until__isnull=True, role__in=_speakers_of(side))
    if role in SPEAKERS and not others.exclude(pk=member.pk).exists():
        raise refused(
            draft, f"这是最后一位{role.label}，移出后没有人能代表这一方。", "请先邀请另一位。"
        )
    member.until = clock.now()
    member.save(update_fields=["until"])
    trace(draft, "let_go", by=seat, about=username, before={"role": role.label}, reason=reason)


def _speakers_of(side: Side) -> list[str]:
    return [role.value for role in SPEAKERS if role.side is not None and role.side.value == side]


@transaction.atomic
def rename(draft_id: int, title: str, wanted_id: str, *, by: Account) -> Draft:
    """定名: the title of the draft, and the short name under which the contract is to enter the register."""
    draft, seat = hold(draft_id, by)
    side = speaking(draft, seat)
    before = {"title": draft.title, "id": draft.wanted_id}
    draft.title = _title(title)
    draft.wanted_id = contract_id_of(wanted_id) if wanted_id.strip() else ""
    after = {"title": draft.title, "id": draft.wanted_id}
    if before != after:
        draft.save(update_fields=["title", "wanted_id"])
        touched(draft, side)
        trace(draft, "renamed", by=seat, before=before, after=after)
    return draft


def contract_id_of(text: str) -> str:
    """A short name for a contract that nobody has yet. ``Refused`` where it is taken or none."""
    plain = text.strip().lower()
    if not _ID.fullmatch(plain):
        says = f"“{text[:80]}”不能作合同编号。"
        mend = "请用 3 到 80 个小写字母、数字和连字符，例如 office-network-2027。"
        raise Refused([malformed("合同编号", says, mend)])
    if contracts().filter(pk=plain).exists():
        says = f"“{plain}”已经有一份合同在用。"
        raise Refused([malformed("合同编号", says, "请换一个编号。")])
    return plain


def _title(text: str) -> str:
    title = _plain(text, TITLE_LIMIT)
    if not title:
        raise Refused([malformed("名称", "没有填写。", "请给这份草稿起个名称。")])
    return title


def _plain(text: str, most: int) -> str:
    """On one line, and without what cannot be seen or stored."""
    seen = "".join(" " if category(one)[0] in "CZ" else one for one in text)
    return " ".join(seen.split())[:most]


__all__ = [
    "Brought",
    "add_papers",
    "again",
    "cancel",
    "contract_id_of",
    "invite",
    "let_go",
    "open_draft",
    "rename",
]
