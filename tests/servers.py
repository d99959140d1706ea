"""Real servers on loopback sockets for tests: a raw HTTP receiver that answers by script.

Raw bytes and not a framework, because frameworks hide what malformed answers look like.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """One request as received."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One scripted answer.

    `raw` is sent instead of status, headers and body; `delay` is seconds before the answer. `ending` is `keep`
    (keep-alive), `close`, `reset` (RST without an answer), `hang` (no answer until the receiver closes), `trickle`
    (headers, then a byte of body now and then).
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b"ok"
    raw: bytes | None = None
    delay: float = 0.0
    ending: str = "keep"


@dataclass(slots=True)
class Receiver:
    """A running receiver: `requests` in order of arrival, `script` of answers still to give, then `default`."""

    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"
    default: Reply = field(default_factory=Reply)
    script: list[Reply] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    connection_count: int = 0
    open_count: int = 0

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"{self.scheme}://{self.host}:{self.port}"

    def answer(self, *replies: Reply) -> None:
        """Append answers to the script."""
        self.script.extend(replies)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        self.connection_count += 1
        self.open_count += 1
        try:
            while (request := await _read_request(reader)) is not None:
                self.requests.append(request)
                reply = self.script.pop(0) if self.script else self.default
                if not await _answer(writer, reply):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            return
        finally:
            self.open_count -= 1
            writer.close()


@asynccontextmanager
async def http_receiver(context: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver on a free port of 127.0.0.1, gone at the end with all its connections."""
    receiver = Receiver(scheme="https" if context else "http", host="localhost" if context else "127.0.0.1")
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await receiver.serve(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
    if not head:
        return None
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body)


async def _answer(writer: asyncio.StreamWriter, reply: Reply) -> bool:
    await asyncio.sleep(reply.delay)
    if reply.ending == "hang":
        await asyncio.Event().wait()
    if reply.ending == "reset":
        _reset(writer)
        return False
    writer.write(_encode(reply))
    await writer.drain()
    while reply.ending == "trickle":
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)
    return reply.ending == "keep"


def _encode(reply: Reply) -> bytes:
    if reply.raw is not None:
        return reply.raw
    length = 1_000_000 if reply.ending == "trickle" else len(reply.body)
    headers = [("content-length", str(length)), *reply.headers]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {reply.status} Scripted\r\n{head}\r\n".encode() + reply.body


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
