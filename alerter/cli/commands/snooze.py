"""`alerter snooze`: nothing more about a deadline for a while."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from alerter.cli.failure import Failure
from alerter.cli.options import By, Config, DeadlineId, Note

if TYPE_CHECKING:
    from alerter.domain.due import Due
    from alerter.domain.record import Action


def command(
    deadline: DeadlineId,
    length: Annotated[str, typer.Option("--for", metavar="D", help="How long, such as 4h or 2d.")],
    config: Config = None,
    by: By = None,
    note: Note = "",
) -> None:
    """Send nothing about a deadline for a while, at most until it is due."""
    from alerter.cli.acting import act
    from alerter.cli.times import parse_duration
    from alerter.domain.spoken_time import moment, when

    asked = parse_duration(length, option="--for")
    action, due, subject = asyncio.run(
        act(config, deadline, by=by, note=note, make=lambda action, due: _snooze(action, due, asked))
    )
    until = moment(action.until, subject.zone) if action.until else ""
    cut = " (no longer: that is when it is due)" if action.until == due.at else ""
    print(f"{subject.id}, due {when(due, subject.zone)}: snoozed until {until}{cut}, by {action.by}")


def _snooze(action: Action, due: Due, asked: timedelta) -> Action:
    if due.at <= action.at:
        raise Failure(f"{action.deadline!r} is due already: a snooze lasts at most until then")
    until = (action.at + min(asked, due.at - action.at)).replace(microsecond=0)
    return replace(action, action="snooze", until=until)
