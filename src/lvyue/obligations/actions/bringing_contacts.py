"""导入联系方式: one's own side's contacts from a table, by the rules of entering them one by one (REG-11).

A contact that replaces another, or of whose notice there is a slip, is entered on the page: a table can carry neither.
"""

from __future__ import annotations

from lvyue.accounts.actions.importing import Agreed, Imported, RowState, brought
from lvyue.accounts.permissions import Seat
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.service import ContactMeans, written
from lvyue.intake.tabular import Column, ColumnKind, Filled, FilledTable, TableForm
from lvyue.notices.actions.contacts import NewContact, own_side
from lvyue.notices.letter_choices import CONTACT_KINDS, Origin
from lvyue.notices.queries.contacts import contacts
from lvyue.notices.veiling import veiled
from lvyue.obligations.actions.serving import register_contact

CONTACTS = TableForm(
    "联系方式",
    (
        Column("kind", "种类", ColumnKind.CHOICE, required=True, choices=CONTACT_KINDS),
        Column("value", "号码或地址", required=True),
        Column("person", "收件人", note="限时通知按收件人核对各路是否送到"),
        Column(
            "origin",
            "来源",
            ColumnKind.CHOICE,
            required=True,
            choices=tuple((one.value, one.label) for one in Origin),
            note="合同所列的，双方签字时就知道；别的要另行书面告知对方",
        ),
        Column("since", "起", ColumnKind.DAY, required=True, note="从哪天起使用"),
        Column("paper", "依据文书"),
    ),
)


def bring_contacts(table: FilledTable, *, by: Seat, agreed: Agreed | None = None) -> Imported:
    """导入本方的联系方式: without ``agreed`` a dry run. ``Refused`` for whoever may not enter them on the page.

    What one's own side has entered already and has not ended stays as it is.
    """
    side = own_side(by)
    seen = dict[tuple[str, str], int]()

    def one(row: Filled) -> tuple[RowState, str]:
        kind = ContactMeans(row.text("kind"))
        value = written(kind, row.text("value"))
        if isinstance(value, Doubt):
            raise Refused([malformed(_place(row, "号码或地址"), value.says, value.mend)])
        first = seen.setdefault((kind.value, value), row.number)
        if first != row.number:
            says = f"与第 {first} 行重复。"
            raise Refused([malformed(_place(row, "号码或地址"), says, "请只留一行。")])
        shown = f"{side.label}{kind.zh} {veiled(kind.value, value)}"
        known = contacts(by.contract_id).filter(
            side=side, kind=kind.value, value=value, until__isnull=True, successors__isnull=True
        )
        if known.exists():
            return RowState.SAME, f"{shown} 已经登记过"
        since = row.day("since")
        assert since is not None  # noqa: S101  a required column that was read
        new = NewContact(
            side=side,
            kind=kind,
            value=value,
            since=since,
            person=row.text("person"),
            origin=Origin(row.text("origin")),
            paper=row.text("paper"),
        )
        try:
            register_contact(new, by=by)
        except Refused as refused:
            raise Refused([_in_row(row, doubt) for doubt in refused.doubts]) from None
        return RowState.NEW, f"登记{shown}"

    return brought(table, one, agreed=agreed)


def _place(row: Filled, column: str) -> str:
    return f"第 {row.number} 行 列 {column}"


def _in_row(row: Filled, doubt: Doubt) -> Doubt:
    """What the register says of a field, told of its column; a number is called by its kind there."""
    place = doubt.places[0] if doubt.places else ""
    column = CONTACTS.find(place)
    named = column.zh if column is not None else "号码或地址"
    return malformed(_place(row, named), doubt.says, doubt.mend)
