"""The port that every channel fills: put a message into form, and send it once."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from alerter.domain.messages.message import Message
from alerter.domain.notices.outcome import Outcome
from alerter.domain.value import value


@value(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message in a channel's form. `subject` and `text` are what the ledger keeps, word for word.

    `body` is whatever the channel's `send` needs.
    """

    subject: str
    text: str
    body: Any = None


class Sender(Protocol):
    """A channel ready to send. `send` makes one attempt within its own total time limit."""

    async def open(self) -> None:
        """Make connections ready, so that the first notice is not late."""

    def render(self, message: Message) -> Rendered:
        """Put the message into the channel's form; pure."""

    async def send(self, message: Message, rendered: Rendered) -> Outcome:
        """One attempt. Never raises for what the other side does; cancellation leaks nothing."""

    async def close(self) -> None:
        """Let go of all connections."""


@runtime_checkable
class Refreshing(Sender, Protocol):
    """A sender whose messages about one deadline hang on a first one, which it can change."""

    async def refresh(self, message: Message, place: str) -> str:
        """Have the first message of `message.thread` say how things stand; `ok`, or in a word why it does not.

        `place` is where it stands, as `Delivered.place` said. Takes seconds at most, and raises nothing for what
        the other side does.
        """
