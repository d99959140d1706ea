"""What became of one attempt to send. A remote "no" is a value, not an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from alerter.domain.value import value


class Cause(StrEnum):
    """Why an attempt is to be repeated, and how fast."""

    TEMPORARY = "temporary"  # the usual backoff
    RATE_LIMITED = "rate-limited"  # holds the whole channel for retry_after
    NEEDS_PERSON = "needs-person"  # slowly, and ops hears of it at once
    CONTENT = "content"  # tried twice, a minute apart, then dead


@value(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The other side said so. `detail` is its answer; `to` who got it.

    `refused` maps recipients refused for good to the server's answer. `reference` is what a later
    message needs to follow up on this one (a Slack timestamp), and `place` what it takes besides to change this one
    (the id of a Slack channel); both are kept per deadline and channel.
    """

    detail: str
    to: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Not now. `is_ambiguous` where the receiver may have it though no answer came.

    `accepted` and `refused` are the recipients already served and refused for good: the next
    attempt leaves both out.
    """

    detail: str
    cause: Cause = Cause.TEMPORARY
    retry_after: timedelta | None = None
    is_ambiguous: bool = False
    accepted: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No, for good. `closes_channel` where the channel itself is gone until its address changes."""

    detail: str
    closes_channel: bool = False
    refused: Mapping[str, str] = field(default_factory=dict)


Outcome = Delivered | Retry | Refused
