"""When to try again, and when to stop: the policy after an attempt, as a pure decision."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from alerter.domain.notices.notice import State
from alerter.domain.notices.outcome import Cause, Delivered, Outcome, Refused
from alerter.domain.value import value
from alerter.domain.words.statement import Fact, stated

BASE = timedelta(seconds=5)
LEAST_CAP = timedelta(seconds=30)
MOST_CAP = timedelta(minutes=15)
LONGEST_RETRY_AFTER = timedelta(hours=1)
CONTENT_AGAIN = timedelta(seconds=60)
PAUSE_AFTER_FAILURES = 5

IN_PART = "delivered-in-part"
"""The reason of what some of its recipients have, and the others never got."""


@value(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What follows from an attempt: the notice's next state, and what it says of its channel.

    `hold_until` stops the whole channel; `is_channel_failure` counts towards pausing it;
    `closes_channel` where it is gone until its address changes. `for_ops` is a sentence for the people who
    run it, where a person must act.
    """

    state: State
    outcome: str
    next_at: datetime | None = None
    reason: str | None = None
    hold_until: datetime | None = None
    is_channel_failure: bool = False
    for_ops: Fact | None = None
    closes_channel: bool = False


def cap(due_at: datetime | None, now: datetime) -> timedelta:
    """The longest wait between attempts: a tenth of the time left, 30 s to 15 min."""
    left = (due_at - now) / 10 if due_at is not None else MOST_CAP
    return min(max(left, LEAST_CAP), MOST_CAP)


def rest(failures: int, due_at: datetime | None, now: datetime, *, needs_person: bool) -> timedelta:
    """How long a channel is left alone after so many failures in a row: from 30 s, doubled up to the longest wait.

    What a person must mend is mended no sooner for being tried: it waits the longest at once.
    """
    longest = cap(due_at, now)
    doubled = LEAST_CAP * (1 << min(max(failures - PAUSE_AFTER_FAILURES, 0), 20))
    return longest if needs_person else min(doubled, longest)


def backoff(notice: str, attempt: int, due_at: datetime | None, now: datetime) -> timedelta:
    """Exponential from 5 s with full jitter; the jitter follows from the id, so a replay agrees."""
    doubled = BASE * (1 << min(attempt - 1, 20))
    return min(doubled, cap(due_at, now)) * jitter(notice, attempt)


def jitter(notice: str, attempt: int) -> float:
    """A number in [0, 1) that looks random and follows from the notice and the attempt alone."""
    digest = hashlib.blake2b(f"{notice}/{attempt}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def judge(
    outcome: Outcome, *, notice: str, attempt: int, due_at: datetime | None, give_up_at: datetime, now: datetime
) -> Verdict:
    """What to do after attempt number `attempt` ended with `outcome` at `now`."""
    if isinstance(outcome, Delivered):
        left_out = (
            stated("problem", "not everybody got it: {answer}", answer=outcome.detail) if outcome.refused else None
        )
        return Verdict(state=State.DELIVERED, outcome="delivered", for_ops=left_out)
    if isinstance(outcome, Refused):
        return _refused(outcome.detail, closes_channel=outcome.closes_channel)
    wait = _wait(outcome.cause, outcome.retry_after, notice=notice, attempt=attempt, due_at=due_at, now=now)
    needs_person = outcome.cause is Cause.NEEDS_PERSON
    if outcome.cause is Cause.CONTENT and attempt > 1:
        return _refused(outcome.detail)
    left = give_up_at - now
    if left <= timedelta(0) or (outcome.cause is Cause.RATE_LIMITED and wait > left):
        reason = IN_PART if outcome.accepted else "gave-up"
        state = State.DELIVERED if outcome.accepted else State.DEAD
        return Verdict(state=state, outcome=outcome.cause.value, reason=reason, for_ops=outcome.detail)
    wait = min(wait, left)
    return Verdict(
        state=State.RETRYING,
        outcome=outcome.cause.value,
        next_at=now + wait,
        hold_until=now + wait if outcome.cause is Cause.RATE_LIMITED else None,
        is_channel_failure=outcome.cause is not Cause.CONTENT and not outcome.accepted,
        for_ops=outcome.detail if needs_person else None,
    )


def _refused(detail: str, *, closes_channel: bool = False) -> Verdict:
    return Verdict(state=State.DEAD, outcome="refused", reason="refused", for_ops=detail, closes_channel=closes_channel)


def _wait(
    cause: Cause, asked: timedelta | None, *, notice: str, attempt: int, due_at: datetime | None, now: datetime
) -> timedelta:
    longest = cap(due_at, now)
    floor = _bounded(asked, due_at, now) if asked is not None else timedelta(0)
    if cause is Cause.RATE_LIMITED:
        return floor or min(timedelta(seconds=30) * (1 << min(attempt - 1, 6)), longest)
    if cause is Cause.NEEDS_PERSON:
        return max(floor, longest)
    if cause is Cause.CONTENT:
        return CONTENT_AGAIN
    return max(floor, backoff(notice, attempt, due_at, now))


def _bounded(asked: timedelta, due_at: datetime | None, now: datetime) -> timedelta:
    """A Retry-After is obeyed up to an hour, and up to a quarter of the time left (at least 30 s)."""
    longest = LONGEST_RETRY_AFTER
    if due_at is not None and due_at > now:
        longest = min(longest, max((due_at - now) / 4, LEAST_CAP))
    return min(max(asked, timedelta(0)), longest)
