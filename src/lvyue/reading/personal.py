"""个人信息: names, phones, mails and accounts of people, found and set apart; no report, export or log ever carries them.

Numbers of organisations (contracts, projects, standards, credit codes, postcodes) and sums are not personal. A name is only
found beside a label that says whose it is; a name in running text is left, for guessing would hide half a contract.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lvyue.reading.identity import Identity
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import Span
from lvyue.reading.plain import Plain, plain
from lvyue.reading.surnames import begins_with_surname
from lvyue.reading.tables import ReadTable


class PersonalKind(StrEnum):
    """个人信息种类."""

    NAME = "name"
    PHONE = "phone"
    MAIL = "mail"
    ACCOUNT = "account"
    IDENTITY = "identity"

    @property
    def zh(self) -> str:
        return {
            "name": "姓名",
            "phone": "电话",
            "mail": "电子邮箱",
            "account": "银行账号",
            "identity": "证件号码",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Personal:
    """个人信息: kind, what it is the name or number of (甲方联系人), and where. The value itself is read from the span by who may."""

    kind: PersonalKind
    of: str
    span: Span


# ------------------------------------------------------------------------------------------- words

_PHONE_LABEL = r"(?:联系)?(?:电话|手机|传真|座机|联系方式|热线|[Tt][Ee][Ll]|[Ff][Aa][Xx]|微信)(?:号码?|及传真|/传真)?"
_ACCOUNT_LABEL = r"(?:银行)?(?:[账帐]号|[账帐]户号码?|卡号)"
_IDENTITY_LABEL = r"(?:身份证|居民身份证|证件|护照)(?:号码?|编号|号)"
_MAIL_LABEL = r"(?:电子)?(?:邮箱|邮件)(?:地址)?|[Ee]-?[Mm]ail"
_NAME_LABEL = (
    r"联系人|联络人|联络员|接口人|安全员|值班人员|驻场人员|对接人|法定代表人|法人代表|法人姓名|法定代表|授权代表|授权代理人|授权委托人|委托代理人|被授权人|代理人|代表人|负责人|项目经理|项目主管"
    r"|经办人|承办人|经手人|收件人|接收人|收货人|审核人|编制人|审批人|签收人|监督人|见证人|主管领导|分管领导|签字人|签署人|驻场工程师|技术总监|姓名|签名|签字"
)
#: what those begin with: a look at one character spares the rest of them
_FIRST = "".join(sorted({label[0] for label in _NAME_LABEL.split("|")}))
_NAME_LABELS = re.compile(_NAME_LABEL)
_LABELS = tuple(
    (kind, re.compile(label))
    for kind, label in (
        (PersonalKind.PHONE, _PHONE_LABEL),
        (PersonalKind.ACCOUNT, _ACCOUNT_LABEL),
        (PersonalKind.IDENTITY, _IDENTITY_LABEL),
        (PersonalKind.MAIL, _MAIL_LABEL),
        (PersonalKind.NAME, _NAME_LABEL),
    )
)

#: labels with what stands behind their colon, whatever the value looks like otherwise
_BEHIND = r"(?:\([^()]{0,12}\)|[/、或及])?"
_LABELLED: tuple[tuple[PersonalKind, re.Pattern[str]], ...] = (
    (
        PersonalKind.IDENTITY,
        re.compile(
            rf"(?P<label>{_IDENTITY_LABEL}){_BEHIND}[:]?\s?(?P<value>[0-9A-Za-z]{{7,20}})(?![0-9A-Za-z])"
        ),
    ),
    (
        PersonalKind.ACCOUNT,
        re.compile(
            rf"(?P<label>{_ACCOUNT_LABEL}){_BEHIND}[:为是]?\s?(?P<value>[0-9](?:[ -]?[0-9]){{7,33}})(?![0-9])"
        ),
    ),
    (
        PersonalKind.PHONE,
        re.compile(
            rf"(?P<label>{_PHONE_LABEL}){_BEHIND}[:为是]?\s?(?P<value>(?:\+?86[- ]?)?(?:\([0-9]{{3,4}}\))?[0-9](?:[ -]?[0-9]){{5,17}}(?:(?:-|转|分机)[0-9]{{1,6}})?)"
            rf"(?![0-9元万%])"
        ),
    ),
)
_MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}"
)
_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9A-Za-z])"
)
_PHONE = re.compile(
    r"(?<![0-9A-Za-z.,/_-])(?:\+?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2}(?![0-9A-Za-z元万]|[.,][0-9])"
    r"|(?<![0-9A-Za-z.,/_-])(?:0(?:10|2[0-9]|[3-9][0-9]{2})[- ]|\(0(?:10|2[0-9]|[3-9][0-9]{2})\)-?)[2-9][0-9]{6,7}(?:(?:-|转|分机)[0-9]{1,6})?(?![0-9A-Za-z])"
)
#: a number that another label claims
_OF_A_PAPER = re.compile(
    r"(?:编号|合同号|项目号|标段号?|流水号|代码|税号|识别号|文号|序列号|型号|邮编|邮政编码|版本|IP|ISBN)[^0-9，。；]{0,6}$"
)

_PERSON = r"[一-鿿]{1,8}(?:[·•・][一-鿿]{1,8}){1,3}|[一-鿿]{2,4}"
_NEXT = r"(?=$|[，。；、,;()/:*_\s|<]|先生|女士|电话|手机|传真|联系|电子|邮箱|邮件|地址|职务|身份证|性别|日期|时间|签字|签章|盖章)"
_NAMED = re.compile(
    rf"(?=[甲乙丙丁买卖双指项技授业服现商运安{_FIRST}])(?P<label>(?:(?:[甲乙丙丁]方|买方|卖方|双方)的?)?(?:指定|项目|技术|授权|业务|服务|现场|商务|运维|安全)?(?:{_NAME_LABEL}))(?P<more>(?:\([^()]{{0,12}}\)|[/、或及和与]|授权|委托|代表|代理|负责|法定|被|签[字章名署]|盖章|姓名|性别|为|是|信息|人){{0,8}}):"
    rf"(?:[(（][^()（）]{{0,12}}[)）]|[*_\s]){{0,6}}(?P<value>{_PERSON}?){_NEXT}".replace(
        "{2,4}?", "{2,4}?"
    )
)
#: no colon: only two or three characters with a family name, and nothing after them
_BESIDE = re.compile(
    rf"(?=[{_FIRST}])(?P<label>{_NAME_LABEL})(?:为|是|系)?(?P<value>[一-鿿]{{2,4}}?)(?=$|[，。；、,;(]|电话|手机|联系|先生|女士)"
)
_ADDRESSED = re.compile(r"(?P<value>[一-鿿]{2,3})(?=先生|女士)")
_WAITING = re.compile(rf"(?:{_NAME_LABEL})[^:，。；]{{0,24}}:?(?:\([^()]{{0,12}}\))?[\s*_]{{0,6}}$")
_ALONE = re.compile(r"[\s*_]{0,6}(?P<value>[一-鿿]{2,4})[\s*_]{0,6}")
#: short words that stand where a name would
_NO_NAME = re.compile(
    r"甲方|乙方|丙方|双方|各方|签[字章署名约订]|盖章|公章|印章|日期|时间|地址|电话|手机|传真|邮[编箱件政]|联系|账[号户]|开户|待定|同上|如下|详见|以下|无正文|另行|变更|"
    r"信息|姓名|性别|职务|身份|证件|号码|名称|单位|部门|人员|岗位|代表|负责|经理|工程师|主管|主任|领导|要求|说明|备注|年月日|空白|附件|协议|合同|本人|签收|"
    r"公司|中心|集团|委员会|办公|管理|学校|医院|银行|政府|应[当急在由]|安[排全装]|方[可面式案]|高级|全[体程部]|任[何职务]|有[权关效]|能[够力]|经[过验]|"
    r"和[其本]|成[员立果]|时[限候]|平[台均]|明[确细]|计[划算]|路[由]|强[化制]|通[知过]|解[除释决]|应|国家|文件|别名|从业|关于|关系|于本|向[甲乙]|利用|易于|广[泛]|步骤|居民|其他|其它"
)
_PARTY = re.compile(r"^(?:[(（][^()（）]{1,8}[)）])?(?P<side>[甲乙丙丁])\s{0,4}方[^，。；]{0,16}?:")
_SIDE = re.compile("[甲乙丙丁]方")


# ------------------------------------------------------------------------------------------- finding


def personal_data(paper: Paper, identity: Identity) -> tuple[Personal, ...]:
    """All personal data of a paper, in its order, in paragraphs and cells. Names of parties are none, whatever label is beside them."""
    organisations = frozenset(
        _spelt(name)
        for party in identity.parties
        for name in (party.name.value or "", *party.aliases)
        if name
    )
    found = list(_found(paper, organisations))
    return tuple(
        sorted(
            [*found, *_again(paper, found)],
            key=lambda one: (one.span.element, one.span.cell or (-1, -1), one.span.start),
        )
    )


def _again(paper: Paper, found: list[Personal]) -> Iterator[Personal]:
    """The same names and numbers wherever else they stand; a name of two characters only where nothing Chinese touches it."""
    kinds = {paper.words(one.span): one for one in found}
    if not kinds:
        return
    known = {(one.span.element, one.span.cell, one.span.start) for one in found}
    for element, cell, words in _everywhere(paper):
        for word, one in kinds.items():
            for start in _starts(words, word) if word in words else ():
                if (element, cell, start) not in known:
                    yield Personal(one.kind, one.of, Span(element, start, start + len(word), cell))


def _starts(words: str, word: str) -> Iterator[int]:
    """A number is no part of a longer one, and two characters no part of a longer word."""
    touching = (
        "[0-9A-Za-z]" if word[-1].isascii() else "[一-鿿]" if len(word) <= _SHORTEST_SURE else ""
    )
    pattern = rf"(?<!{touching}){re.escape(word)}(?!{touching})" if touching else re.escape(word)
    return (found.start() for found in re.finditer(pattern, words))


def _everywhere(paper: Paper) -> Iterator[tuple[int, tuple[int, int] | None, str]]:
    """Every paragraph and every cell."""
    for element in range(len(paper.text.elements)):
        if (paragraph := paper.paragraph(element)) is not None:
            yield element, None, paragraph.text
        elif table := paper.tables.get(element):
            for number, row in enumerate(table.rows):
                for column, cell in enumerate(row.cells):
                    yield element, (number, column), cell.text


_SHORTEST_SURE = 2


def _found(paper: Paper, organisations: frozenset[str]) -> Iterator[Personal]:
    side, party_at, waiting = "", -2, ""
    for element in range(len(paper.text.elements)):
        paragraph = paper.paragraph(element)
        if paragraph is None:
            if element in paper.tables:
                yield from _of_table(paper.tables[element], organisations)
            waiting = ""
            continue
        text = plain(paragraph.text)
        if party := _PARTY.match(text.text):
            # two parties right below each other head two columns, and what follows may be either's
            side = "" if party_at == element - 1 else f"{party['side']}方"
            party_at = element
        here = list(_of_text(text, element, None, side, organisations))
        if (
            waiting
            and not here
            and (alone := _ALONE.fullmatch(text.text))
            and _is_person(alone["value"], organisations)
        ):
            span = _span(text, element, None, *alone.span("value"))
            here = [Personal(PersonalKind.NAME, f"{side}{waiting}", span)]
        yield from here
        found = _WAITING.search(text.text) if len(text.text) <= _SHORT else None
        label = _NAME_LABELS.search(text.text) if found else None
        waiting = label[0] if label else waiting if _is_stamp(text.text) else ""


_SHORT = 60


def _is_stamp(text: str) -> bool:
    """(盖章) between a label and the name below it."""
    return len(text) <= 8 and bool(re.fullmatch(r"[(]?(?:盖|签|公|印)?[章字]?[)]?|\s*", text))  # noqa: PLR2004


def _span(text: Plain, element: int, cell: tuple[int, int] | None, start: int, end: int) -> Span:
    at = text.at(start, end)
    return Span(element, at.start, at.end, cell)


#: a text without any of these carries nothing personal
_ANY = re.compile(
    r"[0-9]{5}|[0-9][ -][0-9]|[@·•・]|先生|女士|[人员表名字理管师监][^，。；]{0,24}:|(?:系|表|办|责|手|件|收|审|名|字)人?[^，。；:]{2,6}(?:$|[，。；、,;(])"
)


def _of_text(
    text: Plain,
    element: int,
    cell: tuple[int, int] | None,
    side: str,
    organisations: frozenset[str],
) -> Iterator[Personal]:
    """Mails first, for their local part may be a phone; then what a label claims; then what tells itself."""
    if not _ANY.search(text.text):
        return
    taken: list[tuple[int, int]] = []
    for kind, of, start, end in _matches(text.text, organisations):
        after = bisect_left(taken, (end, 0))
        if after and taken[after - 1][1] > start:
            continue
        insort(taken, (start, end))
        whose = of if _SIDE.search(of) else side + of
        yield Personal(kind, whose, _span(text, element, cell, start, end))


def _matches(
    text: str, organisations: frozenset[str]
) -> Iterator[tuple[PersonalKind, str, int, int]]:
    for found in _MAIL.finditer(text) if "@" in text else ():
        yield PersonalKind.MAIL, "电子邮箱", *found.span()
    for kind, pattern in _LABELLED:
        for found in pattern.finditer(text):
            yield kind, found["label"], *found.span("value")
    for found in _IDENTITY.finditer(text):
        if _checks(found[0]) and not _OF_A_PAPER.search(
            text, max(0, found.start() - 20), found.start()
        ):
            yield PersonalKind.IDENTITY, "证件号码", *found.span()
    for found in _PHONE.finditer(text):
        if not _OF_A_PAPER.search(text, max(0, found.start() - 20), found.start()):
            yield PersonalKind.PHONE, "电话", *found.span()
    for pattern, certain in ((_NAMED, True), (_BESIDE, False), (_ADDRESSED, False)):
        for found in pattern.finditer(text):
            if _is_person(found["value"], organisations, labelled=certain):
                of = found["label"] if "label" in found.groupdict() else "姓名"
                yield PersonalKind.NAME, of, *found.span("value")


def starred(text: str, star: str = "*") -> str:
    """A line of any text with telephones, mail addresses, identity cards, accounts and labelled names starred.

    For where there is no paper to tell spans of: lists, indexes, messages.
    """
    spelt = plain(text)
    if not _ANY.search(spelt.text):
        return text
    shown = list(text)
    for _, _, start, end in _matches(spelt.text, frozenset()):
        at = spelt.at(start, end)
        shown[at.start : at.end] = star * (at.end - at.start)
    return "".join(shown)


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _checks(number: str) -> bool:
    """The check digit of GB 11643, by which an identity number is told from any other eighteen figures."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return "10X98765432"[total % 11] == number[-1].upper()


