"""The register of contacts and liaisons: whose, since when, known to the other side since when, and to whom it is shown."""

from __future__ import annotations

from datetime import date

import pytest
from time_machine import travel

from lvyue.accounts.queries import audit_trail
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.core.service import ContactMeans, Way
from lvyue.evidence.queries import facts_named
from lvyue.library.calendar_files import default_calendar
from lvyue.notices.actions.contacts import (
    NewContact,
    confirm_contact,
    end_contact,
    enter_contact,
    name_liaison,
    reveal_contact,
)
from lvyue.notices.letter_choices import LetterKind, Origin, Side
from lvyue.notices.queries.contacts import contact_rows, counting_on, may_sign_off, standing
from lvyue.obligations.queries import statement_of
from tests.notices.cast import S0, S3, S4, Sit, came_back, contact_of, issued, sent, slip

MOBILE, PHONE = ContactMeans.MOBILE, ContactMeans.PHONE


def test_a_change_told_on_10_october_is_one_day_late_and_eight_by_the_strict_day(sit: Sit) -> None:
    """N2，S4 第十三条/2：2025-09-29 变更，10-10 告知，迟 1 天（严格 8 天）。"""
    supplier = sit("supplier_manager", S4)
    old = contact_of(supplier)
    with travel("2025-10-12T10:00:00+08:00"):
        new = contact_of(
            *(supplier, ContactMeans.ADDRESS, "澜江市新示例路 2 号", date(2025, 9, 29)),
            origin=Origin.TOLD,
            replaces=old.pk,
            known_on=date(2025, 10, 10),
            evidence=slip(supplier),
        )
        row = next(
            one
            for one in contact_rows(S4, date(2025, 10, 12), default_calendar())
            if one.id == new.pk
        )

    assert (row.tell_by, row.days_late, row.strict_days_late) == (date(2025, 10, 9), 1, 8)
    (finding,) = [
        one
        for one in statement_of(S4, date(2025, 10, 12)).evaluation.findings
        if one.term == "contact-change" and one.occurrence == f"联系方式-{new.pk}"
    ]
    assert finding.verdict is Verdict.LATE
    assert "迟 1 天" in finding.because
    assert "迟 8 天" in finding.because


def test_the_old_address_counts_until_the_letter_of_change_is_served(sit: Sit) -> None:
    """REG-11，S0 15.3：变更通知送达之日起，新地址才算；送达就是事实。"""
    supplier = sit("supplier_manager", S0)
    old = contact_of(supplier, since=date(2026, 2, 9))
    new = contact_of(
        *(supplier, ContactMeans.ADDRESS, "澜江市新示例路 2 号", date(2026, 6, 1)),
        origin=Origin.TOLD,
        replaces=old.pk,
    )
    notice = issued(supplier, LetterKind.CONTACT_CHANGE, date(2026, 6, 2), contact=new.pk)
    sent(supplier, notice, at="2026-06-02")
    assert counting_on(S0, Side.SUPPLIER, date(2026, 6, 9)) == [old]

    moved = came_back(supplier, notice, at="2026-06-10")

    assert counting_on(S0, Side.SUPPLIER, date(2026, 6, 9)) == [old]
    assert counting_on(S0, Side.SUPPLIER, date(2026, 6, 10)) == [new]
    (fact,) = facts_named(S0, [moved.letter.fact])
    assert (fact.kind, fact.subject) == ("contact.notified", f"联系方式-{new.pk}")
    (changed,) = facts_named(S0, [f"f-contact-{new.pk}"])
    assert (changed.kind, changed.day, changed.subject) == (
        *("contact.changed", date(2026, 6, 1)),
        fact.subject,
    )


def test_under_s3_only_what_the_other_side_confirmed_counts(sit: Sit) -> None:
    """N2，S3 第一章/二：只用双方确认的渠道。"""
    supplier, buyer = sit("supplier_manager", S3), sit("buyer", S3)
    row = contact_of(
        supplier, ContactMeans.EMAIL, "box@example.cn", date(2022, 4, 1), origin=Origin.TOLD
    )
    with travel("2022-05-02T10:00:00+08:00"):
        with pytest.raises(Refused, match="要由对方确认"):
            confirm_contact(row.pk, by=supplier)
        confirmed = confirm_contact(row.pk, by=buyer)

    assert not standing(confirmed, date(2022, 5, 1)).counts
    assert standing(confirmed, date(2022, 5, 2)).counts


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"kind": PHONE, "value": "8700000"}, "7 位数字"),
        ({"kind": MOBILE, "value": "0571-87000000"}, "座机"),
        ({"since": date(2099, 1, 1)}, "还没有到"),
        ({"known_on": date(2026, 3, 2)}, "没有凭证"),
        ({"known_on": date(2026, 3, 2), "evidence": "f" * 64}, "还没有上传"),
        ({"replaces": 999_999}, "没有编号为 999999"),
        ({"side": Side.BUYER}, "由甲方登记"),
        ({"person": "名" * 5000}, "最多 80 个"),
    ],
)
def test_a_contact_that_cannot_stand_is_refused_with_the_reason(
    sit: Sit, more: dict[str, object], says: str
) -> None:
    given: dict[str, object] = {
        "side": Side.SUPPLIER,
        "kind": MOBILE,
        "value": "13900000001",
        "since": date(2026, 3, 1),
    }

    with pytest.raises(Refused, match=says):
        enter_contact(NewContact(**(given | more)), by=sit("supplier_manager", S0))  # type: ignore[arg-type]  # one bad value at a time


