"""Write the documents that are read off tables: docs/lifecycles.md, docs/facts.md and docs/permissions.md.

``--check`` writes nothing and fails, naming each document that no longer says what the tables say.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.duties import INCOMPATIBLE
from lvyue.accounts.permissions import RULES, STEPS, Right
from lvyue.core.facts import EVIDENCE_LIMIT, KINDS, FactKind, Field, FieldType
from lvyue.core.lifecycles import LIFECYCLES, Lifecycle, Step

TOP = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by tools/make_docs.py from the tables of the core. Change the table and run it again. -->"

ROLES = {
    "applicant": "申请人 applicant",
    "approver": "审批人 approver",
    "allocator": "资源管理员 allocator",
    "buyer": "甲方 buyer",
    "debtor": "义务人 debtor",
    "desk": "受理人 desk",
    "engineer": "工程师 engineer",
    "holder": "权利人 holder",
    "issuer": "出具方 issuer",
    "supplier": "乙方 supplier",
    "system": "系统（期限或事实） system",
    "user": "用户 user",
}

TYPES = {
    FieldType.TEXT: "文字 text",
    FieldType.INTEGER: "整数 whole number",
    FieldType.FEN: "整数分 whole fen",
    FieldType.DECIMAL: '小数，写成文字 decimal as text, `"99.95"`',
    FieldType.DAY: "日 day, `2026-02-09`",
    FieldType.MOMENT: "时刻 moment, `2026-02-09T10:30:00+08:00`",
    FieldType.AT: "日期，或带时区的时刻 day or moment",
    FieldType.BOOLEAN: "`true` / `false`",
}


# ── lifecycles ───────────────────────────────────────────────────────────────────────────────────────────────────


def lifecycles() -> str:
    return "\n".join([*_lifecycles_head(), *(line for one in LIFECYCLES for line in _life(one))])


def _lifecycles_head() -> Iterator[str]:
    yield "# 生命周期 — lifecycles"
    yield ""
    yield NOTE
    yield ""
    yield (
        "What state a thing may be in, which step leads on, who may take it and what must be attached. Buttons, commands and"
    )
    yield "these pages are read from the same tables, `src/lvyue/core/lifecycles.py`."
    yield ""
    yield (
        "A step is refused, with the reason and what would mend it, if it does not lead on from the present state, if the"
    )
    yield (
        "role is another, or if a paper is missing. **分离 Kept apart** are steps of one thing that the same person may not both"
    )
    yield "take. A state without steps is final."
    yield ""
    yield "| 生命周期 | identifier | 状态 states | 步骤 steps |"
    yield "|---|---|---|---|"
    for one in LIFECYCLES:
        yield f"| [{one.zh}](#{one.zh}-{one.name}) | `{one.name}` | {len(one.states)} | {len(one.steps)} |"
    yield ""


def _life(one: Lifecycle) -> Iterator[str]:
    yield f"## {one.zh} {one.name}"
    yield ""
    yield "```mermaid"
    yield one.diagram()
    yield "```"
    yield ""
    yield "| 步骤 step | 从 from | 到 to | 谁 who | 须附 needs |"
    yield "|---|---|---|---|---|"
    for step in one.steps:
        yield _step(one, step)
    yield ""
    yield f"分离 Kept apart: {_apart(one)}."
    yield ""


def _step(one: Lifecycle, step: Step) -> str:
    froms = "、".join(one.states[state] for state in step.froms)
    who = "、".join(ROLES[role] for role in step.by)
    needs = "、".join(step.needs) or "–"
    return f"| {step.zh} `{step.name}` | {froms} | {one.states[step.to]} | {who} | {needs} |"


def _apart(one: Lifecycle) -> str:
    zh = {step.name: step.zh for step in one.steps}
    pairs = (f"{zh[first]} / {zh[second]}" for first, second in one.apart)
    return "; ".join(pairs) or "none"


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def facts() -> str:
    return "\n".join([*_facts_head(), *(line for kind in KINDS.values() for line in _kind(kind))])


def _facts_head() -> Iterator[str]:
    yield "# 事实的种类 — kinds of fact"
    yield ""
    yield NOTE
    yield ""
    yield (
        "A fact is one line of JSON in a facts file: `id`, `kind`, `at`, perhaps `subject`, and `data` with the fields below."
    )
    yield (
        "`at` is a day or a moment with its offset; `subject` (1 to 200 characters) is the ticket, batch or device that an"
    )
    yield (
        "answer must share with its question. Money is whole fen, decimals are text, unknown fields are refused."
    )
    yield (
        f"`evidence`, perhaps, is a list of at most {EVIDENCE_LIMIT} SHA-256 in hexadecimal: the files that prove the fact."
    )
    yield "`lvyue facts kinds --json` gives the JSON Schema of each."
    yield ""
    yield "```json"
    yield (
        '{"id": "f-001", "kind": "hazard.notified", "at": "2026-03-02", "subject": "隐患-01", "data": {"paper": "整改-01"}}'
    )
    yield "```"
    yield ""
    yield f"There are {len(KINDS)} kinds."
    yield ""


def _kind(kind: FactKind) -> Iterator[str]:
    yield f"## `{kind.name}` {kind.zh}"
    yield ""
    if not kind.fields:
        yield "No fields."
    else:
        yield "| field | 中文 | type | required | accepted |"
        yield "|---|---|---|---|---|"
        for spec in kind.fields:
            yield _field(spec)
    yield ""


def _field(spec: Field) -> str:
    accepted = ", ".join(f"`{choice}`" for choice in spec.choices)
    if spec.least is not None:
        accepted = f"{spec.least} or more"
    need = "yes" if spec.required else "no"
    return f"| `{spec.name}` | {spec.zh} | {TYPES[spec.type]} | {need} | {accepted or '–'} |"


# ── permissions ──────────────────────────────────────────────────────────────────────────────────────────────────


def permissions() -> str:
    return "\n".join(
        [
            *_permissions_head(),
            *_rights_table(),
            *_steps_table(),
            *_roles_table(),
            *_apart_table(),
            *_rules_table(),
        ]
    )


def _permissions_head() -> Iterator[str]:
    yield "# 权限 — permissions"
    yield ""
    yield NOTE
    yield ""
    yield "谁能做什么、为什么：页面、接口、命令和导出都问同一处，`src/lvyue/accounts/permissions.py`；职责分离在"
    yield "`src/lvyue/accounts/duties.py`。对某个人、某件事的裁定，连同试过的每一条规则，在合同的“为什么不能”页、"
    yield "`GET /contracts/{contract_id}/why` 和命令 `lvyue may` 里看；谁能看到某样东西，在“谁能看到”页和 `lvyue who` 里看。"
    yield ""
    yield "“运维合同文本”的条款号是样例合同 `security-support-2026` 的；您的合同另有约定的，以合同为准，对外提供的依据就取自各份合同。"
    yield ""
    yield "Who may do what, and why: everything asks one place. A right is the least that is asked; the rules beside it are asked as well."
    yield ""


def _rights_table() -> Iterator[str]:
    yield "## 角色 × 事项 — roles and rights"
    yield ""
    yield "任何状态下都先问这张表。没有任职的人和系统管理员一项也没有。"
    yield ""
    yield f"| 事项 right | {' | '.join(role.label for role in ContractRole)} | 依据 source |"
    yield f"|---|{'---|' * len(ContractRole)}---|"
    for right in Right:
        able = " | ".join("✓" if role in right.roles else "–" for role in ContractRole)
        yield f"| {right.zh} `{right.name.lower()}` | {able} | {right.source} |"
    yield ""


def _steps_table() -> Iterator[str]:
    yield "## 角色 × 步骤 × 状态 — steps by state"
    yield ""
    yield "走得到哪一步由[生命周期](lifecycles.md)说，谁能走由这里说。"
    yield ""
    yield "| 对象 | 状态 state | 步骤 step | 角色 roles | 事项 right | 规则 rules | 依据 source |"
    yield "|---|---|---|---|---|---|---|"
    for one in LIFECYCLES:
        takings = STEPS.get(one.name, {})
        for state, word in one.states.items():
            for step in one.open_steps(state):
                if step.name not in takings:
                    continue
                taking = takings[step.name]
                roles = "、".join(role.label for role in ContractRole if role in taking.right.roles)
                rules = [RULES[name] for name in ("state", *taking.rules)]
                zh = "、".join(rule.zh for rule in rules)
                sources = "；".join(
                    dict.fromkeys([taking.right.source, *(rule.source for rule in rules[1:])])
                )
                yield f"| {one.zh} | {word} | {step.zh} | {roles} | {taking.right.zh} | {zh} | {sources} |"
    yield ""


def _roles_table() -> Iterator[str]:
    yield "## 角色 — roles"
    yield ""
    yield "一个人在一份合同上可以有几个角色，在不同的合同上可以有不同的角色；由系统管理员任命。"
    yield ""
    yield "| 角色 role | identifier | 一方 side |"
    yield "|---|---|---|"
    for role in ContractRole:
        side = role.side.zh if role.side is not None else "不在任何一方"
        yield f"| {role.label} | `{role.value}` | {side} |"
    yield ""


def _apart_table() -> Iterator[str]:
    yield "## 不能兼任 — kept apart"
    yield ""
    yield "同一份合同上，一个人不能同时担任下面每一行的两个角色；甲乙两方的任何两个角色也不能。"
    yield ""
    yield "| 角色 role | 不能同时担任 not with | 规则 rule | 依据 source |"
    yield "|---|---|---|---|"
    for role in ContractRole:
        others = {
            other: INCOMPATIBLE[frozenset({role, other})]
            for other in ContractRole
            if other is not role and frozenset({role, other}) in INCOMPATIBLE
        }
        for rule in dict.fromkeys(others.values()):
            names = "、".join(other.label for other, name in others.items() if name == rule)
            yield f"| {role.label} | {names} | {RULES[rule].zh} | {RULES[rule].source} |"
    yield ""


def _rules_table() -> Iterator[str]:
    yield "## 规则 — rules"
    yield ""
    yield "| 规则 rule | identifier | 说什么 | 依据 source |"
    yield "|---|---|---|---|"
    for rule in RULES.values():
        yield f"| {rule.zh} | `{rule.name}` | {rule.says} | {rule.source} |"
    yield ""


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────

DOCUMENTS: dict[str, Callable[[], str]] = {
    "docs/lifecycles.md": lifecycles,
    "docs/facts.md": facts,
    "docs/permissions.md": permissions,
}


def stale() -> list[str]:
    """The documents that no longer say what the tables say."""
    return [
        name
        for name, write in DOCUMENTS.items()
        if not (TOP / name).is_file() or (TOP / name).read_text("utf-8") != write()
    ]


def main() -> int:
    old = stale()
    if "--check" in sys.argv[1:]:
        for name in old:
            print(f"{name} is not what the tables say: run .venv/bin/python tools/make_docs.py")
        return 1 if old else 0
    for name in old:
        (TOP / name).write_text(DOCUMENTS[name](), "utf-8")
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
