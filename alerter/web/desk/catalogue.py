"""The watch list by nearness, kept in memory so that no page has to go through all of it.

It is filled after each load and follows what people do; the loop gets its turn in between.
"""

from __future__ import annotations

import asyncio
import gc
import time
from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from typing import TypeVar

from alerter.config.uncollected import uncollected
from alerter.domain.decisions.derived import as_it_stands, derived_from, last_closings
from alerter.domain.decisions.record import Action, Record
from alerter.domain.decisions.standing import current_due, has_moved, standing
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.due import Due, latest_due
from alerter.domain.planning.duedate import LATEST
from alerter.domain.planning.watchlist import WatchList
from alerter.ledger.ledger import Ledger
from alerter.web.desk.lines import Filter, Key, Line

STEP_SECONDS = 0.005
"""After so long the loop gets its turn."""

AT_ONCE = 500
PIECE = 5000
MANY = 10_000
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
    """The lines of one watch list by key, by deadline, and in order: all, those that are open, those that are not."""

    watch_list: WatchList | None = None
    lines: dict[Key, Line] = field(default_factory=dict)
    keys: dict[str, list[Key]] = field(default_factory=dict)
    order: list[Key] = field(default_factory=list)
    open: list[Key] = field(default_factory=list)
    over: list[Key] = field(default_factory=list)
    first_seen: dict[str, datetime] = field(default_factory=dict)
    turns_at: datetime = LATEST
    tags: Sequence[str] = ()
    owners: Sequence[str] = ()

    def orders_of(self, line: Line) -> tuple[list[Key], list[Key]]:
        """The orders that the line stands in."""
        return self.order, self.open if line.is_open else self.over

    def put(self, line: Line) -> None:
        """Add a line in its places."""
        self.lines[line.key] = line
        for order in self.orders_of(line):
            insort(order, line.key)

    def drop(self, key: Key) -> None:
        """Take a line away."""
        for order in self.orders_of(self.lines.pop(key)):
            del order[bisect_left(order, key)]

    def passed_count(self, now: datetime) -> int:
        """How many of the open ones have fallen due."""
        return bisect_left(self.open, (now, "", ""))


