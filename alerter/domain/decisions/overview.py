"""What is coming and what has passed without anybody saying so: the list behind digests and status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta

from alerter.domain.decisions.record import Action
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.due import Due, latest_due, next_due, occurrences
from alerter.domain.planning.watchlist import Match


def listed(
    deadlines: Iterable[Deadline],
    actions: Mapping[str, Sequence[Action]],
    *,
    match: Match,
    now: datetime,
    horizon: timedelta,
    first_seen: Mapping[str, datetime] | None = None,
) -> list[tuple[Deadline, Due]]:
    """Due dates that matter now, soonest first: within `horizon`, or passed and never acknowledged or closed.

    `actions` are those of each deadline, by id. Of a series the occurrences ahead are listed, and the last that
    passed after it was `first_seen`.
    """
    found = []
    for deadline in deadlines:
        if deadline.status is Status.OPEN and match.covers(deadline.tags, deadline.severity):
            settled = {(action.due_key, action.action) for action in actions.get(deadline.id, ())}
            seen_at = (first_seen or {}).get(deadline.id, now)
            found += [(deadline, due) for due in _dues(deadline, seen_at, now, horizon) if _matters(due, settled, now)]
    return sorted(found, key=lambda item: (item[1].at, item[0].id))


def _dues(deadline: Deadline, seen_at: datetime, now: datetime, horizon: timedelta) -> list[Due]:
    if deadline.repeat:
        last = latest_due(deadline, now)
        passed = [last] if last is not None and seen_at <= last.at < now else []
        return [*passed, *occurrences(deadline, now, now + horizon)]
    due = next_due(deadline, now)
    return [due] if due is not None and due.at < now + horizon else []


def _matters(due: Due, settled: Set[tuple[str, str]], now: datetime) -> bool:
    is_answered = due.at < now and (due.key, "ack") in settled
    return not is_answered and (due.key, "close") not in settled
