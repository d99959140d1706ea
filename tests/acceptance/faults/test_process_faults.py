"""What the system does to the process: signals at any moment, dead outputs, a full disk, a loop that stands still.

The names are those of the catalogue of faults; `fault` marks what takes long or needs root.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from alerter.domain.notices.notice import State
from tests.acceptance.faults.system import (
    AS_PROCESS_ONE,
    descriptor_count,
    full_disk,
    full_pipe,
    heeds,
    in_own_mounts,
    mode_of,
    name_server,
    read_status,
    resident_bytes,
    umask_of,
    what_is_behind,
)
from tests.acceptance.harness import PIPE, STORE, Bench, Daemon, deadline, soon
from tests.acceptance.oracle import read_ledger
from tests.acceptance.waiting import until, until_answered
from tests.servers import Reply

HANG = Reply(ending="hang")
MEGABYTE = 1024 * 1024
FAULT = pytest.mark.fault


async def until_it_heeds(daemon: Daemon, number: signal.Signals) -> None:
    """Wait until the process has a handler for the signal; one that it was started through has none."""
    await until(lambda: heeds(daemon.pid, number), f"a handler for {number.name}", within=10)


async def test_i1_sigterm_while_starting_ends_it_in_order(bench: Bench) -> None:
    """Told to end in its first moment, while it opens the ledger, or just ready: each time 0, and then it works."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"], channels='["ops"]'))
    first = await bench.start()
    await until_it_heeds(first, signal.SIGTERM)
    ended = await first.end()
    assert (ended.code, ended.err, ended.took < 1.5) == (0, "", True)
    second = await bench.start()
    await second.says("web.started")
    ended = await second.end()
    assert (ended.code, ended.took < 3.0) == (0, True)
    third = await bench.start()
    await third.ready()  # the second may have told already
    await ops.until(1)
    bench.wants("ops report upcoming 1h")


async def test_i3_sigterm_with_twenty_hung_attempts_gives_them_back(bench: Bench) -> None:
    """It ends with 0 within nine seconds, no notice stays with it, and the next daemon sends all of them at once."""
    ops = await bench.webhook("ops", more="concurrency = 20")
    names = [f"d{number:02}" for number in range(20)]
    ops.answer(*[HANG] * 20)
    bench.write(*(deadline(name, soon(minutes=30), ["1h"]) for name in names))
    daemon = await bench.start()
    await ops.until(20)
    ended = await daemon.end()
    assert (ended.code, ended.took < 9.0) == (0, True)
    assert {told.state for told in await read_ledger(f"sqlite:///{bench.folder / STORE}")} == {State.RETRYING}
    again = await bench.start()
    began = time.monotonic()
    await ops.until(40)
    assert time.monotonic() - began < 10.0
    await again.says("notice.delivered", count=20)
    notices = [f"ops {name} upcoming 1h" for name in names]
    bench.may_repeat.update(notices)
    bench.wants(*notices)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
async def test_i4_a_second_signal_ends_it_faster(bench: Bench, number: signal.Signals) -> None:
    """With a request that nobody answers the second SIGTERM or SIGINT ends it within two seconds, in order."""
    ops = await bench.webhook("ops")
    ops.answer(HANG)
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    daemon = await bench.start()
    await ops.until(1)
    daemon.send(number)
    await daemon.says("daemon.stopping")
    assert (await daemon.get("/readyz"))[0] == 503
    ended = await daemon.end(number)
    assert (ended.code, ended.took < 2.0, "daemon.stopped" in ended.err) == (0, True, True)
    (told,) = await read_ledger(f"sqlite:///{bench.folder / STORE}")
    assert told.state is State.RETRYING
    bench.wants("ops report upcoming 1h")


@FAULT
async def test_i9_nobody_reads_standard_output(bench: Bench) -> None:
    """A full pipe fails the console channel alone; it is tried again, and the daemon ends when told to."""
    ops = await bench.webhook("ops")
    due = soon(seconds=12)
    bench.write(deadline("report", due, ["0", "1h"]), more='[channels.screen]\ntype = "console"')
    with full_pipe() as (_, writing):
        daemon = await bench.start(out=writing)
        await ops.until(2)
        retried = await daemon.says("notice.retried")
        ended = await daemon.end()
    assert (retried["channel"], "not being read" in retried["detail"]) == ("screen", True)
    assert (ended.code, ended.took < 9.0) == (0, True)
    assert 0.0 <= (ops.requests[1].at - due).total_seconds() <= 1.0
    bench.wants("ops report upcoming 1h", "ops report due 0")


