"""One attempt: made once, judged, and put into the words of the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerter.channels.port import Rendered
from alerter.domain.decisions.retry import Verdict, judge
from alerter.domain.messages.message import Message
from alerter.domain.notices.notice import State
from alerter.domain.notices.outcome import Delivered, Outcome, Refused, Retry
from alerter.domain.value import value
from alerter.engine.delivery.lane import Job, Lane
from alerter.ledger.ledger import Claim, Result


@value(frozen=True, slots=True)
class Sent:
    """One attempt that came to an end, before it is recorded; how long it `took_for` is None where that is unknown."""

    job: Job
    message: Message
    rendered: Rendered
    outcome: Outcome
    verdict: Verdict
    at: datetime
    took_for: float | None


async def try_once(lane: Lane, message: Message, rendered: Rendered) -> Outcome:
    """One attempt; none at a channel that is gone for good."""
    if lane.health.is_closed:
        detail = "the channel is closed until its address changes: " + lane.health.last_error
        return Refused(detail=detail, closes_channel=True)
    try:
        return await lane.sender.send(message, rendered)
    except Exception as error:  # noqa: BLE001 -- the last resort of one attempt, which records it
        return Retry(detail=f"unexpected {type(error).__name__}", is_ambiguous=True)


def told_before(job: Job, message: Message, rendered: Rendered, at: datetime) -> Sent:
    """The attempt that was made then, when it could not be recorded."""
    outcome = Delivered(detail="told before, when it could not be recorded")
    return Sent(job, message, rendered, outcome, verdict_on(job, outcome, at), at, None)


def verdict_on(job: Job, outcome: Outcome, now: datetime, jumped_by: timedelta = timedelta(0)) -> Verdict:
    """What follows from the outcome for the whole message; a bundle is judged by its most urgent part.

    By how much the clock `jumped_by` during the attempt is no time in which it was tried.
    """
    first = job.claims[0]
    dues = [claim.entry.notice.due_at for claim in job.claims]
    return judge(
        outcome,
        notice=first.entry.bundle or first.id,
        attempt=first.attempt,
        due_at=min((due for due in dues if due is not None), default=None),
        give_up_at=max(claim.entry.give_up_at for claim in job.claims) + max(jumped_by, timedelta(0)),
        now=now,
    )


def result_of(claim: Claim, sent: Sent) -> Result:
    """What the attempt comes to for one of its notices, as the ledger keeps it."""
    outcome, verdict = sent.outcome, sent.verdict
    accepted = outcome.accepted if isinstance(outcome, Retry) else ()
    return Result(
        id=claim.id,
        token=claim.token,
        state=verdict.state,
        at=sent.at,
        outcome=verdict.outcome,
        detail=outcome.detail,
        is_ambiguous=isinstance(outcome, Retry) and outcome.is_ambiguous,
        next_at=verdict.next_at,
        late_by=_late_by(claim, sent),
        reason=verdict.reason or (claim.entry.reason.value if claim.entry.reason else None),
        subject=sent.rendered.subject,
        text=sent.rendered.text,
        to=outcome.to if isinstance(outcome, Delivered) else claim.accepted + accepted,
        accepted=claim.accepted + accepted,
        refused={**claim.refused, **outcome.refused},
        reference=outcome.reference if isinstance(outcome, Delivered) else None,
        place=outcome.place if isinstance(outcome, Delivered) else None,
    )


def not_tried(claim: Claim, now: datetime, again_at: datetime | None = None) -> Result:
    """What it comes to where nothing was attempted: none is counted. It may be claimed again then, or at once."""
    return Result(id=claim.id, token=claim.token, state=State.QUEUED, at=now, next_at=again_at)


def broken_off(claim: Claim, now: datetime) -> Result:
    """What it comes to where we were told to end before the answer came: whether it arrived is unknown."""
    return Result(
        id=claim.id,
        token=claim.token,
        state=State.RETRYING,
        at=now,
        outcome="unknown",
        detail="broken off before the answer came",
        next_at=now,
        is_ambiguous=True,
    )


def _late_by(claim: Claim, sent: Sent) -> int:
    if sent.message.id == claim.id:  # of a digest it is the whole that is late; its items are as of now
        return sent.message.late_by
    return next((item.late_by for item in sent.message.items if item.id == claim.id), sent.message.late_by)
