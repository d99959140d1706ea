"""How PostgreSQL is connected to: limits of time on every level, and few connections."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from alerter.ledger import cutoff
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
}
SEVERAL_HOSTS = re.compile(
    r"(?P<before>postgres[^:]*://(?:[^/?@]*@)?)(?P<hosts>[^/?@]*,[^/?@]*)(?P<path>/[^?]*)?(?:\?(?P<query>.*))?"
)
SETTINGS = {"statement_timeout": 7000, "lock_timeout": 5000, "idle_in_transaction_session_timeout": 10000}  # as above


def with_hosts_in_query(text: str) -> str:
    """`//user@a:1,b:2/name`, as PostgreSQL itself writes several hosts, in SQLAlchemy's way; anything else as it is."""
    found = SEVERAL_HOSTS.fullmatch(text)
    if found is None:
        return text
    hosts = "&".join(f"host={host}" for host in found["hosts"].split(","))
    return f"{found['before']}{found['path'] or '/'}?{hosts}{'&' if found['query'] else ''}{found['query'] or ''}"


def make_engine(url: URL) -> AsyncEngine:
    """A small pool of connections; what the URL itself sets is left as it is."""
    arguments = {name: value for name, value in ARGUMENTS.items() if name not in url.query}
    try:
        engine = create_async_engine(
            url.difference_update_query(["options"]),
            connect_args={**arguments, "options": _options(url), "async_creator_fn": _connect},
            pool_size=CONNECTION_COUNT,
            max_overflow=0,
            pool_timeout=CONNECT_SECONDS,
        )
    except ModuleNotFoundError:
        raise LedgerUnwritable("a ledger on PostgreSQL needs psycopg: install alerter[postgres]") from None
    event.listen(engine.sync_engine, "checkout", _put_under_limit)
    event.listen(engine.sync_engine, "handle_error", _drop_what_is_gone)
    return engine


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