async def test_i9_standard_output_has_been_closed(bench: Bench) -> None:
    """A reader that has gone, as `head` goes, fails the console channel alone."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]), more='[channels.screen]\ntype = "console"')
    reading, writing = os.pipe()
    os.close(reading)
    try:
        daemon = await bench.start(out=writing)
    finally:
        os.close(writing)
    await ops.until(1)
    retried = await daemon.says("notice.retried")
    ended = await daemon.end()
    assert (retried["channel"], "BrokenPipeError" in retried["detail"], ended.code) == ("screen", True, 0)
    bench.wants("ops report upcoming 1h")


async def test_i9_standard_streams_were_closed_from_the_start(bench: Bench) -> None:
    """What goes to a closed standard output is not delivered, and no file gets the number of a standard stream."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]), more='[channels.screen]\ntype = "console"')
    daemon = await bench.start(under=("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"))
    await ops.until(1)
    streams = [what_is_behind(daemon.pid, number) for number in range(3)]
    ended = await daemon.end()
    rows = {told.channel: told.state for told in await read_ledger(f"sqlite:///{bench.folder / STORE}")}
    assert (streams, ended.code) == (["pipe"] * 3, 0)
    assert (rows["ops"], rows["screen"] in (State.QUEUED, State.RETRYING)) == (State.DELIVERED, True)
    bench.wants("ops report upcoming 1h")


@pytest.mark.parametrize(
    "where",
    ["full pipe", pytest.param("full disk", marks=pytest.mark.fault), pytest.param("closed", marks=pytest.mark.fault)],
)
async def test_i9_standard_error_takes_nothing(bench: Bench, where: str) -> None:
    """With a log that can go nowhere notices go out on time, and the daemon ends when told to."""
    ops = await bench.webhook("ops")
    due = soon(seconds=12)
    bench.write(deadline("report", due, ["0"]), deadline("gone", soon(days=-400), ["0"]))
    with full_pipe() as (_, writing), full_disk() as disk:
        under = ("sh", "-c", 'exec "$@" 2>&-', "sh") if where == "closed" else ()
        err = {"full pipe": writing, "full disk": disk, "closed": PIPE}[where]
        daemon = await bench.start(under=under, err=err)
        await ops.until(1)
        ended = await daemon.end()
    assert 0.0 <= (ops.requests[0].at - due).total_seconds() <= 1.0
    assert (ended.code, ended.took < 9.0) == (0, True)
    bench.wants("ops report due 0")


async def test_s29_what_it_writes_is_for_its_user_alone(bench: Bench) -> None:
    """Ledger, lock and reserve have mode 0600 whatever the umask was; what else it makes will be private too."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    daemon = await bench.start(under=("sh", "-c", 'umask 0; exec "$@"', "sh"))
    await ops.until(1)
    assert umask_of(daemon.pid) == 0o077
    assert {path.name: mode_of(path) for path in bench.folder.glob(f"{STORE}*") if "journal" not in path.name} == {
        STORE: 0o600,
        f"{STORE}.lock": 0o600,
        f"{STORE}.reserve": 0o600,
    }
    bench.wants("ops report upcoming 1h")


GUARDED = """
import asyncio, sys, time
from alerter.engine.time.watchdog import Watchdog

async def main(stands_still_for, runs_for):
    watchdog = Watchdog(stuck_after=3.0, stop_within=1.0)
    ticking = asyncio.create_task(watchdog.keep_ticking())
    watchdog.start()
    await asyncio.sleep(0.1)
    print("up", flush=True)
    time.sleep(stands_still_for)
    await asyncio.sleep(runs_for)

