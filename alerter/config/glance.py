"""The content's hash without reading the content, as long as the file system says that nothing was written.

Half a gigabyte an hour would be read otherwise, only to see that many deadlines are as they were.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alerter.config.files import content_hash, list_files

COARSEST_SECONDS = 3.0
"""Two writes within so long may bear the same time (FAT: 2 s), so what was read so soon after one is read again."""

LONGEST_SECONDS = 300.0
"""After so long it is read whatever the file system says; not all of them tell the truth."""

Stamps = tuple[tuple[str, str, tuple[int, ...] | None], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What the files looked like, and when, by the clock that only goes forward and in nanoseconds since 1970."""

    stamps: Stamps
    at: float
    wall_at: int

    def holds(self, now: Look) -> bool:
        """Whether what was read after this look is what would be read after the one of now."""
        return now.stamps == self.stamps and not self._was_early and now.at - self.at <= LONGEST_SECONDS

    @property
    def _was_early(self) -> bool:
        """Whether something had only just been written, so that it may be written to again and look the same."""
        newest = max((max(stamp[-2:]) for *_, stamp in self.stamps if stamp is not None), default=0)
        return newest > self.wall_at - COARSEST_SECONDS * 1e9


class Glance:
    """The hash of the files below these paths, remembered with what they looked like just before they were read."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._known: tuple[Look, str] | None = None

    def look(self) -> Look:
        """How the files are now."""
        return Look(_stamps_of(self._paths), time.monotonic(), time.time_ns())

    def learn(self, look: Look, content_hash: str) -> None:
        """That is the hash of what was read since that look."""
        self._known = look, content_hash

    def content_hash(self) -> str:
        """As `files.content_hash`."""
        now, known = self.look(), self._known
        if known is not None and known[0].holds(now):
            return known[1]
        found = content_hash(self._paths)
        self.learn(now, found)
        return found


def _stamps_of(paths: Sequence[Path]) -> Stamps:
    return tuple((str(path), key, _stamp(path)) for root in paths for path, key in list_files(root))


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Where the file lies, how long it is, and when it was last written; None where it is not seen."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
