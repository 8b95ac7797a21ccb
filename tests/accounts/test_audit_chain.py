"""留痕链: every entry is sealed over the one before; whoever changes the past is found, also without the platform (SYS-05)."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import IntegrityError, connection, transaction

from lvyue import clock
from lvyue.accounts import chain, packs
from lvyue.accounts.actions.trail import audit, seal
from lvyue.accounts.actions.yearly import ask_pack, make_pack
from lvyue.accounts.choices import PackState, Via
from lvyue.accounts.models import Account, AuditEntry, AuditHead, AuditLink
from lvyue.accounts.origin import Origin, acting
from lvyue.accounts.queries import (
    AuditFilter,
    audit_trail,
    head,
    oldest_unsealed,
    records,
    unsealed,
    verify_trail,
)
from lvyue.cli.main import main
from lvyue.core.doubts import Refused
from lvyue.project.watch import verify_audit_trail
from tests.evidence.guards import guards_down


def some(number: int, contract_id: str = "") -> list[AuditEntry]:
    """Some acts, sealed."""
    made = [
        audit(
            "fact.recorded",
            by="某人",
            contract_id=contract_id,
            about=f"第{n}件",
            after={"金额": n, "乱": "😀\n" * 2},
            reason="因为" * n,
        )
        for n in range(number)
    ]
    seal()
    return made


def left_behind() -> None:
    """An entry that was committed, and whose process was killed before it sealed it."""
    entry = AuditEntry.objects.create(at=clock.now(), who="某人", act="signed_in")
    AuditLink.objects.create(entry=entry)


def forced(sql: str, *values: int | str) -> None:
    """What somebody does who opens the database with the guards taken away."""
    with guards_down(), connection.cursor() as cursor:
        cursor.execute(sql, values)


# ── sealing ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_places_have_no_gaps_although_what_is_rolled_back_takes_numbers_with_it() -> None:
    some(2)
    with transaction.atomic():
        audit("signed_in", by="某人")
        transaction.set_rollback(True)
    some(1)

    assert [*AuditLink.objects.values_list("sequence", flat=True)] == [1, 2, 3]
    assert verify_trail().broken is None
    assert head().digest == verify_trail().head


@pytest.mark.django_db(transaction=True)
def test_an_act_is_sealed_when_it_is_committed_and_once_for_many() -> None:
    with transaction.atomic():
        for _ in range(5):
            audit("signed_in", by="某人")
        if connection.features.has_select_for_update:  # many write at once
            assert unsealed() == 5
            assert len(connection.run_on_commit) == 1
        else:
            assert unsealed() == 0

    assert (unsealed(), oldest_unsealed(), head().sequence) == (0, None, 5)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_neither_wait_for_ever_nor_share_a_place() -> None:
    def act(name: str) -> None:
        try:
            for _ in range(5):
                with transaction.atomic():
                    audit("signed_in", by=name)
                    audit("signed_out", by=name)
        finally:
            connection.close()

    people = [Thread(target=act, args=(f"某人{n}",)) for n in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join(60)

    seal()
    found = verify_trail()
    assert (found.entries, found.last, found.broken) == (40, 40, None)


@pytest.mark.django_db
def test_what_a_killed_process_left_is_sealed_by_the_next() -> None:
    left_behind()

    assert unsealed() == 1
    assert oldest_unsealed() is not None
    assert seal() == 1
    assert seal() == 0


@pytest.mark.django_db
def test_what_is_sealed_is_what_is_read_back() -> None:
    audit("signed_in", by="某人", after={10: (1, 2), 9: {"乱": ["😀", None, 1.5]}})
    seal()

    found = verify_trail()
    assert (found.entries, found.broken) == (1, None)


@pytest.mark.django_db
def test_from_where_an_act_came_is_sealed_with_it() -> None:
    with acting(Origin("192.0.2.7", "abcdef-12345", Via.API)):
        entry = audit("signed_in", by="某人")
    seal()

    record = next(records(audit_trail(), AuditFilter(request="abcdef-12345")))
    assert (record["address"], record["via"], record["entry"]) == ("192.0.2.7", "api", entry.pk)
    assert record["digest"] == chain.digest_of(record)


# ── what is found ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "at", "says"),
    [
        ("UPDATE accounts_auditentry SET reason = '改过' WHERE id = %s", 3, "被改过"),
        ("UPDATE accounts_auditentry SET address = '10.9.9.9' WHERE id = %s", 3, "被改过"),
        ("UPDATE accounts_auditentry SET at = at - 1000 WHERE id = %s", 3, "被改过"),
        ("UPDATE accounts_auditlink SET digest = 'x' WHERE entry_id = %s", 3, "被改过"),
        ("DELETE FROM accounts_auditlink WHERE entry_id = %s", 3, "缺了这一条"),
    ],
)
def test_what_is_changed_past_the_guards_is_found_and_named(sql: str, at: int, says: str) -> None:
    if "at - 1000" in sql:
        less = {"sqlite": "datetime(at, '-1 hour')", "postgresql": "at - interval '1 hour'"}
        sql = sql.replace("at - 1000", less[connection.vendor])
    made = some(5)
    forced(sql, made[at - 1].pk)

    broken = verify_trail().broken
    assert broken is not None
    assert broken.sequence == at
    assert says in broken.says


@pytest.mark.django_db
def test_an_end_that_was_cut_off_does_not_fit_the_head() -> None:
    made = some(4)
    forced("DELETE FROM accounts_auditlink WHERE entry_id = %s", made[-1].pk)

    broken = verify_trail().broken
    assert broken is not None
    assert "链头" in broken.says


@pytest.mark.django_db
def test_an_entry_put_in_beside_the_platform_is_found() -> None:
    some(2)
    bare = AuditEntry.objects.create(at=audit_trail()[0].at, who="外人", act="signed_in")

    broken = verify_trail().broken
    assert broken is not None
    assert broken.entry == bare.pk
    assert next(iter(audit_trail())).pk == bare.pk  # and the pages still show it


@pytest.mark.django_db
def test_entries_that_change_places_are_found() -> None:
    """恢复备份时重编了号的留痕 (SYS-05)."""
    one, other, *_ = some(3)
    first, second = (AuditLink.objects.get(entry=entry) for entry in (one, other))
    forced("UPDATE accounts_auditlink SET sequence = 99 WHERE entry_id = %s", one.pk)
    forced(
        "UPDATE accounts_auditlink SET sequence = 1, digest = %s WHERE entry_id = %s",
        first.digest,
        other.pk,
    )
    forced(
        "UPDATE accounts_auditlink SET sequence = 2, digest = %s WHERE entry_id = %s",
        second.digest,
        one.pk,
    )

    broken = verify_trail().broken
    assert broken is not None
    assert broken.sequence == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_auditlink SET sequence = 77 WHERE sequence = 1",
        "UPDATE accounts_auditlink SET digest = 'x' WHERE sequence = 1",
        "DELETE FROM accounts_auditlink",
    ],
)
def test_a_sealed_place_is_neither_changed_nor_taken_out(sql: str) -> None:
    some(2)
    with (
        pytest.raises(IntegrityError, match="留痕链只增不改"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)

    assert verify_trail().broken is None


@pytest.mark.django_db
def test_every_night_administrators_are_told_of_a_broken_chain_and_of_nothing_else(
    administrator: Account,
) -> None:
    from lvyue.notices.models import Message  # noqa: PLC0415  the only test that looks there

    made = some(3)
    verify_audit_trail.func()
    assert not Message.objects.exists()

    forced("UPDATE accounts_auditentry SET who = '别人' WHERE id = %s", made[1].pk)
    verify_audit_trail.func()
    verify_audit_trail.func()

    told = Message.objects.get()
    assert told.account_id == administrator.pk
    assert str(made[1].pk) in told.body


# ── without the platform ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def exported(db: None, tmp_path: Path) -> Path:  # noqa: ARG001  the trail is in the database
    some(6, "first")
    some(2, "second")
    now: AuditHead = head()
    file = tmp_path / "留痕.jsonl"
    file.write_bytes(packs.jsonl(records(audit_trail(), AuditFilter()), now.sequence, now.digest))
    return file


def plain_program(file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The little program that goes into every pack."""
    program = file.with_name("check_trail.py")
    source = Path(packs.__file__).with_name("check_trail.txt")
    program.write_bytes(source.read_bytes())
    asked = [sys.executable, "-I", str(program), str(file), *more]
    return subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)


