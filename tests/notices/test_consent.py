"""书面同意函 (OBL-06): only in writing, only by whom the term is owed to, and only what comes after it (4.3.1, 7.2.6, 7.2.17)."""

from __future__ import annotations

from datetime import date

import pytest
from click.testing import CliRunner
from django.test import Client

from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import account
from lvyue.cli.main import main
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.evidence.queries import corrections, facts_named
from lvyue.notices.actions.letters import LetterText, draft_letter, issue_letter, rewrite_letter
from lvyue.notices.letter_choices import LetterKind
from lvyue.notices.models import Letter
from lvyue.obligations.actions.serving import consequence_of
from lvyue.obligations.queries import statement_of
from tests.notices.cast import S0, S3, Sit, came_back, sent
from tests.obligations.test_reminders import happened

BAN = "no-staff-change"

pytestmark = pytest.mark.django_db


def consent(
    seat: Seat, dated: date = date(2026, 3, 1), subject: str = "丁", term: str = BAN
) -> Letter:
    text = LetterText("同意换人", "同意调换一次。", paper="测试-同意书", subject=subject, term=term)
    row = draft_letter(LetterKind.CONSENT, text, by=seat)
    return issue_letter(row.number, row.version, by=seat, dated=dated)


def served(seat: Seat, on: str, **more: str) -> Letter:
    row = consent(seat, date.fromisoformat(on), **more)
    sent(seat, row, at=on)
    return came_back(seat, row, at=on).letter


def found(on: date = date(2026, 3, 20)) -> dict[str, tuple[Verdict, str]]:
    """What is found of the ban, by who was replaced."""
    return {
        one.occurrence: (one.verdict, one.because)
        for one in statement_of(S0, on).evaluation.findings
        if one.term == BAN
    }


def replaced(who: str, on: str) -> None:
    happened(S0, "staff.absent", on, who, **{"class": "replaced"})


def test_a_consent_before_the_act_waives_the_breach(sit: Sit) -> None:
    row = served(sit("buyer", S0), "2026-03-01")
    replaced("丁", "2026-03-04")

    (fact,) = facts_named(S0, [row.fact])
    assert (fact.kind, fact.day, fact.subject) == ("term.waived", date(2026, 3, 1), "丁")
    assert dict(fact.data) == {"term": BAN, "paper": "测试-同意书"}
    verdict, because = found()["丁"]
    assert verdict is Verdict.WAIVED
    assert "测试-同意书" in because


def test_a_consent_after_the_act_ratifies_and_the_breach_stands(sit: Sit) -> None:
    """OBL-06：同意晚于行为，违约成立，显示事后追认。"""
    buyer = sit("buyer", S0)
    replaced("丁", "2026-03-04")

    served(buyer, "2026-03-10")

    verdict, because = found()["丁"]
    assert verdict is Verdict.MISSED
    assert "追认" in because


def test_what_counts_is_the_day_of_service_and_not_the_day_of_writing(sit: Sit) -> None:
    """写在前、送达在后：行为时对方手里没有同意。"""
    buyer = sit("buyer", S0)
    replaced("丁", "2026-03-04")
    row = consent(buyer, date(2026, 3, 1))
    sent(buyer, row, at="2026-03-01")
    assert found()["丁"][0] is Verdict.MISSED  # drafted, issued and sent is nothing yet

    came_back(buyer, row, at="2026-03-05")

    assert found()["丁"][0] is Verdict.MISSED
    assert "追认" in found()["丁"][1]


def test_a_consent_for_one_is_none_for_another_and_without_a_name_for_all(sit: Sit) -> None:
    buyer = sit("buyer", S0)
    served(buyer, "2026-03-01")
    replaced("丙", "2026-03-04")
    replaced("丁", "2026-03-05")
    assert found()["丙"][0] is Verdict.MISSED

    served(buyer, "2026-03-02", subject="")

    assert [found()[who][0] for who in ("丙", "丁")] == [Verdict.WAIVED, Verdict.WAIVED]


def test_a_receipt_taken_back_takes_the_waiver_back(sit: Sit) -> None:
    buyer = sit("buyer", S0)
    row = consent(buyer)
    sent(buyer, row, at="2026-03-01")
    moved = came_back(buyer, row, at="2026-03-01")
    replaced("丁", "2026-03-04")
    assert moved.receipt is not None

    came_back(buyer, row, corrects=moved.receipt.pk, void=True, note="签收单是另一封的")

    assert [one.kind for one in corrections(S0)] == ["fact.withdrawn"]
    assert found()["丁"][0] is Verdict.MISSED


