"""Deciding: what a person says of one thing, what comes of it, and two who say it at once."""

from __future__ import annotations

from fractions import Fraction
from http import HTTPStatus

import pytest
from django.db import DatabaseError, transaction
from pytest_django import DjangoAssertNumQueries

from lvyue.accounts.choices import ContractRole
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Refused
from lvyue.core.money import Money
from lvyue.core.terms import Party, TermKind
from lvyue.reading.duties import Candidate, Certainty
from lvyue.readings import queries
from lvyue.readings.actions import bringing, deciding
from lvyue.readings.actions.deciding import Overtaken
from lvyue.readings.choices import Act
from lvyue.readings.models import Decision, Draft
from lvyue.readings.review import Mark, corrected, items_of, stamp_of
from lvyue.readings.stages import Tab
from tests.readings.conftest import PAPER, Begin, People, review, row, signed_in

REPORT = "运维月报"


def terms(draft: Draft) -> list[Candidate]:
    return list(review(draft).running.candidates)


def test_everything_has_a_key_of_its_own_and_keeps_it_when_read_again(begin: Begin) -> None:
    draft = begin()
    keys = [one.item.key for one in review(draft).rows]

    queries.forget()

    assert len(set(keys)) == len(keys)
    assert [one.item.key for one in review(draft).rows] == keys


def test_whatever_is_shown_comes_back_the_same(begin: Begin) -> None:
    """The fields hold all that a person sees of a thing: to correct nothing changes nothing."""
    for item in items_of(review(begin()).reading):
        if item.stage.fields:
            assert dict(corrected(item, item.values).values) == dict(item.values), item.key


def test_nothing_decided_is_the_reading_as_it_was(begin: Begin) -> None:
    found = review(begin())

    assert found.running.identity == found.reading.identity
    assert found.running.consideration == found.reading.consideration
    sure = [one for one in found.reading.candidates if one.certainty is not Certainty.GUESS]
    assert list(found.running.candidates) == sure


def test_accepted(begin: Begin, people: People) -> None:
    draft = begin()
    one = row(draft, "term", REPORT)

    deciding.accept(draft.pk, one.item.id, by=people("bert"), stamp=0)

    after = row(draft, "term", REPORT)
    assert after.mark is Mark.ACCEPTED
    assert after.taken is not None
    assert after.taken.name == "测试bert"
    draft.refresh_from_db()
    assert review(draft).decided == 1


def test_a_price_that_was_read_wrong_is_put_right(begin: Begin, people: People) -> None:
    draft = begin()
    price = row(draft, "price")

    deciding.correct(draft.pk, price.item.id, {"figures": "48.5万元"}, by=people("anna"))

    now = review(draft).running.identity.price
    assert now.figures.value == Money.yuan("485000")
    after = row(draft, "price")
    assert ("小写金额（元）", "¥480,000.00", "¥485,000.00") in after.changed
    # Figures and words differ now, and the doubts are those of the corrected reading.
    assert any("大写" in one.says for one in review(draft).running.doubts)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"figures": "很多"}, "小写金额（元）: “很多”读不成"),
        ({"words": "四十八"}, "大写金额"),
        ({"colour": "red"}, "没有这一栏"),
        ({"figures": "9" * 30}, "读不成"),
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_is_written(
    begin: Begin, people: People, given: dict[str, str], says: str
) -> None:
    draft = begin()

    with pytest.raises(Refused) as told:
        deciding.correct(draft.pk, row(draft, "price").item.id, given, by=people("anna"))

    assert says in str(told.value)
    assert not Decision.objects.exists()


def test_a_term_with_another_debtor_and_limit(begin: Begin, people: People) -> None:
    draft = begin()
    one = row(draft, "term", "到达现场")
    given = {"debtor": "both", "within": "4", "unit": "hours"}

    deciding.correct(draft.pk, one.item.id, given, by=people("anna"))

    (found,) = [term for term in terms(draft) if "到达现场" in term.act]
    assert found.debtor is Party.BOTH
    assert found.limit is not None
    assert (found.limit.value, str(found.limit.unit)) == (4, "hours")


def test_a_correction_of_a_correction_starts_from_what_was_read(
    begin: Begin, people: People
) -> None:
    draft = begin()
    one = row(draft, "term", REPORT)
    deciding.correct(draft.pk, one.item.id, {"debtor": "buyer"}, by=people("anna"))
    deciding.correct(draft.pk, one.item.id, {"kind": "duty"}, by=people("bert"))

    after = row(draft, "term", REPORT)
    assert after.item.values["debtor"] == "buyer"  # what is not given stays as it stood
    assert after.item.values["kind"] == "duty"


