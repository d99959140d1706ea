"""The results as tables to read, and as JSON to keep."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from tests.benchmarks.figures import Figures
from tests.benchmarks.goals import Judged
from tests.benchmarks.measure import Measured

REFERENCE = "parse and validate alone"


def as_text(
    loading: Mapping[str, Measured],
    sending: Mapping[str, Figures],
    goals: Sequence[Judged],
    settings: Mapping[str, int],
) -> str:
    """Tables of medians; in the first `ratio` is processor time against the bare limit."""
    said = ", ".join(f"{name} {value}" for name, value in {**_machine(), **settings}.items())
    return "\n".join([said, *_loading(loading), *_sending(sending), *_goals(goals)])


def as_json(
    loading: Mapping[str, Measured],
    sending: Mapping[str, Figures],
    goals: Sequence[Judged],
    settings: Mapping[str, int],
) -> str:
    """The same as one document, with the machine it was measured on."""
    rows = [{"work": name, **asdict(each), "ratio": _ratio(loading, each)} for name, each in loading.items()]
    judged = [
        {
            "goal": one.goal,
            "figure": one.figure,
            "least": one.least if math.isfinite(one.least) else None,
            "most": one.most if math.isfinite(one.most) else None,
            "is_reached": one.is_reached,
        }
        for one in goals
    ]
    document = {"machine": _machine(), **settings, "results": rows, "sending": sending, "goals": judged}
    return json.dumps(document, indent=2)


def _loading(results: Mapping[str, Measured]) -> Iterator[str]:
    if results:
        yield f"\n{'loading':<40}{'wall s':>10}{'CPU s':>10}{'ratio':>8}{'peak MB':>10}"
    for name, each in results.items():
        yield f"{name:<40}{each.wall:>10.2f}{each.cpu:>10.2f}{_ratio(results, each):>8.2f}{each.peak:>10.0f}"


def _sending(results: Mapping[str, Figures]) -> Iterator[str]:
    """One table for each set of columns."""
    columns: tuple[str, ...] = ()
    for name, figures in results.items():
        if tuple(figures) != columns:
            columns = tuple(figures)
            yield f"\n{'sending':<40}" + "".join(f"{column:>{_width(column)}}" for column in columns)
        yield f"{name:<40}" + "".join(f"{value:>{_width(column)}.2f}" for column, value in figures.items())


def _width(column: str) -> int:
    return max(12, len(column) + 2)


def _goals(goals: Sequence[Judged]) -> Iterator[str]:
    if goals:
        yield f"\n{'goal':<52}{'figure':>10}  {'wanted':<12}reached"
    for one in goals:
        wanted = f">= {one.least:g}" if math.isfinite(one.least) else f"<= {one.most:g}"
        yield f"{one.goal:<52}{one.figure:>10.2f}  {wanted:<12}{'yes' if one.is_reached else 'NO'}"


def _machine() -> dict[str, str]:
    return {"python": platform.python_version(), "system": platform.platform(), "cores": str(os.cpu_count())}


def _ratio(results: Mapping[str, Measured], one: Measured) -> float:
    reference = results.get(REFERENCE)
    return one.cpu / reference.cpu if reference is not None else math.nan
