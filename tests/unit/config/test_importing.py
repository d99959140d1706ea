"""Calendars and spreadsheets become deadlines that the configuration takes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerter.channels.registry import channel_types
from alerter.config.importing.cells import DateOrder, find_date_order, read_date
from alerter.config.importing.draft import Draft, ImportProblem, name_all
from alerter.config.importing.files import decode, import_file
from alerter.config.importing.ics import read_ics
from alerter.config.importing.table import read_table
from alerter.config.importing.writing import write_drafts
from alerter.config.load import load

NOW = datetime(2025, 9, 1, tzinfo=UTC)


def calendar(*lines: str, zone: str = "", kind: str = "VEVENT") -> bytes:
    """A calendar with one entry of these lines."""
    head = ["BEGIN:VCALENDAR", *([f"X-WR-TIMEZONE:{zone}"] if zone else []), f"BEGIN:{kind}", "UID:u", "SUMMARY:Thing"]
    return "\r\n".join([*head, *lines, f"END:{kind}", "END:VCALENDAR", ""]).encode()


def local(text: str) -> datetime:
    """A time on the wall clock."""
    return datetime.fromisoformat(text)


def alarm(trigger: str) -> tuple[str, ...]:
    """The lines of an alarm."""
    return ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER{trigger}", "END:VALARM")


def read_one(*lines: str, **facts: str) -> Draft:
    """The only draft of such a calendar."""
    [draft] = read_ics(calendar(*lines, **facts))
    return draft


def problems_of(text: str, folder: Path) -> list[Any]:
    """What `check` says of the text, errors only."""
    file = folder / "imported.toml"
    file.write_text(text, encoding="utf-8")
    loaded = load([file], channel_types=channel_types(), environ={}, secrets=False, now=NOW)
    return [str(problem) for problem in loaded.problems if problem.severity == "error"]


@pytest.mark.parametrize(
    ("lines", "zone", "due", "timezone"),
    [
        (("DTSTART;TZID=America/New_York:20251110T000100",), "", local("2025-11-10T00:01"), "America/New_York"),
        (("DTSTART;TZID=Eastern Standard Time:20251110T0001",), "", None, ""),
        (
            ("DTSTART;TZID=Eastern Standard Time:20251110T000100",),
            "",
            local("2025-11-10T00:01"),
            "America/New_York",
        ),
        (("DTSTART:20251110T050100Z",), "", datetime(2025, 11, 10, 5, 1, tzinfo=UTC), "UTC"),
        (("DTSTART:20251110T050100Z",), "Asia/Tokyo", datetime(2025, 11, 10, 5, 1, tzinfo=UTC), "Asia/Tokyo"),
        (("DTSTART:20251110T000100",), "Asia/Tokyo", local("2025-11-10T00:01"), "Asia/Tokyo"),
        (("DTSTART:20251110T000100",), "", local("2025-11-10T00:01"), ""),
        (("DTSTART;VALUE=DATE:20251110",), "Europe/Madrid", date(2025, 11, 10), "Europe/Madrid"),
        (("DTSTART;VALUE=DATE:20251110",), "", date(2025, 11, 10), ""),
    ],
)
def test_an_entry_falls_due_at_its_start_in_its_own_zone(
    lines: tuple[str, ...], zone: str, due: date | None, timezone: str
) -> None:
    """Whatever way the source names the zone; what cannot be read leaves no date."""
    draft = read_one(*lines, zone=zone)
    assert (draft.due, draft.timezone) == (due, timezone)


def test_a_zone_that_nobody_knows_is_named_in_a_comment() -> None:
    """Otherwise the date would move by hours and nobody would see why."""
    unknown = "DTSTART;TZID=Nowhere/Land:20301110T120000"
    begins = "The source's zone, Nowhere/Land, is not known here: "
    assert begins + "the configuration's counts." in read_one(unknown).remarks
    assert begins + "that of the calendar, Europe/Madrid, counts." in read_one(unknown, zone="Europe/Madrid").remarks


def test_the_second_of_two_equal_times_stays_the_second() -> None:
    """01:30 happens twice on that night; the instant in the source says which."""
    draft = read_one("DTSTART:20251102T063000Z", "X-ALERTER-TIMEZONE:America/New_York")
    assert isinstance(draft.due, datetime)
    assert draft.due.astimezone(UTC) == datetime(2025, 11, 2, 6, 30, tzinfo=UTC)


def test_a_to_do_falls_due_when_it_says_so() -> None:
    """Of a to-do `DUE` counts, and done is done."""
    lines = ("DTSTART:20251101T080000Z", "DUE:20251110T080000Z", "STATUS:COMPLETED")
    draft = read_one(*lines, kind="VTODO")
    assert (draft.due, draft.status) == (datetime(2025, 11, 10, 8, tzinfo=UTC), "met")
    assert read_one("DTSTART;VALUE=DATE:20251101", "DURATION:P9D", kind="VTODO").due == date(2025, 11, 10)


@pytest.mark.parametrize(("line", "status"), [("STATUS:CANCELLED", "void"), ("STATUS:CONFIRMED", "")])
def test_what_was_cancelled_is_void(line: str, status: str) -> None:
    """It stays on record, and sends nothing."""
    assert read_one("DTSTART:20251110T050100Z", line).status == status


def test_a_cancelling_calendar_cancels_all() -> None:
    """`METHOD:CANCEL` is how an invitation is taken back."""
    content = calendar("DTSTART:20251110T050100Z").replace(b"BEGIN:VEVENT", b"METHOD:CANCEL\r\nBEGIN:VEVENT")
    assert [draft.status for draft in read_ics(content)] == ["void"]


@pytest.mark.parametrize(
    ("start", "trigger", "lead"),
    [
        (":20251110T050100Z", ":-P7D", "7d"),
        (":20251110T050100Z", ":-PT1440M", "1d"),
        (":20251110T050100Z", ":-PT2H", "2h"),
        (":20251110T050100Z", ":-PT90M", "90m"),
        (":20251110T050100Z", ":PT0S", "0"),
        (":20251110T050100Z", ":PT1H", "+1h"),
        (":20251110T050100Z", ";VALUE=DATE-TIME:20251109T050100Z", "24h"),
        (";VALUE=DATE:20251110", ":-PT15H", "1d @ 09:00"),
        (";VALUE=DATE:20251110", ":PT9H", "0d @ 09:00"),
        (";VALUE=DATE:20251110", ":-P7D", "7d @ 00:00"),
        (";VALUE=DATE:20251110", ":P1DT9H", "+1d @ 09:00"),
    ],
)
def test_alarms_become_leads(start: str, trigger: str, lead: str) -> None:
    """At the instants that they had; a day-long entry's alarms count from its midnight."""
    assert read_one(f"DTSTART{start}", *alarm(trigger)).leads == (lead,)