def test_rejected_is_out_and_undone_is_in_again(begin: Begin, people: People) -> None:
    draft = begin()
    one = row(draft, "term", REPORT)

    deciding.reject(draft.pk, one.item.id, by=people("anna"))
    assert not any(REPORT in term.act for term in terms(draft))

    deciding.undo(draft.pk, one.item.id, by=people("bert"))
    assert any(REPORT in term.act for term in terms(draft))
    assert row(draft, "term", REPORT).mark is Mark.OPEN
    assert [taken.act for taken in queries.decisions_of(draft)] == [Act.REJECT, Act.UNDO]


def test_a_sentence_with_two_duties_is_split_and_each_part_corrected(
    begin: Begin, people: People
) -> None:
    draft = begin()
    one = row(draft, "term", REPORT)

    deciding.split(draft.pk, one.item.id, ["提交月报", "当面说明月报"], by=people("anna"))
    second = row(draft, "term", "当面说明")
    deciding.correct(draft.pk, second.item.id, {"kind": "duty"}, by=people("anna"))

    acts = {term.act: term.kind for term in terms(draft)}
    assert "提交月报" in acts
    assert acts["当面说明月报"] is TermKind.DUTY
    assert not any(act == one.item.values["act"] for act in acts)


def test_a_split_into_one_is_none(begin: Begin, people: People) -> None:
    draft = begin()

    with pytest.raises(Refused, match="拆成了 1 项"):
        deciding.split(draft.pk, row(draft, "term").item.id, ["一件事"], by=people("anna"))


def test_two_that_say_one_are_merged(begin: Begin, people: People) -> None:
    draft = begin()
    one, other = row(draft, "term", REPORT), row(draft, "term", "到达现场")

    deciding.merge(draft.pk, one.item.id, [other.item.id], "合起来的义务", by=people("anna"))

    acts = [term.act for term in terms(draft)]
    assert "合起来的义务" in acts
    assert not any("到达现场" in act for act in acts)
    assert row(draft, "term", "到达现场").mark is Mark.ABSORBED
    with pytest.raises(Refused, match="已并入别项"):
        deciding.accept(draft.pk, other.item.id, by=people("bert"))


def test_what_was_missed_is_added_under_its_clause(begin: Begin, people: People) -> None:
    draft = begin()
    given = {
        "kind": "recurring",
        "debtor": "supplier",
        "act": "每季度巡检",
        "every": "quarter",
        "times": "1",
    }

    added = deciding.add(draft.pk, "term", "main 1.1", given, by=people("anna"))

    (found,) = [term for term in terms(draft) if term.act == "每季度巡检"]
    assert found.clause == ClauseRef.parse("main 1.1")
    assert added.mark is Mark.ADDED
    deciding.correct(draft.pk, added.item.id, {"times": "2"}, by=people("bert"))
    (found,) = [term for term in terms(draft) if term.act == "每季度巡检"]
    assert found.frequency is not None
    assert found.frequency.times == 2
    deciding.undo(draft.pk, added.item.id, by=people("bert"))  # the correction
    deciding.undo(draft.pk, added.item.id, by=people("bert"))  # and the addition
    assert not any(term.act == "每季度巡检" for term in terms(draft))


def test_a_grade_and_an_instalment_can_be_added(begin: Begin, people: People) -> None:
    draft = begin()

    deciding.add(draft.pk, "grade", "main 4.2", {"name": "不合格", "rate": "80"}, by=people("anna"))
    given = {"number": "3", "rate": "5", "within": "10", "unit": "working-days", "invoice": "on"}
    deciding.add(draft.pk, "instalment", "main 3.2", given, by=people("anna"))

    paid = review(draft).running.consideration
    assert ("不合格", Fraction(4, 5)) in [(one.name, one.rate) for one in paid.grades]
    assert paid.instalments[-1].number == 3


def test_an_addition_names_a_clause_that_is_there(begin: Begin, people: People) -> None:
    with pytest.raises(Refused, match="原文里没有"):
        deciding.add(begin().pk, "term", "main 99", {"kind": "duty"}, by=people("anna"))


def test_a_blocking_doubt_is_not_waved_away_without_a_reason(begin: Begin, people: People) -> None:
    draft = begin(PAPER.replace("2027年1月1日起至2027年12月31日止", "。"))
    blocked = next(
        one for one in review(draft).tab(Tab.DOUBTS) if one.item.thing.severity.value == "block"
    )

    with pytest.raises(Refused, match="没有写理由"):
        deciding.reject(draft.pk, blocked.item.id, by=people("anna"))
    deciding.reject(draft.pk, blocked.item.id, by=people("anna"), reason="附件二写了期限")

    assert blocked.item.thing not in review(draft).running.doubts


