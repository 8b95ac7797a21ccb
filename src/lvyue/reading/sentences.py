"""句与行为: a paragraph becomes sentences, a sentence becomes its coordinated acts, each with the conditions it hangs on.

Brackets and quotation marks hide what is inside them from every cut. Every scan here is one pass: hostile text of a
million equal characters costs a million steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache

from lvyue.reading.plain import plain

_OPEN = {"（": "(", "(": "(", "【": "[", "[": "[", "《": "<", "“": '"'}
_CLOSE = {"）": "(", ")": "(", "】": "[", "]": "[", "》": "<", "”": '"'}
#: a bracket that closes later than this was never meant to: it is read as a plain character
_LONGEST_BRACKET = 500
#: no one writes longer sentences and clauses; beyond that only hostile text goes on, and it is looked at in parts
_MOST_PIECES = 100
_LONGEST_PIECE = 800

_BRACKETS = re.compile(r"[（(【\[《“）)】\]》”]")
_MARKS = re.compile(r"[。！？；;!?\n，,：:]")
_ENDS = frozenset("。！？；;!?\n")
_COMMAS = frozenset("，,")
_COLONS = frozenset("：:")


@dataclass(frozen=True, slots=True)
class Piece:
    """分句: characters ``start`` to ``end`` of a paragraph, and the mark that ends it."""

    start: int
    end: int
    text: str
    mark: str


@dataclass(frozen=True)
class Sentence:
    """句: its pieces in order, from ``start`` to ``end`` of the paragraph."""

    start: int
    end: int
    pieces: tuple[Piece, ...]

    @cached_property
    def text(self) -> str:
        return "".join(piece.text + piece.mark for piece in self.pieces)

    @property
    def opens_list(self) -> bool:
        """Whether it ends with a colon, so that what follows depends on it."""
        return bool(self.pieces) and self.pieces[-1].mark in _COLONS


def hidden(text: str, keep: str = "") -> list[tuple[int, int]]:
    """The stretches inside brackets or quotation marks that close, in order and apart; those of ``keep`` hide nothing."""
    open_: list[tuple[str, int]] = []
    found: list[tuple[int, int]] = []
    for mark in _BRACKETS.finditer(text):
        char, place = mark[0], mark.start()
        if char in keep:
            continue
        if char in _OPEN:
            open_.append((_OPEN[char], place))
        elif open_ and open_[-1][0] == _CLOSE[char]:
            _, start = open_.pop()
            if place - start <= _LONGEST_BRACKET:
                while found and found[-1][0] > start:
                    found.pop()
                found.append((start, place + 1))
    return found


@lru_cache(maxsize=512)  # an act is looked at by several tables of patterns in turn
def bare(text: str, keep: str = "") -> str:
    """The same characters with everything inside brackets blanked, so that places stay what they were."""
    if not _BRACKETS.search(text):
        return text
    out, at = list[str](), 0
    for start, end in hidden(text, keep):
        out += (text[at:start], "　" * (end - start))
        at = end
    return "".join((*out, text[at:]))


def sentences(text: str, begin: int = 0) -> Iterator[Sentence]:
    """The sentences of a paragraph from character ``begin`` on."""
    start, pieces, at = begin, list[Piece](), begin
    for place in _open_marks(text, begin):
        char = text[place]
        if piece := _piece(text, at, place, char):
            pieces.append(piece)
        at = place + 1
        if char in _ENDS or len(pieces) >= _MOST_PIECES:
            if pieces:
                yield Sentence(start, place + 1, tuple(pieces))
            start, pieces = place + 1, []
    if piece := _piece(text, at, len(text), ""):
        pieces.append(piece)
    if pieces:
        yield Sentence(start, len(text), tuple(pieces))


def _open_marks(text: str, begin: int) -> Iterator[int]:
    """Where a mark parts clauses, outside of brackets."""
    covered = iter(hidden(text))
    start, end = next(covered, (len(text), len(text)))
    for mark in _MARKS.finditer(text, begin):
        place = mark.start()
        while place >= end:
            start, end = next(covered, (len(text) + 1, len(text) + 1))
        if place < start and _cuts(text, place):
            yield place


def _cuts(text: str, place: int) -> bool:
    """Whether a mark parts clauses; the comma of 1,118,000 and the colon of 10:30 do not."""
    if text[place] in ",:" and 0 < place < len(text) - 1:
        return not (text[place - 1].isdigit() and text[place + 1].isdigit())
    return True


def _piece(text: str, start: int, end: int, mark: str) -> Piece | None:
    words = text[start:end]
    lean = words.lstrip()
    start += len(words) - len(lean)
    lean = lean.rstrip()
    return Piece(start, start + len(lean), lean, mark) if lean else None


# ── acts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Part(Enum):
    """分句的作用: it begins an act, states when an act is due, goes on with one, or is a label such as 服务规范."""

    ACT = "act"
    CONDITION = "condition"
    MORE = "more"
    LABEL = "label"


@dataclass(frozen=True)
class Act:
    """行为: the piece with its verb, the conditions before it, what goes on after it."""

    main: Piece
    conditions: tuple[Piece, ...]
    more: tuple[Piece, ...] = ()
    label: str = ""

    @property
    def start(self) -> int:
        return min(piece.start for piece in (*self.conditions, self.main))

    @property
    def end(self) -> int:
        return max(piece.end for piece in (self.main, *self.more))

    @cached_property
    def text(self) -> str:
        """Everything that belongs to it, as the paper has it."""
        return "，".join(p.text for p in (*self.conditions, self.main, *self.more))

    @cached_property
    def when(self) -> str:
        """Its conditions."""
        return "，".join(piece.text for piece in self.conditions)

    @cached_property
    def does(self) -> str:
        """Without its conditions."""
        return "，".join(piece.text for piece in (self.main, *self.more))


#: words that oblige, forbid or allow, each beginning with a character of its own, so that a search leaps from one to the next; 相应、应急、供应、应付 and their like are no modal words
MODAL = re.compile(
    r"应当|应(?<![相响供反适对效回照顺呼]应)(?!急|用|付款|付价|得的?|有的|收|答|届|缴|移交的|承担的|遵守的|预见|享有的|对措)"
    r"|必须|务必|须(?<![无亟]须)(?!知)|需(?<![如若按急所无供必确因特仅亟内作务]需)(?!求|方|的|量|向社会)"
    r"|不得|禁止|严禁|不允许|不许|不准|不能(?<!能不能)(?=直接|间接|用于|利用|将|访问|把|以|作为|从事|擅自|随意|向|影响|超|因)|不可(?!抗|预|避|克|撤|分|逆|恢复|缺)"
    r"|无权|有权(?<!所有权)|有义务|义务为|负有|可以(?<![不无认]可以)|可(?<![不无许认]可)(?!靠|用|能|行|信|视|执|抗|预|避|克|接触|逆|分|达|供|得|控|持续|维护|操作|见|替|比|追|扩|实现|获得|调配|移|变|编|是|读|管|理解)"
    r"|只能|仅能|仅可|仅限|只可|仅将|只将|仅用于|只用于|负责|保证(?!金|期)|承诺(?!书)|确保(?=其|本|项目|全|系统|所|服务|在|甲|乙)|有责任|由[^，。]{1,14}(?:承担|负责|自理|负担|支付|另行|解决|赔偿|赔付|享有|审定|决定|确定|督促|协调)|负[^，。]{0,4}连带责任"
    r"|不再|不予|不承担|不负|不会|不视为|不收取|不存在|承担|归[^，。]{1,8}所有|另行(?:商议|协商|约定|签订|签署)|协商(?:解决|确定)"
)

#: what makes a piece a condition of the act after it
_IF = re.compile(
    r"(?:但|且|或|而|并|特别地)?(?:如果|假如|倘若|如(?!实|期|下|约|数|何)|若(?!干)|当(?!事|地|前|日|月|年|天)|因|由于|对于|在|经|一旦|凡|除|自(?!行|动|身|有|费|理)|鉴于|为(?:了|避免|保障|确保|满足|提高|明确)|根据|按照?|依照|依据|遇|发生|出现|任何时[候间]|无论|就|涉及|本着|遵循|待|通过)"
)
_THEN = (
    "服务中", "过程中", "运维中", "工作中", "实施中", "履行中", "建设中", "使用中", "执行中", "开展中", "的", "时", "后", "前", "期间", "以内", "之内",
    "日内", "天内", "周内", "月内", "小时内", "分钟内", "情况下", "情形下", "前提下", "条件下", "范围内", "原因", "的话", "届满", "之际", "起",
)  # fmt: skip
_PURPOSE = re.compile(
    r"(?:以便|便于|以|从而|使|直至|直到|避免|防止|保障|包括|例如|比如|其中|即|从|并获得|并取得|并经|不影响)"
)

#: verbs with which a piece begins an act of its own, after an act of the same debtor
VERBS = (
    "提供|提交|提出|编制|编写|制定|制订|制作|出具|报送|报告|汇报|通报|交付|递交|组织|开展|建立|建设|健全|完善|配合|协助|协同|"
    "落实|修订|签订|签署|另行签订|接受|支持|遵守|归还|返还|退还|销毁|删除|更换|赔偿|支付|通知|告知|书面通知|书面告知|说明|承担|配备|安装|"
    "定期|及时|立即|随时|主动|积极|继续|照常|严格|做好|加强|维护|核查|检查|巡检|监测|监控|备份|培训|演练|整改|纠正|改正|修复|升级|更新|处理|处置|排除|恢复|"
    "保守|保管|登记|标明|移交|交还|交回|停止|终止|解除|暂停|扣除|抵扣|约谈|邀请|委托|聘请|审定|审核|验收|考核|评定|派遣|指定|安排|选派|"
    "到场|到达|抵达|汇总|办妥|保存|留存|陪同|交接|核对|核实|确定|实施|了解|开通|受理|分配|办理|解答|配置|出具|扫描|巡查|值守|开发|部署|测试|评估|排查|清理|优化|保养|调试|接听|帮助|指导|演示|收集|整理|归档|分析|查找|统计|上报|审查|复核|抽查|"
    "发布|收回|开具|回收|参与|出席|派员|取其|听从|参照|"
    "明确|要求|拒绝|追究|保留|采取|履行|执行|使用|确认|答复|回复|响应|负责|满足|符合|达到|具备|具有|形成|形成|重视|持续|实时|常态化|全面|妥善|有详细|要有|要求有|需要|设立|设置|调整|管理|记录|张贴|加密|保密|申请|填写|参加|督促|协调|解决|设法|寻求|尽力|列入|写明|将|把|与|向|对"
)
_VERBS_ALL = VERBS.removesuffix("|与|向|对")
_JOIN = (
    r"(?:并且?|且|同时|以及|同样|另|而且|此外|还|也|均|都|和/或|或者?|及|再|或在|并在|并于|且于)?"
)
_HOW = r"(?:(?:按照?|依照|依据|根据|参照|遵照)[^，。]{1,16}|[^，。]{1,10}(?:前|后|时|期间|过程中)|中标后|以书面(?:形式|方式)|书面|共同|自行|分别|另行|仍|切实|尽快|合理|免费|严格按照[^，。]{1,20}|至少|每[年月周日季][^，。]{0,6}|在?[^，。]{0,8}[\d一二两三四五六七八九十]+\s*个?(?:工作日|自然日|日|天|小时|分钟|周|个?月)(?:之?内|前)){0,3}"
_VERB_FIRST = re.compile(rf"{_JOIN}{_HOW}(?:{VERBS})")
_NEGATIVE_FIRST = re.compile(rf"{_JOIN}(?:不(?:得|能|应|可|再|予|许)|禁止|严禁|未经)")
_LONGEST_LABEL = 14


def acts(sentence: Sentence, *, subject: re.Pattern[str], loose: bool = False) -> Iterator[Act]:
    """The coordinated acts of a sentence. ``subject`` finds parties; ``loose``: a verb alone makes an act.

    Where no piece has a verb that obliges, there is none: a heading or a definition owes nothing.
    """
    waiting: list[Piece] = []
    opened = False
    label, found = "", list[_Growing]()
    for piece in _finer(sentence.pieces):
        begun = bool(found) or opened
        part = part_of(piece, subject=subject, after_act=begun, loose=loose)
        if part is Part.MORE and waiting and _is_due(waiting[-1]):
            part = Part.ACT
        match part:
            case Part.LABEL if not found and not waiting:
                label = piece.text
            case Part.ACT:
                found.append(_Growing(piece, waiting, label))
                waiting, opened = [], False
            case Part.MORE if found and not waiting:
                found[-1].more.append(piece)
            case _:
                waiting.append(piece)
                opened = opened or _opens_act(piece, subject)
    if found:
        found[-1].more += waiting
    for act in found:
        yield Act(act.main, tuple(act.conditions), tuple(act.more), act.label)


@dataclass(slots=True)
class _Growing:
    main: Piece
    conditions: list[Piece]
    label: str
    more: list[Piece] = field(default_factory=list)


def _opens_act(condition: Piece, subject: re.Pattern[str]) -> bool:
    """甲方在届满前十日内，…; 乙方应在审核前，…: what follows is the act of whoever was named."""
    text = bare(condition.text)
    return MODAL.search(text) is not None or subject.match(text) is not None


def _is_due(condition: Piece) -> bool:
    text = bare(condition.text)
    modal = MODAL.search(text)
    return modal is not None and _ONLY_IF.match(text) is None and not text.endswith("的")


def part_of(
    piece: Piece, *, subject: re.Pattern[str], after_act: bool, loose: bool = False
) -> Part:
    """What a piece is for."""
    text = bare(piece.text)
    if piece.mark in _COLONS and len(text) <= _LONGEST_LABEL and not MODAL.search(text):
        return Part.LABEL
    if (text.endswith(_SWORN) and _SWEARS.fullmatch(text)) or _WITHOUT_LEAVE.fullmatch(text):
        return Part.CONDITION
    named = subject.search(text)
    if text.startswith("以便") and named and _IN_TURN.match(text, named.end()):
        return Part.ACT
    if text.endswith("的") and piece.mark in _COMMAS:
        return Part.CONDITION
    if modal := MODAL.search(text):
        if _ONLY_IF.match(text) and piece.mark in _COMMAS and not _TURNS.search(text):
            return Part.CONDITION
        if after_act and _RESULT.match(text):
            return Part.MORE
        due = text.endswith(_THEN) and (_IF.match(text) or _DUE.match(text, modal.end()))
        return Part.CONDITION if due else Part.ACT
    if after_act and _VERB_FIRST.match(text) and not text.endswith(_THEN):
        return Part.MORE if _PURPOSE.match(text) else Part.ACT
    if text.endswith(_THEN) or (
        _IF.match(text) and piece.mark in _COMMAS and not _LATE_VERB.search(text)
    ):
        return Part.CONDITION
    if _PURPOSE.match(text):
        return Part.MORE
    if piece.mark in _COMMAS and _TOPIC.fullmatch(text) and not _VERB_FIRST.match(text):
        return Part.CONDITION
    if named and named.start() <= _FRONT and named.end() < len(text):
        if _SUPPOSES.match(text, named.end()):
            return Part.CONDITION
        if text[named.end()] != "的" and _ANY_VERB.search(text, named.end()):
            return Part.ACT
    if after_act:
        return Part.ACT if _VERB_FIRST.match(text) else Part.MORE
    if loose and not _ABOUT.fullmatch(text):
        return Part.ACT if len(text) >= _LEAST and _ANY_VERB.search(text) else Part.MORE
    if named and _VERB_FIRST.match(text, named.end()):
        return Part.ACT
    return Part.MORE


#: 甲方提供的临时账号，…; 载有保密信息的介质，…: what the sentence is about
_TOPIC = re.compile(
    r"[^，。]{0,24}(?:提供|提交|交付|要求|指定|委托|答复|使用|确认|认可|取得|获得|产生|形成|签订|载有|涉及|管理|从事)[^，。的]{0,10}的[^，。的]{1,14}"
    r"|[^，。]{1,30}(?:人员|关联方|当事人|资料|介质|账号|密码|费用|成果|材料)"
)
#: 如果争议的内容是甲方应支付的费用，…: the modal word belongs to the case; 如需变更的应书面通知 holds both
_ONLY_IF = re.compile(r"(?:但|且|或)?(?:如果|假如|倘若|若(?!干)|如(?!实|期|下|约|数|何|需))")
_TURNS = re.compile(
    r"的?[，]?(?:[甲乙]方|双方|则)?(?:均|也|都)?(?:应当?(?!支付的|承担的)|须|必须|不得|有权|可以)(?![^，。]{0,12}的[一-鿿]{2,6}$)"
)
#: 以便乙方及时分析: the purpose of one side is the duty of the other
_IN_TURN = re.compile(r"及时|尽快|立即|能够|可以")
#: 乙方如违反, 甲方未按约定支付, 乙方为了更好地…: a case, and no act
_SUPPOSES = re.compile(
    r"(?:如(?!实|期|约|数)|若|未(?!经)|为(?:了|更好)|因|认为|作为|逾期|违反|不(?:能|按|履行|愿|同意)|没有|擅自|丧失|发生|不具有)"
)
_WITHOUT_LEAVE = re.compile(
    r"(?:[甲乙]方|双方|任何一方)?(?:未经|非经|没有|未取得|未获)[^，。]{2,30}(?:同意|许可|授权|批准|情况下)"
)
_RESULT = re.compile(
    r"(?:并|且|以|从而|充分)?(?:保证|确保|保障)(?![^，。]{0,30}(?:不得|应|无(?!法)|不发生|不出现|零))"
)
_ABOUT = re.compile(
    r"(?:对|就)(?:上述|下述|前述|该)[^，。]{1,14}|一经[^，。]{2,20}|(?:对|关于|至于|针对|就)[^，。]{1,40}的[^，。的]{0,6}(?:信息|资料|事项|义务|人员|问题|内容|情况|行为|数据|要求|成果|文件)"
)

#: 双方同意并保证, 乙方承诺: what is promised comes after the comma
_SWEARS = re.compile(
    r"[^，。]{0,8}?(?:在此|特此)?(?:(?:同意|确认|承诺|保证|声明|知悉|认可)(?:并且?|和|、)?){1,4}"
)
_SWORN = (
    "同意", "确认", "承诺", "保证", "声明", "知悉", "认可", "并", "并且", "和", "、",
)  # fmt: skip
#: 应在审核前: when, and not yet what
_DUE = re.compile(r"(?:在|于|当)[^，。]{1,30}$")
#: 在重要活动期间提供保障: what begins like a condition and holds its own verb
_LATE_VERB = re.compile(rf"(?:期间|时|后|前|中|下|内)(?:{_VERBS_ALL})")
_ANY_VERB = re.compile(_VERBS_ALL)
_FRONT = 2

#: where one piece holds two acts: 应…并应…, 且不得…, 并由双方签收
_SECOND = re.compile(
    r"、(?=不得|禁止|严禁)(?<=[^，。]、)|[并且同](?<=[^，。].)(?:(?<=并)且?|(?<=且)|(?<=同)时)(?=应|须|需(?!求)|不得|不能|由|有权|要求乙方|要求甲方|承担|提交|出具|支付|赔偿|接受|向[^，。]{1,8}(?:提供|提交|出具|支付|报告|通报|通知))"
)
_LEAST = 5


def _finer(pieces: Sequence[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        text, at = bare(piece.text), 0
        for found in _SECOND.finditer(text):
            if found.start() - at >= _LEAST and len(text) - found.start() >= _LEAST:
                yield _squeezed(piece, at, found.start(), "")
                at = found.start()
        yield _squeezed(piece, at, len(text), piece.mark)


def _squeezed(piece: Piece, start: int, end: int, mark: str) -> Piece:
    """A part of a piece as patterns see it: half width, no layout blanks; its place stays that of the paper."""
    words = plain(piece.text[start : min(end, start + _LONGEST_PIECE)]).text
    return Piece(piece.start + start, piece.start + end, words, mark)
