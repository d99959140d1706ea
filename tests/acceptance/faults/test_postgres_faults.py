"""PostgreSQL that falls silent, crashes, forgets its last seconds or has no room: notices go out all the same.

H7 to H10, H12, H14 and H15 of the catalogue; replicas are ill-treated in `test_replica_faults`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from alerter.ledger.schema import HEAD
from tests.acceptance.faults.remains import unknown
from tests.acceptance.faults.system import lossy
from tests.acceptance.faults.test_replica_faults import start
from tests.acceptance.harness import Bench, Daemon, deadline, soon
from tests.acceptance.waiting import until, until_answered
from tests.postgres import PostgresServer
from tests.stalling import StallingProxy

OUTAGE = {"cycle.failed", "results.unrecorded", "problems.untold", "claims.unreturned", "lane.failed"}
"""What a daemon may say while its database is away."""

LATE = 10.0  # seconds until an outage must show, and until its end must

STRIKES = 40

SLACK = 5.0  # seconds, since the machine may be busy

pytestmark = pytest.mark.fault


async def until_not_ready(daemon: Daemon, *, within: float) -> str:
    """Wait until /readyz says no; returns why."""

    async def ask() -> str | None:
        status, body = await daemon.get("/readyz")
        return body if status == 503 else None

    return await until_answered(ask, "not ready", within=within)


@pytest.mark.parametrize("lost", [pytest.param(0.0, id="half_open", marks=pytest.mark.ci), pytest.param(1.0, id="cut")])
async def test_h9_h10_a_silent_database_is_an_error_in_time_and_healed_in_time(
    postgres_url: str, bench: Bench, lost: float
) -> None:
    """From one commit on no word comes back: a daemon says so and goes on when it is healed, another ends in time.

    Half open, the link takes whatever is sent and answers nothing; cut, all packets are lost on the way.
    """
    bench.faults |= OUTAGE
    desk = await bench.webhook("desk")
    due = soon(hours=1, seconds=6)
    names = [f"report-{number}" for number in range(20)]
    bench.write(*(deadline(name, due, ["1h"]) for name in names))
    bench.wants(*(f"desk {name} upcoming 1h" for name in names))
    async with StallingProxy(make_url(postgres_url).port or 5432) as proxy:
        through = make_url(postgres_url).set(port=proxy.port).render_as_string(hide_password=False)
        staying, ending = await start(bench, through, 2)
        bench.store = postgres_url
        await desk.until(1)
        proxy.stalls_on = b"COMMIT"
        await until(lambda: proxy.is_silent, "silence", within=LATE)
        with lossy(proxy.port, lost):
            ended = asyncio.create_task(ending.end())
            why = await until_not_ready(staying, within=LATE + SLACK)
            assert "LedgerUnreachable" in why
            ran = await ended
            assert (ran.code, ran.took < 9.0) == (0, True), ran.err
        proxy.heal()
        await staying.ready(within=LATE + SLACK)
        await desk.until_all(len(names), within=30.0)
        bench.may_repeat |= await unknown(bench)
        assert (await staying.end()).code == 0


async def test_h7_connections_ended_at_any_statement_lose_no_notice(own_server: PostgresServer, bench: Bench) -> None:
    """The server ends all of them after one statement, then after two more, three more and so on: all arrive."""
    bench.faults |= OUTAGE
    desk = await bench.webhook("desk")
    first = soon(hours=1, seconds=15)
    names = [f"report-{number:02}" for number in range(STRIKES)]
    bench.write(*(deadline(name, first + timedelta(seconds=number), ["1h"]) for number, name in enumerate(names)))
    bench.wants(*(f"desk {name} upcoming 1h" for name in names))
    counts = list(range(1, STRIKES + 1))
    left = [1]

    async def strike() -> None:
        left[0] -= 1
        if left[0] == 0:
            await asyncio.to_thread(end_connections, own_server.url)
            left[0] = counts.pop(0) if counts else -1

    async with StallingProxy(own_server.port) as proxy:
        through = make_url(own_server.url).set(port=proxy.port).render_as_string(hide_password=False)
        [daemon] = await start(bench, through, 1)
        bench.store = own_server.url
        proxy.heard = strike
        await desk.until_all(len(names), within=STRIKES + 60.0)
        proxy.heard = None
        await daemon.until_metric("alerter_overdue_unsent", 0.0)
        assert (await daemon.end()).code == 0
    bench.may_repeat |= await unknown(bench)
    assert len(counts) < STRIKES / 2, counts


def end_connections(url: str) -> None:
    """As an administrator ends them."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'alerter'")


