"""体检规则，当事人: names that vary, heads that differ from signatures, digits that are missing. No name of a person is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz.distance import Levenshtein

from lvyue.core.doubts import DoubtKind, Severity
from lvyue.core.release import Role
from lvyue.core.terms import Party
from lvyue.reading.identity import ReadParty
from lvyue.reading.paragraphs import Span
from lvyue.reading.rules import Docket, Hit, Remark, Rule, cell_span, listed, spans_of

_MISMATCH, _AMBIGUOUS = DoubtKind.MISMATCH, DoubtKind.AMBIGUOUS

_ORGANISATION = re.compile(
    r"[一-鿿（）()]{2,28}?(?:有限责任公司|股份有限公司|有限公司|委员会|中心|集团|管理局|研究院|研究所|大学|医院)"
)
_SIDE = re.compile(
    r"(?m)^[ 　]*(?P<side>甲|乙)[ 　]*方[ 　]*(?:[（(][^（）()\n]{1,12}[）)][ 　]*)?[：:][ 　]*(?P<name>[一-鿿（）()·]{4,40}?)(?=[ 　]*(?:[（(][^（）()\n]{0,6}[）)])?[ 　]*$)"
)
_BODIES = ("公司", "委员会", "中心", "集团", "管理局", "研究", "大学", "医院")
_SPACES = re.compile(r"\s+")
#: edits that make two names a slip of one another, and no two organisations
_NEAR = 2
_LEAST_NAME = 6


def _party(docket: Docket, role: Role) -> ReadParty | None:
    return next((one for one in docket.identity.parties if one.role is role and one.name), None)


def _names(docket: Docket) -> dict[str, ReadParty]:
    """Every organisation that is party to it, by its full name."""
    return {one.name.value: one for one in docket.identity.parties if one.name.value}


def vary(docket: Docket) -> Iterator[Remark]:
    """A name that is nearly that of a party."""
    known = {
        name
        for full, party in _names(docket).items()
        for name in (full, *party.aliases)
        if len(name) >= _LEAST_NAME
    }
    nearly: dict[str, list[Span]] = {}
    for hit in docket.hits(_ORGANISATION, *_BODIES, loose=True):
        name = _SPACES.sub("", hit.text)
        for full in known:
            tail = name[-len(full) :] if len(name) > len(full) else name
            for candidate in {name, tail, name[-len(full) - 1 :], name[-len(full) + 1 :]}:
                distance = Levenshtein.distance(candidate, full, score_cutoff=_NEAR)
                if 0 < distance <= _NEAR and candidate not in known and not _part_of(candidate, full):  # fmt: skip
                    nearly.setdefault(full, []).append(hit.span)
                    break
            if full in nearly and nearly[full][-1:] == [hit.span]:
                if any(full == tail or full in name for full in known):
                    nearly[full].pop()
                break
    for full, spans in nearly.items():
        if spans:
            yield Remark(
                says=f"单位名称“{full}”有 {len(spans)} 处写法略有不同。",
                mend="请对照营业执照或三定方案确认全称。",
                safe=f"都视为“{full}”，并注明。",
                spans=tuple(spans),
            )


def _part_of(one: str, other: str) -> bool:
    return one in other or other in one


def signed_by_others(docket: Docket) -> Iterator[Remark]:
    """The side that signs is not the side of the head."""
    for side, role, party in (("甲", Role.BUYER, Party.BUYER), ("乙", Role.SUPPLIER, Party.SUPPLIER)):  # fmt: skip
        known = _party(docket, role)
        if known is None or known.name.value is None:
            continue
        full = _SPACES.sub("", known.name.value)
        others: dict[str, list[Span]] = {}
        for hit in docket.hits(_SIDE, "方：", "方:", "）：", "):", "）:", loose=True):
            name = _SPACES.sub("", hit.found["name"])
            if (
                hit.found["side"] != side
                or name in known.aliases
                or _same(name, full)
                or not _is_name(name)
            ):
                continue
            others.setdefault(name, []).append(hit.span)
        for name, spans in others.items():
            yield Remark(
                says=f"{side}方在这里是“{name}”，而首部是“{full}”。",
                mend="请确认签约主体；主体变更须有书面文件。",
                safe=f"以首部的“{full}”为准，待确认。",
                spans=tuple(spans),
                severity=Severity.BLOCK
                if Levenshtein.distance(name, full) > _NEAR
                else Severity.CONFIRM,
                owner=party,
                needs=("主体变更的证明",),
                blocks=("parties",) if Levenshtein.distance(name, full) > _NEAR else (),
            )


def _same(name: str, full: str) -> bool:
    """The whole name, or the first half of it where the line was cut."""
    plain, whole = (re.sub(r"[（）()]", "", one) for one in (name, full))
    return plain == whole or whole.startswith(plain) or plain.startswith(whole)


def _is_name(name: str) -> bool:
    return re.search(r"公司|中心|委|局|院|厅|部|所|集团|大学|学校|政府|处|办", name) is not None


_UNDEFINED = (
    "用户",
    "采购人",
    "需求方",
    "服务商",
    "运维服务提供方",
    "服务提供方",
    "供应商",
    "招标人",
    "中标人",
    "委托方",
    "受托方",
    "业主",
    "承包人",
)
_DEFINED = re.compile(r"(?:以下简称|以下称|下称|系指|是指|简称)")


def other_words(docket: Docket) -> Iterator[Remark]:
    """The sides called by words that nobody defined."""
    found: dict[str, list[Span]] = {}
    defined = "".join(
        sentence.text for sentence in docket.sentences if _DEFINED.search(sentence.text)
    )
    known = {alias for party in docket.identity.parties for alias in party.aliases}
    pattern = re.compile("|".join(sorted(_UNDEFINED, key=len, reverse=True)))
    for hit in docket.hits(pattern, *_UNDEFINED):
        line = docket.line(hit.span.element)
        if hit.text in known or hit.text in defined or len(line) < 20:  # noqa: PLR2004 - a heading
            continue
        following = line[hit.span.end : hit.span.end + 1]
        if hit.text == "用户" and following in "名数权界体":
            continue
        found.setdefault(hit.text, []).append(hit.span)
    acting = {
        name: spans for name, spans in found.items() if any(_acts(docket, span) for span in spans)
    }
    if acting:
        yield Remark(
            says=f"甲乙双方另称{listed(acting)}，没有定义。",
            mend="请写明各指哪一方。",
            safe="“用户”“采购人”“需求方”按甲方，“服务商”“服务提供方”按乙方，并注明。",
            spans=tuple(span for spans in acting.values() for span in spans),
        )


def _acts(docket: Docket, span: Span) -> bool:
    """Whether the word is one that acts: 用户可, 服务商需要, 获得用户许可."""
    line = docket.line(span.element)
    after = line[span.end : span.end + 4]
    before = line[max(span.start - 3, 0) : span.start]
    return bool(
        re.match(
            r"[^，。]{0,2}(?:应|须|需|可|必须|不得|有权|负责|制定|在|随时|系统|现场|许可)", after
        )
        or re.search(r"(?:助|获得|经|向|对|由|按照)$", before)
    )


_UNNAMED = re.compile(
    r"(?:需求单位|使用单位|牵头单位|建设单位)(?=[^，。；\n]{0,12}(?:委托|参与|提供|要求|指定|确认))"
)
_COMMISSIONED = re.compile(
    r"受[^，。；\n]{0,14}?(?P<name>[一-鿿]{4,24}?(?:中心|委员会|局|厅|院|办公室|公司))(?:的)?委托"
)


def other_units(docket: Docket) -> Iterator[Remark]:
    """Bodies that take part and sign nothing: unnamed, or the buyer commissioned by itself."""
    buyer = _party(docket, Role.BUYER)
    unnamed = [
        hit
        for hit in docket.hits(_UNNAMED, "单位")
        if not re.search(
            rf"{hit.text}(?:为|是|系|：|:)?[一-鿿]{{2,}}(?:局|委|中心|厅|院)", docket.whole
        )
    ]
    if unnamed:
        yield Remark(
            says=f"{listed(hit.text for hit in unnamed)}是谁没有写明。",
            mend="请甲方书面说明。",
            safe="没有书面指定的，不听其指令。",
            spans=spans_of(unnamed),
            owner=Party.BUYER,
        )
    for hit in docket.hits(_COMMISSIONED, "委托"):
        if buyer and buyer.name.value and hit.found["name"].endswith(buyer.name.value):
            yield Remark(
                says="甲方称受牵头单位委托，而所写的单位就是甲方自己。",
                mend="请甲方确认委托单位。",
                safe="按甲方自行委托理解。",
                spans=(hit.span,),
                kind=_MISMATCH,
                owner=Party.BUYER,
            )


# ── signatures and numbers: counted, never shown ─────────────────────────────────────────────────────────────────

_PERSON = re.compile(
    r"(?:法定代表人|负责人|授权代表|授权委托人|代表人)[^：:\n]{0,20}[：:]\s*(?:[（(][^）)\n]{0,6}[）)])?[\s*＊_]*(?P<name>[一-鿿]{2,4})(?=[\s*＊_]*(?:$|\n|[（(，,、\s]))"
)
_NOT_NAMES = re.compile(r"签字|盖章|签章|日期|地址|电话|先生|女士")


def signatories(docket: Docket) -> Iterator[Remark]:
    """Names of one surname that differ from place to place: a hand that recognition could not read, or another person."""
    people: dict[str, dict[str, list[Span]]] = {}
    for hit in docket.hits(_PERSON, "代表", "负责人", "委托人", loose=True):
        name = hit.found["name"]
        if _NOT_NAMES.search(name):
            continue
        start = hit.span.start + hit.found.start("name") - hit.found.start()
        at = Span(hit.span.element, start, start + len(name))
        people.setdefault(name[0], {}).setdefault(name, []).append(at)
    for table in docket.tables:
        for i, row in enumerate(table.rows):
            texts = [cell.text.strip() for cell in row.cells]
            if not texts or not re.search(r"法定代表人|负责人", texts[0]):
                continue
            for j, text in enumerate(texts[1:], 1):
                if re.fullmatch(r"[一-鿿]{2,4}", text):
                    people.setdefault(text[0], {}).setdefault(text, []).append(
                        cell_span(table, i, j)
                    )
    spans = [
        span
        for names in people.values()
        if len(names) > 1
        for each in names.values()
        for span in each
    ]
    if spans:
        yield Remark(
            says="签名与法定代表人、或正文与附件的签名写法不一致，可能是手写辨认有误，也可能不是同一人。",
            mend="请对照原件；由他人签署的，请提供授权书。",
            safe="以印章和签署日期为准，不显示姓名。",
            spans=tuple(spans),
            needs=("授权书",),
        )


_FIELD = re.compile(
    r"(?P<label>邮政编码|邮政编号|邮编|电话|联系电话|手机|传真)\s*[：:]\s*(?P<number>[0-9][0-9\-—－ ]{3,20})"
)
_POSTCODE = 6
_MOBILE_DIGITS = 11
_CITIES_OF_EIGHT = ("010", "020", "021", "022", "023", "024", "025", "027", "028", "029")
_EIGHT = 8


def digits(docket: Docket) -> Iterator[Remark]:
    """Numbers with a digit too few or too many; only the count is told."""
    wrong: list[tuple[str, Span]] = []
    lengths: dict[str, set[int]] = {}
    for hit in docket.hits(_FIELD, "邮", "电话", "手机", "传真", loose=True):
        label, number = hit.found["label"], hit.found["number"]
        if _is_wrong(label, number):
            wrong.append((label, _number_span(hit)))
    for table in docket.tables:
        for i, row in enumerate(table.rows):
            label = row.cells[0].text.strip() if row.cells else ""
            if not re.fullmatch(r"邮政编码|邮编|电话|联系电话|手机|传真", label):
                continue
            for j, cell in enumerate(row.cells[1:], 1):
                number = cell.text.strip()
                if re.fullmatch(r"[0-9][0-9\-—－ ]{3,20}", number):
                    lengths.setdefault(label, set()).add(len(re.sub(r"\D", "", number)))
                    if _is_wrong(label, number):
                        wrong.append((label, cell_span(table, i, j)))
    if wrong:
        yield Remark(
            says=f"{listed(label for label, _ in wrong)}的位数不对（{len(wrong)} 处），疑似漏写或多写。",
            mend="请向对方核实。",
            safe="这些号码不用于送达。",
            spans=tuple(span for _, span in wrong),
        )


def _is_wrong(label: str, number: str) -> bool:
    plain = re.sub(r"\D", "", number)
    if label.startswith("邮"):
        return len(plain) != _POSTCODE
    if re.fullmatch(r"1[3-9]\d*", plain) and "-" not in number:
        return len(plain) != _MOBILE_DIGITS and len(plain) > _EIGHT
    for city in _CITIES_OF_EIGHT:
        if re.match(rf"{city}[\-—－ ]", number):
            local = re.split(r"[\-—－ ]", number, maxsplit=1)[1]
            return len(re.sub(r"\D", "", re.split(r"[\-—－]", local)[0])) != _EIGHT
    return False


def _number_span(hit: Hit) -> Span:
    start = hit.span.start + hit.found.start("number") - hit.found.start()
    return Span(hit.span.element, start, start + len(hit.found["number"]))


_QUOTED = re.compile(r"[“《「](?P<name>[^“”《》「」\n]{6,40}(?:项目|清单|系统|工程))[”》」]?")


def titles(docket: Docket) -> Iterator[Remark]:
    """A project, or a list, whose name is nearly another's."""
    names: dict[str, list[Span]] = {}
    for hit in docket.hits(_QUOTED, "“", "《", "「"):
        names.setdefault(_SPACES.sub("", hit.found["name"]), []).append(hit.span)
    for table in docket.tables:
        title = _SPACES.sub("", table.title)
        if len(title) >= _LEAST_NAME and table.rows:
            names.setdefault(title, []).append(Span(table.element, 0, 0, (0, 0)))
    each = list(names)
    for i, one in enumerate(each):
        for other in each[i + 1 :]:
            if one[:2] == other[:2] and 0 < Levenshtein.distance(one, other, score_cutoff=3) <= 3:  # noqa: PLR2004 - a slip, and no other name
                yield Remark(
                    says=f"名称略有不同：“{one}”与“{other}”。",
                    mend="请确认是否同一个。",
                    safe="视为同一个，并注明。",
                    spans=(*names[one], *names[other]),
                    severity=Severity.NOTE,
                )


