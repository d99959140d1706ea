"""procrastinate on PostgreSQL: one deferred job per notice and one worker, posting by httpx."""

from __future__ import annotations

import asyncio
import sys

import httpx
from procrastinate import App, PsycopgConnector

from tests.benchmarks.rivals import wanted


async def main(task: wanted.Wanted) -> None:
    """Defer everything, then work it off."""
    app = App(connector=PsycopgConnector(conninfo=task.store))
    client = httpx.AsyncClient(timeout=None, limits=httpx.Limits(max_connections=task.concurrency))

    @app.task(name="post")
    async def post(name: str) -> None:
        await client.post(task.url, content=wanted.body_of(name), headers={"webhook-id": name})

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for name, at in task.instants():
            await post.configure(schedule_at=at).defer_async(name=name)
        wanted.say_ready()
        await app.run_worker_async(
            concurrency=task.concurrency, fetch_job_polling_interval=0.5, install_signal_handlers=False
        )


if __name__ == "__main__":
    asyncio.run(main(wanted.read(sys.argv[1])))