class Catalogue:
    """All lines there are, and all `actions`, oldest first. `refresh` before asking anything."""

    def __init__(self) -> None:
        self._refreshing = asyncio.Lock()
        self._shelf = _Shelf()
        self._actions: dict[str, list[Action]] = defaultdict(list)
        self._closings: dict[str, Action] = {}
        self._moved: dict[str, Record] = {}
        self._unsettled: set[str] = set()
        self._stale: set[str] = set()
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
            self._stale |= await self._read_actions(ledger, watch_list) | self._unsettled
            if watch_list is self._shelf.watch_list:
                await self._bring_up_to_date(self._shelf, watch_list, ledger, now)
            else:
                await self._read_moves(self._actions.keys(), watch_list, ledger, now)
                self._shelf = await self._fill(watch_list, ledger, now)
            self._stale.clear()

    def of(self, name: str) -> list[Line]:
        """The lines of one deadline, the nearest first."""
        return [self._shelf.lines[key] for key in self._shelf.keys.get(name, ())]

    async def coming(self, wanted: Filter, now: datetime, *, limit: int, after: Key | None = None) -> Found:
        """What is open and has yet to fall due, the nearest first."""
        shelf = self._shelf
        ahead = shelf.open[shelf.passed_count(now) :]
        found = await self._scan(ahead, wanted)
        start = bisect_right(found, after) if after is not None else 0
        return self._page(found[start:], limit, count=len(found))

    async def unanswered(self, wanted: Filter, now: datetime, *, limit: int) -> Found:
        """What has passed, and nobody has acknowledged or closed it; the last first."""
        found = await self._passed(wanted, now, is_answered=False)
        return self._page(found[::-1], limit, count=len(found))

    async def over(self, wanted: Filter, now: datetime, *, limit: int) -> Found:
        """What is closed, or passed and acknowledged; the last due first."""
        answered = await self._passed(wanted, now, is_answered=True)
        found = sorted([*answered, *await self._scan(self._shelf.over, wanted)], reverse=True)
        return self._page(found, limit, count=len(found))

    async def all(self, wanted: Filter, *, limit: int, after: Key | None, status: Status | None) -> Found:
        """Everything, or everything of that status, by due date."""
        shelf = self._shelf
        keys = shelf.order if after is None else shelf.order[bisect_right(shelf.order, after) :]
        found = await self._scan(keys, wanted)
        if status is not None:
            found = [key async for key in _in_turns(found) if key in shelf.lines and shelf.lines[key].status is status]
        return self._page(found, limit, count=len(found))

    async def ids(self, wanted: Filter) -> list[str]:
        """The deadlines that are wanted."""
        return list(dict.fromkeys(key[1] for key in await self._scan(self._shelf.order, wanted)))

    async def _passed(self, wanted: Filter, now: datetime, *, is_answered: bool) -> list[Key]:
        """What is open and has fallen due, and is answered, or is not; some may go while they are looked through."""
        shelf = self._shelf
        found = await self._scan(shelf.open[: shelf.passed_count(now)], wanted)
        return [key for key in found if key in shelf.lines and shelf.lines[key].is_answered is is_answered]

    def _page(self, keys: Sequence[Key], limit: int, *, count: int) -> Found:
        lines = [line for key in keys[:limit] if (line := self._shelf.lines.get(key)) is not None]
        return Found(lines=lines, count=count, after=keys[limit - 1] if len(keys) > limit else None)

    async def _scan(self, keys: Sequence[Key], wanted: Filter) -> Sequence[Key]:
        """Those of the keys whose lines are wanted, in the same order."""
        if wanted.is_empty:
            return keys
        covers, lines = wanted.test(), self._shelf.lines
        return [key async for key in _in_turns(keys) if key in lines and covers(lines[key])]

    async def _read_actions(self, ledger: Ledger, watch_list: WatchList) -> set[str]:
        """Learn what people did since the last look; the deadlines that this concerns."""
        fresh = await ledger.actions_after(self.actions[-1].ordinal if self.actions else 0)
        self.actions += fresh
        for action in fresh:
            self._actions[action.deadline].append(action)
        closings = last_closings(fresh)
        self._closings |= closings
        return {action.deadline for action in fresh} | derived_from(closings, watch_list.deadlines)

    async def _read_moves(self, names: AbstractSet[str], watch_list: WatchList, ledger: Ledger, now: datetime) -> None:
        """Learn which of these have moved, which ends what people did; a new date may have yet to settle."""
        records = await _read_records(list(names & watch_list.deadlines.keys()), ledger)
        self._moved |= {name: record for name, record in records.items() if record.earlier_keys}
        self._unsettled = set()
        async for name, record in _in_turns(records.items()):
            deadline = watch_list.deadlines[name]
            due = current_due(deadline, self._actions.get(name, ()), now)
            if due is not None and has_moved(deadline, record, due, now):
                self._unsettled.add(name)

    async def _bring_up_to_date(self, shelf: _Shelf, watch_list: WatchList, ledger: Ledger, now: datetime) -> None:
        await self._read_moves(self._stale, watch_list, ledger, now)
        if now >= shelf.turns_at:
            unmet = [name for name, at in shelf.first_seen.items() if at == LATEST]
            shelf.first_seen |= await _read_first_seen(unmet, ledger)
            shelf.turns_at = LATEST
            self._stale |= shelf.first_seen.keys()
        async for name in _in_turns(self._stale & watch_list.deadlines.keys()):
            for key in shelf.keys.pop(name, ()):
                shelf.drop(key)
            for line in self._make(shelf, watch_list, name, now):
                shelf.put(line)

    async def _fill(self, watch_list: WatchList, ledger: Ledger, now: datetime) -> _Shelf:
        series = [name for name, one in watch_list.deadlines.items() if one.repeat]
        shelf = _Shelf(watch_list, first_seen=await _read_first_seen(series, ledger))
        tags, owners = Counter[str](), Counter[str]()
        with uncollected():
            async for name, deadline in _in_turns(watch_list.deadlines.items()):
                shelf.lines |= {line.key: line for line in self._make(shelf, watch_list, name, now)}
                tags.update(deadline.tags)
                owners[deadline.owner] += 1
            shelf.order = await _sort_in_turns(list(shelf.lines))
            async for key in _in_turns(shelf.order):
                (shelf.open if shelf.lines[key].is_open else shelf.over).append(key)
            if len(shelf.lines) >= MANY:
                gc.freeze()  # it is kept: walking through all of it now and then would hold up the loop for seconds
        shelf.tags, shelf.owners = _most_used(tags), _most_used(owners)
        return shelf

    def _make(self, shelf: _Shelf, watch_list: WatchList, name: str, now: datetime) -> list[Line]:
        """The lines of a deadline as it stands, which the shelf is to have."""
        deadline = as_it_stands(watch_list.deadlines[name], watch_list.deadlines, self._closings)
        moved, actions = self._moved.get(name), self._actions.get(name, [])
        actions = list(standing(moved, actions)) if moved is not None else actions
        dues = _dues(deadline, actions, shelf.first_seen.get(deadline.id, now), now)
        lines = [Line(deadline=deadline, due=due, actions=_about(actions, due)) for due in dues]
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


async def _read_first_seen(series: Sequence[str], ledger: Ledger) -> dict[str, datetime]:
    """Since when each series is known: what passed before nobody need answer for. LATEST: not yet."""
    records = await _read_records(series, ledger)
    return {name: records[name].first_seen_at if name in records else LATEST for name in series}


async def _read_records(names: Sequence[str], ledger: Ledger) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for start in range(0, len(names), AT_ONCE):
        found |= await ledger.records(names[start : start + AT_ONCE])
    return found


def _most_used(counts: Counter[str]) -> list[str]:
    return sorted(word for word, _ in counts.most_common(MOST_CHOICES) if word)


async def _sort_in_turns(keys: Sequence[Key]) -> list[Key]:
    """The keys in order, sorted piece by piece."""
    starts = range(0, len(keys), PIECE)
    pieces = [sorted(keys[start : start + PIECE]) async for start in _in_turns(starts, every=1)]
    return [key async for key in _in_turns(merge(*pieces))]


async def _in_turns(values: Iterable[T], every: int = 64) -> AsyncIterator[T]:
    """The values, with a turn for everybody else every few milliseconds; the time is looked at for one of `every`."""
    began = time.monotonic()
    for number, value in enumerate(values):
        if number % every == every - 1 and time.monotonic() - began > STEP_SECONDS:
            await asyncio.sleep(0)
            began = time.monotonic()
        yield value
