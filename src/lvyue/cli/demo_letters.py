"""演示函件: invented letters, contacts and receipts beside the demonstration year, through the same doors as anybody's.

Where the year already says that a letter was served the letter is that one: nothing is added to the log.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from lvyue.core.calendar import SHANGHAI
from lvyue.core.service import ContactMeans, Happening, Way

_PLACES = {"buyer": "澜江市演示路 1 号（演示）", "supplier": "澜江市示例路 2 号（演示）"}


def load_security(contract_id: str) -> int:
    """S0: a correction notice that the courier brought back refused, a mail that only informs, a department's draft."""
    from lvyue.notices.actions.letters import LetterText, draft_letter
    from lvyue.notices.letter_choices import LetterKind

    seats = _seats(contract_id, ("buyer0", "manager0", "department0"))
    if seats is None:
        return 0
    buyer, supplier, department = seats
    since = date(2026, 2, 9)
    _contact(buyer, ContactMeans.ADDRESS, _PLACES["buyer"], since)
    mail = _contact(buyer, ContactMeans.EMAIL, "buyer0@example.cn", since)
    there = _contact(supplier, ContactMeans.ADDRESS, _PLACES["supplier"], since)
    notice = LetterText(
        "整改通知书（演示）",
        "检查发现补丁缺失，请按合同约定的时间整改并报告结果。",
        paper="演示文书-整改04",
        subject="演示隐患-04 补丁缺失",
    )
    row = _issued(LetterKind.RECTIFICATION, notice, date(2026, 9, 18), buyer)
    _sent(row, Way.COURIER, "2026-09-19", buyer, there, "演示单号-01")
    _came_back(row, Happening.REFUSED, "2026-09-21", buyer)
    report = LetterText("情况说明（演示）", "补丁窗口安排如下。", paper="演示文书-说明01")
    informed = _issued(LetterKind.GENERAL, report, date(2026, 9, 22), supplier)
    _sent(informed, Way.EMAIL, "2026-09-22", supplier, mail)
    wish = LetterText("关于增加巡检的要求（演示）", "请乙方在汛期增加一次机房巡检。")
    draft_letter(LetterKind.GENERAL, wish, by=department)
    return 3


def load_lease(contract_id: str) -> int:
    """S4: a notice of default refused by hand and then posted, and the one-hour notice of which the SMS never arrived."""
    from lvyue.notices.actions.contacts import name_liaison
    from lvyue.notices.actions.letters import LetterText
    from lvyue.notices.letter_choices import LetterKind

    seats = _seats(contract_id, ("buyer4", "manager4"))
    if seats is None:
        return 0
    buyer, supplier = seats
    since = date(2025, 7, 29)
    there = _contact(supplier, ContactMeans.ADDRESS, _PLACES["supplier"], since)
    mail = _contact(buyer, ContactMeans.EMAIL, "lead4@example.cn", since, "石定责（演示）")
    sms = _contact(buyer, ContactMeans.MOBILE, "13900000004", since, "石定责（演示）")
    name_liaison("石定责（演示）", since, by=buyer, powers="日常联络、签收文书")
    name_liaison("舒扩容（演示）", since, by=supplier, powers="日常联络、签收文书")
    notice = LetterText(
        "违约通知（演示）",
        "请在限定的期限内改正并书面报告。",
        paper="演示文书-违约通知01",
        subject="演示违约-01",
    )
    row = _issued(LetterKind.DEFAULT, notice, date(2025, 11, 1), buyer)
    _sent(row, Way.HAND, "2025-11-02", buyer)
    _came_back(row, Happening.REFUSED, "2025-11-02", buyer)
    _sent(row, Way.POST, "2025-11-03", buyer, there, "演示挂号-01")
    _came_back(row, Happening.POSTED, "2025-11-03", buyer, order=2)
    _prompt(supplier, mail, sms)
    return 1


def _prompt(supplier: Any, mail: Any, sms: Any) -> None:
    """The disconnection of the demonstration year: mail after half an hour, and a telephone that was switched off."""
    from lvyue.notices.actions.prompting import NewLeg, NewPrompt, open_prompt
    from lvyue.notices.letter_choices import PromptChannel
    from lvyue.obligations.actions.serving import record_leg
    from lvyue.obligations.queries import calendar

    def at(hour: int, minute: int) -> datetime:
        return datetime(2025, 10, 15, hour, minute, tzinfo=SHANGHAI)

    text = "系统感染病毒并危及平台，已断网处置（演示）。"
    new = NewPrompt("notice-disconnection", "演示断网-01", at(9, 20), text)
    row = open_prompt(new, calendar(), by=supplier)
    proof = _paper(supplier, "邮件回执（演示）.txt")
    arrived = NewLeg(PromptChannel.MAIL, mail.pk, at(9, 49), at(9, 50), evidence=proof)
    record_leg(row.number, arrived, by=supplier)
    lost = NewLeg(PromptChannel.SMS, sms.pk, at(9, 51), failed="手机关机，网关放弃（演示）")
    record_leg(row.number, lost, by=supplier)


def _seats(contract_id: str, usernames: tuple[str, ...]) -> list[Any] | None:
    """The made-up people at their contract; None where they are not let in, or have written their letters already."""
    from lvyue.accounts.queries import demonstration_account, seat_of
    from lvyue.notices.queries.letters import letters

    people = [demonstration_account(one) for one in usernames]
    if letters(contract_id).exists() or None in people:
        return None
    return [seat_of(one, contract_id) for one in people if one is not None]


def _contact(seat: Any, kind: ContactMeans, value: str, since: date, person: str = "") -> Any:
    from lvyue.notices.actions.contacts import NewContact
    from lvyue.notices.letter_choices import Origin, Side
    from lvyue.obligations.actions.serving import register_contact

    side = Side(seat.side.value)
    new = NewContact(side, kind, value, since, person=person, origin=Origin.CONTRACT)
    return register_contact(new, by=seat)


def _issued(kind: Any, text: Any, dated: date, seat: Any) -> Any:
    from lvyue.notices.actions.letters import draft_letter, issue_letter

    row = draft_letter(kind, text, by=seat)
    return issue_letter(row.number, row.version, by=seat, dated=dated)


def _sent(row: Any, way: Way, at: str, seat: Any, to: Any = None, tracking: str = "") -> None:
    from lvyue.notices.actions.letters import NewDispatch
    from lvyue.obligations.actions.serving import send_letter

    target = None if to is None else to.pk
    send_letter(row.number, NewDispatch(way, at, target, tracking), by=seat)


def _came_back(row: Any, happening: Happening, at: str, seat: Any, order: int = 1) -> None:
    from lvyue.notices.actions.letters import NewReceipt
    from lvyue.obligations.actions.serving import receive

    proof = _paper(seat, f"{happening.zh}凭证（演示）.txt")
    receive(row.number, NewReceipt(order, happening, at, proof), by=seat)


def _paper(seat: Any, name: str) -> str:
    from lvyue.obligations.actions.recording import attach_file

    content = f"演示：{name}，编写的文件，不是任何单位的实际凭证。".encode()
    return attach_file(seat.contract_id, name, [content], by=seat).sha256
