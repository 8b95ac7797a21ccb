"""义务人: who owes an act, by the names the paper gives its parties and by the clauses around the act.

The nearest word wins: a party named in the act itself, then the sentence, then a lead sentence (乙方应当：), then the
heading (乙方义务), and last the chapter, for some chapters bind both sides by nature.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from lvyue.core.release import Role
from lvyue.core.terms import Party
from lvyue.reading.identity import Identity
from lvyue.reading.sentences import MODAL, Act, bare

#: words of the trade for either side, whatever the parties are called
BUYER_WORDS = (
    "甲方", "采购人", "采购方", "委托方", "委托人", "买方", "买受人", "发包人", "发包方", "招标人", "业主", "业主方", "用户方", "使用方",
    "建设单位", "需方", "租用方", "承租方", "服务接受方",
)  # fmt: skip
SUPPLIER_WORDS = (
    "乙方", "供应商", "服务商", "供货商", "承包人", "承包方", "承包商", "运维方", "运维服务提供方", "运维服务提供", "服务提供方", "服务提供商", "受托方", "受托人",
    "卖方", "中标人", "中标方", "成交供应商", "中标供应商", "投标人", "服务方", "承揽方", "供方", "运维单位", "服务单位", "承建单位", "云服务商", "出租方",
    "联合体各方", "联合体成员", "云平台", "项目经理", "项目负责人", "运维工程师", "驻场人员", "驻场工程师", "运维人员", "值守人员", "服务人员", "服务团队", "运维团队",
)  # fmt: skip
BOTH_WORDS = (
    "甲乙双方", "甲、乙双方", "甲、乙方", "双方", "合同各方", "各方", "任何一方", "任一方", "一方", "当事人", "当事方", "对方", "受影响方", "受不可抗力影响方",
    "受影响的一方", "受不可抗力影响的一方", "受不可抗力影响一方", "收到方", "发送方", "违约方", "守约方", "非违约方", "权利方", "披露方", "接收方", "变更方",
    "责任方", "通知方", "甲方和乙方", "甲方与乙方", "甲方或乙方", "买卖双方", "供需双方", "相对方", "遇不可抗力方",
)  # fmt: skip

#: after these a party is somebody the act is done to, or with, or by whose leave
_OBLIQUE = re.compile(
    r"(?:向|对|与|和|同|为|给|经|按|按照|照|依|依据|依照|根据|被|使|让|从|征得|取得|获得|得到|未经|非经|一经|协助|配合|通知|通报|告知|报|报送|报请|报经|送|交|要求|"
    r"督促|就|因|由于|除|归|属于|归属|给予|交由|提请|给付|接受|服从|符合|达到|非|以|代表|造成|致|导致|侵犯|损害|危害|影响|以及|及|提示|催告|如|若|当|在|满足|维护|保护|关于|等|至|到|于|"
    r"派驻|派往|支撑|所属|有关|涉及|鉴于|委托|邀请|书面通知|支付|返还|赔偿|退还|使用|利用|获取|访问|用于|泄露|披露|归还|把|将|有|提供给|移交|移交给|交付|交付给|协同|听取|汇报|报告|确保|不影响)$"
)
_CARRIES = re.compile(
    r"(?:认为|认定|作为|在|于|如|若|为|因|对|未|违反|应|须|就|将|收到|接到|发现|知悉|履行|使用|提供|确|按|根据)"
)
_BY = re.compile(r"(?:均?由|归|系)$")
_LONGEST_OBLIQUE = 4

_BUYER_HEAD = re.compile(
    r"(?:甲方|采购人|委托方|买方|发包人|业主|需方)的?(?:主要)?(?:权利|义务|责任|职责|监督)"
)
_SUPPLIER_HEAD = re.compile(
    r"(?:乙方|供应商|服务商|受托方|卖方|承包人|承包方|中标人|供方|投标人)的?(?:主要)?(?:权利|义务|责任|职责|承诺)"
)
#: chapters that bind both sides where no one is named
_COMMON_HEAD = re.compile(
    r"争议|不可抗力|^其[他它](?:条款|约定|事项|规定)?$|附则|通知|送达|变更|解除|终止|中止|生效|合同文件|文件的组成|完整协议|适用法律|法律适用|廉洁|廉政|业务规范|定义|一般条款|未尽事宜|权利义务的继受|补充"
)


@dataclass(frozen=True)
class Names:
    """称谓: every word of the paper that means a party, and whom."""

    words: Mapping[str, Party]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        longest = sorted(self.words, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest)))

    def mentions(self, text: str) -> list[tuple[int, int, Party]]:
        """Each party word with its place."""
        return [(f.start(), f.end(), self.words[f[0]]) for f in self.pattern.finditer(text)]


_ROLES = {Role.BUYER: Party.BUYER, Role.SUPPLIER: Party.SUPPLIER}


def names_of(identity: Identity) -> Names:
    """The words of the trade, overruled by what the paper itself calls its parties."""
    words = {
        **dict.fromkeys(BUYER_WORDS, Party.BUYER),
        **dict.fromkeys(SUPPLIER_WORDS, Party.SUPPLIER),
        **dict.fromkeys(BOTH_WORDS, Party.BOTH),
    }
    for party in identity.parties:
        if (side := _ROLES.get(party.role)) is not None:
            own: Iterable[str] = (*party.aliases, party.name.value or "")
            words |= {name: side for name in own if len(name) > 1}
    return Names(words)


def subject_of(text: str, names: Names) -> Party | None:
    """Who acts in a piece: a party before its verb that no preposition governs; 由乙方承担 names one after it."""
    plain = bare(text)
    modal = MODAL.search(plain)
    head = plain[: modal.start()] if modal else plain
    if modal and modal[0].startswith("由") and (by := names.mentions(modal[0])):
        return by[0][2]
    free = [
        (start, end, party)
        for start, end, party in names.mentions(head)
        if not _OBLIQUE.search(head[max(0, start - _LONGEST_OBLIQUE) : start])
        and not _possessed(head, end)
    ]
    if modal and modal[0] in _CALLS_ON:
        after = names.mentions(plain[modal.end() : modal.end() + _LONGEST_NAME])
        if after and after[0][0] == 0:
            return after[0][2]
    agents = [one for one in free if _BY.search(head[max(0, one[0] - 2) : one[0]])]
    if agents:
        return agents[0][2]
    if free and (free[0][0] <= _FRONT_ROOM if modal else _OPENS.fullmatch(head[: free[0][0]])):
        return free[0][2]
    return free[-1][2] if free and modal else None


#: so far from the start a name still is the subject of its piece and not part of an object
_FRONT_ROOM = 6
_LONGEST_NAME = 24
#: 需要甲方设置: the one who is needed acts
_CALLS_ON = frozenset({"需", "应", "须", "必须"}) | {"需要"}
#: without a modal word only a name that opens the piece is its subject
_OPENS = re.compile(r"(?:则|但|且|并|而|故|同时|此外|由|即|以便|但是|并且)?")
_POSSESSED = re.compile(
    r"(?:书面)?(?:要求|同意|许可|指定|规定|提出|授权|认可|书面|提供|所在地|限定|享有|确认)(?:的|后|时|之)"
    r"|(?:重要|现有|业务|云|信息系统|系统|内部|主管|办公|数据|网络|所在|上级|领导|方面|整改|制度|标准|名义|原因|利益|验收|各)(?!人)"
)


_ATTRIBUTE = re.compile(
    r"(?:提供|交给|交付|给予|授予|指定|要求|下达|通知|提出|发放|临时|认为|认定|委托|限定|规定|确认|书面|另行|单独|享有)[^，。]{0,20}的[^，。的]{1,14}$"
)


def _possessed(head: str, end: int) -> bool:
    """甲方要求的、甲方交给乙方使用的账号: an attribute, no subject; not where it opens the piece and rules the verb."""
    return _POSSESSED.match(head, end) is not None or _ATTRIBUTE.match(head, end) is not None


def passive_agent(text: str, names: Names) -> Party | None:
    """The party of 由…承担, 由…负责 anywhere in a text."""
    found = _AGENT.search(bare(text))
    if not found:
        return None
    named = names.mentions(found[1])
    return named[0][2] if named else None


_AGENT = re.compile(
    r"(?:均|应|须|全部|自行)?由([^，。由]{1,16}?)(?:自行)?(?:承担|负责|负担|支付|赔偿|解决|自理|出面|举报|签收|审定|决定|确定|督促|协调)"
)


def carried(act: Act, names: Names) -> Party | None:
    """A subject that stands in a condition and rules the act after it: 乙方在接到通知后，应…."""
    for piece in reversed(act.conditions):
        plain = bare(piece.text)
        for start, end, party in names.mentions(plain):
            if start <= 1 and _CARRIES.match(plain, end):
                return party
            if start <= _IF_LENGTH and _HOLDS.match(plain, end) and _IF_WORD.match(plain):
                return party
    return None


_IF_LENGTH = 3
_IF_WORD = re.compile(r"但?(?:如果?|若|当|一旦|只要)")
#: 如果甲方认为…，有权…: who thinks so has the right; 如甲方提出要求的，应…: the other answers
_HOLDS = re.compile(
    r"(?:认为|认定|发现|决定|需要|需|确|因|未|没有|不能|无法|违反|对|擅自|在|发生|存在|拟|有(?!权))"
)


def supposed(act: Act, names: Names) -> Party | None:
    """The subject of an if-clause: 如乙方违反…的，应支付违约金 says who pays."""
    for piece in act.conditions:
        plain = bare(piece.text)
        for start, end, party in names.mentions(plain):
            if start > _FRONT_ROOM or _possessed(plain, end):
                continue
            if not _OBLIQUE_IN_IF.search(plain[max(0, start - _LONGEST_OBLIQUE) : start]):
                return party
    return None


_OBLIQUE_IN_IF = re.compile(
    r"(?:向|对|与|为|给|经|按照?|依照|根据|被|使|未经|非|通知|告知|要求|给予|侵犯|造成|导致)$"
)


def of_heading(heading: str) -> Party | None:
    """Whose duties or rights a heading announces."""
    buyer, supplier = _BUYER_HEAD.search(heading), _SUPPLIER_HEAD.search(heading)
    if bool(buyer) == bool(supplier):
        return None
    return Party.BUYER if buyer else Party.SUPPLIER


def of_chapter(headings: Iterable[str]) -> Party:
    """Who is bound by a chapter in which nobody is named: both in the common chapters, else who does the work."""
    return (
        Party.BOTH if any(_COMMON_HEAD.search(heading) for heading in headings) else Party.SUPPLIER
    )


def other(party: Party) -> Party:
    """The other side."""
    return {Party.BUYER: Party.SUPPLIER, Party.SUPPLIER: Party.BUYER, Party.BOTH: Party.BOTH}[party]
