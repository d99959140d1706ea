"""Which files are read, and that none of them can hang or break the load."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from alerter.channels.registry import channel_types
from alerter.config.files import MAX_FILE_BYTES, config_paths, content_hash, read_files
from alerter.config.load import Loaded, load


def _load(*paths: Path) -> Loaded:
    return load(paths, channel_types=channel_types(), environ={})


def _deadline(name: str) -> str:
    return f'[[deadline]]\nid = "{name}"\ntitle = "{name}"\ndue = 2027-01-04\n'


def test_the_option_wins_over_the_environment_and_that_over_the_default() -> None:
    """`-c`, else ALERTER_CONFIG, else ./config."""
    environ = {"ALERTER_CONFIG": "b"}
    assert config_paths([Path("a")], environ) == [Path("a")]
    assert config_paths([], environ) == [Path("b")]
    assert config_paths([], {}) == [Path("config")]


def test_a_folder_is_read_with_all_below_sorted_by_path(tmp_path: Path) -> None:
    """Deadlines of all files add up, in the order of the paths."""
    for name in ("b.toml", "a/z.toml", "a/b/c.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(_deadline(name.replace("/", "-")))
    (tmp_path / "notes.txt").write_text("not TOML")
    watch_list = _load(tmp_path).watch_list
    assert watch_list is not None
    assert list(watch_list.deadlines) == ["a-b-c.toml", "a-z.toml", "b.toml"]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    """A Kubernetes volume links every file from a hidden folder; each is read once."""
    (tmp_path / "..2025_09_15").mkdir()
    (tmp_path / "..2025_09_15" / "a.toml").write_text(_deadline("a"))
    (tmp_path / "..data").symlink_to("..2025_09_15")
    (tmp_path / "a.toml").symlink_to("..data/a.toml")
    (tmp_path / ".#a.toml").symlink_to("nobody@nowhere")
    loaded = _load(tmp_path)
    assert loaded.problems == ()
    assert loaded.watch_list is not None
    assert list(loaded.watch_list.deadlines) == ["a"]


def test_a_linked_folder_is_read_and_a_loop_ends(tmp_path: Path) -> None:
    """Folders are followed through links, but not back up."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.toml").write_text(_deadline("a"))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "config" / "loop").symlink_to(tmp_path / "config")
    watch_list = _load(tmp_path / "config").watch_list
    assert watch_list is not None
    assert list(watch_list.deadlines) == ["a"]


@pytest.mark.parametrize("name", ["turning.toml", "turning"])
def test_a_link_that_leads_in_a_circle_is_a_problem_and_hides_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(_deadline("a"))
    (tmp_path / name).symlink_to(name)
    (problem,) = _load(tmp_path).problems
    assert (problem.file, problem.code) == (str(tmp_path / name), "syntax")
    content_hash([tmp_path])


def test_a_path_that_is_too_long_is_a_problem(tmp_path: Path) -> None:
    (problem,) = _load(tmp_path / ("a" * 300)).problems
    assert "too long" in problem.message


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    """A folder and a file in it may both be asked for."""
    (tmp_path / "a.toml").write_text(_deadline("a"))
    assert _load(tmp_path, tmp_path / "a.toml").problems == ()


@pytest.mark.parametrize(
    "kind", ["missing", "pipe", "folder without files", "null in the name", "device", "dangling link"]
)
def test_what_is_no_file_is_a_problem_and_no_wait(kind: str, tmp_path: Path) -> None:
    """Whatever stands where a file should is one problem at 1:1."""
    path = {"null in the name": Path("a\0b"), "device": Path("/dev/zero")}.get(kind, tmp_path / "x.toml")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder without files":
        path.mkdir()
    elif kind == "dangling link":
        path.symlink_to("nowhere")
    loaded = _load(path)
    assert [(each.file, each.line, each.column, each.code) for each in loaded.problems] == [(str(path), 1, 1, "syntax")]
    assert not loaded.is_usable


def test_a_pipe_in_a_folder_does_not_hide_the_rest(tmp_path: Path) -> None:
    """The other files are still looked at."""
    os.mkfifo(tmp_path / "a.toml")
    (tmp_path / "b.toml").write_text("x = 1\n")
    assert [problem.code for problem in _load(tmp_path).problems] == ["syntax", "unknown-key"]


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    """A file beyond the limit is a problem; a sparse one costs no memory."""
    with (tmp_path / "a.toml").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    assert [problem.code for problem in _load(tmp_path).problems] == ["syntax"]


def test_the_hash_follows_content_and_names_not_where_they_lie(tmp_path: Path) -> None:
    """Equal folders hash alike; another byte, name or split does not."""
    one, two, three = (tmp_path / name for name in "123")
    for folder in (one, two, three):
        folder.mkdir()
    (one / "a.toml").write_text("ab")
    (two / "a.toml").write_text("ab")
    (three / "a.toml").write_text("a")
    (three / "b.toml").write_text("b")
    assert content_hash([one]) == content_hash([two])
    assert content_hash([one]) != content_hash([three])
    (two / "a.toml").rename(two / "b.toml")
    assert content_hash([one]) != content_hash([two])


def test_the_watch_list_carries_the_hash_of_its_files(tmp_path: Path) -> None:
    """The fingerprint is that of what was read."""
    (tmp_path / "a.toml").write_text(_deadline("a"))
    watch_list = _load(tmp_path).watch_list
    assert watch_list is not None
    assert watch_list.fingerprint == content_hash([tmp_path])
    assert [file.key for file in read_files([tmp_path])] == ["a.toml"]
