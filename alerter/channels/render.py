"""Rendering that cannot cost an alert: a channel that cannot put a message into form sends plain text."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from alerter.channels.port import Rendered, Sender
from alerter.domain.messages.message import Message, unbundled
from alerter.domain.messages.wording import subject, text
from alerter.domain.words.language import ENGLISH


def render_safely(sender: Sender, message: Message) -> tuple[Rendered, str | None]:
    """The message in the sender's form, and None; or in plain words, and the class of the error.

    With `body` None the sender's `send` makes the plainest message it knows of `subject` and `text`.
    """
    try:
        return sender.render(message), None
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a form, the words still go out
        return _plain(message), type(error).__name__


def _plain(message: Message) -> Rendered:
    for language in dict.fromkeys((message.language, ENGLISH)):
        spoken = replace(message, language=language)
        with suppress(Exception):  # a catalogue that went wrong: English has none
            return Rendered(subject=subject(unbundled(spoken)), text=text(unbundled(spoken)))
    words = f"A message could not be put into words: {message.id}"  # better than silence
    return Rendered(subject=f"[{message.kind}] {message.id}", text=words)
