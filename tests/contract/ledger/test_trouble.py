"""What the ledger does when the database is in trouble: try again, connect again, or say so in time."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from alerter.domain.notices.notice import State
from alerter.ledger.ledger import ChannelHealth, Ledger, LedgerUnreachable, LedgerUnwritable
from alerter.ledger.trouble import LONGEST_PAUSE, RETRY_COUNT, pauses
from tests.acceptance.waiting import until
from tests.contract.ledger.making import (
    LEASE,
    START,
    claim_all,
    ended,
    hand_over,
    make_action,
    make_entry,
)
from tests.stalling import StallingProxy


def through(proxy: StallingProxy, url: str, password: str = "S3cr3t-pw") -> str:
    """The URL of the database by way of the proxy."""
    return make_url(url).set(port=proxy.port, password=password).render_as_string(hide_password=False)


def terminate_others(url: str) -> None:
    """End every other connection to the database, as a restart would."""
    ended_by_us = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'alerter'"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ended_by_us)


@pytest.fixture
async def proxy(postgres_url: str) -> AsyncIterator[StallingProxy]:
    """A proxy before the database."""
    async with StallingProxy(make_url(postgres_url).port or 5432) as made:
        yield made


@pytest.fixture
async def remote(postgres_url: str, proxy: StallingProxy) -> AsyncIterator[Ledger]:
    """An open ledger behind the proxy."""
    ledger = Ledger(through(proxy, postgres_url), clock=lambda: START)
    await ledger.open()
    yield ledger
    await ledger.close()


async def test_a_terminated_connection_is_replaced(postgres_url: str) -> None:
    """After the server has ended all connections the next transaction passes, and no one hears of it."""
    ledger = Ledger(postgres_url, clock=lambda: START)
    await ledger.open()
    await hand_over(ledger, make_entry())
    terminate_others(postgres_url)
    assert len(await claim_all(ledger)) == 1
    await ledger.close()


async def test_renewing_waits_for_nothing_that_is_being_recorded(postgres_url: str) -> None:
    """Each would have waited for rows of the other, for the second after which PostgreSQL ends one of them."""
    ledger = Ledger(postgres_url, clock=lambda: START)
    await ledger.open()
    await hand_over(ledger, *(make_entry(lead) for lead in ("7d", "1d", "1h")))
    claims = await claim_all(ledger)
    with psycopg.connect(postgres_url) as another:
        another.execute("SELECT id FROM notice WHERE id = %s FOR UPDATE", [claims[1].id])
        renewed = await ledger.renew([claims[0].token], START + 2 * LEASE)
    assert sorted(renewed) == sorted([claims[0].id, claims[2].id])
    await ledger.close()


async def test_many_tasks_outlive_a_restart(postgres_url: str) -> None:
    """All connections of the pool may go at once."""
    ledger = Ledger(postgres_url, clock=lambda: START)
    await ledger.open()
    await asyncio.gather(*(ledger.counts() for _ in range(10)))
    terminate_others(postgres_url)
    assert await asyncio.gather(*(ledger.counts() for _ in range(10))) == [{}] * 10
    await ledger.close()


async def expect_silence(url: str, stalls_on: bytes, work: Callable[[Ledger], Awaitable[object]]) -> None:
    """The work meets a link that takes everything and answers nothing, gives up in time, and finds it healed."""
    async with StallingProxy(make_url(url).port or 5432) as proxy:
        ledger = Ledger(through(proxy, url), clock=lambda: START)
        await ledger.open()
        proxy.stalls_on = stalls_on
        started = time.monotonic()
        with pytest.raises(LedgerUnreachable, match="no answer within 8 s") as caught:
            await work(ledger)
        assert time.monotonic() - started < 10
        assert "S3cr3t-pw" not in str(caught.value)
        proxy.heal()
        await work(ledger)
        await ledger.close()


async def expect_no_opening(url: str) -> None:
    """Connecting has its limit too."""
    async with StallingProxy(make_url(url).port or 5432) as proxy:
        proxy.stall()
        started = time.monotonic()
        with pytest.raises(LedgerUnreachable, match=r"postgresql\S+://postgres:\*\*\*@127.0.0.1"):
            await Ledger(through(proxy, url)).open()
        assert time.monotonic() - started < 10


async def test_h9_silence_is_an_error_within_ten_seconds(postgres_url: str) -> None:
    """In a query, in a commit and in connecting a server that says nothing is given up, and used once it speaks."""
    await asyncio.gather(
        expect_silence(postgres_url, b"SELECT", lambda ledger: ledger.counts()),
        expect_silence(postgres_url, b"COMMIT", lambda ledger: ledger.put_channels([ChannelHealth(name="desk")])),
        expect_no_opening(postgres_url),
    )


async def test_a_cancelled_task_frees_its_connection(remote: Ledger) -> None:
    """Tasks cancelled at any moment leave a ledger that works."""
    for wait in range(20):
        task = asyncio.create_task(remote.history())
        await asyncio.sleep(wait / 4000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await hand_over(remote, make_entry())
    assert len(await claim_all(remote)) == 1


async def test_a_lock_held_by_others_is_waited_for(postgres_url: str) -> None:
    """A transaction that meets a long one passes once that has ended."""
    ledger = Ledger(postgres_url, clock=lambda: START)
    await ledger.open()
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE notice IN ACCESS EXCLUSIVE MODE")
        task = asyncio.create_task(hand_over(ledger, make_entry()))
        await until(lambda: is_lock_awaited(other), "somebody waits for the lock")
        assert not task.done()
        other.rollback()
        await task
    await ledger.close()


def is_lock_awaited(connection: psycopg.Connection) -> bool:
    """Whether any transaction of the server waits for a lock."""
    return connection.execute("SELECT FROM pg_locks WHERE NOT granted").fetchone() is not None


async def test_a_claim_whose_answer_was_lost_is_found_again(remote: Ledger, proxy: StallingProxy) -> None:
    """The repeated claim hands out what the first one took, and no lease has to run out."""
    await hand_over(remote, make_entry())
    proxy.loses_answer_to = b"COMMIT"
    [claim] = await claim_all(remote)
    assert claim.attempt == 1
    assert await remote.record([ended(claim, State.DELIVERED)]) == []


async def test_a_result_whose_answer_was_lost_is_no_lost_lease(remote: Ledger, proxy: StallingProxy) -> None:
    """What the first run has written, the second finds written, once."""
    await hand_over(remote, make_entry())
    [claim] = await claim_all(remote)
    proxy.loses_answer_to = b"COMMIT"
    assert await remote.record([ended(claim, State.DELIVERED)]) == []
    [told] = await remote.history()
    assert len(told.attempts) == 1


async def test_an_action_whose_answer_was_lost_is_kept_once(remote: Ledger, proxy: StallingProxy) -> None:
    """A person who acknowledges once has acknowledged once."""
    await hand_over(remote, make_entry())
    proxy.loses_answer_to = b"COMMIT"
    written = await remote.act(make_action(), ends=True, ends_leads=True)
    assert await remote.actions() == [written]


async def test_a_busy_file_is_waited_for(tmp_path: Path) -> None:
    """A writer of another process holds the file for longer than one try waits, and the hand-over passes after it."""
    ledger = Ledger(f"sqlite:///{tmp_path}/alerter.db", exclusive=True)
    await ledger.open()
    other = sqlite3.connect(tmp_path / "alerter.db", check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    timer = threading.Timer(2.0, other.rollback)
    timer.start()
    await hand_over(ledger, make_entry())
    timer.join()
    other.close()
    assert len(await claim_all(ledger)) == 1
    await ledger.close()


async def test_a_password_in_the_query_is_in_no_error() -> None:
    """A password may stand in the URL in more than one way."""
    with pytest.raises(LedgerUnwritable) as caught:
        await Ledger("postgresql://alerter@127.0.0.1:1/none?password=S3cr3t-pw").open()
    assert "S3cr3t-pw" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "nobody-here"},
        {"database": "not_there"},
        {"query": {"no_such_option": "1"}},
        {"query": {"sslmode": "sometimes"}},
        {"query": {"connect_timeout": "soon"}},
        {"query": {"options": "-cno_such_setting=1"}},
        {"query": {"sslmode": "require"}},
    ],
)
async def test_what_the_url_has_wrong_is_no_outage(postgres_url: str, wrong: dict[str, Any]) -> None:
    """A server that refuses for good is told from one that is away, and no password is named."""
    url = make_url(postgres_url).set(**{"password": "S3cr3t-pw", **wrong})
    with pytest.raises(LedgerUnwritable, match="cannot use the ledger") as caught:
        await Ledger(url.render_as_string(hide_password=False)).open()
    assert (type(caught.value), "S3cr3t-pw" in str(caught.value)) == (LedgerUnwritable, False)


@pytest.mark.parametrize("place", ["127.0.0.1:1", "no-such-host.invalid"])
async def test_a_server_that_is_away_is_an_outage(place: str) -> None:
    """No answer and no address are what waiting may mend."""
    with pytest.raises(LedgerUnreachable):
        await Ledger(f"postgresql://alerter@{place}/alerter").open()


@pytest.mark.parametrize(
    "form", ["{user}@127.0.0.1:1,127.0.0.1:{port}/{name}?", "{user}@/{name}?host=127.0.0.1:1&host=127.0.0.1:{port}&"]
)
async def test_of_several_hosts_the_one_that_serves_is_used(postgres_url: str, form: str) -> None:
    """Written as PostgreSQL itself writes them, or as SQLAlchemy does."""
    own = make_url(postgres_url)
    place = form.format(user=own.username, port=own.port, name=own.database)
    ledger = Ledger(f"postgresql://{place}options={own.query['options']}")
    await ledger.open()
    assert await ledger.counts() == {}
    await ledger.close()


def test_pauses_grow_to_a_second_with_jitter() -> None:
    """Five further tries, each after 50 ms to 1 s."""
    tries = [list(pauses()) for _ in range(50)]
    assert {len(each) for each in tries} == {RETRY_COUNT}
    assert all(0.02 <= wait <= LONGEST_PAUSE for each in tries for wait in each)
    assert len({each[0] for each in tries}) > 1
