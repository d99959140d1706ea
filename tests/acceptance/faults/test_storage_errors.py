"""A disk that takes what is written and then fails to keep it: EIO from every synchronisation, or from one.

The names are those of the catalogue of faults. strace makes the calls fail, on a daemon that runs.
"""

from __future__ import annotations

import pytest

from alerter.domain.notices.notice import State
from tests.acceptance.faults.attaching import failed_in, failing
from tests.acceptance.harness import Bench, deadline, soon
from tests.acceptance.oracle import read_ledger

pytestmark = pytest.mark.fault

SYNC = "fsync,fdatasync"
EMERGENCY = 90.0
"""Seconds within which what falls due is told without a record: a minute, and some."""


async def states(bench: Bench) -> list[State]:
    """Where the notices of deadlines stand in the ledger."""
    return [row.state for row in await read_ledger(bench.store) if row.deadline]


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
async def test_f4_one_failed_synchronisation_is_made_up_for(bench: Bench, number: int) -> None:
    """Whichever of the first it is, of a hand-over, a claim or a result: the transaction is run again, in silence."""
    desk = await bench.webhook("desk")
    bench.write()
    daemon = await bench.start()
    await daemon.ready()
    calls = bench.folder / "calls"
    async with failing(daemon.pid, SYNC, "EIO", when=str(number), output=calls):
        bench.write(deadline("report", soon(minutes=30), ["1h"]))
        await daemon.says("notice.delivered")
    assert (failed_in(calls), await states(bench), len(desk.requests)) == (1, [State.DELIVERED], 1)
    bench.wants("desk report upcoming 1h")


async def test_f4_a_disk_on_which_nothing_can_be_kept_silences_nothing(bench: Bench) -> None:
    """After a minute what is due goes out once, unrecorded; `ops` hears; and it is recorded when the disk keeps it."""
    desk, ops = await bench.webhook("desk"), await bench.webhook("ops")
    bench.write(deadline("report", soon(seconds=12), ["0"], channels='["desk"]'), service='ops = ["ops"]')
    daemon = await bench.start()
    await daemon.ready()
    async with failing(daemon.pid, SYNC, "EIO", when="1+", output=bench.folder / "calls"):
        failed = await daemon.says("cycle.failed", within=30.0)
        assert "disk I/O error" in failed["reason"]
        await desk.until(1, within=EMERGENCY)
        await ops.until(1)
        assert (await daemon.get("/readyz"))[0] == 503
    await daemon.says("notice.delivered", within=30.0)
    await daemon.ready()
    assert (await states(bench), len(desk.requests)) == ([State.DELIVERED], 1)
    bench.faults.update(("cycle.failed", "results.unrecorded", "claims.unreturned"))
    bench.wants("desk report due 0")
    bench.unrecorded.append("ops - alerter.problem")
