"""What somebody might try who wishes one of the sides ill, or clicks twice; and what must come of it."""

from __future__ import annotations

import csv
import io
from datetime import date
from http import HTTPStatus

import pytest
from django.test import Client

from lvyue.accounts.actions import register_organisation
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import AuditEntry
from lvyue.contracts.models import PaperText, Release
from lvyue.core.doubts import Refused
from lvyue.evidence.vault import keep, path_of
from lvyue.jobs.models import Job
from lvyue.obligations.queries import statement_of
from lvyue.reading.source import Source
from lvyue.readings import pictures
from lvyue.readings.actions import bringing, deciding, jobs, settling
from lvyue.readings.actions.bringing import Brought
from lvyue.readings.choices import DraftState, PaperState
from lvyue.readings.models import Draft
from lvyue.readings.outcome import outcome_of
from lvyue.readings.review import Mark
from tests.readings.conftest import PAPER, PHONE, Begin, People, quickly, review, row, signed_in

TABLE = """
附件一：服务人员

| 序号 | 姓名 | 岗位 | 联系电话 |
| --- | --- | --- | --- |
| 1 | 周一帆 | 项目经理 | 13900001111 |
| 2 | 沈若谷 | 工程师 | 13900002222 |
"""


def with_an_engineer(draft: Draft, people: People) -> Client:
    bringing.invite(draft.pk, people("carl").username, ContractRole.ENGINEER, by=people("bert"))
    return signed_in(people("carl"))


# ── one person, or one house, for both sides ─────────────────────────────────────────────────────────────────────


def test_a_side_that_is_there_chooses_its_own_people(begin: Begin, people: People) -> None:
    draft = begin()

    for role in (ContractRole.SUPPLIER_MANAGER, ContractRole.ENGINEER):
        with pytest.raises(Refused, match="由它自己邀请"):
            bringing.invite(draft.pk, people("friend").username, role, by=people("anna"))

    bringing.invite(
        draft.pk, people("bill").username, ContractRole.SUPPLIER_MANAGER, by=people("bert")
    )


def test_nobody_is_smuggled_into_office_on_the_other_side_before_confirming(
    begin: Begin, people: People
) -> None:
    draft = begin()
    settling.propose(draft.pk, draft.version, by=people("anna"))

    with pytest.raises(Refused, match="甲方的人由它自己邀请"):
        bringing.invite(draft.pk, people("mole").username, ContractRole.BUYER, by=people("bert"))


def test_two_accounts_of_one_organisation_are_not_two_sides(begin: Begin, people: People) -> None:
    house = register_organisation("one-house", "同一家单位", by="测试")
    for name in ("anna", "alma"):
        account = people(name)
        account.organisation = house
        account.save()
    draft = begin(invite=False)

    with pytest.raises(Refused, match="同属一个单位"):
        bringing.invite(draft.pk, "alma", ContractRole.SUPPLIER_MANAGER, by=people("anna"))


def test_nor_do_they_confirm_where_they_moved_into_it_afterwards(
    begin: Begin, people: People
) -> None:
    draft = begin()
    settling.propose(draft.pk, draft.version, by=people("anna"))
    house = register_organisation("one-house", "同一家单位", by="测试")
    for name in ("anna", "bert"):
        account = people(name)
        account.organisation = house
        account.save()

    with pytest.raises(Refused, match="不能分别代表两方"):
        settling.confirm(draft.pk, draft.version, by=people("bert"))


# ── the very same ────────────────────────────────────────────────────────────────────────────────────────────────


