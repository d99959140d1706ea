"""Sending over HTTP: the one module that imports httpx, over aiohttp's transport.

One total time limit per attempt; no redirects, cookies, proxies or settings of the environment; answers are read to
16 KiB unless told otherwise and never decompressed; the connected address is judged. Nothing here logs, so no address
can leak.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any

import aiohttp
import httpx
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from httpx_aiohttp import AiohttpTransport

from alerter import __version__
from alerter.channels.classify import Failing
from alerter.channels.dialling import ForbiddenAddressError, make_socket
from alerter.channels.http_answer import LIMIT, Answer, Failure

BODY_LIMIT_FOR = timedelta(seconds=5)
CONNECT_SECONDS = 5.0
BODY_LIMIT = 16 * 1024
CHUNK = 64 * 1024
KEEP_SECONDS = 4.0
"""How long an idle connection is kept: shorter than servers do, so that none is used while it is being closed."""

__all__ = ["LIMIT", "Answer", "Failure", "ForbiddenAddressError", "Http"]

_HEADER_ENCODING = "utf-8"
"""Of what a header says beyond ASCII; aiohttp writes no other."""

_USER_AGENT = f"alerter/{__version__}"
_TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For the transport, which wants a context though it is given a client that has one."""


@dataclass(slots=True)
class _Exchange:
    """How far one attempt has come: whether anything of the request was written, and what was answered so far."""

    is_written: bool = False
    response: httpx.Response | None = None
    body: bytearray = field(default_factory=bytearray)
    most_bytes: int = BODY_LIMIT

    def answer(self, response: httpx.Response, *, is_whole: bool) -> Answer:
        """What there is of the answer: once its headers are here the status stands."""
        content = bytes(self.body[: self.most_bytes])
        return Answer(status=response.status_code, headers=response.headers, body=content, is_whole=is_whole)


_exchange: ContextVar[_Exchange] = ContextVar("exchange")


@dataclass(slots=True)
class Http:
    """A client for one channel; `limit` bounds each attempt as a whole, `body_limit` the reading of a body.

    `most_bytes` of a body are read. `verify` says whose certificates are good, where it is not those whom the system
    trusts.
    """

    limit: timedelta = LIMIT
    body_limit: timedelta = BODY_LIMIT_FOR
    most_bytes: int = BODY_LIMIT
    verify: ssl.SSLContext | None = None
    _transport: AiohttpTransport | None = field(default=None, init=False)

    async def open(self) -> None:
        """Make the client ready; done by the first `post` otherwise."""
        self._ready()

    async def post(
        self, url: str, headers: Mapping[str, str], content: bytes, *, within: float | None = None
    ) -> Answer | Failure:
        """One POST, `within` seconds where that is less than the limit.

        Never raises but when cancelled, and then leaks no connection.
        """
        exchange = _Exchange(most_bytes=self.most_bytes)
        _exchange.set(exchange)
        seconds = min(self.limit.total_seconds(), within if within is not None else float("inf"))
        try:
            async with asyncio.timeout(seconds) as limit:
                exchange.response = await self._send(url, headers, content)
                _shorten(limit, self.body_limit)
                is_whole = await _read(exchange.response, exchange.body, self.most_bytes)
                return exchange.answer(exchange.response, is_whole=is_whole)
        except TimeoutError:
            if exchange.response is not None:
                return exchange.answer(exchange.response, is_whole=False)
            return Failure(failing=_sent_or_not(exchange), detail=f"no answer within {seconds:.3g} s")
        except Exception as error:  # noqa: BLE001 - the one catch-all of an attempt: it becomes its outcome
            return _explain(error, exchange)

    async def close(self) -> None:
        """Let go of all connections."""
        if self._transport is not None:
            await self._transport.aclose()
            self._transport = None

    def _ready(self) -> AiohttpTransport:
        if self._transport is None:
            self._transport = AiohttpTransport(verify=_TRUSTS_NOBODY, client=lambda: _session(self.verify))
        return self._transport

    async def _send(self, url: str, headers: Mapping[str, str], content: bytes) -> httpx.Response:
        request = _request(url, {"content-length": str(len(content)), **headers}, content)
        await asyncio.sleep(0)  # lets the loop see first which idle connections have been closed meanwhile
        return await self._ready().handle_async_request(request)


def _shorten(limit: asyncio.Timeout, body_limit: timedelta) -> None:
    """Wait no longer than that for what follows the headers."""
    ends = asyncio.get_running_loop().time() + body_limit.total_seconds()
    limit.reschedule(min(ends, limit.when() or ends))


