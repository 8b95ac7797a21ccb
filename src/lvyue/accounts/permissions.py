"""权限: who may do what on a contract, and why not. Pages, interface, commands and exports all ask here, and only here.

A ruling always carries a sentence: what stands against it, and who may do it instead; and the name of the rule that said
so. ``RULES`` tells of each rule where it comes from: a clause, a law, a standard, or this house. The same rules in the same
order answer yes or no (`may`) and tell somebody what was tried (`tried`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from lvyue.accounts.choices import ContractRole, Scope
from lvyue.accounts.scopes import needed, withheld
from lvyue.core.facts import KINDS
from lvyue.core.lifecycles import Lifecycle
from lvyue.core.recorders import AGREED, DEPARTMENT, FORMAL, SLIPS, Recorder, recorder_of
from lvyue.core.terms import Party
from lvyue.core.tickets import TICKET_KINDS

#: Where a rule comes from that no contract and no law gave us. Clauses (运维合同文本) are numbered as in the sample contract
#: security-support-2026; its name does not stand there, for nobody learns of one contract on the pages of another.
HOUSE = "本系统规定"


@dataclass(frozen=True, slots=True)
class Rule:
    """规则: what is asked, in words, and where the rule comes from."""

    name: str
    zh: str
    says: str
    source: str = HOUSE


#: Every rule that can let somebody in or keep somebody out, in the order in which people meet them.
RULES: Mapping[str, Rule] = {
    one.name: one
    for one in (
        Rule(
            "seated",
            "在合同上任职",
            "没有任职的人看不到这份合同，也不知道有没有；系统管理员也一样。",
            "运维合同文本 7.2.17、保密协议 2.2(1)；各供应商之间互不可见",
        ),
        Rule(
            "token",
            "令牌的范围",
            "程序只能做它的令牌写明可以做的事，不会多于令牌主人的权限。",
        ),
        Rule(
            "role",
            "角色有这项权限",
            "每项权限列明哪些角色可以办；一人有几个角色的，有一个可以就可以。",
        ),
        Rule(
            "together",
            "双方共同确认的事",
            "商定的数字、双方的交接，由一方提出、两方签署，谁也不能单方登记。",
            "民法典第 543 条（协商一致可以变更合同）",
        ),
        Rule(
            "whose_fact",
            "各方登记各方的事",
            "一方所做的、所决定的由这一方登记；乙方不能替甲方确认。",
            "运维合同文本 7.1.1、4.3.1",
        ),
        Rule(
            "formal",
            "有法律后果的由负责人办",
            "文书、款项和人员这些约束乙方的事，由乙方项目经理登记，不由工程师、安全员或密码岗位登记。",
            "运维合同文本 7.2.6",
        ),
        Rule(
            "department",
            "使用部门登记亲历的事",
            "使用部门报障、提申请、参加培训和调查；别的由甲方项目负责人登记。",
            "运维合同文本 7.2.20",
        ),
        Rule(
            "instruct",
            "指令只由甲方发出",
            "主管单位、合作单位和使用部门的要求先交甲方项目负责人，书面批准之后才由甲方向乙方发出。",
            "运维合同文本 7.2.20；没有这一条的合同照此办理是" + HOUSE,
        ),
        Rule(
            "slip",
            "送达要有签收",
            "收到的一方可以登记收到；别人登记要附上对方签收的文件。",
            "运维合同文本 15.3",
        ),
        Rule(
            "no_debtor",
            "说不清该由谁登记",
            "合同里没有这条约定，或是双方共同的义务，就不能由一方登记。",
        ),
        Rule(
            "state",
            "状态允许",
            "每样东西在什么状态下能走哪一步，写在生命周期表里。",
            "docs/lifecycles.md",
        ),
        Rule(
            "own_draft",
            "本方的草稿只有本方看",
            "补充协议在提出之前、上传的文件在导入之前，只有起草的一方或上传的人看得到、改得动。",
        ),
        Rule(
            "proposer",
            "谁提出谁改、谁撤",
            "一方提出的由这一方改动和撤回，由另一方表示不同意。",
            "民法典第 476 条（要约可以撤销）",
        ),
        Rule(
            "one_side",
            "只代表一方",
            "一个人在一份合同上只代表一方。",
            "民法典第 168 条（代理人不得同时代理双方）",
        ),
        Rule(
            "two_people",
            "两方的签署由两个人作出",
            "一个人不能先后为两方签署，换了角色也不能。",
            "民法典第 168 条（代理人不得同时代理双方）",
        ),
        Rule(
            "two_organisations",
            "两方是两个单位",
            "同一单位的两个账号不能分在两方。",
            "民法典第 168 条（代理人不得同时代理双方）",
        ),
        Rule(
            "apart",
            "申请与批准、编写与审核分开",
            "同一件事里，生命周期表写明分离的两步不能由同一个人走。",
            "运维合同文本 4.3.1；步骤表见 docs/lifecycles.md",
        ),
        Rule(
            "administrator",
            "管账号的人不是合同的人",
            "系统管理员建账号、任命别人，自己不在任何合同上任职，也不因管账号看到合同。",
        ),
        Rule(
            "independent",
            "监督的人不在任何一方",
            "监理、验收专家和密码审计员不能同时代表合同的任何一方。",
            "GB/T 39786-2021 8.6 b)（密码审计）；监理和验收专家是" + HOUSE,
        ),
        Rule(
            "keys_apart",
            "密码岗位分开",
            "申请、审批、密钥管理、操作、审计由不同的人担任；密码审计员不兼任何密码岗位。",
            "GB/T 39786-2021 8.6 b)；运维合同文本 4.1.4",
        ),
        Rule(
            "consent",
            "对外提供须甲方事先书面同意",
            "每次提供都要写明给谁、为了什么、哪几个文件、到什么时候，由甲方项目负责人或甲方为此任命的同意人在提供之前书面同意。",
            "运维合同文本 7.2.17、保密协议 2.2(1)；合同没有写的是" + HOUSE,
        ),
        Rule(
            "own_house",
            "同意人是甲方本单位的人",
            "对外提供同意人与在任的甲方项目负责人同属一个单位；换了单位就不能再代表甲方同意。",
            "民法典第 170 条（职务代理）；运维合同文本 7.2.17",
        ),
        Rule(
            "waiver",
            "书面同意由甲方本身作出",
            "豁免、同意先书面后行事；使用部门的同意不是甲方的同意。",
            "运维合同文本 4.3.1、7.2.6、7.2.17",
        ),
        Rule(
            "personal",
            "个人信息写明理由才看",
            "电话、邮箱、证件号、银行账号平时都遮盖；有权的人写明理由看一次，留痕。",
            "个人信息保护法第 6、51 条",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Seat:
    """席位: a person on one contract, with every role held there. Without roles one sees nothing of it.

    ``scopes`` is what the token of a program lets through; None for people, who bring no token.
    """

    username: str
    name: str
    contract_id: str
    roles: frozenset[ContractRole]
    administrator: bool = False
    scopes: frozenset[Scope] | None = None

    @property
    def sides(self) -> frozenset[Party]:
        return frozenset(side for role in self.roles if (side := role.side) is not None)

    @property
    def only_uses(self) -> bool:
        """Whether they are of a using department and nothing else: then only what is the department's is theirs."""
        return self.roles == {ContractRole.USING_DEPARTMENT}

    @property
    def side(self) -> Party | None:
        """The one side for which this person acts; None for nobody's and for both, which must not be."""
        sides = self.sides
        return next(iter(sides)) if len(sides) == 1 else None

    @property
    def zh(self) -> str:
        return "、".join(role.label for role in ContractRole if role in self.roles)


