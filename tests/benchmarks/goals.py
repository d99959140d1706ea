"""The goals, held against what was measured in the same run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alerter.config.channel import ChannelSettings
from tests.benchmarks.bursts import CONCURRENCY as WORKER_COUNT
from tests.benchmarks.figures import Figures

Results = Mapping[str, Figures]
DEFAULT_CONCURRENCY = int(ChannelSettings.model_fields["concurrency"].default)
CLIENT = "limit: HTTP client alone"
SINGLE, PLAIN = "single: alerter", "single: APScheduler, memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A goal: `figure` is to be `least` or more, or `most` or less."""

    goal: str
    figure: float
    least: float = float("-inf")
    most: float = float("inf")

    @property
    def is_reached(self) -> bool:
        """Whether it is."""
        return self.least <= self.figure <= self.most


def judge(results: Results) -> list[Judged]:
    """All goals about which this run can say something."""
    found = []
    for goal in (_lateness, _bursts, _evenness, _slow, _spread, _kill, _replicas):
        try:
            found += goal(results)
        except KeyError:  # not measured in this run
            continue
    return found


def _lateness(results: Results) -> list[Judged]:
    ours, plain = results[SINGLE], results[PLAIN]
    return [
        Judged(goal="single notices: earliest, ms", figure=ours["earliest ms"], least=0.0),
        Judged(goal="single notices: p50, ms", figure=ours["p50 ms"], most=3.0),
        Judged(goal="single notices: p99 / APScheduler's", figure=ours["p99 ms"] / plain["p99 ms"], most=1.5),
    ]


def _bursts(results: Results) -> list[Judged]:
    found = []
    for count, figures in _ours(results, "burst").items():
        found += [
            Judged(goal=f"burst {count}: rate / HTTP client's", figure=_ratio(figures, results[CLIENT]), least=0.8),
            Judged(goal=f"burst {count}: lost or twice", figure=figures["lost"] + figures["twice"], most=0.0),
        ]
        if (rival := results.get(f"burst {count}: huey, SQLite")) is not None:
            found.append(Judged(goal=f"burst {count}: rate / huey's", figure=_ratio(figures, rival), least=3.0))
    return found


def _evenness(results: Results) -> list[Judged]:
    bursts = _ours(results, "burst")
    if len(bursts) < 2:
        return []
    least, most = min(bursts), max(bursts)
    ratio = _ratio(bursts[most], bursts[least])
    return [Judged(goal=f"rate at {most} / rate at {least}", figure=ratio, least=0.75)]


def _slow(results: Results) -> list[Judged]:
    allowed = 0.1 / DEFAULT_CONCURRENCY
    return [
        Judged(goal=f"slow receiver {count}: time / allowed", figure=figures["last s"] / (count * allowed), most=1.5)
        for count, figures in _ours(results, "slow").items()
    ]


def _spread(results: Results) -> list[Judged]:
    found = []
    for name, figures in results.items():
        if name.startswith("spread") and name.endswith("hang"):
            well = results[name.partition(":")[0] + ": alerter, all well"]
            ratio = figures["last s"] / well["last s"]
            found.append(Judged(goal="five of fifty hang: time / without", figure=ratio, most=1.3))
    return found


def _kill(results: Results) -> list[Judged]:
    found = []
    for count, figures in _ours(results, "kill").items():
        found += [
            Judged(goal=f"kill -9 of {count}: lost", figure=figures["lost"], most=0.0),
            Judged(goal=f"kill -9 of {count}: repeats / workers", figure=figures["twice"] / WORKER_COUNT, most=2.0),
        ]
    return found


def _replicas(results: Results) -> list[Judged]:
    found = []
    for name, figures in results.items():
        if name.endswith("alerter x 2"):
            one = results[name.replace("x 2", "x 1")]
            wrong = figures["lost"] + figures["twice"]
            found += [
                Judged(goal="two replicas: lost or twice", figure=wrong, most=0.0),
                Judged(goal="two replicas: rate / one's", figure=_ratio(figures, one), least=1.5),
            ]
    return found


def _ours(results: Results, what: str) -> dict[int, Figures]:
    """By count."""
    return {
        int(name.split()[1].rstrip(":")): figures
        for name, figures in results.items()
        if name.startswith(f"{what} ") and name.endswith(": alerter")
    }


def _ratio(one: Figures, other: Figures) -> float:
    return one["rate /s"] / other["rate /s"] if other["rate /s"] else 0.0
