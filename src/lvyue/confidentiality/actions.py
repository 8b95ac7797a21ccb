"""What can be done at the disclosure desk: apply, consent, refuse, withdraw, revoke, make a link, take the files.

Nothing leaves without the buyer's prior written consent to just these files for just this recipient (CFD-04).
"""

from __future__ import annotations

import hashlib
import secrets
import tempfile
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import IO
from unicodedata import category

from django.db import transaction

from lvyue import clock
from lvyue.accounts import queries as accounts
from lvyue.accounts.actions import audit
from lvyue.accounts.actions.revealing import reveal
from lvyue.accounts.permissions import Right, Ruling, Seat, may
from lvyue.confidentiality.basis import bases_of, told
from lvyue.confidentiality.choices import OPEN, DisclosureState, Side
from lvyue.confidentiality.models import DisclosedFile, Disclosure, DisclosureLink, Handover
from lvyue.confidentiality.queries import (
    consenting,
    files_of,
    live_link,
    mark_of,
    may_link,
    may_take,
)
from lvyue.confidentiality.wording import nobody_in_particular, open_ended
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed
from lvyue.core.lifecycles import DISCLOSURE
from lvyue.evidence import queries as evidence
from lvyue.evidence.vault import open_whole
from lvyue.notices.actions.telling import tell
from lvyue.notices.choices import Topic
from lvyue.obligations.logbook import ever_of

#: The most files of one request, the most days that a consent may last, and the longest text.
MOST_FILES, MOST_DAYS, LONGEST = 50, 366, 5000

#: A link works for so many days at most, and at most so many times.
LINK_DAYS, MOST_TIMES = 7, 5

#: So much is held in memory while a package is put together; the rest is on the disk.
_IN_MEMORY = 8 << 20


@dataclass(frozen=True, slots=True)
class Application:
    """对外提供申请: to whom, for what, which files exactly, and until when."""

    recipient: str
    purpose: str
    files: tuple[str, ...]
    until: date
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """书面同意: the paper in which the buyer consents, its day, and the file of it if it is here."""

    paper: str
    day: date
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class NewLink:
    """新链接: the row, and the secret that nobody can read again."""

    link: DisclosureLink
    secret: str


@dataclass(frozen=True, slots=True)
class Package:
    """整包: what a third party takes: one archive with a cover sheet, every name marked."""

    name: str
    size: int
    stream: IO[bytes]


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def apply(application: Application, *, by: Seat) -> Disclosure:
    """申请对外提供: `Refused` with everything that is open or missing. Everybody who may consent is told."""
    _require(may(by, Right.DISCLOSE))
    side = _side(by)
    contract_id = by.contract_id
    contracts().select_for_update().get(pk=contract_id)  # numbers are given one after the other
    kept = {file.sha256: file for file in evidence.files(contract_id, application.files)}
    recipient, purpose = _plain(application.recipient), application.purpose.strip()
    contact = _plain(application.contact)
    doubts = [
        *_text("接收方", recipient, 200),
        *_text("用途", purpose, LONGEST),
        *_closed("接收方", nobody_in_particular(recipient)),
        *_closed("用途", open_ended(purpose)),
        *_files(application.files, kept.keys()),
        *_until(application.until),
    ]
    if len(contact) > 200:  # noqa: PLR2004  the width of the column
        doubts.append(_too_long("接收方联系方式", len(contact), 200))
    if doubts:
        raise Refused(doubts)
    _state("drafted", "apply", "applicant", ("接收方", "用途", "提供的文件", "期限"))
    last = Disclosure.objects.filter(contract_id=contract_id).order_by("-number").first()
    row = Disclosure.objects.create(
        contract_id=contract_id,
        number=last.number + 1 if last else 1,
        recipient=recipient,
        contact=contact,
        purpose=purpose,
        until=application.until,
        basis=told(bases_of(ever_of(contract_id)))[:500],
        side=side,
        applied_by=by.username,
        applied_name=by.name,
        applied_at=clock.now(),
    )
    DisclosedFile.objects.bulk_create(
        DisclosedFile(disclosure=row, sha256=sha, name=kept[sha].name, size=kept[sha].size)
        for sha in dict.fromkeys(application.files)
    )
    after = {"recipient": recipient, "until": application.until.isoformat()}
    files = {"files": [*dict.fromkeys(application.files)]}
    _audit(row, "disclosure.applied", by=by, after=after | files, reason=purpose)
    body = f"{by.name}申请向{recipient}提供 {len(kept)} 个文件，到 {application.until} 为止。请看过之后书面同意或不同意。"
    _tell(row, _leads(contract_id), f"{row.name}等您同意", body, by=by)
    return row