def command(*asked: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["audit", *asked])
    return done.exit_code, done.output


def test_a_file_is_checked_without_a_database_and_without_the_platform(exported: Path) -> None:
    head_digest = json.loads(exported.read_text("utf-8").splitlines()[-1])["head"]["digest"]

    assert command("check", str(exported), "--head", head_digest)[0] == 0
    assert "从第一条起没有缺漏" in command("check", str(exported))[1]
    assert plain_program(exported, head_digest).returncode == 0
    assert command("check", str(exported), "--head", "f" * 64)[0] == 2
    assert plain_program(exported, "f" * 64).returncode == 1


@pytest.mark.parametrize("harm", ["changed", "taken out at the end", "swapped", "put in"])
def test_whatever_is_done_to_a_file_both_programs_find(exported: Path, harm: str) -> None:
    *lines, last = exported.read_text("utf-8").splitlines()
    match harm:
        case "changed":
            lines[3] = lines[3].replace("某人", "别人")
        case "taken out at the end":
            row: dict[str, Any] = json.loads(lines[-2])
            row["sequence"] = 8
            lines = [*lines[:-2], json.dumps(row, ensure_ascii=False)]
        case "swapped":
            lines[2], lines[3] = lines[3], lines[2]
        case _:
            lines.insert(3, lines[2])
    exported.write_text("\n".join([*lines, last]) + "\n", "utf-8")

    assert command("check", str(exported))[0] == 2
    assert plain_program(exported).returncode == 1


