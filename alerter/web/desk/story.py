"""What pages and API alike ask of the desk: lists, one deadline's story, and how everything is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerter.domain.decisions.forecast import forecast
from alerter.domain.decisions.record import Action, Known, Record
from alerter.domain.notices.notice import Notice, State
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.watchlist import WatchList
from alerter.ledger.ledger import ChannelHealth, Told
from alerter.web.desk.desk import Desk, NoSuchDeadline
from alerter.web.desk.lines import Filter, Line
from alerter.web.desk.troubles import Trouble, find_troubles

KEPT_FOR = timedelta(days=30)
"""How long a deadline that was deleted is shown as removed."""

LOOK_AHEAD = timedelta(days=400)
MOST_NOTICES = 200
DEAD_FOR = timedelta(days=30)
MOST_DEAD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One deadline from its first date to now; one that was removed has only its record left.

    `has_more` where notices older than those listed were told.
    """

    name: str
    deadline: Deadline | None
    record: Record | None
    lines: Sequence[Line]
    known: Known | None
    planned: Sequence[Notice]
    notices: Sequence[Told]
    actions: Sequence[Action]
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How everything is: the channels, what waits, and what is wrong."""

    now: datetime
    channels: Mapping[str, ChannelHealth]
    queue: Mapping[str, int]
    overdue_count: int
    dead: Sequence[Told]
    troubles: Sequence[Trouble]


async def find_story(desk: Desk, name: str, before: tuple[datetime, str] | None = None) -> Story:
    """Everything about one deadline; raises NoSuchDeadline where nobody has ever heard of it."""
    watch_list, now = await desk.refresh(), desk.now()
    deadline = watch_list.deadlines.get(name)
    if "\0" in name:  # PostgreSQL cannot be asked about it
        raise NoSuchDeadline(name)
    known = (await desk.ledger.known([name])).get(name)
    if deadline is None and known is None:
        raise NoSuchDeadline(name)
    told = await desk.ledger.history(deadline=name, limit=MOST_NOTICES + 1, before=before)
    lines, _ = await desk.look_up(desk.catalogue.of(name))
    deadline = lines[0].deadline if lines else deadline
    return Story(
        name=name,
        deadline=deadline,
        record=known.record if known else None,
        lines=lines,
        known=known,
        planned=await _find_planned(deadline, watch_list, known, now),
        notices=told[-MOST_NOTICES:],
        actions=await desk.ledger.actions(name),
        has_more=len(told) > MOST_NOTICES,
    )


async def find_condition(desk: Desk) -> Condition:
    """How everything is now."""
    watch_list, now = desk.watch_list, desk.now()
    channels = await desk.ledger.channels()
    queue = await desk.ledger.queue_depth()
    overdue_count = await desk.ledger.overdue_unsent(now)
    dead = await desk.ledger.history(state=State.DEAD, since=now - DEAD_FOR, limit=MOST_DEAD)
    present = {name: health for name, health in channels.items() if name in watch_list.channels}
    return Condition(
        now=now,
        channels=present,
        queue=queue,
        overdue_count=overdue_count,
        dead=dead,
        troubles=find_troubles(desk.find_troubles(), present, dead, overdue_count, now),
    )


async def find_notices(
    desk: Desk,
    wanted: Filter,
    *,
    limit: int,
    before: tuple[datetime, str] | None = None,
    deadline: str | None = None,
    channel: str | None = None,
    state: State | None = None,
    since: datetime | None = None,
    is_told: bool = False,
) -> tuple[list[Told], tuple[datetime, str] | None]:
    """Notices that match, the last first, and the place before which there are more.

    With `is_told` only those that were sent or are to be sent.
    """
    among = None if wanted.is_empty else await desk.catalogue.ids(wanted)
    told = await desk.ledger.history(
        deadline=deadline,
        channel=channel,
        state=state,
        since=since,
        among=among,
        before=before,
        limit=limit + 1,
        is_told=is_told,
    )
    told.reverse()
    place = (told[limit - 1].planned_at, told[limit - 1].id) if len(told) > limit else None
    return told[:limit], place


async def find_removed(desk: Desk) -> list[Record]:
    """Deadlines deleted from the configuration a while ago at most."""
    removed = await desk.ledger.removed(desk.now() - KEPT_FOR)
    return [record for record in removed if record.deadline not in desk.watch_list.deadlines]


async def find_planned(
    watch_list: WatchList, start: datetime, end: datetime, known: Mapping[str, Known] | None
) -> list[Notice]:
    """What will go out, as `forecast` says; beside the loop, since of a series that comes often it takes seconds."""
    return await asyncio.to_thread(forecast, watch_list, start, end, known)


async def _find_planned(
    deadline: Deadline | None, watch_list: WatchList, known: Known | None, now: datetime
) -> list[Notice]:
    if deadline is None:
        return []
    alone = replace(watch_list, deadlines={deadline.id: deadline})
    return await find_planned(alone, now, now + LOOK_AHEAD, {deadline.id: known} if known else None)
