"""What a person's acknowledgement, snooze or closing is about, whether it can be done, and what it ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Literal

from alerter.domain.decisions.record import Action, Known
from alerter.domain.decisions.standing import current_due, is_over, settled_due, snoozed_until
from alerter.domain.notices.notice import Notice
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, OnAck, Status
from alerter.domain.planning.due import Due, next_due
from alerter.domain.planning.due_keys import parse_key
from alerter.domain.planning.plan import notices_of
from alerter.domain.planning.tightest import tightest
from alerter.domain.words.language import marked
from alerter.domain.words.names import status_name
from alerter.domain.words.plain_text import cut, one_line
from alerter.domain.words.statement import Statement, stated

LONGEST_NAME = 200
LONGEST_NOTE = 2000

SAME_SNOOZE = timedelta(minutes=1)
"""A snooze that would end so little later or earlier than the one that holds is the same, asked for twice."""

ASKED_TWICE = timedelta(minutes=1)
"""The same of a series by the same person so soon after is no wish for a date that nobody has been told of."""

LOOK_AHEAD = timedelta(days=400)

Deeds = Literal["ack", "snooze", "close"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a person wants done.

    `due_key` is the occurrence meant; None: the one that they are likely to mean. `snooze_for` goes with snooze,
    `status` with close. `channel` is where they act from, if from a message.
    """

    action: Deeds
    by: str
    note: str = ""
    snooze_for: timedelta | None = None
    status: Status | None = None
    due_key: str | None = None
    channel: str | None = None


class CannotDo(Exception):
    """What was asked cannot be done; `why` is a sentence."""

    def __init__(self, why: Statement) -> None:
        super().__init__(why)
        self.why = why


def occurrence_meant(
    deadline: Deadline, known: Known | None, deed: Deed, told_keys: Iterable[str], now: datetime
) -> Due | None:
    """The occurrence that a deed is about: the earliest told and still open, else the next; None: none left.

    What was acknowledged is open to be closed, the last one told, unless others wait for an answer. The same asked for
    twice in a hurry goes on to no date that was not told. `known` has only actions that still count; `told_keys` are
    the due keys of which any notice was delivered. A date that has yet to settle nobody knows of: what is meant is the
    one before. What is due already can be snoozed no more.
    """
    _, settled = _next_dues(deadline, known, now)
    if not deadline.repeat:
        return settled
    told = sorted(map(partial(parse_key, deadline=deadline), set(told_keys)), key=attrgetter("at"))
    closed, answered = _done_with(deadline, known)
    waiting = [due for due in told if due.key not in closed | answered]
    if deed.action == "snooze":
        waiting = [due for due in waiting if due.at > now]
    if deed.action == "close" and not waiting:
        waiting = [due for due in told[-1:] if due.key not in closed]
    return waiting[0] if waiting else _just_done(deadline, known, deed, now) or settled


def occurrence_of(deadline: Deadline, known: Known | None, due_key: str, now: datetime) -> Due | None:
    """The due date of that key, if it is still one of the deadline's; None where the date has moved.

    While a changed date settles either key names the date before, of which people were told.
    """
    current, settled = _next_dues(deadline, known, now)
    if settled is not None and current is not None and due_key in (settled.key, current.key):
        return settled
    return _find(deadline, due_key)


def dues_ended(deadline: Deadline, known: Known | None, action: str, due: Due, now: datetime) -> list[Due]:
    """The due dates that the action is to be written for: this one, and where a date that settles is closed the new."""
    current, settled = _next_dues(deadline, known, now)
    is_all = action == "close" and due == settled
    return [due, current] if is_all and current is not None and current.key != due.key else [due]


def ends_leads(deadline: Deadline) -> bool:
    """Whether an acknowledgement ends all further notices, or overdue ones and escalations only."""
    return deadline.on_ack is OnAck.STOP


