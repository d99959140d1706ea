"""Several daemons on one PostgreSQL share the work, and what one leaves another takes up."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alerter.ledger.ledger import Ledger
from tests.acceptance.harness import Bench, deadline, soon
from tests.acceptance.waiting import until, until_answered
from tests.application import running

NOTICE_COUNT = 60


async def test_three_replicas_send_each_notice_once(bench: Bench, postgres_url: str) -> None:
    """Of many notices due in one second each arrives once, though three daemons are after them."""
    desk = await bench.webhook("desk")
    due = soon(minutes=60, seconds=6)
    names = [f"report-{number}" for number in range(NOTICE_COUNT)]
    bench.write(*(deadline(name, due, ["1h"]) for name in names))
    async with AsyncExitStack() as stack:
        replicas = [await stack.enter_async_context(running(bench, None, postgres_url)) for _ in range(3)]
        await until(lambda: all(one.ready() == [] for one in replicas), "three replicas")
        await desk.until(NOTICE_COUNT, within=40.0)
    bench.wants(*(f"desk {name} upcoming 1h" for name in names))


async def test_a_replica_that_leaves_keeps_nothing_from_the_others(bench: Bench, postgres_url: str) -> None:
    """What falls due after one of two daemons has ended is told by the other."""
    desk = await bench.webhook("desk")
    bench.write(deadline("report", soon(minutes=60, seconds=8), ["1h"]))
    async with running(bench, None, postgres_url) as second:
        async with running(bench, None, postgres_url) as first:
            await until(lambda: first.ready() == second.ready() == [], "two replicas")
        await desk.until(1, within=30.0)
    bench.wants("desk report upcoming 1h")


async def waiting(ledger: Ledger) -> int | None:
    """How many notices wait, once there are any."""
    return sum((await ledger.queue_depth()).values()) or None


async def test_a_pause_that_another_has_found_is_kept(bench: Bench, postgres_url: str) -> None:
    """While the ledger says that a channel is paused nothing is sent, and once it says that it is open it goes on."""
    desk = await bench.webhook("desk")
    bench.write(deadline("first", soon(hours=1), ["2h"]), deadline("second", soon(hours=1, seconds=6), ["1h"]))
    other = Ledger(postgres_url)
    async with running(bench, None, postgres_url) as application:
        await desk.until(1)
        await until(lambda: not application.dispatcher.is_busy, "the record")
        await other.open()
        found = (await other.channels())["desk"]
        pause = replace(found, paused_until=datetime.now(UTC) + timedelta(hours=1), last_error="somebody else saw it")
        await other.put_channels([pause])
        await until(lambda: application.dispatcher.health["desk"] == pause, "the pause")
        await until_answered(lambda: waiting(other), "the hand-over")
        assert len(desk.requests) == 1
        await other.put_channels([found])
        await other.close()
        await desk.until(2)
    bench.wants("desk first upcoming 2h", "desk second upcoming 1h")


async def test_an_older_file_counts_where_it_is_put_back_and_a_reload_asked_for(
    bench: Bench, postgres_url: str
) -> None:
    """In one go, before the files are looked at: what they say is meant, and not what the daemon still held."""
    await bench.webhook("desk")
    older, newer = (deadline("report", soon(days=days), ["1h"]) for days in (30, 60))
    other = Ledger(postgres_url)
    bench.write(older)
    async with running(bench, None, postgres_url) as application:
        await until(lambda: application.ready() == [], "the first cycle")
        first = application.engine.watch_list
        bench.write(newer)
        await until(lambda: application.engine.watch_list is not first, "the newer list")
        taken = application.engine.watch_list
        assert taken is not None
        await other.open()
        assert await other.beat("other", taken.fingerprint, await other.now(), alive_for=timedelta(hours=1))
        bench.write(older)
        application.ask_reload()
        application.wake.set()  # a turn of the loop comes before the files have come to rest

        async def outrun() -> bool | None:
            plans = await other.beat("other", taken.fingerprint, await other.now(), alive_for=timedelta(hours=1))
            return None if plans else True

        await until_answered(outrun, "the older list to count")
        await other.close()