# ── two at once ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_comes_second_is_told_and_nothing_is_written(begin: Begin, people: People) -> None:
    draft = begin()
    one = row(draft, "term", REPORT)
    seen = stamp_of(one)

    deciding.accept(draft.pk, one.item.id, by=people("anna"), stamp=seen)
    with pytest.raises(Overtaken, match="测试anna"):
        deciding.reject(draft.pk, one.item.id, by=people("bert"), stamp=seen)

    assert Decision.objects.count() == 1


def test_another_thing_may_be_decided_on_meanwhile(begin: Begin, people: People) -> None:
    draft = begin()
    one, other = row(draft, "term", REPORT), row(draft, "term", "到达现场")

    deciding.accept(draft.pk, one.item.id, by=people("anna"), stamp=0)
    deciding.accept(draft.pk, other.item.id, by=people("bert"), stamp=0)

    assert review(draft).decided == 2


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_that_are_sure_are_accepted_and_undone_together(begin: Begin, people: People) -> None:
    draft = begin()
    rows = review(draft).tab(Tab.TERMS)
    ids = [one.item.id for one in rows]
    before = deciding.reject(draft.pk, ids[0], by=people("anna"))

    count, batch = deciding.accept_many(draft.pk, ids, by=people("anna"))

    guesses = sum(one.is_guess for one in rows)
    assert count == len(rows) - guesses - 1
    assert review(draft).by_id[before.item.id].mark is Mark.REJECTED
    assert deciding.undo_many(draft.pk, batch, by=people("anna")) == count
    assert sum(one.mark is Mark.ACCEPTED for one in review(draft).rows) == 0


def test_nobody_undoes_by_an_empty_name(begin: Begin, people: People) -> None:
    draft = begin()
    deciding.accept(draft.pk, row(draft, "term").item.id, by=people("anna"))

    assert deciding.undo_many(draft.pk, "", by=people("anna")) == 0


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_auditor_looks_and_decides_nothing(begin: Begin, people: People) -> None:
    draft = begin()
    bringing.invite(draft.pk, people("vera").username, ContractRole.AUDITOR, by=people("anna"))
    one = row(draft, "term")

    with pytest.raises(Refused, match="不能核对"):
        deciding.accept(draft.pk, one.item.id, by=people("vera"))
    page = signed_in(people("vera")).get(f"/readings/{draft.pk}/", {"tab": "terms"})
    assert "data-key=" not in page.content.decode()


