"""批量办理: organisations, invitations and appointments from a table that an administrator filled in.

A dry run does everything and undoes it, so it says exactly what committing would do. What stands against a row is told in
its row; committing takes all rows or, where one says so, those that nothing stands against. Rows that would change what is there
already are done only where one says so as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import appoint, register_organisation
from lvyue.accounts.actions.conditions import refuse_unless_administrator
from lvyue.accounts.actions.invitations import NewInvitation, Offer, invite
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account, Appointment, Invitation, Organisation
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.intake.tabular import Column, ColumnKind, Filled, FilledTable, TableForm

#: More people or organisations than anybody brings at once; each is several rows of the database.
AT_ONCE = 1_000


class RowState(Enum):
    """导入行的结果: what committing does with a row."""

    NEW = "新增"
    CHANGE = "更改已有的"
    SAME = "已有，不变"
    BAD = "不能导入"

    @property
    def zh(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """一行的结果: its number, what comes of it and in which words, or all that stands against it."""

    number: int
    state: RowState
    says: str
    doubts: tuple[Doubt, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Where and what, in words, for the file of the failed rows."""
        return tuple(_told(one) for one in self.doubts)


@dataclass(frozen=True, slots=True)
class Imported:
    """导入的结果: every row, whether it was written, and the invitations that were made, whose links nobody sees again."""

    rows: tuple[ImportedRow, ...]
    written: bool
    invited: tuple[NewInvitation, ...] = ()

    def count(self, state: RowState) -> int:
        return sum(row.state is state for row in self.rows)

    @property
    def reasons(self) -> Mapping[int, tuple[str, ...]]:
        """What stands against the rows that cannot be imported, by their numbers."""
        return {row.number: row.reasons for row in self.rows if row.state is RowState.BAD}


@dataclass(frozen=True, slots=True)
class Agreed:
    """同意: to leave out the rows that something stands against, and to change what is there already."""

    partial: bool = False
    changes: bool = False


Row = Callable[[Filled], tuple[RowState, str]]


def _told(doubt: Doubt) -> str:
    place = doubt.places[0].partition(" 列 ")[2] if doubt.places else ""
    return f"{place}：{doubt.says}{doubt.mend}" if place else f"{doubt.says}{doubt.mend}"


# ── organisations ────────────────────────────────────────────────────────────────────────────────────────────────


ORGANISATIONS = TableForm(
    "单位",
    (
        Column(
            "id", "单位编号", required=True, note="小写字母、数字和连字符", example="data-centre"
        ),
        Column("name", "单位名称", required=True, example="某数据中心"),
    ),
)


def bring_organisations(
    table: FilledTable, *, by: Account | str, agreed: Agreed | None = None
) -> Imported:
    """导入单位: without ``agreed`` a dry run."""
    seen = dict[str, int]()

    def one(row: Filled) -> tuple[RowState, str]:
        organisation_id, name = row.text("id"), row.text("name")
        _refuse_twice(seen, organisation_id, row)
        known = Organisation.objects.filter(pk=organisation_id).first()
        made = register_organisation(organisation_id, name, by=by)
        if known is None:
            return RowState.NEW, f"登记单位 {made.name}"
        if known.name == made.name:
            return RowState.SAME, f"{made.name}"
        return RowState.CHANGE, f"名称由“{known.name}”改为“{made.name}”"

    return _bring(table, one, by=by, agreed=agreed)


def _refuse_twice(seen: dict[str, int], key: str, row: Filled) -> None:
    if key in seen:
        says = f"与第 {seen[key]} 行重复。"
        raise Refused([malformed(f"第 {row.number} 行", says, "请只留一行。")])
    seen[key] = row.number


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def people_form(contracts: Mapping[str, bool]) -> TableForm:
    """人员填报表, with the organisations and contracts there are."""
    organisations = tuple(Organisation.objects.order_by("id").values_list("pk", "name"))
    return TableForm(
        "人员",
        (
            Column("username", "登录名", note="已有账号的人才填；新人留空，由本人接受邀请时自己定"),
            Column("name", "姓名", required=True, example="张三"),
            Column("organisation", "单位", ColumnKind.CHOICE, choices=organisations),
            Column("mail", "电子邮箱", note="邀请寄到这里；同一人的几行要一样"),
            Column(
                "contract",
                "合同编号",
                ColumnKind.CHOICE,
                choices=tuple((one, one) for one in sorted(contracts)),
            ),
            Column("role", "角色", ColumnKind.CHOICE, choices=tuple(ContractRole.choices)),
            Column("until", "用到", ColumnKind.DAY, note="新人的账号用到这一天为止"),
        ),
    )


def bring_people(
    table: FilledTable,
    contracts: Mapping[str, bool],
    *,
    by: Account | str,
    agreed: Agreed | None = None,
) -> Imported:
    """导入人员: new people are invited, people with accounts are appointed; without ``agreed`` a dry run.

    Several rows of one new person are one invitation with several appointments. ``contracts`` are those of the register,
    each with whether it belongs to the demonstration. Nobody gets a password from a table.
    """
    groups = dict[tuple[str, str, str], list[Filled]]()
    for row in table.rows:
        if not row.doubts and not row.text("username"):
            groups.setdefault(_who(row), []).append(row)
    invited = list[NewInvitation]()
    came = dict[tuple[str, str, str], RowState]()

    def one(row: Filled) -> tuple[RowState, str]:
        offer = _offer(row, contracts)
        if row.text("username"):
            return _appointed(row, offer, by=by)
        same = groups[_who(row)]
        if row.number != same[0].number:
            return _joining(row, same[0], came.get(_who(row)))
        if _is_invited(row):
            came[_who(row)] = RowState.SAME
            return RowState.SAME, "已经邀请过，还没有接受"
        organisation = Organisation.objects.filter(pk=row.text("organisation")).first()
        offers = [found for each in same if (found := _offer(each, contracts))]
        new = invite(
            row.text("name"),
            by=by,
            organisation=organisation,
            mail=row.text("mail"),
            offers=offers,
            ends_at=_after(row),
        )
        invited.append(new)
        came[_who(row)] = RowState.NEW
        return RowState.NEW, f"邀请{new.invitation.name}" + (
            f"，{len(offers)} 项任职" if offers else ""
        )

    done = _bring(table, one, by=by, agreed=agreed, undone=invited.clear)
    return Imported(done.rows, done.written, tuple(invited) if done.written else ())


