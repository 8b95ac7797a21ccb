"""行: putting one new row into a table by a statement that was worked out once.

``save(force_insert=True)`` works the same statement out anew for every row, which on SQLite costs several times what the
database itself needs. The places that write with every act use this instead; everything else uses ``save``. No signals are
sent: nothing in this house listens to them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection, models


def put_in(row: models.Model) -> None:
    """放进一行: exactly what ``save(force_insert=True)`` would write, in the caller's transaction; a number that the
    database gives is on the row afterwards. Database errors are those of ``save``.

    Raises ``TypeError`` for a row that is more than one table.
    """
    statement, fields, gives = _statement(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]  # noqa: FBT003
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if gives is not None:
            setattr(row, gives, cursor.fetchone()[0])
    row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001  as Django's own saving does


@cache
def _statement(
    model: type[models.Model],
) -> tuple[str, tuple[models.Field[Any, Any], ...], str | None]:
    """The statement for a table, the fields whose values it takes, and the field that the database fills."""
    meta = model._meta  # noqa: SLF001  Django's own name for it
    if meta.parents:
        raise TypeError(f"{model.__name__} is more than one table")
    fields = tuple(
        one for one in meta.local_concrete_fields if not isinstance(one, models.AutoField)
    )
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(one.column)) for one in fields)
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608  names of our tables
    automatic = meta.auto_field
    if automatic is None:
        return statement, fields, None
    return f"{statement} RETURNING {quote(str(automatic.column))}", fields, automatic.attname