def test_the_using_department_drafts_and_only_the_buyers_lead_issues(sit: Sit) -> None:
    """OBL-06：使用部门的同意不是甲方的同意。"""
    department, buyer = sit("using_department", S0), sit("buyer", S0)
    text = LetterText("同意换人", "同意。", subject="丁", term=BAN)
    row = draft_letter(LetterKind.CONSENT, text, by=department)

    with pytest.raises(Refused):
        issue_letter(row.number, row.version, by=department)
    assert issue_letter(row.number, row.version, by=buyer).issued_by == buyer.username


@pytest.mark.parametrize(
    ("role", "term", "says"),
    [
        ("supplier_manager", BAN, "不能单方豁免"),
        ("buyer", "first-payment", "不能单方豁免"),
        ("buyer", "", "没有指明"),
        ("buyer", "forged\x00🙂", "没有指明"),
        ("engineer", BAN, "函件"),
        ("auditor", BAN, "函件"),
    ],
)
def test_nobody_consents_to_what_is_not_owed_to_them(
    role: str, term: str, says: str, sit: Sit
) -> None:
    with pytest.raises(Refused, match=says):
        draft_letter(LetterKind.CONSENT, LetterText("同意", "同意。", term=term), by=sit(role, S0))
    assert not Letter.objects.exists()


def test_a_term_stands_in_no_other_letter_and_stays_when_one_is_rewritten(sit: Sit) -> None:
    buyer = sit("buyer", S0)
    with pytest.raises(Refused, match="只有书面同意函"):
        draft_letter(LetterKind.GENERAL, LetterText("函", "文", term=BAN), by=buyer)
    row = draft_letter(LetterKind.CONSENT, LetterText("同意", "一", term=BAN), by=buyer)

    again = rewrite_letter(row.number, row.version, LetterText("同意", "二"), by=buyer)

    assert (again.term, again.body) == (BAN, "二")


def test_the_page_of_a_letter_says_what_will_follow(sit: Sit) -> None:
    row = consent(sit("buyer", S0))

    told = consequence_of(row, date(2026, 3, 1))

    assert told.kind == "term.waived"
    assert "事后追认" in told.because


# ── the pages and the interface ──────────────────────────────────────────────────────────────────────────────────


def as_(seat: Seat) -> Client:
    client = Client()
    person = account(seat.username)
    assert person is not None
    client.force_login(person)
    return client


def test_a_consent_begins_on_the_page_of_the_term(sit: Sit) -> None:
    buyer, supplier = as_(sit("buyer", S0)), as_(sit("supplier_manager", S0))
    begin = f"/contracts/{S0}/letters/new/?kind=consent&amp;term={BAN}"
    page = f"/contracts/{S0}/terms/{BAN}/"
    assert begin in buyer.get(page).content.decode()
    assert begin not in supplier.get(page).content.decode()
    form = buyer.get(begin.replace("&amp;", "&"))
    assert "书面同意" in form.content.decode()

    answer = buyer.post(
        begin.replace("&amp;", "&"), {"title": "同意换人", "body": "同意。", "subject": "丁"}
    )

    assert answer.status_code == 302
    assert Letter.objects.get().term == BAN
    shown = buyer.get(answer["Location"]).content.decode()
    assert f"/contracts/{S0}/terms/{BAN}/" in shown


def test_the_interface_drafts_and_shows_it(sit: Sit) -> None:
    client, at = as_(sit("buyer", S0)), f"/api/v1/contracts/{S0}/letters"
    given = {"kind": "consent", "title": "同意换人", "body": "同意。", "term": BAN}

    made = client.post(at, given, content_type="application/json")
    wrong = client.post(at, {**given, "term": "second"}, content_type="application/json")

    assert (made.status_code, made.json()["term"]) == (201, BAN)
    assert wrong.status_code in (409, 422)
    assert as_(sit("supplier_manager", S3)).get(f"{at}/1").status_code == 404


def test_the_command_drafts_it_for_a_seat(sit: Sit) -> None:
    buyer, supplier = sit("buyer", S0), sit("supplier_manager", S0)
    given = ["letters", "consent", S0, BAN, "--title", "同意换人", "--body", "同意。"]

    made = CliRunner().invoke(main, [*given, "--as", buyer.username])
    refused = CliRunner().invoke(main, [*given, "--as", supplier.username])

    assert (made.exit_code, Letter.objects.get().term) == (0, BAN), made.output
    assert "不能单方豁免" in refused.output
    assert refused.exit_code != 0
