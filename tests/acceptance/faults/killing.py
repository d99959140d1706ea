"""Kills the real daemon at a chosen system call, and judges what the next daemon makes of it.

strace delivers SIGKILL on entering the n-th call of a kind, so that the call itself is not made. It counts
for each thread, hence calls of the loop's thread are counted in that thread alone.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.errors import UndefinedTable

from tests.acceptance.harness import STORE, Bench, Daemon
from tests.acceptance.oracle import read_ledger
from tests.acceptance.waiting import until
from tests.postgres import empty_schema

LOOP_CALLS = ("connect", "sendto", "recvfrom", "write")
AT_ONCE = 2
RESTARTED_WITHIN = 10.0  # seconds from the readiness of the next daemon to what it has to send
TAKEN_OVER_WITHIN = 15.0  # the same, where a lease had to end before

Prepare = Callable[[Bench], Awaitable[None]]
Then = Callable[[Bench, Daemon], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The `number`-th call of that kind, from 1."""

    call: str
    number: int

    @property
    def strace(self) -> tuple[str, ...]:
        """What the daemon is started under, to be killed there."""
        return trace(self.call, inject=f"{self.call}:signal=SIGKILL:when={self.number}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one kill led to: `pending` notices were claimed and not recorded, `repeats` came more than once."""

    point: Point
    was_killed: bool
    pending: int = 0
    repeats: int = 0


def trace(*calls: str, output: str = os.devnull, inject: str | None = None) -> tuple[str, ...]:
    """An strace that is no parent of what it traces, so that signals and exit codes are the daemon's own."""
    threads = () if set(calls) <= set(LOOP_CALLS) else ("-f",)
    injection = () if inject is None else ("-e", f"inject={inject}")
    return ("strace", "-D", *threads, "-qq", "-o", output, "-e", f"trace={','.join(calls)}", *injection)


class Matrix:
    """Kills at one point after the other, each in a folder of its own.

    `prepare` makes the receivers and writes a configuration that has `notices` due at once; what `then` does while
    the daemon runs may add to them. `server` is a PostgreSQL to keep the ledgers on, in place of files.
    """

    def __init__(
        self, folder: Path, prepare: Prepare, *notices: str, then: Then | None = None, server: str | None = None
    ) -> None:
        self._folder = folder
        self._prepare = prepare
        self._notices = notices
        self._then = then
        self._server = server
        self.trials: list[Trial] = []

    async def sweep(self, call: str, *, step: int = 1, first: int = 1, last: int | None = None) -> None:
        """Kill at every `step`-th call, up to `last` or until a daemon gets through unharmed."""
        number = first
        while last is None or number <= last:
            points = [Point(call=call, number=number + step * ahead) for ahead in range(AT_ONCE)]
            trials = await asyncio.gather(*map(self.kill_at, points))
            self.trials += [trial for trial in trials if trial.was_killed]
            if not all(trial.was_killed for trial in trials):
                return
            number += step * AT_ONCE

    async def find(self, call: str, words: str) -> int:
        """The number of the first such call that has these words in it, in a run without a kill."""
        output = self._folder / f"{call}.trace"
        async with AsyncExitStack() as stack:
            bench = await self._bench(stack, f"{call}-whole")
            assert not await self._is_killed(bench, trace(call, output=str(output)))
        lines = [line for line in output.read_text().splitlines() if line.startswith(f"{call}(")]
        return next(number for number, line in enumerate(lines, 1) if words in line)

    async def kill_at(self, point: Point) -> Trial:
        """Kill there, start again, and judge; raises AssertionError where a notice is missed or repeated in vain."""
        async with AsyncExitStack() as stack:
            bench = await self._bench(stack, f"{point.call}-{point.number}")
            try:
                trial = await self._try(bench, point)
            except AssertionError as error:
                bench.show()
                raise AssertionError(f"killed at {point}: {error}") from error
        shutil.rmtree(bench.folder)
        return trial

    async def _bench(self, stack: AsyncExitStack, name: str) -> Bench:
        folder = self._folder / name
        folder.mkdir(parents=True)
        bench = Bench(folder, stack)
        if self._server is not None:
            bench.store = bench.environ["ALERTER_STORE"] = stack.enter_context(empty_schema(self._server))
        stack.push_async_callback(bench.reap)
        await self._prepare(bench)
        bench.wants(*self._notices)
        return bench

    async def _try(self, bench: Bench, point: Point) -> Trial:
        if not await self._is_killed(bench, point.strace):
            await bench.check()
            return Trial(point=point, was_killed=False)
        if self._server is None:
            states, within = read_states(bench.folder / STORE), RESTARTED_WITHIN
        else:
            states, within = let_leases_end(bench.store), TAKEN_OVER_WITHIN
        pending = states.count("sending")
        again = await bench.start()
        await again.ready(within=60.0)
        if left := len(self._notices) - states.count("delivered"):
            await again.says("notice.delivered", count=left, within=within)
        if pending:
            bench.may_repeat.update(self._notices)
        await bench.check()
        repeats = len(bench.arrivals()) - len(self._notices)
        assert repeats <= pending
        assert await find_unexplained(bench) == []
        return Trial(point=point, was_killed=True, pending=pending, repeats=repeats)

    async def _is_killed(self, bench: Bench, under: Sequence[str]) -> bool:
        daemon = await bench.start(under=under)
        if self._then is not None:
            await self._then(bench, daemon)
        return await is_killed(daemon, len(self._notices))

    def __str__(self) -> str:
        pending = sum(trial.pending > 0 for trial in self.trials)
        repeats = sum(trial.repeats for trial in self.trials)
        return f"{len(self.trials)} points, 0 missed, {pending} killed between claim and record, {repeats} repeated"


async def is_killed(daemon: Daemon, count: int) -> bool:
    """Let it deliver so many notices and end it in good order; whether it was killed before that."""
    await until(
        lambda: not daemon.is_running or len(daemon.events("notice.delivered")) >= count,
        "the end of a daemon under strace",
        within=60.0,
    )
    ended = await daemon.end()
    assert ended.code in (0, -signal.SIGKILL), ended.err
    return ended.code != 0


def read_states(database: Path) -> list[str]:
    """The states of all notices; read from a copy, so that nothing is rolled back for the daemon."""
    with tempfile.TemporaryDirectory() as folder:
        for path in database.parent.glob(f"{database.name}*"):
            shutil.copy(path, folder)
        copy = Path(folder) / database.name
        if not copy.exists():
            return []
        with closing(sqlite3.connect(copy)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            query = "SELECT state FROM notice"
            return [state for (state,) in connection.execute(query)] if "notice" in tables else []


def storage_calls(traced: str) -> str:
    """In words and in order: each fdatasync and unlink when it has completed, each connect when begun, the answer."""
    found = re.finditer(r"(fdatasync|unlink)(?:\(| resumed).*= 0$|(connect)\(|\"HTTP/1.1 200", traced, re.MULTILINE)
    return " ".join(one[1] or one[2] or "answer" for one in found)


def let_leases_end(store: str) -> list[str]:
    """The states of all notices on PostgreSQL; leases end as if their time had passed, so that nobody waits for it."""
    with psycopg.connect(store, autocommit=True) as connection:
        try:
            states = connection.execute("SELECT state FROM notice").fetchall()
            connection.execute("UPDATE notice SET lease_until = 1 WHERE lease_until IS NOT NULL")
        except UndefinedTable:
            return []
    return [state for (state,) in states]


async def find_unexplained(bench: Bench) -> list[str]:
    """Notices that came more often than their history explains: once, and once for each attempt of unknown end."""
    came = Counter(arrival.id for arrival in bench.arrivals())
    told = await read_ledger(bench.store)
    unknown = {row.id: sum(attempt.outcome == "unknown" for attempt in row.attempts) for row in told}
    return [name for name, count in came.items() if count > 1 + unknown[name]]
