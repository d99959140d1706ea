"""How our values lie in columns that SQLite and PostgreSQL both have.

Instants are integers, microseconds since 1970 in UTC: they sort, subtract and index alike everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import BigInteger, Dialect, SmallInteger, Text, TypeDecorator

from alerter.domain.deadline import Severity

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
RANKS = {severity.value: severity.rank for severity in Severity}
SEVERITIES = {rank: name for name, rank in RANKS.items()}


def to_micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware instant."""
    return (at - EPOCH) // MICROSECOND


@lru_cache(maxsize=4096)  # rows that are read together share most of their instants
def from_micros(micros: int) -> datetime:
    """The instant in UTC."""
    return EPOCH + timedelta(microseconds=micros)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as BIGINT."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: D102 - SQLAlchemy's hook
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: D102 - SQLAlchemy's hook
        return None if value is None else from_micros(value)


class Word(TypeDecorator[StrEnum]):
    """A member of a StrEnum as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words
        self._by_value = {word.value: word for word in words}

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: D102 - SQLAlchemy's hook
        return None if value is None else self._by_value[value].value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: D102 - SQLAlchemy's hook
        return None if value is None else self._by_value[value]


class Plain(TypeDecorator[str]):
    """Text whose values may be members of a StrEnum on the way in, and are plain strings on the way out."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: D102 - SQLAlchemy's hook
        return None if value is None else str(value)


class Rank(TypeDecorator[str]):
    """A severity's name as its rank, so that it sorts."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:  # noqa: D102 - SQLAlchemy's hook
        return None if value is None else RANKS[value]

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:  # noqa: D102 - SQLAlchemy's hook
        return None if value is None else SEVERITIES[value]


class Strings(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings as a JSON array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:  # noqa: D102 - SQLAlchemy's hook
        return json.dumps(value) if value else "[]"

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:  # noqa: D102 - SQLAlchemy's hook
        return () if value is None or value == "[]" else tuple(json.loads(value))


class StringMap(TypeDecorator[Mapping[str, str]]):
    """A mapping of strings as a JSON object."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, str] | None, dialect: Dialect) -> str:  # noqa: D102 - SQLAlchemy's hook
        return json.dumps(dict(value)) if value else "{}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, str]:  # noqa: D102 - SQLAlchemy's hook
        return {} if value is None or value == "{}" else dict(json.loads(value))


class InstantMap(TypeDecorator[Mapping[str, datetime]]):
    """A mapping from names to instants as a JSON object of integers."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, datetime] | None, dialect: Dialect) -> str:  # noqa: D102 - SQLAlchemy's hook
        return json.dumps({name: to_micros(at) for name, at in value.items()}) if value else "{}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, datetime]:  # noqa: D102 - SQLAlchemy's hook
        return {} if value is None else {name: from_micros(micros) for name, micros in json.loads(value).items()}
