"""Finds the channel types: every module of this package that has a `CHANNEL` value.

A new channel is one new file beside this one; nothing else needs to know of it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, TextIO

import alerter.channels
from alerter.channels.port import Sender
from alerter.config.channel import ChannelSettings

_SLOW_TO_IMPORT = frozenset({"http"})
"""What is no channel and imported by those that send."""


class ChannelUnavailableError(Exception):
    """A channel cannot be built here; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the process lends to its channels.

    `limit` is the total time of one attempt (None: the channel's own), `out` where the console writes (None:
    standard output as it is at each write).
    """

    limit: timedelta | None = None
    out: TextIO | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelType:
    """One kind of channel. `build(settings, name, context)` gives its sender.

    `longest_for` is the most that one `send` can take: a lease or a time limit around it has to be longer.
    """

    name: str
    settings: type[ChannelSettings]
    build: Callable[[Any, str, Context], Sender]
    longest_for: timedelta = timedelta(seconds=35)


@cache
def registered() -> dict[str, ChannelType]:
    """All channel types, by type."""
    modules = (
        importlib.import_module(f"alerter.channels.{found.name}")
        for found in pkgutil.iter_modules(alerter.channels.__path__)
        if found.name not in _SLOW_TO_IMPORT
    )
    types = [module.CHANNEL for module in modules if isinstance(getattr(module, "CHANNEL", None), ChannelType)]
    return {kind.name: kind for kind in sorted(types, key=lambda kind: kind.name)}


def channel_types() -> dict[str, type[ChannelSettings]]:
    """The settings model of every channel type, by type; what `config.load` asks for."""
    return {name: kind.settings for name, kind in registered().items()}


def build(settings: ChannelSettings, name: str, context: Context | None = None) -> Sender:
    """The sender for a channel of that name. Raises ChannelUnavailableError where something is not installed."""
    return registered()[settings.type].build(settings, name, context or Context())


def build_all(settings: Mapping[str, ChannelSettings]) -> dict[str, Sender]:
    """The senders of all these channels, by name. Raises ChannelUnavailableError."""
    return {name: build(one, name) for name, one in settings.items()}