def test_who_cannot_see_what_is_personal_cannot_overwrite_it(begin: Begin, people: People) -> None:
    draft = begin(
        PAPER.replace("1.4 乙方", "1.4 乙方联系人周一帆（13900001111）应当随叫随到。乙方")
    )
    bringing.invite(draft.pk, people("carl").username, ContractRole.ENGINEER, by=people("bert"))
    there = [one for one in review(draft).tab(Tab.TERMS) if "13900001111" in str(one.item.values)]
    if not there:
        pytest.skip("the reader makes no term of it")
    (one,) = there[:1]
    given = {
        "do": "correct",
        "stamp": "0",
        "v-act": "＊＊＊",
        "v-kind": "duty",
        "v-debtor": "supplier",
    }

    signed_in(people("carl")).post(f"/readings/{draft.pk}/items/{one.item.id}/", given)

    assert not Decision.objects.exists()


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_costs_the_same_however_much_was_decided(
    begin: Begin, people: People, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    draft = begin()
    client = signed_in(people("anna"))
    client.get(f"/readings/{draft.pk}/")
    ids = [one.item.id for one in review(draft).rows]
    deciding.accept_many(draft.pk, ids, by=people("anna"))

    for tab in Tab:
        with django_assert_max_num_queries(9):
            assert client.get(f"/readings/{draft.pk}/", {"tab": tab}).status_code == HTTPStatus.OK


def test_the_list_costs_the_same_for_one_draft_and_for_many(
    begin: Begin, people: People, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        begin(read=False)

    client = signed_in(people("anna"))

    with django_assert_max_num_queries(4):
        page = client.get("/readings/")

    assert page.content.decode().count("合同.txt") == 3


def test_buttons_without_javascript_lead_back_to_where_one_was(
    begin: Begin, people: People
) -> None:
    draft = begin()
    one = row(draft, "term", REPORT)
    posted = {"do": f"accept:{one.item.id}:0", "query": "tab=terms&open=1"}

    answer = signed_in(people("anna")).post(f"/readings/{draft.pk}/decide/", posted)

    assert answer["Location"] == f"/readings/{draft.pk}/?tab=terms&open=1#{one.item.id}"


def test_with_htmx_only_the_row_and_the_counts_come_back(begin: Begin, people: People) -> None:
    draft = begin()
    one = row(draft, "term", REPORT)
    posted = {"do": f"accept:{one.item.id}:0"}

    answer = signed_in(people("anna")).post(
        f"/readings/{draft.pk}/decide/", posted, headers={"HX-Request": "true"}
    )

    part = answer.content.decode()
    assert "已接受" in part
    assert 'hx-swap-oob="true"' in part
    assert "<html" not in part


def test_a_correction_is_shown_before_it_is_made(begin: Begin, people: People) -> None:
    draft = begin()
    one = row(draft, "price")
    posted = {"do": "preview", "stamp": "0", "v-figures": "500000", "v-words": "伍拾万元整"}
    client = signed_in(people("anna"))

    page = client.post(f"/readings/{draft.pk}/items/{one.item.id}/", posted).content.decode()

    assert "会改成这样" in page
    assert "¥500,000.00" in page
    assert not Decision.objects.exists()
    done = client.post(f"/readings/{draft.pk}/items/{one.item.id}/", posted | {"do": "correct"})
    assert done.status_code == HTTPStatus.FOUND
    assert review(draft).running.identity.price.figures.value == Money.yuan("500000")


def test_a_wrong_value_stands_beside_its_field_and_is_not_lost(
    begin: Begin, people: People
) -> None:
    draft = begin()
    one = row(draft, "price")
    posted = {"do": "correct", "stamp": "0", "v-figures": "五十多万", "v-words": ""}

    answer = signed_in(people("anna")).post(f"/readings/{draft.pk}/items/{one.item.id}/", posted)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = answer.content.decode()
    assert "五十多万" in page
    assert "请写成 1977800.00" in page


@pytest.mark.parametrize("tab", ["terms", "doubts", "tables", "facts", "money"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_list_can_be_taken_away(begin: Begin, people: People, tab: str, form: str) -> None:
    draft = begin()

    answer = signed_in(people("anna")).get(f"/readings/{draft.pk}/", {"tab": tab, "format": form})

    assert answer.status_code == HTTPStatus.OK
    assert "attachment" in answer["Content-Disposition"]
    if (tab, form) == ("terms", "csv"):
        assert REPORT in answer.content.decode("utf-8-sig")


@pytest.mark.parametrize(
    "asked",
    [
        "tab=nothing",
        "page=99999",
        "page=-1",
        "page=x",
        "q=<script>alert(1)</script>",
        "clause=%00",
        "certainty=x&party=y&kind=z",
    ],
)
def test_an_address_that_nobody_gave_out_breaks_nothing(
    begin: Begin, people: People, asked: str
) -> None:
    answer = signed_in(people("anna")).get(f"/readings/{begin().pk}/?tab=terms&{asked}")

    assert answer.status_code in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)
    assert "<script>alert" not in answer.content.decode()


def test_filters_let_through_what_they_say(begin: Begin, people: People) -> None:
    draft = begin()
    client = signed_in(people("anna"))

    page = client.get(f"/readings/{draft.pk}/", {"tab": "terms", "party": "buyer"}).content.decode()

    right = page[page.index('id="read"') :]
    assert REPORT not in right
    assert "组织验收" in right


# ── on record ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_decision_is_never_changed_nor_forgotten(begin: Begin, people: People) -> None:
    draft = begin()
    deciding.accept(draft.pk, row(draft, "term").item.id, by=people("anna"))

    with pytest.raises(DatabaseError, match="核对只增不改"), transaction.atomic():
        Decision.objects.update(act="reject")
    with pytest.raises(DatabaseError, match="核对只增不改"), transaction.atomic():
        Decision.objects.all()._raw_delete("default")  # noqa: SLF001


def test_whatever_is_decided_stands_in_the_trail(begin: Begin, people: People) -> None:
    from lvyue.accounts.models import AuditEntry  # noqa: PLC0415

    draft = begin()
    one = row(draft, "price")
    deciding.correct(draft.pk, one.item.id, {"figures": "1"}, by=people("anna"), reason="看错了")

    entry = AuditEntry.objects.filter(act="draft.decided.correct").get()
    assert entry.contract_id == draft.trail
    assert entry.before is not None
    assert entry.after is not None
    assert entry.before["figures"] == "480000.00"
    assert entry.after["figures"] == "1.00"
    assert entry.reason == "看错了"
