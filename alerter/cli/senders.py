"""The channels of a configuration, ready to put a message into their form or to send it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from alerter.cli.failure import UNUSABLE, Failure

if TYPE_CHECKING:
    from alerter.channels.port import Sender
    from alerter.config.load import Loaded


def build_senders(loaded: Loaded, names: Iterable[str] | None = None) -> dict[str, Sender]:
    """The senders of these channels, or of all; raises Failure where what one needs is not installed."""
    from alerter.channels.registry import ChannelUnavailableError, build_all

    settings = loaded.channel_settings
    try:
        return build_all(settings if names is None else {name: settings[name] for name in names})
    except ChannelUnavailableError as error:
        raise Failure(str(error), UNUSABLE) from None
