"""How PostgreSQL is worked with: limits of time on every level, and few connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import await_only

from alerter.ledger import cutoff
from alerter.ledger.cutoff import USUAL_SECONDS, Cutoff
from alerter.ledger.errors import LedgerUnwritable
from alerter.ledger.trouble import is_gone

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 5
CONNECTION_COUNT = 5
ARGUMENTS = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,  # milliseconds
    "target_session_attrs": "read-write",  # of several hosts the one that is primary now
    "application_name": "alerter",
    "client_encoding": "utf8",  # else the server's, and of one that knows none (SQL_ASCII) text comes as bytes
}
SETTINGS = {"statement_timeout": 7000, "lock_timeout": 5000, "idle_in_transaction_session_timeout": 10000}  # as above


T = TypeVar("T")


class Postgres:
    """A database on a server, and a small pool of connections; what the URL itself sets is left as it is."""

    def __init__(self, url: URL) -> None:
        arguments = {name: value for name, value in ARGUMENTS.items() if name not in url.query}
        try:
            self._engine = create_async_engine(
                url.difference_update_query(["options"]),
                connect_args={**arguments, "options": _options(url), "async_creator_fn": _connect},
                pool_size=CONNECTION_COUNT,
                max_overflow=0,
                pool_timeout=CONNECT_SECONDS,
            )
        except ModuleNotFoundError:
            raise LedgerUnwritable("a ledger on PostgreSQL needs psycopg: install alerter[postgres]") from None
        event.listen(self._engine.sync_engine, "checkout", _put_under_limit)
        event.listen(self._engine.sync_engine, "handle_error", _drop_what_is_gone)

    async def run(self, work: Callable[[Connection], T], limit: Cutoff, *, writes: bool, is_repeat: bool) -> T:
        """Run the work in a transaction, within the limit of time."""
        engine = self._engine.execution_options(writes=writes, is_repeat=is_repeat)
        with limit:
            async with engine.begin() as connection:
                if limit.seconds > USUAL_SECONDS:
                    await connection.execute(text(f"SET LOCAL statement_timeout = '{limit.seconds:.0f}s'"))
                return await connection.run_sync(work)

    def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What comes of it, for the work of a transaction."""
        return await_only(coroutine)

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.dispose()


async def _connect(**parameters: Any) -> psycopg.AsyncConnection[Any]:
    """Connect within the task's time limit, names looked up and all."""
    import psycopg  # noqa: PLC0415 - only those who use PostgreSQL have it

    try:
        async with asyncio.timeout(cutoff.seconds_left(CONNECT_SECONDS)):
            connection = await psycopg.AsyncConnection.connect(**parameters)
    except TimeoutError:
        raise psycopg.OperationalError("no answer in time") from None
    cutoff.watch(connection.pgconn.socket)
    return connection


def _put_under_limit(connection: Any, _record: object, _proxy: object) -> None:
    driver = connection.driver_connection
    if not driver.closed:
        cutoff.watch(driver.pgconn.socket)


def _drop_what_is_gone(context: ExceptionContext) -> None:
    """A server that shuts down or became a standby leaves connections that look whole."""
    if context.sqlalchemy_exception is not None and is_gone(context.original_exception):
        context.is_disconnect = True


def _options(url: URL) -> str:
    """Ours first, so that those of the URL win."""
    given = url.query.get("options", ())
    ours = [f"-c{name}={value}" for name, value in SETTINGS.items()]
    return " ".join([*ours, *((given,) if isinstance(given, str) else given)])
