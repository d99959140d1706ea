"""Times, stretches and lengths of time in options."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from alerter.cli.failure import UNUSABLE, Failure
from alerter.cli.times import Span, parse_duration, parse_span, parse_time, split_assignment
from alerter.domain.dates.zone import load_zone

at = partial(datetime, tzinfo=UTC)
NOW = datetime(2025, 10, 30, 16, 30, tzinfo=UTC)  # 12:30 in New York, three days before the clocks go back
NEW_YORK = load_zone("America/New_York")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-09-10", at(2025, 9, 10, 4)),
        ("2025-09-10T09:00", at(2025, 9, 10, 13)),
        ("2025-09-10T09:00:30", at(2025, 9, 10, 13, 0, 30)),
        ("2025-09-10T09:00+02:00", at(2025, 9, 10, 7)),
        ("2025-09-10T09:00Z", at(2025, 9, 10, 9)),
        ("2025-03-09T02:30", at(2025, 3, 9, 7, 30)),
        ("now", NOW),
        ("+90m", at(2025, 10, 30, 18)),
        ("-2h", at(2025, 10, 30, 14, 30)),
        ("+14d", at(2025, 11, 13, 17, 30)),
        ("+1w", at(2025, 11, 6, 17, 30)),
        ("+4mo", at(2026, 2, 28, 17, 30)),
        ("-1y", at(2024, 10, 30, 16, 30)),
    ],
)
def test_a_time_is_read_in_the_configs_zone(text: str, expected: datetime) -> None:
    """Without an offset the config's zone holds, gaps as everywhere; days from now keep the local time of day."""
    assert expected == parse_time(text, option="--from", zone=NEW_YORK, now=NOW)


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2025-13-01", "2025-02-30", "+", "+14", "14d", "+1.5h", "+999999y", "-999999w", "09:00"]
)
def test_what_is_no_time_is_refused_by_option(text: str) -> None:
    """The sentence names the option, what was given and what a time looks like; usage errors are 2."""
    with pytest.raises(Failure, match=r"^--from: .* is no time such as 2025-09-10") as raised:
        parse_time(text, option="--from", zone=NEW_YORK, now=NOW)
    assert raised.value.code == UNUSABLE


def test_a_stretch_has_two_ends() -> None:
    """Both ends may be of any form."""
    span = parse_span("2025-10-30..+1h", option="--down", zone=NEW_YORK, now=NOW)
    assert span == Span(at(2025, 10, 30, 4), at(2025, 10, 30, 17, 30))


@pytest.mark.parametrize("text", ["2025-10-30", "2025-10-30..2025-10-30", "2025-10-31..2025-10-30", "..", "x..y"])
def test_a_stretch_that_does_not_last_is_refused(text: str) -> None:
    """One end, the wrong order, or nothing between."""
    with pytest.raises(Failure, match=r"^--down: "):
        parse_span(text, option="--down", zone=NEW_YORK, now=NOW)


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", timedelta(seconds=90)), ("4h", timedelta(hours=4)), ("2 d", timedelta(days=2))]
)
def test_a_length_of_time_is_one_number_and_a_unit(text: str, expected: timedelta) -> None:
    """Seconds, minutes, hours, days and weeks."""
    assert expected == parse_duration(text, option="--for")


@pytest.mark.parametrize("text", ["", "0h", "4", "h", "1h30m", "-2h", "3bd"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    """A snooze of nothing, or of something unheard of."""
    with pytest.raises(Failure, match=r"^--for: "):
        parse_duration(text, option="--for")


def test_an_assignment_is_split_at_its_first_sign() -> None:
    """A path may hold the sign as well."""
    assert split_assignment("now=a=b", option="--reload", form="T=PATH") == ("now", "a=b")


@pytest.mark.parametrize("text", ["now", "=x", "now=", ""])
def test_half_an_assignment_is_refused(text: str) -> None:
    """Both sides are needed."""
    with pytest.raises(Failure, match="should be T=PATH"):
        split_assignment(text, option="--reload", form="T=PATH")
