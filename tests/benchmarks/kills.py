"""kill -9 at half of a burst, and a restart: what was lost, and what came twice."""

from __future__ import annotations

import time
from collections import Counter

from tests.benchmarks import daemon
from tests.benchmarks.bench import QUIET_SECONDS, at_once, folder
from tests.benchmarks.figures import Figures
from tests.benchmarks.receipts import Receipts, repeated_count
from tests.benchmarks.rivals import starting
from tests.benchmarks.rivals.wanted import Wanted

AFTER_SECONDS = 30.0


def kill_ours(count: int, concurrency: int, receipts: Receipts) -> Figures:
    """The daemon, killed once half has come and started again."""
    work = at_once(count, concurrency=concurrency)
    begins_at = float(int(time.time() + 6 + count * 0.001))
    with folder() as place:
        config = daemon.write(place, work.dues(begins_at), work.urls(receipts), more=work.settings)
        with daemon.daemon(place, config) as first:
            daemon.wait_ready(first)
            receipts.forget()
            receipts.wait(count // 2, until=begins_at + AFTER_SECONDS, every=0.005)
            first.kill()
        with daemon.daemon(place, config, name="second"):
            _wait_for_all(receipts, count)
        return _judge(receipts, count)


def kill_rival(name: str, count: int, concurrency: int, receipts: Receipts) -> Figures:
    """A rival with a store of its own, killed and started again likewise."""
    begins_at = float(int(time.time() + 6 + count * 0.004))
    with folder() as place:
        dues = [begins_at] * count
        wanted = Wanted(url=receipts.url("/fast"), dues=dues, concurrency=concurrency, store=str(place))
        with starting.rival(name, wanted, place) as first:
            starting.wait_ready(first)
            receipts.forget()
            receipts.wait(count // 2, until=begins_at + AFTER_SECONDS, every=0.005)
            first.kill()
        with starting.rival(name, wanted, place):
            _wait_for_all(receipts, count)
        return _judge(receipts, count)


def _wait_for_all(receipts: Receipts, count: int) -> None:
    """Until each has come, or nothing has for a while."""
    last, changed_at = -1, time.time()
    while time.time() < changed_at + AFTER_SECONDS:
        names = {name for _, name in receipts.read()}
        if len(names) >= count:
            break
        if len(names) != last:
            last, changed_at = len(names), time.time()
        time.sleep(0.1)
    time.sleep(QUIET_SECONDS)


def _judge(receipts: Receipts, count: int) -> Figures:
    got = receipts.read()
    most = max(Counter(name for _, name in got).values(), default=0)
    return {"lost": count - len({name for _, name in got}), "twice": repeated_count(got), "most of one": most}