#: Those who speak for a side, and those who do its work.
_LEADS = frozenset({ContractRole.BUYER, ContractRole.SUPPLIER_MANAGER})
_WORKERS = frozenset(
    {
        ContractRole.ENGINEER,
        ContractRole.SECURITY_OFFICER,
        ContractRole.KEY_MANAGER,
        ContractRole.CRYPTO_OPERATOR,
    }
)


class Right(Enum):
    """可做的事: what the platform asks about, in words, with the roles that may, and where that comes from."""

    SEE = "查看合同", frozenset(ContractRole), "运维合同文本 7.1.1（检查和监督）"
    RECORD = (
        "登记事实",
        _LEADS | _WORKERS | {ContractRole.USING_DEPARTMENT},
        "运维合同文本 7.1.1、7.2.20",
    )
    IMPORT = "批量导入事实", _LEADS
    WHAT_IF = "推演", frozenset(ContractRole)
    PROPOSE = (
        "提出补充协议、参数或疑义的解决",
        _LEADS,
        "民法典第 543 条（协商一致可以变更合同）",
    )
    SIGN = "代表一方签署", _LEADS, "民法典第 162、168 条（代理）"
    ISSUE = "出具结算书", _LEADS
    #: An outside expert looks at what is to be accepted and takes nothing home.
    EXPORT = (
        "导出",
        frozenset(ContractRole) - {ContractRole.ASSESSOR},
        "运维合同文本 7.2.17（不得复印、泄露）",
    )
    AUDIT = (
        "查看留痕",
        _LEADS | {ContractRole.AUDITOR},
        "运维合同文本 7.1.1（检查和监督）",
    )
    SUBSCRIBE = (
        "让程序订阅事件",
        frozenset({ContractRole.BUYER, ContractRole.SUPPLIER_MANAGER}),
        "平台规则：双方负责人各自管理本方程序的订阅",
    )
    DISCLOSE = (
        "申请对外提供",
        _LEADS | {ContractRole.USING_DEPARTMENT, ContractRole.SECURITY_OFFICER},
        "运维合同文本 7.2.17、保密协议 2.2(1)",
    )
    CONSENT = (
        "同意对外提供",
        frozenset({ContractRole.BUYER, ContractRole.CONSENTER}),
        "运维合同文本 7.2.17、保密协议 2.2(1)",
    )
    REVEAL = "查看遮盖的个人信息", _LEADS, "个人信息保护法第 6、51 条"
    #: A department may write what it wants said; only the buyer's lead sends it.
    WRITE = (
        "起草函件",
        _LEADS | {ContractRole.USING_DEPARTMENT},
        "运维合同文本 7.2.20",
    )
    SERVE = (
        "签发和送达函件，登记合同联系方式和联络人",
        _LEADS,
        "运维合同文本 15.3；民法典第 137 条（到达时生效）",
    )

    #: Whoever uses what the contract keeps running may say that it does not.
    TICKET_OPEN = (
        "报单",
        _LEADS | _WORKERS | {ContractRole.USING_DEPARTMENT},
        "运维合同文本 7.1.8（故障告知）",
    )
    TICKET_WORK = "受理和处理工单", _WORKERS | {ContractRole.SUPPLIER_MANAGER}
    TICKET_LEAD = "代表乙方书面往来", frozenset({ContractRole.SUPPLIER_MANAGER})
    TICKET_CONFIRM = (
        "确认或退回办理结果",
        frozenset({ContractRole.BUYER, ContractRole.USING_DEPARTMENT}),
        "运维合同文本 7.1.1（检查和监督）",
    )
    TICKET_APPROVE = (
        "批准变更和指令，同意挂起，认可归责",
        frozenset({ContractRole.BUYER}),
        "运维合同文本 7.2.20、4.3.1",
    )
    ROSTER = "排班、登记缺勤", frozenset({ContractRole.SUPPLIER_MANAGER})
    REACH = (
        "抽测值守",
        _LEADS | {ContractRole.USING_DEPARTMENT},
        "云租用合同 第一条/一/(三)/1/(6)",
    )
    DESK_CHANNELS = "设置服务台渠道", _LEADS, "合同附件一、四：电话、邮件、传真 7×24 受理"
    REMIND = "设定本方的提醒", _LEADS
    ALERTS = "设置告警来源", _LEADS

    def __init__(self, zh: str, roles: frozenset[ContractRole], source: str = HOUSE) -> None:
        self.zh = zh
        self.roles = roles
        self.source = source


