"""The dashboard's questions and the alerts', asked of a real Prometheus that scrapes a real daemon."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from tests.acceptance.harness import Bench, Daemon, deadline, soon
from tests.acceptance.waiting import PATIENCE, until_answered
from tests.deploy.where import DEPLOY
from tests.servers import Reply, free_port

DASHBOARD = json.loads((DEPLOY / "grafana/alerter.json").read_text("utf-8"))
VARIABLES = {"$job": "alerter", "$__rate_interval": "1m"}
EVERY = "500ms"

pytestmark = [pytest.mark.fault, pytest.mark.ci]


class Prometheus:
    """A server of our own that scrapes one daemon by the configuration and the rules that are shipped."""

    def __init__(self, folder: Path, daemon: Daemon) -> None:
        self._folder, self._port = folder, free_port()
        config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text("utf-8"))
        [job] = config["scrape_configs"]
        del job["dns_sd_configs"]
        job["static_configs"] = [{"targets": [f"127.0.0.1:{daemon.port}"]}]
        config["global"] = {"scrape_interval": EVERY, "evaluation_interval": EVERY, "scrape_timeout": EVERY}
        config["rule_files"] = [str(DEPLOY / "prometheus/alerts.yml")]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))

    async def start(self) -> asyncio.subprocess.Process:
        """Run it; it answers soon."""
        return await asyncio.create_subprocess_exec(
            "prometheus",
            f"--config.file={self._folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self._folder / 'series'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def ask(self, what: str, **query: str) -> Any:
        """The data of an answer; None where it does not answer."""
        return await asyncio.to_thread(self._ask, f"http://127.0.0.1:{self._port}/api/v1/{what}?{urlencode(query)}")

    async def value(self, expression: str) -> list[Any]:
        """What an expression comes to now: metrics with their values."""
        found = await self.ask("query", query=expression)
        return [] if found is None else list(found["result"])

    def _ask(self, url: str) -> Any:
        try:
            with urlopen(url, timeout=5 * PATIENCE) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None


async def test_each_panel_shows_what_a_daemon_has_to_tell(tmp_path: Path) -> None:
    """No panel is empty, each series has what its legend names, a first dead notice is counted, and its alert fires."""
    async with AsyncExitStack() as stack:
        bench = Bench(tmp_path, stack)
        stack.push_async_callback(bench.reap)
        await bench.webhook("desk")
        busy, gone = await bench.webhook("busy"), await bench.webhook("gone")
        busy.receiver.default, gone.receiver.default = Reply(status=503), Reply(status=410)
        _fill(bench)
        daemon = await bench.start()
        await daemon.ready(within=60.0)
        prometheus = Prometheus(tmp_path, daemon)
        process = await prometheus.start()
        stack.push_async_callback(process.wait)
        stack.callback(process.send_signal, signal.SIGTERM)
        await _answered(prometheus, "a scrape", "alerter_info")
        _fill(bench, "gone", "desk")
        asked = {panel["title"]: panel["targets"] for panel in DASHBOARD["panels"]}
        for title, targets in asked.items():
            for target in targets:
                series = await _answered(prometheus, title, target["expr"])
                assert (title, [one for one in series if not _is_named(target, one)]) == (title, [])
        await _answered(prometheus, "the first dead notice", f"({asked['Dead in 24 hours'][0]['expr']}) >= 1")
        await _answered(prometheus, "an alert", 'ALERTS{alertname="AlerterNoticeDead", alertstate="firing"}')
        jobs = await prometheus.ask("label/job/values", **{"match[]": "alerter_config_loaded_timestamp_seconds"})
        assert jobs == ["alerter"]
        rules = await prometheus.ask("rules")
        health = {rule["name"]: rule["health"] for group in rules["groups"] for rule in group["rules"]}
        assert (len(health) > 5, {*health.values()}) == (True, {"ok"})
        [annotation] = DASHBOARD["annotations"]["list"]
        assert (await prometheus.ask("query", query=_filled(annotation["expr"]))) is not None


def _fill(bench: Bench, *more: str) -> None:
    """Something for a channel that delivers and for one that is busy, something closed, and more for these channels."""
    due, names = soon(minutes=30), ("desk", "busy", *more)
    tables = [deadline(f"d{n}", due, ["1h", "5m"], channels=f'["{name}"]') for n, name in enumerate(names)]
    bench.write(*tables, deadline("met", due, ["1h"], status='"met"'))


def _filled(expression: str) -> str:
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


def _is_named(target: Any, series: Any) -> bool:
    """Whether the legend's places are labels of the series."""
    wanted = target.get("legendFormat", "").partition("{{")[2].partition("}}")[0]
    return not wanted or wanted in series["metric"]


async def _answered(prometheus: Prometheus, what: str, expression: str) -> list[Any]:
    """The series that the expression comes to; each has a number in the end."""

    async def ask() -> list[Any] | None:
        series = await prometheus.value(_filled(expression))
        return series if series and any(one["value"][1] != "NaN" for one in series) else None

    return await until_answered(ask, f"{what}: {expression}", within=30.0)