def parent_body(docket: Docket) -> Iterator[Remark]:
    """The project carries the name of a body above, and another body signs."""
    buyer, title = _party(docket, Role.BUYER), docket.identity.title
    name = buyer.name.value if buyer else None
    if not name:
        return
    for hit in docket.hits(re.compile(r"[“《](?P<name>[一-鿿]{4,24}?(?:委员会|局|厅|办公厅|政府))[^”》\n]{2,40}项?目?[”》]")):  # fmt: skip
        body = hit.found["name"]
        if body != name and name.startswith(body):
            yield Remark(
                says="项目名称冠以上级单位，而签约的甲方是其下属单位。",
                mend="请确认甲方是否得到授权。",
                safe=f"以签约的“{name}”为甲方。",
                spans=(hit.span, *((title.span,) if title.span else ())),
                severity=Severity.NOTE,
            )
            return


def no_title(docket: Docket) -> Iterator[Remark]:
    if not docket.identity.title:
        yield Remark(
            says="文本没有合同名称。",
            mend="请补名称，或说明以项目名称识别。",
            safe="名称留空，不另拟。",
            kind=DoubtKind.MISSING_PAPER,
            severity=Severity.NOTE,
        )


def missing_party(docket: Docket) -> Iterator[Remark]:
    missing = [
        party.zh
        for role, party in ((Role.BUYER, Party.BUYER), (Role.SUPPLIER, Party.SUPPLIER))
        if _party(docket, role) is None
    ]
    if missing:
        yield Remark(
            says=f"没有读出{'、'.join(missing)}的名称。",
            mend="请补写当事人全称。",
            safe="当事人不明，不登记。",
            severity=Severity.BLOCK,
            kind=DoubtKind.BLANK,
            blocks=("parties",),
        )


RULES = (
    Rule("parties.missing", "当事人缺失", DoubtKind.BLANK, Severity.BLOCK, missing_party),
    Rule("parties.title", "没有合同名称", DoubtKind.MISSING_PAPER, Severity.NOTE, no_title),
    Rule("parties.vary", "名称写法不一", _MISMATCH, Severity.NOTE, vary),
    Rule("parties.signature", "签署方与首部不同", _MISMATCH, Severity.CONFIRM, signed_by_others),
    Rule("parties.parent", "项目冠以上级单位", _MISMATCH, Severity.NOTE, parent_body),
    Rule("parties.words", "另称没有定义", _AMBIGUOUS, Severity.CONFIRM, other_words),
    Rule("parties.units", "其他单位没有写明", _AMBIGUOUS, Severity.CONFIRM, other_units),
    Rule(
        "parties.signatories",
        "签名不一致",
        DoubtKind.UNREADABLE,
        Severity.CONFIRM,
        signatories,
    ),
    Rule("parties.digits", "号码位数", _MISMATCH, Severity.CONFIRM, digits),
    Rule("parties.titles", "项目或清单名称不一", _MISMATCH, Severity.NOTE, titles),
)
