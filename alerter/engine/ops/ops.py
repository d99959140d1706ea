"""Tells the people who run the alerter about its own problems, within bounds.

A first problem goes at once; what follows of its kind is gathered, so that no storm of failures is a storm of messages.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerter.domain.decisions.fallback import asks_fallback_at
from alerter.domain.decisions.record import Entry
from alerter.domain.notices.notice import Kind, Notice, State, notice_id
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.language import speak
from alerter.domain.words.statement import Statement
from alerter.engine.ops.outage import Outage
from alerter.engine.ops.problem_notes import note_of, text_words, title_words, write_note
from alerter.engine.ops.problems import Pile, Problem
from alerter.engine.time.clock import Clock
from alerter.ledger.ledger import Ledger

AGAIN_AFTER = timedelta(hours=1)
"""A problem that lasts is told once in this time."""

UNHEARD = (State.QUEUED, State.SENDING, State.RETRYING)


@dataclass(frozen=True, slots=True)
class _Noting:
    """When a problem was noted, how often it had come back by then, and whether it is over."""

    at: datetime
    number: int = 0
    is_over: bool = False

    @property
    def occasion(self) -> str:
        """The hour and the number: other replicas that note the same say the same."""
        hour = self.at.replace(minute=0, second=0, microsecond=0).isoformat()
        return f"{hour} {self.number}" if self.number else hour


class Ops:
    """Writes problems to the ledger as notices to the channels in `ops`.

    A problem of an `ops` channel is not told through that channel, and problems about problems do not exist.
    `wake` is called when there is something to tell.
    """

    def __init__(self, ledger: Ledger, clock: Clock, wake: Callable[[], None] = lambda: None) -> None:
        self._ledger = ledger
        self._clock = clock
        self._wake = wake
        self._noted: dict[str, _Noting] = {}
        self._piles: dict[tuple[str, str], Pile] = defaultdict(Pile)
        self._telling = asyncio.Lock()
        self._outage = Outage("problems.untold")
        self.watch_list: WatchList | None = None

    async def report(
        self, key: str, title: Statement, *text: Statement, about: str | None = None, otherwise: Iterable[str] = ()
    ) -> None:
        """Note a problem and tell what may be told by now. Raises what the ledger raises; it stays noted then."""
        self.note(Problem(key=key, title=title, text=text), about=about, otherwise=otherwise)
        await self.tell()

    def note(self, problem: Problem, *, about: str | None = None, otherwise: Iterable[str] = ()) -> None:
        """Have it told. `about` is the channel it concerns, `otherwise` who hears of it where `ops` cannot."""
        watch_list, now = self.watch_list, self._clock.now()
        before = self._lately(problem.key, now)
        if watch_list is None or (before is not None and not before.is_over):
            return
        able = [name for name in watch_list.channels if name != about]
        hearers = [name for name in watch_list.ops if name in able] or [name for name in otherwise if name in able]
        self._noted[problem.key] = noting = _Noting(now, before.number + 1 if before is not None else 0)
        for name in hearers:
            self._piles[problem.kind, name].add(replace(problem, occasion=noting.occasion))
        self._wake()

    def over(self, *keys: str) -> None:
        """These are so no longer: who has not heard of them need not, and what comes back is told anew."""
        if not keys:
            return
        gone = set(keys)
        for key in self._noted.keys() & gone:
            self._noted[key] = replace(self._noted[key], is_over=True)
        for pile in self._piles.values():
            pile.drop(gone)

    def next_at(self) -> datetime | None:
        """When there is something to tell; None where there is nothing."""
        now = self._clock.now()
        return min((at for pile in self._piles.values() if (at := pile.next_at(now)) is not None), default=None)

    async def tell(self, *, is_last: bool = False) -> None:
        """Write what may be told by now, all of it where there is no later. Raises what the ledger raises."""
        async with self._telling:
            now, watch_list = self._clock.now(), self.watch_list
            if watch_list is None:
                return
            self._noted = {key: noting for key, noting in self._noted.items() if _is_recent(noting.at, now)}
            self._piles = defaultdict(
                Pile, {key: pile for key, pile in self._piles.items() if key[1] in watch_list.channels}
            )
            ready = {
                key: pile for key, pile in self._piles.items() if (at := pile.next_at(now)) and (is_last or at <= now)
            }
            if not is_last:
                ready = await self._without_unheard(ready, now)
            ready = {key: pile for key, pile in ready.items() if pile.problems}  # some may have been over meanwhile
            if ready:
                await self._write(ready, watch_list, now)

    async def tell_or_keep(self, *, is_last: bool = False) -> None:
        """As `tell`; what the ledger does not take now is kept, since telling of problems must stop nothing else."""
        try:
            await self.tell(is_last=is_last)
        except Exception as error:  # noqa: BLE001 -- the loop outlives whatever the database does
            self._outage.note(error)
        else:
            self._outage.over()

    async def _without_unheard(
        self, ready: Mapping[tuple[str, str], Pile], now: datetime
    ) -> dict[tuple[str, str], Pile]:
        """Those whose last message has arrived or failed; the others wait for it, within bounds."""
        ids = [pile.last_id for pile in ready.values() if pile.last_id is not None]
        rows = await self._ledger.rows(ids) if ids else {}
        unheard = {name for name, row in rows.items() if row.state in UNHEARD}
        return {key: pile for key, pile in ready.items() if pile.last_id not in unheard or not pile.put_off(now)}

    async def _write(self, ready: Mapping[tuple[str, str], Pile], watch_list: WatchList, now: datetime) -> None:
        contents = {key: (tuple(pile.problems), pile.uncounted) for key, pile in ready.items()}
        is_in_one_language = len({channel.language for channel in watch_list.channels.values()}) == 1
        hearers = {kind: {name for other, name in ready if other == kind} for kind, _ in ready}
        entries: dict[tuple[str, str], Entry] = {}
        for kind, name in ready:
            channel = watch_list.channels[name]
            entry = _entry(kind, *contents[kind, name], channel=channel, now=now, in_words=is_in_one_language)
            entries[kind, name] = replace(entry, fallback_at=asks_fallback_at(channel, hearers[kind], entry.send_at))
        await self._ledger.enqueue(list(entries.values()))
        for key, pile in ready.items():
            problems, uncounted = contents[key]
            pile.tell(now, entries[key].notice.id, set(problems), uncounted)
        self._wake()

    def _lately(self, key: str, now: datetime) -> _Noting | None:
        noting = self._noted.get(key)
        return noting if noting is not None and _is_recent(noting.at, now) else None


def _is_recent(at: datetime, now: datetime) -> bool:
    return timedelta(0) <= now - at < AGAIN_AFTER


def _entry(
    kind: str, problems: Sequence[Problem], uncounted: int, *, channel: Channel, now: datetime, in_words: bool
) -> Entry:
    identity = [part for one in sorted((one.key, one.occasion) for one in problems) for part in one]
    told, speech = note_of(problems, uncounted), speak(channel.language)
    notice = Notice(
        id=notice_id(Kind.PROBLEM, *identity, channel.name),
        deadline=None,
        due_key=None,
        due_at=None,
        kind=Kind.PROBLEM,
        channel=channel.name,
        at=now,
        nominal_at=now,
        ordinal=problems[0].key if len(problems) == 1 else kind,
    )
    return Entry(
        notice=notice,
        state=State.QUEUED,
        send_at=now,
        give_up_at=now + channel.give_up_after,
        severity="critical",
        title=title_words(told, speech),
        text=text_words(told, speech) if in_words else write_note(told),  # 1.0.0 beside us reads words only
        replaces=False,
    )
