"""What comes after a message: the next notice of its deadline on the same channel, as far as it is known now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from alerter.domain.decisions.forecast import after_snooze
from alerter.domain.decisions.record import Action
from alerter.domain.decisions.standing import is_over
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.duedate import just_after
from alerter.domain.planning.plan import next_at, plan

_LONGEST_SEARCH = 100
"""So many instants in a row of which people have left nothing mean that they left nothing at all."""


def next_notice_at(deadline: Deadline, channel: Channel, actions: Sequence[Action], now: datetime) -> datetime | None:
    """When the channel hears of the deadline next, after `now`; None where nothing more is planned.

    `actions` are all that people did about the deadline.
    """
    if deadline.status is not Status.OPEN:
        return None
    alone = _alone(channel)
    at = next_at(deadline, alone, just_after(now))
    for _ in range(_LONGEST_SEARCH):
        if at is None or not actions:
            return at
        left = [one for one in plan(deadline, alone, at, just_after(at)) if not is_over(deadline, actions, one)]
        if left:
            return min(after_snooze(one, deadline, channel, actions).at for one in left)
        at = next_at(deadline, alone, just_after(at))
    return None


@lru_cache(maxsize=256)
def _alone(channel: Channel) -> Mapping[str, Channel]:
    """The same object each time: how a deadline is told (`manner_of`) is kept for these very channels."""
    return {channel.name: channel}
