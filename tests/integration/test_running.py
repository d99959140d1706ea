"""The daemon's process between two daemons."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest

from alerter.channels.registry import channel_types
from alerter.cli.running import _run
from alerter.config.source import FileSource, Options
from alerter.engine.time.watchdog import Watchdog
from tests.acceptance.harness import STORE, Bench, deadline, soon
from tests.application import ENDS_WITHIN


@pytest.fixture
def signals() -> Iterator[None]:
    """What the process does on signals is as it was afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
async def test_a_process_that_was_told_to_end_begins_with_no_other_daemon(bench: Bench) -> None:
    """The word came while one that had lost its ledger was still ending: the next is not begun, and sends nothing."""
    await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    store = bench.folder / STORE
    environ = {**bench.environ, "ALERTER_LISTEN": "", "ALERTER_STORE": f"sqlite:///{store}"}
    source = FileSource(Options(config=(bench.folder / "config",), environ=environ), channel_types())
    watchdog = Watchdog()
    watchdog.expect_end()
    await asyncio.wait_for(_run(source.load(), source, watchdog), ENDS_WITHIN)
    assert not store.exists()
