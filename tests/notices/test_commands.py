"""`lvyue notices`, `lvyue letters`, `lvyue remind`: channels, a trial, what comes back, and letters in the name of somebody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lvyue.accounts.queries import audit_trail
from lvyue.cli.main import main
from lvyue.notices.choices import LegState
from lvyue.notices.queries.letters import letter
from tests.notices.cast import S0, S4, Sit, issued, slip
from tests.notices.cast import sent as dispatched
from tests.notices.post_office import post_office
from tests.notices.test_mail import report_on, sent
from tests.notices.told import fresh, mail_channel


def lvyue(*words: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, [*words], input=given)


def answered(*words: str) -> Any:
    done = lvyue(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refused(*words: str) -> str:
    """What stands on standard error, with status 2 and nothing on standard output."""
    done = lvyue(*words)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    return done.stderr


# ── channels ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_channels_are_listed_with_how_they_stand_and_without_secrets() -> None:
    assert "还没有通道" in lvyue("notices", "channels").output
    with post_office() as office:
        sent(office)

    (row,) = answered("notices", "channels")
    words = lvyue("notices", "channels").output

    assert (row["kind"], row["enabled"], row["waiting"], row["failed"]) == ("mail", True, 0, 0)
    assert "邮件  启用  在等 0，失败 0" in words
    assert "secret" not in row


@pytest.mark.django_db
def test_a_channel_is_tried_and_what_is_wrong_is_told() -> None:
    with post_office() as office:
        channel = mail_channel(office.port)
        done = lvyue("notices", "try", str(channel.pk), "a@office.example")
        office.to = {"gone@office.example": "550 no such user"}
        gone = refused("notices", "try", str(channel.pk), "gone@office.example")
    down = refused("notices", "try", str(channel.pk), "a@office.example")

    assert (done.exit_code, done.stdout.strip()) == (0, "对方已收下。")
    assert len(office.letters) == 1
    assert "550" in gone or "不接受" in gone or "收件" in gone
    assert down
    assert "没有编号为 999 的通道" in refused("notices", "try", "999")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "says", "state"),
    [
        ("failed", "退信", LegState.FAILED),
        ("delivered", "送达回执", LegState.DELIVERED),
    ],
)
def test_a_letter_that_came_back_marks_its_own(
    action: str, says: str, state: LegState, tmp_path: Path
) -> None:
    with post_office() as office:
        leg, mail = sent(office)
    raw = report_on(mail, action)
    (tmp_path / "back.eml").write_bytes(raw)

    piped = lvyue("notices", "letter-in", given=raw)
    filed = lvyue("notices", "letter-in", str(tmp_path / "back.eml"))

    assert says in piped.output
    assert f"送信 {leg.pk}" in piped.output
    assert says in filed.output
    assert fresh(leg).state == state


@pytest.mark.django_db
@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00" * 500, "From: a@b\r\n\r\n收到".encode()])
def test_whatever_comes_in_is_taken_and_breaks_nothing(raw: bytes) -> None:
    done = lvyue("notices", "letter-in", given=raw)

    assert (done.exit_code, done.output.strip()) == (0, "普通来信")
    assert lvyue("notices", "letter-in", "no-such-file.eml").exit_code == 2


# ── letters ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_is_recorded_by_somebody_who_may(sit: Sit) -> None:
    buyer, engineer = sit("buyer", S0), sit("engineer", S0)
    row = issued(buyer, title="整改通知")
    dispatched(buyer, row)
    proof = slip(buyer)
    words = ("letters", "receipt", S0, "1", "signed", "--at", "2026-03-03", "--evidence", proof)

    assert "不能签发和送达函件" in refused(*words, "--as", engineer.username)
    told = answered(*words, "--signed-by", "测试收件人", "--as", buyer.username)

    assert told["letter"]["number"] == 1
    assert told["letter"]["served_on"] == "2026-03-03"
    assert answered("letters", "show", S0, "1")["letter"]["state"] == told["letter"]["state"]
    assert "2026-03-03 送达" in lvyue("letters", "list", S0).output
    assert audit_trail(S0).filter(act="acted_as", about=buyer.username).exists()


def test_a_receipt_that_makes_no_sense_is_refused(sit: Sit) -> None:
    buyer = sit("buyer", S0)
    row = issued(buyer)
    dispatched(buyer, row)
    by = ("--as", buyer.username)

    def receipt(*words: str) -> str:
        return refused("letters", "receipt", S0, *words, *by)

    assert "请" in receipt("1", "signed", "--at", "3月3日")
    assert receipt("1", "signed", "--at", "2026-03-03", "--evidence", "0" * 64)
    assert receipt("1", "signed", "--at", "2026-03-03", "--dispatch", "7")
    assert "函件" in receipt("9", "signed", "--at", "2026-03-03")
    assert "没有启用的账号“nobody”" in refused(
        *("letters", "receipt", S0, "1", "signed", "--at", "2026-03-03", "--as", "nobody")
    )
    assert lvyue("letters", "receipt", S0, "1", "dragon", "--at", "2026-03-03", *by).exit_code == 2
    found = letter(S0, 1)
    assert found is not None
    assert found.state == "dispatched"


def test_the_drafts_of_a_side_are_listed_for_that_side_only(sit: Sit) -> None:
    buyer, manager = sit("buyer", S0), sit("supplier_manager", S0)
    issued(buyer, title="还没有送出的函")

    ours = lvyue("letters", "list", S0, "--as", buyer.username).output
    theirs = lvyue("letters", "list", S0, "--as", manager.username).output
    stranger = refused("letters", "list", S0, "--as", sit("auditor", S4).username)

    assert "还没有送出的函" in ours
    assert "还没有送出的函" not in theirs + lvyue("letters", "list", S0).output
    assert "没有任职" in stranger
    assert "没有编号为“forged”的合同" in refused("letters", "list", "forged")


# ── reminders ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_moment_or_a_contract_that_is_none_is_refused() -> None:
    assert "不是带时区的时刻" in refused("remind", "--dry-run", "--as-of", "明天")
    assert "只能与 --dry-run 同用" in refused("remind", "--as-of", "2026-03-02T09:00:00+08:00")
    assert "没有编号为“forged”的合同" in refused("remind", "--receipts", "forged")
