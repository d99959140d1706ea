"""The lanes of all channels: opened and retired as the watch list has them, their health shared through the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

import structlog

from alerter.channels.port import Sender
from alerter.domain.planning.channel import Channel
from alerter.engine.delivery.lane import Job, Lane, Work
from alerter.engine.time.clock import Clock
from alerter.ledger.ledger import ChannelHealth, Ledger

log = structlog.get_logger(__name__)

LEARN_EVERY_SECONDS = 2.0
"""Between two looks at what other replicas say of the channels."""

GRACE_SECONDS = 6.5
"""How long attempts in flight may go on after the daemon was asked to stop."""

RETIRED_GRACE_SECONDS = 60.0
"""The same, of a channel that changed or is gone."""


class Lanes:
    """One lane for each channel. `give_back` returns to the ledger what waits in a lane that closes."""

    def __init__(
        self, ledger: Ledger, clock: Clock, work: Work, give_back: Callable[[list[Job]], Awaitable[None]]
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._work = work
        self._give_back = give_back
        self._lanes: dict[str, Lane] = {}
        self._learned_at = float("-inf")
        self._retired: dict[Lane, asyncio.Task[None]] = {}
        self._of_other_hours: set[str] = set()  # than those that hold what they hold

    def __iter__(self) -> Iterator[Lane]:
        return iter(list(self._lanes.values()))

    def __len__(self) -> int:
        return len(self._lanes)

    def find(self, name: str) -> Lane | None:
        """The lane of the channel, if there is one."""
        return self._lanes.get(name)

    def has(self, lane: Lane) -> bool:
        """Whether it is still that of its channel: another has taken its place where the channel changed."""
        return self._lanes.get(lane.channel.name) is lane

    def put(self, job: Job) -> None:
        """Send this as soon as a worker of its channel is free."""
        self._lanes[job.channel].put(job)

    def take_back(self, which: Callable[[Job], bool]) -> list[Job]:
        """Those of the messages that wait for a worker, whichever their channel."""
        return [job for lane in self for job in lane.take_back(which)]

    async def prepare(self, channels: Mapping[str, Channel]) -> dict[str, ChannelHealth]:
        """How these channels are before they are taken; what failed at an address that changes is tried at once."""
        stored, health = await self._ledger.channels(), {}
        for name, channel in channels.items():
            fresh = ChannelHealth(name=name, address=channel.address)
            health[name] = stored.get(name, fresh)
            if health[name].address != channel.address:
                health[name], lane = fresh, self._lanes.get(name)
                if lane is None or lane.channel.address != channel.address:
                    await self._ledger.requeue_channel(name, self._clock.now())
        return health

    def exchange(
        self, channels: Mapping[str, Channel], senders: Mapping[str, Sender], health: Mapping[str, ChannelHealth]
    ) -> None:
        """Send to these from now on; lanes of what did not change go on undisturbed. To be followed by `settle`."""
        before, self._lanes = self._lanes, {}
        for name, channel in channels.items():
            old = before.get(name)
            if old is not None and old.channel == channel and old.sender is senders[name]:
                self._lanes[name] = before.pop(name)
                continue
            if old is not None and (old.channel.quiet, old.channel.zone) != (channel.quiet, channel.zone):
                self._of_other_hours.add(name)
            self._lanes[name] = Lane(channel, senders[name], health[name], self._clock, self._work, before=old)
        for lane in before.values():
            self._retired[lane] = asyncio.create_task(self._retire(lane), name=f"retire {lane.channel.name}")

    async def settle(self) -> None:
        """Write what an exchange comes to; what the ledger fails to take is left to the next one."""
        await self.share(self)
        for name in sorted(self._of_other_hours):
            await self._ledger.let_go_held(name, self._clock.now())
            self._of_other_hours.discard(name)

    async def share(self, lanes: Iterable[Lane]) -> None:
        """Write how these channels are, for other replicas and the next start."""
        written = [(lane, lane.health) for lane in lanes]
        if not written:
            return
        await self._ledger.put_channels([health for _, health in written])
        for lane, health in written:
            lane.shared(health)

    async def learn(self) -> None:
        """Heed what other replicas have found out about the channels."""
        is_any_closed = any(lane.health.is_closed for lane in self)  # `alerter retry` opens it again
        if self._clock.monotonic() - self._learned_at < LEARN_EVERY_SECONDS and not is_any_closed:
            return
        self._learned_at = self._clock.monotonic()
        for name, health in (await self._ledger.channels()).items():
            if name in self._lanes:
                self._lanes[name].learn(health)

    async def idle(self) -> None:
        """Wait until nothing waits and nothing is being sent."""
        for lane in self:
            await lane.idle()

    def hurry(self) -> None:
        """Break off what is in flight; it is given back."""
        for lane in (*self, *self._retired):
            lane.hurry()

    async def close(self) -> None:
        """Take nothing more, let attempts finish for a moment, and let go of the channels."""
        lanes, retired = list(self), dict(self._retired)
        await _all(self._end(lane, GRACE_SECONDS) for lane in (*lanes, *retired))
        await _all(retired.values())
        await _all(lane.sender.close() for lane in lanes)

    async def _retire(self, lane: Lane) -> None:
        """End the lane of a channel that changed or is gone; its sender too, unless another lane sends through it."""
        try:
            await self._end(lane, RETIRED_GRACE_SECONDS)
        finally:
            others = (each for each in (*self, *self._retired) if each is not lane)
            if not any(each.sender is lane.sender for each in others):
                await lane.sender.close()
            del self._retired[lane]

    async def _end(self, lane: Lane, grace_for: float) -> None:
        """Let it take nothing more, give back what waits, and wait until its attempts are over."""
        ending = asyncio.create_task(lane.close(grace_for))
        try:
            await self._give_back(lane.take_back())
        finally:
            await ending


async def _all(works: Iterable[Awaitable[None]]) -> None:
    """Do all, whatever becomes of some."""
    for ended in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(ended, Exception):
            log.error("lane.failed", error=type(ended).__name__, exc_info=ended)
