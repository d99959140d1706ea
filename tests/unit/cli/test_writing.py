"""Files that commands make."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerter.cli.writing import write_new


def test_a_file_that_cannot_be_written_whole_is_not_there_at_all(tmp_path: Path) -> None:
    """Whatever keeps it from being written; here a letter that UTF-8 has not, behind much that it has."""
    path = tmp_path / "deep" / "down.toml"
    with pytest.raises(UnicodeEncodeError):
        write_new(path, "x" * 100_000 + "\ud800")
    assert not path.exists()
    write_new(path, "whole")
    with pytest.raises(FileExistsError):
        write_new(path, "another")
    assert path.read_text(encoding="utf-8") == "whole"
