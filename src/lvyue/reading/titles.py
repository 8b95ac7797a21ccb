"""标题与栏目: lines that are neither a clause nor a sentence: titles, annex labels, fields of a head, the end of the text.

Only the words of the trade stand here, no name of anybody; each question is answered from one line alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lvyue.reading.markers import narrow

_LONGEST = 60
#: a label alone on its line, with blanks inside
_SHORTEST_FIELD = 16
#: the last characters of titles: most lines are none, and need not be looked at twice
_LAST_OF_TITLE = frozenset("议书同款案单知范则法求划表)）》")
_LAST_OF_NOTES = frozenset("明知》】:：")

#: what an agreement or an annex is called at the end of its title
_PAPER = "协议书|协议|合同书|合同|承诺书|责任书|保证书|确认书|委托书|条款|方案|清单|须知|规范|细则|办法|要求|说明书|订单|计划|一览表|明细表|需求书|需求"
#: of these, what parties sign: such a title may begin an annex without being called one
_SIGNED = "协议书|协议|合同书|合同|承诺书|责任书|保证书"

_TITLE = re.compile(rf"《?[一-鿿A-Za-z0-9()“”\"·、/-]{{0,40}}(?:{_PAPER})》?(?:\([^()]{{1,12}}\))?")
_AGREEMENT = re.compile(
    rf"《?[一-鿿A-Za-z0-9()“”\"·/-]{{0,40}}(?:{_SIGNED})》?(?:\([^()]{{1,12}}\))?"
)
_ANNEX = re.compile(
    r"(?:本合同)?(附件|附录|附表)(?:之)?([0-9]{1,2}|[一二三四五六七八九十]{1,3}|[A-Z])?(?:[:、.](.{0,40})|([一-鿿《“].{0,40}))?"
)
#: 附件 1 something: a blank after the number parts a title from it, where 附件1的… is part of a sentence
_SPACED_LABEL = re.compile(
    r"附[件录表] ?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3}) +(?![的中所为之和与及])"
)
_NOTES = re.compile(
    r"(?:《.{0,20}》)?(?:合同|协议|范本|文本|示范文本|填写|填表)?使用说明|填[写表]说明|填写须知"
)
_CONTENTS = re.compile(r"目录|目次")
_ENTRY = re.compile(r".{1,60}?[.…·\- _]{0,60}([0-9]{1,3})")
_END = re.compile(
    r"[(【\[]?(?:以下|本页|此页|后附页|本页以下)无正文[)】\]]?.{0,4}|[(【\[]?无正文"
    r"|[(【\[](?:本页|此页|以下)[^()【】]{0,60}(?:签署页|签字页|签章页|盖章页|无正文)[^()【】]{0,10}[)】\]]?"
)
_SIGNING = re.compile(r"签约各方|签署页|签字页|签章页|签字盖章页|合同签署页|(?:合同)?签订页")
_SEAL = re.compile(r"盖章|\(章\)|签章|公章|签字|签名|签署日期|签约日期|签订日期|签约代表|授权代表")

#: labels of heads and signature blocks
_LABELS = (
    "甲乙双方|甲方|乙方|丙方|丁方|采购人|采购单位|采购方|供应商|供应方|供货单位|供货方|供方|需方|委托人|委托方|受托人|受托方|买方|卖方|服务方|承包人|发包人|出租方|承租方"
    "|法定代表人|法人代表|法人|代表人|负责人|授权代表|授权委托人|委托代理人|签约代表|经办人|联系人|联络人|项目经理"
    "|姓名、性别|姓名|性别|职务|地址|住所|住址|注册地|邮政编码|邮政编号|邮编|电话|手机|联系方式|传真|电子邮箱|电子邮件|邮箱|网址"
    "|开户银行|开户行|银行|账户名称|账户|户名|账号|帐号|税号|纳税人识别号|统一社会信用代码|信用代码"
    "|合同编号|协议编号|项目编号|统一编号|内部编号|合同号|编号|项目名称|合同名称|工程名称|签订地点|签署地点|签约地点|签订点"
    "|签订日期|签署日期|签约日期|签订时间|签约时间|签署时间|签字日期|日期|时间|年月日|签字|签章|盖章|公章|名称"
)
_FIELD = re.compile(rf"[一-鿿/、]{{0,8}}?(?:{_LABELS})(?:\([^()]{{0,16}}\))?(?::|$)")
#: parties as a head or an annex names them
_PARTY = re.compile(
    r"(?:甲方|乙方|丙方|采购人|采购单位|供应商|供货单位|供货方|委托人|委托方|受托人|受托方|买方|卖方|需方|供方|出租方|承租方|发包人|承包人)"
    r"(?:\([^()]{0,16}\))?:"
)
#: 甲方（章）    乙方（章）: the parties side by side, which is how papers are signed
_SIDE_BY_SIDE = re.compile(
    r"(?:甲方|采购人|委托人|委托方|买方|需方|发包人)(?:\([^()]{0,8}\))?:?[^:,。;]{0,30}?\s{2,60}"
    r"(?:乙方|供应商|受托人|受托方|卖方|供方|承包人)(?:\([^()]{0,8}\))?(?::|\s|$)"
)
_WHEREAS = re.compile(r"鉴于(?:[:,，]|$)")
#: what a name or an address ends with, so that a value is whole
_WHOLE = tuple("司心会局行处院厅部所站馆校学室号层社队署办店团)）")


def bare(text: str, reach: int = _LONGEST) -> str:
    """The beginning of a line in half width and without blanks, which is all that the questions here look at."""
    return "".join(narrow(text[: reach * 2]).split())[:reach]


@dataclass(frozen=True, slots=True)
class AnnexLabel:
    """附件标签: 附件 with its number, if any, and its title, if any."""

    word: str
    number: str
    title: str

    @property
    def name(self) -> str:
        """附件1, 附件."""
        return self.word + self.number


def annex_label(text: str) -> AnnexLabel | None:
    """附件 1: … as a line by itself; None where 附件 is a word of a sentence."""
    if "附" not in text[:12]:
        return None
    line = bare(text, 56)
    if not line.startswith(("附", "本合同附")) or len(line) > 52 or line[-1] in "。；;,，":  # noqa: PLR2004
        return None
    found = _ANNEX.fullmatch(line.strip("《》【】"))
    if found is None:
        return None
    title = (found[3] or found[4] or "").strip("《》【】")
    if found[4] and not (_TITLE.fullmatch(title) or _SPACED_LABEL.match(narrow(text[:24]))):
        return None
    return AnnexLabel(found[1], found[2] or "", title)


def is_title(text: str) -> bool:
    """The title of a paper: short, without a sentence's punctuation, ending as papers do."""
    if text.rstrip()[-1:] not in _LAST_OF_TITLE:
        return False
    line = bare(text)
    return len(line) <= 44 and _TITLE.fullmatch(line) is not None  # noqa: PLR2004


