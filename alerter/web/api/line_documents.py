"""The JSON documents about deadlines: one line of the list, and the whole story of one."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from alerter.domain.dates.instants import instant
from alerter.domain.decisions.moves import count_moves, earlier_dates
from alerter.domain.decisions.record import Known
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import Due
from alerter.domain.words.spoken_time import when
from alerter.web.api.documents import ActionDocument, NoticeDocument, PlannedDocument, format_instant
from alerter.web.desk.lines import Line


class DeadlineDocument(TypedDict):
    """One due date of one deadline, and where it stands."""

    id: str
    title: str
    status: str
    severity: str
    certainty: str
    checked: str | None
    due: str | None
    due_local: str | None
    date_only: bool
    timezone: str
    repeat: str | None
    tags: list[str]
    owner: str
    note: str
    link: str
    channels: list[str]
    moves: int
    told: list[str]
    acknowledged_by: str | None
    acknowledged_at: str | None
    closed_as: str | None
    closed_by: str | None
    snoozed_until: str | None


class DateDocument(TypedDict):
    """A date that the deadline has had; `due_local` is as people would say it."""

    due: str
    due_local: str
    note: str


class StoryDocument(TypedDict):
    """Everything there is to say of one deadline."""

    deadline: DeadlineDocument | None
    removed_at: str | None
    earlier: list[DateDocument]
    planned: list[PlannedDocument]
    notices: list[NoticeDocument]
    actions: list[ActionDocument]


def deadline_document(line: Line, known: Known | None) -> DeadlineDocument:
    """The documented fields of a line; `known` is what the ledger knows of its deadline."""
    deadline, due = line.deadline, line.due
    acked, closed = line.last("ack"), line.last("close")
    return {
        "id": deadline.id,
        "title": deadline.title,
        "status": str(line.status),
        "severity": str(deadline.severity),
        "certainty": str(deadline.certainty),
        "checked": deadline.checked.isoformat() if deadline.checked else None,
        "due": format_instant(due.at if due else None),
        "due_local": when(due, deadline.zone) if due else None,
        "date_only": deadline.is_date_only,
        "timezone": deadline.zone.name,
        "repeat": deadline.repeat,
        "tags": list(deadline.tags),
        "owner": deadline.owner,
        "note": deadline.note,
        "link": deadline.link,
        "channels": list(deadline.channels),
        "moves": moves_of(line, known),
        "told": sorted(known.told) if known else [],
        "acknowledged_by": acked.by if acked else None,
        "acknowledged_at": format_instant(acked.at if acked else None),
        "closed_as": str(closed.status) if closed else None,
        "closed_by": closed.by if closed else None,
        "snoozed_until": format_instant(line.snoozed_until),
    }


def moves_of(line: Line, known: Known | None) -> int:
    """How many times the date has moved, by configuration and ledger."""
    return count_moves(line.deadline, line.due.key if line.due else None, known.record if known else None)


def date_documents(deadline: Deadline, due: Due | None, known: Known | None) -> list[DateDocument]:
    """The dates it had before, the first announced first."""
    earlier = known.record.earlier_keys if known else ()
    dates = earlier_dates(deadline, due.key if due else None, earlier)
    return [{"due": instant(one.at), "due_local": when(one, deadline.zone), "note": note} for one, note in dates]


def is_snoozed(line: Line, now: datetime) -> bool:
    """Whether nothing is said of it just now."""
    return line.snoozed_until is not None and line.snoozed_until > now
