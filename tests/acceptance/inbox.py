"""What arrived at the receivers of a case, whatever protocol they speak."""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, Protocol

from standardwebhooks import Webhook

from tests.acceptance.waiting import until
from tests.servers import MailServer, Receiver, Reply, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message at one receiver.

    `id` is the notice's id, empty where the protocol carries none; then `words` identify it. `was_refused` where
    the receiver clearly said no. `at` is when it came, by the receiver's clock; None where nobody looked. `sent_at` is
    when it says it was sent, in Unix seconds, and `about` its channel and kind, where it says so. `content` is all of
    it as it came.
    """

    channel: str
    id: str = ""
    words: str = ""
    was_refused: bool = False
    at: datetime | None = None
    sent_at: int = 0
    about: str = ""
    content: bytes = b""


class Inbox(Protocol):
    """A receiver of one channel."""

    def arrivals(self) -> list[Arrival]:
        """Everything that came, in order."""


@dataclass(slots=True)
class HttpInbox:
    """A receiver of webhooks, or one that answers as Slack does; `clock` is what the sender's shows at our instant.

    With `secret` every webhook has to be signed with it.
    """

    channel: str
    receiver: Receiver
    is_slack: bool = False
    secret: str | None = None
    replies: list[Reply] = field(default_factory=list)
    clock: Callable[[datetime], datetime] = lambda at: at

    def answer(self, *replies: Reply) -> None:
        """Give these answers to the next requests, in turn; then yes to all."""
        self.replies += [Reply()] * (len(self.receiver.requests) - len(self.replies))
        self.replies += replies
        self.receiver.answer(*replies)

    def answer_well(self) -> None:
        """Say yes from now on, whatever was still to be answered."""
        self.receiver.script.clear()
        del self.replies[len(self.receiver.requests) :]

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return self.receiver.port

    @property
    def requests(self) -> Sequence[Request]:
        """All requests, in order of arrival."""
        return self.receiver.requests

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """Their JSON bodies."""
        return [json.loads(request.body) for request in self.requests]

    async def until(self, count: int, *, within: float = 20.0) -> None:
        """Wait until that many requests have come."""
        await until(lambda: len(self.requests) >= count, f"{count} requests to {self.channel}", within=within)

    async def until_all(self, count: int, *, within: float = 20.0) -> None:
        """Wait until so many different notices have been accepted."""
        what = f"{count} notices at {self.channel}"
        await until(
            lambda: len({one.id for one in self.arrivals() if not one.was_refused}) >= count, what, within=within
        )

    def arrivals(self) -> list[Arrival]:
        """Everything that came, in order."""
        return [self._arrival(number, request) for number, request in enumerate(self.requests)]

    def unsigned(self) -> list[str]:
        """The ids of webhooks whose signature is not that of `secret` over exactly what came."""
        return [
            request.headers["webhook-id"]
            for request in self.requests
            if self.secret is not None and request.headers.get("webhook-signature") != _signature(self.secret, request)
        ]

    def _arrival(self, number: int, request: Request) -> Arrival:
        reply = self.replies[number] if number < len(self.replies) else Reply()
        body = json.loads(request.body)
        said_no = reply.status >= 300 or (self.is_slack and reply.body != b"ok")
        return Arrival(
            channel=self.channel,
            id=request.headers.get("webhook-id", ""),
            words=str(body.get("text", "")),
            was_refused=said_no and reply.ending == "keep",
            at=self.clock(request.at),
            about=f"{self.channel} - {body['type']}" if "type" in body else "",
            sent_at=int(request.headers.get("webhook-timestamp", "0")),
            content=request.body,
        )


@dataclass(slots=True)
class MailInbox:
    """A mail server."""

    channel: str
    server: MailServer

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return self.server.port

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails, parsed."""
        return [_parse(mail.content) for mail in self.server.mails]

    async def until(self, count: int, *, within: float = 20.0) -> None:
        """Wait until that many mails have come."""
        await until(lambda: len(self.server.mails) >= count, f"{count} mails to {self.channel}", within=within)

    def arrivals(self) -> list[Arrival]:
        """Everything that came, in order."""
        return [Arrival(channel=self.channel, id=_notice_id(mail), content=mail.as_bytes()) for mail in self.mails]


def _signature(secret: str, request: Request) -> str:
    at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(request.headers["webhook-id"], at, request.body.decode())


def _parse(content: bytes) -> EmailMessage:
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _notice_id(mail: EmailMessage) -> str:
    found = re.match(r"<(ntc_[a-z2-7]{26})@", str(mail["Message-ID"]))
    assert found is not None
    return found[1]


def console_arrivals(printed: str) -> list[Arrival]:
    """The blocks that console channels wrote to a standard output."""
    blocks = re.split(r"(?m)^--- ", printed)[1:]
    return [Arrival(channel=block.split("\n")[0].rpartition(" · ")[2], words=block) for block in blocks]
