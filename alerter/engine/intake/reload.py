"""Takes a changed configuration while running: when it has come to rest, whole, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Protocol, TypeVar

import structlog

from alerter.channels.registry import ChannelUnavailableError
from alerter.config.load import Loaded
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.statement import Statement, stated
from alerter.engine.intake.file_events import wait_for_change
from alerter.engine.intake.judging import HeldBack, Intake, held_back
from alerter.engine.intake.standing import Standing
from alerter.engine.ops.ops import Ops
from alerter.engine.ops.problems import Problem
from alerter.engine.time.clock import Clock

MOST_SHOWN = 5
"""Problems of a configuration that are told one by one."""

SETTLE_FOR = timedelta(seconds=2)
"""How long content must have been the same before it is taken: half-written files often parse."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Source(Protocol):
    """Where the configuration comes from."""

    def paths(self) -> Sequence[Path]:
        """The files and folders it is read from."""

    def content_hash(self) -> str:
        """A hash of all bytes it would be read from."""

    def read_token(self) -> str | None:
        """The token of `[service]` as it is named now."""

    def load(self) -> Loaded:
        """Read and validate everything."""


class Reloader:
    """Watches the files and the requests to read them again, and offers what it finds to `take`.

    `refuse` is called whenever what was read is not taken.
    """

    def __init__(
        self,
        source: Source,
        *,
        take: Callable[[Loaded], Awaitable[None]],
        refuse: Callable[[], None],
        current: Callable[[], WatchList | None],
        clock: Clock,
        ops: Ops,
    ) -> None:
        self._source = source
        self._take = take
        self._refuse = refuse
        self._current = current
        self._clock = clock
        self._standing = Standing(ops)
        self._intake = Intake()
        self._asked = asyncio.Event()
        self._accept_removals = False
        self._must_read = False
        self._last_hash = ""
        self.trouble: Statement | None = None
        # its own thread: those of the loop may all be waiting for a dead name server
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="config")

    def request(self, *, accept_removals: bool = False) -> None:
        """Ask for the files to be read again, whether or not they changed."""
        self._accept_removals |= accept_removals
        self._must_read = True
        self._asked.set()

    @property
    def is_asked(self) -> bool:
        """Whether somebody asked since what is taken now began to be read: the files are read once more."""
        return self._must_read

    def taken_at_start(self, content_hash: str) -> None:
        """Remember what was read at start, so that it is not read again for nothing."""
        self._last_hash = content_hash

    async def read_token(self) -> str | None:
        """The token of `[service]` as it is named now, though it may not have been taken yet."""
        return await self._off_loop(self._source.read_token)

    async def poll(self) -> None:
        """Look whether the content differs, where no notification of the file system tells."""
        found = await self._off_loop(self._source.content_hash)
        if found != self._last_hash or self._is_hold_over():
            self._asked.set()

    async def watch(self) -> None:
        """Turn file system events into looks at the content, for ever; `poll` finds what they miss."""
        try:
            async for _ in wait_for_change(self._source.paths()):
                self._asked.set()
        except (OSError, RuntimeError) as error:
            log.warning("config.watch_failed", error=type(error).__name__)

    async def run(self) -> None:
        """Read again whenever asked, for ever."""
        try:
            while True:
                await self._asked.wait()
                self._asked.clear()
                await self._try_reading()
        finally:
            self._reading.shutdown(wait=False)

    async def _off_loop(self, read: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reading, read)

    async def _try_reading(self) -> None:
        try:
            await self._read_when_settled()
        except Exception as error:  # one failed load, as by a database that is away, must not be the last
            self._last_hash = ""
            name = type(error).__name__
            self.trouble = stated("trouble", "the configuration could not be taken ({error})", error=name)
            self._refuse()
            log.exception("config.failed", error=type(error).__name__)

    async def _read_when_settled(self) -> None:
        before = await self._off_loop(self._source.content_hash)
        while True:
            await asyncio.sleep(SETTLE_FOR.total_seconds())
            after = await self._off_loop(self._source.content_hash)
            if after == before:
                break
            before = after
        if after != self._last_hash or self._must_read or self._is_hold_over():
            await self._read(after)

    async def _read(self, content_hash: str) -> None:
        self._must_read = False  # who asks from now on may have changed what has been read already
        loaded = await self._off_loop(self._source.load)
        if await self._off_loop(self._source.content_hash) != content_hash:  # written to while it was read
            self.request()
            return
        accept, self._accept_removals = self._accept_removals, False
        self._last_hash = content_hash
        if loaded.watch_list is None:
            await self._reject([str(problem) for problem in loaded.problems])
            return
        judged = self._intake.judge(self._current(), loaded.watch_list, self._clock.now(), accept_removals=accept)
        if isinstance(judged, HeldBack):
            await self._hold(judged)
            return
        try:
            await self._take(loaded)
        except ChannelUnavailableError as error:
            await self._reject([str(error)])
            return
        except Exception:
            self._accept_removals |= accept  # still meant when it is tried again
            raise
        self._intake.forget()
        self.trouble = None
        self._standing.over()
        log.info("config.loaded", deadline_count=len(loaded.watch_list.deadlines))

    async def _reject(self, errors: Sequence[str]) -> None:
        """Keep the old watch list, and say why."""
        self._intake.forget()
        self._refuse()
        log.error("config.rejected", problems=errors[:20], problem_count=len(errors))
        listed = " | ".join(errors[:MOST_SHOWN])
        self.trouble = stated("trouble", "the configuration has problems: {problems}", problems=listed)
        text = stated("problem", "The old watch list stays in use. {problems}", problems=listed)
        title = stated("problem", "The configuration has problems")
        await self._standing.report(Problem(key=f"config {self._last_hash}", title=title, text=(text,)))

    async def _hold(self, held: HeldBack) -> None:
        self._refuse()
        log.warning("config.held", dropped_count=len(held.dropped), until=held.until.isoformat())
        problem = held_back(held, self._last_hash)
        await self._standing.report(problem)
        self.trouble = problem.text[0]
        delay = max(0.0, (held.until - self._clock.now()).total_seconds())
        asyncio.get_running_loop().call_later(delay, self._asked.set)

    def _is_hold_over(self) -> bool:
        until = self._intake.held_until
        return until is not None and self._clock.now() >= until
