"""What every channel promises, held against each registered one with a real other side.

A new channel needs one entry in `SETTINGS` here; a registered type without one fails.
"""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from alerter.channels.port import Rendered, Sender
from alerter.channels.registry import Context, build, channel_types, registered
from alerter.channels.render import render_safely
from alerter.domain.messages.message import Message
from alerter.domain.notices.notice import Kind
from alerter.domain.notices.outcome import Delivered, Refused, Retry
from tests.messages import deadline, message, plain
from tests.servers import MailServer, Receiver, Reply, http_receiver, mail_server

CANARY = "CANARYSECRET123"
HOSTILE = (
    '<!channel> <@U1> <script>alert(1)</script> "onx=\r\nBcc: x@example.com'
    "\u2028[a](http://x) ]]> {{7*7}} \ud800 \x1b[2J"
)


@dataclass(frozen=True, slots=True)
class OtherSide:
    """All that a channel can send to: a receiver, a mail server, an output."""

    receiver: Receiver
    mail: MailServer
    out: io.StringIO

    @property
    def everything(self) -> str:
        """All that has come in, as text."""
        return "".join(
            [
                *(request.body.decode("utf-8", "strict") for request in self.receiver.requests),
                *(mail.content.decode("ascii", "strict") for mail in self.mail.mails),
                self.out.getvalue(),
            ]
        )


SETTINGS: dict[str, Callable[[OtherSide], dict[str, Any]]] = {
    "console": lambda other: {},
    "webhook": lambda other: {"url": f"{other.receiver.url}/{CANARY}?key={CANARY}", "secret": f"whsec_{'A' * 32}"},
    "slack": lambda other: {"url": f"{other.receiver.url}/services/T0/B0/{CANARY}"},
    "email": lambda other: {
        "to": ["ana@example.com"],
        "from": "desk@example.com",
        "smtp": {
            "host": "127.0.0.1",
            "port": other.mail.port,
            "security": "none",
            "username": "alerter",
            "password": CANARY,
        },
    },
    "apprise": lambda other: {"url": f"json://user:{CANARY}@127.0.0.1:{other.receiver.port}/{CANARY}"},
}


@pytest.fixture
async def other_side() -> AsyncIterator[OtherSide]:
    """Servers that say yes."""
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(http_receiver())
        mail = await stack.enter_async_context(mail_server(auth_require_tls=False))
        mail.password = CANARY
        out = stack.enter_context(closing(io.StringIO()))
        yield OtherSide(receiver, mail, out)


@asynccontextmanager
async def sender(kind: str, other: OtherSide, limit: float = 5.0) -> AsyncIterator[Sender]:
    """A sender of that kind for the other side, opened."""
    settings = channel_types()[kind].model_validate({"type": kind, **SETTINGS[kind](other)})
    made = build(settings, "ops", Context(limit=timedelta(seconds=limit), out=other.out))
    await made.open()
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture(params=sorted(registered()))
def kind(request: pytest.FixtureRequest) -> str:
    """Each registered type of channel."""
    return str(request.param)


def messages() -> list[Message]:
    """One message of each kind, with a deadline where it has one."""
    with_deadline = [message(kind=kind) for kind in Kind if kind.value.startswith("deadline.")]
    digest = [plain(Kind.DIGEST, title="monday"), plain(Kind.BUNDLE, items=(message(), message(id="ntc_2")))]
    return [*with_deadline, *digest, plain(Kind.TEST), plain(Kind.PROBLEM, title="Trouble", text="one\ntwo")]


async def test_message_of_each_kind_is_delivered(kind: str, other_side: OtherSide) -> None:
    """A message of every kind goes out once and is reported as delivered."""
    async with sender(kind, other_side) as made:
        outcomes = [await made.send(told, made.render(told)) for told in messages()]
    assert [type(outcome) for outcome in outcomes] == [Delivered] * len(outcomes)


