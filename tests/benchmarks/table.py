"""The results as a table to read, and as JSON to keep."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict

from tests.benchmarks.measure import Measured

REFERENCE = "parse and validate alone"


def as_text(results: Mapping[str, Measured], title: str) -> str:
    """A table of medians; `ratio` is processor time against the bare limit."""
    lines = [title, "", f"{'work':<30}{'wall s':>10}{'CPU s':>10}{'ratio':>8}{'peak MB':>10}"]
    for name, each in results.items():
        lines.append(f"{name:<30}{each.wall:>10.2f}{each.cpu:>10.2f}{_ratio(results, each):>8.2f}{each.peak:>10.0f}")
    return "\n".join(lines)


def as_json(results: Mapping[str, Measured], settings: Mapping[str, int]) -> str:
    """The same as one document, with the machine it was measured on."""
    rows = [{"work": name, **asdict(each), "ratio": _ratio(results, each)} for name, each in results.items()]
    machine = {"python": platform.python_version(), "system": platform.platform()}
    return json.dumps({"machine": machine, **settings, "results": rows}, indent=2)


def _ratio(results: Mapping[str, Measured], one: Measured) -> float:
    return one.cpu / results[REFERENCE].cpu
