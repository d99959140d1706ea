"""Opening a ledger: files, locks, schemas, and what is said when it cannot be."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, make_url

from alerter.domain.notices.notice import State
from alerter.ledger import keys, migrations, schema, tables
from alerter.ledger.ledger import Ledger, LedgerBusy, LedgerTooNew, LedgerUnwritable
from tests.contract.ledger.making import START, claim_all, ended, hand_over, make_action, make_entry, read_states


def url_of(path: Path) -> str:
    """The URL of a database file."""
    return f"sqlite:///{path}"


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[Ledger, Ledger]]:
    """The daemon's ledger and, on the same file, a command's."""
    daemon = Ledger(url_of(tmp_path / "alerter.db"), exclusive=True)
    command = Ledger(url_of(tmp_path / "alerter.db"))
    await daemon.open()
    await command.open()
    yield daemon, command
    await command.close()
    await daemon.close()


async def open_and_close(path: Path) -> None:
    """Make a ledger, or take one as it is."""
    ledger = Ledger(url_of(path), exclusive=True)
    await ledger.open()
    await ledger.close()


def digest_of(path: Path) -> str:
    """What the file holds."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def list_workers() -> list[str]:
    """The threads behind SQLite connections."""
    return [thread.name for thread in threading.enumerate() if thread.name == "ledger"]


