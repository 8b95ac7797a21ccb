"""体检规则，义务: duties without a number, competing numbers, service without levels, channels without an address."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import DoubtKind, Severity
from lvyue.core.numerals import numeral
from lvyue.core.terms import TermKind
from lvyue.reading.duties import Candidate
from lvyue.reading.paragraphs import Span
from lvyue.reading.plain import plain
from lvyue.reading.rules import Docket, Hit, Remark, Rule, cell_span, listed, spans_of

_AMBIGUOUS, _SILENT = DoubtKind.AMBIGUOUS, DoubtKind.SILENT
_CONTRADICTING = DoubtKind.CONTRADICTING

_N = r"(?:\d{1,5}|[一二两三四五六七八九十]{1,3})"

_VAGUE_OFTEN = re.compile(r"定期|不定期|持续(?=开展|优化|维护|更新)|常态化")
_VAGUE_SOON = re.compile(r"及时|立即|尽快|立刻|第一时间|实时|迅速")
_OFTEN_NUMBER = re.compile(rf"每(?:日|天|周|旬|月|季度?|半年|年)|{_N}\s*次|按(?:日|周|月|季|年)")
_TIME_NUMBER = re.compile(rf"{_N}\s*个?\s*(?:工作日|日|天|周|小时|分钟|个月)")
_PLANS = re.compile(
    r"(?:编制|提交|提供|制定|出具|报送|编写)[^，。；\n]{0,20}(?:方案|计划|报告|预案|手册|名单)"
)


def vague_frequency(docket: Docket) -> Iterator[Remark]:
    """定期 and 持续: how often is not said."""
    hits = [
        hit
        for hit in docket.hits(_VAGUE_OFTEN, "定期", "持续", "常态化")
        if not _OFTEN_NUMBER.search(docket.near(hit.span)) and not _is_right(docket, hit)
    ]
    if hits:
        yield Remark(
            says=f"定期、持续类工作没有周期和次数（{len(hits)} 处）。",
            mend="请双方商定周期和次数，写入参数表。",
            safe="只登记和提醒，不认定逾期。",
            spans=spans_of(hits),
        )


def vague_time(docket: Docket) -> Iterator[Remark]:
    """及时, 立即: how soon is not said."""
    hits = [
        hit for hit in docket.hits(_VAGUE_SOON) if not _TIME_NUMBER.search(docket.near(hit.span))
    ]
    if hits:
        yield Remark(
            says=f"及时、立即、尽快没有时限（{len(hits)} 处）。",
            mend="请双方商定时限，写入参数表。",
            safe="只记录用时，不认定逾期。",
            spans=spans_of(hits),
        )


def _is_right(docket: Docket, hit: Hit) -> bool:
    return "有权" in docket.near(hit.span)


def plans(docket: Docket) -> Iterator[Remark]:
    """Plans, reports and lists with no day to hand them in."""
    hits = [
        hit
        for hit in docket.hits(_PLANS, "方案", "计划", "报告", "预案", "手册", "名单")
        if not re.search(r"日|天|周|月|季|年|前|时|后|结束|期满", docket.near(hit.span))
    ]
    if hits:
        yield Remark(
            says="方案、计划、报告、名单没有提交日期。",
            mend="请双方商定提交日期。",
            safe="只列为待交付，不认定逾期。",
            spans=spans_of(hits),
        )


#: acts of which a paper should not give several numbers
_ACTS = (
    ("巡检", re.compile(r"巡检")),
    ("漏洞扫描", re.compile(r"漏洞扫描|安全扫描|漏扫")),
    ("应急演练", re.compile(r"演练")),
    ("培训", re.compile(r"培训")),
    ("备份", re.compile(r"备份")),
    ("月报", re.compile(r"月报|工作报告")),
    ("响应", re.compile(r"响应(?:时间|时限)?")),
    ("可用率", re.compile(r"可用(?:性|率)")),
    ("满意度", re.compile(r"满意度")),
)
_CYCLE = re.compile(r"每(?:日|天|周|旬|月|季度?|半年|年)")
_COUNT = re.compile(rf"({_N})\s*次(?:\s*[/／]\s*(年|月|周|季度?|合同周期|日))?")
_SHARE = re.compile(r"\d+(?:\.\d+)?\s*[%％]")
_CLOCK = re.compile(rf"{_N}\s*(?:分钟|小时|个工作日)")
#: acts that are measured and not repeated
_MEASURED = ("响应", "可用率", "满意度")
_ALWAYS = re.compile(
    r"7\s*[*×xX]\s*24\s*(?:个)?小时|100\s*[%％]|每(?:降低|下降|低|少)\s*\d[\d.]{0,6}\s*[%％]"
)


def competing(docket: Docket) -> Iterator[Remark]:
    """Several numbers for one act: every week, every month, four times in the period."""
    for name, act in _ACTS:
        values: dict[str, list[Span]] = {}
        for hit in docket.hits(act):
            for value in _values_of(name, docket.near(hit.span)):
                values.setdefault(value, []).append(hit.span)
        for table in docket.tables:
            for i, row in enumerate(table.rows):
                text = " ".join(cell.text for cell in row.cells)
                if act.search(text):
                    for value in _values_of(name, text):
                        values.setdefault(value, []).append(cell_span(table, i, 0))
        if len(values) > 1:
            yield Remark(
                says=f"“{name}”写了几个不同的数：{listed(values)}。",
                mend="请双方写明各管哪一种，或以哪一个为准。",
                safe="分别列出，取较严的提醒，不认定违约。",
                spans=tuple(dict.fromkeys(span for spans in values.values() for span in spans)),
                kind=_CONTRADICTING,
            )


def _values_of(name: str, near: str) -> Iterator[str]:
    """How often, as one value, 每年 2 次; for what is measured the percentages and times."""
    words = _ALWAYS.sub("", near)
    if name in _MEASURED:
        for found in (*_SHARE.finditer(words), *_CLOCK.finditer(words)):
            yield re.sub(r"\s+", "", found[0])
        return
    cycle, count = _CYCLE.search(words), _COUNT.search(words)
    value = (cycle[0] if cycle else "") + (
        f"{_digits(count[1])} 次" + (f"/{count[2]}" if count[2] else "") if count else ""
    )
    if value:
        yield value


def _digits(number: str) -> str:
    """The number in figures; as it stands where it is none (20000, 十十)."""
    spelled = plain(number).text
    try:
        return str(numeral(spelled.replace("两", "二")))
    except ValueError:
        return spelled


def same_act(docket: Docket) -> Iterator[Remark]:
    """The same duty read twice, word for word, from two clauses."""
    first: dict[tuple[object, ...], int] = {}
    told: set[tuple[ClauseRef, ClauseRef]] = set()
    for index, one in enumerate(docket.candidates):
        letters = re.sub(r"[^一-鿿A-Za-z0-9]+", "", one.act)
        key = (one.kind, one.debtor, letters)
        if len(letters) < 16 or not one.spans:  # noqa: PLR2004 - 遵守规定 is no act of its own
            continue
        earlier = docket.candidates[first.setdefault(key, index)]
        if earlier.spans[0].element == one.spans[0].element or _one_list(earlier, one):
            continue
        if (earlier.clause, one.clause) in told:
            continue
        told.add((earlier.clause, one.clause))
        yield Remark(
            says=f"同一项义务读出两次（{earlier.clause}、{one.clause}）。",
            mend="请确认是一项还是两项；一次违约只算一次。",
            safe="算一项，两处都作依据。",
            spans=(earlier.spans[0], one.spans[0]),
            clauses=(earlier.clause, one.clause),
        )


def _one_list(one: Candidate, other: Candidate) -> bool:
    """Items of one list share their lead sentence, which is no repetition."""
    return one.clause == other.clause or one.clause.parent == other.clause.parent


# ── levels of service ────────────────────────────────────────────────────────────────────────────────────────────

_FAULTS = re.compile(r"故障[^。；\n]{0,20}(?:处理|维修|处置|响应|排除|诊断|支持|预警)|技术支持")
_LEVEL_SAID = re.compile(
    r"服务水平|服务级别|响应(?:级别|时限|时间)|修复(?:时限|时间)|恢复(?:时限|时间)"
)
_LEVEL_WORDS = ("响应", "到场", "到达", "修复", "恢复", "排除", "解决", "处置")
_LEVEL_NUMBER = re.compile(
    rf"(?:响应|到场|到达|修复|恢复|排除|解决|处置)[^。；\n]{{0,24}}{_N}\s*(?:分钟|小时|个工作日)|{_N}\s*(?:分钟|小时)(?:之|以)?内[^。；\n]{{0,20}}(?:响应|到场|到达|修复|恢复|排除|解决|处置)"
)
_LEVEL_ROW = re.compile(
    rf"(?:响应|修复|恢复)[^\n]{{0,30}}{_N}\s*(?:分钟|小时|天)|(?:响应|修复|恢复)[^\n]{{0,30}}\d+\s+(?:分钟|小时)"
)


def service_levels(docket: Docket) -> Iterator[Remark]:
    """A service for faults, and no time in which anything is answered or mended."""
    if _LEVEL_ROW.search(_ALWAYS.sub("", docket.cells)) or any(
        not _ALWAYS.search(hit.text) for hit in docket.hits(_LEVEL_NUMBER, *_LEVEL_WORDS)
    ):
        return
    faults = [
        hit
        for hit in docket.hits(_FAULTS, "故障", "技术支持")
        if "系指" not in docket.around(hit.span)
    ]
    if not faults:
        return
    named = tuple(docket.hits(_LEVEL_SAID, "服务水平", "服务级别", "响应", "修复", "恢复"))
    yield Remark(
        says="没有响应、到场、修复和恢复的任何时限"
        + ("，而文本称有服务水平或响应时限。" if named else "，也没有可用率。"),
        mend="请双方以补充协议或服务级别表写明分级和时限。",
        safe="只测量和显示用时，不认定逾期。",
        spans=(*spans_of(named)[:6], *spans_of(faults)[:8]),
        kind=DoubtKind.BLANK if named else _SILENT,
        severity=Severity.BLOCK if named else Severity.CONFIRM,
        needs=("服务级别表",),
        blocks=("service_level",) if named else (),
    )


_BACKUP = re.compile(r"备份[^。；\n]{0,60}(?:及时|定期|演练|恢复|策略)|(?:及时|定期)[^。；，\n]{0,16}(?:备份|恢复(?:演练|验证))")  # fmt: skip
_BACKUP_NUMBER = re.compile(
    rf"(?:备份|演练|恢复)[^。；\n]{{0,30}}(?:每(?:日|天|周|月|季|年)|{_N}\s*次|保留|保存\s*{_N}|RPO|RTO)|每(?:日|天|周|月|季|年)[^。；\n]{{0,12}}备份"
)


def backups(docket: Docket) -> Iterator[Remark]:
    """Backups and restore drills without interval, retention or recovery point. It blocks where backup is a priced item."""
    hits = [hit for hit in docket.hits(_BACKUP, "备份", "恢复") if not _BACKUP_NUMBER.search(docket.around(hit.span))]  # fmt: skip
    if not hits or re.search(r"RPO|RTO|恢复点目标|恢复时间目标", docket.everything):
        return
    priced = any(
        "备份" in "".join(cell.text for cell in row.cells)
        for table in docket.tables
        if table.column("数量", "单价", "总价") is not None
        for row in table.rows
    )
    yield Remark(
        says="备份与恢复演练只写及时、定期，没有间隔、保存期、恢复点和恢复时间。",
        mend="请双方商定备份间隔、保存期、RPO、RTO 和演练次数。",
        safe="只登记备份和演练，不认定逾期。",
        spans=spans_of(hits),
        kind=DoubtKind.BLANK if priced else _SILENT,
        severity=Severity.BLOCK if priced else Severity.CONFIRM,
        needs=("备份策略",),
        blocks=("backup",) if priced else (),
    )


# ── subcontracting and channels ──────────────────────────────────────────────────────────────────────────────────

_NO_SUB = re.compile(r"(?:不得|禁止|严禁)[^。；，\n]{0,14}(?:分包|转包)")
_THIRD = re.compile(
    r"第三方(?:合作|协作|提供)[^。；\n]{0,60}(?:同意|许可)|(?:同意|许可)[^。；\n]{0,30}第三方(?:合作|协作)"
)


def subcontracting(docket: Docket) -> Iterator[Remark]:
    """No subcontracting in one clause, third parties with consent in another."""
    banned, allowed = (
        tuple(docket.hits(_NO_SUB, "分包", "转包")),
        tuple(docket.hits(_THIRD, "第三方")),
    )
    if banned and allowed:
        yield Remark(
            says="一处限制转包、分包，另一处写经同意可与第三方合作，两者的界线不清。",
            mend="请双方写明合作与分包的区别，以及同意的形式。",
            safe="使用第三方一律先取得甲方书面同意。",
            spans=(*spans_of(banned), *spans_of(allowed)),
        )


_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_MAIL = re.compile(r"[A-Za-z0-9_.\-]{1,64}@[A-Za-z0-9]")
_FAX = re.compile(r"传真\s*[：:]?\s*[0-9(（]")
_FAX_ROW = re.compile(r"传真[^\n]{0,12}\d{5}")
_USES = (
    (
        "短信",
        re.compile(r"短信[^。；\n]{0,12}(?:通知|告知|方式)|(?:通过|以)[^。；，\n]{0,12}短信"),
        "手机号",
    ),
    (
        "传真",
        re.compile(r"(?:以|通过|电话或|电话、)?传真(?:形式|方式|通知|发送|等联系方式)|或传真"),
        "传真号",
    ),
    (
        "电子邮件",
        re.compile(r"(?:以|通过|发送|采用)[^。；，\n]{0,10}(?:电子邮件|电邮|电子邮箱|E-?mail)"),
        "邮箱",
    ),
)
_SIDE = re.compile(r"^\s*(甲|乙)\s*方")


def channels(docket: Docket) -> Iterator[Remark]:
    """A channel is agreed, and the paper has no number or address for it. It blocks where the notice has a time limit."""
    for name, uses, what in _USES:
        hits = list(docket.hits(uses, name, "电邮", "mail", "电子邮箱"))
        if not hits or _reachable(docket, name, hits):
            continue
        timed = any(_TIME_NUMBER.search(docket.around(hit.span)) for hit in hits)
        notifies = any(re.search("通知|告知", docket.around(hit.span)) for hit in hits)
        block = name == "短信" and timed and notifies
        fields = docket.hits(re.compile(rf"{name}\s*[：:]"), loose=True)
        yield Remark(
            says=f"约定用{name}通知，而合同里没有可用的{what}。",
            mend=f"请双方书面登记{what}。",
            safe="不据此认定通知迟延；以书面送达为准。",
            spans=(*spans_of(hits), *spans_of(fields)[:3]),
            severity=Severity.BLOCK if block else Severity.CONFIRM,
            blocks=("notice",) if block else (),
            needs=(f"{what}登记表",),
        )


def _reachable(docket: Docket, name: str, hits: list[Hit]) -> bool:
    if name == "传真":
        return bool(_FAX.search(docket.whole) or _FAX_ROW.search(docket.cells))
    pattern = _MOBILE if name == "短信" else _MAIL
    if not pattern.search(docket.everything):
        return False
    told = {side for hit in hits if (side := _told(docket.around(hit.span)))}
    sides = _numbers_by_side(docket, pattern)
    return not told or not sides or told <= sides


def _told(sentence: str) -> str:
    """Who is to be told: the side after 通知."""
    found = re.search(r"通知(?:到|给)?\s*(甲|乙)方", sentence)
    return found[1] if found else ""


def _numbers_by_side(docket: Docket, pattern: re.Pattern[str]) -> set[str]:
    """The sides under whose heading a number stands; empty where headings do not tell."""
    sides: set[str] = set()
    side = ""
    for _, text in docket.paragraphs:
        if (found := _SIDE.match(text)) and len(text) < 50:  # noqa: PLR2004 - a heading such as 甲方：, and no sentence
            side = found[1]
        if side and len(text) < 120 and pattern.search(text):  # noqa: PLR2004 - a field
            sides.add(side)
    return sides


_NOTICE = re.compile(r"(?:书面)?通知|函件|信函")
_SERVED = re.compile(r"(?:视为|构成)[^，。；\n]{0,6}(?:送达|收到)|即为送达|送达之日|视为有效送达")


def service(docket: Docket) -> Iterator[Remark]:
    """Notices everywhere, and no rule when one has arrived."""
    notices = tuple(docket.hits(_NOTICE, "通知", "函件", "信函"))
    if notices and not docket.says(_SERVED, "送达", "收到"):
        yield Remark(
            says="没有送达规则：何时算到达、拒收怎么办。",
            mend="请双方约定送达方式和视为送达的时间。",
            safe="以签收之日为准；没有签收的不起算。",
            spans=spans_of(notices)[:6],
        )


_ON_SITE = re.compile(r"(?:驻场|值守|常驻|长驻)(?:人员|工程师|运维|支持|服务)?")


def staffing(docket: Docket) -> Iterator[Remark]:
    """People on site or on watch, and not how many or when."""
    hits = [
        hit
        for hit in docket.hits(_ON_SITE, "驻场", "值守", "常驻", "长驻")
        if not re.search(rf"{_N}\s*(?:名|人|位)", docket.around(hit.span))
        and "违反" not in docket.around(hit.span)
    ]  # fmt: skip
    counted = any(
        one.kind is TermKind.STAFFING and one.count is not None for one in docket.candidates
    )
    if hits and not counted:
        yield Remark(
            says="值守、驻场的人数和时段没有写。",
            mend="请双方写明人数、时段和顶岗办法。",
            safe="只记录到岗，不认定缺岗。",
            spans=spans_of(hits),
        )


RULES = (
    Rule("duties.vague_frequency", "定期而无周期", _SILENT, Severity.CONFIRM, vague_frequency),
    Rule("duties.vague_time", "及时而无时限", _SILENT, Severity.NOTE, vague_time),
    Rule("duties.plans", "文件没有提交日期", _SILENT, Severity.NOTE, plans),
    Rule("duties.competing", "一事几个数", _AMBIGUOUS, Severity.CONFIRM, competing),
    Rule("duties.same_act", "同一义务两处", DoubtKind.DUPLICATE, Severity.NOTE, same_act),
    Rule("duties.service_levels", "没有响应时限", _SILENT, Severity.CONFIRM, service_levels),
    Rule("duties.backups", "备份没有间隔", _SILENT, Severity.CONFIRM, backups),
    Rule("duties.staffing", "值守没有人数", DoubtKind.BLANK, Severity.CONFIRM, staffing),
    Rule("scope.subcontracting", "分包与合作", _CONTRADICTING, Severity.CONFIRM, subcontracting),
    Rule("notices.channel", "渠道没有号码", DoubtKind.MISMATCH, Severity.CONFIRM, channels),
    Rule("notices.service", "没有送达规则", _SILENT, Severity.CONFIRM, service),
)
