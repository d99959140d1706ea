"""The web server inside the daemon's own loop: no signal handlers, and an end within two seconds."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from email.utils import formatdate

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from alerter.web.listen import Listen

log = structlog.get_logger()

STOP_WITHIN = 2.0  # seconds
_BACKLOG = 128
_CONNECTION_LIMIT = 256  # a flood must not use up the file descriptors that sending needs


HEAD_WITHIN = 10.0  # seconds, after which a connection that has not asked anything, or no more, makes room for others


class WebServerError(Exception):
    """The address cannot be listened on; the message says which and why."""


class _State(ServerState):
    """What uvicorn's connections share; the date of an answer is that of its moment: nothing keeps it fresh."""

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"date", formatdate(usegmt=True).encode())]

    @default_headers.setter
    def default_headers(self, _: list[tuple[bytes, bytes]]) -> None:
        """It is never other than the above."""


class _Connection(H11Protocol):
    """uvicorn's connection, which that closes only where nothing at all comes after an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._limit = self.loop.call_later(HEAD_WITHIN, self._close_unasked)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._limit.cancel()
        if not self.transport.is_closing():
            self._limit = self.loop.call_later(HEAD_WITHIN, self._close_unasked)

    def connection_lost(self, exc: Exception | None) -> None:
        self._limit.cancel()
        super().connection_lost(exc)

    def _close_unasked(self) -> None:
        if not self.cycle or self.cycle.response_complete:
            self.transport.close()


class _Server(uvicorn.Server):
    """uvicorn's server, which leaves the signals alone, and waits where the original looks ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state = _State()
        self.serving = asyncio.Event()
        self._is_over = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    async def main_loop(self) -> None:
        await self._is_over.wait()

    def end(self) -> None:
        """Have it stop serving."""
        self.should_exit = True
        self._is_over.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves one application on one address; `port` is the one in use once started."""

    def __init__(self, app: ASGIApp, listen: Listen) -> None:
        self._listen = listen
        self._server = _Server(
            uvicorn.Config(
                app,
                http=_Connection,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                limit_concurrency=_CONNECTION_LIMIT,
                timeout_graceful_shutdown=1,
            )
        )
        self._sockets: list[socket.socket] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that is listened on; 0 before the start."""
        return int(self._sockets[0].getsockname()[1]) if self._sockets else 0

    async def start(self) -> None:
        """Listen and serve; raises WebServerError where the address cannot be had."""
        try:
            self._sockets = await asyncio.to_thread(_bind, self._listen)
        except OSError as error:
            raise WebServerError(
                f"cannot listen on {self._listen.host} port {self._listen.port}: {error.strerror or error}"
            ) from error
        self._task = asyncio.create_task(self._server.serve(sockets=self._sockets), name="web")
        await self._server.serving.wait()
        log.info("web.started", host=self._listen.host, port=self.port)

    async def stop(self) -> None:
        """Stop serving, within two seconds even with requests open; may be called more than once."""
        if self._task is None:
            return
        task, self._task = self._task, None
        self._server.end()
        done, _ = await asyncio.wait({task}, timeout=STOP_WITHIN)
        if not done:
            task.cancel()
            await asyncio.wait({task}, timeout=STOP_WITHIN)
        for one in self._sockets:
            one.close()
        self._sockets = []
        log.info("web.stopped")


def _bind(listen: Listen) -> list[socket.socket]:
    """A listening socket for each address the host stands for; all on one port."""
    found = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            port = sockets[0].getsockname()[1] if sockets else listen.port
            sockets.append(_listen_on(family, (address[0], port, *address[2:])))
    except OSError:
        for one in sockets:
            one.close()
        raise
    return sockets


def _listen_on(family: int, address: tuple[object, ...]) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
        one.listen(_BACKLOG)
        one.setblocking(False)
    except OSError:
        one.close()
        raise
    return one
