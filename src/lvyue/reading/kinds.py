"""约定种类的判断: of what kind an act is, by its words and the numbers that stand with it, and on whose side it falls.

Tables of patterns, tried from the most telling to the least. Every pattern is bounded, so that no text makes it slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lvyue.core.numerals import numeral
from lvyue.core.terms import Party, TermKind
from lvyue.reading.quantities import Bound, Direction, Frequency, TimeWord, frequencies
from lvyue.reading.sentences import bare


@dataclass(frozen=True, slots=True)
class Numbers:
    """行为里的数: time words, frequencies and bounds that stand in one act."""

    times: tuple[TimeWord, ...] = ()
    frequencies: tuple[Frequency, ...] = ()
    bounds: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class Nature:
    """性质: the kind, whether it falls on the one who acts in the sentence or on the other side, and what it is of.

    ``item`` names the paper of a deliverable, the post of a staffing; ``whole`` is False where it is one of several kinds
    that a single act gives (甲方有权要求乙方整改: a right and a duty).
    """

    kind: TermKind
    other: bool = False
    item: str = ""
    count: int | None = None
    time: TimeWord | None = None
    frequency: Frequency | None = None
    bound: Bound | None = None
    vague: str = ""
    whole: bool = True


# ── rights, bans, damages ────────────────────────────────────────────────────────────────────────────────────────

_EXEMPT = re.compile(
    r"不(?:再)?(?:承担|负)(?!.{0,10}的(?:条件|情形))|不视为|不算|不属于?[甲乙]方违约|免(?:除|于|予)|概不|无[须需](?:承担|支付|赔偿|负)|不构成|不予补偿"
)
_RIGHT = re.compile(
    r"有权(?<!所有权)|可以|享有(?!的)|可(?<![不无许认]可)(?<![^甲乙双各一对买卖供需]方可)(?=自行|根据|要求|向|在|以|选|从|按|由|依|委托|随时|单方|解除|终止|提|先|书面|申请|查|将|直接|拒|暂|立即|商|通过|另|就|据|对|适当|协商|顺延|给予|视|停|行使)"
    r"|能且只能|保留[^，。]{0,20}权利|有[^，。]{1,30}的权利"
)
_BAN = re.compile(
    r"不得|禁止|严禁|不能|不允许|不许|不准|不可(?!抗|预|避|克|撤|分|逆)|无权|杜绝|不予(?!补偿)|不启动|不进入|只能|仅能|仅可|仅限|只可|仅将|只将|仅用于|只用于|不会(?=删|将|泄|引)|不收取|不在[^，。]{1,20}(?:安装|使用|从事|采用|存放)|保证[，,]?不|承诺[，,]?不|不故意|绝不|确保[^，。]{0,14}(?:无(?!法)|不发生|不出现|零)[^，。]{0,12}(?:事故|事件|泄密|差错)|保证[^，。]{0,14}(?:无(?!法)|不发生|不出现|零)[^，。]{0,12}(?:事故|事件|泄密|差错)|不包括授予|并非授予|方可(?<![甲乙双各一对买卖供需]方可)|审核通过后才"
    r"|不(?:再)?(?:另行|向[^，。]{1,6})?(?:另行)?支付(?:任何|其他|其它)|未经[^，。]{1,20}(?:同意|许可|批准|授权)[^，。]{0,30}不|予以保密|(?=[应须必需])(?:应当?|须|必须|需|必需)(?:事先|先行?|预先)?(?:书面)?(?:征得|取得|获得|经|报经|先经)[^，。]{1,14}(?:同意|批准|许可|审核通过)|(?:账号|信息|资料|数据)[^，。]{0,8}(?:要|应|应当|须|必须|予以)保密"
)
_NO_MORE = re.compile(r"不再?(?:另行|向[^，。]{1,6})?(?:另行)?支付(?:任何|其他|其它)")
_PENAL = re.compile(
    r"违约金|罚(?:款|金)(?!等|、)|赔偿|索赔|补足[^，。]{0,8}损失|承担[^，。]{0,16}(?:违约|法律|赔偿|经济|全部|相应|一切|完全|最终|由此|因此)[^，。]{0,12}(?:责任|损失|后果)"
    r"|承担[^，。]{0,16}(?:损失|后果|责任)|(?:损失|后果)[^，。]{0,10}(?:由|应由)[^，。]{1,14}(?:承担|负责|负担)|(?:损失|后果)[^，。]{0,4}负责|追究[^，。]{0,20}责任|处罚|从[^，。]{1,16}扣(?:减|罚)"
)
_BORNE = re.compile(r"由[^，。]{1,14}(?:承担|负责|负担|赔偿)|承担")
_HARM = re.compile(r"损失|后果|赔偿|违约金")
_NO_PENAL = re.compile(
    r"连带责任|对[^，。]{1,8}行为(?:承担|负)|保[护密]责任|管理(?:职责|责任)|不承担|保护的?义务|赔偿金的支付|责任主体|不损害|不影响"
)
_DEMAND = re.compile(
    r"(?:有权利?|可以?)(?:并)?(?:随时|书面|另行|进一步|自行)?(?:要求|通知|责令|督促)"
)
_PAY_WORDS = re.compile(r"支付|赔偿|承担|赔付|补偿|补足|返还|退还|实际履行")
_POWERS = re.compile(
    r"解除|终止|暂停|中止|扣除|抵扣|扣减|约谈|通报|委托|邀请|聘|更换|整改|停止|拒绝|收回|选择|检查|顺延|延迟付款|延期"
)
_ONLY_THEN = re.compile(r"能且只能|才能|方可|方能")
_DECIDES = re.compile(r"由[^，。]{1,8}(?:审定|决定|确定)")
_FIRST_TELL = re.compile(
    r"提前[^。]{0,12}通知|通知[^。]{0,8}内[^。]{0,6}补救|通知[^。]{0,12}(?:月|日)(?:之)?后"
)
_CALLED = re.compile(r"要求(?:甲方|乙方|对方)")
_HANDED_DOWN = frozenset({TermKind.PERMISSION, TermKind.PROHIBITION})
_CALLS = re.compile(r"(?:要求|责令|通知|督促)")
_ENDS_CONTRACT = re.compile(r"(?:解除|终止)(?:本|主)?(?:合同|协议|合作)")
_SECONDED = re.compile(
    r"整改|更换|调换|纠正|改正|补救|汇报|提供|提交|配合|返工|修复|说明|解释|完善|撤换|停止|履行|报告|重做|恢复"
)
_BACK = re.compile(
    r"(?:返还|退还|退回)[^，。]{0,16}(?:已支付|已付|全部款项|全额|全部价款|全部费用|预付)|(?:把|将)[^，。]{0,10}(?:已付|已支付)[^，。]{0,10}(?:返还|退还)"
)

# ── papers, people, numbers ──────────────────────────────────────────────────────────────────────────────────────

_PAPER = (
    "方案|计划|报告书?|总结|规章制度|管理规定|制度|规定|名单|证书|清单|台账|底账|分级表|登记表|手册|应急预案|预案|记录表?|档案|证明(?:文件|材料)?|文档|图纸|说明书|日志|"
    "规范|承诺书|保密协议|补充协议|协议|申请书|申请表|(?<=入场)申请|(?<=入网)申请|表单|月报|周报|季报|年报|评估表|总账|安排|底稿|规程|体系文档|发票|通知书|策略设计|架构设计"
)
_GIVES = re.compile(
    r"提交|提供|提出|出具|编制|编写|制定|制订|报送|交付|递交|交出|报备|修订|建立|形成|(?:维护|更新)(?=[^，。]{0,24}(?:清单|台账|底账|分级表))|签订|签署|填写|开具|拟定|拟订|编纂|要有|列入|列出|须?有(?=清单|详细|完善|完备|健全|全面)|具有(?=详细|完善|完备|健全|全面)|具备(?=完善|完备|健全)|设计|进行(?=总体|备份)"
)
_PAPER_AT_END = re.compile(
    rf"(?:{_PAPER})(?:等(?:资料|材料|文档|文件)?|及(?:相关)?资料|备案|审定|各?[一二两三四五六七八九十\d]+[份套]|（[^（）]{{0,20}}）)?$"
)
_ALONE = re.compile(
    rf"(?:《[^《》]{{2,30}}》|(?!.{{0,20}}(?:应|须|需|向|将|并|[甲乙]方|双方|按|依|遵|符合|执行))[一-鿿A-Za-z0-9]{{2,20}}(?:{_PAPER}))(?:[、和及与][^，。]{{2,24}})?"
)
_NOMINAL = re.compile(r"([^，。]{2,40}?)的(?:制定|编制|编写|制订|提交|拟定)")
_ABIDES = re.compile(
    r"(?:参照|遵守|依照|符合|执行|按照?|根据|依据|满足|落实|适用|违反)[^，。]{0,40}$"
)
_AND_KEEP = re.compile(
    r"^(?:并|和|、|及|与)[^，。]{0,8}?(?:维护|更新|完善|修订|保持|提交|执行|落实)"
)
_TITLED = re.compile(r"《([^《》]{2,30})》")
_ITEMS = re.compile(r"[、]|(?<=[一-鿿])(?:以及|及其|及|和|与)(?=[一-鿿]{2,})")
_TAIL = re.compile(
    r"(?:，|；|。|并(?!行)|以便|便于|用于|报(?=甲方|采购|委托|业主)|供(?=甲方|采购)|给(?=甲方|采购)|提高|提升|进行(?=明确|规范|指导)|规范云|用于指导)"
)
_LIMP = re.compile(r"(?:等|等资料|等文件|等材料|等文档|备案|审定)$")
_LAWS = re.compile(r"(?:中华人民共和国|法|条例|办法|标准（试行）|规定)$")
_LONGEST_ITEM = 28
#: 制度, 方案: nothing to tell it by beside a fuller name
_BARE_NOUN = 2

_STAFF = re.compile(
    r"(?P<stay>\d{1,3}|[一二两三四五六七八九十]{1,3})\s*(?:名|位)[^，。]{0,12}(?:常驻|驻场|驻守|值守|长驻|在岗)|(?:至少|不少于|不低于|配备|配置|派驻|派遣|派出|安排|指定|指派|设置?|提供|配|驻场)[^，。]{0,14}?(?P<count>\d{1,3}|[一二两三四五六七八九十]{1,3})\s*(?:名|人|位)(?!民|员(?:工)?信息|次|联[系络])"
    r"|指定专人|(?:安排|配备|指派|派遣?)[^，。]{0,6}专人|专人(?:负责|值守)|(?:长驻|常驻)(?:现场|甲方|用户|协助)?|人员需长驻"
)
_POST = re.compile(
    r"[一-鿿]{0,10}(?:工程师|经理|负责人|专员|顾问|专家|人员|专人|主管|组长|技术员|值班员)"
)
_REGULAR_BY_NATURE = re.compile(
    r"(?:组织|开展|进行|举行|实施)[^，。]{0,30}(?:演练|巡检|演习)|(?:巡检|备份|版本升级(?:服务)?|资源维护)$"
)
_COPIES = re.compile(r"一?[式壹]\s*[一二两三四五六七八九十壹贰叁肆伍陆柒捌玖拾\d]{1,3}\s*份|各执")
_EQUAL = re.compile(r"同等(?:法律)?效力|不可分割")
_VAGUE = re.compile(
    r"立即|立刻|及时|尽快|第一时间|随时|实时|即时|马上|迅速|合理(?:的)?(?:时间|期限|期间)|短时间|尽早|按时|同时(?=退|返)|事先"
)
_AHEAD = re.compile(r"(?:提前|事先|预先)[^，。]{0,6}(?:书面)?(?:通知|告知|通报)|至少提前")
_METRIC = re.compile(
    r"率|满意度|评分|得分|准确|完整|完好|时长|容量|主频|带宽|可用性|延迟|时延|并发|指标"
)
_PENAL_RATE = re.compile(r"万分之|千分之|每日按|逾期|迟延|滞纳|每延误|每超过|上限|违约金")
#: …7 个工作日内组织验收，逾期未组织的视为合格: what silence counts as is no rate
_DEEMED = re.compile(r"[，,]逾期[^，,。；]{0,16}[，,]?视[为同][^，,。；]{1,30}$")
#: 15 分钟内响应、2 小时内到场: a clock for each act of a list
_LISTED_TIMES = re.compile(
    r"(?:分钟|小时|工作日|日|天)(?:之|以)?内[^，,。；、]{2,10}、[^，,。；、]{0,3}\d{1,4}\s?个?(?:分钟|小时|工作日|日|天)(?:之|以)?内"
)
_PER_WORDS = re.compile(r"每次付款|每逾期|每延[误迟]|每日按|按日计|每人每|每超")
_TERM_LENGTH = re.compile(r"^(?:为期|期限为|期限|有效期)")


def natures(
    does: str, when: str, numbers: Numbers, *, default: TermKind | None = None
) -> Iterator[Nature]:
    """Of what kinds an act is, given its words, its conditions and its numbers. At least one."""
    plain, around = bare(does), bare(f"{when}，{does}" if when else does)
    vague = _vague(around)
    if _BACK.search(plain):
        asked = _CALLED.search(plain) is not None
        yield Nature(TermKind.PAYMENT, other=asked, time=_deadline(numbers), vague=vague)
        return
    penal = (
        _PENAL.search(plain) is not None
        or (_BORNE.search(plain) is not None and _HARM.search(when) is not None)
    ) and not _NO_PENAL.search(plain)
    exempt = _EXEMPT.search(plain) is not None
    right = _is_right(plain)
    if penal and not exempt:
        yield from _damages(plain, right=right or default is TermKind.PERMISSION)
        return
    if _NO_MORE.search(plain):
        yield Nature(TermKind.PROHIBITION, other=True)
        return
    if exempt:
        yield Nature(TermKind.PERMISSION)
        return
    if _DECIDES.search(plain) or _ONLY_THEN.search(when):
        yield Nature(TermKind.PERMISSION)
        return
    if right and not _BAN.search(plain):
        yield from _rights(plain)
        for limit in numbers.times:
            if limit.value is not None and limit.unit is not None and _FIRST_TELL.search(around):
                yield replace(_limited(limit, vague), whole=False)
        return
    if _BAN.search(plain) and not _good_ban(plain):
        yield Nature(TermKind.PROHIBITION)
        return
    if default is TermKind.PERMISSION and _CALLS.match(plain):
        yield Nature(TermKind.DUTY, other=True, vague=vague)
        return
    obliges = _OBLIGES.search(plain) is not None
    if default in _HANDED_DOWN and not _numbered(numbers) and not obliges:
        yield Nature(default)
        return
    yield from _with_numbers(plain, around, bare(does, "《》"), numbers, vague)


_OBLIGES = re.compile(
    r"应当|应(?<![相响供反适对效回照顺呼]应)(?!急|用|付款|得|有的|收|答)|必须|须(?<!无须)(?!知)"
)


def _is_right(plain: str) -> bool:
    """A right, unless the same words oblige before they allow: 应当明确可以使用的人员."""
    found = _RIGHT.search(plain)
    if found is None:
        return False
    duty = _OBLIGES.search(plain)
    return duty is None or found.start() < duty.start() or "有权" in found[0]


def _good_ban(plain: str) -> bool:
    """不得低于, 不少于: a floor and no ban; 应…，且不低于 obliges."""
    return re.search(
        r"不得(?:低|少|小|短|高|多|大|超过|晚|迟|早)于?", plain
    ) is not None and not re.search(
        r"不得(?!低|少|小|短|高|多|大|超过|晚|迟|早)|禁止|严禁|不能|无权", plain
    )


def _damages(plain: str, *, right: bool) -> Iterator[Nature]:
    """赔偿、违约金: owed by whoever acts; where a right to demand it is stated, by the other side."""
    if right and (_POWERS.search(_before_demand(plain)) or _ENDS_CONTRACT.search(plain)):
        yield Nature(TermKind.PERMISSION, whole=False)
    yield Nature(TermKind.PENALTY, other=right or "追究" in plain or "处罚" in plain)


def _before_demand(plain: str) -> str:
    """What stands in a right before the sum that is demanded: 解除本合同，并要求乙方支付…."""
    found = _PENAL.search(plain)
    return plain[: found.start()] if found else plain


def _rights(plain: str) -> Iterator[Nature]:
    yield Nature(TermKind.PERMISSION)
    if (demand := _DEMAND.search(plain)) and _SECONDED.search(plain, demand.end()):
        yield Nature(TermKind.DUTY, other=True, whole=False, vague=_vague(plain))


def _numbered(numbers: Numbers) -> bool:
    return any(one.value is not None for one in numbers.times)


def _with_numbers(
    plain: str, around: str, titled: str, numbers: Numbers, vague: str
) -> Iterator[Nature]:
    """Duties: by the first number that tells what they are, else by the paper they ask for."""
    if _COPIES.search(plain):
        yield Nature(TermKind.ENTITLEMENT, item="合同文本")
        return
    people = _STAFF.search(plain)
    if people and (people["count"] or people["stay"]):
        yield _staffing(plain, people)
        return
    regular = regulars_of(plain, numbers) or regulars_of(around, numbers)
    if regular:
        yield from (Nature(TermKind.RECURRING, frequency=one) for one in regular)
        return
    limits = [one for one in numbers.times if one.value is not None and one.unit is not None]
    if limits and not _PENAL_RATE.search(_DEEMED.sub("", plain)):
        listed = limits if _LISTED_TIMES.search(plain) else _apart(limits)
        yield from (_limited(one, vague) for one in listed)
        return
    if people:
        yield _staffing(plain, people)
        return
    measured = [bound for bound in numbers.bounds if bound.value is not None]
    if measured and _METRIC.search(around):
        yield from (Nature(TermKind.THRESHOLD, bound=bound) for bound in measured)
        return
    if _AHEAD.search(around) and "变更" in around:
        yield Nature(TermKind.DEADLINE_BEFORE_DATE, vague=vague)
        return
    if _REGULAR_BY_NATURE.search(plain):
        yield Nature(TermKind.RECURRING)
        return
    papers = papers_in(titled)
    if papers:
        yield from (_paper(item, vague) for item in papers)
        return
    yield Nature(TermKind.DUTY, vague=vague)


_EVERY_SO_OFTEN = re.compile(
    r"^(?:《)?(?:每?(?P<cycle>日|周|月|季)(?:度|报|检|巡|例|工作|运维|总结|末)|日常)"
)


def _paper(item: str, vague: str) -> Nature:
    """A paper; one named after its cycle (周报, 月度巡检记录) comes every time."""
    named = _EVERY_SO_OFTEN.match(item)
    if named is None:
        return Nature(TermKind.DELIVERABLE, item=item, vague=vague)
    cycle = {"日": "每日", "周": "每周", "月": "每月", "季": "每季度"}.get(
        named["cycle"] or "日", "每日"
    )
    regular = next(iter(frequencies(f"{cycle}一次")), None)
    return Nature(TermKind.RECURRING, item=item, frequency=regular, vague=vague)


def _limited(time: TimeWord, vague: str) -> Nature:
    kind = (
        TermKind.DEADLINE_AFTER_EVENT
        if time.direction is Direction.AFTER
        else TermKind.DEADLINE_BEFORE_DATE
    )
    return Nature(kind, time=time, vague=vague)


def _apart(times: Sequence[TimeWord]) -> Sequence[TimeWord]:
    """1小时内口头、4小时内书面 are two duties; 提前5日…在5日内 of one act is one."""
    told = [one for one in times if one.mode]
    return told if len(told) > 1 else times[:1]


def _deadline(numbers: Numbers) -> TimeWord | None:
    return next((one for one in numbers.times if one.value is not None), None)


def regular_of(text: str, numbers: Numbers) -> Frequency | None:
    """The first frequency that makes an act recurring."""
    return next(iter(regulars_of(text, numbers)), None)


def regulars_of(text: str, numbers: Numbers) -> list[Frequency]:
    """The frequencies that make an act recurring, one of each cycle (每日增量、每周全量).

    每次付款前 and 每逾期一日 are none, 不定期 and 随时 neither.
    """
    if _PER_WORDS.search(text):
        return []
    found: dict[object, Frequency] = {}
    for one in numbers.frequencies:
        if one.unlimited or one.word in _IRREGULAR or (one.raw and one.raw not in text):
            continue
        if one.every is not None or one.times is not None or one.word:
            found.setdefault(one.every, one)
    if len(found) > 1:
        found.pop(None, None)
    return list(found.values())


_IRREGULAR = frozenset({"不定期", "按需", "随时", "不定时"})


def _number(count: str | None) -> int | None:
    """A number of people; None for what looks like one and is none."""
    if not count:
        return None
    try:
        return int(count) if count.isdecimal() else numeral(count)
    except ValueError:
        return None


def _staffing(plain: str, found: re.Match[str]) -> Nature:
    count = found["count"] or found["stay"]
    number = 1 if "专人" in found[0] else _number(count)
    post = _POST.search(plain, found.start()) or _POST.search(plain)
    return Nature(TermKind.STAFFING, item=post[0][-12:] if post else "驻场人员", count=number)


def papers_in(plain: str) -> list[str]:
    """The papers an act asks for: titles in 《》, else the nouns after its verb that end in the name of a paper."""
    gives = _GIVES.search(plain)
    if gives is None:
        alone = len(plain) <= _LONGEST_ITEM and _ALONE.fullmatch(plain.strip("。；; 　"))
        return _items(plain.strip("。；; 　")) if alone else []
    items: list[str] = []
    for verb in _GIVES.finditer(plain):
        rest = plain[verb.end() :]
        if rest.startswith("的"):
            continue
        rest = _AND_KEEP.sub("", rest)
        cut = _TAIL.search(rest)
        items += _items(rest[: cut.start()] if cut else rest)
    for noun in _NOMINAL.finditer(plain):
        items += _items(noun[1])
    return list(dict.fromkeys(items))


def _items(rest: str) -> list[str]:
    """Items of a list, all of them papers; a single item that is none makes the list one thing."""
    rest = re.sub(r"^(?:其|的|了|给|甲方|相关|自身的?|一份|一套|书面|细化的|详细的?)+", "", rest)
    titled = [f for f in _TITLED.finditer(rest) if not _ABIDES.search(rest[: f.start()])]
    if titled:
        return [found[1] for found in titled if not _LAWS.search(found[1])]
    parts = [_LIMP.sub("", part.strip("　 ")) for part in _ITEMS.split(rest)]
    papers = [part for part in parts if part == "备份" or _PAPER_AT_END.search(part)]
    named = [re.sub(r"^(?:.*[的　])?(?=[一-鿿])", "", p)[-_LONGEST_ITEM:] or p for p in papers]
    return [p for p in named if len(p) > _BARE_NOUN] or named[:1]


def _vague(text: str) -> str:
    found = _VAGUE.search(text)
    return found[0] if found else ""


#: sentences that set a rule and oblige nobody in particular
_STATED: tuple[tuple[re.Pattern[str], TermKind, Party | None], ...] = (
    (re.compile(r"一?[式壹]\s*[一二两三四五六七八九十壹贰叁肆伍陆柒捌玖拾\d]{1,3}\s*份|各执"), TermKind.ENTITLEMENT, Party.BOTH),
    (re.compile(r"同等(?:的?法律)?效力|效力(?:相同|同等)|不可分割"), TermKind.DUTY, Party.BOTH),
    (re.compile(r"履约保证金[^。]{0,6}(?:不收|无需|不需)|不收(?:取)?履约保证金"), TermKind.PROHIBITION, Party.BUYER),
    (re.compile(r"(?:总价|价款|费用|价格)[^。]{0,30}(?:包括|包含|含)[^。]{0,30}(?:一切|全部|所有|任何)?(?:费用|税|报酬)|唯一报酬"), TermKind.PROHIBITION, Party.SUPPLIER),
    (re.compile(r"(?:修改|变更)[^。]{0,10}(?:须|应)[^。]{0,6}书面|不(?:授予|构成[^，。]{0,10}(?:许可|授权)|包括授予)|并非授予|未授予|不视为[^。]{0,10}(?:转让|许可)"), TermKind.PROHIBITION, Party.BOTH),
    (re.compile(r"归[^，。]{1,10}(?:所有|享有)|属于甲方|由甲方享有"), TermKind.DUTY, Party.SUPPLIER),
    (re.compile(r"(?:仍|继续|持续|始终)[^，。]{0,4}(?:有效|约束力)|不(?:因|随)[^。]{1,60}(?:免除|失效|失去效力|终止|消灭)|期限为?永久|永久(?:有效|保密)"), TermKind.DUTY, None),
    (re.compile(r"视为(?:送达|收到|乙方违约|甲方违约|违约)|即(?:构成|视为)送达|(?:签收|退回)[^。]{0,6}(?:之日|当日)"), TermKind.DUTY, None),
    (re.compile(r"不(?:排除|免除|影响|妨碍|损害)[^。]{1,60}(?:权利|责任|义务)"), TermKind.DUTY, None),
    (re.compile(r"(?:其余|其他|剩余)[^。]{0,14}条款[^。]{0,20}(?:有效|约束|效力)"), TermKind.DUTY, Party.BOTH),
    (re.compile(r"适用于[^。]{0,20}继受"), TermKind.DUTY, Party.BOTH),
    (re.compile(r"未尽事宜"), TermKind.DUTY, Party.BOTH),
    (re.compile(r"受[^，。]{0,8}保护"), TermKind.DUTY, Party.SUPPLIER),
    (re.compile(r"是否同意[^，。]{0,6}由|由(?:甲方|采购人)(?:审定|决定|确定)"), TermKind.PERMISSION, Party.BUYER),
    (re.compile(r"(?:服务|履行|运维|交付|实施)的?地点|(?:服务|运维|履行)的?(?:期限|期间)(?:为|自|：)?[^。]{0,20}\d"), TermKind.DUTY, Party.SUPPLIER),
)  # fmt: skip


_ANY_STATED = re.compile("|".join(pattern.pattern for pattern, _, _ in _STATED))


def stated(text: str) -> tuple[TermKind, Party | None] | None:
    """效力句: the kind of a rule that stands without a verb that obliges, and whom it binds; None where it is none."""
    if not _ANY_STATED.search(text):
        return None
    return next(((kind, party) for pattern, kind, party in _STATED if pattern.search(text)), None)


def survives(text: str) -> bool:
    """Whether a sentence says that its duty outlives the contract."""
    return _SURVIVES.search(text) is not None


_SURVIVES = re.compile(
    r"不因[^，。]{1,40}(?:失去效力|失效|免除|终止|消灭|解除|变更|影响)|持续有效|继续有效|长期有效|永久|任何时候（无论|并不随着[^，。]{1,40}免除|(?:合同|协议|项目|服务)(?:终止|解除|结束|履行完毕|期满|完成)(?:后|之后)[^，。]{0,20}(?:仍|继续|均应|归还)"
)


def excepted(text: str) -> str:
    """The exception of an act: 除非…, 未经…同意, …的除外; empty where there is none."""
    found = (_EXCEPT if "除外" in text else _EXCEPT_FIRST).search(text)
    return found[0].strip("，。；（）() ") if found else ""


#: exceptions that a word of their own opens, to which a search leaps
_EXCEPT_FIRST = re.compile(
    r"除非[^。；]{2,40}|[未非没](?:(?<=未)(?:经|获|征得|取得)|(?<=非)经|(?<=没)有获得)[^，。；]{2,24}(?:同意|许可|批准|授权|的情况下)|除[^，。；]{2,40}(?:外|以外)"
)
_EXCEPT = re.compile(rf"{_EXCEPT_FIRST.pattern}|[^，。；（）]{{2,40}}(?:的)?除外")