def test_a_filtered_file_says_that_something_is_left_out(exported: Path) -> None:
    now = head()
    found = records(audit_trail("second"), AuditFilter())
    exported.write_bytes(packs.jsonl(found, now.sequence, now.digest))

    code, output = command("check", str(exported), "--json")
    assert code == 0
    assert json.loads(output)["entries"] == 2
    assert json.loads(output)["whole"] is False
    assert plain_program(exported).returncode == 0


@pytest.mark.parametrize("text", ["", "不是 JSON\n", "[1]\n", '{"sequence": "x"}\n'])
def test_what_is_no_export_is_refused_in_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(text, "utf-8")

    code, output = command("check", str(file))
    assert code == (0 if not text else 2)
    assert "Traceback" not in output


def test_a_picture_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "x.png"
    file.write_bytes(b"\x89PNG")

    code, output = command("check", str(file))

    assert code == 2
    assert "整个年度留痕包" in output
    assert "codec" not in output


@pytest.mark.django_db
def test_the_command_names_the_first_broken_entry() -> None:
    made = some(3)
    code, output = command("verify")
    assert code == 0
    assert head().digest in output

    forced("UPDATE accounts_auditentry SET who = '别人' WHERE id = %s", made[1].pk)
    code, output = command("verify")
    assert code == 2
    assert f"第 2 条（编号 {made[1].pk}）" in output


# ── packs of a year ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_pack_holds_its_own_contract_only_and_proves_itself(tmp_path: Path) -> None:
    some(2, "first")
    some(3, "second")
    year = audit_trail()[0].at.year

    pack = make_pack(ask_pack("second", year, by="某人").pk, None)

    assert pack.state == PackState.READY, pack.trouble
    with zipfile.ZipFile(io.BytesIO(bytes(pack.content))) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    sums = (tmp_path / "SHA256SUMS").read_text("utf-8").splitlines()
    assert {line.partition("  ")[2] for line in sums} == {
        "留痕.xlsx",
        "留痕.pdf",
        "留痕.jsonl",
        "check_trail.py",
        "说明.txt",
    }
    assert (tmp_path / "留痕.pdf").read_bytes().startswith(b"%PDF")
    lines = [json.loads(one) for one in (tmp_path / "留痕.jsonl").read_text("utf-8").splitlines()]
    assert {one["contract_id"] for one in lines[:-1]} == {"second"}
    assert len(lines) - 1 == pack.entries == 4  # asking for the pack is an act as well
    assert lines[-1]["head"] == {"sequence": pack.head_sequence, "digest": pack.head_digest}
    assert plain_program(tmp_path / "留痕.jsonl").returncode == 0
    assert command("check", str(tmp_path / "留痕.jsonl"), "--head", pack.head_digest)[0] == 0


@pytest.mark.django_db
def test_the_command_checks_a_pack_as_it_was_downloaded(tmp_path: Path) -> None:
    some(2, "first")
    pack = make_pack(ask_pack("first", audit_trail()[0].at.year, by="某人").pk, None)
    whole, other = tmp_path / "2026.zip", tmp_path / "other.zip"
    whole.write_bytes(bytes(pack.content))
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("x.txt", "x")

    code, output = command("check", str(whole), "--head", pack.head_digest)
    refused, words = command("check", str(other))

    assert (code, "完好：3 条" in output) == (0, True), output
    assert (refused, "不是年度留痕包" in words) == (2, True), words


@pytest.mark.django_db
def test_a_pack_is_made_once_and_a_year_without_entries_is_a_pack_too() -> None:
    asked = ask_pack("first", 2020, by="某人")

    made = make_pack(asked.pk, None)
    again = make_pack(asked.pk, None)

    assert (made.state, made.entries, again.sha256) == (PackState.READY, 0, made.sha256)


@pytest.mark.django_db
@pytest.mark.parametrize("year", [1999, 2998])
def test_a_year_of_which_there_is_nothing_is_refused(year: int) -> None:
    with pytest.raises(Refused, match="没有留痕"):
        ask_pack("", year, by="某人")


@pytest.mark.django_db
def test_without_a_font_for_chinese_the_pack_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packs, "FAMILIES", ("没有这种字体",))

    pack = make_pack(ask_pack("", 2020, by="某人").pk, None)

    assert pack.state == PackState.FAILED
    assert "LVYUE_FONTS" in pack.trouble
