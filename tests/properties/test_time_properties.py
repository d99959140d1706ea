"""What holds of plans whatever the deadline, over all zones and the years 1990 to 2060."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, takewhile

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alerter.domain.dates.calendar import WEEKDAYS, BusinessCalendar, Shift, make_calendar
from alerter.domain.dates.cron import ticks
from alerter.domain.dates.recurrence import expand
from alerter.domain.dates.zone import LocalTime, Zone, known_names, load_zone, local_time, to_local, to_utc
from alerter.domain.decisions.handover import begin_ahead, weigh
from alerter.domain.notices.notice import Kind
from alerter.domain.planning.channel import Channel, Quiet
from alerter.domain.planning.deadline import Deadline, Escalation, Overdue, Severity, Status
from alerter.domain.planning.due import due_key, latest_due, next_due, normalise_due, occurrences, sole_due
from alerter.domain.planning.duedate import EARLIEST
from alerter.domain.planning.lead import Lead, parse_lead
from alerter.domain.planning.plan import next_at, plan, plan_fingerprint, quiet_until

PROFILE = settings(max_examples=150, derandomize=True, database=None)
US = make_calendar("us", "US", closed=[date(2025, 11, 28)])

zones = st.sampled_from(sorted(known_names())).map(load_zone)
days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 45, 59]))
date_times = st.builds(datetime.combine, days, clocks)
instants = date_times.map(lambda at: at.replace(tzinfo=UTC))
calendars: st.SearchStrategy[BusinessCalendar] = st.sampled_from([WEEKDAYS, US])
shifts = st.sampled_from(list(Shift))


@st.composite
def leads(draw: st.DrawFn) -> Lead:
    """A lead of any unit, direction and time of day."""
    unit = draw(st.sampled_from(["m", "h", "d", "w", "mo", "y", "bd"]))
    count = draw(st.integers(0, {"m": 5000, "h": 200, "d": 90, "w": 12, "mo": 14, "y": 3, "bd": 30}[unit]))
    text = draw(st.sampled_from(["", "+"])) + f"{count}{unit}"
    at = draw(clocks) if unit not in ("m", "h") and draw(st.booleans()) else None
    return parse_lead(text + (f" @ {at:%H:%M}" if at else ""))


@st.composite
def quiets(draw: st.DrawFn) -> Quiet | None:
    """Quiet hours, at times covering days or everything."""
    if draw(st.booleans()):
        return None
    night = draw(st.none() | st.tuples(clocks, clocks))
    start, end = night or (None, None)
    return Quiet(start=start, end=end, days=draw(st.frozensets(st.integers(0, 6), max_size=7)))


@st.composite
def channel_sets(draw: st.DrawFn) -> dict[str, Channel]:
    """Channels a, b and c in zones of their own."""
    return {
        name: Channel(name=name, type="console", zone=draw(zones), quiet=draw(quiets())) for name in ("a", "b", "c")
    }


rules = st.sampled_from(
    [
        "FREQ=DAILY;INTERVAL=2",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;INTERVAL=3",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;INTERVAL=5;COUNT=7",
        "FREQ=YEARLY",
        "FREQ=DAILY;COUNT=9",
    ]
)


@st.composite
def deadlines(draw: st.DrawFn, *, repeats: bool = True) -> Deadline:
    """A deadline with any of the settings that shape a plan."""
    zone = draw(zones)
    periods = st.sampled_from([timedelta(hours=7), timedelta(days=1), timedelta(days=7), timedelta(days=14)])
    overdue = st.builds(Overdue, every=periods, times=st.none() | st.integers(1, 5))
    escalations = st.builds(Escalation, lead=leads(), channels=st.sampled_from([("b",), ("c", "a"), ("b", "unknown")]))
    due: date | datetime = draw(days | date_times)
    return Deadline(
        id="one",
        title="One",
        due=normalise_due(due, zone),
        zone=zone,
        leads=tuple(draw(st.lists(leads(), max_size=6))),
        channels=draw(st.sampled_from([("a",), ("a", "b"), ("b", "unknown")])),
        calendar=draw(calendars),
        notify_at=draw(clocks),
        due_time=draw(clocks),
        severity=draw(st.sampled_from([Severity.NORMAL, Severity.CRITICAL])),
        roll=draw(shifts),
        day_shift=draw(shifts),
        repeat=draw(st.none() | rules) if repeats else None,
        opens=draw(st.none() | days),
        checked=draw(st.none() | days),
        recheck_after=draw(st.none() | periods),
        overdue=draw(st.none() | overdue),
        escalate=tuple(draw(st.lists(escalations, max_size=2))),
    )


def near(deadline: Deadline, days_before: int, days_after: int) -> tuple[datetime, datetime]:
    """A stretch of time round the due date."""
    due = next_due(deadline, datetime(1980, 1, 1, tzinfo=UTC))
    at = due.at if due else datetime(2000, 1, 1, tzinfo=UTC)
    return at - timedelta(days=days_before), at + timedelta(days=days_after)


@given(deadline=deadlines(), channels=channel_sets(), seed=st.randoms(use_true_random=False))
@PROFILE
def test_a_plan_does_not_depend_on_the_order_of_leads_and_channels(
    deadline: Deadline, channels: dict[str, Channel], seed: random.Random
) -> None:
    """Shuffling what the configuration lists changes neither the plan nor its fingerprint."""
    start, end = near(deadline, 40, 40)
    mixed = replace(
        deadline,
        leads=tuple(seed.sample(deadline.leads, len(deadline.leads))),
        channels=tuple(reversed(deadline.channels)),
        escalate=tuple(reversed(deadline.escalate)),
    )
    mixed_channels = dict(reversed(channels.items()))
    expected = plan(deadline, channels, start, end)
    assert expected == plan(mixed, mixed_channels, start, end)
    assert plan_fingerprint(deadline, channels) == plan_fingerprint(mixed, mixed_channels)


@given(
    deadline=deadlines(),
    channels=channel_sets(),
    first=st.integers(0, 60 * 24 * 60),
    second=st.integers(0, 5 * 24 * 60),
)
@PROFILE
def test_plans_of_adjoining_stretches_add_up(
    deadline: Deadline, channels: dict[str, Channel], first: int, second: int
) -> None:
    """The plan of [a, b) and that of [b, c) are together the plan of [a, c)."""
    start, _ = near(deadline, 40, 0)
    middle = start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    expected = plan(deadline, channels, start, end)
    assert expected == plan(deadline, channels, start, middle) + plan(deadline, channels, middle, end)


@given(deadline=deadlines(), channels=channel_sets(), back=st.integers(0, 400))
@PROFILE
def test_the_next_instant_is_that_of_the_plans_first_notice(
    deadline: Deadline, channels: dict[str, Channel], back: int
) -> None:
    """`next_at` and `plan` always agree."""
    start, _ = near(deadline, back, 0)
    actual = next_at(deadline, channels, start)
    end = start + timedelta(days=700) if actual is None else actual + timedelta(microseconds=1)
    expected = plan(deadline, channels, start, min(end, start + timedelta(days=700)))
    assume(actual is None or actual < start + timedelta(days=700))
    assert (expected[0].at if expected else None) == actual


@given(
    deadline=deadlines(),
    channels=channel_sets(),
    status=st.sampled_from([*[Status.OPEN] * 5, Status.MET]),
    days_before=st.integers(-30, 1200),
    seen_before=st.integers(0, 40),
)
@settings(PROFILE, max_examples=400)
def test_what_is_new_and_lies_ahead_is_met_as_if_everything_had_been_looked_at(
    deadline: Deadline, channels: dict[str, Channel], status: Status, days_before: int, seen_before: int
) -> None:
    """The short way of meeting a deadline decides as the long one does, wherever it decides at all."""
    deadline = replace(deadline, status=status)
    now, _ = near(deadline, days_before, 0)
    until, seen_at = now + timedelta(seconds=1), now - timedelta(days=seen_before)
    begun = begin_ahead(deadline, channels, seen_at, until)
    weighed = weigh(deadline, channels, None, now=now, until=until, seen_at=seen_at)
    assert begun in (None, weighed)
    if not weighed.entries and deadline.repeat is None and status is Status.OPEN:
        assert begun is not None or weighed.record.planned_until != next_at(deadline, channels, EARLIEST)


@given(deadline=deadlines(repeats=False), channels=channel_sets())
@PROFILE
def test_what_says_before_is_never_after_the_due_instant(deadline: Deadline, channels: dict[str, Channel]) -> None:
    """Leads and openings come no later than the due instant, held or not; overdue ones no earlier."""
    start, end = near(deadline, 1500, 1500)
    for notice in plan(deadline, channels, start, end):
        assert notice.due_at is not None
        if notice.kind in (Kind.UPCOMING, Kind.OPENS, Kind.RECHECK):
            assert notice.nominal_at <= notice.due_at
            assert notice.held is None or notice.at < notice.due_at or notice.nominal_at == notice.due_at
        if notice.kind is Kind.OVERDUE:
            assert notice.at >= notice.nominal_at >= notice.due_at


@given(deadline=deadlines(), channels=channel_sets())
@PROFILE
def test_a_hold_delays_and_never_touches_the_critical(deadline: Deadline, channels: dict[str, Channel]) -> None:
    """A held notice goes out later than it wanted to, within nine days, and a critical one at its own time."""
    start, end = near(deadline, 60, 60)
    for notice in plan(deadline, channels, start, end):
        assert timedelta() <= notice.at - notice.nominal_at <= timedelta(days=9)
        assert (notice.held is not None) == (notice.at != notice.nominal_at)
        assert notice.held is None or deadline.severity is not Severity.CRITICAL


@given(zone=zones, due=date_times, count=st.integers(1, 400), unit=st.sampled_from(["d", "w", "mo"]))
@PROFILE
def test_a_day_grained_lead_keeps_the_wall_clock_time(zone: Zone, due: datetime, count: int, unit: str) -> None:
    """Days, weeks and months before have the due time's own reading of the clock, unless that does not exist."""
    deadline = plain(normalise_due(due, zone), zone, f"{count}{unit}")
    local = sole_due(deadline).local
    assert isinstance(local, datetime)
    notice = plan(deadline, CHANNELS, datetime(1900, 1, 1, tzinfo=UTC), datetime(2070, 1, 1, tzinfo=UTC))[0]
    shown = to_local(notice.nominal_at, zone)
    wanted = datetime.combine(shown.date(), local.time())
    if notice.nominal_at < to_utc(local, zone) and shown.time() != local.time():
        possible = [wanted, wanted - timedelta(days=1)]
        assert LocalTime.GAP in [local_time(each, zone) for each in possible]
    else:
        assert shown.time().replace(fold=0) == local.time().replace(fold=0)


