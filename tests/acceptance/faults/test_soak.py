"""A long run in which one fault after the other is drawn by chance, and the judge of every case at its end.

`ALERTER_TEST_SOAK_MINUTES` (2) says how long each of the two runs lasts; `ALERTER_TEST_SOAK_SEED` repeats one. What was
drawn is printed as it happens, the seed first.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import make_url

from tests.acceptance.faults.faking import FakeClock, fake_clock
from tests.acceptance.faults.remains import find_unexplained
from tests.acceptance.faults.test_postgres_faults import OUTAGE
from tests.acceptance.faults.test_replica_faults import SHORT_LEASES
from tests.acceptance.harness import STORE, Bench, Daemon, deadline, soon
from tests.acceptance.inbox import HttpInbox
from tests.postgres import PostgresServer
from tests.servers import Reply
from tests.stalling import StallingProxy

pytestmark = pytest.mark.fault

MINUTES = float(os.environ.get("ALERTER_TEST_SOAK_MINUTES", "2"))
SEED = int(os.environ.get("ALERTER_TEST_SOAK_SEED", "0")) or random.randrange(1, 10**6)
FAULTS = OUTAGE | {"config.rejected", "notice.failed"}
REPLIES = (
    Reply(status=500), Reply(status=503, headers=(("Retry-After", "2"),)), Reply(status=429), Reply(status=404),
    Reply(status=302), Reply(ending="reset"), Reply(raw=b"HTTP/9.9 what\r\n\r\n"), Reply(delay=3.0), Reply(),
)  # fmt: skip


@dataclass(slots=True)
class Soak:
    """The daemons of a run and what is done to them; `names` are the deadlines so far, all told once at the end."""

    bench: Bench
    inbox: HttpInbox
    chance: random.Random
    count: int = 1
    under: Sequence[str] = ()
    clock: FakeClock | None = None
    proxy: StallingProxy | None = None
    server: PostgresServer | None = None
    daemons: list[Daemon] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Draw faults until the time is over; then everything is mended, and all has to arrive."""
        sys.stdout.write(f"\nseed {SEED}\n")
        await self.add()
        await self.start()
        faults = self._faults()
        until = time.monotonic() + MINUTES * 60
        while time.monotonic() < until:
            fault = self.chance.choice(faults)
            sys.stdout.write(f"{fault.__name__} ")
            sys.stdout.flush()
            await fault()
            await asyncio.sleep(self.chance.uniform(0.2, 4.0))
        await self.finish()

    def _faults(self) -> list[Callable[[], Awaitable[None]]]:
        everywhere = [self.add, self.add, self.kill, self.terminate, self.pause, self.answer_badly, self.break_file]
        if self.proxy is not None:
            return [*everywhere, self.break_connections, self.stall, self.crash_database]
        return [*everywhere, self.lock, self.step_clock]

    async def finish(self) -> None:
        """Nothing is wrong any more: within some minutes each has been told."""
        self.inbox.answer_well()
        self.write()
        await self.start()
        await self.inbox.until_all(len(self.names), within=300.0)
        for daemon in self.daemons:
            await daemon.until_metric("alerter_overdue_unsent", 0.0)
            await daemon.end()
        sys.stdout.write(f"\n{len(self.names)} notices, {len(self.inbox.requests)} requests\n")
        notices = [f"ops {name} upcoming 20m" for name in self.names]
        self.bench.wants(*notices)
        self.bench.may_repeat.update(notices)
        assert await find_unexplained(self.bench) == []

    def write(self) -> None:
        """The configuration as it should be."""
        self.bench.write(*self.tables)

    async def start(self) -> None:
        """As many daemons as there should be."""
        self.daemons = [daemon for daemon in self.daemons if daemon.is_running]
        while len(self.daemons) < self.count:
            self.daemons.append(await self.bench.start(under=self.under))
        await asyncio.gather(*(daemon.says("daemon.started", within=90.0) for daemon in self.daemons))

    async def add(self) -> None:
        """More to tell, some of it at once and some in a few seconds; so soon due that no retry is far off."""
        for _ in range(self.chance.randrange(1, 8)):
            name = f"d{len(self.names):04}"
            due = soon(minutes=7) if self.chance.random() < 0.5 else soon(minutes=20, seconds=6)
            self.names.append(name)
            self.tables.append(deadline(name, due, ["20m"]))
        self.write()

    async def kill(self) -> None:
        """A crash, and a new start."""
        await self.chance.choice(self.daemons).end(signal.SIGKILL)
        await self.start()

    async def terminate(self) -> None:
        """An end in good order, and a new start."""
        ended = await self.chance.choice(self.daemons).end()
        assert (ended.code, ended.took < 10.0) == (0, True), ended.err
        await self.start()

    async def pause(self) -> None:
        """The process stands still for a while."""
        daemon = self.chance.choice(self.daemons)
        daemon.send(signal.SIGSTOP)
        await asyncio.sleep(self.chance.uniform(0.5, 9.0))
        daemon.send(signal.SIGCONT)

    async def answer_badly(self) -> None:
        """Some answers that are no yes, or a late one."""
        self.inbox.answer(*self.chance.choices(REPLIES, k=self.chance.randrange(1, 6)))

    async def break_file(self) -> None:
        """A configuration cut short anywhere, and then whole."""
        text = self.bench.text(*self.tables)
        path = self.bench.folder / "config" / "alerter.toml"
        await asyncio.to_thread(path.write_text, text[: self.chance.randrange(len(text))])
        await asyncio.sleep(self.chance.uniform(0.0, 4.0))
        self.write()

    async def lock(self) -> None:
        """Somebody else holds the ledger for some seconds."""
        with closing(sqlite3.connect(self.bench.folder / STORE, isolation_level=None, timeout=30.0)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(self.chance.uniform(0.5, 9.0))

    async def step_clock(self) -> None:
        """The wall clock is set, forward or back."""
        assert self.clock is not None
        self.clock.set(timedelta(seconds=self.chance.randrange(-90, 90)))

    async def break_connections(self) -> None:
        """Every connection to the database is reset."""
        assert self.proxy is not None
        self.proxy.break_all()

    async def stall(self) -> None:
        """The database falls silent for some seconds."""
        assert self.proxy is not None
        self.proxy.stall()
        await asyncio.sleep(self.chance.uniform(0.5, 12.0))
        self.proxy.heal()

    async def crash_database(self) -> None:
        """It stops at once, and comes back."""
        assert self.server is not None
        await asyncio.to_thread(self.server.crash)
        await asyncio.to_thread(self.server.start_again)


async def test_j7_a_long_run_on_sqlite_loses_and_repeats_nothing_unexplained(bench: Bench) -> None:
    """Kills, stops, pauses, bad answers, broken files, a locked ledger and a clock that is set: each told, once."""
    bench.faults |= FAULTS
    inbox = await bench.webhook("ops")
    clock = fake_clock(bench, inbox)
    await Soak(bench, inbox, random.Random(SEED), clock=clock).run()


async def test_j7_a_long_run_of_replicas_loses_and_repeats_nothing_unexplained(
    own_server: PostgresServer, bench: Bench
) -> None:
    """The same with two daemons on a PostgreSQL that crashes, falls silent and drops connections."""
    bench.faults |= FAULTS
    inbox = await bench.webhook("ops")
    async with StallingProxy(own_server.port) as proxy:
        through = make_url(own_server.url).set(port=proxy.port).render_as_string(hide_password=False)
        bench.store, bench.environ["ALERTER_STORE"] = own_server.url, through
        chance = random.Random(SEED)
        soak = Soak(bench, inbox, chance, count=2, under=SHORT_LEASES, proxy=proxy, server=own_server)
        await soak.run()
