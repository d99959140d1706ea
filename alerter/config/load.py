"""The one way in: from paths to a watch list, or to every problem with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from alerter.config.channel import ChannelSettings
from alerter.config.channel_values import DEFAULT_CHANNEL, resolve_channel
from alerter.config.checks import Surroundings, check_deadline, insecure_urls
from alerter.config.deadlines import DUE_KEYS, Audience, build_deadlines
from alerter.config.digests import build_digests, build_routes, find_twins
from alerter.config.files import SourceFile, config_paths, content_hash, decode, hash_files, problem_at, read_files
from alerter.config.findings import Finding, dotted
from alerter.config.merge import TOP_KEYS, Merged, merge
from alerter.config.models import (
    REQUIRED,
    CalendarTable,
    DeadlineTable,
    DefaultsTable,
    DigestTable,
    RouteTable,
)
from alerter.config.placing import place_findings
from alerter.config.problems import Level, Problem, sort_problems
from alerter.config.recovery import Reading, Repeat, read_toml
from alerter.config.resolve import UTC_ZONE, Names, Resolver, resolve_calendars, resolve_shared
from alerter.config.settings import Service, ServiceTable, overlay, service_variables, settle_service
from alerter.config.shape import Shaper
from alerter.domain.deadline import WatchList
from alerter.domain.zone import load_zone

__all__ = ["Loaded", "config_paths", "content_hash", "load", "read_files"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one load gave: `watch_list` is None where any problem is an error."""

    problems: tuple[Problem, ...]
    watch_list: WatchList | None
    channel_settings: Mapping[str, ChannelSettings]
    service: Service

    @property
    def is_usable(self) -> bool:
        """Whether there is a watch list."""
        return self.watch_list is not None


@dataclass(slots=True)
class _Tables:
    """All tables, checked one by one."""

    timezone: str | None
    service: ServiceTable
    defaults: DefaultsTable
    calendars: dict[str, CalendarTable | None]
    channels: dict[str, ChannelSettings | None]
    deadlines: list[DeadlineTable | None]
    routes: list[RouteTable | None]
    digests: list[DigestTable | None]


def load(
    paths: Sequence[Path],
    *,
    channel_types: Mapping[str, type[ChannelSettings]],
    environ: Mapping[str, str],
    secrets: bool = True,
    now: datetime | None = None,
) -> Loaded:
    """Read, check and resolve the configuration; never raises for what is in it.

    Secrets are read from `environ` and files unless `secrets` is false. `now` is only for warnings.
    """
    files = read_files(paths)
    sources = _read_all(files)
    merged = merge(sources.readings)
    variables = service_variables(environ)
    shaper = Shaper({"environ": environ, "secrets": secrets}, faulty=merged.lost)
    tables = _shape(shaper, merged, variables, channel_types)
    open_ended = frozenset(merged.misspelt if sources.is_complete else TOP_KEYS)
    result = _resolve(tables, merged, open_ended, hash_files(files), now)
    findings = [*merged.findings, *shaper.findings, *result.findings]
    problems = sources.problems + place_findings(findings, merged, files, sources.readings, variables)
    has_error = any(problem.severity is Level.ERROR for problem in problems)
    return Loaded(
        problems=sort_problems(problems),
        watch_list=None if has_error else result.watch_list,
        channel_settings={name: channel for name, channel in tables.channels.items() if channel is not None},
        service=settle_service(tables.service),
    )


@dataclass(slots=True)
class _Sources:
    """What the files hold, by their number, and what is wrong with them as TOML."""

    readings: dict[int, Reading] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_complete: bool = True


def _read_all(files: Sequence[SourceFile]) -> _Sources:
    sources = _Sources()
    for number, file in enumerate(files):
        text = decode(file)
        if isinstance(text, Problem):
            sources.problems.append(text)
            sources.is_complete = False
            continue
        reading = read_toml(text)
        sources.readings[number] = reading
        sources.is_complete &= reading.tables is not None
        sources.problems += [problem_at(file, flaw.line, flaw.column, "syntax", flaw.message) for flaw in reading.flaws]
        sources.problems += [_repeated(file, repeat) for repeat in reading.repeats]
    return sources


