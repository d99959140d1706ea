"""Ticks of a cron expression on the wall clock of a zone, as instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError

from alerter.domain.dates.zone import Zone


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
    """The instants with start <= tick < end, in UTC and in order; raises CronError.

    As in Debian's cron: a time in a gap comes right after it, one that occurs twice comes once.
    """
    check_cron(cron)
    found: list[datetime] = []
    begin = start if start.microsecond else start - timedelta(seconds=1)  # the library's start is not a tick
    for tick in CronSim(cron, begin.astimezone(zone.info)):
        at = tick.astimezone(UTC)
        if at >= end:
            break
        if at >= start:
            found.append(at)
    return found
