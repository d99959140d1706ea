"""The watch list of `config/` at three moments, as messages: a week before, on the day, and after the move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from alerter.channels.registry import channel_types
from alerter.config.load import load
from alerter.domain.messages.message import ActionTaken, Links, Message, Moved
from alerter.domain.notices.notice import Kind, notice_id
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import sole_due
from alerter.domain.planning.watchlist import WatchList
from tests.messages import MADRID, instant, wall

CONFIG = Path(__file__).parents[2] / "config"
BASE = "https://deadlines.example.com"
MOMENTS = ("a-week-before", "on-the-day", "after-the-move")
BEFORE = {"tiktok": date(2025, 9, 17), "tariff-truce": wall("2025-11-10T00:01")}
AFTER = {"tiktok": date(2025, 12, 16), "tariff-truce": wall("2026-11-10T00:01")}


@cache
def watch_list() -> WatchList:
    """The example as it is shipped."""
    loaded = load([CONFIG], channel_types=channel_types(), environ={})
    assert loaded.watch_list is not None
    return loaded.watch_list


def told(name: str, moment: str, language: str) -> Message:
    """The message about one deadline at one of the moments, to readers in Madrid."""
    deadline = watch_list().deadlines[name]
    if moment == "after-the-move":
        return _moved(deadline, language)
    due = sole_due(deadline)
    is_ahead = moment == "a-week-before"
    now = (
        due.at - timedelta(days=7)
        if is_ahead
        else due.at
        if deadline.id == "tariff-truce"
        else due.at - timedelta(hours=2)
    )
    acted = ActionTaken(at=due.at - timedelta(days=6), action="ack", by="Ana", note="counsel is informed")
    return replace(
        _base(deadline, language),
        kind=Kind.UPCOMING if is_ahead else Kind.DUE,
        lead="7d" if is_ahead else "0",
        now=now,
        planned_at=now,
        due=due,
        next_at=due.at - timedelta(hours=39, minutes=31) if is_ahead else None,
        actions=() if is_ahead else (acted,),
        links=_links(deadline) if is_ahead else replace(_links(deadline), ack="", snooze=""),
    )


def digest(language: str) -> Message:
    """The overview of the Monday of the talks."""
    now = instant("2025-09-15T12:30")
    names = ("tiktok", "analog-chip-registration", "tariff-truce")
    items = tuple(replace(told(name, "a-week-before", language), now=now, actions=()) for name in names)
    acted = ActionTaken(at=instant("2025-09-15T09:00"), action="ack", by="Ana Ruiz")
    items = (*items[:-1], replace(items[-1], actions=(acted,), links=replace(items[-1].links, ack="")))
    return replace(
        items[0], id="ntc_digest", kind=Kind.DIGEST, title="monday", deadline=None, due=None, links=Links(), items=items
    )


def _moved(deadline: Deadline, language: str) -> Message:
    before = sole_due(deadline)
    after = sole_due(replace(deadline, due=AFTER[deadline.id]))
    now = instant("2025-09-16T16:01" if deadline.id == "tiktok" else "2025-11-04T17:01")
    moved = Moved(before=before, after=after)
    base = _base(replace(deadline, due=AFTER[deadline.id]), language)
    moves = len(deadline.history) + 1
    return replace(base, kind=Kind.MOVED, lead=None, now=now, planned_at=now, due=after, moved=moved, moves=moves)


def _base(deadline: Deadline, language: str) -> Message:
    return Message(
        id=notice_id("snapshot", deadline.id),
        kind=Kind.UPCOMING,
        channel="desk",
        now=instant("2025-09-15T12:30"),
        planned_at=instant("2025-09-15T12:30"),
        zone=MADRID,
        language=language,
        deadline=deadline,
        moves=len(deadline.history),
        links=_links(deadline),
    )


def _links(deadline: Deadline) -> Links:
    start = f"{BASE}/a/{deadline.id}"
    return Links(
        ack=f"{start}.ack", snooze=f"{start}.snooze", close=f"{start}.close", page=f"{BASE}/deadlines/{deadline.id}"
    )


def everything() -> Iterator[tuple[str, Message]]:
    """Every message that is kept, by the name of its files."""
    for language in ("en", "es"):
        for moment in MOMENTS:
            for name in ("tiktok", "tariff-truce"):
                yield f"{language}/{moment}/{name}", told(name, moment, language)
        yield f"{language}/monday", digest(language)