@dataclass(frozen=True, slots=True)
class Ruling:
    """裁定: yes or no, with the sentence that a person is told, and the name of the rule that said no."""

    allowed: bool
    reason: str = ""
    rule: str = ""

    def __bool__(self) -> bool:
        return self.allowed


YES = Ruling(allowed=True)


@dataclass(frozen=True, slots=True)
class Tried:
    """试过的规则: one rule, and what stands against somebody under it; nothing where it lets them through."""

    rule: Rule
    against: str

    @property
    def passed(self) -> bool:
        return not self.against


#: What a rule found: its name, and what stands against somebody, or nothing.
Found = tuple[str, str]


def no(rule: str, reason: str) -> Ruling:
    """No, by this rule of the table: whoever invents one has to write it there."""
    return Ruling(allowed=False, reason=reason, rule=RULES[rule].name)


def _first(found: Iterator[Found]) -> Ruling:
    return next((no(rule, against) for rule, against in found if against), YES)


def _all(found: Iterator[Found]) -> tuple[Tried, ...]:
    return tuple(Tried(RULES[rule], against) for rule, against in found)


# ── rights ───────────────────────────────────────────────────────────────────────────────────────────────────────


def may(seat: Seat, right: Right) -> Ruling:
    """Whether a person may do a thing on a contract at all."""
    return _first(_of_right(seat, right))


