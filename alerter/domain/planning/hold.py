"""When the notice of a moment goes out on a channel, quiet hours applied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Severity
from alerter.domain.planning.duedate import EARLIEST
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
    if deadline.severity is Severity.CRITICAL or at - EARLIEST < LONGEST_HOLD:
        return at
    is_holding = any(channels[name].quiet is not None for name in channels_of(deadline, channels))
    return at - LONGEST_HOLD if is_holding else at


def channels_of(deadline: Deadline, channels: Mapping[str, Channel]) -> list[str]:
    """The known channels of a deadline, escalations included; some may come twice."""
    names = [name for name in deadline.channels if name in channels]
    for each in deadline.escalate:
        names.extend(name for name in each.channels if name in channels)
    return names
