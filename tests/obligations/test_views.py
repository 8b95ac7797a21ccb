"""The frozen views that pages are made of: sorted, counted and worded here, so that templates only show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lvyue.core.calendar import DayKind, Span, deadline
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Severity
from lvyue.core.facts import KINDS, WORDS
from lvyue.core.findings import Finding
from lvyue.core.money import Money
from lvyue.core.obligation import Verdict
from lvyue.core.terms import TERMS, Event, Party, TermKind
from lvyue.core.tickets import TICKET_KINDS
from lvyue.library.calendar_files import default_calendar
from lvyue.library.loader import load, release_ids
from lvyue.library.samples import sample
from lvyue.obligations import marks
from lvyue.obligations.card import ContractCard, Stage, term_of
from lvyue.obligations.marks import BY_VERDICT, MARKS, RIGHT
from lvyue.obligations.queries import (
    contract_page,
    contract_screen,
    statement_of,
    term_reason,
)
from lvyue.obligations.screen import SOON, ContractScreen, Filter, Note
from lvyue.obligations.strip import BRIEF_ENDS, festival_of, strip_of
from lvyue.obligations.wording import KIND_ZH, anchor_of, asks, cite, event_zh, label_of
from lvyue.settlements.queries import settlement_sheet

NOVEMBER = date(2026, 11, 21)
SECURITY = "security-support-2026"


# ── words and marks ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_state_has_one_symbol_one_word_and_one_colour() -> None:
    assert set(BY_VERDICT) == set(Verdict)
    for name in ("key", "symbol", "word", "en"):
        said = [getattr(mark, name) for mark in MARKS]
        assert len(set(said)) == len(MARKS), name


def test_every_kind_of_term_has_a_name_and_says_how_it_is_understood() -> None:
    assert set(KIND_ZH) == set(TermKind)
    assert {kind.kind for kind in TERMS} == set(KIND_ZH)
    for release in map(load, release_ids()):
        for term in release.terms:
            lines = dict(asks(term, release, {}))
            assert all(lines.values()), term.id


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("main 7.2.15", "7.2.15"),
        ("main 5.2①", "5.2①"),
        ("main 13¶1", "13第1段"),
        ("第四章/一/1", "1"),
        ("附件1/一/3/3.3/•1", "第1点"),
        ("第一条/二/(二)/¶1 (T3 row 12)", "表 3 第 12 行"),
    ],
)
def test_a_clause_is_numbered_as_people_say_it(text: str, label: str) -> None:
    assert label_of(ClauseRef.parse(text)) == label


def test_a_citation_is_read_without_the_marks_of_files() -> None:
    assert cite("main 7.2.15") == "7.2.15"
    assert cite("第三条/二/¶1") == "第三条/二/第1段"
    assert cite("第一条/二/(二)/¶1 (T3 row 12)") == "第一条/二/(二)/第1段 表3第12行"


@pytest.mark.usefixtures("demonstration")
def test_an_agreed_number_is_told_from_its_day_with_its_fact() -> None:
    """保密协议 2.2(10)：整改复测的时限没有写明，三月三十日双方商定"""
    contract_id = "digital-operations-2026"
    before = term_reason(contract_id, "fix-and-retest", date(2026, 3, 29))
    after = term_reason(contract_id, "fix-and-retest", date(2026, 3, 30))

    assert before is not None
    assert after is not None
    assert dict(before.asks)["时限"].startswith("待商定")
    assert [one.id for one in before.parameters] == ["fix-and-retest"]
    assert not before.agreed
    assert dict(after.asks)["时限"] == "10个工作日（双方商定，2026-03-30 起，事实 demo-020）"
    assert not after.parameters
    assert [(one.value, one.fact) for one in after.agreed] == [("10个工作日", "demo-020")]


def test_an_event_is_said_in_words() -> None:
    assert event_zh(Event("notice.sent", (("channel", "sms"),))) == "通知送达（短信）"
    assert event_zh("invoice.received[instalment=2]") == "收到发票（第2期）"
    assert event_zh("ticket.answered[automatic=false]") == "工单由人答复（非自动回复）"


def test_anchors_of_one_contract_differ() -> None:
    for release in map(load, release_ids()):
        anchors = [anchor_of(clause.ref) for clause in release.clauses]
        assert len(set(anchors)) == len(anchors)


# ── the strip ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_strip_draws_holidays_and_counts_the_make_up_day() -> None:
    """2026-02-28 是调休上班的周六"""
    line = deadline(date(2026, 2, 10), Span.parse("10 working-days"), default_calendar())

    strip = strip_of(line)

    assert strip is not None
    days = {cell.day: cell for cell in strip.head}
    assert days[date(2026, 2, 10)].starts
    assert days[date(2026, 2, 28)].kind == "make-up"
    assert days[date(2026, 2, 28)].number is not None
    assert days[date(2026, 2, 17)].number is None
    assert days[line.due_day].ends
    assert "2026-02-28" in strip.reads


def test_a_long_strip_leaves_its_middle_out_and_says_how_much() -> None:
    strip = strip_of(
        deadline(date(2026, 1, 5), Span.parse("180 calendar-days"), default_calendar())
    )

    assert strip is not None
    assert (
        len(strip.head) + strip.left_out + len(strip.tail) == 183
    )  # the start, 180 days, two of roll-over
    assert strip.tail[-1].ends
    assert strip.reads.startswith("起算日不计，其余逐日计入，休息日也算。")
    assert "顺延至 2026-07-06" in strip.reads


def test_a_strip_for_a_narrow_place_keeps_both_ends() -> None:
    whole = strip_of(
        deadline(date(2026, 1, 5), Span.parse("180 calendar-days"), default_calendar())
    )

    assert whole is not None
    brief = whole.brief
    assert (len(brief.head), len(brief.tail)) == (BRIEF_ENDS, BRIEF_ENDS)
    assert brief.left_out + 2 * BRIEF_ENDS == whole.left_out + len(whole.head) + len(whole.tail)
    assert brief.tail[-1] == whole.tail[-1]
    assert brief.brief == brief


def test_every_statutory_holiday_of_the_shipped_notices_has_its_name() -> None:
    """全国年节及纪念日放假办法: seven festivals."""
    days = {
        day: festival_of(day)
        for release in default_calendar().releases
        for day, kind in release.days
        if kind is DayKind.HOLIDAY
    }

    assert all(days.values()), [day for day, name in days.items() if not name]
    assert len(set(days.values())) == 7
    assert days[date(2026, 2, 17)] == "春节"
    assert days[date(2026, 9, 25)] == "中秋"


# ── cards ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("day", "stage", "number"),
    [
        (date(2026, 1, 19), Stage.BEFORE, 0),
        (date(2026, 1, 20), Stage.RUNNING, 1),
        (date(2026, 12, 31), Stage.RUNNING, 346),
        (date(2027, 1, 1), Stage.OVER, 346),
    ],
)
def test_the_day_of_the_contract_is_counted_from_one(day: date, stage: Stage, number: int) -> None:
    term = term_of(load("digital-operations-2026").period, day)

    assert (term.stage, term.day, term.days) == (stage, number, 346)


def test_a_blank_period_has_no_day() -> None:
    """main 2.3 服务期限为空白"""
    assert term_of(load(SECURITY).period, NOVEMBER).stage is Stage.UNDATED


@pytest.mark.usefixtures("demonstration")
def test_a_card_says_where_the_money_stands() -> None:
    cards = {card.id: card for card in contract_page(NOVEMBER).cards}
    cloud, government, video = (
        cards["cloud-lease-2025"],
        cards["government-cloud-2026"],
        cards["video-conference-2022"],
    )

    assert isinstance(cloud, ContractCard)
    assert isinstance(government, ContractCard)
    assert isinstance(video, ContractCard)
    assert cloud.purse.payable == Money.yuan("566107.80")
    assert government.purse.payable is None
    assert government.purse.unknown == 1
    assert video.purse.undecidable == Money.yuan("559000")
    assert video.purse.interest > Money.ZERO
    for card in (cloud, government, video):
        assert sum(one.width for one in card.purse.segments) <= 1000


@pytest.mark.usefixtures("demonstration")
def test_every_term_is_counted_once_by_its_worst_finding() -> None:
    for card in contract_page(NOVEMBER).cards:
        assert isinstance(card, ContractCard)
        assert sum(count.number for count in card.counts) == card.duties
        assert card.duties == len(load(card.id).terms)
        missed = sum(alarm.mark is marks.MISSED for alarm in card.alarms)
        assert missed == sum(c.number for c in card.counts if c.mark is marks.MISSED)


# ── the screen ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("contract_id", release_ids())
def test_every_clause_and_every_term_stands_on_the_screen_once(contract_id: str) -> None:
    screen = contract_screen(contract_id, NOVEMBER)
    release = load(contract_id)

    rows = [row for chapter in screen.chapters for row in chapter.rows]
    assert {str(clause.ref) for clause in release.clauses} <= {row.ref for row in rows}
    assert len({row.anchor for row in rows}) == len(rows)
    shown = [note.term for row in rows for note in row.notes]
    assert sorted(shown) == sorted(term.id for term in release.terms)


@pytest.mark.usefixtures("demonstration")
def test_a_recurring_duty_is_summed_up_with_its_next_day() -> None:
    """附件1 三: 每月一轮，全部设备检到"""
    screen = contract_screen("video-conference-2022", date(2022, 8, 15))
    notes = {n.term: n for c in screen.chapters for row in c.rows for n in row.notes}

    note = notes[
        next(t.id for t in load("video-conference-2022").terms if t.id == "inspection-monthly")
    ]

    assert note.text == "巡检 3/9 · 未履行 1"
    assert note.due == date(2022, 8, 31)
    assert "300/308" in note.detail


def notes_of(screen: ContractScreen) -> list[Note]:
    return [note for chapter in screen.chapters for row in chapter.rows for note in row.notes]


@pytest.mark.usefixtures("demonstration")
def test_a_filter_keeps_one_mark_and_the_headings_above_it() -> None:
    whole = contract_screen(SECURITY, NOVEMBER)
    red = contract_screen(SECURITY, NOVEMBER, only=Filter(mark=marks.MISSED))

    notes = notes_of(red)
    assert {note.mark for note in notes} == {marks.MISSED}
    assert len(notes) == next(c.number for c in whole.card.counts if c.mark is marks.MISSED)
    assert len(notes) == red.notes
    assert "c-main_7" in {row.anchor for c in red.chapters for row in c.rows}


@pytest.mark.usefixtures("demonstration")
def test_the_outline_follows_the_filter() -> None:
    red = contract_screen(SECURITY, NOVEMBER, only=Filter(mark=marks.MISSED))

    nodes = [node for part in red.outline for node in part.nodes]
    shown = {row.root for chapter in red.chapters for row in chapter.rows}
    assert {node.anchor for node in nodes} == shown
    assert sum(count.number for node in nodes for count in node.counts) == red.notes
    assert {count.mark for node in nodes for count in node.counts} == {marks.MISSED}


@pytest.mark.usefixtures("demonstration")
def test_filters_combine_and_each_choice_says_what_it_would_show() -> None:
    asked = Filter(party=Party.SUPPLIER, words="整改")
    some = contract_screen(SECURITY, NOVEMBER, only=asked)

    assert some.notes
    assert {note.party for note in notes_of(some)} == {Party.SUPPLIER}
    for count in some.marks:
        only = replace(asked, mark=count.mark)
        assert contract_screen(SECURITY, NOVEMBER, only=only).notes == count.number
    for tally in some.kinds:
        only = replace(asked, kind=TermKind(tally.key))
        assert contract_screen(SECURITY, NOVEMBER, only=only).notes == tally.number
    for tally in some.parties:
        only = replace(asked, party=Party(tally.key))
        assert contract_screen(SECURITY, NOVEMBER, only=only).notes == tally.number


@pytest.mark.usefixtures("demonstration")
def test_soon_is_what_falls_due_within_seven_days() -> None:
    day = date(2025, 11, 3)
    whole = contract_screen("cloud-lease-2025", day)
    soon = contract_screen("cloud-lease-2025", day, only=Filter(within=SOON))

    assert whole.soon == soon.notes == 1
    (note,) = notes_of(soon)
    assert note.due == date(2025, 11, 10)


@pytest.mark.usefixtures("demonstration")
def test_words_are_found_in_the_paper_too_and_however_wide_they_are() -> None:
    """第一条/一/(二)/¶1: the text says 市经信局, wide or narrow."""
    cloud = "cloud-lease-2025"
    in_text = contract_screen(cloud, NOVEMBER, only=Filter(words="更充分的利用"))
    wide = contract_screen(cloud, NOVEMBER, only=Filter(words="ｖＣＰＵ"))

    assert in_text.notes
    assert wide.notes == contract_screen(cloud, NOVEMBER, only=Filter(words="vcpu")).notes > 0
    assert contract_screen(cloud, NOVEMBER, only=Filter(words="没有这样的字")).chapters == ()


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("contract_id", release_ids())
def test_each_clause_shows_its_text_with_the_title_that_the_paper_gives_it(
    contract_id: str,
) -> None:
    text = sample(contract_id)
    screen = contract_screen(contract_id, NOVEMBER)
    rows = {row.ref: row for chapter in screen.chapters for row in chapter.rows}

    for ref, paragraphs in text.paragraphs.items():
        row = rows[str(ref)]
        assert ((row.title,) if row.title else ()) + row.paragraphs == paragraphs
    assert screen.imprint is not None
    assert (screen.imprint.sha256, screen.imprint.ours) == (text.sha256, True)


@pytest.mark.usefixtures("demonstration")
def test_a_payment_says_what_is_at_stake_and_what_it_waits_for() -> None:
    """第三条/二: 验收通过并收到等额发票后付第二期"""
    screen = contract_screen("cloud-lease-2025", date(2025, 11, 3))
    stakes = {note.stake.name: note.stake for note in notes_of(screen) if note.stake is not None}

    assert stakes["第二期"].money == Money.yuan("1166107.80")
    assert stakes["第二期"].word.startswith("待验收通过")
    assert stakes["第一期"].word == "已付清"


@pytest.mark.usefixtures("demonstration")
def test_all_is_well_takes_no_more_than_a_line() -> None:
    notes = notes_of(contract_screen(SECURITY, NOVEMBER))

    assert not any(note.loud for note in notes if note.mark in (marks.MET, marks.NOT_DUE))
    assert all(note.loud for note in notes if note.mark in (marks.MISSED, marks.UNDECIDABLE))
    assert any(note.facts for note in notes)


@pytest.mark.usefixtures("demonstration")
def test_a_right_that_stands_is_not_a_duty_that_was_met() -> None:
    screen = contract_screen("digital-operations-2026", NOVEMBER)

    assert [right.term for right in screen.rights] == ["fix-overdue-claim"]
    notes = {n.term: n for c in screen.chapters for row in c.rows for n in row.notes}
    assert notes[screen.rights[0].term].mark is RIGHT


@pytest.mark.usefixtures("demonstration")
def test_doubts_come_open_before_settled_and_blocking_first() -> None:
    screen = contract_screen(SECURITY, NOVEMBER)

    settled = [doubt.id for doubt in screen.doubts if doubt.settled_on]
    assert settled == ["holiday-roll-over"] == [doubt.id for doubt in screen.doubts[-1:]]
    assert {doubt.severity for doubt in screen.blocks} == {Severity.BLOCK}
    assert [doubt.id for doubt in screen.doubts[:3]] == [doubt.id for doubt in screen.blocks]


# ── reasons and settlement ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("contract_id", release_ids())
def test_every_term_has_its_reasons(contract_id: str) -> None:
    statement = statement_of(contract_id, NOVEMBER)
    of_term: dict[str, list[Finding]] = {}
    for finding in statement.evaluation.findings:
        of_term.setdefault(finding.term, []).append(finding)

    for term in load(contract_id).terms:
        reason = term_reason(contract_id, term.id, NOVEMBER)
        assert reason is not None
        assert len(reason.findings) == len(of_term[term.id])
        for shown in reason.findings:
            assert shown.because
            if shown.mark is marks.MISSED:
                assert shown.facts or shown.absent or "提交" in shown.because


@pytest.mark.usefixtures("demonstration")
def test_a_term_that_the_contract_does_not_have_has_no_reasons() -> None:
    assert term_reason(SECURITY, "no-such-term", NOVEMBER) is None


@pytest.mark.usefixtures("demonstration")
def test_a_missed_hazard_says_what_is_absent_and_what_would_change_it() -> None:
    """main 7.2.15"""
    reason = term_reason(SECURITY, "hazard-rectified", NOVEMBER)

    assert reason is not None
    assert [f.mark.key for f in reason.findings] == ["missed", "late", "excused", "met"]
    worst = reason.findings[0]
    assert "demo-040" in [fact.id for fact in worst.facts]
    assert [fact.at for fact in worst.facts] == sorted(fact.at for fact in worst.facts)
    assert worst.absent[0].event == "隐患整改完成（经复查）"
    assert worst.would_change
    assert worst.strip is not None


@pytest.mark.usefixtures("demonstration")
def test_what_would_change_it_can_be_supposed() -> None:
    """main 7.2.15: the fact that is missing, begun for a form"""
    reason = term_reason(SECURITY, "hazard-rectified", NOVEMBER)

    assert reason is not None
    assert reason.worst is reason.findings[0]
    change = reason.findings[0].would_change[0]
    assert change.fact is not None
    assert change.fact.kind == "hazard.rectified"
    assert change.fact.subject == reason.findings[0].occurrence
    assert change.fact.at == "2026-09-28"


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("contract_id", release_ids())
def test_what_serves_a_term_is_a_kind_of_fact_with_fields_of_its_own(contract_id: str) -> None:
    for term in load(contract_id).terms:
        reason = term_reason(contract_id, term.id, NOVEMBER)
        assert reason is not None
        for finding in reason.findings:
            changed = [change.fact for change in finding.would_change]
            for fact in (finding.serves, *changed):
                if fact is not None:
                    assert {name for name, _ in fact.data} <= KINDS[fact.kind].names


@pytest.mark.usefixtures("demonstration")
def test_a_date_that_the_law_moved_is_told_twice() -> None:
    """第五章: 2023-05-01 is a holiday, and so is the day after the next"""
    reason = term_reason("video-conference-2022", "fee-dispute-clock", NOVEMBER)

    assert reason is not None
    (moved,) = [finding for finding in reason.findings if finding.strict is not None]
    assert (moved.strict, moved.due) == (date(2023, 5, 1), date(2023, 5, 4))
    assert moved.strip is not None
    assert "严格日期 2023-05-01 是休息日" in moved.strip.reads


@pytest.mark.usefixtures("demonstration")
def test_a_reason_quotes_its_clauses() -> None:
    reason = term_reason(SECURITY, "hazard-rectified", NOVEMBER)

    assert reason is not None
    assert reason.quoted
    assert all(clause.paragraphs for clause in reason.clauses)


@pytest.mark.usefixtures("demonstration")
def test_silence_is_shown_as_an_event_that_the_clause_made() -> None:
    """第四条/一/3: 收到后 10 个工作日不答复视为同意"""
    sheet = settlement_sheet("cloud-lease-2025", NOVEMBER)

    deemed = [fact for fact in sheet.instalments[1].facts if fact.index is None]
    assert [fact.kind for fact in deemed] == ["视为验收通过"]
    assert sheet.instalments[1].unpaid == Money.yuan("566107.80")


@pytest.mark.usefixtures("demonstration")
def test_interest_and_claims_stand_beside_the_payable_sum() -> None:
    """第五章/二: 宽限 15 个工作日，日万分之三"""
    sheet = settlement_sheet("video-conference-2022", NOVEMBER)

    assert sheet.payable is None
    assert sheet.undecided
    assert [one.money for one in sheet.interest] == [Money.yuan("3885")]
    assert len(sheet.interest[0].readings) == 2
    claim = sheet.claims[0]
    assert claim.money is None
    assert len(claim.alternatives) == 2
    assert claim.needs


def test_facts_speak_chinese() -> None:

    recorded = (kind.fields for kind in KINDS.values())
    told = (kind.fields for kind in TICKET_KINDS.values())
    choices = {c for fields in (*recorded, *told) for field in fields for c in field.choices}
    assert choices == set(WORDS)