def test_an_alarm_before_the_end_counts_from_the_end() -> None:
    """`RELATED=END` is rare, and means what it says."""
    lines = ("DTSTART:20251110T080000Z", "DTEND:20251110T100000Z", *alarm(";RELATED=END:-PT3H"))
    assert read_one(*lines).leads == ("1h",)
    lines = ("DTSTART:20251110T080000Z", "DURATION:PT2H", *alarm(";RELATED=END:-PT3H"))
    assert read_one(*lines).leads == ("1h",)


def test_an_alarm_of_a_to_do_counts_from_its_start_unless_it_says_the_end() -> None:
    """As of any other entry; only where it has no start is there nothing else but the due date."""
    lines = ("DTSTART:20251101T080000Z", "DUE:20251110T080000Z")
    assert read_one(*lines, *alarm(":-PT2H"), kind="VTODO").leads == ("218h",)
    assert read_one(*lines, *alarm(";RELATED=END:-PT2H"), kind="VTODO").leads == ("2h",)
    assert read_one(lines[1], *alarm(":-PT2H"), kind="VTODO").leads == ("2h",)


def test_a_length_that_no_calendar_holds_is_none() -> None:
    """It could end nowhere: the start alone counts."""
    draft = read_one("DTSTART;VALUE=DATE:20251110", "DURATION:P9999999D", *alarm(";RELATED=END:-P1D"))
    assert (draft.due, draft.leads) == (date(2025, 11, 10), ("1d @ 00:00",))


