"""Words that the rows of this room may hold."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices

from lvyue.core.terms import Party
from lvyue.core.tickets import HAPPENINGS


class ContractRole(TextChoices):
    """合同角色: what a person is on one contract. One person may be several things on several contracts."""

    BUYER = "buyer", "甲方项目负责人"
    USING_DEPARTMENT = "using_department", "使用部门"
    SUPPLIER_MANAGER = "supplier_manager", "乙方项目经理"
    ENGINEER = "engineer", "乙方工程师"
    AUDITOR = "auditor", "审计"
    SUPERVISOR = "supervisor", "监理"
    ASSESSOR = "assessor", "验收专家"
    SECURITY_OFFICER = "security_officer", "乙方安全员"
    CRYPTO_APPROVER = "crypto_approver", "密码服务审批人"
    KEY_MANAGER = "key_manager", "密钥管理员"
    CRYPTO_OPERATOR = "crypto_operator", "密码操作员"
    CRYPTO_AUDITOR = "crypto_auditor", "密码审计员"
    CONSENTER = "consenter", "甲方对外提供同意人"

    @property
    def side(self) -> Party | None:
        """Whose side a role is on; who audits, supervises or assesses is on none."""
        return _SIDES.get(self.value)


class ContactKind(TextChoices):
    """联系方式: the ways to reach a person outside the platform."""

    MAIL = "mail", "电子邮箱"
    PHONE = "phone", "手机号码"


class SignInWay(TextChoices):
    """登录方式: how a session was opened."""

    PASSWORD = "password", "密码"
    TOTP = "totp", "密码加动态验证码"
    PASSKEY = "passkey", "密码加通行密钥"
    RECOVERY = "recovery", "密码加恢复码"
    CLICK = "click", "演示一键登录"
    PROVIDER = "provider", "统一身份认证"
    PROVIDER_TOTP = "provider_totp", "统一身份认证加动态验证码"
    PROVIDER_PASSKEY = "provider_passkey", "统一身份认证加通行密钥"
    PROVIDER_RECOVERY = "provider_recovery", "统一身份认证加恢复码"

    @property
    def vouched(self) -> bool:
        """Whether a provider said who it is: then no password of ours was shown."""
        return self.value.startswith("provider")

    def then(self, second: SignInWay) -> SignInWay:
        """This first step with a second one, which is named as it would be after a password."""
        return SignInWay(f"provider_{second.value}") if self.vouched else second


_SIDES = {
    "buyer": Party.BUYER,
    "using_department": Party.BUYER,
    "supplier_manager": Party.SUPPLIER,
    "engineer": Party.SUPPLIER,
    "security_officer": Party.SUPPLIER,
    "crypto_approver": Party.BUYER,
    "key_manager": Party.SUPPLIER,
    "crypto_operator": Party.SUPPLIER,
    "consenter": Party.BUYER,
}


class Via(TextChoices):
    """途径: by which of our doors an act came in."""

    PAGE = "page", "网页"
    API = "api", "接口"
    COMMAND = "command", "命令行"
    JOB = "job", "后台任务"


class PackState(TextChoices):
    """留痕包状态: how far a pack of the audit trail is."""

    WAITING = "waiting", "等待"
    READY = "ready", "已做好"
    FAILED = "failed", "没有做成"


class Scope(TextChoices):
    """令牌的权限: what a token may do of what its account may."""

    READ = "read", "查看"
    RECORD = "record", "登记事实"
    IMPORT = "import", "批量导入"
    EXPORT = "export", "导出"
    MANAGE = "manage", "办理（起草、签署、出具、核对、管理）"


class ProviderKind(TextChoices):
    """身份来源的种类: in which language we ask somebody else who a person is."""

    OIDC = "oidc", "OpenID Connect"
    LDAP = "ldap", "LDAP 或活动目录"
    CAS = "cas", "CAS"


class Newcomers(TextChoices):
    """不认识的人: what becomes of somebody whom a provider knows and we do not."""

    REFUSE = "refuse", "不接受"
    WAIT = "wait", "等系统管理员批准"


#: What the audit trail calls each act. An act that is not here is shown under its own name.
ACTS: Mapping[str, str] = {
    "ticket.rebuilt": "按履约日志补建工单",
    "duty_log.rebuilt": "按履约日志补建值守日志",
    "roster.rebuilt": "补建原值班表",
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
    "token.rotated": "更换令牌",
    "token.elsewhere": "令牌从不允许的地址使用，已拒绝",
    "service_account.created": "建立服务账号",
    "service_account.handed_over": "更换服务账号负责人",
    "provider.kept": "设置身份来源",
    "provider.switched_on": "启用身份来源",
    "provider.switched_off": "停用身份来源",
    "provider.synchronised": "按目录停用账号",
    "identity.seen": "不认识的人从身份来源登录",
    "identity.linked": "连接外部身份",
    "identity.unlinked": "解除外部身份",
    "identity.refused": "不接受外部身份",
    "audit_pack.asked": "制作年度留痕包",
    "acted_as": "在命令行上以其名义查看或办理",
    "signed_in": "登录",
    "signed_out": "退出",
    "sign_in.locked": "多次密码错误，暂停登录",
    "sign_in.unlocked": "解除登录暂停",
    "sign_in.two_places": "同一账号同时从两个地址使用",
    "login.ended": "结束登录",
    "second_factor.added": "加两步验证",
    "second_factor.removed": "去掉两步验证",
    "second_factor.reset": "重设两步验证",
    "second_factor.rule": "规定哪些角色必须两步验证",
    "recovery_code.used": "用恢复码登录",
    "recovery_codes.made": "重出恢复码",
    "contact.set": "填写联系方式",
    "contact.verified": "验证联系方式",
    "contact.removed": "去掉联系方式",
    "department.registered": "登记部门",
    "account.moved": "换部门",
    "account.ends": "规定账号到期日",
    "account.left": "离任",
    "administrator.made": "设为系统管理员",
    "administrator.unmade": "不再是系统管理员",
    "invitation.made": "邀请",
    "invitation.revoked": "撤回邀请",
    "invitation.accepted": "接受邀请",
    "job.retried": "再试作业",
    "job.dropped": "放弃作业",
    "job.schedule_run": "现在执行计划",
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
    "letter.drafted": "起草函件",
    "letter.edited": "改动函件",
    "letter.issued": "签发函件",
    "letter.withdrawn": "撤回函件",
    "letter.dispatched": "送出函件",
    "letter.receipt": "登记函件回执",
    "letter.receipt_corrected": "更正函件回执",
    "contact.entered": "登记合同联系方式",
    "contact.told": "以函件告知联系方式",
    "contact.confirmed": "确认对方的联系方式",
    "contact.ended": "停用合同联系方式",
    "contact.revealed": "查看联系方式全文",
    "liaison.named": "指定联络人",
    "prompt.opened": "开始限时通知",
    "prompt.leg": "登记限时通知的一路",
    "prompt.sent": "发出限时通知",
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
    "channel.set_up": "配置通知通道",
    "channel.changed": "更改通知通道",
    "channel.secret_set": "更换通道密钥",
    "channel.switched_on": "启用通知通道",
    "channel.switched_off": "停用通知通道",
    "channel.tried": "试发",
    "leg.again": "要求重发通知",
    "notice_settings.changed": "更改通知设置",
    "personal.revealed": "查看个人信息",
    "disclosure.applied": "申请对外提供",
    "disclosure.consented": "同意对外提供",
    "disclosure.refused": "不同意对外提供",
    "disclosure.withdrawn": "撤回对外提供的申请",
    "disclosure.revoked": "收回对外提供的同意",
    "disclosure.linked": "为第三方建立下载链接",
    "disclosure.taken": "第三方取走文件",
    "reminders.set": "设定本方的提醒",
    "reminders.paused": "停止提醒本人",
    "reminders.resumed": "恢复提醒本人",
    "feed.created": "建立日历订阅",
    "feed.revoked": "吊销日历订阅",
    "alert_source.opened": "设置告警来源",
    "alert_source.closed": "停用告警来源",
    "roster.made": "排班",
    "swap.asked": "申请换班",
    "swap.answered": "答复换班",
    "swap.withdrawn": "撤回换班",
    "swap.absent": "登记缺勤",
    "duty.handed_over": "交班",
    "duty.taken_over": "接班",
    "duty.called": "抽测值守",
    "duty_log.filed": "记值守日志",
    "staff.counted": "统计在岗人数",
    "staff.not_counted": "在岗人数无法统计",
    "system.owned": "登记系统归属",
    "remote.commands": "记下远程命令",
    "remote.breach": "认定未经许可远程登录",
    "consent.asked": "申请事先同意",
    "consent.answered": "答复事先同意",
    "consent.started": "开始同意过的事",
    "consent.ended": "结束同意过的事",
    "article.written": "写知识",
    "article.reviewed": "审核知识",
    "article.shared": "给对方看知识或收回",
    "article.retired": "停用知识",
    "loss.opened": "立损失案卷",
    "loss.paper": "归入损失材料",
    "desk_channel.set_up": "设置服务台渠道",
    "desk_channel.changed": "更改服务台渠道",
    "desk_channel.switched": "启用或停用服务台渠道",
    "desk_channel.tried": "试通服务台渠道",
    "incoming.received": "收到来件",
    "incoming.taken": "来件开成工单",
    "incoming.merged": "来件并入工单",
    "incoming.ignored": "不处理来件",
    "call.recorded": "登记通话",
    "call.verified": "核实来电人身份",
    "repairs.counted": "统计故障设备维修",
    "sieve.kept": "存下筛选",
    "sieve.dropped": "删掉筛选",
    **{f"ticket.{name}": f"工单：{zh}" for name, zh in HAPPENINGS.items()},
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
    "recipient": "接收方",
    "until": "期限",
    "files": "文件",
    "most": "最多次数",
    "field": "栏目",
    "department": "部门",
    "ends": "到期",
    "temporary": "临时",
    "addresses": "来源地址",
    "way": "登录方式",
    "device": "设备",
    "failures": "密码错误次数",
    "factor": "种类",
    "roles": "角色",
    "left": "还剩",
    "logins": "登录数",
    "authenticator": "验证器",
    "passkeys": "通行密钥",
    "codes": "恢复码",
    "receipt": "收据号",
    "closed": "关闭了",
    "mail": "电子邮箱",
    "phone": "手机号码",
    "stage": "种类",
    "clause": "条款",
}
