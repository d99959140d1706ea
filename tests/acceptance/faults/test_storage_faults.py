"""What becomes of the ledger under the daemon: its disk is full or fails, its file is damaged, gone, held or not ours.

The names are those of the catalogue of faults; `fault` marks what takes long or needs root.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.harness import STORE, Bench, deadline, soon
from tests.acceptance.inbox import HttpInbox

FAULT = pytest.mark.fault
RESERVE = f"{STORE}.reserve"


def set_aside(bench: Bench) -> list[Path]:
    """The databases that were set aside, without their journals."""
    return sorted(path for path in bench.folder.glob(f"{STORE}.corrupt-*") if not path.name.endswith("-journal"))


def problems(inbox: HttpInbox) -> list[str]:
    """The texts of the problems told there."""
    return [body["data"]["text"] for body in inbox.bodies if body["type"] == "alerter.problem"]


async def told_once(bench: Bench) -> tuple[HttpInbox, HttpInbox]:
    """A daemon that has told of a deadline and ended; the receivers of deadlines and of problems."""
    desk, ops = await bench.webhook("desk"), await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["2h", "1h"]), service='ops = ["ops"]')
    daemon = await bench.start()
    await daemon.says("notice.delivered")
    await daemon.end()
    return desk, ops


def corrupt_page(database: Path) -> None:
    """Garbage in the middle of the file, where the pages of tables and indexes are."""
    content = bytearray(database.read_bytes())
    content[4096:8192] = b"\xa5" * 4096
    database.write_bytes(content)


def zero_header(database: Path) -> None:
    """Nothing where the header was."""
    content = bytearray(database.read_bytes())
    content[:100] = bytes(100)
    database.write_bytes(content)


def make_text(database: Path) -> None:
    """Something else than a database."""
    database.write_text("These are notes, and no database.\n" * 200)


def cut_in_half(database: Path) -> None:
    """The first half of it."""
    content = database.read_bytes()
    database.write_bytes(content[: len(content) // 2])


def empty(database: Path) -> None:
    """Zero bytes, which are a valid database."""
    database.write_bytes(b"")


def remove(database: Path) -> None:
    """No file at all."""
    database.unlink()


def replace_by_foreign(database: Path) -> None:
    """The database of another program."""
    database.unlink()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE song (title TEXT)")
        connection.commit()


DAMAGES = [corrupt_page, zero_header, make_text, cut_in_half, empty, remove, replace_by_foreign]


@pytest.mark.parametrize("damage", DAMAGES)
async def test_f6_a_lost_ledger_is_set_aside_and_told(bench: Bench, damage: Callable[[Path], None]) -> None:
    """The next daemon keeps what is left under another name, tells each channel at most once more, and `ops` of it."""
    desk, ops = await told_once(bench)
    database = bench.folder / STORE
    damage(database)
    left = database.read_bytes() if database.exists() else None
    again = await bench.start()
    await again.says("notice.delivered", count=2)
    lost = await again.says("ledger.lost")
    assert [path.read_bytes() for path in set_aside(bench)] == ([left] if left is not None else [])
    assert "put the copy in the place of" in lost["hint"]
    assert [len(problems(ops)), len(desk.requests)] == [1, 2]
    bench.faults.add("ledger.lost")
    bench.wants("desk report upcoming 1h", "ops - alerter.problem")
    bench.may_repeat.add("desk report upcoming 1h")


SEEN_AT_ONCE = [
    remove,
    *(pytest.param(each, marks=FAULT) for each in (zero_header, make_text, empty, replace_by_foreign)),
]
"""Damages of the inside of a file show when SQLite reads that place anew: not before it has to."""


@pytest.mark.parametrize("damage", SEEN_AT_ONCE)
async def test_f7_a_ledger_lost_under_the_daemon_costs_no_notice(bench: Bench, damage: Callable[[Path], None]) -> None:
    """The daemon begins anew by itself, and knows what it has told: nothing is missed, and nothing comes twice."""
    desk, ops = await bench.webhook("desk"), await bench.webhook("ops")
    first, second = (deadline(name, soon(minutes=30), ["1h"]) for name in ("report", "second"))
    bench.write(first, service='ops = ["ops"]')
    daemon = await bench.start()
    await daemon.says("notice.delivered")
    damage(bench.folder / STORE)
    bench.write(first, second, service='ops = ["ops"]')
    await daemon.says("daemon.started", count=2, within=60.0)
    await daemon.says("notice.delivered", count=4, within=30.0)
    assert [len(problems(ops)), len(desk.requests), daemon.is_running] == [1, 2, True]
    bench.faults.update(
        ("ledger.lost", "daemon.begins_anew", "claims.unreturned", "results.unrecorded", "config.failed")
    )
    bench.wants("desk report upcoming 1h", "desk second upcoming 1h", "ops - alerter.problem")
