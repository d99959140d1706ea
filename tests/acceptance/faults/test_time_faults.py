"""Clocks that are set, jump or stand still, and zone rules that change, as the real daemon meets them.

The names are those of the catalogue of faults; `fault` marks what needs libfaketime.
"""

from __future__ import annotations

import json
import shutil
import signal
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.faults.faking import fake_clock
from tests.acceptance.faults.system import resident_bytes
from tests.acceptance.harness import Bench, deadline, soon
from tests.acceptance.waiting import PATIENCE, until

FAULT = pytest.mark.fault
FAR = timedelta(days=56 * 365)
DAYS_3 = timedelta(days=3)


@pytest.mark.ci
@FAULT
async def test_e1_what_a_step_ahead_makes_due_goes_at_once(bench: Bench) -> None:
    """An hour ahead: what fell due within it is told within 15 seconds, once."""
    ops = await bench.webhook("ops")
    clock = fake_clock(bench, ops)
    bench.write(deadline("report", soon(minutes=50), ["0"]))
    daemon = await bench.start()
    await daemon.ready()
    clock.set(timedelta(hours=1))
    await ops.until(1, within=15)
    bench.wants("ops report due 0")


@pytest.mark.ci
@FAULT
async def test_e2_a_step_back_repeats_nothing_and_stops_nothing(bench: Bench) -> None:
    """After an hour back what was told stays told, and what falls due by the new time goes."""
    ops = await bench.webhook("ops")
    clock = fake_clock(bench, ops)
    first = deadline("report", soon(minutes=50), ["1h"])
    bench.write(first)
    daemon = await bench.start()
    await ops.until(1)
    clock.set(timedelta(hours=-1))
    bench.write(first, deadline("next", clock.now().replace(microsecond=0) + timedelta(seconds=10 * PATIENCE), ["0"]))
    await ops.until(2)
    assert daemon.is_running
    bench.wants("ops report upcoming 1h", "ops next due 0")


@FAULT
async def test_e3_a_step_back_just_before_keeps_a_notice_until_its_time(bench: Bench) -> None:
    """It goes when the clock reaches its instant, not when the seconds have passed."""
    ops = await bench.webhook("ops")
    clock = fake_clock(bench, ops)
    due = soon(seconds=15)
    bench.write(deadline("report", due, ["0"]))
    daemon = await bench.start()
    await daemon.ready()
    clock.set(timedelta(hours=-1))
    assert datetime.now(UTC) < due - timedelta(seconds=2)
    await until(lambda: datetime.now(UTC) > due + timedelta(seconds=2), "the seconds to have passed")
    assert len(ops.requests) == 0
    clock.set(timedelta(0))
    await ops.until(1, within=15)
    bench.wants("ops report due 0")


@FAULT
async def test_e4_a_clock_in_2082_and_back_loses_and_repeats_nothing(bench: Bench) -> None:
    """What falls due meanwhile goes by the time that was right; `ops` hears why; memory stays as it was."""
    ops, desk = await bench.webhook("ops"), await bench.webhook("desk")
    clock = fake_clock(bench)
    bench.write(
        deadline("report", soon(seconds=20), ["0"], channels='["desk"]'),
        deadline("later", soon(days=30), ["7d", "0"], channels='["desk"]'),
        service='ops = ["ops"]',
    )
    daemon = await bench.start()
    await daemon.ready()
    before = resident_bytes(daemon.pid)
    clock.set(FAR)
    await ops.until(1)
    assert (await daemon.get("/livez"))[0] == 200
    await desk.until(1)
    clock.set(timedelta(0))
    await daemon.says("clock.believed")
    assert resident_bytes(daemon.pid) - before < 20_000_000
    assert "clock" in ops.bodies[0]["data"]["text"]
    bench.wants("ops - alerter.problem", "desk report due 0")


@FAULT
async def test_e4_a_jump_of_days_holds_everything_until_it_is_taken_back(bench: Bench) -> None:
    """Nothing is told by a time in doubt, and nothing is skipped; only `ops` hears."""
    ops, desk = await bench.webhook("ops"), await bench.webhook("desk")
    clock = fake_clock(bench)
    due = soon(seconds=15)
    bench.write(
        deadline("report", due, ["0"], channels='["desk"]'),
        deadline("later", soon(days=2), ["1h", "0"], channels='["desk"]'),
        service='ops = ["ops"]',
    )
    daemon = await bench.start()
    await daemon.ready()
    clock.set(DAYS_3)
    await ops.until(1)
    assert (await daemon.get("/readyz"))[0] == 503
    await until(lambda: datetime.now(UTC) > due + timedelta(seconds=2), "the instant to have passed")
    assert len(desk.requests) == 0
    clock.set(timedelta(0))
    await desk.until(1, within=15)
    bench.wants("ops - alerter.problem", "desk report due 0")


@FAULT
async def test_e4_a_start_in_1970_tells_nothing_until_the_clock_is_right(bench: Bench) -> None:
    """As on a machine without a battery, before the network has told it the time."""
    desk = await bench.webhook("desk")
    clock = fake_clock(bench, ahead_by=-FAR)
    bench.write(deadline("report", soon(days=2), ["3d"]))
    daemon = await bench.start()
    await daemon.says("clock.doubted")
    assert len(desk.requests) == 0
    clock.set(timedelta(0))
    await desk.until(1, within=15)
    bench.wants("desk report upcoming 3d")


