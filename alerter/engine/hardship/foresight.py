"""What falls due while nothing can be recorded: planned once for an hour, in slices that leave the loop free."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from alerter.domain.decisions.forecast import forecast
from alerter.domain.notices.notice import Notice
from alerter.domain.planning.duedate import LATEST
from alerter.domain.planning.watchlist import WatchList

AHEAD_FOR = timedelta(hours=1)

SLICE_COUNT = 200
"""Deadlines planned before other tasks get their turn."""


class Foresight:
    """The plan of one watch list from some instant on, kept until another list, or more of it, is asked for."""

    def __init__(self) -> None:
        self._watch_list: WatchList | None = None
        self._since = self._until = LATEST
        self._planned: list[Notice] = []

    async def due(self, watch_list: WatchList, since: datetime, now: datetime) -> list[Notice]:
        """The notices with since <= at < now, and perhaps some before them, as if nobody had acted on anything."""
        if watch_list is not self._watch_list or since < self._since or now > self._until:
            await self._plan(watch_list, since, now + AHEAD_FOR)
        return self._planned[: bisect_left(self._planned, now, key=lambda notice: notice.at)]

    async def _plan(self, watch_list: WatchList, since: datetime, until: datetime) -> None:
        planned: list[Notice] = []
        for names in _slices(list(watch_list.deadlines)):
            planned += forecast(only(watch_list, names), since, until)
            await asyncio.sleep(0)
        self._planned = sorted(planned, key=lambda notice: notice.at)
        self._watch_list, self._since, self._until = watch_list, since, until


def only(watch_list: WatchList, names: Iterable[str]) -> WatchList:
    """The watch list with these of its deadlines."""
    return replace(watch_list, deadlines={name: watch_list.deadlines[name] for name in names})


def _slices(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), SLICE_COUNT):
        yield names[start : start + SLICE_COUNT]
