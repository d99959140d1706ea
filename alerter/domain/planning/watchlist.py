"""Everything one load of the configuration asks to be watched, and who is to hear of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from alerter.domain.dates.zone import Zone
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which deadlines a route or digest is for: any of `tags`, at least `severity`; empty matches all."""

    tags: frozenset[str] = frozenset()
    severity: Severity | None = None

    def covers(self, tags: tuple[str, ...], severity: Severity) -> bool:
        """Whether a deadline with these tags and this severity is meant."""
        return (not self.tags or not self.tags.isdisjoint(tags)) and (
            self.severity is None or severity.rank >= self.severity.rank
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Sends what matches to `channels`; the first match wins unless `continues`."""

    match: Match
    channels: tuple[str, ...]
    continues: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A regular overview: at each tick of `cron` (five fields, in `zone`) what lies within `horizon`."""

    name: str
    cron: str
    zone: Zone
    horizon: timedelta
    match: Match
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchList:
    """Everything one load of the configuration asks to be watched. Keys are ids and names.

    `fingerprint` is a hash of the content it was read from, equal for equal content.
    """

    deadlines: Mapping[str, Deadline]
    channels: Mapping[str, Channel]
    digests: Mapping[str, Digest] = field(default_factory=dict)
    ops: tuple[str, ...] = ()
    zone: Zone
    fingerprint: str = ""

    def has_digest(self, name: str, channel: str, *, is_fallback: bool) -> bool:
        """Whether there is this digest, and the channel gets it; as a fallback may any."""
        digest = self.digests.get(name)
        return digest is not None and channel in (self.channels if is_fallback else digest.channels)
