"""不生义务的句子: definitions, recitals, pointers to other papers, statements of the price, rules of precedence."""

from __future__ import annotations

import re

from lvyue.reading.sentences import MODAL, bare

_DEFINES = re.compile(
    r"系指|是指|意指|(?:本合同|本协议|本条)所(?:称|述|指)|合称|统称为|解释[:：]|“[^”]{1,20}”(?:指|即|包括)|定义如下|以下词语"
)
_JOINTLY = re.compile(r"承担[^，。]{0,8}责任|负[^，。]{0,6}责任")
_RECITAL = re.compile(
    r"鉴于|(?:特|兹)?(?:签订|订立|签署)(?:本|如下|此)(?:合同|协议)|达成(?:如下|以下)协议|同意按下述|为(?:了)?明确[^。]{0,40}(?:权利|义务)[^。]{0,20}(?:订立|签订)|签订本合同|以下无正文|无正文"
)
_SHOWN_BELOW = re.compile(r"(?:如|见)下(?:表|文|所示)|下表|如下所示|载于|列于|详见")
_SUPPLEMENT = re.compile(r"未尽事宜")
_POINTER = re.compile(r"(?:详?见|参见|按照?|依据|依照)(?:本|附|第|合同|各|下|上|以|招标|采购)")
_GOVERNS = re.compile(r"以[^，。]{1,30}为准")
_PAID = re.compile(r"日内|支付[^给，。]{0,6}\d|违约金")
_PRICE_IS = re.compile(
    r"(?:价款|金额|费用|总价|服务费)[^，。]{0,12}，?(?:为|合计|共计)[：:，]?[^，。]{0,8}(?:人民币|¥|￥|\d)"
)
#: 甲方的其他权利义务：无。
_NONE = re.compile(r"[^，。；]{0,20}(?:：|:)?(?:无|没有|/)[。；;]?")
_SOMEBODY_BOUND = re.compile(r"应当|不得|承担(?![^，。]{0,4}保密)")
_NAMED = re.compile(r"[甲乙]方")


def defines(text: str) -> bool:
    """Whether a sentence says what words mean; quotation marks count."""
    return _DEFINES.search(text) is not None


def binds_jointly(text: str) -> bool:
    """A duty that hides in a definition: …就合同事项承担连带责任."""
    return _JOINTLY.search(bare(text)) is not None


def is_idle(sentence: str) -> bool:
    """Whether a sentence obliges nobody whatever words it uses."""
    text = bare(sentence)
    obliges = MODAL.search(text) is not None
    if _RECITAL.search(text) or (_SHOWN_BELOW.search(text) and not obliges):
        return True
    if _PRICE_IS.search(text) and not _PAID.search(text):
        return True
    if _SUPPLEMENT.search(text):
        return False
    if _NONE.fullmatch(text):
        return True
    if text.rstrip("。；;").endswith("除外") and not obliges:
        return True
    if defines(sentence) and not _SOMEBODY_BOUND.search(text):
        return True
    if _GOVERNS.search(text) and "应" not in text:
        return True
    return _POINTER.search(text) is not None and not obliges and not _NAMED.search(text)
