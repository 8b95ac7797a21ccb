"""抬头: what the contract is called, which project it serves, and its numbers.

The heading is what the cover or the first page prints, perhaps over several lines. A heading that names only the kind of paper
(运维服务合同书) is no title of this contract: then the project's name is, and where there is none the paper has no title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lvyue.reading.found import Found, State
from lvyue.reading.outline import NodeKind
from lvyue.reading.paragraphs import Span
from lvyue.reading.passages import Field, Labels, Passage, Passages, state_of

_NUMBERS = Labels(
    {
        "contract": [
            "合同统一编号",
            "合同编号",
            "合同号",
            "合同号码",
            "合同书编号",
            "协议编号",
            "协议书编号",
            "政府采购合同编号",
            "采购合同编号",
            "统一合同编号",
            "合同备案编号",
            "合同登记编号",
            "本合同编号",
            "订单编号",
            "订单号",
        ],
        "inner": [
            "合同内部编号",
            "内部合同编号",
            "内部编号",
            "甲方合同编号",
            "乙方合同编号",
            "自编号",
        ],
        "bare": ["编号", "文号"],
        "project": [
            "项目编号",
            "采购项目编号",
            "采购编号",
            "招标编号",
            "招标项目编号",
            "标书编号",
            "政府采购编号",
            "政府采购项目编号",
            "采购计划编号",
            "项目代码",
            "招标文件编号",
            "磋商编号",
            "包号",
        ],
    }
)
_PROJECT = Labels(
    {
        "project": [
            "项目名称",
            "合同项目名称",
            "采购项目名称",
            "工程名称",
            "合同名称",
            "标的名称",
            "服务项目名称",
            "本项目名称",
        ]
    }
)
#: 合同号 SXYSR 2025…: stamped, with a blank in place of the colon
_STAMPED = re.compile(
    r"^(?P<label>合同编?号|合同统一编号|项目编号|采购编号|编号)(?:\s{1,10}|[^\S\n]?(?=[A-Za-z]))(?P<value>[A-Za-z0-9][A-Za-z0-9 〔〕\[\]()（）/_\-—.]{2,60})$"
)
_NO_OTHER_TEXT = re.compile(r"[，。；;]|\s{3,}|\t")

#: a heading that says what kind of paper it is and nothing else
_KIND_ONLY = re.compile(
    r"(?:中华人民共和国|政府采购|政府|采购|信息系统|信息化|信息技术|计算机|软件|硬件|系统|网络|设备|运行|维护|运维|维保|技术|服务|外包|委托|项目|综合|管理|保障|"
    r"及|和|与|类|标准|示范|参考|文本|通用|专用|范本|货物|租赁|云|总|年度|购买|开发|建设|咨询|条款|部分|的|正文){0,12}"
    r"(?:合同|协议)(?:书|文本)?(?:[（(][^（()）]{0,20}[）)])?"
)
_ENDS = re.compile(r"(?:合同|协议)(?:书|文本)?(?:[（(][^（()）]{0,20}[）)])?$")
_TEMPLATE = re.compile(r"示范文本|参考文本|范本|合同模板|使用说明|格式文本|目\s*录|合同格式")
_TAIL = re.compile(
    r"(?<=项目)\s*(?:的)?\s*(?:政府)?(?:采购|服务|技术服务|运维服务|运维|委托|购买服务)?(?:合同|协议)(?:书|文本)?$|的(?:合同|协议)书?$"
    r"|(?<=[）)])\s*(?:政府)?采购合同书?$"
)
#: 就……“某某平台”项目……签订本合同
_RECITED = re.compile(
    r"(?:就|为|对|关于|委托乙方(?:提供|承担|实施)|承担|提供|实施|完成)(?:甲方)?(?:委托乙方(?:提供|承担|实施)?)?(?:甲方)?"
    r"(?:[“\"「《](?P<quoted>[^“”\"」《》]{4,60})[”\"」》](?P<tail>[^，。；“”]{0,16})|(?P<plain>[^，。；：“”\"《》]{4,50}?项目))"
    r"(?:[^。；]{0,60})(?:签订|订立|达成|签署)"
)
_FEW = 12
_LONG = 70


@dataclass(frozen=True, slots=True)
class Heading:
    """抬头: the title of this contract, the heading as printed, the project, the contract's number, its other numbers, the project's number."""

    title: Found[str]
    heading: Found[str]
    project: Found[str]
    contract_no: Found[str]
    other_numbers: tuple[Found[str], ...]
    project_no: Found[str]


def heading(passages: Passages) -> Heading:
    """All that the first page says of the contract as a paper."""
    head = _head(passages)
    printed = _printed(head)
    project = _project(head, passages)
    number, others, project_no = _numbers(head, passages)
    return Heading(_title(printed, project), printed, project, number, others, project_no)


def _head(passages: Passages) -> tuple[Passage, ...]:
    """What stands before the first numbered clause of the contract."""
    out: list[Passage] = []
    for passage in passages.main:
        if passage.node and passage.node.kind is NodeKind.NUMBERED:
            break
        out.append(passage)
    return tuple(out)


# ── the title ────────────────────────────────────────────────────────────────────────────────────────────────────


def _printed(head: Sequence[Passage]) -> Found[str]:
    """The heading: the lines up to one that ends in 合同 or 协议, of several such the one that says most."""
    best: Found[str] = Found(State.ABSENT)
    for position, passage in enumerate(head[:_FEW]):
        text = passage.text.strip(" *#　")
        if not _is_heading(text):
            continue
        lines = [text]
        first = passage
        if _KIND_ONLY.fullmatch(_tight(text)):
            for above in reversed(head[max(0, position - 3) : position]):
                if not _goes_before(above.text):
                    break
                lines.insert(0, above.text.strip(" *#　"))
                first = above
        joined = " ".join(lines)
        if best.value is None or (_is_kind(best.value) and not _is_kind(joined)):
            end = len(passage.text) if first is passage else len(first.text)
            best = Found(State.FOUND, joined, joined, first.span(0, end), first.clause)
    return best


def _is_heading(text: str) -> bool:
    plain = _tight(text)
    return (
        4 <= len(plain) <= _LONG  # noqa: PLR2004 - 合同书 alone is no heading
        and bool(_ENDS.search(plain))
        and not re.search(r"[，。；：:]", plain)
        and not _TEMPLATE.search(plain)
        and not plain.startswith(("本合同", "根据", "附件"))
    )


def _goes_before(text: str) -> bool:
    """Whether a line may be the upper part of a heading: 某市政务云租用服务项目 above 政府采购合同."""
    plain = _tight(text)
    return (
        4 <= len(plain) <= _LONG  # noqa: PLR2004
        and not re.search(r"[，。；：:]", plain)
        and not _ENDS.search(plain)
        and not re.search(
            r"编号|合同号|年\s*月|\d{4}年\d{1,2}月|(?:^|\s)[甲乙]\s*方|示范|范本|说明", plain
        )
        and not re.fullmatch(r"[A-Za-z0-9\-_/()（）〔〕号第]+", plain)
    )


def _is_kind(text: str) -> bool:
    return bool(_KIND_ONLY.fullmatch(_tight(text)))


def _tight(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _title(printed: Found[str], project: Found[str]) -> Found[str]:
    if printed.value is None or _is_kind(printed.value):
        if project and project.span and printed:
            return project
        return printed
    stripped = re.sub("^关于", "", _TAIL.sub("", printed.value)).strip()
    if project.value and _tight(project.value) in _tight(printed.value):
        return project
    return Found(State.FOUND, stripped, printed.raw, printed.span, printed.clause)


def _project(head: Sequence[Passage], passages: Passages) -> Found[str]:
    fields = [
        *(f for p in head for f in _PROJECT.fields(p)),
        *(
            f
            for element, table in passages.main_tables()
            for f in _PROJECT.in_table(element, table, passages.paper.node_at(element))
        ),
    ]
    for field in fields:
        if field.state is State.FOUND:
            value = field.value.strip("。；; ")
            return Found(State.FOUND, value, field.value, field.span, field.passage.clause)
    for passage in passages.main[:40]:
        if found := _RECITED.search(passage.text):
            group = "quoted" if found["quoted"] else "plain"
            name = found[group].strip()
            end = found.end(group)
            if (
                group == "quoted"
                and (found["tail"] or "").startswith("项目")
                and not name.endswith("项目")
            ):
                end = found.end(group)
            return Found(
                State.FOUND, name, name, passage.span(found.start(group), end), passage.clause
            )
    blank = next((f for f in fields), None)
    if blank:
        return Found(blank.state, None, blank.value, blank.span, blank.passage.clause)
    return Found(State.ABSENT)


# ── the numbers ──────────────────────────────────────────────────────────────────────────────────────────────────


def _numbers(
    head: Sequence[Passage], passages: Passages
) -> tuple[Found[str], tuple[Found[str], ...], Found[str]]:
    """The contract's own number (one that is filled in before one that is not), what else is printed as one, and the project's."""
    met: list[tuple[str, Found[str]]] = []
    for passage in head:
        if stamped := _stamped(passage):
            met.append(stamped)
        met.extend((_NUMBERS.meaning[f.label], _number(f)) for f in _number_fields(passage))
    for element, table in passages.main_tables():
        for field in _NUMBERS.in_table(element, table, passages.paper.node_at(element)):
            met.append((_NUMBERS.meaning[field.label], _number(field)))  # noqa: PERF401 - two loops read better
    for passage in passages.main[len(head) :]:
        if passage.text.startswith(("合同编号", "项目编号", "采购编号", "合同号")):
            met.extend((_NUMBERS.meaning[f.label], _number(f)) for f in _number_fields(passage))
    contract = _first(met, "contract", "bare")
    others = tuple(
        n for kind, n in met if kind in ("contract", "inner", "bare") and n is not contract
    )
    return contract, others, _first(met, "project")


def _number_fields(passage: Passage) -> Iterator[Field]:
    return (field for field in _NUMBERS.fields(passage) if field.label in _NUMBERS.meaning)


def _first(met: Sequence[tuple[str, Found[str]]], *kinds: str) -> Found[str]:
    for kind in kinds:
        if found := next((n for k, n in met if k == kind and n), None):
            return found
    return next((n for kind in kinds for k, n in met if k == kind), Found(State.ABSENT))


def _stamped(passage: Passage) -> tuple[str, Found[str]] | None:
    text = _half_width(passage.text)
    found = _STAMPED.match(text.strip())
    if not found:
        return None
    at = text.find(found["value"])
    value = found["value"].strip()
    span: Span = passage.span(at, at + len(value))
    kind = "project" if found["label"][:2] in ("项目", "采购") else "contract"
    return kind, Found(State.FOUND, value, found[0], span, passage.clause)


def _half_width(text: str) -> str:
    """Figures and letters of a number in one width; everything else as it is printed."""
    return text.translate(_WIDE)


_WIDE = {0xFF10 + i: 0x30 + i for i in range(10)} | {
    base + i: plain + i for base, plain in ((0xFF21, 0x41), (0xFF41, 0x61)) for i in range(26)
}


def _number(field: Field) -> Found[str]:
    value = _half_width(_NO_OTHER_TEXT.split(field.value)[0].strip()) if field.value else ""
    state = state_of(value)
    known = value if state is State.FOUND else None
    return Found(state, known, field.value, field.span, field.passage.clause)
