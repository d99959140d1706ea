"""What a hand-over writes: entries for notices, and the deadline's next record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from alerter.domain.decisions.catchup import Choice
from alerter.domain.decisions.fallback import asks_fallback_at, hearers_by_plan, tells_of_event
from alerter.domain.decisions.record import Entry, Record
from alerter.domain.decisions.situation import Situation
from alerter.domain.decisions.standing import snoozed_until
from alerter.domain.notices.notice import Held, Kind, Notice, Reason, State, held_by_quiet, notice_id
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import CatchUp, Severity
from alerter.domain.planning.due import Due
from alerter.domain.planning.duedate import LATEST
from alerter.domain.planning.plan import next_at
from alerter.domain.planning.quiet import quiet_until


def advanced(at_hand: Situation, *, channels: Mapping[str, datetime]) -> Record:
    """The record after this hand-over: the cursor at what comes next, fingerprint and present due date."""
    record = at_hand.record
    return replace(
        record,
        title=at_hand.deadline.title,
        due_key=at_hand.due.key,
        due_at=at_hand.due.at,
        planned_until=next_at(at_hand.deadline, at_hand.channels, at_hand.until) or LATEST,
        fingerprint=at_hand.fingerprint,
        rule=at_hand.rule,
        channels=channels,
        pending_key=None,
        pending_at=None,
        removed_at=None,
        action_ordinal=max([record.action_ordinal, *(action.ordinal for action in at_hand.known.actions)]),
    )


def entry_of(at_hand: Situation, choice: Choice) -> Entry:
    """The entry of a planned notice: queued, or skipped with the reason."""
    notice, channel = choice.notice, at_hand.channels[choice.notice.channel]
    send_at = notice.at
    if choice.goes and notice.at < at_hand.now:
        send_at = hold(at_hand.deadline.severity, channel, at_hand.now, notice.due_at)
        notice = _delayed(at_hand, notice, send_at)
    return Entry(
        notice=notice,
        state=State.QUEUED if choice.goes else State.SKIPPED,
        reason=choice.reason,
        send_at=notice.at if _waits_in_line(at_hand, choice, send_at) else send_at,
        give_up_at=max(notice.due_at or notice.at, notice.at, at_hand.now) + channel.give_up_after,
        severity=at_hand.deadline.severity.value,
        title=at_hand.deadline.title,
        replaces=at_hand.deadline.catch_up is not CatchUp.ALL and notice.kind is not Kind.RECHECK,
        fallback_at=_fallback_at(at_hand, notice, send_at),
    )


def event_of(at_hand: Situation, kind: Kind, channel: str, ordinal: str, *, due: Due | None = None) -> Entry:
    """The entry of a notice of something that happened just now."""
    deadline, due = at_hand.deadline, due or at_hand.due
    goes_at = hold(deadline.severity, at_hand.channels[channel], at_hand.now, due.at)
    notice = Notice(
        id=notice_id(deadline.id, due.key, kind, ordinal, channel),
        deadline=deadline.id,
        due_key=due.key,
        due_at=due.at,
        kind=kind,
        channel=channel,
        at=goes_at,
        nominal_at=at_hand.now,
        ordinal=ordinal,
        held=held_by_quiet(at_hand.now, goes_at),
    )
    return replace(entry_of(at_hand, Choice(notice, goes=True)), replaces=False)


def hold(severity: str, channel: Channel, at: datetime, due_at: datetime | None) -> datetime:
    """When a message that wants to go at `at` may, by the quiet hours of its channel."""
    if severity == Severity.CRITICAL:
        return at
    until = quiet_until(channel, at)
    is_too_late = due_at is not None and at < due_at <= until
    return at if is_too_late else until


def _waits_in_line(at_hand: Situation, choice: Choice, send_at: datetime) -> bool:
    """Whether it goes now as one of several that were missed: by their own instants, the oldest goes first."""
    is_by_plan = choice.reason in (None, Reason.CATCH_UP)
    return choice.goes and is_by_plan and at_hand.deadline.catch_up is CatchUp.ALL and send_at == at_hand.now


def _delayed(at_hand: Situation, notice: Notice, send_at: datetime) -> Notice:
    """The notice with what kept it back: a snooze that has ended, or quiet hours that hold now."""
    snoozed = snoozed_until(at_hand.known.actions, notice.due_key)
    if snoozed is not None and notice.at < snoozed <= at_hand.now:
        return replace(notice, at=snoozed, held=Held(since=notice.at, reason="snoozed"))
    held = held_by_quiet(at_hand.now, send_at)
    return notice if held is None else replace(notice, held=held)


def _fallback_at(at_hand: Situation, notice: Notice, send_at: datetime) -> datetime | None:
    """From when on the fallback is told too; one that has the lead by escalation may, as that may be acknowledged."""
    if tells_of_event(notice):
        hearers = at_hand.known.told
    else:
        hearers = hearers_by_plan(at_hand.deadline, notice, is_acknowledged=True)
    return asks_fallback_at(at_hand.channels[notice.channel], hearers, max(send_at, notice.at))
