"""The shipped calendars, day by day against two packages, and the operator's update files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from lvyue.core.calendar import Calendar, DayKind, Span, deadline
from lvyue.library.calendar_files import UnreadableCalendar, default_calendar, load_releases

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Calendars of a test's own folder are not kept."""
    yield
    default_calendar.cache_clear()


@pytest.mark.parametrize("year", range(2018, 2027))
def test_every_day_agrees_with_both_packages(year: int) -> None:
    """2018 至 2026 年逐日核对"""
    chinese_calendar = pytest.importorskip("chinese_calendar")
    china = pytest.importorskip("holidays").country_holidays("CN", years=year)
    calendar = default_calendar()
    days = [
        date(year, 1, 1) + timedelta(days=i)
        for i in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]

    assert [d for d in days if calendar.is_working(d) != chinese_calendar.is_workday(d)] == []
    assert [d for d in days if calendar.is_working(d) != china.is_working_day(d)] == []
    named_off = {d for d in days if calendar.kind(d) in (DayKind.HOLIDAY, DayKind.SHIFTED)}
    assert named_off == {d for d in chinese_calendar.constants.holidays if d.year == year}
    assert {d for d in days if calendar.kind(d) is DayKind.MAKE_UP} == {
        d for d in chinese_calendar.constants.workdays if d.year == year
    }


def test_the_files_are_what_the_tool_writes() -> None:
    """日历文件由工具生成，没有手改"""
    pytest.importorskip("chinese_calendar")
    pytest.importorskip("holidays")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_calendars.py"), "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stdout.strip() == "calendars are up to date"


def test_2026_is_the_notice_of_november_2025() -> None:
    """2026 年：放假三十三天，六个周末上班"""
    (notice,) = (r for r in load_releases() if r.year == 2026)
    make_up = [f"{day:%m-%d}" for day, kind in notice.days if kind is DayKind.MAKE_UP]

    assert (notice.notice, notice.issued) == ("国办发明电〔2025〕7号", date(2025, 11, 4))
    assert make_up == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    assert len(notice.days) - len(make_up) == 33


def test_2027_waits_for_its_notice() -> None:
    """2027 年尚无通知"""
    (estimate,) = (r for r in load_releases() if r.year == 2027)

    assert estimate.provisional
    assert [day for day, kind in estimate.days if kind is DayKind.HOLIDAY][:3] == [
        date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 6),
    ]  # fmt: skip


def test_labour_day_2019_grew_in_march() -> None:
    """2019 年劳动节假期当年三月调整"""
    day = date(2019, 5, 2)

    assert default_calendar().kind(day) is DayKind.SHIFTED
    assert default_calendar(known_on=date(2019, 3, 21)).is_working(day)
    assert default_calendar(known_on=date(2020, 1, 26)).is_working(date(2020, 2, 1))
    assert not default_calendar().is_working(date(2020, 2, 1))


# ------------------------------------------------------------------------------------------- updates by file


def notice(**changes: Any) -> dict[str, Any]:
    return {
        "year": 2027,
        "notice": "国办发明电〔2026〕9号",
        "issued": "2026-11-10",
        "source": "试验用通知",
        "provisional": False,
        "replaces": None,
        "holidays": ["2027-01-01"],
        "shifted": ["2027-01-02", "2027-01-03"],
        "make_up": ["2027-01-09"],
    } | changes


def write(folder: Path, record: object, name: str = "2027.json") -> Path:
    (folder / name).write_text(
        record if isinstance(record, str) else json.dumps(record), encoding="utf-8"
    )
    return folder


def test_a_notice_replaces_the_provisional_year(tmp_path: Path) -> None:
    """新通知放入文件夹，暂定日期随之更新"""
    before = default_calendar()
    after = default_calendar(extra_dir=write(tmp_path, notice()))
    ten = Span.parse("10 working-days")

    assert deadline(date(2026, 12, 31), ten, before).due == date(2027, 1, 15)
    assert deadline(date(2026, 12, 31), ten, after).due == date(2027, 1, 14)
    assert not deadline(date(2026, 12, 31), ten, after).provisional
    assert after.digest != before.digest


def test_an_old_statement_can_be_reckoned_again_after_the_notice(tmp_path: Path) -> None:
    """通知公布后，仍能按当时所知重算，摘要不变"""
    before = default_calendar()
    again = default_calendar(known_on=date(2026, 11, 9), extra_dir=write(tmp_path, notice()))

    assert again.digest == before.digest


