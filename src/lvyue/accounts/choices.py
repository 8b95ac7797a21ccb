"""Words that the rows of this room may hold."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices

from lvyue.core.terms import Party


class ContractRole(TextChoices):
    """合同角色: what a person is on one contract. One person may be several things on several contracts."""

    BUYER = "buyer", "甲方项目负责人"
    USING_DEPARTMENT = "using_department", "使用部门"
    SUPPLIER_MANAGER = "supplier_manager", "乙方项目经理"
    ENGINEER = "engineer", "乙方工程师"
    AUDITOR = "auditor", "审计"

    @property
    def side(self) -> Party | None:
        """Whose side a role is on; an auditor is on none."""
        return _SIDES.get(self.value)


_SIDES = {
    "buyer": Party.BUYER,
    "using_department": Party.BUYER,
    "supplier_manager": Party.SUPPLIER,
    "engineer": Party.SUPPLIER,
}

#: What the audit trail calls each act. An act that is not here is shown under its own name.
ACTS: Mapping[str, str] = {
    "organisation.registered": "登记单位",
    "account.created": "建立账号",
    "account.renamed": "更改姓名或单位",
    "account.password_set": "重设密码",
    "account.password_changed": "本人修改密码",
    "account.switched_off": "停用账号",
    "account.switched_on": "启用账号",
    "appointed": "任命",
    "dismissed": "解除任职",
    "token.created": "建立令牌",
    "token.revoked": "吊销令牌",
    "acted_as": "在命令行上以其名义查看或办理",
    "signed_in": "登录",
    "signed_out": "退出",
    "sign_in.locked": "多次密码错误，暂停登录",
    "fact.recorded": "登记事实",
    "facts.uploaded": "上传事实文件",
    "facts.imported": "批量导入事实",
    "file.attached": "存入证明文件",
    "amendment.drafted": "起草补充协议",
    "amendment.edited": "改动补充协议",
    "amendment.proposed": "提出补充协议",
    "amendment.signed": "签署补充协议",
    "amendment.refused": "不同意补充协议",
    "amendment.withdrawn": "撤回补充协议",
    "statement.issued": "出具结算书",
    "statement.confirm": "确认结算书",
    "statement.countersign": "确认结算书（对方）",
    "statement.dispute": "对结算书提出异议",
    "statement.restate": "结算书由重述取代",
    "statement.withdraw": "撤回结算书",
    "draft.opened": "开始读入合同",
    "draft.paper_added": "上传要读入的文件",
    "draft.reading_cancelled": "取消读入",
    "draft.reading_again": "再读一遍",
    "draft.invited": "邀请参与草稿",
    "draft.let_go": "移出草稿",
    "draft.renamed": "给草稿定名",
    "draft.decided.accept": "核对：接受",
    "draft.decided.correct": "核对：改正",
    "draft.decided.split": "核对：拆分",
    "draft.decided.merge": "核对：合并",
    "draft.decided.reject": "核对：不要",
    "draft.decided.add": "核对：补加",
    "draft.decided.undo": "核对：撤销",
    "draft.proposed": "提出合同草稿",
    "draft.returned": "退回合同草稿",
    "draft.withdrawn": "撤回合同草稿",
    "draft.confirmed": "双方确认合同草稿，合同生效",
    "draft.into_amendment": "草稿转成补充协议",
}

#: What is done to people on a contract: an administrator answers for it, and it says nothing of what the contract holds.
PEOPLE_ACTS = frozenset({"appointed", "dismissed"})

#: What stands in an entry before and after, in words.
CHANGED: Mapping[str, str] = {
    "name": "姓名或名称",
    "organisation": "单位",
    "administrator": "系统管理员",
    "demonstration": "演示",
    "role": "角色",
    "expires": "失效",
    "address": "来源地址",
    "command": "命令",
    "state": "状态",
    "version": "稿次",
    "title": "名称",
    "reason": "理由",
    "paper": "文书编号",
    "effective": "生效日",
    "payload": "变更内容",
    "fact": "登记的事实",
    "release": "合同版本",
    "as_of": "截至",
    "hash": "散列",
    "side": "一方",
    "sha256": "散列",
    "size": "字节数",
    "id": "编号",
    "number": "号",
    "keys": "各项",
    "values": "各栏",
    "act": "内容",
    "acts": "拆成",
    "with": "并入",
    "stage": "种类",
    "clause": "条款",
}
