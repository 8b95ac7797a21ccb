"""The rows of reading: drafts, the papers in them with how far their reading has come, who may see them, what was decided."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from lvyue.readings.choices import MEMBERS, Act, DraftState, PaperState, Side


class Draft(models.Model):
    """合同草稿: papers that somebody brought, on their way to a contract that runs, or to a supplement of one.

    ``version`` counts the decisions and the papers, so that both sides confirm the very same. Once it is in force or
    withdrawn nothing changes it any more. ``supplements`` names the contract that it is a supplement of; ``contract_id``
    is the short name under which it entered the register, empty until then; ``release`` the digest of what was proposed,
    and so of what came into force.
    """

    title = models.CharField("名称", max_length=200)
    side = models.CharField("提起方", max_length=10, choices=Side)
    state = models.CharField(
        "状态", max_length=20, choices=DraftState, default=DraftState.REVIEWING
    )
    version = models.PositiveIntegerField("改动次数", default=1)
    supplements = models.SlugField("补充的合同", max_length=80, blank=True, db_index=False)
    wanted_id = models.SlugField("拟用编号", max_length=80, blank=True, db_index=False)
    contract_id = models.SlugField("合同编号", max_length=80, blank=True, db_index=False)
    release = models.CharField("合同版本", max_length=64, blank=True)
    amendment = models.PositiveIntegerField("补充协议号", null=True, blank=True)
    demonstration = models.BooleanField("演示", default=False)
    author = models.CharField("提起人", max_length=150)
    created_at = models.DateTimeField("提起时间")
    proposed_side = models.CharField("提出方", max_length=10, choices=Side, blank=True)
    proposed_version = models.PositiveIntegerField("提出时的改动次数", null=True, blank=True)
    buyer_by = models.CharField("甲方确认人", max_length=150, blank=True)
    buyer_name = models.CharField("甲方确认人姓名", max_length=80, blank=True)
    buyer_at = models.DateTimeField("甲方确认时间", null=True, blank=True)
    supplier_by = models.CharField("乙方确认人", max_length=150, blank=True)
    supplier_name = models.CharField("乙方确认人姓名", max_length=80, blank=True)
    supplier_at = models.DateTimeField("乙方确认时间", null=True, blank=True)
    returned = models.TextField("退回的理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "合同草稿"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=DraftState.values), name="draft_known_state"
            ),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="draft_of_a_side"),
            # Both sides, two people, and what came of it: nothing less is in force.
            models.CheckConstraint(
                condition=~Q(state="in_force")
                | (
                    Q(buyer_at__isnull=False, supplier_at__isnull=False)
                    & ~Q(buyer_by="")
                    & ~Q(supplier_by="")
                    & ~Q(buyer_by=F("supplier_by"))
                    & ~Q(contract_id="")
                ),
                name="draft_confirmed_by_both",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.title}"

    @property
    def name(self) -> str:
        """合同草稿第3号, as it is cited."""
        return f"合同草稿第{self.pk}号"

    @property
    def trail(self) -> str:
        """Under this name the audit trail keeps what happens here: it is no contract, and it is nobody else's."""
        return f"draft:{self.pk}"


class DraftPaper(models.Model):
    """读入文件: one file of a draft, kept as it came, with what intake made of it, or with how far it has come.

    ``worker`` names the job that reads it, with its attempt; ``attempts`` says how often it was begun.
    """

    draft = models.ForeignKey(
        Draft, verbose_name="合同草稿", on_delete=models.PROTECT, related_name="papers"
    )
    order = models.PositiveIntegerField("序")
    name = models.CharField("文件名", max_length=255)
    sha256 = models.CharField("散列", max_length=64)
    size = models.PositiveBigIntegerField("字节数")
    media_type = models.CharField("类型", max_length=100)
    uploaded_by = models.CharField("上传人", max_length=150)
    uploaded_at = models.DateTimeField("上传时间")

    state = models.CharField("状态", max_length=20, choices=PaperState, default=PaperState.QUEUED)
    attempts = models.PositiveIntegerField("次数", default=0)
    worker = models.CharField("由谁读", max_length=64, blank=True)
    page = models.PositiveIntegerField("读到第几页", default=0)
    pages = models.PositiveIntegerField("共几页", default=0)
    doubts = models.JSONField("为什么没有读成", default=list, blank=True)

    kind = models.CharField("种类", max_length=10, blank=True)
    characters = models.PositiveIntegerField("字数", default=0)
    source = models.TextField("读出的原文", blank=True)
    read_at = models.DateTimeField("读完时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "读入文件"
        ordering = ["draft", "order"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "order"], name="draft_paper_order_once"),
            models.UniqueConstraint(fields=["draft", "sha256"], name="draft_paper_once"),
            models.CheckConstraint(
                condition=Q(state__in=PaperState.values), name="draft_paper_known_state"
            ),
        ]
        indexes = [models.Index(fields=["state", "id"], name="draft_paper_state")]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.name}"


class DraftMember(models.Model):
    """草稿成员: who may see a draft, and as what. With the second confirmation each is appointed to just that."""

    draft = models.ForeignKey(
        Draft, verbose_name="合同草稿", on_delete=models.PROTECT, related_name="members"
    )
    username = models.CharField("登录名", max_length=80)
    role = models.CharField(
        "角色", max_length=30, choices=[(role.value, role.label) for role in MEMBERS]
    )
    invited_by = models.CharField("邀请人", max_length=150)
    since = models.DateTimeField("起")
    until = models.DateTimeField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "草稿成员"
        ordering = ["draft", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "username"],
                condition=Q(until__isnull=True),
                name="draft_member_once",
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in MEMBERS]),
                name="draft_member_known_role",
            ),
        ]
        indexes = [models.Index(fields=["username", "draft"], name="draft_member_username")]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.username} {self.get_role_display()}"


class Decision(models.Model):
    """核对: what one person said of one thing that was read. Rows are only ever added: see migration 0002.

    ``key`` names the thing by what it is and where it stands, so that reading again finds it again. ``seen`` is the hash of
    what was read when they said it: should a better reader read something else there, nobody has decided on that.
    """

    draft = models.ForeignKey(
        Draft, verbose_name="合同草稿", on_delete=models.PROTECT, related_name="decisions"
    )
    key = models.CharField("对象", max_length=300)
    act = models.CharField("动作", max_length=10, choices=Act)
    seen = models.CharField("所见", max_length=16)
    before = models.JSONField("之前", null=True, blank=True)
    after = models.JSONField("之后", null=True, blank=True)
    reason = models.TextField("理由", blank=True)
    batch = models.CharField("批次", max_length=32, blank=True)
    by = models.CharField("核对人", max_length=150)
    name = models.CharField("姓名", max_length=80)
    side = models.CharField("代表", max_length=10, choices=Side)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "核对"
        ordering = ["draft", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(act__in=Act.values), name="decision_known_act"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="decision_for_a_side"),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.get_act_display()} {self.key}"
