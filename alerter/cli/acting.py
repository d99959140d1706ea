"""What a person does about a deadline from the command line: written to the ledger, beside the daemon."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alerter.cli.failure import Failure

if TYPE_CHECKING:
    from alerter.domain.decisions.acting import Deed
    from alerter.domain.planning.deadline import Deadline
    from alerter.ledger.doing import Done


async def act(config: list[Path] | None, deadline_id: str, deed: Deed) -> tuple[Done, Deadline]:
    """Do it. Raises Failure where there is no such deadline, no ledger, or nothing left to act on."""
    from alerter.cli.loading import load_config
    from alerter.cli.naming import find_named
    from alerter.cli.service_table import find_store
    from alerter.cli.stored import open_ledger
    from alerter.domain.decisions.acting import CannotDo
    from alerter.ledger.doing import do

    ready = load_config(config)
    deadline = find_named(deadline_id, ready.watch_list.deadlines, what="deadline")
    async with open_ledger(find_store(config)) as ledger:
        try:
            return await do(ledger, deadline, ready.watch_list.deadlines, deed, datetime.now(UTC)), deadline
        except CannotDo as error:
            raise Failure(str(error)) from error


def user_name() -> str:
    """Who runs the command; a user id without a name, as containers have, is named by its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