def tried(seat: Seat, right: Right) -> tuple[Tried, ...]:
    """Every rule that `may` asks, also behind the one that already says no."""
    return _all(_of_right(seat, right))


def _of_right(seat: Seat, right: Right) -> Iterator[Found]:
    yield "seated", "" if seat.roles else "您在这份合同中没有任职。请联系系统管理员。"
    yield "token", withheld(seat.scopes, needed(right.name))
    yield "role", "" if seat.roles & right.roles else _instead(seat, right)


def _instead(seat: Seat, right: Right) -> str:
    able = "、".join(role.label for role in ContractRole if role in right.roles)
    return f"您是{seat.zh}，不能{right.zh}；可以由{able}办理。"


def may_administer(*, administrator: bool) -> Ruling:
    """Whether somebody may keep organisations, accounts and appointments."""
    if administrator:
        return YES
    return no("administrator", "单位、账号和任职由系统管理员办理；您不是系统管理员。")


def may_instruct(seat: Seat) -> Ruling:
    """Whether a person's demand or instruction may go to the supplier as it is, or must go to the buyer's lead first.

    Nobody but the buyer tells the supplier what to do (security-support-2026 7.2.20, SYS-02).
    """
    ruling = may(seat, Right.SEE)
    if not ruling or ContractRole.BUYER in seat.roles:
        return ruling
    if Party.BUYER in seat.sides:
        says = (
            f"您是{seat.zh}，要求和指令不直接发给乙方：转甲方项目负责人批准，批准之后由甲方发出。"
        )
        return no("instruct", says)
    says = "要求和指令只由甲方向乙方发出；收到别的单位的指令，请书面告知甲方项目负责人，批准之后才能办。"
    return no("instruct", f"您是{seat.zh}。{says}")


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────

#: What says that somebody else than the buyer gave orders, and that the buyer let it pass.
_INSTRUCTIONS = frozenset({"instruction.received", "instruction.approved"})


def may_record(seat: Seat, kind: str, debtor: Party | None = None) -> Ruling:
    """Whether a person may record a fact of a kind. ``debtor`` is whose duty it is about, for facts about a term.

    What one side does, that side records; what both must confirm is proposed and signed instead
    (``Right.PROPOSE``). The supplier must not confirm for the buyer (SYS-02).
    """
    return _first(_of_kind(seat, kind, debtor))


def tried_recording(seat: Seat, kind: str, debtor: Party | None = None) -> tuple[Tried, ...]:
    """Every rule that `may_record` asks."""
    return _all(_of_kind(seat, kind, debtor))