def _files(asked: Sequence[str], kept: Collection[str]) -> list[Doubt]:
    mend = "请逐个勾选要提供的文件；没有存入的先存为证明文件。"
    if not asked:
        return [malformed("提供的文件", "没有选文件。", mend)]
    if len(set(asked)) > MOST_FILES:
        says = f"选了 {len(set(asked))} 个，最多 {MOST_FILES} 个。"
        return [malformed("提供的文件", says, "请分几次申请，每次写明用途。")]
    return [
        malformed("提供的文件", f"这份合同没有散列为 {one[:12]}… 的文件。", mend)
        for one in dict.fromkeys(asked)
        if one not in kept
    ]


def _until(until: date) -> list[Doubt]:
    today = clock.today()
    if until < today:
        return [malformed("期限", f"{until} 已经过去。", "请写今天或以后的日子。")]
    if until > today + timedelta(days=MOST_DAYS):
        says = f"{until} 太远：同意不能没有期限。"
        return [malformed("期限", says, f"最多 {MOST_DAYS} 天，到期再申请。")]
    return []


def _closed(place: str, says: str) -> list[Doubt]:
    if not says:
        return []
    mend = "每次都要写明给谁、为了什么、哪几个文件；文件逐个勾选。"
    return [malformed(place, f"{says}。同意只能针对确定的内容，不能敞着口。", mend)]


# ── answering ────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def consent(number: int, given: Consent, *, by: Seat) -> Disclosure:
    """书面同意: the buyer's lead, or whom the buyer appointed to consent, with the paper, for just what was applied for.

    Not by whoever applied.
    """
    row = _held(number, by)
    _require(may_take(row, "consent", by))
    paper = _plain(given.paper)
    doubts = [
        *_text("同意文书", paper, 200),
        *_closed("同意文书", open_ended(paper)),
    ]
    if given.day > clock.today():
        says = f"文书的日期 {given.day} 还没有到。"
        doubts.append(malformed("同意文书日期", says, "先有书面同意，才能提供。"))
    if row.until < clock.today():
        says = f"申请的期限 {row.until} 已过。"
        doubts.append(malformed("期限", says, "请不同意，由申请人重新申请。"))
    if given.sha256 and not evidence.files(row.contract_id, [given.sha256]):
        mend = "请先把同意书存为证明文件。"
        doubts.append(malformed("同意文书", "这份合同没有这个文件。", mend))
    if doubts:
        raise Refused(doubts)
    row.state = _state(row.state, "consent", "buyer", ("书面同意",))
    row.paper, row.paper_day, row.paper_sha256 = paper, given.day, given.sha256
    row.consent_by, row.consent_name, row.consent_at = by.username, by.name, clock.now()
    row.save(
        update_fields=[
            *("state", "paper", "paper_day", "paper_sha256"),
            *("consent_by", "consent_name", "consent_at"),
        ]
    )
    after = {"state": row.get_state_display(), "paper": paper}
    _audit(row, "disclosure.consented", by=by, after=after)
    body = f"{by.name}已书面同意（{paper}）。可以为{row.recipient}建立下载链接。"
    _tell(row, [row.applied_by], f"{row.name}已获同意", body, by=by)
    return row


def refuse(number: int, reason: str, *, by: Seat) -> Disclosure:
    """不同意: with the reason."""
    return _close(number, "refuse", reason, by=by)


def withdraw(number: int, reason: str, *, by: Seat) -> Disclosure:
    """撤回申请: by the side that applied, as long as nothing was taken."""
    return _close(number, "withdraw", reason, by=by)


def revoke(number: int, reason: str, *, by: Seat) -> Disclosure:
    """收回同意: from now on no link works any more; what was taken stays on record."""
    return _close(number, "revoke", reason, by=by)


_CLOSED = {
    "refuse": ("buyer", "disclosure.refused", "不同意"),
    "withdraw": ("applicant", "disclosure.withdrawn", "已撤回"),
    "revoke": ("buyer", "disclosure.revoked", "已收回同意"),
}


