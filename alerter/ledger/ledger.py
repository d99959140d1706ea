"""The ledger: every query the rest of the program may ask, on SQLite and PostgreSQL alike.

One code for both databases (SQLAlchemy Core). No transaction is ever open while a notice is sent,
every UPDATE guards the state it starts from, and everything takes and returns batches. The queries
are in the modules beside this one; here is where each transaction begins and ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from alerter.domain.record import Decision, Entry, Known, Record, Row
from alerter.ledger import dispatch, handover
from alerter.ledger.database import Database
from alerter.ledger.errors import LedgerBusy, LedgerError, LedgerTooNew, LedgerUnwritable
from alerter.ledger.values import Attempt, ChannelHealth, Claim, Result, Told

__all__ = [
    "Attempt", "ChannelHealth", "Claim", "Ledger", "LedgerBusy", "LedgerError", "LedgerTooNew",
    "LedgerUnwritable", "Result", "Told",
]  # fmt: skip


class Ledger:
    """One open ledger. `url` is `sqlite:///path`, `sqlite://` (in memory) or `postgresql://…`.

    `exclusive` (the daemon) takes the lock that refuses a second daemon on the same SQLite file.
    Every method may be called from several tasks at once; any raises LedgerUnwritable where the
    database fails.
    """

    def __init__(self, url: str, *, exclusive: bool = False) -> None:
        self._database = Database(url, exclusive=exclusive)

    async def open(self) -> None:
        """Connect and bring the schema up to date. Raises LedgerTooNew, LedgerBusy, LedgerUnwritable."""
        await self._database.open()

    async def close(self) -> None:
        """Let go of the database; harmless when called twice."""
        await self._database.close()

    # -- hand-over ------------------------------------------------------------------------------

    async def records(self) -> dict[str, Record]:
        """All deadline rows, by id; removed ones too."""
        async with self._database.read() as connection:
            return await handover.read_records(connection)

    async def known(self, deadlines: Sequence[str]) -> dict[str, Known]:
        """What bears on the next hand-over of these deadlines; ids without a row are left out."""
        async with self._database.read() as connection:
            return await handover.read_known(connection, deadlines)

    async def rows(self, ids: Sequence[str]) -> dict[str, Row]:
        """The rows that these notice ids already have."""
        async with self._database.read() as connection:
            return await handover.read_rows(connection, ids)

    async def commit(self, decisions: Sequence[Decision]) -> list[str]:
        """Write hand-overs, one transaction; returns the deadlines whose version no longer held.

        Nothing of those is written. A record is stored with its version raised by one. Entries whose id
        has a row are passed over, unless that row `can_return` (then it becomes the entry).
        """
        if not decisions:
            return []
        async with self._database.write() as connection:
            return await handover.write_decisions(connection, decisions)

    async def enqueue(self, entries: Sequence[Entry]) -> int:
        """Write notices that belong to no deadline's cursor (digests, problems, fallbacks).

        Known ids are passed over. Returns how many were new.
        """
        async with self._database.write() as connection:
            return await handover.write_entries(connection, entries, may_return=False)

    # -- dispatch -------------------------------------------------------------------------------

    async def claim(
        self, now: datetime, until: datetime, capacity: Mapping[str, int], lease_for: timedelta
    ) -> list[Claim]:
        """Take up to `capacity[channel]` rows per channel with next_at <= until, soonest first.

        Bundled rows come whole or not at all (a bundle counts as one). Rows in `retrying` become skipped (superseded)
        instead where both they and a tighter row of their deadline, due key and channel are `replaces`.
        """
        async with self._database.write() as connection:
            return await dispatch.claim(connection, now, until, capacity, lease_for)

    async def record(self, results: Sequence[Result]) -> list[str]:
        """Write outcomes, one transaction; returns ids whose lease was lost (a delivery is written even then)."""
        if not results:
            return []
        async with self._database.write() as connection:
            return await dispatch.record(connection, results)

    async def release(self, now: datetime, all_leases: bool = False) -> int:
        """Make rows claimable again whose lease has run out, or every leased row (at start, on SQLite)."""
        async with self._database.write() as connection:
            return await dispatch.release(connection, now, all_leases=all_leases)

    async def next_claim_at(self, channels: Iterable[str]) -> datetime | None:
        """The earliest next_at among open rows of these channels, or lease_until among leased ones."""
        async with self._database.read() as connection:
            return await dispatch.read_next_at(connection, channels)
