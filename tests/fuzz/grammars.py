"""Small languages: any text is read to a value that writes itself the same, or refused in one way."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from alerter.config.fields import LONGEST, parse_duration, parse_rate
from alerter.domain.dates.cron import CronError, ticks
from alerter.domain.dates.recurrence import RuleError, check_rule, expand
from alerter.domain.dates.zone import load_zone
from alerter.domain.planning.lead import LeadError, parse_lead, parse_offset
from tests.fuzz.target import Target

MADRID = load_zone("Europe/Madrid")
START = datetime(2025, 9, 15, tzinfo=UTC)
DUES = (datetime(2025, 3, 30, 2, 30), datetime(2024, 2, 29), datetime(1990, 1, 1), datetime(9999, 12, 31, 23, 59))  # noqa: DTZ001 - local times

noise = st.text(max_size=30)
numbers = st.one_of(
    st.integers(-2, 400).map(str), st.sampled_from(["", "00", "٣", "9" * 400, "1e9", "-1", "+1", "0.5"])
)


def pieces(*parts: str) -> st.SearchStrategy[str]:
    """Texts of these parts and of numbers, in any order."""
    return st.lists(st.one_of(st.sampled_from(parts), numbers), max_size=10).map("".join)


def check_lead(text: str) -> None:
    """A lead reads back from its own spelling, and has bounds in order; an offset is a lead."""
    try:
        lead = parse_lead(text)
    except LeadError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - both ways are fine
        return
    assert parse_lead(lead.text) == lead
    assert lead.earliest <= lead.latest
    try:
        assert parse_offset(text) == lead
    except LeadError:
        assert lead.after or lead.at is not None


def check_length(text: str) -> None:
    """A duration is nothing to a hundred years, a rate is more than nothing."""
    with suppress(PydanticCustomError):
        assert timedelta(0) <= parse_duration(text) <= LONGEST
    with suppress(PydanticCustomError):
        assert parse_rate(text) > 0


def check_recurrence(case: tuple[str, int]) -> None:
    """A rule gives rising dates from the due date on, or is refused."""
    rule, number = case
    due = DUES[number] if number < len(DUES) else DUES[0].date()
    try:
        check_rule(rule, due, MADRID)
        found = list(islice(expand(rule, due, MADRID, START.date()), 5))
    except RuleError:
        return
    assert all(earlier < later for earlier, later in pairwise(found)), found


def check_ticks(text: str) -> None:
    """A cron expression gives rising instants in the stretch asked for, or is refused."""
    end = START + timedelta(days=3)
    try:
        found = ticks(text, MADRID, START, end)
    except CronError:
        return
    assert all(START <= each < end for each in found)
    assert all(earlier < later for earlier, later in pairwise(found))


_leads = pieces("m", "h", "d", "w", "mo", "y", "bd", "+", "@", " @ ", " ", "08:30", "24:00", ":", "\n", "\x00")
_lengths = pieces("s", "m", "h", "d", "w", " ", ".", "/", "/s", "/m", "-")
_rules = pieces(
    "FREQ=", "YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "SECONDLY", ";", ";", ";", "=", ",", "INTERVAL=",
    "COUNT=", "UNTIL=",
    "20300101", "20300101T000000Z", "BYDAY=", "MO", "-1FR", "BYMONTH=", "BYMONTHDAY=", "BYYEARDAY=", "BYWEEKNO=",
    "BYSETPOS=",
    "BYHOUR=", "BYEASTER=", "WKST=SU", "RRULE:", "DTSTART:", "EXDATE:", "\n",
)  # fmt: skip
_likely_rules = st.tuples(
    st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]),
    st.lists(
        st.tuples(
            st.sampled_from(
                ["INTERVAL", "COUNT", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "WKST",
                "UNTIL"]
            ),
            st.one_of(numbers, st.sampled_from(["MO", "-1FR,2TU", "SU", "-1", "1,15,-1", "29", "2", "20300101",
            "20991231T000000Z"])),
        ),
        max_size=4,
    ),
).map(lambda rule: ";".join([f"FREQ={rule[0]}", *(f"{name}={value}" for name, value in rule[1])]))  # fmt: skip
_fields = st.one_of(
    st.sampled_from(
        ["*", "*/5", "1-5", "mon", "L", "1#2", "0", "31", "2", "jan", "5L", "LW", "?", "*/0", "59-1", "1,2,"]
    ),
    numbers,
    noise,
)
_crons = st.one_of(noise, st.lists(_fields, min_size=4, max_size=6).map(" ".join))

TARGETS = (
    Target(name="leads and offsets", values=st.one_of(noise, _leads), check=check_lead),
    Target(name="durations and rates", values=st.one_of(noise, _lengths), check=check_length),
    Target(
        name="recurrence rules",
        values=st.tuples(st.one_of(noise, _rules, _likely_rules), st.integers(0, len(DUES))),
        check=check_recurrence,
    ),
    Target(name="cron expressions", values=_crons, check=check_ticks),
)
