"""`alerter run`: the daemon."""

from __future__ import annotations

import asyncio
import os

import typer

from alerter.cli.options import Config


def command(config: Config = None) -> None:
    """Run the daemon until it is told to stop."""
    from alerter.app import Options, run_daemon

    raise typer.Exit(asyncio.run(run_daemon(Options(config=tuple(config or ()), environ=os.environ))))
