"""What the file system says of files spares reading them, and never hides a change."""

from __future__ import annotations

import os
from pathlib import Path

from alerter.config.files import content_hash
from alerter.config.glance import COARSEST_SECONDS, Glance


def write(path: Path, text: str, *, ago: float) -> None:
    """The file as written that long ago; the time at which its entry was changed cannot be set back."""
    path.write_text(text)
    at = path.stat().st_mtime - ago
    os.utime(path, (at, at))


def test_every_change_is_seen(tmp_path: Path) -> None:
    """Other bytes of the same length, another time put back, a new file, one renamed, one removed, one replaced."""
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    glance = Glance([tmp_path])
    changes = (
        lambda: write(one, "a = 1", ago=0),
        lambda: write(one, "a = 2", ago=0),
        lambda: write(one, "a = 3", ago=100),
        lambda: write(one, "a = 4", ago=100),
        lambda: write(two, "a = 4", ago=100),
        lambda: two.rename(tmp_path / "three.toml"),
        lambda: (tmp_path / "three.toml").replace(one),
        one.unlink,
    )
    seen = {glance.content_hash()}
    for change in changes:
        change()
        assert glance.content_hash() == content_hash([tmp_path])
        seen.add(glance.content_hash())
    assert len(seen) >= len(changes) - 1


def test_what_was_written_a_while_ago_is_not_read_again(tmp_path: Path) -> None:
    """Once the last write is older than any clock of a file system is coarse, the same looks mean the same content."""
    path = tmp_path / "one.toml"
    write(path, "a = 1", ago=0)
    glance = Glance([path])
    glance.content_hash()
    assert glance._was_young(glance._stamps or ())
    glance._wall_at += int((COARSEST_SECONDS + 1) * 1e9)
    assert not glance._was_young(glance._stamps or ())
    glance._hash = "remembered"
    assert glance.content_hash() == "remembered"
    glance._read_at -= 1000
    assert glance.content_hash() == content_hash([path])
