"""Metrics as Prometheus reads them."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from alerter.web.metrics import Gauges, Metrics

AT = datetime(2025, 9, 14, 12, tzinfo=UTC)


def read(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(metrics.expose().decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_what_happens_is_counted() -> None:
    """Notices by channel and state, delivery times, lateness."""
    metrics = Metrics()
    metrics.notice_state("desk", "delivered")
    metrics.notice_state("desk", "delivered", 2)
    metrics.delivery("desk", 0.3)
    metrics.lateness(-0.1)
    samples = read(metrics)
    assert samples["alerter_notices_total", (("channel", "desk"), ("state", "delivered"))] == 3
    assert samples["alerter_delivery_seconds_count", (("channel", "desk"),)] == 1
    assert samples["alerter_lateness_seconds_sum", ()] == 0


def test_what_has_not_happened_to_a_channel_yet_is_there_as_zero() -> None:
    """So its first dead notice is an increase; what was counted before a reload stays."""
    metrics = Metrics()
    metrics.notice_state("desk", "delivered")
    metrics.config_loaded(AT, ["desk", "ops"])
    samples = read(metrics)
    states = {labels: value for (name, labels), value in samples.items() if name == "alerter_notices_total"}
    assert len(states) == 2 * len(("delivered", "retrying", "held", "skipped", "dead"))
    assert {labels for labels, value in states.items() if value} == {(("channel", "desk"), ("state", "delivered"))}
    assert samples["alerter_delivery_seconds_count", (("channel", "ops"),)] == 0


def test_gauges_follow_the_last_scrape() -> None:
    """A channel that has gone is no longer shown with its last depth."""
    metrics = Metrics()
    metrics.show(Gauges(queue_depth={"old": 4}, deadlines={"open": 2}, next_notice_at=AT))
    metrics.show(Gauges(queue_depth={"new": 1}, deadlines={"open": 1, "met": 1}, next_notice_at=AT))
    samples = read(metrics)
    assert ("alerter_queue_depth", (("channel", "old"),)) not in samples
    assert samples["alerter_queue_depth", (("channel", "new"),)] == 1
    assert samples["alerter_deadlines", (("status", "met"),)] == 1
    assert samples["alerter_next_notice_timestamp_seconds", ()] == AT.timestamp()


def test_one_configuration_is_in_force_and_has_a_hash() -> None:
    """None before the first load, then that of the last one, the refused one not counted."""
    metrics = Metrics()
    assert _hashes(metrics) == {}
    metrics.config_loaded(AT, fingerprint="0123456789abcdef0123456789abcdef")
    metrics.config_loaded(AT, fingerprint="fedcba9876543210fedcba9876543210")
    metrics.config_rejected()
    assert _hashes(metrics) == {"fedcba987654": 1}


def _hashes(metrics: Metrics) -> dict[str, float]:
    return {
        dict(labels)["hash"]: value for (name, labels), value in read(metrics).items() if name == "alerter_config_info"
    }


def test_without_a_next_notice_there_is_no_number() -> None:
    """NaN compares false with everything, so that no alert on it fires."""
    metrics = Metrics()
    metrics.show(Gauges())
    value = read(metrics)["alerter_next_notice_timestamp_seconds", ()]
    assert value != value  # noqa: PLR0124 - what tells NaN from a number


def test_a_rejected_config_shows_and_keeps_the_time_of_the_last_good_one() -> None:
    """Success goes to 0, the loaded timestamp stays."""
    metrics = Metrics()
    metrics.config_loaded(AT)
    metrics.config_rejected()
    samples = read(metrics)
    assert samples["alerter_config_reload_success", ()] == 0
    assert samples["alerter_config_loaded_timestamp_seconds", ()] == AT.timestamp()
