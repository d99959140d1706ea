"""The configuration that is loaded: deadlines years ahead, ten leads each, spread over zones and tags."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

HEAD = """\
[service]
store = "sqlite:///{store}"
listen = ""
[channels.hook]
type = "webhook"
url = "http://127.0.0.1:9/x"
[defaults]
leads = ["90d", "60d", "30d", "14d", "7d", "3d", "1d", "12h", "2h", "0"]
"""
ROW = """\
[[deadline]]
id = "d{number}"
title = "Deadline number {number}"
due = {due}
timezone = "{zone}"
tags = ["t{tag}"]
"""
ZONES = ("America/New_York", "Europe/Madrid", "Asia/Shanghai", "UTC")
FIRST_DUE = datetime(2035, 1, 1, 9, 30)  # noqa: DTZ001 - local, as TOML has it
LEAD_COUNT = 10


def write_far_rows(deadline_count: int, *, channel: str) -> str:
    """Deadlines years ahead for a configuration that has others too."""
    rows = (ROW.format(number=n, due=_due(n), zone=ZONES[n % len(ZONES)], tag=n % 50) for n in range(deadline_count))
    return "".join(f'{row}channels = ["{channel}"]\n' for row in rows)


def write_config(folder: Path, deadline_count: int) -> Path:
    """Write the file into the folder, with its ledger beside it; returns its path."""
    path = folder / "alerter.toml"
    rows = [ROW.format(number=n, due=_due(n), zone=ZONES[n % len(ZONES)], tag=n % 50) for n in range(deadline_count)]
    path.write_text(HEAD.format(store=folder / "alerter.db") + "".join(rows))
    return path


def _due(number: int) -> str:
    return (FIRST_DUE + timedelta(minutes=37 * number % 2_000_000)).isoformat()
