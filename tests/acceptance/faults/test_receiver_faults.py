"""Receivers that are slow, dead, unreachable or lossy: their trouble stays their own, and what can arrive does.

The names are those of the catalogue of faults; `fault` marks what takes long or needs root. How each answer is
judged is in the contract suite of the channels.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.acceptance.faults.system import in_own_mounts, lossy
from tests.acceptance.harness import Bench, deadline, soon
from tests.acceptance.waiting import until
from tests.servers import Reply, http_receiver

FAULT = pytest.mark.fault
ON_TIME = 1.0


@contextmanager
def black_hole(family: socket.AddressFamily, address: str, port: int = 0) -> Iterator[int]:
    """A port that answers nobody who wants to connect: nobody accepts, and its queue is full."""
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(0)
        where = listening.getsockname()
        waiting = []
        try:
            while True:
                waiting.append(socket.socket(family, socket.SOCK_STREAM))
                waiting[-1].settimeout(0.5)
                waiting[-1].connect(where)
        except TimeoutError:
            yield where[1]
        finally:
            for one in waiting:
                one.close()


async def test_b10_a_black_hole_is_given_up_after_five_seconds(bench: Bench) -> None:
    """Where no connection comes about the attempt ends, unsent; a healthy channel is on time meanwhile."""
    ops = await bench.webhook("ops")
    due = soon(seconds=12)
    with black_hole(socket.AF_INET, "127.0.0.1") as port:
        dead = f'[channels.dead]\ntype = "webhook"\nurl = "http://127.0.0.1:{port}/"'
        lost = deadline("lost", soon(minutes=30), ["1h"], channels='["dead"]')
        bench.write(lost, deadline("timely", due, ["0"], channels='["ops"]'), more=dead)
        daemon = await bench.start()
        await ops.until(1)
        retried = await daemon.says("notice.retried")
    assert 0.0 <= (ops.requests[0].at - due).total_seconds() <= ON_TIME
    assert (retried["channel"], retried["detail"].startswith("not reached")) == ("dead", True)
    bench.wants("ops timely due 0")


async def test_b25_a_slow_receiver_makes_no_other_late(bench: Bench) -> None:
    """A hundred notices to one that takes 29 s for each: those of another channel go out on time."""
    ops = await bench.webhook("ops")
    due = soon(seconds=12)
    async with http_receiver() as slow:
        slow.default = Reply(delay=29.0)
        more = f'[channels.slow]\ntype = "webhook"\nurl = "{slow.url}/"'
        names = [f"d{number:02}" for number in range(10)]
        timely = [deadline(name, due, ["0"], channels='["ops"]') for name in names]
        dragged = [deadline(f"slow{n:02}", soon(minutes=30), ["1h"], channels='["slow"]') for n in range(100)]
        bench.write(*timely, *dragged, more=more)
        daemon = await bench.start()
        await ops.until(10)
        assert 1 <= len(slow.requests) <= 10
        await daemon.end()
    late = [(request.at - due).total_seconds() for request in ops.requests]
    assert (min(late) >= 0.0, max(late) <= 2 * ON_TIME) == (True, True)
    bench.wants(*(f"ops {name} due 0" for name in names))


@FAULT
async def test_b17_two_failures_then_yes_is_one_delivery(bench: Bench) -> None:
    """500, then 502, then 200: three requests with one id and one body, and one delivery."""
    ops = await bench.webhook("ops")
    ops.answer(Reply(status=500), Reply(status=502))
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    daemon = await bench.start()
    await ops.until(3, within=30)
    await daemon.says("notice.delivered")
    assert len({request.headers["webhook-id"] for request in ops.requests}) == 1
    assert [body["data"]["notice"]["attempt"] for body in ops.bodies] == [1, 2, 3]
    bench.wants("ops report upcoming 1h")


@FAULT
async def test_b21_a_dead_ipv6_costs_no_delivery(bench: Bench) -> None:
    """A name whose first address is a black hole is reached at its second within ten seconds, at the first attempt."""
    ops = await bench.webhook("ops")
    bench.environ["OPS_URL"] = bench.environ["OPS_URL"].replace("127.0.0.1", "dual.example.com")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    hosts = bench.folder / "hosts"
    hosts.write_text("127.0.0.1 localhost\n::1 dual.example.com\n127.0.0.1 dual.example.com\n")
    with black_hole(socket.AF_INET6, "::1", ops.receiver.port):
        began = time.monotonic()
        daemon = await bench.start(under=in_own_mounts(f"mount --bind {hosts} /etc/hosts"))
        await daemon.says("notice.delivered")
        assert time.monotonic() - began < 10.0
    assert daemon.events("notice.retried") == []
    bench.wants("ops report upcoming 1h")


@FAULT
async def test_b24_a_quarter_of_all_packets_lost_costs_no_notice(bench: Bench) -> None:
    """Over a line that loses every fourth packet each way all thirty arrive; only what was in doubt is repeated."""
    ops = await bench.webhook("ops", more="concurrency = 8")
    names = [f"d{number:02}" for number in range(30)]
    notices = [f"ops {name} upcoming 1h" for name in names]
    bench.write(*(deadline(name, soon(minutes=30), ["1h"]) for name in names))
    with lossy(ops.receiver.port, 0.25):
        daemon = await bench.start()
        await daemon.says("notice.delivered", count=30, within=180)
    bench.may_repeat.update(notices)
    bench.wants(*notices)


@FAULT
async def test_b4_a_storm_of_silence_leaves_the_channel_in_order(bench: Bench) -> None:
    """After fifty notices that nobody answered for, the receiver is back: a probe finds it, and all are delivered."""
    ops = await bench.webhook("ops", more="concurrency = 50")
    names = [f"d{number:02}" for number in range(50)]
    ops.answer(*[Reply(ending="hang")] * 50)
    bench.write(*(deadline(name, soon(minutes=6), ["1h"]) for name in names))
    daemon = await bench.start()
    await until(lambda: len(ops.requests) == 50, "50 requests")
    await daemon.says("notice.delivered", count=50, within=150)
    assert all("no answer within" in one["detail"] for one in daemon.events("notice.retried"))
    notices = [f"ops {name} upcoming 1h" for name in names]
    bench.may_repeat.update(notices)
    bench.wants(*notices)
