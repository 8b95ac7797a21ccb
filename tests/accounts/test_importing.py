"""批量导入: what an administrator brings from a table: tried first, written whole, and never a password or a second person."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse

from lvyue.accounts import queries
from lvyue.accounts.actions import importing, register_organisation
from lvyue.accounts.actions.importing import Agreed, Imported, RowState
from lvyue.accounts.models import Account, AuditEntry, Invitation, Organisation
from lvyue.cli.main import main
from lvyue.core.doubts import Refused
from lvyue.intake.tabular import read_table
from tests.conftest import Person

pytestmark = pytest.mark.django_db

CONTRACT = "security-support-2026"
KNOWN = {CONTRACT: False}
ALL = Agreed(partial=True, changes=True)


def people(*rows: str, agreed: Agreed | None = None, by: Account | str = "测试") -> Imported:
    text = "\r\n".join(("登录名,姓名,单位,电子邮箱,合同编号,角色,用到", *rows))
    table = read_table(importing.people_form(KNOWN), text.encode(), "人员.csv")
    return importing.bring_people(table, KNOWN, by=by, agreed=agreed)


def organisations(*rows: str, agreed: Agreed | None = None) -> Imported:
    table = read_table(
        importing.ORGANISATIONS, "\r\n".join(("id,name", *rows)).encode(), "单位.csv"
    )
    return importing.bring_organisations(table, by="测试", agreed=agreed)


def states(done: Imported) -> list[RowState]:
    return [row.state for row in done.rows]


def test_a_dry_run_says_what_it_would_do_and_does_nothing() -> None:
    done = organisations("data-centre,某数据中心", "Bad Id,坏")

    assert states(done) == [RowState.NEW, RowState.BAD]
    assert not Organisation.objects.exists()
    assert not AuditEntry.objects.filter(act="organisation.registered").exists()


def test_all_rows_or_none_unless_one_agrees_to_leave_some_out() -> None:
    rows = ("data-centre,某数据中心", "Bad Id,坏", "data-centre,两次")

    assert not organisations(*rows, agreed=Agreed()).written
    assert not Organisation.objects.exists()

    done = organisations(*rows, agreed=Agreed(partial=True))
    assert done.written
    assert states(done) == [RowState.NEW, RowState.BAD, RowState.BAD]
    assert "与第 2 行重复" in done.rows[2].reasons[0]
    assert list(Organisation.objects.values_list("name", flat=True)) == ["某数据中心"]


def test_what_is_there_is_changed_only_where_one_agrees() -> None:
    register_organisation("data-centre", "旧名", by="测试")

    assert states(organisations("data-centre,新名")) == [RowState.CHANGE]
    assert not organisations("data-centre,新名", agreed=Agreed()).written
    assert Organisation.objects.get().name == "旧名"
    assert organisations("data-centre,新名", agreed=Agreed(changes=True)).written
    assert Organisation.objects.get().name == "新名"
    assert states(organisations("data-centre,新名")) == [RowState.SAME]


def test_a_new_person_is_invited_once_with_all_appointments_and_gets_no_password() -> None:
    register_organisation("a-office", "某局", by="测试")
    rows = (
        f",王一,某局,w@example.cn,{CONTRACT},甲方项目负责人,2030-12-31",
        ",李二,,,,,",
        ",王一,某局,w@example.cn,,,",
    )

    done = people(*rows, agreed=Agreed())

    assert done.written
    assert [one.invitation.name for one in done.invited] == ["王一", "李二"]
    assert len(done.invited[0].invitation.offers) == 1
    assert not Account.objects.exists()
    again = people(*rows, agreed=Agreed())
    assert again.invited == ()
    assert states(again) == [RowState.SAME] * 3
    assert Invitation.objects.count() == 2


def test_whose_invitation_is_refused_takes_their_other_rows_along() -> None:
    done = people(
        f",王一,,不是邮箱,{CONTRACT},审计,", ",王一,,不是邮箱,,,", ",李二,,,,,", agreed=ALL
    )

    assert states(done) == [RowState.BAD, RowState.BAD, RowState.NEW]
    assert [one.invitation.name for one in done.invited] == ["李二"]


def test_somebody_with_an_account_is_appointed_and_never_renamed(person: Person) -> None:
    known = person("auditor")

    assert states(people(f"{known.username},别人,,,{CONTRACT},审计,")) == [RowState.BAD]
    done = people(f"{known.username},{known.name},,,{CONTRACT},审计,", agreed=Agreed())
    assert states(done) == [RowState.NEW]
    assert queries.appointments(CONTRACT).filter(account=known).exists()
    assert states(people(f"{known.username},{known.name},,,{CONTRACT},审计,")) == [RowState.SAME]
    known.refresh_from_db()
    assert known.name != "别人"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("nobody,王一,,,,,", "没有登录名"),
        (f",王一,,,{CONTRACT},,", "一起填"),
        (",王一,,,no-such-contract,审计,", "没有“no-such-contract”这一项"),
        (",王一,没有的局,,,,", "没有“没有的局”这一项"),
        (",王一,,,,,1999-01-01", "已经过去"),
        (",王一,,,,,9999-12-31", ""),
        (f",{'长' * 100},,,,,", "最多 80"),
        (",王一,,a@b.cn\nBcc: x,,,", "不是电子邮箱"),
    ],
)
def test_a_row_that_cannot_be_says_why(row: str, told: str) -> None:
    row = row.replace("a@b.cn\nBcc: x", '"a@b.cn\nBcc: x"')

    done = people(row, agreed=Agreed())

    assert states(done) == [RowState.BAD]
    assert told in "".join(done.rows[0].reasons)
    assert not Invitation.objects.exists()


def test_two_sides_are_not_held_by_one_person_of_a_table(person: Person) -> None:
    """What may not be done one by one is not done by the dozen."""
    known = person("auditor")
    done = people(
        f"{known.username},{known.name},,,{CONTRACT},甲方项目负责人,",
        f"{known.username},{known.name},,,{CONTRACT},乙方项目经理,",
        agreed=Agreed(),
    )

    assert states(done) == [RowState.NEW, RowState.BAD]
    assert not done.written
    assert not queries.appointments(CONTRACT).filter(account=known).exists()


def test_only_an_administrator_imports(client: Client, person: Person) -> None:
    buyer = person("buyer", CONTRACT)
    client.force_login(buyer)

    with pytest.raises(Refused):
        people(",王一,,,,,", by=buyer, agreed=Agreed())
    for kind in ("people", "organisations"):
        page = reverse("web:import-people", args=[kind])
        assert client.get(page).status_code == 403
        assert client.post(page, {"records": "[]"}).status_code == 403


def test_the_page_previews_gives_back_what_failed_and_writes(
    client: Client, person: Person
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    client.force_login(person("administrator"))
    page = reverse("web:import-people", args=["organisations"])
    assert client.get(page, {"template": "xlsx"}).content.startswith(b"PK")
    file = SimpleUploadedFile(
        "单位.csv", "单位编号,单位名称\r\nnew-one,某局\r\nBad,坏".encode("gb18030")
    )

    shown = client.post(page, {"file": file})
    records = shown.context["records"]
    assert "预览，还没有写入" in shown.content.decode()

    back = client.post(page, {"records": records, "name": "单位.csv", "failed": "csv"})
    assert "Bad" in back.content.decode("utf-8-sig")
    assert client.post(page, {"records": records, "commit": "1"}).status_code == 422
    done = client.post(page, {"records": records, "commit": "1", "partial": "on"})
    assert "已办理" in done.content.decode()
    assert Organisation.objects.filter(pk="new-one").exists()


@pytest.mark.parametrize("records", ["", "{}", "[1,2]", "[[]]", '[["id"]]', "[" * 5_000, '["x"]'])
def test_whatever_comes_back_instead_of_the_rows_is_answered(
    client: Client, person: Person, records: str
) -> None:
    client.force_login(person("administrator"))
    page = reverse("web:import-people", args=["organisations"])

    assert client.post(page, {"records": records, "commit": "1"}).status_code == 422


def test_the_command_previews_and_writes(tmp_path: Path) -> None:
    file, back = tmp_path / "单位.csv", tmp_path / "待改.csv"
    file.write_text("id,name\nnew-one,某局\nBad,坏\n", encoding="utf-8")
    run = CliRunner().invoke

    tried = run(main, ["people", "import", "organisations", str(file), "--failed", str(back)])
    assert tried.exit_code == 2
    assert "Bad" in back.read_text("utf-8-sig")
    assert not Organisation.objects.exists()
    run(main, ["people", "import", "organisations", str(file), "--commit", "--partial"])
    assert Organisation.objects.get().pk == "new-one"
