"""How long it takes from TOML to ready: the first start on an empty ledger, and a restart with files unchanged."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks.measure import Measured, measure, median
from tests.benchmarks.workload import write_config


def first_start_and_restart(deadline_count: int, run_count: int) -> dict[str, Measured]:
    """Medians by name: the bare limits and ours, each run in the same order on a ledger of its own."""
    runs: dict[str, list[Measured]] = {}
    for _ in range(run_count):
        with tempfile.TemporaryDirectory() as folder:
            config = write_config(Path(folder), deadline_count)
            for name, work in WORK_BY_NAME.items():
                runs.setdefault(name, []).append(measure(work, config))
    return {name: median(measured) for name, measured in runs.items()}


WORK_BY_NAME = {
    "parse alone": "parse",
    "parse and validate alone": "validate",
    "load (TOML to watch list)": "load",
    "first start (TOML to ready)": "start",
    "restart, files unchanged": "start",
}
