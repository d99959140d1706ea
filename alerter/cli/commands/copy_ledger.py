"""`alerter copy-ledger`: from SQLite to PostgreSQL, or back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from alerter.cli.failure import UNUSABLE, Failure
from alerter.cli.options import Config


def command(
    source: Annotated[str, typer.Argument(metavar="FROM", help="sqlite:///PATH or postgresql://USER@HOST/NAME.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The same; it must hold nothing yet.")],
    _config: Config = None,
) -> None:
    """Copy a ledger into an empty one; stop the daemon first."""
    from alerter.cli.stored import has_ledger, store_path
    from alerter.config.settings import STORE_FORM, is_store
    from alerter.ledger.copying import copy_ledger
    from alerter.ledger.errors import LedgerError, LedgerLost

    for name, url in (("FROM", source), ("TO", target)):
        if not is_store(url):
            raise Failure(f"{name}: {STORE_FORM}", UNUSABLE)
    if _place(source) == _place(target):
        raise Failure("FROM and TO are the same ledger", UNUSABLE)
    if not has_ledger(source):
        raise Failure(f"there is no ledger at {store_path(source)}")
    try:
        counts = asyncio.run(copy_ledger(source, target))
    except LedgerLost as error:
        raise Failure(f"nothing was copied, since what is there is damaged, or no ledger: {error}") from error
    except LedgerError as error:
        raise Failure(str(error)) from error
    print("copied " + ", ".join(f"{count} of {table}" for table, count in counts.items() if count))


def _place(url: str) -> Path | str:
    """What is the same for the same ledger, however its file is written."""
    from alerter.cli.stored import store_path

    path = store_path(url)
    return path.resolve() if path is not None else url
