"""The pieces of work that are measured; each runs alone in a process: `python -m tests.benchmarks.work NAME CONFIG`.

What a piece has to import is imported before its clock starts.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter

from alerter.channels.registry import channel_types
from alerter.config import toml
from alerter.config.load import Loaded
from alerter.config.models import DeadlineTable
from alerter.config.source import FileSource, Options
from alerter.config.uncollected import uncollected
from alerter.engine.handover.engine import Engine
from alerter.engine.ops.ops import Ops
from alerter.engine.time.clock import SystemClock
from alerter.ledger.ledger import Ledger

Work = Callable[[Path], object]


def parse(config: Path) -> object:
    """The bare limit: TOML to tables."""
    with uncollected():
        return toml.loads_long(config.read_text())


def validate(config: Path) -> object:
    """The bare limit: TOML to tables, and these held against their models."""
    with uncollected():
        rows = toml.loads_long(config.read_text())["deadline"]
        return TypeAdapter(list[DeadlineTable]).validate_python(rows)


def load_all(config: Path) -> Loaded:
    """TOML to watch list, as the daemon does it."""
    loaded = FileSource(Options((config,), os.environ), channel_types()).load()
    if loaded.watch_list is None:
        raise RuntimeError(f"the configuration has problems: {loaded.problems[:3]}")
    return loaded


def start(config: Path) -> object:
    """TOML to ready: the watch list taken and everything due handed over, on the ledger as it lies there."""
    return asyncio.run(_start(load_all(config), config.with_name("alerter.db")))


async def _start(loaded: Loaded, store: Path) -> object:
    ledger, clock = Ledger(f"sqlite:///{store}"), SystemClock()
    await ledger.open()
    try:
        engine = Engine(ledger=ledger, clock=clock, ops=Ops(ledger, clock), observe=lambda _: None)
        if loaded.watch_list is not None:
            await engine.take(loaded.watch_list)
        return await engine.cycle()
    finally:
        await ledger.close()


WORKS: dict[str, Work] = {"parse": parse, "validate": validate, "load": load_all, "start": start}


def main(name: str, config: Path) -> None:
    """Do the work and print what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    WORKS[name](config)
    taken = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps({**taken, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
