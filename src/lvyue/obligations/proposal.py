"""提案: what an amendment would change, read from its payload, checked against the contract as it stands, and said in words.

Pure: whoever asks brings the ground. A proposal that both have signed becomes one fact, or the next release; nothing
else ever comes of it, and until then nothing at all.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias, assert_never

from lvyue.contracts.choices import AmendmentKind
from lvyue.core.book import LONGEST, Agreed
from lvyue.core.calendar import Span, Unit
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Doubt, DoubtId, Refused, malformed
from lvyue.core.facts import KINDS, WORDS, Fact, FactId, FieldType, is_decimal, read_line
from lvyue.core.recorders import AGREED, RECORDERS, Recorder
from lvyue.core.release import ContractDoubt, Release
from lvyue.core.terms import Parameter, ParameterId, TermId
from lvyue.library.changes import (
    AddClause,
    AddTerm,
    Alteration,
    CloseDoubt,
    Difference,
    RemoveTerm,
    SetContract,
    SetParameter,
    SetTerm,
    Supplement,
    alteration_of,
    amended,
    contract_fields,
    difference,
    fields_of,
    parameter_fields,
)
from lvyue.library.fields import Field, read, show
from lvyue.library.loader import Raw
from lvyue.obligations.drafting import tidied

#: Kinds of fact that only both sides together make true and that have no page of their own.
TOGETHER = tuple(
    name
    for name, recorder in RECORDERS.items()
    if (recorder is Recorder.TOGETHER or name in AGREED)
    and name not in ("parameter.agreed", "doubt.settled")
)

#: No number of anything has more digits.
WHOLE_DIGITS = 9

#: The longest reading of a doubt.
READING_LIMIT = 2_000

#: Days that the parties could mean; what lies beyond is a slip of the keyboard.
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)


@dataclass(frozen=True, slots=True)
class SetValue:
    """商定参数: the value that both give to what the paper leaves open, as it was typed."""

    parameter: ParameterId
    value: str


@dataclass(frozen=True, slots=True)
class Settle:
    """解决疑义: by a paper that both have signed, with the reading that they chose, if they chose one."""

    doubt: DoubtId
    reading: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """共同确认: something happened that only both together can say, such as the end of the service. ``said`` is its data, as written."""

    kind: str
    subject: str
    said: tuple[tuple[str, str], ...] = ()

    @property
    def data(self) -> dict[str, Any]:
        """What was said, each as its field is written; what is no whole number stays as it is and is refused as such."""
        types = {field.name: field.type for field in KINDS[self.kind].fields}
        return {name: _typed(value, types.get(name)) for name, value in self.said}


def _typed(value: str, kind: FieldType | None) -> str | int:
    if kind is FieldType.TEXT or kind is None:
        return value
    plain = tidied(value)  # ９７ is 97, as in every form
    whole = kind is FieldType.INTEGER and plain.isascii() and plain.isdecimal()
    return int(plain) if whole and len(plain) <= WHOLE_DIGITS else plain


@dataclass(frozen=True, slots=True)
class Alter:
    """变更条款: alterations of the release whose digest is ``base``."""

    base: str
    alterations: tuple[Alteration, ...]


Proposal: TypeAlias = SetValue | Settle | Confirm | Alter


@dataclass(frozen=True, slots=True)
class Paper:
    """文书: how a proposal is dressed: its title, its number, the day from which it holds."""

    title: str
    number: str
    effective: date | None


@dataclass(frozen=True, slots=True)
class Rival:
    """已生效的: another amendment that is in force, the day from which it holds, and what it is about."""

    name: str
    effective: date
    targets: frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Ground:
    """底本: what a proposal is checked against: the newest release, what is settled and agreed, and what is in force."""

    release: Release
    raw: Mapping[str, Any]
    settled: Mapping[str, Fact] = field(default_factory=dict)
    agreed: Mapping[str, Sequence[Agreed]] = field(default_factory=dict)
    rivals: tuple[Rival, ...] = ()

    @property
    def digest(self) -> str:
        return self.release.digest

    @property
    def begins(self) -> date | None:
        """The latest of the days on which the contract was signed or took effect."""
        days = [self.release.effective, *self.release.signed.values()]
        return max((day for day in days if day is not None), default=None)

    @property
    def confidential(self) -> frozenset[str]:
        """The papers that promise secrecy: they are changed in writing and under both seals only."""
        papers = self.release.documents
        return frozenset(one.id for one in papers if "保密" in one.id or "保密" in one.title)


# ── reading a payload ────────────────────────────────────────────────────────────────────────────────────────────


def proposal_of(kind: str, payload: Mapping[str, Any]) -> Proposal | list[Doubt]:
    """The proposal that a payload holds, or all that cannot be understood of it."""
    match AmendmentKind(kind):
        case AmendmentKind.PARAMETER:
            return SetValue(ParameterId(_said(payload, "parameter")), _said(payload, "value"))
        case AmendmentKind.DOUBT:
            return Settle(DoubtId(_said(payload, "doubt")), _said(payload, "reading"))
        case AmendmentKind.TOGETHER:
            said = payload.get("data", {})
            told = said.items() if isinstance(said, Mapping) else ()
            pairs = tuple((str(name), str(value)) for name, value in told if str(value).strip())
            return Confirm(_said(payload, "kind"), _said(payload, "subject"), pairs)
        case AmendmentKind.TERMS:
            return _alter(payload)
        case _ as never:
            assert_never(never)


def _said(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _alter(payload: Mapping[str, Any]) -> Alter | list[Doubt]:
    listed = payload.get("alterations", [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        return [malformed("变更内容", "应为一列变更。", "请在页面上逐项填写。")]
    read = [alteration_of(one) for one in listed]
    doubts = [one for one in read if isinstance(one, Doubt)]
    if doubts:
        return doubts
    return Alter(_said(payload, "base"), tuple(one for one in read if not isinstance(one, Doubt)))


# ── what stands in the way ───────────────────────────────────────────────────────────────────────────────────────


def doubts_of(proposal: Proposal, paper: Paper, ground: Ground) -> list[Doubt]:
    """Everything for which a proposal may not be proposed or signed; an empty list where nothing stands in the way."""
    doubts = [*_undated(paper, ground), *_by_kind(proposal, paper, ground)]
    if not doubts:
        doubts = [*_rivalry(proposal, paper, ground), *_secrecy(proposal, paper, ground)]
    return doubts


def _undated(paper: Paper, ground: Ground) -> Iterator[Doubt]:
    if not paper.title:
        yield malformed("名称", "没有填写。", "请写明补充协议的名称。")
    day = paper.effective
    if day is None:
        yield malformed("生效日", "没有填写。", "请写明从哪一天起生效。")
    elif not FIRST <= day <= LAST:
        yield malformed("生效日", f"{day} 不在 {FIRST} 至 {LAST} 之间。", "请核对年份。")
    elif ground.begins is not None and day < ground.begins:
        says = f"{day} 早于合同本身的签订或生效日 {ground.begins}。"
        yield malformed("生效日", says, "补充协议不能早于合同，请核对日期。")


def _by_kind(proposal: Proposal, paper: Paper, ground: Ground) -> Iterator[Doubt]:
    match proposal:
        case SetValue():
            yield from _valueless(proposal, ground)
        case Settle():
            yield from _unsettled(proposal, paper, ground)
        case Confirm():
            yield from _unknown_kind(proposal)
        case Alter():
            yield from _unalterable(proposal, paper, ground)
        case _:
            assert_never(proposal)


def _valueless(proposal: SetValue, ground: Ground) -> Iterator[Doubt]:
    parameter = ground.release.parameter_by_id.get(proposal.parameter)
    if parameter is None:
        says = f"合同没有编号为“{proposal.parameter}”的参数。" if proposal.parameter else "没有选。"
        yield malformed("参数", says, "请从参数表里选。")
        return
    read = read_value(parameter, proposal.value)
    if isinstance(read, Doubt):
        yield read


def read_value(parameter: Parameter, text: str) -> str | Doubt:
    """The value as facts hold it. A bare number is of the unit that stands beside the field; another unit is refused."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if not plain:
        return malformed("数值", "没有填写。", f"请按“{unit_zh(parameter.unit)}”填写。")
    if parameter.unit in set(Unit):
        return _read_span(Unit(parameter.unit), plain)
    return _read_number(parameter.unit, plain)


