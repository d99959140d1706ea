"""Replicas that are killed, stopped, cut off, set wrong or given another configuration: each notice still arrives once.

H1 to H6, H13 and H16 of the catalogue; PostgreSQL itself is ill-treated in `test_postgres_faults`. Each case asks
for the database before the bench, so that it is there until the last daemon has ended.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from alerter.engine.delivery.leases import LEASE_FOR
from tests.acceptance.faults import hasty
from tests.acceptance.faults.faking import FakeClock, fake_clock
from tests.acceptance.faults.remains import unknown
from tests.acceptance.faults.system import in_own_mounts
from tests.acceptance.harness import Bench, Daemon, deadline, soon
from tests.acceptance.oracle import describe, read_ledger
from tests.acceptance.waiting import until
from tests.postgres import empty_schema
from tests.servers import Reply

NOTICE_COUNT = 200
NAMES = [f"report-{number}" for number in range(NOTICE_COUNT)]
SHORT_LEASES = (sys.executable, hasty.__file__)
SKEW = timedelta(minutes=5)
WITHIN = 15.0  # seconds beyond the lease

pytestmark = pytest.mark.fault


async def start(bench: Bench, store: str, count: int) -> list[Daemon]:
    """So many daemons with short leases, started at once and ready."""
    bench.store = bench.environ["ALERTER_STORE"] = store
    daemons = [await bench.start(under=SHORT_LEASES) for _ in range(count)]
    await asyncio.gather(*(daemon.ready(within=60.0) for daemon in daemons))
    return daemons


def want_all(bench: Bench, *, minutes: int = 60) -> None:
    """Write and want so many notices that are due in the same second, so long before their deadlines."""
    due, lead = (
        soon(minutes=minutes, seconds=5),
        f"{minutes}m",
    )  # a start that takes longer makes them late, and at once
    bench.write(*(deadline(name, due, [lead]) for name in NAMES))
    bench.wants(*(f"desk {name} upcoming {lead}" for name in NAMES))


@pytest.mark.ci
async def test_h1_a_killed_and_a_restarted_replica_lose_and_repeat_nothing(postgres_url: str, bench: Bench) -> None:
    """Of 200 notices due in one second each arrives once; again only what the killed one had on its way."""
    desk = await bench.webhook("desk")
    desk.receiver.default = Reply(delay=0.1)
    want_all(bench)
    killed, restarted, _ = await start(bench, postgres_url, 3)
    await desk.until_all(20, within=60.0)
    await killed.end(signal.SIGKILL)
    assert (await restarted.end()).code == 0
    newcomer = await bench.start(under=SHORT_LEASES)
    await desk.until_all(NOTICE_COUNT, within=90.0)
    await newcomer.ready(within=60.0)
    bench.may_repeat |= await unknown(bench)


async def test_h2_three_replicas_tell_what_one_tells_in_the_same_order(tmp_path: Path, postgres_server: str) -> None:
    """The same file on one daemon and on three: the same notices in the same order."""
    assert await told_by(1, tmp_path / "one", postgres_server) == await told_by(3, tmp_path / "three", postgres_server)


def made(folder: Path) -> Path:
    """The folder, which was not there."""
    folder.mkdir()
    return folder


async def told_by(count: int, folder: Path, server: str) -> list[str]:
    """The deadlines of which so many daemons told, in the order in which the notices came."""
    async with AsyncExitStack() as stack:
        store = stack.enter_context(empty_schema(server))
        bench = Bench(made(folder), stack)
        stack.push_async_callback(bench.reap)
        desk = await bench.webhook("desk")
        bench.write()
        await start(bench, store, count)
        first = soon(hours=1, seconds=12)
        dues = {name: first + timedelta(seconds=2 * number) for number, name in enumerate("gbdface")}
        bench.write(*(deadline(name, due, ["1h"]) for name, due in dues.items()))
        await desk.until_all(len(dues), within=60.0)
        bench.wants(*(f"desk {name} upcoming 1h" for name in dues))
        await bench.check()
        return [str(body["data"]["deadline"]["id"]) for body in desk.bodies]


@pytest.mark.ci
async def test_h3_a_receiver_that_recovers_is_sent_nothing_twice(postgres_url: str, bench: Bench) -> None:
    """Three replicas meet refusals, one is killed and one restarted meanwhile: each notice is accepted once."""
    desk = await bench.webhook("desk")
    desk.answer(*[Reply(status=500)] * 12)
    want_all(bench, minutes=1)  # a tenth of the time left is how long a failing channel rests: here the least there is
    killed, restarted, _ = await start(bench, postgres_url, 3)
    await desk.until(12, within=60.0)
    await killed.end(signal.SIGKILL)
    await restarted.end()
    newcomer = await bench.start(under=SHORT_LEASES)
    await desk.until_all(NOTICE_COUNT, within=120.0)
    await newcomer.ready(within=60.0)
    bench.may_repeat |= await unknown(bench)


async def test_h3_a_receiver_down_for_half_a_minute_gets_each_notice_once(postgres_url: str, bench: Bench) -> None:
    """All three replicas pause the channel, and the first that finds it working again delivers."""
    desk = await bench.webhook("desk")
    desk.receiver.default = Reply(status=503)
    want_all(bench, minutes=1)
    killed, restarted, _ = await start(bench, postgres_url, 3)
    await desk.until(1, within=60.0)
    failing_until = time.monotonic() + 30.0
    await killed.end(signal.SIGKILL)
    await restarted.end()
    newcomer = await bench.start(under=SHORT_LEASES)
    await until(lambda: time.monotonic() > failing_until, "half a minute", within=40.0)
    desk.replies += [Reply(status=503)] * (len(desk.requests) - len(desk.replies))
    desk.receiver.default = Reply()
    await desk.until_all(NOTICE_COUNT, within=500.0)
    await newcomer.ready(within=60.0)
    bench.may_repeat |= await unknown(bench)


@pytest.mark.ci
async def test_h4_replicas_whose_clocks_differ_send_neither_early_nor_twice(postgres_url: str, bench: Bench) -> None:
    """One is five minutes ahead and one behind, and both go by the database's clock."""
    desk = await bench.webhook("desk")
    bench.store = bench.environ["ALERTER_STORE"] = postgres_url
    due = soon(hours=1, seconds=8)
    names = NAMES[:20]
    bench.write(*(deadline(name, due, ["1h"]) for name in names), deadline("later", due + SKEW / 2, ["1h"]))
    fake_clock(bench, ahead_by=SKEW)
    ahead = await bench.start()
    behind_clock = FakeClock(bench.folder / "behind.rc")
    behind_clock.set(-SKEW)
    bench.environ["FAKETIME_TIMESTAMP_FILE"] = str(behind_clock.path)
    behind = await bench.start()
    await asyncio.gather(ahead.ready(within=60.0), behind.ready(within=60.0))
    await desk.until_all(len(names), within=60.0)
    await ahead.end()
    await behind.end()
    bench.wants(*(f"desk {name} upcoming 1h" for name in names))


