"""The one way in: from paths to a watch list, or to every problem with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from alerter.config.assemble import assemble
from alerter.config.channel import ChannelSettings
from alerter.config.files import SourceFile, config_paths, content_hash, decode, hash_files, problem_at, read_files
from alerter.config.findings import dotted
from alerter.config.merge import TOP_KEYS, merge
from alerter.config.placing import place_findings
from alerter.config.problems import Level, Problem, sort_problems
from alerter.config.recovery import Reading, Repeat, read_toml
from alerter.config.settings import Service, service_variables, settle_service
from alerter.config.shape import Shaper
from alerter.config.tables import shape_tables
from alerter.config.uncollected import uncollected
from alerter.domain.watchlist import WatchList

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
    with uncollected():
        return _load(read_files(paths), channel_types, environ, secrets=secrets, now=now)


def _load(
    files: Sequence[SourceFile],
    channel_types: Mapping[str, type[ChannelSettings]],
    environ: Mapping[str, str],
    *,
    secrets: bool,
    now: datetime | None,
) -> Loaded:
    sources = _read_all(files)
    merged = merge(sources.readings)
    variables = service_variables(environ)
    shaper = Shaper({"environ": environ, "secrets": secrets}, faulty=merged.lost)
    tables = shape_tables(shaper, merged, variables, channel_types)
    open_ended = frozenset(merged.misspelt if sources.is_complete else TOP_KEYS)
    result = assemble(tables, merged, open_ended, hash_files(files), now)
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
