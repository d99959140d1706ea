"""What an HTTP answer means, over every status there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerter.channels.classify import Failing, answered, failed, first_hold, parse_retry_after
from alerter.domain.notices.outcome import Cause, Delivered, Outcome, Refused, Retry

NOW = datetime(2025, 11, 3, 12, tzinfo=UTC)
CONTENT = {400, 405, 406, 411, 413, 414, 415, 417, 422, 431, 501, 505}


def expected_class(status: int) -> str:
    """The class of the table, written down a second time and in its own order."""
    if 200 <= status < 300:
        return "ok"
    if status == 410:
        return "gone"
    if status == 429:
        return "rate-limited"
    if status in CONTENT:
        return "content"
    if status in (408, 425) or status < 200 or (500 <= status < 600 and status != 511):
        return "temporary"
    return "needs-person"


def class_of(outcome: Outcome) -> str:
    """The class of an outcome."""
    match outcome:
        case Delivered():
            return "ok"
        case Refused(closes_channel=True):
            return "gone"
        case Retry(cause=cause):
            return str(cause)
    return "refused"


@pytest.mark.parametrize("status", range(100, 1000))
def test_b14_every_status_has_its_class(status: int) -> None:
    """All 900 statuses are classified as the table says."""
    assert class_of(answered(status, "")) == expected_class(status)


@pytest.mark.parametrize("status", [101, 502, 504, 520, 524, 527])
def test_answers_of_those_in_between_are_ambiguous(status: int) -> None:
    """Where a gateway answered the receiver may have the message."""
    outcome = answered(status, "")
    assert isinstance(outcome, Retry)
    assert outcome.is_ambiguous


@pytest.mark.parametrize(("status", "is_ambiguous"), [(408, False), (500, False), (503, False), (504, True)])
def test_what_passes_by_itself_with_a_time_is_a_limit(status: int, is_ambiguous: bool) -> None:
    """Retry-After holds the channel as with 429."""
    outcome = answered(status, "", hold_for=timedelta(seconds=7))
    assert outcome == Retry(
        detail=f"status {status}",
        cause=Cause.RATE_LIMITED,
        retry_after=timedelta(seconds=7),
        is_ambiguous=is_ambiguous,
    )


@pytest.mark.parametrize("status", [301, 401, 404])
def test_what_a_person_must_mend_is_no_limit_whatever_time_it_names(status: int) -> None:
    """It does not pass by then."""
    assert class_of(answered(status, "", hold_for=timedelta(seconds=7))) == "needs-person"


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 30), (2, 60), (3, 120), (50, 3600)])
def test_limit_without_a_time_doubles(attempt: int, seconds: int) -> None:
    """429 without Retry-After rests 30 s, doubling up to an hour."""
    assert first_hold(attempt) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        (["120"], 120),
        ([" 1.5 "], 1.5),
        (["Mon, 03 Nov 2025 12:02:00 GMT"], 120),
        (["Mon, 03 Nov 2025 11:00:00 GMT"], 0),
        (["1000000000"], 3600),
        (["9" * 5000], 3600),
        (["Mon, 03 Nov 2035 12:02:00 GMT"], 3600),
        (["10", "20"], 20),
        (["abc", "20"], 20),
    ],
)
def test_b16_retry_after_is_read_and_bounded(values: list[str], seconds: float) -> None:
    """Seconds and dates are understood, the past is now, an hour is the most, the longest of several counts."""
    assert parse_retry_after(values, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("values", [[], [""], ["abc"], ["-5"], ["1e9"], ["Mon, 99 Nov 2025 12:02:00 GMT"], ["\u0661"]])
def test_b16_garbage_in_retry_after_is_ignored(values: list[str]) -> None:
    """What cannot be read counts as absent."""
    assert parse_retry_after(values, NOW) is None


@pytest.mark.parametrize(
    ("failing", "expected"),
    [
        (Failing.UNREACHED, Retry(detail="x")),
        (Failing.LOST, Retry(detail="x", is_ambiguous=True)),
        (Failing.UNKNOWN_HOST, Retry(detail="x", cause=Cause.NEEDS_PERSON)),
        (Failing.BAD_CERTIFICATE, Retry(detail="x", cause=Cause.NEEDS_PERSON)),
        (Failing.BROKEN, Retry(detail="x", cause=Cause.CONTENT)),
        (Failing.FORBIDDEN, Refused(detail="x")),
    ],
)
def test_lack_of_an_answer_has_its_class(failing: Failing, expected: Outcome) -> None:
    """Each way of getting no answer has an outcome."""
    assert failed(failing, "x") == expected