def test_a_rule_is_kept_where_it_can_be_followed() -> None:
    """A start that the rule does not hit gives way to the first date that it does, and stays in a comment."""
    draft = read_one("DTSTART;VALUE=DATE:20251104", "RRULE:FREQ=WEEKLY;BYDAY=MO")
    assert (draft.due, draft.repeat) == (date(2025, 11, 10), "FREQ=WEEKLY;BYDAY=MO")
    assert draft.remarks[-1].startswith("The source's first date, 2025-11-04, is none of its rule's")
    assert read_one("DTSTART:20251103T080000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO").remarks == ("UID: u",)


def test_a_rule_that_cannot_be_followed_is_said_in_a_comment() -> None:
    """Every second is no deadline; the date itself stays."""
    draft = read_one("DTSTART:20251104T080000Z", "RRULE:FREQ=SECONDLY")
    assert (draft.repeat, draft.due) == ("", datetime(2025, 11, 4, 8, tzinfo=UTC))
    assert "FREQ=SECONDLY, which cannot be followed" in draft.remarks[-1]


def test_what_a_series_cannot_say_is_said_in_a_comment() -> None:
    """Exceptions are not dropped without a word."""
    lines = ("DTSTART;VALUE=DATE:20251103", "RRULE:FREQ=WEEKLY", "EXDATE;VALUE=DATE:20251110")
    assert "The source leaves out 2025-11-10, which a series here cannot say." in read_one(*lines).remarks


def test_of_two_versions_the_newer_counts() -> None:
    """A calendar that was merged may hold both."""
    old = calendar("DTSTART:20251110T050100Z", "SEQUENCE:1")
    new = b"BEGIN:VEVENT\r\nUID:u\r\nSUMMARY:Moved\r\nSEQUENCE:2\r\nDTSTART:20261110T050100Z\r\nEND:VEVENT\r\n"
    [draft] = read_ics(old.replace(b"END:VCALENDAR", new + b"END:VCALENDAR"))
    assert draft.title == "Moved"


@pytest.mark.parametrize("content", [b"", b"hello", b"BEGIN:VCALENDAR\r\nnonsense\r\n"])
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    """With a sentence, not a traceback."""
    with pytest.raises(ImportProblem, match="no iCalendar file"):
        read_ics(content)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["17/09/2025", "01/02/2025"], DateOrder.DAY),
        (["9/17/2025", "1/2/2025"], DateOrder.MONTH),
        (["01/02/2025"], None),
        (["17/09/2025", "9/17/2025"], None),
        (["2025-09-17"], None),
        (["Mon, 17.09.2025", "17 09 2025"], DateOrder.DAY),
    ],
)
def test_a_column_tells_the_order_of_its_dates(cells: list[str], order: DateOrder | None) -> None:
    """One date that can be read in one way only speaks for all; two that differ speak for none."""
    assert find_date_order(cells) == order


@pytest.mark.parametrize(
    "cell", ["03/04/2025", "3-4-25", "3 4 2025", "Thu, 03/04/2025", "Thursday 03.04.2025", "14:30 03/04/2025"]
)
def test_a_date_that_may_mean_two_days_is_not_guessed(cell: str) -> None:
    """A wrong date is worse than a question."""
    with pytest.raises(ImportProblem, match="say --dates dmy or --dates mdy") as caught:
        read_table(f'title,due\na,2025-09-17\nb,"{cell}"\n')
    assert caught.value.line == 3


