"""A ledger can be moved between SQLite and PostgreSQL, and goes on where it was."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, inspect, select

from alerter.domain.notices.notice import State
from alerter.ledger import tables
from alerter.ledger.copying import COPIED, copy_ledger
from alerter.ledger.database import Database
from alerter.ledger.ledger import Ledger, LedgerBusy, LedgerLost, LedgerUnwritable
from alerter.ledger.url import parse
from tests.acceptance.waiting import until
from tests.contract.ledger.making import LEASE, START, after, ended, hand_over, make_action, make_entry


@pytest.fixture(params=["to-postgresql", "to-sqlite"])
def urls(request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str) -> tuple[str, str]:
    """A filled ledger's place, and an empty one's."""
    file = f"sqlite:///{tmp_path}/moved.db"
    return (file, postgres_url) if request.param == "to-postgresql" else (postgres_url, file)


async def fill(url: str) -> None:
    """A queued, a delivered and a claimed notice, an action, a thread's key."""
    ledger = Ledger(url, exclusive=True, clock=lambda: START)
    await ledger.open()
    entries = [
        make_entry(lead, at=after(seconds=index), replaces=False) for index, lead in enumerate(("7d", "1d", "2h"))
    ]
    await hand_over(ledger, *entries)
    [first, _] = (await ledger.claim(after(seconds=1), after(seconds=1), {"desk": 2}, LEASE)).claims
    await ledger.record([ended(first, State.DELIVERED, after(seconds=2))])
    await ledger.act(make_action(), ends=False, ends_leads=False)
    await ledger.meta_set_default("link_key", lambda: "s3cret")
    await ledger.close()


async def rows_of(url: str) -> dict[str, list[dict[str, Any]]]:
    """All rows that are copied, by table."""
    database = Database(url, exclusive=False)
    await database.open()
    try:
        return {table.name: await database.read(partial(_all, table)) for table in COPIED}
    finally:
        await database.close()


def _all(table: Any, connection: Connection) -> list[dict[str, Any]]:
    found = connection.execute(select(table).order_by(*table.primary_key.columns))
    return [dict(row) for row in found.mappings()]


async def test_every_row_arrives_as_it_was(urls: tuple[str, str]) -> None:
    """Open, leased and finished notices, attempts, actions and kept keys."""
    source, target = urls
    await fill(source)
    counts = await copy_ledger(source, target)
    assert await rows_of(target) == await rows_of(source)
    assert (counts["notice"], counts["action"], counts["attempt"], counts["meta"] >= 1) == (3, 1, 1, True)


async def test_the_copy_goes_on_where_the_original_was(urls: tuple[str, str]) -> None:
    """What was claimed can be claimed when its lease is over, and new actions get new numbers."""
    source, target = urls
    await fill(source)
    await copy_ledger(source, target)
    ledger = Ledger(target, clock=lambda: START)
    await ledger.open()
    later = after(seconds=5) + LEASE + timedelta(seconds=1)
    await ledger.release(later)
    assert len((await ledger.claim(later, later, {"desk": 9}, LEASE)).claims) == 2
    snooze = replace(make_action("snooze"), until=after(days=1))
    await ledger.act(snooze, ends=False, ends_leads=False)
    await ledger.close()
    assert [row["ordinal"] for row in (await rows_of(target))["action"]] == [1, 2]


async def test_numbers_of_actions_that_were_purged_do_not_come_back(urls: tuple[str, str]) -> None:
    """The channels have been told of all up to the last: who acts next is told of as well."""
    source, target = urls
    original = Ledger(source, exclusive=True, clock=lambda: START)
    await original.open()
    last = [await original.act(make_action(), ends=False, ends_leads=False) for _ in range(3)][-1]
    await hand_over(original, due_key="2028-03-01", action_ordinal=last.ordinal)
    await original.purge(after(days=500))
    assert await original.actions() == []
    await original.close()
    await copy_ledger(source, target)
    ledger = Ledger(target, clock=lambda: START)
    await ledger.open()
    following = await ledger.act(make_action(), ends=False, ends_leads=False)
    await ledger.close()
    assert following.ordinal == last.ordinal + 1


