"""The tables of the configuration as they are written: shapes and words, no defaults applied, no names looked up.

Every key is optional here, so that a table with one bad key can still be looked at as a whole;
what must be there is in `REQUIRED` and asked for in `shape`.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from alerter.config.channel import Weekday
from alerter.config.fields import CLOCK_PATTERN, Clock, Duration, Model, Name, Names, Period
from alerter.config.sources import refusal
from alerter.domain.dates.calendar import Shift
from alerter.domain.planning.deadline import CatchUp, Certainty, OnAck, Severity, Status
from alerter.domain.planning.lead import LEAD_PATTERN, OFFSET_PATTERN
from alerter.domain.words.plain_text import one_line

EARLIEST_YEAR, LATEST_YEAR = 1900, 9000
ID_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"

_ID = re.compile(ID_PATTERN.replace("$", r"\Z"))
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _in_range(value: date) -> date:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise refusal("bad-value", f"should be in the years {EARLIEST_YEAR} to {LATEST_YEAR}")
    return value


def _read_due(value: Any) -> date | datetime:
    if isinstance(value, date):
        return _in_range(value)
    raise refusal("bad-value", "should be a date such as 2025-11-10 or 2025-11-10T00:01:00, without quotes")


def _read_date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return _in_range(value)
    raise refusal("bad-value", "should be a date such as 2025-11-10, without quotes and time")


def _check_id(text: str) -> str:
    if not _ID.match(text):
        sentence = "should be 1 to 64 of a-z, 0-9, dot, underscore and hyphen, and begin with a letter or digit"
        raise refusal("bad-value", sentence)
    return text


def _check_title(text: str) -> str:
    if not one_line(text):
        raise refusal("bad-value", "should not be empty")
    return _without_nul(text)


def _without_nul(text: str) -> str:
    """What the ledger keeps as it is written: PostgreSQL has no room for this one character."""
    return text.replace("\0", " ")


DueDate = Annotated[
    date | datetime,
    PlainValidator(_read_due),
    WithJsonSchema({"type": "string", "pattern": f"^{_DAY}([T ]{CLOCK_PATTERN}(Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?$"}),
]
Day = Annotated[date, PlainValidator(_read_date), WithJsonSchema({"type": "string", "format": "date"})]
Id = Annotated[str, AfterValidator(_check_id), WithJsonSchema({"type": "string", "pattern": ID_PATTERN})]
Text = Annotated[str, Field(max_length=4096)]
Title = Annotated[str, Field(max_length=4096, json_schema_extra={"pattern": r"\S"}), AfterValidator(_check_title)]
KeptName = Annotated[Name, AfterValidator(_without_nul)]
LeadText = Annotated[str, Field(min_length=1, max_length=4096, json_schema_extra={"pattern": LEAD_PATTERN})]
OffsetText = Annotated[str, Field(min_length=1, max_length=4096, json_schema_extra={"pattern": OFFSET_PATTERN})]
Leads = Annotated[tuple[LeadText, ...], Field(strict=False)]
SeverityWord = Annotated[Severity, Field(strict=False)]
Days = Annotated[tuple[Day, ...], Field(strict=False)]
Weekdays = Annotated[tuple[Weekday, ...], Field(strict=False)]


class DerivedTable(Model):
    """Which other deadline this one follows, and by how much."""

    id: Name = Field(description="The id of the other deadline.")
    offset: OffsetText = Field(description='How far away, such as "20d", "6mo" or "5bd".')


class OverdueTable(Model):
    """Repeats after the due instant."""

    every: Period = Field(description="How long from one to the next; the first comes that long after the due instant.")
    times: int | None = Field(default=None, ge=1, le=100_000, description="How many at most.")


class EscalationTable(Model):
    """A lead that also goes elsewhere while nobody has acknowledged."""

    lead: LeadText = Field(description='When, such as "1d".')
    channels: Names = Field(min_length=1, description="Which channels hear of it then.")


class HistoryTable(Model):
    """An earlier due date."""

    due: DueDate = Field(description="The date it had.")
    note: Text = Field(default="", description="Why it changed, or whatever is worth keeping.")


class DefaultsTable(Model):
    """What holds for every deadline that does not say otherwise."""

    timezone: Name | None = Field(default=None, description="IANA name of the zone the date is read in, or AoE.")
    severity: SeverityWord | None = Field(default=None, description="How bad it is to miss.")
    status: Annotated[Status, Field(strict=False)] | None = Field(
        default=None, description="What became of it; anything but open ends its notices."
    )
    tags: Names | None = Field(default=None, description="Words that routes and digests match.")
    note: Text | None = Field(default=None, description="What the reader should know; shown in messages.")
    link: Text | None = Field(
        default=None, description="Where to read more; only http:// and https:// can be followed."
    )
    owner: Text | None = Field(default=None, description="Who is responsible.")
    certainty: Annotated[Certainty, Field(strict=False)] | None = Field(
        default=None, description="How sure the date is."
    )
    opens: Day | None = Field(default=None, description="A day before due: one notice goes out when the window opens.")
    checked: Day | None = Field(default=None, description="When a person last verified the date.")
    recheck: Period | None = Field(default=None, description="After how long to ask for verifying it again.")
    leads: Leads | None = Field(
        default=None,
        description='How long before (or with + after) notices go out: "7d", "3bd", "1d @ 08:30", "2h", "0".',
    )
    notify_at: Clock | None = Field(default=None, description="When notices by days go out on date-only deadlines.")
    due_time: Clock | None = Field(default=None, description="When a date-only deadline falls due.")
    calendar: Name | None = Field(default=None, description="Which calendar says what a business day is.")
    channels: Names | None = Field(default=None, description="Which channels hear of it, instead of the routes.")
    overdue: OverdueTable | None = Field(default=None, description="Repeats after the due instant.")
    escalate: Annotated[tuple[EscalationTable, ...], Field(strict=False)] | None = Field(
        default=None, description="Leads that go to more channels while nobody has acknowledged."
    )
    catch_up: Annotated[CatchUp, Field(strict=False)] | None = Field(
        default=None, description="What to do with notices missed while the daemon was down."
    )
    on_ack: Annotated[OnAck, Field(strict=False)] | None = Field(
        default=None, description="What an acknowledgement ends: everything, or overdue notices and escalation only."
    )
    settle: Duration | None = Field(default=None, description="How long a changed date must stand before it is told.")
    repeat: Text | None = Field(default=None, description="An RFC 5545 RRULE that makes a series of it.")
    roll: Annotated[Shift, Field(strict=False)] | None = Field(
        default=None, description="Where a due date goes that falls on a closed day."
    )
    day_shift: Annotated[Shift, Field(strict=False)] | None = Field(
        default=None, description="Where a notice by days goes that falls on a closed day."
    )


class DeadlineTable(DefaultsTable):
    """One deadline, or a series where repeat is set; it has exactly one of due, after and before."""

    model_config = ConfigDict(
        json_schema_extra={
            "required": ["id", "title"],
            "oneOf": [{"required": [key]} for key in ("due", "after", "before")],
        }
    )

    id: Id | None = Field(default=None, description="A name that never changes: it is what the ledger knows it by.")
    title: Title | None = Field(default=None, description="What it is, in a few words.")
    due: DueDate | None = Field(default=None, description="A day, a local date-time, or a date-time with offset.")
    after: DerivedTable | None = Field(default=None, description="Falls due some time after another deadline.")
    before: DerivedTable | None = Field(default=None, description="Falls due some time before another deadline.")
    history: Annotated[tuple[HistoryTable, ...], Field(strict=False)] | None = Field(
        default=None, description="Earlier due dates, oldest first."
    )


class CalendarTable(Model):
    """Which days are business days."""

    holidays: Name | None = Field(default=None, description="Country (US), subdivision (US-NY) or market (XNYS).")
    weekend: Weekdays | None = Field(
        default=None, description="Days of the week that are closed; by default sat and sun."
    )
    closed: Days | None = Field(default=None, description="More days off.")
    open: Days | None = Field(default=None, description="Days that are open after all.")


class MatchTable(Model):
    """Which deadlines are meant; empty means all."""

    tags: Names | None = Field(default=None, description="Any of these tags.")
    severity: SeverityWord | None = Field(default=None, description="At least this severity.")


class RouteTable(Model):
    """Which channels hear of which deadlines."""

    model_config = ConfigDict(json_schema_extra={"required": ["channels"]})

    match: MatchTable | None = Field(default=None, description="Which deadlines; without it all.")
    channels: Names | None = Field(default=None, description="Which channels hear of them.")
    continues: bool | None = Field(default=None, alias="continue", description="Whether later routes count as well.")


class DigestTable(Model):
    """A regular overview of what is coming."""

    model_config = ConfigDict(json_schema_extra={"required": ["name", "cron", "channels"]})

    name: KeptName | None = Field(default=None, description="What it is called; unique.")
    cron: Text | None = Field(default=None, description='When, in five fields and the config\'s zone: "30 8 * * mon".')
    horizon: Period | None = Field(default=None, description='How far it looks ahead; by default "14d".')
    match: MatchTable | None = Field(default=None, description="Which deadlines; without it all.")
    channels: Names | None = Field(default=None, min_length=1, description="Which channels get it.")


REQUIRED: dict[str, tuple[str, ...]] = {
    "deadline": ("id", "title"),
    "route": ("channels",),
    "digest": ("name", "cron", "channels"),
}
