"""Dates and times of day as spreadsheets show them. A date that could mean two days is never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from enum import StrEnum

from dateutil import parser

from alerter.config.importing.draft import ImportProblem
from alerter.config.models import EARLIEST_YEAR, LATEST_YEAR

_NUMERIC = re.compile(r"(?:[^\W\d]+[.,]*\s*)?(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})\b")
_YEAR_FIRST = re.compile(r"(?<!\d)\d{4}(?:([/.\- ])\d{1,2}\1\d|\d{4}(?!\d))")
_NOWHERE = (datetime(2000, 1, 1), datetime(2001, 2, 2))  # noqa: DTZ001 -- only what the text says is taken from them


class DateOrder(StrEnum):
    """What comes first in a date such as 03/04/2025."""

    DAY = "dmy"
    MONTH = "mdy"


def find_date_order(cells: Iterable[str]) -> DateOrder | None:
    """What the dates of a column say of their order; None where they say nothing, or one and the other."""
    found = {order for cell in cells if (order := _order_of(cell)) is not None}
    return found.pop() if len(found) == 1 else None


def _order_of(cell: str) -> DateOrder | None:
    parts = _NUMERIC.match(cell)
    if parts is None or (int(parts[1]) > 12) == (int(parts[2]) > 12):
        return None
    return DateOrder.DAY if int(parts[1]) > 12 else DateOrder.MONTH


def read_date(cell: str, order: DateOrder | None, line: int) -> date | datetime:
    """A day, or a date-time where the cell has a time. Raises ImportProblem."""
    own = DateOrder.MONTH if _YEAR_FIRST.search(cell) else _order_of(cell) or order
    readings = [_read(cell, each, line) for each in DateOrder if own in (each, None)]
    if len(set(readings)) > 1:
        sentence = f"{cell!r} may be read day first or month first: say --dates dmy or --dates mdy"
        raise ImportProblem(sentence, line)
    return readings[0]


def _read(cell: str, order: DateOrder, line: int) -> date | datetime:
    """The date in this order, which the parser would heed behind a year, too. Raises ImportProblem."""
    try:
        first, second = (parser.parse(cell, default=base, dayfirst=order is DateOrder.DAY) for base in _NOWHERE)
    except (ValueError, OverflowError) as error:
        raise ImportProblem(f"{cell!r} is no date", line) from error
    if first.date() != second.date() or not EARLIEST_YEAR <= first.year <= LATEST_YEAR:
        raise ImportProblem(f"{cell!r} is no full date with day, month and year", line)
    return first if re.search(r"\d[:hT]\d|\d\s*[ap]\.?m", cell, re.IGNORECASE) else first.date()


def read_time(cell: str, line: int) -> time:
    """A time of day such as 14:30 or 2:30 PM. Raises ImportProblem."""
    try:
        return parser.parse(cell, default=_NOWHERE[0]).time()
    except (ValueError, OverflowError) as error:
        raise ImportProblem(f"{cell!r} is no time of day", line) from error