async def test_a_ledger_is_made_with_its_folders_for_its_owner_alone(tmp_path: Path) -> None:
    """Folders that are missing are made, and only the owner can read the file."""
    path = tmp_path / "a" / "b" / "alerter.db"
    await open_and_close(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_relative_path_is_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes and a name mean a file right here."""
    monkeypatch.chdir(tmp_path)
    ledger = Ledger("sqlite:///alerter.db")
    await ledger.open()
    await ledger.close()
    assert (tmp_path / "alerter.db").exists()


async def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    """A restart finds rows and leases as they were, and may take the leases back."""
    path = tmp_path / "alerter.db"
    first = Ledger(url_of(path), exclusive=True)
    await first.open()
    await hand_over(first, make_entry())
    await claim_all(first)
    await first.close()
    second = Ledger(url_of(path), exclusive=True)
    await second.open()
    assert await read_states(second) == {"7d": (State.SENDING, None)}
    assert await second.release(START, all_leases=True) == 1
    await second.close()


async def test_an_empty_file_is_a_new_ledger(tmp_path: Path) -> None:
    """Zero bytes are a valid database with nothing in it."""
    path = tmp_path / "alerter.db"
    path.touch()
    await open_and_close(path)
    assert path.stat().st_size > 0


async def test_the_journal_is_the_safest(tmp_path: Path) -> None:
    """No second file holds committed rows, whatever the file was set to before."""
    path = tmp_path / "alerter.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    await open_and_close(path)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()


async def test_a_second_daemon_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    """The refusal names process and host; once the first is gone, the second may."""
    path = tmp_path / "alerter.db"
    first, second = Ledger(url_of(path), exclusive=True), Ledger(url_of(path), exclusive=True)
    await first.open()
    with pytest.raises(LedgerBusy, match=f"pid {os.getpid()} on {socket.gethostname()}"):
        await second.open()
    await first.close()
    await second.open()
    await second.close()


def test_the_lock_of_a_killed_daemon_is_free(tmp_path: Path) -> None:
    """However a process ends, nothing has to be cleaned up after it."""
    path = tmp_path / "alerter.db"
    code = (
        "import pathlib, sys; from alerter.ledger.lock import FileLock\n"
        "FileLock(pathlib.Path(sys.argv[1])).acquire(); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(LedgerBusy, match=f"pid {process.pid} "):
            asyncio.run(open_and_close(path))
        process.kill()
    asyncio.run(open_and_close(path))


async def test_commands_work_beside_the_daemon(pair: tuple[Ledger, Ledger]) -> None:
    """Each sees what the other wrote, and the daemon notices that somebody has."""
    daemon, command = pair
    await daemon.changed()
    assert not await daemon.changed()
    await hand_over(command, make_entry())
    assert await daemon.changed()
    assert not await daemon.changed()
    await claim_all(daemon)
    assert not await daemon.changed()
    await daemon.act(make_action(), ends=False, ends_leads=False)
    assert await daemon.changed()
    assert not await daemon.changed()
    assert await read_states(command) == {"7d": (State.SENDING, None)}


async def test_a_newer_programs_ledger_is_left_untouched(tmp_path: Path) -> None:
    """Not a byte of a database at an unknown revision changes, be it set to another journal too."""
    path = tmp_path / "alerter.db"
    await open_and_close(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = digest_of(path)
    with pytest.raises(LedgerTooNew, match="9999"):
        await open_and_close(path)
    assert digest_of(path) == before


async def test_reading_a_current_ledger_writes_nothing(tmp_path: Path) -> None:
    """A command that only looks leaves the file as it is."""
    path = tmp_path / "alerter.db"
    await open_and_close(path)
    before = digest_of(path)
    ledger = Ledger(url_of(path))
    await ledger.open()
    await ledger.history()
    await ledger.close()
    assert digest_of(path) == before


async def test_what_is_no_database_is_refused_with_path_and_reason(tmp_path: Path) -> None:
    """The message says which file, who tried and why not; the file stays as it is."""
    path = tmp_path / "notes.txt"
    path.write_text("This is a plain text file, and no database at all." * 100)
    before = digest_of(path)
    with pytest.raises(LedgerUnwritable) as caught:
        await open_and_close(path)
    assert str(caught.value) == f"cannot use the ledger {path} as uid {os.getuid()}: file is not a database"
    assert digest_of(path) == before


async def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A path through a file names the path and the system's reason."""
    (tmp_path / "file").touch()
    with pytest.raises(LedgerUnwritable, match=r"file/sub/alerter\.db as uid \d+: Not a directory"):
        await open_and_close(tmp_path / "file" / "sub" / "alerter.db")


@pytest.mark.parametrize("name", ["a" * 300, "round/x.db"])
async def test_a_place_that_cannot_be_looked_at_is_refused_as_any_other(name: str, tmp_path: Path) -> None:
    """What else is asked about it, for the sentence, fails as well."""
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(LedgerUnwritable, match="cannot use the ledger"):
        await Ledger(f"sqlite:///{tmp_path / name}", exclusive=True).open()


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    """The message says what is there instead."""
    with pytest.raises(LedgerUnwritable, match="Is a directory"):
        await open_and_close(tmp_path)


async def test_a_failed_opening_lets_go_of_the_lock(tmp_path: Path) -> None:
    """After the trouble is mended the next try may succeed."""
    path = tmp_path / "alerter.db"
    path.write_text("no database" * 1000)
    with pytest.raises(LedgerUnwritable):
        await open_and_close(path)
    path.unlink()
    await open_and_close(path)
    assert path.stat().st_size > 0


@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_an_opening_that_is_cancelled_leaves_no_thread(tmp_path: Path, turns: int) -> None:
    """Whenever it is broken off, what it had begun has ended with it."""
    opening = asyncio.create_task(open_and_close(tmp_path / "alerter.db"))
    for _ in range(turns):
        await asyncio.sleep(0)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    assert list_workers() == []


async def test_what_a_cancelled_task_was_writing_is_not_kept(pair: tuple[Ledger, Ledger]) -> None:
    """Nobody is left who would know of it, so it is rolled back though its thread goes on to the end."""
    ledger, _ = pair
    has_written, is_cancelled = Event(), Event()
    assert list_workers() == ["ledger", "ledger"]

    def work(connection: Connection) -> None:
        keys.write_over(connection, "key", "value")
        has_written.set()
        assert is_cancelled.wait(10)

    writing = asyncio.create_task(ledger._database.write(work))
    assert await asyncio.to_thread(has_written.wait, 10)
    writing.cancel()
    await asyncio.wait([writing])
    is_cancelled.set()
    assert await ledger.meta_get("key") is None


async def test_a_file_that_cannot_be_opened_leaves_no_thread() -> None:
    """SQLite's refusal is said in a sentence, and nothing goes on behind it."""
    with pytest.raises(LedgerUnwritable, match="cannot use the ledger"):
        await open_and_close(Path("/proc/self/status"))
    assert list_workers() == []


def test_nobody_else_can_read_what_lies_beside_the_ledger(tmp_path: Path) -> None:
    """Database, lock and reserve are the owner's alone; the folder stays as it was found."""
    tmp_path.chmod(0o755)
    path = tmp_path / "alerter.db"
    asyncio.run(open_and_close(path))
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert modes == {"alerter.db": 0o600, "alerter.db.lock": 0o600, "alerter.db.reserve": 0o600}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


async def test_trouble_while_running_is_one_kind_of_error(tmp_path: Path) -> None:
    """A file that went bad under our feet is said to be so, and not by a traceback of the library."""
    path = tmp_path / "alerter.db"
    ledger = Ledger(url_of(path), exclusive=True)
    await ledger.open()
    await hand_over(ledger, make_entry())
    path.write_bytes(b"\xff" * path.stat().st_size)
    with pytest.raises(LedgerUnwritable, match="cannot use the ledger"):
        await claim_all(ledger)
    await ledger.close()


async def test_a_closed_ledger_says_so(tmp_path: Path) -> None:
    """Asking after closing is an error of ours, not of the library; closing twice is none."""
    ledger = Ledger(url_of(tmp_path / "alerter.db"))
    await ledger.open()
    await ledger.close()
    await ledger.close()
    with pytest.raises(LedgerUnwritable, match="not open"):
        await ledger.records()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://alerter:S3cr3t-pw@127.0.0.1:1/none",
        "postgresql://alerter:S3cr3t-pw@[::bad/none",
        "postgresql://alerter:S3cr3t-pw@127.0.0.1:notaport/none",
        "mysql://alerter:S3cr3t-pw@127.0.0.1/none",
        "S3cr3t-pw",
    ],
)
async def test_a_password_is_in_no_error(url: str) -> None:
    """Whatever is wrong with a URL, its password is not repeated."""
    with pytest.raises(LedgerUnwritable) as caught:
        await Ledger(url).open()
    assert "S3cr3t-pw" not in str(caught.value)


