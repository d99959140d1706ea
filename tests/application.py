"""The whole daemon inside a test's own loop, on whatever clock the test brings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from alerter.app import Application
from alerter.channels.registry import channel_types
from alerter.config.source import FileSource, Options
from alerter.engine.hardship.storekeeper import Before
from alerter.engine.time.clock import Clock
from tests.acceptance.harness import STORE, Bench

ENDS_WITHIN = 15.0  # seconds


@asynccontextmanager
async def running(
    bench: Bench, clock: Clock | None, store: str | None = None, *, listen: str = "", before: Before | None = None
) -> AsyncIterator[Application]:
    """The application on the bench's configuration and ledger, started, and stopped in good order at the end."""
    environ = {**bench.environ, "ALERTER_LISTEN": listen, "ALERTER_STORE": store or f"sqlite:///{bench.folder / STORE}"}
    source = FileSource(Options(config=(bench.folder / "config",), environ=environ), channel_types())
    application = Application(source.load(), source, clock=clock, before=before)
    application.happenings = []
    task = asyncio.create_task(application.run())
    try:
        yield application
    finally:
        application.stop()
        await asyncio.wait_for(task, ENDS_WITHIN)