def test_an_operator_may_add_an_estimate_and_a_year(tmp_path: Path) -> None:
    """可以自备暂定年份，也可以补下一年"""
    write(tmp_path, notice(issued=None, notice=None, provisional=True))
    write(
        tmp_path,
        notice(year=2028, holidays=[], shifted=[], make_up=[], provisional=True),
        "2028.json",
    )

    calendar = default_calendar(extra_dir=tmp_path)

    assert calendar.last == date(2028, 12, 31)
    assert calendar.is_working(date(2027, 1, 9))
    assert not calendar.is_published(date(2027, 1, 9))


def test_two_different_notices_of_a_year_are_refused_by_name(tmp_path: Path) -> None:
    """同一年两份不同的通知，指名道姓拒绝"""
    write(
        tmp_path,
        notice(
            year=2026,
            notice="假〔2026〕1号",
            issued="2025-12-01",
            holidays=[],
            shifted=[],
            make_up=[],
        ),
    )

    with pytest.raises(UnreadableCalendar, match=r"国办发明电〔2025〕7号.*假〔2026〕1号.*replaces"):
        load_releases(tmp_path)


def test_a_change_that_names_the_notice_it_changes_is_taken(tmp_path: Path) -> None:
    """写明 replaces 的调整通知可以接上"""
    change = notice(
        year=2026, notice="调〔2026〕1号", issued="2026-03-01", replaces="国办发明电〔2025〕7号",
        holidays=[], shifted=["2026-06-01"], make_up=[],
    )  # fmt: skip

    assert not default_calendar(extra_dir=write(tmp_path, change)).is_working(date(2026, 6, 1))


def test_the_same_file_twice_is_one_release(tmp_path: Path) -> None:
    """同一份文件放两次不算冲突"""
    shipped = ROOT / "src" / "lvyue" / "library" / "calendars" / "2026.json"
    (tmp_path / "copy.json").write_bytes(shipped.read_bytes())

    assert load_releases(tmp_path) == load_releases()


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ('{"year": 2027,', "第 1 行第 15 列不是有效的 JSON"),
        ("[]", "最外层须是一个对象"),
        ({"year": 2027}, "holidays(缺少)"),
        (notice(months=[]), "months(多余)"),
        (notice(year="2027"), "year 是 '2027'"),
        (notice(provisional="no"), "provisional 是 'no'"),
        (notice(notice=9), "notice 是 9"),
        (notice(holidays=["2027-13-01"]), "有读不懂的值"),
        (notice(holidays=["1月1日"]), "有读不懂的值"),
        (notice(issued=None), "没有发布日期"),
        (notice(make_up=["2027-01-04"]), "不是周六周日"),
        (notice(shifted=["2027-01-01"]), "重复或次序颠倒"),
        (notice(holidays=["2026-05-01"]), "不在本年"),
    ],
)
def test_bad_files_are_refused_with_the_place_and_the_remedy(
    tmp_path: Path, record: object, words: str
) -> None:
    """坏文件说清是哪个文件、哪里不对、怎么改"""
    with pytest.raises(UnreadableCalendar) as refused:
        load_releases(write(tmp_path, record))

    assert "2027.json" in str(refused.value)
    assert words in str(refused.value)


def test_a_gap_between_years_is_refused(tmp_path: Path) -> None:
    """缺年份要补上"""
    write(tmp_path, notice(year=2029, holidays=[], shifted=[], make_up=[], issued="2028-11-01"))

    with pytest.raises(UnreadableCalendar, match=r"2027 年.*与 2029 年.*不连续"):
        default_calendar(extra_dir=tmp_path)


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    """文件夹不存在时提到 LVYUE_CALENDARS"""
    with pytest.raises(UnreadableCalendar, match="LVYUE_CALENDARS"):
        load_releases(tmp_path / "none")


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """编码不对"""
    (tmp_path / "2027.json").write_bytes(b"\xff\xfe")

    with pytest.raises(UnreadableCalendar, match="UTF-8"):
        load_releases(tmp_path)


def test_the_calendar_is_made_once() -> None:
    """同样的问题用同一张日历"""
    assert default_calendar() is default_calendar()
    assert isinstance(default_calendar(), Calendar)