async def test_a_new_ledger_is_as_the_revisions_make_it(tmp_path: Path) -> None:
    """What is made at once, what the revisions build and what `tables` says differ in nothing."""
    path = tmp_path / "alerter.db"
    await open_and_close(path)
    engine, migrated = create_engine(url_of(path)), create_engine("sqlite://")
    with engine.connect() as connection:
        made = _statements(connection)
    with migrated.begin() as connection:
        schema.run_revisions(connection)
        differences = compare_metadata(MigrationContext.configure(connection), tables.metadata)
        wanted = _statements(connection)
    engine.dispose()
    migrated.dispose()
    assert differences == []
    assert made == wanted


def _statements(connection: Connection) -> dict[str, str]:
    """What made each table and index, by name; spacing does not matter, nor whether columns name their table."""
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: "".join(sql.split()).replace("notice.", "") for name, sql in rows}


def test_the_newest_revision_is_the_one_the_program_expects() -> None:
    """Whoever adds a revision is reminded to name it as the head."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


async def test_a_generation_ends_with_any_change_of_a_row_and_with_nothing_else(pair: tuple[Ledger, Ledger]) -> None:
    """So that who has looked at the queue need not look again: our own changes count at once, others' once seen."""
    daemon, command = pair
    await daemon.changed()
    seen = [daemon.generation]
    assert not await claim_all(daemon)
    assert not await daemon.release(START)
    assert [daemon.generation] == seen
    await hand_over(command, make_entry())
    await daemon.changed()
    seen.append(daemon.generation)
    assert await claim_all(daemon)
    seen.append(daemon.generation)
    assert len(set(seen)) == len(seen)


async def test_where_others_may_write_unseen_there_is_no_generation(postgres_url: str) -> None:
    """On PostgreSQL the queue has to be asked."""
    ledger = Ledger(postgres_url)
    await ledger.open()
    assert ledger.generation is None
    await ledger.close()


@pytest.fixture
def encoded_url(request: pytest.FixtureRequest, postgres_server: str) -> Iterator[str]:
    """A database of its own in this encoding, as a server made under the locale C has."""
    name = f"alerter_{request.param.lower()}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING '{request.param}' TEMPLATE template0".encode())
        yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name}".encode())


@pytest.mark.parametrize("encoded_url", ["SQL_ASCII"], indirect=True)
async def test_a_database_of_no_encoding_keeps_every_letter(encoded_url: str) -> None:
    """What is written comes back, whether a statement or a list of values carries it."""
    ledger = Ledger(encoded_url, clock=lambda: START)
    await ledger.open()
    await hand_over(ledger, make_entry(), title="Żółw 亀")
    words: dict[str, Any] = {"subject": "Żółw", "text": "亀 ✓", "to": ("é@x.org",)}
    told = [ended(one, State.DELIVERED, **words) for one in await claim_all(ledger)]
    await ledger.record(told)
    [record], [read] = (await ledger.records()).values(), await ledger.history()
    await ledger.close()
    assert (record.title, read.subject, read.text, read.to) == ("Żółw 亀", "Żółw", "亀 ✓", ("é@x.org",))


@pytest.mark.parametrize("encoded_url", ["LATIN1"], indirect=True)
async def test_a_database_that_lacks_letters_is_refused(encoded_url: str) -> None:
    """Else the first title with one of them would keep everything from being recorded."""
    with pytest.raises(LedgerUnwritable, match="LATIN1, its encoding: make one in UTF8"):
        await Ledger(encoded_url).open()
