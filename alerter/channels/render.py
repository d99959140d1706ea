"""Rendering that cannot cost an alert: a channel that cannot put a message into form sends plain text."""

from __future__ import annotations

from alerter.channels.port import Rendered, Sender
from alerter.domain.message import Message
from alerter.domain.wording import subject, text


def render_safely(sender: Sender, message: Message) -> tuple[Rendered, str | None]:
    """The message in the sender's form, and None; or in plain words, and the class of the error.

    With `body` None the sender's `send` makes the plainest message it knows of `subject` and `text`.
    """
    try:
        return sender.render(message), None
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a form, the words still go out
        return _plain(message), type(error).__name__


def _plain(message: Message) -> Rendered:
    try:
        return Rendered(subject=subject(message), text=text(message))
    except Exception:  # noqa: BLE001 - the last resort: the bare id is better than silence
        return Rendered(
            subject=f"[{message.kind}] {message.id}", text=f"A message could not be put into words: {message.id}"
        )
