"""The recorder bounds what a crash would repeat, and holds up nobody for longer than that takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from alerter.channels.port import Sender
from alerter.domain.dates.zone import load_zone
from alerter.domain.notices.notice import State
from alerter.domain.planning.channel import Channel
from alerter.engine.delivery.lane import Lane
from alerter.engine.delivery.recorder import Recorder
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.ledger import ChannelHealth, Result

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOBODY = cast("Sender", object())


async def _nothing(*_: Any) -> None:
    return None


def make_lane(concurrency: int) -> Lane:
    """A lane of the channel `desk` that nobody sends through."""
    channel = Channel(name="desk", type="console", zone=load_zone("UTC"), concurrency=concurrency)
    return Lane(channel, NOBODY, ChannelHealth(name="desk"), VirtualClock(NOW), _nothing)


async def enters_at_once(recorder: Recorder, lane: Lane) -> bool:
    """Whether another sending of the lane may begin now."""
    waiting = asyncio.create_task(recorder.wait_for_room(lane))
    await asyncio.sleep(0)
    is_in = waiting.done()
    waiting.cancel()
    return is_in


def put(recorder: Recorder, lane: Lane, number: int) -> None:
    """One of the lane's sendings under way comes to its end."""
    recorder.put(lane.channel, [Result(id=f"ntc_{number}", token="t", state=State.DELIVERED, at=NOW)])
    lane.under_way -= 1


async def test_fewer_than_twice_the_workers_are_under_way_or_unrecorded() -> None:
    """Of two workers three sendings, whichever of them have ended; recording makes room."""
    written: list[str] = []

    async def write(results: Sequence[Result]) -> None:
        written.extend(result.id for result in results)

    recorder, lane = Recorder(write, _nothing), make_lane(concurrency=2)
    for number in range(3):
        assert await enters_at_once(recorder, lane)
        lane.under_way += 1
        if number:
            put(recorder, lane, number)
    assert not await enters_at_once(recorder, lane)
    await recorder.flush()
    assert written == ["ntc_1", "ntc_2"]
    assert await enters_at_once(recorder, lane)


async def test_what_a_lane_that_was_replaced_has_under_way_holds_up_none_of_the_next() -> None:
    """Its receiver hangs: the settings of the channel may have been changed for that very reason."""
    recorder, old, new = Recorder(_nothing, _nothing), make_lane(concurrency=8), make_lane(concurrency=1)
    old.under_way = 8
    assert await enters_at_once(recorder, new)
