"""Dashboard and alert rules speak of metrics that the daemon has, and do what they say."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from alerter.domain.planning.deadline import Status
from alerter.web.metrics import Gauges, Metrics
from tests.deploy.where import DEPLOY, run

RULES = DEPLOY / "prometheus"
DASHBOARD = json.loads((DEPLOY / "grafana/alerter.json").read_text("utf-8"))
NAMES = re.compile(r"\b((?:alerter|process)_[a-z_]+)")


def exposed() -> set[str]:
    """The names of all samples of a daemon that has sent, refused and waited."""
    metrics = Metrics()
    metrics.notice_state("desk", "dead")
    metrics.delivery("desk", 0.1)
    metrics.config_loaded(datetime.now(UTC), fingerprint="f1")
    metrics.show(Gauges(queue_depth={"desk": 1}, deadlines={"open": 1}))
    families = text_string_to_metric_families(metrics.expose().decode())
    return {sample.name for family in families for sample in family.samples}


def rules() -> list[Any]:
    (group,) = yaml.safe_load((RULES / "alerts.yml").read_text("utf-8"))["groups"]
    return list(group["rules"])


def expressions() -> list[str]:
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    variables = [variable.get("definition", "") for variable in DASHBOARD["templating"]["list"]]
    annotations = [each["expr"] for each in DASHBOARD["annotations"]["list"]]
    return [*panels, *variables, *annotations, *(rule["expr"] for rule in rules())]


def test_every_metric_that_is_asked_for_exists() -> None:
    """Under the full name of a sample, such as a histogram's buckets."""
    asked = {name for expression in expressions() for name in NAMES.findall(expression)}
    assert (len(asked) >= 9, sorted(asked - exposed())) == (True, [])


def test_every_state_and_status_that_is_asked_for_exists() -> None:
    """A label with another value would never match."""
    text = " ".join(expressions())
    assert set(re.findall(r'state="(\w+)"', text)) == {"dead"}
    assert set(re.findall(r'status="(\w+)"', text)) <= {status.value for status in Status}


def test_the_metrics_of_the_contract_are_all_shown() -> None:
    """Each that the daemon has of its own is on the dashboard or in a rule, but the version."""
    own = {name.removesuffix("_bucket") for name in exposed() if name.startswith("alerter_")}
    own = {name for name in own if not name.endswith(("_sum", "_count", "_created"))} - {"alerter_info"}
    text = " ".join(expressions())
    assert sorted(name for name in own if name not in text) == []


def test_each_alert_is_tested_and_says_what_is_wrong() -> None:
    """In `alerts_test.yml`, firing at least once and silent at least once."""
    cases = yaml.safe_load((RULES / "alerts_test.yml").read_text("utf-8"))["tests"]
    tested = [one for case in cases for one in case["alert_rule_test"]]
    for rule in rules():
        fires = {bool(one["exp_alerts"]) for one in tested if one["alertname"] == rule["alert"]}
        assert (rule["alert"], fires) == (rule["alert"], {True, False})
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["labels"]["severity"] in ("critical", "warning")


def test_panels_have_a_title_and_do_not_overlap() -> None:
    """Each has a place of its own in the grid of 24 columns."""
    taken: dict[tuple[int, int], str] = {}
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = [(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])]
        assert (panel["title"] != "", max(x for x, _ in cells) < 24, [c for c in cells if c in taken]) == (
            True,
            True,
            [],
        )
        taken |= dict.fromkeys(cells, panel["title"])


@pytest.mark.fault
@pytest.mark.ci
def test_prometheus_takes_the_rules_and_they_fire_when_they_should() -> None:
    """By promtool, on series made up for each alert."""
    for command in (("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")):
        code, said = run("promtool", *command, at=RULES)
        assert (code, "SUCCESS" in said) == (0, True), said