def _read_span(unit: Unit, plain: str) -> str | Doubt:
    mend = f"请写成整数，单位是{unit_zh(unit)}，例如 10 或 10{unit.chinese}。"
    try:
        span = Span(int(plain), unit) if plain.isdecimal() else Span.parse(plain)
    except ValueError:
        return malformed("数值", f"“{plain[:40]}”读不成期间。", mend)
    if span.unit is not unit:
        says = f"写的是 {span.chinese}，而这个参数按{unit_zh(unit)}计。"
        return malformed("数值", says, f"{mend}确要换单位的，请用“变更条款”先改参数的单位。")
    if span.count > LONGEST:
        return malformed("数值", f"{span.chinese} 太长。", f"最多 {LONGEST}。{mend}")
    return str(span)


#: Units whose values are plain numbers. What is neither a span nor one of these the engine cannot use.
_NUMBERS = frozenset({"%", "分", "次", "次/年"})

_HUNDRED = 100


def _read_number(unit: str, plain: str) -> str | Doubt:
    if unit not in _NUMBERS:
        says = f"这个参数以“{unit}”计，不是数字，引擎用不上。"
        return malformed("数值", says, "请用“解决疑义”写明采用的读法，或用“变更条款”。")
    bare = plain.removesuffix(unit).strip()
    if not is_decimal(bare) or bare.startswith("-"):
        mend = f"请写成不小于零的数，单位是{unit_zh(unit)}，例如 97。"
        return malformed("数值", f"“{plain[:40]}”不是以“{unit}”计的数。", mend)
    if unit == "%" and Fraction(bare) > _HUNDRED:
        return malformed("数值", f"{bare}% 超过 100%。", "请核对。")
    return f"{bare}%" if unit == "%" else bare


