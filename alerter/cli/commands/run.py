"""`alerter run`: the daemon."""

from __future__ import annotations

import asyncio
import os
import resource

from alerter.cli.options import Config
from alerter.cli.sparing import import_alone, return_large_blocks

PRIVATE = 0o077
"""The umask: the ledger, and whatever comes to lie beside it, is for the daemon's user alone."""


def command(config: Config = None) -> None:
    """Run the daemon until it is told to stop."""
    return_large_blocks()
    import_alone("structlog")
    import_alone("httpx")
    from alerter.cli.leaving import leave
    from alerter.cli.running import run_daemon
    from alerter.config.source import Options

    os.umask(PRIVATE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # an image of the memory would hold every secret
    options = Options(config=tuple(config or ()), environ=os.environ)
    leave(asyncio.Runner().run(run_daemon(options)))
