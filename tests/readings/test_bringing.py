"""Bringing: who may, what is kept, and that nobody else learns of it."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lvyue.accounts.actions import appoint, create_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import AuditEntry
from lvyue.accounts.queries import administration_trail
from lvyue.core.doubts import Refused
from lvyue.evidence.vault import path_of
from lvyue.readings import queries
from lvyue.readings.actions import bringing, jobs
from lvyue.readings.actions.bringing import Brought
from lvyue.readings.actions.desk import Hidden
from lvyue.readings.choices import PaperState, Side
from lvyue.readings.inputs import values_of
from lvyue.readings.models import Draft, DraftPaper
from tests.readings.conftest import PAPER, PHONE, Begin, People, quickly, row, signed_in


def brought(text: str = PAPER, name: str = "合同.txt") -> list[Brought]:
    return [Brought(name, [text.encode()])]


def test_a_paper_is_kept_as_it_came_and_read(people: People) -> None:
    draft = bringing.open_draft(people("anna"), Side.BUYER, brought())

    assert jobs.read_waiting(quickly) == 1
    draft.refresh_from_db()
    (paper,) = queries.papers_of(draft)
    assert path_of(paper.sha256).read_bytes() == PAPER.encode()
    assert paper.state == PaperState.DONE
    assert paper.kind == "text"
    assert draft.title == "湖州市图书馆业务系统运维服务合同"  # it was named after its file


def test_whoever_names_the_draft_keeps_the_name(people: People) -> None:
    draft = bringing.open_draft(people("anna"), Side.BUYER, brought(), title="我起的名字")

    jobs.read_waiting(quickly)

    draft.refresh_from_db()
    assert draft.title == "我起的名字"


def test_who_only_audits_may_not_begin(people: People) -> None:
    auditor = people("auditor")
    appoint(auditor, "some-contract", ContractRole.AUDITOR, by="测试")

    with pytest.raises(Refused, match="审计只查看"):
        bringing.open_draft(auditor, Side.BUYER, brought())

    assert not Draft.objects.exists()


def test_who_audits_one_contract_and_works_on_another_may(people: People) -> None:
    both = people("both")
    appoint(both, "some-contract", ContractRole.AUDITOR, by="测试")
    appoint(both, "another", ContractRole.ENGINEER, by="测试")

    assert bringing.open_draft(both, Side.SUPPLIER, brought()).side == Side.SUPPLIER


@pytest.mark.django_db
def test_an_administrator_keeps_accounts_and_brings_no_contract() -> None:
    chief = create_account("chief", "管理员", "a-long-test-password", by="测试", administrator=True)

    with pytest.raises(Refused, match="系统管理员"):
        bringing.open_draft(chief, Side.BUYER, brought())


def test_nothing_brought_is_told(people: People) -> None:
    with pytest.raises(Refused, match="没有选文件"):
        bringing.open_draft(people("anna"), Side.BUYER, [])


def test_the_same_file_twice_is_one_paper(people: People) -> None:
    draft = bringing.open_draft(
        people("anna"), Side.BUYER, [*brought(), *brought(name="又一份.txt")]
    )

    assert draft.papers.count() == 1


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("空.txt", b"", "空"),
        ("坏.pdf", b"%PDF-1.7\nnothing of the kind", "。"),
        ("坏.docx", b"PK\x03\x04" + b"\0" * 50, "。"),
    ],
)
def test_what_cannot_be_read_is_kept_and_told(
    people: People, name: str, data: bytes, says: str
) -> None:
    anna = people("anna")
    draft = bringing.open_draft(anna, Side.BUYER, [Brought(name, [data])])

    jobs.read_waiting(quickly)

    (paper,) = queries.papers_of(draft)
    assert paper.state == PaperState.FAILED
    assert path_of(paper.sha256).read_bytes() == data
    page = signed_in(anna).get(f"/readings/{draft.pk}/").content.decode()
    assert "没有读成" in page
    assert says in paper.doubts[0]["says"]
    assert paper.doubts[0]["says"] in page
    assert "再读一遍" in page


def test_too_large_a_file_is_refused_before_it_is_all_here(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "LIMITS", type("Small", (), {"file_bytes": 1 << 20}))
    endless = (b"x" * 65536 for _ in range(10_000))

    with pytest.raises(Refused, match="超过 1 MB"):
        bringing.open_draft(people("anna"), Side.BUYER, [Brought("大.txt", endless)])

    assert next(endless)  # nobody has gone through it all
    assert not Draft.objects.exists()


def test_folders_and_signs_that_cannot_be_seen_leave_the_name(people: People) -> None:
    draft = bringing.open_draft(
        people("anna"), Side.BUYER, brought(name="C:\\机密\\合\x00同\u202e.txt")
    )

    assert draft.papers.get().name == "合 同 .txt"


# ── who sees it ──────────────────────────────────────────────────────────────────────────────────────────────────

PLACES = (
    *("", "progress/", "people/", "settle/", "compare/", "add/", "papers/1/"),
    *("items/i0000000000/", "papers/1/pages/1/"),
)
DOINGS = (
    *("papers/", "papers/1/cancel/", "papers/1/again/", "decide/", "add/", "people/"),
    *("people/let-go/", "settle/name/", "settle/propose/", "settle/confirm/", "settle/withdraw/"),
)


def test_for_whoever_is_not_on_it_it_is_not_there(begin: Begin, people: People) -> None:
    draft = begin()
    outsider = signed_in(people("mallory"))

    for place in PLACES:
        assert outsider.get(f"/readings/{draft.pk}/{place}").status_code == HTTPStatus.NOT_FOUND, (
            place
        )
    for doing in DOINGS:
        answer = outsider.post(f"/readings/{draft.pk}/{doing}", {"version": draft.version})
        assert answer.status_code == HTTPStatus.NOT_FOUND, doing
    assert draft.title not in outsider.get("/readings/").content.decode()


def test_what_happens_in_a_draft_is_none_of_an_administrators_business(begin: Begin) -> None:
    draft = begin()

    assert AuditEntry.objects.filter(contract_id=draft.trail).count() >= 3
    assert not administration_trail().filter(act__startswith="draft.").exists()


def test_who_was_let_go_is_out_at_once(begin: Begin, people: People) -> None:
    draft = begin()
    bringing.invite(draft.pk, people("carl").username, ContractRole.ENGINEER, by=people("bert"))
    carl = signed_in(people("carl"))
    assert carl.get(f"/readings/{draft.pk}/").status_code == HTTPStatus.OK

    bringing.let_go(draft.pk, "carl", "调离", by=people("bert"))

    assert carl.get(f"/readings/{draft.pk}/").status_code == HTTPStatus.NOT_FOUND


def test_nobody_comes_back_on_the_other_side(begin: Begin, people: People) -> None:
    draft = begin()
    bringing.invite(draft.pk, people("carl").username, ContractRole.ENGINEER, by=people("bert"))
    bringing.let_go(draft.pk, "carl", "调离", by=people("bert"))

    with pytest.raises(Refused, match="不能改到另一方"):
        bringing.invite(draft.pk, "carl", ContractRole.BUYER, by=people("anna"))


def test_the_other_side_is_not_let_go_by_this_one(begin: Begin, people: People) -> None:
    draft = begin()

    with pytest.raises(Refused, match="由对方移出"):
        bringing.let_go(draft.pk, "bert", "不要", by=people("anna"))


def test_the_last_who_speaks_for_a_side_stays(begin: Begin, people: People) -> None:
    draft = begin()

    with pytest.raises(Refused, match="最后一位"):
        bringing.let_go(draft.pk, "anna", "离开", by=people("anna"))


def test_an_engineer_decides_and_does_not_invite(begin: Begin, people: People) -> None:
    draft = begin()
    bringing.invite(draft.pk, people("carl").username, ContractRole.ENGINEER, by=people("bert"))

    with pytest.raises(Refused, match="可以由甲方项目负责人"):
        bringing.invite(draft.pk, people("dora").username, ContractRole.BUYER, by=people("carl"))


def test_what_is_personal_is_for_who_speaks_for_a_side(begin: Begin, people: People) -> None:
    draft = begin()
    bringing.invite(draft.pk, people("carl").username, ContractRole.ENGINEER, by=people("bert"))

    for tab in ("facts", "money", "terms", "doubts"):
        page = signed_in(people("carl")).get(f"/readings/{draft.pk}/", {"tab": tab})
        assert PHONE not in page.content.decode()
    assert PHONE in signed_in(people("bert")).get(f"/readings/{draft.pk}/").content.decode()
    answer = signed_in(people("carl")).get(f"/readings/{draft.pk}/papers/1/")
    assert answer.status_code == HTTPStatus.NOT_FOUND  # the original hides nothing


def test_hidden_is_told_the_same_whether_there_is_a_draft_or_not(
    begin: Begin, people: People
) -> None:
    draft = begin()

    for number in (draft.pk, draft.pk + 1000):
        with pytest.raises(Hidden, match=f"没有第 {number} 号合同草稿"):
            bringing.cancel(number, 1, by=people("mallory"))


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_takes_several_files_and_text(people: People) -> None:
    client = signed_in(people("anna"))
    files = [
        SimpleUploadedFile("正文.txt", PAPER.encode()),
        SimpleUploadedFile("附件.txt", "附件1 保密协议\n一、乙方应当保密。".encode()),
    ]

    answer = client.post(
        "/readings/new/", {"side": "supplier", "files": files, "text": "补充说明。"}
    )

    draft = Draft.objects.get()
    assert answer["Location"] == f"/readings/{draft.pk}/"
    assert draft.side == Side.SUPPLIER
    assert [paper.name for paper in draft.papers.order_by("order")] == [
        "正文.txt",
        "附件.txt",
        "粘贴的文本.txt",
    ]


def test_nothing_chosen_is_said_on_the_form_and_nothing_is_lost(people: People) -> None:
    answer = signed_in(people("anna")).post("/readings/new/", {"side": "buyer", "title": "草稿名"})

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = answer.content.decode()
    assert "没有选文件" in page
    assert 'value="草稿名"' in page


def test_while_it_is_read_the_page_says_how_far_and_asks_again(
    begin: Begin, people: People
) -> None:
    draft = begin(read=False)
    DraftPaper.objects.update(state=PaperState.RUNNING, page=3, pages=12)
    client = signed_in(people("anna"))

    page = client.get(f"/readings/{draft.pk}/").content.decode()
    part = client.get(f"/readings/{draft.pk}/progress/", headers={"HX-Request": "true"})

    assert "第 3 页，共 12 页" in page
    assert 'hx-trigger="every 1s"' in page
    assert "看看读完没有" in page  # without JavaScript
    assert "第 3 页，共 12 页" in part.content.decode()
    DraftPaper.objects.update(state=PaperState.DONE)
    done = client.get(f"/readings/{draft.pk}/progress/", headers={"HX-Request": "true"})
    assert done["HX-Refresh"] == "true"


def test_a_line_of_the_original_stays_one_line(begin: Begin, people: People) -> None:
    """The lines keep their white space, so a line end between two pieces of one would break it on the page."""
    draft = begin(PAPER)

    page = signed_in(people("anna")).get(f"/readings/{draft.pk}/").content.decode()

    lines = re.findall(r"</span>\s*<p>(.*?)</p>", page[: page.index('id="read"')], flags=re.DOTALL)
    told = [re.sub(r"<[^>]+>", "", one) for one in lines]
    assert "合同编号：HZLIB-2027-018\n" in told
    assert not any("\n" in one.removesuffix("\n") for one in told)


def test_a_condition_of_payment_is_told_in_words_and_may_be_written_in_them(begin: Begin) -> None:
    first = row(begin(PAPER), "instalment")
    values = dict(first.item.values)

    assert "= 合同生效" in values["conditions"]
    assert "contract.effective" not in values["conditions"]
    again = first.item.stage.remade(first.item.thing, values_of(first.item.stage.fields, values))
    assert again.conditions == first.item.thing.conditions