@pytest.mark.parametrize("order", [None, *DateOrder])
@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2027-04-05", date(2027, 4, 5)),
        ("2027-4-5", date(2027, 4, 5)),
        ("2027/04/05", date(2027, 4, 5)),
        ("2027.04.05", date(2027, 4, 5)),
        ("2027 04 05", date(2027, 4, 5)),
        ("20270405", date(2027, 4, 5)),
        ("Mon, 2027-04-05", date(2027, 4, 5)),
        ("5 Apr 2027", date(2027, 4, 5)),
        ("April 5, 2027", date(2027, 4, 5)),
        ("05-Apr-27", date(2027, 4, 5)),
        ("04/04/2027", date(2027, 4, 4)),
        ("2027-04-05T09:30", local("2027-04-05T09:30")),
        ("2027-04-05 9:30 PM", local("2027-04-05T21:30")),
        ("2027-04-05T09:30:00Z", datetime(2027, 4, 5, 9, 30, tzinfo=UTC)),
        ("2027-04-05T11:30:00+02:00", datetime(2027, 4, 5, 9, 30, tzinfo=UTC)),
        ("20270405T093000Z", datetime(2027, 4, 5, 9, 30, tzinfo=UTC)),
    ],
)
def test_the_order_of_a_column_changes_no_date_that_says_itself_which_day_it_is(
    cell: str, value: date, order: DateOrder | None
) -> None:
    """One with the year in front, or with the month as a word."""
    assert read_date(cell, order, 1) == value


def test_a_day_first_column_may_hold_iso_dates() -> None:
    """Each is read as it is written."""
    drafts = read_table("title,due\na,13/04/2027\nb,2027-04-05\nc,05/04/2027\n")
    assert [draft.due for draft in drafts] == [date(2027, 4, 13), date(2027, 4, 5), date(2027, 4, 5)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2025-09-17", date(2025, 9, 17)),
        ("17 Sep 2025", date(2025, 9, 17)),
        ("September 17, 2025", date(2025, 9, 17)),
        ("2025-09-17 14:30", local("2025-09-17T14:30")),
        ("9/17/2025 2:30 PM", local("2025-09-17T14:30")),
    ],
)
def test_dates_are_read_as_spreadsheets_show_them(cell: str, value: date) -> None:
    """With or without a time."""
    assert read_date(cell, None, 1) == value


@pytest.mark.parametrize("cell", ["soon", "17 Sep", "2025", "31/02/2025", "14:30"])
def test_what_is_no_full_date_is_refused(cell: str) -> None:
    """The missing part would be today's, and wrong."""
    with pytest.raises(ImportProblem) as caught:
        read_date(cell, None, 7)
    assert caught.value.line == 7


def test_a_table_of_another_program_is_read_by_its_headings() -> None:
    """Outlook's export: day and time apart, a reminder as an instant, semicolons, a column that means nothing here."""
    content = (
        "Subject;Start Date;Start Time;All day event;Reminder on/off;Reminder Date;Reminder Time;Categories;Place\n"
        'Comments;17/09/2025;17:00:00;False;True;16/09/2025;17:00:00;"chips, us";Madrid\n'
        ";;;;;;;;\n"
        "Meeting;01/10/2025;00:00:00;True;False;;;;\n"
    )
    first, second = read_table(content)
    assert (first.due, first.leads, first.tags) == (local("2025-09-17T17:00"), ("1d",), ("chips", "us"))
    assert first.remarks == ("Place: Madrid",)
    assert (second.due, second.leads) == (date(2025, 10, 1), ())


def test_a_reminder_with_an_offset_is_the_instant_that_it_says() -> None:
    table = "title,due,reminder on/off,reminder date\nA,{due},on,2027-01-01T07:00:00Z\n"
    assert read_table(table.format(due="2027-01-02T09:00:00+02:00"))[0].leads == ("1d",)
    with pytest.raises(ImportProblem, match="has an offset from UTC, and the due date has none") as caught:
        read_table(table.format(due="2027-01-02"))
    assert caught.value.line == 2


def test_a_table_without_dates_or_titles_is_refused() -> None:
    """The sentence says how the column may be headed."""
    with pytest.raises(ImportProblem, match="headed as the due"):
        read_table("title,colour\na,red\n")


def test_a_row_without_a_date_becomes_a_comment() -> None:
    """It is not lost, and not a deadline."""
    text = write_drafts(read_table("task,due\nLater,\nNow,2025-11-10\n"), "list.csv")
    assert "# Later: it has no date" in text
    assert text.count("[[deadline]]") == 1


