"""导入联系方式: one's own side's contacts from a table: tried first, written whole, and by the rules of the page (REG-11)."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lvyue.accounts.actions.importing import Agreed, Imported, RowState
from lvyue.accounts.models import AuditEntry
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import account
from lvyue.core.doubts import Refused
from lvyue.core.service import ContactMeans
from lvyue.intake.tabular import failed, read_table, template
from lvyue.notices.models import Contact
from lvyue.obligations.actions.bringing_contacts import CONTACTS, bring_contacts
from tests.notices.cast import S0, S3, Sit, contact_of

pytestmark = pytest.mark.django_db

HEAD = "种类,号码或地址,收件人,来源,起,依据文书"
MAIL = "电子邮箱,notice@office.example,测试收件人,合同所列,2025-07-29,合同首部"
ADDRESS = "通信地址,澜江市示例路 1 号,测试收件人,合同所列,2025-07-29,"
SHORT = "座机,8700000,,合同所列,2025-07-29,"


def brought(seat: Seat, *rows: str, agreed: Agreed | None = None) -> Imported:
    text = "\r\n".join((HEAD, *rows))
    return bring_contacts(read_table(CONTACTS, text.encode(), "表.csv"), by=seat, agreed=agreed)


def states(done: Imported) -> list[RowState]:
    return [row.state for row in done.rows]


def test_a_dry_run_says_what_it_would_do_and_does_nothing(sit: Sit) -> None:
    done = brought(sit("buyer", S0), MAIL, SHORT)

    assert states(done) == [RowState.NEW, RowState.BAD]
    assert "notice@office" not in done.rows[0].says
    assert not Contact.objects.exists()
    assert not AuditEntry.objects.filter(act="contact.entered").exists()


def test_all_or_none_unless_one_agrees_and_then_as_if_entered_one_by_one(sit: Sit) -> None:
    seat = sit("buyer", S0)
    assert not brought(seat, MAIL, ADDRESS, SHORT, agreed=Agreed()).written
    assert not Contact.objects.exists()

    done = brought(seat, MAIL, ADDRESS, SHORT, agreed=Agreed(partial=True))

    assert done.written
    found = Contact.objects.order_by("id")
    assert [(one.side, one.kind, one.origin, one.entered_by) for one in found] == [
        ("buyer", "address" if number else "email", "contract", seat.username)
        for number in range(2)
    ]
    assert AuditEntry.objects.filter(act="contact.entered", who=seat.username).count() == 2


def test_the_same_table_again_changes_nothing(sit: Sit) -> None:
    seat = sit("buyer", S0)
    brought(seat, MAIL, agreed=Agreed())

    done = brought(seat, MAIL, agreed=Agreed())

    assert states(done) == [RowState.SAME]
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (SHORT, "号码或地址"),
        ("电子邮箱,@,,合同所列,2025-07-29,", "号码或地址"),
        ("微信,abc,,合同所列,2025-07-29,", "种类"),
        ("电子邮箱,a@office.example,,听说的,2025-07-29,", "来源"),
        ("电子邮箱,a@office.example,,合同所列,2025-02-30,", "起"),
        ("电子邮箱,a@office.example,,合同所列,2999-01-01,", "起"),
        ("电子邮箱,,,合同所列,2025-07-29,", "号码或地址"),
        (f"电子邮箱,a@office.example,{'字' * 81},合同所列,2025-07-29,", "收件人"),
    ],
)
def test_what_stands_against_a_row_is_told_with_its_column(row: str, column: str, sit: Sit) -> None:
    seat = sit("buyer", S0)
    done = brought(seat, ADDRESS, row)

    assert states(done) == [RowState.NEW, RowState.BAD]
    assert any(reason.startswith(f"{column}：") for reason in done.rows[1].reasons)


def test_two_rows_alike_and_the_other_sides_number_are_refused(sit: Sit) -> None:
    buyer, supplier = sit("buyer", S0), sit("supplier_manager", S0)
    contact_of(supplier, ContactMeans.EMAIL, "both@firm.example")
    theirs = MAIL.replace("notice@office", "both@firm")

    done = brought(buyer, MAIL, MAIL, theirs)

    assert states(done) == [RowState.NEW, RowState.BAD, RowState.BAD]
    assert "与第 2 行重复" in done.rows[1].reasons[0]
    assert "分不清是谁的" in done.rows[2].reasons[0]


@pytest.mark.parametrize("role", ["engineer", "using_department", "auditor"])
def test_whoever_may_not_enter_one_may_not_bring_many(role: str, sit: Sit) -> None:
    with pytest.raises(Refused):
        brought(sit(role, S0), MAIL)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_failed_rows_come_back_and_the_template_is_read_again(form: str, sit: Sit) -> None:
    seat = sit("buyer", S0)
    text = f"{HEAD}\r\n{MAIL}\r\n{SHORT}".encode("gb18030")
    table = read_table(CONTACTS, text, "表.csv")
    done = bring_contacts(table, by=seat)

    back = read_table(CONTACTS, failed(table, done.reasons, form), f"待改.{form}")

    assert [row.text("value") for row in back.rows] == ["8700000"]
    with pytest.raises(Refused, match="没有要导入的行"):
        read_table(CONTACTS, template(CONTACTS, form), f"模板.{form}")


# ── the page and the interface ───────────────────────────────────────────────────────────────────────────────────


def as_(seat: Seat) -> Client:
    client = Client()
    person = account(seat.username)
    assert person is not None
    client.force_login(person)
    return client


def sheet(*rows: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("表.csv", "\r\n".join((HEAD, *rows)).encode())


def test_the_page_tries_first_gives_failed_rows_back_and_writes(sit: Sit) -> None:
    seat = sit("buyer", S0)
    client, page = as_(seat), f"/contracts/{S0}/contacts/import/"
    assert f'href="{page}"' in client.get(f"/contracts/{S0}/contacts/").content.decode()
    assert client.get(page + "?template=xlsx").content.startswith(b"PK")

    tried = client.post(page, {"file": sheet(MAIL, SHORT)})
    assert "预览，还没有写入" in tried.content.decode()
    assert not Contact.objects.exists()
    kept = {"name": "表.csv", "records": tried.context["records"]}
    back = client.post(page, {**kept, "failed": "csv"})
    assert "8700000" in back.content.decode("utf-8-sig")
    assert client.post(page, {**kept, "commit": "1"}).status_code == 422
    done = client.post(page, {**kept, "commit": "1", "partial": "on"})

    assert "已办理" in done.content.decode()
    assert Contact.objects.count() == 1


def test_the_interface_does_the_same(sit: Sit) -> None:
    client, at = as_(sit("supplier_manager", S0)), f"/api/v1/contracts/{S0}/contacts/import"

    tried = client.post(at, {"file": sheet(MAIL, SHORT)}).json()
    back = client.post(f"{at}/failed?format=csv", {"file": sheet(MAIL, SHORT)})
    done = client.post(f"{at}?commit=true&partial=true", {"file": sheet(MAIL, SHORT)}).json()

    assert [row["state"] for row in tried["rows"]] == ["new", "bad"]
    assert (tried["written"], done["written"]) == (False, True)
    assert "8700000" in back.content.decode("utf-8-sig")
    assert client.get(f"{at}/template").content.startswith(b"PK")
    assert [one.side for one in Contact.objects.all()] == ["supplier"]


def test_who_is_not_there_finds_nothing_and_who_may_not_is_refused(sit: Sit) -> None:
    sit("buyer", S0)
    stranger, engineer = as_(sit("supplier_manager", S3)), as_(sit("engineer", S0))
    for at in (f"/contracts/{S0}/contacts/import/", f"/api/v1/contracts/{S0}/contacts/import"):
        assert stranger.post(at, {"file": sheet(MAIL)}).status_code == 404
        assert engineer.post(at, {"file": sheet(MAIL)}).status_code == 403
    assert not Contact.objects.exists()


def test_a_spreadsheet_of_another_kind_says_what_to_do(sit: Sit, tmp_path: Path) -> None:
    client, page = as_(sit("buyer", S0)), f"/contracts/{S0}/contacts/import/"
    old = tmp_path / "旧.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0 old")

    answer = client.post(page, {"file": SimpleUploadedFile(old.name, old.read_bytes())})

    assert answer.status_code == 422
    assert "另存为 .xlsx" in answer.content.decode()
