"""What a person's acknowledgement, snooze or closing is about, and what it ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from alerter.domain.deadline import Deadline, OnAck
from alerter.domain.due import Due
from alerter.domain.due_keys import parse_key
from alerter.domain.record import Action
from alerter.domain.standing import current_due


def occurrence_meant(
    deadline: Deadline, told_keys: Iterable[str], actions: Iterable[Action], now: datetime
) -> Due | None:
    """The occurrence that an action is about: the earliest told and still open, else the next; None: none left.

    `told_keys` are the due keys of which any notice was delivered.
    """
    past_actions = list(actions)
    current = current_due(deadline, past_actions, now)
    if not deadline.repeat:
        return current
    settled = {action.due_key for action in past_actions if action.action in ("ack", "close")}
    told = [parse_key(key, deadline) for key in set(told_keys) - settled]
    return min(told, key=lambda due: due.at, default=current)


def ends_leads(deadline: Deadline) -> bool:
    """Whether an acknowledgement ends all further notices, or overdue ones and escalations only."""
    return deadline.on_ack is OnAck.STOP
