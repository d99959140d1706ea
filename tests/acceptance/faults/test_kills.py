"""Wherever the daemon is killed, the next one sends what is missing, and repeats only what may have arrived.

Each matrix is made of the real command under strace, real receivers, and the oracle after every kill. With
ALERTER_TEST_KILL_STEP=1 every write to the file is a point, without it every sixth.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest
import trustme

from tests.acceptance.faults.killing import Matrix
from tests.acceptance.harness import Bench, deadline, soon

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