@pytest.mark.ci
async def test_h5_a_replica_stopped_while_it_sends_changes_nothing_afterwards(postgres_url: str, bench: Bench) -> None:
    """Another sends what it held once the lease is over, and what it says when it goes on again is not minded."""
    desk = await bench.webhook("desk")
    desk.answer(Reply(status=500, delay=hasty.LEASE_SECONDS + 4.0))
    bench.write(deadline("report", soon(hours=1), ["2h"]))
    [zombie] = await start(bench, postgres_url, 1)
    await desk.until(1)
    zombie.send(signal.SIGSTOP)
    await start(bench, postgres_url, 1)
    await desk.until(2, within=hasty.LEASE_SECONDS + WITHIN)
    zombie.send(signal.SIGCONT)
    await zombie.says("lease.lost", within=90.0)
    bench.wants("desk report upcoming 2h")
    bench.may_repeat |= await unknown(bench)


async def test_h6_a_replica_stopped_before_it_sends_sends_no_more(postgres_url: str, bench: Bench) -> None:
    """What it had claimed, but not begun, another sends; it looks again when it goes on, and gives way."""
    desk = await bench.webhook("desk", more='rate = "1/s"\n')
    names = NAMES[:5]
    bench.write(*(deadline(name, soon(hours=1), ["2h"]) for name in names))
    [zombie] = await start(bench, postgres_url, 1)
    await desk.until(1)
    zombie.send(signal.SIGSTOP)
    await start(bench, postgres_url, 1)
    await desk.until_all(len(names), within=hasty.LEASE_SECONDS + WITHIN + len(names))
    zombie.send(signal.SIGCONT)
    await zombie.ready()
    await zombie.end()
    bench.wants(*(f"desk {name} upcoming 2h" for name in names))
    first = desk.arrivals()[0].id
    bench.may_repeat |= {describe(row) for row in await read_ledger(postgres_url) if row.id == first}


