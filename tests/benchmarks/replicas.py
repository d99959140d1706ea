"""Two daemons on one PostgreSQL against one, and procrastinate on the same server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.benchmarks import daemon
from tests.benchmarks.bench import QUIET_SECONDS, at_once, folder
from tests.benchmarks.figures import Figures
from tests.benchmarks.receipts import Receipts, repeated_count
from tests.postgres import PostgresServer, empty_schema

LONGEST = 120.0


@contextmanager
def server() -> Iterator[str]:
    """The URL of a PostgreSQL with an empty schema."""
    own = PostgresServer(synchronous_commit="on")
    try:
        own.start()
        with empty_schema(own.url) as url:
            yield url
    finally:
        own.stop()


def replicas(count: int, replica_count: int, concurrency: int, receipts: Receipts) -> Figures:
    """So many notices of one second, shared by so many daemons."""
    work = at_once(count, concurrency=concurrency)
    with ExitStack() as stack:
        place, url = stack.enter_context(folder()), stack.enter_context(server())
        begins_at = float(int(time.time() + 12 + count * 0.003))
        config = daemon.write(place, work.dues(begins_at), work.urls(receipts), more=work.settings, store=url)
        running = []
        for number in range(replica_count):
            running.append(stack.enter_context(daemon.daemon(place, config, name=f"replica{number}")))
            daemon.wait_ready(running[-1])
        receipts.forget()
        cpu = sum(process.cpu for process in running)
        receipts.wait(count, until=begins_at + LONGEST)
        time.sleep(QUIET_SECONDS)
        got = receipts.read()
        last = max((at for at, _ in got), default=begins_at) - begins_at
        return {
            "last s": last,
            "rate /s": len(got) / last if last > 0 else 0.0,
            "lost": count - len({name for _, name in got}),
            "twice": repeated_count(got),
            "CPU s": sum(process.cpu for process in running) - cpu,
        }
