"""When a deadline falls due: keys, instants and the occurrences of a series."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile

from alerter.domain.dates.recurrence import RuleError, check_rule
from alerter.domain.dates.remembered import Remembered
from alerter.domain.planning import series
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.duedate import Due, due_key, normalise_due, out_of_gap, reading
from alerter.domain.planning.series import dues_from

__all__ = [
    "Due",
    "RuleError",
    "check_rule",
    "due_key",
    "dues_from",
    "latest_due",
    "next_due",
    "normalise_due",
    "occurrences",
    "out_of_gap",
    "sole_due",
]


def occurrences(deadline: Deadline, start: datetime, end: datetime) -> Iterator[Due]:
    """The due dates with start <= at < end, rolled, in order of `at`; at most one unless it repeats."""
    if deadline.repeat is None:
        due = sole_due(deadline)
        return iter([due] if start <= due.at < end else [])
    return takewhile(lambda due: due.at < end, dues_from(deadline, start))


def next_due(deadline: Deadline, after: datetime) -> Due | None:
    """The first due date with at >= after; None where there is none left.

    For a deadline that does not repeat, its only due date whenever it is (also past).
    """
    if deadline.repeat is None:
        return sole_due(deadline)
    return next(dues_from(deadline, after), None)


def latest_due(deadline: Deadline, until: datetime) -> Due | None:
    """The last due date with at <= until; None where it has not fallen due yet."""
    if deadline.repeat is not None:
        return series.latest_due(deadline, until)
    due = sole_due(deadline)
    return due if due.at <= until else None


def sole_due(deadline: Deadline) -> Due:
    """The due date of a deadline that does not repeat."""
    return _sole_due(deadline)


def _read_due(deadline: Deadline) -> Due:
    return reading(deadline).due(deadline.due)


_sole_due = Remembered(_read_due)
