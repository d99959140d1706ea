"""When to look at each deadline of the watch list, and what is known of it between two cycles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from alerter.config.uncollected import uncollected
from alerter.domain.decisions.record import Known, Record, Standing
from alerter.domain.decisions.standing import snoozes_end_at
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.duedate import LATEST, just_after
from alerter.domain.planning.plan import plan_fingerprint
from alerter.domain.planning.watchlist import WatchList
from alerter.engine.agenda import Agenda
from alerter.ledger.ledger import Ledger

HERD_COUNT = 500
"""So many deadlines with something to say take a good part of a second to hand over."""

HERD_TIMES = 20
"""So many times earlier than others the notices of a herd are handed over, part by part."""

PART_COUNT = 250
"""What of a herd is handed over before the loop sees to everything else."""


class Lookout:
    """The deadlines of one watch list as the ledger knows them, each with the instant at which to look at it again.

    All instants are for a look `ahead_for` ahead of time.
    """

    def __init__(self, ledger: Ledger, ahead_for: timedelta) -> None:
        self._ledger = ledger
        self._ahead_for = ahead_for
        self._herd_for = HERD_TIMES * ahead_for
        self._agenda = Agenda()
        self._waiting = Agenda()  # what something else than its plan's next instant has to be over for
        self._unmet: set[str] = set()
        self._gone: set[str] = set()
        self._met: dict[str, datetime] = {}
        self._forgotten: dict[str, datetime] = {}
        self.watch_list: WatchList | None = None
        self.well_at: datetime | None = None

    async def take(self, watch_list: WatchList, now: datetime) -> None:
        """Look at this list from now on, in place of the one before; at once at those that are not the same objects."""
        before = self.watch_list
        if before is None or before.channels != watch_list.channels:
            await self.take_afresh(watch_list, now)
            return
        deadlines = watch_list.deadlines
        differing = {name: one for name, one in deadlines.items() if before.deadlines.get(name) is not one}
        are_few = 2 * len(differing) < len(deadlines)
        standings = await self._ledger.standings(list(differing) if are_few else None)
        lost = {name: self._met[name] for name in differing.keys() & self._met.keys() - standings.keys()}
        self._forgotten = {**lost, **self._forgotten}
        for name in differing:
            self._met.setdefault(name, now)
        dropped = before.deadlines.keys() - deadlines.keys()
        for name in dropped:
            self._met.pop(name, None)
        self._unmet = (self._unmet | differing.keys()) - standings.keys() - dropped
        self._gone = (self._gone | dropped) - deadlines.keys()
        for name in (*differing, *dropped):
            self._agenda.set(name, None)
            self._waiting.set(name, None)
        for name, at in _first_looks(differing, watch_list, standings, now, self._ahead_for):
            self._agenda.set(name, at)
        self.watch_list = watch_list

    async def take_afresh(self, watch_list: WatchList, now: datetime) -> None:
        """Look at this list from now on, whole, whatever the ledger was known to hold.

        Where the ledger knows of nothing, but was well until `well_at`, that is when the first list is met.
        """
        with uncollected():
            await self._take_all(watch_list, now)
        self.watch_list = watch_list

    async def _take_all(self, watch_list: WatchList, now: datetime) -> None:
        looks: dict[str, datetime | None] = dict.fromkeys(watch_list.deadlines, now)
        unmet, lost, gone, is_known = set(looks), dict(self._met), set[str](), False
        async for standings in self._ledger.all_standings():
            is_known = True
            for name, standing in standings.items():
                lost.pop(name, None)
                unmet.discard(name)
                if standing.removed_at is None and name not in watch_list.deadlines:
                    gone.add(name)
            deadlines = [watch_list.deadlines[name] for name in standings if name in watch_list.deadlines]
            met = {deadline.id: deadline for deadline in deadlines}
            looks.update(_first_looks(met, watch_list, standings, now, self._ahead_for))
        if self.watch_list is None and self.well_at is not None and not is_known:
            self._forgotten = dict.fromkeys(watch_list.deadlines, self.well_at)
        else:  # what a failover has lost has been met all the same
            self._forgotten = {name: self._forgotten.get(name, at) for name, at in lost.items()}
        self._met = {name: self._met.get(name, now) for name in watch_list.deadlines}
        self._waiting.clear()
        self._unmet, self._gone = set(unmet), gone
        self._agenda.fill({name: at for name, at in looks.items() if at is not None})

    def known_of(self, names: Sequence[str]) -> list[str]:
        """Of these the ones that the ledger may know of."""
        return [name for name in names if name not in self._unmet]

    def meet(self, names: Sequence[str]) -> None:
        """From now on the ledger may know of these."""
        self._unmet.difference_update(names)

    def seen_at(self, deadline: str) -> datetime | None:
        """When a deadline that the ledger has lost was met; None for any other."""
        return self._forgotten.get(deadline)

    def pull(self, deadline: str, now: datetime) -> None:
        """Something became of this deadline other than by its plan: look at it now, on the list or no more."""
        if self.watch_list is not None and deadline in self.watch_list.deadlines:
            self._agenda.pull(deadline, now)
        else:
            self._gone.add(deadline)

    def put_off(self, deadline: str, until: datetime) -> None:
        """Look at it no earlier, whatever its plan says."""
        self._agenda.set(deadline, None)
        self._waiting.set(deadline, until)

    def set(self, deadline: Deadline, record: Record, known: Known | None, now: datetime) -> None:
        """When to look again: at what its plan has next, which a herd may bring forward, or after something else."""
        planned_at, waited_for = _looks(deadline, record, known, now, ahead_for=self._ahead_for)
        self._agenda.set(deadline.id, planned_at)
        self._waiting.set(deadline.id, waited_for)

    def pop_due(self, until: datetime) -> Sequence[str]:
        """Take out what is to be looked at before that instant."""
        return list(dict.fromkeys((*self._agenda.pop_due(until), *self._waiting.pop_due(until))))

    def pop_gone(self) -> Sequence[str]:
        """Take out what the ledger knows of and the list no longer holds."""
        gone, self._gone = self._gone, set()
        return sorted(gone)

    def next_at(self) -> datetime | None:
        """The earliest instant there is; None where nothing is waited for."""
        instants = (self._agenda.next_at(), self._waiting.next_at())
        return min((instant for instant in instants if instant is not None), default=None)

    def is_herd_near(self, now: datetime) -> bool:
        """Whether so many fall due within a while that they are better begun before their second has come."""
        return self._agenda.has_herd(now + self._herd_for, HERD_COUNT)

    def pop_part_of_herd(self, now: datetime) -> tuple[Sequence[str], datetime]:
        """Take out the first of a herd; also until when their plans are to be handed over."""
        until = now + self._herd_for
        return self._agenda.pop_due(until, PART_COUNT), until


def _first_looks(
    deadlines: Mapping[str, Deadline],
    watch_list: WatchList,
    standings: Mapping[str, Standing],
    now: datetime,
    ahead_for: timedelta,
) -> Iterator[tuple[str, datetime | None]]:
    """When to look at each of these for the first time after a load (None: never): at once where anything differs."""
    for name, deadline in deadlines.items():
        standing = standings.get(name)
        if standing is None or _has_changed(deadline, watch_list, standing):
            yield name, now
        else:
            looks = _looks(deadline, standing, None, now, ahead_for=ahead_for)
            yield name, min((at for at in looks if at is not None), default=None)


def _has_changed(deadline: Deadline, watch_list: WatchList, record: Standing) -> bool:
    return (
        record.removed_at is not None
        or record.pending_key is not None
        or record.status is not deadline.status
        or record.fingerprint != plan_fingerprint(deadline, watch_list.channels)
    )


def _looks(
    deadline: Deadline, record: Record | Standing, known: Known | None, now: datetime, *, ahead_for: timedelta
) -> tuple[datetime | None, datetime | None]:
    """When the deadline needs looking at again: for what its plan has next, and after what has to be over first.

    Both are for agendas that are read `ahead_for` ahead of time. Notices may be handed over early. What has to be
    over first is looked at no earlier, else the same cycle would find it not yet over again and again; while there
    is such a thing the plan's next instant is not brought forward either.
    """
    if record.status is not Status.OPEN or deadline.status is not Status.OPEN:
        return None, None
    if record.pending_at is not None:
        return None, record.pending_at + ahead_for
    planned_at = record.planned_until if record.planned_until < LATEST else None
    over_at = _over_at(deadline, record, now, ahead_for)
    woken_at = snoozes_end_at(known.actions, now) if known is not None else None
    if woken_at is None:
        return planned_at, over_at
    return None, min(at for at in (woken_at + ahead_for, over_at, planned_at) if at is not None)


def _over_at(deadline: Deadline, record: Record | Standing, now: datetime, ahead_for: timedelta) -> datetime | None:
    """When the date of a series that is next has passed, and another is."""
    is_ahead = deadline.repeat is not None and record.due_at is not None and record.due_at >= now
    return just_after(record.due_at) + ahead_for if is_ahead and record.due_at is not None else None
