"""Regular overviews: hands over each digest at the ticks of its cron line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from alerter.domain.dates.cron import ticks
from alerter.domain.decisions.fallback import asks_fallback_at
from alerter.domain.decisions.record import Entry, Row, Skip
from alerter.domain.notices.notice import Kind, Notice, Reason, State, held_by_quiet, notice_id
from alerter.domain.planning.duedate import just_after
from alerter.domain.planning.plan import quiet_until
from alerter.domain.planning.watchlist import Digest, WatchList
from alerter.engine.agenda import Agenda
from alerter.engine.happening import Happening, of_skips
from alerter.ledger.ledger import Ledger

STALE_AFTER = timedelta(days=1)
"""A digest missed for longer than this is not sent any more."""

FAR = timedelta(days=366 * 8)
"""A cron line that has no tick within this has none."""


class Digests:
    """The cursors of all digests, and their hand-over."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._agenda = Agenda()
        self._cursors: dict[str, datetime] = {}
        self._begun: dict[str, datetime] = {}  # by digest never seen before, what the ledger has yet to know
        self._may_have_unwanted = False

    async def take(self, digests: Mapping[str, Digest], now: datetime) -> None:
        """Watch these from now on; a digest never seen before starts at `now`."""
        known = await self._ledger.digest_cursors()
        self._cursors = {name: known.get(name, now) for name in digests}
        self._begun = {name: now for name in digests if name not in known}
        self._may_have_unwanted = True
        self._agenda.clear()
        for name, digest in digests.items():
            self._agenda.set(name, _next_tick(digest, self._cursors[name]))

    def look_again(self) -> None:
        """Some came back to the queue: look in the next cycle whether they are still to go."""
        self._may_have_unwanted = True

    def next_at(self) -> datetime | None:
        """The next tick of any digest."""
        return self._agenda.next_at()

    async def take_back(self, watch_list: WatchList, now: datetime) -> list[Happening]:
        """Skip what waits of digests and problems and has no place to go any more; returns what became of it."""
        if not self._may_have_unwanted:
            return []
        self._may_have_unwanted = False
        try:
            unwanted = [row for row in await self._ledger.open_besides() if not _is_wanted(row, watch_list)]
            skips = [Skip(id=row.id, reason=Reason.REMOVED) for row in unwanted]
            await self._ledger.skip(skips)
        except BaseException:
            self._may_have_unwanted = True
            raise
        return of_skips(unwanted, skips, now)

    async def hand_over(self, watch_list: WatchList, now: datetime, until: datetime) -> list[Entry]:
        """Queue what ticked by `until`, and return it; of several missed only the latest, unless it is stale."""
        if self._begun:  # a tick that is missed before the first one counts as missed
            await self._ledger.enqueue([], self._begun)
            self._begun = {}
        due = self._agenda.pop_due(until)
        for name in due:
            self._agenda.set(name, now)  # still due where the ledger fails now
        queued: list[Entry] = []
        for name in due:
            digest = watch_list.digests[name]
            tick = ticks(digest.cron, digest.zone, max(self._cursors[name], now - STALE_AFTER), until)[-1:]
            entries = [_entry(digest, at, channel, watch_list, now) for at in tick for channel in digest.channels]
            await self._ledger.enqueue(entries, {name: until}, is_planned=True)
            self._cursors[name] = until
            self._agenda.set(name, _next_tick(digest, until))
            queued += entries
        return queued


def _is_wanted(row: Row, watch_list: WatchList) -> bool:
    if row.kind == Kind.DIGEST:
        return watch_list.has_digest(row.ordinal, row.channel, is_fallback=row.is_fallback)
    return row.channel in watch_list.channels


def _next_tick(digest: Digest, after: datetime) -> datetime | None:
    """The first tick at or after `after`; looks ever further ahead, since most digests tick soon."""
    for reach in (timedelta(days=8), timedelta(days=370), FAR):
        if found := ticks(digest.cron, digest.zone, after, after + reach):
            return found[0]
    return None


def _ticks_again(digest: Digest, tick: datetime, until: datetime) -> bool:
    """Whether another is due by then, so that the reader would get two at one instant."""
    following = _next_tick(digest, just_after(tick))
    return following is not None and following <= until


def _entry(digest: Digest, tick: datetime, name: str, watch_list: WatchList, now: datetime) -> Entry:
    channel = watch_list.channels[name]
    planned_at = quiet_until(channel, tick)
    wants_at = tick if planned_at >= now else now  # one that was missed heeds the quiet hours of today
    goes_at = quiet_until(channel, wants_at)
    is_overtaken = goes_at > tick and _ticks_again(digest, tick, goes_at)
    notice = Notice(
        id=notice_id(Kind.DIGEST, digest.name, tick.isoformat(), name),
        deadline=None,
        due_key=None,
        due_at=None,
        kind=Kind.DIGEST,
        channel=name,
        at=planned_at,
        nominal_at=tick,
        ordinal=digest.name,
        held=held_by_quiet(wants_at, goes_at),
    )
    return Entry(
        notice=notice,
        state=State.SKIPPED if is_overtaken else State.QUEUED,
        reason=Reason.SUPERSEDED if is_overtaken else None,
        send_at=goes_at,
        give_up_at=goes_at + channel.give_up_after,
        title=digest.name,
        replaces=False,
        fallback_at=asks_fallback_at(channel, digest.channels, goes_at),
    )