@given(zone=zones, at=instants)
@PROFILE
def test_an_instant_has_one_key_however_it_is_spelled(zone: Zone, at: datetime) -> None:
    """A local time, an offset and UTC spell the same due date, with the same key and instant."""
    local = normalise_due(at, zone)
    assert isinstance(local, datetime)
    keys = {
        due_key(normalise_due(each, zone), zone)
        for each in (local, at, at.astimezone(load_zone("Asia/Kolkata").info), at.astimezone(zone.info))
    }
    assert len(keys) == 1
    assert to_utc(local, zone) == at


@given(zone=zones, due=date_times, rule=st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY;BYMONTHDAY=-1,1"]))
@PROFILE
def test_a_series_keeps_its_wall_clock_time(zone: Zone, due: datetime, rule: str) -> None:
    """Each date of a series has the first one's reading of the clock, unless that does not exist."""
    local = normalise_due(due, zone)
    assert isinstance(local, datetime)
    deadline = plain(local, zone, "0", repeat=rule)
    start = to_utc(local, zone)
    for each in occurrences(deadline, start, start + timedelta(days=400)):
        assert isinstance(each.local, datetime)
        wanted = datetime.combine(each.local.date(), local.time())
        before = wanted - timedelta(days=1)
        is_skipped = LocalTime.GAP in (local_time(wanted, zone), local_time(before, zone))
        assert is_skipped or each.local.time() == local.time()


@given(deadline=deadlines(), after=instants)
@PROFILE
def test_due_dates_come_in_order_and_once(deadline: Deadline, after: datetime) -> None:
    """Occurrences rise in instant, repeat no key, and agree with the next and the latest of them."""
    start, end = near(deadline, 10, 200)
    found = list(occurrences(deadline, start, end))
    assert len(found) == len({due.key for due in found})
    assert all(one.at <= other.at for one, other in pairwise(found))
    following = next_due(deadline, after)
    earlier = latest_due(deadline, after)
    if deadline.repeat is not None:
        assert following is None or following.at >= after
        assert earlier is None or earlier.at <= after
    if earlier is not None and following is not None and earlier.at < after:
        assert list(occurrences(deadline, earlier.at + timedelta(microseconds=1), min(following.at, after))) == []


@given(
    due=days | date_times,
    ahead=st.integers(0, 4000),
    rule=st.sampled_from(
        [
            "FREQ=DAILY",
            "FREQ=DAILY;INTERVAL=3;BYDAY=MO,FR",
            "FREQ=WEEKLY;INTERVAL=2",
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,TU",
            "FREQ=MONTHLY",
            "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR",
            "FREQ=MONTHLY;BYMONTH=1,6",
            "FREQ=YEARLY",
            "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1,53",
            "FREQ=YEARLY;BYMONTH=3",
            "FREQ=YEARLY;BYDAY=MO;BYSETPOS=2",
            "FREQ=YEARLY;UNTIL=20300101T000000Z",
        ]
    ),
)
@PROFILE
def test_expanding_from_later_on_leaves_nothing_out(due: date | datetime, ahead: int, rule: str) -> None:
    """A rule expanded from a later day gives the same dates from there as one expanded from its first."""
    zone = load_zone("Europe/Madrid")
    first = due.date() if isinstance(due, datetime) else due
    start, end = first + timedelta(days=ahead), first + timedelta(days=ahead + 800)
    full = [each for each in takewhile(lambda each: each.date() < end, expand(rule, due, zone)) if each.date() >= start]
    short = takewhile(lambda each: each.date() < end, expand(rule, due, zone, start))
    assert full == [each for each in short if each.date() >= start]


@given(
    due=st.dates() | st.datetimes(),
    zone=zones,
    text=st.from_regex(r"\+?[0-9]{1,30}(m|h|d|w|mo|y|bd)", fullmatch=True),
    after=st.datetimes(),
)
@PROFILE
def test_nothing_overflows(due: date | datetime, zone: Zone, text: str, after: datetime) -> None:
    """Dates and leads at the ends of the calendar give a plan, be it an empty one."""
    try:
        local = normalise_due(due, zone)
    except ValueError:
        assume(False)  # refused when the configuration is read
    deadline = plain(local, zone, text, calendar=WEEKDAYS, overdue=Overdue(every=timedelta(days=30), times=None))
    at = after.replace(tzinfo=UTC)
    found = next_at(deadline, CHANNELS, at)
    assert found is None or found >= at
    assert plan(deadline, CHANNELS, at, at) == []


@given(quiet=quiets(), zone=zones, at=instants)
@PROFILE
def test_quiet_hours_end_outside_themselves(quiet: Quiet | None, zone: Zone, at: datetime) -> None:
    """When quiet hours end, nothing holds the message again; only those without an end hold nothing."""
    channel = Channel(name="a", type="console", zone=zone, quiet=quiet)
    until = quiet_until(channel, at)
    assert until >= at
    assert quiet_until(channel, until) == until or until == at


CHANNELS: Mapping[str, Channel] = {
    "a": Channel(name="a", type="console", zone=load_zone("UTC"), quiet=Quiet(start=time(22), end=time(7)))
}


def plain(
    due: date | datetime,
    zone: Zone,
    lead: str,
    *,
    repeat: str | None = None,
    calendar: BusinessCalendar = WEEKDAYS,
    overdue: Overdue | None = None,
) -> Deadline:
    """A deadline with one lead for one channel."""
    return Deadline(
        id="one",
        title="One",
        due=due,
        zone=zone,
        leads=(parse_lead(lead),),
        channels=("a",),
        calendar=calendar,
        repeat=repeat,
        overdue=overdue,
    )


changes_of_clocks = st.sampled_from(
    [
        ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),  # by half an hour
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
        ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # by a day
    ]
)
fields = st.sets(st.integers(0, 23), min_size=1, max_size=4).map(sorted)


@PROFILE
@given(changes_of_clocks, fields, fields, st.lists(st.integers(-3000, 3000), min_size=3, max_size=3).map(sorted))
def test_ticks_are_the_local_times_read_as_due_dates_are(
    change: tuple[str, datetime], minutes: list[int], hours: list[int], bounds: list[int]
) -> None:
    """About any change of the clocks: each instant once, in order, and the same where the stretch is cut in two."""
    name, at = change
    zone = load_zone(name)
    cron = f"{','.join(map(str, minutes))} {','.join(map(str, hours))} * * *"
    start, middle, end = (at + timedelta(minutes=minute) for minute in bounds)
    days_about = [to_local(at, zone).date() + timedelta(days=day) for day in range(-5, 6)]
    read = {
        to_utc(datetime.combine(day, time(hour, minute)), zone)
        for day in days_about
        for hour in hours
        for minute in minutes
    }
    found = ticks(cron, zone, start, end)
    assert found == sorted(instant for instant in read if start <= instant < end)
    assert found == [*ticks(cron, zone, start, middle), *ticks(cron, zone, middle, end)]
