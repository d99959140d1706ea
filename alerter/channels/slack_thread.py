"""The first message of a deadline's thread, kept up to date beside the notices: it may fail, and costs no notice.

Slack has taken the notice by then, so nothing waits for this. Of several updates of one thread the last one counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from alerter.domain.messages.message import Message

UPDATE_SECONDS = 10.0
"""How long one update may take."""

GRACE_SECONDS = 2.0
"""How long closing waits for those that are under way."""

log = structlog.get_logger(__name__)

Update = Callable[[Message, str], Awaitable[str]]
"""Brings the first message of the message's thread up to date, in that Slack channel; Slack's word on it."""


class ThreadHead:
    """Runs the updates, one at a time for each thread."""

    def __init__(self, update: Update) -> None:
        self._update = update
        self._latest: dict[str, tuple[Message, str]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def keep(self, message: Message, channel: str) -> None:
        """Have the first message of this message's thread say how things stand after it."""
        thread = message.thread or ""
        self._latest[thread] = (message, channel)
        if thread not in self._running:
            self._running[thread] = asyncio.create_task(self._work(thread), name="slack thread")

    async def close(self) -> None:
        """Give what is under way a moment, then break it off."""
        tasks = list(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _work(self, thread: str) -> None:
        try:
            while (wanted := self._latest.pop(thread, None)) is not None:
                await self._bring_up_to_date(*wanted)
        finally:
            self._running.pop(thread, None)

    async def _bring_up_to_date(self, message: Message, channel: str) -> None:
        try:
            word = await self._update(message, channel)
        except Exception as error:  # noqa: BLE001 - the notice itself is out: this is only told to the log
            word = type(error).__name__
        if word != "ok":
            log.warning("slack.thread_not_updated", channel=message.channel, notice=message.id, reason=word)