def test_another_reader_of_the_same_version_is_not_what_was_proposed(
    begin: Begin, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = begin()
    draft = settling.propose(draft.pk, draft.version, by=people("anna"))
    assert len(draft.release) == 64
    sound = outcome_of

    def better(*given: object) -> object:  # as after an update of the program: one term less
        found = sound(*given)  # type: ignore[arg-type]
        raw = {**found.raw, "title": "另一个名称"}
        return type(found)(raw, found.release, found.doubts)

    monkeypatch.setattr(settling, "outcome_of", better)
    with pytest.raises(Refused, match="和提出时不一样"):
        settling.confirm(draft.pk, draft.version, by=people("bert"))
    monkeypatch.undo()

    done = settling.confirm(draft.pk, draft.version, by=people("bert"))
    assert done.release == draft.release


def test_what_runs_is_what_the_page_listed(begin: Begin, people: People) -> None:
    draft = begin()
    page = signed_in(people("bert")).get(f"/readings/{draft.pk}/settle/")
    listed = sorted(one.says for _, some in page.context["groups"] for one in some)
    settling.propose(draft.pk, draft.version, by=people("anna"))
    done = settling.confirm(draft.pk, draft.version, by=people("bert"))

    release = statement_of(done.contract_id, date(2027, 6, 30)).evaluation.release
    assert sorted(term.says for term in release.terms) == listed
    guessed = {one.item.values["act"] for one in review(draft).guesses}
    assert not guessed & set(listed)


def test_nothing_is_read_of_a_draft_that_was_withdrawn(begin: Begin, people: People) -> None:
    draft = begin(read=False)
    settling.withdraw(draft.pk, "传错了", by=people("anna"))
    version = Draft.objects.get(pk=draft.pk).version

    assert jobs.read_waiting(quickly) == 0

    assert draft.papers.get().state == PaperState.CANCELLED
    assert Draft.objects.get(pk=draft.pk).version == version


def test_it_is_withdrawn_while_it_is_being_read(begin: Begin, people: People) -> None:
    draft = begin(read=False)

    def slow(job: jobs.Job) -> Source:
        settling.withdraw(draft.pk, "传错了", by=people("anna"))
        return quickly(job)

    jobs.read_waiting(slow)

    assert draft.papers.get().state == PaperState.CANCELLED
    assert Draft.objects.get(pk=draft.pk).state == DraftState.WITHDRAWN


# ── what went into another ───────────────────────────────────────────────────────────────────────────────────────


def test_a_part_that_goes_into_another_term_runs_once(begin: Begin, people: People) -> None:
    draft = begin()
    term = row(draft, "term", "运维月报")
    deciding.split(draft.pk, term.item.id, ["提交运维月报", "提交运维年报"], by=people("anna"))
    first, second = (one for one in review(draft).rows if one.mark is Mark.PART)

    deciding.merge(draft.pk, first.item.id, [second.item.id], "", by=people("anna"))

    acts = [one.act for one in review(draft).running.candidates]
    assert "提交运维月报；提交运维年报" in acts
    assert "提交运维年报" not in acts
    merged = review(draft).by_id[first.item.id]
    deciding.undo(draft.pk, merged.item.id, by=people("anna"))
    assert "提交运维年报" in [one.act for one in review(draft).running.candidates]


def test_what_was_added_twice_by_a_double_click_is_there_once(begin: Begin, people: People) -> None:
    draft = begin()
    values = {"kind": "duty", "debtor": "supplier", "act": "每周巡检一次"}
    clause = str(row(draft, "term").item.clause)

    one = deciding.add(draft.pk, "term", clause, values, by=people("anna"))
    same = deciding.add(draft.pk, "term", clause, values, by=people("anna"))

    assert one.item.id == same.item.id
    assert [each.mark for each in review(draft).rows].count(Mark.ADDED) == 1
    deciding.undo(draft.pk, one.item.id, by=people("anna"))
    anew = deciding.add(draft.pk, "term", clause, values, by=people("anna"))
    assert anew.mark is Mark.ADDED


# ── what is personal ─────────────────────────────────────────────────────────────────────────────────────────────


def test_stars_cannot_be_guessed_by_searching_for_them(begin: Begin, people: People) -> None:
    draft = begin(PAPER + "\n七、联系\n\n7.1 乙方应当在故障时致电13900001111报告。\n")
    carl = with_an_engineer(draft, people)

    for client, found in ((carl, False), (signed_in(people("bert")), True)):
        page = client.get(f"/readings/{draft.pk}/", {"tab": "terms", "q": "1390000"})
        assert bool(page.context["rows"]) is found


@pytest.mark.parametrize("tab", ["facts", "money", "clauses", "tables", "terms", "doubts"])
def test_no_page_and_no_file_shows_an_engineer_what_is_personal(
    begin: Begin, people: People, tab: str
) -> None:
    draft = begin(PAPER + TABLE)
    carl, bert = with_an_engineer(draft, people), signed_in(people("bert"))
    address = f"/readings/{draft.pk}/"

    for form in ("", "csv"):
        told = carl.get(address, {"tab": tab, "format": form} if form else {"tab": tab})
        words = b"".join(told) if told.streaming else told.content
        for one in (PHONE, "13900002222", "沈若谷"):
            assert one not in words.decode("utf-8-sig"), form
    if tab == "tables":
        assert "13900002222" in bert.get(address, {"tab": tab}).content.decode()
    api = carl.get(f"/api/v1{address}items", {"tab": tab}).content.decode()
    assert PHONE not in api
    assert "13900002222" not in api


def test_no_item_page_shows_it_either(begin: Begin, people: People) -> None:
    draft = begin(PAPER + TABLE)
    carl = with_an_engineer(draft, people)

    for one in review(draft).rows:
        page = carl.get(f"/readings/{draft.pk}/items/{one.item.id}/")
        if page.status_code == HTTPStatus.OK:
            words = page.content.decode()
            assert PHONE not in words, one.item.key
            assert "13900002222" not in words, one.item.key


def test_nor_does_a_reason_that_somebody_wrote(begin: Begin, people: People) -> None:
    draft = begin()
    item = row(draft, "term", "运维月报").item.id
    deciding.reject(draft.pk, item, by=people("anna"), reason=f"打过{PHONE}核实")
    carl, anna = with_an_engineer(draft, people), signed_in(people("anna"))

    for address in ("?tab=terms", f"items/{item}/", "settle/"):
        assert PHONE not in carl.get(f"/readings/{draft.pk}/{address}").content.decode()
        assert f"打过{PHONE}核实" in anna.get(f"/readings/{draft.pk}/{address}").content.decode()


def test_what_is_personal_stays_out_of_the_contract_whoever_writes_it_in(
    begin: Begin, people: People
) -> None:
    draft = begin()
    item = row(draft, "term", "运维月报").item.id
    act = f"致电{PHONE}或13711112222周一帆后提交月报"
    deciding.correct(draft.pk, item, {"act": act}, by=people("anna"))
    draft.refresh_from_db()
    settling.propose(draft.pk, draft.version, by=people("anna"))
    done = settling.confirm(draft.pk, draft.version, by=people("bert"))

    kept: list[object] = [*Release.objects.filter(contract_id=done.contract_id).values()]
    kept += PaperText.objects.filter(contract_id=done.contract_id).values()
    kept += AuditEntry.objects.filter(contract_id=done.contract_id).values()
    assert "后提交月报" in str(kept)
    for one in (PHONE, "13711112222", "周一帆"):
        assert one not in str(kept)


def test_every_act_is_in_the_trail_of_the_draft(begin: Begin, people: People) -> None:
    draft = begin()
    item = row(draft, "term", "运维月报").item.id
    bringing.rename(draft.pk, "新名", "new-name-1", by=people("anna"))
    bringing.invite(draft.pk, people("carl").username, ContractRole.ENGINEER, by=people("bert"))
    bringing.let_go(draft.pk, "carl", "调离", by=people("bert"))
    deciding.accept(draft.pk, item, by=people("anna"))
    deciding.undo(draft.pk, item, by=people("anna"))
    draft.refresh_from_db()
    settling.propose(draft.pk, draft.version, by=people("anna"))
    settling.send_back(draft.pk, "再看", by=people("bert"))
    settling.propose(draft.pk, draft.version, by=people("bert"))
    settling.confirm(draft.pk, draft.version, by=people("anna"))

    acts = AuditEntry.objects.filter(contract_id=draft.trail).order_by("id")
    assert [(one.act.removeprefix("draft."), one.who) for one in acts] == [
        *[("opened", "anna"), ("paper_added", "anna"), ("invited", "anna"), ("renamed", "anna")],
        *[("invited", "bert"), ("let_go", "bert"), ("decided.accept", "anna")],
        *[("decided.undo", "anna"), ("proposed", "anna"), ("returned", "bert")],
        *[("proposed", "bert"), ("confirmed", "anna")],
    ]


def test_a_formula_in_a_paper_stays_text_in_a_file(begin: Begin, people: People) -> None:
    evil = '=HYPERLINK("http://x","y")'
    draft = begin(PAPER + f"\n附件一：清单\n\n| 序号 | 名称 |\n| --- | --- |\n| 1 | {evil} |\n")

    answer = signed_in(people("anna")).get(
        f"/readings/{draft.pk}/", {"tab": "tables", "format": "csv"}
    )

    told = b"".join(answer) if answer.streaming else answer.content
    cells = [cell for line in csv.reader(io.StringIO(told.decode("utf-8-sig"))) for cell in line]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)