async def test_a_ledger_that_holds_something_is_not_written_to(urls: tuple[str, str]) -> None:
    """Two histories do not become one."""
    source, target = urls
    await fill(source)
    await fill(target)
    before = await rows_of(target)
    with pytest.raises(LedgerUnwritable, match="not empty"):
        await copy_ledger(source, target)
    assert await rows_of(target) == before


async def test_a_place_without_a_ledger_is_not_copied_and_stays_as_it_is(urls: tuple[str, str]) -> None:
    """A name mistaken is no ledger that holds nothing, and its database is left without tables of ours."""
    mistaken, target = urls
    if mistaken.startswith("sqlite"):
        with sqlite3.connect(mistaken.removeprefix("sqlite:///")) as connection:
            connection.execute("PRAGMA user_version = 1")
    with pytest.raises(LedgerLost, match="there is no ledger in it"):
        await copy_ledger(mistaken, target)
    engine = create_engine(parse(mistaken))
    assert inspect(engine).get_table_names() == []
    engine.dispose()


async def test_a_daemon_that_comes_meanwhile_undoes_the_copy(tmp_path: Path, postgres_url: str) -> None:
    """It may send what the copy does not know of."""
    target = f"sqlite:///{tmp_path}/moved.db"
    await fill(postgres_url)
    daemon = Ledger(postgres_url)
    await daemon.open()
    with psycopg.connect(postgres_url) as other, psycopg.connect(postgres_url, autocommit=True) as watcher:
        other.execute("LOCK TABLE digest")  # which is read last
        copying = asyncio.create_task(copy_ledger(postgres_url, target))
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'digest'::regclass"
        await until(lambda: watcher.execute(waiting).fetchone() == (1,), "it waits for the lock")
        await daemon.beat("one", "hash", await daemon.now())
        other.rollback()
    with pytest.raises(LedgerBusy):
        await copying
    await daemon.close()
    assert {len(rows) for rows in (await rows_of(target)).values()} == {0}


async def test_a_ledger_in_use_is_not_copied(urls: tuple[str, str]) -> None:
    """What is sent meanwhile would be missing in the copy, and sent again."""
    source, target = urls
    running = Ledger(source, exclusive=True)
    await running.open()
    await running.beat("one", "hash", await running.now())
    with pytest.raises(LedgerBusy):
        await copy_ledger(source, target)
    await running.close()
    assert tables.replica not in COPIED


def names_in(folder: Path) -> list[str]:
    """What lies there."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("content", [b"not a database\n" * 1000, b""])
async def test_a_damaged_ledger_is_neither_copied_nor_set_aside(tmp_path: Path, content: bytes) -> None:
    """Whoever copies finds out, and can still try to save what is there."""
    path, copy = tmp_path / "alerter.db", tmp_path / "copy.db"
    await fill(f"sqlite:///{path}")
    path.write_bytes(content)
    before = names_in(tmp_path)
    with pytest.raises(LedgerLost):
        await copy_ledger(f"sqlite:///{path}", f"sqlite:///{copy}")
    assert (path.read_bytes(), names_in(tmp_path)) == (content, before)


async def test_a_damaged_ledger_to_copy_to_is_left_as_it_is(tmp_path: Path) -> None:
    """A daemon of that place would set it aside; a copy does not decide that."""
    path, damaged = tmp_path / "alerter.db", tmp_path / "damaged.db"
    for each in (path, damaged):
        await fill(f"sqlite:///{each}")
    damaged.write_bytes(b"not a database" * 1000)
    with pytest.raises(LedgerLost):
        await copy_ledger(f"sqlite:///{path}", f"sqlite:///{damaged}")
    assert damaged.read_bytes() == b"not a database" * 1000
    damaged.unlink()
    assert (await copy_ledger(f"sqlite:///{path}", f"sqlite:///{damaged}"))["notice"] == 3
