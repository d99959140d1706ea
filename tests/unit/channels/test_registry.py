"""Channel types are found by looking, and rendering never costs an alert."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerter.channels.port import Rendered
from alerter.channels.registry import build, channel_types, registered
from alerter.channels.render import render_safely
from alerter.config.channel import ChannelSettings
from alerter.domain.messages.message import Message
from alerter.domain.notices.outcome import Delivered, Outcome
from tests.messages import message


class Broken:
    """A sender that cannot render."""

    async def open(self) -> None:
        """Nothing."""

    def render(self, message: Message) -> Rendered:
        """Fail."""
        raise ZeroDivisionError

    async def send(self, message: Message, rendered: Rendered) -> Outcome:
        """Say yes."""
        return Delivered(detail="")

    async def close(self) -> None:
        """Nothing."""


def test_all_channels_are_found() -> None:
    """Every module with a CHANNEL is registered under its type."""
    assert list(registered()) == ["apprise", "console", "email", "slack", "webhook"]


@pytest.mark.parametrize("name", list(registered()))
def test_settings_carry_the_type_they_are_found_under(name: str) -> None:
    """A settings model accepts its own type and no other."""
    assert issubclass(channel_types()[name], ChannelSettings)
    assert channel_types()[name].model_json_schema()["properties"]["type"]["const"] == name


@pytest.mark.parametrize("name", list(registered()))
def test_longest_attempt_is_known(name: str) -> None:
    """Each type says how long one attempt can take."""
    assert registered()[name].longest_for > timedelta(0)


def test_sender_is_built_from_settings() -> None:
    """The type of the settings chooses the channel."""
    sender = build(channel_types()["console"].model_validate({"type": "console"}), "screen")
    assert type(sender).__name__ == "ConsoleSender"


def test_failed_rendering_falls_back_to_plain_words() -> None:
    """The words are kept, the body is left to the sender, and the error is named by its class."""
    rendered, error = render_safely(Broken(), message())
    assert error == "ZeroDivisionError"
    assert rendered.subject == "[7 days] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST"
    assert rendered.body is None


def test_good_rendering_has_no_error() -> None:
    """Where rendering works nothing is said of it."""
    sender = build(channel_types()["console"].model_validate({"type": "console"}), "screen")
    assert render_safely(sender, message()) == (sender.render(message()), None)
