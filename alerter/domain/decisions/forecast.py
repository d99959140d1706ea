"""What will go out, as far as it is known now: the plan, less what people have ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from alerter.domain.decisions.entries import hold
from alerter.domain.decisions.record import Action, Known
from alerter.domain.decisions.standing import is_over, snoozed_until
from alerter.domain.notices.notice import Held, Notice, Reason
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.plan import plan, tightest
from alerter.domain.planning.watchlist import WatchList


def forecast(
    watch_list: WatchList, start: datetime, end: datetime, known: Mapping[str, Known] | None = None
) -> list[Notice]:
    """The notices with start <= at < end, sorted by (at, deadline, channel); superseded ones left out.

    `known` is what the ledger says of the deadlines; without it nothing was ever acknowledged or closed.
    """
    found: list[Notice] = []
    for name, deadline in watch_list.deadlines.items():
        if deadline.status is Status.OPEN:
            actions = known[name].actions if known is not None and name in known else ()
            found += _of(deadline, watch_list, start, end, actions)
    return sorted(found, key=lambda notice: (notice.at, notice.deadline or "", notice.channel, notice.nominal_at))


def _of(
    deadline: Deadline, watch_list: WatchList, start: datetime, end: datetime, actions: Iterable[Action]
) -> list[Notice]:
    past_actions = list(actions)
    begin = min([start, *(action.at for action in past_actions if action.action == "snooze")])
    planned = [
        notice
        for notice in plan(deadline, watch_list.channels, begin, end)
        if not is_over(deadline, past_actions, notice)
    ]
    channels = watch_list.channels
    going, _ = tightest([after_snooze(one, deadline, channels[one.channel], past_actions) for one in planned])
    return [notice for notice in going if start <= notice.at < end]


def after_snooze(notice: Notice, deadline: Deadline, channel: Channel, actions: Iterable[Action]) -> Notice:
    """The notice as it goes: where it is snoozed when the snooze ends, and quiet hours then too."""
    until = snoozed_until(actions, notice.due_key)
    if until is None or notice.at >= until:
        return notice
    goes_at = hold(deadline.severity, channel, until, notice.due_at)
    return replace(notice, at=goes_at, held=Held(notice.nominal_at, Reason.SNOOZED.value))
