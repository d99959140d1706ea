"""Killed while it sets a lost ledger aside and begins a new one, the daemon leaves what was left of it, under one name.

Every point is a start of its own on the same damaged file and journal; the next start finishes, and tells.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.acceptance.faults.attaching import Point
from tests.acceptance.harness import STORE, Bench, deadline, soon
from tests.acceptance.inbox import HttpInbox
from tests.acceptance.waiting import until

pytestmark = pytest.mark.fault

JOURNAL = f"{STORE}-journal"
DAMAGED = {STORE: b"These are notes, and no database.\n" * 200, JOURNAL: bytes(512) + b"Finished.\n" * 50}
"""A journal whose header is zeros is one that SQLite is done with: it leaves it where it is."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A ledger of the bench that was well, and then damaged, with the journal beside it; `reserve` says that it was."""

    bench: Bench

    def restore(self) -> None:
        """As before the first kill."""
        for path in self.bench.folder.glob(f"{STORE}*"):
            if path.name not in (f"{STORE}.reserve", f"{STORE}.lock"):
                path.unlink()
        for name, content in DAMAGED.items():
            (self.bench.folder / name).write_bytes(content)

    def places(self) -> dict[str, list[str]]:
        """Under which names the database and the journal are, byte for byte."""
        paths = sorted(self.bench.folder.glob(f"{STORE}*"))
        found = {path.name: path.read_bytes() for path in paths if path.is_file()}
        return {part: [name for name, held in found.items() if held == content] for part, content in DAMAGED.items()}


async def is_killed(bench: Bench, point: Point) -> bool:
    """Start a daemon to be killed at that point; False where it came up unharmed (and is ended)."""
    daemon = await bench.start(under=point.under)
    await until(lambda: not daemon.is_running or bool(daemon.port), f"a start or an end\n{daemon.said}", within=60.0)
    if daemon.is_running:
        await daemon.end(signal.SIGKILL)
        return False
    ended = await daemon.ended()
    assert ended.code == -signal.SIGKILL, ended.err
    return True


def points(call: str) -> Iterator[Point]:
    """One after the other."""
    return (Point(call=call, number=number) for number in range(1, 1000))


async def finish(damage: Damage, ops: HttpInbox, point: Point | None) -> None:
    """The next start sets aside what is not yet, whole and once, and tells the deadline one more time."""
    before = len(ops.requests)
    daemon = await damage.bench.start()
    await daemon.says("notice.delivered", within=60.0)
    assert (await daemon.end()).code == 0
    aside = damage.places()
    assert [len(names) for names in aside.values()] == [1, 1], f"{point}: {aside}"
    assert (STORE in aside[STORE], len(ops.requests)) == (False, before + 1), f"{point}: {aside}"


@pytest.mark.parametrize("call", ["rename", "fdatasync", "unlink"])
async def test_a7_no_kill_while_setting_aside_loses_what_was_left(bench: Bench, call: str) -> None:
    """At each such call: database and journal each lie under one name, whole; then the deadline is told once more."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=50), ["1h"]))
    daemon = await bench.start()
    await daemon.says("notice.delivered")
    await daemon.end()
    damage, killed_count = Damage(bench), 0
    for point in points(call):
        damage.restore()
        if not await is_killed(bench, point):
            break
        killed_count += 1
        left = damage.places()
        assert [len(names) for names in left.values()] == [1, 1], f"{point}: {left}"
        await finish(damage, ops, point)
    print(f"{call}: {killed_count} points")  # noqa: T201 -- the figure is the result
    assert killed_count >= {"rename": 2}.get(call, 1)
    damage.restore()
    await finish(damage, ops, None)
    bench.faults.add("ledger.lost")
    bench.wants("ops report upcoming 1h")
    bench.may_repeat.add("ops report upcoming 1h")