# ── hostile papers ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_name_with_a_path_and_signs_that_cannot_be_seen_is_only_a_name(
    begin: Begin, people: People
) -> None:
    draft = begin()
    names = ["../../etc/passwd\x00\x1b[31m.txt", "a\u202etxt.exe", "😀" * 400, "\r\nSet-Cookie: x"]
    papers = [Brought(name, [f"第{n}份".encode()]) for n, name in enumerate(names)]

    bringing.add_papers(draft.pk, papers, by=people("anna"))

    kept = [one.name for one in draft.papers.order_by("order")[1:]]
    assert kept[0] == "passwd [31m.txt"
    assert all(len(name) <= 255 and name.isprintable() for name in kept)
    for order in range(2, 6):
        answer = signed_in(people("anna")).get(f"/readings/{draft.pk}/papers/{order}/")
        assert answer.status_code == HTTPStatus.OK
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Type"] == "application/octet-stream"
        assert b"".join(answer)  # and closed


def test_a_paper_of_a_hundred_thousand_lines_is_turned_away_before_anybody_waits_for_it(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LINES_LIMIT", 100)

    draft = begin("第一条 乙方应当提交报告。\n" * 101)

    paper = draft.papers.get()
    assert paper.state == PaperState.FAILED
    assert "最多 100 行" in paper.doubts[0]["says"]


def test_many_long_papers_are_as_bad_as_one(
    begin: Begin, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CHARACTERS_LIMIT", 2_000)
    draft = begin()
    bringing.add_papers(
        draft.pk, [Brought("附件.txt", [("字" * 1_500).encode()])], by=people("anna")
    )

    jobs.read_waiting(quickly)

    assert [one.state for one in draft.papers.order_by("order")] == ["done", "failed"]


def test_a_picture_of_more_points_than_any_page_has_is_not_drawn() -> None:
    image = pytest.importorskip("PIL.Image")
    out = io.BytesIO()
    image.new("1", (20_000, 20_000)).save(out, format="PNG")
    kept = keep([out.getvalue()], 1_000_000)

    with pytest.raises(Refused, match="画不出来"):
        pictures.picture_of(kept.sha256, 1)


def test_a_page_is_drawn_by_a_process_that_may_die() -> None:
    image = pytest.importorskip("PIL.Image")
    whole, broken = io.BytesIO(), b"%PDF-1.7\n" + b"\x00\xff1 0 obj <<" * 500
    image.new("RGB", (300, 200), "white").save(whole, format="PDF")
    good, bad = (keep([one], 1_000_000).sha256 for one in (whole.getvalue(), broken))

    assert pictures.picture_of(good, 1).startswith(b"\x89PNG")
    for sha256, page in ((good, 2), (bad, 1)):
        with pytest.raises(Refused, match="画不出来"):
            pictures.picture_of(sha256, page)
    assert len(list((path_of(good).parents[2]).glob("pages/*/*.png"))) == 1


# ── doors ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_for_an_outsider_no_address_of_a_draft_is_there(begin: Begin, people: People) -> None:
    draft = begin()
    item = row(draft, "term").item.id
    mallory = signed_in(people("mallory"))
    page, api = f"/readings/{draft.pk}/", f"/api/v1/readings/{draft.pk}"

    for address in (
        *("", "progress/", "papers/1/", "pages/1/1/", "people/", "settle/", "compare/", "add/"),
        f"items/{item}/",
    ):
        assert mallory.get(page + address).status_code == HTTPStatus.NOT_FOUND, address
    for address in (
        *("papers/", "papers/1/cancel/", "papers/1/again/", "people/", "people/let-go/"),
        *("settle/name/", "settle/propose/", "settle/confirm/", "decide/", f"items/{item}/"),
    ):
        assert mallory.post(page + address).status_code == HTTPStatus.NOT_FOUND, address
    for address in ("", "/items", "/decisions"):
        assert mallory.get(api + address).status_code == HTTPStatus.NOT_FOUND, address
    posts = {
        "/members": {"username": "mallory", "role": "buyer"},
        "/steps": {"step": "confirm", "version": draft.version},
        f"/items/{item}/decisions": {"act": "accept", "stamp": 0},
        "/items": {"kind": "term", "clause": "main:1", "values": {}},
    }
    for address, body in posts.items():
        answer = mallory.post(api + address, body, content_type="application/json")
        assert answer.status_code == HTTPStatus.NOT_FOUND, address


def test_a_page_of_names_that_are_too_long_is_refused_in_words(
    begin: Begin, people: People
) -> None:
    draft = begin()
    long = "😀" * 5_000
    anna = signed_in(people("anna"))

    for address, given in (
        ("settle/name/", {"title": long, "wanted_id": long}),
        ("people/let-go/", {"username": long, "reason": long}),
        ("people/", {"username": long, "role": "buyer"}),
        ("settle/withdraw/", {"reason": long * 2}),
    ):
        answer = anna.post(f"/readings/{draft.pk}/{address}", given, follow=True)
        assert answer.status_code in (HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY), address
    draft.refresh_from_db()
    assert draft.state == DraftState.REVIEWING


def test_a_draft_that_one_is_not_on_cannot_be_compared_with(begin: Begin, people: People) -> None:
    mine, other = begin(), begin(PAPER.replace("运维月报", "巡检周报"), invite=False)

    page = signed_in(people("bert")).get(
        f"/readings/{mine.pk}/compare/", {"a": f"d{other.pk}", "b": f"d{mine.pk}"}
    )

    assert "巡检周报" not in page.content.decode()


def test_a_program_that_waits_finds_its_paper_read_without_anybody_looking(
    begin: Begin, people: People
) -> None:
    """From the moment it is handed in, a paper is a job; to look at it neither begins nor doubles that."""
    draft = begin(read=False)
    program, address = signed_in(people("anna")), f"/api/v1/readings/{draft.pk}"
    waiting = program.get(address).json()["papers"]
    jobs_of_it = Job.objects.filter(task=jobs.TASK, key=jobs.key_of(draft.papers.get().pk))

    assert [paper["state"] for paper in waiting] == ["queued"]
    assert jobs_of_it.count() == 1
    assert jobs.read_waiting(quickly) == 1

    assert [paper["state"] for paper in program.get(address).json()["papers"]] == ["done"]
