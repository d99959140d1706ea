"""The ledger: every query the rest of the program may ask, on SQLite and PostgreSQL alike.

One code for both databases (SQLAlchemy Core). No transaction is ever open while a notice is sent,
every UPDATE guards the state it starts from, and everything takes and returns batches. The queries
are in the modules beside this one; here is where each transaction begins and ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from alerter.domain.notice import State
from alerter.domain.record import Action, Decision, Entry, Known, Record, Row
from alerter.ledger import actions, digests, dispatch, fallback, handover, health, history, keys, sql, upkeep
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
        self._has_acted = False

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

    async def enqueue(self, entries: Sequence[Entry], digest_cursors: Mapping[str, datetime] | None = None) -> int:
        """Write notices that belong to no deadline's cursor (digests, problems, fallbacks).

        The cursors of digests move in the same transaction. Known ids are passed over. Returns how
        many were new. A fallback's entry settles the fallback of its original.
        """
        async with self._database.write() as connection:
            await sql.take_turns(connection)
            await digests.write_cursors(connection, digest_cursors or {})
            return await handover.write_entries(connection, entries, may_return=False)

    async def digest_cursors(self) -> dict[str, datetime]:
        """Up to which instant each digest has been handed over, by name."""
        async with self._database.read() as connection:
            return await digests.read_cursors(connection)

    async def fallback_due(self, now: datetime) -> list[Entry]:
        """Undelivered notices, as they were handed over, that are to be told through their fallback by now.

        That is at their `fallback_at`, and at once when dead. Each is listed until a fallback of it is
        enqueued or `settle_fallbacks` says that there is to be none.
        """
        async with self._database.read() as connection:
            return await fallback.read_due(connection, now)

    async def next_fallback_at(self) -> datetime | None:
        """When the next fallback is to be told, if all stays as it is."""
        async with self._database.read() as connection:
            return await fallback.read_next_at(connection)

    async def settle_fallbacks(self, ids: Sequence[str]) -> None:
        """Say of these notices that no fallback is to be told (any more)."""
        async with self._database.write() as connection:
            await fallback.settle(connection, ids)

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

    async def renew(self, tokens: Sequence[str], lease_until: datetime) -> int:
        """Hold on to the notices claimed under these tokens until then; returns how many were still held."""
        if not tokens:
            return 0
        async with self._database.write() as connection:
            return await dispatch.renew(connection, tokens, lease_until)

    async def next_claim_at(self, channels: Iterable[str]) -> datetime | None:
        """The earliest next_at among open rows of these channels, or lease_until among leased ones."""
        async with self._database.read() as connection:
            return await dispatch.read_next_at(connection, channels)

    async def channels(self) -> dict[str, ChannelHealth]:
        """How the channels are, by name; one never heard of is left out."""
        async with self._database.read() as connection:
            return await health.read_channels(connection)

    async def put_channels(self, channels: Sequence[ChannelHealth]) -> None:
        """Keep how these channels are."""
        async with self._database.write() as connection:
            await health.write_channels(connection, channels)

    # -- people ---------------------------------------------------------------------------------

    async def act(self, action: Action, *, ends: bool, ends_leads: bool) -> Action:
        """Keep what a person did; returns it with its ordinal (the one given is not minded).

        The deadline's version goes up, so that a hand-over under way decides again. Where it `ends`
        notices, the open ones of that due key become skipped in the same transaction: for a snooze or
        a close all of them, for an ack all if it `ends_leads`, else escalations and repeats alone.
        """
        async with self._database.write() as connection:
            written = await actions.write_action(connection, action, ends=ends, ends_leads=ends_leads)
        self._has_acted = True
        return written

    async def actions(self, deadline: str | None = None) -> list[Action]:
        """The actions on this deadline, or on all, oldest first."""
        async with self._database.read() as connection:
            return await actions.read_actions(connection, deadline, after=0)

    async def actions_after(self, ordinal: int) -> list[Action]:
        """The actions with higher ordinals, oldest first."""
        async with self._database.read() as connection:
            return await actions.read_actions(connection, None, after=ordinal)

    async def retry(self, ids: Sequence[str] | None, now: datetime) -> list[str]:
        """Queue dead notices again, all of them or these; returns the ids of those that were dead."""
        async with self._database.write() as connection:
            return await upkeep.revive(connection, now, ids=ids, channel=None)

    async def requeue_channel(self, name: str, now: datetime) -> list[str]:
        """Queue the dead notices of a channel whose address has changed; returns their ids."""
        async with self._database.write() as connection:
            return await upkeep.revive(connection, now, ids=None, channel=name)

    # -- reading --------------------------------------------------------------------------------

    async def history(
        self,
        deadline: str | None = None,
        since: datetime | None = None,
        state: State | None = None,
        channel: str | None = None,
        limit: int | None = None,
    ) -> list[Told]:
        """What was told and what waits, by planned instant; with a limit the last of them.

        `since` is met by the planned instant or that of the delivery.
        """
        async with self._database.read() as connection:
            return await history.read_history(
                connection, deadline=deadline, since=since, state=state, channel=channel, limit=limit
            )

    async def counts(self) -> dict[tuple[str, State], int]:
        """How many notices there are by channel and state."""
        async with self._database.read() as connection:
            return await history.count_states(connection)

    async def overdue_unsent(self, now: datetime) -> int:
        """How many open notices were planned for more than a minute ago."""
        async with self._database.read() as connection:
            return await history.count_overdue(connection, now)

    async def queue_depth(self) -> dict[str, int]:
        """How many open notices there are by channel; channels with none are left out."""
        async with self._database.read() as connection:
            return await history.count_open(connection)

    # -- keeping house --------------------------------------------------------------------------

    async def meta_get(self, key: str) -> str | None:
        """The value kept under the key, if any."""
        async with self._database.read() as connection:
            return await keys.read_value(connection, key)

    async def meta_set_default(self, key: str, make: Callable[[], str]) -> str:
        """The value kept under the key; where there is none, the one made now, unless another writer came first."""
        async with self._database.write() as connection:
            kept = await keys.read_value(connection, key)
            return kept if kept is not None else await keys.write_default(connection, key, make())

    async def purge(self, before: datetime) -> int:
        """Delete finished notices of due dates before the instant, attempts and actions with them; returns how many.

        Kept is what still bears on a deadline: its present due key and, while it is open, earlier ones.
        """
        async with self._database.write() as connection:
            return await upkeep.purge(connection, before)

    async def changed(self) -> bool:
        """Whether another process has written, or anybody here acted, since this was last asked.

        Always true on PostgreSQL.
        """
        has_acted, self._has_acted = self._has_acted, False
        return await self._database.has_changed() or has_acted
