"""A row's places are the same whether the row or the whole text is read for them."""

from __future__ import annotations

import pytest

from alerter.config.findings import Path, Spot
from alerter.config.places import find_places
from alerter.config.row_places import RowPlaces

ROWS = """\
timezone = "UTC"
[[deadline]] # é
id = "ä"
due = 2025-10-26T01:30:00
  leads = ["7d", "é",
    "1d"]
[deadline.after]
id = "b"
offset = "20d"
[[deadline.history]]
due = 2025-01-01
[[deadline.history]]
due = 2025-02-01
[channels.a]
type = "console"
[[deadline]]
[[deadline]]
"q x".y = { z = 1, w = [1, [2]] }
"""
SPELLED = ROWS.replace("[[deadline]]", "[[ deadline ]]")
QUOTED = ROWS + 'note = """\n[[deadline]]\n"""\n'
PATHS: list[Path] = [
    (),
    ("timezone",),
    ("deadline",),
    ("channels", "a", "type"),
    ("deadline", 0),
    ("deadline", 0, "due"),
    ("deadline", 0, "leads", 2),
    ("deadline", 0, "after"),
    ("deadline", 0, "after", "offset"),
    ("deadline", 0, "history", 1, "due"),
    ("deadline", 0, "absent"),
    ("deadline", 1),
    ("deadline", 1, "id"),
    ("deadline", 2, "q x", "y", "w", 1),
    ("deadline", 2, "q x", "y", "z"),
    ("deadline", 3),
]


@pytest.mark.parametrize("text", [ROWS, SPELLED, QUOTED, ROWS + "[[deadline]]", ""], ids=range(5))
@pytest.mark.parametrize("spot", list(Spot))
@pytest.mark.parametrize("path", PATHS, ids=str)
def test_a_row_alone_tells_the_same_place(path: Path, spot: Spot, text: str) -> None:
    """Lines, columns and what stands in for a key that is absent."""
    row_count = text.count("[deadline]]") + text.count("[ deadline ]]") - text.count('"""') // 2

    assert find_places(text).place(path, spot) == RowPlaces(text, "deadline", row_count).place(path, spot)


def test_rows_are_not_cut_where_their_number_is_another() -> None:
    """Some header is spelled otherwise then, and the whole is read."""
    assert find_places(ROWS).place(("deadline", 0), Spot.HEADER) == RowPlaces(ROWS, "deadline", 4).place(
        ("deadline", 0), Spot.HEADER
    )