def unit_zh(unit: str) -> str:
    """A unit of a parameter as people say it."""
    return Unit(unit).chinese.removeprefix("个") if unit in set(Unit) else unit


def value_zh(value: str) -> str:
    """An agreed value as people read it: 30个自然日 for ``30 calendar-days``."""
    try:
        return Span.parse(value).chinese
    except ValueError:
        return value


def _unsettled(proposal: Settle, paper: Paper, ground: Ground) -> Iterator[Doubt]:
    if proposal.doubt not in ground.release.doubt_by_id:
        if ":" in proposal.doubt:
            says = "这项疑义是登记的事实引起的，不是合同文本的疑义。"
            yield malformed("疑义", says, "请更正或撤回那条事实，不必签补充协议。")
        elif not proposal.doubt:
            yield malformed("疑义", "没有选。", "请从疑义表里选。")
        else:
            says = f"合同没有编号为“{proposal.doubt}”的疑义，或已由补充协议了结。"
            yield malformed("疑义", says, "请从疑义表里选。")
        return
    settled = ground.settled.get(proposal.doubt)
    if settled is not None:
        says = f"这项疑义已于 {settled.day} 凭“{settled.data['paper']}”解决。"
        yield malformed("疑义", says, "结论有变的，请用“变更条款”写明。")
    if not paper.number:
        says = "没有填写双方签署的文书编号；没有文书不能了结疑义。"
        yield malformed("文书编号", says, "请填写那份文书的编号。")
    if len(proposal.reading) > READING_LIMIT:
        says = f"有 {len(proposal.reading)} 个字，最多 {READING_LIMIT} 个。"
        yield malformed("采用的读法", says, "请写短一些，细节写在文书里。")


def _unknown_kind(proposal: Confirm) -> Iterator[Doubt]:
    if proposal.kind not in TOGETHER:
        known = "、".join(KINDS[name].zh for name in TOGETHER)
        yield malformed("共同确认的事", "没有选，或不是须双方确认的事。", f"可选：{known}。")
        return
    given = {**proposal.data, "paper": "-"}
    row = {"id": "-", "kind": proposal.kind, "at": "2000-01-01", "data": given}
    read = read_line(json.dumps(row, ensure_ascii=False).encode(), 0, "共同确认")
    if not isinstance(read, Fact):
        yield from read


def _unalterable(proposal: Alter, paper: Paper, ground: Ground) -> Iterator[Doubt]:
    if proposal.base != ground.digest:
        says = "起草之后，合同有了新的版本。"
        yield malformed("变更内容", says, "请对照新版本，重新核对之后再办。")
        return
    if paper.effective is None or not paper.title:
        return  # told already, and nothing can be applied without
    raw = raw_of(proposal, paper, ground)
    if isinstance(raw, list):
        yield from raw


# ── rivals and secrecy ───────────────────────────────────────────────────────────────────────────────────────────


def targets_of(proposal: Proposal) -> frozenset[tuple[str, ...]]:
    """What a proposal is about: two of one day may not be about the same."""
    match proposal:
        case SetValue(parameter=parameter):
            return frozenset({("参数", parameter)})
        case Settle(doubt=doubt):
            return frozenset({("疑义", doubt)})
        case Confirm():
            return frozenset()
        case Alter(alterations=alterations):
            return frozenset(target for one in alterations for target in _target(one))
        case _:
            assert_never(proposal)


