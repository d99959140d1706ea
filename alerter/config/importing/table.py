"""Reads what spreadsheets and calendar programs export as CSV: one deadline a row, columns by their headings."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from alerter.config.importing.alarms import by_day, spell
from alerter.config.importing.cells import DateOrder, find_date_order, read_date, read_time
from alerter.config.importing.draft import Draft, ImportProblem, find_zone
from alerter.domain.planning.lead import LeadError, parse_lead


class Column(StrEnum):
    """What a column can hold."""

    ID = "id"
    TITLE = "title"
    DUE = "due"
    TIME = "time"
    TIMEZONE = "timezone"
    SEVERITY = "severity"
    STATUS = "status"
    CERTAINTY = "certainty"
    TAGS = "tags"
    NOTE = "note"
    LINK = "link"
    OWNER = "owner"
    LEADS = "leads"
    REPEAT = "repeat"
    ALL_DAY = "all day"
    ALARM = "alarm"
    ALARM_DAY = "alarm day"
    ALARM_TIME = "alarm time"


_HEADINGS: Mapping[Column, tuple[str, ...]] = {
    Column.ID: ("id", "key", "reference", "ref"),
    Column.TITLE: ("title", "subject", "summary", "name", "task", "what", "deadline", "event", "description"),
    Column.DUE: (
        "due",
        "due date",
        "deadline date",
        "date",
        "start date",
        "expires",
        "expiry date",
        "when",
        "deadline",
    ),
    Column.TIME: ("time", "due time", "start time"),
    Column.TIMEZONE: ("timezone", "time zone", "tz", "zone"),
    Column.SEVERITY: ("severity", "priority", "importance"),
    Column.STATUS: ("status", "state"),
    Column.CERTAINTY: ("certainty",),
    Column.TAGS: ("tags", "tag", "categories", "category", "labels"),
    Column.NOTE: ("note", "notes", "description", "details", "comment", "comments", "remarks"),
    Column.LINK: ("link", "url", "source", "website"),
    Column.OWNER: ("owner", "assignee", "assigned to", "responsible", "meeting organizer", "organizer"),
    Column.LEADS: ("leads", "lead", "reminders"),
    Column.REPEAT: ("repeat", "rrule", "recurrence"),
    Column.ALL_DAY: ("all day event", "all day"),
    Column.ALARM: ("reminder on/off",),
    Column.ALARM_DAY: ("reminder date",),
    Column.ALARM_TIME: ("reminder time",),
}
_SEVERITIES = {
    **dict.fromkeys(("low", "minor"), "low"),
    **dict.fromkeys(("normal", "medium", "moderate"), "normal"),
    **dict.fromkeys(("high", "major", "important"), "high"),
    **dict.fromkeys(("critical", "urgent", "highest"), "critical"),
}
_STATUSES = {
    **dict.fromkeys(("open", "pending", "not started", "in progress"), "open"),
    **dict.fromkeys(("met", "done", "complete", "completed", "closed"), "met"),
    **dict.fromkeys(("lapsed", "missed", "expired"), "lapsed"),
    **dict.fromkeys(("void", "cancelled", "canceled", "withdrawn"), "void"),
}
_CERTAINTIES = {one: one for one in ("confirmed", "tentative", "likely-extended")}
_NO = frozenset({"", "false", "no", "0", "off"})


def read_table(content: str, order: DateOrder | None = None) -> list[Draft]:
    """One draft a row, blank rows left out. `order` says how to read 03/04/2025 where the column does not.

    Raises ImportProblem with the line.
    """
    rows = _rows(content)
    if not rows:
        raise ImportProblem("it is empty")
    (_, headings), *body = rows
    columns = _find_columns(headings)
    dates = [row[columns[name]] for _, row in body for name in (Column.DUE, Column.ALARM_DAY) if name in columns]
    found = order or find_date_order(dates)
    return [_read(_Row(line, row, headings, columns), found) for line, row in body]


def _rows(content: str) -> list[tuple[int, list[str]]]:
    """Line numbers and cells of the rows that hold anything, all as long as the first."""
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=_delimiter(content))
    rows = []
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, [cell.strip() for cell in row]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ImportProblem(f"it is no CSV: {error}", line) from error
    width = len(rows[0][1]) if rows else 0
    for at, row in rows:
        if len(row) > width:
            raise ImportProblem(f"it has {len(row)} cells, the headings are {width}", at)
        row.extend([""] * (width - len(row)))
    return rows


def _delimiter(content: str) -> str:
    """Spreadsheets write semicolons where the comma is for decimals; the headings tell."""
    first = content.lstrip().partition("\n")[0]
    return max(",;\t|", key=lambda mark: (first.count(mark), mark == ","))


def _find_columns(headings: Sequence[str]) -> dict[Column, int]:
    """Which column holds what: each heading is taken once, by the best name for it. Raises ImportProblem."""
    known = [" ".join(re.sub(r"[_\-]+", " ", heading).lower().split()) for heading in headings]
    columns: dict[Column, int] = {}
    for column in (Column.DUE, Column.TITLE, *Column):
        if column in columns:
            continue
        places = (known.index(name) for name in _HEADINGS[column] if name in known)
        free = next((place for place in places if place not in columns.values()), None)
        if free is not None:
            columns[column] = free
    for wanted in (Column.TITLE, Column.DUE):
        if wanted not in columns:
            names = ", ".join(_HEADINGS[wanted])
            raise ImportProblem(f"no column is headed as the {wanted}: one of {names}", 1)
    return columns


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: Sequence[str]
    headings: Sequence[str]
    columns: Mapping[Column, int]

    def __getitem__(self, column: Column) -> str:
        place = self.columns.get(column)
        return self.cells[place] if place is not None else ""

    def remarks(self) -> Iterator[str]:
        """What stands in columns that mean nothing here, so that nothing is lost."""
        for place, (heading, cell) in enumerate(zip(self.headings, self.cells, strict=True)):
            if cell and place not in self.columns.values():
                yield f"{heading or 'Column ' + str(place + 1)}: {cell}"


def _read(row: _Row, order: DateOrder | None) -> Draft:
    due = _due(row, order)
    zone = find_zone(row[Column.TIMEZONE]) if row[Column.TIMEZONE] else None
    if row[Column.TIMEZONE] and zone is None:
        raise ImportProblem(f"unknown time zone {row[Column.TIMEZONE]!r}", row.line)
    remarks = list(row.remarks())
    words = {
        name: _word(row[column], known, column, remarks)
        for name, column, known in (
            ("severity", Column.SEVERITY, _SEVERITIES),
            ("status", Column.STATUS, _STATUSES),
            ("certainty", Column.CERTAINTY, _CERTAINTIES),
        )
    }
    return Draft(
        id=row[Column.ID],
        title=row[Column.TITLE] or "Untitled",
        due=due,
        timezone=zone.name if zone is not None else "",
        severity=words["severity"],
        status="" if words["status"] == "open" else words["status"],
        certainty=words["certainty"],
        tags=tuple(dict.fromkeys(_split(row[Column.TAGS]))),
        note=row[Column.NOTE],
        link=row[Column.LINK],
        owner=row[Column.OWNER],
        leads=_leads(row, due, order),
        repeat=row[Column.REPEAT],
        remarks=tuple(remarks),
    )


def _due(row: _Row, order: DateOrder | None) -> date | datetime | None:
    if not row[Column.DUE]:
        return None
    due = read_date(row[Column.DUE], order, row.line)
    is_all_day = row[Column.ALL_DAY].lower() not in _NO
    if is_all_day:
        return due.date() if isinstance(due, datetime) else due
    clock = row[Column.TIME]
    if not clock or isinstance(due, datetime):
        return due
    return datetime.combine(due, read_time(clock, row.line))


def _leads(row: _Row, due: date | datetime | None, order: DateOrder | None) -> tuple[str, ...]:
    leads = _split(row[Column.LEADS])
    for text in leads:
        try:
            parse_lead(text)
        except LeadError as error:
            raise ImportProblem(str(error), row.line) from error
    alarm = _alarm(row, due, order)
    return tuple(dict.fromkeys([*leads, *([alarm] if alarm else [])]))


def _alarm(row: _Row, due: date | datetime | None, order: DateOrder | None) -> str:
    """A reminder that stands in the row as day and time, as a lead."""
    if due is None or row[Column.ALARM].lower() in _NO or not row[Column.ALARM_DAY]:
        return ""
    at = read_date(row[Column.ALARM_DAY], order, row.line)
    clock = read_time(row[Column.ALARM_TIME], row.line) if row[Column.ALARM_TIME] else time(9)
    instant = at if isinstance(at, datetime) else datetime.combine(at, clock)
    start = due if isinstance(due, datetime) else datetime.combine(due, time())
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=start.tzinfo)
    elif start.tzinfo is None:
        raise ImportProblem(f"{row[Column.ALARM_DAY]!r} has an offset from UTC, and the due date has none", row.line)
    distance = instant - start
    if isinstance(due, datetime):
        return spell(distance, by_days=not distance % timedelta(days=1))
    return by_day(distance)


def _word(text: str, known: Mapping[str, str], column: Column, remarks: list[str]) -> str:
    """The configuration's word for it; what has none becomes a remark."""
    if text and text.lower() not in known:
        remarks.append(f"{column}: {text}")
    return known.get(text.lower(), "")


def _split(text: str) -> list[str]:
    return [part for part in (one.strip() for one in re.split(r"[,;|\n]", text)) if part]