def _request(url: str, headers: Mapping[str, str], content: bytes) -> httpx.Request:
    # With a stream the request comes as it is, not looked over for what may be missing: it is all there.
    stream = httpx.ByteStream(content) if len(content) <= CHUNK else _Chunks(content)
    encoded = httpx.Headers({**_DEFAULT_HEADERS, **headers}, encoding=_HEADER_ENCODING)
    request = httpx.Request("POST", _parsed(url), headers=encoded, stream=stream)
    request.headers.encoding = _HEADER_ENCODING  # as it has just encoded them
    request.extensions = {"timeout": {"connect": CONNECT_SECONDS}}
    if isinstance(stream, httpx.ByteStream):
        request.read()
    return request


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    # A channel posts to the same address every time.
    return httpx.URL(url)


class _Chunks(httpx.AsyncByteStream):
    """Much content, in pieces: a megabyte in one would hold up the loop."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), CHUNK):
            yield self._content[start : start + CHUNK]


async def _read(response: httpx.Response, body: bytearray, most_bytes: int) -> bool:
    """Add what follows the headers to `body`, and let go of the response; whether that is all there was."""
    try:
        async for chunk in _stream_of(response):
            body += chunk
            if len(body) > most_bytes:
                return False
    except (TimeoutError, httpx.HTTPError, aiohttp.ClientError):
        return False
    finally:
        await _let_go(response)
    return True


async def _let_go(response: httpx.Response) -> None:
    try:
        await _stream_of(response).aclose()
    except (httpx.HTTPError, aiohttp.ClientError):
        return  # it broke while being closed, which is what was wanted


def _stream_of(response: httpx.Response) -> httpx.AsyncByteStream:
    # The bytes as they come; the response's own ways to read them lead through several more hands.
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 -- by the transport
    return response.stream


class _Protocol(ResponseHandler):
    """Takes the head of an answer apart from what follows it.

    The parser forgets a complete answer if the same bytes go on with something that is wrong, such as a body after 204.
    """

    def data_received(self, data: bytes) -> None:
        head, end, rest = data.partition(b"\r\n\r\n")
        super().data_received(head + end)
        if rest:
            super().data_received(rest)


class _Connector(aiohttp.TCPConnector):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        protocol: type[ResponseHandler] = _Protocol
        self._factory = partial(protocol, loop=asyncio.get_running_loop())

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp says how long
    ) -> Connection:
        """Once there is a connection the request is written to it at once."""
        connection = await super().connect(req, traces, timeout)
        if (exchange := _exchange.get(None)) is not None:
            exchange.is_written = True
        return connection


def _session(trusted: ssl.SSLContext | None) -> aiohttp.ClientSession:
    # aiohttp's own context trusts whom the system trusts, and is one for all: another for each channel would read
    # their certificates again, which takes 20 ms of the loop and 1 MB.
    connector = _Connector(ssl=trusted or True, limit=0, keepalive_timeout=KEEP_SECONDS, socket_factory=make_socket)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    )


def _sent_or_not(exchange: _Exchange) -> Failing:
    return Failing.LOST if exchange.is_written else Failing.UNREACHED


def _explain(error: Exception, exchange: _Exchange) -> Failure:
    for cause in _chain(error):
        for kind, failing, detail in _EXPLANATIONS:
            if isinstance(cause, kind):
                return Failure(failing=failing, detail=detail)
        if isinstance(cause, socket.gaierror):
            return _explain_look_up(cause)
    if exchange.is_written:
        return Failure(failing=Failing.LOST, detail=f"the answer was lost ({_name(error)})")
    if any(isinstance(cause, (OSError, httpx.TransportError, aiohttp.ClientError)) for cause in _chain(error)):
        return Failure(failing=Failing.UNREACHED, detail=f"not reached ({_name(error)})")
    return Failure(failing=Failing.BROKEN, detail=f"the request could not be made ({type(error).__name__})")


def _explain_look_up(error: socket.gaierror) -> Failure:
    if error.errno in (socket.EAI_NONAME, socket.EAI_FAIL, getattr(socket, "EAI_NODATA", None)):
        return Failure(failing=Failing.UNKNOWN_HOST, detail="the host name is not known")
    return Failure(failing=Failing.UNREACHED, detail="the host name could not be looked up")


def _name(error: Exception) -> str:
    return type(error.__cause__ or error).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        reason = getattr(error, "os_error", None)
        if isinstance(reason, OSError) and reason is not error:
            yield reason
        error = error.__cause__


_DEFAULT_HEADERS = {"user-agent": _USER_AGENT, "accept": "*/*", "accept-encoding": "identity"}
_EXPLANATIONS: tuple[tuple[type[BaseException], Failing, str], ...] = (
    (ForbiddenAddressError, Failing.FORBIDDEN, "link-local and metadata addresses are not connected to"),
    (httpx.InvalidURL, Failing.FORBIDDEN, "the address is not valid"),
    (httpx.UnsupportedProtocol, Failing.FORBIDDEN, "the address is not valid"),
    (ssl.SSLCertVerificationError, Failing.BAD_CERTIFICATE, "the certificate could not be verified"),
    (aiohttp.ClientConnectorCertificateError, Failing.BAD_CERTIFICATE, "the certificate could not be verified"),
)
