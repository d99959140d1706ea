"""A lean HTTP receiver in a process of its own: `python -m tests.benchmarks.receiver`.

It notes when which message came (the header `webhook-id`) and answers as the path says: `/fast`, `/slow/MS`
and `/hang` (never, and nothing is noted).
`GET /count` and `GET /receipts` ask it what it has; `GET /forget` lets it begin anew. It prints its port.
"""

from __future__ import annotations

import asyncio
import json
import time

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
ID = b"webhook-id: "
LENGTH = b"content-length: "


class Receiver:
    """What came, as (seconds since 1970, id), in the order in which it came."""

    def __init__(self) -> None:
        self.receipts: list[tuple[float, str]] = []

    def take(self, head: bytes, lowered: bytes) -> tuple[bytes, float | None]:
        """The answer, and after how many seconds it goes (None: never)."""
        path = head[head.index(b" ") + 1 : head.index(b" ", 5)].decode()
        if head.startswith(b"GET"):
            return _answer(self._asked(path)), 0.0
        if path.startswith("/hang"):
            return b"", None
        start = lowered.find(ID)
        name = head[start + len(ID) : head.find(b"\r", start)].decode() if start >= 0 else ""
        self.receipts.append((time.time(), name))
        return OK, int(path.split("/")[2]) / 1000 if path.startswith("/slow/") else 0.0

    def _asked(self, path: str) -> object:
        if path == "/receipts":
            return self.receipts
        if path == "/forget":
            self.receipts = []
        return len(self.receipts)


class Connection(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[: end + 2]
            lowered = head.lower()
            size = end + 4 + _length(lowered)
            if len(self._buffer) < size:
                return
            self._buffer = self._buffer[size:]
            self._reply(*self._receiver.take(head, lowered))

    def _reply(self, answer: bytes, after: float | None) -> None:
        if after == 0.0:
            self._write(answer)
        elif after is not None:
            asyncio.get_running_loop().call_later(after, self._write, answer)

    def _write(self, answer: bytes) -> None:
        if self._transport is not None:
            self._transport.write(answer)


def _length(lowered: bytes) -> int:
    start = lowered.find(LENGTH)
    return int(lowered[start + len(LENGTH) : lowered.index(b"\r", start)]) if start >= 0 else 0


def _answer(value: object) -> bytes:
    body = json.dumps(value).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


async def serve() -> None:
    """Listen on a free port of 127.0.0.1 until the process is ended."""
    receiver = Receiver()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(receiver), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - who started it reads it
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
