"""`alerter close`: a deadline is over, one way or another."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated

import typer

from alerter.cli.options import By, Config, DeadlineId, Note


class ClosedAs(StrEnum):
    """What became of it."""

    MET = "met"
    LAPSED = "lapsed"
    VOID = "void"


def command(
    deadline: DeadlineId,
    closed_as: Annotated[ClosedAs, typer.Option("--as", help="What became of it.")],
    config: Config = None,
    by: By = None,
    note: Note = "",
) -> None:
    """Close a deadline; of a series, the earliest occurrence told of and still open, else the next."""
    from alerter.cli.acting import act, user_name
    from alerter.domain.decisions.acting import Deed
    from alerter.domain.planning.deadline import Status
    from alerter.domain.words.spoken_time import when

    deed = Deed(action="close", by=by or user_name(), note=note, status=Status(closed_as.value))
    done, subject = asyncio.run(act(config, deadline, deed))
    print(f"{subject.id}, due {when(done.due, subject.zone)}: closed as {done.action.status} by {done.action.by}")
