"""Wherever the daemon is killed, the next one sends what is missing, and repeats only what the receiver has already.

Each sweep is made of the real command, strace, real receivers, and the oracle. It prints how many points there were,
and how far the notice had come at each. Of what the loop reads, most of which only wakes it up, every
ALERTER_TEST_KILL_STEP-th (12) is a point, and each one about the answer.
"""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.acceptance.faults.attaching import traced_start
from tests.acceptance.faults.chain import Phase, Scene, find, sweep
from tests.acceptance.faults.remains import storage_calls
from tests.acceptance.harness import Bench, deadline, soon
from tests.acceptance.inbox import HttpInbox, MailInbox

pytestmark = pytest.mark.fault

STEP = int(os.environ.get("ALERTER_TEST_KILL_STEP", "12"))
STORAGE = ("fdatasync", "fsync", "unlink", "rename", "pwrite64")


async def _webhook(bench: Bench) -> HttpInbox:
    return await bench.webhook("ops")


async def _mail(bench: Bench) -> MailInbox:
    return await bench.mail("ops")


@pytest.mark.ci
async def test_a1_a_kill_at_some_calls_misses_no_webhook(tmp_path: Path) -> None:
    """SQLite and a webhook, at some of the calls that reach the disk, and as it dials: before, during, after."""
    scene = Scene(folder=tmp_path, receive=_webhook)
    # The record ends with the 15th; one later may come when the daemon has said that it is told, and so not count.
    kills = await sweep(scene, "fdatasync", numbers=range(6, 19, 3)) + await sweep(
        scene, "connect", numbers=range(1, 2)
    )
    phases = {phase for kill in kills for phase in kill.phases}
    assert phases >= {Phase.CLAIMED, Phase.SENT, Phase.RECORDED}


async def test_a1_a_kill_at_any_call_for_the_disk_misses_no_webhook(tmp_path: Path) -> None:
    """SQLite and a webhook, at every write, synchronisation and removal from the reading of a deadline on."""
    kills = await sweep(Scene(folder=tmp_path, receive=_webhook), *STORAGE)
    assert {phase for kill in kills for phase in kill.phases} >= set(Phase) - {Phase.CLAIMED}


async def test_a1_a_kill_at_any_call_for_the_network_misses_no_webhook(tmp_path: Path) -> None:
    """SQLite and a webhook, at everything the loop sends, and at whatever a thread writes to the log."""
    kills = await sweep(Scene(folder=tmp_path, receive=_webhook), "connect", "sendto", "sendmsg", "write")
    assert Phase.CLAIMED in {phase for kill in kills for phase in kill.phases}


async def test_a1_a_kill_about_the_answer_misses_no_webhook(tmp_path: Path) -> None:
    """SQLite and a webhook, at what the loop reads; at each thing about the receiver's answer."""
    scene = Scene(folder=tmp_path, receive=_webhook)
    answer = await find(scene, "recvfrom", "HTTP/1.1 200")
    kills = await sweep(scene, "recvfrom", numbers=range(answer - 8, answer + 31))
    assert Phase.SENT in {phase for kill in kills for phase in kill.phases}


async def test_a1_a_kill_at_what_is_read_misses_no_webhook(tmp_path: Path) -> None:
    """SQLite and a webhook, at every so many of the things that the loop reads."""
    assert await sweep(Scene(folder=tmp_path, receive=_webhook), "recvfrom", numbers=range(1, 2000, STEP))


async def test_a2_a_kill_at_any_call_misses_no_mail(tmp_path: Path) -> None:
    """SQLite and e-mail over STARTTLS, at every such call of the loop."""
    kills = await sweep(Scene(folder=tmp_path, receive=_mail), "connect", "sendto")
    assert Phase.CLAIMED in {phase for kill in kills for phase in kill.phases}


async def test_a2_a_kill_in_the_dialogue_misses_no_mail(tmp_path: Path) -> None:
    """SQLite and e-mail over STARTTLS, at each thing the loop reads from the greeting on."""
    scene = Scene(folder=tmp_path, receive=_mail)
    greeting = await find(scene, "recvfrom", "220 mail.test")
    kills = await sweep(scene, "recvfrom", numbers=range(greeting - 2, greeting + 45))
    assert {phase for kill in kills for phase in kill.phases} >= {Phase.CLAIMED, Phase.SENT}


async def test_a3_a_kill_beside_postgresql_misses_no_webhook(tmp_path: Path, postgres_server: str) -> None:
    """PostgreSQL and a webhook, at everything the loop sends: once the lease is over another daemon has told it."""
    kills = await sweep(Scene(folder=tmp_path, receive=_webhook, server=postgres_server), "connect", "sendto")
    assert {phase for kill in kills for phase in kill.phases} >= {Phase.UNPLANNED, Phase.CLAIMED, Phase.SENT}


async def test_a3_a_kill_beside_postgresql_about_the_answer_misses_no_webhook(
    tmp_path: Path, postgres_server: str
) -> None:
    """The same at each thing the loop reads before, at and after the receiver's answer."""
    scene = Scene(folder=tmp_path, receive=_webhook, server=postgres_server)
    answer = await find(scene, "recvfrom", "HTTP/1.1 200")
    kills = await sweep(scene, "recvfrom", numbers=range(answer - 6, answer + 10))
    assert Phase.SENT in {phase for kill in kills for phase in kill.phases}


async def test_a6_a_kill_during_a_reload_leaves_no_mixture(tmp_path: Path) -> None:
    """Two deadlines are added under the running daemon: wherever that is cut off, both are known or none is."""
    kills = await sweep(Scene(folder=tmp_path, receive=_webhook, adds=2), "fdatasync", "unlink")
    assert {phase for kill in kills for phase in kill.phases} >= {Phase.UNPLANNED, Phase.QUEUED}


async def test_a11_what_is_claimed_and_what_is_recorded_is_on_the_disk_first(tmp_path: Path) -> None:
    """File, journal and folder are synchronised before the connection is made, and again after the answer."""
    output = tmp_path / "calls"
    async with AsyncExitStack() as stack:
        bench = Bench(tmp_path, stack)
        stack.push_async_callback(bench.reap)
        await _webhook(bench)
        bench.write(deadline("report", soon(minutes=30), ["1h"]))
        daemon = await bench.start(under=traced_start("fdatasync", "unlink", "connect", "recvfrom", output=output))
        await daemon.says("notice.delivered", within=60.0)
        assert (await daemon.end()).code == 0
    calls = storage_calls(output.read_text())
    claimed, _, rest = calls.partition(" connect ")
    asked, _, recorded = rest.partition("answer ")
    commit = "fdatasync unlink fdatasync"  # the file; its journal, which is the commit; the folder that names it
    assert (claimed.endswith(commit), asked, recorded.endswith(commit)) == (True, "", True)
