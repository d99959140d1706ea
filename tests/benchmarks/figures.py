"""Figures by name, and what is made of several runs of them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence

Figures = Mapping[str, float]
"""What one run came to; the name of a figure says its unit."""


def medians(runs: Sequence[Figures]) -> dict[str, float]:
    """The median of each figure."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` percent do not exceed (nearest rank). Raises ValueError where there is none."""
    listed = sorted(values)
    if not listed:
        raise ValueError("there is nothing to rank")
    return listed[max(0, math.ceil(share / 100 * len(listed)) - 1)]
