"""The benchmark command itself, for real and small."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.benchmarks.measure import ROOT


@pytest.mark.fault
@pytest.mark.parametrize("only", ["limit", "burst 200: alerter", "kill 200: alerter"])
def test_benchmarks_run_small(only: str) -> None:
    """Limits, a burst and a kill are measured by the real parts, and nothing is lost."""
    command = [sys.executable, "-m", "tests.benchmarks", "--quick", "--json", "--only", only]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120)
    found = json.loads(done.stdout)["sending"]
    assert found, done.stderr
    assert all(figures.get("lost", 0) == 0 for figures in found.values()), found