def is_agreement(text: str) -> bool:
    """The title of something that parties sign."""
    if text.rstrip()[-1:] not in _LAST_OF_TITLE:
        return False
    line = bare(text)
    return len(line) <= 44 and _AGREEMENT.fullmatch(line) is not None  # noqa: PLR2004


def is_notes(text: str) -> bool:
    """使用说明: what the author of a template tells the one who fills it in."""
    return text.rstrip()[-1:] in _LAST_OF_NOTES and (
        _NOTES.fullmatch(bare(text).strip("《》【】:")) is not None
    )


def is_contents(text: str) -> bool:
    """目录."""
    return "目" in text[:3] and _CONTENTS.fullmatch(bare(text)) is not None


def is_contents_entry(text: str) -> bool:
    """A line of a table of contents that ends with its page."""
    line = bare(text, 80)
    return len(line) < 80 and _ENTRY.fullmatch(line) is not None  # noqa: PLR2004


def is_end(text: str) -> bool:
    """以下无正文, 本页为签署页."""
    return ("正" in text or "页" in text) and _END.fullmatch(bare(text, 80)) is not None


def is_signing(text: str) -> bool:
    """A line that only a signature page has."""
    return "签" in text and _SIGNING.match(bare(text).strip("(【[:")) is not None


def is_seal(text: str) -> bool:
    """A line that asks for a seal or a signature."""
    return (
        len(text) <= _LONGEST
        and ("签" in text or "章" in text)
        and _SEAL.search(bare(text)) is not None
    )


def is_side_by_side(text: str) -> bool:
    """Two parties on one line, wide apart."""
    return "  " in text.expandtabs().replace("\u3000", "  ") and (
        _SIDE_BY_SIDE.match(narrow(text[:120]).lstrip()) is not None
    )


def is_field(text: str) -> bool:
    """A label of a head or a signature block with a colon, whatever is filled in."""
    start = text[:40]
    return (":" in start or "：" in start or len(text) <= _SHORTEST_FIELD) and (
        _FIELD.match(bare(text, 36)) is not None
    )


def is_party(text: str) -> bool:
    """甲方：…"""
    start = text[:40]
    return (":" in start or "：" in start) and _PARTY.match(bare(text, 36)) is not None


def is_whereas(text: str) -> bool:
    """鉴于："""
    return "鉴" in text[:2] and _WHEREAS.match(bare(text, 8)) is not None


def is_whole(value: str) -> bool:
    """Whether a name or an address ends as names and addresses do."""
    return value.rstrip().endswith(_WHOLE)
