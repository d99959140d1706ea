"""Hands over what falls due: agenda, hand-over, moves and removals, one cycle at a time.

A cycle reads the clock once, asks the domain what is to go out, and writes it to the ledger. It sends
nothing (see `dispatch`) and waits for nothing but the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial

import structlog

from alerter.config.uncollected import uncollected
from alerter.domain.decisions.derived import as_it_stands, count_statuses, derived_from, last_closings
from alerter.domain.decisions.handover import decide, remove
from alerter.domain.decisions.record import Action, Decision, Known
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.duedate import just_after
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.language import marked
from alerter.domain.words.statement import stated
from alerter.engine.agenda import AHEAD_FOR
from alerter.engine.delivery.bundling import bundle
from alerter.engine.delivery.fallbacks import Fallbacks
from alerter.engine.delivery.thread_heads import FollowUp, ignore
from alerter.engine.handover.digests import Digests
from alerter.engine.handover.lookout import Lookout
from alerter.engine.happening import Happening, Observer, of_entries, of_skips
from alerter.engine.ops.ops import Ops
from alerter.engine.ops.problems import Problem
from alerter.engine.time.clock import Clock
from alerter.ledger.ledger import Ledger

BATCH_COUNT = 1000
"""Deadlines handed over in one transaction."""

AGAIN_AFTER = timedelta(minutes=1)
"""When a deadline that could not be planned is looked at again."""

log = structlog.get_logger(__name__)


async def recall_nothing(_deadlines: Collection[str]) -> None:
    """Nothing of these is on its way."""


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
        recall: Callable[[Collection[str]], Awaitable[None]] = recall_nothing,
        ahead_for: timedelta = AHEAD_FOR,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ops = ops
        self._observe = observe
        self._follow_up = follow_up
        self._recall = recall
        self._ahead_for = ahead_for
        self._lookout = Lookout(ledger, ahead_for)
        self._digests = Digests(ledger)
        self._fallbacks = Fallbacks(ledger, clock)
        self._lock = asyncio.Lock()
        self._closings: dict[str, Action] = {}
        self._counts: Mapping[Status, int] | None = None
        self._last_action = 0
        self._last_recalled = 0
        self._has_actions = False
        self._cut_off_count = 0
        self._is_whole = True

    @property
    def watch_list(self) -> WatchList | None:
        """What is being watched; None before the first load."""
        return self._lookout.watch_list

    def was_well_at(self, well_at: datetime | None) -> None:
        """Until when the ledger worked: where it knows of nothing now, the first list was met then."""
        self._lookout.well_at = well_at

    async def take(self, watch_list: WatchList) -> None:
        """Watch this list from now on, in place of the one before; looks at those deadlines that are not the same."""
        async with self._lock:
            now = self._clock.now()
            await self._lookout.take(watch_list, now)
            await self._watch(watch_list, now)

    async def take_afresh(self, watch_list: WatchList) -> None:
        """Watch this list from now on: whole, whatever the ledger was known to hold."""
        async with self._lock:
            now = self._clock.now()
            await self._lookout.take_afresh(watch_list, now)
            await self._watch(watch_list, now)

    async def _watch(self, watch_list: WatchList, now: datetime) -> None:
        """Take what is not the deadlines' own; may be repeated, and is until it has passed."""
        self._is_whole = False
        self._ops.watch_list = watch_list
        self._last_action, self._closings, self._counts = 0, {}, None
        await self._digests.take(watch_list.digests, now)
        await self._notice_actions(now)
        for name in await self._ledger.waiting():
            self.look_again(name)  # what was on its way in a crash may have been ended meanwhile
        self._is_whole = True

    async def cycle(self) -> datetime | None:
        """Hand over everything due by now. Returns when to come again; None: only when something happens."""
        async with self._lock:
            watch_list = self.watch_list
            if watch_list is None:
                return None
            now = self._clock.now()
            until = just_after(now + self._ahead_for)
            if not self._is_whole:  # the ledger failed in the middle of a load
                await self._watch(watch_list, now)
            while gone := self._lookout.pop_gone():
                await self._by_batches(gone, partial(self._remove, now=now), now)
            if await self._ledger.changed() or self._has_actions:
                await self._notice_actions(now)
            while due := self._lookout.pop_due(until):
                await self._hand_over_all(watch_list, due, now, until)
            self._observe_all(await self._digests.take_back(watch_list, now))
            self._observe_all(of_entries(await self._digests.hand_over(watch_list, now, until), now))
            self._observe_all(of_entries(await self._fallbacks.hand_over(watch_list, now), now))
            await self._begin_herd(watch_list, now)
            return now if self._lookout.is_herd_near(now) else self._next_at()

    def has_been_cut_off(self) -> bool:
        """Whether the ledger lost a connection since this was last asked: what it had kept it may not have any more."""
        before, self._cut_off_count = self._cut_off_count, self._ledger.cut_off_count
        return self._cut_off_count != before

    def look_again(self, deadline: str | None) -> None:
        """Something became of this deadline, or of a digest (None), other than by its plan: the next cycle looks."""
        if deadline is None:
            self._digests.look_again()
        else:
            self._lookout.pull(deadline, self._clock.now())

    def acted_on(self, deadline: str) -> None:
        """Somebody acknowledged, snoozed or closed this deadline through us."""
        self.look_again(deadline)
        self._has_actions = True

    def next_notice_at(self) -> datetime | None:
        """When the next thing falls due."""
        ahead = (self._lookout.next_at(), self._digests.next_at())
        return min((instant for instant in ahead if instant is not None), default=None)

    def count_statuses(self) -> Mapping[Status, int]:
        """How many deadlines have each status there is, as they stand; counted when that may have changed."""
        if self._counts is None:
            deadlines = self.watch_list.deadlines if self.watch_list is not None else {}
            self._counts = count_statuses(deadlines, self._closings)
        return self._counts

    def _next_at(self) -> datetime | None:
        due_at, fallback_at = self.next_notice_at(), self._fallbacks.next_at
        instants = (None if due_at is None else due_at - self._ahead_for, fallback_at)
        return min((instant for instant in instants if instant is not None), default=None)

    async def _begin_herd(self, watch_list: WatchList, now: datetime) -> None:
        """Where many fall due within a while hand over the first of them, before their second has come."""
        if self._lookout.is_herd_near(now):
            part, until = self._lookout.pop_part_of_herd(now)
            await self._hand_over_all(watch_list, part, now, until)

    async def _hand_over_all(self, watch_list: WatchList, due: Sequence[str], now: datetime, until: datetime) -> None:
        with uncollected() if len(due) > BATCH_COUNT else nullcontext():
            await self._by_batches(due, partial(self._hand_over, watch_list, now=now, until=until), now)

    async def _by_batches(
        self, names: Sequence[str], work: Callable[[Sequence[str]], Awaitable[None]], now: datetime
    ) -> None:
        """Batch by batch; what a failing database leaves undone is looked at again."""
        done_count = 0
        try:
            for start in range(0, len(names), BATCH_COUNT):
                batch = names[start : start + BATCH_COUNT]
                await work(batch)
                done_count += len(batch)
        finally:
            for name in names[done_count:]:
                self._lookout.pull(name, now)

    async def _hand_over(self, watch_list: WatchList, batch: Sequence[str], now: datetime, until: datetime) -> None:
        listed = watch_list.deadlines
        deadlines = {name: as_it_stands(listed[name], listed, self._closings) for name in batch}
        met = self._lookout.known_of(batch)
        known = await self._ledger.known(met) if met else {}
        self._lookout.meet(batch)
        decisions = await self._decide(watch_list, deadlines, known, now, until)
        decisions = bundle(decisions, watch_list.channels, min(until, just_after(now + self._ahead_for)))
        lost = set(await self._ledger.commit(decisions))
        self._ops.over(*(_removal_key(name) for name, one in known.items() if one.record.removed_at is not None))
        for decision in decisions:
            name = decision.record.deadline
            if name in lost:
                self._lookout.pull(name, now)
            else:
                if decision.entries or decision.skips:
                    self._report(decision, known.get(name), now)
                self._lookout.set(deadlines[name], decision.record, known.get(name), now)
                for action in known[name].new_actions if name in known else ():
                    self._follow_up(name, action.due_key)

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
                    deadline, channels, known.get(name), now=now, until=until, seen_at=self._lookout.seen_at(name)
                )
            except Exception as error:  # one deadline's fault is not to keep the others waiting
                log.exception("deadline.failed", deadline=name, error=type(error).__name__)
                self._put_off(name, type(error).__name__, now)
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
                    seen_at=self._lookout.seen_at(name),
                )
        return list(decisions.values())

    def _put_off(self, name: str, error: str, now: datetime) -> None:
        self._lookout.put_off(name, now + AGAIN_AFTER)
        words = marked("problem", "{deadline} could not be planned ({error}); it is tried again every minute.")
        text = stated(*words, deadline=name, error=error)
        title = stated("problem", "A deadline cannot be planned")
        self._ops.note(Problem(key=f"deadline {name}", title=title, text=(text,)))

    def _report(self, decision: Decision, known: Known | None, now: datetime) -> None:
        rows = known.rows if known is not None else ()
        self._observe_all((*of_entries(decision.entries, now), *of_skips(rows, decision.skips, now)))

    def _observe_all(self, happenings: Iterable[Happening]) -> None:
        for happening in happenings:
            self._observe(happening)

    async def _remove(self, batch: Sequence[str], now: datetime) -> None:
        known = await self._ledger.known(batch)
        decisions = [remove(one, now) for one in known.values()]
        lost = set(await self._ledger.commit(decisions))
        for name in lost:
            self._lookout.pull(name, now)
        if removed := sorted(known.keys() - lost):  # `ops` hear only of what people had been told of
            log.info("deadlines.removed", deadlines=removed)
        for decision in decisions:
            if decision.record.deadline in lost:
                continue
            self._report(decision, known[decision.record.deadline], now)
            for text in decision.told_ops:
                title = stated("problem", "A deadline was removed")
                self._ops.note(Problem(key=_removal_key(decision.record.deadline), title=title, text=(text,)))

    async def _notice_actions(self, now: datetime) -> None:
        """Look again at deadlines that somebody acted on, and at those derived from them.

        What is on its way about them is recalled once for each action, also where a load has all of them noticed anew.
        """
        self._has_actions = False
        try:
            actions = await self._ledger.actions_after(self._last_action)
        except BaseException:
            self._has_actions = True
            raise
        watch_list = self.watch_list
        if not actions or watch_list is None:
            return
        closings = last_closings(actions)
        if closings:
            self._closings, self._counts = self._closings | closings, None
        for name in _concerned(actions, watch_list):
            self._lookout.pull(name, now)
        fresh = [action for action in actions if action.ordinal > self._last_recalled]
        self._last_action = self._last_recalled = max(action.ordinal for action in actions)
        await self._recall(_concerned(fresh, watch_list))


def _concerned(actions: Iterable[Action], watch_list: WatchList) -> Collection[str]:
    """The deadlines that these are about, and those derived from what they close."""
    listed = list(actions)
    acted_on = {action.deadline for action in listed}
    return (acted_on | derived_from(last_closings(listed), watch_list.deadlines)) & watch_list.deadlines.keys()


def _removal_key(deadline: str) -> str:
    return f"removed {deadline}"
