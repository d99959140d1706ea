"""Tells the people who run the alerter about its own problems, within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from alerter.domain.deadline import WatchList
from alerter.domain.notice import Kind, Notice, State, notice_id
from alerter.domain.record import Entry
from alerter.engine.clock import Clock
from alerter.ledger.ledger import Ledger

AGAIN_AFTER = timedelta(hours=1)
"""The same problem is told once in this time."""

MOST_AT_ONCE = 20
"""More different problems than this in one hour are not told one by one."""


class Ops:
    """Writes problems to the ledger as notices to the channels in `ops`.

    A problem of an `ops` channel is not told through that channel, and problems about problems do not exist.
    """

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._told: dict[str, datetime] = {}
        self.watch_list: WatchList | None = None

    async def report(
        self, key: str, title: str, text: str, *, about: str | None = None, otherwise: Iterable[str] = ()
    ) -> None:
        """Tell of a problem. `about` is the channel it concerns, `otherwise` who hears of it without `ops`."""
        watch_list, now = self.watch_list, self._clock.now()
        if watch_list is None or not self._may_tell(key, now):
            return
        names = watch_list.ops or tuple(otherwise)
        hearers = [name for name in names if name in watch_list.channels and name != about]
        entry = partial(_entry, key, title, text, watch_list=watch_list, now=now)
        await self._ledger.enqueue([entry(channel=name) for name in hearers])

    def _may_tell(self, key: str, now: datetime) -> bool:
        self._told = {told: at for told, at in self._told.items() if timedelta(0) <= now - at < AGAIN_AFTER}
        if key in self._told or len(self._told) >= MOST_AT_ONCE:
            return False
        self._told[key] = now
        return True


def _entry(key: str, title: str, text: str, *, channel: str, watch_list: WatchList, now: datetime) -> Entry:
    hour = now.replace(minute=0, second=0, microsecond=0)
    notice = Notice(
        id=notice_id(Kind.PROBLEM, key, hour.isoformat(), channel),
        deadline=None,
        due_key=None,
        due_at=None,
        kind=Kind.PROBLEM,
        channel=channel,
        at=now,
        nominal_at=now,
        ordinal=key,
    )
    return Entry(
        notice=notice,
        state=State.QUEUED,
        send_at=now,
        give_up_at=now + watch_list.channels[channel].give_up_after,
        severity="critical",
        title=title,
        text=text,
        replaces=False,
    )
