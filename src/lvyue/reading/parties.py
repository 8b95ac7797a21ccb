"""读出的单位: who the parties are, what else they are called, where they sit, and which other bodies the paper names.

Heads come in three layouts: one party after the other, two columns read line by line (two 地址 after two names: the k-th belongs to
the k-th party), and a table with a column for each side. The fullest name of a party that the paper prints is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lvyue.core.release import Role
from lvyue.core.terms import Party
from lvyue.reading.found import Found, State
from lvyue.reading.outline import NodeKind
from lvyue.reading.passages import Field, Labels, Passage, Passages

_NAMES = {
    Role.BUYER: (
        "甲方 采购人 采购单位 采购方 委托方 委托人 委托单位 买方 需方 发包人 发包方 发包单位 业主 业主单位 招标人 定作方 定作人 购买方 "
        "购买主体 甲方名称 甲方单位 甲方单位名称 甲方全称 采购人名称 采购单位名称 委托方名称 委托单位名称 买方名称"
    ),
    Role.SUPPLIER: (
        "乙方 供应商 中标人 中标单位 中标供应商 成交供应商 成交人 受托方 受托人 受托单位 卖方 供方 供货方 供货单位 供货商 承包人 承包方 承包单位 承接主体 承接单位 "
        "服务方 服务商 服务单位 服务提供方 服务提供商 服务供应商 运维方 运维单位 承揽方 承揽人 乙方名称 乙方单位 乙方单位名称 乙方全称 供应商名称 "
        "受托方名称 卖方名称 联合体牵头人 联合体牵头方 联合体牵头单位 联合体主办方 联合体成员 联合体成员单位 联合体成员方"
    ),
    Role.USING_DEPARTMENT: "使用部门 使用单位 项目使用单位 项目使用部门 用户单位 用户部门 用户 最终用户 使用方 需求单位 业务部门",
    Role.LEAD: "牵头单位 项目牵头单位 牵头部门 项目牵头部门",
    Role.SUPERVISOR: "监理单位 监理方 监理人 监理机构 项目监理单位",
    Role.AGENCY: "采购代理机构 代理机构 招标代理机构 集中采购机构 采购代理单位 招标代理单位",
    Role.OTHER: "丙方 丁方 鉴证方 见证方",
}
_ROLES = Labels({role.value: names.split() for role, names in _NAMES.items()})
_CONTACT = Labels(
    {
        "address": [
            "地址",
            "联系地址",
            "通讯地址",
            "通信地址",
            "住所",
            "住所地",
            "单位地址",
            "注册地址",
            "办公地址",
            "详细地址",
            "送达地址",
            "法定地址",
            "甲方地址",
            "乙方地址",
            "甲方住所",
            "乙方住所",
            "采购人地址",
            "供应商地址",
            "甲方联系地址",
            "乙方联系地址",
        ],
        "other": [
            "法定代表人",
            "法人代表",
            "法人",
            "负责人",
            "单位负责人",
            "委托代理人",
            "授权代表",
            "法定代表人或授权代表",
            "项目负责人",
            "联系人",
            "项目联系人",
            "指定联系人",
            "经办人",
            "电话",
            "联系电话",
            "手机",
            "联系方式",
            "传真",
            "传真号码",
            "邮编",
            "邮政编码",
            "邮政编号",
            "电子邮箱",
            "电子邮件",
            "邮箱",
            "开户行",
            "开户银行",
            "账号",
            "银行账号",
            "帐号",
            "账户名称",
            "户名",
            "纳税人识别号",
            "税号",
            "统一社会信用代码",
            "供应商开户行",
            "供应商银行账号",
            "日期",
            "签订日期",
            "签署日期",
            "签约日期",
            "签订地点",
        ],
    }
)
#: a third party is what the note behind it says
_THIRD = ((Role.SUPERVISOR, "监理"), (Role.USING_DEPARTMENT, "使用|用户"), (Role.AGENCY, "代理"))

_BODY = (
    "局|委|委员会|管委会|办公室|办|中心|院|所|厅|部|处|署|公司|大学|学院|学校|中学|小学|医院|集团|政府|厂|社|会|馆|站|队|行|企业|事务所|总队|支队|"
    "法院|检察院|街道|镇|乡|基地|协会|研究院|研究所|联合体|库|园|科|组"
)
#: what ends in one of these is a body and not a sentence
_ENDS_AS_BODY = re.compile(rf"(?:{_BODY})(?:[（(][^（()）]{{1,20}}[）)])?$")
_NAME_NOISE = re.compile(
    r"[（(【\[]\s*(?:盖\s*章|公\s*章|签\s*章|签章控件|单位盖章|盖单位章|章|盖合同章|电子签章|合同专用章|签字|以下简称[^（()）]*|下称[^（()）]*|简称[^（()）]*)\s*[）)】\]]"
    r"|[(（][^（()）]{0,6}(?:盖|签)[^（()）]{0,8}[)）]"
)
_TRAIL = re.compile(
    r"(?:\s*(?:盖章|公章|签章|签字|法定代表人|日\s*期|签订)\s*[：:].*|[\s，。；;、,*]+)$"
)

_CALLED = r"(?:以下|下文|以下均|后)?(?:简称|合称|称)(?:为|作)?\s*[：:]?\s*"
#: 某某局（以下简称“甲方”）
_INTRODUCED = re.compile(
    r"(?P<name>[^\s，。；：:、（()）“”\"《》]{4,40})[（(]\s*"
    + _CALLED
    + r"[“\"'「『]?(?P<as>甲方|乙方|丙方|采购人|供应商|委托方|受托方|买方|卖方|发包人|承包人)"
)
_LEADS_IN = re.compile(r"^(?:.*(?:由|与|和|及|系|是|向|为|就|委托))(?=[^由与和及系是向为就]{4,})")
_ALIAS = re.compile(r"[（(]\s*" + _CALLED + r"(?P<names>[^（()）]{1,40})[）)]")
_QUOTED = re.compile(r"[“\"'「『]([^“”\"'「」『』]{1,20})[”\"'」』]")
_ROLE_WORD = re.compile(r"[甲乙丙丁]方?|采购人|供应商|委托方|受托方|买方|卖方|中标人|本?项目")

#: bodies named in the course of a sentence: 受该项目牵头单位某某局委托, 监理单位为某某公司
_MENTIONED = re.compile(
    r"(?P<role>牵头单位|牵头部门|使用单位|使用部门|用户单位|监理单位|监理方|监理机构|采购代理机构|招标代理机构)"
    r"(?:名称)?(?:系|为|是|[：:])?\s*[“\"]?(?P<stretch>[一-鿿A-Za-z0-9（）()·]{3,40})"
)
_MENTIONED_NAME = re.compile(
    rf"(?P<name>[^，。；]{{1,38}}?(?:{_BODY}))(?=委托|使用|负责|承担|进行|作为|组织|实施|出具|监督|牵头|[（(]|$)"
)
_NOT_A_NAME = re.compile(
    r"^(?:和|与|及|或|、|向|的|对|间|未|任何|明示|书面|表示|自行|披露|应|有|可|须|在|将|并|等|共同|确认|出具|人员|意见|以及|名称|项目)"
)
_MENTION_WORDS = ("牵头", "使用单位", "使用部门", "用户单位", "监理", "代理机构")
_MENTION_ROLE = {
    "牵头": Role.LEAD,
    "使用": Role.USING_DEPARTMENT,
    "用户": Role.USING_DEPARTMENT,
    "监理": Role.SUPERVISOR,
    "采购": Role.AGENCY,
    "招标": Role.AGENCY,
}
_SEAT = {Role.BUYER: Party.BUYER, Role.SUPPLIER: Party.SUPPLIER}


@dataclass(frozen=True, slots=True)
class ReadParty:
    """读出的单位: role, name as the paper writes it most fully, other names for it, and where each was met.

    ``member`` numbers the members of a consortium from 1; 0 is a party that stands alone.
    """

    role: Role
    name: Found[str]
    aliases: tuple[str, ...] = ()
    address: Found[str] | None = None
    met: tuple[Found[str], ...] = ()
    member: int = 0


@dataclass(frozen=True, slots=True)
class _Naming:
    """One place that names a party: the seat is its role and, of several in one role, which (乙方1, 乙方2)."""

    seat: tuple[Role, str]
    name: Found[str]
    note: str
    passage: Passage


def parties(passages: Passages) -> tuple[ReadParty, ...]:
    """The two sides first, then every other body that the paper gives a part in the contract."""
    namings = list(_namings(passages))
    seats = list(dict.fromkeys(naming.seat for naming in namings))
    sides = [s for s in seats if s[0] in _SEAT]
    others = [s for s in seats if s[0] not in _SEAT]
    found = [_party(seat, namings, passages) for seat in (*_ordered(sides), *others)]
    found = [party for party in found if party.name or party.role in _SEAT]
    taken = {(party.role, party.name.value) for party in found}
    for mention in _mentioned(passages):
        if (mention.role, mention.name.value) not in taken:
            taken.add((mention.role, mention.name.value))
            found.append(mention)
    return _numbered(_with_addresses(found, passages))


def _ordered(seats: Sequence[tuple[Role, str]]) -> list[tuple[Role, str]]:
    """Buyer before supplier; a seat without a number gives way where the same role has numbered ones."""
    numbered = {role for role, number in seats if number}
    kept = [s for s in seats if s[1] or s[0] not in numbered]
    return sorted(kept, key=lambda seat: (seat[0] is not Role.BUYER, seat[1]))


def _numbered(found: Sequence[ReadParty]) -> tuple[ReadParty, ...]:
    counts = {role: sum(p.role is role for p in found) for role in _SEAT}
    out: list[ReadParty] = []
    for party in found:
        several = counts.get(party.role, 0) > 1
        number = sum(p.role is party.role for p in out) + 1 if several else 0
        out.append(replace(party, member=number))
    return tuple(out)


# ── where names stand ────────────────────────────────────────────────────────────────────────────────────────────


def _namings(passages: Passages) -> Iterator[_Naming]:
    for position, passage in enumerate(passages.all):
        if not _may_name(passage):
            continue
        for field in _ROLES.fields(passage):
            yield from _named_by(field, passages, position)
        if "称" not in passage.text:
            continue
        for found in _INTRODUCED.finditer(passage.text):
            name = _LEADS_IN.sub("", found["name"])
            start = found.end("name") - len(name)
            value = Found(
                State.FOUND, name, name, passage.span(start, found.end("name")), passage.clause
            )
            yield _Naming((Role(_ROLES.meaning[found["as"]]), ""), value, found[0], passage)
    for element, table in passages.tables:
        node = passages.paper.node_at(element)
        for field in _ROLES.in_table(element, table, node):
            if field.side is None:
                yield from _seated(field, field.value, field.span.start)


def _may_name(passage: Passage) -> bool:
    """A duty may begin with 用户：; a party is named on a cover, in a head, in a foot or in a sentence of its own."""
    return len(passage.text) < 400  # noqa: PLR2004 - a head set in one line is shorter


def _named_by(field: Field, passages: Passages, position: int) -> Iterator[_Naming]:
    if field.value or field.label[:2] not in ("甲方", "乙方", "采购", "供应"):
        yield from _seated(field, field.value, field.span.start)
        return
    # the name may stand on the line below its label
    below = passages.all[position + 1 : position + 2]
    if below and (name := _name(below[0].text)) and _stands_alone(below[0].text):
        found = Found(
            State.FOUND, name, below[0].text, below[0].span(0, len(name)), field.passage.clause
        )
        yield _Naming(_seat(field), found, field.note, field.passage)
    else:
        yield _Naming(_seat(field), _blank(field), field.note, field.passage)


def _stands_alone(text: str) -> bool:
    return not any(_ROLES.fields(_text_only(text))) and len(text) < 60  # noqa: PLR2004 - a name, not a sentence


def _text_only(text: str) -> Passage:
    return Passage(0, 0, text, -1, None)


def _seated(field: Field, value: str, start: int) -> Iterator[_Naming]:
    """One naming for each body in a value: a consortium lists its members in one."""
    role, number = _seat(field)
    names = [value]
    if role is Role.SUPPLIER and ("联合体" in field.note + field.label or "联合体" in value):
        names = [n for n in re.split(r"[、;；]|\s{2,}", value) if n.strip()]
    for index, one in enumerate(names):
        name = _name(one)
        seat = (role, number or (str(index + 1) if len(names) > 1 else ""))
        if not name:
            yield _Naming(seat, _blank(field), field.note, field.passage)
            continue
        at = start + value.find(name)
        span = replace(field.span, start=at, end=at + len(name)) if field.span.end else field.span
        found = Found(State.FOUND, name, one.strip(), span, field.passage.clause)
        yield _Naming(seat, found, field.note + one, field.passage)


def _seat(field: Field) -> tuple[Role, str]:
    label, number = field.label, ""
    if label[-1] in "0123456789一二三四" and label not in _ROLES.meaning:
        label, number = label[:-1], label[-1]
    role = Role(_ROLES.meaning[label])
    if role is Role.OTHER:
        role = next((r for r, words in _THIRD if re.search(words, field.note)), role)
    if "联合体" in label + field.note:
        leads = "成员" not in label + field.note or "牵头" in label + field.note
        number = number or ("1" if leads else "2")
    found = re.search(r"[（(]\s*([1-9一二三四])\s*[）)]", field.note)
    return role, number or (found[1] if found else "")


def _blank(field: Field) -> Found[str]:
    state = field.state if field.state is not State.FOUND else State.BLANK
    return Found(state, None, field.value, field.span, field.passage.clause)


def _name(text: str) -> str:
    """The name in a value, without seals, nicknames and what follows it; empty where it is no name of a body."""
    plain = _NAME_NOISE.sub("", text.strip())
    plain = re.split(r"\s{3,}|\t|[，。；;]", plain.strip())[0]
    plain = _TRAIL.sub("", plain).strip(' 　*“”"[]【】_')
    joined = re.sub(r"(?<=[一-鿿])\s+(?=[一-鿿])", "", plain)
    return plain if _ENDS_AS_BODY.search(joined) and 3 < len(joined) < 60 else ""  # noqa: PLR2004


# ── one party ────────────────────────────────────────────────────────────────────────────────────────────────────


def _party(seat: tuple[Role, str], namings: Sequence[_Naming], passages: Passages) -> ReadParty:
    mine = [n for n in namings if n.seat == seat]
    met = tuple(n.name for n in mine if n.name)
    name = _fullest(met) or (mine[0].name if mine else Found(State.ABSENT))
    return ReadParty(seat[0], name, _aliases(name, mine, passages), None, met)


def _fullest(met: Sequence[Found[str]]) -> Found[str] | None:
    """The first name met, or a longer one that has it in it."""
    best: Found[str] | None = None
    for name in met:
        if best is None or (
            len(name.value or "") > len(best.value or "") and _within(best.value, name.value)
        ):
            best = name
    return best


def _within(short: str | None, long: str | None) -> bool:
    """Whether the characters of one name stand in another, in their order: 市数据局 in 某市数据局, 某市国资委 in its full name."""
    rest = iter(long or "")
    return bool(short) and all(char in rest for char in short or "")


def _aliases(name: Found[str], mine: Sequence[_Naming], passages: Passages) -> tuple[str, ...]:
    texts = [naming.note for naming in mine]
    if name.value:
        for passage in passages.all:
            at = passage.text.find(name.value)
            while at >= 0:
                tail = passage.text[at + len(name.value) : at + len(name.value) + 60]
                if tail[:1] in ("（", "("):
                    texts.append(tail)
                at = passage.text.find(name.value, at + 1)
    out: dict[str, None] = {}
    for text in texts:
        if found := _ALIAS.match(text.strip()):
            names = _QUOTED.findall(found["names"]) or re.split(r"[或、]", found["names"])
            out.update(dict.fromkeys(n.strip() for n in names))
    return tuple(alias for alias in out if alias and not _ROLE_WORD.fullmatch(alias))


def _mentioned(passages: Passages) -> Iterator[ReadParty]:
    """Bodies that a sentence gives a part to."""
    for passage in passages.binding:
        if not any(word in passage.text for word in _MENTION_WORDS):
            continue
        for found in _MENTIONED.finditer(passage.text):
            name = _MENTIONED_NAME.match(found["stretch"])
            if name is None or _NOT_A_NAME.match(name["name"]):
                continue
            start = found.start("stretch")
            span = passage.span(start, start + name.end("name"))
            value = Found(State.FOUND, name["name"], name["name"], span, passage.clause)
            yield ReadParty(_MENTION_ROLE[found["role"][:2]], value, (), None, (value,))


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────────────────


def _with_addresses(found: list[ReadParty], passages: Passages) -> list[ReadParty]:
    """The first address that the paper gives each side."""
    addresses: dict[Role, Found[str]] = {}
    for role, address in _addresses(passages):
        if role not in addresses or (address and not addresses[role]):
            addresses[role] = address
    seen: set[Role] = set()
    out = []
    for party in found:
        first = party.role not in seen
        seen.add(party.role)
        out.append(replace(party, address=addresses.get(party.role)) if first else party)
    return out


def _addresses(passages: Passages) -> Iterator[tuple[Role, Found[str]]]:
    yield from _in_tables(passages)
    block: list[tuple[str, Role | Field]] = []
    far = 0
    for passage in passages.all:
        marks = _marks(passage)
        if marks:
            block.extend(marks)
            far = 0
        elif far > 1 or (passage.node and passage.node.kind is NodeKind.NUMBERED):
            yield from _paired(block)
            block, far = [], 0
        else:
            far += 1
    yield from _paired(block)


def _in_tables(passages: Passages) -> Iterator[tuple[Role, Found[str]]]:
    roles = {party: role for role, party in _SEAT.items()}
    for element, table in passages.tables:
        node = passages.paper.node_at(element)
        for field in _CONTACT.in_table(element, table, node):
            role = roles[field.side] if field.side else _own_side(field.label)
            if role and _CONTACT.meaning.get(field.label) == "address":
                yield role, _address(field)


def _marks(passage: Passage) -> list[tuple[str, Role | Field]]:
    """Party labels and contact labels of one line in their order."""
    heads = [
        (f.span.start, ("party", _seat(f)[0]))
        for f in _ROLES.fields(passage)
        if _seat(f)[0] in _SEAT
    ]
    contacts = [
        (f.span.start, (_CONTACT.meaning.get(f.label, "other"), f))
        for f in _CONTACT.fields(passage)
    ]
    marks: list[tuple[int, tuple[str, Role | Field]]] = [*heads, *contacts]
    return [mark for _, mark in sorted(marks, key=lambda pair: pair[0])]


def _paired(block: Iterable[tuple[str, Role | Field]]) -> Iterator[tuple[Role, Found[str]]]:
    """Of one head: an address belongs to the party above it, or the k-th of a run to the k-th of the parties above."""
    heads: list[Role] = []
    run: list[Field] = []
    closed = False
    for kind, what in block:
        if isinstance(what, Role):
            if closed and run:
                yield from _assigned(heads, run)
                heads, run = [], []
            elif closed:
                heads = []
            heads.append(what)
            closed = False
        else:
            closed = True
            if kind == "address":
                run.append(what)
    yield from _assigned(heads, run)


def _assigned(heads: Sequence[Role], run: Sequence[Field]) -> Iterator[tuple[Role, Found[str]]]:
    for index, field in enumerate(run):
        role = _own_side(field.label)
        if role is None and heads:
            role = heads[index] if len(run) > 1 and index < len(heads) else heads[-1]
        if role:
            yield role, _address(field)


def _own_side(label: str) -> Role | None:
    if label.startswith(("甲方", "采购人")):
        return Role.BUYER
    return Role.SUPPLIER if label.startswith(("乙方", "供应商")) else None


def _address(field: Field) -> Found[str]:
    value = field.value.strip("。；; ")
    known = field.state is State.FOUND
    return Found(
        field.state, value if known else None, field.value, field.span, field.passage.clause
    )
