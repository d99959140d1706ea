"""Hands over what falls due: agenda, hand-over, moves and removals, one cycle at a time.

A cycle reads the clock once, asks the domain what is to go out, and writes it to the ledger. It sends
nothing (see `dispatch`) and waits for nothing but the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta

import structlog

from alerter.config.uncollected import uncollected
from alerter.domain.decisions.derived import as_it_stands, count_statuses, derived_from, last_closings
from alerter.domain.decisions.handover import decide, remove
from alerter.domain.decisions.record import Action, Decision, Known, Record, Standing
from alerter.domain.decisions.standing import snoozes_end_at
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.duedate import LATEST
from alerter.domain.planning.plan import plan_fingerprint
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.language import marked
from alerter.domain.words.statement import stated
from alerter.engine.agenda import AHEAD_FOR, Agenda
from alerter.engine.delivery.bundling import bundle
from alerter.engine.delivery.fallbacks import Fallbacks
from alerter.engine.delivery.thread_heads import FollowUp, ignore
from alerter.engine.handover.digests import Digests
from alerter.engine.happening import Happening, Observer, of_entries, of_skips
from alerter.engine.ops.ops import Ops
from alerter.engine.time.clock import Clock
from alerter.ledger.ledger import Ledger

BATCH_COUNT = 1000
"""Deadlines handed over in one transaction."""

AGAIN_AFTER = timedelta(minutes=1)
"""When a deadline that could not be planned is looked at again."""

log = structlog.get_logger(__name__)

TICK = timedelta(microseconds=1)

HERD_COUNT = 500
"""So many deadlines with something to say take a good part of a second to hand over."""

HERD_TIMES = 20
"""So many times earlier than others the notices of a herd are handed over, part by part."""

PART_COUNT = 250
"""What of a herd is handed over before the loop sees to everything else."""


class Engine:
    """The hand-over of one watch list to one ledger.

    `ahead_for` is how long before its instant a notice is handed over, so that no query stands
    between the instant and the sending. A herd takes longer, and is begun earlier.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        clock: Clock,
        ops: Ops,
        observe: Observer,
        follow_up: FollowUp = ignore,
        ahead_for: timedelta = AHEAD_FOR,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ops = ops
        self._observe = observe
        self._follow_up = follow_up
        self._ahead_for = ahead_for
        self._herd_for = HERD_TIMES * ahead_for
        self._agenda = Agenda()
        self._waiting = Agenda()  # what something else than its plan's next instant has to be over for
        self._digests = Digests(ledger)
        self._fallbacks = Fallbacks(ledger, clock)
        self._lock = asyncio.Lock()
        self._watch_list: WatchList | None = None
        self._closings: dict[str, Action] = {}
        self._counts: Mapping[Status, int] | None = None
        self._last_action = 0
        self._has_actions = False
        self._unmet: set[str] = set()
        self._gone: set[str] = set()
        self._forgotten: dict[str, datetime] = {}
        self._met: dict[str, datetime] = {}
        self._cut_off_count = 0
        self.well_at: datetime | None = None

    @property
    def watch_list(self) -> WatchList | None:
        """What is being watched; None before the first load."""
        return self._watch_list

    async def take(self, watch_list: WatchList) -> None:
        """Watch this list from now on, in place of the one before; looks at those deadlines that are not the same."""
        before = self._watch_list
        if before is None or before.channels != watch_list.channels:
            await self.take_afresh(watch_list)
            return
        async with self._lock:
            now, deadlines = self._clock.now(), watch_list.deadlines
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
            await self._watch(watch_list, now)

    async def take_afresh(self, watch_list: WatchList) -> None:
        """Watch this list from now on: whole, whatever the ledger was known to hold.

        Where the ledger knows of nothing, but was well until `well_at`, that is when the first list is met.
        """
        async with self._lock:
            now = self._clock.now()
            with uncollected():
                await self._look_at_all(watch_list, now)
            await self._watch(watch_list, now)

    async def _look_at_all(self, watch_list: WatchList, now: datetime) -> None:
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
        if self._watch_list is None and self.well_at is not None and not is_known:
            self._forgotten = dict.fromkeys(watch_list.deadlines, self.well_at)
        else:  # what a failover has lost has been met all the same
            self._forgotten = {name: self._forgotten.get(name, at) for name, at in lost.items()}
        self._met = {name: self._met.get(name, now) for name in watch_list.deadlines}
        self._waiting.clear()
        self._unmet, self._gone = set(unmet), gone
        self._agenda.fill({name: at for name, at in looks.items() if at is not None})

    async def _watch(self, watch_list: WatchList, now: datetime) -> None:
        self._watch_list = self._ops.watch_list = watch_list
        self._last_action, self._closings, self._counts = 0, {}, None
        await self._digests.take(watch_list.digests, now)
        await self._notice_actions(now)
        for name in await self._ledger.waiting():
            self.look_again(name)  # what was on its way in a crash may have been ended meanwhile

    async def cycle(self) -> datetime | None:
        """Hand over everything due by now. Returns when to come again; None: only when something happens."""
        async with self._lock:
            watch_list = self._watch_list
            if watch_list is None:
                return None
            now = self._clock.now()
            until = now + self._ahead_for + TICK
            await self._remove(sorted(self._gone), now)
            if await self._ledger.changed() or self._has_actions:
                await self._notice_actions(now)
            while due := self._pop_due(until):
                await self._hand_over_all(watch_list, due, now, until)
            self._observe_all(of_entries(await self._digests.hand_over(watch_list, now, until), now))
            self._observe_all(of_entries(await self._fallbacks.hand_over(watch_list, now), now))
            await self._begin_herd(watch_list, now)
            return now if self._is_herd_near(now) else self._next_at()

    def has_been_cut_off(self) -> bool:
        """Whether the ledger lost a connection since this was last asked: what it had kept it may not have any more."""
        before, self._cut_off_count = self._cut_off_count, self._ledger.cut_off_count
        return self._cut_off_count != before

    def look_again(self, deadline: str) -> None:
        """Something became of this deadline other than by its plan: look at it in the next cycle."""
        if self._watch_list is not None and deadline in self._watch_list.deadlines:
            self._agenda.pull(deadline, self._clock.now())
        else:
            self._gone.add(deadline)

    def acted_on(self, deadline: str) -> None:
        """Somebody acknowledged, snoozed or closed this deadline through us."""
        self.look_again(deadline)
        self._has_actions = True

    def next_notice_at(self) -> datetime | None:
        """When the next thing falls due."""
        ahead = (self._agenda.next_at(), self._waiting.next_at(), self._digests.next_at())
        return min((instant for instant in ahead if instant is not None), default=None)

    def count_statuses(self) -> Mapping[Status, int]:
        """How many deadlines have each status there is, as they stand; counted when that may have changed."""
        if self._counts is None:
            deadlines = self._watch_list.deadlines if self._watch_list is not None else {}
            self._counts = count_statuses(deadlines, self._closings)
        return self._counts

    def _next_at(self) -> datetime | None:
        due_at, fallback_at = self.next_notice_at(), self._fallbacks.next_at
        instants = (None if due_at is None else due_at - self._ahead_for, fallback_at)
        return min((instant for instant in instants if instant is not None), default=None)

    def _pop_due(self, until: datetime) -> Sequence[str]:
        return list(dict.fromkeys((*self._agenda.pop_due(until), *self._waiting.pop_due(until))))

    def _is_herd_near(self, now: datetime) -> bool:
        return self._agenda.has_herd(now + self._herd_for, HERD_COUNT)

    async def _begin_herd(self, watch_list: WatchList, now: datetime) -> None:
        """Where many fall due within a while hand over the first of them, before their second has come."""
        if self._is_herd_near(now):
            until = now + self._herd_for
            await self._hand_over_all(watch_list, self._agenda.pop_due(until, PART_COUNT), now, until)

    async def _hand_over_all(self, watch_list: WatchList, due: Sequence[str], now: datetime, until: datetime) -> None:
        """Batch by batch; what a failing database leaves undone stays on the agenda."""
        done_count = 0
        try:
            with uncollected() if len(due) > BATCH_COUNT else nullcontext():
                for batch in _batches(due):
                    await self._hand_over(watch_list, batch, now, until)
                    done_count += len(batch)
        finally:
            for name in due[done_count:]:
                self._agenda.pull(name, now)

    async def _hand_over(self, watch_list: WatchList, batch: Sequence[str], now: datetime, until: datetime) -> None:
        deadlines = {name: self._effective(watch_list.deadlines[name]) for name in batch}
        met = [name for name in batch if name not in self._unmet]
        known = await self._ledger.known(met) if met else {}
        self._unmet.difference_update(batch)
        decisions = await self._decide(watch_list, deadlines, known, now, until)
        decisions = bundle(decisions, watch_list.channels, min(until, now + self._ahead_for + TICK))
        lost = set(await self._ledger.commit(decisions))
        for decision in decisions:
            name = decision.record.deadline
            if name in lost:
                self._agenda.set(name, now)
            else:
                if decision.entries or decision.skips:
                    self._report(decision, known.get(name), now)
                self._set_looks(deadlines[name], decision.record, known.get(name), now)
                for action in known[name].new_actions if name in known else ():
                    self._follow_up(name, action.due_key)

    def _set_looks(self, deadline: Deadline, record: Record, known: Known | None, now: datetime) -> None:
        """When to look again: at what its plan has next, which a herd may bring forward, or after something else."""
        planned_at, waited_for = _looks(deadline, record, known, now, ahead_for=self._ahead_for)
        self._agenda.set(deadline.id, planned_at)
        self._waiting.set(deadline.id, waited_for)

    async def _decide(
        self,
        watch_list: WatchList,
        deadlines: Mapping[str, Deadline],
        known: Mapping[str, Known],
        now: datetime,
        until: datetime,
    ) -> list[Decision]:
        """Decide on each; again without the notices that turn out to have a row already."""
        channels = watch_list.channels
        decisions: dict[str, Decision] = {}
        for name, deadline in deadlines.items():
            try:
                decisions[name] = decide(
                    deadline, channels, known.get(name), now=now, until=until, seen_at=self._forgotten.get(name)
                )
            except Exception as error:  # one deadline's fault is not to keep the others waiting
                log.exception("deadline.failed", deadline=name, error=type(error).__name__)
                await self._put_off(name, type(error).__name__, now)
        undecided, blocked = set(decisions), frozenset[str]()
        while undecided:
            asked = {entry.notice.id: name for name in undecided for entry in decisions[name].entries}
            if not asked:
                break
            rows = await self._ledger.rows(list(asked))
            found = {row.id for row in rows.values() if not row.can_return} - blocked
            blocked |= found
            undecided = {asked[notice] for notice in found}
            for name in undecided:
                decisions[name] = decide(
                    deadlines[name],
                    channels,
                    known.get(name),
                    now=now,
                    until=until,
                    blocked=blocked,
                    seen_at=self._forgotten.get(name),
                )
        return list(decisions.values())

    async def _put_off(self, name: str, error: str, now: datetime) -> None:
        self._agenda.set(name, None)
        self._waiting.set(name, now + AGAIN_AFTER)
        words = marked("problem", "{deadline} could not be planned ({error}); it is tried again every minute.")
        text = stated(*words, deadline=name, error=error)
        await self._ops.report(f"deadline {name}", stated("problem", "A deadline cannot be planned"), text)

    def _report(self, decision: Decision, known: Known | None, now: datetime) -> None:
        rows = known.rows if known is not None else ()
        self._observe_all((*of_entries(decision.entries, now), *of_skips(rows, decision.skips, now)))

    def _observe_all(self, happenings: Iterable[Happening]) -> None:
        for happening in happenings:
            self._observe(happening)

    async def _remove(self, names: Sequence[str], now: datetime) -> None:
        self._gone.difference_update(names)
        for batch in _batches(names):
            known = await self._ledger.known(batch)
            decisions = [remove(one, now) for one in known.values()]
            await self._ledger.commit(decisions)
            for decision in decisions:
                self._report(decision, known[decision.record.deadline], now)
                for text in decision.told_ops:
                    title = stated("problem", "A deadline was removed")
                    await self._ops.report(f"removed {decision.record.deadline}", title, text)

    async def _notice_actions(self, now: datetime) -> None:
        """Look again at deadlines that somebody acted on, and at those derived from them."""
        self._has_actions = False
        actions = await self._ledger.actions_after(self._last_action)
        if not actions or self._watch_list is None:
            return
        self._last_action = max(action.ordinal for action in actions)
        closings = last_closings(actions)
        if closings:
            self._closings, self._counts = self._closings | closings, None
        for name in {action.deadline for action in actions} | derived_from(closings, self._watch_list.deadlines):
            if name in self._watch_list.deadlines:
                self._agenda.pull(name, now)

    def _effective(self, deadline: Deadline) -> Deadline:
        """The deadline as it stands: what is derived from one that a person called void is void too."""
        assert self._watch_list is not None  # noqa: S101 -- what is planned is on it
        return as_it_stands(deadline, self._watch_list.deadlines, self._closings)


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
    return record.due_at + TICK + ahead_for if is_ahead and record.due_at is not None else None


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), BATCH_COUNT):
        yield names[start : start + BATCH_COUNT]
