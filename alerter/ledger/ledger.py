"""The ledger: every query the rest of the program may ask, on SQLite and PostgreSQL alike.

One code for both databases (SQLAlchemy Core). No transaction is ever open while a notice is sent,
every UPDATE guards the state it starts from, and everything takes and returns batches. The queries
are in the modules beside this one; here is where each transaction begins and ends.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from alerter.domain.decisions.record import Action, Decision, Entry, Known, Record, Row, Skip, Standing
from alerter.domain.notices.notice import Kind, State
from alerter.domain.planning.channel import Channel
from alerter.domain.words.statement import Statement
from alerter.ledger import (
    actions,
    bystanders,
    digests,
    dispatch,
    fallback,
    handover,
    health,
    history,
    keys,
    mending,
    recording,
    replicas,
    setback,
    sql,
    threads,
    upkeep,
)
from alerter.ledger.bystanders import LongTransaction
from alerter.ledger.cutoff import LONG_SECONDS
from alerter.ledger.database import Database
from alerter.ledger.errors import (
    LedgerBusy,
    LedgerError,
    LedgerHindered,
    LedgerLost,
    LedgerOutrun,
    LedgerTooNew,
    LedgerUnreachable,
    LedgerUnwritable,
)
from alerter.ledger.quarantine import Loss
from alerter.ledger.values import Attempt, ChannelHealth, Claim, Claimed, Result, Thread, Told, Untold

__all__ = [
    "Attempt", "ChannelHealth", "Claim", "Claimed", "Ledger", "LedgerBusy", "LedgerError", "LedgerHindered",
    "LedgerLost", "LedgerOutrun", "LedgerTooNew", "LedgerUnreachable", "LedgerUnwritable", "Loss", "Result", "Thread",
    "Told", "Untold",
]  # fmt: skip

PURGED_AT_ONCE = 2000

FARTHEST_SKEW = timedelta(days=1)
"""Where the database's clock differs by more from the instant given, that is what is believed."""


