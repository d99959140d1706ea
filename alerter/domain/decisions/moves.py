"""The dates a deadline has had: how many, and which."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from alerter.domain.decisions.record import Record
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import Due
from alerter.domain.planning.due_keys import parse_key


def count_moves(deadline: Deadline, due_key: str | None, record: Record | None = None) -> int:
    """How many times the date has moved: distinct earlier due keys, of `history` and ledger together.

    `due_key` is the date where nothing is recorded of the deadline.
    """
    now, earlier = (record.due_key, record.earlier_keys) if record is not None else (due_key, ())
    return len({*_history(deadline, now, earlier), *earlier})


def earlier_dates(deadline: Deadline, due_key: str | None, earlier: Iterable[str] = ()) -> list[tuple[Due, str]]:
    """The dates it had before, oldest first as they were announced, each with the note of `history`, else ""."""
    notes, known = {moved.key: moved.note for moved in deadline.history}, tuple(earlier)
    keys = dict.fromkeys([*_history(deadline, due_key, known), *known])
    return [(parse_key(key, deadline), notes.get(key, "")) for key in keys]


def _history(deadline: Deadline, due_key: str | None, earlier: Collection[str]) -> list[str]:
    """The dates of `history`. Where the last is the present one it is no earlier date, unless it came back.

    It has where the ledger knows an earlier date that `history` does not list: then that one came in between.
    """
    keys = [moved.key for moved in deadline.history]
    ends_with_present = keys[-1:] == [due_key] and set(earlier) <= set(keys)
    return keys[:-1] if ends_with_present else keys
