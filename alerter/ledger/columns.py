"""How our values lie in columns that SQLite and PostgreSQL both have.

Instants are integers, microseconds since 1970 in UTC: they sort, subtract and index alike everywhere.
What no version of this program can have written raises Illegible when it is read; see `mending`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Dialect, SmallInteger, Text, TypeDecorator, and_, or_, type_coerce
from typing_extensions import override

from alerter.domain.planning.deadline import Severity
from alerter.domain.planning.duedate import EARLIEST, LATEST

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
RANKS = {severity.value: severity.rank for severity in Severity}
SEVERITIES = {rank: name for name, rank in RANKS.items()}

FIRST, LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
"""A day can be taken from or added to any instant between these, in any zone; else there are only the ends of time."""

WRONG = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What reading a value may raise that is not what it should be."""

T = TypeVar("T")


class Illegible(ValueError):
    """A value that its column cannot hold, as it lies there."""

    def __init__(self, value: object) -> None:
        super().__init__("a row of the ledger cannot be read")
        self.value = value


def to_micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware instant."""
    return (at - EPOCH) // MICROSECOND


@lru_cache(maxsize=4096)  # rows that are read together share most of their instants
def from_micros(micros: int) -> datetime:
    """The instant in UTC; raises Illegible."""
    if not FIRST_MICROS <= micros <= LAST_MICROS and micros not in ENDS:
        raise Illegible(micros)
    return EPOCH + timedelta(microseconds=micros)


FIRST_MICROS, LAST_MICROS, ENDS = to_micros(FIRST), to_micros(LAST), (to_micros(EARLIEST), to_micros(LATEST))


def raw(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column as it lies there."""
    return type_coerce(column, column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type)


class Checked(TypeDecorator[T]):
    """A column that not every value of its database's type may stand in.

    `is_illegible` finds, of raw values, at least the one that was met, and what it can of others.
    """

    cache_ok = True

    def is_illegible(self, raw: ColumnElement[Any], met: object) -> ColumnElement[bool]:
        """Whether the raw value may be one that cannot be read."""
        raise NotImplementedError


class Instant(Checked[datetime]):
    """An aware datetime as BIGINT."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        try:
            return None if value is None else from_micros(value)
        except WRONG:
            raise Illegible(value) from None

    def is_illegible(self, raw: ColumnElement[Any], met: object) -> ColumnElement[bool]:
        """Text, which SQLite lets stand anywhere, is more than any number there."""
        return and_(or_(raw < FIRST_MICROS, raw > LAST_MICROS), raw.not_in(ENDS))


class Word(Checked[StrEnum]):
    """A member of a StrEnum as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words
        self._by_value = {word.value: word for word in words}

    @override
    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self._by_value[value].value

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        try:
            return None if value is None else self._by_value[value]
        except WRONG:
            raise Illegible(value) from None

    def is_illegible(self, raw: ColumnElement[Any], met: object) -> ColumnElement[bool]:
        """Any other word."""
        return raw.not_in(list(self._by_value))


class Plain(TypeDecorator[str]):
    """Text whose values may be members of a StrEnum on the way in, and are plain strings on the way out."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)


class Rank(Checked[str]):
    """A severity's name as its rank, so that it sorts."""

    impl = SmallInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:
        return None if value is None else RANKS[value]

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:
        try:
            return None if value is None else SEVERITIES[value]
        except WRONG:
            raise Illegible(value) from None

    def is_illegible(self, raw: ColumnElement[Any], met: object) -> ColumnElement[bool]:
        """Any other number."""
        return raw.not_in(list(SEVERITIES))


class Json(Checked[T]):
    """Text that is JSON, between these `brackets`."""

    brackets = "{}"

    def is_illegible(self, raw: ColumnElement[Any], met: object) -> ColumnElement[bool]:
        """No brackets, or what was met."""
        has_none = raw.not_like("%".join(self.brackets))
        return or_(has_none, raw == met) if isinstance(met, str) else has_none


class Strings(Json[tuple[str, ...]]):
    """A tuple of strings as a JSON array."""

    brackets = "[]"

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        return json.dumps(value) if value else "[]"

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return () if value is None or value == "[]" else _strings_of(value)


class StringMap(Json[Mapping[str, str]]):
    """A mapping of strings as a JSON object."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Mapping[str, str] | None, dialect: Dialect) -> str:
        return json.dumps(dict(value)) if value else "{}"

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, str]:
        if value is None or value == "{}":
            return {}
        found = _parse(value, dict)
        _check_strings(value, found.values())
        return found


class InstantMap(Json[Mapping[str, datetime]]):
    """A mapping from names to instants as a JSON object of integers."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Mapping[str, datetime] | None, dialect: Dialect) -> str:
        return _write_instants(tuple(value.items())) if value else "{}"

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, datetime]:
        if value is None:
            return {}
        try:
            return {name: from_micros(micros) for name, micros in _parse(value, dict).items()}
        except WRONG:
            raise Illegible(value) from None


@lru_cache(maxsize=4096)  # deadlines that are first seen together have the same
def _write_instants(items: tuple[tuple[str, datetime], ...]) -> str:
    return json.dumps({name: to_micros(at) for name, at in items})


def _parse(value: str, form: type[T]) -> T:
    """The JSON document, which must be of that form; raises Illegible."""
    try:
        found = json.loads(value)
    except WRONG:
        raise Illegible(value) from None
    if not isinstance(found, form):
        raise Illegible(value)
    return found


def _strings_of(value: str) -> tuple[str, ...]:
    found: tuple[str, ...] = tuple(_parse(value, list))
    _check_strings(value, found)
    return found


def _check_strings(value: str, found: Iterable[object]) -> None:
    if not all(isinstance(each, str) for each in found):
        raise Illegible(value)
