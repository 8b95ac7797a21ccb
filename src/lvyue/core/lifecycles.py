"""生命周期: the states a thing may be in and the steps between them, as tables.

Rules of this file. Everything that affects which step is allowed lives here; buttons, API calls and the diagrams in the
manual are read from the same tables. The file does not know who is signed in: a step names the roles that may take it and
the papers it needs, and the platform checks them. A step takes a thing from one of its ``froms`` to ``to``; a state
without steps is final.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Severity


@dataclass(frozen=True, slots=True)
class Step:
    """步骤: its name, where it leads from and to, who may take it, and what must be attached."""

    name: str
    zh: str
    froms: tuple[str, ...]
    to: str
    by: tuple[str, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """生命周期: states in order with their Chinese names, the first state, and the steps."""

    name: str
    zh: str
    states: Mapping[str, str]
    first: str
    steps: tuple[Step, ...]
    apart: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuses a table that names unknown states or leaves one that cannot be reached."""
        named = {state for step in self.steps for state in (*step.froms, step.to)} | {self.first}
        if unknown := named - self.states.keys():
            raise ValueError(f"{self.name}：没有登记的状态 {'、'.join(sorted(unknown))}")
        if lost := self.states.keys() - self.reachable():
            raise ValueError(f"{self.name}：到不了的状态 {'、'.join(sorted(lost))}")

    def reachable(self) -> frozenset[str]:
        """States that can be reached from the first."""
        seen = {self.first}
        while more := {s.to for s in self.steps if seen & set(s.froms)} - seen:
            seen |= more
        return frozenset(seen)

    def open_steps(self, state: str) -> tuple[Step, ...]:
        """The steps that lead on from a state."""
        return tuple(step for step in self.steps if state in step.froms)

    def take(self, state: str, name: str, *, role: str, papers: Sequence[str] = ()) -> str | Doubt:
        """The state after a step, or the doubt that says why it is refused and what would mend it."""
        step = next((s for s in self.steps if s.name == name), None)
        if step is None or state not in step.froms:
            possible = "、".join(s.zh for s in self.open_steps(state)) or "没有后续步骤"
            return self._refused(
                state, f"“{self.states.get(state, state)}”状态下不能这样做。", f"可以：{possible}。"
            )
        if role not in step.by:
            return self._refused(
                state, f"“{step.zh}”不能由“{role}”办理。", f"应由{'、'.join(step.by)}办理。"
            )
        if lacking := [need for need in step.needs if need not in papers]:
            return self._refused(
                state, f"“{step.zh}”缺少：{'、'.join(lacking)}。", "请补齐后再办。"
            )
        return step.to

    def _refused(self, state: str, says: str, mend: str) -> Doubt:
        return Doubt(
            id=DoubtId(f"refused:{self.name}:{state}"),
            kind=DoubtKind.REFUSED,
            severity=Severity.BLOCK,
            places=(self.zh,),
            says=says,
            mend=mend,
        )

    def diagram(self) -> str:
        """The table as a Mermaid state diagram, for the manual."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.first}"]
        lines += [f"    {name}: {zh}" for name, zh in self.states.items()]
        lines += [
            f"    {source} --> {step.to}: {step.zh}" for step in self.steps for source in step.froms
        ]
        lines += [f"    {state} --> [*]" for state in self.states if not self.open_steps(state)]
        return "\n".join(lines)


_BUYER, _SUPPLIER, _BOTH = "buyer", "supplier", ("buyer", "supplier")

OBLIGATION = Lifecycle(
    "obligation",
    "义务",
    {
        "scheduled": "已排定",
        "in_effect": "履行中",
        "suspended": "中止",
        "fulfilled": "已履行",
        "violated": "已违反",
        "discharged": "已免除",
        "terminated": "未成而终",
    },
    "scheduled",
    (
        Step("trigger", "触发", ("scheduled",), "in_effect", ("system",)),
        Step("suspend", "中止", ("in_effect",), "suspended", _BOTH, ("依据文书",)),
        Step("resume", "恢复", ("suspended",), "in_effect", _BOTH),
        Step("perform", "履行", ("in_effect", "violated"), "fulfilled", ("debtor",), ("证据",)),
        Step("lapse", "期限届满", ("in_effect",), "violated", ("system",)),
        Step(
            "waive",
            "书面豁免",
            ("scheduled", "in_effect", "violated"),
            "discharged",
            ("holder",),
            ("书面同意",),
        ),
        Step(
            "excuse",
            "认可免责",
            ("in_effect", "violated"),
            "discharged",
            ("holder",),
            ("归责说明", "对方认可"),
        ),
        Step(
            "end",
            "合同终止",
            ("scheduled", "in_effect", "suspended"),
            "terminated",
            _BOTH,
            ("终止文书",),
        ),
    ),
)

ACCEPTANCE = Lifecycle(
    "acceptance",
    "验收",
    {
        "preparing": "准备",
        "submitted": "文件已送达",
        "reviewing": "验收中",
        "objected": "有异议",
        "rectifying": "整改中",
        "accepted": "验收通过",
        "deemed": "视为通过",
    },
    "preparing",
    (
        Step(
            "submit",
            "送达验收文件",
            ("preparing", "rectifying"),
            "submitted",
            (_SUPPLIER,),
            ("签收回执",),
        ),
        Step("review", "组织验收", ("submitted",), "reviewing", (_BUYER,)),
        Step("object", "书面异议", ("submitted", "reviewing"), "objected", (_BUYER,), ("异议书",)),
        Step("rectify", "限期整改", ("objected",), "rectifying", (_BUYER,), ("整改要求",)),
        Step("accept", "签署验收书", ("reviewing",), "accepted", (_BUYER,), ("验收书",)),
        Step("lapse", "期满未答复", ("submitted",), "deemed", ("system",), ("视为条款",)),
    ),
    apart=(("submit", "accept"),),
)

RECTIFICATION = Lifecycle(
    "rectification",
    "整改",
    {
        "notified": "已下达",
        "rectifying": "整改中",
        "reported": "已报告",
        "closed": "复查合格",
        "failed": "复查不合格",
        "withdrawn": "已撤回",
    },
    "notified",
    (
        Step("start", "签收并整改", ("notified", "failed"), "rectifying", (_SUPPLIER,)),
        Step("report", "报告完成", ("rectifying",), "reported", (_SUPPLIER,), ("整改证据",)),
        Step("pass", "复查合格", ("reported",), "closed", (_BUYER,), ("复查记录",)),
        Step("fail", "复查不合格", ("reported",), "failed", (_BUYER,), ("复查记录",)),
        Step("withdraw", "撤回通知", ("notified", "rectifying"), "withdrawn", (_BUYER,), ("理由",)),
    ),
    apart=(("report", "pass"),),
)


def _desk(name: str, zh: str, done: str, test: tuple[str, ...]) -> Lifecycle:
    """The life of whatever a user brings to the desk: answered by a person, worked on, done, and confirmed by the user."""
    return Lifecycle(
        name,
        zh,
        {
            "opened": "已受理",
            "answered": "已响应",
            "working": "处理中",
            "paused": "挂起",
            "restored": f"已{done}",
            "confirmed": "用户确认",
            "reopened": "重新打开",
            "closed": "关闭",
            "merged": "并入他单",
            "withdrawn": "报单人撤回",
        },
        "opened",
        (
            Step("answer", "由人响应", ("opened", "reopened"), "answered", ("engineer",)),
            Step("work", "开始处理", ("answered",), "working", ("engineer",)),
            Step(
                "pause",
                "挂起",
                ("answered", "working"),
                "paused",
                ("engineer",),
                ("事由", "同意人"),
            ),
            Step("resume", "恢复处理", ("paused",), "working", ("engineer",)),
            Step("restore", done, ("answered", "working"), "restored", ("engineer",), test),
            Step("confirm", "用户确认", ("restored",), "confirmed", ("user",)),
            Step("reopen", "重新打开", ("restored", "confirmed"), "reopened", ("user",), ("理由",)),
            Step("close", "关闭归档", ("confirmed",), "closed", ("engineer",)),
            Step(
                "merge",
                "并入他单",
                ("opened", "answered", "working", "paused", "reopened"),
                "merged",
                ("engineer",),
                ("留下的工单", "理由"),
            ),
            Step("withdraw", "撤回", ("opened", "answered"), "withdrawn", ("user",), ("理由",)),
        ),
        apart=(("restore", "confirm"),),
    )


TICKET = _desk("ticket", "工单", "恢复", ("修后测试",))
REQUEST = _desk("service_request", "服务请求", "办结", ("办理结果",))
COMPLAINT = _desk("complaint", "投诉", "妥处", ("处理结果",))
WORK_ORDER = _desk("work_order", "派工单", "完工", ("完工记录",))

PROBLEM = Lifecycle(
    "problem",
    "问题",
    {
        "opened": "已立项",
        "analysing": "查找根因",
        "known_error": "已知错误（有规避办法）",
        "solved": "根因已消除",
        "closed": "关闭",
    },
    "opened",
    (
        Step("work", "开始分析", ("opened",), "analysing", ("engineer",)),
        Step(
            "work_around",
            "找到规避办法",
            ("analysing",),
            "known_error",
            ("engineer",),
            ("规避办法",),
        ),
        Step(
            "restore",
            "消除根因",
            ("analysing", "known_error"),
            "solved",
            ("engineer",),
            ("根因", "修后测试"),
        ),
        Step("reopen", "重新分析", ("solved",), "analysing", ("user",), ("理由",)),
        Step("close", "关闭归档", ("solved",), "closed", ("user",)),
    ),
    apart=(("restore", "close"),),
)

CHANGE = Lifecycle(
    "change",
    "变更",
    {
        "drafted": "草拟",
        "submitted": "待批准",
        "approved": "已批准",
        "refused": "不批准",
        "working": "实施中",
        "restored": "已实施",
        "backed_out": "已回退",
        "closed": "复核关闭",
        "withdrawn": "已撤回",
    },
    "drafted",
    (
        Step(
            "submit",
            "提交审批",
            ("drafted", "backed_out"),
            "submitted",
            ("engineer",),
            ("影响", "回退办法", "实施窗口"),
        ),
        Step("approve", "批准", ("submitted",), "approved", (_BUYER,)),
        Step("refuse", "不批准", ("submitted",), "refused", (_BUYER,), ("理由",)),
        Step("work", "开始实施", ("approved",), "working", ("engineer",)),
        Step("restore", "实施完成", ("working",), "restored", ("engineer",), ("验证结果",)),
        Step("back_out", "回退", ("working", "restored"), "backed_out", ("engineer",), ("理由",)),
        Step("close", "复核关闭", ("restored",), "closed", (_BUYER,)),
        Step(
            "withdraw",
            "撤回",
            ("drafted", "submitted", "approved"),
            "withdrawn",
            ("engineer",),
            ("理由",),
        ),
    ),
    apart=(("submit", "approve"), ("restore", "close")),
)

INSTRUCTION = Lifecycle(
    "instruction",
    "指令",
    {
        "received": "收到，不得执行",
        "reported": "已书面告知甲方",
        "approved": "甲方已书面批准",
        "refused": "甲方不批准",
        "working": "执行中",
        "restored": "已执行",
        "closed": "关闭",
        "withdrawn": "已收回",
    },
    "received",
    (
        Step("report", "书面告知甲方", ("received",), "reported", (_SUPPLIER,), ("告知文书",)),
        Step("approve", "书面批准", ("received", "reported"), "approved", (_BUYER,), ("批准文书",)),
        Step("refuse", "不批准", ("received", "reported"), "refused", (_BUYER,), ("理由",)),
        Step("work", "开始执行", ("approved",), "working", ("engineer",)),
        Step("restore", "执行完成", ("working",), "restored", ("engineer",), ("执行结果",)),
        Step("close", "关闭归档", ("restored",), "closed", (_BUYER,)),
        Step(
            "withdraw",
            "收回",
            ("received", "reported", "approved"),
            "withdrawn",
            ("user",),
            ("理由",),
        ),
    ),
    apart=(("restore", "close"),),
)

REPLY = Lifecycle(
    "reply",
    "要求答复的函件",
    {
        "received": "已收到，待答复",
        "answered": "已书面答复",
        "closed": "关闭",
        "withdrawn": "已撤回",
    },
    "received",
    (
        Step("answer", "书面答复", ("received",), "answered", (_BUYER,), ("答复文书",)),
        Step("close", "关闭归档", ("answered",), "closed", (_SUPPLIER,)),
        Step("withdraw", "撤回", ("received",), "withdrawn", (_SUPPLIER,), ("理由",)),
    ),
)

SUDDEN = Lifecycle(
    "sudden_event",
    "突发事件",
    {"known": "已知悉", "told": "已报告甲方", "restored": "已处置", "closed": "关闭"},
    "known",
    (
        Step("tell", "报告甲方", ("known",), "told", ("engineer",), ("报告方式", "报告给谁")),
        Step("restore", "处置完成", ("told",), "restored", ("engineer",), ("处置结果",)),
        Step("close", "关闭归档", ("restored",), "closed", (_BUYER,), ("复盘",)),
    ),
    apart=(("restore", "close"),),
)

DEFECT = Lifecycle(
    "latent_defect",
    "潜在缺陷",
    {
        "found": "已发现",
        "told": "已联系甲方",
        "agreed": "防范已商定",
        "done": "防范已落实",
        "confirmed": "甲方确认",
        "closed": "关闭",
    },
    "found",
    (
        Step("tell", "联系甲方", ("found",), "told", ("engineer",), ("联系方式", "联系了谁")),
        Step("agree", "共同商定防范", ("told",), "agreed", (_BUYER,), ("防范措施", "甲方配合")),
        Step("restore", "落实防范", ("agreed",), "done", ("engineer",), ("落实证明",)),
        Step("confirm", "确认落实", ("done",), "confirmed", (_BUYER,), ("复核结果",)),
        Step("reopen", "退回落实", ("done",), "agreed", (_BUYER,), ("理由",)),
        Step("close", "关闭归档", ("confirmed",), "closed", ("engineer",)),
    ),
    apart=(("restore", "confirm"),),
)

DEMAND = Lifecycle(
    "demand",
    "有权机关的披露要求",
    {
        "received": "已收到",
        "told": "已口头告知甲方",
        "written": "已书面告知甲方",
        "approved": "甲方同意按要求披露",
        "refused": "甲方不同意",
        "closed": "关闭",
    },
    "received",
    (
        Step("tell", "口头告知", ("received",), "told", ("engineer",), ("告知了谁",)),
        Step("write", "书面告知", ("received", "told"), "written", (_SUPPLIER,), ("告知文书",)),
        Step("approve", "同意披露", ("written",), "approved", (_BUYER,), ("同意文书",)),
        Step("refuse", "不同意", ("written",), "refused", (_BUYER,), ("理由",)),
        Step("close", "关闭归档", ("approved", "refused"), "closed", (_BUYER,), ("结果",)),
    ),
)

CRYPTO_ORDER = Lifecycle(
    "crypto_order",
    "密码服务工单",
    {
        "draft": "草稿",
        "submitted": "已提交",
        "returned": "退回补正",
        "received": "已受理",
        "approved": "已批准",
        "rejected": "驳回",
        "allocating": "资源分配中",
        "allocated": "已分配",
        "opened": "已开通",
        "running": "运行中",
        "suspended": "暂停",
        "closing": "注销中",
        "closed": "已注销",
        "withdrawn": "撤回",
    },
    "draft",
    (
        Step("submit", "提交", ("draft", "returned"), "submitted", ("applicant",)),
        Step(
            "withdraw",
            "撤回",
            ("draft", "submitted", "received", "returned"),
            "withdrawn",
            ("applicant",),
        ),
        Step("receive", "受理", ("submitted",), "received", ("desk",), ("核对单",)),
        Step("return", "退回补正", ("submitted",), "returned", ("desk",), ("缺项说明",)),
        Step("approve", "批准", ("received",), "approved", ("approver",)),
        Step("reject", "驳回", ("received",), "rejected", ("approver",), ("理由",)),
        Step("allocate", "开始分配", ("approved",), "allocating", ("allocator",)),
        Step("hand_over", "分配完成", ("allocating",), "allocated", ("allocator",), ("分配记录",)),
        Step(
            "open", "开通", ("allocated",), "opened", ("allocator",), ("凭据移交", "实调成功记录")
        ),
        Step(
            "roll_back", "开通失败退回", ("allocated",), "allocating", ("allocator",), ("失败记录",)
        ),
        Step("confirm", "用户确认", ("opened",), "running", ("applicant",)),
        Step("suspend", "暂停", ("running",), "suspended", ("approver",), ("理由",)),
        Step("resume", "恢复", ("suspended",), "running", ("approver",)),
        Step("close", "申请注销", ("running", "suspended"), "closing", ("applicant",)),
        Step("destroy", "注销", ("closing",), "closed", ("allocator",), ("无在用密钥或迁移记录",)),
    ),
    apart=(("submit", "approve"), ("approve", "allocate"), ("submit", "allocate")),
)

SUPPLEMENT = Lifecycle(
    "supplement",
    "补充协议",
    {
        "drafted": "草拟",
        "proposed": "已提出",
        "confirmed_by_one": "一方确认",
        "in_force": "双方确认生效",
        "refused": "对方不同意",
        "withdrawn": "撤回",
    },
    "drafted",
    (
        Step("propose", "提出", ("drafted",), "proposed", _BOTH, ("变更内容", "理由")),
        Step("confirm", "一方签署", ("proposed",), "confirmed_by_one", _BOTH, ("签署",)),
        Step("countersign", "对方签署", ("confirmed_by_one",), "in_force", _BOTH, ("签署",)),
        # A signature holds for the text under which it stands, and for no other.
        Step("revise", "改动，原签署作废", ("confirmed_by_one",), "proposed", _BOTH),
        Step("refuse", "不同意", ("proposed", "confirmed_by_one"), "refused", _BOTH, ("理由",)),
        Step("withdraw", "撤回", ("drafted", "proposed", "confirmed_by_one"), "withdrawn", _BOTH),
    ),
    apart=(("confirm", "countersign"),),
)

STATEMENT = Lifecycle(
    "statement",
    "结算书",
    {
        "issued": "已出具",
        "confirmed_by_one": "一方已确认",
        "agreed": "双方已确认",
        "disputed": "有异议",
        "restated": "已重述",
        "withdrawn": "已撤回",
    },
    "issued",
    (
        Step("confirm", "一方确认", ("issued",), "confirmed_by_one", _BOTH, ("签署",)),
        Step("countersign", "对方确认", ("confirmed_by_one",), "agreed", _BOTH, ("签署",)),
        Step("dispute", "提出异议", ("issued", "confirmed_by_one"), "disputed", _BOTH, ("理由",)),
        # What both have confirmed stands until both have confirmed what replaces it.
        Step(
            "restate",
            "重述",
            ("issued", "confirmed_by_one", "disputed", "agreed"),
            "restated",
            _BOTH,
            ("重述的结算书",),
        ),
        Step("withdraw", "撤回", ("issued", "confirmed_by_one"), "withdrawn", ("issuer",)),
    ),
    apart=(("confirm", "countersign"),),
)

CONTRACT_DRAFT = Lifecycle(
    "contract_draft",
    "合同草稿",
    {
        "reviewing": "核对中",
        "proposed": "已提出，待对方确认",
        "in_force": "双方确认，已生效",
        "withdrawn": "已撤回",
    },
    "reviewing",
    (
        Step("propose", "提出", ("reviewing",), "proposed", _BOTH, ("读出的内容",)),
        # A proposal is one exact state of the review: whoever decides anything afterwards takes it back.
        Step("revise", "改动，提出作废", ("proposed",), "reviewing", _BOTH),
        Step("return", "退回", ("proposed",), "reviewing", _BOTH, ("理由",)),
        Step("confirm", "确认生效", ("proposed",), "in_force", _BOTH, ("签署",)),
        Step("withdraw", "撤回", ("reviewing", "proposed"), "withdrawn", _BOTH, ("理由",)),
    ),
    apart=(("propose", "confirm"), ("propose", "return")),
)

PAPER_READING = Lifecycle(
    "paper_reading",
    "读入任务",
    {
        "queued": "排队等候",
        "running": "正在读入",
        "interrupted": "读入中断",
        "failed": "没有读成",
        "cancelled": "已取消",
        "done": "已读入",
    },
    "queued",
    (
        Step("claim", "开始读入", ("queued",), "running", ("system",)),
        Step("finish", "读完", ("running",), "done", ("system",)),
        Step("fail", "读不成", ("running", "interrupted"), "failed", ("system",)),
        Step("interrupt", "进程中断", ("running",), "interrupted", ("system",)),
        Step("requeue", "重新排队", ("interrupted",), "queued", ("system",)),
        Step("cancel", "取消", ("queued", "running"), "cancelled", _BOTH),
        Step("again", "再读一遍", ("failed", "cancelled"), "queued", _BOTH),
    ),
)

LETTER = Lifecycle(
    "letter",
    "函件",
    {
        "drafted": "草稿",
        "issued": "已签发",
        "dispatched": "已送出，等回执",
        "returned": "没有送到",
        "served": "已送达",
        "withdrawn": "已撤回",
    },
    "drafted",
    (
        Step("issue", "签发", ("drafted",), "issued", _BOTH, ("正文",)),
        Step("dispatch", "送出", ("issued", "returned"), "dispatched", _BOTH),
        Step("serve", "送达", ("dispatched", "returned"), "served", ("system",), ("回执",)),
        Step("fail", "没有送到", ("dispatched",), "returned", ("system",)),
        Step("await", "回执更正，再等", ("returned",), "dispatched", ("system",)),
        Step("withdraw", "撤回", ("drafted", "issued"), "withdrawn", _BOTH, ("理由",)),
    ),
)

DISCLOSURE = Lifecycle(
    "disclosure",
    "对外提供",
    {
        "drafted": "草拟",
        "applied": "已申请，待甲方同意",
        "consented": "甲方已书面同意",
        "given": "已提供",
        "refused": "甲方不同意",
        "withdrawn": "已撤回申请",
        "revoked": "已收回同意",
    },
    "drafted",
    (
        Step(
            "apply",
            "申请",
            ("drafted",),
            "applied",
            ("applicant",),
            ("接收方", "用途", "提供的文件", "期限"),
        ),
        Step("consent", "书面同意", ("applied",), "consented", (_BUYER,), ("书面同意",)),
        Step("refuse", "不同意", ("applied",), "refused", (_BUYER,), ("理由",)),
        Step("give", "提供", ("consented",), "given", ("system",), ("书面同意",)),
        Step(
            "withdraw", "撤回申请", ("applied", "consented"), "withdrawn", ("applicant",), ("理由",)
        ),
        # What was taken cannot be called back: from here on nothing more is given.
        Step("revoke", "收回同意", ("consented", "given"), "revoked", (_BUYER,), ("理由",)),
    ),
    apart=(("apply", "consent"),),
)

#: Every lifecycle there is; rooms to come add theirs here.
LIFECYCLES: tuple[Lifecycle, ...] = (
    OBLIGATION,
    ACCEPTANCE,
    RECTIFICATION,
    TICKET,
    CRYPTO_ORDER,
    SUPPLEMENT,
    STATEMENT,
    CONTRACT_DRAFT,
    PAPER_READING,
    DISCLOSURE,
    LETTER,
    REQUEST,
    COMPLAINT,
    WORK_ORDER,
    PROBLEM,
    CHANGE,
    INSTRUCTION,
    REPLY,
    SUDDEN,
    DEFECT,
    DEMAND,
)