def _is_person(word: str, organisations: frozenset[str], *, labelled: bool = False) -> bool:
    """Whether a short word may be a person's name; behind a label and a colon rare family names count too."""
    if not word or _NO_NAME.search(word) or word in organisations:
        return False
    if re.search("[·•・]", word):
        return True
    return begins_with_surname(word) or (labelled and len(word) <= _LONGEST_PLAIN)


_LONGEST_PLAIN = 3


def _spelt(name: str) -> str:
    return re.sub(r"\s", "", plain(name).text)


# ------------------------------------------------------------------------------------------- tables


def _of_table(table: ReadTable, organisations: frozenset[str]) -> Iterator[Personal]:
    """A cell is what the label left of it or the head above it says; and what it tells itself."""
    heads = [_label(name) for name in table.columns]
    for number, row in enumerate(table.rows):
        labelled: tuple[PersonalKind, str] | None = None
        for column, cell in enumerate(row.cells):
            text = plain(cell.text)
            if not text.text:
                continue
            own = _label(text.text)
            side = table.columns[column] if _SIDE.search(table.columns[column]) else ""
            found = list(_of_text(text, table.element, (number, column), side, organisations))
            if own is not None and not found:
                labelled = own
                continue
            claim = heads[column] or labelled
            whole = claim and _whole(claim, text, organisations)
            if claim and whole:
                found = [
                    Personal(
                        claim[0],
                        side + claim[1],
                        _span(text, table.element, (number, column), *whole),
                    )
                ]
            yield from found


