"""Short hashes of what shapes a plan, so that a changed plan is noticed without planning."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.manner import manner_of
from alerter.domain.planning.texts import write_due, write_rule, write_window


def plan_fingerprint(deadline: Deadline, channels: Mapping[str, Channel]) -> str:
    """A short hash of everything that shapes the plan, zone rules and holidays included.

    Changes exactly when `plan` could answer differently; the status, title and note are not in it.
    """
    before, behind = manner_of(deadline, channels).text
    return _hash(write_due(deadline).encode() + before + write_window(deadline).encode() + behind)


def plan_rule(deadline: Deadline) -> str:
    """A short hash of only what decides the due dates of a series: a change of it may move its next date."""
    return _hash((write_due(deadline) + write_rule(deadline)).encode())


def _hash(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=12).hexdigest()