@FAULT
async def test_e5_a_suspend_over_two_leads_tells_the_tighter_within_15_seconds(bench: Bench) -> None:
    """The process stands still for eight hours of wall time."""
    ops = await bench.webhook("ops")
    clock = fake_clock(bench, ops)
    bench.write(deadline("report", soon(hours=10), ["6h", "4h"]))
    daemon = await bench.start()
    await daemon.ready()
    daemon.send(signal.SIGSTOP)
    clock.set(timedelta(hours=8))
    daemon.send(signal.SIGCONT)
    await ops.until(1, within=15)
    bench.wants("ops report upcoming 4h")


async def test_e11_new_zone_rules_are_seen_while_running(bench: Bench) -> None:
    """The instants move: what was told is not repeated, what now lies in the past goes once."""
    ops = await bench.webhook("ops")
    zones = bench.folder / "zones"
    (zones / "Europe").mkdir(parents=True)
    _copy_rules("UTC", zones / "UTC")
    _copy_rules("Etc/GMT-1", zones / "Europe/Madrid")
    bench.environ["PYTHONTZPATH"] = str(zones)
    local = soon(hours=2).astimezone(ZoneInfo("Etc/GMT-1"))
    bench.write(
        f'[[deadline]]\nid = "report"\ntitle = "About report"\ndue = {local:%Y-%m-%dT%H:%M:%S}\n'
        'timezone = "Europe/Madrid"\nleads = ["3h", "90m"]\n'
    )
    daemon = await bench.start()
    await ops.until(1)
    _copy_rules("Etc/GMT-2", zones / "new")
    (zones / "new").replace(zones / "Europe/Madrid")
    await ops.until(2, within=40)
    assert daemon.is_running
    bench.wants("ops report upcoming 3h", "ops report upcoming 90m")


async def test_e12_without_zone_data_the_start_is_refused(bench: Bench) -> None:
    """Exit 78, and a sentence that says what to install."""
    hidden = bench.folder / "hidden"
    hidden.mkdir()
    (hidden / "tzdata.py").write_text('raise ModuleNotFoundError("hidden")')
    bench.environ |= {"PYTHONTZPATH": str(bench.folder / "nowhere"), "PYTHONPATH": str(hidden)}
    bench.write(deadline("report", soon(days=2), ["1d"]))
    ran = await bench.command("run")
    assert ran.code == 78
    assert "there is no time zone data" in ran.err


async def test_e9_a_day_keeps_the_time_of_day_and_24_hours_do_not(bench: Bench) -> None:
    """Over the night in which New York springs forward a day is 23 hours."""
    assert await _planned(bench, "2027-03-14T09:00:00", ["1d", "24h"]) == {
        "1d": "2027-03-13T14:00:00Z",
        "24h": "2027-03-13T13:00:00Z",
    }


@pytest.mark.parametrize(
    ("case", "due", "expected"),
    [("e7", "2027-03-14T02:30:00", "2027-03-14T07:30:00Z"), ("e8", "2027-11-07T01:30:00", "2027-11-07T05:30:00Z")],
    ids=["e7_gap", "e8_fold"],
)
async def test_e7_e8_a_time_that_is_no_plain_one_has_one_notice(
    bench: Bench, case: str, due: str, expected: str
) -> None:
    """In the gap by the offset before it, of two the first; and a warning says so."""
    assert await _planned(bench, due, ["0"]) == {"0": expected}
    ran = await bench.command("check")
    assert {"e7": "dst-gap", "e8": "dst-fold"}[case] in ran.out


async def test_e20_the_machines_own_zone_changes_nothing(bench: Bench) -> None:
    """TZ may be anything."""
    before = await _planned(bench, "2027-07-01T09:00:00", ["1d", "2h"])
    bench.environ["TZ"] = "Asia/Tokyo"
    assert before == await _planned(bench, "2027-07-01T09:00:00", ["1d", "2h"])


async def test_e14_of_leads_that_had_passed_when_added_the_tightest_goes(bench: Bench) -> None:
    """Due in three days: of 30d and 7d only the week is told; the day is still to come."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(days=3), ["30d", "7d", "1d"]))
    await bench.start()
    await ops.until(1)
    bench.wants("ops report upcoming 7d")


async def _planned(bench: Bench, due: str, leads: list[str]) -> dict[str, str]:
    """When each lead of a deadline in New York goes out."""
    bench.write(
        f'[[deadline]]\nid = "report"\ntitle = "Report"\ndue = {due}\ntimezone = "America/New_York"\n'
        f"leads = {json.dumps(leads)}\n"
    )
    ran = await bench.command("plan", "--from", "2027-01-01", "--until", "2028-01-01", "--format", "json")
    return {one["lead"]: one["at"] for one in ran.json["notices"]}


def _copy_rules(name: str, path: Path) -> None:
    shutil.copyfile(next(Path(root, name) for root in zoneinfo.TZPATH if Path(root, name).is_file()), path)
