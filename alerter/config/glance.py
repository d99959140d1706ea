"""The content's hash without reading the content, as long as the file system says that nothing was written.

Half a gigabyte an hour would be read otherwise, only to see that many deadlines are as they were.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from alerter.config.files import content_hash, list_files

COARSEST_SECONDS = 3.0
"""Two writes within so long may bear the same time (FAT: 2 s), so what was read so soon after one is read again."""

LONGEST_SECONDS = 300.0
"""After so long it is read whatever the file system says; not all of them tell the truth."""

Stamps = tuple[tuple[str, str, tuple[int, ...] | None], ...]


class Glance:
    """The hash of the files below these paths, remembered with what they looked like when it was made."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._hash = ""
        self._stamps: Stamps | None = None
        self._read_at, self._wall_at = 0.0, 0

    def content_hash(self) -> str:
        """As `files.content_hash`."""
        stamps = _look(self._paths)
        if stamps != self._stamps or time.monotonic() - self._read_at > LONGEST_SECONDS or self._was_young(stamps):
            self._read_at, self._wall_at, self._stamps = time.monotonic(), time.time_ns(), stamps
            self._hash = content_hash(self._paths)
        return self._hash

    def _was_young(self, stamps: Stamps) -> bool:
        """Whether something had only just been written when it was read last."""
        newest = max((max(stamp[-2:]) for *_, stamp in stamps if stamp is not None), default=0)
        return newest > self._wall_at - COARSEST_SECONDS * 1e9


def _look(paths: Sequence[Path]) -> Stamps:
    return tuple((str(path), key, _stamp(path)) for root in paths for path, key in list_files(root))


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Where the file lies, how long it is, and when it was last written; None where it is not seen."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
