"""Metrics for Prometheus, in a registry of their own.

What happens is counted as it happens; what is, is asked of the ledger when somebody scrapes.
Labels are channel names, states, statuses and a hash: never a title or an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest

from alerter import __version__

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_COUNTED_STATES = ("delivered", "retrying", "held", "skipped", "dead")
_DELIVERY_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120)
_LATENESS_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """What is true at the moment of a scrape. Keys are channel names and statuses."""

    queue_depth: Mapping[str, int] = field(default_factory=dict)
    overdue_unsent: int = 0
    next_notice_at: datetime | None = None
    deadlines: Mapping[str, int] = field(default_factory=dict)


class Metrics:
    """Everything that is measured; the engine's observer calls the methods."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        own = self.registry
        Info("alerter", "The running program.", registry=own).info({"version": __version__})
        self._notices = Counter(
            "alerter_notices", "Notices by what became of them.", ["channel", "state"], registry=own
        )
        self._delivery = Histogram(
            "alerter_delivery_seconds",
            "Time from sending to the answer.",
            ["channel"],
            buckets=_DELIVERY_BUCKETS,
            registry=own,
        )
        self._lateness = Histogram(
            "alerter_lateness_seconds", "How late delivered notices were.", buckets=_LATENESS_BUCKETS, registry=own
        )
        self._ready = Gauge("alerter_ready", "Whether the daemon does its work, as /readyz says.", registry=own)
        self._queue_depth = Gauge("alerter_queue_depth", "Notices waiting to be sent.", ["channel"], registry=own)
        self._overdue_unsent = Gauge(
            "alerter_overdue_unsent", "Notices unsent a minute after their time.", registry=own
        )
        self._next_notice = Gauge(
            "alerter_next_notice_timestamp_seconds", "When the next notice goes out; NaN: none.", registry=own
        )
        self._reload_success = Gauge("alerter_config_reload_success", "Whether the last load was taken.", registry=own)
        self._config_loaded = Gauge(
            "alerter_config_loaded_timestamp_seconds", "When the configuration in force was loaded.", registry=own
        )
        self._config_info = Gauge(
            "alerter_config_info", "The configuration in force, by a hash of its files.", ["hash"], registry=own
        )
        self._deadlines = Gauge("alerter_deadlines", "Deadlines by status.", ["status"], registry=own)

    def notice_state(self, channel: str, state: str, count: int = 1) -> None:
        """Count notices that have come to this state."""
        self._notices.labels(channel, state).inc(count)

    def delivery(self, channel: str, seconds: float) -> None:
        """Record how long one attempt took."""
        self._delivery.labels(channel).observe(seconds)

    def lateness(self, seconds: float) -> None:
        """Record how late one delivered notice was."""
        self._lateness.observe(max(0.0, seconds))

    def config_loaded(self, at: datetime, channels: Iterable[str] = (), *, fingerprint: str = "") -> None:
        """Record that a configuration with these channels was taken; of `fingerprint` the first 12 characters show.

        What has not happened to them stands at 0: a counter that begins with its first event has not grown.
        """
        for channel in channels:
            self._delivery.labels(channel)
            for state in _COUNTED_STATES:
                self._notices.labels(channel, state)
        self._reload_success.set(1)
        self._config_loaded.set(at.timestamp())
        _replace(self._config_info, {fingerprint[:12]: 1})

    def config_rejected(self) -> None:
        """Record that the last configuration read was not taken."""
        self._reload_success.set(0)

    def ready(self, is_ready: bool) -> None:
        """Record whether the daemon does its work."""
        self._ready.set(is_ready)

    def show(self, gauges: Gauges) -> None:
        """Take over what is true now; channels and statuses that are gone disappear."""
        _replace(self._queue_depth, gauges.queue_depth)
        _replace(self._deadlines, gauges.deadlines)
        self._overdue_unsent.set(gauges.overdue_unsent)
        self._next_notice.set(gauges.next_notice_at.timestamp() if gauges.next_notice_at else float("nan"))

    def expose(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self.registry)


def _replace(gauge: Gauge, values: Mapping[str, int]) -> None:
    gauge.clear()
    for label, value in values.items():
        gauge.labels(label).set(value)