def find_done(deed: Deed, due: Due, actions: Sequence[Action], now: datetime) -> Action | None:
    """The action that has done the same already, so that doing it twice does it once."""
    about = [action for action in actions if action.due_key == due.key and action.action == deed.action]
    if deed.action == "snooze":
        until = snoozed_until(about, due.key)
        is_same = until is not None and abs(_snooze_end(deed, due, now) - until) < SAME_SNOOZE
        return about[-1] if is_same else None
    return next((action for action in reversed(about) if action.status == deed.status), None)


def action_for(deadline: Deadline, deed: Deed, due: Due, actions: Sequence[Action], now: datetime) -> Action:
    """What is to be written for the deed; raises CannotDo."""
    closed = [action for action in actions if action.action == "close" and action.due_key == due.key]
    if closed and deed.action != "close":
        raise CannotDo(_closed_before(deadline, closed[-1]))
    if deed.action == "snooze" and due.at <= now:
        why = stated("refusal", "'{deadline}' is due already: a snooze lasts at most until then", deadline=deadline.id)
        raise CannotDo(why)
    return Action(
        ordinal=0,
        at=now,
        deadline=deadline.id,
        due_key=due.key,
        action=deed.action,
        by=_name(deed),
        note=cut(one_line(deed.note), LONGEST_NOTE),
        until=_snooze_end(deed, due, now).replace(microsecond=0) if deed.action == "snooze" else None,
        status=deed.status if deed.action == "close" else None,
        channel=deed.channel,
    )


def notices_ended(
    deadline: Deadline, channels: Mapping[str, Channel], action: Action, before: Iterable[Action], due: Due
) -> list[Notice]:
    """The notices of this due date, still to come by the plan, that the action would stop or put off."""
    past_actions = list(before)
    until = max(due.at, action.at) + LOOK_AHEAD
    planned, _ = tightest([one for one in notices_of(deadline, channels, due, until) if one.at >= action.at])
    going = [one for one in planned if not is_over(deadline, past_actions, one)]
    if action.action == "snooze":
        return [one for one in going if action.until is not None and one.at < action.until]
    return [one for one in going if is_over(deadline, [action], one)]


def _next_dues(deadline: Deadline, known: Known | None, now: datetime) -> tuple[Due | None, Due | None]:
    """The next due date by the configuration, and as people were told; these differ while a changed date settles."""
    current = current_due(deadline, known.actions if known else (), now)
    return current, settled_due(deadline, known.record if known else None, current, now)


def _just_done(deadline: Deadline, known: Known | None, deed: Deed, now: datetime) -> Due | None:
    """The due date of which the same person wanted the same a moment ago."""
    wanted = deed.action, _name(deed), deed.status
    recent = [action for action in (known.actions if known else ()) if abs(now - action.at) < ASKED_TWICE]
    keys = [action.due_key for action in recent if (action.action, action.by, action.status) == wanted]
    return _find(deadline, keys[-1]) if keys else None


def _name(deed: Deed) -> str:
    return cut(one_line(deed.by), LONGEST_NAME)


def _done_with(deadline: Deadline, known: Known | None) -> tuple[set[str], set[str]]:
    """The due keys of a series that were closed or moved away from, and those that were acknowledged."""
    if known is None:
        return set(), set()
    moved = {key for key in known.record.earlier_keys if _find(deadline, key) is None}
    closed, answered = ({one.due_key for one in known.actions if one.action == kind} for kind in ("close", "ack"))
    return closed | moved, answered


def _find(deadline: Deadline, due_key: str) -> Due | None:
    """The due date of that key, if it is one by the configuration."""
    try:
        due = parse_key(due_key, deadline)
    except ValueError:
        return None
    found = next_due(deadline, due.at)
    return found if found is not None and found.key == due_key else None


def _closed_before(deadline: Deadline, closing: Action) -> Statement:
    status = status_name(closing.status or Status.VOID)
    words = marked("refusal", "'{deadline}' was closed as {status} by {name}")
    return stated(*words, deadline=deadline.id, status=status, name=closing.by)


def _snooze_end(deed: Deed, due: Due, now: datetime) -> datetime:
    return now + min(deed.snooze_for or timedelta(0), max(due.at - now, timedelta(0)))
