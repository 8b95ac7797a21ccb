"""When a letter counts as served, contract by contract, and what does not count."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.calendar import SHANGHAI
from lvyue.core.doubts import Doubt, DoubtKind
from lvyue.core.service import (
    BY_LAW,
    HAPPENINGS,
    Channel,
    ContactMeans,
    Dispatch,
    Happening,
    Leg,
    NotDecidable,
    NotYet,
    Receipt,
    Served,
    ServiceRules,
    Standing,
    Way,
    counting,
    legs_of,
    only_informs,
    served_on,
    standing_of,
    tell_by,
    written,
)
from lvyue.library.calendar_files import default_calendar
from lvyue.library.loader import load

HERE = Standing(counts=True, because="是当日有效的联系方式。")
ELSEWHERE = Standing(counts=False, because="已由新的地址取代。")
PROOF = ("a" * 64,)


def rules(contract: str) -> ServiceRules:
    found = load(contract).service
    assert found is not None
    return found


S0, S3, S4 = (
    rules(one) for one in ("security-support-2026", "video-conference-2022", "cloud-lease-2025")
)


def sent(
    way: Way, on: date, *receipts: tuple[Happening, date], at: Standing = HERE, proof: bool = True
) -> Dispatch:
    kept = PROOF if proof else ()
    return Dispatch(way, on, at, tuple(Receipt(what, day, kept) for what, day in receipts))


# ── REG-11 ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_courier_item_refused_on_3_june_is_served_on_3_june() -> None:
    """REG-11, S0 15.3：快递拒收之日即送达。"""
    found = served_on(
        S0, [sent(Way.COURIER, date(2026, 6, 1), (Happening.REFUSED, date(2026, 6, 3)))]
    )

    assert isinstance(found, Served)
    assert found.on == date(2026, 6, 3)
    assert "main 15.3" in found.because
    assert found.tried == ("2026-06-01 快递送出", "2026-06-03 快递：拒收")


@pytest.mark.parametrize(
    ("way", "happening", "counts"),
    [
        (Way.HAND, Happening.SIGNED, True),
        (Way.HAND, Happening.REFUSED, False),
        (Way.POST, Happening.RETURNED, True),
        (Way.POST, Happening.POSTED, False),
        (Way.FAX, Happening.CONFIRMED, True),
        (Way.EMAIL, Happening.SIGNED, False),
        (Way.CHAT, Happening.SIGNED, False),
        (Way.PLATFORM, Happening.SIGNED, False),
    ],
)
def test_each_way_counts_only_as_the_clause_says(
    way: Way, happening: Happening, *, counts: bool
) -> None:
    """S0 15.3：专人送以签收为准，邮寄以签收、拒收、退回为准，传真以确认为准；电子邮件和聊天不算。"""
    found = served_on(S0, [sent(way, date(2026, 6, 1), (happening, date(2026, 6, 2)))])

    assert isinstance(found, Served) is counts


def test_an_e_mail_is_for_information_and_says_so() -> None:
    """REG-11 bad input：把电子邮件当作送达。"""
    found = served_on(S0, [sent(Way.EMAIL, date(2026, 6, 1), (Happening.SIGNED, date(2026, 6, 1)))])

    assert isinstance(found, NotYet)
    assert "只供知悉" in found.because
    assert only_informs(S0, Way.EMAIL)
    assert not only_informs(S3, Way.EMAIL)


def test_until_the_change_notice_is_received_the_old_address_counts() -> None:
    """REG-11, S0 15.3：变更通知收到之前，原地址仍有效。"""
    old = Channel("1", ContactMeans.ADDRESS, date(2026, 2, 9), date(2026, 2, 9))
    new = Channel("2", ContactMeans.ADDRESS, date(2026, 6, 10), replaces="1")

    assert counting(S0, [old, new], date(2026, 6, 9)) == (old,)
    assert counting(S0, [old, new], date(2026, 6, 10)) == (new,)
    early = standing_of(S0, [old, new], new, date(2026, 6, 9))
    assert (early.counts, early.instead) == (False, "1")
    assert "main 15.3" in early.because


def test_what_was_never_told_does_not_count_and_the_old_one_does() -> None:
    """REG-11 bad input：改了地址没有通知。"""
    old = Channel("1", ContactMeans.ADDRESS, date(2026, 2, 9), until=date(2026, 5, 31))
    new = Channel("2", ContactMeans.ADDRESS, None, replaces="1")

    assert counting(S0, [old, new], date(2026, 12, 1)) == (old,)


def test_refused_at_an_address_that_no_longer_counts_serves_nothing() -> None:
    """N3 bad input：地址变更已告知，仍寄旧址被退回。"""
    item = sent(Way.POST, date(2026, 6, 1), (Happening.RETURNED, date(2026, 6, 3)), at=ELSEWHERE)
    signed = sent(Way.POST, date(2026, 6, 1), (Happening.SIGNED, date(2026, 6, 3)), at=ELSEWHERE)

    assert isinstance(served_on(S0, [item]), NotYet)
    assert isinstance(served_on(S0, [signed]), Served)  # whoever signed has it, wherever


# ── N3 ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_refusal_to_sign_and_posting_to_the_contract_address_is_served_when_posted() -> None:
    """N3, S4 第十三条/1：拒签之后寄往合同地址，交寄即送达，凭证留存。"""
    refused = sent(Way.HAND, date(2025, 9, 1), (Happening.REFUSED, date(2025, 9, 1)))
    posted = sent(Way.POST, date(2025, 9, 2), (Happening.POSTED, date(2025, 9, 2)))

    found = served_on(S4, [refused, posted])

    assert isinstance(found, Served)
    assert found.on == date(2025, 9, 2)
    assert found.receipt.evidence == PROOF
    assert found.doubts == ("posted-or-arrived",)


def test_posting_alone_or_to_another_address_or_without_proof_serves_nothing() -> None:
    """S4 第十三条/1：没有先当面送、寄错地址、没有凭证，都不因交寄而送达。"""
    refused = sent(Way.HAND, date(2025, 9, 1), (Happening.REFUSED, date(2025, 9, 1)))
    posted = (Happening.POSTED, date(2025, 9, 2))

    assert isinstance(served_on(S4, [sent(Way.POST, date(2025, 9, 2), posted)]), NotYet)
    astray = sent(Way.POST, date(2025, 9, 2), posted, at=ELSEWHERE)
    assert isinstance(served_on(S4, [refused, astray]), NotYet)
    unproved = served_on(S4, [refused, sent(Way.POST, date(2025, 9, 2), posted, proof=False)])
    assert isinstance(unproved, NotDecidable)
    assert [one.kind for one in unproved.doubts] == [DoubtKind.UNPROVED]


def test_where_the_contract_is_silent_a_returned_parcel_is_not_decidable() -> None:
    """S3 没有写退回怎么算；没有送达约定的合同也一样。"""
    returned = sent(Way.POST, date(2022, 9, 1), (Happening.RETURNED, date(2022, 9, 5)))
    signed = sent(Way.POST, date(2022, 9, 1), (Happening.SIGNED, date(2022, 9, 5)))

    for silent in (S3, BY_LAW):
        unclear = served_on(silent, [returned])
        assert isinstance(unclear, NotDecidable)
        assert [one.kind for one in unclear.doubts] == [DoubtKind.SILENT]
        plain = served_on(silent, [signed])
        assert isinstance(plain, Served)
        assert "民法典" in plain.because


def test_an_unconfirmed_channel_has_no_effect() -> None:
    """N2, S3 第一章/二：未经确认的渠道没有效力，签收也一样。"""
    unconfirmed = Channel("1", ContactMeans.EMAIL, date(2022, 4, 1))
    confirmed = Channel("2", ContactMeans.EMAIL, date(2022, 4, 1), confirmed=date(2022, 4, 5))
    channels = [unconfirmed, confirmed]
    here = standing_of(S3, channels, unconfirmed, date(2022, 5, 1))
    reply = (Happening.SIGNED, date(2022, 5, 1))

    assert counting(S3, channels, date(2022, 5, 1)) == (confirmed,)
    assert isinstance(served_on(S3, [sent(Way.EMAIL, date(2022, 5, 1), reply, at=here)]), NotYet)
    assert isinstance(served_on(S3, [sent(Way.EMAIL, date(2022, 5, 1), reply)]), Served)


# ── what always holds ────────────────────────────────────────────────────────────────────────────────────────────

DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))


@st.composite
def dispatches(draw: st.DrawFn) -> list[Dispatch]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        way, begun = draw(st.sampled_from(Way)), draw(DAYS)
        receipts = tuple(
            Receipt(
                draw(st.sampled_from(HAPPENINGS[way])),
                begun + timedelta(days=draw(st.integers(0, 40))),
                draw(st.sampled_from([(), PROOF])),
            )
            for _ in range(draw(st.integers(0, 3)))
        )
        found.append(Dispatch(way, begun, draw(st.sampled_from([HERE, ELSEWHERE])), receipts))
    return found


@given(dispatches(), st.sampled_from([S0, S3, S4, BY_LAW]))
def test_nothing_is_served_before_it_was_sent(tries: list[Dispatch], say: ServiceRules) -> None:
    found = served_on(say, tries)

    if isinstance(found, Served):
        assert found.on >= found.dispatch.at
        assert found.receipt in found.dispatch.receipts


@given(dispatches(), dispatches(), st.sampled_from([S0, S3, S4, BY_LAW]))
def test_what_happens_later_never_changes_an_earlier_service(
    tries: list[Dispatch], more: list[Dispatch], say: ServiceRules
) -> None:
    found = served_on(say, tries)
    if not isinstance(found, Served):
        return
    later = [
        Dispatch(
            one.way,
            found.on + timedelta(days=1 + number),
            one.standing,
            tuple(
                Receipt(slip.happening, found.on + timedelta(days=1 + number), slip.evidence)
                for slip in one.receipts
            ),
        )
        for number, one in enumerate(more)
    ]

    again = served_on(say, [*tries, *later])

    assert isinstance(again, Served)
    assert (again.on, again.receipt) == (found.on, found.receipt)


def test_a_receipt_cannot_be_earlier_than_the_dispatch() -> None:
    with pytest.raises(ValueError, match="早于送出"):
        sent(Way.HAND, date(2026, 6, 2), (Happening.SIGNED, date(2026, 6, 1)))


# ── channels ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_s4_tells_a_change_within_three_days_and_s0_names_no_number() -> None:
    """N2, S4 第十三条/2：2025-09-29 变更，严格 10-02，顺延到 10-09。"""
    due = tell_by(S4, date(2025, 9, 29), default_calendar())

    assert due is not None
    assert (due.due_day, due.strict) == (date(2025, 10, 9), date(2025, 10, 2))
    assert tell_by(S0, date(2026, 3, 2), default_calendar()) is None


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        (ContactMeans.MOBILE, "１３９ 0000 0001", "13900000001"),
        (ContactMeans.MOBILE, "+86 139-0000-0001", "13900000001"),
        (ContactMeans.PHONE, "（0571）87000000 转 12", "0571-87000000-12"),
        (ContactMeans.EMAIL, "Zhang.San@Example.CN", "zhang.san@example.cn"),
        (ContactMeans.ADDRESS, " 澜江市  示例路 1 号 ", "澜江市 示例路 1 号"),
    ],
)
def test_a_channel_is_kept_in_one_form(kind: ContactMeans, text: str, kept: str) -> None:
    assert written(kind, text) == kept


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (ContactMeans.PHONE, "8700000", "7 位"),  # N2 bad input: seven digits
        (ContactMeans.MOBILE, "0571-87000000", "座机"),  # N1 bad input: landline for SMS
        (ContactMeans.MOBILE, "1390000000", "10 位"),
        (ContactMeans.EMAIL, "a@b\r\nBcc: c@d.cn", "控制字符"),
        (ContactMeans.EMAIL, "不是邮箱", "不是电子邮箱"),
        (ContactMeans.ADDRESS, "路" * 5000, "最多"),
        (ContactMeans.ADDRESS, "", "没有填写"),
        (ContactMeans.FAX, "\u202e0571-87000000", "控制字符"),
    ],
)
def test_a_channel_that_is_none_is_refused_with_the_reason(
    kind: ContactMeans, text: str, says: str
) -> None:
    found = written(kind, text)

    assert isinstance(found, Doubt)
    assert says in found.says


# ── one notice, several legs ─────────────────────────────────────────────────────────────────────────────────────


def test_a_notice_is_complete_only_when_every_channel_reached_everybody() -> None:
    """N1, S4 第五条/一：邮件和短信两路，甲方和负责人两个人，缺一不可。"""
    at = datetime(2025, 9, 1, 10, 0, tzinfo=SHANGHAI)

    def leg(channel: str, person: str, minutes: int | None, failed: str = "") -> Leg:
        arrived = None if minutes is None else at + timedelta(minutes=minutes)
        return Leg(channel, person, at, arrived, failed)

    mail, sms = legs_of(
        ["mail", "sms"],
        ["甲方值班室", "负责人"],
        [
            leg("mail", "甲方值班室", 20),
            leg("mail", "负责人", 21),
            leg("sms", "甲方值班室", 5),
            leg("sms", "负责人", None, "空号"),
        ],
    )

    assert mail.complete == at + timedelta(minutes=21)
    assert (sms.complete, sms.lacking) == (None, ("负责人：空号",))
