"""The watch list by nearness, kept in memory so that no page has to go through all of it.

It is filled after each load and follows what people do; the loop gets its turn in between.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from alerter.domain.deadline import Deadline, Status
from alerter.domain.due import Due, latest_due
from alerter.domain.duedate import LATEST
from alerter.domain.record import Action
from alerter.domain.standing import current_due
from alerter.domain.watchlist import WatchList
from alerter.ledger.ledger import Ledger
from alerter.web.lines import Filter, Key, Line, searchable

STEP_SECONDS = 0.005
"""After so long the loop gets its turn."""

AT_ONCE = 500
MOST_CHOICES = 300

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Lines in order, how many there are of the kind, and the key after which there are more (None: no more)."""

    lines: Sequence[Line]
    count: int
    after: Key | None


@dataclass(slots=True)
class _Shelf:
    """The lines of one watch list: in order, by key and by deadline."""

    watch_list: WatchList | None = None
    order: list[Key] = field(default_factory=list)
    lines: dict[Key, Line] = field(default_factory=dict)
    keys: dict[str, list[Key]] = field(default_factory=dict)
    first_seen: Mapping[str, datetime] = field(default_factory=dict)
    turns_at: datetime = LATEST
    tags: Sequence[str] = ()
    owners: Sequence[str] = ()


class Catalogue:
    """All lines there are, and all `actions`, oldest first. `refresh` before asking anything."""

    def __init__(self) -> None:
        self._refreshing = asyncio.Lock()
        self._shelf = _Shelf()
        self._actions: dict[str, list[Action]] = defaultdict(list)
        self.actions: list[Action] = []

    @property
    def tags(self) -> Sequence[str]:
        """The tags there are, the most used where there are very many."""
        return self._shelf.tags

    @property
    def owners(self) -> Sequence[str]:
        """The owners there are, as the tags."""
        return self._shelf.owners

    async def refresh(self, watch_list: WatchList, ledger: Ledger, now: datetime) -> None:
        """Take over what has changed: the watch list, what people did, the occurrence a series stands at."""
        async with self._refreshing:
            changed = await self._read_actions(ledger)
            if watch_list is not self._shelf.watch_list:
                self._shelf = await self._fill(watch_list, ledger, now)
                return
            shelf = self._shelf
            if now >= shelf.turns_at:
                shelf.turns_at = LATEST
                changed |= shelf.first_seen.keys()
            async for name in _in_turns(changed & watch_list.deadlines.keys()):
                for key in shelf.keys.pop(name, ()):
                    del shelf.order[bisect_left(shelf.order, key)]
                    del shelf.lines[key]
                for line in self._add(shelf, watch_list.deadlines[name], now):
                    insort(shelf.order, line.key)

    def of(self, name: str) -> list[Line]:
        """The lines of one deadline, the nearest first."""
        return [self._shelf.lines[key] for key in self._shelf.keys.get(name, ())]

    async def coming(self, wanted: Filter, now: datetime, *, limit: int, after: Key | None = None) -> Found:
        """What is open and has yet to fall due, the nearest first."""
        order = self._shelf.order
        return await self._find(order[bisect_left(order, (now, "", "")) :], wanted, limit, after, _is_open)

    async def unanswered(self, wanted: Filter, now: datetime, *, limit: int) -> Found:
        """What has passed, and nobody has acknowledged or closed it; the last first."""
        order = self._shelf.order
        return await self._find(order[: bisect_left(order, (now, "", ""))][::-1], wanted, limit, None, _is_unanswered)

    async def over(self, wanted: Filter, now: datetime, *, limit: int) -> Found:
        """What is closed, or passed and acknowledged; the last due first."""

        def is_over(line: Line) -> bool:
            return not line.is_open or (line.at < now and line.is_answered)

        return await self._find(self._shelf.order[::-1], wanted, limit, None, is_over)

    async def all(self, wanted: Filter, *, limit: int, after: Key | None, status: Status | None) -> Found:
        """Everything, or everything of that status, by due date."""

        def is_meant(line: Line) -> bool:
            return status is None or line.status is status

        return await self._find(self._shelf.order, wanted, limit, after, is_meant)

    async def ids(self, wanted: Filter) -> list[str]:
        """The deadlines that are wanted."""
        shelf = self._shelf
        found = {key[1]: None async for key in _in_turns(shelf.order) if _covers(wanted, shelf.lines.get(key))}
        return list(found)

    async def _find(
        self, order: Sequence[Key], wanted: Filter, limit: int, after: Key | None, is_meant: Callable[[Line], bool]
    ) -> Found:
        shelf, count = self._shelf, 0
        found: list[Line] = []
        async for key in _in_turns(order):
            line = shelf.lines.get(key)
            if line is not None and is_meant(line) and wanted.covers(line):
                count += 1
                if len(found) <= limit and (after is None or key > after):
                    found.append(line)
        return Found(lines=found[:limit], count=count, after=found[limit - 1].key if len(found) > limit else None)

    async def _read_actions(self, ledger: Ledger) -> set[str]:
        """Learn what people did since the last look; the deadlines they did it about."""
        fresh = await ledger.actions_after(self.actions[-1].ordinal if self.actions else 0)
        self.actions += fresh
        for action in fresh:
            self._actions[action.deadline].append(action)
        return {action.deadline for action in fresh}

    async def _fill(self, watch_list: WatchList, ledger: Ledger, now: datetime) -> _Shelf:
        shelf = _Shelf(watch_list, first_seen=await _read_first_seen(watch_list, ledger))
        tags, owners = Counter[str](), Counter[str]()
        async for deadline in _in_turns(watch_list.deadlines.values()):
            shelf.order += [line.key for line in self._add(shelf, deadline, now)]
            tags.update(deadline.tags)
            owners.update([deadline.owner] if deadline.owner else ())
        await asyncio.to_thread(shelf.order.sort)
        shelf.tags, shelf.owners = _most_used(tags), _most_used(owners)
        return shelf

    def _add(self, shelf: _Shelf, deadline: Deadline, now: datetime) -> list[Line]:
        """Put the lines of a deadline on the shelf, but into no order yet."""
        actions, words = self._actions.get(deadline.id, ()), searchable(deadline)
        lines = [
            Line(deadline=deadline, due=due, actions=_about(actions, due), words=words)
            for due in _dues(deadline, actions, shelf.first_seen.get(deadline.id, now), now)
        ]
        shelf.lines |= {line.key: line for line in lines}
        shelf.keys[deadline.id] = [line.key for line in lines]
        if deadline.repeat:
            shelf.turns_at = min([shelf.turns_at, *(line.at for line in lines if line.at >= now)])
        return lines