async def test_h1_a_dead_replica_is_replaced_within_its_lease_and_a_quarter_minute(
    postgres_url: str, bench: Bench
) -> None:
    """What it was sending when it was killed is sent by the other in time, by the leases that daemons really have."""
    desk = await bench.webhook("desk")
    desk.answer(Reply(ending="hang"))
    bench.store = bench.environ["ALERTER_STORE"] = postgres_url
    bench.write(deadline("report", soon(hours=1), ["2h"]))
    killed = await bench.start()
    await desk.until(1)
    await killed.end(signal.SIGKILL)
    other = await bench.start()
    await other.ready()
    await desk.until(2, within=LEASE_FOR.total_seconds() + WITHIN)
    bench.wants("desk report upcoming 2h")
    bench.may_repeat |= await unknown(bench)


def write_to(bench: Bench, name: str, *deadlines: str) -> Path:
    """A configuration in a folder of its own."""
    folder = bench.folder / name
    folder.mkdir(exist_ok=True)
    top = '[defaults]\nsettle = "1s"\n'
    (folder / "alerter.toml").write_text(bench.text(*deadlines, more=top), encoding="utf-8")
    return folder


async def test_h13_a_rolling_change_and_its_revert_announce_one_date_at_a_time(postgres_url: str, bench: Bench) -> None:
    """The newest file plans, an old one that starts again does not, and when the newest leaves the old one follows."""
    desk = await bench.webhook("desk")
    bench.store = bench.environ["ALERTER_STORE"] = postgres_url
    due = soon(hours=1)
    old = write_to(bench, "old", deadline("report", due, ["2h"]))
    new = write_to(bench, "new", deadline("report", due + timedelta(days=2), ["3d"]))
    bench.environ["ALERTER_CONFIG"] = str(old)
    first = await bench.start()
    await desk.until(1)
    bench.environ["ALERTER_CONFIG"] = str(new)
    second = await bench.start()
    await desk.until(2, within=30.0)
    await first.says("replica.waiting")
    await first.end()
    bench.environ["ALERTER_CONFIG"] = str(old)
    third = await bench.start()
    await third.says("replica.waiting")
    assert len(desk.requests) == 2
    await second.end()
    await third.says("replica.planning")
    await desk.until(3, within=30.0)
    assert [body["type"] for body in desk.bodies] == ["deadline.upcoming", "deadline.moved", "deadline.moved"]
    dates = [(body["data"]["moved"]["from"][:10], body["data"]["moved"]["to"][:10]) for body in desk.bodies[1:]]
    assert dates == [(dates[1][1], dates[0][1]), (dates[0][1], dates[1][1])]
    bench.wants("desk report upcoming 2h", "desk report moved", "desk report moved")


async def test_h16_what_one_replica_cannot_reach_another_delivers(postgres_url: str, bench: Bench) -> None:
    """The first sees the database but not the receiver; the second sees both."""
    desk = await bench.webhook("desk")
    bench.environ["DESK_URL"] = bench.environ["DESK_URL"].replace("127.0.0.1", "receiver.test")
    bench.store = bench.environ["ALERTER_STORE"] = postgres_url
    bench.write(deadline("report", soon(hours=1), ["2h"]))
    cut_off = await bench.start(under=knowing(bench, "127.0.0.9"))
    await cut_off.says("notice.retried")
    await bench.start(under=knowing(bench, "127.0.0.1"))
    await desk.until(1, within=60.0)
    bench.wants("desk report upcoming 2h")


def knowing(bench: Bench, address: str) -> tuple[str, ...]:
    """Run what follows where the receiver's name has this address."""
    hosts = bench.folder / f"hosts-{address}"
    hosts.write_text(f"127.0.0.1 localhost\n{address} receiver.test\n")
    return in_own_mounts(f"mount --bind {hosts} /etc/hosts")