def _label(text: str) -> tuple[PersonalKind, str] | None:
    """What a label or a head of a column claims, if it is no longer than such a thing."""
    if len(text) > _LONGEST_LABEL:
        return None
    return next(
        ((kind, found[0]) for kind, pattern in _LABELS if (found := pattern.search(text))), None
    )


_LONGEST_LABEL = 16
_NUMBERS = re.compile(r"[+(]?[0-9][0-9() +-]{4,40}(?:(?:转|分机)[0-9]{1,6})?")


def _whole(
    claim: tuple[PersonalKind, str], text: Plain, organisations: frozenset[str]
) -> tuple[int, int] | None:
    """The characters of a cell that a label claims, None where they are not what it says."""
    kind = claim[0]
    if kind is PersonalKind.NAME:
        words = _ALONE.fullmatch(text.text) or re.fullmatch(rf"(?P<value>{_PERSON})", text.text)
        certain = claim[1] in ("姓名", "联系人", "法定代表人", "签名", "签字")
        good = words and _is_person(words["value"], organisations, labelled=certain)
        return words.span("value") if words and good else None
    if kind in (PersonalKind.PHONE, PersonalKind.ACCOUNT, PersonalKind.IDENTITY):
        numbers = _NUMBERS.search(text.text)
        return numbers.span() if numbers else None
    return None
