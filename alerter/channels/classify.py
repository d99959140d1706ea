"""What an HTTP answer, or the lack of one, means for the notice: pure tables, no input or output.

For a deadline a wrong "for good" is a miss: only refusals of the content itself and an address that is gone are final.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto

from alerter.domain.notices.outcome import Cause, Delivered, Outcome, Refused, Retry

LONGEST_HOLD = timedelta(hours=1)
"""The most that a Retry-After is believed."""

FIRST_HOLD = timedelta(seconds=30)
"""How long a channel rests that is told of a limit but not for how long; doubles with every attempt."""

CONTENT = frozenset({400, 405, 406, 411, 413, 414, 415, 417, 422, 431, 501, 505})
"""The receiver will say no to these bytes every time."""

PASSING = frozenset({408, 425})
"""Client errors that pass by themselves."""

_GONE = 410
_TOO_MANY = 429
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


class Failing(Enum):
    """Why no usable answer came."""

    UNREACHED = auto()  # nothing of the message left: refused, unreachable, a slow connect or look-up
    LOST = auto()  # the message, or some of it, was on its way
    UNKNOWN_HOST = auto()  # the name does not resolve: resolvers lie during outages, so never for good
    BAD_CERTIFICATE = auto()
    FORBIDDEN = auto()  # an address that is never connected to, or none that can be
    BROKEN = auto()  # our own request could not be made


def answered(status: int, said: str, *, hold_for: timedelta | None = None, attempt: int = 1) -> Outcome:
    """The outcome of a complete answer; `said` is its excerpt, `hold_for` its Retry-After."""
    detail = f"status {status}: {said}" if said else f"status {status}"
    if 200 <= status <= 299:
        return Delivered(detail=detail)
    if status == _GONE:
        return Refused(detail=detail, closes_channel=True)
    cause, may_have_arrived = _cause(status), is_ambiguous(status)
    if status == _TOO_MANY or (cause is Cause.TEMPORARY and hold_for is not None):
        hold = hold_for if hold_for is not None else first_hold(attempt)
        return Retry(detail=detail, cause=Cause.RATE_LIMITED, retry_after=hold, is_ambiguous=may_have_arrived)
    return Retry(detail=detail, cause=cause, is_ambiguous=may_have_arrived)


def failed(failing: Failing, detail: str) -> Outcome:
    """The outcome of an attempt without an answer."""
    if failing is Failing.FORBIDDEN:
        return Refused(detail=detail)
    return Retry(
        detail=detail, cause=_FAILING_CAUSES.get(failing, Cause.TEMPORARY), is_ambiguous=failing is Failing.LOST
    )


def is_ambiguous(status: int) -> bool:
    """Whether somebody in between gave this answer, so that the receiver may have the message nevertheless."""
    return status in (502, 504) or 520 <= status <= 529 or status < 200


def first_hold(attempt: int) -> timedelta:
    """How long to rest for a limit that names no time: 30 s, doubling, at most an hour."""
    return min(LONGEST_HOLD, FIRST_HOLD * (1 << min(max(attempt - 1, 0), 10)))


def parse_retry_after(values: list[str], now: datetime) -> timedelta | None:
    """How long a Retry-After asks to wait: seconds or an HTTP date; the longest of several, 0 to 1 h.

    None where there is none that can be read.
    """
    waits = [wait for value in values if (wait := _wait(value.strip(), now)) is not None]
    return min(max(waits), LONGEST_HOLD) if waits else None


def _wait(value: str, now: datetime) -> timedelta | None:
    if _DIGITS.fullmatch(value):
        return timedelta(seconds=min(float(value), LONGEST_HOLD.total_seconds()))
    try:
        return max(timedelta(0), parsedate_to_datetime(value) - now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _cause(status: int) -> Cause:
    if status in CONTENT:
        return Cause.CONTENT
    if status in PASSING or status < 200 or 500 <= status <= 599:
        return Cause.NEEDS_PERSON if status == 511 or status < 100 else Cause.TEMPORARY
    return Cause.NEEDS_PERSON


_FAILING_CAUSES = {
    Failing.UNKNOWN_HOST: Cause.NEEDS_PERSON,
    Failing.BAD_CERTIFICATE: Cause.NEEDS_PERSON,
    Failing.BROKEN: Cause.CONTENT,
}
