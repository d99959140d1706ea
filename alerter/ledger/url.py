"""The URL of a ledger, as people write it."""

from __future__ import annotations

import re

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from alerter.ledger.errors import LedgerUnwritable

SEVERAL_HOSTS = re.compile(
    r"(?P<before>postgres[^:]*://(?:[^/?@]*@)?)(?P<hosts>[^/?@]*,[^/?@]*)(?P<path>/[^?]*)?(?:\?(?P<query>.*))?"
)


def parse(text: str) -> URL:
    """The URL with the driver of ours; raises LedgerUnwritable, without repeating what may hold a password."""
    try:
        url = make_url(_with_hosts_in_query(text))
    except (ArgumentError, ValueError):
        raise LedgerUnwritable(
            "the ledger's URL cannot be read; write sqlite:///PATH or postgresql://HOST/NAME"
        ) from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        return url.set(drivername="sqlite", database=None if url.database == ":memory:" else url.database)
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise LedgerUnwritable(f"no ledger on {backend!r}; write sqlite:///PATH or postgresql://HOST/NAME")


def _with_hosts_in_query(text: str) -> str:
    """`//user@a:1,b:2/name`, as PostgreSQL itself writes several hosts, in SQLAlchemy's way; anything else as it is."""
    found = SEVERAL_HOSTS.fullmatch(text)
    if found is None:
        return text
    hosts = "&".join(f"host={host}" for host in found["hosts"].split(","))
    return f"{found['before']}{found['path'] or '/'}?{hosts}{'&' if found['query'] else ''}{found['query'] or ''}"