async def test_what_is_left_alone_of_a_bundle_reads_as_it_would_by_itself(kind: str, other_side: OtherSide) -> None:
    """Subject and text are its own: they name the deadline and its date."""
    async with sender(kind, other_side) as made:
        left, alone = made.render(plain(Kind.BUNDLE, items=(message(),))), made.render(message())
    assert (left.subject, left.text) == (alone.subject, alone.text)


async def test_rendered_words_are_kept(kind: str, other_side: OtherSide) -> None:
    """What is rendered has a subject and a text for the ledger, and rendering again gives the same words."""
    async with sender(kind, other_side) as made:
        first, second = made.render(message()), made.render(message())
    assert first.subject
    assert first.text
    assert (first.subject, first.text) == (second.subject, second.text)


async def test_plain_words_are_delivered_where_rendering_failed(kind: str, other_side: OtherSide) -> None:
    """Without a body the channel sends subject and text."""
    async with sender(kind, other_side) as made:
        outcome = await made.send(message(), Rendered(subject="Plain subject", text="plain words"))
    assert isinstance(outcome, Delivered)
    assert "Plain" in other_side.everything


async def test_hostile_text_is_delivered_and_breaks_nothing(kind: str, other_side: OtherSide) -> None:
    """Marks of every format in every field of a deadline arrive as words, or not at all."""
    told = message(deadline=deadline(title=HOSTILE, note=HOSTILE, owner=HOSTILE, link=HOSTILE))
    async with sender(kind, other_side) as made:
        rendered, error = render_safely(made, told)
        outcome = await made.send(told, rendered)
    assert error is None
    assert isinstance(outcome, Delivered)
    assert "\x1b" not in other_side.everything
    assert "<!channel>" not in (other_side.everything if kind == "slack" else "")
    assert "\nBcc:" not in other_side.everything


async def test_a_megabyte_of_title_is_delivered(kind: str, other_side: OtherSide) -> None:
    """The longest text still goes out."""
    told = message(deadline=deadline(title="é&<x " * 200_000))
    async with sender(kind, other_side) as made:
        outcome = await made.send(told, made.render(told))
    assert isinstance(outcome, Delivered)


async def test_no_is_a_value_without_secrets(kind: str, other_side: OtherSide) -> None:
    """Whatever the other side answers, even with our own secrets in it, becomes an outcome that holds none."""
    echo = f"no: /{CANARY} {CANARY} key={CANARY}"
    other_side.mail.rcpt["ana@example.com"] = f"550 {echo}"
    other_side.out.close()
    async with sender(kind, other_side) as made:
        for status in (302, 400, 401, 404, 410, 429, 500, 503, 999):
            other_side.receiver.default = Reply(
                status=status, body=echo.encode(), headers=(("location", f"/{CANARY}"),)
            )
            outcome = await made.send(message(), made.render(message()))
            assert isinstance(outcome, (Retry, Refused))
            assert CANARY not in repr(outcome)


async def test_unreachable_other_side_is_a_retry_without_secrets(kind: str) -> None:
    """Where nobody listens the notice is tried again, and nothing is said of where it went."""
    out = io.StringIO()
    out.close()
    nobody = OtherSide(Receiver(port=1), MailServer(port=1), out)
    async with sender(kind, nobody) as made:
        outcome = await made.send(message(), made.render(message()))
    assert isinstance(outcome, Retry)
    assert not outcome.is_ambiguous
    assert CANARY not in repr(outcome)


async def test_json_bodies_are_json(kind: str, other_side: OtherSide) -> None:
    """What is posted as JSON parses, hostile text and all."""
    told = message(deadline=deadline(title=HOSTILE, note=HOSTILE))
    async with sender(kind, other_side) as made:
        await made.send(told, made.render(told))
    bodies = [json.loads(request.body) for request in other_side.receiver.requests]
    assert len(bodies) == (0 if kind in ("console", "email") else 1)


def test_every_registered_type_is_tested() -> None:
    """No channel escapes this suite."""
    assert set(SETTINGS) == set(registered())
