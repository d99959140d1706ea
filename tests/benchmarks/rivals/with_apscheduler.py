"""Plain APScheduler: one date job per notice, in memory or (`sqlite`) in its own job store, posting by httpx."""

from __future__ import annotations

import asyncio
import sys
from functools import cache
from pathlib import Path

import httpx
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from tests.benchmarks.rivals import wanted


@cache
def client(concurrency: int) -> httpx.AsyncClient:
    """One for all jobs; without time limits, since its pool would make hundreds wait too long."""
    return httpx.AsyncClient(timeout=None, limits=httpx.Limits(max_connections=concurrency))


async def post(url: str, name: str, concurrency: int) -> None:
    """One job."""
    await client(concurrency).post(url, content=wanted.body_of(name), headers={"webhook-id": name})


async def main(store: str, task: wanted.Wanted) -> None:
    """Schedule everything, then let it run."""
    is_kept = store == "sqlite"
    url = f"sqlite:///{Path(task.store) / 'jobs.db'}"
    scheduler = AsyncIOScheduler(
        jobstores={"default": SQLAlchemyJobStore(url) if is_kept else MemoryJobStore()},
        job_defaults={"misfire_grace_time": None},
        timezone="UTC",
    )
    scheduler.start(paused=True)
    if not scheduler.get_jobs():  # after a crash the store has them
        for name, at in task.instants():
            scheduler.add_job(
                "tests.benchmarks.rivals.with_apscheduler:post",
                "date",
                run_date=at,
                args=(task.url, name, task.concurrency),
                id=name,
            )
    client(task.concurrency)
    scheduler.resume()
    wanted.say_ready()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], wanted.read(sys.argv[2])))