def _of_kind(seat: Seat, kind: str, debtor: Party | None) -> Iterator[Found]:
    yield from _of_right(seat, Right.RECORD)
    recorder = recorder_of(kind)
    together = recorder is Recorder.TOGETHER
    yield "together", "这件事要双方确认：请提出后由双方签署，不能单方登记。" if together else ""
    wanted = _sides(recorder, debtor)
    who = "、".join(side.zh for side in Party if side in wanted)
    ours = bool(seat.sides & wanted)
    yield "whose_fact", "" if ours else f"这件事应由{who}登记；您是{seat.zh}。"
    # Only what lets somebody record at all counts: who also audits is no manager by that.
    able = seat.roles & Right.RECORD.roles
    bound = bool(able) and able <= _WORKERS and kind in FORMAL
    yield "formal", "这件事有法律后果，应由乙方项目经理登记。" if bound else ""
    only_department = able == {ContractRole.USING_DEPARTMENT}
    if only_department and kind in _INSTRUCTIONS:
        yield "instruct", may_instruct(seat).reason
    elsewhere = only_department and kind not in DEPARTMENT
    says = "使用部门可以报障、提申请、参加培训和调查；其他事实由甲方项目负责人登记。"
    yield "department", says if elsewhere else ""


def may_record_this(
    seat: Seat,
    kind: str,
    data: Mapping[str, Any],
    evidence: Collection[str],
    debtor: Party | None,
) -> Ruling:
    """Whether a person may record this very fact: what only both can agree on, and what only a signed slip proves, included."""
    ruling = may_record(seat, kind, debtor)
    if not ruling:
        return ruling
    if AGREED.get(kind, frozenset()) & data.keys():
        return no("together", "商定的比例要双方确认：请在补充协议中用“共同确认”提出，由双方签署。")
    recorder = recorder_of(kind)
    if recorder in (Recorder.DEBTOR, Recorder.CREDITOR) and debtor is None:
        return no("no_debtor", "合同里没有它所说的约定，说不清由哪一方登记。请核对后再登记。")
    if recorder is Recorder.CREDITOR and debtor is Party.BOTH:
        says = "这是双方共同的义务，单方不能这样登记：请提出补充协议，由双方签署。"
        return no("no_debtor", says)
    if kind in SLIPS and not evidence and SLIPS[kind] not in seat.sides:
        receiver = SLIPS[kind]
        whose = "收到的一方" if receiver is None else receiver.zh
        return no("slip", f"请附上有{whose}签收的文件再登记；没有附件的，由{whose}登记。")
    return YES


def _sides(recorder: Recorder, debtor: Party | None) -> frozenset[Party]:
    both = frozenset({Party.BUYER, Party.SUPPLIER})
    match recorder:
        case Recorder.BUYER:
            return frozenset({Party.BUYER})
        case Recorder.SUPPLIER:
            return frozenset({Party.SUPPLIER})
        case Recorder.EITHER | Recorder.TOGETHER:
            return both
        case Recorder.DEBTOR:
            return both if debtor is None or debtor not in both else frozenset({debtor})
        case Recorder.CREDITOR:
            return both if debtor is None or debtor not in both else both - {debtor}


# ── the state of a thing ─────────────────────────────────────────────────────────────────────────────────────────


def may_see_draft(seat: Seat, owner: Party, *, drafted: bool) -> Ruling:
    """Whether a person may see what a side drafts: until it is proposed it is that side's alone."""
    if not drafted or owner in seat.sides:
        return YES
    return no("own_draft", f"这是{owner.zh}的草稿，提出之前只有{owner.zh}看得到。")


def may_see_upload(seat: Seat, uploaded_by: str) -> Ruling:
    """Whether a person may look into an uploaded file and import it: what nobody has answered for yet is its bringer's."""
    if seat.username == uploaded_by:
        return YES
    return no("own_draft", "这个文件是别人上传的，只有上传人可以预览和导入。")


@dataclass(frozen=True, slots=True)
class Taking:
    """步骤的权限: which right a step of a lifecycle takes, and which further rules look at the person."""

    right: Right
    rules: tuple[str, ...] = ()


