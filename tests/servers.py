"""Real servers on loopback sockets for tests: an HTTP receiver and a mail server that answer by script.

The receiver speaks raw bytes, because frameworks hide what malformed answers look like.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as received, `at` by the receiver's clock."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


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
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
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
                self.arrived.set()
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


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as a server took it."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass(slots=True)
class MailServer:
    """A running mail server. `rcpt` and `data` script its answers, by recipient and in turn."""

    port: int = 0
    host: str = "localhost"
    rcpt: dict[str, str] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    password: str = "right"
    mails: list[Mail] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer by script; yes to whom the script does not name."""
        self.asked.append(address)
        if (answer := self.rcpt.get(address)) is not None:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the mail, or answer by script; `drop` closes the connection without an answer."""
        answer = self.data.pop(0) if self.data else "250 2.0.0 queued"
        content = envelope.original_content or b""
        if answer.startswith("250") or answer == "drop":
            self.mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        if answer == "drop":
            transport = server.transport
            if transport is not None:
                transport.close()
            await asyncio.Event().wait()
        return answer

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        """Let in who has the password."""
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() == self.password, handled=False)


@asynccontextmanager
async def mail_server(
    context: ssl.SSLContext | None = None, *, is_tls_from_start: bool = False, **options: Any
) -> AsyncIterator[MailServer]:
    """A mail server on a free port of 127.0.0.1; `context` lets it offer STARTTLS, or speak TLS at once."""
    mail = MailServer()
    upgrade = None if is_tls_from_start else context
    settings = {"hostname": "mail.test", "authenticator": mail.authenticate, "loop": asyncio.get_running_loop()}
    protocols: list[SMTP] = []

    def protocol() -> SMTP:
        made = SMTP(mail, tls_context=upgrade, **{**settings, **options})
        protocols.append(made)
        return made

    secure = context if is_tls_from_start else None
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=secure)
    mail.port = server.sockets[0].getsockname()[1]
    try:
        yield mail
    finally:
        server.close()
        for made in protocols:
            await _end(made)


async def _end(protocol: SMTP) -> None:
    if isinstance(protocol.transport, asyncio.WriteTransport):
        protocol.transport.abort()
    handler = getattr(protocol, "_handler_coroutine", None)
    if isinstance(handler, asyncio.Task):
        handler.cancel()
        await asyncio.gather(handler, return_exceptions=True)


@asynccontextmanager
async def scripted_server(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """A server that speaks whatever `serve` writes; gives its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def free_port() -> int:
    """A port on loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
