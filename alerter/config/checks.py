"""What a deadline with a date can still get wrong, and what looks like a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime, time

from pydantic import BaseModel, SecretStr
from pydantic_core import Url

from alerter.config.addresses import is_loopback_host
from alerter.config.findings import Finding, Path, Spot
from alerter.config.models import DeadlineTable, DefaultsTable
from alerter.domain.dates.calendar import Shift
from alerter.domain.dates.remembered import Remembered
from alerter.domain.dates.zone import LocalTime, local_time
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Severity, Status
from alerter.domain.planning.due import RuleError, check_rule, sole_due
from alerter.domain.planning.duedate import reading
from alerter.domain.planning.lead import Lead

DUE_KEYS = ("due", "after", "before")

FARTHEST_DAYS = 3
"""No zone's date is so far from UTC's: what is farther ahead is not past, without looking at its zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a deadline is looked at with. `now` None: nothing is called past.

    `faulty` are the paths of keys that could not be read. `are_routes_open`: nor could all that says who hears of what.
    """

    defaults: DefaultsTable
    channels: Mapping[str, Channel]
    deadlines: Mapping[str, Deadline]
    now: datetime | None
    faulty: Set[Path]
    are_routes_open: bool


def check_deadline(deadline: Deadline, path: Path, table: DeadlineTable, around: Surroundings) -> Iterator[Finding]:
    """Errors and warnings about one deadline, each at the key it comes from; none that rests on what was not read."""
    for finding in _find(deadline, path, table, around):
        if not any(_is_unread(key, path, table, around) for key in _RESTS_ON[finding.code]):
            yield finding


def fits_date(deadline: Deadline) -> bool:
    """Whether a deadline that follows another has no such error at the date that it got from it."""
    if _opens_late(deadline):
        return False
    leads = [*_clocked(deadline.leads), *(each.lead for each in deadline.escalate)]
    return not leads or not any(_is_late(lead, _due_clock(deadline)) for lead in leads)


_RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "bad-value": ("timezone", "calendar", "roll"),
    "lead-after-due": ("due_time",),
    "past-due": ("timezone", "due_time", "calendar", "roll", "repeat", "checked", "status"),
    "dst-gap": ("timezone", "due_time", "status"),
    "dst-fold": ("timezone", "due_time", "status"),
    "no-lead": ("leads", "status"),
    "unreachable": ("channels", "tags", "severity", "status"),
    "single-channel": ("channels", "tags", "severity", "status"),
}
"""The keys that a finding rests on besides the one that it is about, by its code."""


def _is_unread(key: str, path: Path, table: DeadlineTable, around: Surroundings) -> bool:
    """Whether what the key says for this deadline could not be read, there or where it comes from otherwise."""
    if (*path, key) in around.faulty:
        return True
    if getattr(table, key) is not None:
        return False
    if ("defaults", key) in around.faulty:
        return True
    if getattr(around.defaults, key) is not None:
        return False
    return (key,) in around.faulty if key == "timezone" else key == "channels" and around.are_routes_open


def _find(deadline: Deadline, path: Path, table: DeadlineTable, around: Surroundings) -> Iterator[Finding]:
    if deadline.repeat is not None or deadline.opens is not None:
        yield from _errors(deadline, path, table, around)
    if deadline.escalate or _clocked(deadline.leads):
        yield from _late_leads(deadline, path, table, around)
    if deadline.status is Status.OPEN:
        if deadline.repeat is None and _is_past(deadline, around.now):
            yield from _past_due(deadline, path, table, around)
        if table.due is not None and _occurs(table.due, deadline) is not LocalTime.ONCE:
            yield _clock_change(deadline, path, table.due)
        yield from _audience_warnings(deadline, path, table, around)


def _where(key: str, path: Path, table: DeadlineTable, around: Surroundings) -> Path | None:
    """The path of the key that decided: the deadline's own, or that in `[defaults]`."""
    if getattr(table, key) is not None:
        return (*path, key)
    return ("defaults", key) if getattr(around.defaults, key) is not None else None


def _errors(deadline: Deadline, path: Path, table: DeadlineTable, around: Surroundings) -> Iterator[Finding]:
    if deadline.repeat is not None:
        try:
            check_rule(deadline.repeat, deadline.due, deadline.zone)
        except RuleError as error:
            where = _where("repeat", path, table, around) or path
            yield Finding(path=where, code="bad-value", message=str(error))
    elif _opens_late(deadline):
        where = _where("opens", path, table, around) or path
        yield Finding(path=where, code="bad-value", message="should be a day before the due date")


def _opens_late(deadline: Deadline) -> bool:
    return deadline.opens is not None and deadline.opens >= sole_due(deadline).day


def _late_leads(deadline: Deadline, path: Path, table: DeadlineTable, around: Surroundings) -> Iterator[Finding]:
    clock = _due_clock(deadline)
    for lead in _clocked(deadline.leads):
        if _is_late(lead, clock):
            where = _where("leads", path, table, around) or path
            yield _late_lead((*where, _index(lead, _lead_texts(table, around) or ())), lead, clock)
    for index, each in enumerate(deadline.escalate):
        if _is_late(each.lead, clock):
            where = _where("escalate", path, table, around) or path
            yield _late_lead((*where, index, "lead"), each.lead, clock)


