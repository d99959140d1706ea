"""Ticks of a cron expression on the wall clock of a zone, as instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError

from alerter.domain.dates.zone import Zone, to_local, to_utc

_LONGEST_SHIFT = timedelta(days=1)
"""Clocks are never put forward or back by more."""


class CronError(ValueError):
    """The text is no cron expression; the message says what one looks like."""


def check_cron(text: str) -> None:
    """Raise CronError unless the text has five fields that some instant matches."""
    if len(text.split()) != 5:
        raise CronError(f"{text!r} is no cron expression: write minute, hour, day, month and weekday")
    try:
        next(CronSim(text, datetime(2000, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise CronError(f"{text!r} is no cron expression: {error}") from error
    except StopIteration as error:
        raise CronError(f"{text!r} never comes") from error


def ticks(cron: str, zone: Zone, start: datetime, end: datetime) -> list[datetime]:
    """The instants with start <= tick < end, in UTC, in order and each once; raises CronError.

    As with due dates a time in a gap is read with the offset before it, and one that occurs twice is the first.
    """
    check_cron(cron)
    first = min(_walls(start, zone)) - timedelta(seconds=1)  # the library's start is not a tick
    last = max(_walls(end, zone))
    found: set[datetime] = set()
    for local in CronSim(cron, first):
        if local >= last:
            break
        at = to_utc(local, zone)
        if start <= at < end:
            found.add(at)
    return sorted(found)


def _walls(at: datetime, zone: Zone) -> tuple[datetime, datetime]:
    """What clocks show then, and what they would if they had not been put forward or back since the day before.

    Before the earlier all times have passed, from the later on all are to come.
    """
    return to_local(at, zone), to_local(at - _LONGEST_SHIFT, zone) + _LONGEST_SHIFT
