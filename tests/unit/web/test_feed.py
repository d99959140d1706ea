"""The calendar feed says what is due as calendar programs understand it, and can be read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import recurring_ical_events
from icalendar import Calendar

from alerter.channels.registry import channel_types
from alerter.config.importing.files import import_file
from alerter.config.load import load
from alerter.domain.dates.zone import load_zone
from alerter.domain.decisions.record import Action, Known, Record
from alerter.domain.planning.deadline import Certainty, Deadline, Status
from alerter.domain.planning.due import occurrences
from alerter.domain.planning.lead import parse_lead
from alerter.web.calendar.feed import make_feed
from tests.watching import deadline

NOW = datetime(2025, 9, 10, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
NEW_YORK = load_zone("America/New_York")


def truce(due: str = "2025-11-10T00:01:00", **more: Any) -> Deadline:
    """A deadline with a time, in New York."""
    plain = deadline("truce", datetime.fromisoformat(due))
    return replace(plain, zone=NEW_YORK, leads=(parse_lead("7d"), parse_lead("0"), parse_lead("+1d")), **more)


def report_day(**more: Any) -> Deadline:
    """A deadline that has only a day, and falls due at 17:00 of Madrid."""
    plain = deadline("report", date(2025, 10, 15))
    return replace(plain, zone=load_zone("Europe/Madrid"), due_time=time(17), leads=(parse_lead("1d"),), **more)


def known(name: str, *actions: Action, moves: int = 0) -> dict[str, Known]:
    """What a ledger would say of it."""
    record = Record(
        deadline=name,
        title="x",
        status=Status.OPEN,
        due_key="k",
        due_at=NOW,
        first_seen_at=LONG_AGO,
        since=LONG_AGO,
        planned_until=NOW,
        fingerprint="",
        move_count=moves,
    )
    return {name: Known(record=record, actions=actions)}


def events_of(content: bytes) -> list[Any]:
    """The events of a calendar."""
    return list(Calendar.from_ical(content).walk("VEVENT"))


def test_a_due_date_stands_in_its_own_zone_with_an_alarm_for_each_lead() -> None:
    """Leads after the due instant are not what a calendar warns of."""
    [event] = events_of(make_feed([truce()], {}, NOW))
    start = event["DTSTART"]
    triggers = [alarm["TRIGGER"].to_ical().decode() for alarm in event.walk("VALARM")]
    assert (start.params["TZID"], start.dt.isoformat()) == ("America/New_York", "2025-11-10T00:01:00-05:00")
    assert triggers == ["-P7D", "P0D"]


def test_a_day_is_an_all_day_event() -> None:
    """Its alarms count from the midnight of its own zone, as calendar programs do."""
    [event] = events_of(make_feed([report_day()], {}, NOW))
    start = event["DTSTART"]
    assert (start.dt, [alarm["TRIGGER"].to_ical() for alarm in event.walk("VALARM")]) == (
        date(2025, 10, 15),
        [b"-PT15H"],
    )


def test_a_moved_date_keeps_its_uid_and_raises_its_sequence() -> None:
    """So calendar programs move the entry, and do not keep two."""
    [before] = events_of(make_feed([truce()], known("truce"), NOW))
    [after] = events_of(make_feed([truce("2025-12-01T00:01:00")], known("truce", moves=1), NOW))
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)


def test_what_is_void_is_cancelled_and_what_is_unsure_tentative() -> None:
    """Calendar programs strike out the one and hatch the other."""
    void, unsure = truce(status=Status.VOID), report_day(certainty=Certainty.TENTATIVE)
    assert [event["STATUS"] for event in events_of(make_feed([void, unsure], {}, NOW))] == ["CANCELLED", "TENTATIVE"]


def test_what_a_person_closed_says_so_and_rings_no_more() -> None:
    """The feed follows the ledger as the messages do."""
    key = "2025-11-10T00:01:00[America/New_York]"
    done = Action(ordinal=1, at=NOW, deadline="truce", due_key=key, action="close", status=Status.MET)
    [event] = events_of(make_feed([truce()], known("truce", done), NOW))
    assert (event["SUMMARY"].endswith("(met)"), list(event.walk("VALARM"))) == (True, [])


@pytest.mark.parametrize("link", ["javascript:alert(1)", "binder 3\nshelf 2"])
def test_only_a_web_address_can_be_followed(link: str) -> None:
    """Anything else is told with the note; a line break in an address does no harm."""
    [event, linked] = events_of(make_feed([truce(link=link), report_day(link="https://example.org/a\n")], {}, NOW))
    assert (event.get("URL"), event["DESCRIPTION"].splitlines()[0]) == (None, f"Link: {link}".splitlines()[0])
    assert (linked["URL"], linked.get("DESCRIPTION")) == ("https://example.org/a", None)


def test_a_series_lists_its_occurrences() -> None:
    """Each with a UID of its own; other libraries see them all."""
    weekly = replace(deadline("review", date(2025, 9, 15)), repeat="FREQ=WEEKLY;COUNT=4")
    content = make_feed([weekly], {}, NOW)
    found = recurring_ical_events.of(Calendar.from_ical(content)).between(NOW, datetime(2025, 12, 1, tzinfo=UTC))
    assert sorted(event["DTSTART"].dt.day for event in found) == [6, 15, 22, 29]
    assert len({event["UID"] for event in events_of(content)}) == 4


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "FREQ=HOURLY"])
def test_however_often_it_comes_what_is_next_is_listed(rule: str) -> None:
    """What has passed does not use up the room."""
    begun = replace(deadline("report", datetime.fromisoformat("2024-01-01T12:00")), repeat=rule)
    days = [event["DTSTART"].dt for event in events_of(make_feed([begun], {}, NOW))]
    following = list(islice(occurrences(begun, NOW, NOW + timedelta(days=30)), 20))
    assert [due.at for due in following] == [day for day in days if day >= NOW][:20]
    assert min(days) < NOW


def test_two_occurrences_on_one_day_are_two_events() -> None:
    """Programs take what has the same UID for the same, and show one; the first has the name it would have alone."""
    first = deadline("report", datetime.fromisoformat("2025-09-15T09:00"))
    twice = replace(first, repeat="FREQ=DAILY;BYHOUR=9,17;COUNT=4")
    assert [str(event["UID"]) for event in events_of(make_feed([twice], {}, NOW))] == [
        "report.20250915@alerter",
        "report.20250915T170000@alerter",
        "report.20250916@alerter",
        "report.20250916T170000@alerter",
    ]


def test_the_feed_imported_gives_the_same_instants(tmp_path: Path) -> None:
    """Zones, days, due times, the second of two equal hours and ids survive the way there and back."""
    folded = replace(truce(), id="folded", due=datetime.fromisoformat("2025-11-02T01:30:00").replace(fold=1))
    aoe = replace(report_day(), id="anywhere", zone=load_zone("AoE"))
    weekly = replace(report_day(), id="weekly", repeat="FREQ=WEEKLY;COUNT=3")
    given = [truce(), report_day(), folded, aoe, weekly]
    feed, taken = tmp_path / "feed.ics", tmp_path / "taken.toml"
    feed.write_bytes(make_feed(given, {}, NOW))
    text, _, _ = import_file(feed)
    taken.write_text(text, encoding="utf-8")
    loaded = load([taken], channel_types=channel_types(), environ={}, secrets=False, now=NOW)
    assert loaded.watch_list is not None, loaded.problems
    assert _instants(loaded.watch_list.deadlines.values()) == _instants(given)
    assert {"truce", "report", "folded", "anywhere", "weekly"} <= loaded.watch_list.deadlines.keys()


def test_the_feed_imported_gives_what_became_of_each(tmp_path: Path) -> None:
    """Closed in the file or by a person: under its own title, in brackets or not."""
    dated = [replace(report_day(status=status), id=status.value, title="Report (met)") for status in Status]
    done = Action(ordinal=1, at=NOW, deadline="by-hand", due_key="2025-10-15", action="close", status=Status.LAPSED)
    feed, taken = tmp_path / "feed.ics", tmp_path / "taken.toml"
    feed.write_bytes(make_feed([*dated, replace(report_day(), id="by-hand")], known("by-hand", done), NOW))
    taken.write_text(import_file(feed)[0], encoding="utf-8")
    loaded = load([taken], channel_types=channel_types(), environ={}, secrets=False, now=NOW)
    assert loaded.watch_list is not None, loaded.problems
    assert {name: (one.title, one.status) for name, one in loaded.watch_list.deadlines.items()} == {
        **{status.value: ("Report (met)", status) for status in Status},
        "by-hand": (report_day().title, Status.LAPSED),
    }


def _instants(deadlines: Any) -> list[datetime]:
    end = datetime(2027, 1, 1, tzinfo=UTC)
    return sorted(due.at for one in deadlines for due in occurrences(one, LONG_AGO, end))