class Ledger:
    """One open ledger. `url` is `sqlite:///path`, `sqlite://` (in memory) or `postgresql://…`.

    `exclusive` (the daemon) takes the lock that refuses a second daemon on the same SQLite file.
    Every method may be called from several tasks at once; any raises LedgerUnwritable where the
    database fails, and LedgerUnreachable, which is one, where it gives no answer.

    On PostgreSQL the database's clock decides what may be claimed and which lease is over; of the instants
    given only their distance counts. With a `clock` (tests, rehearsals) the instants given are believed, as
    on SQLite.
    """

    def __init__(self, url: str, *, exclusive: bool = False, clock: Callable[[], datetime] | None = None) -> None:
        self._database = Database(url, exclusive=exclusive)
        self._clock = clock
        self._has_acted = False
        self._watch_list: str | None = None
        self._runs_ahead_by = timedelta(0)  # the database's clock, of a time that is believed

    async def open(self) -> None:
        """Connect and bring the schema up to date. Raises LedgerTooNew, LedgerBusy, LedgerUnwritable."""
        await self._database.open()

    async def close(self) -> None:
        """Let go of the database; harmless when called twice."""
        await self._database.close()

    @property
    def is_open(self) -> bool:
        """Whether it has been opened and not closed since."""
        return self._database.is_open

    @property
    def loss(self) -> Loss | None:
        """The ledger that was found lost at the opening, and set aside."""
        return self._database.loss

    @property
    def cut_off_count(self) -> int:
        """How often a connection was lost since the ledger was made (PostgreSQL)."""
        return self._database.cut_off_count

    @property
    def well_before(self) -> datetime | None:
        """Until when, at the opening, a ledger was known to have worked here; None where there was none."""
        return self._database.well_before

    def tend(self, well_at: datetime | None) -> Statement | None:
        """Keep until when the ledger worked, and its reserve of room; returns what room there is a lack of."""
        return self._database.tend(well_at)

    async def now(self) -> datetime:
        """The time by the clock that decides: PostgreSQL's, or on SQLite the machine's; else the one given."""
        if self._clock is not None:
            return self._clock()
        return datetime.now(UTC) if self._database.is_sqlite else await self._database.read(sql.read_clock)

    # -- replicas -------------------------------------------------------------------------------

    async def beat(
        self,
        replica: str,
        watch_list: str,
        now: datetime,
        *,
        alive_for: timedelta = timedelta(seconds=30),
        forced: bool = False,
    ) -> bool:
        """Say that this replica lives and holds the watch list with this hash; returns whether it plans.

        Those plan that hold the newest list of all replicas alive, by when it was first seen; `forced`
        (somebody asked for a reload) makes this one the newest. To be called well before `alive_for` is
        over. From then on `commit` refuses with LedgerOutrun what is planned by an older list. On SQLite
        there is nobody else, and it plans.
        """
        if self._database.is_sqlite:
            return True

        def work(connection: Connection) -> bool:
            at = self._decisive(connection, now)
            return replicas.beat(connection, replica, watch_list, now=at, alive_until=at + alive_for, forced=forced)

        is_planner = await self._database.write(work)
        self._watch_list = watch_list
        return is_planner

    async def replica_count(self, now: datetime) -> int | None:
        """How many replicas are alive; None on SQLite, where nobody says so."""
        if self._database.is_sqlite:
            return None
        return await self._database.read(
            lambda connection: replicas.count_alive(connection, self._decisive(connection, now))
        )

    async def leave(self, replica: str) -> None:
        """Say that this replica ends, so that others need not wait to see it."""
        if not self._database.is_sqlite:
            await self._database.write(lambda connection: replicas.leave(connection, replica))

    # -- hand-over ------------------------------------------------------------------------------

    async def records(self, ids: Sequence[str] | None = None) -> dict[str, Record]:
        """All deadline rows, or these, by id; removed ones too."""
        return await self._database.read(lambda connection: handover.read_records(connection, ids))

    async def standings(self, ids: Sequence[str] | None = None) -> dict[str, Standing]:
        """How all deadlines that have a row stand, or these, by id; removed ones too."""
        return await self._database.read(lambda connection: handover.read_standings(connection, ids))

    async def all_standings(self, at_a_time: int = 5_000) -> AsyncIterator[Mapping[str, Standing]]:
        """How all deadlines that have a row stand, by id, some at a time: of many no more are held at once."""
        last = ""
        while True:
            read = partial(handover.read_standings_after, name=last, count=at_a_time)
            part = await self._database.read(read)
            if not part:
                return
            yield part
            last = next(reversed(part))

    async def removed(self, since: datetime) -> list[Record]:
        """The rows of deadlines that were removed since then, the last first."""
        return await self._database.read(lambda connection: handover.read_removed(connection, since))

    async def known(self, deadlines: Sequence[str]) -> dict[str, Known]:
        """What bears on the next hand-over of these deadlines; ids without a row are left out."""
        return await self._database.read(lambda connection: handover.read_known(connection, deadlines))

    async def facts(self, deadlines: Sequence[str]) -> dict[str, Known]:
        """Of what `known` gives the records and actions alone, which is what messages tell."""
        return await self._database.read(lambda connection: handover.read_facts(connection, deadlines))

    async def rows(self, ids: Sequence[str]) -> dict[str, Row]:
        """The rows that these notice ids already have."""
        return await self._database.read(lambda connection: handover.read_rows(connection, ids))

    async def commit(self, decisions: Sequence[Decision]) -> list[str]:
        """Write hand-overs, one transaction; returns the deadlines whose version no longer held.

        Nothing of those is written. A record is stored with its version raised by one. Entries whose id
        has a row are passed over, unless that row `can_return` (then it becomes the entry). Raises
        LedgerOutrun where another replica has come with a newer watch list since the last `beat`.
        """
        if not decisions:
            return []

        def work(connection: Connection) -> list[str]:
            sql.take_turns(connection)
            self._check_planning(connection)
            return handover.write_decisions(connection, decisions)

        return await self._database.write(work)

    async def enqueue(
        self,
        entries: Sequence[Entry],
        digest_cursors: Mapping[str, datetime] | None = None,
        *,
        is_planned: bool = False,
    ) -> int:
        """Write notices that belong to no deadline's cursor (digests, problems, fallbacks).

        The cursors of digests move in the same transaction. Known ids are passed over, except of a fallback's
        notice that `can_return`. Returns how many were new. A fallback's entry settles the fallback of its original.
        What `is_planned` by the watch list raises LedgerOutrun as `commit` does; any replica may tell of a problem.
        """

        def work(connection: Connection) -> int:
            sql.take_turns(connection)
            if is_planned:
                self._check_planning(connection)
            digests.write_cursors(connection, digest_cursors or {})
            return handover.write_entries(connection, entries, may_return=False)

        return await self._database.write(work)

    async def digest_cursors(self) -> dict[str, datetime]:
        """Up to which instant each digest has been handed over, by name."""
        return await self._database.read(digests.read_cursors)

    async def open_besides(self) -> list[Row]:
        """The rows about no deadline, of digests and problems, that wait for their first or next attempt."""
        return await self._database.read(digests.read_open)

    async def skip(self, skips: Sequence[Skip]) -> None:
        """Skip what belongs to no deadline's cursor, where it is still open. Raises LedgerOutrun as `commit` does."""
        if not skips:
            return

        def work(connection: Connection) -> None:
            sql.take_turns(connection)
            self._check_planning(connection)
            handover.write_skips(connection, skips)

        await self._database.write(work)

    async def fallback_due(self, now: datetime) -> list[Untold]:
        """Undelivered notices, fallbacks among them, that are to be told through their channel's fallback by now.

        That is at their `fallback_at`, and at once when dead. Each is listed until a fallback of it is
        enqueued or `settle_fallbacks` says that there is to be none.
        """
        return await self._database.read(lambda connection: fallback.read_due(connection, now))

    async def next_fallback_at(self) -> datetime | None:
        """When the next fallback is to be told, if all stays as it is."""
        return await self._database.read(fallback.read_next_at)

    async def settle_fallbacks(self, ids: Sequence[str]) -> None:
        """Say of these notices that no fallback is to be told (any more). Raises LedgerOutrun as `commit` does."""

        def work(connection: Connection) -> None:
            sql.take_turns(connection)
            self._check_planning(connection)
            fallback.settle(connection, ids)

        await self._database.write(work)

    # -- dispatch -------------------------------------------------------------------------------

    async def claim(
        self,
        now: datetime,
        until: datetime,
        capacity: Mapping[str, int],
        lease_for: timedelta,
        *,
        only: Kind | None = None,
    ) -> Claimed:
        """Take up to `capacity[channel]` rows per channel with next_at <= until, soonest first; of `only` that kind.

        Bundled rows come whole or not at all (a bundle counts as one). Rows in `retrying` become skipped (superseded)
        instead where both they and a tighter row of their deadline, due key and channel are `replaces`.
        """
        token = secrets.token_hex(8)

        def work(connection: Connection) -> Claimed:
            at = self._decisive(connection, now)
            until_at = at + (until - now)
            return dispatch.claim(
                connection, at, until_at, capacity, lease_until=at + lease_for, token=token, only=only
            )

        return await self._database.write(work)

    async def record(self, results: Sequence[Result]) -> list[str]:
        """Write outcomes, one transaction; returns ids whose lease was lost (a delivery is written even then)."""
        if not results:
            return []
        try:
            return await self._database.write(lambda connection: recording.record(connection, results))
        except recording.Unlike:
            return await self._database.write(lambda connection: recording.record_each(connection, results))

    async def hold(self, claims: Sequence[Claim], until: datetime) -> None:
        """Return claims that were to go now, untried, since quiet hours hold them `until` then."""
        await self._database.write(lambda connection: dispatch.hold(connection, claims, until))

    async def hold_waiting(self, channel: Channel, now: datetime, until: datetime) -> list[Entry]:
        """Hold `until` then, as the channel's quiet hours do, what has been waiting for it; returns what is held now.

        That is what was to go by now and is in nobody's hands, but for bundles, which go whole; no more than 5,000.
        """
        return await self._database.write(lambda connection: dispatch.hold_waiting(connection, now, until, channel))

    async def let_go_held(self, channel: str, now: datetime) -> None:
        """The channel's quiet hours have changed: what they hold past its planned instant may be claimed now."""
        await self._database.write(lambda connection: dispatch.let_go_held(connection, channel, now))

    async def release(self, now: datetime, all_leases: bool = False) -> int:
        """Make rows claimable again whose lease has run out, or every leased row (at start, on SQLite)."""

        def work(connection: Connection) -> int:
            return dispatch.release(connection, self._decisive(connection, now), all_leases=all_leases)

        return await self._database.write(work)

    async def renew(self, tokens: Sequence[str], lease_until: datetime) -> list[str]:
        """Extend the leases of these tokens until then; returns the ids of the notices that were still leased."""
        if not tokens:
            return []
        return await self._database.write(lambda connection: dispatch.renew(connection, tokens, lease_until))

    async def next_claim_at(self, channels: Iterable[str]) -> datetime | None:
        """The earliest next_at among open rows of these channels, or lease_until among leased ones."""
        return await self._database.read(lambda connection: dispatch.read_next_at(connection, channels))

    async def threads(self, deadline: str) -> list[Thread]:
        """The deadline's threads whose first message can be changed."""
        return await self._database.read(lambda connection: threads.read_threads(connection, deadline))

    async def channels(self) -> dict[str, ChannelHealth]:
        """How the channels are, by name; one never heard of is left out."""
        return await self._database.read(health.read_channels)

    async def put_channels(self, channels: Sequence[ChannelHealth]) -> None:
        """Keep how these channels are."""
        await self._database.write(lambda connection: health.write_channels(connection, channels))

    # -- people ---------------------------------------------------------------------------------

    async def act(self, action: Action, *, ends: bool, ends_leads: bool) -> Action:
        """Keep what a person did; returns it with its ordinal (the one given is not minded).

        The deadline's version goes up, so that a hand-over under way decides again. Where it `ends`
        notices, the open ones of that due key become skipped in the same transaction: for a snooze or
        a close all of them, for an ack all if it `ends_leads`, else escalations and repeats alone.
        """
        written = await self._database.write(
            lambda connection: actions.write_action(connection, action, ends=ends, ends_leads=ends_leads)
        )
        self._has_acted = True
        return written

    async def actions(self, deadline: str | None = None) -> list[Action]:
        """The actions on this deadline, or on all, oldest first."""
        return await self._database.read(lambda connection: actions.read_actions(connection, deadline, after=0))

    async def actions_after(self, ordinal: int) -> list[Action]:
        """The actions with higher ordinals, oldest first."""
        return await self._database.read(lambda connection: actions.read_actions(connection, None, after=ordinal))

    async def retry(self, ids: Sequence[str] | None, now: datetime) -> list[str]:
        """Queue dead notices again, all of them or these; returns the ids of those that were dead."""
        return await self._database.write(lambda connection: upkeep.revive(connection, now, ids=ids, channel=None))

    async def requeue_channel(self, name: str, now: datetime) -> list[str]:
        """Have all that failed at a channel whose address has changed tried now; returns the ids of what was dead."""
        return await self._database.write(lambda connection: upkeep.revive(connection, now, ids=None, channel=name))

    # -- reading --------------------------------------------------------------------------------

    async def history(
        self,
        *,
        deadline: str | None = None,
        since: datetime | None = None,
        state: State | None = None,
        channel: str | None = None,
        limit: int | None = None,
        among: Sequence[str] | None = None,
        before: tuple[datetime, str] | None = None,
        is_told: bool = False,
    ) -> list[Told]:
        """What was told and what waits, by planned instant; with a limit the last of them.

        `since` is met by the planned instant or that of the delivery; `among` names deadlines; `before` is the
        planned instant and id of a notice that what is wanted comes before. `is_told` leaves out what was skipped.
        """
        return await self._database.read(
            lambda connection: history.read_history(
                connection,
                deadline=deadline,
                since=since,
                state=state,
                channel=channel,
                limit=limit,
                among=among,
                before=before,
                is_told=is_told,
            ),
            within=LONG_SECONDS,
        )

    async def counts(self) -> dict[tuple[str, State], int]:
        """How many notices there are by channel and state."""
        return await self._database.read(history.count_states)

    async def overdue_unsent(self, now: datetime) -> int:
        """How many open notices were planned for more than a minute ago."""
        return await self._database.read(lambda connection: history.count_overdue(connection, now))

    async def queue_depth(self) -> dict[str, int]:
        """How many open notices there are by channel; channels with none are left out."""
        return await self._database.read(history.count_open)

    async def waiting(self) -> list[str]:
        """The deadlines that have open notices."""
        return await self._database.read(history.read_waiting)

    async def prove(self) -> None:
        """Write something that was not there before: a transaction without changes passes on a full disk too."""
        value = secrets.token_hex(8)
        await self._database.write(lambda connection: keys.write_over(connection, keys.WRITTEN, value))

    async def long_transaction(self, longer_than: timedelta) -> LongTransaction | None:
        """Somebody's transaction that has been open on this database for so long (PostgreSQL)."""
        if self._database.is_sqlite:
            return None
        return await self._database.read(lambda connection: bystanders.read_oldest(connection, longer_than))

    # -- the clock ------------------------------------------------------------------------------

    async def known_until(self) -> datetime | None:
        """The latest instant that must have passed by what is written; None where nothing is."""
        return await self._database.read(setback.read_known_until)

    async def set_back(self, now: datetime) -> list[str]:
        """The clock had been ahead: set what is ahead of now back to now.

        What was skipped or handed over before its time may be asked for again; what was delivered stays so, and
        is returned, a line for each notice told before its time.
        """
        return await self._database.write(lambda connection: setback.set_back(connection, now))

    async def set_forward(self, now: datetime) -> None:
        """The clock had been behind: what waits and would be given up by now gets its patience anew."""
        await self._database.write(lambda connection: upkeep.extend(connection, now))

    # -- keeping house --------------------------------------------------------------------------

    async def meta_get(self, key: str) -> str | None:
        """The value kept under the key, if any."""
        return await self._database.read(lambda connection: keys.read_value(connection, key))

    async def meta_set_default(self, key: str, make: Callable[[], str]) -> str:
        """The value kept under the key; where there is none, the one made now, unless another writer came first."""

        def work(connection: Connection) -> str:
            kept = keys.read_value(connection, key)
            return kept if kept is not None else keys.write_default(connection, key, make())

        return await self._database.write(work)

    async def illegible(self) -> list[str]:
        """What was found that could not be read, and was put in order, since it was last told; a line for each row."""
        return await self._database.read(mending.read_noted)

    async def told_illegible(self, lines: Sequence[str]) -> None:
        """These have been told."""
        await self._database.write(lambda connection: mending.forget_noted(connection, lines))

    async def purge(self, before: datetime) -> int:
        """Delete finished notices of due dates before the instant, attempts and actions with them; returns how many.

        Kept is what still bears on a deadline: its present due key and, while it is open, earlier ones. Others
        have their turn in between.
        """
        await self._database.write(lambda connection: upkeep.purge_deadlines(connection, before))
        count = deleted = await self._purge_some(before)
        while deleted == PURGED_AT_ONCE:
            count += (deleted := await self._purge_some(before))
        await self._database.write(lambda connection: upkeep.purge_actions(connection, before), within=LONG_SECONDS)
        return count

    async def _purge_some(self, before: datetime) -> int:
        work = partial(upkeep.purge_notices, before=before, at_most=PURGED_AT_ONCE)
        return await self._database.write(work, within=LONG_SECONDS)

    async def changed(self) -> bool:
        """Whether another process has written, or anybody here acted, since this was last asked.

        Always true on PostgreSQL.
        """
        has_acted, self._has_acted = self._has_acted, False
        return await self._database.has_changed() or has_acted

    @property
    def generation(self) -> object:
        """A value that stays the same while no row changes, by others as far as `changed` has seen.

        None where that cannot be told: on PostgreSQL.
        """
        return self._database.generation

    def _decisive(self, connection: Connection, now: datetime) -> datetime:
        """What time it is for a decision: see the class."""
        if self._clock is not None or self._database.is_sqlite:
            return now
        at = sql.read_clock(connection)
        self._runs_ahead_by = at - now if abs(at - now) > FARTHEST_SKEW else timedelta(0)
        return at - self._runs_ahead_by

    def _check_planning(self, connection: Connection) -> None:
        if self._watch_list is None:
            return
        at = sql.read_clock(connection) - self._runs_ahead_by if self._clock is None else self._clock()
        if not replicas.is_planning(connection, self._watch_list, at):
            raise LedgerOutrun("another replica plans by a newer watch list")
