"""`alerter close`: a deadline is over, one way or another."""

from __future__ import annotations

import asyncio
from dataclasses import replace
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
    from alerter.cli.acting import act
    from alerter.domain.deadline import Status
    from alerter.domain.spoken_time import when

    status = Status(closed_as.value)
    action, due, subject = asyncio.run(
        act(
            config,
            deadline,
            by=by,
            note=note,
            make=lambda action, _: replace(action, action="close", status=status),
        )
    )
    print(f"{subject.id}, due {when(due, subject.zone)}: closed as {status} by {action.by}")
