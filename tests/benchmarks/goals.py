"""The goals, held against what was measured in the same run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alerter.config.channel import ChannelSettings
from tests.benchmarks.bursts import CONCURRENCY as WORKER_COUNT
from tests.benchmarks.figures import Figures
from tests.benchmarks.measure import Measured

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
    for goal in (
        _lateness,
        _bursts,
        _evenness,
        _slow,
        _spread,
        _kill,
        _replicas,
        _starts,
        _small,
        _reload,
        _idle,
        _cli,
        _growth,
    ):
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


def judge_loading(loading: Mapping[str, Measured]) -> list[Judged]:
    """The goals about what is measured inside a process: of processor time, since others may be at work beside it."""
    if not loading:
        return []
    alone, first = loading["parse and validate alone"], loading["first start (TOML to ready)"]
    again = loading["restart, files unchanged"]
    most = 1.5 * alone.cpu + 2
    return [
        Judged(goal="first start: CPU s, of 1.5 x (parse + validate) + 2", figure=first.cpu, most=most),
        Judged(goal="first start: peak MB", figure=first.peak, most=700.0),
        Judged(goal="restart / first start", figure=again.cpu / first.cpu, most=1 / 3),
    ]


def _starts(results: Results) -> list[Judged]:
    found = []
    for name, again in results.items():
        if name.startswith("start ") and name.endswith(": restart") and name.partition(":")[0] + ": first" in results:
            first = results[name.partition(":")[0] + ": first"]
            found += [
                Judged(goal="alerter run, first: peak MB", figure=first["peak MB"], most=700.0),
                Judged(goal="alerter run, restart / first: CPU", figure=again["CPU s"] / first["CPU s"], most=1 / 3),
                Judged(goal="alerter run, restart: steady MB", figure=again["steady MB"], most=200.0),
            ]
    return found


def _small(results: Results) -> list[Judged]:
    steady = results["start 100: restart"]["steady MB"]
    return [Judged(goal="alerter run, 100 deadlines: steady MB", figure=steady, most=80.0)]


def _reload(results: Results) -> list[Judged]:
    found = []
    for name, figures in results.items():
        if name.startswith("reload "):
            full = results[f"start {name.split()[1].rstrip(':')}: first"]
            found += [
                Judged(goal="reload / full load: CPU", figure=figures["CPU s"] / full["CPU s"], most=0.1),
                Judged(goal="reload: latest notice, ms", figure=figures["latest notice ms"], most=1000.0),
            ]
    return found


def _idle(results: Results) -> list[Judged]:
    return [
        Judged(goal=f"{name}: of a core, %", figure=figures["of a core %"], most=0.2)
        for name, figures in results.items()
        if name.startswith("idle ")
    ]


def _cli(results: Results) -> list[Judged]:
    most = {"cli: --help": 0.3, "cli: check": 0.6}
    return [
        Judged(goal=f"{name}: CPU s", figure=results[name]["CPU s"], most=seconds) for name, seconds in most.items()
    ]


def _growth(results: Results) -> list[Judged]:
    return [
        Judged(goal=f"growth: {name}", figure=figure, most=1.1)
        for name, figure in results["growth: load and restart"].items()
    ]


def _ours(results: Results, what: str) -> dict[int, Figures]:
    """By count."""
    return {
        int(name.split()[1].rstrip(":")): figures
        for name, figures in results.items()
        if name.startswith(f"{what} ") and name.endswith(": alerter")
    }


def _ratio(one: Figures, other: Figures) -> float:
    return one["rate /s"] / other["rate /s"] if other["rate /s"] else 0.0
