"""Commands beside a running daemon, each a process of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.acceptance.harness import Bench, Daemon
from tests.servers import free_port

CONFIG = """
timezone = "America/New_York"
[channels.screen]
type = "console"
[[deadline]]
id = "truce"
title = "Tariff truce expires"
due = 2099-11-10T00:01:00
leads = ["40000d"]
[[deadline]]
id = "review"
title = "Quarterly review"
due = 2099-10-31
timezone = "Asia/Tokyo"
leads = ["40000d"]
"""


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A folder with two deadlines, each with a lead that has passed; whatever still runs is ended."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "alerter.toml").write_text(CONFIG, encoding="utf-8")
    async with AsyncExitStack() as stack:
        made = Bench(tmp_path, stack)
        yield made
        await made.reap()


@pytest.fixture
async def daemon(bench: Bench) -> Daemon:
    """A daemon that has told both deadlines."""
    started = await bench.start()
    await started.says("notice.delivered", count=2, within=60)
    return started


async def test_what_a_person_does_is_kept_and_told(bench: Bench, daemon: Daemon) -> None:
    """Acknowledging, snoozing and closing from the command line, beside the daemon."""
    acked = await bench.command("ack", "truce", "--by", "Ana\n", "--note", "seen to")
    snoozed = await bench.command("snooze", "review", "--for", "4h", "--by", "Ben")
    closed = await bench.command("close", "review", "--as", "met", "--by", "Ben")
    assert [acked.out, closed.out] == [
        "truce, due Tue 10 Nov 2099, 00:01 EST: acknowledged by Ana\n",
        "review, due Sat 31 Oct 2099: closed as met by Ben\n",
    ]
    assert (snoozed.code, ": snoozed until " in snoozed.out) == (0, True)
    history = (await bench.command("history", "--format", "json")).json
    assert [(one["deadline"], one["action"], one["by"], one["note"]) for one in history["actions"]] == [
        ("truce", "ack", "Ana", "seen to"),
        ("review", "snooze", "Ben", ""),
        ("review", "close", "Ben", ""),
    ]
    assert [one["state"] for one in history["notices"][:2]] == ["delivered", "delivered"]
    await daemon.says("notice.delivered", count=4, within=60)


async def test_what_cannot_be_done_is_1_and_says_why(bench: Bench, daemon: Daemon) -> None:
    """An id that is not there, a deadline that is closed, a notice that is not dead."""
    await bench.command("close", "review", "--as", "lapsed", "--by", "Ben")
    refused = [
        await bench.command(*args)
        for args in (["ack", "revue"], ["ack", "review"], ["retry", "ntc_x"], ["history", "--deadline", "x"])
    ]
    assert [(ran.code, ran.err) for ran in refused] == [
        (1, "alerter: there is no deadline 'revue'; did you mean 'review'?\n"),
        (1, "alerter: 'review' was closed as lapsed by Ben\n"),
        (1, "alerter: there is no dead notice 'ntc_x' (see `alerter history --state dead`)\n"),
        (1, "alerter: there is no deadline 'x'\n"),
    ]


async def test_the_daemon_is_found_by_its_lock(bench: Bench, daemon: Daemon) -> None:
    """Where its port is not known: alive, reloaded by signal, refused a second time, and gone when it has ended."""
    healthy = await bench.command("healthcheck")
    reloaded = await bench.command("reload")
    await daemon.says("config.loaded", within=60)
    second = await bench.command("run")
    assert (healthy.code, reloaded.code, second.code) == (0, 0, 75)
    assert reloaded.out.startswith("signalled process ")
    assert (await daemon.end()).code == 0
    assert [(await bench.command(name)).code for name in ("healthcheck", "reload")] == [1, 1]


async def test_the_daemon_is_asked_over_http(bench: Bench) -> None:
    """On the address of `service.listen`, with `service.token`."""
    listen = f"127.0.0.1:{free_port()}"
    bench.environ |= {"ALERTER_LISTEN": listen, "ALERTER_TOKEN": "canary-4711"}
    daemon = await bench.start()
    await daemon.ready(within=60)
    healthy = await bench.command("healthcheck")
    reloaded = await bench.command("reload")
    assert [healthy.out, reloaded.out] == ["200 ok\n", f"asked the daemon at {listen} to read its files again\n"]
    assert (await daemon.get("/api/v1/reload", method="POST"))[0] == 401
    assert "canary-4711" not in daemon.said


async def test_status_shows_the_whole_picture(bench: Bench, daemon: Daemon) -> None:
    """Deadlines, next notices, channels and the daemon itself."""
    await bench.command("ack", "truce", "--by", "Ana")
    shown = (await bench.command("status", "--format", "json")).json
    assert (isinstance(shown["daemon"], int), shown["replicas"]) == (True, None)
    assert {one["id"]: one["acknowledged_by"] for one in shown["deadlines"]} == {"truce": "Ana", "review": None}
    assert [(one["name"], one["queued"], one["dead"]) for one in shown["channels"]] == [("screen", 0, 0)]
    table = await bench.command("status")
    assert (table.code, max(map(len, table.out.splitlines())) <= 80) == (0, True)


async def test_status_shows_a_snooze_in_the_zone_of_its_deadline(bench: Bench, daemon: Daemon) -> None:
    """As it shows the due date, and with the zone's name."""
    said = (await bench.command("snooze", "review", "--for", "4h", "--by", "Ben")).out
    until = said.partition(": ")[2].removesuffix(", by Ben\n")
    assert until.startswith("snoozed until ")
    assert until.endswith(" JST")
    bench.environ["COLUMNS"] = "200"
    assert until in (await bench.command("status")).out


async def test_daemons_that_share_a_server_are_counted(bench: Bench, postgres_url: str) -> None:
    """No lock tells of them, but each says in the ledger that it is there."""
    bench.environ["ALERTER_STORE"] = postgres_url
    started = await bench.start()
    await started.says("notice.delivered", count=2, within=60)
    shown, table = (await bench.command("status", "--format", "json")).json, await bench.command("status")
    assert (shown["daemon"], shown["replicas"], table.out.splitlines()[0]) == (None, 1, "daemons: 1 on this ledger")
    await started.end()
    assert (await bench.command("status")).out.startswith("daemons: none on this ledger\n")
