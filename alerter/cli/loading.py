"""Reads the configuration for a command, or ends the command with every problem named."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alerter.cli.failure import UNUSABLE, Failure
from alerter.cli.sparing import import_alone

if TYPE_CHECKING:
    from alerter.config.load import Loaded
    from alerter.domain.planning.watchlist import WatchList


@dataclass(frozen=True, slots=True)
class Ready:
    """A configuration without errors."""

    loaded: Loaded
    watch_list: WatchList


def read_config(config: list[Path] | None, *, secrets: bool) -> Loaded:
    """Read the configuration, problems included; with `secrets` false none is needed."""
    import_alone("structlog")
    from alerter.channels.registry import channel_types
    from alerter.config.log import configure_logging
    from alerter.config.source import FileSource, Options
    from alerter.domain.dates.zone import NoZoneData

    configure_logging(level="warning")
    source = FileSource(Options(tuple(config or ()), os.environ), channel_types())
    try:
        return source.load(secrets=secrets)
    except NoZoneData as error:
        raise Failure(str(error), UNUSABLE) from None


def load_config(config: list[Path] | None, *, secrets: bool = False) -> Ready:
    """Read a configuration that can be used; raises Failure, with the problems on standard error."""
    loaded = read_config(config, secrets=secrets)
    if loaded.watch_list is not None:
        return Ready(loaded, loaded.watch_list)
    for problem in loaded.problems:
        if problem.severity == "error":
            print(problem, file=sys.stderr)
    raise Failure("the configuration cannot be used (see `alerter check`)", UNUSABLE)
