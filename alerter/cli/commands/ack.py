"""`alerter ack`: somebody has seen to a deadline."""

from __future__ import annotations

import asyncio

from alerter.cli.options import By, Config, DeadlineId, Note


def command(deadline: DeadlineId, config: Config = None, by: By = None, note: Note = "") -> None:
    """Acknowledge a deadline: the earliest due date told of and still open, else the next."""
    from alerter.cli.acting import act, user_name
    from alerter.domain.decisions.acting import Deed
    from alerter.domain.words.spoken_time import when

    done, subject = asyncio.run(act(config, deadline, Deed(action="ack", by=by or user_name(), note=note)))
    print(f"{subject.id}, due {when(done.due, subject.zone)}: acknowledged by {done.action.by}")
