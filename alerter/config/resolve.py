"""From tables to the values of the domain: defaults applied, names looked up, dates worked out.

A name that is not known becomes a finding, and the rest is still looked at. What holds for all
deadlines (`[defaults]`) is looked at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import Any, TypeVar

from alerter.config.findings import Finding, Path, Spot
from alerter.config.models import CalendarTable, DefaultsTable, MatchTable
from alerter.config.suggest import did_you_mean
from alerter.domain.dates.calendar import WEEKDAYS, BusinessCalendar, Shift, UnknownHolidays, make_calendar
from alerter.domain.dates.zone import UnknownZone, Zone, known_names, load_zone
from alerter.domain.planning.deadline import CatchUp, Certainty, Escalation, OnAck, Overdue, Severity, Status
from alerter.domain.planning.lead import Lead, LeadError, parse_lead
from alerter.domain.planning.watchlist import Match

S = TypeVar("S", str, tuple[str, ...])
WEEKDAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UTC_ZONE = "UTC"
MOST_HINTS = 30
DEFAULT_LEADS = ("7d", "1d", "0")


@dataclass(slots=True)
class Names:
    """What names may be used.

    A kind in `open_ended` is not complete (a file could not be read), so that none is said to be missing.
    """

    channels: Mapping[str, Any]
    calendars: dict[str, BusinessCalendar]
    ids: frozenset[str]
    open_ended: frozenset[str] = frozenset()


@dataclass(slots=True)
class Resolver:
    """Looks names up and notes what it does not find; the paths of that are `faulty`."""

    names: Names
    zone: Zone
    findings: list[Finding] = field(default_factory=list)
    faulty: set[Path] = field(default_factory=set)
    hint_count: int = 0
    leads_seen: dict[tuple[str, ...], tuple[Lead, ...]] = field(default_factory=dict)
    said: dict[str | tuple[str, ...], Any] = field(default_factory=dict)

    def note(self, path: Path, code: str, message: str, spot: Spot = Spot.VALUE) -> None:
        """Note a finding."""
        self.findings.append(Finding(path=path, code=code, message=message, spot=spot))
        self.faulty.add(path)

    def find_zone(self, path: Path, name: str | None, otherwise: Zone) -> Zone:
        """The zone of that name; `otherwise` where none is given or it is not known."""
        if name is None:
            return otherwise
        try:
            return load_zone(name)
        except UnknownZone:
            hint = self._hint(name, known_names())
            self.note(path, "unknown-timezone", f"there is no time zone {name!r}{hint}")
            return otherwise

    def find_channels(self, path: Path, names: Sequence[str]) -> tuple[str, ...]:
        """The names, each once; unknown ones are noted."""
        for index, name in enumerate(names):
            if name not in self.names.channels:
                self._refuse((*path, index), "channels", "unknown-channel", "channel", name)
        return self.same(tuple(dict.fromkeys(names)))

    def same(self, said: S) -> S:
        """The one that stands for all that are equal: what many deadlines say takes room once."""
        return self.said.setdefault(said, said)  # type: ignore[no-any-return]  # equal, and of the same type

    def find_channel(self, path: Path, name: str | None) -> str | None:
        """The name; noted where it is not known."""
        if name is not None and name not in self.names.channels:
            self._refuse(path, "channels", "unknown-channel", "channel", name)
        return name

    def find_calendar(self, path: Path, name: str | None, otherwise: BusinessCalendar) -> BusinessCalendar:
        """The calendar of that name; `otherwise` where none is given or it is not known."""
        if name is None:
            return otherwise
        if name not in self.names.calendars:
            self._refuse(path, "calendars", "unknown-calendar", "calendar", name)
        return self.names.calendars.get(name, otherwise)

    def find_id(self, path: Path, name: str) -> None:
        """Note the id of a deadline that does not exist."""
        if name not in self.names.ids:
            self._refuse(path, "deadline", "unknown-deadline", "deadline", name)

    def find_leads(self, path: Path, texts: tuple[str, ...]) -> tuple[Lead, ...]:
        """The leads, each once."""
        known = self.leads_seen.get(texts)
        if known is None:
            count = len(self.findings)
            leads = [self.find_lead((*path, index), text) for index, text in enumerate(texts)]
            known = tuple(dict.fromkeys(lead for lead in leads if lead is not None))
            if len(self.findings) == count:
                self.leads_seen[texts] = known
        return known

    def find_lead(self, path: Path, text: str) -> Lead | None:
        """The lead; None where it is none."""
        try:
            return parse_lead(text)
        except LeadError as error:
            self.note(path, "bad-value", str(error))
            return None

    def _refuse(self, path: Path, kind: str, code: str, what: str, name: str) -> None:
        if kind in self.names.open_ended:
            return
        known: Iterable[str] = {
            "channels": self.names.channels, "calendars": self.names.calendars, "deadline": self.names.ids,
        }[kind]  # fmt: skip
        self.note(path, code, f"there is no {what} {name!r}{self._hint(name, known)}")

    def _hint(self, name: str, known: Iterable[str]) -> str:
        """The end of the sentence; for the first few only, since each looks through all names."""
        self.hint_count += 1
        return did_you_mean(name, known)[1] if self.hint_count <= MOST_HINTS else ""


def resolve_calendars(
    tables: Mapping[str, CalendarTable | None], findings: list[Finding]
) -> dict[str, BusinessCalendar]:
    """The calendars by name, the built-in one among them; faulty ones have no holidays."""
    calendars = {WEEKDAYS.name: WEEKDAYS}
    for name, table in tables.items():
        path: Path = ("calendars", name)
        if name == WEEKDAYS.name:
            message = "this calendar is built in; give yours another name"
            findings.append(Finding(path=path, code="duplicate", message=message, spot=Spot.HEADER))
        else:
            calendars[name] = _resolve_calendar(name, table or CalendarTable(), path, findings)
    return calendars


def _resolve_calendar(name: str, table: CalendarTable, path: Path, findings: list[Finding]) -> BusinessCalendar:
    weekend = ("sat", "sun") if table.weekend is None else table.weekend
    days = [WEEKDAY_NAMES.index(day) for day in weekend]
    closed, opened = table.closed or (), table.open or ()
    if set(days) == set(range(7)) and not opened:
        message = "leaves no day open: there would be no business day to count"
        findings.append(Finding(path=(*path, "weekend"), code="bad-value", message=message))
    try:
        return make_calendar(name, table.holidays or "", days, closed, opened)
    except UnknownHolidays as error:
        findings.append(Finding(path=(*path, "holidays"), code="bad-value", message=str(error)))
        return make_calendar(name, "", days, closed, opened)


def resolve_match(table: MatchTable | None) -> Match:
    """Which deadlines are meant."""
    if table is None:
        return Match()
    return Match(tags=frozenset(table.tags or ()), severity=table.severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What every deadline has unless it says otherwise. `channels` None: the routes decide."""

    zone: Zone
    leads: tuple[Lead, ...]
    calendar: BusinessCalendar
    channels: tuple[str, ...] | None = None
    escalate: tuple[Escalation, ...] = ()
    notify_at: time = time(9)
    due_time: time = time(23, 59)
    severity: Severity = Severity.NORMAL
    status: Status = Status.OPEN
    certainty: Certainty = Certainty.CONFIRMED
    catch_up: CatchUp = CatchUp.LATEST
    on_ack: OnAck | None = None
    roll: Shift = Shift.NONE
    day_shift: Shift = Shift.NONE
    settle_for: timedelta = timedelta(seconds=60)
    tags: tuple[str, ...] = ()
    note: str = ""
    link: str = ""
    owner: str = ""
    repeat: str | None = None
    opens: date | None = None
    checked: date | None = None
    recheck_after: timedelta | None = None
    overdue: Overdue | None = None


