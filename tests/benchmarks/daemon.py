"""The daemon under measurement: `alerter run` as a process, with a configuration made of the notices wanted."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.benchmarks.processes import Running, running
from tests.benchmarks.workload import write_far_rows

COMMAND = Path(sys.executable).with_name("alerter")
READY_SECONDS = 300.0
HEAD = """\
[service]
store = "{store}"
listen = "127.0.0.1:0"
log_format = "json"
[defaults]
leads = ["90d", "60d", "30d", "14d", "7d", "3d", "1d", "12h", "2h", "0"]
"""
CHANNEL = """\
[channels.{name}]
type = "webhook"
url = "{url}"
"""
ROW = """\
[[deadline]]
id = "n{number}"
title = "Notice number {number}"
due = {due}
leads = ["0"]
channels = ["{channel}"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One notice that is wanted: when, in seconds since 1970, and through which channel."""

    at: float
    channel: str = "hook"


def write(
    folder: Path,
    dues: Sequence[Due],
    urls: Mapping[str, str],
    *,
    more: str = "",
    far_count: int = 0,
    store: str | None = None,
) -> Path:
    """The configuration file; `more` are further keys of every channel, `far_count` deadlines that are years away.

    Configuration and ledger have folders of their own, as in the image: a folder that is watched tells of each write.
    """
    path = folder / "config" / "alerter.toml"
    path.parent.mkdir(exist_ok=True)
    text = [HEAD.format(store=store or f"sqlite:///{folder / 'alerter.db'}")]
    text += [CHANNEL.format(name=name, url=url) + more for name, url in urls.items()]
    text += [ROW.format(number=n, due=_toml(one.at), channel=one.channel) for n, one in enumerate(dues)]
    path.write_text("".join(text) + write_far_rows(far_count, channel=next(iter(urls))))
    return path


@contextmanager
def daemon(
    folder: Path, config: Path, *, name: str = "alerter", environ: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """A daemon that is not yet ready."""
    with running([str(COMMAND), "-c", str(config), "run"], folder, name=name, environ=environ) as process:
        yield process


def wait_ready(process: Running) -> float:
    """Wait until `/readyz` says so; returns the seconds since the start."""
    port = 0

    def is_ready() -> bool:
        nonlocal port
        port = port or find_port(process.log)
        return bool(port) and _status(port, "/readyz") == 200

    return process.wait(is_ready, within=READY_SECONDS)


def find_port(log: Path) -> int:
    """Where the web side listens; 0 while it does not say."""
    with log.open() as lines:
        said = (json.loads(line) for line in lines if '"web.started"' in line and line.endswith("\n"))
        return int(next((one["port"] for one in said), 0))


def _status(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def _toml(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