def _target(alteration: Alteration) -> Iterator[tuple[str, ...]]:
    match alteration:
        case SetTerm(term=term) | RemoveTerm(term=term):
            yield "约定", term
        case SetContract(field=name):
            yield "合同", name
        case CloseDoubt(doubt=doubt):
            yield "疑义", doubt
        case SetParameter(parameter=parameter):
            yield "参数", parameter
        case AddTerm() | AddClause():
            return
        case _:
            assert_never(alteration)


def _rivalry(proposal: Proposal, paper: Paper, ground: Ground) -> Iterator[Doubt]:
    """On one day one thing is changed once: which of two holds only the parties can say."""
    mine = targets_of(proposal)
    for rival in ground.rivals:
        if rival.effective == paper.effective and mine & rival.targets:
            what = "、".join(" ".join(target) for target in sorted(mine & rival.targets))
            says = f"{rival.name}在同一天（{rival.effective}）也改了：{what}。"
            yield malformed("生效日", says, "请双方书面确认以哪一份为准，合为一份，或改生效日。")
    if isinstance(proposal, SetValue):
        for agreed in ground.agreed.get(proposal.parameter, ()):
            if agreed.day == paper.effective:
                says = f"同一天（{agreed.day}）已经商定为 {value_zh(agreed.value)}。"
                yield malformed("生效日", says, "请改生效日，或核对是否重复。")


#: What is no paper under seals, however it is called.
_UNSEALED = re.compile(r"e-?mail|@|邮件|邮箱|微信|短信|qq|钉钉|口头|电话", re.IGNORECASE)


def _secrecy(proposal: Proposal, paper: Paper, ground: Ground) -> Iterator[Doubt]:
    """保密协议: it is changed in writing, and both seal it. A message by mail is neither."""
    touched = [ref for ref in _clauses(proposal, ground) if ref.document in ground.confidential]
    if not touched:
        return
    where = f"改动涉及保密协议（{touched[0]}），须书面并由双方盖公章。"
    if not paper.number:
        yield malformed("文书编号", where, "请填写双方盖章的文书编号。")
    elif _UNSEALED.search(paper.number):
        says = f"{where}“{paper.number}”不是盖章的书面文书。"
        yield malformed("文书编号", says, "电子邮件、消息和口头都不算；请先签书面文书。")


def _clauses(proposal: Proposal, ground: Ground) -> Iterator[ClauseRef]:
    release = ground.release
    for what, *names in sorted(targets_of(proposal)):
        name = names[0]
        if what == "约定" and TermId(name) in release.term_by_id:
            yield from release.term_by_id[TermId(name)].clauses
        elif what == "疑义" and DoubtId(name) in release.doubt_by_id:
            yield from release.doubt_by_id[DoubtId(name)].clauses
        elif what == "参数" and ParameterId(name) in release.parameter_by_id:
            yield from release.parameter_by_id[ParameterId(name)].clauses
    if isinstance(proposal, Alter):
        added = (
            one.body.get("clauses", []) for one in proposal.alterations if isinstance(one, AddTerm)
        )
        for refs in added:
            found = (release.clause_named(str(ref)) for ref in refs)
            yield from (ref for ref in found if ref is not None)


# ── what comes of it ─────────────────────────────────────────────────────────────────────────────────────────────


def line_of(
    proposal: SetValue | Settle | Confirm, paper: Paper, ground: Ground, identity: str, name: str
) -> bytes:
    """The fact that both signatures make true, as the line that the log keeps. ``name`` is the amendment's own."""
    number = paper.number or name
    subject = ""
    match proposal:
        case SetValue(parameter=parameter, value=value):
            read = read_value(ground.release.parameter_by_id[parameter], value)
            if isinstance(read, Doubt):
                raise Refused([read])
            kind = "parameter.agreed"
            data = {"parameter": parameter, "value": read, "paper": number}
        case Settle(doubt=doubt, reading=reading):
            kind = "doubt.settled"
            data = {"doubt": doubt, "paper": number} | ({"reading": reading} if reading else {})
        case Confirm(kind=kind, subject=subject):
            data = {**proposal.data, "paper": number}
        case _:
            assert_never(proposal)
    row: dict[str, Any] = {"id": identity, "kind": kind, "at": str(paper.effective)}
    if subject:
        row["subject"] = subject
    row["data"] = data
    return json.dumps(row, ensure_ascii=False, separators=(", ", ": ")).encode()


def fact_of(line: bytes, name: str) -> Fact:
    """The line as the fact that it would be; ``Refused`` where the law of facts does not take it."""
    fact = read_line(line, 0, name)
    if not isinstance(fact, Fact):
        raise Refused(fact)
    return fact


