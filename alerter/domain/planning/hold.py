"""When the notice of a moment goes out on a channel, quiet hours applied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Severity
from alerter.domain.planning.duedate import EARLIEST
from alerter.domain.planning.manner import manner_of
from alerter.domain.planning.moments import Moment
from alerter.domain.planning.quiet import LONGEST_HOLD, quiet_until


def send_at(deadline: Deadline, channel: Channel, moment: Moment) -> datetime:
    """The instant at which the moment's notice goes out on the channel.

    A critical one is never held, and none that is before the due instant is held to or past it.
    """
    nominal_at = moment.nominal_at
    if channel.quiet is None or deadline.severity is Severity.CRITICAL:
        return nominal_at
    at = quiet_until(channel, nominal_at)
    return nominal_at if nominal_at < moment.due.at <= at else at


def wanted_from(deadline: Deadline, channels: Mapping[str, Channel], at: datetime) -> datetime:
    """The earliest nominal instant of what may go out at `at` or later, having been held."""
    is_held = manner_of(deadline, channels).is_held and at - EARLIEST >= LONGEST_HOLD
    return at - LONGEST_HOLD if is_held else at
