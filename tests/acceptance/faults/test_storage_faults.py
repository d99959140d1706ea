"""What becomes of the ledger under the daemon: its disk is full or fails, its file is damaged, gone, held or not ours.

The names are those of the catalogue of faults; `fault` marks what takes long or needs root.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.acceptance.harness import STORE, Bench, deadline, soon
from tests.acceptance.inbox import HttpInbox
from tests.acceptance.waiting import until

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


async def test_f7_a_ledger_lost_again_is_told_again(bench: Bench) -> None:
    """Each loss forgets what people have said since the last one, so `ops` hear of each."""
    desk, ops = await bench.webhook("desk"), await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]), service='ops = ["ops"]')
    daemon = await bench.start()
    for count in (1, 2):
        await daemon.says("notice.delivered", count=count)
        remove(bench.folder / STORE)
        await daemon.says("daemon.started", count=count + 1, within=60.0)
        await ops.until(count)
    assert (len(problems(ops)), len(desk.requests)) == (2, 1)
    bench.faults.update(("ledger.lost", "daemon.begins_anew", "claims.unreturned", "results.unrecorded"))
    bench.wants("desk report upcoming 1h", "ops - alerter.problem")
    bench.unrecorded.append(ops.arrivals()[0].about)  # the ledger that had it is lost


@FAULT
async def test_f9_a_lock_that_somebody_holds_for_a_minute_is_outlived(bench: Bench) -> None:
    """It lives and says why it is not ready; what fell due meanwhile comes once, and what falls due then on time."""
    desk = await bench.webhook("desk")
    due = soon(seconds=25)
    held_until, later = due + timedelta(seconds=40), due + timedelta(seconds=80)
    bench.write(deadline("report", due, ["0"]), deadline("later", later, ["0"]))
    daemon = await bench.start()
    await daemon.ready()
    with closing(sqlite3.connect(bench.folder / STORE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        failed = await daemon.says("cycle.failed", within=60.0)
        assert [(await daemon.get(path))[0] for path in ("/livez", "/readyz")] == [200, 503]
        await until(lambda: soon() >= held_until, "a minute", within=70.0)
    await daemon.ready()
    await daemon.says("notice.delivered", count=2, within=60.0)
    assert "database is locked" in failed["reason"]
    assert 0.0 <= (desk.requests[-1].at - later).total_seconds() <= 1.0
    bench.faults.update(("cycle.failed", "results.unrecorded", "claims.unreturned", "problems.untold"))
    bench.wants("desk report due 0", "desk later due 0")


@FAULT
async def test_f16_two_daemons_past_a_deleted_lock_tell_each_notice_once(bench: Bench) -> None:
    """Somebody has removed the lock's file and started another: the leases in the ledger keep them apart."""
    desk = await bench.webhook("desk")
    names = [f"report-{number:02}" for number in range(40)]
    due = soon(seconds=30)
    bench.write(*(deadline(name, due, ["0"]) for name in names))
    first = await bench.start()
    await first.ready(within=60.0)
    (bench.folder / f"{STORE}.lock").unlink()
    second = await bench.start()
    await second.ready(within=60.0)
    await desk.until_all(len(names), within=60.0)
    both = [len(daemon.events("notice.delivered")) for daemon in (first, second)]
    assert len(desk.requests) == len(names), both
    bench.wants(*(f"desk {name} due 0" for name in names))
