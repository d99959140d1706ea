"""Deadlines are held against their model part by part; what is wrong in any of them is found in its place."""

from __future__ import annotations

import gc
from pathlib import Path

from alerter.channels.registry import channel_types
from alerter.config.load import Loaded, load
from alerter.config.models import DeadlineTable
from alerter.config.row_places import RowPlaces
from alerter.config.tables import PART_COUNT

COUNT = 2 * PART_COUNT + 1
LINES_EACH = 5


def _load(path: Path, rows: list[str]) -> Loaded:
    path.write_text("".join(rows))
    return load([path], channel_types=channel_types(), environ={})


def _rows() -> list[str]:
    row = '[[deadline]]\nid = "d{0}"\ntitle = "D {0}"\ndue = 2035-01-01\ntags = ["x"]\n'
    return [row.format(number) for number in range(COUNT)]


def test_mistakes_in_any_part_have_their_places(tmp_path: Path) -> None:
    """Values, missing keys, names that are not known and warnings, before and behind the ends of parts."""
    rows = _rows()
    rows[PART_COUNT - 1] = rows[PART_COUNT - 1].replace("2035-01-01", '"never"')
    rows[PART_COUNT] = rows[PART_COUNT].replace("title", "titel")
    rows[PART_COUNT + 1] = rows[PART_COUNT + 1].replace('tags = ["x"]', 'channels = ["nobody"]')
    rows[-1] = rows[-1].replace("due = 2035", "due = 1999")
    loaded = _load(tmp_path / "a.toml", [*rows[:-1], rows[-1] + 'after = { id = "d0", offset = "x" }\n'])
    found = [(each.line, each.column, each.code, each.message.partition(":")[0]) for each in loaded.problems]
    assert found == [
        (LINES_EACH * (PART_COUNT - 1) + 4, 7, "bad-value", f"d{PART_COUNT - 1}"),
        (LINES_EACH * PART_COUNT + 3, 1, "unknown-key", f"d{PART_COUNT}"),
        (LINES_EACH * (PART_COUNT + 1) + 5, 13, "unknown-channel", f"d{PART_COUNT + 1}"),
        (LINES_EACH * (COUNT - 1) + 6, 1, "bad-value", f"d{COUNT - 1}"),
        (LINES_EACH * (COUNT - 1) + 6, 31, "bad-value", f"d{COUNT - 1}"),
    ]


def test_no_table_outlives_the_load(tmp_path: Path) -> None:
    """No model, nor what finding places took, even before any garbage is collected."""
    rows = _rows()
    rows[0] += 'severity = "critical"\n'
    gc.collect()
    gc.disable()
    try:
        loaded = _load(tmp_path / "a.toml", rows)
        kept = [one for one in gc.get_objects() if isinstance(one, DeadlineTable | RowPlaces)]
        assert ([each.code for each in loaded.problems], kept) == (["single-channel"], [])
    finally:
        gc.enable()


def test_what_many_say_is_held_once(tmp_path: Path) -> None:
    """Equal tags and channels are one value."""
    loaded = _load(tmp_path / "a.toml", _rows())
    assert loaded.watch_list is not None
    deadlines = loaded.watch_list.deadlines.values()
    assert [len({id(getattr(one, name)) for one in deadlines}) for name in ("tags", "channels", "leads")] == [1, 1, 1]
