"""A load that takes over what has not changed comes to what one from nothing comes to."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerter.channels.registry import channel_types
from alerter.config.load import Kept, Loaded, load

PIECES = [
    '[[deadline]]\nid = "a"\ntitle = "A"\ndue = 2027-01-04\n',
    '[[deadline]]\nid = "a"\ntitle = "A, moved"\ndue = 2027-02-04T10:00:00\n',
    '[[deadline]]\nid = "b"\ntitle = "B"\nafter = { id = "a", offset = "3bd" }\n',
    '[[deadline]]\nid = "c"\ntitle = "C"\nbefore = { id = "b", offset = "1d" }\ntimezone = "Asia/Tokyo"\n',
    '[[deadline]]\nid = "d"\ntitle = "D"\ndue = 2027-03-28T01:30:00\ntags = ["x"]\nseverity = "critical"\n',
    '[[deadline]]\nid = "e"\ntitle = "E"\ndue = 1999-01-01\n',
    '[[deadline]]\nid = "f"\ntitle = "F"\ndue = "never"\n',
    '[[deadline]]\nid = "g"\ntitle = "G"\nafter = { id = "a", offset = "1d" }\nopens = 2027-01-20\n',
    '[[deadline]]\nid = "h"\ntitle = "H"\nafter = { id = "a", offset = "1d" }\nleads = ["0d @ 10:30"]\n',
    '[defaults]\nleads = ["5d"]\ntimezone = "America/New_York"\n',
    '[defaults]\ncalendar = "ours"\n[calendars.ours]\nclosed = [2027-01-05]\n',
    '[channels.desk]\ntype = "console"\n',
    '[channels.mail]\ntype = "webhook"\nurl = "http://192.0.2.1/x"\n',
    '[[route]]\nmatch = { tags = ["x"] }\nchannels = ["desk"]\n',
    '[service]\nops = ["desk"]\n',
    'timezone = "Europe/Madrid"\n',
    "[[deadline]\n",
]
files = st.lists(st.lists(st.sampled_from(PIECES), max_size=3, unique=True).map("".join), min_size=4, max_size=4)


def said(loaded: Loaded) -> object:
    """All that a load comes to, but for the warnings of one that can be used."""
    if loaded.watch_list is None:
        return loaded.problems
    return loaded.watch_list, list(loaded.watch_list.deadlines), loaded.channel_settings, loaded.service


def _load(folder: Path, kept: Kept | None = None) -> Loaded:
    return load([folder], channel_types=channel_types(), environ={}, kept=kept)


def _write(folder: Path, texts: list[str]) -> None:
    for number, text in enumerate(texts):
        (folder / f"{number}.toml").write_text(text)


@settings(max_examples=150)
@given(st.lists(files, min_size=2, max_size=4), st.data())
def test_whatever_changes_a_load_that_takes_over_is_as_one_from_nothing(
    editions: list[list[str]], data: st.DataObject
) -> None:
    """Over editions that have most files in common: deadlines, their order, channels and problems are the same."""
    kept, texts = Kept(), editions[0]
    with tempfile.TemporaryDirectory() as name:
        for edition in editions:
            changed = data.draw(st.sets(st.integers(0, 3), max_size=2)) if edition is not editions[0] else set()
            texts = [edition[number] if number in changed else text for number, text in enumerate(texts)]
            _write(Path(name), texts)
            assert said(_load(Path(name))) == said(_load(Path(name), kept))


def test_deadlines_of_files_that_did_not_change_are_the_same_objects(tmp_path: Path) -> None:
    """So that whoever watches them need look at nothing else; also what follows another, as long as that stays."""
    kept = Kept()
    _write(tmp_path, [PIECES[0], PIECES[2], PIECES[4]])
    first = _load(tmp_path, kept).watch_list
    _write(tmp_path, [PIECES[0], PIECES[2], PIECES[4].replace("D", "Another")])
    second = _load(tmp_path, kept).watch_list
    _write(tmp_path, [PIECES[1], PIECES[2], PIECES[4]])
    third = _load(tmp_path, kept).watch_list
    assert first is not None
    assert second is not None
    assert third is not None
    assert [name for name in "abd" if first.deadlines[name] is second.deadlines[name]] == ["a", "b"]
    assert [name for name in "abd" if first.deadlines[name] is third.deadlines[name]] == []
    assert (third.deadlines["b"].due.isoformat(), third.deadlines["d"]) == ("2027-02-09T10:00:00", first.deadlines["d"])


@pytest.mark.parametrize(("before", "after", "piece"), [(1, 0, 7), (0, 1, 8)])
def test_what_follows_a_date_that_it_does_not_fit_is_an_error_though_its_own_file_is_as_it_was(
    before: int, after: int, piece: int, tmp_path: Path
) -> None:
    kept = Kept()
    _write(tmp_path, [PIECES[before], PIECES[piece]])
    assert _load(tmp_path, kept).is_usable
    _write(tmp_path, [PIECES[after], PIECES[piece]])
    loaded = _load(tmp_path, kept)
    assert [problem.file for problem in loaded.problems] == [str(tmp_path / "1.toml")]
    assert not loaded.is_usable


def test_a_file_that_cannot_be_used_takes_nothing_away(tmp_path: Path) -> None:
    """The load after the mistake takes over what the one before it had built."""
    kept = Kept()
    _write(tmp_path, [PIECES[0], PIECES[4]])
    first = _load(tmp_path, kept).watch_list
    _write(tmp_path, [PIECES[0], PIECES[6]])
    assert not _load(tmp_path, kept).is_usable
    _write(tmp_path, [PIECES[0], PIECES[4]])
    last = _load(tmp_path, kept).watch_list
    assert first is not None
    assert last is not None
    assert all(first.deadlines[name] is last.deadlines[name] for name in "ad")
