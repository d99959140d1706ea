"""The plan of a deadline: which notices go out in a stretch of time, from the configuration alone.

It knows nothing of what was told, acknowledged or snoozed: see `handover`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from alerter.domain.deadline import Channel, Deadline
from alerter.domain.notice import Notice


def plan(deadline: Deadline, channels: Mapping[str, Channel], start: datetime, end: datetime) -> list[Notice]:
    """All notices with start <= at < end, sorted by (at, channel, nominal_at); quiet hours applied.

    As if the deadline had always been known and open; several leads at one instant are all listed
    (see `tightest`). Channels unknown to `channels` are passed over.
    """
    raise NotImplementedError


def next_at(deadline: Deadline, channels: Mapping[str, Channel], after: datetime) -> datetime | None:
    """The earliest `at` >= after of any notice of the deadline; None where nothing is left."""
    raise NotImplementedError


def tightest(notices: list[Notice]) -> tuple[list[Notice], list[Notice]]:
    """Split into those that go and those superseded by a tighter one (later `nominal_at`) of the same deadline, due key and channel at the same `at`."""
    raise NotImplementedError


def plan_fingerprint(deadline: Deadline, channels: Mapping[str, Channel]) -> str:
    """A short hash of everything that shapes the plan, zone rules and holidays included.

    Changes exactly when `plan` could answer differently; the status, title and note are not in it.
    """
    raise NotImplementedError


def quiet_until(channel: Channel, at: datetime) -> datetime:
    """When a message that wants to go at `at` may: `at` itself, or the end of the quiet hours round it."""
    raise NotImplementedError
