"""The API's answers: one function for each operation, from what was asked to the document."""

from __future__ import annotations

from typing_extensions import TypedDict

from alerter import __version__
from alerter.domain.dates.instants import instant
from alerter.domain.decisions.acting import Deed
from alerter.web.api.asking import (
    Acknowledgement,
    ActionsAsked,
    Asked,
    Closing,
    DeadlinesAsked,
    NoticesAsked,
    Snooze,
    parse_instant,
    read_key,
    read_number,
    read_place,
    write_key,
    write_place,
)
from alerter.web.api.documents import (
    ActionDocument,
    ChannelDocument,
    NoticeDocument,
    action_document,
    channel_document,
    format_instant,
    notice_document,
    planned_document,
)
from alerter.web.api.line_documents import DeadlineDocument, StoryDocument, date_documents, deadline_document
from alerter.web.desk.desk import Desk
from alerter.web.desk.story import find_condition, find_notices, find_removed, find_story


class DeadlinesDocument(TypedDict):
    """One page of deadlines, by due date; `next` is the next page's `after`."""

    deadlines: list[DeadlineDocument]
    next: str | None


class NoticesDocument(TypedDict):
    """One page of notices, the last first; `next` is the next page's `after`."""

    notices: list[NoticeDocument]
    next: str | None


class ActionsDocument(TypedDict):
    """One page of what people did, the last first; `next` is the next page's `after`."""

    actions: list[ActionDocument]
    next: str | None


class TroubleDocument(TypedDict):
    """Something that is wrong."""

    about: str
    text: str


class RemovedDocument(TypedDict):
    """A deadline that was deleted from the configuration."""

    id: str
    title: str
    due: str | None
    removed_at: str | None


class StatusDocument(TypedDict):
    """How everything is."""

    version: str
    now: str
    problems: list[TroubleDocument]
    channels: list[ChannelDocument]
    overdue_unsent: int
    removed: list[RemovedDocument]


class DoneDocument(TypedDict):
    """What was done, and about which due date; `repeated` where it had been done before, and nothing was written."""

    at: str
    deadline: str
    action: str
    by: str
    note: str
    due: str
    until: str | None
    status: str | None
    repeated: bool


async def list_deadlines(desk: Desk, asked: DeadlinesAsked) -> DeadlinesDocument:
    """Deadlines, by due date."""
    await desk.refresh()
    found = await desk.catalogue.all(asked.filter, limit=asked.limit, after=read_key(asked.after), status=asked.status)
    lines, known = await desk.look_up(found.lines)
    return {
        "deadlines": [deadline_document(line, known.get(line.deadline.id)) for line in lines],
        "next": write_key(found.after) if found.after else None,
    }


async def tell_story(desk: Desk, asked: Asked, name: str) -> StoryDocument:
    """One deadline's whole story; of one that was removed what the ledger still has."""
    story = await find_story(desk, name)
    deadline = story.deadline
    line = story.lines[0] if story.lines else None
    return {
        "deadline": deadline_document(line, story.known) if line else None,
        "removed_at": format_instant(story.record.removed_at if story.record else None),
        "earlier": date_documents(deadline, line.due if line else None, story.known) if deadline else [],
        "planned": [planned_document(notice, deadline.title if deadline else "") for notice in story.planned],
        "notices": [notice_document(told) for told in story.notices],
        "actions": [action_document(action) for action in story.actions],
    }


async def list_notices(desk: Desk, asked: NoticesAsked) -> NoticesDocument:
    """What was told and what waits, the last first."""
    await desk.refresh()
    told, place = await find_notices(
        desk,
        asked.filter,
        limit=asked.limit,
        before=read_place(asked.after),
        deadline=asked.deadline,
        channel=asked.channel,
        state=asked.state,
        since=parse_instant(asked.since) if asked.since else None,
    )
    return {"notices": [notice_document(one) for one in told], "next": write_place(*place) if place else None}


async def list_actions(desk: Desk, asked: ActionsAsked) -> ActionsDocument:
    """What people did, the last first."""
    await desk.refresh()
    end = read_number(asked.after)
    meant = [
        one
        for one in reversed(desk.catalogue.actions)
        if (end is None or one.ordinal < end) and asked.deadline in (None, one.deadline)
    ]
    shown = meant[: asked.limit]
    return {
        "actions": [action_document(one) for one in shown],
        "next": str(shown[-1].ordinal) if len(meant) > len(shown) else None,
    }


async def show_status(desk: Desk, asked: Asked) -> StatusDocument:
    """The channels, what was removed, and what is wrong right now."""
    await desk.refresh()
    condition = await find_condition(desk)
    return {
        "version": __version__,
        "now": instant(condition.now),
        "problems": [{"about": str(one.about), "text": str(one.known)} for one in condition.troubles],
        "channels": [
            channel_document(name, channel.type, condition.channels.get(name), condition.queue.get(name, 0))
            for name, channel in desk.watch_list.channels.items()
        ],
        "overdue_unsent": condition.overdue_count,
        "removed": [
            {
                "id": record.deadline,
                "title": record.title,
                "due": instant(record.due_at),
                "removed_at": format_instant(record.removed_at),
            }
            for record in await find_removed(desk)
        ],
    }


async def acknowledge(desk: Desk, asked: Acknowledgement, name: str) -> DoneDocument:
    """Say that somebody has seen to it; what that ends depends on `on_ack`."""
    return await _do(desk, name, Deed(action="ack", by=asked.by, note=asked.note))


async def snooze(desk: Desk, asked: Snooze, name: str) -> DoneDocument:
    """Hear nothing of it for a while, at most until it is due."""
    return await _do(desk, name, Deed(action="snooze", by=asked.by, note=asked.note, snooze_for=asked.snooze_for))


async def close(desk: Desk, asked: Closing, name: str) -> DoneDocument:
    """Say that it is over, one way or another."""
    return await _do(desk, name, Deed(action="close", by=asked.by, note=asked.note, status=asked.status))


async def _do(desk: Desk, name: str, deed: Deed) -> DoneDocument:
    done = await desk.do(name, deed)
    action = done.action
    return {
        **action_document(action),
        "due": instant(done.due.at),
        "until": format_instant(action.until),
        "status": str(action.status) if action.status else None,
        "repeated": done.is_repeat,
    }
