"""What a person does about a deadline from the command line: written to the ledger, beside the daemon."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alerter.cli.failure import Failure

if TYPE_CHECKING:
    from alerter.domain.deadline import Deadline
    from alerter.domain.due import Due
    from alerter.domain.record import Action
    from alerter.ledger.ledger import Ledger

LONGEST_NAME = 200
LONGEST_NOTE = 2000


async def act(
    config: list[Path] | None, deadline_id: str, *, by: str | None, note: str, make: Callable[[Action, Due], Action]
) -> tuple[Action, Due, Deadline]:
    """Write one action on the occurrence meant; `make` turns a bare acknowledgement into what is wanted.

    Raises Failure where there is no such deadline, no ledger, or nothing left to act on.
    """
    from alerter.cli.loading import load_config
    from alerter.cli.naming import find_named
    from alerter.cli.service_table import find_store
    from alerter.cli.stored import open_ledger
    from alerter.domain.acting import ends_leads
    from alerter.domain.deadline import Status

    ready = load_config(config)
    deadline = find_named(deadline_id, ready.watch_list.deadlines, what="deadline")
    if deadline.status is not Status.OPEN:
        raise Failure(f"{deadline.id!r} is {deadline.status} already, says the configuration")
    async with open_ledger(find_store(config)) as ledger:
        now = datetime.now(UTC)
        actions = await ledger.actions(deadline.id)
        due = await _find_occurrence(ledger, deadline, actions, now)
        action = make(_acknowledgement(deadline, due, now, by, note), due)
        _refuse_if_closed(action, actions)
        written = await ledger.act(action, ends=True, ends_leads=ends_leads(deadline))
    return written, due, deadline


def _refuse_if_closed(action: Action, actions: Sequence[Action]) -> None:
    """What is closed can be closed otherwise, but there is nothing left to acknowledge or to snooze."""
    closed = [one for one in actions if one.action == "close" and one.due_key == action.due_key]
    if closed and action.action != "close":
        raise Failure(f"{action.deadline!r} was closed as {closed[-1].status} by {closed[-1].by}")


async def _find_occurrence(ledger: Ledger, deadline: Deadline, actions: Sequence[Action], now: datetime) -> Due:
    from alerter.domain.acting import occurrence_meant
    from alerter.domain.notice import State

    told = await ledger.history(deadline=deadline.id, state=State.DELIVERED)
    due = occurrence_meant(deadline, {one.due_key for one in told if one.due_key}, actions, now)
    if due is None:
        raise Failure(f"no due date of {deadline.id!r} is left")
    return due


def _acknowledgement(deadline: Deadline, due: Due, now: datetime, by: str | None, note: str) -> Action:
    from alerter.domain.plain_text import cut, one_line
    from alerter.domain.record import Action

    bare = Action(ordinal=0, at=now, deadline=deadline.id, due_key=due.key, action="ack")
    return replace(bare, by=cut(one_line(by or _user_name()), LONGEST_NAME), note=cut(one_line(note), LONGEST_NOTE))


def _user_name() -> str:
    """Who runs the command; a user id without a name, as containers have, is named by its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
