"""The command: measures side by side, three times, and prints medians and ratios."""

from __future__ import annotations

import argparse

from tests.benchmarks.starting import first_start_and_restart
from tests.benchmarks.table import as_json, as_text


def main() -> None:
    """Run what there is to run."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--deadlines", type=int, default=10_000, help="how many deadlines, ten leads each (%(default)s)"
    )
    parser.add_argument("--runs", type=int, default=3, help="how many times (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    options = parser.parse_args()
    results = first_start_and_restart(options.deadlines, options.runs)
    settings = {"deadlines": options.deadlines, "runs": options.runs}
    title = f"{options.deadlines} deadlines, ten leads each; medians of {options.runs} runs"
    print(as_json(results, settings) if options.json else as_text(results, title))  # noqa: T201 - what the command is for


if __name__ == "__main__":
    main()
