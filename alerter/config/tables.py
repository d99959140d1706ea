"""All tables of the merged configuration, each held against its model.

Those of deadlines may be many: they are checked some at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alerter.config.channel import ChannelSettings
from alerter.config.channel_values import DEFAULT_CHANNEL
from alerter.config.checks import DUE_KEYS
from alerter.config.merge import DEADLINES, NAMED, Merged
from alerter.config.models import REQUIRED, CalendarTable, DeadlineTable, DefaultsTable, DigestTable, RouteTable
from alerter.config.settings import ServiceTable, overlay
from alerter.config.shape import Shaper

PART_COUNT = 1000
"""So many tables of deadlines are held against their model at a time: as models they take many times their room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What is written but for deadlines, as far as it has the right form; None where a table has not."""

    timezone: str | None
    service: ServiceTable
    defaults: DefaultsTable
    calendars: Mapping[str, CalendarTable | None]
    channels: Mapping[str, ChannelSettings | None]
    routes: list[RouteTable | None]
    digests: list[DigestTable | None]


def shape_tables(
    shaper: Shaper, merged: Merged, variables: Mapping[str, Any], types: Mapping[str, type[ChannelSettings]]
) -> Tables:
    """Check every table; `variables` stand over `[service]`. What is wrong is in `shaper.findings`."""
    raw = merged.tables
    service = overlay(raw.get("service", {}), variables)
    tables = Tables(
        timezone=shaper.text(("timezone",), raw.get("timezone")),
        service=shaper.table(ServiceTable, ("service",), service) or ServiceTable(),
        defaults=shaper.table(DefaultsTable, ("defaults",), raw.get("defaults", {})) or DefaultsTable(),
        calendars={
            name: shaper.table(CalendarTable, ("calendars", name), table)
            for name, table in raw.get("calendars", {}).items()
        },
        channels=_shape_channels(shaper, merged, types),
        routes=shaper.rows(RouteTable, "route", raw["route"]),
        digests=shaper.rows(DigestTable, "digest", raw["digest"]),
    )
    _require(shaper, raw)
    return tables


def _shape_channels(
    shaper: Shaper, merged: Merged, types: Mapping[str, type[ChannelSettings]]
) -> dict[str, ChannelSettings | None]:
    """The channels by name; where none is defined, standard output."""
    raw = merged.tables.get("channels", {})
    if raw or "channels" in merged.misspelt or DEFAULT_CHANNEL not in types:
        return {name: shaper.channel(types, ("channels", name), table) for name, table in raw.items()}
    return {DEFAULT_CHANNEL: types[DEFAULT_CHANNEL].model_validate({"type": DEFAULT_CHANNEL})}


def _require(shaper: Shaper, raw: Mapping[str, Any]) -> None:
    """Ask each table for the keys that it must have, and each name to be one."""
    for section in NAMED:
        shaper.names(section, raw.get(section, {}))
    for name in ("route", "digest"):
        for index, table in enumerate(raw[name]):
            shaper.require((name, index), table, REQUIRED[name])


def shape_deadlines(shaper: Shaper, merged: Merged) -> Iterator[tuple[int, DeadlineTable]]:
    """The tables of deadlines that have the right form, with their places; can be read once.

    What TOML made of them stays until the end and then goes at once. What is built meanwhile would lie scattered in
    the room of tables that went one by one, and keep nearly all of it.
    """
    raw = merged.tables[DEADLINES]
    for start in range(0, len(raw), PART_COUNT):
        part = raw[start : start + PART_COUNT]
        shaped = shaper.rows(DeadlineTable, DEADLINES, part, start)
        for index, table in enumerate(part, start):
            shaper.require((DEADLINES, index), table, REQUIRED[DEADLINES])
            shaper.require_one((DEADLINES, index), table, DUE_KEYS)
        del part
        yield from ((index, table) for index, table in enumerate(shaped, start) if table is not None)
