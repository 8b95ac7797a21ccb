"""The rows of people: who there is, where they belong, what they are on which contract, and what they did."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import UserManager
from django.db import models
from django.db.models import Q

from lvyue.accounts.choices import (
    ContactKind,
    ContractRole,
    Newcomers,
    PackState,
    ProviderKind,
    Scope,
    Via,
)


class Organisation(models.Model):
    """单位: an office or a firm that people belong to."""

    id = models.SlugField("编号", primary_key=True, max_length=80)
    name = models.CharField("名称", max_length=200)
    demonstration = models.BooleanField("演示", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """部门: a part of an organisation that people belong to. Its name is known once in the organisation."""

    organisation = models.ForeignKey(
        Organisation, verbose_name="单位", on_delete=models.PROTECT, related_name="departments"
    )
    name = models.CharField("名称", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "部门"
        ordering = ["organisation", "name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="department_named_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Account(AbstractBaseUser):
    """账号: one person's way in. An administrator keeps accounts and appointments, and sees no contract by that alone."""

    username = models.CharField("登录名", max_length=80, unique=True)
    name = models.CharField("姓名", max_length=80)
    organisation = models.ForeignKey(
        Organisation,
        verbose_name="单位",
        on_delete=models.PROTECT,
        related_name="accounts",
        null=True,
        blank=True,
    )
    department = models.ForeignKey(
        Department,
        verbose_name="部门",
        on_delete=models.PROTECT,
        related_name="accounts",
        null=True,
        blank=True,
    )
    is_administrator = models.BooleanField("系统管理员", default=False)
    temporary = models.BooleanField("临时", default=False)
    ends_at = models.DateTimeField("到期", null=True, blank=True)
    password_handed_over = models.BooleanField("密码由他人设定", default=False)
    is_active = models.BooleanField("启用", default=True)
    demonstration = models.BooleanField("演示", default=False)
    created_at = models.DateTimeField("建立时间")

    #: What the token may by which somebody acts; None for people. No column: a matter of one request.
    scopes: frozenset[Scope] | None = None

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                condition=Q(username__regex=r"^[a-z0-9][a-z0-9._-]*$"),
                name="account_plain_username",
            ),
            models.CheckConstraint(
                condition=Q(temporary=False) | Q(ends_at__isnull=False),
                name="account_temporary_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.username}）"


class Appointment(models.Model):
    """任职: that a person is something on one contract, since when, and until when. Rows are ended, never deleted."""

    account = models.ForeignKey(
        Account, verbose_name="账号", on_delete=models.PROTECT, related_name="appointments"
    )
    contract_id = models.SlugField("合同编号", max_length=80)
    role = models.CharField("角色", max_length=30, choices=ContractRole)
    since = models.DateTimeField("起")
    until = models.DateTimeField("止", null=True, blank=True)
    appointed_by = models.CharField("任命人", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        ordering = ["contract_id", "role", "account"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "contract_id", "role"],
                condition=Q(until__isnull=True),
                name="appointment_held_once",
            ),
            models.CheckConstraint(
                condition=Q(role__in=ContractRole.values), name="appointment_known_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.get_role_display()} {self.account_id}"


class AuditEntry(models.Model):
    """留痕: who did what, when, to what, from which state to which, and why. The database refuses to change a row."""

    at = models.DateTimeField("时间")
    who = models.CharField("登录名", max_length=150)
    name = models.CharField("姓名", max_length=80, blank=True)
    roles = models.CharField("角色", max_length=200, blank=True)
    contract_id = models.CharField("合同编号", max_length=80, blank=True)
    act = models.CharField("动作", max_length=80)
    about = models.CharField("对象", max_length=200, blank=True)
    before = models.JSONField("之前", null=True, blank=True)
    after = models.JSONField("之后", null=True, blank=True)
    reason = models.TextField("理由", blank=True)
    address = models.CharField("来源地址", max_length=64, blank=True, default="")
    request_id = models.CharField("请求编号", max_length=64, blank=True, default="")
    via = models.CharField("途径", max_length=10, choices=Via, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "留痕"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["contract_id", "-id"], name="audit_contract"),
            models.Index(fields=["who", "-id"], name="audit_who"),
            models.Index(fields=["request_id"], name="audit_request"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.who} {self.act} {self.about}"


class AuditLink(models.Model):
    """留痕链: the place of one entry in the chain, and the digest that seals it. Written empty with the entry, filled once."""

    entry = models.OneToOneField(
        AuditEntry,
        verbose_name="留痕",
        on_delete=models.DO_NOTHING,
        db_constraint=False,  # no entry is ever deleted: its own triggers see to that, and say why
        related_name="link",
        primary_key=True,
    )
    sequence = models.PositiveBigIntegerField("序号", unique=True, null=True)
    digest = models.CharField("散列", max_length=64, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "留痕链"
        ordering = ["sequence"]
        indexes = [
            models.Index(
                fields=["entry"], condition=Q(sequence__isnull=True), name="audit_unsealed"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sequence__isnull=True, digest="")
                | (Q(sequence__gte=1) & ~Q(digest="")),
                name="audit_sealed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.digest[:12]}"


class AuditHead(models.Model):
    """留痕链头: the last place of the chain and its digest, one row, which is locked while the chain grows."""

    sequence = models.PositiveBigIntegerField("序号", default=0)
    digest = models.CharField("散列", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "留痕链头"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="audit_head_once")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.digest[:12]}"


class AuditPack(models.Model):
    """年度留痕包: what was done in a year, on one contract or in the administration, as a file that proves itself."""

    contract_id = models.CharField("合同编号", max_length=80, blank=True)
    year = models.PositiveSmallIntegerField("年份")
    state = models.CharField("状态", max_length=10, choices=PackState, default=PackState.WAITING)
    asked_by = models.CharField("谁要的", max_length=150)
    asked_at = models.DateTimeField("何时")
    made_at = models.DateTimeField("做好的时间", null=True, blank=True)
    entries = models.PositiveIntegerField("条数", default=0)
    head_sequence = models.PositiveBigIntegerField("链头序号", default=0)
    head_digest = models.CharField("链头散列", max_length=64, blank=True)
    sha256 = models.CharField("文件散列", max_length=64, blank=True)
    content = models.BinaryField("文件", blank=True, default=b"")
    trouble = models.TextField("没有做成的原因", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "年度留痕包"
        ordering = ["-id"]
        indexes = [models.Index(fields=["contract_id", "-id"], name="pack_contract")]

    def __str__(self) -> str:
        return f"{self.year} {self.contract_id}"


class IdempotentAnswer(models.Model):
    """一次性回答: what a request with an Idempotency-Key was answered, so that it is not done twice."""

    account = models.ForeignKey(
        Account, verbose_name="账号", on_delete=models.CASCADE, related_name="+"
    )
    key = models.CharField("一次性编号", max_length=200)
    fingerprint = models.CharField("请求散列", max_length=64)
    status = models.PositiveSmallIntegerField("状态码", default=0)
    headers = models.JSONField("回答头", default=dict)
    body = models.TextField("回答", blank=True)
    at = models.DateTimeField("时间")
    expires_at = models.DateTimeField("失效时间")

    class Meta:
        verbose_name = verbose_name_plural = "一次性回答"
        ordering = ["-id"]
        indexes = [models.Index(fields=["expires_at"], name="answer_expires")]
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="answer_given_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.key} {self.status}"


def every_scope() -> list[str]:
    """What tokens may that were made before tokens had scopes: as much as their account, as was promised then."""
    return [*Scope.values]


class Token(models.Model):
    """令牌: a secret by which a program acts as a person. Only its hash is kept."""

    account = models.ForeignKey(
        Account, verbose_name="账号", on_delete=models.PROTECT, related_name="tokens"
    )
    name = models.CharField("用途", max_length=80)
    digest = models.CharField("散列", max_length=64, unique=True)
    created_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("失效时间")
    revoked_at = models.DateTimeField("吊销时间", null=True, blank=True)
    scopes = models.JSONField("权限", default=every_scope)
    addresses = models.JSONField("来源地址", default=list, blank=True)
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    last_used_from = models.CharField("最近来自", max_length=64, blank=True)
    refused_at = models.DateTimeField("最近拒绝", null=True, blank=True)
    refused_from = models.CharField("拒绝的地址", max_length=64, blank=True)
    old_digest = models.CharField("原来的散列", max_length=64, blank=True, db_index=True)
    old_until = models.DateTimeField("原来的用到", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "令牌"
        ordering = ["account", "id"]

    def __str__(self) -> str:
        return f"{self.account_id} {self.name}"


class SignInFailure(models.Model):
    """登录失败: one wrong password: for which name, from which address, when. Rows go when they count no longer."""

    username = models.CharField("登录名", max_length=80)
    address = models.CharField("来源地址", max_length=64)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "登录失败"
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["username", "at"], name="failure_username"),
            models.Index(fields=["address", "at"], name="failure_address"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.username} {self.address}"


# ── signing in with more than a password ─────────────────────────────────────────────────────────────────────────


class FormerPassword(models.Model):
    """旧密码: the hash of a password that somebody had, so that it is not taken again too soon."""

    account = models.ForeignKey(
        Account, verbose_name="账号", on_delete=models.PROTECT, related_name="former_passwords"
    )
    password = models.CharField("散列", max_length=128)
    until = models.DateTimeField("用到")

    class Meta:
        verbose_name = verbose_name_plural = "旧密码"
        ordering = ["account", "-id"]

    def __str__(self) -> str:
        return f"{self.account_id} {self.until:%Y-%m-%d}"


class Authenticator(models.Model):
    """验证器: the shared secret of an app that shows six digits every thirty seconds. Sealed; nobody is shown it again."""

    account = models.OneToOneField(
        Account, verbose_name="账号", on_delete=models.PROTECT, related_name="authenticator"
    )
    sealed = models.CharField("封存的密钥", max_length=300)
    created_at = models.DateTimeField("建立时间")
    last_step = models.BigIntegerField("用过的时段")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "验证器"
        ordering = ["account"]

    def __str__(self) -> str:
        return f"{self.account_id} {self.created_at:%Y-%m-%d}"


class RecoveryCode(models.Model):
    """恢复码: one of ten codes on paper that each let in once, when the telephone is lost. Only its hash is kept."""

    account = models.ForeignKey(
        Account, verbose_name="账号", on_delete=models.PROTECT, related_name="recovery_codes"
    )
    digest = models.CharField("散列", max_length=64)
    created_at = models.DateTimeField("建立时间")
    used_at = models.DateTimeField("使用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "恢复码"
        ordering = ["account", "id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="recovery_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.pk}"


class Passkey(models.Model):
    """通行密钥: a key pair that a device keeps and opens for its owner only. Here is its public half."""

    account = models.ForeignKey(
        Account, verbose_name="账号", on_delete=models.PROTECT, related_name="passkeys"
    )
    name = models.CharField("名称", max_length=80)
    credential_id = models.CharField("凭据编号", max_length=1400, unique=True)
    public_key = models.BinaryField("公钥")
    sign_count = models.BigIntegerField("签名次数")
    created_at = models.DateTimeField("建立时间")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通行密钥"
        ordering = ["account", "id"]

    def __str__(self) -> str:
        return f"{self.account_id} {self.name}"


class SecondStepRule(models.Model):
    """必须两步验证: that whoever holds this role on any contract must sign in with a second step."""

    role = models.CharField("角色", max_length=30, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "必须两步验证"
        ordering = ["role"]

    def __str__(self) -> str:
        return self.role


class Login(models.Model):
    """登录: one session of one person at one device, from when, from where, and until when. Ended, never deleted."""

    account = models.ForeignKey(
        Account, verbose_name="账号", on_delete=models.PROTECT, related_name="logins"
    )
    device = models.CharField("设备", max_length=300, blank=True)
    address = models.CharField("来源地址", max_length=64, blank=True)
    how = models.CharField("方式", max_length=30)
    since = models.DateTimeField("起")
    seen_at = models.DateTimeField("最近使用")
    ended_at = models.DateTimeField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录"
        ordering = ["account", "-id"]
        indexes = [models.Index(fields=["account", "seen_at"], name="login_seen")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.since:%Y-%m-%d %H:%M} {self.address}"


class ContactWay(models.Model):
    """联系方式: a mail address or a telephone number of a person. Used only once the person has shown that it reaches them."""

    account = models.ForeignKey(
        Account, verbose_name="账号", on_delete=models.PROTECT, related_name="contact_ways"
    )
    kind = models.CharField("种类", max_length=10, choices=ContactKind)
    value = models.CharField("内容", max_length=254)
    verified_at = models.DateTimeField("验证时间", null=True, blank=True)
    code = models.CharField("验证码散列", max_length=64, blank=True)
    code_sent_at = models.DateTimeField("验证码发出时间", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("试过的次数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "联系方式"
        ordering = ["account", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["account", "kind"], name="contact_way_of_one_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=ContactKind.values), name="contact_way_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.get_kind_display()}"


# ── coming and leaving ───────────────────────────────────────────────────────────────────────────────────────────


class Invitation(models.Model):
    """邀请: a link by which somebody makes their own account, once and within seven days. Only its hash is kept."""

    name = models.CharField("姓名", max_length=80)
    organisation = models.ForeignKey(
        Organisation,
        verbose_name="单位",
        on_delete=models.PROTECT,
        related_name="invitations",
        null=True,
        blank=True,
    )
    department = models.ForeignKey(
        Department,
        verbose_name="部门",
        on_delete=models.PROTECT,
        related_name="invitations",
        null=True,
        blank=True,
    )
    mail = models.CharField("电子邮箱", max_length=254, blank=True)
    offers = models.JSONField("任职", default=list)
    ends_at = models.DateTimeField("账号到期", null=True, blank=True)
    digest = models.CharField("散列", max_length=64, unique=True)
    invited_by = models.CharField("邀请人", max_length=150)
    demonstration = models.BooleanField("演示", default=False)
    created_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("失效时间")
    revoked_at = models.DateTimeField("撤回时间", null=True, blank=True)
    accepted_at = models.DateTimeField("接受时间", null=True, blank=True)
    account = models.OneToOneField(
        Account,
        verbose_name="账号",
        on_delete=models.PROTECT,
        related_name="invitation",
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = verbose_name_plural = "邀请"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} {self.expires_at:%Y-%m-%d}"


class Departure(models.Model):
    """离任: that a person left, when and why, and what was closed in that one act. The receipt, written once."""

    account = models.ForeignKey(
        Account, verbose_name="账号", on_delete=models.PROTECT, related_name="departures"
    )
    at = models.DateTimeField("时间")
    by = models.CharField("办理人", max_length=150)
    reason = models.TextField("理由")
    closed = models.JSONField("关闭了什么")

    class Meta:
        verbose_name = verbose_name_plural = "离任"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.account_id} {self.at:%Y-%m-%d}"


# ── other houses that know who somebody is ───────────────────────────────────────────────────────────────────────


class ServiceAccount(models.Model):
    """服务账号: that an account belongs to a program and not to a person: what for, and who answers for it."""

    account = models.OneToOneField(
        Account, verbose_name="账号", on_delete=models.PROTECT, related_name="service"
    )
    owner = models.ForeignKey(
        Account, verbose_name="负责人", on_delete=models.PROTECT, related_name="services"
    )
    purpose = models.CharField("用途", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "服务账号"
        ordering = ["account"]

    def __str__(self) -> str:
        return f"{self.account_id} {self.purpose}"


class IdentityProvider(models.Model):
    """身份来源: a house that knows who somebody is, such as the directory of an office. Kept by administrators."""

    id = models.SlugField("编号", primary_key=True, max_length=40)
    kind = models.CharField("种类", max_length=10, choices=ProviderKind)
    name = models.CharField("名称", max_length=80)
    is_active = models.BooleanField("启用", default=False)
    newcomers = models.CharField(
        "不认识的人", max_length=10, choices=Newcomers, default=Newcomers.REFUSE
    )
    second_step = models.BooleanField("已含两步验证", default=False)
    settings = models.JSONField("设置", default=dict)
    secret = models.TextField("封存的口令", blank=True)
    created_at = models.DateTimeField("建立时间")
    synchronised_at = models.DateTimeField("最近核对", null=True, blank=True)
    synchronised = models.CharField("核对结果", max_length=400, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "身份来源"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ProviderKind.values), name="provider_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """外部身份: somebody as a provider knows them, and whose account that is here. Without one they wait for an administrator."""

    provider = models.ForeignKey(
        IdentityProvider,
        verbose_name="身份来源",
        on_delete=models.PROTECT,
        related_name="identities",
    )
    subject = models.CharField("主体", max_length=255)
    account = models.ForeignKey(
        Account,
        verbose_name="账号",
        on_delete=models.PROTECT,
        related_name="identities",
        null=True,
        blank=True,
    )
    username = models.CharField("对方的登录名", max_length=150, blank=True)
    name = models.CharField("对方的姓名", max_length=150, blank=True)
    first_seen_at = models.DateTimeField("第一次")
    last_seen_at = models.DateTimeField("最近一次")
    refused_at = models.DateTimeField("不接受的时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "外部身份"
        ordering = ["provider", "id"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="identity_once"),
            models.UniqueConstraint(
                fields=["provider", "account"],
                condition=Q(account__isnull=False),
                name="identity_of_one_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.username or self.subject}"


class ProviderTicket(models.Model):
    """来源票据: by which ticket of a provider a login was opened, so that the provider may end it. Only its hash is kept."""

    provider = models.ForeignKey(
        IdentityProvider, verbose_name="身份来源", on_delete=models.PROTECT, related_name="tickets"
    )
    login = models.OneToOneField(
        Login, verbose_name="登录", on_delete=models.PROTECT, related_name="ticket"
    )
    digest = models.CharField("散列", max_length=64, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "来源票据"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.login_id}"
