"""The ledger beside a command: opened where there is one, and never made by asking."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alerter.cli.failure import UNUSABLE, Failure

if TYPE_CHECKING:
    from alerter.ledger.ledger import Ledger

_FILE_SCHEME = "sqlite:///"


@asynccontextmanager
async def open_ledger(store: str) -> AsyncIterator[Ledger]:
    """The ledger of `service.store`; raises Failure where there is none or it cannot be used."""
    from alerter.ledger.ledger import Ledger, LedgerError

    if not has_ledger(store):
        raise Failure(f"there is no ledger at {store_path(store)} yet: `alerter run` makes one")
    ledger = Ledger(store)
    try:
        await ledger.open()
        yield ledger
    except LedgerError as error:  # also what a query of the command raises
        raise Failure(str(error), UNUSABLE) from error
    finally:
        await ledger.close()


def has_ledger(store: str) -> bool:
    """Whether there may be a ledger: a database server is there, a file exists or does not.

    An empty file is none. To make tables in it is up to the daemon, which knows whether there was more.
    """
    path = store_path(store)
    try:
        return path is None or path.is_dir() or path.stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # whoever opens it says why it cannot be used
        return True


def store_path(store: str) -> Path | None:
    """The file of an SQLite store; None for a database server."""
    return Path(store.removeprefix(_FILE_SCHEME).partition("?")[0]) if store.startswith(_FILE_SCHEME) else None
