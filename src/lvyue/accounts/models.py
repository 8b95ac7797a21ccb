"""The rows of people: who there is, where they belong, what they are on which contract, and what they did."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import UserManager
from django.db import models
from django.db.models import Q

from lvyue.accounts.choices import ContractRole


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
    is_administrator = models.BooleanField("系统管理员", default=False)
    is_active = models.BooleanField("启用", default=True)
    demonstration = models.BooleanField("演示", default=False)
    created_at = models.DateTimeField("建立时间")

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

    class Meta:
        verbose_name = verbose_name_plural = "留痕"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["contract_id", "-id"], name="audit_contract"),
            models.Index(fields=["who", "-id"], name="audit_who"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.who} {self.act} {self.about}"


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
