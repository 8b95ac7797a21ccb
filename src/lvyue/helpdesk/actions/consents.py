"""事先同意: software that may stop the system, bulk messages, third parties: judged by the contract, asked, answered, begun.

What the contract forbids is refused with its clause; what needs leave waits for the buyer's written consent, and cannot begin
before it; consent that comes after the beginning is none (SD-13, SD-14).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.allowances import Allowance, Asked, Matter, judged, wrong_with
from lvyue.core.calendar import day_of
from lvyue.core.doubts import Refused, malformed
from lvyue.evidence import queries as evidence
from lvyue.helpdesk.actions.writing import require
from lvyue.helpdesk.models import PriorConsent
from lvyue.helpdesk.models.consents import ConsentState
from lvyue.notices.texts import many_lines, one_line
from lvyue.obligations.ground import case_of

#: The longest purpose or answer, in characters.
LONGEST = 10_000

#: Those that may begin.
_OPEN = (ConsentState.FREE, ConsentState.CONSENTED)


@transaction.atomic
def ask_consent(
    contract_id: str,
    asked: Asked,
    *,
    name: str,
    purpose: str,
    licence: str = "",
    files: tuple[str, ...] = (),
    by: Seat,
) -> PriorConsent:
    """申请同意, or register what needs none. ``name`` is the software, the message job or the body; ``licence`` a tool's.

    ``Refused`` with the clause where the contract does not allow it at all, whoever might consent.
    """
    tool = asked.matter is Matter.TOOL
    require(may(by, Right.TICKET_WORK if tool else Right.TICKET_LEAD), asked.matter.zh)
    now = clock.now()
    release = case_of(contract_id, day_of(now)).release
    doubts = [*wrong_with(release, asked)]
    if not one_line(name):
        doubts.append(malformed("名称", "没有写。", "请写明是什么软件、消息或哪个单位。"))
    if not many_lines(purpose):
        doubts.append(malformed("用途", "没有写。", "请写明用来做什么、影响谁。"))
    if tool and not licence.strip():
        doubts.append(
            malformed("许可证", "没有写。", "请写明许可证的种类和期限；开源软件写许可证名称。")
        )
    if asked.begins < day_of(now):
        says = f"{asked.begins} 已经过去。"
        doubts.append(malformed("开始日", says, "同意要在开始之前取得；已经开始的请如实报告甲方。"))
    proof_wanted = asked.in_bid or asked.qualified_until is not None
    if proof_wanted and not files:
        says = "没有附投标文件的分包说明或资质证书。"
        doubts.append(malformed("凭据", says, "请附文件。"))
    if set(files) - {one.sha256 for one in evidence.files(contract_id, files)}:
        doubts.append(malformed("凭据", "这份合同没有这个文件。", "请先把文件存为附件。"))
    if doubts:
        raise Refused(doubts)
    ruling = judged(release, asked)
    free = ruling.allowance is Allowance.FREE
    row = PriorConsent.objects.create(
        contract_id=contract_id,
        matter=asked.matter.value,
        name=one_line(name)[:200],
        purpose=many_lines(purpose)[:LONGEST],
        details=_details(asked) | ({"licence": one_line(licence)[:200]} if tool else {}),
        begins=asked.begins,
        ends=asked.ends,
        state=ConsentState.FREE if free else ConsentState.ASKED,
        why=ruling.why,
        clauses=[str(one) for one in ruling.clauses],
        evidence=[*files],
        asked_at=now,
        asked_by=by.username,
        asked_name=by.name,
    )
    _audit("consent.asked", row, by)
    return row


@transaction.atomic
def answer_consent(
    contract_id: str, consent_id: int, *, agree: bool, paper: str = "", said: str = "", by: Seat
) -> PriorConsent:
    """同意 or not: by the buyer's lead, in writing, before the day on which it begins has passed."""
    row = _hold(contract_id, consent_id)
    require(may(by, Right.TICKET_APPROVE), row.get_matter_display())
    _must_be(row, ConsentState.ASKED)
    now = clock.now()
    doubts = []
    if agree and not one_line(paper):
        doubts.append(malformed("同意文书", "没有写。", "同意要有书面文书，请写编号。"))
    if agree and row.begins < day_of(now):
        says = f"原定 {row.begins} 开始，已经过去。"
        doubts.append(malformed("开始日", says, "事后的同意不算事先同意；请乙方重新申请。"))
    if not agree and not said.strip():
        doubts.append(malformed("理由", "没有写。", "不同意要写明理由。"))
    if doubts:
        raise Refused(doubts)
    row.state = ConsentState.CONSENTED if agree else ConsentState.REFUSED
    row.answered_at, row.answered_by = now, by.username
    row.paper, row.answer = one_line(paper)[:200], many_lines(said)[:LONGEST]
    row.save(update_fields=["state", "answered_at", "answered_by", "paper", "answer"])
    _audit("consent.answered", row, by)
    return row


