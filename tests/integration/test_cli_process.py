"""The command as a process: its streams, its signals and its speed."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.waiting import until

COMMAND = str(Path(sys.executable).with_name("alerter"))
HEAVY = (
    "aiohttp",
    "alembic",
    "apscheduler",
    "holidays",
    "httpx",
    "icalendar",
    "jinja2",
    "pydantic",
    "sqlalchemy",
    "structlog",
)
PLAIN = """
[service]
store = "sqlite:///ledger.db"
listen = "127.0.0.1:0"
log_format = "json"
[channels.hook]
type = "webhook"
url = "http://127.0.0.1:9/"
[[deadline]]
id = "report"
title = "The report"
due = 2099-01-01T12:00:00
"""
FOR_OTHERS = (
    "alembic",  # who starts on a ledger that is older
    "anyio._backends",
    "apprise",
    "babel",  # who has something to say
    "holidays",
    "icalendar",
    "jinja2",
    "mako",
    "psycopg",
    "pydantic_settings",  # who sets ALERTER_* variables
    "pygments",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
    "toml_rs",  # who has long files
    "tomlkit",
)
"""What a daemon does not load for deadlines that are far off, a webhook and SQLite: 25 MB."""


def run(*args: str, shell: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command; `shell` says what to do with its streams."""
    environ = {"PATH": os.environ["PATH"], "HOME": "/", **more}
    line = ["sh", "-c", f'"$0" "$@" {shell}', COMMAND, *args]
    return subprocess.run(line, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_help_is_quick_since_it_imports_no_library_it_does_not_need() -> None:
    """Not one of those that make a start slow."""
    program = (
        "import sys; from alerter.cli import run_command; code = run_command(['--help']);"
        f"print('LOADED', code, sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.splitlines()[-1] == "LOADED 0 []"


async def test_a_daemon_loads_nothing_that_only_others_need(tmp_path: Path) -> None:
    """Started for the first time and once more, with nothing due and nobody asking."""
    (tmp_path / "alerter.toml").write_text(PLAIN, encoding="utf-8")
    others = tuple(f"{other}." for other in FOR_OTHERS)
    for _ in range(2):
        loaded = await loaded_by_daemon(tmp_path)
        assert "sqlalchemy" in loaded
        assert sorted(name for name in loaded if f"{name}.".startswith(others)) == []


async def loaded_by_daemon(folder: Path) -> set[str]:
    """The modules that a daemon imports until it is ready; Python itself tells them on standard error."""
    environ = {"PATH": os.environ["PATH"], "HOME": "/", "PYTHONPROFILEIMPORTTIME": "1"}
    told = folder / "told"
    words = [COMMAND, "-c", "alerter.toml", "run"]
    with told.open("w") as errors:
        daemon = await asyncio.create_subprocess_exec(*words, cwd=folder, env=environ, stderr=errors)
    try:
        await until(lambda: '"daemon.started"' in told.read_text(), "the daemon to be ready")
    finally:
        daemon.terminate()
        await daemon.wait()
    return set(re.findall(r"^import time:.*\| +(\S+)$", told.read_text(), re.MULTILINE))


@pytest.mark.parametrize("library", ["structlog", "httpx"])
def test_libraries_are_imported_without_what_they_take_along(library: str) -> None:
    """Where what is left out is wanted by somebody else it can still be had."""
    program = (
        f"import sys; from alerter.cli.sparing import import_alone; import_alone({library!r});"
        f"print({library!r} in sys.modules, 'rich' in sys.modules, 'pygments' in sys.modules); import rich"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == "True False False\n"


@pytest.mark.parametrize("shell", ["| head -c 10", ">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_upset_no_command(shell: str) -> None:
    """A reader that has seen enough, or no reader at all."""
    ran = run("schema", shell=shell)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("form", ["table", "json", "csv", "ics"])
def test_a_reader_that_has_seen_enough_of_a_long_plan_is_no_trouble(form: str, tmp_path: Path) -> None:
    rows = (f'[[deadline]]\nid = "x{number}"\ntitle = "{"X" * 200}"\ndue = 2099-01-01\n' for number in range(500))
    (tmp_path / "a.toml").write_text("".join(rows), encoding="utf-8")
    end = "; } 2>&3 | head -c 5; } 3>&1 >/dev/null"
    line = '{ { "$0" "$@"; echo "ended with $?" >&2' + end
    words = ["plan", "-c", str(tmp_path), "--from", "2098-01-01", "--until", "2100-01-01", "--format", form]
    ran = subprocess.run(["sh", "-c", line, COMMAND, *words], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.stdout, ran.stderr) == ("ended with 0\n", "")


def test_a_full_disk_is_told_and_is_no_success() -> None:
    """A plan that was cut off must not pass for one."""
    ran = run("schema", shell="> /dev/full")
    assert (ran.returncode, ran.stderr) == (1, "alerter: No space left on device\n")


def test_a_terminal_without_unicode_gets_escapes() -> None:
    """Text it cannot show is escaped; the command goes on."""
    ran = run("ack", "d\u00e9lai", "-c", "/nowhere", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (ran.returncode, "Traceback" in ran.stderr) == (2, False)


def test_output_that_is_no_terminal_has_no_colours(tmp_path: Path) -> None:
    """Neither tables nor help nor errors."""
    (tmp_path / "a.toml").write_text('[[deadline]]\nid = "x"\ntitle = "X"\ndue = 2099-01-01\n', encoding="utf-8")
    runs = [
        run("--help"),
        run("plam"),
        run("plan", "-c", str(tmp_path), "--from", "2098-12-01", "--until", "2099-02-01"),
    ]
    assert [ran.returncode for ran in runs] == [0, 2, 0]
    assert not [ran for ran in runs if "\x1b" in ran.stdout + ran.stderr]
