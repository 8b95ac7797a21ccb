"""Letters from the draft to the fact in the log: who may, what counts as service, and what follows when a receipt was wrong."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from lvyue.accounts.queries import audit_trail
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.core.service import ContactMeans, Happening, NotDecidable, NotYet, Served, Way
from lvyue.evidence.queries import entry, facts_named
from lvyue.notices.actions.letters import (
    LetterText,
    NewDispatch,
    Overtaken,
    dispatch_letter,
    draft_letter,
    issue_letter,
    rewrite_letter,
    withdraw_letter,
)
from lvyue.notices.letter_choices import LetterKind, LetterState, Origin
from lvyue.notices.queries.letters import letter, seen_by
from lvyue.obligations.actions.serving import consequence_of, moved_to
from lvyue.obligations.queries import statement_of
from tests.notices.cast import S0, S3, S4, Sit, came_back, contact_of, issued, sent, slip


def verdict(contract_id: str, term: str, on: date, occurrence: str) -> tuple[Verdict, object]:
    found = [
        one
        for one in statement_of(contract_id, on).evaluation.findings
        if one.term == term and one.occurrence == occurrence
    ]
    assert len(found) == 1, found
    return found[0].verdict, found[0].due


# ── from the receipt to the clock ────────────────────────────────────────────────────────────────────────────────


def test_a_correction_notice_starts_its_week_on_the_day_it_was_signed_for(sit: Sit) -> None:
    """REG-11, OBL-01，S0 15.3、7.2.15：整改通知书 2026-03-02 签收，一周到 03-09。"""
    buyer = sit("buyer", S0)
    row = issued(buyer, LetterKind.RECTIFICATION, subject="测试隐患")
    sent(buyer, row)

    moved = came_back(buyer, row)

    assert isinstance(moved.service, Served)
    assert (moved.letter.state, moved.letter.served_on) == (LetterState.SERVED, date(2026, 3, 2))
    (fact,) = facts_named(S0, [moved.letter.fact])
    assert (fact.kind, fact.day, fact.subject) == ("hazard.notified", date(2026, 3, 2), "测试隐患")
    assert fact.evidence == (moved.service.receipt.evidence[0],)
    assert verdict(S0, "hazard-rectified", date(2026, 3, 5), "测试隐患")[1] == date(2026, 3, 9)


def test_a_refused_courier_item_serves_and_a_corrected_day_moves_the_fact(sit: Sit) -> None:
    """REG-11：6 月 3 日拒收即送达；回执更正为 6 月 4 日，日志里另记一条更正。"""
    buyer, supplier = sit("buyer", S0), sit("supplier_manager", S0)
    there = contact_of(supplier, since=date(2026, 2, 9))
    row = issued(buyer, LetterKind.RECTIFICATION, date(2026, 6, 1), subject="隐患二")
    sent(buyer, row, Way.COURIER, "2026-06-01", to=there.pk)

    moved = came_back(buyer, row, Happening.REFUSED, "2026-06-03")
    assert moved.letter.served_on == date(2026, 6, 3)
    first = moved.letter.fact
    assert moved.receipt is not None
    again = came_back(
        *(buyer, row, Happening.REFUSED, "2026-06-04"),
        corrects=moved.receipt.pk,
        note="看错了邮戳",
    )

    assert (again.letter.served_on, again.letter.fact) == (date(2026, 6, 4), first)
    assert moved_to(S0, first) == ["2026-06-04"]
    assert verdict(S0, "hazard-rectified", date(2026, 6, 5), "隐患二")[1] == date(2026, 6, 11)


def test_a_receipt_taken_back_takes_the_fact_back_and_another_may_follow(sit: Sit) -> None:
    """更正是新的一条：原回执撤销，事实随之撤回，原来的行都在。"""
    buyer = sit("buyer", S0)
    row = issued(buyer, LetterKind.RECTIFICATION, subject="隐患三")
    sent(buyer, row)
    moved = came_back(buyer, row)
    first = moved.letter.fact
    assert moved.receipt is not None

    void = came_back(buyer, row, corrects=moved.receipt.pk, void=True, note="签收单是另一封的")

    assert isinstance(void.service, NotYet)
    assert (void.letter.state, void.letter.fact) == (LetterState.DISPATCHED, "")
    assert entry(S0, first) is not None
    later = came_back(buyer, row, at="2026-03-05", evidence=slip(buyer, b"the right slip"))
    assert later.letter.served_on == date(2026, 3, 5)
    assert later.letter.fact not in ("", first)


def test_after_a_refusal_to_sign_posting_to_the_contract_address_serves(sit: Sit) -> None:
    """N3，S4 第十三条/1、第九条/4：拒签后寄往合同地址，交寄之日送达，凭证随事实保存。"""
    buyer, supplier = sit("buyer", S4), sit("supplier_manager", S4)
    there = contact_of(supplier)
    row = issued(buyer, LetterKind.DEFAULT, date(2025, 9, 1))
    sent(buyer, row, Way.HAND, "2025-09-01")
    refused = came_back(buyer, row, Happening.REFUSED, "2025-09-01")
    assert (refused.letter.state, refused.letter.fact) == (LetterState.RETURNED, "")
    sent(buyer, row, Way.POST, "2025-09-02", to=there.pk)
    proof = slip(buyer, b"proof of posting")

    moved = came_back(buyer, row, Happening.POSTED, "2025-09-02", order=2, evidence=proof)

    assert isinstance(moved.service, Served)
    assert moved.letter.served_on == date(2025, 9, 2)
    (fact,) = facts_named(S4, [moved.letter.fact])
    assert (fact.kind, fact.evidence) == ("default.notified", (proof,))


def test_mail_returned_where_the_contract_is_silent_is_not_decidable_and_records_nothing(
    sit: Sit,
) -> None:
    """N3 bad input，S3：退件算不算送达没有约定，不登记事实。"""
    buyer, supplier = sit("buyer", S3), sit("supplier_manager", S3)
    there = contact_of(supplier, since=date(2022, 4, 1))
    row = issued(buyer, LetterKind.DEFAULT, date(2022, 6, 1))
    sent(buyer, row, Way.POST, "2022-06-01", to=there.pk)

    moved = came_back(buyer, row, Happening.RETURNED, "2022-06-08")

    assert isinstance(moved.service, NotDecidable)
    assert (moved.letter.state, moved.letter.fact) == (LetterState.DISPATCHED, "")


def test_a_letter_that_asks_for_an_answer_starts_the_buyers_clock_and_the_answer_ends_it(
    sit: Sit,
) -> None:
    """OBL-04、SD-10，S1 7.1.10：2026-09-14 签收，15 个工作日到 10-10；不要求答复的不起算。"""
    contract = "digital-operations-2026"
    supplier, buyer = sit("supplier_manager", contract), sit("buyer", contract)
    plain = issued(supplier, LetterKind.GENERAL, date(2026, 9, 14))
    sent(supplier, plain, at="2026-09-14")
    assert came_back(supplier, plain, at="2026-09-14").letter.fact == ""

    asks = issued(supplier, LetterKind.REQUEST, date(2026, 9, 14), title="请答复")
    sent(supplier, asks, at="2026-09-14")
    assert came_back(supplier, asks, at="2026-09-14").letter.fact
    found, due = verdict(contract, "client-reply", date(2026, 10, 12), asks.name)
    assert (found, due) == (Verdict.MISSED, date(2026, 10, 10))

    answer = issued(buyer, LetterKind.ANSWER, date(2026, 10, 9), answers=asks.number)
    sent(buyer, answer, at="2026-10-09")
    came_back(buyer, answer, at="2026-10-09")
    assert verdict(contract, "client-reply", date(2026, 10, 12), asks.name)[0] is Verdict.MET


def test_a_notice_of_the_other_side_does_not_start_a_clock_that_is_not_about_it(sit: Sit) -> None:
    """S0 的违约通知条款说的是甲方发给乙方：乙方发出的只留记录，不让乙方去整改。"""
    supplier = sit("supplier_manager", S0)
    row = issued(supplier, LetterKind.DEFAULT)
    sent(supplier, row)

    assert came_back(supplier, row).letter.fact == ""
    told = consequence_of(row, date(2026, 3, 2))
    assert told.kind == ""
    assert "只留记录" in told.because


# ── what does not serve ──────────────────────────────────────────────────────────────────────────────────────────


def test_fax_is_refused_where_the_party_has_none(sit: Sit) -> None:
    """REG-11 bad input：向没有传真的一方传真送达（S0）。"""
    buyer, supplier = sit("buyer", S0), sit("supplier_manager", S0)
    post = contact_of(supplier, since=date(2026, 2, 9))
    row = issued(buyer)

    for wrong in (None, post.pk, 999_999):
        with pytest.raises(Refused, match="传真"):
            sent(buyer, row, Way.FAX, to=wrong)


def test_a_chat_informs_and_says_so(sit: Sit) -> None:
    """N3 bad input：聊天消息不是送达。"""
    buyer = sit("buyer", S0)
    row = issued(buyer, LetterKind.RECTIFICATION)
    sent(buyer, row, Way.CHAT)

    moved = came_back(buyer, row)

    assert isinstance(moved.service, NotYet)
    assert "只供知悉" in moved.service.because
    fresh = letter(S0, row.number)
    assert fresh is not None
    assert "即时通信" in fresh.dispatches.all()[0].only_informs


def test_a_receipt_needs_its_proof_and_its_time_and_its_way(sit: Sit) -> None:
    """证据先行：没有凭证、早于送出、还没有发生、这种方式没有的回执，都说明在哪里、怎样改。"""
    buyer = sit("buyer", S0)
    row = issued(buyer)
    sent(buyer, row)

    for more, says in (
        ({"evidence": ""}, "要有凭证"),
        ({"evidence": "f" * 64}, "还没有上传"),
        ({"at": "2026-03-01"}, "早于送出"),
        ({"at": "2099-01-01"}, "还没有到"),
        ({"at": "三月"}, "不是有效的日期"),
        ({"happening": Happening.CONFIRMED}, "没有“传真确认收到”"),
        ({"order": 7}, "没有第 7 次送出"),
        ({"signed_by": ""}, "签收人"),
    ):
        with pytest.raises(Refused, match=says):
            came_back(buyer, row, **more)
    assert letter(S0, row.number).dispatches.get().receipts.count() == 0  # type: ignore[union-attr]  # it is there


def test_the_same_receipt_sent_twice_is_one(sit: Sit) -> None:
    buyer = sit("buyer", S0)
    row = issued(buyer, LetterKind.RECTIFICATION)
    sent(buyer, row)
    proof = slip(buyer)

    one = came_back(buyer, row, evidence=proof)
    two = came_back(buyer, row, evidence=proof)

    assert one.receipt == two.receipt
    assert one.letter.fact == two.letter.fact


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_other_side_sees_a_letter_once_it_was_sent(sit: Sit) -> None:
    """草稿和未送出的函件，对方不知道有没有。"""
    buyer, supplier = sit("buyer", S0), sit("supplier_manager", S0)
    row = issued(buyer)
    assert [one.number for one in seen_by(buyer)] == [row.number]
    assert not seen_by(supplier)
    with pytest.raises(Refused, match="没有函件第"):
        dispatch_letter(row.number, NewDispatch(Way.HAND, "2026-03-02"), by=supplier)

    sent(buyer, row)

    assert [one.number for one in seen_by(supplier)] == [row.number]
    with pytest.raises(Refused, match="由甲方发出"):
        sent(supplier, row)


def test_a_departments_letter_goes_through_the_buyer(sit: Sit) -> None:
    """S0 7.2.20：使用部门起草，甲方项目负责人签发。"""
    department, buyer = sit("using_department", S0), sit("buyer", S0)
    row = draft_letter(LetterKind.RECTIFICATION, LetterText("整改", "请整改。"), by=department)

    with pytest.raises(Refused, match="甲方项目负责人批准"):
        issue_letter(row.number, row.version, by=department)
    assert issue_letter(row.number, row.version, by=buyer).issued_by == buyer.username


@pytest.mark.parametrize("role", ["engineer", "auditor", "supervisor"])
def test_who_does_not_speak_for_a_side_writes_no_letters(sit: Sit, role: str) -> None:
    with pytest.raises(Refused, match="不能起草函件"):
        draft_letter(LetterKind.GENERAL, LetterText("函"), by=sit(role, S0))


def test_only_the_buyer_orders_a_rectification(sit: Sit) -> None:
    with pytest.raises(Refused, match="只能由甲方发出"):
        draft_letter(LetterKind.RECTIFICATION, LetterText("函"), by=sit("supplier_manager", S0))


def test_the_receiver_signs_by_their_own_word_and_a_former_liaison_does_not(sit: Sit) -> None:
    """N4，S3 第六章/四：前联络员签收，拒绝。"""
    from lvyue.notices.actions.contacts import name_liaison  # noqa: PLC0415  only here

    buyer, supplier = sit("buyer", S3), sit("supplier_manager", S3)
    first = name_liaison("测试甲", date(2022, 4, 1), by=supplier)
    name_liaison(
        *("测试乙", date(2022, 6, 1)),
        by=supplier,
        told_on=date(2022, 5, 30),
        replaces=first.pk,
    )
    row = issued(buyer, dated=date(2022, 6, 2))
    sent(buyer, row, at="2022-06-02")

    with pytest.raises(Refused, match="自 2022-05-31 之后已不是乙方联络人"):
        came_back(supplier, row, at="2022-06-02", signed_by="测试甲")
    with pytest.raises(Refused, match="不是乙方登记的联络人"):
        came_back(supplier, row, at="2022-06-02", signed_by="某用户")
    assert came_back(supplier, row, at="2022-06-02", signed_by="测试乙").letter.served_on


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_two_who_edit_at_once_the_second_is_told_and_loses_nothing(sit: Sit) -> None:
    buyer = sit("buyer", S0)
    row = draft_letter(LetterKind.GENERAL, LetterText("函", "一"), by=buyer)
    rewrite_letter(row.number, 1, LetterText("函", "二"), by=buyer)

    with pytest.raises(Overtaken) as told:
        rewrite_letter(row.number, 1, LetterText("函", "三"), by=buyer)
    assert (told.value.row.body, told.value.row.version) == ("二", 2)
    with pytest.raises(Overtaken):
        issue_letter(row.number, 1, by=buyer)


def test_what_was_issued_is_not_written_again_and_what_was_sent_not_withdrawn(sit: Sit) -> None:
    buyer = sit("buyer", S0)
    row = issued(buyer)
    with pytest.raises(Refused, match="签发之后不再改动"):
        rewrite_letter(row.number, row.version, LetterText("另一个"), by=buyer)
    sent(buyer, row)
    with pytest.raises(Refused, match="不能这样做"):
        withdraw_letter(row.number, "不发了", by=buyer)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (LetterText(""), "没有填写"),
        (LetterText("题" * 5000), "最多 200 个"),
        (LetterText("函", "字" * 20_001), "最多 20000 个"),
        (LetterText("函", files=("a" * 64,)), "还没有上传"),
    ],
)
def test_a_letter_that_cannot_stand_is_refused_with_the_reason(
    sit: Sit, text: LetterText, says: str
) -> None:
    with pytest.raises(Refused, match=says):
        draft_letter(LetterKind.GENERAL, text, by=sit("buyer", S0))


def test_control_characters_go_and_emoji_stay(sit: Sit) -> None:
    row = draft_letter(
        LetterKind.GENERAL, LetterText("函\r\nBcc: 某人\x00🙂", "正\x07文🙂"), by=sit("buyer", S0)
    )

    assert (row.title, row.body) == ("函 Bcc: 某人 🙂", "正文🙂")


def test_drafting_twice_by_a_double_click_drafts_once(sit: Sit) -> None:
    buyer = sit("buyer", S0)
    one, two = (draft_letter(LetterKind.GENERAL, LetterText("函"), by=buyer) for _ in range(2))

    assert one == two


@pytest.mark.parametrize("table", ["notices_dispatch", "notices_receipt"])
def test_the_database_itself_refuses_to_change_what_was_sent_and_what_came_back(
    sit: Sit, table: str
) -> None:
    from django.db import connection  # noqa: PLC0415

    buyer = sit("buyer", S0)
    row = issued(buyer)
    sent(buyer, row)
    came_back(buyer, row)

    for statement in (f"UPDATE {table} SET day = '2020-01-01'", f"DELETE FROM {table}"):  # noqa: S608  constants
        with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
            connection.cursor().execute(statement)


def test_the_audit_trail_tells_of_a_draft_only_that_there_is_one(sit: Sit) -> None:
    """双方都能查看留痕：草稿的内容不写进去。"""
    draft_letter(LetterKind.GENERAL, LetterText("机密的标题", "机密的正文"), by=sit("buyer", S0))

    told = [one for one in audit_trail(S0) if one.act.startswith("letter.")]
    assert [one.act for one in told] == ["letter.drafted"]
    assert "机密" not in str([(one.before, one.after, one.about, one.reason) for one in told])


def test_an_unconfirmed_mailbox_serves_nothing_under_s3(sit: Sit) -> None:
    """N2，S3 第一章/二：未确认的邮箱没有效力。"""
    buyer, supplier = sit("buyer", S3), sit("supplier_manager", S3)
    box = contact_of(
        supplier, ContactMeans.EMAIL, "new@example.cn", date(2022, 5, 1), origin=Origin.TOLD
    )
    row = issued(buyer, dated=date(2022, 6, 2))
    sent(buyer, row, Way.EMAIL, "2022-06-02", to=box.pk)

    moved = came_back(buyer, row, at="2022-06-03")

    assert isinstance(moved.service, NotYet)
    assert "没有经对方确认" in moved.service.because
