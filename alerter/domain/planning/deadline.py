"""A deadline with every default applied: what the planner plans from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from alerter.domain.dates.calendar import BusinessCalendar, Shift
from alerter.domain.dates.zone import Zone
from alerter.domain.planning.lead import Lead
from alerter.domain.value import value


class Severity(StrEnum):
    """How bad it is to miss the deadline, least first."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Position from least (0) to most severe."""
        return list(Severity).index(self)


class Certainty(StrEnum):
    """How sure the date is."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    LIKELY_EXTENDED = "likely-extended"


class Status(StrEnum):
    """What became of the deadline; anything but open ends its notices."""

    OPEN = "open"
    MET = "met"
    LAPSED = "lapsed"
    VOID = "void"


class CatchUp(StrEnum):
    """What to do with notices missed while the daemon was down."""

    LATEST = "latest"
    ALL = "all"
    SKIP = "skip"


class OnAck(StrEnum):
    """What an acknowledgement ends: everything, or overdue notices and escalation only."""

    STOP = "stop"
    LEADS = "leads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """Repeats after the due instant: one each `every`, at most `times` (None: no end)."""

    every: timedelta
    times: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A lead that goes to more channels, only while nobody has acknowledged."""

    lead: Lead
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDue:
    """An earlier due date from the config's `history`; `key` as in `Due.key`."""

    key: str
    local: date | datetime
    note: str = ""


@value(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One tracked deadline, or a series of them where `repeat` is set.

    `due` is a plain `date` (date-only) or a naive `datetime` on the wall clock of `zone`
    (`fold` says which of two). It is the date as derived, before `roll`: see `due.occurrences`.
    """

    id: str
    title: str
    due: date | datetime
    zone: Zone
    leads: tuple[Lead, ...]
    channels: tuple[str, ...]
    calendar: BusinessCalendar
    notify_at: time = time(9)
    due_time: time = time(23, 59)
    severity: Severity = Severity.NORMAL
    status: Status = Status.OPEN
    certainty: Certainty = Certainty.CONFIRMED
    catch_up: CatchUp = CatchUp.LATEST
    on_ack: OnAck = OnAck.STOP
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
    escalate: tuple[Escalation, ...] = ()
    history: tuple[PastDue, ...] = ()
    derived_from: str | None = None

    @property
    def is_date_only(self) -> bool:
        """Whether the deadline names a day and no time."""
        return not isinstance(self.due, datetime)
