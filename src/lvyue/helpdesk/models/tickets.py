"""工单: the ticket, and everything that happened to it, in the order in which it was written down."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from lvyue.core.lifecycles import Lifecycle
from lvyue.core.tickets import TICKET_KINDS, Happening, Source, TicketKind
from lvyue.helpdesk.choices import KINDS, Audience, Side, SourceKind

#: How wide the columns are that people type into.
TITLE, BODY, SHORT = 200, 100_000, 200


class TicketNumber(models.Model):
    """工单号: the last number given on a contract. Its row is the lock under which numbers are given, one after the other."""

    contract = models.OneToOneField(
        "contracts.Contract",
        verbose_name="合同",
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="+",
    )
    last = models.PositiveIntegerField("最后的号", default=0)
    basis = models.CharField("期限依据", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工单号"

    def __str__(self) -> str:
        return f"{self.contract_id} {self.last}"


class Ticket(models.Model):
    """工单: what somebody brought to the desk, and how far it is.

    Nothing here is the source of a time: clocks are read from the happenings, whenever they are asked for. ``due_at`` and
    ``due_clock`` repeat the next end among them so that a queue can be sorted, and ``over`` whether one has passed unkept; the
    job that warns keeps them. ``values`` are the fields of its kind. ``governing`` says why this contract and these terms, and
    what else was considered; ``release`` is the digest of the version in force when it was opened. ``on_record`` is the name
    under which the contract's record knew it before it was a ticket; empty for those that were opened here.
    """

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="tickets"
    )
    number = models.PositiveIntegerField("号")
    kind = models.CharField("种类", max_length=20, choices=KINDS)
    state = models.CharField("状态", max_length=20)
    title = models.CharField("标题", max_length=TITLE)
    body = models.TextField("内容", blank=True)
    values = models.JSONField("栏目", default=dict, blank=True)
    system = models.CharField("系统", max_length=SHORT, blank=True)
    place = models.CharField("地点", max_length=SHORT, blank=True)
    device = models.CharField("设备", max_length=SHORT, blank=True)
    channel = models.CharField("渠道", max_length=20, blank=True)
    level = models.CharField("级别", max_length=20, blank=True)
    reporter = models.CharField("报单人", max_length=150, blank=True)
    reporter_name = models.CharField("报单人姓名", max_length=80, blank=True)
    reporter_side = models.CharField("报单方", max_length=10, choices=Side, default=Side.BUYER)
    department = models.CharField("部门", max_length=200, blank=True)
    caller = models.CharField("来电人", max_length=80, blank=True)
    caller_contact = models.CharField("来电人联系方式", max_length=200, blank=True)
    taken_by = models.CharField("受理人", max_length=150, blank=True)
    assignee = models.CharField("经办人", max_length=150, blank=True)
    assignee_name = models.CharField("经办人姓名", max_length=80, blank=True)
    round = models.PositiveSmallIntegerField("轮次", default=1)
    opened_at = models.DateTimeField("受理时间")
    changed_at = models.DateTimeField("最近变动")
    done_at = models.DateTimeField("办结时间", null=True, blank=True)
    ended_at = models.DateTimeField("了结时间", null=True, blank=True)
    due_at = models.DateTimeField("最近期限", null=True, blank=True)
    due_clock = models.CharField("最近期限的时钟", max_length=80, blank=True)
    over = models.BooleanField("有超时", default=False)
    events = models.PositiveIntegerField("经过条数", default=0)
    told = models.PositiveIntegerField("告知到第几条", default=0)
    release = models.CharField("合同版本", max_length=64, blank=True)
    governing = models.JSONField("适用依据", default=dict, blank=True)
    on_record = models.CharField("记录中的名称", max_length=SHORT, blank=True)
    parent = models.ForeignKey(
        "self",
        verbose_name="上级工单",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
    )
    merged_into = models.ForeignKey(
        "self",
        verbose_name="并入",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
    )

    class Meta:
        verbose_name = verbose_name_plural = "工单"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="ticket_number_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[name for name, _ in KINDS]), name="ticket_known_kind"
            ),
        ]
        indexes = [
            models.Index(
                fields=["contract", "due_at", "id"],
                name="ticket_open_by_due",
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(  # all that the numbers, filters and the board of what is open ask for
                fields=[
                    *("contract", "system", "place", "kind", "state", "reporter_side"),
                    *("assignee", "over", "due_at", "opened_at", "ended_at", "id"),
                ],
                name="ticket_open_counted",
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(  # the words of a contract's tickets, without the tickets
                fields=["contract", "title", "system", "place", "id"], name="ticket_words"
            ),
            models.Index(
                fields=["contract", "reporter_name", "device", "id"], name="ticket_who_and_what"
            ),
            models.Index(
                fields=["assignee", "due_at", "id"],
                name="ticket_mine_by_due",
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(  # and all that the figures of a span ask for
                fields=[
                    *("contract", "-opened_at", "-id", "number", "kind", "reporter_side"),
                    *("done_at", "ended_at", "state", "assignee", "assignee_name", "on_record"),
                ],
                name="ticket_opened_counted",
            ),
            models.Index(fields=["contract", "kind", "-opened_at", "-id"], name="ticket_by_kind"),
            models.Index(fields=["reporter", "-id"], name="ticket_by_reporter"),
            models.Index(
                fields=["id"], name="ticket_untold", condition=Q(told__lt=models.F("events"))
            ),
            models.Index(fields=["contract", "system", "-id"], name="ticket_by_system"),
            models.Index(fields=["contract", "place", "-id"], name="ticket_by_place"),
            models.Index(fields=["contract", "changed_at", "id"], name="ticket_by_change"),
            models.Index(
                fields=["contract", "on_record"],
                name="ticket_by_record",
                condition=~Q(on_record=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.name}"

    @property
    def the_kind(self) -> TicketKind:
        """The row of the table of kinds."""
        return TICKET_KINDS[self.kind]

    @property
    def life(self) -> Lifecycle:
        return self.the_kind.life

    @property
    def state_zh(self) -> str:
        return self.life.states.get(self.state, self.state)

    @property
    def name(self) -> str:
        """GZ-0012, as it is cited and as the contract's record names it."""
        return f"{self.the_kind.prefix}-{self.number:04d}"

    def subject_of(self, round_number: int) -> str:
        """The subject of the facts of a round: the number, and from the second round on which one."""
        first = self.on_record or self.name
        return first if round_number == 1 else f"{first}/{round_number}"

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be done."""
        return self.state in self.the_kind.ends


class TicketEvent(models.Model):
    """工单经过: one thing that happened, with when it happened, when it was written down, by whom, and what bears it out.

    Only ever appended; the database refuses anything else. ``facts`` are the ids under which the contract's log has it.
    """

    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="history"
    )
    index = models.PositiveIntegerField("序")
    name = models.CharField("事项", max_length=20)
    at = models.DateTimeField("发生时间")
    recorded_at = models.DateTimeField("登记时间")
    by = models.CharField("经办", max_length=150, blank=True)
    by_name = models.CharField("姓名", max_length=80, blank=True)
    side = models.CharField("哪一方", max_length=10, choices=Side)
    automatic = models.BooleanField("自动", default=False)
    source = models.CharField("来历", max_length=10, choices=SourceKind, default=SourceKind.TYPED)
    proved = models.BooleanField("时间有凭据", default=False)
    audience = models.CharField("谁能看", max_length=10, choices=Audience, default=Audience.BOTH)
    said = models.TextField("说明", blank=True)
    data = models.JSONField("内容", default=dict, blank=True)
    evidence = models.JSONField("凭据", default=list, blank=True)
    facts = models.JSONField("登记的事实", default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工单经过"
        ordering = ["ticket", "index"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "index"], name="ticket_event_once"),
        ]
        indexes = [
            models.Index(
                fields=["name", "ticket", "index"],
                name="ticket_event_counted",
                condition=Q(name__in=["diagnose", "rate", "reopen"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.index} {self.name}"

    @property
    def happening(self) -> Happening:
        """As the core reads it."""
        return Happening(
            index=self.index,
            name=self.name,
            at=self.at,
            recorded=self.recorded_at,
            by=self.by,
            automatic=self.automatic,
            source=Source(self.source),
            proved=self.proved,
            data=self.data,
        )

    @property
    def counts_at(self) -> datetime:
        """When it counts as having happened: see ``core.tickets.Happening.counts_at``."""
        return self.happening.counts_at