def test_one_number_is_not_that_of_both_sides(sit: Sit) -> None:
    """N2 bad input：双方登记同一个号码。"""
    contact_of(sit("buyer", S0), MOBILE, "13900000001", date(2026, 2, 9))

    with pytest.raises(Refused, match="分不清是谁的"):
        contact_of(sit("supplier_manager", S0), MOBILE, "139 0000 0001", date(2026, 2, 9))


def test_who_left_is_ended_with_a_reason_and_stays_in_the_register(sit: Sit) -> None:
    """N2 bad input：收件人离职。"""
    supplier = sit("supplier_manager", S0)
    row = contact_of(supplier, MOBILE, "13900000001", date(2026, 2, 9), person="测试员")

    with pytest.raises(Refused, match="理由"):
        end_contact(row.pk, on=date(2026, 5, 31), reason=" ", by=supplier)
    with pytest.raises(Refused, match="由乙方办理"):
        end_contact(row.pk, on=date(2026, 5, 31), reason="离职", by=sit("buyer", S0))
    end_contact(row.pk, on=date(2026, 5, 31), reason="离职", by=supplier)

    assert counting_on(S0, Side.SUPPLIER, date(2026, 5, 31)) == [row]
    assert counting_on(S0, Side.SUPPLIER, date(2026, 6, 1)) == []


def test_a_value_is_veiled_until_somebody_says_why_and_that_is_kept(sit: Sit) -> None:
    """SYS-01：默认遮盖，说明理由才看，看了留痕。"""
    supplier, buyer = sit("supplier_manager", S0), sit("buyer", S0)
    row = contact_of(supplier, MOBILE, "13900000001", date(2026, 2, 9), person="测试员")

    shown = contact_rows(S0, date(2026, 3, 1), default_calendar())
    assert "13900000001" not in str(shown)
    assert "测试员" not in str(shown)
    with pytest.raises(Refused, match="没有填写"):
        reveal_contact(row.pk, "", by=buyer)
    with pytest.raises(Refused, match="不能查看"):
        reveal_contact(row.pk, "想看", by=sit("engineer", S0))
    assert reveal_contact(row.pk, "寄送整改通知书", by=buyer) == "13900000001"

    told = [one for one in audit_trail(S0) if one.act.startswith("contact.")]
    assert told[0].reason == "寄送整改通知书"
    assert "13900000001" not in str([(one.before, one.after, one.about) for one in told])


def test_a_contact_of_another_contract_is_not_there(sit: Sit) -> None:
    """REG-10：别的合同的编号，等于没有。"""
    row = contact_of(sit("supplier_manager", S0), since=date(2026, 2, 9))
    stranger = sit("buyer", S4)

    with pytest.raises(Refused, match="没有这一项"):
        confirm_contact(row.pk, by=stranger)
    with pytest.raises(Refused, match="没有这一项"):
        reveal_contact(row.pk, "看看", by=stranger)
    letter = issued(stranger, dated=date(2025, 9, 1))
    with pytest.raises(Refused, match="没有指明送往"):
        sent(stranger, letter, Way.POST, "2025-09-01", to=row.pk)


# ── N4 ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sign_off_by_a_former_liaison_is_refused(sit: Sit) -> None:
    """N4，S3 第六章/四：更换之后，前任的签认不算；更换之前的仍算。"""
    supplier = sit("supplier_manager", S3)
    first = name_liaison("测试甲", date(2022, 4, 1), by=supplier, powers="日常联络")
    name_liaison(
        *("测试乙", date(2022, 6, 1)),
        by=supplier,
        told_on=date(2022, 5, 30),
        replaces=first.pk,
    )

    assert may_sign_off(S3, Side.SUPPLIER, "测试甲", date(2022, 5, 31))
    assert may_sign_off(S3, Side.SUPPLIER, "测试乙", date(2022, 6, 1))
    former = may_sign_off(S3, Side.SUPPLIER, "测试甲", date(2022, 6, 1))
    assert not former
    assert "2022-05-31" in former.reason
    early = may_sign_off(S3, Side.SUPPLIER, "测试乙", date(2022, 5, 31))
    assert "从 2022-06-01 起" in early.reason


def test_two_liaisons_at_once_are_refused_and_a_change_is_told_first(sit: Sit) -> None:
    """N4 bad input：同时两位联络人；没有书面通知就更换。"""
    supplier = sit("supplier_manager", S3)
    first = name_liaison("测试甲", date(2022, 4, 1), by=supplier)

    with pytest.raises(Refused, match="不能同时有两个"):
        name_liaison("测试乙", date(2022, 6, 1), by=supplier)
    with pytest.raises(Refused, match="先书面通知"):
        name_liaison("测试乙", date(2022, 6, 1), by=supplier, replaces=first.pk)
    with pytest.raises(Refused, match="接任不能早于告知"):
        name_liaison(
            *("测试乙", date(2022, 6, 1)),
            by=supplier,
            told_on=date(2022, 6, 2),
            replaces=first.pk,
        )
    with pytest.raises(Refused, match="不能签发"):
        name_liaison("测试丙", date(2022, 6, 1), by=sit("engineer", S3))