def raw_of(proposal: Alter, paper: Paper, ground: Ground) -> Raw | list[Doubt]:
    """The raw document of the next release, or every doubt that stands in the way."""
    if paper.effective is None:
        return [malformed("生效日", "没有填写。", "请写明从哪一天起生效。")]
    supplement = Supplement(paper.title, paper.number, paper.effective, proposal.alterations)
    try:
        return amended(ground.raw, supplement)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        # A whole term from outside may have any shape, and another alteration may look into it before it is read.
        says = f"增加的约定读不通：{error}。"
        return [malformed("变更内容", says, "请对照 docs/library-format.md 修改。")]


def fact_id(amendment_id: int) -> FactId:
    """The id for the fact that comes of an amendment; where something else bears it already, the next free one."""
    return FactId(f"s-{amendment_id}")


# ── in words ─────────────────────────────────────────────────────────────────────────────────────────────────────


def changes_of(proposal: Proposal, paper: Paper, ground: Ground) -> tuple[Difference, ...]:
    """What a proposal would change, in words, before and after; what cannot be applied is left out."""
    match proposal:
        case SetValue():
            return tuple(_value_change(proposal, paper, ground))
        case Settle(doubt=doubt, reading=reading):
            known = ground.release.doubt_by_id.get(doubt)
            says = known.says if known is not None else doubt
            before = _until_now(known)
            return (Difference("解决", f"疑义：{says}", before, reading or "按所附文书"),)
        case Confirm(kind=kind, subject=subject):
            name = KINDS[kind].zh if kind in KINDS else kind
            about = f"（{subject}）" if subject else ""
            fields = {field.name: field.zh for field in KINDS[kind].fields} if kind in KINDS else {}
            said = [
                f"{fields.get(one, one)} {WORDS.get(value, value)}" for one, value in proposal.said
            ]
            after = "，".join([str(paper.effective or ""), *said])
            return (Difference("确认", f"{name}{about}", "没有记录", after),)
        case Alter():
            raw = raw_of(proposal, paper, ground)
            return () if isinstance(raw, list) else difference(ground.raw, raw)
        case _:
            assert_never(proposal)


def _until_now(doubt: ContractDoubt | None) -> str:
    return f"未决；暂按：{doubt.safe}" if doubt is not None and doubt.safe else "未决"


def _value_change(proposal: SetValue, paper: Paper, ground: Ground) -> Iterator[Difference]:
    parameter = ground.release.parameter_by_id.get(proposal.parameter)
    if parameter is None:
        return
    read = read_value(parameter, proposal.value)
    after = proposal.value if isinstance(read, Doubt) else value_zh(read)
    earlier = [
        one
        for one in ground.agreed.get(proposal.parameter, ())
        if paper.effective is None or one.day <= paper.effective
    ]
    before = value_zh(earlier[-1].value) if earlier else "未商定"
    yield Difference("商定", f"参数：{parameter.says}", before, after)


def alteration_zh(alteration: Alteration, ground: Ground) -> str:
    """One alteration in a line, for the list of a draft."""
    release, raw = ground.release, dict(ground.raw)
    match alteration:
        case SetTerm(term=term, field=name, value=value):
            known = release.term_by_id.get(TermId(term))
            fields = fields_of(raw, term) if known is not None else ()
            says = f"{known.clauses[0]} {known.says}" if known is not None else term
            return f"约定 {says}：{_to(fields, name, value)}"
        case RemoveTerm(term=term):
            gone = release.term_by_id.get(TermId(term))
            return f"删去约定：{gone.says if gone is not None else term}"
        case AddTerm(body=body):
            return f"增加约定 {body.get('id')}：{body.get('says', '')}"
        case SetContract(field=name, value=value):
            return f"合同：{_to(contract_fields(raw), name, value)}"
        case CloseDoubt(doubt=doubt):
            closed = release.doubt_by_id.get(DoubtId(doubt))
            return f"了结疑义：{closed.says if closed is not None else doubt}"
        case SetParameter(parameter=parameter, field=name, value=value):
            where = release.parameter_by_id.get(ParameterId(parameter))
            says = where.says if where is not None else parameter
            return f"参数 {says}：{_to(parameter_fields(raw, parameter), name, value)}"
        case AddClause(heading=heading):
            return f"增加条款：{heading}"
        case _:
            assert_never(alteration)


def _to(fields: Iterable[Field], name: str, value: Any) -> str:
    """付款期限由 没有写明 改为 30个自然日; as it was typed where it cannot be read."""
    known = next((one for one in fields if one.name == name), None)
    if known is None:
        return f"{name} 改为 {value}"
    try:
        new = show(known, read(known, value))
    except ValueError:
        new = str(value)
    return f"{known.zh}由 {known.shown} 改为 {new}"
