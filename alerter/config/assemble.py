"""From checked tables to the watch list, with everything that only the whole can tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from alerter.config.channel import ChannelSettings
from alerter.config.channel_values import resolve_channel
from alerter.config.checks import Surroundings, check_deadline, fits_date, insecure_urls
from alerter.config.deadlines import Audience, Built, Row, build_deadlines
from alerter.config.digests import build_digests, build_routes, find_twins
from alerter.config.findings import Finding, Path
from alerter.config.kept import Around, Sheet, around, in_order, rows_by_file
from alerter.config.merge import Merged
from alerter.config.models import DeadlineTable
from alerter.config.resolve import UTC_ZONE, Names, Resolver, resolve_calendars, resolve_shared
from alerter.config.tables import Tables
from alerter.domain.dates.zone import load_zone
from alerter.domain.planning.watchlist import WatchList


@dataclass(frozen=True, slots=True)
class Assembled:
    """The watch list (of use only where no finding is an error) and the findings."""

    watch_list: WatchList
    findings: list[Finding]
    around: Around
    rows: Mapping[int, Sequence[Row]]
    redated: Sequence[str]

    @property
    def is_whole(self) -> bool:
        """Whether every row became a deadline that fits its date: what two files get wrong is found by reading both."""
        deadlines = self.watch_list.deadlines
        is_complete = len(deadlines) == sum(map(len, self.rows.values()))
        return is_complete and all(fits_date(deadlines[name]) for name in self.redated)


def assemble(
    tables: Tables,
    written: Iterable[tuple[int, DeadlineTable]],
    merged: Merged,
    open_ended: frozenset[str],
    faulty: set[Path],
    *,
    fingerprint: str,
    now: datetime | None,
    sheets: Mapping[int, Sheet],
) -> Assembled:
    """Resolve and check everything; the tables `written` for deadlines, with their places, are read once.

    `open_ended` are the kinds of which some may not have been read, `faulty` the paths of keys that could not be.

    The deadlines of `sheets` are taken as they are. What they were built with is to be compared with `around`.
    """
    kept = [row for sheet in sheets.values() for row in sheet.rows]
    resolver = _make_resolver(tables, merged, open_ended, faulty, [row.id for row in kept])
    channels = {name: resolve_channel(resolver, name, settings) for name, settings in _usable(tables)}
    ops = resolver.find_channels(("service", "ops"), tables.service.ops or ())
    audience = Audience(routes=build_routes(resolver, tables.routes), channels=tuple(tables.channels), ops=ops)
    digests = build_digests(resolver, tables.digests)
    shared = resolve_shared(resolver, tables.defaults)
    built = Built()
    for row in kept:
        built.add(row)
    seen_with = Surroundings(
        defaults=tables.defaults,
        channels=channels,
        deadlines=built.deadlines,
        now=now,
        faulty=faulty,
        are_routes_open=not open_ended.isdisjoint(_AUDIENCE) or any(path[0] == "route" for path in faulty),
    )
    build_deadlines(resolver, shared, audience, written, check=partial(check_deadline, around=seen_with), built=built)
    resolver.findings.extend(_warnings(tables))
    rows = rows_by_file(built, merged) | {number: sheet.rows for number, sheet in sheets.items()}
    watch_list = WatchList(
        deadlines={name: built.deadlines[name] for name in in_order(rows) if name in built.deadlines},
        channels=channels,
        digests=digests,
        ops=ops,
        zone=resolver.zone,
        fingerprint=fingerprint,
    )
    return Assembled(watch_list, resolver.findings, around(resolver, shared, audience), rows, built.redated)


_AUDIENCE = ("channels", "route", "service")
"""Who hears of a deadline that names no channels itself."""


def _make_resolver(
    tables: Tables, merged: Merged, open_ended: frozenset[str], faulty: set[Path], kept_ids: Sequence[str]
) -> Resolver:
    findings = [
        *find_twins("deadline", "id", merged.tables["deadline"]),
        *find_twins("digest", "name", merged.tables["digest"]),
    ]
    names = Names(
        channels=tables.channels,
        calendars=resolve_calendars(tables.calendars, findings),
        ids=frozenset(_ids(merged.tables["deadline"])).union(kept_ids),
        open_ended=open_ended,
    )
    resolver = Resolver(names, load_zone(UTC_ZONE), findings, faulty)
    resolver.zone = resolver.find_zone(("timezone",), tables.timezone, resolver.zone)
    return resolver


def _ids(tables: Sequence[Any]) -> Iterator[str]:
    """Every id that is written, also one that is not valid."""
    for table in tables:
        if isinstance(table, dict) and isinstance(table.get("id"), str):
            yield table["id"]


def _usable(tables: Tables) -> Iterator[tuple[str, ChannelSettings]]:
    return ((name, settings) for name, settings in tables.channels.items() if settings is not None)


def _warnings(tables: Tables) -> Iterator[Finding]:
    """Plain http anywhere."""
    yield from insecure_urls(("service",), tables.service)
    for name, settings in _usable(tables):
        yield from insecure_urls(("channels", name), settings)
