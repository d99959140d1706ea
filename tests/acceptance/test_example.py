"""The example that ships with the program works as it is."""

from __future__ import annotations

import shutil

from tests.acceptance.harness import EXAMPLE, Bench


async def test_the_example_tells_its_first_notice_at_once(bench: Bench) -> None:
    """On any day of the week it is ready within 3 s, and a message is on the screen within 10 s of the start."""
    shutil.copytree(EXAMPLE, bench.folder / "config")
    daemon = await bench.start()
    assert await daemon.ready() < 3.0
    delivered = await daemon.says("notice.delivered", within=10.0)
    assert (delivered["deadline"], delivered["channel"]) == ("monday-look", "screen")
    assert "Look the whole list over" in daemon.printed
    bench.wants("screen monday-look upcoming 7d")


async def test_the_example_is_silent_under_check(bench: Bench) -> None:
    """`alerter check` has nothing to say of it and ends with 0."""
    shutil.copytree(EXAMPLE, bench.folder / "config")
    ran = await bench.command("check", "--no-secrets")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
