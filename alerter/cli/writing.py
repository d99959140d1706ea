"""Files that a command makes: whole or not at all, and never over one that is there."""

from __future__ import annotations

from pathlib import Path


def write_new(path: Path, text: str) -> None:
    """Write a file that must not exist yet, with its folders. Raises OSError, FileExistsError where it does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
        except BaseException:  # half of it would pass for the whole, and stand in the way of the next try
            path.unlink()
            raise
