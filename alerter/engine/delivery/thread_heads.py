"""The first messages of threads, kept up to date beside the notices: best effort, which costs no notice.

What they say is composed of what the ledger holds in that moment, so of several updates of one the last is right.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

import structlog

from alerter.channels.port import Refreshing, Sender
from alerter.domain.messages.message import Message
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.watchlist import WatchList
from alerter.engine.delivery.compose import head_message
from alerter.engine.time.clock import Clock
from alerter.ledger.ledger import Ledger, LedgerError, Thread

log = structlog.get_logger(__name__)

FollowUp = Callable[[str, str], None]
"""Called when something became of a deadline's date (its due key) that the heads of its threads are to say."""


def ignore(_deadline: str, _due_key: str) -> None:
    """For those without threads."""


class ThreadHeads:
    """Brings them up to date, one deadline at a time."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        clock: Clock,
        find_watch_list: Callable[[], WatchList | None],
        find_senders: Callable[[], Mapping[str, Sender]],
        add_links: Callable[[Message], Message],
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._find_watch_list = find_watch_list
        self._find_senders = find_senders
        self._add_links = add_links
        self._wanted: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    def follow_up(self, deadline: str, due_key: str) -> None:
        """Have the heads of this deadline's threads say how this date stands; waits for nothing."""
        if not any(isinstance(sender, Refreshing) for sender in self._find_senders().values()):
            return
        self._wanted[deadline] = due_key
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="thread heads")

    async def close(self) -> None:
        """Leave the rest as it is."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        while self._wanted:
            name = next(iter(self._wanted))
            due_key = self._wanted.pop(name)
            try:
                await self._refresh_all(name, due_key)
            except LedgerError as error:
                log.warning("thread.not_updated", deadline=name, reason=str(error))

    async def _refresh_all(self, name: str, due_key: str) -> None:
        watch_list, threads = self._find_watch_list(), await self._ledger.threads(name)
        known = await self._ledger.known([name]) if threads else {}
        if watch_list is None or name not in watch_list.deadlines or name not in known:
            return
        compose = partial(head_message, watch_list.deadlines[name], due_key, known[name], now=self._clock.now())
        channels = watch_list.channels
        await asyncio.gather(*(self._refresh(one, channels.get(one.channel), compose) for one in threads))

    async def _refresh(self, thread: Thread, channel: Channel | None, compose: Callable[..., Message]) -> None:
        sender = self._find_senders().get(thread.channel)
        if channel is None or not isinstance(sender, Refreshing):
            return
        try:
            message = self._add_links(compose(channel=channel, thread=thread.reference))
            word = await sender.refresh(message, thread.place)
        except Exception as error:  # noqa: BLE001 -- the notices are out: this is only told to the log
            word = type(error).__name__
        if word != "ok":
            log.warning("thread.not_updated", channel=thread.channel, thread=thread.reference, reason=word)
