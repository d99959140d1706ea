"""A TCP proxy that can fall silent: it goes on taking what is sent, and passes nothing on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self


class StallingProxy:
    """Passes connections on to a local port until told to stall, or to break them."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._flows = asyncio.Event()
        self._flows.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._awaits_answer = False
        self.port = 0
        self.stalls_on = b""
        """Fall silent as soon as a client sends this."""
        self.loses_answer_to = b""
        """Pass this on once, and break all connections when the answer comes."""
        self.heard: Callable[[], Awaitable[None]] | None = None
        """Called whenever something of a client's has been passed on."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()
        self.break_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_silent(self) -> bool:
        """Whether it passes nothing on."""
        return not self._flows.is_set()

    def stall(self) -> None:
        """Pass nothing on from now on."""
        self._flows.clear()

    def heal(self) -> None:
        """Pass on again, what was kept back too."""
        self.stalls_on = b""
        self._flows.set()

    def break_all(self) -> None:
        """Reset every connection there is."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers.add(up_writer)
        for source, sink in ((reader, up_writer), (up_reader, writer)):
            task = asyncio.create_task(self._pass_on(source, sink, is_client=source is reader))
            self._tasks.add(task)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_client: bool) -> None:
        try:
            while data := await source.read(65536):
                if self._is_lost(data, is_client=is_client):
                    self.break_all()
                    return
                if is_client and self.stalls_on and self.stalls_on in data:
                    self.stall()
                await self._flows.wait()
                sink.write(data)
                await sink.drain()
                if is_client and self.heard is not None:
                    await self.heard()
        except ConnectionError:
            pass  # broken on purpose, or by the other side
        finally:
            sink.close()

    def _is_lost(self, data: bytes, *, is_client: bool) -> bool:
        """Whether this is the answer that is not to arrive."""
        if is_client and self.loses_answer_to and self.loses_answer_to in data:
            self._awaits_answer, self.loses_answer_to = True, b""
            return False
        is_lost = self._awaits_answer and not is_client
        self._awaits_answer = self._awaits_answer and not is_lost
        return is_lost
