"""`alerter ack`: somebody has seen to a deadline."""

from __future__ import annotations

import asyncio

from alerter.cli.options import By, Config, DeadlineId, Note


def command(deadline: DeadlineId, config: Config = None, by: By = None, note: Note = "") -> None:
    """Acknowledge a deadline: the earliest due date told of and still open, else the next."""
    from alerter.cli.acting import act
    from alerter.domain.spoken_time import when

    action, due, subject = asyncio.run(act(config, deadline, by=by, note=note, make=lambda action, _: action))
    print(f"{subject.id}, due {when(due, subject.zone)}: acknowledged by {action.by}")
