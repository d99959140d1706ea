"""The dates a deadline has had: how many, and which."""

from __future__ import annotations

from collections.abc import Iterable

from alerter.domain.decisions.record import Record
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import Due
from alerter.domain.planning.due_keys import parse_key


def count_moves(deadline: Deadline, due_key: str | None, record: Record | None = None) -> int:
    """How many times the date has moved: distinct earlier due keys, of `history` and ledger together.

    `due_key` is the date where nothing is recorded of the deadline.
    """
    now, earlier = (record.due_key, record.earlier_keys) if record is not None else (due_key, ())
    return len({*_history(deadline, now), *earlier})


def earlier_dates(deadline: Deadline, due_key: str | None, earlier: Iterable[str] = ()) -> list[tuple[Due, str]]:
    """The dates it had before, oldest first as they were announced, each with the note of `history`, else ""."""
    notes = {moved.key: moved.note for moved in deadline.history}
    keys = dict.fromkeys([*_history(deadline, due_key), *earlier])
    return [(parse_key(key, deadline), notes.get(key, "")) for key in keys]


def _history(deadline: Deadline, due_key: str | None) -> list[str]:
    """The dates of `history`; the present one is no earlier date unless another came after it."""
    keys = [moved.key for moved in deadline.history]
    return keys[:-1] if keys and keys[-1] == due_key else keys