def resolve_shared(resolver: Resolver, table: DefaultsTable) -> Shared:
    """The `[defaults]` over what is built in."""
    built_in = Shared(
        zone=resolver.zone, leads=tuple(map(parse_lead, DEFAULT_LEADS)), calendar=resolver.names.calendars["weekdays"]
    )
    return replace(built_in, **own(resolver, ("defaults",), table, built_in))


def own(resolver: Resolver, path: Path, table: DefaultsTable, shared: Shared) -> dict[str, Any]:
    """What a table itself says, as values of the domain, by the names of the domain."""
    given: dict[str, Any] = {}
    for key in table.model_fields_set:
        if key in _NOT_SHARED or (value := getattr(table, key)) is None:
            continue
        if key in _SAID:
            given[key] = resolver.same(value)
        elif key in _PLAIN:
            given[_PLAIN[key]] = value
        else:
            given["zone" if key == "timezone" else key] = _look_up(resolver, (*path, key), key, value, shared)
    return given


_NOT_SHARED = frozenset({"id", "title", "due", "after", "before", "history"})
_SAID = frozenset({"tags", "note", "link", "owner", "repeat"})
_PLAIN = {
    key: key
    for key in (
        "severity", "status", "certainty", "opens", "checked", "notify_at", "due_time", "catch_up", "on_ack",
        "roll", "day_shift",
    )
} | {"recheck": "recheck_after", "settle": "settle_for"}  # fmt: skip


def _look_up(resolver: Resolver, path: Path, key: str, value: Any, shared: Shared) -> Any:
    if key == "timezone":
        return resolver.find_zone(path, value, shared.zone)
    if key == "leads":
        return resolver.find_leads(path, value)
    if key == "channels":
        return resolver.find_channels(path, value)
    if key == "calendar":
        return resolver.find_calendar(path, value, shared.calendar)
    if key == "overdue":
        return Overdue(every=value.every, times=value.times)
    return _escalate(resolver, path, value)


def _escalate(resolver: Resolver, path: Path, tables: Sequence[Any]) -> tuple[Escalation, ...]:
    found = []
    for index, table in enumerate(tables):
        lead = resolver.find_lead((*path, index, "lead"), table.lead)
        channels = resolver.find_channels((*path, index, "channels"), table.channels)
        if lead is not None:
            found.append(Escalation(lead=lead, channels=channels))
    return tuple(found)
