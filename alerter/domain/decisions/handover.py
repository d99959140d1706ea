"""What is to go out for one deadline now, given what the ledger knows of it.

The one place where it is decided which rule of "What goes out when" is at hand; each has its own module.
Pure: the engine brings the facts and the instant, and writes the decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from alerter.domain.dates.zone import to_local
from alerter.domain.decisions.actions_told import close
from alerter.domain.decisions.moving import settle
from alerter.domain.decisions.ongoing import begin, carry_on
from alerter.domain.decisions.record import Decision, Known, Record, Skip
from alerter.domain.decisions.situation import Situation, hearers
from alerter.domain.decisions.standing import current_due, ended_by, has_moved
from alerter.domain.notices.notice import Notice, Reason
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.due import Due, next_due
from alerter.domain.planning.duedate import EARLIEST, LATEST
from alerter.domain.planning.fingerprint import plan_fingerprint, plan_rule
from alerter.domain.planning.plan import next_at, plan
from alerter.domain.words.language import marked
from alerter.domain.words.statement import Statement, stated


def decide(
    deadline: Deadline,
    channels: Mapping[str, Channel],
    known: Known | None,
    *,
    now: datetime,
    until: datetime,
    blocked: frozenset[str] = frozenset(),
    seen_at: datetime | None = None,
) -> Decision:
    """The hand-over of one deadline at `now`: its next record, the notices that go or are skipped.

    `known` is None when the deadline has never been seen, or what was known was lost: then it is met as at `seen_at`.
    See `Situation` for `until` and `blocked`.
    """
    if known is None and (begun := begin_ahead(deadline, channels, min(seen_at or now, now), until)) is not None:
        return begun
    return weigh(deadline, channels, known, now=now, until=until, blocked=blocked, seen_at=seen_at)


def weigh(
    deadline: Deadline,
    channels: Mapping[str, Channel],
    known: Known | None,
    *,
    now: datetime,
    until: datetime,
    blocked: frozenset[str] = frozenset(),
    seen_at: datetime | None = None,
) -> Decision:
    """As `decide`, with everything looked at, whether or not it can matter."""
    met = known if known is not None else Known(record=meet(deadline, channels, min(seen_at or now, now)))
    at_hand = Situation(
        deadline=deadline,
        channels=channels,
        known=met,
        due=current_due(deadline, met.actions, now) or _last_due(deadline, met.record),
        now=now,
        until=until,
        fingerprint=met.record.fingerprint if known is None else plan_fingerprint(deadline, channels),
        blocked=blocked,
    )
    if deadline.status is not Status.OPEN:
        return close(at_hand)
    if known is None:
        return begin(at_hand)
    at_hand = _opened_again(at_hand)
    return settle(at_hand) if has_moved(deadline, at_hand.record, at_hand.due, now) else carry_on(at_hand)


def begin_ahead(
    deadline: Deadline, channels: Mapping[str, Channel], seen_at: datetime, until: datetime
) -> Decision | None:
    """What `weigh` comes to where a new deadline's first notice of all lies ahead; None where it may not.

    Then none can be due and no lead can have passed, so that there is nothing to choose from. Most are like that.
    """
    if deadline.status is not Status.OPEN or deadline.repeat is not None:
        return None
    first_at = next_at(deadline, channels, EARLIEST)
    if first_at is not None and first_at < until:
        return None
    joined = dict.fromkeys(hearers(deadline, channels), seen_at)
    return Decision(record=meet(deadline, channels, seen_at, planned_until=first_at or LATEST, joined=joined))


def meet(
    deadline: Deadline,
    channels: Mapping[str, Channel],
    now: datetime,
    *,
    planned_until: datetime | None = None,
    joined: Mapping[str, datetime] | None = None,
) -> Record:
    """The record of a deadline seen for the first time; nothing has been handed over, unless it is said until when."""
    due = next_due(deadline, now)
    return Record(
        deadline=deadline.id,
        title=deadline.title,
        status=deadline.status,
        due_key=due.key if due else "",
        due_at=due.at if due else now,
        first_seen_at=now,
        since=now,
        planned_until=planned_until or now,
        fingerprint=plan_fingerprint(deadline, channels),
        rule=plan_rule(deadline) if deadline.repeat else "",
        channels=joined or {},
    )


def remove(known: Known, now: datetime) -> Decision:
    """The deadline is no longer in the configuration: it stops, and `ops` hears if anyone had been told."""
    record = known.record
    was_open = record.status is Status.OPEN and bool(known.told) and record.removed_at is None
    told_ops = (_removal(record, now),) if was_open else ()
    return Decision(
        record=replace(record, removed_at=record.removed_at or now, pending_key=None, pending_at=None),
        skips=tuple(Skip(id=row.id, reason=Reason.REMOVED) for row in known.rows if row.is_open),
        told_ops=told_ops,
    )


def _removal(record: Record, now: datetime) -> Statement:
    words = marked("problem", "{title} ({deadline}) was removed from the configuration at {when}.")
    return stated(*words, title=record.title, deadline=record.deadline, when=now)


def upcoming(
    deadline: Deadline, channels: Mapping[str, Channel], known: Known, start: datetime, end: datetime
) -> list[Notice]:
    """The notices with start <= at < end that will go, if all stays as it is."""
    record = known.record
    if deadline.status is not Status.OPEN or record.pending_key is not None or record.removed_at is not None:
        return []
    return [
        notice
        for notice in plan(deadline, channels, start, end)
        if notice.due_at is not None
        and notice.due_at >= record.first_seen_at
        and ended_by(deadline, known.actions, notice, notice.at) is None
    ]


def _opened_again(at_hand: Situation) -> Situation:
    """Where the deadline was removed or closed until now: from now on it is planned as if its plan had changed."""
    record = at_hand.record
    if record.removed_at is None and record.status is Status.OPEN:
        return at_hand
    opened = replace(
        record,
        removed_at=None,
        status=Status.OPEN,
        fingerprint="",
        planned_until=max(record.planned_until, at_hand.now),
    )
    return replace(at_hand, known=replace(at_hand.known, record=opened))


def _last_due(deadline: Deadline, record: Record) -> Due:
    """What is known of the date of a series that has ended."""
    return Due(key=record.due_key, local=to_local(record.due_at, deadline.zone), at=record.due_at)
