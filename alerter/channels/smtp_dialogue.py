"""One conversation with a mail server: what was agreed on encryption is kept, and progress is noted as it is made.

Whatever breaks it off is raised as it comes; the progress says what had been reached by then.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiosmtplib

from alerter.channels.dialling import dial
from alerter.channels.smtp_answers import Stage, Verdict, judge_answer, judge_recipient

QUIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to connect and how; `tls` is None only where nothing is to be encrypted.

    `limit` is seconds from connecting to the end of the mail's text, `answer_limit` for the answer to it.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None
    is_tls_from_start: bool
    login: tuple[str, str] | None
    limit: float
    answer_limit: float


@dataclass(slots=True, kw_only=True)
class Progress:
    """What one attempt has reached: recipients accepted, refused for good, or to be tried again, with the answers."""

    stage: Stage = Stage.CONNECTING
    is_content_sent: bool = False
    accepted: list[str] = field(default_factory=list)
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    waiting: dict[str, tuple[int, str]] = field(default_factory=dict)
    needs_person: bool = False
    answer: str = ""


async def converse(
    server: Server, sender: str, recipients: Sequence[str], contents: Sequence[bytes], progress: Progress
) -> None:
    """Send the first of `contents`, or the next if the server finds it too big, to whom the server takes."""
    client = _client(server)
    try:
        async with asyncio.timeout(server.limit):
            await _connect(client, server, progress)
        for content in contents:
            async with asyncio.timeout(server.limit):
                taken = await _address(client, sender, recipients, progress)
            if not taken:
                break
            if await _deliver(client, server, content, progress, is_last=content is contents[-1]):
                progress.accepted.extend(taken)
                break
        await _part(client)
    finally:
        client.close()


def _client(server: Server) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=server.host,
        use_tls=server.is_tls_from_start,
        start_tls=False,  # done by hand, and never left to what the server offers
        tls_context=server.tls,
        timeout=server.limit,
        local_hostname=_own_name(),
    )


async def _connect(client: aiosmtplib.SMTP, server: Server, progress: Progress) -> None:
    await client.connect(sock=await dial(server.host, server.port))
    if server.tls is not None and not server.is_tls_from_start:
        progress.stage = Stage.SECURING
        await client.starttls()
    if server.login is not None:
        progress.stage = Stage.LOGGING_IN
        await client.login(*server.login)
    progress.stage = Stage.SENDER
    await client.ehlo()


async def _address(client: aiosmtplib.SMTP, sender: str, recipients: Sequence[str], progress: Progress) -> list[str]:
    """Name sender and recipients; gives those that the server takes."""
    progress.stage = Stage.SENDER
    progress.waiting.clear()
    needs_utf8 = not all(address.isascii() for address in (sender, *recipients))
    encoding = "utf-8" if needs_utf8 and client.supports_extension("smtputf8") else "ascii"
    options = ["SMTPUTF8"] if encoding == "utf-8" else []
    await client.mail(sender, options=options, encoding=encoding)
    progress.stage = Stage.RECIPIENTS
    taken = [
        address
        for address in recipients
        if address not in progress.refused and await _is_taken(client, address, encoding, progress)
    ]
    progress.stage = Stage.CONTENT
    return taken


async def _is_taken(client: aiosmtplib.SMTP, address: str, encoding: str, progress: Progress) -> bool:
    if encoding == "ascii" and not address.isascii():
        progress.refused[address] = (553, "the server takes no international addresses (SMTPUTF8)")
        return False
    try:
        await client.rcpt(address, encoding=encoding)
    except aiosmtplib.SMTPRecipientRefused as error:
        if 200 <= error.code < 300:  # the library knows 250 and 251
            return True
        verdict = judge_recipient(error.code, error.message)
        kept = progress.refused if verdict is Verdict.NEVER else progress.waiting
        kept[address] = (error.code, error.message)
        progress.needs_person |= verdict is Verdict.NEEDS_PERSON
        return False
    return True


async def _deliver(
    client: aiosmtplib.SMTP, server: Server, content: bytes, progress: Progress, *, is_last: bool
) -> bool:
    """Send the mail; False where the server finds it too big and a smaller one is left."""
    progress.is_content_sent = True
    try:
        async with asyncio.timeout(server.answer_limit):
            progress.answer = (await client.data(content, timeout=None)).message
    except aiosmtplib.SMTPResponseException as error:
        progress.is_content_sent = False
        if is_last or judge_answer(Stage.CONTENT, error.code, error.message) is not Verdict.TOO_BIG:
            raise
        await client.rset()
        return False
    return True


async def _part(client: aiosmtplib.SMTP) -> None:
    # The mail is in the server's hands: whatever happens now changes nothing.
    try:
        async with asyncio.timeout(QUIT_SECONDS):
            await client.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        return


def _own_name() -> str:
    # Without asking DNS, which may be what is broken.
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9.-]{1,253}", name) else "localhost"
