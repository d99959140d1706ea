"""`alerter snooze`: nothing more about a deadline for a while."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from alerter.cli.options import By, Config, DeadlineId, Note


def command(
    deadline: DeadlineId,
    length: Annotated[str, typer.Option("--for", metavar="D", help="How long, such as 4h or 2d.")],
    config: Config = None,
    by: By = None,
    note: Note = "",
) -> None:
    """Send nothing about a deadline for a while, at most until it is due."""
    from alerter.cli.acting import act, user_name
    from alerter.cli.times import parse_duration
    from alerter.domain.decisions.acting import Deed
    from alerter.domain.words.spoken_time import moment, when

    asked = parse_duration(length, option="--for")
    deed = Deed(action="snooze", by=by or user_name(), note=note, snooze_for=asked)
    done, subject = asyncio.run(act(config, deadline, deed))
    action, due = done.action, done.due
    until = moment(action.until, subject.zone) if action.until else ""
    cut = " (no longer: that is when it is due)" if action.until == due.at else ""
    print(f"{subject.id}, due {when(due, subject.zone)}: snoozed until {until}{cut}, by {action.by}")
