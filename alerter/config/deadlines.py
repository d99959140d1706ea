"""From the tables of deadlines to deadlines with dates: those of their own first, then those that follow them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from alerter.config.findings import Finding, Path, Spot
from alerter.config.models import DeadlineTable, DerivedTable, HistoryTable
from alerter.config.resolve import Resolver, Shared, own
from alerter.domain.dates.zone import Zone
from alerter.domain.planning.deadline import Deadline, OnAck, PastDue, Severity, Status
from alerter.domain.planning.derive import DeriveError, derive, order_chain
from alerter.domain.planning.due import normalise_due, sole_due
from alerter.domain.planning.duedate import Reading
from alerter.domain.planning.lead import LeadError, parse_offset
from alerter.domain.planning.routing import route
from alerter.domain.planning.watchlist import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who hears of a deadline that names no channels itself."""

    routes: Sequence[Route]
    channels: Sequence[str]
    ops: Sequence[str]
    seen: dict[tuple[tuple[str, ...], Severity], tuple[str, ...]] = field(default_factory=dict)

    def of(self, tags: tuple[str, ...], severity: Severity) -> tuple[str, ...]:
        """The channels for these tags and this severity."""
        key = (tags, severity)
        found = self.seen.get(key)
        if found is None:
            found = self.seen[key] = route(self.routes, self.channels, self.ops, tags, severity)
        return found


@dataclass(slots=True)
class Waiting:
    """A deadline that gets its date from another; `made` is what it came to, and from which."""

    index: int
    key: str
    table: DerivedTable
    facts: dict[str, Any]
    made: tuple[Deadline, Deadline] | None = None

    @property
    def id(self) -> str:
        """Its own id."""
        return str(self.facts["id"])


Row = Deadline | Waiting
Check = Callable[[Deadline, Path, DeadlineTable], Iterable[Finding]]


@dataclass(slots=True)
class Built:
    """Deadlines by id, those that follow others as they were written, and the row that each read anew is from.

    Of those that follow others the `tables` are kept until they have their dates. `redated` are those among them that
    were built before, and got another date now.
    """

    deadlines: dict[str, Deadline] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    tables: dict[str, DeadlineTable] = field(default_factory=dict)
    redated: list[str] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Take one over as it was built before."""
        if isinstance(row, Deadline):
            self.deadlines[row.id] = row
        else:
            self.waiting[row.id] = row


def build_deadlines(
    resolver: Resolver,
    shared: Shared,
    audience: Audience,
    tables: Iterable[tuple[int, DeadlineTable]],
    *,
    check: Check,
    built: Built,
) -> None:
    """Add every deadline of which enough is known to those `built` before; what is wrong is noted.

    No table is kept for longer than it is needed, so that many take no more room than few.
    """
    base = {name: getattr(shared, name) for name in Shared.__slots__}
    for index, table in tables:
        facts = base | own(resolver, ("deadline", index), table, shared)
        _complete(resolver, audience, facts, ("deadline", index), table)
        if table.id is None or table.id in built.rows:
            continue
        built.rows[table.id] = index
        derivation = _derivation(table)
        if derivation is not None:
            built.waiting[table.id] = Waiting(index, derivation[0], derivation[1], facts)
            built.tables[table.id] = table
        elif table.due is not None and _add(resolver, built, index, table.due, facts):
            resolver.findings.extend(check(built.deadlines[table.id], ("deadline", index), table))
    _derive_all(resolver, built)
    for name, table in built.tables.items():
        if name in built.deadlines:
            resolver.findings.extend(check(built.deadlines[name], ("deadline", built.rows[name]), table))


def _complete(resolver: Resolver, audience: Audience, facts: dict[str, Any], path: Path, table: DeadlineTable) -> None:
    """Add all that a deadline has but its date."""
    facts["id"], facts["title"] = _apart(table.id), _apart(table.title) or ""
    if facts["channels"] is None:
        facts["channels"] = audience.of(facts["tags"], facts["severity"])
    if facts["on_ack"] is None:
        facts["on_ack"] = OnAck.LEADS if facts["severity"] is Severity.CRITICAL else OnAck.STOP
    if table.history:
        facts["history"] = tuple(_past(resolver, path, facts, table.history))


def _apart(text: str | None) -> str | None:
    """The same text in another place: what TOML made lies among much that goes, and would keep its room."""
    return None if text is None else text.encode().decode()


def _past(
    resolver: Resolver, path: Path, facts: Mapping[str, Any], history: Sequence[HistoryTable]
) -> Iterator[PastDue]:
    """The earlier dates, read as the deadline's own: as they were announced, rolled."""
    zone, calendar = facts["zone"], facts["calendar"]
    how = Reading(zone, facts["due_time"], facts["roll"], calendar, calendar.is_holiday)
    for index, each in enumerate(history):
        written = _normalise(resolver, (*path, "history", index, "due"), each.due, zone)
        if written is not None:
            due = how.due(written)
            yield PastDue(key=due.key, local=due.local, note=each.note)


