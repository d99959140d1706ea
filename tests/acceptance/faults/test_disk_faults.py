"""A disk that is full, write-protected or failing under the daemon, and when it starts.

The names are those of the catalogue of faults. All need root, for a small disk of their own.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerter.domain.notices.notice import State
from tests.acceptance.faults.disks import Disk, small_disk
from tests.acceptance.harness import STORE, Bench, Daemon, deadline, soon
from tests.acceptance.oracle import read_ledger
from tests.acceptance.waiting import until, until_answered
from tests.servers import Reply

pytestmark = pytest.mark.fault

RESERVE = f"{STORE}.reserve"
REFUSALS = ("cycle.failed", "results.unrecorded", "claims.unreturned", "problems.untold")
EMERGENCY = 90.0
"""Seconds within which what falls due is told without a record: a minute, and some."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """The folder of the case is a small disk; ask for it before `bench`, which is judged before it goes."""
    with small_disk(tmp_path) as made:
        yield made


async def until_unready(daemon: Daemon, reason: str, *, within: float = 20.0) -> None:
    """Wait until /readyz says that, with 503."""

    async def ask() -> bool | None:
        code, text = await daemon.get("/readyz")
        return True if code == 503 and reason in text else None

    await until_answered(ask, f"not ready: {reason}\n{daemon.said}", within=within)


async def passed(at: datetime) -> None:
    """Wait for that instant."""
    left = (at - datetime.now(UTC)).total_seconds()
    await until(lambda: datetime.now(UTC) >= at, f"{at}", within=max(0.0, left) + 5)


async def states(bench: Bench) -> list[tuple[State, int]]:
    """Where the notices of deadlines stand in the ledger, and how many attempts each has."""
    rows = await read_ledger(bench.store)
    return [(row.state, len(row.attempts)) for row in rows if row.deadline]


@pytest.mark.ci
async def test_f2_a_disk_that_fills_while_sending_repeats_nothing(disk: Disk, bench: Bench) -> None:
    """Told but not to be recorded for many turns of the loop: it is not sent again, and recorded once there is room."""
    desk = await bench.webhook("desk")
    desk.answer(Reply(delay=1.0))
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    daemon = await bench.start()
    await desk.until(1)
    disk.fill(bench.folder / RESERVE)
    await daemon.says("results.unrecorded")
    await until_unready(daemon, "could not be read or written")
    await until_unready(daemon, "is full, or nearly so")  # which is why, and what a person can mend
    await passed(soon(seconds=5))
    assert len(desk.requests) == 1
    disk.empty()
    await daemon.says("notice.delivered")
    await daemon.ready()
    assert (await states(bench), len(desk.requests)) == ([(State.DELIVERED, 1)], 1)
    bench.faults.update(REFUSALS)
    bench.wants("desk report upcoming 1h")


async def test_f1_a_full_disk_before_the_claim_costs_the_reserve(disk: Disk, bench: Bench) -> None:
    """Its room is given up, the notice goes out in time and is recorded, and readiness says that room is short."""
    await bench.webhook("desk")
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(seconds=8), ["0"], channels='["desk"]'), service='ops = ["ops"]')
    daemon = await bench.start()
    await daemon.ready()
    disk.fill_rest()
    await daemon.says("notice.delivered")
    assert (bench.folder / RESERVE).stat().st_size == 0
    assert await states(bench) == [(State.DELIVERED, 1)]
    await until_unready(daemon, "is full, or nearly so", within=30.0)
    await ops.until(1)
    bench.wants("desk report due 0", "ops - alerter.problem")


async def test_f5_a_disk_that_becomes_read_only_keeps_nothing_back(disk: Disk, bench: Bench) -> None:
    """After a minute what is due goes out once, unrecorded; `ops` hears why; and it is recorded when that is over."""
    desk, ops = await bench.webhook("desk"), await bench.webhook("ops")
    bench.environ["ALERTER_STORE"] = bench.store  # by the path: the working directory is beneath the disk
    bench.write(deadline("report", soon(seconds=30), ["0"], channels='["desk"]'), service='ops = ["ops"]')
    daemon = await bench.start()
    await daemon.ready()
    with disk.read_only():
        await until_unready(daemon, "could not be read or written", within=45.0)
        failed = await daemon.says("cycle.failed")
        assert f"{bench.folder} is read-only" in failed["reason"]
        await desk.until(1, within=EMERGENCY)
        await ops.until(1, within=EMERGENCY)
        await daemon.says("ledger.short_of_room")
    await daemon.says("notice.delivered")
    await daemon.ready()
    await ops.until(2)
    assert ([state for state, _ in await states(bench)], len(desk.requests)) == ([State.DELIVERED], 1)
    bench.faults.update(REFUSALS)
    bench.wants("desk report due 0", "ops - alerter.problem")
    bench.unrecorded.append("ops - alerter.problem")


async def test_f3_a_start_on_a_full_disk_tells_all_the_same(disk: Disk, bench: Bench) -> None:
    """With a lease to let go of and no room at all it waits, tells what is due after a minute, and then recovers."""
    desk, ops = await bench.webhook("desk"), await bench.webhook("ops")
    desk.answer(Reply(ending="hang"))
    bench.write(deadline("report", soon(minutes=30), ["1h"], channels='["desk"]'), service='ops = ["ops"]')
    killed = await bench.start()
    await desk.until(1)
    await killed.end(signal.SIGKILL)
    disk.fill(bench.folder / RESERVE)
    daemon = await bench.start()
    await daemon.says("ledger.hindered")
    await until_unready(daemon, "the ledger cannot be used")
    await ops.until(1, within=EMERGENCY)
    disk.empty()
    await daemon.ready()
    await daemon.says("notice.delivered")
    assert ([state for state, _ in await states(bench)], len(desk.requests)) == ([State.DELIVERED], 2)
    assert len(ops.requests) == 1
    bench.faults.update(REFUSALS)
    bench.may_repeat.add("desk report upcoming 1h")
    bench.wants("desk report upcoming 1h")
    bench.unrecorded.append("ops - alerter.problem")


async def test_f3_a_start_on_a_read_only_disk_tells_what_falls_due(disk: Disk, bench: Bench) -> None:
    """What comes due while it waits goes out once, and is recorded when the disk can be written."""
    desk, _ = await bench.webhook("desk"), await bench.webhook("ops")
    bench.environ["ALERTER_STORE"] = bench.store
    bench.write(deadline("report", soon(seconds=20), ["0"], channels='["desk"]'), service='ops = ["ops"]')
    before = await bench.start()
    await before.ready()
    await before.end()
    with disk.read_only():
        daemon = await bench.start()
        waits = await daemon.says("ledger.hindered")
        assert "is read-only: mount it writable" in waits["reason"]
        await desk.until(1, within=EMERGENCY)
    await daemon.ready()
    await daemon.says("notice.delivered")
    assert ([state for state, _ in await states(bench)], len(desk.requests)) == ([State.DELIVERED], 1)
    bench.wants("desk report due 0")
    bench.unrecorded.append("ops - alerter.problem")
