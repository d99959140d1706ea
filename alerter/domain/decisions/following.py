"""What comes after a message: the next notice of its deadline on the same channel, as far as it is known now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from alerter.domain.decisions.acting import ends_leads
from alerter.domain.decisions.record import Action
from alerter.domain.decisions.standing import snoozed_until
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.search import next_at

_INSTANT = timedelta(microseconds=1)


def next_notice_at(
    deadline: Deadline, channel: Channel, due_key: str, actions: Sequence[Action], now: datetime
) -> datetime | None:
    """When the channel hears of the deadline next, after `now`; None where nothing more is planned.

    `actions` are all that people did about the deadline, `due_key` the date that the message is about.
    """
    done = {action.action for action in actions if action.due_key == due_key}
    if deadline.status is not Status.OPEN or (not deadline.repeat and "close" in done):
        return None
    if "ack" in done and not deadline.repeat:
        if ends_leads(deadline):
            return None
        deadline = replace(deadline, overdue=None, escalate=())
    planned = next_at(deadline, _alone(channel), now + _INSTANT)
    until = snoozed_until(actions, due_key)
    return planned if planned is None or until is None else max(planned, until)


@lru_cache(maxsize=256)
def _alone(channel: Channel) -> Mapping[str, Channel]:
    """The same object each time: how a deadline is told (`manner_of`) is kept for these very channels."""
    return {channel.name: channel}
