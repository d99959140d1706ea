"""What Slack's answers mean: its words first, then the status. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from alerter.channels.classify import answered, first_hold
from alerter.domain.notices.outcome import Cause, Delivered, Outcome, Refused, Retry

FORM = frozenset(
    {
        "invalid_payload",
        "invalid_arguments",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "missing_text_or_fallback_or_attachments",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
    }
)
"""Slack does not like the form: the plain words may still go through."""

THREAD = frozenset(
    {
        "cannot_reply_to_message",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "thread_not_found",
    }
)
"""Slack takes nothing below that message, which somebody deleted or locked: the channel itself may still take it."""

GONE = frozenset({"no_service", "no_service_id", "no_active_hooks", "channel_is_archived", "is_archived"})
"""The address is gone until somebody changes it."""

PASSING = frozenset({"rollup_error", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})
LIMITED = frozenset({"rate_limited", "ratelimited", "message_limit_exceeded"})


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """Slack takes the message, but not in this form."""

    detail: str


@dataclass(frozen=True, slots=True)
class RefusedThread:
    """Slack takes the message, but not in this thread."""

    detail: str


def judge(
    status: int,
    word: str,
    said: str,
    *,
    hold_for: timedelta | None = None,
    attempt: int = 1,
    is_whole: bool = True,
    is_reply: bool = False,
) -> Outcome | RefusedForm | RefusedThread:
    """What Slack's answer means: by its word where that is known, else by the status; only 200 `ok` is a yes."""
    detail = f"status {status}: {said}" if said else f"status {status}"
    if word in LIMITED or status == 429:
        hold = hold_for if hold_for is not None else first_hold(attempt)
        return Retry(detail=detail, cause=Cause.RATE_LIMITED, retry_after=hold)
    if status == 200 and word == "ok":
        return Delivered(detail=detail)
    if is_reply and word in THREAD:
        return RefusedThread(detail)
    if (known := _by_word(word, detail)) is not None:
        return known
    if 200 <= status <= 299:
        return _not_ok(detail, is_whole=is_whole)
    return _by_status(status, said, hold_for=hold_for, attempt=attempt)


def _by_word(word: str, detail: str) -> Outcome | RefusedForm | None:
    if word in FORM:
        return RefusedForm(detail)
    if word in GONE:
        return Refused(detail=detail, closes_channel=True)
    return Retry(detail=detail, is_ambiguous=True) if word in PASSING else None


def _not_ok(detail: str, *, is_whole: bool) -> Outcome:
    # A login page or a portal says 200 too. An answer that broke off may have been the yes.
    if not is_whole:
        return Retry(detail=detail, is_ambiguous=True)
    return Retry(detail=detail, cause=Cause.NEEDS_PERSON)


def _by_status(status: int, said: str, *, hold_for: timedelta | None, attempt: int) -> Outcome:
    outcome = answered(status, said, hold_for=hold_for, attempt=attempt)
    if isinstance(outcome, Retry) and 500 <= status <= 599:
        return replace(outcome, is_ambiguous=True)
    if isinstance(outcome, Retry) and outcome.cause is Cause.CONTENT:
        return replace(outcome, cause=Cause.NEEDS_PERSON)  # what Slack refuses for its form, it names
    return outcome
