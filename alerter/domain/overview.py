"""What is coming and what has passed without anybody saying so: the list behind digests and status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from alerter.domain.deadline import Deadline, Match, Status
from alerter.domain.due import Due, next_due, occurrences
from alerter.domain.record import Action


def listed(
    deadlines: Iterable[Deadline],
    actions: Mapping[str, Sequence[Action]],
    *,
    match: Match,
    now: datetime,
    horizon: timedelta,
) -> list[tuple[Deadline, Due]]:
    """Due dates that matter now, soonest first: within `horizon`, or passed and never acknowledged or closed.

    `actions` are those of each deadline, by id. A series lists the occurrences ahead only.
    """
    found = []
    for deadline in deadlines:
        if deadline.status is Status.OPEN and match.covers(deadline.tags, deadline.severity):
            settled = {action.due_key: action.action for action in actions.get(deadline.id, ())}
            found += [(deadline, due) for due in _dues(deadline, now, horizon) if _matters(due, settled, now)]
    return sorted(found, key=lambda item: (item[1].at, item[0].id))


def _dues(deadline: Deadline, now: datetime, horizon: timedelta) -> list[Due]:
    if deadline.repeat:
        return list(occurrences(deadline, now, now + horizon))
    due = next_due(deadline, now)
    return [due] if due is not None and due.at < now + horizon else []


def _matters(due: Due, settled: Mapping[str, str], now: datetime) -> bool:
    done = settled.get(due.key)
    return done != "close" and (due.at >= now or done != "ack")
