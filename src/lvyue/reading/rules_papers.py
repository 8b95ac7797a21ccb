"""体检规则，文件: papers that are cited and not here, ranks that contradict, how it takes effect, where it is disputed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lvyue.core.clause import MAIN, ClauseRef
from lvyue.core.doubts import DoubtKind, Severity
from lvyue.core.terms import Party
from lvyue.reading.consideration import Damage
from lvyue.reading.outline import PartKind
from lvyue.reading.paragraphs import Span
from lvyue.reading.references import Reference
from lvyue.reading.rules import Docket, Hit, Remark, Rule, listed, spans_of

_MISSING, _CONTRADICTING = DoubtKind.MISSING_PAPER, DoubtKind.CONTRADICTING
_MISMATCH, _SILENT = DoubtKind.MISMATCH, DoubtKind.SILENT

#: papers that contracts of this trade point to and rarely carry: our name, the words for it, and whether its absence is only noted
_PAPERS = (
    ("采购需求", re.compile(r"采购需求(?!标准)|采购文件|磋商文件|询价文件"), False),
    ("招标文件", re.compile(r"招标文件(?!(?:或采购文件)?中的采购需求)"), False),
    (
        "投标或响应文件",
        re.compile(r"投标(?:[（(]响应[)）])?文件|响应文件|投标(?:承诺|方案)"),
        False,
    ),
    (
        "中标或成交通知书",
        re.compile(r"中标(?:或成交|、成交|[（(]成交[)）])?通知书|成交通知书"),
        True,
    ),
    (
        "主管单位的规定",
        re.compile(r"(?:主管单位|主管部门|上级(?:单位|部门))[^。；\n]{0,16}(?:规定|办法|要求)"),
        False,
    ),
    (
        "甲方的管理规定",
        re.compile(
            r"(?:甲方|采购人)(?:的)?(?:制定的)?(?:相关|有关|各项|信息安全|安全|场地|人员)*(?:及人员)?(?:管理|规章|保密|信息安全|运维工作|安全|场地)?(?:管理)?(?:规定|制度|办法)"
        ),
        False,
    ),
    (
        "月报月评等外部要求",
        re.compile(r"(?:依据|按照|根据)[^。；，\n]{2,14}(?:月报|月评|考评|评价)(?:的)?要求"),
        False,
    ),
)
_PAPER_WORDS = ("文件", "需求", "通知书", "投标", "规定", "办法", "要求", "制度")
#: what makes a missing paper hold up money
_PRICED = re.compile(r"违约金|处罚|罚款|扣款|扣减|扣除|金额")
_SANCTIONED = re.compile(r"解除合同|终止合同|赔偿责任|无条件终止")
_FALLBACK = re.compile(r"%|％|百分之")
_SPELT = re.compile(r"[《》“”\"「」\s]")


def missing_papers(docket: Docket) -> Iterator[Remark]:
    """One doubt a paper, with every clause that points to it. It blocks where a sum or a sanction is written there."""
    for name, pattern, only_noted in _PAPERS:
        hits = list(docket.hits(pattern, *_PAPER_WORDS))
        if not hits or _is_here(docket, name):
            continue
        cited = [one.span for one in docket.references if one.missing and pattern.search(one.missing)]  # fmt: skip
        # A list of the papers that make up the contract points to them and takes nothing from them.
        taken = [hit for hit in hits if not _listed_only(docket, hit)]
        around = [docket.around(hit.span) for hit in taken]
        severity = Severity.NOTE if only_noted else Severity.CONFIRM
        told = any(_amount_in(docket, one) == name for one in docket.consideration.damages)
        sums = not told and any(
            _PRICED.search(text) and not _FALLBACK.search(text) for text in around
        )
        needed = any(_SANCTIONED.search(text) for text in around)
        if not only_noted and (sums or (needed and name == "招标文件")) and name not in _WITH_REST:
            severity = Severity.BLOCK
        yield Remark(
            says=f"{name}不在这份文件里，"
            + ("处罚、违约的数额或要求写在那里。" if severity is Severity.BLOCK else "无从核对。"),
            mend=f"请提供{name}的签署版本。",
            safe="凡取自该文件的数额都不计算，义务只记录。",
            spans=tuple(dict.fromkeys([*spans_of(hits), *cited])),
            severity=severity,
            needs=(name,),
            blocks=("damages",) if severity is Severity.BLOCK else (),
            owner=Party.BUYER,
        )


#: papers whose sums have a substitute in the contract, or that bind only beside it
_WITH_REST = ("投标或响应文件", "主管单位的规定", "甲方的管理规定", "月报月评等外部要求")


#: what anybody can look up, and no paper that a party holds
_PUBLISHED = re.compile("利率|LPR", re.IGNORECASE)
#: 投标 alone would be any paper
_LEAST_KEY = 4


def _is_here(docket: Docket, name: str) -> bool:
    keys = [key for key in name.split("或") if len(key) >= _LEAST_KEY]
    return any(
        key in f"{part.name} {part.title}"
        for part in docket.paper.outline.parts
        for key in keys
        if part.kind is not PartKind.PREFACE
    )


def _listed_only(docket: Docket, hit: Hit) -> bool:
    """Whether the whole paragraph is hardly more than the name: 3.4 乙方的投标文件；."""
    line = docket.line(hit.span.element)
    return len(line) < 45 and re.search(r"应|须|按|违|规定的|承诺", line) is None  # noqa: PLR2004 - a line of a list


def damages_elsewhere(docket: Docket) -> Iterator[Remark]:
    """Breaches whose price is written in a paper that is not here; one doubt a paper."""
    papers: dict[str, list[Damage]] = {}
    for one in docket.consideration.damages:
        name = _amount_in(docket, one)
        if name and one.rate is None and not _is_part(docket, name):
            papers.setdefault(name, []).append(one)
    announced = _announced(docket)
    for name, damages in papers.items():
        if name in announced:
            continue  # told as an annex that is missing
        # A percentage in the same clause is what holds when the paper gives no figure.
        fallback = all(_FALLBACK.search(docket.line(one.span.element)) for one in damages)
        floors = [one.floor for one in damages if one.floor is not None]
        public = _PUBLISHED.search(name) is not None
        fallback = fallback or public
        yield Remark(
            says=f"违约金按{name}计算，利率要到公布处查。"
            if public
            else f"违约金的数额写在{name}里，该文件不在手。",
            mend=f"请写明取哪一日的{name}，以及按日还是按年。" if public else f"请提供{name}。",
            safe="数额不知；只记录违约的事实" + (f"，下限 {min(floors)}。" if floors else "。"),
            spans=tuple(one.span for one in damages),
            clauses=tuple(one.clause for one in damages),
            needs=(name,),
            severity=Severity.CONFIRM if fallback else Severity.BLOCK,
            blocks=() if fallback else tuple(f"damages:{one.clause}" for one in damages),
        )


def _amount_in(docket: Docket, one: Damage) -> str:
    """The paper under the name by which ``papers.missing`` knows it."""
    if not one.amount_in:
        return ""
    words = f"{docket.paper.words(one.span)} {one.amount_in}"
    known = next((name for name, pattern, _ in _PAPERS if pattern.search(words)), "")
    return known or _SPELT.sub("", one.amount_in)


def _is_part(docket: Docket, name: str) -> bool:
    return any(name in f"{part.name}{part.title}" for part in docket.paper.outline.parts)


_ANNOUNCED = re.compile(r"(?:另行?|必须|应当?|须)?(?:与甲方|与乙方|双方)?(?:另行)?签(?:署|订)(?:一份)?[《“](?P<name>[^《》“”\n]{2,20})[》”][^。；\n]{0,24}附件")  # fmt: skip
_ANNEX_NAMED = re.compile(r"附件\s*[0-9一二三四五六七八九十]*\s*[：:]\s*《?(?P<name>[一-鿿]{3,20})》?")  # fmt: skip
_ANNEX_NUMBER = re.compile(r"附件\s*(?P<name>[0-9]{1,2}|[一二三四五六七八九十]{1,2})(?![0-9])")


def missing_annexes(docket: Docket) -> Iterator[Remark]:
    """An agreement announced as an annex, or an annex by number, that the file does not carry."""
    parts = [
        _SPELT.sub("", " ".join((part.name, part.title, *part.aliases)))
        for part in docket.paper.outline.parts
        if part.name != MAIN
    ]
    found: dict[str, list[Span]] = {}
    for name, spans in _announced(docket).items():
        if not any(name in part or _core(name) in part for part in parts):
            found[name] = list(spans)
    for hit in docket.hits(_ANNEX_NUMBER, "附件"):
        wanted = f"附件{hit.found['name']}"
        if not any(wanted in part for part in parts) and not _named_beside(hit, found):
            found.setdefault(wanted, []).append(hit.span)
    for name, spans in found.items():
        yield Remark(
            says=f"约定另有“{name}”作附件，而这份文件里没有。",
            mend=f"请提供双方签署的“{name}”，或说明没有签。",
            safe="该附件的义务和责任一概不推定。",
            spans=(*spans, *_also(docket, name)),
            needs=(name,),
            blocks=(f"annex:{name}",),
        )


def _announced(docket: Docket) -> dict[str, list[Span]]:
    """Agreements that are to be signed as annexes, by name."""
    found: dict[str, list[Span]] = {}
    for pattern in (_ANNOUNCED, _ANNEX_NAMED):
        for hit in docket.hits(pattern, "附件"):
            found.setdefault(_SPELT.sub("", hit.found["name"]), []).append(hit.span)
    return found


def _core(name: str) -> str:
    return re.sub(r"^(?:信息|安全|网络)+", "", name)


def _named_beside(hit: Hit, found: dict[str, list[Span]]) -> bool:
    return any(span.element == hit.span.element for spans in found.values() for span in spans)


def _also(docket: Docket, name: str) -> tuple[Span, ...]:
    """Sentences that lean on an annex without announcing it: 按照保密义务的约定."""
    word = _core(name).removesuffix("协议")
    if len(word) < 2 or name.startswith("附件"):  # noqa: PLR2004 - one character would be anything
        return ()
    pattern = re.compile(rf"违反[^。；\n]{{0,12}}{re.escape(word)}")
    return spans_of(docket.hits(pattern))[:3]


def dead_references(docket: Docket) -> Iterator[Remark]:
    """A clause that is cited and does not exist, or is cited in another style than it is numbered."""
    dead = [one for one in docket.references if one.target is None and not one.missing and one.says]
    for one in dead:
        yield Remark(
            says=f"引用“{one.raw}”找不到对应的条款：{one.says}",
            mend="请双方写明引用的是哪一条。",
            safe="不适用被引用的内容，待确认。",
            spans=(one.span,),
            clauses=(one.source,),
        )
    for one in docket.references:
        if one.target is not None and _other_style(docket, one):
            yield Remark(
                says=f"引用“{one.raw}”，而那里的编号写法不同（应是 {one.target}）。",
                mend="请双方确认所指的条款。",
                safe=f"按 {one.target} 理解。",
                spans=(one.span,),
                clauses=(one.source, one.target),
            )


_LAST_UNIT = re.compile(r"第\s*[0-9]+\s*条(?![^第]*第)")
_INNER = 2


def _other_style(docket: Docket, one: Reference) -> bool:
    """第五章第 1 条, where the chapter counts 一、二、: the last unit named is none of that level."""
    if one.target is None or one.target.depth < _INNER or not _LAST_UNIT.search(one.raw):
        return False
    node = docket.paper.node_by_ref.get(one.target)
    return node is not None and "条" not in node.label and "." not in node.label


def circles(docket: Docket) -> Iterator[Remark]:
    """Two clauses that each only point to the other."""
    pairs = {
        (one.source, one.target)
        for one in docket.references
        if one.target is not None and one.target != one.source and _only_points(docket, one)
    }
    for source, target in sorted(pairs):
        if (target, source) in pairs and source < target:
            yield Remark(
                says=f"{source} 与 {target} 互相引用，谁也没有写内容。",
                mend="请双方写明内容。",
                clauses=(source, target),
                spans=docket.places((source, target)),
            )


def _only_points(docket: Docket, one: Reference) -> bool:
    text = docket.line(one.span.element)
    return len(text) - len(one.raw) < 40  # noqa: PLR2004 - nothing else fits into so few characters


_EQUAL = re.compile(r"附件[^。；\n]{0,40}(?:同等|同样)(?:的)?(?:法律)?效力")
_MAIN_WINS = re.compile(r"以(?:本合同|正文|合同正文|主合同)(?:条款|正文|的约定)?(?:内容)?为准")
_ORDER = re.compile(
    r"(?:次序|顺序)[^。；\n]{0,12}(?:在先|优先|为准)|(?:附件|补充协议)[^。；\n]{0,20}不一致[^。；\n]{0,20}附件[^。；\n]{0,6}为准"
)
_ORDER_NEAR = ("次序", "顺序", "为准")
_STRICTEST = re.compile(r"最?(?:严格|从严)(?:的)?(?:原则)?[^。；\n]{0,4}(?:一并)?适用")
_DEMANDED = re.compile(
    r"(?:符合|满足|达到)[^。；\n]{0,6}(?:采购需求|招标文件|采购文件)[^。；\n]{0,6}规定"
)


def ranks(docket: Docket) -> Iterator[Remark]:
    """Annexes of equal force, and no rule, or another rule, for when they differ."""
    equal = spans_of(docket.hits(_EQUAL, "附件"))
    main_wins = spans_of(docket.hits(_MAIN_WINS, "为准"))
    if equal and main_wins:
        yield Remark(
            says="一处写附件与正文同等效力，另一处写不一致时以正文为准。",
            mend="请双方写明取舍规则。",
            safe="有冲突时列出两处，以正文为准并注明。",
            spans=(*equal, *main_wins),
        )
    elif equal and not docket.says(_ORDER, *_ORDER_NEAR):
        yield Remark(
            says="附件与正文同等效力，两者不一致时没有取舍规则。",
            mend="请双方写明次序。",
            safe="有冲突时列出两处，不取舍。",
            spans=equal,
            kind=_SILENT,
        )
    strict = spans_of(docket.hits(_STRICTEST, "适用"))
    if strict and docket.says(_ORDER, *_ORDER_NEAR):
        yield Remark(
            says="保密等事项按最严格的并用，与文件次序在先的规则不同。",
            mend="请知悉：同一事项取较严的要求。",
            safe="这些事项取较严者，其余按次序。",
            spans=(*strict, *spans_of(docket.hits(_ORDER, *_ORDER_NEAR))),
            severity=Severity.NOTE,
        )


def bid_before_demand(docket: Docket) -> Iterator[Remark]:
    """The bid ranks before the demand, while the quality clause asks for the demand."""
    papers = docket.identity.documents
    bid = next((one for one in papers if one.rank and re.search(r"投标|响应", one.name)), None)
    demand = next((one for one in papers if one.rank and re.search(r"采购需求|招标", one.name)), None)  # fmt: skip
    demanded = spans_of(docket.hits(_DEMANDED, "采购需求", "招标文件", "采购文件"))
    if bid and demand and demanded and bid.rank and demand.rank and bid.rank < demand.rank:
        yield Remark(
            says="按次序投标文件先于采购需求，质量条款又要求符合采购需求，两者不同时哪个算数不清。",
            mend="请双方写明；低于采购需求的投标内容是否有效。",
            safe="两者都列出，取较严的一项并待确认。",
            spans=(*(one.span for one in (bid, demand) if one.span), *demanded),
        )


_SEALED = re.compile(
    r"(?:盖(?:单位)?(?:合同章|公章|章)|盖章|加盖[^。；\n]{0,16}章)[^。；\n]{0,16}(?:生效|有效)"
)
_ONLINE = re.compile(r"数字证书|电子签(?:名|章)|网上签(?:约|订)|线上签")
_CONTRACT_SEAL = re.compile(r"合同(?:专用)?章")


def effect(docket: Docket) -> Iterator[Remark]:
    """Effect by seal: the text shows no seal; an online signature may not seal the annexes."""
    sealed = list(docket.hits(_SEALED, "章"))
    if not sealed:
        return
    online = spans_of(docket.hits(_ONLINE, "证书", "电子签", "网上签", "线上签", loose=True))
    yield Remark(
        says="以盖章为生效条件"
        + (
            "，而合同用数字证书或网上签订，附件是否另行盖章没有证明。"
            if online
            else "，文本看不出印章和签字是否齐备。"
        ),
        mend="请提供盖章的扫描件"
        + ("、平台的签约证明，或附件盖章的证明。" if online else "或授权书。"),
        safe="按签署日期视为生效，并注明未见印章。",
        spans=(*spans_of(sealed), *online[:4]),
        needs=("盖章页扫描件",),
    )
    kinds = {bool(_CONTRACT_SEAL.search(hit.text)) for hit in sealed}
    if len(kinds) > 1:
        yield Remark(
            says="一处合同章或公章都可以，另一处只认公章。",
            mend="请核对附件上的印章。",
            safe="按各自的要求核对。",
            spans=spans_of(sealed),
            kind=_MISMATCH,
            severity=Severity.NOTE,
        )


_COURT = re.compile(
    r"(?:人民)?法院(?!判决|裁定)[^。；\n]{0,16}(?:起诉|诉讼|解决|管辖)|向[^。；\n]{2,24}法院|所在地[^。；\n]{0,4}法院"
)
_ARBITRATION = re.compile(r"(?:提交|申请|向)[^。；\n]{0,24}仲裁(?:委员会|机构)?|仲裁裁决")
_FEES = re.compile(r"仲裁费")
_AT_SIGNING = re.compile(r"(?:合同)?签(?:订|署|约)地")
_SIGNED_AT = re.compile(r"(?:合同)?签(?:订|署|约)地点?\s*[：:]\s*[一-鿿]{2,}")
_VENUE = re.compile(
    r"(甲方|乙方|原告|被告|合同签(?:订|署)地|合同履行地|项目所在地)(?:住所地|所在地)?[^。；，\n]{0,12}法院"
)


def jurisdiction(docket: Docket) -> Iterator[Remark]:
    """Court and arbitration, different courts, or a place of signature that is nowhere written."""
    courts = tuple(docket.hits(_COURT, "法院"))
    arbitrations = tuple(docket.hits(_ARBITRATION, "仲裁"))
    if courts and arbitrations:
        yield Remark(
            says="既约定向法院起诉，又约定仲裁，仲裁约定可能无效。",
            mend="请双方只选一种。",
            safe="不推定管辖。",
            spans=(*spans_of(courts)[:3], *spans_of(arbitrations)[:3]),
        )
    venues: dict[str, list[Span]] = {}
    for hit in docket.hits(_VENUE, "法院"):
        venues.setdefault(hit.found[1], []).append(hit.span)
    if len(venues) > 1:
        yield Remark(
            says=f"各处的管辖法院不同：{listed(venues)}。",
            mend="请双方统一。",
            safe="列出各处，不推定。",
            spans=tuple(span for spans in venues.values() for span in spans),
        )
    at_signing = tuple(docket.hits(_AT_SIGNING, "签订地", "签署地", "签约地"))
    in_main = [hit for hit in at_signing if docket.in_main(hit.span)]
    written = list(docket.hits(_SIGNED_AT, "签订地", "签署地", "签约地", loose=True))
    if in_main and not any(docket.in_main(hit.span) for hit in written):
        yield Remark(
            says="管辖按合同签订地，而正文没有写签订地点"
            + ("，只有附件写了。" if written else "。"),
            mend="请补写签订地点。",
            safe="不推定签订地。",
            spans=(*spans_of(at_signing), *spans_of(written)),
            kind=_MISMATCH,
        )
    fees = spans_of(docket.hits(_FEES))
    if fees and courts and not arbitrations:
        yield Remark(
            says="费用清单提到仲裁费，而争议条款只写法院。",
            mend="请知悉。",
            safe="仲裁费不发生。",
            spans=(*fees, *spans_of(courts)[:2]),
            kind=_MISMATCH,
            severity=Severity.NOTE,
        )


_COPIES = re.compile(
    r"一式\s*[0-9一二三四五六七八九十壹贰叁肆伍陆柒捌玖拾两]+\s*份|[壹一]式[壹贰叁肆伍陆柒捌玖拾]+份"
)


def copies(docket: Docket) -> Iterator[Remark]:
    """Copies counted in the contract and again in an annex: one set, or two."""
    hits = tuple(docket.hits(_COPIES, "一式", "壹式"))
    papers = {ref.document for hit in hits if (ref := docket.paper.clause_at(hit.span))}
    if len(papers) > 1:
        yield Remark(
            says="正文和附件各写了份数，是一套还是各自装订没有写。",
            mend="请双方说明。",
            safe="附件随正文，份数以正文为准。",
            spans=spans_of(hits),
        )


def same_number(docket: Docket) -> Iterator[Remark]:
    """The number of the contract printed again, as the number of an annex; or twice in two spellings."""
    number = docket.identity.contract_no
    if not number.value or len(number.value) < 6:  # noqa: PLR2004 - a short number is met everywhere
        return
    pattern = re.compile(r"(?:协议|附件)编号\s*[：:]\s*" + re.escape(number.value))
    hits = tuple(docket.hits(pattern, loose=True))
    if hits:
        refs = tuple(
            ClauseRef(ref.document, ref.segments)
            for hit in hits
            if (ref := docket.paper.clause_at(hit.span))
        )
        yield Remark(
            says="附件的协议编号与合同编号相同。",
            mend="请确认附件是否另有编号。",
            safe="以附件名称区分。",
            spans=spans_of(hits),
            clauses=refs,
        )


def templates(docket: Docket) -> Iterator[Remark]:
    """Instructions of the template still in the signed paper."""
    left = [part for part in docket.paper.outline.parts if part.kind is PartKind.PREFACE]
    nodes = [node for node in docket.paper.outline.nodes if not node.binding and node.elements and node.ref.segments[:1] == ("使用说明",)]  # fmt: skip
    spans = tuple(dict.fromkeys([
        *(Span(part.first, 0, len(docket.line(part.first))) for part in left),
        *(Span(node.elements[0], 0, len(docket.line(node.elements[0]))) for node in nodes),
    ]))  # fmt: skip
    if not spans:
        return
    loose = " ".join(docket.line(element) for element in sorted(docket.loose))
    open_values = re.search(r"参考值|可(?:以)?(?:进行)?调整|选择项", loose) is not None
    yield Remark(
        says="文本里留有示范文本的使用说明"
        + ("，其中称数字是参考值、可以调整。" if open_values else "。"),
        mend="请确认使用说明不是合同内容。",
        safe="使用说明不产生义务，条款里的数字按已约定。",
        spans=spans,
        severity=Severity.CONFIRM if open_values else Severity.NOTE,
    )


_TEMPLATE_REST = re.compile(
    r"将在[^。；\n]{0,12}(?:签订|签署)[^。；\n]{0,12}约定|具体[^。；，\n]{0,12}另行(?:约定|商定|协商)|由双方另行约定|(?:选择|勾选)(?:以下|下列)[^。；\n]{0,10}(?:方式|项|种)|（(?:可选|选填|如有)）|\(可选\)|【[^】\n]{0,12}】(?=[元日天%])"
)


def template_rests(docket: Docket) -> Iterator[Remark]:
    """Wording of a template that should have been replaced: 具体另行约定, choose one of the following."""
    hits = [
        hit
        for hit in docket.hits(
            _TEMPLATE_REST, "约定", "商定", "协商", "选择", "勾选", "可选", "选填", "如有", "【"
        )
        if "如有" not in hit.text
    ]
    if hits:
        yield Remark(
            says="留有范本的待定措辞（另行约定、选择项），而没有见到约定的结果。",
            mend="请提供另行约定的文件，或补写内容。",
            safe="没有约定的部分不适用。",
            spans=spans_of(hits),
            needs=("另行约定的文件",),
        )


RULES = (
    Rule("papers.missing", "所引文件不在手", _MISSING, Severity.CONFIRM, missing_papers),
    Rule(
        "damages.elsewhere",
        "违约金数额在别处",
        _MISSING,
        Severity.BLOCK,
        damages_elsewhere,
        Party.BUYER,
    ),
    Rule("papers.annex", "附件没有随文", _MISSING, Severity.BLOCK, missing_annexes),
    Rule("papers.reference", "引用对不上", _MISMATCH, Severity.CONFIRM, dead_references),
    Rule("papers.circle", "互相引用", DoubtKind.AMBIGUOUS, Severity.CONFIRM, circles),
    Rule("papers.ranks", "附件与正文的次序", _CONTRADICTING, Severity.CONFIRM, ranks),
    Rule(
        "papers.bid_rank",
        "投标文件先于采购需求",
        _CONTRADICTING,
        Severity.CONFIRM,
        bid_before_demand,
    ),
    Rule("papers.effect", "生效与盖章", DoubtKind.UNPROVED, Severity.CONFIRM, effect),
    Rule("papers.jurisdiction", "管辖不一", _CONTRADICTING, Severity.CONFIRM, jurisdiction),
    Rule("papers.copies", "份数各写一次", DoubtKind.DUPLICATE, Severity.NOTE, copies),
    Rule("papers.same_number", "附件编号相同", DoubtKind.DUPLICATE, Severity.NOTE, same_number),
    Rule("papers.template", "留有使用说明", DoubtKind.NOISE, Severity.NOTE, templates),
    Rule(
        "papers.template_rest", "留有待定措辞", DoubtKind.SILENT, Severity.CONFIRM, template_rests
    ),
)
