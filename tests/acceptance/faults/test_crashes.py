"""A daemon that ends in the worst way, again and again, costs no notice; needs nothing but the command itself."""

from __future__ import annotations

import random
import signal
from contextlib import suppress

import pytest

from tests.acceptance.faults.remains import find_unexplained, read_states, unknown
from tests.acceptance.harness import STORE, Bench, Daemon, deadline, soon
from tests.acceptance.waiting import until
from tests.servers import Reply


async def test_a4_kills_while_500_notices_are_handed_over_miss_none(bench: Bench) -> None:
    """Killed once just after its start and twice in the middle of sending, the daemon tells all 500 in the end."""
    ops, chance = await bench.webhook("ops"), random.Random(20)
    names = [f"report-{number}" for number in range(500)]
    bench.write(*(deadline(name, soon(minutes=30), ["1h"]) for name in names))
    wanted = [f"ops {name} upcoming 1h" for name in names]
    bench.wants(*wanted)
    bench.may_repeat.update(wanted)
    pending = 0
    for count in (0, chance.randrange(1, 200), chance.randrange(200, 450)):
        daemon = await bench.start()
        await daemon.says("daemon.started")
        await ops.until(count)
        await daemon.end(signal.SIGKILL)
        states = read_states(bench.folder / STORE)
        assert len(states) in (0, 500)
        pending += states.count("sending")
    delivered = read_states(bench.folder / STORE).count("delivered")
    last = await bench.start()
    await last.says("notice.delivered", count=500 - delivered, within=30.0)
    await last.end()
    assert len(ops.requests) - 500 <= pending
    assert await find_unexplained(bench) == []


async def test_a8_a_crash_loop_delivers_in_the_end(bench: Bench) -> None:
    """Killed three times while the receiver thinks: the fourth attempt is the fourth in words too, under one id."""
    ops = await bench.webhook("ops")
    ops.answer(*(Reply(delay=30.0) for _ in range(3)))
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    for attempt in (1, 2, 3):
        daemon = await bench.start()
        await ops.until(attempt)
        await daemon.end(signal.SIGKILL)
    last = await bench.start()
    await last.says("notice.delivered")
    await last.end()
    notices = [body["data"]["notice"] for body in ops.bodies]
    assert [notice["attempt"] for notice in notices] == [1, 2, 3, 4]
    assert len({notice["id"] for notice in notices}) == 1
    assert await find_unexplained(bench) == []
    bench.may_repeat.add("ops report upcoming 1h")
    bench.wants("ops report upcoming 1h")


@pytest.mark.fault
async def test_a9_too_little_memory_ends_it_or_shows_and_loses_nothing(bench: Bench) -> None:
    """From far too little up to enough: it ends otherwise than well, or tells, or says that it is not ready."""
    ops = await bench.webhook("ops")
    ends, limits = [], range(60, 600, 60)  # megabytes
    names = [f"d{limit}" for limit in limits]
    for count, megabytes in enumerate(limits, 1):
        bench.write(*(deadline(name, soon(minutes=50), ["1h"]) for name in names[:count]))
        daemon = await bench.start(under=("prlimit", f"--as={megabytes * 2**20}"))
        ends.append(await what_becomes_of(daemon))
        bench._daemons.remove(daemon)  # the words in which it says so are Python's
    last = await bench.start()
    await last.ready()
    await ops.until_all(len(names), within=20.0)
    assert (set(ends) <= {"failed", "told", "not ready"}, "failed" in ends) == (True, True), ends
    bench.may_repeat |= await unknown(bench)
    bench.wants(*(f"ops {name} upcoming 1h" for name in names))


async def what_becomes_of(daemon: Daemon) -> str:
    """How it is when it has told, has ended or has had time for either; it is killed then."""
    with suppress(AssertionError):
        await until(lambda: not daemon.is_running or bool(daemon.events("notice.delivered")), "a word", within=15.0)
    says = "told" if daemon.events("notice.delivered") else "ready"
    if daemon.is_running and says == "ready" and (await daemon.get("/readyz"))[0] != 200:
        says = "not ready"
    was_running = daemon.is_running
    ended = await daemon.end(signal.SIGKILL)
    return says if was_running or ended.code == 0 else "failed"


async def test_a10_an_attempt_that_breaks_in_an_unforeseen_way_harms_no_other(bench: Bench) -> None:
    """A receiver whose name no resolver takes is reported and tried again; the other channel is on time."""
    ops = await bench.webhook("ops")
    bench.environ["ODD_URL"] = f"http://{'a' * 70}.example/hook"
    odd = '[channels.odd]\ntype = "webhook"\nurl = { env = "ODD_URL" }\n'
    due = soon(seconds=8)
    bench.write(
        deadline("first", soon(minutes=30), ["1h"], channels='["odd"]'),
        deadline("second", due, ["0"], channels='["ops"]'),
        more=odd,
    )
    daemon = await bench.start()
    retried = await daemon.says("notice.retried")
    await ops.until(1)
    late = (ops.requests[0].at - due).total_seconds()
    assert (retried["channel"], daemon.is_running, 0.0 <= late <= 1.0) == ("odd", True, True)
    bench.wants("ops second due 0")


async def test_a10_a_port_that_cannot_be_is_refused_at_load(bench: Bench) -> None:
    """Port 99999 never reaches an attempt: the daemon ends with 78 and names the key, not the address."""
    bench.write(
        deadline("report", soon(minutes=30), ["1h"]),
        more='[channels.ops]\ntype = "webhook"\nurl = "http://127.0.0.1:99999/secret-part"\n',
    )
    ran = await bench.command("run")
    assert (ran.code, "[bad-value]" in ran.err, "secret-part" in ran.err) == (78, True, False)


async def test_a12_a_killed_daemon_leaves_no_lock_behind(bench: Bench) -> None:
    """Started in the moment after kill -9, the next daemon takes the ledger at once."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    first = await bench.start()
    await first.says("notice.delivered")
    await first.end(signal.SIGKILL)
    again = await bench.start()
    await again.ready()
    assert (again.events("daemon.failed"), len(ops.requests)) == ([], 1)
    bench.wants("ops report upcoming 1h")
