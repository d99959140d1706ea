"""What planning and dispatch know of a channel; how it sends is in `channels/`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta

from alerter.domain.dates.zone import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Quiet hours on the wall clock of the channel: every night, and `days` all day.

    `days` holds weekdays, Monday 0. Either part may be absent.
    """

    start: time | None = None
    end: time | None = None
    days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What planning and dispatch need to know of a channel; how it sends is in `channels/`.

    `rate` is messages per second (None: no limit), `bundle_over` None means never.
    `address` is a fingerprint of where it sends to: a change brings its dead notices back.
    """

    name: str
    type: str
    zone: Zone
    quiet: Quiet | None = None
    fallback: str | None = None
    fallback_after: timedelta = timedelta(minutes=15)
    give_up_after: timedelta = timedelta(hours=24)
    bundle_over: int | None = None
    rate: float | None = None
    concurrency: int = 8
    language: str = "en"
    address: str = ""
