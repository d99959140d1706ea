"""Disks that can be filled, emptied and write-protected under a daemon that runs on them. Needs root."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DISK_BYTES = 24 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A small disk of its own, seen at `folder`."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self, reserve: Path) -> None:
        """Leave not one byte free, and nothing in the ledger's reserve."""
        reserve.touch()
        os.truncate(reserve, 0)
        self.fill_rest()

    def fill_rest(self) -> None:
        """Leave not one byte free."""
        with self._ballast.open("ab", buffering=0) as file:
            for piece in (b"." * 2**16, b"."):
                try:
                    while file.write(piece) == len(piece):
                        pass
                except OSError:
                    continue

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Nothing new can be opened for writing there, as after the kernel has met an error of the disk."""
        _run("mount", "--bind", str(self.folder), str(self.folder))
        _run("mount", "-o", "remount,bind,ro", str(self.folder))
        try:
            yield
        finally:
            _run("umount", "--lazy", str(self.folder))


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A disk of some megabytes in the place of the folder."""
    _run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder))
    try:
        yield Disk(folder=folder)
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
