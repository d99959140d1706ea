"""The example that ships with the program works as it is."""

from __future__ import annotations

import shutil

from tests.acceptance.harness import EXAMPLE, Bench
from tests.acceptance.waiting import quickest, until


async def test_the_example_tells_its_first_notice_at_once(bench: Bench) -> None:
    """On any day of the week a message is on the screen within 10 s of the start."""
    shutil.copytree(EXAMPLE, bench.folder / "config")
    daemon = await bench.start()
    delivered = await daemon.says("notice.delivered", within=10.0)
    assert (delivered["deadline"], delivered["channel"]) == ("monday-look", "screen")
    assert "Look the whole list over" in daemon.printed
    bench.wants("screen monday-look upcoming 7d")


async def test_the_daemon_is_ready_within_three_seconds(bench: Bench) -> None:
    """From the start of the process to the first 200 of /readyz, with the example's calendars and deadlines."""
    shutil.copytree(EXAMPLE, bench.folder / "config")

    async def start() -> float:
        daemon = await bench.start()
        took = await daemon.ready()
        await until(lambda: "Look the whole list over" in bench.printed, "the first notice")
        await daemon.end()
        return took

    assert await quickest(start, 3.0) < 3.0
    bench.wants("screen monday-look upcoming 7d")


async def test_the_example_is_silent_under_check(bench: Bench) -> None:
    """`alerter check` has nothing to say of it and ends with 0."""
    shutil.copytree(EXAMPLE, bench.folder / "config")
    ran = await bench.command("check", "--no-secrets")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
