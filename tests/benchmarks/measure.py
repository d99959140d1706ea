"""Measuring one piece of work in a process of its own, so that nothing is warm and the peak of memory is its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one run took: seconds on the clock and of processor time, and the peak of memory in MB."""

    wall: float
    cpu: float
    peak: float


def measure(work: str, config: Path) -> Measured:
    """Run one piece of `tests.benchmarks.work` by its name. Raises where it fails."""
    command = [sys.executable, "-m", "tests.benchmarks.work", work, str(config)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=LIMIT_SECONDS)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def median(runs: Iterable[Measured]) -> Measured:
    """The median of each figure."""
    listed = list(runs)
    return Measured(
        wall=statistics.median(run.wall for run in listed),
        cpu=statistics.median(run.cpu for run in listed),
        peak=statistics.median(run.peak for run in listed),
    )
