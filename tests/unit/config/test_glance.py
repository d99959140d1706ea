"""What the file system says of files spares reading them, and never hides a change."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from alerter.channels.registry import channel_types
from alerter.config.files import content_hash
from alerter.config.glance import COARSEST_SECONDS, Glance, Look
from alerter.config.source import FileSource, Options


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


def look_from(glance: Glance, *, later: float) -> Look:
    """A look at the files as they are, so many seconds later."""
    look = glance.look()
    return replace(look, wall_at=look.wall_at + int(later * 1e9))


def test_what_was_written_a_while_ago_is_not_read_again(tmp_path: Path) -> None:
    """Once the last write is older than any clock of a file system is coarse, the same looks mean the same content."""
    path = tmp_path / "one.toml"
    write(path, "a = 1", ago=0)
    glance = Glance([path])
    glance.learn(look_from(glance, later=0), "too early to be sure")
    assert glance.content_hash() == content_hash([path])
    look = look_from(glance, later=COARSEST_SECONDS + 1)
    glance.learn(look, "remembered")
    assert glance.content_hash() == "remembered"
    glance.learn(replace(look, at=look.at - 1000), "long ago")
    assert glance.content_hash() == content_hash([path])


def test_what_a_load_has_read_is_not_read_again_to_see_that_it_is_the_same(tmp_path: Path) -> None:
    """A load says what it read; what is written from then on is seen as ever."""
    path = tmp_path / "one.toml"
    write(path, '[channels.desk]\ntype = "console"\n', ago=0)
    source = FileSource(Options((path,), {}), channel_types())
    loaded = source.load()
    assert loaded.watch_list is not None
    assert source._glance._known is not None
    assert source._glance._known[1] == loaded.watch_list.fingerprint == content_hash([path])
    write(path, '[channels.other]\ntype = "console"\n', ago=100)
    assert source.content_hash() == content_hash([path]) != loaded.watch_list.fingerprint
