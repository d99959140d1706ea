"""The dead man's switch: pings go out while the daemon does its work, and only then."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from alerter.app import Application
from alerter.engine.time.clock import SystemClock
from tests.acceptance.harness import STORE, Bench
from tests.acceptance.waiting import until
from tests.application import running
from tests.servers import http_receiver

START = datetime(2021, 3, 1, 12, tzinfo=UTC)


@asynccontextmanager
async def stuck(application: Application, _: Bench) -> AsyncIterator[None]:
    """The loop waits for a hand-over that does not end, while everything else goes on."""
    async with application.daemon._taking:
        yield


@asynccontextmanager
async def locked_out(_: Application, bench: Bench) -> AsyncIterator[None]:
    """Somebody else holds the ledger."""
    with closing(sqlite3.connect(bench.folder / STORE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.mark.parametrize("trouble", [stuck, locked_out])
async def test_pings_stop_while_nothing_is_delivered_and_come_again(
    bench: Bench, trouble: Callable[[Application, Bench], AbstractAsyncContextManager[None]]
) -> None:
    """A turn of the loop that does not end, or a ledger that cannot be used, is noticed elsewhere by the silence."""
    async with http_receiver() as beat:
        service = f'heartbeat = {{ url = "{beat.url}/", every = "1s" }}'
        bench.write(service=service, more='[channels.screen]\ntype = "console"')
        with capture_logs() as said:
            async with running(bench, SystemClock(start=START, rate=60)) as application:
                await until(lambda: len(beat.requests) >= 2, "two pings")
                async with trouble(application, bench):
                    await until(lambda: withheld(said) >= 1, "a ping that is not sent", within=40.0)
                    count = len(beat.requests)
                    await until(lambda: withheld(said) >= 3, "two more", within=40.0)
                    assert len(beat.requests) == count
                await until(lambda: len(beat.requests) > count, "a ping", within=40.0)


def withheld(said: Sequence[Mapping[str, object]]) -> int:
    """How often it was said that there was a reason not to ping."""
    return sum(one["event"] == "heartbeat.withheld" for one in said)