def test_names_are_made_of_titles_and_each_is_used_once() -> None:
    """Letters with marks lose them; what has no letter is a deadline all the same."""
    drafts = [Draft(title=title, due=NOW) for title in ("Año Nuevo!", "año  nuevo", "期限", "x" * 80)]
    assert name_all(drafts) == ["ano-nuevo", "ano-nuevo-2", "deadline", "x" * 64]


def test_everything_a_draft_says_can_be_read_back(tmp_path: Path) -> None:
    """What was written passes `check`, quotes and line breaks included."""
    draft = Draft(
        title='Say "no" # today',
        due=datetime(2025, 11, 10, 5, 1, tzinfo=UTC),
        timezone="Europe/Madrid",
        severity="high",
        certainty="tentative",
        tags=("a", "b c"),
        note='two\nlines """ \\ and more',
        link="https://example.org/",
        owner="desk",
        leads=("7d", "1d @ 09:00"),
        remarks=("Place: here\nand there",),
    )
    day = Draft(title="Day", due=date(2025, 12, 1), due_time=time(17), timezone="UTC")
    text = write_drafts([draft, day], "x.ics")
    assert problems_of(text, tmp_path) == []
    assert 'note = "two\\nlines' in text


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(title=words, note=words, tag=words, owner=words)
def test_any_text_survives(
    tmp_path_factory: pytest.TempPathFactory, title: str, note: str, tag: str, owner: str
) -> None:
    """No title, note or tag breaks out of its string or its comment."""
    row = ",".join('"' + cell.replace('"', '""') + '"' for cell in (title, "2025-11-10", note, tag, owner, note))
    try:
        drafts = read_table(f"title,due,note,tags,owner,colour\r\n{row}\r\n")
    except ImportProblem:
        return  # a NUL in a CSV
    folder = tmp_path_factory.mktemp("any")
    assert problems_of(write_drafts(drafts, title), folder) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_of_any_spreadsheet_can_be_read(encoding: str) -> None:
    """With or without a mark at the beginning."""
    assert decode("título,fecha\n".encode(encoding)) == "título,fecha\n"


@pytest.mark.parametrize(
    ("encoding", "broken"), [("utf-8", b"M\xc3\r\n \xbcll\r\n er"), ("utf-16", "Mü\r\n ller".encode("utf-16-le"))]
)
def test_lines_may_be_folded_within_a_character(tmp_path: Path, encoding: str, broken: bytes) -> None:
    """RFC 5545 folds by bytes, and some programs do so without looking."""
    head, tail = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:",
        "\r\nDTSTART:20351110T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR",
    )
    file = tmp_path / "folded.ics"
    file.write_bytes(head.encode(encoding) + broken + tail.encode(encoding).removeprefix(b"\xff\xfe"))
    assert 'title = "Müller"' in import_file(file)[0]


@given(st.data())
def test_no_calendar_upsets_the_reader(data: st.DataObject) -> None:
    """Whatever a line of it says: it is read, or refused with a sentence."""
    keys = """DTSTART DTEND DUE RRULE EXDATE RDATE PRIORITY SEQUENCE CATEGORIES STATUS URL RECURRENCE-ID ORGANIZER
        X-ALERTER-ID X-ALERTER-TIMEZONE X-ALERTER-DUE-TIME TRIGGER"""
    known = [":20251110", ":20251110T050100Z", ":99999999", ":FREQ=DAILY", ":FREQ=DAILY;COUNT=0", ":-1", ":", ":P1D"]
    names = st.sampled_from(keys.split())
    others = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(lambda text: f":{text}")
    values = st.sampled_from(known) | others
    lines = data.draw(st.lists(st.builds(str.__add__, names, values), max_size=5))
    inside = data.draw(st.lists(st.builds(str.__add__, st.just("TRIGGER"), values), max_size=1))
    try:
        drafts = read_ics(calendar(*lines, "BEGIN:VALARM", *inside, "END:VALARM"))
    except ImportProblem:
        return
    assert write_drafts(drafts, "x.ics").startswith("# ")
