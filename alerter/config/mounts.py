"""Configuration files that are mounted one by one, as by `docker run -v x.toml:/config/x.toml`.

Such a mount shows one inode for ever: what an editor saves by renaming a new file into place is never seen.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")


def find_single_mounts(files: Iterable[str], mounts: Path = MOUNTS) -> list[str]:
    """Those of these files that are mount points themselves; none where the system does not say."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    points = {_unescape(line.split(" ")[4]) for line in lines if line.count(" ") > 4}
    return [file for file in files if os.path.realpath(file) in points]


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
