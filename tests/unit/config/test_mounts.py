"""Files that are mounted one by one."""

from __future__ import annotations

from pathlib import Path

from alerter.config.mounts import find_single_mounts

LINE = "612 589 8:1 /host{} {} rw,relatime - ext4 /dev/sda1 rw\n"


def test_a_file_that_is_a_mount_point_is_found(tmp_path: Path) -> None:
    """Spaces are written as octal numbers there; a folder that is mounted is no trouble for the files in it."""
    alone, beside = tmp_path / "with space.toml", tmp_path / "mounted" / "b.toml"
    mounts = tmp_path / "mountinfo"
    points = (str(alone).replace(" ", "\\040"), str(beside.parent))
    mounts.write_text("".join(LINE.format(point, point) for point in points))
    assert find_single_mounts([str(alone), str(beside)], mounts) == [str(alone)]


def test_a_system_that_does_not_say_has_none(tmp_path: Path) -> None:
    """Elsewhere than on Linux there is no such list."""
    assert find_single_mounts([str(tmp_path)], tmp_path / "missing") == []
