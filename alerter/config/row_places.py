"""Places in one row of an array of tables, from that row's text alone: few findings in a long file cost little."""

from __future__ import annotations

from alerter.config.findings import Path, Spot
from alerter.config.places import Places, find_places


class RowPlaces:
    """Finds paths in a text as `Places` does; reads no more of it than the row that a path leads to."""

    def __init__(self, text: str, array: str, row_count: int) -> None:
        self._text = text
        self._array = array
        self._starts = _row_starts(text, array, row_count)
        self._lines = _lines_before(text, self._starts)
        self._found: dict[int | None, Places] = {}

    def place(self, path: Path, spot: Spot) -> tuple[int, int]:
        """Line and column of the key, value or header at the path; of what holds it where it is not there."""
        if len(path) < 2 or path[0] != self._array or not isinstance(path[1], int) or path[1] >= len(self._starts):
            return self._places(None).place(path, spot)
        line, column = self._places(path[1]).place((self._array, 0, *path[2:]), spot)
        return self._lines[path[1]] + line, column

    def _places(self, row: int | None) -> Places:
        """Those of a row, or of the whole, read once."""
        if row not in self._found:
            self._found[row] = find_places(self._text if row is None else self._row(row))
        return self._found[row]

    def _row(self, row: int) -> str:
        ends = self._starts[row + 1 : row + 2] or [len(self._text)]
        return self._text[self._starts[row] : ends[0]]


def _row_starts(text: str, array: str, row_count: int) -> list[int]:
    """Where each row begins; none where that cannot be told without reading the text as a whole.

    Without strings of several lines a line that begins with the header is one: it would be no value either.
    """
    if '"""' in text or "'''" in text:
        return []
    header = f"\n[[{array}]]"
    starts = [0] if text.startswith(header[1:]) else []
    at = text.find(header)
    while at >= 0:
        starts.append(at + 1)
        at = text.find(header, at + 1)
    return starts if len(starts) == row_count else []


def _lines_before(text: str, starts: list[int]) -> list[int]:
    """How many lines there are in front of each of these places, which ascend."""
    lines, line, last = [], 0, 0
    for start in starts:
        line += text.count("\n", last, start)
        last = start
        lines.append(line)
    return lines
