"""Tells the people who run the alerter about its own problems, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerter.domain.channel import Channel
from alerter.domain.notice import Kind, Notice, State, notice_id
from alerter.domain.record import Entry
from alerter.domain.watchlist import WatchList
from alerter.engine.clock import Clock
from alerter.ledger.ledger import Ledger

AGAIN_AFTER = timedelta(hours=1)
"""The same problem is told once in this time."""

MOST_AT_ONCE = 20
"""More different problems than this in one hour are not told one by one."""


class Ops:
    """Writes problems to the ledger as notices to the channels in `ops`.

    A problem of an `ops` channel is not told through that channel, and problems about problems do not exist.
    `wake` is called when there is something to send.
    """

    def __init__(self, ledger: Ledger, clock: Clock, wake: Callable[[], None] = lambda: None) -> None:
        self._ledger = ledger
        self._clock = clock
        self._wake = wake
        self._told: dict[str, datetime] = {}
        self.watch_list: WatchList | None = None

    async def report(
        self, key: str, title: str, text: str, *, about: str | None = None, otherwise: Iterable[str] = ()
    ) -> None:
        """Tell of a problem. `about` is the channel it concerns, `otherwise` who hears of it where `ops` cannot."""
        watch_list, now = self.watch_list, self._clock.now()
        if watch_list is None or not self._may_tell(key, now):
            return
        able = [name for name in watch_list.channels if name != about]
        hearers = [name for name in watch_list.ops if name in able] or [name for name in otherwise if name in able]
        entries = [_entry(key, title, text, channel=watch_list.channels[name], now=now) for name in hearers]
        await self._ledger.enqueue([_with_fallback(one, hearers, watch_list.channels) for one in entries])
        self._wake()

    def _may_tell(self, key: str, now: datetime) -> bool:
        self._told = {told: at for told, at in self._told.items() if timedelta(0) <= now - at < AGAIN_AFTER}
        if key in self._told or len(self._told) >= MOST_AT_ONCE:
            return False
        self._told[key] = now
        return True


def _with_fallback(entry: Entry, hearers: Sequence[str], channels: Mapping[str, Channel]) -> Entry:
    channel = channels[entry.notice.channel]
    if channel.fallback is None or channel.fallback in hearers:
        return entry
    return replace(entry, fallback_at=entry.send_at + channel.fallback_after)


def _entry(key: str, title: str, text: str, *, channel: Channel, now: datetime) -> Entry:
    hour = now.replace(minute=0, second=0, microsecond=0)
    notice = Notice(
        id=notice_id(Kind.PROBLEM, key, hour.isoformat(), channel.name),
        deadline=None,
        due_key=None,
        due_at=None,
        kind=Kind.PROBLEM,
        channel=channel.name,
        at=now,
        nominal_at=now,
        ordinal=key,
    )
    return Entry(
        notice=notice,
        state=State.QUEUED,
        send_at=now,
        give_up_at=now + channel.give_up_after,
        severity="critical",
        title=title,
        text=text,
        replaces=False,
    )