@transaction.atomic
def _close(number: int, name: str, reason: str, *, by: Seat) -> Disclosure:
    row = _held(number, by)
    _require(may_take(row, name, by))
    reason = reason.strip()
    if doubts := _text("理由", reason, LONGEST):
        raise Refused(doubts)
    role, act, word = _CLOSED[name]
    before = {"state": row.get_state_display()}
    row.state = _state(row.state, name, role, ("理由",))
    row.closed_reason, row.closed_by, row.closed_at = reason, by.username, clock.now()
    row.save(update_fields=["state", "closed_reason", "closed_by", "closed_at"])
    after = {"state": row.get_state_display()}
    _audit(row, act, by=by, before=before, after=after, reason=reason)
    others = {row.applied_by, *_leads(row.contract_id)} - {by.username}
    _tell(row, sorted(others), f"{row.name}{word}", f"{by.name}：{reason}", by=by)
    return row


# ── giving ───────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def make_link(number: int, *, most: int = 1, by: Seat) -> NewLink:
    """建立链接: for the third party, who has no account. The secret is answered once; it works for a few days."""
    row = _held(number, by)
    _require(may_link(row, by))
    if not 1 <= most <= MOST_TIMES:
        says = f"{most} 次不在范围之内。"
        raise Refused([malformed("次数", says, f"请取 1 到 {MOST_TIMES} 次。")])
    now, secret = clock.now(), secrets.token_urlsafe(32)
    end = datetime.combine(row.until + timedelta(days=1), datetime.min.time(), clock.SHANGHAI)
    link = DisclosureLink.objects.create(
        disclosure=row,
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        made_by=by.username,
        made_at=now,
        expires_at=min(end, now + timedelta(days=LINK_DAYS)),
        most=most,
    )
    after = {"expires": link.expires_at.isoformat(timespec="minutes"), "most": most}
    _audit(row, "disclosure.linked", by=by, after=after)
    return NewLink(link, secret)


def take(secret: str, *, address: str, agent: str = "") -> Package | None:
    """取走: the third party takes the package. None where the link does not work, for whatever reason.

    ``Refused`` where a file is no longer what was consented to; then nothing counts as taken.
    """
    now = clock.now()
    found = live_link(secret, now)
    if found is None:
        return None
    made, digest = _package(found.disclosure, now)  # nobody waits in the database for it
    if _taken(found, now, digest, address=address[:64], agent=agent):
        return made
    made.stream.close()
    return None


@transaction.atomic
def _taken(found: DisclosureLink, now: datetime, digest: str, *, address: str, agent: str) -> bool:
    """Count it, once, if the link still works and the consent still stands."""
    row = Disclosure.objects.select_for_update().get(pk=found.disclosure_id)
    link = DisclosureLink.objects.select_for_update().get(pk=found.pk)
    if link.used >= link.most or row.state not in OPEN:  # two took it at once
        return False
    link.used += 1
    link.save(update_fields=["used"])
    if row.state != DisclosureState.GIVEN:  # taken again, it stays given
        row.state = _state(row.state, "give", "system", ("书面同意",))
        row.save(update_fields=["state"])
    Handover.objects.create(
        link=link, at=now, address=address, agent=_plain(agent)[:200], sha256=digest
    )
    after = {"address": address, "hash": digest, "recipient": row.recipient}
    _audit(row, "disclosure.taken", by="提供链接", after=after)
    when = f"{now.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
    body = f"{row.recipient}在 {when} 从 {address} 取走。"
    people = sorted({row.applied_by, row.consent_by})
    key = f":{link.pk}:{link.used}"
    _tell(row, people, f"{row.name}已被取走", body, by="提供链接", more=key)
    return True


def _package(row: Disclosure, now: datetime) -> tuple[Package, str]:
    """The archive, and its hash: a cover sheet that says for whom it is, and the files under marked names."""
    mark, files = mark_of(row), files_of(row)
    short = _short(row.recipient)
    stream: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  read by who answers
    try:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{mark}-封面.txt", _cover(row, files, now))
            for index, file in enumerate(files, 1):
                with open_whole(file.sha256, file.name) as kept:
                    name = f"{mark}-{index:02d}-仅供{short}-{file.name}"
                    archive.writestr(name, kept.read())
        size = stream.tell()
        digest = _digest(stream)
    except BaseException:
        stream.close()
        raise
    return Package(f"{mark}.zip", size, stream), digest


