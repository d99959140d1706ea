"""Putting results on standard output: one JSON document, CSV, or a table for people."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

    from alerter.domain.dates.zone import Zone


_FORMULA_STARTS = ("=", "+", "-", "@", "\t")
_NARROWEST = 10
"""Characters of a column whose cells may be wrapped."""
_LEAD_OR_NUMBER = re.compile(r"[+-][0-9.]+(?:[a-z]{1,2}(?: @ [0-9:]+)?)?")


def print_json(document: Any) -> None:
    """Print one JSON document; indented where a person reads it, since indenting is slow."""
    sys.stdout.write(json.dumps(document, indent=2 if sys.stdout.isatty() else None) + "\n")


def print_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print these columns of the rows with a header line; what a spreadsheet would run as a formula is quoted."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)


def print_table(columns: Mapping[str, bool], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """Print a table; `columns` says of each heading whether its cells must stay on one line. Nothing is cut off.

    Where the terminal is too narrow for that the table is wider.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False, padding=(0, 1))
    for heading, keeps_line in columns.items():
        table.add_column(heading, overflow="fold", no_wrap=keeps_line, vertical="top")
    shown = [[Text(show_plain(cell)) for cell in row] for row in rows]
    for row in shown:
        table.add_row(*row)
    console = Console(highlight=False)
    console.width = max(console.width, _least_width(columns, shown))
    console.print(table)


def _least_width(columns: Mapping[str, bool], rows: Sequence[Sequence[Text]]) -> int:
    """Of a table in which no cell that must stay on one line is cut, and the others can be read."""
    from rich.cells import cell_len

    widths = []
    for number, (heading, keeps_line) in enumerate(columns.items()):
        lines = [heading, *(line for row in rows for line in row[number].plain.split("\n"))]
        widths.append(max(map(cell_len, lines)) if keeps_line else _NARROWEST)
    return sum(widths) + 4 * len(widths)


def show_plain(text: str) -> str:
    """The text without control characters, so that it cannot drive the terminal."""
    return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in text)


def format_local(at: datetime, zone: Zone) -> str:
    """`2025-09-10 09:00`, on the wall clock of the zone."""
    return at.astimezone(zone.info).replace(tzinfo=None).isoformat(" ", "minutes")


def _cell(value: Any) -> str:
    text = "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text[:1] in _FORMULA_STARTS and not _LEAD_OR_NUMBER.fullmatch(text) else text
