"""The file beside a SQLite ledger that keeps some room for it, and the memory that there was one.

When the disk is full its room is given up, so that recording goes on. That it exists says that a ledger was here,
and the time it carries until when that worked: both outlive a ledger that is lost.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

RESERVE_BYTES = 4 * 2**20
SCARCE_BYTES = 2**18
"""With less room than this on its disk a ledger cannot be relied upon to be written."""


class Reserve:
    """The reserve of one database, at `<path>.reserve`."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(f"{database.name}.reserve")

    @property
    def well_at(self) -> datetime | None:
        """Until when the ledger was known to work; None where there never was one."""
        try:
            return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        except OSError:
            return None

    @property
    def is_whole(self) -> bool:
        """Whether there is anything left to give up."""
        try:
            return self.path.stat().st_size >= RESERVE_BYTES
        except OSError:
            return False

    def remember(self, well_at: datetime | None = None) -> None:
        """Keep that there is a ledger, and until when it worked (None: as it was, or now). Raises OSError."""
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        if well_at is not None:
            os.utime(self.path, (well_at.timestamp(), well_at.timestamp()))

    def fill(self) -> None:
        """Take the room up again where twice as much is free. Raises OSError."""
        if self.is_whole or self._free_bytes() < 2 * RESERVE_BYTES:
            return
        well_at = self.well_at
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        finally:
            os.close(descriptor)
            self.remember(well_at)

    def give_up(self, *, is_full: bool) -> bool:
        """Free its room if the disk `is_full` or nearly so; whether there is more room now."""
        with suppress(OSError):
            if self.path.stat().st_size and (is_full or self._free_bytes() < SCARCE_BYTES):
                well_at = self.well_at
                os.truncate(self.path, 0)
                self.remember(well_at)
                return True
        return False

    def _free_bytes(self) -> int:
        disk = os.statvfs(self.path.parent)
        return disk.f_bavail * disk.f_frsize