def _normalise(resolver: Resolver, path: Path, value: date | datetime, zone: Zone) -> date | datetime | None:
    try:
        return normalise_due(value, zone)
    except ValueError as error:
        resolver.note(path, "bad-value", str(error))
        return None


def _derivation(table: DeadlineTable) -> tuple[str, DerivedTable] | None:
    if table.after is not None:
        return "after", table.after
    return None if table.before is None else ("before", table.before)


def _add(resolver: Resolver, built: Built, index: int, value: date | datetime, facts: dict[str, Any]) -> bool:
    due = _normalise(resolver, ("deadline", index, "due"), value, facts["zone"])
    if due is not None:
        built.deadlines[facts["id"]] = Deadline(due=due.replace(), **facts)
    return due is not None


def _derive_all(resolver: Resolver, built: Built) -> None:
    waiting = built.waiting
    for child in waiting.values():
        resolver.find_id(("deadline", child.index, child.key, "id"), child.table.id)
    order, cycles = order_chain({name: child.table.id for name, child in waiting.items()})
    for cycle in cycles:
        _note_cycle(resolver, waiting, cycle)
    for name in order:
        child = waiting[name]
        parent = built.deadlines.get(child.table.id)
        if child.made is not None and child.made[0] is parent:
            built.deadlines[name] = child.made[1]
            continue
        deadline = _derive_one(resolver, child, parent)
        if deadline is not None and parent is not None:
            built.deadlines[name] = deadline
            child.made = parent, deadline
            if name not in built.tables:
                built.redated.append(name)


def _note_cycle(resolver: Resolver, waiting: Mapping[str, Waiting], cycle: Sequence[str]) -> None:
    for position, name in enumerate(cycle):
        child = waiting[name]
        chain = " -> ".join([*cycle[position:], *cycle[:position], name])
        resolver.note(("deadline", child.index, child.key), "cycle", f"follows itself: {chain}", Spot.KEY)


def _derive_one(resolver: Resolver, child: Waiting, parent: Deadline | None) -> Deadline | None:
    path: Path = ("deadline", child.index, child.key)
    facts = child.facts
    try:
        offset = parse_offset(child.table.offset)
    except LeadError as error:
        resolver.note((*path, "offset"), "bad-value", str(error))
        return None
    if facts["repeat"] is not None:
        resolver.note(path, "bad-value", "a series (repeat) needs a due date of its own", Spot.KEY)
        return None
    if parent is None:
        return None
    if parent.repeat is not None:
        resolver.note((*path, "id"), "bad-value", f"{parent.id} is a series and has no single date to follow")
        return None
    is_after = child.key == "after"
    try:
        due = derive(sole_due(parent), offset, after=is_after, zone=facts["zone"], calendar=facts["calendar"])
    except DeriveError as error:
        resolver.note((*path, "offset"), "bad-value", str(error))
        return None
    status = Status.VOID if parent.status is Status.VOID else facts["status"]
    return Deadline(due=due, derived_from=parent.id, **{**facts, "status": status})