def _repeated(file: SourceFile, repeat: Repeat) -> Problem:
    line, column = repeat.first
    message = f"{dotted(repeat.path)}: is already set, first at {file.name}:{line}:{column}"
    return problem_at(file, repeat.line, repeat.column, "duplicate", message)


def _shape(
    shaper: Shaper, merged: Merged, variables: Mapping[str, Any], types: Mapping[str, type[ChannelSettings]]
) -> _Tables:
    raw = merged.tables
    channels = raw.get("channels", {})
    service = overlay(raw.get("service", {}), variables)
    tables = _Tables(
        timezone=shaper.text(("timezone",), raw.get("timezone")),
        service=shaper.table(ServiceTable, ("service",), service) or ServiceTable(),
        defaults=shaper.table(DefaultsTable, ("defaults",), raw.get("defaults", {})) or DefaultsTable(),
        calendars={
            name: shaper.table(CalendarTable, ("calendars", name), table)
            for name, table in raw.get("calendars", {}).items()
        },
        channels={name: shaper.channel(types, ("channels", name), table) for name, table in channels.items()},
        deadlines=shaper.rows(DeadlineTable, "deadline", raw["deadline"]),
        routes=shaper.rows(RouteTable, "route", raw["route"]),
        digests=shaper.rows(DigestTable, "digest", raw["digest"]),
    )
    if not channels and "channels" not in merged.misspelt and "console" in types:
        tables.channels[DEFAULT_CHANNEL] = types["console"].model_validate({"type": "console"})
    for name, keys in REQUIRED.items():
        for index, table in enumerate(raw[name]):
            shaper.require((name, index), table, keys)
    for index, table in enumerate(raw["deadline"]):
        shaper.require_one(("deadline", index), table, DUE_KEYS)
    return tables


@dataclass(frozen=True, slots=True)
class _Result:
    watch_list: WatchList
    findings: list[Finding]


def _resolve(
    tables: _Tables, merged: Merged, open_ended: frozenset[str], fingerprint: str, now: datetime | None
) -> _Result:
    findings: list[Finding] = []
    for name, key in (("deadline", "id"), ("digest", "name")):
        findings += find_twins(name, key, merged.tables[name])
    calendars = resolve_calendars(tables.calendars, findings)
    ids = frozenset(table["id"] for table in merged.tables["deadline"] if _has_id(table))
    names = Names(channels=tables.channels, calendars=calendars, ids=ids, open_ended=open_ended)
    resolver = Resolver(names, load_zone(UTC_ZONE), findings)
    resolver.zone = resolver.find_zone(("timezone",), tables.timezone, resolver.zone)
    channels = {
        name: resolve_channel(resolver, name, settings)
        for name, settings in tables.channels.items()
        if settings is not None
    }
    ops = resolver.find_channels(("service", "ops"), tables.service.ops or ())
    audience = Audience(routes=build_routes(resolver, tables.routes), channels=tuple(tables.channels), ops=ops)
    digests = build_digests(resolver, tables.digests)
    built = build_deadlines(resolver, resolve_shared(resolver, tables.defaults), audience, tables.deadlines)
    around = Surroundings(defaults=tables.defaults, channels=channels, deadlines=built.deadlines, now=now)
    for name, deadline in built.deadlines.items():
        index = built.rows[name]
        table = tables.deadlines[index]
        if table is not None:
            findings += check_deadline(deadline, ("deadline", index), table, around)
    findings += insecure_urls(("service",), tables.service)
    for name, settings in tables.channels.items():
        findings += insecure_urls(("channels", name), settings) if settings is not None else ()
    watch_list = WatchList(
        deadlines={name: built.deadlines[name] for name in built.rows if name in built.deadlines},
        channels=channels,
        digests=digests,
        ops=ops,
        zone=resolver.zone,
        fingerprint=fingerprint,
    )
    return _Result(watch_list, findings)


def _has_id(table: Any) -> bool:
    return isinstance(table, dict) and isinstance(table.get("id"), str)