asyncio.run(main(*map(float, sys.argv[1:])))
"""


def test_i8_a_loop_that_stands_still_ends_the_process() -> None:
    """After its limit the process gives itself up with 70, and says where it stood."""
    command = [sys.executable, "-c", GUARDED, "60", "0"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=20)
    assert (ran.returncode, "in main" in ran.stderr) == (70, True)


def test_i8_a_process_that_was_paused_is_not_stuck() -> None:
    """Stopped for longer than the limit and continued, it goes on and ends by itself."""
    with subprocess.Popen([sys.executable, "-c", GUARDED, "0", "1.5"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=4.5)
        process.send_signal(signal.SIGCONT)
        assert process.wait(timeout=10) == 0


# -- what takes long, or needs root ---------------------------------------------------------------------------------


@FAULT
async def test_i1_process_one_ends_when_told_to(bench: Bench) -> None:
    """As process 1, which has no default for any signal, it ends with 0 within a second and a half."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    daemon = await bench.start(under=AS_PROCESS_ONE)
    await daemon.says("notice.delivered")
    ended = await daemon.end()
    assert (ended.code, ended.took < 1.5, len(ops.requests)) == (0, True, 1)
    bench.wants("ops report upcoming 1h")


@FAULT
async def test_i2_an_attempt_that_is_answered_in_time_counts(bench: Bench) -> None:
    """Told to end while a receiver thinks for five seconds, process 1 waits for the yes and records it."""
    ops = await bench.webhook("ops")
    ops.answer(Reply(delay=5.0))
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    daemon = await bench.start(under=AS_PROCESS_ONE)
    await ops.until(1)
    ended = await daemon.end()
    assert (ended.code, ended.took < 8.0) == (0, True)
    again = await bench.start()
    await again.ready()
    (told,) = await read_ledger(f"sqlite:///{bench.folder / STORE}")
    assert (told.state, len(ops.requests)) == (State.DELIVERED, 1)
    bench.wants("ops report upcoming 1h")


@pytest.mark.ci
@FAULT
async def test_b11_names_that_nobody_answers_for_hold_up_nothing_else(bench: Bench) -> None:
    """Twenty channels wait for names: others are on time, a reload is taken, and the end comes within nine seconds."""
    ops, direct = await bench.webhook("ops"), await bench.webhook("direct")
    bench.environ["OPS_URL"] = bench.environ["OPS_URL"].replace("127.0.0.1", "known.example.com")
    due = soon(seconds=8)
    dead = "\n".join(f'[channels.dead{n}]\ntype = "webhook"\nurl = "http://host{n}.example.com/"' for n in range(20))
    lost = deadline("lost", soon(minutes=30), ["1h"], channels=str([f"dead{n}" for n in range(20)]))
    timely = deadline("timely", due, ["0"], channels='["ops", "direct"]')
    bench.write(lost, timely, more=dead)
    with name_server() as address:
        resolver = bench.folder / "resolv.conf"
        resolver.write_text(f"nameserver {address}\n")
        daemon = await bench.start(under=in_own_mounts(f"mount --bind {resolver} /etc/resolv.conf"))
        await daemon.ready()
        bench.write(lost, timely, deadline("added", soon(minutes=40), ["1h"], channels='["ops"]'), more=dead)
        began = time.monotonic()
        await daemon.says("config.loaded")
        assert time.monotonic() - began < 10.0
        await ops.until(2)
        await direct.until(1)
        await daemon.says("notice.delivered", count=3)
        ended = await daemon.end()
    assert (ended.code, ended.took < 9.0) == (0, True)
    came = [one.at for inbox in (ops, direct) for one in inbox.requests if b'"timely"' in one.body]
    said = [one for one in daemon.events("notice.delivered") if one["deadline"] == "timely"]
    written = [datetime.fromisoformat(one["timestamp"]) for one in said]
    assert [0.0 <= (at - due).total_seconds() <= 1.0 for at in came] == [True, True]
    assert [(at - due).total_seconds() < 2.0 for at in written] == [True, True]  # it says so when the ledger has it
    states = {told.state for told in await read_ledger(f"sqlite:///{bench.folder / STORE}") if "dead" in told.channel}
    assert states <= {State.QUEUED, State.RETRYING}
    bench.wants("ops timely due 0", "direct timely due 0", "ops added upcoming 1h")


