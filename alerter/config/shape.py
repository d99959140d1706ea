"""Holding the tables against their models: unknown and missing keys, wrong types, wrong words.

A table with mistakes is looked at again without the keys that have them, and a channel of which too little is
left as what all channels are, so that one mistake hides no other. Findings never hold a value that pydantic was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from alerter.config.channel import ChannelSettings
from alerter.config.findings import Finding, Path, Spot
from alerter.config.suggest import did_you_mean

M = TypeVar("M", bound=BaseModel)
OWN_CODES = frozenset({"bad-value", "missing-key", "missing-secret", "unknown-timezone"})
_SENTENCES = {
    "string_type": "should be a string",
    "int_type": "should be a whole number",
    "bool_type": "should be true or false",
    "tuple_type": "should be an array",
    "list_type": "should be an array",
    "dict_type": "should be a table",
    "model_type": "should be a table",
    "string_too_short": "should not be empty",
    "too_short": "should not be empty",
}


@dataclass(slots=True)
class Shaper:
    """Validates tables and gathers findings; `faulty` are the paths of keys that are wrong or misspelt."""

    context: Mapping[str, Any]
    findings: list[Finding] = field(default_factory=list)
    faulty: set[Path] = field(default_factory=set)

    def rows(self, model: type[M], name: str, tables: Sequence[Any], start: int = 0) -> list[M | None]:
        """Every table of an array, or of a part of it from `start` on; None where it is no table at all."""
        try:
            return list(_adapter(model).validate_python(list(tables), context=self.context))
        except ValidationError:
            return [self.table(model, (name, index), table) for index, table in enumerate(tables, start)]

    def table(self, model: type[M], path: Path, table: Any) -> M | None:
        """One table, without its faulty keys; None where what is left does not stand by itself."""
        try:
            return model.model_validate(table, context=self.context)
        except ValidationError as error:
            unknown = self._note(model, path, table, error)
        if not isinstance(table, dict):
            return None
        sound = {key: value for key, value in table.items() if (*path, key) not in self.faulty}
        kept = {key: value for key, value in table.items() if any(key == location[0] for location in unknown)}
        for location in unknown:
            kept = _without(kept, location)
        return self._validated(model, {**sound, **kept}) or self._validated(model, sound)

    def _validated(self, model: type[M], table: Mapping[str, Any]) -> M | None:
        try:
            return model.model_validate(table, context=self.context)
        except ValidationError:
            return None

    def channel(self, types: Mapping[str, type[ChannelSettings]], path: Path, table: Any) -> ChannelSettings | None:
        """One channel by its type, or as far as all channels are alike; None where that cannot be read either."""
        if not isinstance(table, dict):
            self._refuse(path, "bad-value", "should be a table")
            return None
        kind = table.get("type")
        if kind is None:
            self._missing(path, table, ("type",))
            return self.table(ChannelSettings, path, {**_shared(table), "type": ""})
        if not isinstance(kind, str) or kind not in types:
            hint = did_you_mean(kind, types)[1] if isinstance(kind, str) else ""
            self._refuse((*path, "type"), "bad-value", f"should be one of {', '.join(sorted(types))}{hint}")
            return self.table(ChannelSettings, path, {**_shared(table), "type": ""})
        settings = self.table(types[kind], path, table)
        alike = {key: value for key, value in _shared(table).items() if (*path, key) not in self.faulty}
        return settings or self._validated(ChannelSettings, alike)

    def names(self, section: str, tables: Mapping[str, Any]) -> None:
        """Note each name of a channel or calendar that is empty, over-long or not printable."""
        for name in tables:
            if not 0 < len(name) <= 200 or not name.isprintable():
                self._refuse((section, name), "bad-value", "is not a usable name", Spot.HEADER)

    def require(self, path: Path, table: Any, keys: Sequence[str]) -> None:
        """Note each key that the table lacks, unless a misspelt one may be it."""
        if isinstance(table, dict):
            self._missing(path, table, keys)

    def require_one(self, path: Path, table: Any, keys: Sequence[str]) -> None:
        """Note a table that has none of the keys, or more than one."""
        if not isinstance(table, dict):
            return
        present = [key for key in keys if key in table]
        if not present and not any((*path, key) in self.faulty for key in keys):
            self._refuse(path, "missing-key", f"{keys[0]} is missing ({', '.join(keys)}: exactly one)", Spot.HEADER)
        for key in present[1:]:
            self._refuse((*path, key), "bad-value", f"cannot stand beside {present[0]}", Spot.KEY)

    def text(self, path: Path, value: Any) -> str | None:
        """A string or nothing; anything else is noted."""
        if value is None or isinstance(value, str):
            return value
        self.faulty.add(path)
        self._refuse(path, "bad-value", "should be a string")
        return None

    def _missing(self, path: Path, table: Mapping[str, Any], keys: Sequence[str]) -> None:
        for key in keys:
            if key not in table and (*path, key) not in self.faulty:
                self._refuse(path, "missing-key", f"{key} is missing", Spot.HEADER)

    def _refuse(self, path: Path, code: str, message: str, spot: Spot = Spot.VALUE) -> None:
        self.findings.append(Finding(path=path, code=code, message=message, spot=spot))

    def _note(self, model: type[BaseModel], path: Path, table: Any, error: ValidationError) -> list[Path]:
        """Note every mistake; where, within what has no other, there is an unknown key."""
        details = error.errors(include_url=False, include_input=False)
        unknown = [_location(each, table) for each in details if each["type"] == "extra_forbidden"]
        for location in unknown:
            self._note_unknown(model, path, location)
        wrong = [each for each in details if each["type"] != "extra_forbidden"]
        for each in wrong:
            if not _is_emptied(each, details):
                self._note_value(path, _location(each, table), each)
        others = {_location(each, table)[:1] for each in wrong}
        return [location for location in unknown if len(location) > 1 and location[:1] not in others]

    def _note_unknown(self, model: type[BaseModel], path: Path, location: Path) -> None:
        *above, key = location
        meant, hint = did_you_mean(str(key), _keys_at(model, tuple(above)))
        self.faulty.add((*path, location[0]))
        self.faulty.update((*path, *above, each) for each in meant)
        self._refuse((*path, *location), "unknown-key", f"there is no such key{hint}", Spot.KEY)

    def _note_value(self, path: Path, location: Path, detail: ErrorDetails) -> None:
        if detail["type"] == "missing":
            if (*path, *location) not in self.faulty:
                self._refuse((*path, *location[:-1]), "missing-key", f"{location[-1]} is missing", Spot.HEADER)
        else:
            code = detail["type"] if detail["type"] in OWN_CODES else "bad-value"
            spot = Spot.HEADER if code == "missing-key" else Spot.KEY if "[key]" in detail["loc"] else Spot.VALUE
            self._refuse((*path, *location), code, _sentence(detail), spot)
        if location:
            self.faulty.add((*path, location[0]))


@cache
def _adapter(model: type[M]) -> TypeAdapter[list[M]]:
    return TypeAdapter(list[model])  # type: ignore[valid-type]  # built at run time


def _is_emptied(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """Whether a list is called too short only because items in it are wrong."""
    place = detail["loc"]
    return detail["type"] == "too_short" and any(
        each["loc"][: len(place)] == place and len(each["loc"]) > len(place) for each in details
    )


def _location(detail: ErrorDetails, table: Any) -> Path:
    """Where it is in the table: without the place in a list that is none there, since one may stand for itself."""
    location: list[str | int] = []
    value = table
    for part in detail["loc"]:
        if part != "[key]" and (isinstance(part, str) or isinstance(value, list)):
            location.append(part)
            value = _part_of(value, part)
    return tuple(location)


def _part_of(value: Any, part: str | int) -> Any:
    try:
        return value[part]
    except (TypeError, LookupError):
        return None


def _without(value: Any, location: Path) -> Any:
    """The same without the key at that place in it."""
    key, *below = location
    if isinstance(value, list):
        return [_without(each, tuple(below)) if index == key else each for index, each in enumerate(value)]
    if below:
        return {**value, key: _without(value[key], tuple(below))}
    return {name: each for name, each in value.items() if name != key}


def _shared(table: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that a channel of any type may have."""
    names = {info.alias or name for name, info in ChannelSettings.model_fields.items()}
    return {key: value for key, value in table.items() if key in names}


def _sentence(detail: ErrorDetails) -> str:
    known = _SENTENCES.get(detail["type"])
    if known is not None:
        return known
    sentence = detail["msg"].removeprefix("Input ").removeprefix("String ").removeprefix("Value error, ")
    return sentence[:1].lower() + sentence[1:]


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that the table at that path of the model has."""
    for part in path:
        if isinstance(part, str):
            fields = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
            model = next(_models_in(fields.get(part)), model)
    return [info.alias or name for name, info in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
