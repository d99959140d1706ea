"""A ledger that goes with its whole volume, or comes back from an old copy.

The names are those of the catalogue of faults; `fault` marks what takes long or needs libfaketime.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.acceptance.faults.faking import fake_clock
from tests.acceptance.harness import STORE, Bench, deadline, soon

COPIED_BEFORE = timedelta(hours=23)


def on_a_volume(bench: Bench) -> Path:
    """Keep the ledger in a folder of its own, as on a mounted volume."""
    volume = bench.folder / "data"
    volume.mkdir()
    bench.store = bench.environ["ALERTER_STORE"] = f"sqlite:///{volume / STORE}"
    return volume


def replace_by_empty(volume: Path) -> None:
    """Another volume, with nothing on it, in the place of this one."""
    volume.rename(volume.with_name("lost"))
    volume.mkdir()


async def test_f8_an_empty_volume_at_the_start_repeats_once(bench: Bench) -> None:
    """Nothing says that there was a ledger: each channel hears the tightest notice of each deadline once more."""
    desk = await bench.webhook("desk")
    volume = on_a_volume(bench)
    bench.write(deadline("report", soon(minutes=30), ["3h", "2h", "1h"]), deadline("past", soon(hours=-1), ["2h"]))
    daemon = await bench.start()
    await daemon.says("notice.delivered")
    await daemon.end()
    replace_by_empty(volume)
    again = await bench.start()
    await again.says("notice.delivered")
    await again.ready()
    assert [request.headers["webhook-id"] for request in desk.requests] == [desk.requests[0].headers["webhook-id"]] * 2
    bench.wants("desk report upcoming 1h")
    bench.may_repeat.add("desk report upcoming 1h")


@pytest.mark.fault
async def test_f8_a_volume_lost_under_the_daemon_costs_no_notice(bench: Bench) -> None:
    """The daemon begins anew on the empty one by itself, repeats nothing, goes on, and `ops` hears of it."""
    desk, ops = await bench.webhook("desk"), await bench.webhook("ops")
    volume = on_a_volume(bench)
    first, second = (deadline(name, soon(minutes=30), ["1h"], channels='["desk"]') for name in ("report", "second"))
    bench.write(first, service='ops = ["ops"]')
    daemon = await bench.start()
    await daemon.says("notice.delivered")
    replace_by_empty(volume)
    bench.write(first, second, service='ops = ["ops"]')
    await daemon.says("daemon.started", count=2, within=60.0)
    await ops.until(1)
    await desk.until(2)
    await daemon.says("notice.delivered", count=4, within=30.0)
    assert (len(desk.requests), "the file is gone" in ops.bodies[0]["data"]["text"]) == (2, True)
    bench.faults.update(("ledger.lost", "daemon.begins_anew", "claims.unreturned", "results.unrecorded"))
    bench.faults.add("config.failed")
    bench.wants("desk report upcoming 1h", "desk second upcoming 1h", "ops - alerter.problem")


@pytest.mark.fault
async def test_f11_a_copy_of_yesterday_repeats_at_most_one_notice_of_each_deadline(bench: Bench) -> None:
    """Of the three that each was told since, the tightest comes again; what the copy contains does not."""
    desk = await bench.webhook("desk")
    clock = fake_clock(bench, desk, ahead_by=-COPIED_BEFORE)
    leads, names = ["30h", "20h", "15h", "10h"], ("other", "report")
    kept = deadline("kept", soon(days=3), ["95h", "1h"])
    bench.write(kept, *(deadline(name, soon(hours=6), leads) for name in names))
    daemon = await bench.start()
    await desk.until(3)
    await daemon.says("notice.delivered", count=3)
    await daemon.end()
    shutil.copy(bench.folder / STORE, bench.folder / "yesterday")
    before = [request.headers["webhook-id"] for request in desk.requests]
    for hours, count in ((-13, 5), (-8, 7), (-3, 9)):
        clock.set(timedelta(hours=hours))
        daemon = await bench.start()
        await desk.until(count)
        await daemon.says("notice.delivered", count=2)
        await daemon.end()
    shutil.copy(bench.folder / "yesterday", bench.folder / STORE)
    clock.set(timedelta(0))
    daemon = await bench.start()
    await desk.until(11)
    await daemon.ready()
    await daemon.says("notice.delivered", count=2)
    ids = [request.headers["webhook-id"] for request in desk.requests]
    assert (sorted(ids[9:]), set(ids[9:]) & set(before), len(ids)) == (sorted(ids[7:9]), set(), 11)
    bench.wants("desk kept upcoming 95h", *(f"desk {name} upcoming {lead}" for name in names for lead in leads))
    bench.may_repeat.update(f"desk {name} upcoming 10h" for name in names)
