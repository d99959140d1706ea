"""The command: measures alerter, its rivals and the bare limits side by side, three times; medians, ratios and goals.

Rivals are measured where their packages are installed (`pip install -e ".[dev,benchmarks]"`).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from tests.benchmarks.bursts import QUICK, Sizes, pieces
from tests.benchmarks.figures import Figures, medians
from tests.benchmarks.goals import judge, judge_loading
from tests.benchmarks.living import IDLE_SECONDS, living
from tests.benchmarks.measure import Measured
from tests.benchmarks.receipts import receiver
from tests.benchmarks.starting import first_start_and_restart
from tests.benchmarks.table import as_json, as_text

QUICK_COUNT = 100


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what there is to run."""
    options = _parse(arguments)
    count, runs = (QUICK_COUNT, 1) if options.quick else (options.deadlines, options.runs)
    sizes = QUICK if options.quick else Sizes(far_count=count)
    loading: dict[str, Measured] = {}
    if "loading".startswith(options.only):
        _say("loading")
        loading = first_start_and_restart(count, runs)
    sending = _measure_sending(sizes, runs, options.only)
    goals = [*judge_loading(loading), *judge(sending)]
    settings = {"deadlines": count, "runs": runs}
    write = as_json if options.json else as_text
    print(write(loading, sending, goals, settings))  # noqa: T201 - what the command is for


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--deadlines", type=int, default=10_000, help="how many deadlines, ten leads each (%(default)s)"
    )
    parser.add_argument("--runs", type=int, default=3, help="how many times (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of tables")
    parser.add_argument("--quick", action="store_true", help="once and small, to see that it works")
    parser.add_argument(
        "--only",
        default="",
        help="what begins so: loading, limit, single, burst, slow, spread, kill, start, idle, …",
    )
    return parser.parse_args(arguments)


def _measure_sending(sizes: Sizes, run_count: int, only: str) -> dict[str, Figures]:
    """Medians by name; each run does everything in the same order. What fails is said, and has no figures."""
    found = {**pieces(sizes), **living(sizes.far_count, idle_for=2.0 if sizes is QUICK else IDLE_SECONDS)}
    wanted = {name: piece for name, piece in found.items() if name.startswith(only)}
    runs: dict[str, list[Figures]] = {}
    with receiver() as receipts:
        for run in range(run_count):
            for name, piece in wanted.items():
                _say(f"run {run + 1} of {run_count}: {name}")
                try:
                    runs.setdefault(name, []).append(piece(receipts))
                except Exception as error:  # noqa: BLE001 - the others are measured all the same
                    _say(f"  failed: {type(error).__name__}: {error}")
    return {name: medians(each) for name, each in runs.items() if each}


def _say(what: str) -> None:
    print(time.strftime("%H:%M:%S"), what, file=sys.stderr, flush=True)  # noqa: T201 - how far it is


if __name__ == "__main__":
    main()
