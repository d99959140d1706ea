"""From channel settings to what planning and dispatch need to know of a channel."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from alerter.config.channel import ChannelSettings, QuietSettings
from alerter.config.findings import Path
from alerter.config.resolve import WEEKDAY_NAMES, Resolver
from alerter.domain.planning.channel import Channel, Quiet

DEFAULT_CHANNEL = "console"


def resolve_channel(resolver: Resolver, name: str, settings: ChannelSettings) -> Channel:
    """The channel; an unknown zone or fallback is noted."""
    path: Path = ("channels", name)
    fallback = resolver.find_channel((*path, "fallback"), settings.fallback)
    if fallback == name:
        resolver.note((*path, "fallback"), "bad-value", "a channel cannot stand in for itself")
    return Channel(
        name=name,
        type=settings.type,
        zone=resolver.find_zone((*path, "timezone"), settings.timezone, resolver.zone),
        quiet=None if settings.quiet is None else _quiet(settings.quiet),
        fallback=fallback,
        fallback_after=settings.fallback_after,
        give_up_after=settings.give_up_after,
        bundle_over=settings.bundle_over,
        rate=settings.rate,
        concurrency=settings.concurrency,
        language=settings.language,
        address=fingerprint(settings),
    )


def _quiet(settings: QuietSettings) -> Quiet:
    days = frozenset(WEEKDAY_NAMES.index(day) for day in settings.days)
    return Quiet(start=settings.start, end=settings.until, days=days)


def fingerprint(settings: ChannelSettings) -> str:
    """A hash of where the channel sends to and as whom; it changes with them and tells nothing of them."""
    own = {name: _revealed(getattr(settings, name)) for name in type(settings).model_fields if name not in _SHARED}
    text = json.dumps([settings.type, own], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16, person=b"alerter-address").hexdigest()


_SHARED = frozenset(ChannelSettings.model_fields)


def _revealed(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if hasattr(type(value), "model_fields"):
        return {name: _revealed(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(key): _revealed(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_revealed(inner) for inner in value]
    return value
