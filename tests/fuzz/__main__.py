"""The command: attacks every target in turn until the time is over, and says how many values were tried."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter

from tests.fuzz.target import attack
from tests.fuzz.targets import TARGETS

ROUND = 200


def main() -> int:
    """Attack until the time is over; 1 where something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long, about (%(default)s)")
    parser.add_argument("--seed", type=int, default=None, help="where to begin; another each time by default")
    parser.add_argument("--only", default="", help="targets whose name has this in it")
    options = parser.parse_args()
    number = options.seed if options.seed is not None else random.randrange(10**9)
    left = [target for target in TARGETS if options.only in target.name]
    tried: Counter[str] = Counter()
    broken: list[str] = []
    end = time.monotonic() + options.minutes * 60
    while left and time.monotonic() < end:
        for target in list(left):
            try:
                tried[target.name] += attack(target, ROUND // target.cost, number)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what was looked for
                left.remove(target)
                broken.append(f"{target.name}, seed {number}: {type(error).__name__}: {error}\n" + _notes(error))
        number += 1
    for name, count in sorted(tried.items()):
        print(f"{count:8} {name}")  # noqa: T201 - what the command is for
    print(f"{tried.total():8} in all", *broken, sep="\n")  # noqa: T201 - what the command is for
    return 1 if broken else 0


def _notes(error: Exception) -> str:
    return "\n".join(getattr(error, "__notes__", []))


if __name__ == "__main__":
    sys.exit(main())
