"""huey on SQLite: one task with an eta per notice, its consumer with as many threads as may post at once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import httpx
from huey import SqliteHuey
from huey.consumer_options import ConsumerConfig

from tests.benchmarks.rivals import wanted


def main(task: wanted.Wanted) -> None:
    """Enqueue everything, then consume in this process."""
    huey = SqliteHuey(filename=str(Path(task.store) / "huey.db"), results=False)
    client = httpx.Client(timeout=None, limits=httpx.Limits(max_connections=task.concurrency))

    @huey.task()  # type: ignore[untyped-decorator]  # huey has no types
    def post(name: str) -> None:
        client.post(task.url, content=wanted.body_of(name), headers={"webhook-id": name})

    if not huey.scheduled_count() and not huey.pending_count():  # after a crash the store has them
        for name, at in task.instants():
            post.schedule((name,), eta=at)
    options = ConsumerConfig(workers=task.concurrency, worker_type="thread", periodic=False)
    consumer = huey.create_consumer(**options.values)
    wanted.say_ready()
    try:
        consumer.run()
    finally:
        os._exit(0)  # threads that wait for an answer are not waited for


if __name__ == "__main__":
    main(wanted.read(sys.argv[1]))
