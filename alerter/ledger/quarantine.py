"""What becomes of a SQLite ledger that is lost: it is set aside under another name, and nothing is overwritten.

The database goes first and its journal after it, each in one step: whenever that is cut short the next start
finds the one or the other still in its place, and sets it aside as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alerter.domain.words.statement import Fact, Statement, stated

PARTS = ("", "-journal", "-wal", "-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A ledger that was lost: which, why, and the names that what was left of it has now."""

    path: Path
    reason: Fact
    kept: tuple[Path, ...] = ()

    @property
    def restoring(self) -> Statement:
        """What a person does who has a copy."""
        return stated(
            "problem",
            "To restore a backup stop the daemon, put the copy in the place of {path}, remove {name}-* "
            "but keep the reserve, and start it again.",
            path=str(self.path),
            name=self.path.name,
        )


Identity = tuple[int, int]


def identify(database: Path) -> Identity:
    """Which file that is, whatever its name. Raises OSError."""
    found = database.stat()
    return found.st_dev, found.st_ino


def find_loss(database: Path, identity: Identity | None = None) -> Statement | None:
    """Why the file is not the ledger that it was, seen from outside; None where nothing is wrong with it."""
    try:
        found = database.stat()
    except FileNotFoundError:
        return stated("loss", "the file is gone")
    except OSError:  # whoever reads it will see why
        return None
    if found.st_size == 0:
        return stated("loss", "the file is empty")
    is_another = identity is not None and identity != (found.st_dev, found.st_ino)
    return stated("loss", "another file is in its place") if is_another else None


def set_aside(database: Path, reason: Fact, at: datetime) -> Loss:
    """Rename what there is of the database to `.corrupt-<instant>`. Raises OSError."""
    target = next(_free_names(database, at))
    kept = []
    for part in PARTS:
        source, name = database.with_name(database.name + part), target.with_name(target.name + part)
        if source.exists():
            source.rename(name)
            kept.append(name)
    return Loss(path=database, reason=reason, kept=tuple(kept))


def _free_names(database: Path, at: datetime) -> Iterator[Path]:
    """Names under which nothing lies yet, the plainest first; the caller holds the ledger's lock."""
    stem, number = f"{database.name}.corrupt-{at:%Y%m%dT%H%M%SZ}", 1
    while True:
        name = database.with_name(stem if number == 1 else f"{stem}-{number}")
        if not any(name.with_name(name.name + part).exists() for part in PARTS):
            yield name
        number += 1
