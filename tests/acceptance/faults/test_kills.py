"""Wherever the daemon is killed, the next one sends what is missing, and repeats only what may have arrived.

Each matrix is made of the real command under strace, real receivers, and the oracle after every kill. With
ALERTER_TEST_KILL_STEP=1 every write to the file is a point, without it every sixth.
"""

from __future__ import annotations

import os
import ssl
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trustme

from tests.acceptance.faults.killing import Matrix, is_killed, storage_calls, trace
from tests.acceptance.harness import Bench, Daemon, deadline, soon
from tests.acceptance.waiting import until

pytestmark = pytest.mark.fault

STEP = int(os.environ.get("ALERTER_TEST_KILL_STEP", "6"))
REPORT = "ops report upcoming 1h"


async def _webhook(bench: Bench) -> None:
    await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))


async def _mail(bench: Bench) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(bench.folder / "ca.pem"))
    await bench.mail("ops", context, bench.folder / "ca.pem")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))


def _report(call: str, matrix: Matrix) -> None:
    print(f"{call}: {matrix}")  # noqa: T201 -- the figures are the result
    assert matrix.trials


@pytest.mark.parametrize("call", ["fdatasync", "unlink", "connect", "sendto", "write"])
async def test_a1_a_kill_at_any_call_misses_no_webhook(tmp_path: Path, call: str) -> None:
    """SQLite and a webhook, at every such call of the whole run."""
    matrix = Matrix(tmp_path, _webhook, REPORT)
    await matrix.sweep(call)
    _report(call, matrix)


async def test_a1_a_kill_at_a_write_to_the_file_misses_no_webhook(tmp_path: Path) -> None:
    """SQLite and a webhook, half way through transactions, the migration's among them."""
    matrix = Matrix(tmp_path, _webhook, REPORT)
    await matrix.sweep("pwrite64", step=STEP)
    _report("pwrite64", matrix)


async def test_a1_a_kill_about_the_answer_misses_no_webhook(tmp_path: Path) -> None:
    """SQLite and a webhook, at each thing the loop reads before, at and after the receiver's answer."""
    matrix = Matrix(tmp_path, _webhook, REPORT)
    answer = await matrix.find("recvfrom", "HTTP/1.1 200")
    await matrix.sweep("recvfrom", first=answer - 8, last=answer + 30)
    _report("recvfrom", matrix)


@pytest.mark.parametrize("call", ["connect", "sendto"])
async def test_a2_a_kill_at_any_call_misses_no_mail(tmp_path: Path, call: str) -> None:
    """SQLite and e-mail over STARTTLS, at every such call of the loop."""
    matrix = Matrix(tmp_path, _mail, REPORT)
    await matrix.sweep(call)
    _report(call, matrix)


async def test_a2_a_kill_in_the_dialogue_misses_no_mail(tmp_path: Path) -> None:
    """SQLite and e-mail over STARTTLS, at each thing the loop reads from the greeting on."""
    matrix = Matrix(tmp_path, _mail, REPORT)
    greeting = await matrix.find("recvfrom", "220 mail.test")
    await matrix.sweep("recvfrom", first=greeting - 2, last=greeting + 44)
    _report("recvfrom", matrix)


@pytest.mark.parametrize(("call", "step"), [("connect", 1), ("sendto", 6), ("recvfrom", 60)])
async def test_a3_a_kill_beside_postgresql_misses_no_webhook(
    tmp_path: Path, postgres_server: str, call: str, step: int
) -> None:
    """PostgreSQL and a webhook: once the lease is over another daemon has told it within 15 seconds."""
    matrix = Matrix(tmp_path, _webhook, REPORT, server=postgres_server)
    await matrix.sweep(call, step=step)
    _report(call, matrix)


async def test_a3_a_kill_beside_postgresql_about_the_answer_misses_no_webhook(
    tmp_path: Path, postgres_server: str
) -> None:
    """The same at each thing the loop reads before, at and after the receiver's answer."""
    matrix = Matrix(tmp_path, _webhook, REPORT, server=postgres_server)
    answer = await matrix.find("recvfrom", "HTTP/1.1 200")
    await matrix.sweep("recvfrom", first=answer - 6, last=answer + 9)
    _report("recvfrom", matrix)


async def test_a6_a_kill_during_a_reload_leaves_no_mixture(tmp_path: Path) -> None:
    """Two deadlines are added under the running daemon: wherever that is cut off, each is told, and none in vain."""
    matrix = Matrix(tmp_path, _webhook, REPORT, "ops second upcoming 1h", "ops third upcoming 1h", then=_add_two)
    await matrix.sweep("fdatasync", first=31)
    _report("fdatasync", matrix)


async def _add_two(bench: Bench, daemon: Daemon) -> None:
    """Have two more deadlines read, once the first has been told."""
    names = ("report", "second", "third")
    await until(lambda: not daemon.is_running or bool(daemon.events("notice.delivered")), "the first notice")
    bench.write(*(deadline(name, soon(minutes=30), ["1h"]) for name in names))


async def test_a11_what_is_claimed_and_what_is_recorded_is_on_the_disk_first(tmp_path: Path) -> None:
    """File, journal and folder are synchronised before the connection is made, and again after the answer."""
    output = tmp_path / "calls"
    async with AsyncExitStack() as stack:
        bench = Bench(tmp_path, stack)
        stack.push_async_callback(bench.reap)
        await _webhook(bench)
        daemon = await bench.start(under=trace("fdatasync", "unlink", "connect", "recvfrom", output=str(output)))
        assert not await is_killed(daemon, 1)
    calls = storage_calls(output.read_text())
    claimed, _, rest = calls.partition(" connect ")
    asked, _, recorded = rest.partition("answer ")
    commit = "fdatasync unlink fdatasync"  # the file; its journal, which is the commit; the folder that names it
    assert (claimed.endswith(commit), asked, recorded.endswith(commit)) == (True, "", True)
