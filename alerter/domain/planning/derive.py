"""Deadlines that follow from others: their dates, and the order in which to work them out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from alerter.domain.dates.calendar import BusinessCalendar
from alerter.domain.dates.zone import Zone, to_local
from alerter.domain.planning.daystep import move_day
from alerter.domain.planning.due import Due
from alerter.domain.planning.lead import Lead, Unit


class DeriveError(ValueError):
    """The derived date does not exist within the years 1 to 9999, or the calendar has no such open day."""


def derive(parent: Due, offset: Lead, *, after: bool, zone: Zone, calendar: BusinessCalendar) -> date | datetime:
    """The due date `offset` after (or before) the parent's, on the clock of the child's `zone`.

    Days keep a date a date, and a date-time its local time in the child's zone; minutes and hours
    are elapsed from the parent's due instant and give a date-time. Raises DeriveError.
    """
    count = offset.count if after else -offset.count
    try:
        if not offset.is_day_grained:
            seconds = count * (60 if offset.unit is Unit.MINUTES else 3600)
            return to_local(parent.at + timedelta(seconds=seconds), zone)
        if not isinstance(parent.local, datetime):
            return _move(parent.local, count, offset, calendar)
        local = to_local(parent.at, zone)
        day = _move(local.date(), count, offset, calendar)
        return local if day == local.date() else datetime.combine(day, local.time())
    except OverflowError as error:
        raise DeriveError(f"{offset.text} leads outside the years 1 to 9999") from error


def order_chain(parents: Mapping[str, str]) -> tuple[list[str], list[list[str]]]:
    """An order in which each deadline comes after its parent, and the cycles that have none.

    `parents` maps a derived deadline to the one it follows. The order holds derived ones only,
    without those in a cycle or behind one; each cycle starts with its smallest id.
    """
    order: list[str] = []
    cycles: list[list[str]] = []
    settled: dict[str, bool] = {}  # whether a date can be worked out
    for start in parents:
        path: list[str] = []
        on_path: dict[str, int] = {}
        node = start
        while node in parents and node not in settled and node not in on_path:
            on_path[node] = len(path)
            path.append(node)
            node = parents[node]
        if node in on_path:
            cycles.append(_smallest_first(path[on_path[node] :]))
        is_sound = node not in on_path and settled.get(node, True)
        settled.update(dict.fromkeys(path, is_sound))
        if is_sound:
            order.extend(reversed(path))
    return order, cycles


def _move(day: date, count: int, offset: Lead, calendar: BusinessCalendar) -> date:
    moved = move_day(day, count, offset.unit, calendar)
    if moved is None:
        raise DeriveError(f"{offset.text} from {day} gives no date")
    return moved


def _smallest_first(cycle: list[str]) -> list[str]:
    first = cycle.index(min(cycle))
    return cycle[first:] + cycle[:first]