def _digest(stream: IO[bytes]) -> str:
    """The hash of all of it; the stream stands at its beginning afterwards."""
    stream.seek(0)
    digest = hashlib.sha256()
    while piece := stream.read(1 << 20):
        digest.update(piece)
    stream.seek(0)
    return digest.hexdigest()


def _cover(row: Disclosure, files: Sequence[DisclosedFile], now: datetime) -> bytes:
    lines = [
        f"{mark_of(row)}　仅供{row.recipient}",
        "",
        f"合同：{row.contract.title}（{row.contract_id}）",
        f"接收方：{row.recipient}",
        f"用途：{row.purpose}",
        f"期限：到 {row.until} 为止；到期请删除，不得再给别人，不得用于别的用途。",
        f"甲方书面同意：{row.paper}（{row.paper_day}）",
        f"依据：{row.basis}",
        f"取走时间：{now.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
        "",
        "文件（SHA-256）：",
        *(f"{index:02d}  {one.sha256}  {one.name}" for index, one in enumerate(files, 1)),
    ]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _short(recipient: str) -> str:
    return "".join(one if one.isalnum() else "_" for one in recipient)[:24]


# ── what must be so ──────────────────────────────────────────────────────────────────────────────────────────────


def _held(number: int, by: Seat) -> Disclosure:
    found = Disclosure.objects.select_for_update().filter(contract_id=by.contract_id, number=number)
    row = found.first() if may(by, Right.SEE) else None
    if row is None:
        says = f"这份合同没有第 {number} 号对外提供。"
        raise Refused([malformed("对外提供", says, "请核对编号。")])
    return row


def _state(state: str, name: str, role: str, papers: Sequence[str]) -> DisclosureState:
    after = DISCLOSURE.take(state, name, role=role, papers=papers)
    if isinstance(after, Doubt):
        raise Refused([after])
    return DisclosureState(after)


def _side(by: Seat) -> Side:
    if by.side is None:
        raise Refused([_not_allowed("您不代表任何一方，或同时代表双方，不能申请。")])
    return Side(by.side.value)


def _require(ruling: Ruling) -> None:
    if not ruling:
        raise Refused([_not_allowed(ruling.reason)])


def _not_allowed(says: str) -> Doubt:
    return Doubt(
        id=DoubtId("refused:disclosure"),
        kind=DoubtKind.REFUSED,
        severity=Severity.BLOCK,
        places=("对外提供",),
        says=says,
        mend="",
    )


def _plain(text: str) -> str:
    """One line without what cannot be seen."""
    return " ".join("".join(" " if category(one)[0] == "C" else one for one in text).split())


def _text(place: str, text: str, most: int) -> list[Doubt]:
    if not text:
        return [malformed(place, "没有填写。", f"请填写{place}。")]
    return [_too_long(place, len(text), most)] if len(text) > most else []


def _too_long(place: str, count: int, most: int) -> Doubt:
    return malformed(place, f"有 {count} 个字，最多 {most} 个。", "请写短一些。")


def _audit(row: Disclosure, act: str, **more: object) -> None:
    audit(act, contract_id=row.contract_id, about=row.name, **more)  # type: ignore[arg-type]  # by, before, after, reason


def _leads(contract_id: str) -> list[str]:
    return [one.username for one in consenting(contract_id)]


def _tell(
    row: Disclosure,
    usernames: Sequence[str],
    subject: str,
    body: str,
    *,
    by: Seat | str,
    more: str = "",
) -> None:
    own = by.username if isinstance(by, Seat) else ""
    people = accounts.accounts().filter(username__in=usernames, is_active=True)
    tell(
        [one for one in people if one.username != own],
        topic=Topic.DISCLOSURE,
        subject=f"{row.contract_id} {subject}",
        body=body,
        address=f"/contracts/{row.contract_id}/disclosures/{row.number}/",
        contract_id=row.contract_id,
        key=f"disclosure:{row.pk}:{row.state}{more}",
        by=by,
    )


# ── who is behind a recipient ────────────────────────────────────────────────────────────────────────────────────


def reveal_contact(number: int, reason: str, *, by: Seat) -> str | None:
    """查看接收方联系方式: with a reason, which stays; None where there is no such request."""
    row = Disclosure.objects.filter(contract_id=by.contract_id, number=number).first()
    if row is None or not may(by, Right.SEE):
        return None
    return reveal(row.name, {"接收方联系方式": row.contact}, reason, by=by)["接收方联系方式"]
