"""The one way in: from paths to a watch list, or to every problem with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from alerter.config.assemble import assemble
from alerter.config.channel import ChannelSettings
from alerter.config.files import SourceFile, config_paths, content_hash, decode, hash_files, problem_at, read_files
from alerter.config.findings import dotted
from alerter.config.kept import Kept, Sheet, digest
from alerter.config.merge import DEADLINES, TOP_KEYS, merge
from alerter.config.placing import place_findings
from alerter.config.problems import Level, Problem, level_of, sort_problems
from alerter.config.recovery import Reading, Repeat, read_toml
from alerter.config.settings import Service, service_variables, settle_service
from alerter.config.shape import Shaper
from alerter.config.tables import shape_deadlines, shape_tables
from alerter.config.uncollected import settle, uncollected
from alerter.domain.planning.watchlist import WatchList

__all__ = ["Kept", "Loaded", "config_paths", "content_hash", "load", "read_files"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one load gave: `watch_list` is None where any problem is an error.

    Of files taken over from the load before, being as they were, warnings are not said again.
    """

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
    kept: Kept | None = None,
) -> Loaded:
    """Read, check and resolve the configuration; never raises for what is in it.

    Secrets are read from `environ` and files unless `secrets` is false. `now` is only for warnings. What is `kept` of
    the load before is taken over where it is the same, and is from then on what is kept of this one.
    """
    with uncollected():
        files = read_files(paths)
        load_from = partial(_load, files, channel_types, environ, secrets=secrets, now=now)
        kept = Kept() if kept is None else kept
        loaded = load_from(kept, kept.find(files)) or load_from(kept, {})
        assert loaded is not None  # noqa: S101 -- there is nothing that could have been taken over
        if loaded.watch_list is not None:
            settle(len(loaded.watch_list.deadlines))
        return loaded


def _load(
    files: Sequence[SourceFile],
    channel_types: Mapping[str, type[ChannelSettings]],
    environ: Mapping[str, str],
    kept: Kept,
    sheets: Mapping[int, Sheet],
    *,
    secrets: bool,
    now: datetime | None,
) -> Loaded | None:
    """What the files say, those of `sheets` as they were built before; None where they must be read all the same."""
    sources = _read_all(files, sheets)
    merged = merge(sources.readings)
    variables = service_variables(environ)
    shaper = Shaper({"environ": environ, "secrets": secrets}, faulty=merged.lost)
    tables = shape_tables(shaper, merged, variables, channel_types)
    open_ended = frozenset(merged.misspelt if sources.is_complete else TOP_KEYS)
    rows = shape_deadlines(shaper, merged)
    result = assemble(
        tables, rows, merged, open_ended, shaper.faulty, fingerprint=hash_files(files), now=now, sheets=sheets
    )
    findings = [*merged.findings, *shaper.findings, *result.findings]
    codes = [problem.code for problem in sources.problems] + [finding.code for finding in findings]
    is_usable = not any(level_of(code) is Level.ERROR for code in codes)
    if sheets and not (is_usable and result.is_whole and result.around == kept.around):
        return None
    problems = sources.problems + place_findings(findings, merged, files, sources.readings, variables)
    taken_over = {files[number].name for number in sheets}
    if is_usable:
        kept.around = result.around
        kept.sheets = {
            digest(file): Sheet(_sections(sources.readings[number]), result.rows.get(number, ()))
            for number, file in enumerate(files)
        }
    return Loaded(
        problems=sort_problems(each for each in problems if each.file not in taken_over),
        watch_list=result.watch_list if is_usable else None,
        channel_settings={name: channel for name, channel in tables.channels.items() if channel is not None},
        service=settle_service(tables.service),
    )


def _sections(reading: Reading) -> dict[str, Any]:
    return {key: table for key, table in (reading.tables or {}).items() if key != DEADLINES}


@dataclass(slots=True)
class _Sources:
    """What the files hold, by their number, and what is wrong with them as TOML."""

    readings: dict[int, Reading] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_complete: bool = True


def _read_all(files: Sequence[SourceFile], sheets: Mapping[int, Sheet]) -> _Sources:
    sources = _Sources()
    for number, file in enumerate(files):
        if number in sheets:
            sources.readings[number] = Reading("", dict(sheets[number].sections))
            continue
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
