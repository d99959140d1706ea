"""What is put into a lane finds a worker."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import cast

from alerter.channels.port import Sender
from alerter.domain.dates.zone import load_zone
from alerter.domain.planning.channel import Channel
from alerter.engine.delivery.lane import Job, Lane
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.ledger import ChannelHealth, Claim
from tests.contract.ledger.making import make_entry
from tests.watching import watch_list

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CHANNEL = Channel(name="desk", type="console", zone=load_zone("UTC"), concurrency=1)


def make_job(name: str) -> Job:
    """A notice to be sent."""
    claim = Claim(id=name, token="t", lease_until=NOW, entry=make_entry(name), attempt=1)
    return Job((claim,), 90.0, {}, watch_list())


async def test_what_comes_as_the_only_worker_ends_is_sent() -> None:
    """In the moment in which it has found nothing more, and is not gone yet."""
    done: list[str] = []

    async def work(lane: Lane, job: Job) -> None:
        done.append(job.name)
        if job.name == "first":  # the loop turns to this when the worker is over, before it says so to others
            asyncio.get_running_loop().call_soon(lane.put, make_job("second"))

    lane = Lane(CHANNEL, cast("Sender", object()), ChannelHealth(name="desk"), VirtualClock(NOW), work)
    lane.put(make_job("first"))
    await lane.idle()
    await lane.idle()
    assert done == ["first", "second"]
