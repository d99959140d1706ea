"""Starts on a ledger that is not to be touched, and copies put in its place."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing

from tests.acceptance.harness import STORE, Bench, deadline, soon


async def test_f10_a_copy_made_while_it_runs_repeats_nothing_it_contains(bench: Bench) -> None:
    """Put back in the place of the ledger, what it knows as delivered is not told again."""
    desk = await bench.webhook("desk")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    daemon = await bench.start()
    await daemon.says("notice.delivered")
    copy = bench.folder / "copy.db"
    with closing(sqlite3.connect(bench.folder / STORE)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    await daemon.end()
    copy.replace(bench.folder / STORE)
    again = await bench.start()
    await again.ready()
    assert len(desk.requests) == 1
    bench.wants("desk report upcoming 1h")


async def test_f12_a_newer_schema_is_left_alone(bench: Bench) -> None:
    """The start ends with 78, and not a byte of the file has changed."""
    await bench.webhook("desk")
    bench.write()
    daemon = await bench.start()
    await daemon.ready()
    await daemon.end()
    database = bench.folder / STORE
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = hashlib.sha256(database.read_bytes()).hexdigest()
    refused = await bench.command("run")
    assert (refused.code, hashlib.sha256(database.read_bytes()).hexdigest()) == (78, before)
    database.unlink()
