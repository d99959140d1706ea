"""`alerter retry`: dead notices go back into the queue."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from alerter.cli.failure import UNUSABLE, Failure
from alerter.cli.options import Config


def command(
    notice: Annotated[str | None, typer.Argument(metavar="NOTICE_ID", help="One dead notice.")] = None,
    config: Config = None,
    dead: Annotated[bool, typer.Option("--dead", help="All dead notices.")] = False,
) -> None:
    """Put dead notices back into the queue."""
    from alerter.cli.service_table import find_store

    if (notice is None) is not dead:
        raise Failure("name one notice, or give --dead for all dead ones", UNUSABLE)
    returned = asyncio.run(_retry(find_store(config), notice))
    for one in returned:
        print(one)
    if notice is not None and not returned:
        raise Failure(f"there is no dead notice {notice!r} (see `alerter history --state dead`)")
    if not returned:
        print("There are no dead notices.")


async def _retry(store: str, notice: str | None) -> list[str]:
    from alerter.cli.stored import open_ledger

    async with open_ledger(store) as ledger:
        return await ledger.retry(None if notice is None else [notice], datetime.now(UTC))
