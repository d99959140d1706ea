"""What people's acknowledgements, snoozes and closings end, for as long as they stand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerter.domain.decisions.record import Action, Record, Row
from alerter.domain.notices.notice import Notice, Reason, is_repeat
from alerter.domain.planning.deadline import Deadline, OnAck
from alerter.domain.planning.due import Due, next_due
from alerter.domain.planning.due_keys import parse_key
from alerter.domain.planning.fingerprint import plan_rule


def standing(record: Record, actions: Iterable[Action]) -> tuple[Action, ...]:
    """The actions that still count: moving the date away ends what was acknowledged or snoozed of it."""
    return tuple(
        action
        for action in actions
        if action.action == "close" or action.due_key not in record.earlier_keys or action.at >= record.since
    )


def current_due(deadline: Deadline, actions: Iterable[Action], now: datetime) -> Due | None:
    """The due date a deadline stands at: its only one, or the next occurrence that nobody closed."""
    closed = {action.due_key for action in actions if action.action == "close"}
    due = next_due(deadline, now)
    while due is not None and deadline.repeat and due.key in closed:
        due = next_due(deadline, due.at + timedelta(microseconds=1))
    return due


def has_moved(deadline: Deadline, record: Record, due: Due, now: datetime) -> bool:
    """Whether its present date differs from the one last settled on; that of a series only by a changed rule."""
    if due.key == record.due_key or not record.due_key:
        return False
    return not deadline.repeat or (plan_rule(deadline) != record.rule and record.due_at >= now)


def settled_due(deadline: Deadline, record: Record | None, due: Due | None, now: datetime) -> Due | None:
    """The date that people were told: its present one, or while that has yet to settle the one before."""
    if due is None or record is None or not has_moved(deadline, record, due, now):
        return due
    return parse_key(record.due_key, deadline)


def ended_by(deadline: Deadline, actions: Iterable[Action], notice: Notice | Row, now: datetime) -> Reason | None:
    """Why a planned notice is not to go now because of what people did; None where it is."""
    about = [action for action in actions if action.due_key == notice.due_key]
    if any(action.action == "close" for action in about):
        return Reason.CLOSED
    if is_acknowledged(about, notice.due_key) and ack_ends(deadline, notice):
        return Reason.ACKNOWLEDGED
    return Reason.SNOOZED if is_snoozed(about, notice.due_key, now) else None


def is_over(deadline: Deadline, actions: Iterable[Action], notice: Notice) -> bool:
    """Whether what people did about its due date has ended a planned notice for good; a snooze only puts it off."""
    done = {action.action for action in actions if action.due_key == notice.due_key}
    return "close" in done or ("ack" in done and ack_ends(deadline, notice))


def ack_ends(deadline: Deadline, notice: Notice | Row) -> bool:
    """Whether an acknowledgement ends this notice: all of them, or escalations and overdue repeats."""
    return deadline.on_ack is OnAck.STOP or notice.is_escalation or is_repeat(notice.kind, notice.lead)


def is_acknowledged(actions: Iterable[Action], due_key: str | None) -> bool:
    """Whether somebody said of this due date that they have it in hand."""
    return any(action.action == "ack" and action.due_key == due_key for action in actions)


def is_snoozed(actions: Iterable[Action], due_key: str | None, now: datetime) -> bool:
    """Whether nothing is to be said of this due date just now."""
    until = snoozed_until(actions, due_key)
    return until is not None and until > now


def snoozed_until(actions: Iterable[Action], due_key: str | None) -> datetime | None:
    """Until when the last snooze of this due date holds; None where there was none."""
    snoozes = [action for action in actions if action.action == "snooze" and action.due_key == due_key]
    return max(snoozes, key=lambda action: action.ordinal).until if snoozes else None


def snoozes_end_at(actions: Iterable[Action], now: datetime) -> datetime | None:
    """When the first of the snoozes that hold now ends."""
    known = list(actions)
    ends = [snoozed_until(known, due_key) for due_key in {action.due_key for action in known}]
    return min((end for end in ends if end is not None and end > now), default=None)
