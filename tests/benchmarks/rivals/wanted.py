"""What a rival is asked to do, handed to its process as a file of JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

FAR = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One POST to `url` at each of the instants `dues` (seconds since 1970), `concurrency` at once.

    `far_count` further ones are scheduled for years ahead. `store` is a folder, or a database's URL.
    """

    url: str
    dues: Sequence[float]
    concurrency: int
    store: str
    far_count: int = 0

    def instants(self) -> list[tuple[str, datetime]]:
        """Id and instant of all, the near ones first."""
        now = datetime.now(UTC)
        near = [(name_of(number), datetime.fromtimestamp(at, UTC)) for number, at in enumerate(self.dues)]
        return near + [(f"far{number}", now + FAR + timedelta(minutes=37 * number)) for number in range(self.far_count)]


def name_of(number: int) -> str:
    """The id that a rival sends along."""
    return f"n{number:06}"


def body_of(name: str) -> bytes:
    """As much as one of our messages holds."""
    return json.dumps({"id": name, "text": "x" * 600}).encode()


def write(wanted: Wanted, path: Path) -> Path:
    """Keep it as a file; returns its path."""
    path.write_text(json.dumps(asdict(wanted)))
    return path


def read(path: str) -> Wanted:
    """What was kept."""
    return Wanted(**json.loads(Path(path).read_text()))


def say_ready() -> None:
    """Tell who started this process that everything is scheduled."""
    print("ready", flush=True)  # noqa: T201 - who started it waits for it
