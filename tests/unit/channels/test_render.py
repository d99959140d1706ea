"""Rendering costs no alert, whatever goes wrong with a form."""

from __future__ import annotations

from dataclasses import replace

from alerter.channels.port import Rendered
from alerter.channels.render import render_safely
from alerter.domain.messages.message import Message
from alerter.domain.messages.wording import subject, text
from alerter.domain.notices.outcome import Delivered, Outcome
from tests.messages import message


class Formless:
    """A channel that can put nothing into form."""

    async def open(self) -> None:
        """Nothing to make ready."""

    def render(self, message: Message) -> Rendered:
        """Fail."""
        raise ZeroDivisionError(message.id)

    async def send(self, message: Message, rendered: Rendered) -> Outcome:
        """Take anything."""
        return Delivered(detail=f"{message.id} {rendered.subject}")

    async def close(self) -> None:
        """Nothing to let go of."""


def test_j3_form_that_fails_leaves_the_plain_words() -> None:
    """Subject and text go out without a body, and the class of the error is told."""
    rendered, problem = render_safely(Formless(), message(language="es"))
    told = message(language="es")
    assert rendered == Rendered(subject=subject(told), text=text(told))
    assert problem == "ZeroDivisionError"


def test_language_that_fails_leaves_english() -> None:
    """Where the words of a language are not there, the English ones go out."""
    told = replace(message(), language="xx")
    assert render_safely(Formless(), told)[0] == Rendered(subject=subject(message()), text=text(message()))


def test_message_without_any_words_leaves_its_id() -> None:
    """Even a message that cannot be spoken of at all is told by its id."""
    rendered, _ = render_safely(Formless(), replace(message(), now=None))  # type: ignore[arg-type]  # what must not be
    assert message().id in rendered.text
