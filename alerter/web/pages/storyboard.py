"""What the page of one deadline shows: every date it had, every notice word for word, every action."""

from __future__ import annotations

from datetime import datetime

from starlette.datastructures import QueryParams

from alerter.domain.decisions.acting import notices_ended
from alerter.domain.decisions.moves import earlier_dates
from alerter.domain.decisions.record import Action
from alerter.domain.notices.notice import State
from alerter.domain.planning.due import Due
from alerter.domain.planning.due_keys import parse_key
from alerter.ledger.values import Told
from alerter.web.api.asking import read_place, write_place
from alerter.web.api.line_documents import is_snoozed, moves_of
from alerter.web.desk.desk import Desk
from alerter.web.desk.lines import Line
from alerter.web.desk.story import Story, find_story
from alerter.web.pages.words import Words

PLANNED = 20
QUIET_STATES = (State.SKIPPED,)


def read_place_asked(query: QueryParams) -> tuple[datetime, str] | None:
    """Before which notice older ones are wanted."""
    return read_place(query.get("before") or None)


async def show_story(desk: Desk, name: str, before: tuple[datetime, str] | None, words: Words) -> dict[str, object]:
    """The values of the template; raises NoSuchDeadline."""
    story = await find_story(desk, name, before)
    line = story.lines[0] if story.lines else None
    told = [one for one in story.notices if one.state not in QUIET_STATES]
    return {
        "story": story,
        "line": line,
        "zone": story.deadline.zone if story.deadline else words.zone,
        "title": story.deadline.title if story.deadline else story.record.title if story.record else name,
        "dates": _dates(story, line),
        "other_dates": _other_dates(story, line),
        "moves": moves_of(line, story.known) if line else 0,
        "is_snoozed": is_snoozed(line, words.now) if line else False,
        "told": told,
        "skipped": [one for one in story.notices if one.state in QUIET_STATES],
        "planned": story.planned[:PLANNED],
        "planned_more": max(0, len(story.planned) - PLANNED),
        "older": _older(story),
        "can_act": line is not None and line.is_open,
        "stopped": _stopped(desk, line, words) if line is not None and line.is_open else 0,
    }


def _dates(story: Story, line: Line | None) -> list[tuple[Due, str]]:
    if story.deadline is None:
        return []
    keys = story.record.earlier_keys if story.record else ()
    return earlier_dates(story.deadline, line.due.key if line and line.due else None, keys)


def _other_dates(story: Story, line: Line | None) -> dict[str, Due]:
    """The dates that people acted about besides the present one, by their keys."""
    if story.deadline is None:
        return {}
    now = line.due.key if line and line.due else None
    return {key: parse_key(key, story.deadline) for key in {one.due_key for one in story.actions} - {now}}


def _older(story: Story) -> str | None:
    if not story.has_more:
        return None
    first: Told = story.notices[0]
    return write_place(first.planned_at, first.id)


def _stopped(desk: Desk, line: Line, words: Words) -> int:
    """How many notices still to come an acknowledgement would stop."""
    if line.due is None:
        return 0
    action = Action(ordinal=0, at=words.now, deadline=line.deadline.id, due_key=line.due.key, action="ack")
    return len(notices_ended(line.deadline, desk.watch_list.channels, action, line.actions, line.due))
