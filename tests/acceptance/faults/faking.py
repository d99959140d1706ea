"""The wall clock of a daemon, set from outside with libfaketime; what measures elapsed time goes on undisturbed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.acceptance.harness import Bench
from tests.acceptance.inbox import HttpInbox

LIBRARY = "libfaketime.so.1"
KNOWN_PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")


@dataclass(slots=True)
class FakeClock:
    """A wall clock that differs from the machine's by what was set last."""

    path: Path
    steps: list[tuple[datetime, timedelta]] = field(default_factory=list)

    def set(self, ahead_by: timedelta) -> None:
        """From now on, or within a second, the daemon's wall clock is ahead of the machine's by so much."""
        new = self.path.with_suffix(".new")
        new.write_text(f"{ahead_by.total_seconds():+.0f}")
        new.replace(self.path)
        self.steps.append((datetime.now(UTC), ahead_by))

    def show(self, at: datetime) -> datetime:
        """What the daemon's wall clock showed at an instant of the machine's."""
        return at + [ahead_by for since, ahead_by in self.steps if since <= at][-1]

    def now(self) -> datetime:
        """What it shows now."""
        return self.show(datetime.now(UTC))


def fake_clock(bench: Bench, *inboxes: HttpInbox, ahead_by: timedelta = timedelta(0)) -> FakeClock:
    """Give the daemons of the bench a wall clock of their own, by which these inboxes date what arrives."""
    clock = FakeClock(bench.folder / "clock.rc")
    clock.set(ahead_by)
    bench.environ |= {
        "LD_PRELOAD": str(_find_library()),
        "FAKETIME_TIMESTAMP_FILE": str(clock.path),
        "FAKETIME_CACHE_DURATION": "1",  # seconds; to read the file at every call takes the daemon's time
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    for inbox in inboxes:
        inbox.clock = clock.show
    return clock


def _find_library() -> Path:
    found = (path for place in KNOWN_PLACES for path in Path("/").glob(f"{place.lstrip('/')}/{LIBRARY}"))
    return next(found)