@FAULT
async def test_i5_sigterm_at_any_moment_of_the_start(bench: Bench) -> None:
    """At twelve moments between its first instruction and readiness: 0, and a ledger that is whole."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    for moment in range(12):
        for left in bench.folder.glob(f"{STORE}*"):  # what tells that there was a ledger goes with it
            left.unlink()
        daemon = await bench.start(under=AS_PROCESS_ONE)
        await until_it_heeds(daemon, signal.SIGTERM)
        await asyncio.sleep(moment * 0.12)
        ended = await daemon.end()
        assert (moment, ended.code, ended.took < 9.0) == (moment, 0, True)
    last = await bench.start()
    await last.ready()
    await ops.until(1)
    bench.may_repeat.add("ops report upcoming 1h")
    bench.wants("ops report upcoming 1h")


@FAULT
async def test_i6_it_needs_no_right_and_no_writable_file_but_its_folder(bench: Bench) -> None:
    """With everything else read-only, without a capability and without new privileges it works as ever."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    rooms = in_own_mounts(f"mount --bind {bench.folder} {bench.folder}\nmount -o remount,ro,bind /\ncd {bench.folder}")
    rights = ("setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")
    daemon = await bench.start(under=(*rooms, *rights))
    assert await daemon.ready() < 10.0
    await ops.until(1)
    bench.write(deadline("report", soon(minutes=40), ["1h"]), deadline("added", soon(minutes=30), ["1h"]))
    await daemon.says("config.loaded")
    await ops.until(2)
    assert (read_status(daemon.pid, "NoNewPrivs"), int(read_status(daemon.pid, "CapEff"), 16)) == ("1", 0)
    bench.wants("ops report upcoming 1h", "ops added upcoming 1h")


@FAULT
async def test_i7_what_the_probes_say(bench: Bench) -> None:
    """A dead receiver is no reason, a locked ledger makes unready, and a loop that stands still answers nobody."""
    ops = await bench.webhook("ops")
    ops.answer(*[Reply(status=503)] * 99)
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    daemon = await bench.start()
    await daemon.says("notice.retried")
    assert [(await daemon.get(path))[0] for path in ("/livez", "/readyz")] == [200, 200]
    bench.environ["ALERTER_LISTEN"] = f"127.0.0.1:{daemon.port}"
    assert (await bench.command("healthcheck")).code == 0
    with closing(sqlite3.connect(bench.folder / STORE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await until_answered(lambda: _answers(daemon, "/readyz", 503), "not ready", within=45)
        assert (await daemon.get("/livez"))[0] == 200
    await until_answered(lambda: _answers(daemon, "/readyz", 200), "ready again", within=30)
    daemon.send(signal.SIGSTOP)
    stopped = await bench.command("healthcheck")
    daemon.send(signal.SIGCONT)
    await until_answered(lambda: _answers(daemon, "/livez", 200), "alive again")
    assert stopped.code == 1
    bench.faults.update(("cycle.failed", "results.unrecorded"))


async def _answers(daemon: Daemon, path: str, status: int) -> bool | None:
    return True if (await daemon.get(path))[0] == status else None


@FAULT
async def test_i11_ten_thousand_attempts_leave_nothing_behind(bench: Bench) -> None:
    """Memory and open files are after ten thousand deliveries, 200 a second, what they were after two thousand."""
    ops = await bench.webhook("ops", more="concurrency = 16")
    begin, count = soon(seconds=15), 10_000
    dues = [begin + timedelta(seconds=number // 200) for number in range(count)]
    bench.write(*(deadline(f"d{number:05}", due, ["0"]) for number, due in enumerate(dues)))
    daemon = await bench.start()
    await ops.until(2000, within=120)
    before = resident_bytes(daemon.pid), descriptor_count(daemon.pid)
    await ops.until(count, within=240)
    after = resident_bytes(daemon.pid), descriptor_count(daemon.pid)
    sys.stdout.write(f"bytes and descriptors: {before}, then {after}\n")
    assert (after[0] - before[0] < 20 * MEGABYTE, after[1] - before[1] <= 4) == (True, True)
    await daemon.until_metric('alerter_queue_depth{channel="ops"}', 0.0, within=60)
    bench.wants(*(f"ops d{number:05} due 0" for number in range(count)))
