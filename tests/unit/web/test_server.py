"""The web server on real sockets."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from alerter.web.listen import Listen
from alerter.web.metrics import Metrics
from alerter.web.probes import make_app
from alerter.web.request.reading import read_body
from alerter.web.server import WebServer, WebServerError
from tests.unit.web.daemon_state import State


async def get(host: str, port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
async def test_it_serves_on_any_free_port(host: str) -> None:
    """Port 0 means any; the one in use is known after the start."""
    server = WebServer(make_app(State(), Metrics()), Listen(host, 0))
    await server.start()
    try:
        assert b'{"status":"ok"' in await get(host, server.port, "/livez")
    finally:
        await server.stop()


async def test_a_client_that_goes_away_halfway_is_no_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever hangs up while sending gets no answer, and the log no traceback."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def take(request: Request) -> Response:
        begun.set()
        try:
            return Response(await read_body(request))
        finally:
            ended.set()

    server = WebServer(make_app(State(), Metrics(), [Route("/", take, methods=["POST"])]), Listen("127.0.0.1", 0))
    await server.start()
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nby=Ana")
        await begun.wait()
        writer.close()
        await ended.wait()
    finally:
        await server.stop()
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_who_connects_and_asks_nothing_makes_room_and_who_waits_for_an_answer_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Half a first line is nothing."""
    monkeypatch.setattr("alerter.web.server.HEAD_WITHIN", 0.2)
    asked, released = asyncio.Event(), asyncio.Event()

    async def take(_: Request) -> Response:
        asked.set()
        await released.wait()
        return Response("at last")

    server = WebServer(make_app(State(), Metrics(), [Route("/", take)]), Listen("127.0.0.1", 0))
    await server.start()
    try:
        patient = asyncio.create_task(get("127.0.0.1", server.port, "/"))
        await asked.wait()
        for words in (b"", b"GET / HT"):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(words)
            assert await asyncio.wait_for(reader.read(), 10.0) == b""
            writer.close()
            await writer.wait_closed()
        released.set()
        assert (await patient).endswith(b"at last")
    finally:
        await server.stop()


@pytest.mark.parametrize("rest", [b"", b"G", b"GET / HT"])
async def test_who_has_an_answer_and_asks_no_more_makes_room(monkeypatch: pytest.MonkeyPatch, rest: bytes) -> None:
    """A second request that never comes to the end of its head holds no place."""
    monkeypatch.setattr("alerter.web.server.HEAD_WITHIN", 0.2)
    server = WebServer(make_app(State(), Metrics()), Listen("127.0.0.1", 0))
    await server.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.write(rest)
        await asyncio.wait_for(reader.read(), 4.0)  # uvicorn itself waits for 5 s
        writer.close()
        await writer.wait_closed()
    finally:
        await server.stop()


async def test_a_body_that_does_not_come_to_its_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is answered as one that breaks off, and the connection closed."""
    monkeypatch.setattr("alerter.web.server.HEAD_WITHIN", 0.2)
    monkeypatch.setattr("alerter.web.request.reading.BODY_WITHIN", 0.2)

    async def take(request: Request) -> Response:
        return Response(await read_body(request))

    server = WebServer(make_app(State(), Metrics(), [Route("/", take, methods=["POST"])]), Listen("127.0.0.1", 0))
    await server.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nby=Ana")
        answer = await asyncio.wait_for(reader.read(), 10.0)
        assert answer.startswith(b"HTTP/1.1 400")
        writer.close()
        await writer.wait_closed()
    finally:
        await server.stop()


async def test_it_leaves_signals_alone() -> None:
    """The daemon's own handlers stay in place while it serves."""
    before = [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)]
    server = WebServer(make_app(State(), Metrics()), Listen("127.0.0.1", 0))
    await server.start()
    try:
        assert before == [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)]
    finally:
        await server.stop()


async def test_it_stops_within_two_seconds_with_requests_open() -> None:
    """Neither an idle connection nor a request that never ends holds up the stop."""
    entered = asyncio.Event()

    async def hang(scope: Scope, receive: Receive, send: Send) -> None:
        entered.set()
        await asyncio.Event().wait()

    server = WebServer(hang, Listen("127.0.0.1", 0))
    await server.start()
    idle = await asyncio.open_connection("127.0.0.1", server.port)
    hung = await asyncio.open_connection("127.0.0.1", server.port)
    hung[1].write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await entered.wait()
    started = time.monotonic()
    await server.stop()
    took = time.monotonic() - started
    for _, writer in (idle, hung):
        writer.close()
    assert took < 2.5


async def test_a_taken_address_is_a_clear_error() -> None:
    """The message names host, port and reason."""
    first = WebServer(make_app(State(), Metrics()), Listen("127.0.0.1", 0))
    await first.start()
    try:
        second = WebServer(make_app(State(), Metrics()), Listen("127.0.0.1", first.port))
        with pytest.raises(WebServerError, match=rf"127\.0\.0\.1 port {first.port}: .*in use"):
            await second.start()
        assert second.port == 0
    finally:
        await first.stop()


async def test_stopping_twice_or_before_the_start_is_harmless() -> None:
    """A daemon that fails while starting may stop everything without asking what had started."""
    server = WebServer(make_app(State(), Metrics()), Listen("127.0.0.1", 0))
    await server.stop()
    await server.start()
    await server.stop()
    await server.stop()
    assert server.port == 0


async def test_answers_bear_the_date_of_their_moment() -> None:
    """Nothing ticks to keep a date fresh, and none is stale."""
    server = WebServer(make_app(State(), Metrics()), Listen("127.0.0.1", 0))
    await server.start()
    try:
        earliest = datetime.now(UTC).replace(microsecond=0)
        head, _, _ = (await get("127.0.0.1", server.port, "/livez")).partition(b"\r\n\r\n")
        dates = [line.partition(b": ")[2] for line in head.splitlines() if line.lower().startswith(b"date:")]
        assert len(dates) == 1
        assert earliest <= parsedate_to_datetime(dates[0].decode()) <= datetime.now(UTC)
    finally:
        await server.stop()
