"""What the daemon takes with many deadlines: from its start to ready, at rest, and when one of its files changes.

Here `alerter` runs as a user runs it; processor time and memory are those of the whole process.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from math import log
from pathlib import Path

from tests.benchmarks import daemon
from tests.benchmarks.bench import folder, named_by_plan
from tests.benchmarks.daemon import COMMAND, Due
from tests.benchmarks.figures import Figures
from tests.benchmarks.measure import ROOT, measure
from tests.benchmarks.processes import Running
from tests.benchmarks.receipts import Receipts
from tests.benchmarks.workload import write_config, write_far_rows

FILE_COUNT = 100
SMALL_COUNT = 100
NOTICE_COUNT, NOTICE_SECONDS = 40, 0.25
SETTLED_SECONDS = 5.0
IDLE_SECONDS = 60.0
CLI_RUNS = 5
SIZES = (1_000, 10_000, 100_000)

Piece = Callable[[Receipts], Figures]


def living(count: int, *, idle_for: float = IDLE_SECONDS) -> dict[str, Piece]:
    """Everything to be measured with so many deadlines, by name."""
    return {
        f"start {count}: first": partial(start, count, 0),
        f"start {count}: restart": partial(start, count, 1),
        f"start {SMALL_COUNT}: restart": partial(start, SMALL_COUNT, 1),
        f"reload {count}: one of {FILE_COUNT} files": partial(reload, count),
        f"idle {count}: web on": partial(idle, count, idle_for, "127.0.0.1:0"),
        f"idle {count}: web off": partial(idle, count, idle_for, ""),
        "cli: --help": partial(command, "--help"),
        "cli: check": partial(command, "-c config check --no-secrets"),
        "growth: load and restart": partial(growth, [size for size in SIZES if size <= max(count, SIZES[1])]),
    }


def start(count: int, before_count: int, receipts: Receipts) -> Figures:
    """One start, after so many others on the same ledger, which began empty."""
    with folder() as place:
        config = _write(place, count, receipts)
        for number in range(before_count):
            with daemon.daemon(place, config, name=f"before{number}") as process:
                daemon.wait_ready(process)
                process.end()
        with daemon.daemon(place, config) as process:
            ready_after, cpu = daemon.wait_ready(process), process.cpu
            time.sleep(SETTLED_SECONDS)
            return {
                "ready s": ready_after,
                "CPU s": cpu,
                "peak MB": process.memory(),
                "steady MB": process.memory("VmRSS"),
            }


def idle(count: int, idle_for: float, listen: str, receipts: Receipts) -> Figures:
    """Nothing falls due, and nobody asks for anything."""
    with folder() as place:
        config = _write(place, count, receipts)
        with daemon.daemon(place, config) as process:  # the web side says when everything has been handed over
            daemon.wait_ready(process)
            process.end()
        environ = {"ALERTER_LISTEN": listen}
        with daemon.daemon(place, config, name="resting", environ=environ) as process:
            process.wait(lambda: '"daemon.started"' in process.log.read_text(), within=daemon.READY_SECONDS)
            time.sleep(SETTLED_SECONDS)
            cpu = process.cpu
            time.sleep(idle_for)
            used = process.cpu - cpu
            return {"CPU s": used, "of a core %": 100 * used / idle_for, "steady MB": process.memory("VmRSS")}


def reload(count: int, receipts: Receipts) -> Figures:
    """One file of a hundred changes: what that takes, and then again, while notices fall due."""
    with folder() as place:
        begins_at = float(int(time.time() + 12 + count * 0.0004))
        dues = [Due(at=begins_at + number * NOTICE_SECONDS) for number in range(NOTICE_COUNT)]
        config = daemon.write(place, dues, {"hook": receipts.url("/fast")}).parent
        each = count // FILE_COUNT
        rows = [row for row in write_far_rows(count, channel="hook").split("[[deadline]]") if row]
        for number in range(FILE_COUNT):
            _file(config, number, rows[number * each : (number + 1) * each])
        with daemon.daemon(place, config) as process:
            daemon.wait_ready(process)
            time.sleep(SETTLED_SECONDS)
            cpu, wall = process.cpu, time.time()
            _file(config, 1, [row.replace("Deadline", "Changed") for row in rows[each : 2 * each]])
            process.wait(partial(_has_loaded, process, 1), within=60)
            used, took = process.cpu - cpu, time.time() - wall
            receipts.forget()
            time.sleep(max(0.0, begins_at + 2 * NOTICE_SECONDS - time.time()))
            _file(config, 2, [row.replace("Deadline", "Changed") for row in rows[2 * each : 3 * each]])
            with _longest_answer(daemon.find_port(process.log)) as longest:
                process.wait(partial(_has_loaded, process, 2), within=60)
                time.sleep(1)
            receipts.wait(NOTICE_COUNT, until=dues[-1].at + 30)
            late = [seconds for seconds, _ in named_by_plan(receipts.read(), place / "alerter.db", begins_at)]
        return {
            "CPU s": used,
            "taken after s": took,
            "lost": NOTICE_COUNT - len(late),
            "latest notice ms": 1000 * max(late),
            "longest answer ms": 1000 * max(longest),
        }


def command(words: str, _receipts: Receipts) -> Figures:
    """A command of the command line, some times over."""
    return {"CPU s": statistics.median(_cpu_of([str(COMMAND), *words.split()]) for _ in range(CLI_RUNS))}


def growth(sizes: list[int], _receipts: Receipts) -> Figures:
    """How processor time grows with the number of deadlines: the exponent, 1 where it is in proportion."""
    taken: dict[str, list[float]] = {"load": [], "restart": []}
    for size in sizes:
        with folder() as place:
            config = write_config(place, size)
            taken["load"].append(measure("load", config).cpu)
            measure("start", config)
            taken["restart"].append(measure("start", config).cpu)
    return {f"{name} exponent": _exponent(sizes, seconds) for name, seconds in taken.items()}


def _exponent(sizes: list[int], seconds: list[float]) -> float:
    """Of the last tenfold step: before that what is always there weighs more."""
    return (log(seconds[-1]) - log(seconds[-2])) / (log(sizes[-1]) - log(sizes[-2]))


def _write(place: Path, count: int, receipts: Receipts) -> Path:
    return daemon.write(place, [], {"hook": receipts.url("/fast")}, far_count=count)


def _file(config: Path, number: int, rows: list[str]) -> None:
    (config / f"rows{number:03}.toml").write_text("".join(f"[[deadline]]{row}" for row in rows))


def _has_loaded(process: Running, times: int) -> bool:
    return process.log.read_text().count('"config.loaded"') >= times


@contextmanager
def _longest_answer(port: int) -> Iterator[list[float]]:
    """How long `/livez` took, again and again until the end: the loop answers it between all else."""
    seconds, is_over = [0.0], threading.Event()

    def ask() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        while not is_over.wait(0.002):
            began = time.perf_counter()
            connection.request("GET", "/livez")
            connection.getresponse().read()
            seconds.append(time.perf_counter() - began)
        connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield seconds
    finally:
        is_over.set()
        asking.join()


def _cpu_of(words: list[str]) -> float:
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return used.ru_utime + used.ru_stime
