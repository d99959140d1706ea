"""What the file system says of the configuration's files, as the daemon hears it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from alerter.engine.intake.file_events import wait_for_change
from tests.acceptance.waiting import until


class Heard:
    """How many bursts of changes there were so far."""

    count = 0

    async def listen(self, paths: Sequence[Path]) -> None:
        async for _ in wait_for_change(paths):
            self.count += 1


@asynccontextmanager
async def listening(*paths: Path) -> AsyncIterator[Heard]:
    """One who listens, from the moment on from which something is heard."""
    heard = Heard()
    task = asyncio.create_task(heard.listen(paths))
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def threads() -> list[str]:
    """The threads that wait for the file system."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("files")]


async def change(path: Path, heard: Heard) -> None:
    """Write to the file until it is heard: at first nobody may be listening yet."""
    before = heard.count

    def is_heard() -> bool:
        path.write_text("# changed\n", encoding="utf-8")
        return heard.count > before

    await until(is_heard, "the change to be heard")


async def test_changes_below_a_folder_are_heard_one_after_the_other(tmp_path: Path) -> None:
    """Not only the first."""
    async with listening(tmp_path) as heard:
        await change(tmp_path / "a.toml", heard)
        await change(tmp_path / "b.toml", heard)


async def test_who_listens_no_more_leaves_no_thread(tmp_path: Path) -> None:
    """Cancelled is enough."""
    async with listening(tmp_path) as heard:
        await change(tmp_path / "a.toml", heard)
        assert threads() != []
    await until(lambda: threads() == [], "the thread to end")