@transaction.atomic
def start_consented(contract_id: str, consent_id: int, *, by: Seat) -> PriorConsent:
    """开始: to use, to send, to let somebody begin; only with consent, and only on the days for which it holds."""
    row = _hold(contract_id, consent_id)
    require(may(by, Right.TICKET_WORK), row.get_matter_display())
    today = day_of(clock.now())
    if row.state not in _OPEN:
        says = f"{row.name} 现在是“{row.get_state_display()}”，不能开始（{_cited(row)}）。"
        raise Refused([malformed(row.get_matter_display(), says, "请先取得甲方书面同意。")])
    if not row.begins <= today <= row.ends:
        says = f"许可的日期是 {row.begins} 至 {row.ends}。"
        raise Refused([malformed(row.get_matter_display(), says, "请在期内办理，或另行申请。")])
    until = row.details.get("qualified_until")
    if until and date.fromisoformat(until) < today:
        says = f"资质 {until} 已到期。"
        raise Refused([malformed("资质", says, "请补交有效的资质证书，另行申请。")])
    row.state, row.started_at = ConsentState.STARTED, clock.now()
    row.save(update_fields=["state", "started_at"])
    _audit("consent.started", row, by)
    return row


@transaction.atomic
def end_consented(contract_id: str, consent_id: int, *, by: Seat) -> PriorConsent:
    """结束: what was begun is over: the tool removed, the message sent, the body's work done."""
    row = _hold(contract_id, consent_id)
    require(may(by, Right.TICKET_WORK), row.get_matter_display())
    _must_be(row, ConsentState.STARTED)
    row.state, row.ended_at = ConsentState.ENDED, clock.now()
    row.save(update_fields=["state", "ended_at"])
    _audit("consent.ended", row, by)
    return row


def _hold(contract_id: str, consent_id: int) -> PriorConsent:
    """Raises ``PriorConsent.DoesNotExist``."""
    return PriorConsent.objects.select_for_update().get(pk=consent_id, contract_id=contract_id)


def _must_be(row: PriorConsent, state: ConsentState) -> None:
    if row.state != state:
        says = f"现在是“{row.get_state_display()}”。"
        raise Refused([malformed(row.get_matter_display(), says, "请刷新后再看。")])


def _cited(row: PriorConsent) -> str:
    return "、".join(row.clauses) or "本系统规定"


def _details(asked: Asked) -> dict[str, str | bool]:
    details: dict[str, str | bool] = {}
    match asked.matter:
        case Matter.TOOL:
            details |= {"stops": asked.stops, "trial": asked.trial}
        case Matter.THIRD_PARTY:
            details |= {"work": asked.work, "in_bid": asked.in_bid}
            if asked.qualified_until is not None:
                details["qualified_until"] = asked.qualified_until.isoformat()
        case Matter.MESSAGES:
            pass
    return details


def _audit(act: str, row: PriorConsent, by: Seat) -> None:
    after: Mapping[str, object] = {
        "matter": row.matter,
        "state": row.state,
        "begins": row.begins.isoformat(),
        "ends": row.ends.isoformat(),
        "clauses": row.clauses,
        "paper": row.paper,
    }
    audit(
        act,
        by=by,
        contract_id=row.contract_id,
        about=row.name,
        after=after,
        reason=row.answer[:500],
    )