def _joining(row: Filled, first: Filled, came: RowState | None) -> tuple[RowState, str]:
    """A further row of a person: it stands and falls with the first."""
    if came is None:
        says = f"第 {first.number} 行的邀请不能办。"
        raise Refused([malformed(f"第 {row.number} 行", says, "请先改好那一行。")])
    return came, f"并入第 {first.number} 行的邀请"


def _who(row: Filled) -> tuple[str, str, str]:
    return row.text("name"), row.text("mail").lower(), row.text("organisation")


def _offer(row: Filled, contracts: Mapping[str, bool]) -> Offer | None:
    contract, role = row.text("contract"), row.text("role")
    if bool(contract) != bool(role):
        place = f"第 {row.number} 行 列 {'角色' if contract else '合同编号'}"
        raise Refused([malformed(place, "合同和角色要一起填，或都不填。")])
    return Offer(contract, ContractRole(role), contracts[contract]) if contract else None


def _appointed(row: Filled, offer: Offer | None, *, by: Account | str) -> tuple[RowState, str]:
    username = row.text("username")
    account = Account.objects.filter(username=username).first()
    place = f"第 {row.number} 行 列 登录名"
    if account is None:
        mend = "新人请把登录名留空：本人接受邀请时自己定。"
        raise Refused([malformed(place, f"没有登录名为“{username[:80]}”的账号。", mend)])
    if account.name != row.text("name"):
        mend = "账号不转给别人；改姓名请在账号页办理。"
        raise Refused(
            [malformed(place, f"{username} 是{account.name}，不是{row.text('name')[:80]}。", mend)]
        )
    if offer is None:
        return RowState.SAME, "没有写任职，不变"
    held = Appointment.objects.filter(
        account=account, contract_id=offer.contract_id, role=offer.role, until__isnull=True
    )
    if held.exists():
        return RowState.SAME, f"已是 {offer.contract_id} 的{offer.role.label}"
    appoint(account, offer.contract_id, offer.role, by=by, demonstration=offer.demonstration)
    return RowState.NEW, f"任命为 {offer.contract_id} 的{offer.role.label}"


def _is_invited(row: Filled) -> bool:
    """The same person is invited already, and the link still works: a table that is brought twice invites once."""
    name, mail, organisation = _who(row)
    open_ = Invitation.objects.filter(
        name=name, accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=clock.now()
    )
    return open_.filter(mail__iexact=mail, organisation=organisation or None).exists()


def _after(row: Filled) -> datetime | None:
    day = row.day("until")
    if day is None:
        return None
    try:
        following = day + timedelta(days=1)
    except OverflowError:
        raise Refused([malformed(f"第 {row.number} 行 列 用到", f"{day} 太远。")]) from None
    return datetime(following.year, following.month, following.day, tzinfo=clock.SHANGHAI)


# ── all rows ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _bring(
    table: FilledTable,
    one: Row,
    *,
    by: Account | str,
    agreed: Agreed | None,
    undone: Callable[[], object] | None = None,
) -> Imported:
    refuse_unless_administrator(by)
    return brought(table, one, agreed=agreed, undone=undone)


def brought(
    table: FilledTable,
    one: Row,
    *,
    agreed: Agreed | None,
    undone: Callable[[], object] | None = None,
) -> Imported:
    """逐行办理: each row by ``one``, whose caller has asked who may; all are undone without ``agreed``, or where it does not cover them.

    ``undone`` forgets what ``one`` has kept outside the database.
    """
    if len(table.rows) > AT_ONCE:
        says = f"有 {len(table.rows)} 行，一次最多 {AT_ONCE} 行。"
        raise Refused([malformed(table.name, says, "请分成几个文件。")])
    with transaction.atomic():
        rows = tuple(_tried(row, one) for row in table.rows)
        done = Imported(rows, written=False)
        stands = agreed is not None and (
            (agreed.partial or not done.count(RowState.BAD))
            and (agreed.changes or not done.count(RowState.CHANGE))
        )
        if not stands:
            transaction.set_rollback(True)
            if undone is not None:
                undone()
    return Imported(rows, written=stands)


def _tried(row: Filled, one: Row) -> ImportedRow:
    """What comes of a row; nothing of one that is refused half-way stays."""
    if row.doubts:
        return ImportedRow(row.number, RowState.BAD, "", row.doubts)
    try:
        with transaction.atomic():
            state, says = one(row)
    except Refused as refused:
        return ImportedRow(row.number, RowState.BAD, "", tuple(refused.doubts))
    return ImportedRow(row.number, state, says)


__all__ = [
    "ORGANISATIONS",
    "Agreed",
    "Imported",
    "ImportedRow",
    "RowState",
    "bring_organisations",
    "bring_people",
    "brought",
    "people_form",
]