def _with_clock(leads: tuple[Lead, ...]) -> tuple[Lead, ...]:
    """Those that say a time of day, as only they can be too late."""
    return tuple(lead for lead in leads if lead.at is not None)


_clocked = Remembered(_with_clock)


def _lead_texts(table: DeadlineTable, around: Surroundings) -> tuple[str, ...] | None:
    """The leads as written for this deadline or in `[defaults]`; None where they are the built-in ones."""
    return table.leads if table.leads is not None else around.defaults.leads


def _due_clock(deadline: Deadline) -> time:
    due = deadline.due if deadline.repeat is not None else sole_due(deadline).local
    return due.time() if isinstance(due, datetime) else deadline.due_time


def _is_late(lead: Lead, clock: time) -> bool:
    return lead.at is not None and lead.count == 0 and not lead.after and lead.at >= clock


def _late_lead(path: Path, lead: Lead, clock: time) -> Finding:
    message = f"{lead.text} is not before the due time {clock:%H:%M} of that day"
    return Finding(path=path, code="lead-after-due", message=message)


def _index(lead: Lead, texts: tuple[str, ...]) -> int:
    shown = ["".join(text.split()) for text in texts]
    wanted = "".join(lead.text.split())
    return (
        shown.index(wanted)
        if wanted in shown
        else next((index for index, text in enumerate(shown) if text.partition("@")[0] == wanted.partition("@")[0]), 0)
    )


def _past_due(deadline: Deadline, path: Path, table: DeadlineTable, around: Surroundings) -> Iterator[Finding]:
    if not _follows_open(deadline, around):
        key = next(key for key in DUE_KEYS if getattr(table, key) is not None)
        yield Finding(path=(*path, key), code="past-due", message=_past_sentence(deadline.checked))


def _occurs(due: date | datetime, deadline: Deadline) -> LocalTime:
    """How often the date as written occurs, on the day it rolls to; one with an offset does once."""
    if isinstance(due, datetime) and due.tzinfo is not None:
        return LocalTime.ONCE
    local = due if isinstance(due, datetime) else datetime.combine(due, deadline.due_time)
    if deadline.roll is not Shift.NONE:
        local = datetime.combine(reading(deadline).rolled(local.date()), local.time())
    return local_time(local, deadline.zone)


def _clock_change(deadline: Deadline, path: Path, due: date | datetime) -> Finding:
    zone, clock = deadline.zone.name, due.time() if isinstance(due, datetime) else deadline.due_time
    if _occurs(due, deadline) is LocalTime.GAP:
        message = f"clocks in {zone} skip {clock:%H:%M} that day; it is read with the offset before the change"
        return Finding(path=(*path, "due"), code="dst-gap", message=message)
    message = f"clocks in {zone} show {clock:%H:%M} twice that day; the first is meant"
    return Finding(path=(*path, "due"), code="dst-fold", message=message)


def _follows_open(deadline: Deadline, around: Surroundings) -> bool:
    """Whether the date comes from a deadline that would be warned of itself."""
    parent = around.deadlines.get(deadline.derived_from or "")
    return parent is not None and parent.status is Status.OPEN


def _is_past(deadline: Deadline, now: datetime | None) -> bool:
    """Whether the date was already over when somebody last checked it, or is over and nobody ever did."""
    if deadline.checked is not None:
        return sole_due(deadline).day < deadline.checked
    if now is None or (deadline.roll is Shift.NONE and deadline.due.toordinal() > now.toordinal() + FARTHEST_DAYS):
        return False
    return sole_due(deadline).at < now


def _past_sentence(checked: date | None) -> str:
    return "is in the past" if checked is None else f"was already past when it was checked on {checked}"


def _audience_warnings(deadline: Deadline, path: Path, table: DeadlineTable, around: Surroundings) -> Iterator[Finding]:
    if not deadline.leads and _lead_texts(table, around) == ():
        where = _where("leads", path, table, around) or path
        yield Finding(path=where, code="no-lead", message="has no lead: nobody is told before it falls due")
    if not deadline.channels:
        yield Finding(path=path, code="unreachable", message="no channel would hear of it", spot=Spot.HEADER)
    elif deadline.severity is Severity.CRITICAL and len(deadline.channels) == 1:
        channel = around.channels.get(deadline.channels[0])
        is_read = ("channels", deadline.channels[0], "fallback") not in around.faulty
        if channel is not None and channel.fallback is None and is_read:
            message = f"is critical, and {channel.name} is its only channel and has no fallback"
            yield Finding(path=path, code="single-channel", message=message, spot=Spot.HEADER)


def insecure_urls(path: Path, settings: BaseModel) -> Iterator[Finding]:
    """A warning for each plain http URL that leaves this machine."""
    for name, info in type(settings).model_fields.items():
        value = getattr(settings, name)
        where = (*path, info.alias or name)
        if isinstance(value, BaseModel):
            yield from insecure_urls(where, value)
        elif _is_insecure(value):
            message = "is plain http: anybody on the way can read and change it"
            yield Finding(path=where, code="insecure-url", message=message)


def _is_insecure(value: object) -> bool:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or not text.lower().startswith("http://"):
        return False
    try:
        return not is_loopback_host(Url(text).host or "")
    except ValueError:
        return False
