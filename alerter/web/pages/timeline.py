"""Where everything stands on the timeline: deadlines, their notices, quiet hours and moves, in percent of its width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from alerter.domain.dates.zone import Zone, on_day, to_local
from alerter.domain.notices.notice import Notice, State
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.due import Due
from alerter.domain.planning.quiet import quiet_spans
from alerter.ledger.values import Told
from alerter.web.desk.lines import Line

Shape = Literal["planned", "delivered", "open", "dead"]
Owner = tuple[str, str | None]
"""A deadline and, where it matters, a due key."""

SPANS = {"2w": timedelta(days=14), "3mo": timedelta(days=91), "1y": timedelta(days=365)}
_TICK_DAYS = {"2w": 1, "3mo": 7, "1y": 0}
_BEHIND = 0.08
"""How much of the width lies behind now."""

_SHORTEST = 0.25
"""Percent of the width below which a stretch is not drawn."""

_STATES: dict[State, Shape] = {State.DELIVERED: "delivered", State.DEAD: "dead"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The stretch of time that is shown, with the zone of its days."""

    start: datetime
    end: datetime
    zone: Zone

    def place(self, at: datetime) -> float:
        """Where the instant stands, in percent; may lie outside 0 to 100."""
        return round(100 * ((at - self.start) / (self.end - self.start)), 2)

    def holds(self, at: datetime) -> bool:
        """Whether the instant is shown."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line across the timeline at the start of a day."""

    x: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A notice: where it stands, since where it was held, and what it is."""

    x: float
    held_x: float | None
    shape: Shape
    at: datetime
    channel: str
    lead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One deadline's own line: its due date (None: beyond the end), its notices and the dates it had before."""

    line: Line
    due_x: float | None
    marks: Sequence[Mark]
    earlier: Sequence[tuple[float, Due]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """When a channel is quiet: starts and widths."""

    channel: str
    spans: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The whole timeline."""

    now_x: float
    ticks: Sequence[Tick]
    calms: Sequence[Calm]
    tracks: Sequence[Track]
    is_cut: bool
    """Whether there are more lines than are drawn."""


def window_of(span: str, now: datetime, zone: Zone) -> Window:
    """The stretch shown for that span: most of it ahead of now."""
    length = SPANS[span]
    return Window(start=now - _BEHIND * length, end=now + length, zone=zone)


def draw(
    window: Window,
    span: str,
    now: datetime,
    lines: Sequence[Line],
    *,
    planned: Iterable[Notice],
    told: Iterable[Told],
    earlier: Mapping[str, Sequence[Due]],
    channels: Mapping[str, Channel],
    is_cut: bool,
) -> Chart:
    """The chart of these lines; `is_cut` where there are more."""
    marks: dict[Owner, list[Mark]] = {}
    series = {line.deadline.id for line in lines if line.deadline.repeat}
    for (name, due_key), mark in (*_planned_marks(window, planned), *_told_marks(window, told)):
        marks.setdefault((name, due_key if name in series else None), []).append(mark)
    heard = {mark.channel for each in marks.values() for mark in each}
    return Chart(
        now_x=window.place(now),
        ticks=_ticks(window, span),
        calms=[calm for name in sorted(heard & channels.keys()) if (calm := _calm(window, channels[name])).spans],
        tracks=[_track(window, line, marks.get(_owner(line), []), earlier.get(line.deadline.id, ())) for line in lines],
        is_cut=is_cut,
    )


def _owner(line: Line) -> Owner:
    """Whose notices stand on the line: of a series those about this occurrence, else all, whichever date they named."""
    due_key = line.due.key if line.due and line.deadline.repeat else None
    return line.deadline.id, due_key


def _track(window: Window, line: Line, marks: list[Mark], earlier: Sequence[Due]) -> Track:
    return Track(
        line=line,
        due_x=window.place(line.at) if window.holds(line.at) else None,
        marks=sorted(marks, key=lambda mark: mark.x),
        earlier=[(window.place(due.at), due) for due in earlier if window.holds(due.at)],
    )


def _planned_marks(window: Window, planned: Iterable[Notice]) -> Iterator[tuple[Owner, Mark]]:
    for notice in planned:
        if notice.deadline is not None and window.holds(notice.at):
            held_x = window.place(max(notice.held.since, window.start)) if notice.held else None
            yield (notice.deadline, notice.due_key), _mark(window, notice, notice.at, "planned", held_x)


def _told_marks(window: Window, told: Iterable[Told]) -> Iterator[tuple[Owner, Mark]]:
    for one in told:
        at = one.delivered_at or one.next_at or one.planned_at
        if one.deadline is not None and one.state is not State.SKIPPED and window.holds(at):
            yield (one.deadline, one.due_key), _mark(window, one, at, _STATES.get(one.state, "open"))


def _mark(window: Window, notice: Notice | Told, at: datetime, shape: Shape, held_x: float | None = None) -> Mark:
    lead = notice.lead or ""
    return Mark(x=window.place(at), held_x=held_x, shape=shape, at=at, channel=notice.channel, lead=lead)


def _calm(window: Window, channel: Channel) -> Calm:
    spans = []
    for start, end in quiet_spans(channel, window.start, window.end):
        x = window.place(max(start, window.start))
        width = round(window.place(min(end, window.end)) - x, 2)
        if width >= _SHORTEST:
            spans.append((x, width))
    return Calm(channel=channel.name, spans=spans)


def _ticks(window: Window, span: str) -> list[Tick]:
    """The starts of days, of weeks or of months."""
    first = to_local(window.start, window.zone).date() + timedelta(days=1)
    count = (window.end - window.start).days + 1
    days = [first + timedelta(days=number) for number in range(count)]
    step = _TICK_DAYS[span]
    kept = [day for day in days if (day.day == 1 if step == 0 else step == 1 or day.weekday() == 0)]
    instants = [on_day(day, datetime.min.time(), window.zone) for day in kept]
    return [Tick(x=window.place(at), at=at) for at in instants if window.holds(at)]