async def test_h14_a_newer_version_that_migrates_stops_no_older_one(own_server: PostgresServer, bench: Bench) -> None:
    """What it adds to the schema the running daemon does not mind; one that starts is refused, and touches nothing."""
    bench.faults.add("daemon.failed")
    desk = await bench.webhook("desk")
    before, after = (deadline(name, soon(minutes=50), ["1h"]) for name in ("before", "after"))
    bench.write(before)
    [daemon] = await start(bench, own_server.url, 1)
    await desk.until(1)
    with psycopg.connect(own_server.url, autocommit=True) as newer:
        with newer.transaction():
            newer.execute("ALTER TABLE notice ADD COLUMN mood text")
            newer.execute("CREATE TABLE mood (name text PRIMARY KEY)")
            newer.execute("UPDATE alembic_version SET version_num = '9999'")
        bench.write(before, after)
        await daemon.says("notice.delivered", count=2)
        refused = await (await bench.start()).ended(within=60.0)
        assert (refused.code, "9999" in refused.err) == (78, True), refused.err
        assert (await daemon.end()).code == 0
        assert newer.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
        newer.execute(f"UPDATE alembic_version SET version_num = '{HEAD}'".encode())  # for the one who judges
    bench.wants("desk before upcoming 1h", "desk after upcoming 1h")


async def test_h8_a_database_that_crashes_again_and_again_loses_no_notice(
    own_server: PostgresServer, bench: Bench
) -> None:
    """Notices fall due all the while, each arrives, and the daemon lives through it."""
    bench.faults |= OUTAGE
    desk = await bench.webhook("desk")
    first = soon(hours=1, seconds=8)
    names = [f"report-{number}" for number in range(20)]
    bench.write(*(deadline(name, first + timedelta(seconds=number), ["1h"]) for number, name in enumerate(names)))
    bench.wants(*(f"desk {name} upcoming 1h" for name in names))
    await start(bench, own_server.url, 2)
    for count in (1, 6, 11):
        await desk.until(count, within=30.0)
        own_server.crash()
        own_server.start_again()
    await desk.until_all(len(names), within=60.0)
    bench.may_repeat |= await unknown(bench)


async def test_h15_a_failover_that_forgets_the_last_seconds_loses_no_notice(
    own_server: PostgresServer, bench: Bench
) -> None:
    """What was handed over and sent meanwhile is not known any more: none is lost, and none comes more than twice."""
    bench.faults |= OUTAGE
    desk = await bench.webhook("desk", more='rate = "2/s"\n')
    due = soon(hours=1, seconds=12)
    names = [f"report-{number}" for number in range(20)]
    later = deadline("later", due + timedelta(seconds=14), ["1h"])
    bench.write(*(deadline(name, due, ["1h"]) for name in names), later)
    bench.wants(*(f"desk {name} upcoming 1h" for name in names), "desk later upcoming 1h")
    await start(bench, own_server.url, 2)
    own_server.back_up()
    assert len(desk.requests) == 0
    await desk.until(4, within=30.0)
    own_server.crash()
    own_server.restore()
    own_server.start_again()
    await desk.until_all(len(names) + 1, within=90.0)
    bench.may_repeat |= {f"desk {name} upcoming 1h" for name in names}
    assert max(Counter(one.id for one in desk.arrivals()).values()) <= 2


async def test_h12_a_database_without_a_free_connection_is_waited_for(own_server: PostgresServer, bench: Bench) -> None:
    """While others hold all connections the daemon says that it is not ready, and goes on when there is one for it."""
    bench.faults |= OUTAGE
    desk = await bench.webhook("desk")
    bench.write(deadline("report", soon(hours=1, seconds=20), ["1h"]))
    bench.wants("desk report upcoming 1h")
    [daemon] = await start(bench, own_server.url, 1)
    with ExitStack() as held:
        first = held.enter_context(psycopg.connect(own_server.url, autocommit=True))

        async def ask() -> str | None:
            hold_all(held, first, own_server.url)
            status, body = await daemon.get("/readyz")
            return body if status == 503 else None

        assert "LedgerUnreachable" in await until_answered(ask, "not ready", within=30.0)
        assert daemon.is_running
    await daemon.ready(within=LATE + SLACK)
    await desk.until(1, within=30.0)
    assert any("too many clients" in str(one["reason"]) for one in daemon.events("cycle.failed"))


def hold_all(held: ExitStack, first: psycopg.Connection[Any], url: str) -> None:
    """Take the daemon's connections away, and every one that is to be had."""
    first.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'alerter'")
    with suppress(psycopg.OperationalError):
        while True:
            held.enter_context(psycopg.connect(url))


async def test_a_start_waits_for_the_database_but_not_for_a_password(own_server: PostgresServer, bench: Bench) -> None:
    """A server that is away is waited for; one that refuses the password ends the daemon with 78, and is not named."""
    bench.faults.add("daemon.failed")
    await bench.webhook("desk")
    bench.write(deadline("report", soon(hours=1), ["30m"]))
    bench.store = bench.environ["ALERTER_STORE"] = own_server.url
    own_server.crash()
    waiting = await bench.start()
    await waiting.says("ledger.unreachable")
    assert "cannot be reached" in await until_not_ready(waiting, within=LATE)
    own_server.start_again()
    await waiting.ready()
    with psycopg.connect(own_server.url, autocommit=True) as connection:
        (own_server.data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        connection.execute("SELECT pg_reload_conf()")
        password = bench.secret("PASSWORD")
        bench.environ["ALERTER_STORE"] = own_server.url.replace("postgres@", f"postgres:{password}@")
        refused = await (await bench.start()).ended()
        (own_server.data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\n")
        connection.execute("SELECT pg_reload_conf()")
    assert (refused.code, "password authentication failed" in refused.err) == (78, True), refused.err