def _dues(deadline: Deadline, actions: Sequence[Action], seen_at: datetime, now: datetime) -> list[Due | None]:
    """Where the deadline stands: its date, or of a series the last that passed unanswered and the next."""
    current = current_due(deadline, actions, now)
    if not deadline.repeat:
        return [current]
    last = latest_due(deadline, now)
    answered = {action.due_key for action in actions if action.action in ("ack", "close")}
    if last is None or last.at < seen_at or last.at >= now or last.key in answered:
        return [current]
    return [last, current] if current is not None else [last]


def _about(actions: Iterable[Action], due: Due | None) -> tuple[Action, ...]:
    return tuple(action for action in actions if due is not None and action.due_key == due.key)


async def _read_first_seen(watch_list: WatchList, ledger: Ledger) -> dict[str, datetime]:
    """Since when each series is known: what passed before nobody need answer for."""
    series = [name for name, one in watch_list.deadlines.items() if one.repeat]
    found: dict[str, datetime] = {}
    for start in range(0, len(series), AT_ONCE):
        records = await ledger.records(series[start : start + AT_ONCE])
        found |= {name: record.first_seen_at for name, record in records.items()}
    return dict.fromkeys(series, LATEST) | found


def _most_used(counts: Counter[str]) -> list[str]:
    return sorted(word for word, _ in counts.most_common(MOST_CHOICES))


def _is_open(line: Line) -> bool:
    return line.is_open


def _is_unanswered(line: Line) -> bool:
    return not line.is_answered


def _covers(wanted: Filter, line: Line | None) -> bool:
    return line is not None and wanted.covers(line)


async def _in_turns(values: Iterable[T]) -> AsyncIterator[T]:
    """The values, with a turn for everybody else every few milliseconds."""
    began = time.monotonic()
    for number, value in enumerate(values):
        if number % 64 == 63 and time.monotonic() - began > STEP_SECONDS:
            await asyncio.sleep(0)
            began = time.monotonic()
        yield value
