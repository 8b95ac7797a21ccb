"""行: single rows by statements that were worked out once: putting a new one in, and reading few by a statement at hand.

``save(force_insert=True)`` and ``raw`` work the same statement and the same fields out anew for every row, which on SQLite costs
several times what the database itself needs. The places that write with every act use these instead; everything else uses Django's
own. No signals are sent: nothing in this house listens to them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import models, transaction

Row = TypeVar("Row", bound=models.Model)

#: Values of these fields go into every database as they are, if they are of this type.
_PLAIN: dict[type[models.Field[Any, Any]], type] = {
    models.CharField: str,
    models.TextField: str,
    models.BooleanField: bool,
    models.BigAutoField: int,
    models.BigIntegerField: int,
    models.IntegerField: int,
    models.PositiveBigIntegerField: int,
    models.PositiveIntegerField: int,
    models.PositiveSmallIntegerField: int,
}

_NOTHING = type(None)


def put_in(row: models.Model) -> None:
    """放进一行: exactly what ``save(force_insert=True)`` would write, in the caller's transaction; a number that the
    database gives is on the row afterwards. Database errors are those of ``save``.

    Raises ``TypeError`` for a row that is more than one table.
    """
    here = transaction.get_connection()
    statement, fields, gives = _insertion(type(row))
    said = vars(row)
    values = [
        value
        if type(value := said.get(name)) in plain
        else field.get_db_prep_save(field.pre_save(row, True), here)  # noqa: FBT003
        for field, name, plain in fields
    ]
    with here.cursor() as cursor:
        cursor.execute(statement, values)
        if gives is not None:
            setattr(row, gives, cursor.fetchone()[0])
    row._state.adding, row._state.db = False, here.alias  # noqa: SLF001  as Django's own saving does


@cache
def _insertion(
    model: type[models.Model],
) -> tuple[str, tuple[tuple[models.Field[Any, Any], str, tuple[type, ...]], ...], str | None]:
    """The statement for a table; the fields it takes, each with its name on the row and the types that need no preparing;
    and the field that the database fills."""
    meta = model._meta  # noqa: SLF001  Django's own name for it
    if meta.parents:
        raise TypeError(f"{model.__name__} is more than one table")
    fields = tuple(
        (one, one.attname, _plain_of(one))
        for one in meta.local_concrete_fields
        if not isinstance(one, models.AutoField)
    )
    quote = transaction.get_connection().ops.quote_name
    columns = ", ".join(quote(str(one.column)) for one, *_ in fields)
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608  names of our tables
    automatic = meta.auto_field
    if automatic is None:
        return statement, fields, None
    return f"{statement} RETURNING {quote(str(automatic.column))}", fields, automatic.attname


def _plain_of(field: models.Field[Any, Any]) -> tuple[type, ...]:
    if type(field).pre_save is not models.Field.pre_save:
        return ()  # it fills itself in
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    plain = _PLAIN.get(type(target))
    return (_NOTHING,) if plain is None else (plain, _NOTHING)


Reading = Callable[[Any, Any, Any], Any]


def found_by(model: type[Row], statement: str, values: Sequence[Any]) -> list[Row]:
    """读出几行: the rows that a statement gives, as ``model.objects.raw`` would; what it leaves out is read when asked for."""
    here = transaction.get_connection()
    with here.cursor() as cursor:
        cursor.execute(statement, values)
        named = tuple(one[0] for one in cursor.description)
        answer = cursor.fetchall()
    columns = _columns(model, named)
    names = [name for name, *_ in columns]
    found = []
    for one in answer:
        read = []
        for _, place, column, steps in columns:
            value = one[place]
            for step in steps:
                value = step(value, column, here)
            read.append(value)
        found.append(model.from_db(here.alias, names, read))
    return found


@cache
def _columns(
    model: type[models.Model], named: tuple[str, ...]
) -> tuple[tuple[str, int, Any, tuple[Reading, ...]], ...]:
    """The fields that an answer holds, in the order of the table: name, place in the answer, and how it is read."""
    here = transaction.get_connection()
    found = []
    for field in model._meta.concrete_fields:  # noqa: SLF001  Django's own name for it
        if field.column in named:
            column = field.get_col(model._meta.db_table)  # noqa: SLF001
            steps = (*here.ops.get_db_converters(column), *field.get_db_converters(here))
            found.append((field.attname, named.index(str(field.column)), column, steps))
    return tuple(found)
