"""Never silent: while the ledger cannot be written, what falls due still goes out, once per process.

Nothing can be recorded, so this keeps to the plain case: planned notices, one attempt each, and a word to
`ops`. What went out here is recorded as delivered when the ledger takes it up again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, MutableMapping, Sequence, Set
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from alerter.channels.port import Sender
from alerter.channels.render import render_safely
from alerter.domain.decisions.derived import as_all_stand, with_sources
from alerter.domain.decisions.forecast import forecast
from alerter.domain.decisions.record import Known
from alerter.domain.messages.message import Message
from alerter.domain.notices.notice import Kind, Notice, State, notice_id
from alerter.domain.notices.outcome import Delivered
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.language import marked, speak
from alerter.domain.words.statement import spoken, stated
from alerter.engine.delivery.compose import bare_message, planned_message
from alerter.engine.hardship.foresight import Foresight, only
from alerter.engine.time.clock import Clock
from alerter.ledger.ledger import Ledger

BEGINS_AFTER = timedelta(seconds=60)
"""How long the ledger must have refused before notices go out unrecorded."""

OVERLAP = timedelta(minutes=2)
"""What was handed over shortly before may not have been claimed any more."""

AGAIN_AFTER = timedelta(seconds=30)
"""Between two attempts at one notice."""

ANSWERS_WITHIN = 3.0  # seconds
ENDED = (State.DELIVERED, State.SKIPPED, State.DEAD)
AT_ONCE = 16

TELLING_SECONDS = 60.0
"""How long one round of telling without a record may take."""

log = structlog.get_logger(__name__)


class Emergency:
    """Tells what cannot be recorded; `told` are the ids that this process has delivered, by when: it adds to them."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        told: MutableMapping[str, datetime],
        add_links: Callable[[Message], Message] = lambda message: message,
    ) -> None:
        self._ledger = ledger
        self._add_links = add_links
        self._clock = clock
        self._tried: dict[str, datetime] = {}
        self._has_told_ops = False
        self._foresight = Foresight()
        self._told = told

    async def tell(
        self, watch_list: WatchList, senders: Mapping[str, Sender], since: datetime, handled: Mapping[str, object]
    ) -> None:
        """Send what fell due since the ledger last worked, as far as a round's time allows.

        `handled` are ids that are or were in other hands.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(TELLING_SECONDS):
                await self._tell_due(watch_list, senders, since, handled)

    async def _tell_due(
        self, watch_list: WatchList, senders: Mapping[str, Sender], since: datetime, handled: Mapping[str, object]
    ) -> None:
        now = self._clock.now()
        room = asyncio.Semaphore(AT_ONCE)
        if not self._has_told_ops:
            self._has_told_ops = True
            await asyncio.gather(*(self._tell_ops(watch_list, senders, name, since) for name in watch_list.ops))
        due = await self._foresight.due(watch_list, since - OVERLAP, now)
        waiting = [notice for notice in due if self._is_wanted(notice, handled, now)]
        if waiting:
            known, ended = await self._find_known(waiting, watch_list)
            concerned = only(watch_list, {notice.deadline or "" for notice in waiting})
            concerned = as_all_stand(concerned, watch_list.deadlines, known or {})
            due = forecast(concerned, since - OVERLAP, now, known)
            waiting = [one for one in due if one.id not in ended and self._is_wanted(one, handled, now)]
        await asyncio.gather(*(self._tell(notice, watch_list, senders, room) for notice in waiting))

    async def prove_over(self) -> None:
        """The ledger is said to work again: raises what it raises unless it can be written."""
        await self._ledger.prove()
        self._has_told_ops = False
        self._tried.clear()

    def _is_wanted(self, notice: Notice, handled: Mapping[str, object], now: datetime) -> bool:
        last = self._tried.get(notice.id)
        is_resting = last is not None and now - last < AGAIN_AFTER
        return notice.id not in handled and notice.id not in self._told and not is_resting

    async def _find_known(
        self, due: Sequence[Notice], watch_list: WatchList
    ) -> tuple[Mapping[str, Known] | None, Set[str]]:
        """What people said of these, and the ids of what needs no telling, where the ledger can at least be read."""
        names = with_sources(sorted({notice.deadline for notice in due if notice.deadline}), watch_list.deadlines)
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                known = await self._ledger.known(names)
                rows = await self._ledger.rows([notice.id for notice in due])
                return known, {row.id for row in rows.values() if row.state in ENDED}
        except Exception as error:  # noqa: BLE001 -- then nothing is known, and silence would be worse
            log.warning("emergency.unread", error=type(error).__name__)
            return None, frozenset()

    async def _tell(
        self, notice: Notice, watch_list: WatchList, senders: Mapping[str, Sender], room: asyncio.Semaphore
    ) -> None:
        self._tried[notice.id] = self._clock.now()
        now = self._clock.now()
        late_by = max(0, int((now - notice.at).total_seconds()))

        def compose() -> Message:
            return self._add_links(planned_message(notice, watch_list, now, late_by=late_by, is_repeat_possible=True))

        async with room:
            if await _send(notice.channel, senders, compose):
                self._told[notice.id] = now  # of which its words speak

    async def _tell_ops(self, watch_list: WatchList, senders: Mapping[str, Sender], name: str, since: datetime) -> None:
        channel = watch_list.channels[name]
        speech = speak(channel.language)
        words = marked("problem", "It has refused since {when}. Notices go out, but nothing is recorded.")

        def compose() -> Message:
            return bare_message(
                notice_id(Kind.PROBLEM, "emergency", since.isoformat(), name),
                Kind.PROBLEM,
                channel,
                self._clock.now(),
                title=speech.say("problem", "The ledger cannot be written"),
                text=spoken(stated(*words, when=since), speech),
                is_repeat_possible=True,
            )

        await _send(name, senders, compose)


async def _send(channel: str, senders: Mapping[str, Sender], compose: Callable[[], Message]) -> bool:
    """One attempt; whether the other side took it. A fault in one message keeps no other back."""
    try:
        message, sender = compose(), senders[channel]
        rendered, _ = render_safely(sender, message)
        outcome = await sender.send(message, rendered)
    except Exception:  # the last resort of one attempt
        log.exception("emergency.failed", channel=channel)
        return False
    log.warning("emergency.tried", notice=message.id, channel=message.channel, detail=outcome.detail)
    return isinstance(outcome, Delivered)
