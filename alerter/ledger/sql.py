"""The few places where SQLite and PostgreSQL want different words."""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnClause,
    ColumnElement,
    Connection,
    Dialect,
    FromClause,
    Select,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    cast,
    func,
    select,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine
from typing_extensions import override

from alerter.ledger.columns import raw

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(4275031)")


def is_sqlite(connection: Connection) -> bool:
    """Whether this is SQLite, where a writing transaction has the whole database to itself."""
    return connection.dialect.name == "sqlite"


def is_repeat(connection: Connection) -> bool:
    """Whether this work was run before and may have been committed, its answer lost."""
    return bool(connection.get_execution_options().get("is_repeat"))


def read_clock(connection: Connection) -> datetime:
    """The time by PostgreSQL's clock: that of this moment, not of the transaction's start."""
    at: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return at.astimezone(UTC)


def lacks_letters(connection: Connection) -> str | None:
    """The encoding of a PostgreSQL that cannot hold every text; None where it can, as SQLite always does."""
    if is_sqlite(connection):
        return None
    encoding = str(connection.execute(text("SHOW server_encoding")).scalar_one())
    return None if encoding in ("UTF8", "SQL_ASCII") else encoding


class Listed(TypeDecorator[Sequence[str]]):
    """Any number of strings as one parameter."""

    impl = Text
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Text))

    @override
    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> str | list[str]:
        values = list(value or ())
        return json.dumps(values) if dialect.name == "sqlite" else values


class _Among(FunctionElement[bool]):
    """`column IN values`, see `among`; said to be Boolean, it would be compared to 1, and no index be used."""

    inherit_cache = True


@compiles(_Among, "sqlite")
def _among_in_sqlite(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = (compiler.process(each, **how) for each in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({values})))"  # noqa: S608 - of the compiler alone


@compiles(_Among, "postgresql")
def _among_in_postgresql(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = (compiler.process(each, **how) for each in element.clauses)
    return f"({column} = ANY ({values}))"


def among(column: ColumnElement[Any], values: Iterable[str] | None = None) -> ColumnElement[bool]:
    """`column IN values` as one parameter, however many there are.

    Without values they are the parameter `ids` of each execution, so that one statement serves all.
    """
    if values is None:
        return _Among(column, bindparam("ids", type_=Listed))
    return _Among(column, bindparam(None, list(values), type_=Listed))


def given(*columns: ColumnClause[Any], in_sqlite: bool) -> FromClause:
    """Rows with these columns as one parameter, `given`, however many there are: a JSON list of objects."""
    if in_sqlite:
        each = func.json_each(bindparam("given", type_=Text)).table_valued("value").c.value
        return select(*(func.json_extract(each, f"$.{one.name}").label(one.name) for one in columns)).subquery("given")
    listed = func.json_to_recordset(cast(bindparam("given", type_=Text), JSON))
    return listed.table_valued(*columns).render_derived(name="given", with_types=True)


def fetch(connection: Connection, query: Select[Any], given: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of a query by their columns' names, in any order. Raises Illegible.

    SQLite gives all of them as one value: between two rows its thread would wait for its turn with the loop, and
    the loop then for its own.
    """
    if not is_sqlite(connection):
        return connection.execute(query, given).all()
    gathering, row, readers = _gathering(query)
    found = _read_list(connection, gathering, given)
    if found is None:
        return connection.execute(query, given).all()
    for index, read in readers:
        for values in found:
            values[index] = read(values[index])
    return [row(*values) for values in found]


def _read_list(connection: Connection, gathering: Select[Any], given: Mapping[str, Any]) -> list[list[Any]] | None:
    """None where there is a value that JSON cannot hold: bytes, or infinity."""
    try:
        found: list[list[Any]] = json.loads(connection.execute(gathering, given).scalar_one())
    except ValueError:
        return None
    except OperationalError as error:
        if "BLOB" not in str(error.orig):
            raise
        return None
    return found


Readers = Sequence[tuple[int, Callable[[Any], Any]]]  # what makes a column's values of what lies there, by its place


@cache
def _gathering(query: Select[Any]) -> tuple[Select[Any], Callable[..., Any], Readers]:
    """The query's rows as one JSON list of lists, how a row is made, and its readers."""
    each = query.subquery("each")
    listed = func.json_group_array(func.json_array(*map(raw, each.c)), type_=Text)
    dialect = sqlite.dialect()
    forms = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in each.c]
    readers = [(index, read) for index, read in enumerate(forms) if read is not None]
    return select(listed), namedtuple("Row", each.c.keys()), readers


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT."""
    if is_sqlite(connection):
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - much code, of use only to those who have PostgreSQL

    return postgresql.insert(table)


def plain_insert(connection: Connection, table: Table) -> str:
    """An INSERT for rows as the driver takes them: tuples of all columns, in order, nothing left to be converted."""
    marks = ", ".join(["?" if is_sqlite(connection) else "%s"] * len(table.columns))
    return f"INSERT INTO {table.name} ({', '.join(table.columns.keys())}) VALUES ({marks})"  # noqa: S608 - our names


def take_turns(connection: Connection) -> None:
    """Let one hand-over, action or purge at a time through, so that what it reads still holds when it writes.

    SQLite does that by itself; on PostgreSQL replicas wait for each other here.
    """
    if not is_sqlite(connection):
        connection.execute(ONE_AT_A_TIME)