#: Who takes the steps of what both sides sign, settle, read in and give away. The states are the lifecycle's.
_SIGNED: Mapping[str, Mapping[str, Taking]] = {
    "supplement": {
        "propose": Taking(Right.PROPOSE, ("one_side", "proposer")),
        "confirm": Taking(Right.SIGN, ("one_side", "two_people")),
        "countersign": Taking(Right.SIGN, ("one_side", "two_people")),
        "revise": Taking(Right.PROPOSE, ("one_side", "proposer")),
        "refuse": Taking(Right.SIGN, ("one_side", "proposer")),
        "withdraw": Taking(Right.PROPOSE, ("one_side", "proposer")),
    },
    "statement": {
        "confirm": Taking(Right.SIGN, ("one_side", "two_people")),
        "countersign": Taking(Right.SIGN, ("one_side", "two_people")),
        "dispute": Taking(Right.SIGN, ("one_side", "proposer")),
        "restate": Taking(Right.ISSUE, ("one_side",)),
        "withdraw": Taking(Right.ISSUE, ("one_side", "proposer")),
    },
    "contract_draft": {
        "propose": Taking(Right.SIGN, ("one_side",)),
        "return": Taking(Right.SIGN, ("one_side", "apart")),
        "confirm": Taking(Right.SIGN, ("one_side", "apart", "two_organisations")),
        "withdraw": Taking(Right.SIGN, ("one_side",)),
    },
    "disclosure": {
        "apply": Taking(Right.DISCLOSE, ("one_side",)),
        "consent": Taking(Right.CONSENT, ("consent", "own_house", "waiver", "apart")),
        "refuse": Taking(Right.CONSENT, ("own_house",)),
        "withdraw": Taking(Right.DISCLOSE, ("proposer",)),
        "revoke": Taking(Right.CONSENT, ("own_house",)),
    },
}

#: Whom the lives of tickets mean by their roles.
DESK: Mapping[str, Right] = {
    "engineer": Right.TICKET_WORK,
    "supplier": Right.TICKET_LEAD,
    "user": Right.TICKET_CONFIRM,
    "buyer": Right.TICKET_APPROVE,
}


def _of_desk(life: Lifecycle) -> Mapping[str, Taking]:
    """The steps of a kind of ticket: the rights of the roles that its table names, and who is kept apart."""
    apart = {name for pair in life.apart for name in pair[1:]}
    return {
        step.name: Taking(DESK[step.by[0]], ("apart",) if step.name in apart else ())
        for step in life.steps
    }


STEPS: Mapping[str, Mapping[str, Taking]] = {
    **_SIGNED,
    **{kind.life.name: _of_desk(kind.life) for kind in TICKET_KINDS.values()},
}


# ── all at once ──────────────────────────────────────────────────────────────────────────────────────────────────

#: For the table of rights in the manual: every right with the roles that have it.
RIGHTS: Mapping[str, frozenset[ContractRole]] = {right.zh: right.roles for right in Right}


@dataclass(frozen=True, slots=True)
class Recording:
    """登记权限: the kinds of fact that share one ruling for one seat, in words."""

    ruling: Ruling
    kinds: tuple[str, ...]


def rulings(seat: Seat) -> tuple[tuple[Right, Ruling], ...]:
    """Every right with what a person is told who asks for it."""
    return tuple((right, may(seat, right)) for right in Right)


def recordings(seat: Seat) -> tuple[Recording, ...]:
    """Every kind of fact under the ruling that it gets, what is allowed first.

    Whose duty a fact is about is not known here: kinds that hang on it are asked about again with the term.
    """
    found: dict[Ruling, list[str]] = {}
    for name, kind in KINDS.items():
        found.setdefault(may_record(seat, name), []).append(kind.zh)
    told = [Recording(ruling, tuple(kinds)) for ruling, kinds in found.items()]
    return tuple(sorted(told, key=lambda one: (not one.ruling.allowed, one.ruling.reason)))
