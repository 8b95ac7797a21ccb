"""上文: what a clause takes from those above it: who owes, of what kind, whether a bare verb obliges, the lead sentence.

A heading announces (乙方义务, 服务内容), a lead sentence with a colon governs (乙方应当：, 有下列情形之一：), a definition keeps silent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lvyue.core.terms import Party, TermKind
from lvyue.reading.debtors import Names, of_heading
from lvyue.reading.kinds import Nature
from lvyue.reading.paragraphs import Span
from lvyue.reading.recitals import defines
from lvyue.reading.sentences import MODAL, Sentence, bare

#: a kind, on whom it falls, and the words that open it
Shared = tuple[Nature, Party, str]


@dataclass(frozen=True, slots=True)
class Around:
    """上文: what a node takes from those above it: who owes, of what kind, whether a bare verb obliges, the lead sentence."""

    #: by a heading
    debtor: Party | None = None
    #: by a lead sentence
    lead_debtor: Party | None = None
    kind: TermKind | None = None
    #: a verb alone obliges here
    loose: bool = False
    #: lists of services are one duty each
    services: bool = False
    #: nothing here obliges anybody
    silent: bool = False
    #: words are explained here
    defines: bool = False
    lead: Span | None = None
    #: what each case below opens
    shared: tuple[Shared, ...] = ()
    headings: tuple[str, ...] = ()


_DEFINITION_HEAD = re.compile(
    r"^(?:名词|术语|用语|词语)?(?:定义|解释|释义|用语)|(?:保密)?信息的?(?:范围|定义)|合同文件|文件的?(?:组成|构成|次序)"
)
_SERVICE_HEAD = re.compile(
    r"服务|质量|标准|考核|工作(?:内容|要求|职责|范围)|职责|要求|内容|措施|保障|规范|承诺|目标|频率|成果|维护|运维|培训|方案|保证|保密|安全|移交|巡检"
)
_DUTY_HEAD = re.compile(r"义务|责任|要求|职责|承诺|规范|措施|约束")
_LISTED_HEAD = re.compile(
    r"服务内容|工作内容|服务项目|运维内容|内容及(?:水平|要求|范围)|运维服务$|保障服务$|内容包括"
)
_SCOPE = re.compile(r"范围|对象")
_SCOPE_LINE = re.compile(r"[一-鿿]{0,6}(?:范围|对象)(?:[:：]|为|包括|分为)")
_NOT_A_DUTY_HEAD = re.compile(
    r"违约责任|争议|价款|价格|金额|支付|付款|定义|解释|文件|期限|期间|时间|地点|依据|方式|生效|账户|说明|清单|名单|联系|通知|送达|例外|不可抗力|知识产权|总则|概况|简介|情况"
)
_CASES = re.compile(
    r"下列(?:任[一何])?(?:情形|情况|行为|事项)|以下(?:任[一何])?(?:情形|情况|行为)|之一"
)
_EXCEPTION_LEAD = re.compile(r"不承担|不负|除外|例外|不视为")
_OBLIGING_LEAD = re.compile(r"应|须|必须|需|保证|承诺|义务|负责|要求|遵守|规定进行|职责|工作|同意")
_BANNING_LEAD = re.compile(r"不得|禁止|严禁|不能|不正当|不当|违规|不廉洁")
_OPEN_LIST = re.compile(r"包括但不限于|损失")
_DUTIES_IN_IT = re.compile(r"责任|义务|服务|要求")
_RIGHTS_FOLLOW = re.compile(r"享有[^。]{0,6}权利|有(?:如下|以下)[^。]{0,4}权利")
_LOSSES = re.compile(r"损失[^。]{0,30}(?:包括|如下|下列|以下)")
_BREACH_OF = re.compile(r"(?:因|由于)[^，。]{1,12}(?:的违约|违约|的原因|原因)")
#: a title that a paragraph carries itself ends with a colon this early
_LONGEST_TITLE = 12
_TITLE_ENDS = 16


def own_title(text: str) -> str:
    """服务内容：…: a short title that a paragraph carries itself."""
    head, mark, _ = text.partition("：" if "：" in text[:_TITLE_ENDS] else ":")
    return head if mark and len(head) <= _LONGEST_TITLE and not MODAL.search(head) else ""


def under_heading(around: Around, heading: str, *, lasting: bool = True) -> Around:
    """What a heading hands down."""
    silent = around.silent or (lasting and _DEFINITION_HEAD.search(heading) is not None)
    serves = _SERVICE_HEAD.search(heading) is not None and not _NOT_A_DUTY_HEAD.search(heading)
    owes = _DUTY_HEAD.search(heading) is not None and not _NOT_A_DUTY_HEAD.search(heading)
    return replace(
        around,
        debtor=of_heading(heading) or around.debtor,
        loose=(around.loose or serves or owes) and not _NOT_A_DUTY_HEAD.search(heading),
        services=_LISTED_HEAD.search(heading) is not None
        or (around.services and not lasting and not _SCOPE.search(heading)),
        silent=silent,
        defines=around.defines or (lasting and _DEFINITION_HEAD.search(heading) is not None),
        headings=(*around.headings, heading),
    )


def cases_follow(text: str) -> bool:
    """有下列情形之一: what is said of the cases is said of each."""
    return _CASES.search(text) is not None


def is_scope(text: str) -> bool:
    """服务范围：…: what is served, and no list of services."""
    return _SCOPE_LINE.match(text) is not None


def led_by(
    sentence: Sentence, around: Around, lead: Span, made: Sequence[Shared], names: Names
) -> Around:
    """What a sentence that ends with a colon hands to the items below it; ``made`` is what it says itself."""
    text = bare(sentence.text)
    subject = made[-1][1] if made else None
    base = replace(around, lead=lead, lead_debtor=subject or around.lead_debtor)
    if _LOSSES.search(text):
        loss = (Nature(TermKind.PENALTY), _breaker(text, names), text.strip("：: "))
        return replace(base, shared=(loss,), silent=True)
    if _CASES.search(text) and made:
        return replace(base, shared=tuple(made), silent=True)
    if defines(sentence.text) or _EXCEPTION_LEAD.search(text):
        return replace(base, silent=not re.search(r"不得|禁止", text))
    if _BANNING_LEAD.search(text):
        return replace(base, kind=TermKind.PROHIBITION, loose=True)
    if _is_right(text, made):
        return replace(base, kind=TermKind.PERMISSION, loose=True)
    if _OPEN_LIST.search(text):
        return replace(base, silent="损失" in text or not _DUTIES_IN_IT.search(text))
    return replace(base, loose=base.loose or _OBLIGING_LEAD.search(text) is not None)


def _breaker(text: str, names: Names) -> Party:
    """Whose breach a list of losses follows from."""
    found = _BREACH_OF.search(text)
    named = names.mentions(found[0]) if found else []
    return named[0][2] if named else Party.SUPPLIER


def _is_right(text: str, made: Sequence[Shared]) -> bool:
    """Whether a lead sentence ends in a right, so that its items are what may be done."""
    if _RIGHTS_FOLLOW.search(text):
        return True
    last = made[-1][0] if made else None
    return last is not None and (
        last.kind is TermKind.PERMISSION
        or (last.kind is TermKind.PENALTY and last.other and "有权" in text)
    )
