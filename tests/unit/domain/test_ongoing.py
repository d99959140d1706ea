"""What a changed plan adds for a deadline that has been known for long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from alerter.domain.dates.calendar import BusinessCalendar
from alerter.domain.decisions.handover import meet, weigh
from alerter.domain.decisions.record import Known
from alerter.domain.notices.notice import Kind
from tests.watching import at, deadline, watch_list

FIRST_SEEN = datetime(2005, 1, 1, tzinfo=UTC)


def test_a_changed_plan_looks_at_no_years_of_a_series_that_were_told() -> None:
    """After the last that the channel had nothing is missing before; so a reload takes no longer with the years."""
    asked: set[date] = set()

    def is_holiday(day: date) -> bool:
        asked.add(day)
        return False

    calendar = BusinessCalendar(name="asked", is_holiday=is_holiday)
    due = datetime.fromisoformat("2005-01-03T09:00")
    series = replace(deadline(due=due, leads=("1bd", "2h"), repeat="FREQ=WEEKLY"), calendar=calendar)
    channels = watch_list(series).channels
    now = at("11-09 12:00")
    met = meet(series, channels, FIRST_SEEN, planned_until=now, joined={"desk": FIRST_SEEN})
    told = {("desk", Kind.UPCOMING): at("11-03 07:00"), ("desk", Kind.DUE): at("11-03 09:00")}
    known = Known(record=replace(met, fingerprint="another", due_at=at("11-10 09:00")), latest=told)
    asked.clear()
    decision = weigh(series, channels, known, now=now, until=at("11-09 12:01"))
    assert [entry.notice.lead for entry in decision.entries] == ["1bd"]
    assert min(asked).year == 2025
